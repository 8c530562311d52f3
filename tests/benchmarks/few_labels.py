"""Few labels of MNIST: a GAN whose discriminator recognises, and its rivals at equal time.

    uv run python -m tests.benchmarks.few_labels --store                 # what lesson 16 shows
    uv run python -m tests.benchmarks.few_labels --only hundred --seeds 7 --json

All 60,000 training images are seen, but for "labels alone"; so many of them have a label, as many
of each class. A seed is that of the draw of labels and of the training. "hundred" is 100 labels and
five draws, each program with the steps that 30 seconds hold on two idle cores, measured once;
"long" gives some of them six times as many, who has no pseudo-labels with two draws, "longest" ten
times as many to pseudo-labels with and without the GAN; "curve" takes other numbers of labels, and
the first draw alone. "augment" asks whether generated images help a classifier of 100 images: those
of a conditional GAN that saw the same 100, and those of the network in the box, which has seen
60,000 labels; beside images that are turned, zoomed, shifted and covered ("moved"). One nearest
neighbour and logistic regression have no steps.

`error` is in per cent of the 10,000 test images, which decide nothing; `seen` is how many labels
came to the loss, counted there. `--store` adds each run that ends to
`ganedu/recordings/few_labels.json` and skips what is there, so it may be cut off and gone on with.
In the recording the clock of the three rivals is later than that of the GANs: it was taken with a
GAN beside it, and brought to the scale of theirs.
"""

import functools
import itertools
import operator
import time

from ganedu import startup

startup.start_tensorflow()

import numpy as np  # noqa: E402

from ganedu import data, few_labels, recipes, shipped, training  # noqa: E402
from tests.benchmarks import arguments, stored  # noqa: E402

NAME = "few_labels"
SECONDS = 30  # of training, on the clock of an idle machine
TIMES = {"long": 6, "longest": 10}  # as many steps
FEWER = {"curve": 1, "long, gan": 2, "long, labels alone": 2}  # draws, where there are not all
PARTS = ("hundred", "long", "longest", "augment")
COUNTS = {part: [100] for part in PARTS} | {"curve": [50, 300, 1000, 3000]}
GANS = {"gan": [], "gan + pseudo-labels": [few_labels.pseudo_labels()]}
TRAINED = (*GANS, *few_labels.WAYS)
UNTRAINED = {"1-NN": few_labels.nearest, "logistic": few_labels.logistic}
VARIANTS = {
    "hundred": [*TRAINED, *UNTRAINED],
    "long": ["gan + pseudo-labels", "pseudo-labels", "gan", "labels alone"],
    "longest": ["gan + pseudo-labels", "pseudo-labels"],
    "curve": [*TRAINED, *UNTRAINED],
    "augment": ["plain", "moved", "plain + own", "moved + own", "plain + box"],
}
GAN_STEPS, CLASSIFIER_STEPS, NUM_MADE = 1000, 600, 2000  # of "augment"


@functools.cache
def digits(split="train"):
    """MNIST."""
    return data.load("mnist", split)


@functools.cache
def hidden(number, seed):
    """Labels of which so many stayed."""
    return few_labels.hide(digits().labels, number, seed=seed)


def trainer(variant, labels=100, seed=0, steps=10_000, seen=None):
    """Trains a program for some steps; and the classifier that comes of it."""
    kept, images = hidden(labels, seed), digits().images
    if variant in GANS:
        gan = few_labels.few_label_gan(seed, steps, further=GANS[variant], seen=seen)
        rows, told = few_labels.mixed(images, kept, few_labels.RECIPE["share"])
        size, options = few_labels.RECIPE["batch_size"], {"conditions": told, "verbose": 0}
        train = lambda number: gan.fit(rows, size, steps_per_epoch=number, **options)  # noqa: E731
        train.classifier = lambda: few_labels.averaged(gan)
        return train
    model, classifier = few_labels.rival_model(variant, steps, seed=seed)
    batches = few_labels.rival_batches(variant, images, kept, steps, seed=seed)  # made once
    options = {"shuffle": False, "verbose": 0}
    train = lambda number: model.fit(batches, steps_per_epoch=number, **options)  # noqa: E731
    train.classifier = lambda: classifier
    return train


def run(settings):
    """One training, and its error on the test set."""
    variant, number, seed = (settings[key] for key in ("variant", "labels", "seed"))
    if variant in UNTRAINED:
        return untrained(variant, hidden(number, seed))
    if settings["part"] == "augment":
        return {"error": missed(augmented(variant, number, seed)), "seen": number}
    seen = set()
    train = trainer(variant, number, seed, settings["steps"], seen)
    train(settings["steps"])
    counted = len(seen) if variant in GANS else int((hidden(number, seed) >= 0).sum())
    return {"error": missed(train.classifier()), "seen": counted}


