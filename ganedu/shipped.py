"""Trained networks and recorded measurements that come in the box.

Here lives how the files in `ganedu/weights/` are read, without pickle. How each was made
(command, seed, steps, versions, data and its licence) stands in the .json file beside it. They
are written by `tests/ship.py`, the recordings in `ganedu/recordings/` by `tests/benchmarks/`.
"""

import json
from pathlib import Path

import numpy as np

from ganedu import startup

FOLDER = Path(__file__).parent / "weights"
RECORDINGS = Path(__file__).parent / "recordings"
BUILDERS = (
    "conditional_generator",
    "translator",
    "local_translator",
    "digit_generator",
    "denoiser",
    "row_network",
)
NAMES = (  # the trained networks of the lessons on uses of a GAN
    "conditional_digits",
    "super_resolution",
    "sketch_to_digit",
    "denoise",
    "mnist_to_digits",
    "digits_to_mnist",
    "sounds",
    "vae_digits",
    "rows_digits",
    "diffusion_digits",
    "flow_digits",
    "one_step_digits",
)
LEVELS = 7  # a pixel of a recorded picture is stored as one of 0 to 7


def digit_generator(averaged=True):
    """The generator of handwritten digits in the box, trained on MNIST.

    Args:
        averaged: whether to take the average over the training (EMA), which draws better, or the
            weights of the last step, from which training can go on.

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

    latent_dim, widths = _sizes()
    generator = models.digit_generator(latent_dim, widths=widths, seed=0)
    return _filled(generator, "digit_generator" if averaged else "digit_generator_last")


def digit_discriminator():
    """The discriminator that the generator in the box was trained against.

    Returns:
        A `keras.Model` from images [batch, 28, 28, 1] in [−1, 1] to logits [batch, 1].

    Raises:
        ValueError: if the file is damaged.

    Example:
        >>> digit_discriminator().output_shape
        (None, 1)
    """
    from ganedu import models

    network = models.digit_discriminator(widths=_sizes()[1], seed=0)
    return _filled(network, "digit_discriminator")


def digit_classifier():
    """The classifier of handwritten digits in the box, trained on MNIST and the embedded digits.

    Returns:
        A `keras.Model` from images [batch, 28, 28, 1] in [−1, 1] to features [batch, 64] and
        logits [batch, 10].

    Raises:
        ValueError: if the file is damaged.

    Example:
        >>> digit_classifier().output_shape
        [(None, 64), (None, 10)]
    """
    from ganedu import models

    return _filled(models.digit_classifier(seed=0), "digit_classifier")


def letter_classifier():
    """The classifier of capital letters in the box, trained on such as `letters.draw` makes.

    Returns:
        A `keras.Model` from images [batch, 28, 28, 1] in [−1, 1] to features [batch, 64] and
        logits [batch, 26].

    Raises:
        ValueError: if the file is damaged.

    Example:
        >>> letter_classifier().output_shape
        [(None, 64), (None, 26)]
    """
    from ganedu import models

    return _filled(models.digit_classifier(num_classes=26, seed=0), "letter_classifier")


def clothes_classifier():
    """The classifier of clothes in the box, trained on Fashion-MNIST.

    Returns:
        A `keras.Model` from images [batch, 28, 28, 1] in [−1, 1] to features [batch, 64] and
        logits [batch, 10].

    Raises:
        ValueError: if the file is damaged.

    Example:
        >>> clothes_classifier().output_shape
        [(None, 64), (None, 10)]
    """
    from ganedu import models

    return _filled(models.digit_classifier(seed=0), "clothes_classifier")


def network(name):
    """A trained network of one of the lessons on uses of a GAN.

    Args:
        name: one of `NAMES`: "conditional_digits", from [latents [batch, 64], labels [batch]] to
            digits (lesson 12); "sounds", from such to spectrograms of a string, a reed or a bell
            (lesson 17); "flow_digits", as `rivals.paths.generate` takes it (lesson 18).

    Returns:
        A `keras.Model`, built as `provenance(name)` says.

    Raises:
        ValueError: if there is none of that name, or the file is damaged.

    Example:
        >>> network("conditional_digits").output_shape
        (None, 28, 28, 1)
    """
    from ganedu import models

    if name not in NAMES:
        raise ValueError(f"There is no network {name!r} here. There are: {', '.join(NAMES)}.")
    made = provenance(name)
    try:
        by, told = made["built"]["by"], made["built"]["with"]
        built = {name: getattr(models, name) for name in BUILDERS}[by](**told, seed=0)
    except (KeyError, TypeError, ValueError) as error:
        path = FOLDER / f"{name}.json"
        raise ValueError(f"{path} is damaged: install ganedu again ({error!r}).") from error
    return _filled(built, name)


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
    from ganedu import seeding, training

    generator = digit_generator()
    latents = seeding.sample_latents(num_images, generator.input_shape[1], seed)
    return training.generate_images(generator, latents)


def provenance(name="digit_gan"):
    """How the networks in the box were made.

    Args:
        name: "digit_gan" (both generators and the discriminator), "digit_classifier",
            "letter_classifier", "clothes_classifier", or one of `NAMES`.

    Returns:
        Dictionary with command, seed, versions, data and licence, and what was measured.

    Raises:
        ValueError: if there is nothing of that name.

    Example:
        >>> provenance()["seed"] >= 0
        True
    """
    return _read_json(FOLDER, name)


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
    return _read_json(RECORDINGS, name)


def pictures(name):
    """The pictures that belong to a recording.

    Args:
        name: of the recording, such as "gallery" (lesson 07).

    Returns:
        Dictionary from a name to a uint8 array [n, ..., height, width, channels].

    Raises:
        ValueError: if there are no pictures of that name, or the file is damaged.

    Example:
        >>> pictures("gallery")["healthy"].shape
        (6, 16, 28, 28, 1)
    """
    path = RECORDINGS / f"{name}.npz"
    if not path.exists():
        there = ", ".join(sorted(p.stem for p in RECORDINGS.glob("*.npz")))
        raise ValueError(
            f"There are no pictures called {name!r} here. There are: {there or 'none'}."
        )
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            return {key: np.uint8(np.rint(arrays[key] * (255 / LEVELS))) for key in arrays.files}
    except Exception as error:  # a damaged archive can fail in any way
        raise ValueError(f"{path} is damaged: install ganedu again ({error}).") from error


def _sizes():
    """Latent length and widths of the networks in the box."""
    made = provenance()
    recipe = made.get("recipe")
    widths = recipe.get("widths") if isinstance(recipe, dict) else None
    sizes = [made.get("latent_dim"), *(widths if isinstance(widths, list) else ())]
    if len(sizes) != 3 or any(type(size) is not int or size < 1 for size in sizes):
        raise ValueError(f"{FOLDER / 'digit_gan.json'} is damaged: install ganedu again.")
    return sizes[0], sizes[1:]


def _read_json(folder, name):
    names = sorted(path.stem for path in folder.glob("*.json"))
    if name not in names:
        raise ValueError(f"There is nothing called {name!r} here. There are: {', '.join(names)}.")
    path = folder / f"{name}.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(content, dict):
            return content
        error = "no dictionary"
    except (RecursionError, ValueError) as damage:
        error = damage
    raise ValueError(f"{path} is damaged: install ganedu again ({error}).")


def _filled(network, name):
    """The network with the weights of a file: a step size for each channel times 8-bit numbers."""
    path = FOLDER / f"{name}.npz"
    if not path.exists():
        raise ValueError(
            f"{path.name} is not in this box: a notebook made by `ganedu colab` carries only what "
            "its lesson uses. Install the whole package."
        )
    startup.check_keras()  # with other settings the network has other shapes than the file
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            weights = [
                arrays[f"{number:02d}"] * arrays[f"{number:02d}_step"]
                for number in range(len(arrays.files) // 2)
            ]
        if not all(np.isfinite(weight).all() for weight in weights):
            raise ValueError("a NaN or an infinity")
        network.set_weights(weights)
    except Exception as error:  # a damaged archive can fail in any way
        raise ValueError(f"{path} is damaged: install ganedu again ({error}).") from error
    return network
