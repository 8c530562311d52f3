"""Trained networks and recorded measurements that come in the box.

Here lives how the files in `ganedu/weights/` are read, without pickle. How each was made
(command, seed, steps, versions, data and its licence) stands in the .json file beside it. They
are written by `tests/ship.py`, the recordings in `ganedu/recordings/` by `tests/benchmarks/`.
"""

import json
import zipfile
import zlib
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "weights"
RECORDINGS = Path(__file__).parent / "recordings"


def digit_generator():
    """The generator of handwritten digits in the box, trained on MNIST.

    Returns:
        A `keras.Model` from latents [batch, 64], standard normal, to images
        [batch, 28, 28, 1] in [−1, 1].

    Raises:
        ValueError: if the file is damaged.

    Example:
        >>> digit_generator().output_shape
        (None, 28, 28, 1)
    """
    from ganedu import models

    made = provenance()
    generator = models.digit_generator(made["latent_dim"], seed=0)
    path = FOLDER / "digit_generator.npz"
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as entries:
            weights = [entries[name].astype(np.float32) for name in sorted(entries.files)]
        generator.set_weights(weights)
    except (EOFError, RuntimeError, TypeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path} is damaged: install ganedu again ({error}).") from error
    return generator


def generate(num_images, seed):
    """New images from the generator in the box.

    Args:
        num_images: how many, at least 1.
        seed: integer of at least 0.

    Returns:
        float32 array [num_images, 28, 28, 1] in [−1, 1].

    Raises:
        ValueError: if `seed` is not an integer of at least 0.

    Example:
        >>> generate(2, seed=0).shape
        (2, 28, 28, 1)
    """
    import tensorflow as tf

    from ganedu import seeding, training

    generator = digit_generator()
    shape = [num_images, generator.input_shape[1]]
    latents = tf.random.stateless_normal(
        shape, seeding.stream_seed(seed, 0, "samples"), alg="philox"
    )
    return training.generate_images(generator, latents)


def provenance():
    """How the generator in the box was made.

    Returns:
        Dictionary with command, seed, steps, versions, data and licence.

    Example:
        >>> provenance()["seed"] >= 0
        True
    """
    return json.loads((FOLDER / "digit_generator.json").read_text(encoding="utf-8"))


def recording(name):
    """Measurements that take too long for a lesson, with the command that repeats them.

    Args:
        name: of the recording, such as "mixtures" (lesson 03).

    Returns:
        Dictionary with command, versions, machine, date and rows, a list of dictionaries.

    Raises:
        ValueError: if there is no recording of that name.

    Example:
        >>> recording("mixtures")["command"]
        'uv run python -m tests.benchmarks.mixtures --store'
    """
    names = sorted(path.stem for path in RECORDINGS.glob("*.json"))
    if name not in names:
        raise ValueError(f"There is no recording {name!r}. There are: {', '.join(names)}.")
    return json.loads((RECORDINGS / f"{name}.json").read_text(encoding="utf-8"))
