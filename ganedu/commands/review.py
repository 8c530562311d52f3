"""`ganedu review`: the half of a project's rubric that a program can check.

Here lives what each line asks, and when it is met; what is asked of the runs is found by
`ganedu.commands.again`, the page is written by `ganedu.commands.page`. Taught in lesson 20.
"""

import contextlib
import itertools
import json as json_format
import math
import re
import shlex
import statistics
import sys
from pathlib import Path
from typing import NamedTuple

from ganedu import runs, startup

MET, NOT_MET, OPEN = "met", "not met", "cannot be told"
LEAST_SEEDS = 3
MOST_APART = 1.1  # the longest run of a comparison over the shortest
SURE = 3.0  # standard errors above the border: several runs are asked, and the law is skewed
WORDS = "project.md"  # what the learner writes of the project
PUT_BACK = "put back what the sentence names, or take the result.json out of a run that failed"
NOTHING = "there is no run that can be opened.", "ganedu train"
DISTANCE = r"fr[ée]chet|\bfid\b|\bkid\b|kernel distance"
BESIDE = {  # what must stand beside a distance, and how it is found in words
    "n": r"\bn\s*=\s*\d|\d\s+(?:\w+\s+)?(?:samples|images|pictures)\b",
    "the floor": r"\bfloor\b|real against real",
    "the features": r"features|\bnetwork\b|classifier",
}


class Line(NamedTuple):
    """A line of the rubric, judged.

    Attributes:
        name: what is asked, in few words.
        verdict: "met", "not met" or "cannot be told".
        said: what was found, in words.
        mend: the command or the deed that mends it; empty where it is met.
    """

    name: str
    verdict: str
    said: str
    mend: str = ""


def review(run, json, page):
    """`ganedu review`: which lines of the rubric the runs of a project meet.

    Args:
        run: list of names: run folders, or folders that hold some.
        json: whether to print JSON and nothing else.
        page: folder for a page that asks nobody outside, or None.

    Returns:
        The exit code, 0 whatever the verdicts are.

    Raises:
        FileNotFoundError: if there is no run.
        FileExistsError: if the page's folder holds something else.
        OSError: if the page cannot be written.
    """
    found, (words, beside) = runs_in(run), words_of(run)
    if page is not None:
        from ganedu.commands import page as pages

        pages.check_free(Path(page))
    startup.start_tensorflow()
    with (
        startup.native_log_hidden(),
        contextlib.redirect_stdout(sys.stderr if json else sys.stdout),
    ):
        facts, pictures = _look(found)
    lines = judged(facts, words)
    if page is not None:
        pages.write(Path(page), lines, facts, pictures, words=words, beside=beside)
    print(as_json(lines, facts) if json else as_table(lines))
    if page is not None and not json:
        print(f"Page: {Path(page) / pages.NAME}")
    return 0


def runs_in(names):
    """The run folders that are named, or that lie in a folder that is named or in its runs/.

    Args:
        names: list of names.

    Returns:
        List of `pathlib.Path`, each once, in order.

    Raises:
        FileNotFoundError: if a name leads to no run.
    """
    found = []
    for name in map(Path, names):
        inside = [name] if (name / runs.SETTINGS).is_file() else []
        inside = inside or [*_runs_under(name), *_runs_under(name / "runs")]
        if not inside:
            raise FileNotFoundError(
                f"There is no run in {name}, nor in a folder of it, nor in its runs/. Train one "
                "there: ganedu train; or name another folder."
            )
        found += [path for path in inside if path not in found]
    return found


def _runs_under(place):
    """Run folders in a folder; those of editors begin with a dot and have a settings.json, too."""
    paths = sorted(path.parent for path in place.glob(f"*/{runs.SETTINGS}"))
    return [path for path in paths if not path.name.startswith(".")]


def words_of(names):
    """What the learner wrote: the project.md of a project, or of the project that runs lie in.

    Args:
        names: list of names, as `runs_in` takes them.

    Returns:
        (str, the folder in which it lies); ("", None) if there is none.
    """
    for name in map(Path, names):
        above = 2 if (name / runs.SETTINGS).is_file() else int(name.resolve().name == "runs")
        for place in name.resolve().parents[:above] or (name,):
            if (place / WORDS).is_file():
                return (place / WORDS).read_text("utf-8", errors="replace"), place
    return "", None


