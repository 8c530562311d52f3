"""Training of the rivals: what is left behind is the average, and a seed is all that counts."""

import keras
import numpy as np
import pytest
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


def test_the_step_is_traced_once():
    network, traced = line(), []

    def counted(told, given):
        traced.append(told)
        return tf.reduce_mean(tf.square(told - given))

    fitting.fit(network, points(), counted, 4, TOLD)
    assert len(traced) == 1


class Dies(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 2:
            raise KeyboardInterrupt


def numbered():
    """The batch of a step is its number."""
    return tf.data.Dataset.counter().map(lambda n: (tf.fill([2, 1], tf.cast(n, tf.float32)),) * 2)


def test_a_training_that_was_cut_off_goes_on_to_the_bit(tmp_path, monkeypatch):
    path, whole, first, second = tmp_path / "backup.npz", line(), line(), line()
    fitting.fit(whole, numbered(), "mse", 250, TOLD, path)
    assert not path.exists()
    made = fitting._Backup
    with monkeypatch.context() as patch:
        patch.setattr(
            fitting, "_Backup", lambda *told: keras.callbacks.CallbackList([made(*told), Dies()])
        )
        with pytest.raises(KeyboardInterrupt):
            fitting.fit(first, numbered(), "mse", 250, TOLD, path)
    assert path.exists()
    for steps, told in ((251, TOLD), (250, {**TOLD, "learning_rate": 0.5})):
        with pytest.raises(ValueError, match="250 steps with .*, not .*; remove it"):
            fitting.fit(line(), numbered(), "mse", steps, told, path)
    assert len(fitting.fit(second, numbered(), "mse", 250, TOLD, path).epoch) == 97
    for one, other in zip(whole.variables, second.variables, strict=True):
        np.testing.assert_array_equal(one, other)
    for one, other in zip(whole.optimizer.variables, second.optimizer.variables, strict=True):
        np.testing.assert_array_equal(one, other)
    plain = line()
    fitting.fit(plain, numbered(), "mse", 250, TOLD)
    np.testing.assert_array_equal(plain.get_weights()[0], whole.get_weights()[0])


def test_a_backup_of_another_network_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", taken=1, **{"0": np.zeros((3, 3))})
    with pytest.raises(ValueError, match="another network; remove it"):
        fitting.fit(line(), points(), "mse", 3, TOLD, tmp_path / "other.npz")


def test_batches_draw_other_numbers_for_each_seed_and_number():
    drawn = [tuple(map(tuple, fitting.seeds_of(*told))) for told in ((0, 0), (0, 1), (1, 0))]
    drawn = [tuple(int(x) for pair in both for x in pair) for both in drawn]
    assert len(set(drawn)) == 3
    assert all(len({both[:2], both[2:]}) == 2 for both in drawn)  # noise and times apart
