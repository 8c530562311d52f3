"""How a discriminator is told the class: three heads at equal time, and defects planted by hand.

    uv run python -m tests.benchmarks.conditional --only heads --store     # what lesson 12 shows
    uv run python -m tests.benchmarks.conditional --only variants --seeds 100 --json

In "heads" the recipe of the digits with labels, `recipes.CONDITIONAL`, has its head exchanged; the
auxiliary classifier is there with three weights. In "variants" the recipe as it is has one setting
changed, and trains three minutes: what would narrow the gap to real digits? Each program gets the
steps that the same seconds hold on two cores, measured once; let nothing run beside it. (In the
stored "heads" something did: their minute is about half of one on idle cores.) The planted defects
are real digits with permuted labels, and one real digit of each class, repeated; they and the floor
are measured without training, in the place of samples.

Measured of 10,000 samples, 1,000 of each class: agreement, mean Fréchet distance and coverage
within the classes, Fréchet distance of all of them; and the accuracy on MNIST's test set of a small
classifier that was trained on 20,000 samples alone.

`--store` adds each run that ends to `ganedu/recordings/conditional.json` and skips what is there,
so it may be cut off and gone on with.
"""

import functools
import operator

from ganedu import startup

startup.start_tensorflow()

import keras  # noqa: E402
import numpy as np  # noqa: E402

from ganedu import data, evaluation, features, metrics, models, recipes  # noqa: E402
from tests.benchmarks import arguments, stored  # noqa: E402

NAME = "conditional"
SECONDS = {"heads": 60, "variants": 180}  # of training, on the clock of an idle machine
NUM_MEASURED, NUM_TAUGHT, SAMPLE_SEED = 10_000, 20_000, 1
EPOCHS, TAUGHT_BATCH = 5, 100  # of the classifier
CLASSES = np.arange(10)
RECIPE = recipes.CONDITIONAL
AUXILIARY = {**RECIPE, "head": "auxiliary"}
PROGRAMS = {
    "heads": {
        "concatenation": {**RECIPE, "head": "concatenation"},
        "auxiliary, weight ¼": {**AUXILIARY, "class_weight": 0.25},
        "auxiliary, weight 1": {**AUXILIARY, "class_weight": 1.0},
        "auxiliary, weight 4": {**AUXILIARY, "class_weight": 4.0},
        "projection": RECIPE,
    },
    "variants": {
        "recipe": RECIPE,
        "batch 32": {**RECIPE, "batch_size": 32},
        "rate halves at 500": {**RECIPE, "halving_steps": 500},
        "rate halves at 2,000": {**RECIPE, "halving_steps": 2000},
        "rate halves at 8,000": {**RECIPE, "halving_steps": 8000},
        "both as for DIGITS": {**RECIPE, "batch_size": 32, "halving_steps": 8000},
        "R1 in each update": {**RECIPE, "r1_every": 1},
        "weaker R1": {**RECIPE, "r1_gamma": RECIPE["r1_gamma"] / 3},
        "stronger R1": {**RECIPE, "r1_gamma": RECIPE["r1_gamma"] * 3},
        "hinge": {**RECIPE, "loss": "hinge"},
        "concatenation": {**RECIPE, "head": "concatenation"},
    },
}
DEFECTS = ("real digits (the floor)", "permuted labels", "one image repeated")
COUNTED = ("agreement", "within_class_frechet", "within_class_coverage", "frechet_distance")
COLUMNS = (*COUNTED, "accuracy")


def trained(told, seed, steps):
    """A GAN after so many steps on MNIST and its labels."""
    gan = recipes.conditional_gan(seed, settings=told)
    digits, size = data.load("mnist"), told["batch_size"]
    gan.fit(digits.images, size, steps_per_epoch=steps, conditions=digits.labels, verbose=0)
    return gan


def trainer(table, program):
    """Trains a program of a table for some steps."""
    told, digits = PROGRAMS[table][program], data.load("mnist")
    gan = recipes.conditional_gan(0, settings=told)
    size, options = told["batch_size"], {"conditions": digits.labels, "verbose": 0}
    return lambda steps: gan.fit(digits.images, size, steps_per_epoch=steps, **options)