def _look(found):
    """The facts of all runs, and the pictures of the first of each arm.

    Of each arm one run is trained on: that costs some 80 steps and two graphs.
    """
    from ganedu.commands import again

    facts, pictures, known, tried = [], {}, {}, set()
    for folder in found:
        print(f"Looking at {folder}.", file=sys.stderr, flush=True)
        arm = arm_of(again.settings_of(folder))
        told, seen = again.facts_of_run(folder, known, resume=arm not in tried)
        facts.append(told)
        if told["resumes"] is not None:
            tried.add(arm)
            pictures[arm] = seen
    return facts, pictures


def arm_of(settings):
    """What a run does differently from the others on purpose, in words: all but its seed.

    Args:
        settings: of a run.

    Returns:
        str, such as "mnist, told the class".
    """
    own = settings.get("images") or {}
    size = f" at {own['size']}×{own['size']}" if own.get("size") else ""
    told = ", told the class" if settings.get("conditional") else ""
    return f"{settings.get('dataset', 'unknown')}{size}{told}"


def flags_of(settings, seed):
    """The command that trains such a run with another seed.

    Args:
        settings: of a run.
        seed: of the new one.

    Returns:
        str.
    """
    own = settings.get("images") or {}
    folder = shlex.quote(str(_from_here(own["folder"]))) if own else None
    what = f"--images {folder} --size {own['size']}" if own else None
    what = what or f"--dataset {settings.get('dataset', 'auto')}"
    told = " --conditional" if settings.get("conditional") else ""
    steps, minutes = settings.get("steps"), settings.get("minutes")
    length = f"--steps {steps}" if steps else f"--minutes {minutes or 2:g}"
    return f"ganedu train {what}{told} {length} --seed {seed}"


def _from_here(folder):
    """A folder as a page may show it: from here on, or by its last name."""
    path = Path(folder)
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path.name


def judged(facts, words=""):
    """All lines of the rubric.

    Args:
        facts: list of what `again.facts_of_run` found.
        words: what the learner wrote.

    Returns:
        List of `Line`.
    """
    return [
        _resumes(facts),
        _seeds(facts),
        _distances(facts, words),
        _copied(facts),
        _baseline(facts),
        _samples(facts),
        _data(facts),
        _failed(facts),
    ]


def arms(facts):
    """Runs that differ in their seeds only, together; without those whose settings are lost.

    Args:
        facts: list of what `again.facts_of_run` found.

    Returns:
        Dictionary from an arm to a list of facts.
    """
    together = {}
    for each in facts:
        if each["settings"]:  # else nobody knows what it was told
            together.setdefault(arm_of(each["settings"]), []).append(each)
    return together


def _shut(facts):
    """Why runs that are said to have come to their end cannot be opened; others failed."""
    return [
        f"{each['run']}: {each['trouble']}"
        for each in facts
        if each["trouble"] and each["ended"] is not None
    ]


def _resumes(facts):
    name = "resumes to the same bits"
    apart = [f"{each['run']}: {each['resumes']}" for each in facts if each["resumes"]]
    if apart:
        return Line(name, NOT_MET, "; ".join(apart) + ".", "train it again with one version")
    if shut := _shut(facts):
        return Line(name, OPEN, " ".join(shut), PUT_BACK)
    tried = [each["run"] for each in facts if each["resumes"] == ""]
    said = f"20 steps on, once through and once stopped at 10, are equal: {', '.join(tried)}."
    return Line(name, MET, said) if tried else Line(name, OPEN, *NOTHING)


