"""What a small frozen network sees in an image: the features behind the metrics.

Here lives how images become features and probabilities. There is a network for each domain, the
classifiers in the box: `shipped.provenance("digit_classifier")` says how one was made and what it
gets right. Its numbers mean something for images of its own domain only, 28×28 and light on dark,
and a distance compares only with distances of the same network. So whoever has other images than
digits says of what domain they are; nothing is guessed from pixels. For pictures of any kind there
are `photograph_features` and `outlines`, and `evaluation.reference_of` takes features of your own.
Taught in lessons 08 and 11.
"""

import contextlib
import functools
import os
import socket
import warnings
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

import ganedu
from ganedu import data, downloads, shipped

DOMAINS = {  # data set: the classifier in the box that was trained on such images
    "mnist": shipped.digit_classifier,
    "digits": shipped.digit_classifier,
    "letters": shipped.letter_classifier,
    "fashion_mnist": shipped.clothes_classifier,
}
KNOWS = ("mnist", "digits")  # data sets that the digit network was trained on
CHUNK = 500  # images that pass the network at once
PHOTOGRAPH_SIDE = 96  # pixels; photographs of 224 would take five times as long
PHOTOGRAPH_FILE = "weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5"
PHOTOGRAPH_ADDRESS = (
    "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v3/" + PHOTOGRAPH_FILE
)
FIELDS, SCALES = 4, 3  # of `outlines`: fields along a side, and how often the image is halved
MOST_DIRECTIONS = 64  # as many as the digit network has features
PER_DIRECTION = 4  # held-out images for each
MOST_STANDARDISED = 5000  # images by which features are brought to one scale


class Predictions(NamedTuple):
    """What the network says of n images.

    Attributes:
        features: float32 array [n, 64], at least 0.
        probabilities: float32 array [n, classes]; each row sums to 1. Ten classes, of letters 26.
    """

    features: np.ndarray
    probabilities: np.ndarray


def digit_features(images):
    """The 64 features of each image, the last layer before the logits.

    Args:
        images: float array [n, 28, 28, 1] in [−1, 1] or uint8 pixels, n at least 1.

    Returns:
        float32 array [n, 64], at least 0.

    Raises:
        ValueError: if the images have another shape or range.

    Example:
        >>> digit_features(np.zeros((2, 28, 28, 1), "float32")).shape
        (2, 64)
    """
    return predict(images).features


def digit_probabilities(images):
    """How probable each digit is for each image, as the network sees it.

    Args:
        images: float array [n, 28, 28, 1] in [−1, 1] or uint8 pixels, n at least 1.

    Returns:
        float32 array [n, 10]; each row sums to 1.

    Raises:
        ValueError: if the images have another shape or range.

    Example:
        >>> digit_probabilities(data.load("digits").images[:3]).argmax(axis=1)
        array([0, 1, 2])
    """
    return predict(images).probabilities


def predict(images, domain=None):
    """Features and probabilities from one pass of the network of a domain.

    Args:
        images: float array [n, 28, 28, 1] in [−1, 1] or uint8 pixels, n at least 1; or
            `data.Images`, which say themselves of what domain they are.
        domain: of what kind the images are: the name of a data set, one of `DOMAINS`. An array
            without one is taken for digits.

    Returns:
        `Predictions` (features, probabilities).

    Raises:
        ValueError: if there is no network for the domain, or the images are said to be of another
            one, or have another shape or range.

    Example:
        >>> predict(np.zeros((2, 28, 28, 1), "float32")).probabilities.shape
        (2, 10)
        >>> predict(data.load("letters", "test"), "mnist")
        Traceback (most recent call last):
        ...
        ValueError: These images are letters, and the network of mnist was not made for them: ...
    """
    if isinstance(images, data.Images):
        images, domain = images.images, _agreed(images.name, domain)
    see = _network(_maker("mnist" if domain is None else domain))
    images = data.checked(images)
    if images.shape[1:] != (28, 28, 1) or not len(images):
        raise ValueError(
            f"The networks here see images of shape [n, 28, 28, 1], n at least 1; got "
            f"{images.shape}. For other images bring features of your own: "
            "evaluation.reference_of(train, test, see)."
        )
    parts = [see(part) for part in data.in_parts(images, CHUNK)]
    features, probabilities = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Predictions(features, probabilities)


def _agreed(name, domain):
    """The domain of images that say their name, if that is what the caller says of them."""
    if domain is None or _maker(name) is _maker(domain):
        return name
    raise ValueError(
        f"These images are {name}, and the network of {domain} was not made for them: its numbers "
        f"would mean nothing. Use domain={name!r}, or none."
    )


def _maker(domain):
    if domain not in DOMAINS:
        raise ValueError(
            f"There is no network for {domain!r} here, only for {', '.join(DOMAINS)}. For other "
            "images bring features of your own: evaluation.reference_of(train, test, see)."
        )
    return DOMAINS[domain]


@functools.cache
def _network(maker):
    classifier = maker()

    @tf.function(input_signature=[tf.TensorSpec([None, 28, 28, 1])])
    def see(images):
        features, logits = classifier(images, training=False)
        return tf.cast(features, tf.float32), tf.nn.softmax(logits)

    return see


def outlines(images):
    """Colours and edges in sixteen fields of each image: features that need no network.

    In each of 4×4 fields the mean of each channel; and of the image in grey, at its full size, at
    a half and at a quarter, the mean absolute difference of neighbours: across, down and along
    both diagonals. They see noise, blur and lacking kinds of images, and do not see what it is.

    Args:
        images: float array [n, height, width, 1 or 3] in [−1, 1], sides at least 16.

    Returns:
        float32 array [n, 16·channels + 192].

    Example:
        >>> outlines(np.zeros((2, 32, 32, 3), "float32")).shape
        (2, 240)
    """
    grey, seen = np.mean(images, axis=-1), [_means_of_fields(np.asarray(images))]
    for _ in range(SCALES):
        seen.append(_means_of_fields(_edges(grey)))
        grey = _halved(grey)
    return np.float32(np.concatenate(seen, axis=1))


