"""Trained networks that come in the box.

Here lives how the files in `ganedu/weights/` are written and read, without pickle. How each was
made (command, seed, steps, versions, data and its licence) stands in the .json file beside it.

To put the generator of a run into the box: `python -m ganedu.shipped RUN`.
"""

import json
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "weights"


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


def put_in_the_box(run):
    """Write the averaged generator of a run, in half precision, and how it was made.

    Args:
        run: folder of a finished run of `ganedu train`.

    Raises:
        FileNotFoundError: if there is no run in the folder.
        ValueError: if its checkpoint is damaged.

    Example:
        >>> put_in_the_box("runs/0001")  # doctest: +SKIP
    """
    from ganedu import commands, runs

    settings, gan = runs.read_settings(run), commands.load_run(run)
    weights = gan.ema_generator.get_weights()
    names = [f"{number:02d}" for number in range(len(weights))]
    halves = {name: np.float16(weight) for name, weight in zip(names, weights, strict=True)}
    FOLDER.mkdir(exist_ok=True)
    np.savez_compressed(FOLDER / "digit_generator.npz", **halves)
    step, minutes = int(gan.step), runs.read_history(run)[-1]["seconds"] / 60
    made = {
        "what": "averaged (EMA) generator of handwritten digits, weights as float16",
        "command": f"ganedu train --dataset {settings['dataset']} --steps {step} "
        f"--seed {settings['seed']}",
        "steps": step,
        "minutes": round(minutes, 1),
        "seed": settings["seed"],
        "latent_dim": gan.latent_dim,
        "recipe": settings["recipe"],
        "versions": settings["versions"],
        "data": "MNIST, 60,000 training images, by Y. LeCun, C. Cortes and C. Burges "
        "(CC BY-SA 3.0)",
        "licence": "CC BY 4.0, as the prose of the course",
    }
    runs.write_json(FOLDER / "digit_generator.json", made)


if __name__ == "__main__":
    put_in_the_box(sys.argv[1])
