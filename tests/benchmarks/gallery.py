"""The gallery of lesson 07: runs that go well or wrong, with their logs, samples and metrics.

    uv run python -m tests.benchmarks.gallery                            # all runs, as lines
    uv run python -m tests.benchmarks.gallery --run "mode collapse" --seeds 1 2   # other seeds
    uv run python -m tests.benchmarks.gallery --json                     # one JSON object a line
    uv run python -m tests.benchmarks.gallery --store                    # what lesson 07 shows

`--store` writes `ganedu/recordings/gallery.json` (logs and metrics) and `gallery.npz` (samples,
8 grey levels); of seeds other than 0 only whether they show the failure (`SHOWS`), and of `ALONE`
the last Fréchet distance. The runs A to F are those of the exercises, so do not look at
`UNLABELLED` before you have done them.
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
UNLABELLED = {  # letter -> the nearest case, seed, and what else is changed
    "A": ("discriminator too weak", 21, {"gamma": 300.0}),
    "B": ("data range", 22, {"gamma": 0.2}),
    "C": ("discriminator wins", 23, {"d_steps": 2}),
    "D": ("few images", 24, {"num_images": 60}),
    "E": ("healthy", 25, {"gamma": 0.1, "generator_rate": 1e-3}),
    "F": ("mode collapse", 26, {"generator_rate": 3e-3, "discriminator_rate": 5e-4}),
}
ALONE = {  # changes of the healthy run of which one alone does not show the failure
    "minimax": {"loss": "minimax"},
    "no penalty": {"gamma": 0.0},
}
METRICS = (
    "step", "frechet_distance", "precision", "recall", "classes", "class_kl", "confident",
)  # fmt: skip


def late(run, name):
    """The values of a column in the second half of a run."""
    return np.array([row[name] for row in run.log[len(run.log) // 2 :]])


def distances(run):
    """The Fréchet distance at each snapshot."""
    return [row["frechet_distance"] for row in run.metrics]


def held_out_share(run):
    """Where the held-out logit lies: 0 with the fakes, 1 with the real ones."""
    real, held, fake = (late(run, f"{x}_logit").mean() for x in ("real", "held_out", "fake"))
    return (held - fake) / (real - fake)


def swing(run):
    """Spread of the discriminator's loss over its mean."""
    return late(run, "discriminator_loss").std() / late(run, "discriminator_loss").mean()


def at_the_line(run):
    """Both losses are, but for a slip, those of a discriminator that says ½ to everything."""
    losses = late(run, "discriminator_loss"), late(run, "generator_loss")
    pairs = zip(losses, (2 * np.log(2), np.log(2)), strict=True)
    return all(np.median(np.abs(loss - line)) < 0.05 for loss, line in pairs)


SHOWS = {  # what lesson 07 says of each run, for any seed
    "healthy": lambda run: (
        distances(run)[-1] < distances(run)[0] / 2
        and run.metrics[-1]["classes"] >= 9
        and held_out_share(run) > 0.7
    ),
    "discriminator wins": lambda run: (
        np.median(late(run, "discriminator_loss")) < 0.1
        and late(run, "generator_loss").mean() > 4
        and distances(run)[-1] > 2000
        and held_out_share(run) > 0.7
    ),
    "saturated generator": lambda run: (
        np.abs(late(run, "generator_loss")).max() < 1e-3
        and np.abs(run.pictures[-1] - run.pictures[0]).mean() < 0.05
    ),
    "discriminator too weak": at_the_line,
    "mode collapse": lambda run: all(
        row["classes"] <= 4 and row["recall"] < 0.05 for row in run.metrics
    ),
    "oscillation": lambda run: (
        swing(run) > 0.3 and (late(run, "real_logit") < late(run, "fake_logit")).any()
    ),
    "data range": lambda run: (
        0.5 < late(run, "discriminator_loss").mean() < 1.2
        and np.abs(run.pictures[-1][:, :4, :4]).mean() < 0.2
        and distances(run)[-1] > 5000
    ),
    "too large a step": lambda run: max(row["generator_loss"] for row in run.log) > 50,
    "few images": lambda run: (
        held_out_share(run) < 0.4 and distances(run)[-1] > 1.2 * min(distances(run))
    ),
}


