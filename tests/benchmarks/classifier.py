"""A digit classifier kept apart from the package, and what it says of generated digits.

    uv run python -m tests.benchmarks.classifier          # the floor

Train it once (about 3 minutes on 2 CPU cores); it is kept in the system's folder for temporary
files. A Fréchet distance depends on the network, so its numbers compare only with one another:
the floor is what the same measure says of real training images.
"""

import tempfile
from pathlib import Path

import keras
import numpy as np
import scipy
from keras import layers

from ganedu import data
from tests.benchmarks import arguments

PATH = Path(tempfile.gettempdir()) / "ganedu-benchmark-classifier.weights.h5"
NUM_IMAGES = 10_000


def measure(images):
    """What the classifier says of images, against the MNIST test set.

    Returns:
        Dictionary: `frechet` distance, `confident` share of images with a probability over 0.9,
        `classes` that make up more than 2 % of the images.
    """
    features, probabilities = _network().predict(images, batch_size=500, verbose=0)
    reference, _ = _network().predict(data.load("mnist", "test").images, batch_size=500, verbose=0)
    shares = np.bincount(probabilities.argmax(1), minlength=10) / len(images)
    return {
        "frechet": frechet(np.float64(features), np.float64(reference)),
        "confident": float((probabilities.max(1) > 0.9).mean()),
        "classes": int((shares > 0.02).sum()),
    }


def frechet(a, b):
    """‖μa − μb‖² + tr(Σa + Σb − 2(ΣaΣb)^½) of two sets of features [n, d]."""
    covariances = np.cov(a.T), np.cov(b.T)
    roots = np.sqrt(np.maximum(scipy.linalg.eigvals(covariances[0] @ covariances[1]).real, 0))
    shift = ((a.mean(0) - b.mean(0)) ** 2).sum()
    return float(shift + sum(np.trace(c) for c in covariances) - 2 * roots.sum())


def floor():
    """The measure of as many real training images: what nothing can be expected to beat."""
    images = data.load("mnist").images
    rows = np.random.default_rng(0).choice(len(images), NUM_IMAGES, replace=False)
    return measure(images[rows])


def _network(_kept=[]):  # noqa: B006 (kept on purpose: one network for the whole process)
    if not _kept:
        _kept.append(_train() if not PATH.exists() else _build())
        _kept[0].load_weights(PATH)
    return _kept[0]


def _build():
    images = hidden = keras.Input((28, 28, 1))
    for filters, strides in ((32, 1), (32, 2), (64, 1), (64, 2)):
        hidden = layers.Conv2D(filters, 3, strides, padding="same", activation="relu")(hidden)
        if strides == 2:
            hidden = layers.BatchNormalization()(hidden)
    hidden = layers.Dropout(0.25)(layers.Flatten()(hidden))
    features = layers.Dense(128, activation="relu")(hidden)
    probabilities = layers.Dense(10, activation="softmax")(layers.Dropout(0.5)(features))
    return keras.Model(images, [features, probabilities])


def _train():
    keras.utils.set_random_seed(1)
    network = _build()
    classifier = keras.Model(network.input, network.output[1])
    epochs, train, test = 5, data.load("mnist"), data.load("mnist", "test")
    rate = keras.optimizers.schedules.CosineDecay(1e-3, epochs * len(train.images) // 128)
    classifier.compile(
        keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    classifier.fit(train.images, train.labels, batch_size=128, epochs=epochs, verbose=0)
    accuracy = classifier.evaluate(test.images, test.labels, verbose=0)[1]
    print(f"Classifier trained: {accuracy:.2%} of the MNIST test set.")
    network.save_weights(PATH)
    return network


def main():
    options = arguments.parser(__doc__).parse_args()
    arguments.answer(options, (measure() for measure in [floor]), lambda rows: print(*rows))


if __name__ == "__main__":
    main()
