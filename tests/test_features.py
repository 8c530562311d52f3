"""The networks behind the metrics: what they get right, and what they refuse."""

import importlib
import socket

import numpy as np
import pytest

import ganedu
from ganedu import data, downloads, features, metrics, shipped


@pytest.fixture(scope="module")
def digits():
    return data.load("digits", "test")


def test_shapes_and_ranges(digits):
    seen = features.predict(digits.images)
    assert seen.features.shape == (297, 64) and seen.features.dtype == np.float32
    assert seen.probabilities.shape == (297, 10)
    assert (seen.features >= 0).all() and (seen.features.max(axis=0) > 0).mean() > 0.9
    np.testing.assert_allclose(seen.probabilities.sum(axis=1), 1, rtol=1e-5)


def test_the_two_views_are_those_of_one_pass(digits):
    seen = features.predict(digits.images[:5])
    np.testing.assert_array_equal(features.digit_features(digits.images[:5]), seen.features)
    np.testing.assert_array_equal(
        features.digit_probabilities(digits.images[:5]), seen.probabilities
    )


def test_an_image_is_seen_alone(digits, monkeypatch):
    """Neither its neighbours nor the chunk decide what is seen."""
    together = features.digit_features(digits.images[:20])
    monkeypatch.setattr(features, "CHUNK", 3)
    np.testing.assert_allclose(features.digit_features(digits.images[:20]), together, atol=1e-4)


def test_pixels_are_what_they_show(digits):
    pixels = data.to_pixels(digits.images[:5])
    seen = features.digit_features(pixels)
    np.testing.assert_allclose(seen, features.digit_features(data.scale(pixels)))


def test_it_recognises_the_embedded_digits(digits):
    said = shipped.provenance("digit_classifier")["accuracy"]["digits"]
    right = (features.digit_probabilities(digits.images).argmax(axis=1) == digits.labels).mean()
    assert right == pytest.approx(said, abs=0.004) and right > 0.97


def test_it_recognises_mnist_as_well_as_it_says():
    test = data.load("auto", "test")
    if test.name != "mnist":
        pytest.skip("MNIST is not on this machine")
    said = shipped.provenance("digit_classifier")["accuracy"]["mnist"]
    right = (features.digit_probabilities(test.images).argmax(axis=1) == test.labels).mean()
    assert right == pytest.approx(said, abs=0.0003) and right >= 0.992


@pytest.mark.parametrize(
    ("images", "says"),
    [
        (np.zeros((2, 32, 32, 1)), r"\[n, 28, 28, 1\]"),
        (np.zeros((0, 28, 28, 1)), "n at least 1"),
        (np.zeros((2, 28, 28, 3)), r"\[n, 28, 28, 1\]"),
        (np.full((2, 28, 28, 1), 255.0), r"\[−1, 1\]"),
        (np.zeros((2, 28, 28, 1), "uint16"), "in uint8"),
        (np.full((2, 28, 28, 1), np.nan), "finite"),
    ],
)
def test_other_images_are_refused(images, says):
    with pytest.raises(ValueError, match=says):
        features.digit_features(images)


# Other domains


@pytest.mark.parametrize("name", ["letters", "fashion_mnist"])
def test_every_domain_is_recognised_as_well_as_its_network_says(name):
    """On a thousand images: the share of right answers has a standard error of .01 at most."""
    try:
        test = data.load(name, "test")
    except OSError:
        pytest.skip(f"{name} is not on this machine")
    kind = {"letters": "letter", "fashion_mnist": "clothes"}[name]
    said = shipped.provenance(f"{kind}_classifier")["accuracy"][name]
    seen = features.predict(test.images[:1000], name)
    assert seen.features.shape == (1000, 64)
    right = (seen.probabilities.argmax(axis=1) == test.labels[:1000]).mean()
    assert right == pytest.approx(said, abs=0.03)


def test_images_that_say_their_domain_get_its_network():
    test = data.load("letters", "test")
    few = test._replace(images=test.images[:20], labels=test.labels[:20])
    seen = features.predict(few)
    assert seen.probabilities.shape == (20, 26)
    for told in (features.predict(few, "letters"), features.predict(few.images, "letters")):
        np.testing.assert_array_equal(seen.features, told.features)
    assert features.predict(few.images).probabilities.shape == (20, 10)  # digits, if nobody says


def test_mnist_and_the_embedded_digits_are_one_domain(digits):
    few = digits._replace(images=digits.images[:5])
    np.testing.assert_array_equal(
        features.predict(few, "mnist").features, features.digit_features(few.images)
    )


