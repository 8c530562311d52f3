"""Stacked MNIST, a thousand modes: pairing with both penalties, one penalty, packing, the recipe.

    uv run python -m tests.benchmarks.stacked --store            # what lesson 19 shows
    uv run python -m tests.benchmarks.stacked --seeds 7 --only "R1" --json
    uv run python -m tests.benchmarks.stacked --seconds 3600     # what more time buys

An image is three digits, drawn at random, as its red, green and blue channel: a thousand modes,
told by the digit network in the box. The first three programs differ by loss, penalty and packing
alone; the fourth is the recipe of the digits as it is, the rival that lesson 10's pairs of digits
name. Each gets the steps that the same seconds hold on two idle cores, four minutes of one core by
default, measured once, by turns. 26,000 samples, as in the papers that the lesson compares with;
the divergence is that from a thousand equal shares, so real digits have a little of it too.

`--store` adds each run that ends to `ganedu/recordings/stacked.json` and skips what is there, so
it may be cut off and gone on with. The first seed of all programs comes first.
"""

import operator

from ganedu import startup

startup.start_tensorflow()

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from ganedu import data, features, metrics  # noqa: E402
from tests.benchmarks import arguments, stored, tricks  # noqa: E402

NAME, DIGITS = "stacked", 3
SECONDS = 120  # of two cores: four minutes of one
NUM_IMAGES, SAMPLE_SEED = 26_000, 1
EACH = {**tricks.PLAIN, "r1_every": 1}
PROGRAMS = {
    "pairing, R1 + R2": {
        **EACH,
        "r1_gamma": 0.3,
        "r2_gamma": 0.3,
        "loss": "relativistic_pairing",
    },
    "R1": {**EACH, "r1_gamma": 0.3},
    "packed 2": {**EACH, "packed": 2},
    "recipe": tricks.RECIPE,
}


def batches_of(seed, steps, batch_size=32, images=None):
    """Batches of three training digits on one another, drawn afresh in each step."""
    images = data.load("mnist").images if images is None else images
    thrice = data.batches(images, DIGITS * batch_size, seed, num_steps=steps)
    return thrice.map(lambda images: tf.concat(tf.split(images, DIGITS), axis=-1))


def real_images(num_images, split="train"):
    """As many images of three digits each, float32 [n, 28, 28, 3]."""
    images = data.load("mnist", split).images
    rows = np.random.default_rng(0).choice(len(images), (DIGITS, num_images))
    return np.concatenate(images[rows], axis=-1)


def modes_of(images):
    """Which of the thousand modes each image is, for the digit network."""
    digits = [
        features.digit_probabilities(images[..., [number]]).argmax(axis=1)
        for number in range(DIGITS)
    ]
    return np.polyval(digits, 10)


def measured(images):
    """How many modes are met, and how far their shares are from equal ones, in nats."""
    equal = np.arange(10**DIGITS)
    told = metrics.class_histogram(modes_of(images), equal, num_classes=len(equal))
    return {"modes": int((told.shares > 0).sum()), "kl": round(told.kl, 4)}


def gan_of(program, seed):
    """The digits' networks for three channels, with the settings of a program."""
    return tricks.gan_of(PROGRAMS[program], seed, shape=(28, 28, DIGITS))


def trainer(program):
    """Trains a program for some steps."""
    gan = gan_of(program, seed=0)
    return lambda steps: gan.fit(batches_of(0, steps), verbose=0)


def run(settings):
    """One training, and what the samples of the averaged generator get."""
    gan = gan_of(settings["program"], settings["seed"])
    try:
        gan.fit(batches_of(settings["seed"], settings["steps"]), verbose=0)
    except FloatingPointError:
        return {"modes": None, "kl": None}
    return measured(gan.generate(NUM_IMAGES, SAMPLE_SEED))


def rows(options):
    """The floor, and then the runs, as they end."""
    told = stored.begun(NAME, "Stacked MNIST: modes and divergence of four programs")
    told |= {"seconds": options.seconds, "clock": told.get("clock", [])}
    told["floor"] = told.get("floor") or measured(real_images(NUM_IMAGES, "test"))
    yield {"what": "real test digits (the floor)", **told["floor"]}
    names = [{"program": name} for name in options.only]
    missing = stored.missing(names, told["clock"])
    told["clock"] += stored.clocked(missing, trainer, options.seconds)
    wanted = stored.seed_by_seed(told["clock"], names, options.seeds)
    yield from stored.made(NAME, told, wanted, run, options)


def printed(rows):
    """Each run as it ends, then a table of the medians."""
    columns = {name: operator.itemgetter(name) for name in ("modes", "kl")}
    arguments.table(arguments.as_they_end(rows), ["program"], columns, {"runs": len})


def main():
    parser = arguments.of_runs(__doc__, PROGRAMS, seeds=range(3))
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of two idle cores, a run")
    options = parser.parse_args()
    if options.store and options.seconds != SECONDS:
        parser.error(f"--store records runs of {SECONDS} seconds; leave --seconds out.")
    arguments.answer(options, rows(options), printed)


if __name__ == "__main__":
    main()
