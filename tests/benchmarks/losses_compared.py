"""Six adversarial losses, each with and without a penalty, on digits: equal time, equal trials.

    uv run python -m tests.benchmarks.losses_compared --store     # what lesson 09 shows
    uv run python -m tests.benchmarks.losses_compared --seeds 7 --only hinge --json

Network, batch, optimizer and average are those of `recipes.DIGITS`; loss, penalty and learning
rate change. Each of the 18 programs gets the steps that half a minute holds on two idle cores,
measured once, alone. Each tries the same three rates with one seed; the best of them is run with
the seeds that count. A run has failed if a number overflows or a digit is missing at the end.

`--store` adds each run that ends to `ganedu/recordings/losses_compared.json` and skips what is
there, so it may be cut off and gone on with. The whole of it takes more than an hour.
"""

import itertools
import statistics
import time
import warnings

from ganedu import startup

startup.start_tensorflow()

import numpy as np  # noqa: E402

from ganedu import (  # noqa: E402
    data,
    evaluation,
    features,
    losses,
    metrics,
    models,
    penalties,
    recipes,
    training,
)
from tests.benchmarks import arguments, stored  # noqa: E402

NAME = "losses_compared"
SECONDS = 30  # of training, on the clock of an idle machine
RATES = (1e-3, 2e-3, 4e-3)  # about the recipe's
TRIAL_SEED = 100  # none of those that count
NUM_IMAGES, SAMPLE_SEED = 5000, 1
R1, R2 = penalties.r1(0.3), penalties.r2(0.3)  # as in the recipe, in each update
PRICES = {"none": [], "R1": [R1], "R1 + R2": [R1, R2], "between": [penalties.wasserstein(10.0)]}
PROGRAMS = [
    (loss, penalty)
    for loss in losses.NAMES
    for penalty in ("none", "R1", "between" if loss == "wasserstein" else "R1 + R2")
]


def digit_gan(loss, penalty, rate, seed):
    """The recipe's GAN with another loss, penalty and learning rate."""
    told = {**recipes.DIGITS, "learning_rate": rate}
    gan = training.GAN(
        models.digit_generator(told["latent_dim"], widths=told["widths"], seed=seed),
        models.digit_discriminator(widths=told["widths"], seed=seed),
        told["latent_dim"],
        seed,
    )
    optimizers = recipes.optimizer(told), recipes.optimizer(told)
    with warnings.catch_warnings():  # the bare Wasserstein loss is here to be seen
        warnings.simplefilter("ignore", data.SuspiciousInput)
        gan.compile(*optimizers, loss, PRICES[penalty], ema_half_life=told["ema_half_life"])
    return gan


def milliseconds(loss, penalty, num_steps=150):
    """Of a step, on all cores, without the first ones."""
    gan, images = digit_gan(loss, penalty, RATES[0], seed=0), data.load("mnist").images
    took = []
    for _ in range(3):
        began = time.monotonic()
        gan.fit(images, recipes.DIGITS["batch_size"], steps_per_epoch=num_steps // 3, verbose=0)
        took.append(time.monotonic() - began)
    return 1000 * min(took[1:]) / (num_steps // 3)


def run(settings):
    """One training, and what its samples get."""
    gan = digit_gan(*(settings[key] for key in ("loss", "penalty", "rate", "seed")))
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


def best_rates(rows):
    """The rate of each program whose trial came nearest; None while a trial is missing."""
    rates = {}
    for program in PROGRAMS:
        trials = [
            row
            for row in rows
            if (row["loss"], row["penalty"], row["seed"]) == (*program, TRIAL_SEED)
        ]
        if len(trials) == len(RATES):
            nearest = min(trials, key=lambda row: row["frechet_distance"] or np.inf)
            rates[program] = nearest["rate"]
    return rates


def settings(clock, rates, seeds):
    """What is to be run of the programs that are on the clock."""
    for row in clock:
        program = row["loss"], row["penalty"]
        for rate, seed in itertools.product(rates(program), seeds):
            named = dict(zip(("loss", "penalty"), program, strict=True))
            yield {**named, "rate": rate, "seed": seed, "steps": row["steps"]}


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
    names = [dict(zip(("loss", "penalty"), program, strict=True)) for program in chosen]
    for program in stored.missing(names, told["clock"]):
        took = milliseconds(**program)
        steps = {"milliseconds": round(took, 2), "steps": round(1000 * SECONDS / took)}
        told["clock"].append({**program, **steps})
    clock = [row for row in told["clock"] if (row["loss"], row["penalty"]) in chosen]
    yield {"what": "real training images (the floor)", **told["floor"]}
    for rates, seeds in (
        (lambda program: RATES, [TRIAL_SEED]),
        (lambda program: [best_rates(told["rows"])[program]], options.seeds),
    ):
        for row in made(list(settings(clock, rates, seeds)), told, options):
            yield {"failed": failed(row), **row}


def made(wanted, told, options):
    """Rows of these settings: those that are there, then the others as they end."""
    left = stored.missing(wanted, told["rows"])
    yield from (row for row in told["rows"] if any(one.items() <= row.items() for one in wanted))
    for row in stored.side_by_side(run, left, options.jobs):
        told["rows"].append(row)
        if options.store:
            stored.write(NAME, told)
        yield row


def printed(rows):
    """Each run as it ends, then a table of the medians."""
    kept = []
    for row in rows:
        print(", ".join(f"{name} {value}" for name, value in row.items()), flush=True)
        kept.append(row)
    counted = [row for row in kept if row.get("seed", TRIAL_SEED) != TRIAL_SEED]
    print("| loss | penalty | rate | Fréchet distance: median (range) | failed |")
    print("|---|---|--:|--:|--:|")
    for program in PROGRAMS:
        of = [row for row in counted if (row["loss"], row["penalty"]) == program]
        values = sorted(row["frechet_distance"] or np.inf for row in of)
        if of:
            told = f"{statistics.median(values):.1f} ({values[0]:.1f} to {values[-1]:.1f})"
            share = f"{sum(row['failed'] for row in of)} of {len(of)}"
            print(f"| {program[0]} | {program[1]} | {of[0]['rate']:g} | {told} | {share} |")


def main():
    parser = arguments.parser(__doc__, seeds=range(5))
    parser.add_argument("--only", nargs="+", choices=losses.NAMES, default=[*losses.NAMES])
    parser.add_argument("--jobs", type=int, default=2, help="runs side by side, a thread each")
    parser.add_argument("--store", action="store_true", help="add each run to the recording")
    options = parser.parse_args()
    arguments.answer(options, rows(options), printed)


if __name__ == "__main__":
    main()