@pytest.mark.parametrize(
    ("name", "domain", "says"),
    [
        ("letters", "digits", "These images are letters, and the network of digits was not"),
        ("digits", "letters", "These images are digits, and the network of letters was not"),
        ("kana", None, "no network for 'kana'.*mnist, digits, letters.*reference_of"),
        ("kana", "letters", "no network for 'kana'"),
        ("digits", "Letters", "no network for 'Letters'"),
    ],
)
def test_images_of_another_domain_are_refused(digits, name, domain, says):
    """By what they are said to be: these are digits all the time."""
    with pytest.raises(ValueError, match=says):
        features.predict(digits._replace(name=name), domain)


# Of pictures of any kind


def test_even_pictures_have_a_colour_and_no_edges():
    images = np.broadcast_to(np.float32([0.5, -0.25, 0.0]), (2, 20, 20, 3))
    seen = features.outlines(images)
    assert seen.shape == (2, 240) and seen.dtype == np.float32
    np.testing.assert_allclose(seen[:, :48], np.tile([0.5, -0.25, 0.0], (2, 16)))
    assert not seen[:, 48:].any()


def test_an_upright_edge_is_seen_in_its_fields_at_each_size():
    """From −1 to 1 between columns 7 and 8 of 16: of a field's 4, 2 and 1 columns one differs by 2.

    Neighbours across and along both diagonals differ, those above one another do not.
    """
    image = np.ones((1, 16, 16, 1))
    image[:, :, :8] = -1
    seen = features.outlines(image)[0]
    np.testing.assert_allclose(seen[:16].reshape(4, 4), np.tile([-1, -1, 1, 1], (4, 1)))
    edges = seen[16:].reshape(3, 4, 4, 4)  # size, row, column, direction
    for edge, share in zip(edges, (2 / 4, 2 / 2, 2), strict=True):
        expected = np.zeros((4, 4, 4))
        expected[:, 1] = share * np.array([1, 0, 1, 1])
        np.testing.assert_allclose(edge, expected)


def test_a_level_edge_is_seen_down():
    upright = np.random.default_rng(0).uniform(-1, 1, (3, 16, 16, 1))
    across, down = np.array(
        [
            features.outlines(x)[:, 16:].reshape(3, 3, 4, 4, 4)
            for x in (upright, upright.swapaxes(1, 2))
        ]
    )
    np.testing.assert_allclose(down[..., [1, 0, 2, 3]], across.swapaxes(2, 3), atol=1e-6)


@pytest.mark.parametrize("size", [16, 20, 28, 32, 64])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_size_and_colour_has_finite_outlines(size, channels):
    images = np.random.default_rng(0).uniform(-1, 1, (3, size, size, channels))
    seen = features.outlines(images)
    assert seen.shape == (3, 16 * channels + 192) and np.isfinite(seen).all()


@pytest.fixture(scope="module")
def looked_at(digits):
    """Train images, and a function to the distance of images from the test images."""
    train = data.load("digits")
    see = features.projected(features.outlines, train.images, 64)
    real = see(digits.images)
    return train, lambda images: metrics.frechet_distance(see(images), real)


def test_outlines_tell_defects_from_real_images(looked_at):
    train, distance = looked_at
    images, random = train.images[:600], np.random.default_rng(0)
    floor = distance(images)
    noisy = np.clip(images + random.normal(scale=0.3, size=images.shape), -1, 1)
    blurred = sum(np.roll(images, (i, j), (1, 2)) for i in (-1, 0, 1) for j in (-1, 0, 1)) / 9
    halved = np.float32(images + train.images[600:1200]) / 2
    lacking = train.images[train.labels < 5][:600]
    one_kind = np.resize(train.images[train.labels == 3], images.shape)
    for defect, least in ((noisy, 4), (blurred, 1.5), (halved, 1.5), (lacking, 1.3), (one_kind, 3)):
        assert distance(np.float32(defect)) > least * floor


def test_along_all_directions_lengths_stay():
    """Orthogonal directions turn the standardised features and stretch nothing."""
    images = np.random.default_rng(0).uniform(-1, 1, (40, 2, 2, 1))
    flat = images.reshape(40, 4)
    see = features.projected(lambda x: x.reshape(len(x), 4), images, 4)
    standard = (flat - flat.mean(axis=0)) / flat.std(axis=0)
    lengths = np.linalg.norm(standard, axis=1)
    np.testing.assert_allclose(np.linalg.norm(see(images), axis=1), lengths, rtol=1e-5)


