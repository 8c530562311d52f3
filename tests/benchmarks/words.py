"""Words written by networks of three trainings, in the plane of quality and variety.

    uv run python -m tests.benchmarks.words --store            # what lesson 17 shows
    uv run python -m tests.benchmarks.words --only words --seeds 7 --json

One small recurrent network, trained by likelihood, or as a GAN's generator whose choice of letters
gets its gradient by Gumbel-softmax or by REINFORCE, from nothing or after a third of the time of
likelihood. Each has the same seconds, in steps that were measured once on two idle cores; let
nothing run beside that. In "rates" each program tries three learning rates with a seed of its own;
"words" takes the one with the lowest sum of both costs, and other seeds.

Costs are in nats a word: "oracle" is what the writer's words cost the exact chain (quality), "test"
what new words of the chain cost the writer (variety). "curve" has both at several temperatures:
[temperature, test, oracle]. `--store` adds each run that ends to `ganedu/recordings/words.json`
and skips what is there, so it may be cut off and gone on with.
"""

import functools
import operator

from ganedu import startup

startup.start_tensorflow()

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from ganedu.playground import words  # noqa: E402
from tests.benchmarks import arguments, stored  # noqa: E402

NAME = "words"
SECONDS = 40  # of training, on the clock of an idle machine
NUM_TRAINED, NUM_MEASURED, PART = 20_000, 4000, 1000
BATCH_SIZE, SAMPLE_SEED = 64, 3
TEMPERATURES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2)
FIRST = 1 / 3  # share of the time that likelihood has before a GAN goes on
PROGRAMS = {  # method, and the share of likelihood before it
    "likelihood": ("likelihood", 0.0),
    "Gumbel-softmax": ("gumbel", 0.0),
    "REINFORCE": ("reinforce", 0.0),
    "likelihood, then Gumbel-softmax": ("gumbel", FIRST),
    "likelihood, then REINFORCE": ("reinforce", FIRST),
}
RATES, RATES_SEED = (3e-4, 1e-3, 3e-3), 100
FIRST_RATE = 3e-3  # of likelihood before a GAN
PARTS = ("rates", "words")
COSTS = ("oracle", "test")


@functools.cache
def chain():
    """The oracle."""
    return words.oracle()


@functools.cache
def drawn(split):
    """Words of the oracle."""
    number, seed = {"train": (NUM_TRAINED, 0), "test": (NUM_MEASURED, 1)}[split]
    return words.draw(chain(), number, seed)


def step_of(method, network, rate, num_steps, seed):
    """A function that trains the network for one step, and another one."""
    if method == "likelihood":
        falling = keras.optimizers.schedules.PolynomialDecay(rate, max(num_steps, 1), rate / 30)
        step = words.likelihood_step(network, keras.optimizers.Adam(falling))
        return lambda batch, number: step(batch)
    made = [keras.optimizers.Adam(rate, beta_1=0.0, beta_2=0.99) for _ in range(2)]
    step = words.adversarial_step(network, words.reader(seed), made, method)
    return lambda batch, number: step(batch, tf.constant([seed, number], tf.int64))


def train(network, method, rate, num_steps, seed):
    """Train a writer on words of the oracle."""
    step = step_of(method, network, rate, num_steps, seed)
    random = np.random.default_rng([seed, words.METHODS.index(method)])
    for number in range(num_steps):
        rows = random.integers(NUM_TRAINED, size=BATCH_SIZE)
        step(tf.constant(drawn("train")[rows]), number)


def trainer(method):
    """Trains for some steps, for the clock."""
    network = words.writer()
    step = step_of(method, network, 1e-3, 10_000, 0)
    batch = tf.constant(drawn("train")[:BATCH_SIZE])
    return lambda steps: [step(batch, number) for number in range(steps)]


def costs(network, temperature):
    """What the writer's words cost the oracle, and the oracle's words the writer."""
    made = words.write(network, NUM_MEASURED, SAMPLE_SEED, temperature)
    parts = np.split(drawn("test"), NUM_MEASURED // PART)
    test = np.mean([words.writing_costs(network, part, temperature) for part in parts])
    return round(float(test), 3), round(float(words.costs(chain(), made).mean()), 3)


def run(settings):
    """One training, and the costs at each temperature."""
    (method, _), seed = PROGRAMS[settings["program"]], settings["seed"]
    network = words.writer(seed)
    if settings["first_steps"]:
        train(network, "likelihood", FIRST_RATE, settings["first_steps"], seed)
    train(network, method, settings["rate"], settings["steps"], seed)
    curve = [[heat, *costs(network, heat)] for heat in TEMPERATURES]
    [[_, test, oracle]] = [row for row in curve if row[0] == 1.0]
    if not np.isfinite([test, oracle]).all():
        return {**dict.fromkeys(COSTS), "curve": [], "examples": []}
    some = words.decode(words.write(network, 8, SAMPLE_SEED))
    return {"oracle": oracle, "test": test, "curve": curve, "examples": some}


def own_point():
    """What the oracle's words cost itself, at each temperature."""
    told = []
    for heat in TEMPERATURES:
        made = words.draw(chain(), NUM_MEASURED, SAMPLE_SEED, heat)
        pair = words.costs(chain(), drawn("test"), heat).mean(), words.costs(chain(), made).mean()
        told.append([heat, *(round(float(value), 3) for value in pair)])
    return told


def rows(options):
    """The trials of the rates, and then the runs, as they end."""
    told = stored.begun(NAME, "networks that write, by likelihood and as GANs, beside the oracle")
    told |= {"seconds": SECONDS, "oracle": own_point(), "clock": told.get("clock", [])}
    left = stored.missing([{"method": method} for method in words.METHODS], told["clock"])
    told["clock"] += stored.clocked(left, trainer, SECONDS)
    if options.store:
        stored.write(NAME, told)
    steps = {row["method"]: row["steps"] for row in told["clock"]}
    if "rates" in options.only:
        trials = [(program, rate) for rate in RATES for program in PROGRAMS]
        wanted = [settings("rates", *one, RATES_SEED, steps) for one in trials]
        yield from stored.made(NAME, told, wanted, run, options)
    if "words" in options.only:
        best = {program: best_rate(told["rows"], program) for program in PROGRAMS}
        wanted = [
            settings("words", *one, seed, steps) for seed in options.seeds for one in best.items()
        ]
        yield from stored.made(NAME, told, wanted, run, options)


def best_rate(rows, program):
    """The rate whose trial has the lowest sum of both costs; the middle one without trials."""
    tried = [row for row in rows if (row["part"], row["program"]) == ("rates", program)]
    ended = [row for row in tried if row["oracle"] is not None]
    if not ended:
        return RATES[1]
    return min(ended, key=lambda row: row["oracle"] + row["test"])["rate"]


def settings(part, program, rate, seed, steps):
    """What a run needs to know."""
    method, share = PROGRAMS[program]
    return {
        "part": part,
        "program": program,
        "rate": rate,
        "first_steps": round(share * steps["likelihood"]),
        "steps": round((1 - share) * steps[method]),
        "seed": seed,
    }


def printed(rows):
    """Each run as it ends, then a table of the medians."""
    columns = {name: operator.itemgetter(name) for name in COSTS}
    kept = arguments.as_they_end(rows)
    arguments.table(kept, ["part", "program", "rate"], columns, {"runs": len})


def main():
    options = arguments.of_runs(__doc__, PARTS, seeds=range(5)).parse_args()
    arguments.answer(options, rows(options), printed)


if __name__ == "__main__":
    main()
