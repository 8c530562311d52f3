"""Differentiable changes that the images of both players pass.

Here live functions of (images, seed), as `GAN.compile(augment=...)` takes them: the step passes
real and generated images through the same one, in both updates, and the gradient goes through.
Each image is changed by a draw of its own. What a change uncovers is background.
"""

import tensorflow as tf

from ganedu.seeding import uniform

BACKGROUND = -1.0  # black


def shift(images, seed, share=0.125):
    """Move each image by a random number of pixels along each of its sides.

    Args:
        images: float tensor [batch, height, width, channels], or waves [batch, samples, 1].
        seed: a pair as `seeding.stream_seed` returns it.
        share: by at most so much of a side, from 0 to 1; every whole number of pixels up to it,
            back and forth, is as likely.

    Returns:
        Tensor of the shape of `images`; what comes in at a side is background, −1.

    Raises:
        ValueError: if `share` is not in [0, 1].

    Example:
        >>> from ganedu.seeding import stream_seed
        >>> moved = shift(tf.ones((50, 8, 8, 1)), stream_seed(0, 0, "real_augmentation"))
        >>> sorted(set(moved.numpy().ravel().tolist()))
        [-1.0, 1.0]

    Reference:
        Zhao, Liu, Lin, Zhu, Han (2020), "Differentiable Augmentation for Data-Efficient GAN
        Training", section 3; they fill in zeros.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share must be from 0 to 1, for example 0.125; got {share!r}.")
    sides = images.shape[1:-1]
    draws = uniform([images.shape[0], len(sides)], seed)
    for axis, side in enumerate(sides, start=1):
        most = int(side * share)
        padding = [[0, 0]] * len(images.shape)
        padding[axis] = [most, most]
        padded = tf.pad(images, padding, constant_values=BACKGROUND)
        first = tf.cast(draws[:, axis - 1] * (2 * most + 1), tf.int32)
        places = first[:, tf.newaxis] + tf.range(side)
        images = tf.gather(padded, places, axis=axis, batch_dims=1)
    return images
