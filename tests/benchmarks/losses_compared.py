"""Six adversarial losses, with and without a penalty, and two optimizers: equal time and trials.

    uv run python -m tests.benchmarks.losses_compared --store     # what lesson 09 shows
    uv run python -m tests.benchmarks.losses_compared --seeds 7 --only hinge --json

Network, batch and average are those of `recipes.DIGITS`; loss, penalty, optimizer and learning
rate change. Least squares is there twice, with its targets 0 and 1 and with −3 and 3. Each of the
22 programs gets the steps that half a minute holds on two idle cores. What a step takes is measured
once for each penalty and optimizer, alone: the arithmetic of a loss on 32 logits is far below what
one measurement differs from the next. Each program tries the same three rates with one seed; the
best of them is run with the seeds that count. A run has failed if a number overflows or a digit is
missing at the end.

`--store` adds each run that ends to `ganedu/recordings/losses_compared.json` and skips what is
there, so it may be cut off and gone on with. The whole of it takes more than an hour.
"""

import itertools
import operator
import warnings

from ganedu import startup

startup.start_tensorflow()

import keras  # noqa: E402
import numpy as np  # noqa: E402

from ganedu import (  # noqa: E402
    data,
    evaluation,
    features,
    losses,
    metrics,
    models,
    optimizers,
    penalties,
    recipes,
    training,
)
from tests.benchmarks import arguments, stored  # noqa: E402

NAME = "losses_compared"
SECONDS = 30  # of training, on the clock of an idle machine
RATES = (7e-4, 2e-3, 6e-3)  # a third, once and three times the recipe's
TRIAL_SEED = 100  # none of those that count
NUM_IMAGES, SAMPLE_SEED = 5000, 1
R1, R2 = penalties.r1(0.3), penalties.r2(0.3)  # as in the recipe, in each update
PRICES = {"none": [], "R1": [R1], "R1 + R2": [R1, R2], "between": [penalties.wasserstein(10.0)]}
WIDE = losses.AdversarialLoss(
    lambda real, fake: 0.5 * (real - 3) ** 2 + 0.5 * (fake + 3) ** 2,
    lambda real, fake: 0.5 * (fake - 3) ** 2,
)
LOSSES = {**{name: losses.get(name) for name in losses.NAMES}, "wide_least_squares": WIDE}
OPTIMIZERS = {  # and their β₁
    "Adam": (optimizers.FusedAdam, 0.0),
    "Adam with momentum": (optimizers.FusedAdam, 0.5),
    "optimistic Adam": (optimizers.OptimisticAdam, 0.0),
}
KEYS = "loss", "penalty", "optimizer"
PROGRAMS = [
    (loss, penalty, "Adam")
    for loss in losses.NAMES
    for penalty in ("none", "R1", "between" if loss == "wasserstein" else "R1 + R2")
]
PROGRAMS += [("non_saturating", "R1", optimizer) for optimizer in [*OPTIMIZERS][1:]]
PROGRAMS += [("wide_least_squares", penalty, "Adam") for penalty in ("none", "R1")]
CLOCKED = [*dict.fromkeys(program[1:] for program in PROGRAMS)]  # what decides a step's time


def digit_gan(loss, penalty, optimizer, rate, seed):
    """The recipe's GAN with another loss, penalty, optimizer and learning rate."""
    told = recipes.DIGITS
    gan = training.GAN(
        models.digit_generator(told["latent_dim"], widths=told["widths"], seed=seed),
        models.digit_discriminator(widths=told["widths"], seed=seed),
        told["latent_dim"],
        seed,
    )
    falling = keras.optimizers.schedules.InverseTimeDecay(rate, told["halving_steps"], 1.0)
    kind, beta_1 = OPTIMIZERS[optimizer]
    both = [kind(falling, beta_1=beta_1, beta_2=told["beta_2"]) for _ in range(2)]
    with warnings.catch_warnings():  # the bare Wasserstein loss is here to be seen
        warnings.simplefilter("ignore", data.SuspiciousInput)
        gan.compile(*both, LOSSES[loss], PRICES[penalty], ema_half_life=told["ema_half_life"])
    return gan


