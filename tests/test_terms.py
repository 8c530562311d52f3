"""What a player pays beside the adversarial loss: closed forms."""

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