def missed(classifier):
    return round(few_labels.error(classifier, digits("test").images, digits("test").labels), 2)


def untrained(variant, kept):
    """What needs no steps, on pixels; MNIST's digits have one size and place already."""
    began, known = time.monotonic(), kept >= 0
    said = UNTRAINED[variant](digits().images[known], kept[known], digits("test").images)
    error = 100 * float((said != digits("test").labels).mean())
    return {
        "error": round(error, 2),
        "seen": int(known.sum()),
        "took": round(time.monotonic() - began, 2),
    }


def augmented(variant, number, seed):
    """A classifier of the labelled images, and of generated ones for one half of each batch."""
    kept = hidden(number, seed)
    real = np.flatnonzero(kept >= 0)
    images, labels = digits().images[real], kept[real]
    if "+" in variant:
        asked = np.resize(np.arange(10), NUM_MADE)
        made = made_by(variant.split(" + ")[1], images, labels, seed, asked)
        again = np.resize(np.arange(len(images)), NUM_MADE)
        images, labels = np.concatenate([images[again], made]), np.append(labels[again], asked)
    recipe = {**few_labels.RECIPE, "once": "moved" if "moved" in variant else "as it is"}
    way = "labels alone"
    return few_labels.rival(way, images, labels, CLASSIFIER_STEPS, seed=seed, recipe=recipe)


@functools.lru_cache(maxsize=1)
def own_gan(number, seed):
    """A conditional GAN that has seen so many images with their labels, and nothing else."""
    kept = hidden(number, seed)
    real = np.flatnonzero(kept >= 0)
    gan = recipes.conditional_gan(seed)
    size, labels = recipes.CONDITIONAL["batch_size"], kept[real]
    images, options = digits().images[real], {"conditions": labels, "verbose": 0}
    gan.fit(images, size, steps_per_epoch=GAN_STEPS, **options)
    return gan


def made_by(whose, images, labels, seed, asked):
    """Generated images of these classes."""
    if whose == "own":
        return own_gan(len(images), seed).generate(len(asked), seed, conditions=asked)
    latents = np.random.default_rng(seed).standard_normal((len(asked), 64)).astype("float32")
    box = shipped.network("conditional_digits")
    return training.generate_images(box, latents, conditions=asked)


def settings(part, clock, seeds):
    """What is to be run of a part: all programs with the first seed, then with the next."""
    steps = {row["variant"]: row["steps"] for row in clock}
    for place, seed in enumerate(seeds):
        for number, variant in itertools.product(COUNTS[part], VARIANTS[part]):
            fewer = FEWER.get(part, FEWER.get(f"{part}, {variant}", len(seeds)))
            if place < fewer:
                times = TIMES.get(part, 1)
                long = {"seconds": SECONDS * times, "steps": steps.get(variant, 0) * times}
                if part == "augment":
                    long = {"seconds": None, "steps": CLASSIFIER_STEPS}
                elif variant in UNTRAINED:
                    long = {"seconds": 0, "steps": 0}
                yield {"part": part, "variant": variant, "labels": number, "seed": seed, **long}


def rows(options):
    """The runs of each part, as they end."""
    told = stored.begun(NAME, "Digits recognised from few labels, by a GAN and by its rivals")
    told |= {"seconds": SECONDS, "clock": told.get("clock", [])}
    programs = [{"variant": variant} for variant in TRAINED]
    if {*options.only} - {"augment"}:
        left = stored.missing(programs, told["clock"])
        told["clock"] += stored.clocked(left, trainer, SECONDS)
    for part in options.only:
        wanted = list(settings(part, told["clock"], options.seeds))
        yield from stored.made(NAME, told, wanted, run, options)


def printed(rows):
    """Each run as it ends, then a table of the medians."""
    columns = {"error": operator.itemgetter("error"), "seen": operator.itemgetter("seen")}
    by = ["part", "variant", "labels", "seconds"]
    arguments.table(arguments.as_they_end(rows), by, columns, {"runs": len})


def main():
    parser = arguments.of_runs(__doc__, COUNTS, [*COUNTS], seeds=range(5))
    options = parser.parse_args()
    arguments.answer(options, rows(options), printed)


if __name__ == "__main__":
    main()