@functools.cache
def reference():
    """MNIST, as samples are held against it."""
    return evaluation.reference("mnist")


def measured(images, labels):
    """What is measured of samples, 20,000 of them, and of the labels that were asked for."""
    real, some = reference(), slice(NUM_MEASURED)
    told = evaluation.evaluate_classes(images[some], labels[some], real)["values"]
    seen = features.digit_features(images[some])
    distance = metrics.frechet_distance(seen, real.predictions.features)
    told |= {"frechet_distance": distance, "accuracy": accuracy(images, labels)}
    by_class = {"agreement_by_class": [round(one, 3) for one in told["agreement_by_class"]]}
    return {**{name: round(told[name], 4) for name in COLUMNS}, **by_class}


def accuracy(images, labels):
    """On the test set, of a small classifier that saw these alone."""
    seen = models.conditional_discriminator("auxiliary", seed=0)
    classifier = keras.Model(seen.input, seen.outputs[1])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    classifier.compile(keras.optimizers.Adam(1e-3), loss)
    order = np.random.default_rng(0).permutation(len(images))
    keras.utils.set_random_seed(0)  # the order of the batches
    classifier.fit(images[order], labels[order], TAUGHT_BATCH, EPOCHS, verbose=0)
    said = classifier.predict(reference().test, batch_size=500, verbose=0).argmax(axis=1)
    return float((said == reference().test_labels).mean())


def run(settings):
    """One training, and what its samples get."""
    told = PROGRAMS[settings["table"]][settings["program"]]
    labels = np.resize(CLASSES, NUM_TAUGHT)
    try:
        gan = trained(told, settings["seed"], settings["steps"])
    except FloatingPointError:
        return dict.fromkeys(COLUMNS)
    return measured(gan.generate(NUM_TAUGHT, SAMPLE_SEED, conditions=labels), labels)


def defect(name):
    """Real training digits in the place of samples, as they are or spoilt."""
    real = reference()
    order = np.random.default_rng(0).permutation(len(real.train))
    labels = real.train_labels[order]
    rows = np.stack([order[labels == one][: NUM_TAUGHT // 10] for one in CLASSES], axis=1)
    if name == "one image repeated":
        rows = np.broadcast_to(rows[:1], rows.shape)
    asked = np.resize(CLASSES, NUM_TAUGHT)
    if name == "permuted labels":
        asked = (asked + 1) % 10
    return measured(real.train[rows.ravel()], asked)


def failed(row):
    """Whether a run overflowed, or does not draw every class that it is asked for."""
    return row["agreement"] is None or min(row["agreement_by_class"]) < 0.2


def rows(options):
    """The floor and the defects, and then the runs of each table, as they end."""
    told = stored.begun(NAME, "GANs of digits that are told the class in three ways, and defects")
    told |= {"seconds": SECONDS, "defects": told.get("defects", []), "clock": told.get("clock", [])}
    for one in stored.missing([{"program": name} for name in DEFECTS], told["defects"]):
        told["defects"].append({**one, **defect(one["program"])})
    yield from told["defects"]
    for table in options.only:
        names = [{"table": table, "program": program} for program in PROGRAMS[table]]
        names = [one for one in names if one["program"] in (options.programs or PROGRAMS[table])]
        left = stored.missing(names, told["clock"])
        told["clock"] += stored.clocked(left, trainer, SECONDS[table])
        wanted = stored.seed_by_seed(told["clock"], names, options.seeds)
        yield from stored.made(NAME, told, wanted, run, options)


def printed(rows):
    """Each run as it ends, then a table of the medians."""
    columns = {name: operator.itemgetter(name) for name in COLUMNS}
    arguments.table(arguments.as_they_end(rows), ["table", "program"], columns, {"failed": share})


def share(rows):
    return f"{sum(map(failed, rows))} of {len(rows)}"


def main():
    programs = {**PROGRAMS["heads"], **PROGRAMS["variants"]}
    parser = arguments.of_programs(__doc__, PROGRAMS, ["heads"], seeds=range(5), programs=programs)
    options = parser.parse_args()
    arguments.answer(options, rows(options), printed)


if __name__ == "__main__":
    main()
