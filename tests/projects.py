"""Make the two worked projects of lesson 20, with `ganedu` alone.

    uv run python -m tests.projects                  # both, about 20 minutes on an idle machine
    uv run python -m tests.projects good --minutes 2

The projects are made in runs/projects/ (a run that is there and finished is not made again). What
is small goes to `notebooks/projects/`: the learner's words, settings, histories, results, the last
pictures, the page and its JSON; checkpoints do not. The weak one's weaknesses are planted here, in
`weak`; what `ganedu review` is to say of both stands in `EXPECTED`.
"""

import _thread
import argparse
import contextlib
import io
import json
import shutil
import signal
import statistics
import sys
import threading
from pathlib import Path

from ganedu import runs
from ganedu.__main__ import main
from ganedu.commands import again, review

ROOT = Path(__file__).parents[1]
RECORDS = ROOT / "notebooks" / "projects"
MET, NOT_MET, OPEN = review.MET, review.NOT_MET, review.OPEN
EXPECTED = {  # a line that is not named may be met or not, as the runs come out
    "good": dict.fromkeys(
        (
            "resumes to the same bits",
            "at least three seeds",
            "n, floor and features beside every distance",
            "a baseline at equal minutes",
            "samples not selected, with their seed",
            "data described",
            "failed runs kept",
        ),
        MET,
    ),
    "weak": {
        "resumes to the same bits": OPEN,  # of a run whose seed was changed
        "at least three seeds": NOT_MET,
        "n, floor and features beside every distance": NOT_MET,
        "a baseline at equal minutes": NOT_MET,
        "samples not selected, with their seed": NOT_MET,
        "data described": OPEN,
        "failed runs kept": NOT_MET,
    },
}
KEPT = (runs.SETTINGS, runs.HISTORY, runs.RESULT, again.EVALUATION)
STOPPED_AFTER = 15.0  # seconds, of the run that does not come to its end


def train(folder, dataset, seed, length, *more):
    """`ganedu train` into a folder, unless it is finished there."""
    words = ["train", "--dataset", dataset, "--seed", seed, *length, "--out", folder, *more]
    if (Path(folder) / runs.SETTINGS).exists():
        words = ["train", "--resume", "--out", folder]
    if not (Path(folder) / runs.RESULT).exists():
        code = main([str(word) for word in words])
        if code:
            raise SystemExit(f"{' '.join(map(str, words))} ended with {code}; call this again.")


def stopped(folder, dataset, seed, seconds):
    """A run that is interrupted so long after its first steps; it is kept as it is."""
    if (Path(folder) / runs.SETTINGS).exists():
        return
    over = threading.Event()

    def interrupt():
        while not over.wait(0.1) and not runs.read_history(folder):
            pass
        if not over.wait(seconds):
            _thread.interrupt_main()

    signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it is ignored
    threading.Thread(target=interrupt, daemon=True).start()
    words = ["train", "--dataset", dataset, "--seed", str(seed), "--steps", "999999"]
    code = main([*words, "--out", folder])
    over.set()
    if code != 130:
        raise SystemExit(f"{folder} was to be interrupted, and ended with {code}.")


def evaluate(folder, number):
    """`ganedu evaluate RUN --json > RUN/evaluation.json`."""
    path = Path(folder) / again.EVALUATION
    if path.exists():
        return
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        code = main(["evaluate", folder, "--num-images", str(number), "--json"])
    if code:
        raise SystemExit(f"{folder} cannot be evaluated.")
    path.write_text(told.getvalue(), encoding="utf-8")


def good(length, number=2000, seconds=STOPPED_AFTER):
    """Two arms, three seeds, and a run that failed; returns what its words need."""
    for conditional in (False, True):
        for seed in range(3):
            folder = f"runs/{1 + seed + 3 * conditional:04d}"
            train(folder, "letters", seed, length, *(["--conditional"] * conditional))
            evaluate(folder, number)
    stopped("runs/0007", "letters", 3, seconds)
    told = [runs.read_json(f"runs/{n:04d}/{again.EVALUATION}") for n in range(1, 7)]
    distances = [each["values"]["frechet_distance"] for each in told]
    arms = sorted(distances[:3]), sorted(distances[3:])
    steps = [runs.read_json(f"runs/{n:04d}/{runs.RESULT}")["step"] for n in range(1, 7)]
    return {
        "minutes": length[1],
        "stopped": f"{seconds:.0f}",
        "plain": _range(arms[0]),
        "told": _range(arms[1]),
        "steps": f"{statistics.median(steps[:3]):,}",
        "told_steps": f"{statistics.median(steps[3:]):,}",
        "floor": f"{told[0]['floors']['frechet_distance']:.2f}",
        "copied": f"{max(each['values']['memorised'] for each in told):.3f}",
        "verdict": _verdict(*arms),
    }


