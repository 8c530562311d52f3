"""Seconds of a training step: computing, input, talking; and larger batches at other rates.

    uv run python -m tests.benchmarks.scaling --store              # what lesson 19 shows
    uv run python -m tests.benchmarks.scaling --only steps --json  # a line for each step's seconds
    uv run python -m tests.benchmarks.scaling --only rates --seeds 7

"steps" times the step of the digits' recipe by batch, width, image side and number of processes, of
one thread each: one process, then two on this machine, which talk over loopback. Talking is timed
by itself, the gradients of a step added up and nothing else; reading likewise. Each row has the
multiplications of one pass forward, and the bytes and sums of a step too, so that a small model of
its seconds can be fitted to half of the rows and held against the other half
(`playground.machines`). "rates" trains the recipe with larger batches on equally many images, at
three laws for the rate.

`--store` adds each row to `ganedu/recordings/scaling.json` and skips what is there. "steps" wants
an idle machine.
"""

import functools
import itertools
import json
import os
import statistics
import subprocess
import sys
import time

from ganedu import launch, startup


def strategy():
    """One device, or the two processes of which this is one."""
    from ganedu import replicas

    return replicas.strategy("workers" if launch.num_processes() else "one")


STRATEGY = startup.start_tensorflow(strategy)

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from ganedu import data, evaluation, metrics, models, penalties, recipes, training  # noqa: E402
from ganedu.playground import machines  # noqa: E402
from tests.benchmarks import arguments, stored  # noqa: E402

NAME, LATENT_DIM, STEPS, FIRST = "scaling", 64, 25, 5  # the first steps are not counted
IMAGES = 32_000  # of a run of "rates", whatever the batch
BATCHES, TIMES = (32, 64, 256), ("same", "root", "linear")  # how the rate grows with the batch
SHAPES = [
    {"batch": batch, "width": width, "side": side}
    for batch, width, side in itertools.product((16, 64), (16, 48), (28, 56))
]
SHAPES += [{"batch": batch, "width": 32, "side": 28} for batch in (16, 32, 64, 128)]
PARTS = ("steps", "rates")
ONE_THREAD = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")


def gan_of(width, side, seed=0):
    """The digits' networks of a width, for images of a side, with R1 in each update."""
    shape, widths = (side, side, 1), [width, width]
    with STRATEGY.scope():
        generator = models.digit_generator(LATENT_DIM, shape, widths, seed=seed)
        discriminator = models.digit_discriminator(shape, widths, seed=seed)
        gan = training.GAN(generator, discriminator, LATENT_DIM, seed)
        gan.compile(*(recipes.optimizer() for _ in range(2)), penalties=penalties.r1(0.3))
    return gan


def timed(batch, width, side):
    """Seconds of a step, and of its parts that can be had alone; what of it takes time."""
    gan, ends = gan_of(width, side), []
    images = np.zeros((1000, side, side, 1), "float32")
    clock = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: ends.append(time.perf_counter())
    )
    gan.fit(images, batch, steps_per_epoch=STEPS, callbacks=[clock], verbose=0)
    networks = gan.generator, gan.discriminator
    return {
        "seconds": statistics.median(np.diff(ends[FIRST:])),
        "reading": reading(images, batch),
        "talking": talking(networks) if launch.num_processes() else 0.0,
        "multiplications": batch * sum(map(machines.multiply_adds, networks)),
        "bytes": 4 * sum(network.count_params() for network in networks),
        "sums": len(networks),
    }


def reading(images, batch, number=50):
    """Seconds in which a batch is put together."""
    began = time.perf_counter()
    for _ in data.batches(images, batch, 0, num_steps=number):
        pass
    return (time.perf_counter() - began) / number


def talking(networks):
    """Seconds in which the gradients of both players are added up among the processes."""

    @tf.function
    def talk():
        def add():
            together = tf.distribute.get_replica_context()
            parts = [[tf.ones(v.shape) for v in each.trainable_variables] for each in networks]
            return [together.all_reduce(tf.distribute.ReduceOp.SUM, part) for part in parts]

        return STRATEGY.run(add)

    took = []
    for _ in range(STEPS):
        began = time.perf_counter()
        talk()
        took.append(time.perf_counter() - began)
    return statistics.median(took[FIRST:])


