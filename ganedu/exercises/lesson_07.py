"""Exercises of lesson 07, reading the logs."""

import numpy as np

from ganedu.exercises.comparing import Exercise, Mistake, choices, planted

# 07.1, from the log alone

_READ = {"A": "too weak", "B": "fair", "C": "wins", "D": "few images", "E": "fair"}
_READ_JUDGE, _READ_MISTAKES = choices(
    "read",
    _READ,
    {
        ("A", "fair"): "A: the losses do lie on their dotted lines, but look at the logits: real "
        "and fake both stay within a hair of zero from early on. A fair game has a gap.",
        ("A", "wins"): "A: a discriminator that wins has a loss near 0. This one's is near 2 log "
        "2, that of a coin.",
        ("A", "few images"): "A: the held-out logit lies on the real one, both near zero. With "
        "few images the two part.",
        ("B", "too weak"): "B: its logits are about a whole unit above and below zero. That "
        "discriminator can tell.",
        ("B", "wins"): "B: σ of a logit near ±1 is about 0.7 and 0.3, far from certain, and the "
        "losses are steady.",
        ("B", "few images"): "B: the held-out logit swings around the real one and does not "
        "sink to the fake one.",
        ("C", "fair"): "C: the discriminator's loss is close to 0, and the logits lie many units "
        "apart. It is sure of everything.",
        ("C", "too weak"): "C: the weak one cannot tell (loss 2 log 2). This one always can.",
        ("C", "few images"): "C: the held-out logit keeps up with the real one: it knows real "
        "images that it never saw. It wins honestly.",
        ("D", "fair"): "D: follow the dotted held-out logit: it leaves the real one and ends "
        "among the fakes. Real images that were not in the training set count as fake.",
        ("D", "too weak"): "D: real and fake logits lie several units apart.",
        ("D", "wins"): "D: it wins on the images that it was trained on only. Where is the "
        "held-out logit?",
        ("E", "too weak"): "E: real and fake logits keep a clear gap.",
        ("E", "wins"): "E: its loss is well above 0, and the logits are moderate.",
        ("E", "few images"): "E: the held-out logit stays with the real one.",
    },
)

# 07.2, with the pictures

_SEEN = {
    "A or E": "E",
    "B": "data range",
    "E": "healthy",
    "F": "collapse",
    "best step of D": "early",
}
_SEEN_JUDGE, _SEEN_MISTAKES = choices(
    "seen",
    _SEEN,
    {
        ("A or E", "A"): "A or E: A's losses lie on the lines of a perfect game because its "
        "discriminator cannot tell anything from anything. Look at its samples.",
        ("A or E", "equal"): "A or E: look at the rows of samples, smudges and strokes. "
        "The Fréchet distance agrees: compare the last step.",
        ("B", "healthy"): "B: there are strokes, but on which background? Real images are black "
        "there. The Fréchet distance of several thousand says it too.",
        ("B", "collapse"): "B: the samples differ from each other. What do they share that no "
        "real image has?",
        ("E", "data range"): "E: black background, as real images have it.",
        ("E", "collapse"): "E: the samples differ: count the shapes.",
        ("F", "healthy"): "F: how many different pictures are there among the sixteen?",
        ("F", "data range"): "F: its background is black, as it should be. Compare the sixteen "
        "with each other.",
        ("best step of D", "last"): "best step of D: the Fréchet distance falls at first and "
        "then rises. Later is not better.",
        ("best step of D", "no matter"): "best step of D: the Fréchet distance differs by far "
        "more than its noise from step to step.",
    },
)

# 07.3, the cure

_CURES = {"A": "smaller penalty", "B": "rescale", "C": "equal rates", "D": "more images"}
_CURE_JUDGE, _CURE_MISTAKES = choices(
    "cures",
    _CURES,
    {
        ("A", "equal rates"): "A: the rates are equal already. What holds the discriminator's "
        "logits at zero?",
        ("A", "rescale"): "A: the range is right: the background is black.",
        ("A", "more images"): "A: a discriminator that cannot tell has not learned anything by "
        "heart.",
        ("B", "smaller penalty"): "B: the discriminator plays well. It was shown the wrong images.",
        ("B", "equal rates"): "B: the game is fair. It is about the wrong images.",
        ("B", "more images"): "B: more images in the wrong range are wrong too.",
        ("C", "smaller penalty"): "C: a smaller penalty makes the discriminator stronger still.",
        ("C", "rescale"): "C: the discriminator is ahead of a generator that hardly moves. That "
        "is about speed.",
        ("C", "more images"): "C: it knows held-out images as well as the trained ones: nothing "
        "was learned by heart.",
        ("D", "smaller penalty"): "D: a smaller penalty helps it to learn by heart.",
        ("D", "equal rates"): "D: the rates are equal already. The held-out logit says what is "
        "wrong.",
        ("D", "rescale"): "D: the background is black: the range is right.",
    },
)

# 07.4, an alarm


