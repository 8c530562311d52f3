"""Few labels: closed forms of the made-up class and of matched features, and who sees what."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganedu import data, few_labels

RANDOM = np.random.default_rng(0)
SMALL = {**few_labels.RECIPE, "widths": [4, 4], "num_classes": 3, "batch_size": 12, "latent_dim": 5}
IMAGES = np.float32(RANDOM.uniform(-1, 1, (30, 28, 28, 1)))
LABELS = np.array([0, 1, 2, 0, 1, 2] + [few_labels.NONE] * 24)


def outputs(rows=6, classes=3, features=4):
    """As a recogniser returns them beside its logit, with a second look."""
    shapes = (rows, classes), (rows, features), (rows, classes)
    return tuple(tf.constant(RANDOM.normal(size=shape), tf.float32) for shape in shapes)


def trained(steps, seed=0, **options):
    gan = few_labels.few_label_gan(seed, 4, SMALL, **options)
    images, told = few_labels.mixed(IMAGES, LABELS, SMALL["share"], 3)
    gan.fit(images, 12, steps_per_epoch=steps, conditions=told, verbose=0)
    return gan


def test_the_made_up_class_is_the_last_of_a_softmax_whose_logit_is_zero():
    logits = RANDOM.normal(size=(50, 10)) * 30
    with_made_up = tf.nn.log_softmax(np.column_stack([logits, np.zeros(50)])).numpy()
    logit = few_labels.made_up_logit(tf.constant(logits)).numpy()[:, 0]
    np.testing.assert_allclose(-np.logaddexp(0, logit), with_made_up[:, -1], rtol=1e-6)
    real = np.logaddexp.reduce(with_made_up[:, :-1], axis=1)
    np.testing.assert_allclose(-np.logaddexp(0, -logit), real, rtol=1e-6, atol=1e-12)


def test_the_gradient_of_the_logit_is_the_softmax():
    """So what is real is pushed most towards the class that it is taken for already."""
    logits = tf.constant(RANDOM.normal(size=(5, 10)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        total = tf.reduce_sum(few_labels.made_up_logit(logits))
    np.testing.assert_allclose(tape.gradient(total, logits), tf.nn.softmax(logits), rtol=1e-5)


def test_matched_features_have_the_gradient_of_the_closed_form():
    """−(2/n)·(mean real − mean fake) for each of n generated images, the same for all of them."""
    real, fake = outputs(6), outputs(5)
    told = few_labels.targets([2, -1, 0, 1, -1, -1], 3)
    with tf.GradientTape() as tape:
        tape.watch(fake[1])
        value = few_labels.feature_matching(3.0).value(None, None, told, fake, real)
    gap = real[1].numpy()[[1, 4, 5]].mean(axis=0) - fake[1].numpy().mean(axis=0)
    assert float(value) == pytest.approx(3 * gap @ gap, rel=1e-5)
    slope = tape.gradient(value, fake[1]).numpy()
    np.testing.assert_allclose(slope, np.tile(-3 * 2 / 5 * gap, (5, 1)), rtol=1e-5)


def test_a_label_costs_its_cross_entropy_and_none_costs_nothing():
    told, (logits, *_) = few_labels.targets([1, -1, 2, -1, 0, -1], 3), outputs()
    logs = logits.numpy() - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    expected = -(logs[0, 1] + logs[2, 2] + logs[4, 0]) / 3
    assert float(few_labels.label_cost(told, logits)) == pytest.approx(expected, rel=1e-5)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        cost = few_labels.classes(2.0).value(None, None, told, (), (logits, None))
    assert float(cost) == pytest.approx(2 * expected, rel=1e-5)
    assert not tape.gradient(cost, logits).numpy()[[1, 3, 5]].any()
    assert float(few_labels.label_cost(np.zeros((6, 3), "float32"), logits)) == 0


def test_only_sure_answers_become_labels_and_only_the_second_look_learns():
    first = tf.constant([[0.0, 5.0, 0.0], [0.0, 1.0, 0.0]])
    second = tf.constant(RANDOM.normal(size=(2, 3)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch([first, second])
        costs = few_labels.sure_cost(first, second)
    logs = second.numpy() - np.log(np.exp(second).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(costs, [-logs[0, 1], 0], rtol=1e-5)
    of_first, of_second = tape.gradient(costs, [first, second])
    assert of_first is None and of_second.numpy()[0].any() and not of_second.numpy()[1].any()


def test_unlike_looks_cost_the_squared_distance_of_their_probabilities():
    first, _, second = outputs()
    one, other = (np.exp(x) / np.exp(x).sum(axis=1, keepdims=True) for x in (first, second))
    expected = ((one - other) ** 2).sum(axis=1)
    with tf.GradientTape() as tape:
        tape.watch([first, second])
        costs = few_labels.unlike_cost(first, second)
    np.testing.assert_allclose(costs, expected, rtol=1e-4)
    of_first, of_second = tape.gradient(costs, [first, second])
    assert of_first is None and of_second.numpy().any()  # the second look follows the first


def test_the_generator_is_paid_for_features_alone():
    logits = tf.constant([[0.3], [-2.0]])
    assert not few_labels.LOSS.generator(logits, logits).numpy().any()
    cost = few_labels.LOSS.discriminator(logits, -logits).numpy()[:, 0]
    np.testing.assert_allclose(cost, np.log1p(np.exp([-0.3, 2.0])), rtol=1e-6)


def test_labels_are_hidden_class_by_class():
    labels = RANDOM.permutation(np.repeat(np.arange(4), 25))
    kept = few_labels.hide(labels, 10, seed=3)
    there = kept >= 0
    assert np.array_equal(kept[there], labels[there]) and (kept[~there] == -1).all()
    assert np.bincount(kept[there]).tolist() == [3, 3, 2, 2]
    assert np.array_equal(kept, few_labels.hide(labels, 10, seed=3))
    assert not np.array_equal(kept, few_labels.hide(labels, 10, seed=4))


def test_targets_are_ones_at_the_labels_and_zeros_where_there_is_none():
    assert few_labels.targets(np.int8([2, -1, 0, 1]), 3).tolist() == [
        [0, 0, 1],
        [0, 0, 0],
        [1, 0, 0],
        [0, 1, 0],
    ]


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ([0, 1, 2, -1, 3, -2], "2 are out of range, such as 3"),
        ([0, 1, -1], "2 labels for 3 classes"),
        ([0, 0, 1, 1], "No image has the label 2"),
        ([0.0, 1.0, 2.0], "integers"),
        ([[0], [1], [2]], "row"),
    ],
)
def test_labels_that_cannot_be_are_refused(labels, sentence):
    with pytest.raises(ValueError, match=sentence):
        few_labels.targets(labels, 3)


@pytest.mark.parametrize(
    ("number", "sentence"), [(2, "fewer than the 3 classes"), (9, "3 images of class 2")]
)
def test_as_many_labels_cannot_be_kept(number, sentence):
    with pytest.raises(ValueError, match=sentence):
        few_labels.hide([0, 0, 0, 1, 1, 1, 2, 2], number)


def test_the_labelled_images_come_once_without_and_again_and_again_with_their_label():
    images, told = few_labels.mixed(IMAGES, LABELS, share=0.4, num_classes=3)
    assert len(images) == len(told) == 50 and images.dtype == np.uint8
    assert not told[:30].any() and np.array_equal(images[:30], data.to_pixels(IMAGES))
    again = np.resize(np.arange(6), 20)
    assert np.array_equal(images[30:], images[again])
    assert np.array_equal(told[30:].argmax(axis=1), LABELS[again])
    with pytest.raises(ValueError, match="share"):
        few_labels.mixed(IMAGES, LABELS, share=1.0, num_classes=3)


def test_a_recogniser_says_real_by_its_classes():
    network = few_labels.recogniser(3, widths=(4, 4), looks=("shifted", "moved"), seed=1)
    logit, classes, features, second = network(IMAGES, training=False)
    np.testing.assert_allclose(logit, few_labels.made_up_logit(classes), rtol=1e-6)
    np.testing.assert_allclose(classes, second, rtol=1e-5)  # nothing changes: one look
    _, classes, _, second = network(IMAGES, training=True)
    assert np.abs(classes - second).max() > 1e-3
    assert (network.outputs[1].shape[1], features.shape[1]) == (3, 128)


def test_all_looks_have_the_same_weights():
    one, three = (
        few_labels.recogniser(3, widths=(4, 4), looks=few_labels.LOOKS[:n]) for n in (1, 3)
    )
    assert one.count_params() == three.count_params() and len(three.outputs) == 5


def test_a_look_changes_what_it_says_and_no_more():
    """A small square in the middle."""
    square = np.full((200, 28, 28, 1), -1, "float32")
    square[:, 11:17, 11:17] = 1
    inputs, seen = keras.Input((28, 28, 1)), {}
    for look in few_labels.LOOKS:
        network = keras.Model(inputs, few_labels._changing(look, seed=3)(inputs))
        seen[look] = np.asarray(network(square, training=True))[..., 0]
        np.testing.assert_array_equal(network(square), square)  # no training
    np.testing.assert_array_equal(seen["as it is"], square[..., 0])
    assert {*seen["shifted"].ravel().tolist()} == {-1.0, 1.0}
    ink = (seen["shifted"] > 0).sum(axis=(1, 2))
    assert (ink == 36).all()  # two pixels do not push it out
    rows = (seen["shifted"] > 0).any(axis=2).argmax(axis=1)
    assert {*rows.tolist()} == {9, 10, 11, 12, 13}
    size = ((seen["moved"] + 1) / 2).sum(axis=(1, 2))
    open_ones = size[size > 18]  # the others lost a part to what is covered
    assert open_ones.min() < 30 and open_ones.max() > 45  # of 36: it is zoomed both ways
    assert (size < 18).any() and seen["moved"].min() == -1
    with pytest.raises(ValueError, match="no look 'upside down'"):
        few_labels.recogniser(looks=("upside down",))


def test_the_gan_has_the_step_of_all_gans():
    gan = trained(2, further=[few_labels.pseudo_labels()])
    names = [tracker.name for tracker in gan.trackers]
    assert {"classes", "features", "pseudo_labels"} < {*names}
    assert few_labels.averaged(gan).output_shape == (None, 3)
    other = trained(2, further=[few_labels.pseudo_labels()])
    for one, two in zip(gan.discriminator.weights, other.discriminator.weights, strict=True):
        np.testing.assert_array_equal(one, two)


def test_the_labels_that_reach_the_loss_of_a_training_are_those_that_were_kept():
    seen = set()
    trained(4, seen=seen)
    known = {image.tobytes() for image in data.scale(data.to_pixels(IMAGES[:6]))}
    assert seen and seen <= known


def test_averaged_weights_are_those_of_a_loop():
    gan, momentum = few_labels.few_label_gan(0, 4, SMALL), SMALL["momentum"]
    images, told = few_labels.mixed(IMAGES, LABELS, SMALL["share"], 3)
    average = None
    for _ in range(3):
        gan.fit(images, 12, steps_per_epoch=1, conditions=told, verbose=0)
        now = [variable.numpy() for variable in gan.discriminator.trainable_variables]
        average = average or now
        average = [momentum * a + (1 - momentum) * b for a, b in zip(average, now, strict=True)]
    before = gan.discriminator.get_weights()
    found = few_labels.averaged(gan)
    for one, two in zip(found.trainable_variables, average, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-7)
    for one, two in zip(gan.discriminator.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, two)  # training can go on from where it was


def test_without_an_average_it_is_said():
    gan = few_labels.few_label_gan(0, 4, SMALL)
    gan.discriminator_optimizer = keras.optimizers.Adam()
    with pytest.raises(ValueError, match="use_ema"):
        few_labels.averaged(gan)


@pytest.mark.parametrize("way", few_labels.WAYS)
def test_a_rival_learns_what_the_labels_say(way):
    images = np.full((30, 28, 28, 1), -1, "float32")
    labels = np.arange(30) % 3
    for image, label in zip(images, labels, strict=True):
        image[9 * label + 2 : 9 * label + 7] = 1
    known = few_labels.hide(labels, 6)
    recipe = {**SMALL, "once": "shifted", "noise": 0.05}
    classifier = few_labels.rival(way, images, known, 40, recipe=recipe)
    assert few_labels.error(classifier, images, labels) == 0


@pytest.mark.parametrize("way", few_labels.WAYS)
def test_a_rivals_step_is_traced_once(monkeypatch, way):
    paid, traced = few_labels._paid, []

    def counted(*told):
        traced.append(told)
        return paid(*told)

    monkeypatch.setattr(few_labels, "_paid", counted)
    few_labels.rival(way, IMAGES, LABELS, 3, recipe=SMALL)
    assert len(traced) == 1


def test_a_rival_that_is_not_there():
    with pytest.raises(ValueError, match="pseudo-labels"):
        few_labels.rival("magic", IMAGES, LABELS, 1, recipe=SMALL)


def test_what_a_rival_pays_is_told_by_its_looks():
    told = few_labels.targets([1, -1, 2, -1, 0, -1], 3)
    first, _, second = outputs()
    both, paid = tf.concat([first, second], axis=1), few_labels._paid
    label = few_labels.label_cost(told, first)
    np.testing.assert_allclose(paid("labels alone", told, first), label * np.ones(6), rtol=1e-5)
    np.testing.assert_allclose(
        paid("consistency", told, both), label + few_labels.unlike_cost(first, second), rtol=1e-5
    )
    np.testing.assert_allclose(
        paid("pseudo-labels", told, both), label + few_labels.sure_cost(first, second), rtol=1e-5
    )


def test_what_comes_with_a_label_is_counted_once_each_also_in_a_graph():
    seen = set()
    term = few_labels.counted(few_labels.classes(), seen)
    plain = few_labels.classes()
    told, (logits, *_) = few_labels.targets([1, -1, 2, -1, 0, -1], 3), outputs()
    value = tf.function(functools.partial(term.value, None))
    for images, number in ((IMAGES[:6], 3), (IMAGES[:6], 3), (IMAGES[:6][::-1], 6)):
        given = tf.constant(images), tf.constant(told), (), (logits, None)
        assert float(value(*given)) == pytest.approx(float(plain.value(None, *given)))
        assert len(seen) == number  # reversed, the other three have the labels


def test_a_label_reaches_a_loss_if_another_one_in_its_place_changes_it():
    known = few_labels.hide(np.arange(12) % 3, 6)

    def honest(labels):
        return (labels * (known >= 0)).sum()

    def leaking(labels):
        return np.where(np.arange(12) < 8, np.cos(labels), 0)

    labels = np.arange(12) % 3
    assert np.array_equal(few_labels.reaching(honest, labels, 3), known >= 0)
    assert few_labels.reaching(leaking, labels, 3).sum() == 8


def test_a_label_is_found_also_where_the_next_one_costs_the_same():
    found = few_labels.reaching(lambda labels: (labels == 2).sum(), np.array([0, 1]), 3)
    assert found.all()


def test_terms_say_what_they_need():
    told, beside = few_labels.targets([0, 1, 2], 3), outputs(3)
    for given in ((None, beside), (told, ()), (told, outputs(3, classes=4))):
        with pytest.raises(ValueError, match="targets"):
            few_labels.classes().value(None, None, given[0], (), given[1])
        with pytest.raises(ValueError, match="targets"):
            few_labels.feature_matching().value(None, None, given[0], beside, given[1])
    with pytest.raises(ValueError, match="a second look"):
        few_labels.pseudo_labels().value(None, None, told, (), beside[:2])


def test_the_nearest_image_and_the_logistic_line():
    known, labels = np.array([[-1.0, 0], [1.0, 0]]).reshape(2, 1, 2), [4, 6]
    asked = np.array([[-0.2, 3.0], [0.3, -5.0]]).reshape(2, 1, 2)
    assert few_labels.nearest(known, labels, asked).tolist() == [4, 6]
    assert few_labels.logistic(known, labels, asked).tolist() == [4, 6]


def test_the_error_is_in_per_cent():
    classifier = keras.Sequential([keras.Input((2,)), keras.layers.Softmax()])
    points = np.array([[1.0, 0], [1.0, 0], [0, 1.0], [0, 1.0]])
    assert few_labels.error(classifier, points, [0, 1, 1, 1]) == 25
