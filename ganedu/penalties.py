"""A price on how steeply a critic changes with its input.

Here live gradient penalties on any callable critic. A penalty needs the critic's gradient with
respect to the *images*; it is taken from the same forward pass as the logits
(`logits_and_gradients`). Running the critic a second time inside the penalty's own tape is the
textbook form; TensorFlow 2.21's graph optimiser now and then lets it race with the update of the
weights, and then some runs of a step read a part of them too late.
Taught in lessons 02 and 09.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from ganedu.seeding import stream_seed


class GradientPenalty(NamedTuple):
    """A penalty as `GAN.compile(penalties=...)` takes it.

    Attributes:
        at: where the gradient is taken: "real", "fake" or "between".
        per_image: function from the squared gradient norm [batch] to the penalty [batch].
        every: it is taken in every so many discriminator updates, so many times as high: the same
            in the mean, and quicker.
    """

    at: str
    per_image: Callable
    every: int = 1


def logits_and_gradients(critic, images, num_packed=1):
    """The critic's logits and how they change with each pixel, from one forward pass.

    Where the logits are a map, one for each patch, it is their mean that changes: the gradient of
    the map's sum divided by its size.

    Args:
        critic: function from images to logits, one per image or a map; or to (logits, *outputs).
        images: tensor of shape [batch, ...], float32.
        num_packed: images that share a logit, as a critic with `layers.Pack` has it.

    Returns:
        logits: what the critic returned: tensor of shape [batch, 1], [batch] or, as a map,
            [batch, ..., 1]; or (logits, *outputs).
        gradients: tensor of the shape of `images`.

    Raises:
        ValueError: if the critic does not return one logit per image (or pack), or a map of them.

    Example:
        >>> _, gradients = logits_and_gradients(lambda x: x @ [[3.0], [4.0]], tf.zeros((1, 2)))
        >>> gradients.numpy().tolist()
        [[3.0, 4.0]]

    Reference:
        Mescheder, Geiger, Nowozin (2018), "Which Training Methods for GANs do actually
        Converge?", section 4.1.
    """
    images = tf.convert_to_tensor(images)
    with tf.GradientTape() as tape:
        tape.watch(images)
        judged = critic(images)
        logits = judged[0] if isinstance(judged, (tuple, list)) else judged
        one_each = logits.shape.rank == 1 or logits.shape.rank and logits.shape[-1] == 1
        rows = [size and size // num_packed for size in images.shape[:1]]
        if not one_each or not logits.shape[:1].is_compatible_with(rows):
            each = "image" if num_packed == 1 else f"{num_packed} images"
            raise ValueError(
                f"The critic must return one logit per {each}, shape [batch, 1], or a map of them; "
                f"for images of shape {tuple(images.shape)} it returned {tuple(logits.shape)}."
            )
        is_map = logits.shape.rank > 2
        scores = tf.reduce_mean(logits, axis=range(1, logits.shape.rank)) if is_map else logits
    return judged, tape.gradient(scores, images)


def squared_norm(gradients, num_packed=1):
    """Squared length of each image's gradient, Σ over its pixels; or of each pack's.

    Args:
        gradients: tensor of shape [batch, ...].
        num_packed: images that share a logit, whose pixels count together.

    Returns:
        Tensor of shape [batch / num_packed], at least 0.

    Example:
        >>> squared_norm(tf.constant([[3.0, 4.0]])).numpy().tolist()
        [25.0]
    """
    gradients = tf.cast(gradients, tf.float32)
    squared = tf.reduce_sum(gradients**2, axis=list(range(1, len(gradients.shape))))
    if num_packed == 1:
        return squared
    return tf.reduce_sum(tf.reshape(squared, [-1, num_packed]), axis=1)


def squared_gradient_norm(critic, images):
    """‖∇D(x)‖² for each image x.

    Args:
        critic: function from images to logits, one per image.
        images: tensor of shape [batch, ...], float32.

    Returns:
        Tensor of shape [batch], at least 0.

    Raises:
        ValueError: if the critic does not return one logit per image.

    Example:
        >>> squared_gradient_norm(lambda x: x @ [[3.0], [4.0]], tf.zeros((2, 2))).numpy().tolist()
        [25.0, 25.0]

    Reference:
        Mescheder, Geiger, Nowozin (2018), eq. 9.
    """
    return squared_norm(logits_and_gradients(critic, images)[1])


def interpolate(real_images, fake_images, shares):
    """Images between real and fake: share · real + (1 − share) · fake, one share per image.

    Args:
        real_images: tensor of shape [batch, ...].
        fake_images: tensor of the same shape.
        shares: tensor of shape [batch], in [0, 1].

    Returns:
        Tensor of the shape of `real_images`.

    Raises:
        ValueError: if the two batches differ in shape.

    Example:
        >>> ones, zeros = tf.ones((2, 1)), tf.zeros((2, 1))
        >>> interpolate(ones, zeros, tf.constant([0.25, 1.0])).numpy().tolist()
        [[0.25], [1.0]]
    """
    real_images, fake_images = tf.convert_to_tensor(real_images), tf.convert_to_tensor(fake_images)
    if not real_images.shape.is_compatible_with(fake_images.shape):
        raise ValueError(
            "real_images and fake_images must have one shape; "
            f"got {tuple(real_images.shape)} and {tuple(fake_images.shape)}."
        )
    shares = tf.reshape(shares, [-1] + [1] * (len(real_images.shape) - 1))
    return shares * real_images + (1 - shares) * fake_images


def price(penalties, squared):
    """What penalties come to where they are due: their sum, each times its `every`.

    Args:
        penalties: list of `GradientPenalty`, taken at one place.
        squared: squared gradient norms there, [batch].

    Returns:
        Scalar tensor, the mean over the batch.

    Example:
        >>> float(price([r1(2.0), r1(2.0, every=4)], tf.constant([3.0, 5.0])))
        20.0
    """
    per_image = [penalty.every * penalty.per_image(squared) for penalty in penalties]
    return tf.reduce_mean(tf.add_n(per_image))


def gradient_penalty(critic, real_images, fake_images, seed):
    """(‖∇D(x̂)‖ − 1)² at points x̂ drawn uniformly between real and generated images.

    Args:
        critic: function from images to logits, one per image.
        real_images: tensor of shape [batch, ...], float32.
        fake_images: tensor of the same shape.
        seed: an integer of at least 0, or a pair as `seeding.stream_seed` returns it.

    Returns:
        Tensor of shape [batch]; finite also where the gradient is zero.

    Raises:
        ValueError: if the shapes differ or the critic does not return one logit per image.

    Example:
        >>> line = lambda x: x @ [[3.0], [4.0]]  # its slope is 5 everywhere
        >>> gradient_penalty(line, tf.ones((2, 2)), tf.zeros((2, 2)), seed=0).numpy().tolist()
        [16.0, 16.0]

    Reference:
        Gulrajani et al. (2017), "Improved Training of Wasserstein GANs", eq. 3.
    """
    one = isinstance(seed, (int, np.integer))
    pair = stream_seed(seed, 0, "interpolation") if one else seed
    shares = tf.random.stateless_uniform([tf.shape(real_images)[0]], pair, alg="philox")
    between = interpolate(real_images, fake_images, shares)
    return _distance_from_one(squared_gradient_norm(critic, between))


def _distance_from_one(squared):
    # The root of 0 has an infinite slope, which 0 · ∞ turns into NaN; 10⁻¹² keeps it finite.
    return (tf.sqrt(squared + 1e-12) - 1) ** 2


def r1(gamma, every=1):
    """γ/2 · ‖∇D(x)‖² at real images: it damps the game near its equilibrium.

    Args:
        gamma: weight, a number of at least 0.
        every: take it in every so many discriminator updates, so many times as high.

    Returns:
        A `GradientPenalty` for `GAN.compile(penalties=...)`.

    Raises:
        ValueError: if `gamma` is not a number of at least 0, or `every` no positive integer.

    Example:
        >>> r1(10.0).per_image(2.0)
        10.0

    Reference:
        Mescheder, Geiger, Nowozin (2018), eq. 9. Now and then only: Karras, Laine, Aittala,
        Hellsten, Lehtinen, Aila (2020), "Analyzing and Improving the Image Quality of StyleGAN",
        section 3.1.
    """
    return GradientPenalty("real", _half_squared("gamma", gamma), _pace(every))


def r2(gamma, every=1):
    """γ/2 · ‖∇D(x)‖² at generated images.

    Args:
        gamma: weight, a number of at least 0.
        every: take it in every so many discriminator updates, so many times as high.

    Returns:
        A `GradientPenalty` for `GAN.compile(penalties=...)`.

    Raises:
        ValueError: if `gamma` is not a number of at least 0, or `every` no positive integer.

    Example:
        >>> r2(10.0).at
        'fake'

    Reference:
        Mescheder, Geiger, Nowozin (2018), eq. 10.
    """
    return GradientPenalty("fake", _half_squared("gamma", gamma), _pace(every))


def wasserstein(weight, every=1):
    """weight · (‖∇D(x̂)‖ − 1)² between real and generated images, as `gradient_penalty`.

    Args:
        weight: a number of at least 0; the paper takes 10.
        every: take it in every so many discriminator updates, so many times as high.

    Returns:
        A `GradientPenalty` for `GAN.compile(penalties=...)`.

    Raises:
        ValueError: if `weight` is not a number of at least 0, or `every` no positive integer.

    Example:
        >>> float(wasserstein(10.0).per_image(tf.constant(25.0)))
        160.0

    Reference:
        Gulrajani et al. (2017), eq. 3.
    """
    weight = weight_of("weight", weight)
    between = lambda squared: weight * _distance_from_one(squared)  # noqa: E731
    return GradientPenalty("between", between, _pace(every))


def _half_squared(name, gamma):
    gamma = weight_of(name, gamma)
    return lambda squared: 0.5 * gamma * squared


def _pace(every):
    if isinstance(every, bool) or not isinstance(every, int) or every < 1:
        raise ValueError(f"every must be an integer of at least 1; got {every!r}.")
    return every


def weight_of(name, value):
    """A weight as a float.

    Args:
        name: of the argument, for the error.
        value: a finite number of at least 0.

    Returns:
        float.

    Raises:
        ValueError: if it is none.

    Example:
        >>> weight_of("gamma", 1)
        1.0
    """
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float))
        or not 0 <= value < float("inf")
    ):
        raise ValueError(f"{name} must be a finite number of at least 0; got {value!r}.")
    return float(value)
