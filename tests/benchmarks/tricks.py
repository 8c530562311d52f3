"""Famous tricks of stable training, one taken away or added at a time; and a hundred modes.

    uv run python -m tests.benchmarks.tricks --store            # what lesson 10 shows
    uv run python -m tests.benchmarks.tricks --seeds 7 --only pairs --json

Two tables. In "tricks" the recipe of the digits loses a part or gets one more, and a plain GAN,
which is the recipe without all its parts, gets one alone. In "pairs" an image is two digits side
by side, so there are a hundred modes; inside of the networks they lie on one another, as channels,
so that a step costs the same. Each program gets the steps that the same seconds hold on
two idle cores, measured once, by turns. The averaged generator and the last one are both measured:
an average changes no training.

`--store` adds each run that ends to `ganedu/recordings/tricks.json` and skips what is there, so it
may be cut off and gone on with.
"""

import functools

from ganedu import startup

startup.start_tensorflow()

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from ganedu import (  # noqa: E402
    augmentations,
    data,
    evaluation,
    features,
    layers,
    metrics,
    models,
    optimizers,
    penalties,
    recipes,
    training,
)
from tests.benchmarks import arguments, stored  # noqa: E402

NAME = "tricks"
SECONDS = {"tricks": 30, "pairs": 45}  # of training, on the clock of an idle machine
DIGITS = {"tricks": 1, "pairs": 2}  # in an image
BESIDE = (2, -1)  # axes: from digits side by side to digits on one another
NUM_IMAGES, SAMPLE_SEED = 5000, 1
CONSTANT = 1e12  # steps after which a rate has halved: never
RECIPE = {
    **recipes.DIGITS,
    "loss": "non_saturating",
    "r2_gamma": 0.0,
    "discriminator_rate": 1,  # times the generator's
    "normalised": False,  # spectrally
    "packed": 1,
    "group": None,  # of the statistic of a batch
    "augment": None,
    "optimizer": "Adam",
}
PLAIN = {**RECIPE, "r1_gamma": 0.0, "beta_1": 0.5, "halving_steps": CONSTANT}
EACH = {"r1_every": 1}
PROGRAMS = {
    "tricks": {
        "recipe": RECIPE,
        "recipe, no R1": {**RECIPE, "r1_gamma": 0.0},
        "recipe, beta_1 0.5": {**RECIPE, "beta_1": 0.5},
        "recipe, constant rate": {**RECIPE, "halving_steps": CONSTANT},
        "recipe, spectral norm for R1": {**RECIPE, "r1_gamma": 0.0, "normalised": True},
        "recipe + spectral norm": {**RECIPE, "normalised": True},
        "recipe + two time scales": {**RECIPE, "discriminator_rate": 3},
        "recipe + packing": {**RECIPE, "packed": 2},
        "recipe + batch statistic": {**RECIPE, "group": 4},
        "recipe + shifts": {**RECIPE, "augment": "shift"},
        "plain": PLAIN,
        "plain + R1": {**PLAIN, "r1_gamma": RECIPE["r1_gamma"]},
        "plain + spectral norm": {**PLAIN, "normalised": True},
        "plain + two time scales": {**PLAIN, "discriminator_rate": 3},
        "plain + beta_1 0": {**PLAIN, "beta_1": 0.0},
        "plain + optimistic steps": {**PLAIN, "optimizer": "OptimisticAdam"},
    },
    "pairs": {
        "plain": PLAIN,
        "packed 2": {**PLAIN, "packed": 2},
        "packed 4": {**PLAIN, "packed": 4},
        "R1": {**PLAIN, **EACH, "r1_gamma": 0.3},
        "pairing, R1 + R2": {
            **PLAIN,
            **EACH,
            "r1_gamma": 0.3,
            "r2_gamma": 0.3,
            "loss": "relativistic_pairing",
        },
        "recipe": RECIPE,
    },
}


def gan_of(told, seed, digits=1, shape=None):
    """The digits' GAN, or one for images of so many digits, with the settings of a program.

    With a shape it is one for images of that shape as they are.
    """
    shape = shape or (28, 28, digits)
    generator = models.digit_generator(told["latent_dim"], shape, told["widths"], seed=seed)
    critic = discriminator(told, shape, seed)
    if digits > 1:
        images = keras.Input((28, 28 * digits, 1))
        critic = keras.Model(images, critic(moved(images, digits, *BESIDE)))
        made = moved(generator.output, digits, *reversed(BESIDE))
        generator = keras.Model(generator.input, made)
    gan = training.GAN(generator, critic, told["latent_dim"], seed)
    faster = {**told, "learning_rate": told["learning_rate"] * told["discriminator_rate"]}
    every = told["r1_every"]
    priced = [
        made(told[name], every=every)
        for name, made in (("r1_gamma", penalties.r1), ("r2_gamma", penalties.r2))
        if told[name]
    ]
    gan.compile(
        optimizer(told),
        optimizer(faster),
        told["loss"],
        priced,
        ema_half_life=told["ema_half_life"],
        augment=told["augment"] and getattr(augmentations, told["augment"]),
    )
    return gan


def moved(images, digits, source, target):
    """Images whose digits follow one another along another axis."""
    return keras.ops.concatenate(keras.ops.split(images, digits, axis=source), axis=target)


def optimizer(told):
    """The recipe's, or optimistic steps at the same rate and with the same memories."""
    made = recipes.optimizer(told)
    if told["optimizer"] == "OptimisticAdam":
        rate, betas = told["learning_rate"], (told["beta_1"], told["beta_2"])
        made = optimizers.OptimisticAdam(rate, *betas)
    return made


