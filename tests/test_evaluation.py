"""All metrics at once: floors, planted defects, and the pairs of the picture."""

import numpy as np
import pytest
import scipy

from ganedu import data, evaluation, features, metrics, plotting


@pytest.fixture(scope="module")
def real():
    return evaluation.reference("digits")


@pytest.fixture(scope="module")
def told(real):
    return evaluation.evaluate(real.train[::3], real)


def test_the_reference_is_the_data(real):
    np.testing.assert_array_equal(real.train, data.load("digits").images)
    test = data.load("digits", "test").images
    np.testing.assert_array_equal(np.unique(real.test, axis=0), np.unique(test, axis=0))
    np.testing.assert_array_equal(real.predictions.features, features.digit_features(real.test))
    assert evaluation.reference("digits", num_images=70).test.shape == (70, 28, 28, 1)


def test_the_first_test_images_are_a_fair_sample_and_always_the_same(real):
    test, few = data.load("digits", "test").images, evaluation.reference("digits", 70).test
    np.testing.assert_array_equal(few, real.test[:70])
    places = metrics.nearest_neighbours(few, test).indices
    assert 100 < places.mean() < 200 and (np.diff(places) < 0).mean() > 0.3


def colours(images):
    """Features of pictures in colour, as simple as can be: mean and spread of each channel."""
    return np.concatenate([images.mean(axis=(1, 2)), images.std(axis=(1, 2))], axis=1)


@pytest.fixture(scope="module")
def pictures():
    return np.random.default_rng(0).uniform(-1, 1, (160, 8, 8, 3)).astype("float32")


def test_images_of_your_own_are_measured_by_features_of_your_own(pictures):
    real = evaluation.reference_of(pictures[:80], pictures[80:], colours, "noise")
    values = evaluation.measure(pictures[:80], real)
    a, b = colours(pictures[:80]), colours(pictures[80:])
    assert values["frechet_distance"] == metrics.frechet_distance(a, b)
    assert not {"classes", "confident", "class_kl"} & values.keys()
    told = evaluation.evaluate(pictures[:70], real)
    assert told["dataset"] == "noise" and told["values"]["memorised"] == 1
    assert evaluation.ranked_pairs(pictures[:12], real, 4)["best"].shape == (4, 2, 8, 8, 3)


def test_pixels_are_measured_as_the_floats_that_they_are(monkeypatch):
    """And never are they floats all at once."""
    pixels = np.random.default_rng(0).integers(0, 256, (160, 8, 8, 3)).astype(np.uint8)
    floats, most = data.scale(pixels), []

    def see(images):
        assert images.dtype == np.float32 and images.min() < -0.9
        most.append(len(images))
        return colours(images)

    monkeypatch.setattr(data.in_parts, "__defaults__", (30,))
    monkeypatch.setattr(metrics, "CHUNK", 30)
    of_pixels = evaluation.reference_of(pixels[:80], pixels[80:], see)
    of_floats = evaluation.reference_of(floats[:80], floats[80:], colours)
    told = evaluation.evaluate(pixels[20:90], of_pixels)
    expected = evaluation.evaluate(floats[20:90], of_floats)
    for kind in ("values", "floors"):
        np.testing.assert_allclose([*told[kind].values()], [*expected[kind].values()], atol=1e-5)
    assert max(most) == 30
    pairs = evaluation.ranked_pairs(floats[:12], of_pixels, 4)  # made images are floats
    np.testing.assert_allclose(
        list(pairs.values()), list(evaluation.ranked_pairs(floats[:12], of_floats, 4).values())
    )


def test_features_that_are_no_rows_are_refused(pictures):
    with pytest.raises(ValueError, match=r"\[n, d\].*\(8, 8, 3\)"):
        evaluation.reference_of(pictures[:8], pictures[8:16], lambda x: x[0])
    with pytest.raises(ValueError, match=r"a row for each image"):
        evaluation.reference_of(pictures[:8], pictures[8:16], lambda x: x.mean(axis=(1, 2)).T)


def test_the_digit_network_says_that_it_knows_digits_only(real, recwarn):
    evaluation.measure(real.train[:100], real)
    assert not recwarn.list
    other = real._replace(name="fashion")
    with pytest.warns(UserWarning, match="nothing about fashion.*reference_of"):
        evaluation.measure(real.train[:100], other)


