"""Exercises of lesson 20, a project of your own."""

import math

import numpy as np

from ganedu.exercises.comparing import Exercise, Mistake, choices, function, planted

# 20.1, what a claim lacks


def _gaps(*lines, returned="int(sum(lacks))"):
    told = {
        "seeds": "len(set(seeds)) < 3",
        "n": "n == 0",
        "floor": "math.isnan(floor)",
        "features": "features == ''",
        "minutes": "max(minutes, rival_minutes) > 1.1 * min(minutes, rival_minutes)",
    } | dict(line.split(": ", 1) for line in lines)
    listed = "".join(f"        {condition},\n" for condition in told.values())
    return f"""import math


def gaps(seeds, n, floor, features, minutes, rival_minutes):
    lacks = [
{listed}    ]
    return {returned}
"""


_GAPS = (
    Mistake(
        _gaps("seeds: len(seeds) < 3"),
        "a seed that is named twice is one run, shown twice. Count the different ones.",
    ),
    Mistake(
        _gaps("seeds: len(set(seeds)) <= 3"),
        "three different seeds are enough; this wants a fourth.",
    ),
    Mistake(
        _gaps("floor: not floor"),
        "`not floor` is True for a floor of 0.0, which was said, and False for nan, which was "
        "not: ask `math.isnan(floor)`.",
        also=(
            _gaps("floor: floor == 0"),
            _gaps("floor: floor <= 0"),
            _gaps("floor: not floor > 0"),
            _gaps("floor: math.isnan(floor) or floor == 0"),
        ),
    ),
    Mistake(
        _gaps("floor: floor == float('nan')"),
        "nothing equals nan, not even nan: ask `math.isnan(floor)`.",
        also=(_gaps("floor: floor is None"), _gaps("floor: False")),
    ),
    Mistake(
        _gaps("minutes: rival_minutes > 1.1 * minutes"),
        "minutes are unequal whichever of the two trained longer. Compare the longer with the "
        "shorter.",
        also=(_gaps("minutes: minutes > 1.1 * rival_minutes"),),
    ),
    Mistake(
        _gaps("minutes: abs(minutes - rival_minutes) > 0.1"),
        "a tenth of the shorter time is allowed, not a tenth of a minute.",
    ),
    Mistake(
        _gaps("minutes: minutes != rival_minutes"),
        "no two runs take equally long to the second: a tenth of the shorter time is allowed.",
    ),
    Mistake(
        _gaps(returned="int(any(lacks))"),
        "that says whether something is missing. How many of the five things are?",
    ),
    Mistake(
        _gaps(returned="5 - int(sum(lacks))"),
        "that counts what is there. What is missing is asked for.",
    ),
)


def _claims(rng):
    """One thing missing each, all, none, and some, in any order."""
    seeds = [int(seed) for seed in rng.choice(90, 4, replace=False)]
    minutes = float(rng.uniform(3, 9))
    whole = {
        "seeds": seeds[:3],
        "n": int(rng.integers(65, 9000)),
        "floor": float(rng.uniform(0.5, 4)),
        "features": "digit classifier",
        "minutes": minutes,
        "rival_minutes": minutes * float(rng.uniform(1.03, 1.09)),
    }
    others = _others(*seeds, minutes)
    claims = [tuple((whole | others[place]).values()) for place in rng.permutation(len(others))]
    return [(claim, _missing(*claim)) for claim in claims]


def _others(a, b, c, d, minutes):
    """What is otherwise in each claim; among it a floor of 0.0, and times near the border."""
    nan = math.nan
    return (
        {},
        {"rival_minutes": minutes / 1.08, "floor": 0.0},
        {"seeds": [a, b, a]},
        {"seeds": [a, b, c, d]},
        {"n": 0},
        {"floor": nan},
        {"features": ""},
        {"rival_minutes": minutes * 1.12},
        {"rival_minutes": minutes / 1.12},
        {"minutes": 0.5, "rival_minutes": 0.58},
        {"seeds": [d], "floor": nan, "n": 0},
        {"seeds": [], "n": 0, "floor": nan, "features": "", "rival_minutes": 4 * minutes},
        {"floor": 0.0, "features": ""},
    )


