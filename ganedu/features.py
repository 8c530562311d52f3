"""What a small frozen network sees in an image: the features behind the metrics.

Here lives how images become features and probabilities. There is a network for each domain, the
classifiers in the box: `shipped.provenance("digit_classifier")` says how one was made and what it
gets right. Its numbers mean something for images of its own domain only, 28×28 and light on dark,
and a distance compares only with distances of the same network. So whoever has other images than
digits says of what domain they are; nothing is guessed from pixels. For domains that are not here
`evaluation.reference_of` takes features of your own. Taught in lessons 08 and 11.
"""

import functools
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from ganedu import data, shipped

DOMAINS = {  # data set: the classifier in the box that was trained on such images
    "mnist": shipped.digit_classifier,
    "digits": shipped.digit_classifier,
    "letters": shipped.letter_classifier,
    "fashion_mnist": shipped.clothes_classifier,
}
KNOWS = ("mnist", "digits")  # data sets that the digit network was trained on
CHUNK = 500  # images that pass the network at once


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
