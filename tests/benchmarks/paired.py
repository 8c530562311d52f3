"""From image to image: distance to the target, an adversary, or both, at equal time.

    uv run python -m tests.benchmarks.paired --store                     # what lesson 13 shows
    uv run python -m tests.benchmarks.paired --only denoise --seeds 100 --json
    uv run python -m tests.benchmarks.paired --only sixteen_pixels --seeds 9 --programs "weight 10"
    uv run python -m tests.benchmarks.paired --only denoise --programs "L1, full rate at once"

The tasks of `playground.pairs`, one network, `models.translator`, without noise or with. L2 and L1
train it alone, with Keras' own `fit`; the others are `recipes.PAIRED` with another weight of the
distance L1 beside the adversary. Each program gets the steps that the same seconds hold on two idle
cores, measured once, alone; "L1, 8,000 steps" gets as many as the networks in the box took. Bicubic
interpolation and the source itself need no training.

Measured of the answers to 2,000 test digits: decibels, SSIM, whether the digit is kept, Fréchet
distance to the other test digits; and, with noise, how much of it is used. Seed 0 of a program also
stores its answers to the first eight.

`--store` adds each run that ends to `ganedu/recordings/paired.json` and skips what is there, so it
may be cut off and gone on with. The clock is taken first: let nothing run beside it. In the
recording the steps of the GANs are older than the clock; L1 and L2 got those of the same time.
"""

import functools

from ganedu import startup

startup.start_tensorflow()

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from ganedu import (  # noqa: E402
    data,
    evaluation,
    features,
    metrics,
    models,
    recipes,
    shipped,
    writing,
)
from ganedu.playground import pairs  # noqa: E402
from tests.benchmarks import arguments, stored  # noqa: E402

NAME = "paired"
# of training, on the clock of an idle machine; where a source leaves most open, there is most to do
SECONDS = {"sixteen_pixels": 65, "super_resolution": 20, "sketch_to_digit": 20, "denoise": 20}
NUM_MEASURED, NUM_DRAWS, NUM_SHOWN, SAMPLE_SEED = 2000, 8, 8, 1
TRAIN_NOISE, TEST_NOISE = 0, 1  # seeds of what `denoise` adds
RECIPE = recipes.PAIRED
NOISE = {**RECIPE, "latent_dim": 16}
WEIGHTS = (10, 30, 1, 3, 0, 100)
LONG = "L1, 8,000 steps"  # as many as the networks in the box took, which have an adversary
LONG_STEPS = 8000
HASTY = "L1, full rate at once"  # where named
ALONE = {"L2": "mse", "L1": "mae", LONG: "mae", HASTY: "mae"}  # without an adversary
WARM_UP = 200  # their updates in which the rate grows; without, 5 of 32 starts of L1 went black
WITH = {f"weight {weight}": {**RECIPE, "l1_weight": float(weight)} for weight in WEIGHTS}
WITH_NOISE = {f"weight {w}, noise": {**NOISE, "l1_weight": float(w)} for w in (10, 1)}
PATCHES = {"weight 10, patches": {**RECIPE, "patches": True}}  # where named
PROGRAMS = {**WITH, **WITH_NOISE, **PATCHES}
TABLE = {  # which programs a task has, the most important first
    "sixteen_pixels": ("L1", *WITH, *WITH_NOISE, "L2"),
    "super_resolution": ("L1", "weight 10", LONG),
    "sketch_to_digit": ("L1", "weight 10", LONG),
    "denoise": ("L1", "weight 10", LONG),
}
COLUMNS = ("psnr", "ssim", "kept", "frechet_distance", "used_noise")


@functools.cache
def pairs_of(task):
    """Sources and images of all training digits."""
    images = data.load("mnist").images
    return pairs.TASKS[task](images, TRAIN_NOISE), images


@functools.cache
def measured_on(task):
    """Sources, targets and labels of 2,000 test digits, and the features of the others."""
    test = data.load("mnist", "test")
    order = np.random.default_rng(0).permutation(len(test.images))
    rows, rest = np.split(order, [NUM_MEASURED])
    sources = pairs.TASKS[task](test.images[rows], TEST_NOISE)
    others = features.predict(test.images[rest]).features
    return sources, test.images[rows], test.labels[rows], others


def trained(task, program, seed, steps):
    """A function from (sources, seed) to the answers of a network after so many steps."""
    sources, images = pairs_of(task)
    if program in ALONE:
        warm_up = 0 if program == HASTY else WARM_UP
        network = fitted(sources, images, ALONE[program], seed, steps, warm_up)
        return answered_by(network)
    told = PROGRAMS[program]
    gan = recipes.paired_gan(seed, sources.shape[1:], told)
    gan.fit(images, told["batch_size"], steps_per_epoch=steps, conditions=sources, verbose=0)
    return lambda given, seed: gan.generate(len(given), seed, conditions=given)


def answered_by(network):
    """A network's answers, without noise."""
    return lambda given, seed: network.predict(given, batch_size=500, verbose=0)


def fitted(sources, images, loss, seed, steps, warm_up):
    """The translator without an adversary; its rate falls to nothing, so it needs no average."""
    network = models.translator(sources.shape[1:], widths=RECIPE["widths"], seed=seed)
    grown = {"warmup_target": RECIPE["learning_rate"], "warmup_steps": warm_up}
    schedule = keras.optimizers.schedules.CosineDecay(0.0, steps - warm_up, **grown)
    network.compile(keras.optimizers.Adam(schedule), loss)
    network.fit(batches(sources, images, seed), steps_per_epoch=steps, shuffle=False, verbose=0)
    return network


