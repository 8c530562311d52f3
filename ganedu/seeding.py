"""Randomness as a function of (seed, step, stream), never a hidden state.

Here lives how a random draw is addressed; the draws themselves stand where they are used.
Because draw number 700 does not depend on draws 0 to 699, a training run that is stopped and
resumed sees the same noise and the same batches as one that never stopped.
Taught in lesson 06.
"""

import random

import tensorflow as tf

STREAMS = (
    "data",  # which images make up a batch
    "discriminator_latents",  # noise for the fakes of a discriminator update
    "generator_latents",  # noise for the fakes of a generator update
    "interpolation",  # where between real and fake a gradient penalty is taken
    "samples",  # noise for pictures and for `GAN.generate`
)


def stream_seed(seed, step, stream):
    """The seed of one draw: the pair [seed, number of streams · step + number of the stream].

    Args:
        seed: the seed of the whole run, an integer of at least 0.
        step: the number of the update or of the batch, an integer or a scalar integer tensor.
        stream: one of `STREAMS`.

    Returns:
        int64 tensor of shape [2], as the functions `tf.random.stateless_*` take it.

    Raises:
        ValueError: if `stream` is unknown or `seed` is not an integer of at least 0.

    Example:
        >>> stream_seed(7, 100, "data").numpy().tolist()
        [7, 500]

    Reference:
        Salmon, Moraes, Dror, Shaw (2011), "Parallel Random Numbers: As Easy as 1, 2, 3".
    """
    check_seed(seed)
    if stream not in STREAMS:
        raise ValueError(f"stream must be one of {', '.join(STREAMS)}; got {stream!r}.")
    number = tf.cast(step, tf.int64) * len(STREAMS) + STREAMS.index(stream)
    return tf.stack([tf.constant(seed, tf.int64), number])


def layer_seeds(seed, role):
    """One seed after another for the layers of a network, different for each role.

    Keras layers that share one integer seed and one shape start with *equal* weights; this
    stream keeps them apart.

    Args:
        seed: the seed of the run, an integer of at least 0.
        role: a word such as "generator".

    Yields:
        Integers from 0 to 2³¹ − 1.

    Raises:
        ValueError: if `seed` is not an integer of at least 0.

    Example:
        >>> first, second = layer_seeds(0, "generator"), layer_seeds(0, "generator")
        >>> [next(first), next(first)] == [next(second), next(second)]
        True
    """
    check_seed(seed)
    stream = random.Random(f"{role} {int(seed)}")  # a text seed is hashed the same everywhere
    while True:
        yield stream.randrange(2**31)


def check_seed(seed):
    """Refuse what cannot be the seed of a run.

    Args:
        seed: anything.

    Raises:
        ValueError: unless `seed` is an integer from 0 to 2⁶³ − 1.

    Example:
        >>> check_seed(3)
    """
    integer = isinstance(seed, int) or hasattr(seed, "__index__")
    if isinstance(seed, bool) or not integer or not 0 <= int(seed) < 2**63:
        raise ValueError(f"seed must be an integer of at least 0, for example 0; got {seed!r}.")