def _seeds(facts):
    """Runs of one arm that came to their end count once for each seed and each set of weights."""
    name, few, counts = "at least three seeds", [], []
    for arm, several in arms(facts).items():
        number, seeds = _different(several)
        counts.append(f"{number} of {arm}")
        if number < LEAST_SEEDS:
            new = (seed for seed in range(1000) if seed not in seeds)
            few += [
                flags_of(several[0]["settings"], next(new)) for _ in range(LEAST_SEEDS - number)
            ]
    if not counts:
        return Line(name, OPEN, *NOTHING)
    said = f"Finished runs that differ in seed and weights: {'; '.join(counts)}."
    return Line(name, NOT_MET if few else MET, said, "\n".join(few))


def _different(several):
    """How many finished runs differ in both, and the seeds that are used."""
    ended = [each for each in several if each["finished"] and each["weights"]]
    seeds = [each["settings"].get("seed") for each in ended]
    weights = {each["weights"] for each in ended}
    return min(len({*seeds}), len(weights)), {each["settings"].get("seed") for each in several}


def _distances(facts, words):
    name = "n, floor and features beside every distance"
    bare = _bare(words)
    wrong = [
        f"{each['run']} says {_named(each['stated'])}"
        for each in facts
        if each["stated"] and "features" not in each["stated"]
    ]
    if bare or wrong:
        said = "; ".join([*wrong, *(f"“{text}” lacks {lacks}" for text, lacks in bare)])
        mend = "ganedu evaluate RUN --json > RUN/evaluation.json; say n, floor, features beside it"
        return Line(name, NOT_MET, said + ".", mend)
    measured = [each for each in facts if each["measured"] and each["measured"]["values"]]
    if shut := _shut(facts):
        return Line(name, OPEN, " ".join(shut), PUT_BACK)
    if not any(each["measured"] for each in facts):
        return Line(name, OPEN, *NOTHING)
    if len(measured) < len([each for each in facts if each["finished"]]) or not measured:
        mend = "hold out at least 20 images: put some 200 into the folder"
        return Line(name, OPEN, "a distance cannot be computed of all runs.", mend)
    if any(each["stated"] for each in facts):
        mend = "run ganedu evaluate here, with the features that can be had here"
        return Line(name, OPEN, "what is stated rests on other features.", mend)
    stated = sum(each["stated"] is not None for each in facts)
    told = f"what {stated} of them state agrees" if stated else "none states numbers of its own"
    return Line(name, MET, f"runs computed again: {len(measured)}; {told}.")


def _bare(words):
    """Paragraphs that give a distance with a number, and what they lack: (beginning, what)."""
    found = []
    for text in re.split(r"\n\s*\n", words):
        if re.search(DISTANCE, text, re.I) and re.search(r"\d", text):
            lacks = [what for what, sign in BESIDE.items() if not re.search(sign, text, re.I)]
            if lacks:
                found.append((" ".join(text.split())[:60], " and ".join(lacks)))
    return found


def _named(stated):
    """The first numbers that are not what comes out."""
    pairs = list(stated.items())[:3]
    return ", ".join(f"{name} {said}, and {found} comes out" for name, (said, found) in pairs)


def _copied(facts):
    """Above the border by more than chance; the border itself rests on the held-out images."""
    name, seen, copying = "copied share with its border", [], []
    for each in facts:
        told = each["measured"] or {}
        share = (told.get("values") or {}).get("memorised")
        if share is not None:
            seen.append(f"{each['run']} {share:.3f}")
            border, numbers = told["floors"]["memorised"], (told["num_compared"],) * 2
            if excess(share, border, *numbers) > SURE:
                copying.append(f"{each['run']} {share:.3f}")
    if copying:
        said = f"more than {SURE:g} errors above the border of .05: {', '.join(copying)}."
        mend = "more images, or a shorter run: ganedu train --keep-best"
        return Line(name, NOT_MET, said, mend)
    if not seen:
        return Line(name, OPEN, "nothing can be held against it.", "hold out at least 20 images")
    said = f"at most {SURE:g} errors above the border of .05: {', '.join(seen)}."
    shut = _shut(facts)
    return Line(name, OPEN, f"{said} {' '.join(shut)}", PUT_BACK) if shut else Line(name, MET, said)