def discriminator(told, shape, seed):
    """The recipe's, with what a program asks for in front, inside and at the end."""
    *sides, channels = shape
    packed = told["packed"]
    network = models.digit_discriminator((*sides, channels * packed), told["widths"], seed=seed)
    if told["normalised"]:
        network = keras.models.clone_model(network, clone_function=normalised)
    if told["group"]:
        seen = layers.BatchStatistic(told["group"])(network.layers[-2].output)
        logits = keras.layers.Dense(1, kernel_initializer=keras.initializers.GlorotUniform(seed))
        network = keras.Model(network.input, logits(seen))
    if packed > 1:
        network = keras.Sequential([keras.Input(shape), layers.Pack(packed), network])
    return network


def normalised(layer):
    """A layer anew, spectrally normalised if it has a kernel."""
    fresh = layer.__class__.from_config(layer.get_config())
    return layers.SpectralNormalization(fresh) if hasattr(layer, "kernel") else fresh


def batches_of(table, seed, steps):
    """Batches of training images, or of pairs of them, drawn afresh in each step."""
    images, batch_size = data.load("mnist").images, recipes.DIGITS["batch_size"]
    if table == "tricks":
        return data.batches(images, batch_size, seed, num_steps=steps)
    both = data.batches(images, 2 * batch_size, seed, num_steps=steps)
    return both.map(lambda images: tf.concat(tf.split(images, 2), axis=2))


def real_images(table, num_images):
    """As many training images, or pairs of them."""
    images = data.load("mnist").images
    rows = np.random.default_rng(0).choice(len(images), (DIGITS[table], num_images))
    return np.concatenate(images[rows], axis=2)


@functools.cache
def expected(table):
    """What the digit network sees in real images: features of the test set, or modes of pairs."""
    if table == "tricks":
        return evaluation.reference("mnist").predictions.features
    return modes_of(real_images("pairs", 60_000))


def modes_of(pairs):
    """Which of the hundred modes each pair of digits is, for the digit network."""
    first, second = (
        features.digit_probabilities(digits).argmax(axis=1) for digits in np.split(pairs, 2, axis=2)
    )
    return 10 * first + second


def measured(table, images):
    """By the digit network in the box."""
    if table == "pairs":
        told = metrics.class_histogram(modes_of(images), expected(table), num_classes=100)
        return {"modes": int((told.shares > 0).sum()), "kl": round(told.kl, 4)}
    seen = features.predict(images)
    shares = np.bincount(seen.probabilities.argmax(axis=1), minlength=10) / len(images)
    return {
        "frechet_distance": round(metrics.frechet_distance(seen.features, expected(table)), 2),
        "confident": round(float((seen.probabilities.max(axis=1) > 0.9).mean()), 4),
        "classes": int((shares > 0.02).sum()),
    }


def trainer(table, program):
    """Trains a program of a table for some steps."""
    gan = gan_of(PROGRAMS[table][program], seed=0, digits=DIGITS[table])
    return lambda steps: gan.fit(batches_of(table, 0, steps), verbose=0)


def run(settings):
    """One training, and what its samples get, of the average and of the last weights."""
    table, seed = settings["table"], settings["seed"]
    gan = gan_of(PROGRAMS[table][settings["program"]], seed, DIGITS[table])
    try:
        gan.fit(batches_of(table, seed, settings["steps"]), verbose=0)
    except FloatingPointError:
        return {"averaged": None, "last": None}
    return {
        name: measured(table, gan.generate(NUM_IMAGES, SAMPLE_SEED, ema=name == "averaged"))
        for name in ("averaged", "last")
    }


def failed(row, which="averaged"):
    """Whether a run overflowed, or draws fewer than ten digits."""
    return row[which] is None or row[which].get("classes", 10) < 10


def rows(options):
    """The floors, and then the runs of each table, as they end."""
    told = stored.begun(NAME, "GANs of digits with one trick less or more; pairs of digits")
    told |= {"seconds": SECONDS, "floors": told.get("floors", {}), "clock": told.get("clock", [])}
    for table in options.only:
        if table not in told["floors"]:
            told["floors"][table] = measured(table, real_images(table, NUM_IMAGES))
        yield {"table": table, "what": "real images (the floor)", **told["floors"][table]}
        names = [{"table": table, "program": program} for program in PROGRAMS[table]]
        names = stored.missing(names, told["clock"])
        told["clock"] += stored.clocked(names, trainer, SECONDS[table])
        wanted = list(settings(told["clock"], table, options.seeds))
        yield from stored.made(NAME, told, wanted, run, options)


def settings(clock, table, seeds):
    """What is to be run of a table: all programs with the first seed, then with the next."""
    for seed in seeds:
        for row in clock:
            if row["table"] == table:
                named = {key: row[key] for key in ("table", "program", "steps")}
                yield {**named, "seed": seed}


def printed(rows):
    """Each run as it ends, then a table of the medians."""
    columns = {which: functools.partial(distance, which) for which in ("averaged", "last")}
    arguments.table(arguments.as_they_end(rows), ["table", "program"], columns, {"failed": share})


def distance(which, row):
    """The Fréchet distance, or the divergence where there are modes; None of a failed run."""
    key = "kl" if row["table"] == "pairs" else "frechet_distance"
    return row[which][key] if row[which] else None


def share(rows):
    return f"{sum(map(failed, rows))} of {len(rows)}"


def main():
    parser = arguments.of_runs(__doc__, SECONDS, seeds=range(3))
    options = parser.parse_args()
    arguments.answer(options, rows(options), printed)


if __name__ == "__main__":
    main()