def test_a_domain_is_seen_by_its_own_network(recwarn):
    """Letters have 26 classes; of them all are covered by real ones."""
    real = evaluation.reference("letters", num_images=400)
    values = evaluation.measure(real.train[:600], real)
    seen = features.predict(real.train[:600], "letters").features
    assert values["frechet_distance"] == metrics.frechet_distance(seen, real.predictions.features)
    assert (len(values["class_shares"]), values["classes"]) == (26, 26)
    without_z = data.load("letters").labels[:600] != 25
    assert evaluation.measure(real.train[:600][without_z], real)["classes"] == 25
    assert not recwarn.list


def test_each_number_is_that_of_its_metric(real, told):
    a, b = features.digit_features(real.train[::3]), real.predictions.features
    values = told["values"]
    assert values["frechet_distance"] == metrics.frechet_distance(a, b)
    scale = np.sqrt((b**2).mean())
    kernel = metrics.kernel_distance(a / scale, b / scale)
    assert (values["kernel_distance"], values["kernel_error"]) == pytest.approx(kernel)
    assert (values["precision"], values["recall"]) == metrics.precision_recall(b, a)
    assert (values["density"], values["coverage"]) == metrics.density_coverage(b, a)
    probabilities = features.digit_probabilities(real.train[::3])
    assert values["confident"] == (probabilities.max(axis=1) > 0.9).mean()
    shares = np.bincount(probabilities.argmax(axis=1), minlength=10) / 500
    np.testing.assert_allclose(values["class_shares"], shares)
    assert values["classes"] == 10


def test_the_floor_has_as_many_real_images(real, told, monkeypatch):
    """Measured by handing the very rows of the floor to `measure`."""
    measured = []
    measure = evaluation.measure
    monkeypatch.setattr(
        evaluation, "measure", lambda images, real: measured.append(images) or measure(images, real)
    )
    evaluation.evaluate(real.test[:100], real)
    assert [len(images) for images in measured] == [100, 100]
    rows = metrics.nearest_neighbours(measured[1], real.train)
    assert (rows.distances < 1e-4).all() and len(np.unique(rows.indices)) > 95
    assert (told["num_images"], told["num_reference"], told["dataset"]) == (500, 297, "digits")


def test_training_images_are_seen_to_be_copies(told):
    assert told["values"]["memorised"] > 0.95
    assert told["floors"]["memorised"] == 0.05


DEFECTS = {
    "blur": lambda images, labels: (
        scipy.ndimage.gaussian_filter(images, (0, 2, 2, 0)),
        {"frechet_distance", "precision", "density", "coverage"},
    ),
    "noise": lambda images, labels: (
        np.clip(images + np.random.default_rng(0).normal(0, 0.6, images.shape), -1, 1),
        {"frechet_distance", "precision", "density", "coverage"},
    ),
    "a class lost": lambda images, labels: (
        images[labels != 3],
        {"frechet_distance", "recall", "coverage", "class_kl"},
    ),
    "one image": lambda images, labels: (
        np.repeat(images[:1], len(images), axis=0),
        {"frechet_distance", "kernel_distance", "recall", "coverage", "class_kl"},
    ),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_seen_by_the_metrics_that_should(real, defect):
    digits = data.load("digits")
    good = evaluation.measure(digits.images[::3], real)
    images, seen_by = DEFECTS[defect](digits.images[::3], digits.labels[::3])
    bad = evaluation.measure(np.float32(images), real)
    smaller_is_better = {"frechet_distance", "kernel_distance", "class_kl"}
    for name in seen_by:
        worse = (bad[name] - good[name]) * (1 if name in smaller_is_better else -1)
        assert worse > 0.02, (name, good[name], bad[name])
    if defect == "a class lost":
        assert (good["classes"], bad["classes"]) == (10, 9)


def test_best_typical_and_worst(real):
    blurred = np.float32(scipy.ndimage.gaussian_filter(real.train[:300], (0, 3, 3, 0)))
    images = np.concatenate([real.test[:100], blurred])
    pairs = evaluation.ranked_pairs(images, real, num_images=5)
    assert list(pairs) == ["best", "typical", "worst"]
    best = metrics.nearest_neighbours(pairs["best"][:, 0], real.test)
    assert (best.distances < 1e-4).all()
    for samples in (pairs["typical"][:, 0], pairs["worst"][:, 0]):
        assert (metrics.nearest_neighbours(samples, blurred).distances < 1e-4).all()
    beside = metrics.nearest_neighbours(pairs["worst"][:, 0], real.train)
    np.testing.assert_array_equal(pairs["worst"][:, 1], real.train[beside.indices])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda real: evaluation.evaluate(real.test[:64], real), "at least 65 are needed"),
        (lambda real: evaluation.evaluate(np.repeat(real.test, 6, axis=0), real), "at most that"),
        (lambda real: evaluation.ranked_pairs(real.test[:20], real), "24 are needed"),
    ],
)
def test_bad_numbers_of_images_are_answered(real, call, says):
    with pytest.raises(ValueError, match=says):
        call(real)


