"""MNIST and the embedded digits, translated into each other without pairs.

    uv run python -m tests.benchmarks.unpaired --store             # what lesson 14 shows
    uv run python -m tests.benchmarks.unpaired --only longer --seeds 0 1 2 --store
    uv run python -m tests.benchmarks.unpaired --seeds 7 --programs "patches, cycle" --json

The programs are the recipe, `recipes.UNPAIRED`, whose networks see patches, and the same with
networks that see the whole image; terms are taken away or added. Each gets the steps that the same
seconds hold on two idle cores, measured by turns. "longer" trains two of them for more seconds.

Measured of the test images, which no training saw: the class that the digit classifier in the box
sees in the translation (it was taught on both sets, and no translator sees it), as a table; what a
recogniser that was taught on MNIST alone reads of the embedded digits after their translation, and
when the translation is moved and scaled; what one reads that was taught on translations of MNIST
alone; how far from the source one ends after the way there and back, with the translation disturbed
in between. Beside them stand what needs no translator: the digits as they are, moved and scaled,
and a recogniser taught on them. To do nothing keeps every class, so there are also two distances of
the translations to the other set: by the features of the classifier in the box, which tells how
digits are built, and by patches, which tells the pen. The network in the class term is yet another
one, taught on MNIST alone.

`--store` adds each run that ends to `ganedu/recordings/unpaired.json` and skips what is there, so
it may be cut off and gone on with.
"""

import functools

from ganedu import startup

startup.start_tensorflow()

import keras  # noqa: E402
import numpy as np  # noqa: E402

from ganedu import data, features, metrics, models, recipes  # noqa: E402
from ganedu.playground import unpaired  # noqa: E402
from tests.benchmarks import arguments, stored  # noqa: E402

NAME = "unpaired"
SECONDS = {"programs": 50, "longer": 150}  # of training, on the clock of an idle machine
RECIPE = recipes.UNPAIRED
WHOLE = {**RECIPE, "whole": True}  # networks that see the whole image
PROGRAMS = {
    "whole, no cycle": {**WHOLE, "cycle_weight": 0.0},
    "whole, cycle": WHOLE,
    "whole, + identity": {**WHOLE, "identity_weight": 5.0},
    "whole, + classes": {**WHOLE, "identity_weight": 5.0, "class_weight": 1.0},
    "whole, cycle, noise": {**WHOLE, "noise": unpaired.NOISE},
    "patches, no cycle": {**RECIPE, "cycle_weight": 0.0},
    "patches, cycle": RECIPE,
}
LONGER = ("whole, + classes", "patches, cycle")
NUM_JUDGED, NUM_TAUGHT = 2000, 20_000  # test digits of MNIST; translations that teach
EPOCHS, OWN_EPOCHS, TAUGHT_BATCH, TERM_SEED = 3, 60, 100, 1000
KEPT = ("kept_forward", "kept_backward")
FAR = ("distance_forward", "distance_backward")
PEN = ("pen_forward", "pen_backward")
COLUMNS = (*KEPT, *FAR, *PEN, "reads", "reads_moved", "teaches")


@functools.cache
def sets():
    """MNIST and the embedded digits: training images and test images of each."""
    return [data.load(name, split) for name in ("mnist", "digits") for split in ("train", "test")]


def trainer(table, program):
    """Trains a program for some steps."""
    cycle = begun(program, 0)
    x, _, y, _ = sets()
    return lambda steps: cycle.fit(x.images, y.images, RECIPE["batch_size"], steps, verbose=0)


def begun(program, seed):
    """The translators of a program, not trained yet."""
    told = PROGRAMS[program]
    classifier = recogniser(TERM_SEED) if told["class_weight"] else None
    return recipes.unpaired_gan(seed, classifier, told)


@functools.cache
def recogniser(seed):
    """A small network that was taught on MNIST alone."""
    train = sets()[0]
    rows = np.random.default_rng(seed).permutation(len(train.labels))[: 2 * NUM_TAUGHT]
    return taught(train.images[rows], train.labels[rows], seed)


def taught(images, labels, seed, epochs=EPOCHS):
    """A small network that has seen these alone."""
    seen = models.conditional_discriminator("auxiliary", seed=seed)
    network = keras.Model(seen.input, seen.outputs[1])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(1e-3), loss)
    keras.utils.set_random_seed(seed)  # the order of the batches
    network.fit(images, labels, TAUGHT_BATCH, epochs, verbose=0)
    return network


def share(network, images, labels):
    """Of the images that a recogniser reads rightly."""
    said = network.predict(images, batch_size=500, verbose=0).argmax(axis=1)
    return round(float((said == labels).mean()), 4)


def judged(images, labels):
    """Which class became which, by the classifier in the box."""
    return unpaired.class_table(labels, features.digit_probabilities(images).argmax(axis=1))


def rivals(seed):
    """What needs no translator, and what the judge makes of real images."""
    _, _, digits, test = sets()
    reader, labels = recogniser(seed), test.labels
    own = taught(digits.images, digits.labels, seed, OWN_EPOCHS)
    return {
        "as they are": share(reader, test.images, labels),
        "moved and scaled": share(reader, unpaired.normalised(test.images), labels),
        "taught on the digits": share(own, test.images, labels),
    }


