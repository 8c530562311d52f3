"""What a small frozen digit network sees in an image: the features behind the metrics.

Here lives how images become features and probabilities. The network is the classifier in the
box: `shipped.provenance("digit_classifier")` says how it was made and what it gets right. Its
numbers mean something for handwritten digits of 28×28, MNIST or the embedded ones, and a
distance compares only with distances of the same network. On other images they mean nothing:
`evaluation.reference_of` takes features of your own. Taught in lesson 08.
"""

import functools
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from ganedu import data, shipped

KNOWS = ("mnist", "digits")  # data sets that the network was trained on
CHUNK = 500  # images that pass the network at once


class Predictions(NamedTuple):
    """What the network says of n images.

    Attributes:
        features: float32 array [n, 64], at least 0.
        probabilities: float32 array [n, 10]; each row sums to 1.
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


def predict(images):
    """Features and probabilities from one pass.

    Args:
        images: float array [n, 28, 28, 1] in [−1, 1] or uint8 pixels, n at least 1.

    Returns:
        `Predictions` (features, probabilities).

    Raises:
        ValueError: if the images have another shape or range.

    Example:
        >>> predict(np.zeros((2, 28, 28, 1), "float32")).probabilities.shape
        (2, 10)
    """
    images = data.checked(images)
    if images.shape[1:] != (28, 28, 1) or not len(images):
        raise ValueError(
            f"The digit network sees images of shape [n, 28, 28, 1], n at least 1; got "
            f"{images.shape}. For other images bring features of your own: "
            "evaluation.reference_of(train, test, see)."
        )
    network = _network()
    parts = [network(part) for part in data.in_parts(images, CHUNK)]
    features, probabilities = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Predictions(features, probabilities)


@functools.cache
def _network():
    classifier = shipped.digit_classifier()

    @tf.function(input_signature=[tf.TensorSpec([None, 28, 28, 1])])
    def see(images):
        features, logits = classifier(images, training=False)
        return tf.cast(features, tf.float32), tf.nn.softmax(logits)

    return see
