"""Training of the rivals: what is left behind is the average, and a seed is all that counts."""

import keras
import numpy as np
import tensorflow as tf

from ganedu.rivals import fitting

TOLD = {"learning_rate": 0.1, "ema_momentum": 0.9}


def line():
    network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    network.set_weights([np.zeros((1, 1))])
    return network


def points():
    return tf.data.Dataset.from_tensors((tf.ones((2, 1)), tf.ones((2, 1)))).repeat()


def test_the_average_takes_the_place_of_the_weights():
    """Adam by hand: the first steps are rate · sign, whatever the gradient; then averaged."""
    network, steps = line(), 3
    fitting.fit(network, points(), "mse", steps, TOLD)
    weight, moments, average = 0.0, [0.0, 0.0], None
    for number in range(steps):
        slope = 2 * (weight - 1)
        moments = [0.9 * moments[0] + 0.1 * slope, 0.999 * moments[1] + 0.001 * slope**2]
        rate = 0.1 * (1 + np.cos(np.pi * number / steps)) / 2
        first, second = (
            moments[0] / (1 - 0.9 ** (number + 1)),
            moments[1] / (1 - 0.999 ** (number + 1)),
        )
        weight -= rate * first / (np.sqrt(second) + 1e-7)
        average = weight if average is None else 0.9 * average + 0.1 * weight
    assert abs(average - weight) > 0.05
    np.testing.assert_allclose(network.get_weights()[0], average, rtol=1e-4)


def test_batches_draw_other_numbers_for_each_seed_and_number():
    drawn = [tuple(map(tuple, fitting.seeds_of(*told))) for told in ((0, 0), (0, 1), (1, 0))]
    drawn = [tuple(int(x) for pair in both for x in pair) for both in drawn]
    assert len(set(drawn)) == 3
    assert all(len({both[:2], both[2:]}) == 2 for both in drawn)  # noise and times apart
