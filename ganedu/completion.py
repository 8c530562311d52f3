"""Holes in images, filled by a generator that was never trained for it.

Here live two ways to latents whose images agree with what is known of an image: search by
gradient, and draws from a bank of generated images by how well they fit. A mask is True where a
pixel is missing; pixels that are known come back as they were, to the bit. The other way is a
network that is trained to complete: what it is shown, and how its known pixels are kept, stands
here too. How good completions are is measured in `ganedu.metrics`.
Taught in lesson 15.
"""

from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from ganedu import data, seeding, training

HOLE = 0.0  # grey, a value that no pixel of 0 to 255 has
NUM_COMPLETIONS = 16
SIGMA = 1.7  # chosen on training digits by `tests/benchmarks/completion.py`
ROWS = 50  # images that are compared with the whole bank at a time
CHUNK = 800  # latents that move at a time


class Bank(NamedTuple):
    """Images that a generator made, and what it made them from.

    Attributes:
        latents: float32 array [b, latent_dim].
        images: float32 array [b, h, w, c] in [−1, 1].
    """

    latents: np.ndarray
    images: np.ndarray


class Completions(NamedTuple):
    """Several ways to fill the hole of each image.

    Attributes:
        images: float32 array [n, k, h, w, c]; known pixels are those of the image, to the bit.
        latents: float32 array [n, k, latent_dim].
        errors: float32 array [n, k], sum of squares by which what the generator made of the
            latents misses the known pixels.
    """

    images: np.ndarray
    latents: np.ndarray
    errors: np.ndarray


def make_bank(generator, num_images=40_000, *, seed=0):
    """Images from a generator, kept with their latents.

    Args:
        generator: `keras.Model` from latents [batch, latent_dim] to images [batch, h, w, c].
        num_images: how many, at least 1.
        seed: integer of at least 0.

    Returns:
        `Bank`.

    Raises:
        ValueError: if `seed` is not an integer of at least 0.

    Example:
        >>> from ganedu import shipped
        >>> make_bank(shipped.digit_generator(), 3).images.shape
        (3, 28, 28, 1)
    """
    drawn = seeding.sample_latents(num_images, generator.input_shape[1], seed)
    return Bank(drawn.numpy(), training.generate_images(generator, drawn))


def weights(images, masks, bank, *, sigma=SIGMA):
    """How much each image of a bank speaks of what is missing.

    The weight of bank image b for an image x is exp(−‖b − x‖² / 2σ²), with the distance taken
    over the known pixels, divided by the sum of these over the bank. The bank is drawn from the
    prior, so the weights make it a sample of the posterior, if the known pixels are those of the
    generator with normal noise of standard deviation σ on each.

    Args:
        images: float array [n, h, w, c] in [−1, 1] or uint8 pixels; the missing pixels are not
            looked at.
        masks: bool array [h, w] or [n, h, w], True where a pixel is missing.
        bank: `Bank` of images of that size.
        sigma: a number above 0.

    Returns:
        float32 array [n, b]; each row sums to 1.

    Raises:
        ValueError: if a mask hides nothing or everything, sizes do not fit, images are out of
            range, or sigma is not above 0.

    Example:
        >>> corners = np.array([[-1.0, -1.0], [1.0, 1.0]]).reshape(2, 1, 2, 1)
        >>> image, mask = np.array([-1.0, 0.5]).reshape(1, 1, 2, 1), np.array([[False, True]])
        >>> weights(image, mask, Bank(np.zeros((2, 3)), corners), sigma=2.0).round(3).tolist()
        [[0.6..., 0.3...]]
    """
    images, masks = _checked(images, masks, bank.images.shape[1:])
    if not (np.isscalar(sigma) and np.isfinite(sigma) and sigma > 0):
        raise ValueError(f"sigma must be a number above 0; got {sigma!r}.")
    parts = [_squares(*part, bank.images) for part in _in_rows(images, masks)]
    return _softmax(-np.concatenate(parts) / (2 * sigma**2))


def weighted(images, masks, bank, num_completions=NUM_COMPLETIONS, *, sigma=SIGMA, seed=0):
    """Completions drawn from a bank, as often as they fit the known pixels.

    Args:
        images: float array [n, h, w, c] in [−1, 1] or uint8 pixels; the missing pixels are not
            looked at.
        masks: bool array [h, w] or [n, h, w], True where a pixel is missing.
        bank: `Bank` of images of that size.
        num_completions: draws for each image, independent, so that the same may come twice.
        sigma: of `weights`. The smaller, the better the fit, and the fewer images carry it.
        seed: integer of at least 0.

    Returns:
        `Completions`.

    Raises:
        ValueError: as `weights`, or if `seed` is not an integer of at least 0.

    Example:
        >>> from ganedu import shipped
        >>> bank, image = make_bank(shipped.digit_generator(), 500), shipped.generate(1, seed=1)
        >>> lower = np.arange(28)[:, None] >= np.full(28, 14)
        >>> found = weighted(image, lower, bank)
        >>> found.images.shape, np.array_equal(found.images[0, 5][~lower], image[0][~lower])
        ((1, 16, 28, 28, 1), True)

    Reference:
        Bishop (2006), "Pattern Recognition and Machine Learning", section 11.1.
    """
    images, masks = _checked(images, masks, bank.images.shape[1:])
    seeding.check_seed(seed)
    draws = iter(np.random.default_rng(seed).random((len(images), num_completions)))
    rows = []
    for part, mask in _in_rows(images, masks[..., 0]):
        borders = np.cumsum(weights(part, mask, bank, sigma=sigma), axis=1, dtype="float64")
        rows += [np.searchsorted(one, next(draws) * one[-1], side="right") for one in borders]
    return _completed(images, masks, bank.images[rows], bank.latents[rows])