def _means_of_fields(maps):
    """[n, h, w, k] as [n, 16·k]."""
    rows = np.stack([part.mean(axis=1) for part in np.array_split(maps, FIELDS, axis=1)], axis=1)
    fields = [part.mean(axis=2) for part in np.array_split(rows, FIELDS, axis=2)]
    return np.stack(fields, axis=2).reshape(len(maps), -1)


def _edges(grey):
    """[n, h, w] as [n, h, w, 4]: differences across, down, and along both diagonals."""
    wide = np.pad(grey, ((0, 0), (0, 1), (0, 1)), mode="edge")
    here, right, below = wide[:, :-1, :-1], wide[:, :-1, 1:], wide[:, 1:, :-1]
    differences = right - here, below - here, wide[:, 1:, 1:] - here, below - right
    return np.abs(np.stack(differences, axis=-1))


def _halved(grey):
    number, height, width = grey.shape
    even = grey[:, : height // 2 * 2, : width // 2 * 2]
    return even.reshape(number, height // 2, 2, width // 2, 2).mean(axis=(2, 4))


def photograph_features():
    """What MobileNetV3-Small sees, which was trained on ImageNet's photographs; if it can be had.

    Keras downloads its weights (4 MB), checks them and keeps them. Where no server answers within
    seconds, or a rehearsal runs, there is none.

    Returns:
        Function from float images [n, height, width, 1 or 3] in [−1, 1] to a float32 array
        [n, 576] of features; or None.

    Example:
        >>> photograph_features() is None  # doctest: +SKIP
        False

    Reference:
        Howard et al. (2019), "Searching for MobileNetV3".
    """
    if not _is_at_hand() and (ganedu.rehearsing() or not downloads.answers(PHOTOGRAPH_ADDRESS)):
        return None
    try:
        with _impatient():
            network = photograph_network("imagenet")
    except Exception:  # a broken download can fail in any way, and there are other features
        return None
    return functools.partial(_seen_by, network)


def photograph_network(weights):
    """MobileNetV3-Small without its last layer, for pixels 0 to 255 of 96×96×3.

    Args:
        weights: "imagenet", or None for random ones.

    Returns:
        A `keras.Model` from images to 576 features.

    Example:
        >>> photograph_network(None).output_shape
        (None, 576)
    """
    shape = (PHOTOGRAPH_SIDE, PHOTOGRAPH_SIDE, 3)
    with warnings.catch_warnings():  # that the weights were trained at another size, which is known
        warnings.simplefilter("ignore", UserWarning)
        return keras.applications.MobileNetV3Small(
            shape, include_top=False, weights=weights, pooling="avg"
        )


def _seen_by(network, images):
    """The features of images of any size, grey or in colour."""
    images = tf.convert_to_tensor(images, tf.float32)
    if images.shape[-1] == 1:
        images = tf.image.grayscale_to_rgb(images)
    images = tf.image.resize(images, [PHOTOGRAPH_SIDE] * 2, antialias=True)
    return np.asarray(network((images + 1) * 127.5, training=False))


def _is_at_hand():
    """Whether Keras has the weights already; it checks them when they are read."""
    home = os.environ.get("KERAS_HOME", os.path.expanduser("~/.keras"))
    if hasattr(keras.config, "keras_home"):
        home = keras.config.keras_home()
    return (Path(home) / "models" / PHOTOGRAPH_FILE).is_file()


@contextlib.contextmanager
def _impatient():
    """Connections end that say nothing for seconds: Keras' download would wait for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(downloads.TIMEOUT)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def projected(see, images, num_directions):
    """Fewer features than images: each brought to one scale, then seen along random directions.

    A Fréchet distance needs more images than features. The directions are orthogonal, and the same
    ones always; random ones see, unlike the main axes of the images, also what no image shows.

    Args:
        see: function from images to an array [n, d] of features.
        images: array of training images, floats in [−1, 1] or uint8 pixels. Features are divided by
            their standard deviation here, or by a tenth of the largest one where that is more.
        num_directions: at least 1; at most d are taken.

    Returns:
        Function from float images to a float array [n, num_directions].

    Example:
        >>> images = np.random.default_rng(0).uniform(-1, 1, (50, 16, 16, 1))
        >>> projected(outlines, images, 7)(images[:5]).shape
        (5, 7)
    """
    chosen = np.random.default_rng(0).permutation(len(images))[:MOST_STANDARDISED]
    seen = np.concatenate([see(part) for part in data.in_parts(images[chosen], CHUNK)])
    mean, spread = seen.mean(axis=0), seen.std(axis=0)
    scale = np.maximum(spread, max(0.1 * spread.max(), np.finfo("float32").tiny))
    normal = np.random.default_rng(0).standard_normal((seen.shape[1], seen.shape[1]))
    directions = np.linalg.qr(normal)[0][:, :num_directions]
    return lambda images: (np.asarray(see(images), float) - mean) / scale @ directions


def num_directions(num_held_out):
    """Along how many directions so many held-out images can be compared: one for each four.

    Args:
        num_held_out: how many.

    Returns:
        int from 1 to 64.

    Example:
        >>> num_directions(20), num_directions(100), num_directions(10_000)
        (5, 25, 64)
    """
    return min(MOST_DIRECTIONS, max(1, num_held_out // PER_DIRECTION))
