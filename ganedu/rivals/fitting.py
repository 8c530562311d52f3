"""How every rival is trained: Keras' own `fit`, on numbered batches, with averaged weights.

Here live that function and the seeds of a batch. What a rival is asked, and its loss, stand in the
file of its own. Taught in lesson 18.
"""

import keras

from ganedu.seeding import stream_seed


def fit(network, batches, loss, num_steps, settings):
    """Train a network on batches of (inputs, targets), and leave it with its averaged weights.

    The learning rate falls to nothing along half a cosine. The average (EMA) is the one of Keras'
    optimizer, which takes the place of the weights when `fit` ends.

    Args:
        network: `keras.Model`.
        batches: `tf.data.Dataset` without end of pairs, as the rivals' `batches` make it.
        loss: as `keras.Model.compile` takes it.
        num_steps: how many batches, at least 1; from 100 on whole hundreds of them.
        settings: dictionary with learning_rate and ema_momentum.

    Returns:
        `keras.callbacks.History` with the mean loss of a hundredth of the steps in each row.

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
    return network.fit(batches, verbose=0, **options)


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