def excess(share, border, num_samples, num_held_out):
    """How far a copied share lies above its border, in standard errors.

    Both sides are counted: a share of n samples, against a border that so many held-out images
    set. Where nothing is copied the variance is q(1 − q)(1/n + 1/m).

    Args:
        share: of the samples that lie below the border, in [0, 1].
        border: share of the held-out images that do, q in (0, 1).
        num_samples: n.
        num_held_out: m.

    Returns:
        float.
    """
    variance = border * (1 - border) * (1 / num_samples + 1 / num_held_out)
    return (share - border) / math.sqrt(variance)


def _baseline(facts):
    """Two arms on the same data, each of whose finished runs took as long.

    Whether they differ in one thing only is for a reader: what the recipes differ in is said.
    """
    name, groups = "a baseline at equal minutes", {}
    for arm, several in arms(facts).items():
        ended = [each for each in several if each["finished"] and each["seconds"]]
        if ended:
            data = several[0]["settings"]["dataset"], (ended[0]["data"] or {}).get("sha256")
            groups.setdefault(data, {})[arm] = [each["seconds"] for each in ended]
    fair = [arms for arms in groups.values() if len(arms) > 1 and _as_long(arms)]
    if fair:
        return Line(name, MET, f"{_lengths(fair[0])}.{_apart(facts, fair[0])}")
    unequal = [arms for arms in groups.values() if len(arms) > 1]
    if unequal:
        longest = max(itertools.chain(*unequal[0].values())) / 60
        mend = f"train the shorter ones again with --minutes {longest:.2g}"
        return Line(name, NOT_MET, f"{_lengths(unequal[0])}.{_apart(facts, unequal[0])}", mend)
    return Line(name, NOT_MET, "there is one arm only.", _another_arm(facts))


def _as_long(arms):
    every = [*itertools.chain(*arms.values())]
    return max(every) <= MOST_APART * min(every)


def _lengths(arms):
    return "; ".join(
        f"{arm}: {min(times):.0f} to {max(times):.0f} s" for arm, times in arms.items()
    )


def _apart(facts, arms_of_data):
    """In what the recipes of arms differ beside what is told, in words: a cause is not shown."""
    every = [several[0]["settings"] for arm, several in arms(facts).items() if arm in arms_of_data]
    recipes = [settings.get("recipe") or {} for settings in every]
    shared = [key for key in recipes[0] if all(key in recipe for recipe in recipes)]
    values = {key: [str(recipe[key]) for recipe in recipes] for key in shared}
    apart = [f"{key} ({', '.join(each)})" for key, each in values.items() if len({*each}) > 1]
    return f" Their recipes also differ in {' and '.join(apart)}." if apart else ""


def _another_arm(facts):
    """The command of a run on the same data that does one thing differently."""
    settings = next((each["settings"] for each in facts if each["settings"]), {})
    other = {**settings, "conditional": not settings.get("conditional")}
    return f"{flags_of(other, 0)}, and two more seeds"


def _samples(facts):
    name = "samples not selected, with their seed"
    other = [
        f"{each['run']}, step {step}"
        for each in facts
        for step, same in (each["pictures"] or {}).items()
        if same is False
    ]
    lost = [
        f"{each['run']}, step {step}"
        for each in facts
        for step, same in (each["pictures"] or {}).items()
        if same is None
    ]
    if other:
        said = f"not what the seed and the weights give: {', '.join(other)}."
        return Line(name, NOT_MET, said, "ganedu sample RUN --num-images 64 --seed 0 --out FILE")
    if lost or _shut(facts):
        said = " ".join([*(f"no picture: {one}." for one in lost), *_shut(facts)])
        return Line(name, OPEN, said, "ganedu train --resume --out RUN")
    if not any(each["pictures"] for each in facts):
        return Line(name, OPEN, *NOTHING)
    return Line(name, MET, "first and last picture of each run come again from seed and weights.")


def _data(facts):
    name, said, leaks = "data described", [], False
    for each in facts:
        told = each["data"]
        if told and (line := _content(told)) not in said:
            said.append(line)
            leaks |= bool(told["shared"]) or not told["held_out"]
    if leaks:
        mend = "take the copies out of the folder, and train anew"
        return Line(name, NOT_MET, " ".join(said), mend)
    if not said or _shut(facts):
        told = " ".join([*said, *_shut(facts)]) or NOTHING[0]
        return Line(name, OPEN, told, "put the data back")
    return Line(name, MET, " ".join(said))


