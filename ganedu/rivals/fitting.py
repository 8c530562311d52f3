"""How every rival is trained: Keras' own `fit`, on numbered batches, with averaged weights.

Here live that function, how a training that was cut off goes on, and the seeds of a batch. What a
rival is asked, and its loss, stand in the file of its own. Taught in lesson 18.
"""

from pathlib import Path

import keras
import numpy as np

from ganedu import writing
from ganedu.seeding import stream_seed


def fit(network, batches, loss, num_steps, settings, backup=None):
    """Train a network on batches of (inputs, targets), and leave it with its averaged weights.

    The learning rate falls to nothing along half a cosine. The average (EMA) is the one of Keras'
    optimizer, which takes the place of the weights when `fit` ends.

    Args:
        network: `keras.Model`.
        batches: `tf.data.Dataset` without end of pairs, as the rivals' `batches` make it.
        loss: as `keras.Model.compile` takes it.
        num_steps: how many batches, at least 1; from 100 on whole hundreds of them.
        settings: dictionary with learning_rate and ema_momentum.
        backup: a file (.npz) that is written after each hundredth of the steps and removed at the
            end. Where it is there, the training that it is of goes on, to the bit.

    Returns:
        `keras.callbacks.History` with the mean loss of a hundredth of the steps in each row; of
        those that were taken now.

    Raises:
        ValueError: if the backup is of another network, other settings or another length.

    Example:
        >>> import tensorflow as tf
        >>> line = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        >>> points = tf.data.Dataset.from_tensors((tf.ones((2, 1)), tf.ones((2, 1)))).repeat()
        >>> told = {"learning_rate": 0.1, "ema_momentum": 0.9}
        >>> fit(line, points, "mse", 200, told).history["loss"][-1] < 1e-3
        True
    """
    compile(network, loss, num_steps, settings)
    rows = min(100, num_steps)
    options = {"epochs": rows, "steps_per_epoch": num_steps // rows, "shuffle": False}
    if backup:
        path, about = Path(backup), f"{num_steps} steps with {settings}"
        taken = _restore(network, path, about)
        options |= {"initial_epoch": taken, "callbacks": [_Backup(path, about)]}
        batches = batches.skip(taken * options["steps_per_epoch"])
    return network.fit(batches, verbose=0, **options)


class _Backup(keras.callbacks.Callback):
    """Weights and optimizer after each row, in one file, so that they are of one moment."""

    def __init__(self, path, about):
        super().__init__()
        self.path, self.about = path, about

    def on_epoch_end(self, epoch, logs=None):
        held = {str(i): np.asarray(value) for i, value in enumerate(_variables(self.model))}
        with writing.whole(self.path) as place:
            np.savez(place, taken=epoch + 1, about=self.about, **held)

    def on_train_end(self, logs=None):
        self.path.unlink()


def _variables(network):
    return [*network.variables, *network.optimizer.variables]


def _restore(network, path, about):
    """Put a backup back, if there is one; how many rows have been trained."""
    if not path.exists():
        return 0
    variables = _variables(network)
    with np.load(path, allow_pickle=False) as held:
        shapes = [held[name].shape for name in held.files if name.isdigit()]
        if shapes != [tuple(variable.shape) for variable in variables]:
            raise ValueError(f"{path} is of another network; remove it to begin anew.")
        if (told := str(held["about"])) != about:
            raise ValueError(f"{path} is of {told}, not {about}; remove it to begin anew.")
        for i, variable in enumerate(variables):
            variable.assign(held[str(i)])
        return int(held["taken"])


def compile(network, loss, num_steps, settings):
    """Give a network its loss and the optimizer that `fit` trains it with.

    Args:
        network: `keras.Model`.
        loss: as `keras.Model.compile` takes it.
        num_steps: after which the learning rate is nothing.
        settings: as for `fit`.

    Example:
        >>> line = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        >>> compile(line, "mse", 100, {"learning_rate": 0.1, "ema_momentum": 0.9})
        >>> float(line.optimizer.learning_rate)
        0.1...
    """
    falling = keras.optimizers.schedules.CosineDecay(settings["learning_rate"], num_steps)
    average = {"use_ema": True, "ema_momentum": settings["ema_momentum"]}
    network.compile(keras.optimizers.Adam(falling, **average), loss)
    network.optimizer.build(network.trainable_variables)  # otherwise the step is traced twice


def seeds_of(seed, number):
    """The seeds of what a batch draws beside its images: noise, and times.

    Args:
        seed: the seed of the run, an integer of at least 0.
        number: of the batch, an integer or a scalar integer tensor.

    Returns:
        Two pairs, as the functions `tf.random.stateless_*` take them.

    Example:
        >>> [pair.numpy().tolist() for pair in seeds_of(7, 100)]
        [[7, 502], [7, 503]]
    """
    return [stream_seed(seed, number, name) for name in ("generator_latents", "interpolation")]
