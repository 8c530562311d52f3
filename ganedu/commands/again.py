"""What of a run can be computed again: `ganedu review` believes no file that it can check.

Here lives how the facts of one run are found. What they say about a project is judged in
`ganedu.commands.review`. The run folder itself is only read: a run is trained on in copies.
"""

import contextlib
import hashlib
import io
import shutil
import tempfile
import time
from pathlib import Path

from ganedu import runs, startup
from ganedu.commands import evaluate, train
from ganedu.commands.folders import as_often, built, check_values, load_run

STEPS, STOP = 20, 10  # a run is trained on for so many, in one copy with a stop on the way
REVIEWED = 2000  # samples, where no evaluation.json says another number
SHOWN = 64  # samples on the page
EVALUATION = "evaluation.json"  # where a learner keeps what ganedu evaluate --json printed
SAME_PIXELS = 2  # of 255: on another machine a sum may be rounded otherwise
SAME_SHARE, SAME_VALUE = 0.02, 0.005  # of a number that was stated, for the same reason


def facts_of_run(folder, known, resume):
    """Everything about a run that a program can tell, and its pictures.

    Args:
        folder: a run folder.
        known: dictionary in which real images are kept from one run to the next; empty at first.
        resume: whether to train it on, in copies.

    Returns:
        (dictionary of JSON values, dictionary from a name to the bytes of a PNG file). Where the
        run cannot be opened, its "trouble" says why, and what needs the networks is None.
    """
    folder = Path(folder)
    facts, pictures = _read(folder), {}
    facts |= dict.fromkeys(("weights", "pictures", "resumes", "data", "measured", "stated"))
    try:
        settings = runs.read_settings(folder)
        gan = load_run(folder)
        real, about = _real(folder, settings, known)
        facts["weights"], facts["step"] = _digest(folder), int(gan.step)
        facts["finished"] = facts["ended"] == facts["step"]
        facts["data"] = _content(real, known)
        last = {facts["step"]: _same_picture(folder, settings, gan)}
        facts |= _measured_again(folder, settings, gan, real, about, pictures)
        facts["pictures"] = {0: _same_picture(folder, settings, built(settings)), **last}
        facts["resumes"] = resumes(folder) if resume else None
    except (OSError, ValueError, FloatingPointError) as error:
        facts["trouble"] = without_paths(str(error))
    return facts, pictures


def settings_of(folder):
    """What a run was told; empty where that cannot be read, or no run can be told it.

    Args:
        folder: a run folder.

    Returns:
        Dictionary.
    """
    with contextlib.suppress(OSError, ValueError):
        settings = runs.read_settings(folder)
        own = settings.get("images") or {"folder": "", "size": 0}
        kinds = isinstance(own, dict) and (type(own.get("folder")), type(own.get("size")))
        check_values({**settings, "dataset": None})  # that of own images has a name of its own
        named = isinstance(settings.get("dataset"), str) and settings.get("seed") is not None
        if named and kinds == (str, int) and isinstance(settings.get("recipe", {}), dict):
            return settings
    return {}


def without_paths(text):
    """Words for a page that others see: no path of this machine before the folder we are in.

    Args:
        text: str.

    Returns:
        str.
    """
    for place, short in ((Path.cwd(), ""), (Path.home(), "~/")):
        if place != place.parent:  # of the root all paths begin so
            text = text.replace(f"{place.as_posix()}/", short)
    return text


def _read(folder):
    """What the files of a run say, as far as they can be read."""
    facts = {"run": without_paths(folder.as_posix()), "trouble": None, "rows": []}
    facts |= {"settings": settings_of(folder), "step": 0, "seconds": 0.0, "ended": None}
    with contextlib.suppress(OSError):
        facts["rows"] = runs.read_history(folder)
    for row in facts["rows"][-1:]:
        facts |= {"step": row["step"], "seconds": row["seconds"]}
    if (folder / runs.RESULT).exists():  # whoever has one says that the run came to its end
        facts["ended"] = 0
        with contextlib.suppress(OSError, ValueError):
            facts["ended"] = runs.read_json(folder / runs.RESULT).get("step", 0)
    return facts | {"finished": False}


def _digest(folder):
    from ganedu import checkpoints

    return checkpoints.about(folder / runs.CHECKPOINT).get("sha256")


def _real(folder, settings, known):
    """The real images of a run; runs on the same data share them."""
    own = settings.get("images") or {}
    key = (settings["dataset"], own.get("content_sha256"), own.get("size"))
    if key not in known:
        known[key] = evaluate.real_images(folder, settings)
    return known[key]


def _content(real, known):
    """What the data are: how many, how large, how many twice, how many on both sides."""
    key = ("content", id(real))
    if key not in known:
        seen = [hashlib.sha256(image.tobytes()).digest() for image in real.train]
        held = [hashlib.sha256(image.tobytes()).digest() for image in real.test]
        known[key] = {
            "name": real.name,
            "train": len(seen),
            "held_out": len(held),
            "shape": [int(side) for side in real.train.shape[1:]],
            "copies": len(seen) - len({*seen}),
            "shared": len([one for one in held if one in {*seen}]),
            "sha256": hashlib.sha256(b"".join(sorted(seen))).hexdigest(),  # with labels or without
        }
    return known[key]


def _same_picture(folder, settings, gan):
    """Whether the picture of this step is the one that seed and weights give; None without one."""
    kept = folder / runs.SAMPLES / f"{int(gan.step):08d}.png"
    if not kept.is_file():
        return None
    with tempfile.TemporaryDirectory() as place:
        grid = train.sample_grid(Path(place), settings)
        grid.set_model(gan)
        grid.draw()
        return _same_pixels(kept, Path(place) / runs.SAMPLES / kept.name)