def judge():
    """What the classifier in the box gets right of real test images, and sees between the sets."""
    _, mnist, digits, test = sets()
    told = {}
    for name, real in {"mnist": mnist, "digits": test}.items():
        table = judged(real.images[:NUM_JUDGED], real.labels[:NUM_JUDGED])
        told[name] = round(unpaired.kept_share(table), 4)
    far = distance(mnist.images[:NUM_JUDGED], digits.images)
    floor = distance(mnist.images[:NUM_JUDGED], mnist.images[NUM_JUDGED : 2 * NUM_JUDGED])
    halves = distance(digits.images[::2], digits.images[1::2])
    told |= {"between": far, "floor_mnist": floor, "floor_digits": halves}
    return {**told, "pens": pen(mnist.images[:NUM_JUDGED], digits.images)}


def distance(images, real_images):
    """Fréchet distance of two sets, by the features of the classifier in the box."""
    seen = [features.digit_features(each) for each in (images, real_images)]
    return round(metrics.frechet_distance(*seen), 2)


def pen(images, real_images):
    """How unlike the pens of two sets are."""
    return round(unpaired.pen_distance(images, real_images), 4)


def run(settings):
    """One training, and what its translators do."""
    x, _, y, _ = sets()
    cycle = begun(settings["program"], settings["seed"])
    try:
        cycle.fit(x.images, y.images, RECIPE["batch_size"], settings["steps"], verbose=0)
    except FloatingPointError:
        return dict.fromkeys(COLUMNS)
    return measured(cycle, settings["seed"])


def measured(cycle, seed):
    """Tables of classes, what the translations are good for, and what returns."""
    train, mnist, seen, digits = sets()
    ways, told = {"forward": (mnist, "backward"), "backward": (digits, "forward")}, {}
    for way, (test, reverse) in ways.items():
        images, labels = test.images[:NUM_JUDGED], test.labels[:NUM_JUDGED]
        made = cycle.translate(images, way)
        table = judged(made, labels)
        told[f"kept_{way}"] = round(unpaired.kept_share(table), 4)
        told[f"renamed_{way}"] = round(unpaired.best_permutation(table)[1], 4)
        told[f"table_{way}"] = table.tolist()
        back = functools.partial(cycle.translate, direction=reverse)
        kinds = unpaired.DISTURBANCES if way == "forward" else unpaired.DISTURBANCES[:-1]
        errors = unpaired.round_trip_errors(images, made, back, kinds)
        told[f"returned_{way}"] = {kind: round(error, 4) for kind, error in errors.items()}
    far = cycle.translate(mnist.images[:NUM_JUDGED]), cycle.translate(seen.images, "backward")
    told["distance_forward"] = distance(far[0], seen.images)
    told["distance_backward"] = distance(far[1], mnist.images[:NUM_JUDGED])
    told["pen_forward"] = pen(far[0], seen.images)
    told["pen_backward"] = pen(far[1], mnist.images[:NUM_JUDGED])
    turned = cycle.translate(digits.images, "backward")
    told["reads"] = share(recogniser(seed), turned, digits.labels)
    told["reads_moved"] = share(recogniser(seed), unpaired.normalised(turned), digits.labels)
    rows = np.random.default_rng(seed).permutation(len(train.labels))[:NUM_TAUGHT]
    pupil = taught(cycle.translate(train.images[rows]), train.labels[rows], seed)
    return {**told, "teaches": share(pupil, digits.images, digits.labels)}


def rows(options):
    """The rivals, and then the runs, as they end."""
    told = stored.begun(NAME, "MNIST and the embedded digits translated without pairs")
    told = {"seconds": SECONDS, "judge": {}, "rivals": [], "clock": [], **told}
    told["judge"] = told["judge"] or judge()
    for one in stored.missing([{"seed": seed} for seed in options.seeds], told["rivals"]):
        told["rivals"].append({**one, **rivals(one["seed"])})
    if options.store:
        stored.write(NAME, told)
    yield from told["rivals"]
    for table in options.only:
        names = PROGRAMS if table == "programs" else LONGER
        names = [{"table": table, "program": p} for p in names if p in (options.programs or names)]
        left = stored.missing(names, told["clock"])
        told["clock"] += stored.clocked(left, trainer, SECONDS[table], num_rounds=6)
        wanted = stored.seed_by_seed(told["clock"], names, options.seeds)
        yield from stored.made(NAME, told, wanted, run, options)


def printed(rows):
    """Each run as it ends, then a table of the medians."""
    kept = []
    for row in rows:
        shown = {name: value for name, value in row.items() if not name.startswith("table_")}
        print(", ".join(f"{name} {value}" for name, value in shown.items()), flush=True)
        kept += [row] if "program" in row else []
    columns = {name: lambda row, name=name: row[name] for name in COLUMNS}
    for kind in ("none", "stored"):
        columns[f"returned, {kind}"] = functools.partial(returned, kind)
    arguments.table(kept, ["table", "program"], columns)


def returned(kind, row):
    """How far from the source a run ended after this disturbance; None if it failed."""
    return row.get("returned_forward", {}).get(kind)


def main():
    parser = arguments.of_programs(
        __doc__, SECONDS, ["programs"], seeds=range(5), programs=PROGRAMS
    )
    options = parser.parse_args()
    arguments.answer(options, rows(options), printed)


if __name__ == "__main__":
    main()