def _missing(seeds, n, floor, features, minutes, rival_minutes):
    told = (len(np.unique(seeds)) >= 3) + (n > 0) + (not np.isnan(floor)) + bool(features)
    return 4 - int(told) + (abs(math.log(minutes / rival_minutes)) > math.log(1.1))


def _other_number(given, right, arguments):
    names = ("seeds", "n", "floor", "features", "minutes", "rival_minutes")
    said = ", ".join(f"{name}={value!r:.20}" for name, value in zip(names, arguments, strict=True))
    return f"{int(right)} of five things are missing and gaps says {int(given)}, for {said}."


# 20.2, a copied share against its border


def _excess(variance, returned="(share - border) / np.sqrt(variance)"):
    return f"""import numpy as np


def excess(share, border, num_samples, num_held_out):
    variance = {variance}
    return {returned}
"""


_BOTH = "border * (1 - border) * (1 / num_samples + 1 / num_held_out)"
_EXCESS = (
    Mistake(
        _excess("border * (1 - border) / num_samples"),
        "that takes the border for exact. It was estimated from the held-out images, and is off "
        "by chance, too: add their part.",
        also=(_excess("border * (1 - border) / num_held_out"),),
    ),
    Mistake(
        _excess(_BOTH, "(share - border) / variance"),
        "that divides by the variance. A standard error is its square root.",
    ),
    Mistake(
        _excess(_BOTH.replace("border", "share")),
        "that is the variance if the samples' own share were the true one. Asked is what chance "
        "does where nothing is copied: there the share is that of the border.",
        also=(
            _excess(
                "share * (1 - share) / num_samples + border * (1 - border) / num_held_out",
            ),
        ),
    ),
    Mistake(
        _excess("border * (1 - border) / (num_samples + num_held_out)"),
        "the two errors add; pooling the images makes one smaller error of them. Variances of a "
        "difference are added: 1/n + 1/m.",
    ),
    Mistake(
        _excess("border * (1 / num_samples + 1 / num_held_out)"),
        "the variance of a share q is q(1 − q)/n: (1 − q) is missing.",
    ),
    Mistake(
        _excess(_BOTH, "(border - share) / np.sqrt(variance)"),
        "the sign is turned: above the border is positive.",
        also=(_excess(_BOTH, "np.abs(share - border) / np.sqrt(variance)"),),
    ),
    Mistake(
        _excess(_BOTH, "share / np.sqrt(variance)"),
        "the border is not taken off: a share of .05 is what copies nothing.",
    ),
)


def _shares(rng):
    """Above and below, one of the two numbers small, and a share of nothing."""
    examples = [(0.0, 0.05, 1000, 297)]
    for n, m in ((1000, 60), (50, 4000), (700, 900), (200, 200)):
        examples.append((float(rng.uniform(0.06, 0.5)), float(rng.choice([0.05, 0.1, 0.2])), n, m))
    return [*examples, (float(rng.uniform(0.001, 0.03)), 0.05, 333, 444)]


def _in_errors(share, border, num_samples, num_held_out):
    one, other = (math.sqrt(border * (1 - border) / n) for n in (num_samples, num_held_out))
    return (share - border) / math.hypot(one, other)


# 20.3, a project and its rubric