def starts(num_images, num_completions, latent_dim, *, seed=0):
    """Latents from which a search begins, drawn from the prior.

    Args:
        num_images: n.
        num_completions: k, how often each search is begun.
        latent_dim: length of a latent vector.
        seed: integer of at least 0.

    Returns:
        float32 array [n, k, latent_dim], standard normal.

    Raises:
        ValueError: if `seed` is not an integer of at least 0.

    Example:
        >>> starts(3, 16, 64).shape
        (3, 16, 64)
    """
    shape = [num_images, num_completions, latent_dim]
    seed = seeding.stream_seed(seed, 0, "generator_latents")
    return tf.random.stateless_normal(shape, seed, alg="philox").numpy()


def search(images, masks, generator, latents, num_steps=100, *, rate=0.05, sigma=SIGMA):
    """Completions at the end of a search in latent space by gradient.

    From each start Adam goes downhill on −log p(z | known pixels) = ‖G(z) − x‖² / 2σ² + ‖z‖² / 2,
    with the distance over the known pixels. It ends at a best guess, which is no draw from the
    posterior, wherever it starts.

    Args:
        images: float array [n, h, w, c] in [−1, 1] or uint8 pixels; the missing pixels are not
            looked at.
        masks: bool array [h, w] or [n, h, w], True where a pixel is missing.
        generator: `keras.Model` from latents [batch, latent_dim] to images of that size.
        latents: float array [n, k, latent_dim], the starts: of `starts`, or of `weighted`.
        num_steps: of Adam, at least 0.
        rate: the learning rate of Adam.
        sigma: a number above 0; the larger, the more the prior holds the latents.

    Returns:
        `Completions`.

    Raises:
        ValueError: as `weights`, or if there are not k starts for each image.

    Example:
        >>> from ganedu import shipped
        >>> generator, image = shipped.digit_generator(), shipped.generate(1, seed=1)
        >>> lower = np.arange(28)[:, None] >= np.full(28, 14)
        >>> begin = starts(1, 4, 64)
        >>> before, after = (search(image, lower, generator, begin, steps) for steps in (0, 5))
        >>> bool((after.errors < before.errors).all())
        True

    Reference:
        Bora, Jalal, Price, Dimakis (2017), "Compressed Sensing using Generative Models".
    """
    images, masks = _checked(images, masks, generator.output_shape[1:])
    latents = np.asarray(latents, "float32")
    if latents.ndim != 3 or latents.shape[::2] != (len(images), generator.input_shape[1]):
        raise ValueError(
            f"latents must have the shape [{len(images)}, k, {generator.input_shape[1]}], k "
            f"starts for each image; got {latents.shape}."
        )
    num_each = latents.shape[1]
    every = [np.repeat(part, num_each, axis=0) for part in (images, ~masks)]
    moved = _downhill(
        generator, latents.reshape(-1, latents.shape[2]), every, num_steps, rate, sigma
    )
    made = training.generate_images(generator, moved)
    made, moved = (part.reshape(len(images), num_each, *part.shape[1:]) for part in (made, moved))
    return _completed(images, masks, made, moved)


def keep_known(images, masks, made):
    """What was made where pixels are missing, and the known pixels everywhere else.

    Args:
        images: float array [n, h, w, c] in [−1, 1] or uint8 pixels.
        masks: bool array [h, w] or [n, h, w], True where a pixel is missing.
        made: array [n, k, h, w, c], what shall stand in the holes.

    Returns:
        float32 array [n, k, h, w, c].

    Raises:
        ValueError: as `weights`.

    Example:
        >>> image, mask = np.array([-1.0, 0.5]).reshape(1, 1, 2, 1), np.array([[False, True]])
        >>> keep_known(image, mask, np.zeros((1, 1, 1, 2, 1))).ravel().tolist()
        [-1.0, 0.0]
    """
    made = np.asarray(made, "float32")
    images, masks = _checked(images, masks, made.shape[2:])
    if len(made) != len(images):
        raise ValueError(f"There are {len(images)} images, but completions of {len(made)}.")
    return np.where(masks[:, None], made, images[:, None])