def test_evaluation_panel_draws_pairs_and_both_shares():
    pairs = {
        "best": np.full((4, 2, 28, 28, 1), 1.0),
        "worst": np.stack([np.full((6, 28, 28, 1), v) for v in (-1.0, 0.0)], axis=1),
    }
    shares, real = np.arange(10) / 45, np.full(10, 0.1)
    figure = evaluation.evaluation_panel(pairs, shares, real)
    best, worst, bars = figure.axes
    assert [best.get_title(), worst.get_title()] == ["best", "worst"]
    expected = plotting.tile(pairs["worst"].reshape(12, 28, 28, 1), columns=4)
    np.testing.assert_array_equal(np.squeeze(worst.images[0].get_array()), np.squeeze(expected))
    heights = [bar.get_height() for bar in bars.patches]
    np.testing.assert_allclose(heights[:10], shares)
    np.testing.assert_allclose(heights[10:], real)
    with pytest.raises(ValueError, match="9 shares beside 10"):
        evaluation.evaluation_panel(pairs, shares[:9], real)


# Classes that were asked for


def test_labels_stay_with_their_images(real):
    for split, images, labels in (
        ("train", real.train, real.train_labels),
        ("test", real.test, real.test_labels),
    ):
        whole = data.load("digits", split)
        known = {image.tobytes(): label for image, label in zip(whole.images, whole.labels)}
        assert all(known[image.tobytes()] == label for image, label in zip(images, labels))
    assert evaluation.reference("digits", 70).test_labels.tolist() == real.test_labels[:70].tolist()


def held_against(real, images, labels):
    return evaluation.evaluate_classes(images, labels, real)["values"]


def test_planted_defects_are_seen_each_by_its_number(real):
    """Permuted labels by the agreement, one image for each class by the coverage."""
    images, labels = real.train[:900], real.train_labels[:900]
    good = held_against(real, images, labels)
    permuted = held_against(real, images, (labels + 1) % 10)
    firsts = np.array([np.flatnonzero(labels == label)[0] for label in labels])
    repeated = held_against(real, images[firsts], labels)
    assert good["agreement"] > 0.97 and permuted["agreement"] < 0.05
    assert repeated["agreement"] > 0.85
    assert good["within_class_coverage"] > 2 * repeated["within_class_coverage"]
    assert permuted["within_class_coverage"] < 0.2 < good["within_class_coverage"]


def test_the_floors_of_classes(real):
    told = evaluation.evaluate_classes(real.train, real.train_labels, real)
    fewest = np.bincount(real.test_labels).min()
    assert told["num_per_class"] == fewest
    seen = real.predictions.probabilities.argmax(axis=1)
    assert told["floors"]["agreement"] == (seen == real.test_labels).mean()
    by_class = [(seen == real.test_labels)[real.test_labels == one].mean() for one in range(10)]
    np.testing.assert_allclose(told["floors"]["agreement_by_class"], by_class)
    assert 0.7 < told["floors"]["within_class_coverage"] <= 1


def test_the_frechet_distance_within_classes_needs_more_rows_than_features(real):
    """With features of two numbers 20 of each class are enough; asked for wrongly, far away."""

    def predict(images):
        seen = features.predict(images)
        return features.Predictions(seen.features[:, :2], seen.probabilities)

    few = real._replace(predict=predict, predictions=predict(real.test))
    told = evaluation.evaluate_classes(real.test, real.test_labels, few)
    assert told["values"]["within_class_frechet"] < 1e-9 < told["floors"]["within_class_frechet"]
    assert held_against(real, real.test, real.test_labels)["within_class_frechet"] is None
    wrong = held_against(few, real.test, (real.test_labels + 1) % 10)
    assert wrong["within_class_frechet"] > 3 * told["floors"]["within_class_frechet"]


def test_classes_that_cannot_be_compared_are_answered(real, pictures):
    other = evaluation.reference_of(pictures[:80], pictures[80:], colours, "noise")
    with pytest.raises(ValueError, match="noise has no labels"):
        evaluation.evaluate_classes(pictures[:80], np.zeros(80, int), other)
    for labels in (np.arange(99) % 12, np.arange(99) % 9, np.full(99, 3)):
        with pytest.raises(ValueError, match="classes of digits are 0 … 9, and of each more than"):
            evaluation.evaluate_classes(real.test[:99], labels, real)


# Pairs


@pytest.fixture(scope="module")
def answered(real):
    others = features.predict(real.train).features

    def told(images):
        return evaluation.evaluate_pairs(images, real.test, real.test_labels, others)

    return told


