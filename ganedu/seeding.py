"""Randomness as a function of (seed, step, stream), never a hidden state.

Here lives how a random draw is addressed, and how replicas share one; what is drawn stands where
it is used.
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
LATER_STREAMS = (  # counted downwards, so that those above keep their numbers
    "real_augmentation",  # how the real images of a discriminator update are changed
    "fake_augmentation",  # ... and its fakes
    "generator_real_augmentation",  # the same in a generator update
    "generator_fake_augmentation",
)
_ROOM = 16  # for more of them


def stream_seed(seed, step, stream):
    """The seed of one draw: the pair [seed, number of streams · step + number of the stream].

    The later streams have negative numbers in its place.

    Args:
        seed: the seed of the whole run, an integer of at least 0.
        step: the number of the update or of the batch, an integer or a scalar integer tensor.
        stream: one of `STREAMS` or `LATER_STREAMS`.

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
    step = tf.cast(step, tf.int64)
    if stream in STREAMS:
        number = step * len(STREAMS) + STREAMS.index(stream)
    elif stream in LATER_STREAMS:
        number = -(step * _ROOM + LATER_STREAMS.index(stream)) - 1
    else:
        known = ", ".join((*STREAMS, *LATER_STREAMS))
        raise ValueError(f"stream must be one of {known}; got {stream!r}.")
    return tf.stack([tf.constant(seed, tf.int64), number])


def sample_latents(num_images, latent_dim, seed):
    """The latents of the images that are asked for with a seed, the same wherever that is done.

    Args:
        num_images: how many, at least 1.
        latent_dim: length of a latent vector.
        seed: integer of at least 0.

    Returns:
        float32 tensor [num_images, latent_dim], standard normal.

    Raises:
        ValueError: if `seed` is not an integer of at least 0.

    Example:
        >>> sample_latents(3, 64, seed=0).shape.as_list()
        [3, 64]
    """
    shape = [num_images, latent_dim]
    return tf.random.stateless_normal(shape, stream_seed(seed, 0, "samples"), alg="philox")


def part_of(seed, number):
    """The seed of one of several draws that belong together.

    Args:
        seed: a pair as `stream_seed` returns it.
        number: which of them, an integer of at least 0.

    Returns:
        int64 tensor of shape [2]: a random number of `seed`, and `number`.

    Example:
        >>> first, second = (part_of(stream_seed(0, 0, "samples"), i) for i in range(2))
        >>> normal([2], first).numpy().tolist() == normal([2], second).numpy().tolist()
        False
    """
    whole = {"minval": None, "maxval": None, "dtype": tf.int64}  # any int64 is as likely
    random = tf.random.stateless_uniform([], seed, alg="philox", **whole)
    return tf.stack([random, tf.constant(number, tf.int64)])


def normal(shape, seed):
    """Standard normal numbers of one draw; a replica gets its rows of the global draw.

    Args:
        shape: of what this replica needs, [batch, ...].
        seed: a pair as `stream_seed` returns it.

    Returns:
        float32 tensor of that shape.

    Example:
        >>> normal([2, 3], stream_seed(0, 0, "samples")).shape.as_list()
        [2, 3]
    """
    return _rows_of_this_replica(tf.random.stateless_normal, shape, seed)


def uniform(shape, seed):
    """Numbers of one draw, equally likely in [0, 1); a replica gets its rows of the global draw.

    Args:
        shape: of what this replica needs, [batch, ...].
        seed: a pair as `stream_seed` returns it.

    Returns:
        float32 tensor of that shape.

    Example:
        >>> uniform([2], stream_seed(0, 0, "interpolation")).shape.as_list()
        [2]
    """
    return _rows_of_this_replica(tf.random.stateless_uniform, shape, seed)


def _rows_of_this_replica(draw, shape, seed):
    # replicas know the same seed and would draw the same numbers
    replica = tf.distribute.get_replica_context()
    size, *rest = shape
    everything = draw([size * replica.num_replicas_in_sync, *rest], seed, alg="philox")
    first = replica.replica_id_in_sync_group * size
    return tf.reshape(everything[first : first + size], shape)


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
