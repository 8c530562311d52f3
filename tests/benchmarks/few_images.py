"""Few training images: what penalty and augmentation buy, and who only copies.

    uv run python -m tests.benchmarks.few_images --store          # what lesson 10 shows
    uv run python -m tests.benchmarks.few_images --seeds 7 --only 100 --json

The recipe of the digits sees 100, 500 or 2,000 images of MNIST: as it is, with four times the
penalty, with augmentation, with augmentation that adapts, and with the first two cures at once.
Each seed draws other images, and each program gets the steps that a minute holds on two idle
cores, measured by turns. Beside each stand two rivals that learn nothing: the images themselves
handed out, and each of them shifted by a pixel.

Copied is the share of samples that lie closer to one training image, in the features of the digit
network, than 95 % of the test images do; nothing copied is 5 %. `--store` adds each run that ends
to `ganedu/recordings/few_images.json` and skips what is there.
"""

import functools
import operator

from ganedu import startup

startup.start_tensorflow()

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from ganedu import (  # noqa: E402
    augmentations,
    data,
    evaluation,
    features,
    metrics,
    penalties,
    recipes,
)
from ganedu.seeding import stream_seed  # noqa: E402
from tests.benchmarks import arguments, stored  # noqa: E402

NAME = "few_images"
SECONDS = 60  # of training, on the clock of an idle machine
COUNTS = (100, 500, 2000)
NUM_SAMPLES, SAMPLE_SEED = 5000, 1
NUM_COMPARED = 1000  # samples that are held against the training images
CHANGES = (
    augmentations.shift,
    augmentations.cutout,
    augmentations.brightness,
    augmentations.contrast,
)
PROGRAMS = {
    "recipe": {},
    "four times R1": {"gamma": 4 * recipes.DIGITS["r1_gamma"]},
    "augmented": {"augment": augmentations.chain(*CHANGES)},
    "adaptive": {"augment": augmentations.Adaptive(*CHANGES, num_images=20_000)},
    "augmented, four times R1": {
        "gamma": 4 * recipes.DIGITS["r1_gamma"],
        "augment": augmentations.chain(*CHANGES),
    },
}
RIVALS = ("handed out", "jittered")


def gan_of(seed, gamma=recipes.DIGITS["r1_gamma"], augment=None):
    """The recipe with another weight of its penalty, or an augmentation."""
    gan = recipes.digit_gan(seed)
    gan.compile(
        recipes.optimizer(),
        recipes.optimizer(),
        penalties=[penalties.r1(gamma, every=recipes.DIGITS["r1_every"])],
        ema_half_life=recipes.DIGITS["ema_half_life"],
        augment=augment,
    )
    return gan


def drawn(num_images, seed):
    """So many training images; another draw for each seed."""
    images = data.load("mnist").images
    return images[np.random.default_rng(seed).choice(len(images), num_images, replace=False)]


@functools.cache
def seen_in_test():
    """What the digit network sees in the test set, in random order."""
    return evaluation.reference("mnist").predictions.features


def measured(samples, images):
    """How far from new images, and how many are copies of the training images."""
    seen, known, test = features.predict(samples), features.digit_features(images), seen_in_test()
    shares = np.bincount(seen.probabilities.argmax(axis=1), minlength=10) / len(samples)
    copied = metrics.memorised_share(seen.features[:NUM_COMPARED], known, test[:NUM_COMPARED])
    return {
        "frechet_distance": round(metrics.frechet_distance(seen.features, test), 2),
        "copied": round(copied, 3),
        "confident": round(float((seen.probabilities.max(axis=1) > 0.9).mean()), 4),
        "classes": int((shares > 0.02).sum()),
    }


def rival(program, images, seed):
    """Samples that nothing was learnt for."""
    samples = images[np.random.default_rng(seed).choice(len(images), NUM_SAMPLES)]
    if program == "jittered":
        pair = stream_seed(seed, 0, "real_augmentation")
        samples = augmentations.shift(tf.constant(samples), pair, share=1.01 / 28).numpy()
    return samples


def trainer(program):
    """Trains a program for some steps."""
    gan, images = gan_of(0, **PROGRAMS[program]), drawn(COUNTS[0], 0)
    size = recipes.DIGITS["batch_size"]
    return lambda steps: gan.fit(images, size, steps_per_epoch=steps, verbose=0)


def run(settings):
    """One training, or a rival, and what its samples get."""
    program, seed = settings["program"], settings["seed"]
    images = drawn(settings["num_images"], seed)
    if program in RIVALS:
        return measured(rival(program, images, seed), images)
    gan = gan_of(seed, **PROGRAMS[program])
    gan.fit(images, recipes.DIGITS["batch_size"], steps_per_epoch=settings["steps"], verbose=0)
    told = measured(gan.generate(NUM_SAMPLES, SAMPLE_SEED), images)
    if program == "adaptive":
        told["probability"] = round(float(gan.augment.probability), 3)
    return told


def settings(clock, counts, seeds):
    """What is to be run: all programs and counts with the first seed, then with the next."""
    steps = {row["program"]: row["steps"] for row in clock}
    for seed in seeds:
        for num_images in counts:
            for program in (*RIVALS, *PROGRAMS):
                named = {"num_images": num_images, "program": program, "seed": seed}
                yield {**named, "steps": steps.get(program, 0)}


def rows(options):
    """The floor, and then the runs as they end."""
    told = stored.begun(NAME, "GANs that see 100, 500 or 2,000 digits, a minute each")
    if "floor" not in told:
        known, new = np.split(drawn(COUNTS[-1] + NUM_SAMPLES, 0), [COUNTS[-1]])
        told |= {"seconds": SECONDS, "floor": measured(new, known), "clock": []}
    names = stored.missing([{"program": program} for program in PROGRAMS], told["clock"])
    told["clock"] += stored.clocked(names, trainer, SECONDS)
    yield {"what": "other real images (the floor)", **told["floor"]}
    wanted = list(settings(told["clock"], options.only, options.seeds))
    yield from stored.made(NAME, told, wanted, run, options)


def printed(rows):
    """Each run as it ends, then a table of the medians."""
    columns = {name: operator.itemgetter(name) for name in ("frechet_distance", "copied")}
    arguments.table(arguments.as_they_end(rows), ["num_images", "program"], columns)


def main():
    parser = arguments.of_runs(__doc__, COUNTS, seeds=range(3))
    options = parser.parse_args()
    arguments.answer(options, rows(options), printed)


if __name__ == "__main__":
    main()