def run(name, seed, digits, real):
    """One run as a row of the recording, and its pictures; a letter has a seed of its own."""
    case, seed, changes = UNLABELLED.get(name, (name, seed, {}))
    case, changes = ("healthy", ALONE[name]) if name in ALONE else (case, changes)
    began = time.monotonic()
    made = gallery.train(case, digits, real, seed, **changes)
    row = {
        "run": name,
        "seed": seed,
        "seconds": round(time.monotonic() - began, 1),
        "log": [rounded({k: v for k, v in row.items() if k != "seconds"}) for row in made.log],
        "steps": made.steps,
        "metrics": [rounded({k: row[k] for k in METRICS}) for row in made.metrics],
        "shows": bool(SHOWS[case](made)),
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
        verdict = "shows it" if row["shows"] else "does NOT show it"
        print(row["run"], "seed", row["seed"], row["seconds"], "s", verdict, flush=True)
        for each in row["log"][:: max(1, len(row["log"]) // 10)]:
            print("  ", *(f"{k} {v:g}" for k, v in each.items() if k != "images"))
        for each in row["metrics"]:
            print("  ", *(f"{k} {v:g}" for k, v in each.items()), flush=True)


def main():
    parser = arguments.parser(__doc__, seeds=[0])
    parser.add_argument("--run", choices=(*gallery.CASES, *UNLABELLED, *ALONE), action="append")
    parser.add_argument("--store", action="store_true", help="put these runs into the recording")
    options = parser.parse_args()
    arguments.answer(options, rows(options), printed)


def rows(options):
    """A row for each run that is asked for; with `--store` it is in the recording, too."""
    digits, real = data.load("mnist").images, evaluation.reference("mnist", NUM_REFERENCE)
    for name in options.run or (*gallery.CASES, *UNLABELLED, *ALONE):
        for seed in options.seeds if name in gallery.CASES else options.seeds[:1]:
            row, pictures = run(name, seed, digits, real)
            yield row
            if options.store:
                store(row, pictures, floor(real))


def store(row, pictures, floor):
    """Put a run into the recording, in place of the one of that name; or only its verdict."""
    old = json.loads(RECORDING.read_text("utf-8")) if RECORDING.exists() else {}
    order, rows = (*gallery.CASES, *UNLABELLED), {row["run"]: row for row in old.get("rows", [])}
    seeds = {name: old.get("seeds", {}).get(name, {}) for name in gallery.CASES}
    alone = {name: old.get("alone", {}).get(name) for name in ALONE}
    if row["run"] in alone:
        alone[row["run"]] = row["metrics"][-1]["frechet_distance"]
    if row["run"] in seeds:
        seeds[row["run"]] |= {str(row["seed"]): row["shows"]}
    if row["run"] in UNLABELLED or (row["run"] in seeds and row["seed"] == 0):
        rows[row["run"]] = row
        kept = dict(np.load(PICTURES, allow_pickle=False)) if PICTURES.exists() else {}
        kept[row["run"]] = pictures
        np.savez_compressed(PICTURES, **{name: kept[name] for name in rows if name in kept})
    told = {
        "command": "uv run python -m tests.benchmarks.gallery --store --seeds 0 1 2",
        "versions": f"ganedu {__version__}, TensorFlow {tf.__version__}, Keras "
        f"{keras.__version__}, Python {platform.python_version()}",
        "machine": f"{startup.device()}, shared, {platform.machine()}",
        "date": time.strftime("%Y-%m-%d"),
        "data": "MNIST (LeCun, Cortes, Burges; CC BY-SA 3.0): 60,000 training images; metrics "
        f"with {gallery.NUM_SAMPLES} samples against {NUM_REFERENCE} test images, drawn once",
        "floor": floor,
        "seeds": seeds,
        "alone": alone,
        "rows": [rows[name] for name in order if name in rows],
    }
    RECORDING.write_text(json.dumps(told, indent=None).replace("}, {", "},\n{") + "\n", "utf-8")


if __name__ == "__main__":
    main()