def test_what_never_changes_is_not_blown_up():
    """A corner that is white in all pictures: it is divided by a tenth of the largest spread."""
    images = np.random.default_rng(0).choice([-1.0, 1.0], (400, 1, 2, 1))
    images[:, :, 1] = 1
    see = features.projected(lambda x: x.reshape(len(x), 2), images, 2)
    spread = images[:, 0, 0, 0].std()
    moved = images[:1].copy()
    moved[:, :, 1] = 0.9
    step = np.linalg.norm(see(moved) - see(images[:1]))
    assert step == pytest.approx(0.1 / (0.1 * spread), rel=1e-4)
    assert np.isfinite(features.projected(lambda x: 0 * x[:, 0, :, 0], images, 1)(images)).all()


def test_pixels_are_standardised_as_what_they_show():
    pixels = np.random.default_rng(0).integers(0, 256, (30, 16, 16, 1)).astype(np.uint8)
    see, floats = features.outlines, data.scale(pixels)
    ways = [features.projected(see, images, 5)(floats) for images in (pixels, floats)]
    np.testing.assert_array_equal(*ways)


@pytest.mark.parametrize(
    ("held_out", "number"), [(1, 1), (20, 5), (99, 24), (255, 63), (256, 64), (10_000, 64)]
)
def test_a_direction_for_each_four_held_out_images(held_out, number):
    assert features.num_directions(held_out) == number


def test_a_network_sees_grey_pictures_as_grey_ones_in_colour():
    network = features.photograph_network(None)
    grey = np.random.default_rng(0).uniform(-1, 1, (2, 28, 28, 1))
    seen = features._seen_by(network, grey)
    assert seen.shape == (2, 576) and seen.std() > 0
    np.testing.assert_array_equal(seen, features._seen_by(network, np.repeat(grey, 3, axis=-1)))


def test_pictures_reach_the_network_as_pixels_of_its_size():
    taken = []
    features._seen_by(lambda x, training: taken.append((x, training)) or x, -np.ones((1, 8, 8, 3)))
    [(images, training)] = taken
    assert images.shape == (1, 96, 96, 3) and training is False
    np.testing.assert_allclose(images, 0, atol=1e-4)


@pytest.fixture
def nothing_at_hand(monkeypatch, tmp_path):
    monkeypatch.setattr(features, "_is_at_hand", lambda: False)
    monkeypatch.setattr(ganedu, "rehearsing", lambda: False)


def must_not(*given):
    raise AssertionError(given)


def test_without_an_answer_there_is_no_network_and_no_download(nothing_at_hand, monkeypatch):
    asked = []
    monkeypatch.setattr(downloads, "answers", lambda address: asked.append(address))
    monkeypatch.setattr(features, "photograph_network", must_not)
    assert features.photograph_features() is None
    assert asked == [features.PHOTOGRAPH_ADDRESS]


def test_a_rehearsal_asks_nobody(nothing_at_hand, monkeypatch):
    monkeypatch.setattr(ganedu, "rehearsing", lambda: True)
    monkeypatch.setattr(downloads, "answers", must_not)
    assert features.photograph_features() is None


def test_a_download_that_breaks_is_no_network(nothing_at_hand, monkeypatch):
    """Keras raises a bare Exception; its connection is given up after seconds."""
    waits = []

    def breaks(weights):
        waits.append((weights, socket.getdefaulttimeout()))
        raise Exception("URL fetch failure")

    monkeypatch.setattr(downloads, "answers", lambda address: True)
    monkeypatch.setattr(features, "photograph_network", breaks)
    assert features.photograph_features() is None
    assert waits == [("imagenet", downloads.TIMEOUT)]
    assert socket.getdefaulttimeout() is None


def test_what_keras_has_already_is_not_asked_for(monkeypatch):
    monkeypatch.setattr(features, "_is_at_hand", lambda: True)
    monkeypatch.setattr(downloads, "answers", must_not)
    monkeypatch.setattr(features, "photograph_network", lambda weights: lambda x, training: x)
    assert features.photograph_features()(np.zeros((1, 8, 8, 3))).shape == (1, 96, 96, 3)


def test_the_weights_are_those_that_keras_would_fetch(monkeypatch):
    """Else it would be asked whether another file can be had."""
    fetched = []

    def fetch(name, address, **options):
        fetched.append((name, address, bool(options.get("file_hash"))))
        raise OSError("no network in tests")

    module = importlib.import_module("keras.src.applications.mobilenet_v3")
    monkeypatch.setattr(module.file_utils, "get_file", fetch)
    with pytest.raises(OSError, match="no network in tests"):
        features.photograph_network("imagenet")
    assert fetched == [(features.PHOTOGRAPH_FILE, features.PHOTOGRAPH_ADDRESS, True)]
