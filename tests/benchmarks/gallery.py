"""The gallery of lesson 07: runs that go well or wrong, with their logs, samples and metrics.

    uv run python -m tests.benchmarks.gallery                            # all cases, as lines
    uv run python -m tests.benchmarks.gallery --run "mode collapse" --seeds 1 2   # other seeds
    uv run python -m tests.benchmarks.gallery --store                    # what lesson 07 shows

`--store` writes `ganedu/recordings/gallery.json` (logs and metrics) and `gallery.npz` (samples,
8 grey levels). The runs A to F are those of the exercises, so do not look at `UNLABELLED` before
you have done them.
"""

import json
import os
import platform
import time

from ganedu import startup

os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")  # more do not help so small a network
startup.start_tensorflow()

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from ganedu import __version__, data, evaluation, shipped  # noqa: E402
from ganedu.playground import gallery  # noqa: E402
from tests.benchmarks import arguments  # noqa: E402

RECORDING, PICTURES = (shipped.RECORDINGS / f"gallery.{end}" for end in ("json", "npz"))
NUM_REFERENCE = 1000  # test images behind a metric
NO_MOMENTUM = {"generator_beta_1": 0.0, "discriminator_beta_1": 0.0}
UNLABELLED = {  # letter -> the nearest case, seed, and what else is changed
    "A": ("discriminator too weak", 21, {"gamma": 300.0}),
    "B": ("data range", 22, {"gamma": 0.2}),
    "C": ("discriminator wins", 23, {**NO_MOMENTUM, "d_steps": 2}),
    "D": ("few images", 24, {"num_images": 60}),
    "E": ("healthy", 25, {"gamma": 0.1, "generator_rate": 1e-3}),
    "F": ("mode collapse", 26, {"generator_rate": 3e-3}),
}
METRICS = (
    "step", "frechet_distance", "precision", "recall", "classes", "class_kl", "confident",
)  # fmt: skip


def run(name, seed, digits, real):
    """One run as a row of the recording, and its pictures."""
    case, seed, changes = UNLABELLED.get(name, (name, seed, {}))
    began = time.monotonic()
    made = gallery.train(case, digits, real, seed, **changes)
    row = {
        "run": name,
        "seed": seed,
        "seconds": round(time.monotonic() - began, 1),
        "log": [rounded({k: v for k, v in row.items() if k != "seconds"}) for row in made.log],
        "steps": made.steps,
        "metrics": [rounded({k: row[k] for k in METRICS}) for row in made.metrics],
    }
    return row, np.uint8(np.rint((np.clip(made.pictures, -1, 1) + 1) / 2 * shipped.LEVELS))


def rounded(row):
    """Numbers with four significant digits: more says nothing, and takes space."""
    return {k: v if isinstance(v, int) else float(f"{v:.4g}") for k, v in row.items()}


def floor(real):
    """What as many real training images get, in place of samples."""
    rows = np.random.default_rng(0).choice(len(real.train), gallery.NUM_SAMPLES, replace=False)
    measured = evaluation.measure(real.train[rows], real)
    return rounded({name: measured[name] for name in METRICS if name in measured})


def printed(rows):
    """Log and metrics of each run, a few lines."""
    for row in rows:
        print(row["run"], "seed", row["seed"], row["seconds"], "s", flush=True)
        for each in row["log"][:: max(1, len(row["log"]) // 10)]:
            print("  ", *(f"{k} {v:g}" for k, v in each.items() if k != "images"))
        for each in row["metrics"]:
            print("  ", *(f"{k} {v:g}" for k, v in each.items()), flush=True)


def main():
    parser = arguments.parser(__doc__, seeds=[0])
    parser.add_argument("--run", choices=(*gallery.CASES, *UNLABELLED), action="append")
    parser.add_argument("--store", action="store_true", help="replace these runs in the recording")
    options = parser.parse_args()
    arguments.answer(options, rows(options), printed)


def rows(options):
    """A row for each run that is asked for; with `--store` it is in the recording, too."""
    digits, real = data.load("mnist").images, evaluation.reference("mnist", NUM_REFERENCE)
    for name in options.run or (*gallery.CASES, *UNLABELLED):
        for seed in options.seeds:
            row, pictures = run(name, seed, digits, real)
            yield row
            if options.store:
                store(row, pictures, floor(real))


def store(row, pictures, floor):
    """Put a run into the recording, in place of the one of that name."""
    old = json.loads(RECORDING.read_text("utf-8"))["rows"] if RECORDING.exists() else []
    order = (*gallery.CASES, *UNLABELLED)
    rows = {row["run"]: row for row in [*old, row] if row["run"] in order}
    told = {
        "command": "uv run python -m tests.benchmarks.gallery --store",
        "versions": f"ganedu {__version__}, TensorFlow {tf.__version__}, Keras "
        f"{keras.__version__}, Python {platform.python_version()}",
        "machine": f"{startup.device()}, shared, {platform.machine()}",
        "date": time.strftime("%Y-%m-%d"),
        "data": "MNIST (LeCun, Cortes, Burges; CC BY-SA 3.0): 60,000 training images; metrics "
        f"with {gallery.NUM_SAMPLES} samples against the first {NUM_REFERENCE} test images",
        "floor": floor,
        "rows": [rows[name] for name in order if name in rows],
    }
    RECORDING.write_text(json.dumps(told, indent=None).replace("}, {", "},\n{") + "\n", "utf-8")
    kept = dict(np.load(PICTURES, allow_pickle=False)) if PICTURES.exists() else {}
    kept[row["run"]] = pictures
    np.savez_compressed(PICTURES, **{name: kept[name] for name in rows if name in kept})


if __name__ == "__main__":
    main()