def test_targets_themselves_are_the_best_answers(real, answered):
    told = answered(real.test)
    assert told["psnr"] == np.inf and told["ssim"] == pytest.approx(1)
    seen = real.predictions.probabilities.argmax(axis=1)
    assert told["kept"] == (seen == real.test_labels).mean()
    others = features.predict(real.train).features
    floor = metrics.frechet_distance(real.predictions.features, others)
    assert told["frechet_distance"] == pytest.approx(floor)


def test_structural_similarity_of_two_greys(real):
    """Without variance it is (2ab + C)/(a² + b² + C), of a and b in [0, 1], C = .01²."""
    images = np.full((80, 28, 28, 1), 0.2, "float32")  # .6 from black on
    targets = np.full((80, 28, 28, 1), -0.6, "float32")  # .2
    told = evaluation.evaluate_pairs(images, targets, np.zeros(80, int), real.predictions.features)
    assert told["ssim"] == pytest.approx((2 * 0.6 * 0.2 + 1e-4) / (0.36 + 0.04 + 1e-4), rel=3e-4)
    assert told["psnr"] == pytest.approx(10 * np.log10(4 / 0.64), rel=1e-5)


def test_the_wrong_targets_are_noticed_by_three_numbers_of_four(real, answered):
    """The same digits in another order: all together they are as real as before."""
    told, right = answered(np.roll(real.test, 1, axis=0)), answered(real.test)
    assert told["psnr"] < 15 and told["ssim"] < 0.5 and told["kept"] < 0.4
    assert told["frechet_distance"] == pytest.approx(right["frechet_distance"], rel=1e-6)


# A learner's own pictures


@pytest.fixture
def no_photographs(monkeypatch):
    monkeypatch.setattr(features, "photograph_features", lambda: None)


def noise(number, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (number, 16, 16, 3)).astype(np.uint8)


def test_own_pictures_are_seen_along_few_directions(no_photographs):
    train, test = noise(90), noise(30, seed=1)
    for kind in ("outlines", "photographs"):
        real, used = evaluation.reference_of_pictures(train, test, "my cats", kind)
        assert used == "outlines" and real.name == "my cats"
        see = features.projected(features.outlines, train, 7)
        np.testing.assert_allclose(real.predictions.features, see(data.scale(test)))
        told = evaluation.evaluate(data.scale(train[:60]), real)
        assert told["values"]["memorised"] == 1.0 and "classes" not in told["values"]


def test_a_network_of_photographs_is_used_where_it_can_be_had(monkeypatch):
    seen = lambda images: images.reshape(len(images), -1)[:, :9]  # noqa: E731
    monkeypatch.setattr(features, "photograph_features", lambda: seen)
    train, test = noise(90), noise(30, seed=1)
    real, used = evaluation.reference_of_pictures(train, test, "my cats", "photographs")
    expected = features.projected(seen, train, 7)(data.scale(test))
    assert used == "photographs"
    np.testing.assert_allclose(real.predictions.features, expected)


def test_too_few_held_out_pictures_and_unknown_kinds_are_refused():
    with pytest.raises(ValueError, match="19 pictures of my cats are held out, and 20 are needed"):
        evaluation.reference_of_pictures(noise(90), noise(19), "my cats")
    with pytest.raises(ValueError, match="kind must be one of photographs, outlines; got 'vgg'"):
        evaluation.reference_of_pictures(noise(90), noise(20), "my cats", "vgg")


def test_the_fewest_held_out_pictures_are_enough_for_all_numbers(no_photographs):
    real, _ = evaluation.reference_of_pictures(noise(90), noise(20, 1), "my cats")
    told = evaluation.evaluate(data.scale(noise(65, 2)), real)
    for of in ("values", "floors"):
        assert np.isfinite([*told[of].values()]).all()


def test_beside_each_picture_stands_the_nearest():
    train = noise(30)
    images = 0.9 * data.scale(train[[7, 3]])
    pairs = evaluation.pairs_with_nearest(images, train)
    assert pairs.shape == (2, 2, 16, 16, 3) and pairs.dtype == np.float32
    np.testing.assert_array_equal(pairs[:, 0], images)
    np.testing.assert_array_equal(pairs[:, 1], data.scale(train[[7, 3]]))


def test_without_classes_there_are_only_pairs():
    pairs = {"a": np.zeros((4, 2, 16, 16, 3)), "b": np.zeros((4, 2, 16, 16, 3))}
    figure = evaluation.evaluation_panel(pairs, None, None)
    assert [axes.get_title() for axes in figure.axes] == ["a", "b"]
