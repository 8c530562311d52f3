"""What is odd: a digit is normal and the others are not, or a digit is held out and comes as odd.

    uv run python -m tests.benchmarks.odd_one_out --store      # what lesson 16 shows
    uv run python -m tests.benchmarks.odd_one_out --only "one is normal" --seeds 7 --json

A GAN (the recipe of the digits) sees normal training images alone, with the steps that 20 seconds
hold on two idle cores, measured once. Then 2,000 test images are scored: by what a search
of 100 steps in its latents cannot rebuild, by the discriminator, and, without any training, by the
50 principal components of up to 6,000 normal images, and by the nearest of 1,000 of them. A row has
the area under the curve (AUROC) of each score, for one digit. No score has an advantage that was
looked for on test images: there is nothing to set.

`--store` adds each run that ends to `ganedu/recordings/odd_one_out.json` and skips what is there,
so it may be cut off and gone on with.
"""

import functools
import operator

from ganedu import startup

startup.start_tensorflow()

import numpy as np  # noqa: E402

from ganedu import data, metrics, oddness, recipes  # noqa: E402
from tests.benchmarks import arguments, stored  # noqa: E402

NAME = "odd_one_out"
SECONDS = 20  # of training, on the clock of an idle machine
PARTS = ("one is normal", "one is odd")
NUM_TESTED, NUM_FITTED, NUM_NEIGHBOURS, SEARCH_STEPS = 2000, 6000, 1000, 100
SCORES = ("components", "nearest", "reconstruction", "discriminator")


@functools.cache
def digits(split="train"):
    """MNIST."""
    return data.load("mnist", split)


def normal_images(part, digit):
    """Training images that are normal, in a fixed random order."""
    labels = digits().labels
    order = np.random.default_rng(0).permutation(len(labels))
    same = labels[order] == digit
    return digits().images[order[same if part == PARTS[0] else ~same]]


def tested(part, digit, number=NUM_TESTED):
    """Test images, and which of them are odd."""
    rows = np.random.default_rng(1).permutation(len(digits("test").labels))[:number]
    same = digits("test").labels[rows] == digit
    return digits("test").images[rows], ~same if part == PARTS[0] else same


def trained(images, seed, steps):
    gan = recipes.digit_gan(seed)
    gan.fit(images, recipes.DIGITS["batch_size"], steps_per_epoch=steps, verbose=0)
    return gan


def trainer():
    """Trains the recipe of the digits for some steps."""
    gan, size = recipes.digit_gan(0), recipes.DIGITS["batch_size"]
    return lambda steps: gan.fit(digits().images, size, steps_per_epoch=steps, verbose=0)


def run(settings):
    """One digit: the area under the curve of each score."""
    part, digit = settings["part"], settings["digit"]
    normal, (images, odd) = normal_images(part, digit), tested(part, digit)
    gan = trained(normal, settings["seed"], settings["steps"])
    found = {
        "components": oddness.by_components(normal[:NUM_FITTED], images),
        "nearest": metrics.nearest_neighbours(images, normal[:NUM_NEIGHBOURS]).distances,
        "reconstruction": oddness.by_search(gan.ema_generator, images, SEARCH_STEPS),
        "discriminator": oddness.by_discriminator(gan.discriminator, images),
    }
    return {name: round(oddness.area(found[name], odd), 4) for name in SCORES}


def rows(options):
    """The runs of each part, as they end."""
    told = stored.begun(NAME, "How well scores tell odd digits from normal ones, AUROC")
    told |= {"seconds": SECONDS, "clock": told.get("clock", [])}
    told["clock"] += [] if told["clock"] else stored.clocked([{}], trainer, SECONDS)
    [clock] = told["clock"]
    for part in options.only:
        wanted = [
            {"part": part, "digit": digit, "seed": seed, "steps": clock["steps"]}
            for seed in options.seeds
            for digit in range(10)
        ]
        yield from stored.made(NAME, told, wanted, run, options)


def printed(rows):
    """Each run as it ends, then a table of the medians over the digits."""
    columns = {name: operator.itemgetter(name) for name in SCORES}
    arguments.table(arguments.as_they_end(rows), ["part", "seed"], columns, {"digits": len})


def main():
    parser = arguments.of_runs(__doc__, PARTS, PARTS[:1], seeds=range(3))
    options = parser.parse_args()
    arguments.answer(options, rows(options), printed)


if __name__ == "__main__":
    main()
