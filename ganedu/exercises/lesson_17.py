"""Exercises of lesson 17, sound and text."""

import numpy as np

from ganedu.exercises.comparing import Exercise, Mistake, function

# 17.1, the frequency of a row


def _row(line):
    return f"""import numpy as np


def loudest_frequency(spectrogram, rate, frame):
    row = np.argmax(np.max(spectrogram, axis=1))
    return {line}
"""


_FREQUENCY = (
    Mistake(
        _row("row"),
        "this is the number of the row. A row is rate/frame hertz above the next lower one.",
    ),
    Mistake(
        _row("(row + 1) * rate / frame"),
        "one row too high: the first row is 0 hertz, what does not swing at all.",
    ),
    Mistake(
        _row("row * rate / len(spectrogram)"),
        "twice too high: so many rows reach half the rate only. From one row to the next it is "
        "rate/frame.",
        also=(_row("2 * row * rate / frame"),),
    ),
    Mistake(
        _row("row * frame / rate"),
        "upside down: that many samples a second in that long a frame. Look at the units: hertz "
        "are 1/seconds.",
        also=(_row("frame / rate / max(row, 1)"),),
    ),
    Mistake(
        _row("row * rate / frame").replace("axis=1", "axis=0"),
        "that is the loudest column, a time. Rows are frequencies: the maximum is to be taken "
        "along each row.",
    ),
    Mistake(
        _row("row * rate / frame").replace("np.max(spectrogram, axis=1)", "spectrogram"),
        "np.argmax of a table counts through all its places, row by row. Divide by the number of "
        "columns and cut off, or use np.unravel_index.",
    ),
    Mistake(
        _row("row * rate / frame").replace("np.max", "np.sum"),
        "that is the row which is loud for longest. The single loudest place is asked for.",
        also=(_row("row * rate / frame").replace("np.max", "np.mean"),),
    ),
)


def _spectrograms(rng):
    """Loud for long in one row, loudest for a moment in another, never in the first column nor in
    that of the row's number: square, long, and one whose loudest row is the first.
    """
    told = []
    for rows, columns, rate, at in ((8, 8, 8000, None), (16, 40, 44_100, None), (32, 9, 1000, 0)):
        picture = rng.uniform(-1, -0.6, size=(rows, columns))
        loudest = int(rng.integers(2, rows - 1)) if at is None else at
        long = (loudest + 3) % rows
        picture[long] = 0.5
        column = rng.choice([c for c in range(1, columns) if c != loudest])
        picture[loudest, column] = 0.9
        told.append((picture, rate, 2 * rows))
    return told


def _by_place(spectrogram, rate, frame):
    row = np.unravel_index(np.argmax(spectrogram), np.shape(spectrogram))[0]
    return row / (frame / rate)


# 17.2, a draw by the largest sum


def _draw(line, before="    noise = -np.log(-np.log(uniform))\n"):
    return f"""import numpy as np


def draw(logits, uniform):
{before}    return {line}
"""