def _content(told):
    return (
        f"{told['name']}: {told['train']:,} training images of "
        f"{'×'.join(map(str, told['shape']))}, {told['copies']:,} of them copies of another; "
        f"{told['held_out']:,} held out, {told['shared']:,} of these also trained on."
    )


def _failed(facts):
    """Numbered folders show what is missing; what has a name, or comes last, goes unseen."""
    name = "failed runs kept"
    here = {Path(each["run"]).expanduser().resolve() for each in facts}
    beside, empty, gaps = [], [], []
    for parent in sorted({path.parent for path in here}):
        beside += [path.name for path in _runs_under(parent) if path not in here]
        folders = {int(path.name): path for path in runs.numbered(parent)}
        empty += [f.name for f in folders.values() if not (f / runs.SETTINGS).is_file()]
        gaps += [f"{n:04d}" for n in range(1, max(folders, default=0)) if n not in folders]
    if beside or gaps:
        said = [f"{one} lies beside and is not handed in." for one in beside]
        said += [f"{one} is missing." for one in gaps]
        return Line(name, NOT_MET, " ".join(said), "hand in all runs: ganedu review PROJECT")
    failed = ", ".join(_ended_early(each) for each in facts if not each["finished"])
    said = f"not come to the end: {failed or 'none'}."
    if empty:
        mend = f"say in {WORDS} what each was to be"
        return Line(name, OPEN, f"no run is in {', '.join(empty)}; {said}", mend)
    if not all(path.name.isdecimal() for path in here):
        mend = "let ganedu number the runs: ganedu train without --out"
        return Line(name, OPEN, f"folders with names go without a trace; {said}", mend)
    return Line(name, MET, f"runs: {len(here)}, numbered without a gap; {said}")


def _ended_early(each):
    """A run that did not come to its end, and why where that is known."""
    return f"{each['run']} ({each['trouble']})" if each["trouble"] else each["run"]


def as_table(lines):
    """The lines for people.

    Args:
        lines: list of `Line`.

    Returns:
        str.
    """
    signs = {MET: "✓", NOT_MET: "✗", OPEN: "?"}
    rows = []
    for line in lines:
        rows.append(f"{signs[line.verdict]} {line.verdict:14} {line.name}")
        rows.append(f"    {line.said}")
        rows += [f"    → {mend}" for mend in line.mend.splitlines()]
    counts = [sum(line.verdict == verdict for line in lines) for verdict in signs]
    rows.append("")
    rows.append("{} met, {} not met, {} cannot be told.".format(*counts))
    return "\n".join(rows)


def as_json(lines, facts):
    """The lines and what they rest on.

    Args:
        lines: list of `Line`.
        facts: list of what `again.facts_of_run` found.

    Returns:
        str, one JSON object.
    """
    shown = [{name: each[name] for name in each if name != "rows"} for each in facts]
    for each in shown:
        if own := each["settings"].get("images"):
            own = {**own, "folder": str(_from_here(own["folder"]))}
            each["settings"] = {**each["settings"], "images": own}
    return json_format.dumps({"lines": [line._asdict() for line in lines], "runs": shown}, indent=2)


def table_of(facts):
    """Median and range over the seeds of each arm, beside the floor.

    Args:
        facts: list of what `again.facts_of_run` found.

    Returns:
        Dictionary from an arm to a dictionary from the name of a metric to (least, median, most,
        floor).
    """
    told = {}
    for arm, several in arms(facts).items():
        ended = [each["measured"] for each in several if each["finished"] and each["measured"]]
        names = ended[0]["values"] if ended else ()
        told[arm] = {
            name: (*_spread([each["values"][name] for each in ended]), ended[0]["floors"][name])
            for name in names
            if type(ended[0]["floors"].get(name)) in (int, float)
        }
    return told


def _spread(values):
    return min(values), statistics.median(values), max(values)