def trainer(penalty, optimizer):
    """Trains the first program of this kind for some steps."""
    loss = next(program[0] for program in PROGRAMS if program[1:] == (penalty, optimizer))
    gan = digit_gan(loss, penalty, optimizer, RATES[0], seed=0)
    images, size = data.load("mnist").images, recipes.DIGITS["batch_size"]
    return lambda steps: gan.fit(images, size, steps_per_epoch=steps, verbose=0)


def run(settings):
    """One training, and what its samples get."""
    gan = digit_gan(*(settings[key] for key in (*KEYS, "rate", "seed")))
    images, batch_size = data.load("mnist").images, recipes.DIGITS["batch_size"]
    try:
        gan.fit(images, batch_size, steps_per_epoch=settings["steps"], verbose=0)
    except FloatingPointError:
        return {"frechet_distance": None, "confident": None, "classes": 0}
    return measured(gan.generate(NUM_IMAGES, SAMPLE_SEED))


def measured(images):
    """Against the test images, by the digit network in the box."""
    seen, real = features.predict(images), evaluation.reference("mnist").predictions
    shares = np.bincount(seen.probabilities.argmax(axis=1), minlength=10) / len(images)
    return {
        "frechet_distance": round(metrics.frechet_distance(seen.features, real.features), 2),
        "confident": round(float((seen.probabilities.max(axis=1) > 0.9).mean()), 4),
        "classes": int((shares > 0.02).sum()),
    }


def failed(row):
    """Whether a run overflowed, or draws fewer than ten digits."""
    return row["classes"] < 10


def of(row):
    """The program of a row."""
    return tuple(row[key] for key in KEYS)


def best_rates(rows):
    """The rate of each program whose trial came nearest; None while a trial is missing."""
    rates = {}
    for program in PROGRAMS:
        trials = [row for row in rows if (of(row), row["seed"]) == (program, TRIAL_SEED)]
        if len(trials) == len(RATES):
            nearest = min(trials, key=lambda row: row["frechet_distance"] or np.inf)
            rates[program] = nearest["rate"]
    return rates


def settings(programs, clock, rates, seeds):
    """What is to be run."""
    steps = {(row["penalty"], row["optimizer"]): row["steps"] for row in clock}
    for program in programs:
        for rate, seed in itertools.product(rates(program), seeds):
            named = dict(zip(KEYS, program, strict=True))
            yield {**named, "rate": rate, "seed": seed, "steps": steps[program[1:]]}


def rows(options):
    """The floor, the trials, and then the seeds, as they end."""
    told = stored.begun(
        NAME, "GANs of digits with six losses and their penalties, half a minute each"
    )
    chosen = [program for program in PROGRAMS if program[0] in options.only]
    if "floor" not in told:
        train = data.load("mnist").images
        some = np.random.default_rng(0).choice(len(train), NUM_IMAGES, replace=False)
        told |= {"seconds": SECONDS, "floor": measured(train[some]), "clock": []}
    clocked = [dict(zip(KEYS[1:], kind, strict=True)) for kind in CLOCKED]
    told["clock"] += stored.clocked(stored.missing(clocked, told["clock"]), trainer, SECONDS)
    yield {"what": "real training images (the floor)", **told["floor"]}
    for rates, seeds in (
        (lambda program: RATES, [TRIAL_SEED]),
        (lambda program: [best_rates(told["rows"])[program]], options.seeds),
    ):
        wanted = list(settings(chosen, told["clock"], rates, seeds))
        for row in stored.made(NAME, told, wanted, run, options):
            yield {"failed": failed(row), **row}


def printed(rows):
    """Each run as it ends, then a table of the medians, without the trials of the rate."""
    kept = arguments.as_they_end(rows)
    counted = [row for row in kept if row.get("seed", TRIAL_SEED) != TRIAL_SEED]
    columns = {"Fréchet distance": operator.itemgetter("frechet_distance")}
    by = ["loss", "penalty", "optimizer", "rate"]
    arguments.table(counted, by, columns, {"failed": share})


def share(rows):
    return f"{sum(row['failed'] for row in rows)} of {len(rows)}"


def main():
    parser = arguments.of_runs(__doc__, LOSSES, seeds=range(5))
    options = parser.parse_args()
    arguments.answer(options, rows(options), printed)


if __name__ == "__main__":
    main()