_SOFTMAX = """    noise = -np.log(-np.log(uniform))
    p = np.exp(logits) / np.exp(logits).sum()
"""
_DRAW = (
    Mistake(
        _draw("np.full(len(uniform), np.argmax(logits))"),
        "that is the likeliest class, always. To draw, noise must have its say.",
        also=(_draw("np.argmax(logits + 0 * noise, axis=1)"),),
    ),
    Mistake(
        _draw("np.argmax(noise, axis=1)"),
        "the logits have no say: every class would be drawn as often.",
    ),
    Mistake(
        _draw("np.argmax(logits + uniform, axis=1)"),
        "uniform numbers themselves are too tame: a class whose logit lies 1 below would never be "
        "drawn. Make Gumbel noise of them, −log(−log U).",
    ),
    Mistake(
        _draw("np.argmax(logits - np.log(uniform), axis=1)"),
        "there is one logarithm too few: the noise is −log(−log U).",
        also=(_draw("np.argmax(logits + np.log(uniform), axis=1)"),),
    ),
    Mistake(
        _draw("np.argmax(logits + np.log(-np.log(uniform)), axis=1)"),
        "the noise has the wrong sign. Its long tail must point upwards: −log(−log U).",
        also=(_draw("np.argmax(logits - noise, axis=1)"),),
    ),
    Mistake(
        _draw("np.argmax(p + noise, axis=1)", _SOFTMAX),
        "probabilities are too much alike: the noise belongs to the logits, before any softmax.",
    ),
    Mistake(
        _draw("np.argmax(logits * noise, axis=1)"),
        "noise and logits are multiplied. They are to be added.",
    ),
    Mistake(
        _draw("np.argmin(logits + noise, axis=1)"),
        "that takes the smallest. The largest sum is a draw from the softmax.",
    ),
    Mistake(
        _draw("np.argmax(logits + noise, axis=0)"),
        "axis=0 runs over the draws. Each row of the noise is one draw, and its classes lie along "
        "axis 1.",
    ),
    Mistake(
        _draw("np.eye(len(logits))[np.argmax(logits + noise, axis=1)]"),
        "that is a vector of zeros and a one for each draw. The number of the class is asked for.",
    ),
)


def _logits_and_noise(rng):
    """Three classes nearly alike, five, and two with logits far from 0."""
    return [
        (spread * rng.uniform(-1, 1, size=k) + shift, rng.uniform(0.001, 0.999, size=(200, k)))
        for k, spread, shift in ((3, 0.45, 0.0), (5, 2.0, 0.0), (2, 1.0, 7.0))
    ]


def _by_exponentials(logits, uniform):
    """The class whose exponential clock, of rate e^logit, rings first: the same draw."""
    waits = -np.log(np.asarray(uniform, np.float64)) / np.exp(np.asarray(logits, np.float64))
    return waits.argmin(axis=1)


# 17.3, REINFORCE


def _estimate(line, before=""):
    return f"""import numpy as np


def reinforce(rewards, drawn, p, baseline):
    chosen = np.eye(len(p))[drawn]
    lead = (np.asarray(rewards) - baseline)[:, np.newaxis]
{before}    return {line}
"""


_REINFORCE = (
    Mistake(
        _estimate("np.mean(np.asarray(rewards)[:, np.newaxis] * (chosen - p), axis=0)"),
        "the baseline is left out. The mean stays right without it, but the estimates scatter "
        "more: take it off each reward.",
    ),
    Mistake(
        _estimate("np.mean(lead * chosen, axis=0)"),
        "log p of a softmax has two parts: the logit of what was drawn, and the logarithm of the "
        "sum, whose slope is p. So it is one-hot − p.",
    ),
    Mistake(
        _estimate("np.mean(lead * (p - chosen), axis=0)"),
        "the sign is wrong: this way leads to less reward. The slope of log p is one-hot − p.",
        also=(_estimate("np.mean(-lead * (chosen - p), axis=0)"),),
    ),
    Mistake(
        _estimate("np.sum(lead * (chosen - p), axis=0)"),
        "that is the sum over the draws. The mean is asked for, else more draws would mean a "
        "larger slope.",
    ),
    Mistake(
        _estimate("np.mean((lead + 2 * baseline) * (chosen - p), axis=0)"),
        "the baseline is added to the rewards. It is to be taken off.",
    ),
    Mistake(
        _estimate("np.mean(lead * p[drawn][:, np.newaxis] * (chosen - p), axis=0)"),
        "each draw is weighed by its probability once more. That it was drawn so often is its "
        "weight already.",
    ),
    Mistake(
        _estimate("np.mean(lead * np.log(p)[drawn][:, np.newaxis] * np.ones(len(p)), axis=0)"),
        "that is the value of log p of what was drawn. Its slope with respect to the logits is "
        "wanted: one-hot − p.",
        also=(_estimate("np.mean(lead[:, 0] * np.log(p)[drawn])"),),
    ),
    Mistake(
        _estimate("np.mean(lead * chosen / p, axis=0)"),
        "this is the slope with respect to the probabilities. With respect to the logits of the "
        "softmax it is one-hot − p.",
    ),
    Mistake(
        _estimate("lead * (chosen - p)"),
        "that is one estimate for each draw. Return their mean, shape [classes].",
    ),
)