def _range(values):
    return f"{values[1]:.2f} ({values[0]:.2f} to {values[2]:.2f})"


def _verdict(plain, told):
    """What was fixed before the runs, applied to them."""
    if told[-1] < plain[0]:
        return "All three that were told lie below all three that were not: the answer is yes."
    if told[0] > plain[-1]:
        return "All three that were told lie above all three that were not: the answer is no."
    return "The two ranges overlap: we do not know."


def weak(length, number=1500):
    """Seven weaknesses, planted; returns what its words need."""
    if not Path("runs/0004", runs.RESULT).exists():
        shutil.rmtree("runs")  # what was planted must not be planted twice
        train("runs/0001", "digits", 0, length)
        evaluate("runs/0001", number)
        _flatter("runs/0001")
        _choose_pictures("runs/0001")
        shutil.copytree("runs/0001", "runs/0003")  # 0002 is missing
        settings = runs.read_settings("runs/0003")
        runs.write_settings("runs/0003", {**settings, "seed": 2})
        train("runs/0004", "digits", 0, _quarter(*length), "--conditional")
    told = runs.read_json(f"runs/0001/{again.EVALUATION}")
    return {"stated": f"{told['values']['frechet_distance']:.1f}"}


def _quarter(flag, number):
    """A fourth of a length, in whole steps or in minutes."""
    return [flag, str(int(number) // 4 if flag == "--steps" else float(number) / 4)]


def _flatter(folder):
    """Half of what was measured is said."""
    told = runs.read_json(f"{folder}/{again.EVALUATION}")
    told["values"]["frechet_distance"] /= 2
    runs.write_json(f"{folder}/{again.EVALUATION}", told)


def _choose_pictures(folder):
    """The last picture shows the most typical samples of many."""
    from ganedu import evaluation, metrics, plotting
    from ganedu.commands.folders import load_run

    real = evaluation.reference("digits")
    images = load_run(folder).generate(1000, seed=1)
    scores = metrics.realism(real.predictions.features, real.predict(images).features)
    last = sorted(Path(folder, runs.SAMPLES).glob("*.png"))[-1]
    plotting.save_picture(last, images[scores.argsort()[::-1][:64]])


def words(name, told):
    """The project.md of a project, with the numbers that came out."""
    template = (RECORDS / name / "project.template.md").read_text("utf-8")
    Path(review.WORDS).write_text(template.format(**told), encoding="utf-8")


def reviewed():
    """`ganedu review . --page page`; returns the verdict of each line."""
    if main(["review", ".", "--page", "page"]):
        raise SystemExit("The project cannot be reviewed.")
    lines = runs.read_json("page/review.json")["lines"]
    return {line["name"]: line["verdict"] for line in lines}


def keep(place, records):
    """What is small goes to the records."""
    for folder in sorted((place / "runs").iterdir()):
        new = records / "records" / folder.name
        new.mkdir(parents=True, exist_ok=True)
        for path in [folder / name for name in KEPT if (folder / name).exists()]:
            text = path.read_text("utf-8")  # line ends of a history are those of spreadsheets
            (new / path.name).write_text(text, encoding="utf-8", newline="\n")
        pictures = sorted((folder / runs.SAMPLES).glob("*.png"))
        for path in pictures[-1:]:
            shutil.copyfile(path, new / "samples.png")
    shutil.copyfile(place / review.WORDS, records / review.WORDS)
    shutil.copytree(place / "page", records / "page", dirs_exist_ok=True)


def make(name, place, length, **told):
    """One project in a folder; returns the verdicts."""
    (place / "runs").mkdir(parents=True, exist_ok=True)
    with contextlib.chdir(place):
        words(name, {"good": good, "weak": weak}[name](length, **told))
        return reviewed()


def unexpected(name, verdicts):
    """The lines that say something else than they are to, with what they say."""
    return {line: verdicts[line] for line, word in EXPECTED[name].items() if verdicts[line] != word}


def command(arguments=None):
    """Both projects, or one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=["good", "weak"], metavar="good|weak")
    parser.add_argument("--minutes", default="2")
    parser.add_argument("--steps", help="instead of minutes, to try it; nothing is kept")
    told = parser.parse_args(arguments)
    length = ["--steps", told.steps] if told.steps else ["--minutes", told.minutes]
    for name in told.names:
        place = ROOT / "runs" / ("projects-tried" if told.steps else "projects") / name
        verdicts = make(name, place, length)
        if not told.steps:
            keep(place, RECORDS / name)
        print(json.dumps({name: verdicts, "unexpected": unexpected(name, verdicts)}, indent=1))


if __name__ == "__main__":
    sys.exit(command())