KEY = {"question": 1, "diagram": 0, "method": 2, "comparison": 1, "limits": 1, "failed": 0}
_SENTENCES = {  # for a level that is too low, and one that is too high
    "question": (
        "“Can a GAN make handwritten digits?” is a question: that reaches 1.",
        "which result would have answered no? None is named, so 2 is not reached.",
    ),
    "diagram": ("", "there is no picture at all."),
    "method": (
        "the loss stands there as a formula, and the length has its reason, the default. The "
        "sentences of 1 and 2 both hold.",
        "which images chose the pictures that are shown, out of how many? That would have to be "
        "asked, so 3 is not reached.",
    ),
    "comparison": (
        "there is a second row, the conditional network: that reaches 1.",
        "a quarter of the minutes, and no seeds that differ: the sentence of 2 does not hold.",
    ),
    "limits": (
        "nobody can ask this generator for a certain digit: something is named that the project "
        "cannot do, and that reaches 1.",
        "nothing is said of what the FID of this project is blind to, so 2 is not reached.",
    ),
    "failed": ("", "nothing is said, though a run is missing."),
}
_SCORES = {
    (name, level): (
        f"{level} is too {'high' if level > right else 'low'} for {name}: "
        f"{_SENTENCES[name][level > right]}"
    )
    for name, right in KEY.items()
    for level in range(4)
    if level != right
}
_JUDGE, _MISJUDGED = choices("levels", KEY, _SCORES)


EXERCISES = (
    Exercise(
        id="20.1",
        name="gaps",
        stub='''def gaps(seeds, n, floor, features, minutes, rival_minutes):
    """How many of five are missing: seeds, n, floor, features, equal minutes."""
    raise NotImplementedError
''',
        hints=(
            "Go through the five one by one. For each: which value says that it is missing? Do not "
            "forget what a floor of 0.0, a seed named twice and a slower rival mean.",
            "`len(set(seeds))` counts different seeds; `math.isnan(floor)` asks whether no floor "
            "was said. The longer time is `max(minutes, rival_minutes)`.",
            "`(len(set(seeds)) < 3) + (n == 0) + math.isnan(floor) + (features == '') + "
            "(max(minutes, rival_minutes) > 1.1 * min(minutes, rival_minutes))`",
        ),
        solution=_gaps(),
        mistakes=_GAPS,
        judge=planted("gaps", _claims, _GAPS, _other_number),
        praise="Five things, and a distance without one of them cannot be compared with anything.",
    ),
    Exercise(
        id="20.2",
        name="excess",
        stub='''def excess(share, border, num_samples, num_held_out):
    """How many standard errors the copied share lies above its border."""
    raise NotImplementedError
''',
        hints=(
            "Where nothing is copied, the share of n samples scatters about q with the variance "
            "q(1 − q)/n. What else is off by chance?",
            "The border was set by m held-out images, and scatters, too: as a share, with the "
            "variance q(1 − q)/m. Variances of a difference add; the error is the square root.",
            "`(share - border) / np.sqrt(border * (1 - border) * (1 / num_samples + 1 / "
            "num_held_out))`",
        ),
        solution=_excess(_BOTH),
        mistakes=_EXCESS,
        judge=function("excess", _in_errors, _shares, _EXCESS),
        praise="Where several runs are looked at, below about 3 it may be chance. Few held-out "
        "images make a soft border.",
    ),
    Exercise(
        id="20.3",
        name="levels",
        stub="""levels = {
    "question": None,  # 0, 1, 2 or 3
    "diagram": None,
    "method": None,
    "comparison": None,
    "limits": None,
    "failed": None,
}
""",
        hints=(
            "Take one line of the rubric at a time, and go from left to right only as long as the "
            "sentence holds of this project. Good pictures do not count.",
            "For the question: which result would have answered no? For the comparison: the same "
            "minutes, three seeds? For what failed: is anything said?",
            "Two lines stay at 0, three come to 1, one comes to 2.",
        ),
        solution=f"levels = {KEY!r}\n",
        mistakes=_MISJUDGED,
        judge=_JUDGE,
        praise="5 of 18. A reader finds in ten minutes what no number says, and the program what "
        "no reader would compute again.",
        draws=False,
    ),
)