def _rewarded(rng):
    """Four, two and six classes; in the last all draws are one class."""
    told = []
    for n, k in ((7, 4), (5, 2), (3, 6)):
        p = rng.dirichlet(np.ones(k)) * 0.9 + 0.1 / k
        drawn = rng.integers(k, size=n) if k < 6 else np.full(n, 2)
        told.append((rng.normal(size=n) + 2, drawn, p, float(rng.uniform(0.5, 1.5))))
    return told


def _by_slopes(rewards, drawn, p, baseline):
    """Σ of (r − b)/n on the drawn class, and p times their mean taken off."""
    lead = (np.asarray(rewards, np.float64) - baseline) / len(drawn)
    return np.bincount(drawn, lead, minlength=len(p)) - lead.sum() * np.asarray(p)


EXERCISES = (
    Exercise(
        id="17.1",
        name="loudest_frequency",
        stub='''def loudest_frequency(spectrogram, rate, frame):
    """The frequency, in hertz, of the row in which the loudest place lies."""
    raise NotImplementedError
''',
        hints=(
            "Which row? Take the maximum along each row, then ask which row has the largest. And "
            "what is a row worth?",
            "Row k holds what swings k times in a frame. A frame lasts frame/rate seconds, so that "
            "is k·rate/frame times a second. The first row is k = 0.",
            "`np.argmax(np.max(spectrogram, axis=1)) * rate / frame`",
        ),
        solution=_row("row * rate / frame"),
        mistakes=_FREQUENCY,
        judge=function("loudest_frequency", _by_place, _spectrograms, _FREQUENCY),
        praise="A longer frame would tell two pitches better apart, and two moments worse.",
    ),
    Exercise(
        id="17.2",
        name="draw",
        stub='''def draw(logits, uniform):
    """A class for each row of uniform numbers, drawn from softmax(logits)."""
    raise NotImplementedError
''',
        hints=(
            "Noise is added to the logits, and the class with the largest sum is drawn. What must "
            "the noise be like, so that the shares are those of the softmax?",
            "Gumbel noise, −log(−log U), of the uniform numbers U. Each row of `uniform` is one "
            "draw with a number for each class.",
            "`np.argmax(logits - np.log(-np.log(uniform)), axis=1)`",
        ),
        solution=_draw("np.argmax(logits + noise, axis=1)"),
        mistakes=_DRAW,
        judge=function("draw", _by_exponentials, _logits_and_noise, _DRAW),
        praise="All the chance is in the noise now, and the logits stand outside of it: that is "
        "what lets a gradient come to them, once the argmax is softened.",
    ),
    Exercise(
        id="17.3",
        name="reinforce",
        stub='''def reinforce(rewards, drawn, p, baseline):
    """The mean of (reward - baseline) times the slope of log p[drawn]."""
    raise NotImplementedError
''',
        hints=(
            "For each draw: how does log p of the drawn class change with each logit? Remember "
            "log p_y = u_y − log Σ e^u.",
            "It is a one at the drawn class, less p. Multiply it by the reward less the baseline, "
            "and take the mean over the draws.",
            "With `chosen = np.eye(len(p))[drawn]`: `np.mean((np.asarray(rewards) - baseline)[:, "
            "np.newaxis] * (chosen - p), axis=0)`",
        ),
        solution=_estimate("np.mean(lead * (chosen - p), axis=0)"),
        mistakes=_REINFORCE,
        judge=function("reinforce", _by_slopes, _rewarded, _REINFORCE),
        praise="No slope of the reward was needed: it may come from a discriminator, a rule, or a "
        "person. The price is the scatter.",
    ),
)