def with_holes(images, masks):
    """Images as a network sees them that is trained to complete: grey where a pixel is missing.

    Of pixels from 0 to 255 none is exactly 0 once it is scaled, so this value says that a pixel is
    missing.

    Args:
        images: float array [n, h, w, c] in [−1, 1] or uint8 pixels.
        masks: bool array [h, w] or [n, h, w], True where a pixel is missing.

    Returns:
        float32 array [n, h, w, c].

    Raises:
        ValueError: as `weights`.

    Example:
        >>> image, mask = np.array([-1.0, 0.5]).reshape(1, 1, 2, 1), np.array([[False, True]])
        >>> with_holes(image, mask).ravel().tolist()
        [-1.0, 0.0]
    """
    images, masks = _checked(images, masks)
    return np.where(masks, np.float32(HOLE), images)


def completer(translator):
    """A network whose known pixels are those of its source, to the bit.

    Args:
        translator: `keras.Model` from sources as `with_holes` returns them, or from [latents,
            sources], to images of that size.

    Returns:
        A `keras.Model` from the same inputs: the translator's pixels in the holes, the source's
        everywhere else. It shares the weights.

    Example:
        >>> sources = keras.Input((1, 2, 1))
        >>> white = keras.Model(sources, 0 * sources + 1)
        >>> completer(white)(np.array([[[[-1.0], [0.0]]]], "float32")).numpy().ravel().tolist()
        [-1.0, 1.0]
    """
    sources = translator.inputs[-1]
    kept = keras.ops.where(keras.ops.equal(sources, HOLE), translator.outputs[0], sources)
    return keras.Model(translator.input, kept, name="completer")


def _downhill(generator, latents, images_and_known, num_steps, rate, sigma):
    """Latents after so many steps of Adam, a chunk of them at a time."""
    moved = []
    for first in range(0, len(latents), CHUNK):
        rows = slice(first, first + CHUNK)
        seen = tuple(tf.constant(part[rows], tf.float32) for part in images_and_known)
        state = tuple(tf.constant(part) for part in (latents[rows], *[0 * latents[rows]] * 2))
        for number in range(1, num_steps + 1):
            settings = tf.constant([number, rate, sigma], tf.float32)
            state = _step(generator, state, seen, settings)
        moved.append(state[0].numpy())
    return np.concatenate(moved)


@tf.function(reduce_retracing=True)
def _step(generator, state, seen, settings):
    """A step of Adam, as Keras has it, on latents: each latent has a path of its own."""
    latents, mean, square = state
    images, known = seen
    number, rate, sigma = settings[0], settings[1], settings[2]
    with tf.GradientTape() as tape:
        tape.watch(latents)
        missed = known * (generator(latents, training=False) - images)
        cost = tf.reduce_sum(missed**2) / (2 * sigma**2) + tf.reduce_sum(latents**2) / 2
    slope = tape.gradient(cost, latents)
    mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
    pace = rate * tf.sqrt(1 - 0.999**number) / (1 - 0.9**number)
    return latents - pace * mean / (tf.sqrt(square) + 1e-7), mean, square


def _completed(images, masks, made, latents):
    missed = np.where(masks[:, None], 0, made - images[:, None])
    errors = (missed**2).sum(axis=(2, 3, 4))
    return Completions(np.where(masks[:, None], made, images[:, None]), latents, errors)


def _squares(images, masks, others):
    """Squared distances [n, b] over the known pixels."""
    known, flat = _flat(~masks).astype("float32"), _flat(others)
    seen = _flat(images) * known
    found = (seen**2).sum(axis=1)[:, None] + known @ (flat**2).T - 2 * seen @ flat.T
    return np.maximum(found, 0)  # rounding may leave a little less


def _softmax(logits):
    """exp of each row, divided by its sum; the largest is taken off first, so that none is lost."""
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def _flat(rows):
    return rows.reshape(len(rows), -1)


def _in_rows(images, masks, rows=ROWS):
    for first in range(0, len(images), rows):
        yield images[first : first + rows], masks[first : first + rows]


def _checked(images, masks, shape=None):
    """Images as floats, and a mask for each with the axis of channels."""
    images, masks = data.check_images(images), np.asarray(masks)
    if shape is not None and images.shape[1:] != tuple(shape):
        raise ValueError(
            f"The generator makes images {tuple(shape)}; these are {images.shape[1:]}."
        )
    if masks.dtype != bool or masks.shape not in (images.shape[1:3], images.shape[:3]):
        raise ValueError(
            f"masks must be bool, True where a pixel is missing, of the shape {images.shape[1:3]} "
            f"or {images.shape[:3]}; got {masks.dtype} {masks.shape}."
        )
    masks = np.broadcast_to(masks, images.shape[:3])
    hidden = masks.mean(axis=(1, 2))
    if (hidden == 0).any():
        raise ValueError("A mask hides nothing, so there is nothing to complete.")
    if (hidden == 1).any():
        raise ValueError("A mask hides everything: without a known pixel, use GAN.generate.")
    return images, np.broadcast_to(masks[..., np.newaxis], images.shape)