def _first_of_windows(steps, values, threshold, patience):
    """All windows at once, instead of one row after the other."""
    below = np.lib.stride_tricks.sliding_window_view(values < threshold, patience).all(axis=1)
    return int(steps[patience - 1 :][below.argmax()]) if below.any() else -1


def _logs(rng):
    """Logs of losses with short dips that mean nothing, each with its right answer.

    A long dip follows in the middle, at the very end, or never; or it comes first of all. A dip
    that is one row too short stands at the beginning, and one at the end.
    """
    logs = [
        (_dips, (0, 12)),
        (_dips, (8, 0)),
        (_dips, (8, 9)),
        (_dips, (10, 12)),
        (_dips, ("patience", 0)),
        (_dips, ("short", 0)),
        (_begins, ("patience",)),
        (_begins, ("short",)),
    ]
    examples = [_log(rng, *log) for log in logs]
    examples.append((np.array([10]), np.array([0.01]), 0.1, 1))
    examples.append((np.array([10, 20, 30]), np.array([0.01, 0.02, 0.01]), 0.1, 3))
    return [(example, _first_of_windows(*example)) for example in examples]


def _log(rng, parts, lengths):
    patience, threshold = int(rng.integers(3, 6)), float(rng.uniform(0.05, 0.3))
    lengths = [{"patience": patience, "short": patience - 1}.get(each, each) for each in lengths]
    values = np.concatenate(parts(rng, patience, threshold, *lengths))
    steps = int(rng.integers(10, 60)) * (1 + np.arange(len(values)))
    return steps, values, threshold, patience


def _low(rng, threshold, rows):
    return threshold * rng.uniform(0.01, 0.2, rows)


def _dips(rng, patience, threshold, long, after):
    """Dips that are one row too short, two with a single row between them; then the long one."""
    parts = [rng.uniform(0.4, 1.6, patience + 1), _low(rng, threshold, patience - 1), [1.6]]
    for after_dip in (1.2, 1.0, 1.2):
        parts += [_low(rng, threshold, patience - 1), [after_dip * threshold]]
        parts += [rng.uniform(0.4, 1.6, rng.integers(3, 6))]
    return [*parts, _low(rng, threshold, long), rng.uniform(0.4, 1.6, after)]


def _begins(rng, patience, threshold, rows):
    """Low rows from the first on."""
    return [_low(rng, threshold, rows), rng.uniform(0.4, 1.6, 5)]


def _due(given, right, example):
    threshold, patience = example[2:]
    told = f"(threshold {threshold:.3g}, patience {patience}, {len(example[1])} rows)"
    if right < 0:
        return f"in one log no alarm is due, and yours sounds at step {int(given)} {told}."
    when = "never sounds" if given < 0 else f"sounds at step {int(given)}"
    return f"in one log the alarm is due at step {right}, and yours {when} {told}."


def _alarm(lines):
    return "import numpy as np\n\n\ndef alarm(steps, values, threshold, patience):\n" + lines


_ALARMS = (
    Mistake(
        _alarm(
            "    below = values < threshold\n"
            "    return int(steps[below.argmax()]) if below.any() else -1\n"
        ),
        "that is the first row below the threshold. A single row, or a few, may dip in a healthy "
        "run too: wait for `patience` rows in a row.",
    ),
    Mistake(
        _alarm(
            "    count = 0\n"
            "    for step, value in zip(steps, values):\n"
            "        count += value < threshold\n"
            "        if count == patience:\n"
            "            return int(step)\n"
            "    return -1\n"
        ),
        "that counts all rows below the threshold. They must follow each other: start again at 0 "
        "after a row that is not below.",
    ),
    Mistake(
        _alarm(
            "    count = 0\n"
            "    for step, value in zip(steps, values):\n"
            "        count = count + 1 if value < threshold else 0\n"
            "        if count > patience:\n"
            "            return int(step)\n"
            "    return -1\n"
        ),
        "one row too late: the alarm sounds with the row that completes `patience` of them.",
    ),
    Mistake(
        _alarm(
            "    count = 0\n"
            "    for i, value in enumerate(values):\n"
            "        count = count + 1 if value < threshold else 0\n"
            "        if count == patience:\n"
            "            return int(steps[i - patience + 1])\n"
            "    return -1\n"
        ),
        "that is the step at which the dip begins. At that step nobody could know how long it "
        "would last: return the step of the last row of the `patience`.",
    ),
    Mistake(
        _alarm(
            "    count = 0\n"
            "    for i, value in enumerate(values):\n"
            "        count = count + 1 if value < threshold else 0\n"
            "        if count == patience:\n"
            "            return i\n"
            "    return -1\n"
        ),
        "that is the number of the row. Its step is asked for: `steps[i]`.",
    ),
    Mistake(
        _alarm("    return int(steps[-1]) if (values[-patience:] < threshold).all() else -1\n"),
        "that looks at the last rows only. An alarm sounds when it happens, and stays valid if "
        "the run recovers later.",
    ),
    Mistake(
        _alarm(
            "    for i in range(patience - 1, len(values)):\n"
            "        if values[i - patience + 1 : i + 1].mean() < threshold:\n"
            "            return int(steps[i])\n"
            "    return -1\n"
        ),
        "that takes the mean of the rows, so one very low row outweighs one that is not below. "
        "Each of the `patience` rows must be below.",
    ),
    Mistake(
        _alarm(
            "    count = 0\n"
            "    for step, value in zip(steps, values):\n"
            "        count = count + 1 if value > threshold else 0\n"
            "        if count == patience:\n"
            "            return int(step)\n"
            "    return -1\n"
        ),
        "that waits for rows above the threshold. The discriminator wins where its loss is below.",
    ),
    Mistake(
        _alarm(
            "    count = 0\n"
            "    for step, value in zip(steps, values):\n"
            "        count = count + 1 if value <= threshold else 0\n"
            "        if count == patience:\n"
            "            return int(step)\n"
            "    return -1\n"
        ),
        "a row that is just at the threshold is not below it.",
    ),
    Mistake(
        _alarm(
            "    for i in range(len(values) - patience):\n"
            "        if (values[i : i + patience] < threshold).all():\n"
            "            return int(steps[i + patience - 1])\n"
            "    return -1\n"
        ),
        "an alarm that the very last row completes is missed. Where does your loop end?",
    ),
    Mistake(
        _alarm(
            "    for i in range(patience, len(values)):\n"
            "        if (values[i - patience + 1 : i + 1] < threshold).all():\n"
            "            return int(steps[i])\n"
            "    return -1\n"
        ),
        "an alarm that is complete with the first `patience` rows is missed. Where does your loop "
        "begin?",
    ),
    Mistake(
        _alarm(
            "    count = 0\n"
            "    for step, value in zip(steps, values):\n"
            "        count = count + 1 if value < threshold else 0\n"
            "        if count == patience:\n"
            "            return int(step)\n"
        ),
        "right where the alarm sounds. Where it never does, None comes back: return −1 there.",
    ),
)

