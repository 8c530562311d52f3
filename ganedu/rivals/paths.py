"""From noise to images along a path: diffusion along an arc, rectified flow along a straight line.

Here live both paths, what a network is asked on the way, and how it is gone in few steps or many.
A path mixes an image x and noise ε, x_t = a(t) x + b(t) ε, and time runs from the noise, t = 0, to
the image, t = 1. The network sees x_t and t and answers an image; trained by squared error it
learns E[x | x_t], the mean over all images that may lie behind that point. The noise behind it
follows, (x_t − a x) / b, and so does the velocity dx_t/dt = a'(t) x + b'(t) ε. The network is
`models.denoiser`.
Taught in lesson 18.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from ganedu import data, seeding
from ganedu.rivals.fitting import seeds_of

QUARTER = np.pi / 2  # an arc of the unit circle, from the axis of the noise to that of the image


class Path(NamedTuple):
    """How image and noise are mixed on the way.

    Attributes:
        name: of the path.
        weights: function from times to the weights (a, b) of the image and of the noise.
        slopes: function from times to their derivatives (a', b').
    """

    name: str
    weights: Callable
    slopes: Callable


STRAIGHT = Path(
    "straight",
    lambda times: (times, 1 - times),
    lambda times: (tf.ones_like(times), -tf.ones_like(times)),
)
ARC = Path(
    "arc",  # a² + b² = 1: data of variance 1 keep it on the way
    lambda times: (tf.sin(QUARTER * times), tf.cos(QUARTER * times)),
    lambda times: (QUARTER * tf.cos(QUARTER * times), -QUARTER * tf.sin(QUARTER * times)),
)
PATHS = {path.name: path for path in (STRAIGHT, ARC)}


def between(path, images, noise, times):
    """Where image and noise are at these times: x_t = a(t) x + b(t) ε.

    Args:
        path: `Path`.
        images: tensor [batch, ...].
        noise: tensor of that shape, standard normal.
        times: tensor [batch] in [0, 1].

    Returns:
        Tensor of that shape.

    Example:
        >>> image, noise = tf.constant([[2.0]]), tf.constant([[4.0]])
        >>> float(between(STRAIGHT, image, noise, tf.constant([0.25]))[0, 0])
        3.5

    Reference:
        Lipman, Chen, Ben-Hamu, Nickel, Le (2023), "Flow Matching for Generative Modeling".
    """
    a, b = path.weights(_wide(times, images))
    return a * images + b * noise


def noise_behind(path, points, images, times):
    """The noise that a point comes from, if these are its images: (x_t − a x) / b.

    Args:
        path: `Path`.
        points: tensor [batch, ...], x_t.
        images: tensor of that shape.
        times: tensor [batch] in [0, 1): at 1 there is no noise left to be found.

    Returns:
        Tensor of that shape.

    Example:
        >>> point, image = tf.constant([[3.5]]), tf.constant([[2.0]])
        >>> float(noise_behind(STRAIGHT, point, image, tf.constant([0.25]))[0, 0])
        4.0
    """
    a, b = path.weights(_wide(times, images))
    return (points - a * images) / b


def batches(path, images, batch_size, seed):
    """Batches of points on the way and their images; number k is the same wherever one starts.

    Times are logit-normal, sigmoid of a standard normal number: near both ends there is little to
    be learned, as the point is the answer or says nothing of it.

    Args:
        path: `Path`.
        images: float array [n, height, width, channels] in [−1, 1].
        batch_size: points of a batch.
        seed: the seed of the run, an integer of at least 0.

    Returns:
        `tf.data.Dataset` of ((points, times), images), as Keras' `fit` takes them.

    Raises:
        ValueError: if the images are not fit (see `data.check_images`) or fewer than a batch.

    Example:
        >>> images = data.load("digits").images
        >>> (points, times), images = next(iter(batches(STRAIGHT, images, 8, seed=0)))
        >>> points.shape == images.shape, times.shape
        (True, TensorShape([8]))

    Reference:
        Esser and others (2024), "Scaling Rectified Flow Transformers for High-Resolution Image
        Synthesis": times that are logit-normal.
    """

    def asked(number, images):
        for_noise, for_times = seeds_of(seed, number)
        noise = seeding.normal(images.shape, for_noise)
        times = tf.sigmoid(seeding.normal([len(images)], for_times))
        return (between(path, images, noise, times), times), images

    numbered = data.batches(images, batch_size, seed).enumerate()
    return numbered.map(asked)


def walk(path, network, noise, num_steps, fresh=0.0, seed=0):
    """Go from noise to images in so many steps of equal time, each one call of the network.

    The network says which image a point comes from, and so which noise; the next point is where
    *they* are one step later. On the straight path this is Euler's step, x_t + v / num_steps; on
    the arc a turn by an angle, which is DDIM. With `fresh` a part of the noise is exchanged for
    new one at each step; 1 is DDPM.

    Args:
        path: `Path` on which the network was trained.
        network: `keras.Model` as `models.denoiser` returns it.
        noise: tensor [n, height, width, channels], standard normal.
        num_steps: how many, at least 1.
        fresh: share of the noise that DDPM exchanges, in [0, 1]; for the arc only.
        seed: integer of at least 0 from which fresh noise is drawn.

    Returns:
        float32 tensor [n, height, width, channels]: what the network said last.

    Raises:
        ValueError: if `num_steps` is below 1, `fresh` outside [0, 1], or not 0 on another path.

    Example:
        >>> from ganedu import models
        >>> walk(STRAIGHT, models.denoiser(seed=0), tf.zeros((2, 28, 28, 1)), 3).shape
        TensorShape([2, 28, 28, 1])

    Reference:
        Liu, Gong, Liu (2023), "Flow Straight and Fast: Learning to Generate and Transfer Data
        with Rectified Flow"; Song, Meng, Ermon (2021), "Denoising Diffusion Implicit Models";
        Ho, Jain, Abbeel (2020), "Denoising Diffusion Probabilistic Models".
    """
    told = _asked(path, num_steps, fresh, seed)
    noise = tf.convert_to_tensor(noise, tf.float32)
    return _walker(path, network, tuple(noise.shape[1:]))(noise, *told)


def _asked(path, num_steps, fresh, seed):
    """What a walk is asked for, looked at; tensors, as each new number would be traced anew."""
    if isinstance(num_steps, bool) or not isinstance(num_steps, (int, np.integer)) or num_steps < 1:
        raise ValueError(f"num_steps must be an integer of at least 1; got {num_steps!r}.")
    if not 0 <= fresh <= 1 or fresh and path is not ARC:
        raise ValueError(f"fresh must be in [0, 1], and 0 on a path that is no arc; got {fresh!r}.")
    seeding.check_seed(seed)
    return tf.constant(num_steps), tf.constant(fresh, "float32"), tf.constant(int(seed), "int64")


def generate(path, network, num_images, seed, num_steps, fresh=0.0, chunk=500):
    """New images: `walk` from noise of a seed, with bounded memory.

    Args:
        path: `Path` on which the network was trained.
        network: `keras.Model` as `models.denoiser` returns it.
        num_images: how many, at least 1.
        seed: integer of at least 0.
        num_steps: of the walk.
        fresh: as `walk` takes it.
        chunk: images that are made at once.

    Returns:
        float32 array [num_images, height, width, channels] in [−1, 1].

    Raises:
        ValueError: as `walk`.

    Example:
        >>> from ganedu import models
        >>> generate(STRAIGHT, models.denoiser(seed=0), 3, seed=0, num_steps=2).shape
        (3, 28, 28, 1)
    """
    shape = tuple(network.inputs[0].shape[1:])
    if num_images <= chunk:  # noise and walk in one call, as a single image is soon drawn
        told = _asked(path, num_steps, fresh, seed)
        seeds = seeding.stream_seed(seed, 0, "samples")
        return _drawer(path, network, shape)(tf.constant(num_images), seeds, *told).numpy()
    noise = noise_of(shape, num_images, seed)
    parts = range(0, num_images, chunk)
    made = [walk(path, network, noise[i : i + chunk], num_steps, fresh, seed + i) for i in parts]
    return np.clip(np.concatenate(made), -1, 1)


def noise_of(shape, num_images, seed):
    """The noise that the images of a seed start from.

    Args:
        shape: of an image.
        num_images: how many, at least 1.
        seed: integer of at least 0.

    Returns:
        float32 tensor [num_images, *shape], standard normal.

    Example:
        >>> noise_of((28, 28, 1), 2, seed=0).shape
        TensorShape([2, 28, 28, 1])
    """
    return _normal(num_images, shape, seeding.stream_seed(seed, 0, "samples"))


def _normal(num_images, shape, seeds):
    return tf.random.stateless_normal([num_images, *shape], seeds, alg="philox")


@functools.lru_cache(maxsize=8)
def _drawer(path, network, shape):
    """The compiled drawing: from a number of images and a seed to the images."""
    walked = _walker(path, network, shape)
    given = [((), "int32"), ((2,), "int64"), ((), "int32"), ((), "float32"), ((), "int64")]

    @tf.function(input_signature=[tf.TensorSpec(*each) for each in given])
    def drawn(num_images, seeds, *told):
        images = walked(_normal(num_images, shape, seeds), *told)
        return tf.clip_by_value(images, -1, 1)  # an arc ends with −4e-8 of the noise: cos(π/2)

    return drawn


@functools.lru_cache(maxsize=8)
def _walker(path, network, shape):
    """The compiled walk of a network; one trace serves all numbers of images and of steps."""
    given = [((None, *shape), "float32"), ((), "int32"), ((), "float32"), ((), "int64")]

    @tf.function(input_signature=[tf.TensorSpec(*each) for each in given])
    def walked(points, num_steps, fresh, seed):
        rows, length = tf.shape(points)[0], tf.cast(num_steps, tf.float32)
        for number in tf.range(num_steps):
            time = tf.fill([rows], tf.cast(number, tf.float32) / length)
            later = tf.fill([rows], tf.cast(number + 1, tf.float32) / length)
            images = network([points, time], training=False)
            noise = noise_behind(path, points, images, time)
            if path is ARC and fresh > 0:
                draw = -1 - tf.cast(number, tf.int64)  # other numbers than any noise at the start
                new = tf.random.stateless_normal(tf.shape(noise), [seed, draw], alg="philox")
                share = fresh * _exchanged(time[0], later[0])
                noise = tf.sqrt(1 - share**2) * noise + share * new
            points = tf.ensure_shape(between(path, images, noise, later), points.shape)
        return points

    return walked


def _exchanged(time, later):
    """Which share of the later noise is new in DDPM, as a standard deviation.

    The law of x_later, given x_t and the image, has the variance (b'²/b²)(1 − a²/a'²), with a and
    b at t, a' and b' later; the noise there has b'². As a'² − a² = sin(θ' + θ) sin(θ' − θ), no two
    numbers near 1 are subtracted: the last share is 1, and one that rounds to more has no root.
    """
    (_, b), (a_later, _) = ARC.weights(time), ARC.weights(later)
    apart = tf.sin(QUARTER * (later + time)) * tf.sin(QUARTER * (later - time))
    return tf.minimum(tf.sqrt(tf.maximum(apart, 0)) / (a_later * b), 1)


def _wide(times, images):
    """Times as they meet images: [batch] as [batch, 1, 1, 1]."""
    return tf.reshape(times, [-1, *[1] * (len(images.shape) - 1)])
