"""Put trained networks into the box.

    uv run python -m tests.ship gan RUN      # both generators and the discriminator of a run
    uv run python -m tests.ship classifier   # train the digit classifier, about 4 minutes

RUN is the folder of a `ganedu train`. The weights go to `ganedu/weights/` as 8-bit numbers with
a step size for each channel, and beside them how they were made and what they measure.
"""

import argparse
import sys
from pathlib import Path

from ganedu import startup

startup.start_tensorflow()

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

import ganedu  # noqa: E402
from ganedu import data, evaluation, models, runs, shipped  # noqa: E402
from ganedu.commands import folders  # noqa: E402

LICENCE = "CC BY 4.0, as the prose and the figures of the course"
MNIST = (
    "MNIST, 60,000 training images, by Y. LeCun, C. Cortes and C. Burges, under CC BY-SA 3.0 as "
    "Keras' documentation states it"
)
DIGITS = (
    "the 1,500 training images of the embedded digits, from E. Alpaydin and C. Kaynak, Optical "
    "Recognition of Handwritten Digits, UCI Machine Learning Repository, under CC BY 4.0"
)
NUM_IMAGES, SAMPLE_SEED = 10_000, 0
EPOCHS, BATCH_SIZE, DIGITS_REPEATED = 6, 128, 4


def ship_gan(run):
    """Write the networks of a run, and how they were made.

    Args:
        run: folder of a run.

    Raises:
        FileNotFoundError: if there is no run in the folder.
        ValueError: if its checkpoint is damaged.
    """
    settings, gan = runs.read_settings(run), folders.load_run(run)
    write_weights("digit_generator", gan.ema_generator)
    write_weights("digit_generator_last", gan.generator)
    write_weights("digit_discriminator", gan.discriminator)
    step, seed = int(gan.step), settings["seed"]
    row = next(row for row in reversed(runs.read_history(run)) if row["step"] <= step)
    made = {
        "what": "generator of handwritten digits, averaged (EMA) and as the last step left it, "
        "and discriminator; weights as 8-bit numbers",
        "command": f"ganedu train --dataset {settings['dataset']} --steps {step} --seed {seed}",
        "steps": step,
        "minutes": round(row["seconds"] / 60, 1),
        "seed": seed,
        "latent_dim": gan.latent_dim,
        "recipe": settings["recipe"],
        "versions": settings["versions"],
        "data": MNIST,
        "licence": LICENCE,
    }
    runs.write_json(shipped.FOLDER / "digit_gan.json", made)
    real = evaluation.reference(settings["dataset"])
    images = shipped.generate(min(NUM_IMAGES, len(real.train)), SAMPLE_SEED)
    made["measured"] = {"sample_seed": SAMPLE_SEED, **evaluation.evaluate(images, real)}
    runs.write_json(shipped.FOLDER / "digit_gan.json", made)


def ship_classifier(epochs=EPOCHS, seed=0):
    """Train the digit classifier, and write its weights and what it gets right.

    Args:
        epochs: passes over MNIST and the embedded digits.
        seed: integer of at least 0.

    Raises:
        ValueError: if MNIST is not on this machine.
    """
    keras.utils.set_random_seed(seed)
    network = models.digit_classifier(seed=seed)
    classifier = keras.Model(network.input, network.output[1])
    images, labels = _training_data()
    steps = epochs * -(-len(images) // BATCH_SIZE)
    classifier.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, steps)),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    classifier.fit(images, labels, batch_size=BATCH_SIZE, epochs=epochs, verbose=2)
    write_weights("digit_classifier", network)
    made = {
        "what": "classifier of handwritten digits; its 64 features are behind the metrics; "
        "weights as 8-bit numbers",
        "command": "python -m tests.ship classifier",
        "epochs": epochs,
        "seed": seed,
        "versions": {"ganedu": ganedu.__version__, "tensorflow": tf.__version__}
        | {"keras": keras.__version__},
        "data": f"{MNIST}; {DIGITS}",
        "licence": LICENCE,
        "accuracy": {name: _accuracy(name) for name in ("mnist", "digits")},
        "means_something_for": "handwritten digits of 28×28, MNIST or the embedded ones, light on "
        "dark in [−1, 1]; on other images its features and probabilities mean nothing",
    }
    runs.write_json(shipped.FOLDER / "digit_classifier.json", made)


def write_weights(name, network):
    """Write the weights of a network as 8-bit numbers with a step size for each channel.

    Args:
        name: of the file, without its ending.
        network: `keras.Model`.
    """
    shipped.FOLDER.mkdir(exist_ok=True)
    arrays = {}
    for number, weight in enumerate(network.get_weights()):
        steps = np.float32(1)
        if weight.ndim > 1:  # biases and BatchNorm stay as they are: they are few
            steps = np.abs(weight).max(axis=tuple(range(weight.ndim - 1))) / 127
            steps = np.where(steps > 0, steps, 1).astype(np.float32)
            weight = np.int8(np.rint(weight / steps))
        arrays |= {f"{number:02d}": weight, f"{number:02d}_step": steps}
    np.savez_compressed(shipped.FOLDER / f"{name}.npz", **arrays)


def _training_data():
    mnist, digits = data.load("mnist"), data.load("digits")
    images = np.concatenate([mnist.images] + [digits.images] * DIGITS_REPEATED)
    return images, np.concatenate([mnist.labels] + [digits.labels] * DIGITS_REPEATED)


def _accuracy(name):
    """Share of test images that the network in the box gets right, measured after rounding."""
    test = data.load(name, "test")
    _, logits = shipped.digit_classifier().predict(test.images, batch_size=500, verbose=0)
    return round(float((logits.argmax(axis=1) == test.labels).mean()), 4)


def main(arguments=None):
    """Run `gan RUN` or `classifier`."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.ship", description=__doc__.split("\n")[0]
    )
    kinds = parser.add_subparsers(dest="kind", required=True)
    kinds.add_parser("gan").add_argument("run", type=Path, metavar="RUN")
    kinds.add_parser("classifier")
    told = parser.parse_args(arguments)
    return ship_gan(told.run) if told.kind == "gan" else ship_classifier()


if __name__ == "__main__":
    sys.exit(main())