EXERCISES = (
    Exercise(
        id="07.1",
        name="read",
        stub='read = {"A": None, "B": None, "C": None, "D": None, "E": None}\n',
        hints=(
            "First the discriminator's loss: near 0, near 2 log 2, or between? Then the gap of "
            "the logits. Then the held-out logit.",
            "One has a loss near 0 and logits far apart: it wins. One has both logits at zero: "
            "too weak.",
            "In one the held-out logit parts from the real one. The other two look fair.",
        ),
        solution=f"read = {_READ!r}\n",
        mistakes=_READ_MISTAKES,
        judge=_READ_JUDGE,
        praise="Three questions were enough: the loss, the gap, the held-out logit. Two logs look "
        "fair; whether the runs are good, a log cannot say.",
        draws=False,
    ),
    Exercise(
        id="07.2",
        name="seen",
        stub='seen = {"A or E": None, "B": None, "E": None, "F": None, "best step of D": None}\n',
        hints=(
            "Samples first: is the background right? Do the sixteen differ? Then the Fréchet "
            "distance beside its dotted floor.",
            "B's strokes stand on grey. F shows one picture sixteen times.",
            "A's losses are those of a perfect game, its samples are not. D's Fréchet distance "
            "has its lowest point before the end.",
        ),
        solution=f"seen = {_SEEN!r}\n",
        mistakes=_SEEN_MISTAKES,
        judge=_SEEN_JUDGE,
        praise="Log, look, number: none of the three would have been enough.",
        draws=False,
    ),
    Exercise(
        id="07.3",
        name="cures",
        stub='cures = {"A": None, "B": None, "C": None, "D": None}\n',
        hints=(
            "Go back from the sign to the cause: what makes a discriminator flat, or too fast, "
            "or lets it learn by heart?",
            "A discriminator is flattened by its penalty; B is about pixels; C about speed.",
            'A: "smaller penalty", B: "rescale". C\'s generator hardly moves, D saw 60 images.',
        ),
        solution=f"cures = {_CURES!r}\n",
        mistakes=_CURE_MISTAKES,
        judge=_CURE_JUDGE,
        praise="The next cell lets you see one of them work.",
        draws=False,
    ),
    Exercise(
        id="07.4",
        name="alarm",
        stub='''def alarm(steps, values, threshold, patience):
    """Step at which `patience` rows in a row were below `threshold`; -1 if never."""
    raise NotImplementedError
''',
        hints=(
            "Go through the rows and count. When does the count start again at 0?",
            "`count = count + 1 if value < threshold else 0`, for each row.",
            "When the count reaches patience, return the step of that row; after the loop, -1.",
        ),
        solution="""def alarm(steps, values, threshold, patience):
    count = 0
    for step, value in zip(steps, values):
        count = count + 1 if value < threshold else 0
        if count == patience:
            return int(step)
    return -1
""",
        mistakes=_ALARMS,
        judge=planted("alarm", _logs, _ALARMS, _due),
        praise="With patience a dip is no alarm. It can still be wrong in both directions.",
    ),
)
