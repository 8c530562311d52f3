"""Pixel by pixel: an autoregressive network, whose likelihood is exact and whose samples take long.

Here live the levels of grey that it chooses from, its batches, its likelihood, and the drawing of
one pixel after the other. The network is `models.row_network`: a recurrent one over the rows. That
it is recurrent makes it no kind of generator; that it says p(pixel | pixels before) does.
Taught in lesson 18.
"""

import functools

import numpy as np
import tensorflow as tf

from ganedu import data, seeding

NUM_LEVELS = 8


def to_levels(images):
    """The nearest level of grey of each pixel.

    Args:
        images: array or tensor in [−1, 1].

    Returns:
        int32 tensor of that shape, 0 (dark) to 7.

    Example:
        >>> to_levels(np.array([-1.0, 0.0, 1.0])).numpy().tolist()
        [0, 4, 7]
    """
    scaled = (tf.cast(images, tf.float32) + 1) / 2 * (NUM_LEVELS - 1)
    return tf.cast(tf.floor(tf.clip_by_value(scaled, 0, NUM_LEVELS - 1) + 0.5), tf.int32)


def from_levels(levels):
    """The images that levels of grey stand for.

    Args:
        levels: int array or tensor, 0 to 7.

    Returns:
        float32 array of that shape in [−1, 1].

    Example:
        >>> from_levels(np.array([0, 7])).tolist()
        [-1.0, 1.0]
    """
    return np.float32(np.asarray(levels) / (NUM_LEVELS - 1) * 2 - 1)


def batches(images, batch_size, seed):
    """Batches of images and their levels; number k is the same wherever one starts.

    Args:
        images: float array [n, side, side, 1] in [−1, 1].
        batch_size: images of a batch.
        seed: the seed of the run, an integer of at least 0.

    Returns:
        `tf.data.Dataset` of (levels in [0, 1], levels 0 to 7).

    Raises:
        ValueError: if the images are not fit (see `data.check_images`) or fewer than a batch.

    Example:
        >>> shown, levels = next(iter(batches(data.load("digits").images, 8, seed=0)))
        >>> shown.dtype, levels.shape
        (tf.float32, TensorShape([8, 28, 28]))
    """

    def asked(images):
        levels = to_levels(images)
        return _shown(levels), levels[..., 0]

    return data.batches(images, batch_size, seed).map(asked)


def generate(network, num_images, seed, chunk=500):
    """New images, one pixel after the other, row by row.

    Args:
        network: as `models.row_network` returns it.
        num_images: how many, at least 1.
        seed: integer of at least 0.
        chunk: images that are made at once.

    Returns:
        float32 array [num_images, side, side, 1] in [−1, 1].

    Raises:
        ValueError: if `seed` is not an integer of at least 0.

    Example:
        >>> from ganedu import models
        >>> generate(models.row_network(side=4, seed=0), 3, seed=0).shape
        (3, 4, 4, 1)
    """
    seeding.check_seed(seed)
    side = network.inputs[0].shape[1]
    chances = tf.random.stateless_uniform(
        [num_images, side, side], seeding.stream_seed(seed, 0, "samples"), alg="philox"
    )
    draw = _drawer(network)
    parts = [draw(chances[start : start + chunk]) for start in range(0, num_images, chunk)]
    return from_levels(np.concatenate(parts)[..., np.newaxis])


@functools.lru_cache(maxsize=8)
def _drawer(network):
    """The compiled drawing: from a chance in [0, 1) for each pixel to its level."""
    memory, above, left = (network.get_layer(name) for name in ("memory", "above", "left"))
    side, filters = network.inputs[0].shape[1], left.filters

    @tf.function(input_signature=[tf.TensorSpec((None, side, side))])
    def draw(chances):
        rows = tf.shape(chances)[0]
        row, state = tf.zeros_like(chances[:, 0]), tf.zeros((rows, memory.units))
        drawn = tf.TensorArray(tf.float32, side * side)
        for y in tf.range(side):
            seen, state = memory(row[:, tf.newaxis], initial_state=state)
            told = tf.reshape(above(seen), (rows, side, filters))
            row = tf.zeros_like(row)
            for x in tf.range(side):
                level, row = _next(network, row, told[:, x], chances[:, y, x])
                drawn = drawn.write(y * side + x, level)
        return tf.reshape(tf.transpose(drawn.stack()), (rows, side, side))

    return draw


def _next(network, before, told, chance):
    """The level of the next pixel, and the pixels to its left with it; `told` is of the rows above.

    The level is the one into whose part of [0, 1) the chance falls.
    """
    left, both, levels = (network.get_layer(name) for name in ("left", "both", "levels"))
    seen = left(before[:, tf.newaxis, :, tf.newaxis])[:, 0, 0] + told
    hidden = tf.nn.leaky_relu(both(tf.nn.leaky_relu(seen, 0.2)), 0.2)
    reached = tf.cumsum(tf.nn.softmax(levels(hidden)), axis=-1)[:, :-1]
    level = tf.reduce_sum(tf.cast(reached <= chance[:, tf.newaxis], tf.float32), axis=-1)
    return level, tf.concat([before[:, 1:], _shown(level)[:, tf.newaxis]], axis=1)


def _shown(levels):
    """Levels as the network sees them, dark is 0."""
    return tf.cast(levels, tf.float32) / (NUM_LEVELS - 1)