def batches(sources, images, seed):
    """Pairs as Keras' own `fit` takes them."""
    made = data.batches(sources, RECIPE["batch_size"], seed, conditions=images)
    return made.map(lambda pair: pair)


def trainer(task, program):
    """Trains a program of a task for some steps."""
    sources, images = pairs_of(task)
    if program in ALONE:
        network = models.translator(sources.shape[1:], widths=RECIPE["widths"], seed=0)
        network.compile(keras.optimizers.Adam(RECIPE["learning_rate"]), ALONE[program])
        endless = batches(sources, images, 0)
        options = {"shuffle": False, "verbose": 0}
        return lambda steps: network.fit(endless, steps_per_epoch=steps, **options)
    told = PROGRAMS[program]
    gan = recipes.paired_gan(0, sources.shape[1:], told)
    size, options = told["batch_size"], {"conditions": sources, "verbose": 0}
    return lambda steps: gan.fit(images, size, steps_per_epoch=steps, **options)


def rival(task):
    """What needs no training: the source enlarged, or as it is."""
    sources, targets, labels, others = measured_on(task)
    answers = enlarged(sources)
    return rounded(evaluation.evaluate_pairs(answers, targets, labels, others))


def floor():
    """What the 2,000 targets themselves get, where that is a number."""
    _, targets, labels, others = measured_on("super_resolution")
    told = evaluation.evaluate_pairs(targets, targets, labels, others)
    return rounded({name: told[name] for name in ("kept", "frechet_distance")})


def enlarged(sources):
    """By bicubic interpolation, clipped to the range of images."""
    if sources.shape[1] == pairs.SIDE:
        return sources
    large = tf.image.resize(sources, (pairs.SIDE, pairs.SIDE), "bicubic").numpy()
    return np.clip(large, -1, 1)


def run(settings):
    """One training, and what its answers get."""
    task, program, seed = (settings[name] for name in ("task", "program", "seed"))
    try:
        answer = trained(task, program, seed, settings["steps"])
    except FloatingPointError:
        return dict.fromkeys(COLUMNS)
    sources, targets, labels, others = measured_on(task)
    answers = answer(sources, SAMPLE_SEED)
    told = rounded(evaluation.evaluate_pairs(answers, targets, labels, others))
    told["used_noise"], shown = 0.0, answers[:NUM_SHOWN]
    if "noise" in program:
        draws = np.stack([answer(sources, SAMPLE_SEED + i) for i in range(NUM_DRAWS)])
        told["used_noise"] = round(metrics.used_noise(draws, targets), 4)
        shown = draws[:, :NUM_SHOWN]
    return told if seed else {**told, "pictures": as_levels(shown).tolist()}


def as_levels(images):
    """Pixels as a recording stores them, 0 to 7."""
    return np.uint8(np.rint((np.clip(images, -1, 1) + 1) / 2 * shipped.LEVELS))


def rounded(told):
    return {name: round(value, 4) for name, value in told.items()}


def rows(options):
    """The rivals, and then the runs as they end."""
    told = stored.begun(NAME, "translators of digits, with and without an adversary")
    told |= {"floor": told.get("floor") or floor(), "seconds": SECONDS}
    told |= {"rivals": told.get("rivals", []), "clock": told.get("clock", [])}
    for one in stored.missing([{"task": task} for task in options.only], told["rivals"]):
        told["rivals"].append({**one, "program": "source alone", **rival(one["task"])})
    yield from (one for one in told["rivals"] if one["task"] in options.only)
    names = [
        {"task": task, "program": name}
        for task in options.only
        for name in options.programs or TABLE[task]
    ]
    for task in options.only:
        left = stored.missing([one for one in names if one["task"] == task], told["clock"])
        told["clock"] += [{**one, "steps": LONG_STEPS} for one in left if one["program"] == LONG]
        left = stored.missing(left, told["clock"])
        told["clock"] += stored.clocked(left, trainer, SECONDS[task])
        if options.store:
            stored.write(NAME, told)
    wanted = stored.seed_by_seed(told["clock"], names, options.seeds)
    for row in stored.made(NAME, told, wanted, run, options):
        if options.store:
            store_pictures(told)
        yield {name: value for name, value in row.items() if name != "pictures"}


def store_pictures(told):
    """Move the pictures of the rows to a file of their own, as `shipped.pictures` reads them."""
    path = shipped.RECORDINGS / f"{NAME}.npz"
    kept = {}
    if path.exists():
        with np.load(path, allow_pickle=False) as there:
            kept = {key: there[key] for key in there.files}
    for row in told["rows"]:
        if "pictures" in row:
            kept[f"{row['task']}, {row['program']}"] = np.uint8(row.pop("pictures"))
    with writing.whole(path) as place:
        np.savez_compressed(place, **kept)
    stored.write(NAME, told)


def printed(rows):
    """Each run as it ends, then a table of the medians."""
    columns = {name: lambda row, name=name: row.get(name) for name in COLUMNS}
    arguments.table(arguments.as_they_end(rows), ["task", "program"], columns)


def main():
    programs = {**ALONE, **PROGRAMS}
    parser = arguments.of_programs(__doc__, TABLE, seeds=range(3), programs=programs)
    options = parser.parse_args()
    arguments.answer(options, rows(options), printed)


if __name__ == "__main__":
    main()
