"""The ring of 8 and the grid of 25 Gaussians: modes, high-quality share, divergence, five seeds.

    uv run python -m tests.benchmarks.mixtures                              # the table, for long
    uv run python -m tests.benchmarks.mixtures --seeds 7 8 --json           # a line for each run
    uv run python -m tests.benchmarks.mixtures --mixture grid --seeds 7     # one seed of the grid
    uv run python -m tests.benchmarks.mixtures --store                      # what lesson 03 shows

Each variant changes `recipes.MIXTURES` as its name says. 100,000 training points per seed; 2,500
new samples, as in the papers that the lesson compares with. `--store` writes the table to
`ganedu/recordings/mixtures.json`.
"""

import json
import os
import platform
import statistics
import time

from ganedu import startup

os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")  # more do not help so small a network
startup.start_tensorflow()

import tensorflow as tf  # noqa: E402

from ganedu import __version__, data, metrics, recipes, shipped  # noqa: E402
from tests.benchmarks import arguments  # noqa: E402

RECORDING = shipped.RECORDINGS / "mixtures.json"
NUM_POINTS, NUM_SAMPLES, SAMPLE_SEED = 100_000, 2500, 1
MIXTURES = {"ring": data.ring, "grid": data.grid}
PLAIN = {"gamma": 0.0, "falls": False, "ema_half_life": None}
VARIANTS = {
    "plain": PLAIN,
    "penalty only": {**PLAIN, "gamma": recipes.MIXTURES["gamma"]},
    "recipe without penalty": {"gamma": 0.0},
    "recipe without falling rate": {"falls": False},
    "recipe without average": {"ema_half_life": None},
    "recipe": {},
    "recipe with pairing": {"loss": "relativistic_pairing"},
}


def run(mixture, variant, seed, num_steps):
    """One training run: what it covers, and how long it took."""
    points = MIXTURES[mixture](NUM_POINTS, seed)
    settings = {**recipes.MIXTURES, **VARIANTS[variant], "num_steps": num_steps}
    gan, began = recipes.mixture_gan(seed, settings), time.monotonic()
    gan.fit(points.points, settings["batch_size"], steps_per_epoch=num_steps, verbose=0)
    seconds = time.monotonic() - began
    samples = gan.generate(NUM_SAMPLES, SAMPLE_SEED)
    coverage = metrics.mode_coverage(samples, points.centres, points.std)
    return {
        "mixture": mixture,
        "variant": variant,
        "seed": seed,
        "steps": num_steps,
        **coverage._asdict(),
        "seconds": round(seconds, 1),
    }


def floor(mixture, seed):
    """What a perfect generator has: fresh points of the mixture itself."""
    points = MIXTURES[mixture](NUM_SAMPLES, 1000 + seed)
    coverage = metrics.mode_coverage(points.points, points.centres, points.std)
    return {"mixture": mixture, "variant": "perfect", "seed": seed, **coverage._asdict()}


def printed(rows):
    """Each run as it ends; one line per mixture and variant: mean and spread over the seeds."""
    rows = [print(row, flush=True) or row for row in rows]
    for mixture, variant in dict.fromkeys((row["mixture"], row["variant"]) for row in rows):
        of = [row for row in rows if (row["mixture"], row["variant"]) == (mixture, variant)]
        parts = [f"{mixture}, {variant}, {len(of)} seeds:"]
        for name in ("modes", "high_quality", "reverse_kl", "seconds"):
            values = [row[name] for row in of if name in row]
            if values:
                spread = statistics.stdev(values) if len(values) > 1 else 0
                parts.append(f"{name} {statistics.mean(values):.4g} ± {spread:.2g}")
                parts.append(f"({min(values):.4g} to {max(values):.4g})")
        print(*parts, flush=True)


def main():
    parser = arguments.parser(__doc__, seeds=range(5))
    parser.add_argument("--mixture", choices=MIXTURES, action="append")
    parser.add_argument("--variant", choices=VARIANTS, action="append")
    parser.add_argument("--steps", type=int, default=recipes.MIXTURES["num_steps"])
    parser.add_argument("--store", action="store_true", help="replace these rows in the recording")
    options = parser.parse_args()
    arguments.answer(options, rows(options), printed)


def rows(options):
    """A row for each run that is asked for; with `--store` they end in the recording, too."""
    made = []
    for mixture in options.mixture or MIXTURES:
        for seed in options.seeds:
            made.append(floor(mixture, seed))
            yield made[-1]
        for variant in options.variant or ("plain", "recipe"):
            for seed in options.seeds:
                made.append(run(mixture, variant, seed, options.steps))
                yield made[-1]
    if options.store:
        store(made)


def store(rows):
    """Put the rows into the recording, in place of those of the same run."""
    key = ("mixture", "variant", "seed")
    old = json.loads(RECORDING.read_text("utf-8"))["rows"] if RECORDING.exists() else []
    kept = {tuple(row[k] for k in key): row for row in [*old, *rows]}
    told = {
        "command": "uv run python -m tests.benchmarks.mixtures --store",
        "versions": f"ganedu {__version__}, TensorFlow {tf.__version__}, "
        f"Python {platform.python_version()}",
        "machine": f"{startup.device()}, shared, {platform.machine()}",
        "date": time.strftime("%Y-%m-%d"),
        "rows": [kept[name] for name in sorted(kept)],
    }
    RECORDING.parent.mkdir(exist_ok=True)
    RECORDING.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