def _same_pixels(one, other):
    import numpy as np
    from PIL import Image

    pixels = []
    for path in (one, other):
        try:
            with Image.open(path) as picture:
                pixels.append(np.asarray(picture.convert("RGB")).astype(int))
        except OSError:  # whatever it is, it is no picture
            return False
    shapes = {each.shape for each in pixels}
    return len(shapes) == 1 and int(abs(pixels[0] - pixels[1]).max()) <= SAME_PIXELS


def _measured_again(folder, settings, gan, real, about, pictures):
    """The metrics beside their floors, and how they differ from what was stated."""
    stated = _stated(folder)
    number, seed, best = _asked(stated or {}, min(evaluate.EVALUATED, len(real.train)))
    gan = load_run(folder, best=True) if best else gan
    labels = as_often(settings, real.train_labels, number)
    images = gan.generate(number, seed, conditions=labels)
    told = {"seed": seed, **about, **evaluate.measured(images, real, labels)}
    pictures["samples"] = _grid(images[:SHOWN])
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "panel.png"
        evaluate.draw_evaluation(out, images, real, told)
        pictures["nearest"] = out.read_bytes()
    apart = None if stated is None else _held_against(stated, told)
    return {"measured": told | ({"best": True} if best else {}), "stated": apart}


def _asked(stated, most):
    """How many samples, of which seed, and whether of the best: as stated, where that can be."""
    number, seed = stated.get("num_images"), stated.get("seed")
    if type(number) is not int or not evaluate.LEAST <= number <= most:
        number = min(REVIEWED, most)
    if type(seed) is not int or not 0 <= seed < 2**63:
        seed = 0
    return number, seed, stated.get("best") is True


def _grid(images):
    from ganedu import plotting

    with tempfile.TemporaryDirectory() as place:
        plotting.save_picture(Path(place) / "grid.png", images)
        return (Path(place) / "grid.png").read_bytes()


def _stated(folder):
    """What the learner keeps of an evaluation, or None."""
    path = folder / EVALUATION
    return runs.read_json(path) if path.is_file() else None


def _held_against(stated, told):
    """The numbers that were stated and are not what comes out, by name: (stated, found)."""
    kinds = stated.get("features"), told.get("features")
    if kinds[0] != kinds[1]:  # two kinds of features give two kinds of numbers
        return {"features": kinds}
    apart = {}
    for of in ("values", "floors"):
        given = stated.get(of) if isinstance(stated.get(of), dict) else {}
        for name, found in told[of].items():
            said = given.get(name)
            if type(found) in (int, float) and not _near(said, found):
                apart[name if of == "values" else f"floor of {name}"] = (said, found)
    numbers = ("num_images", "seed")
    return apart | {n: (stated.get(n), told[n]) for n in numbers if stated.get(n) != told[n]}


def _near(said, found):
    is_number = type(said) in (int, float)
    return is_number and abs(said - found) <= SAME_SHARE * abs(found) + SAME_VALUE


def resumes(folder):
    """Whether a run goes on to the same bits: once through, and once stopped on the way.

    Args:
        folder: a run folder with a checkpoint; it is copied, and stays as it is.

    Returns:
        "" if it does; else what differs, in words.

    Raises:
        OSError: if the run cannot be trained on.
        ValueError: likewise.
        FloatingPointError: if its losses are no numbers any more.
    """
    from ganedu import checkpoints

    startup.be_deterministic()  # a GPU would differ from itself, however the run was made
    begin = checkpoints.about(Path(folder) / runs.CHECKPOINT)["step"]
    with tempfile.TemporaryDirectory() as place:
        once, stopped = Path(place) / "once", Path(place) / "stopped"
        for copy, ends in ((once, (STEPS,)), (stopped, (STOP, STEPS))):
            _copy(folder, copy)
            for end in ends:
                _train_on(copy, begin + end)
        return _difference(once, stopped, begin + STEPS)


def _copy(folder, copy):
    left = shutil.ignore_patterns(runs.SAMPLES, runs.ANIMATION, runs.LOCK, "*.partial*")
    shutil.copytree(folder, copy, ignore=left)


def _train_on(copy, end):
    flags = ("dataset", "images", "size", "conditional", "keep_best", "deterministic", "minutes")
    told = {**dict.fromkeys((*flags, "seed")), "steps": end}
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        code = train.train(copy, True, time.monotonic(), **told)
    if code:  # somebody stops this: a copy that was cut short would differ
        raise KeyboardInterrupt


def _difference(once, stopped, end):
    """What two copies differ in, in words; "" if in nothing but the clock."""
    import numpy as np

    with (
        np.load(once / runs.CHECKPOINT, allow_pickle=False) as one,
        np.load(stopped / runs.CHECKPOINT, allow_pickle=False) as other,
    ):
        names = [n for n in {*one.files, *other.files} if n != "about"]
        both = [n for n in names if n in one.files and n in other.files]
        equal = [n for n in both if one[n].tobytes() == other[n].tobytes()]
    rows = [[{**row, "seconds": None} for row in runs.read_history(run)] for run in (once, stopped)]
    if len(equal) < len(names):
        return f"{len(names) - len(equal)} of {len(names)} variables differ at step {end:,}"
    return "" if rows[0] == rows[1] else f"the rows of {runs.HISTORY} differ at step {end:,}"