def steps(told, options):
    """The rows of one process, and those of two that talk."""
    wanted = [{"part": "steps", "replicas": n, **each} for n in (1, 2) for each in SHAPES]
    left = stored.missing(wanted, told["rows"])
    yield from (row for row in told["rows"] if row["part"] == "steps")
    parts = ([row for row in left if row["replicas"] == n] for n in (1, 2))
    for row in itertools.chain(*map(by_processes, (1, 2), parts)):
        told["rows"].append(row)
        if options.store:
            stored.write(NAME, told)
        yield row


def by_processes(number, rows):
    """Rows of so many processes of this machine, a thread each; the leader says them."""
    if not rows:
        return
    command = [sys.executable, "-m", "tests.benchmarks.scaling", "--process", json.dumps(rows)]
    addresses, started = machines.free_addresses(number), []
    for index in range(number):
        task = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        told = {**os.environ, **dict.fromkeys(ONE_THREAD, "1")}
        told |= {launch.VARIABLE: json.dumps(task)} if number > 1 else {}
        started.append(subprocess.Popen(command, env=told, stdout=subprocess.PIPE, text=True))
    try:
        for line in started[0].stdout:
            if line.startswith("{"):
                yield json.loads(line)
        if any(one.wait(60) for one in started):
            raise RuntimeError("A process has ended with an error; its words stand above.")
    finally:
        for one in started:
            one.kill()  # nothing happens to one that has ended


def process(rows):
    """What each process does; the leader says what it measured."""
    for row in rows:
        measured = timed(*(row[name] for name in ("batch", "width", "side")))
        if launch.is_leader():
            print(json.dumps({**row, **measured}), flush=True)


@functools.cache
def real():
    """Features of the test digits."""
    return evaluation.reference("mnist")


def run(settings):
    """A training with a batch and a rate: how far its samples are from real digits."""
    times = settings["batch"] / recipes.DIGITS["batch_size"]
    factor = {"same": 1, "root": times**0.5, "linear": times}[settings["rate"]]
    told = {**recipes.DIGITS, "image_shape": [28, 28, 1]}
    told["learning_rate"] *= factor
    told["halving_steps"] /= times  # the rate falls by images
    gan = recipes.image_gan(settings["seed"], told)
    num_steps = IMAGES // settings["batch"]
    try:
        gan.fit(data.load("mnist").images, settings["batch"], 1, num_steps, verbose=0)
    except FloatingPointError:
        return {"distance": None, "steps": num_steps}
    seen = real().predict(gan.generate(5000, seed=1)).features
    distance = metrics.frechet_distance(seen, real().predictions.features)
    return {"distance": round(distance, 2), "steps": num_steps}


def rates(told, options):
    """Each batch at each law of the rate; the smallest has one."""
    wanted = [
        {"part": "rates", "batch": batch, "rate": rate, "seed": seed}
        for seed in options.seeds
        for batch in BATCHES
        for rate in (TIMES if batch > BATCHES[0] else TIMES[:1])
    ]
    yield from stored.made(NAME, told, wanted, run, options)


def rows(options):
    """The rows of each part, as they come."""
    told = stored.begun(NAME, "Seconds of a step by parts, and larger batches at other rates")
    for part in options.only:
        yield from {"steps": steps, "rates": rates}[part](told, options)


def printed(rows):
    """Each row as it comes, then the tables, and what the small model says of the other half."""
    rows = arguments.as_they_end(rows)
    timed = [row for row in rows if row["part"] == "steps"]
    if len(timed) > 3:
        _, errors = checked(timed)
        told = f"{np.median(errors):.0%} in the median, {max(errors):.0%} at most"
        print(f"the model, on the rows to which it was not fitted, is off by {told}")
    trained = [row for row in rows if row["part"] == "rates"]
    arguments.table(trained, ["batch", "rate"], {"Fréchet": lambda row: row["distance"]})


def checked(rows):
    """The model's costs, fitted to a half of the rows, and its relative errors on the other."""
    amounts, seconds = machines.measured(rows)
    order = np.random.default_rng(0).permutation(len(rows))
    fit, rest = order[::2], order[1::2]
    costs = machines.fitted(amounts[fit], seconds[fit])
    return costs, np.abs(amounts[rest] @ costs / seconds[rest] - 1)


def main():
    parser = arguments.of_runs(__doc__, PARTS, seeds=range(3))
    parser.add_argument("--process", type=json.loads, help="what one process is to time")
    options = parser.parse_args()
    if options.process is not None:
        process(options.process)
    else:
        arguments.answer(options, rows(options), printed)


if __name__ == "__main__":
    main()
