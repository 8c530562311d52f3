"""Two prices on a steep discriminator, six seeds each: how far seeds alone move the numbers.

    uv run python -m tests.benchmarks.seeds               # both settings, six seeds: minutes
    uv run python -m tests.benchmarks.seeds --seeds 7     # one more
    uv run python -m tests.benchmarks.seeds --store       # what lesson 08 shows

Everything but `r1_gamma` is `recipes.DIGITS`; the two settings share seeds, steps, data, latents
and reference. `--store` writes the table to `ganedu/recordings/seeds.json`.
"""

import json
import platform
import time

from ganedu import startup

startup.start_tensorflow()

import tensorflow as tf  # noqa: E402

from ganedu import __version__, data, evaluation, penalties, recipes, shipped  # noqa: E402
from tests.benchmarks import arguments  # noqa: E402

RECORDING = shipped.RECORDINGS / "seeds.json"
PRICES = (0.3, 1.0)
NUM_IMAGES, SAMPLE_SEED = 2000, 1
KEPT = ("frechet_distance", "precision", "recall", "classes", "class_kl")


def run(price, seed, num_steps, train, real):
    """One training run and what its samples get."""
    gan = recipes.digit_gan(seed)
    gan.compile(
        recipes.optimizer(),
        recipes.optimizer(),
        loss="non_saturating",
        penalties=[penalties.r1(price)],
        ema_half_life=recipes.DIGITS["ema_half_life"],
    )
    began = time.monotonic()
    gan.fit(train.images, recipes.DIGITS["batch_size"], steps_per_epoch=num_steps, verbose=0)
    seconds = time.monotonic() - began
    measured = evaluation.measure(gan.generate(NUM_IMAGES, SAMPLE_SEED), real)
    numbers = {name: round(measured[name], 4) for name in KEPT}
    return {"r1_gamma": price, "seed": seed, "steps": num_steps, **numbers} | {
        "seconds": round(seconds, 1)
    }


def main():
    parser = arguments.parser(__doc__, seeds=range(6))
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--store", action="store_true", help="write the recording")
    options = parser.parse_args()
    arguments.answer(options, rows(options), printed)


def printed(rows):
    """Each run as it ends."""
    for row in rows:
        print(", ".join(f"{name} {value:g}" for name, value in row.items()), flush=True)


def rows(options):
    """A row for each run that is asked for; with `--store` they end in the recording, too."""
    train, made = data.load("mnist"), []
    real = evaluation.reference("mnist")
    for seed in options.seeds:
        for price in PRICES:
            made.append(run(price, seed, options.steps, train, real))
            yield made[-1]
    if options.store:
        store(made, options.steps)


def store(rows, num_steps):
    """Write the recording."""
    told = {
        "command": "uv run python -m tests.benchmarks.seeds --store",
        "what": f"digit GANs of {num_steps} steps on MNIST, {NUM_IMAGES} samples of each against "
        "the 10,000 test images",
        "versions": f"ganedu {__version__}, TensorFlow {tf.__version__}, "
        f"Python {platform.python_version()}",
        "machine": f"{startup.device()}, shared, {platform.machine()}",
        "date": time.strftime("%Y-%m-%d"),
        "rows": sorted(rows, key=lambda row: (row["r1_gamma"], row["seed"])),
    }
    RECORDING.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
