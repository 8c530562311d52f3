"""What a player pays beside the adversarial loss: closed forms."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganedu import terms

FAKE = np.float32(np.random.default_rng(0).normal(size=(4, 6, 5, 2)))
REAL = np.float32(np.random.default_rng(1).normal(size=(4, 6, 5, 2)))


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        (terms.l1(2.5), 2.5 * np.abs(FAKE - REAL).mean(axis=(1, 2, 3))),
        (terms.l2(2.5), 2.5 * np.square(FAKE - REAL).mean(axis=(1, 2, 3))),
    ],
)
def test_a_distance_is_one_value_for_each_image(term, expected):
    value = term.value(tf.constant(FAKE), tf.constant(REAL), None, (), ())
    np.testing.assert_allclose(value, expected, rtol=1e-6)
    assert term.player == "generator" and not term.reads_real_outputs


def test_by_hand():
    """|1 − 0| and |3 − 0|: mean 2; squares 1 and 9: mean 5."""
    images = tf.constant([[1.0, 3.0]]), tf.zeros((1, 2))
    assert terms.l1(1.0).value(*images, None, (), ()).numpy().tolist() == [2.0]
    assert terms.l2(1.0).value(*images, None, (), ()).numpy().tolist() == [5.0]


@pytest.mark.parametrize("weight", [-1.0, float("nan"), "1", True])
def test_a_weight_is_a_number(weight):
    with pytest.raises(ValueError, match="weight must be a finite number of at least 0"):
        terms.l1(weight)


# The auxiliary classifier

LABELS = tf.constant([2, 0, 1], tf.int64)
SEEN, OTHER = (np.float32(np.random.default_rng(seed).normal(size=(3, 4))) for seed in (2, 3))


def missed(logits):
    """log Σ exp z − z_label, in NumPy."""
    chosen = logits[np.arange(3), LABELS.numpy()]
    return np.log(np.exp(np.float64(logits)).sum(axis=1)) - chosen


def test_the_players_pay_for_classes_that_are_missed():
    of_both, of_generator = terms.auxiliary_classifier(2.5)
    given = None, None, LABELS, (tf.constant(SEEN),), (tf.constant(OTHER),)
    np.testing.assert_allclose(of_generator.value(*given), 2.5 * missed(SEEN), rtol=1e-5)
    both = 2.5 * (missed(SEEN) + missed(OTHER))
    np.testing.assert_allclose(of_both.value(*given), both, rtol=1e-5)
    assert (of_both.player, of_generator.player) == ("discriminator", "generator")
    assert not of_generator.reads_real_outputs


@pytest.mark.parametrize(("logit", "expected"), [(0.0, np.log(4)), (50.0, 0.0), (-50.0, None)])
def test_no_idea_costs_log_of_the_classes_and_certainty_nothing(logit, expected):
    """− log softmax: ln 4 at equal logits; a sure miss costs about the gap of the logits."""
    logits = tf.constant([[0.0, 0.0, logit, 0.0]])
    value = terms.auxiliary_classifier()[1].value(None, None, LABELS[:1], (logits,), ())
    expected = 50 + np.log(3) if expected is None else expected
    assert float(value[0]) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("labels", "outputs"),
    [
        (LABELS, ()),
        (LABELS, (tf.zeros((3, 4)), tf.zeros((3, 4)))),
        (tf.zeros((3, 4)), (tf.zeros((3, 4)),)),
        ((LABELS, LABELS), (tf.zeros((3, 4)),)),
    ],
)
def test_without_labels_or_class_logits_it_says_what_is_missing(labels, outputs):
    term = terms.auxiliary_classifier()[1]
    with pytest.raises(ValueError, match="needs labels as conditions, and a discriminator"):
        term.value(None, None, labels, outputs, ())


@pytest.mark.parametrize("weight", [-1.0, float("inf"), None])
def test_the_weight_of_the_classifier_is_a_number(weight):
    with pytest.raises(ValueError, match="weight must be a finite number of at least 0"):
        terms.auxiliary_classifier(weight)


# Terms of translators


def scaled(factor, side=3):
    return keras.Sequential([keras.Input((side,)), keras.layers.Rescaling(factor)])


def test_identity_is_the_mean_distance_to_what_came_in():
    """|¼x − x| = ¾|x|."""
    images = tf.constant(REAL[:, 0, 0, :])
    term = terms.identity(scaled(0.25, side=2), 2.0)
    expected = 2 * 0.75 * np.abs(REAL[:, 0, 0, :]).mean(axis=1)
    np.testing.assert_allclose(term.value(None, images, None, (), ()), expected, rtol=1e-6)
    assert (term.player, term.name) == ("generator", "identity")
    wider = keras.Sequential([keras.Input((2,)), keras.layers.Dense(5)])
    with pytest.raises(ValueError, match=r"this generator makes \(5,\) from \(2,\)"):
        terms.identity(wider, 1.0)


def test_a_kept_class_costs_what_the_classifier_misses_of_its_own_word():
    """The classifier's logits are the image; the source says the class, the fake is charged."""
    sources, fakes = tf.constant(np.eye(4, dtype=np.float32)[[2, 0, 1]]), tf.constant(SEEN)
    term = terms.kept_classes(scaled(1.0, side=4), 2.5)
    np.testing.assert_allclose(
        term.value(fakes, None, sources, (), ()), 2.5 * missed(SEEN), rtol=1e-5
    )
    for conditions in (None, LABELS, (sources, LABELS)):
        with pytest.raises(ValueError, match="kept_classes needs source images"):
            term.value(fakes, None, conditions, (), ())


class Doubled(keras.layers.Layer):
    """Twice the input in training, as dropout and statistics of the batch differ there too."""

    def call(self, inputs, training=False):
        return inputs * (2.0 if training else 1.0)


def test_a_generator_is_in_training_and_a_judge_of_classes_is_not():
    """|2x − x| = |x|; and the classifier says the same as without dropout."""
    network = keras.Sequential([keras.Input((4,)), Doubled()])
    images = tf.constant(SEEN)
    value = terms.identity(network, 1.0).value(None, images, None, (), ())
    np.testing.assert_allclose(value, np.abs(SEEN).mean(axis=1), rtol=1e-6)
    sources = tf.constant(np.eye(4, dtype=np.float32)[[2, 0, 1]])
    with_it, without = (
        terms.kept_classes(judge, 1.0).value(images, None, sources, (), ())
        for judge in (network, scaled(1.0, side=4))
    )
    np.testing.assert_allclose(with_it, without, rtol=1e-6)


@pytest.mark.parametrize("make", [terms.identity, terms.kept_classes])
def test_the_weights_of_translators_are_numbers(make):
    with pytest.raises(ValueError, match="weight must be a finite number of at least 0"):
        make(scaled(1.0), -1.0)
