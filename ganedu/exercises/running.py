"""Running an answer: what it returns, raises or prints becomes a score and a sentence.

Here live the score, the time limit and the guard around the learner's code. What is asked lives
in the lessons' files, how values are compared in `comparing`.
"""

import contextlib
import contextvars
import ctypes
import html
import linecache
import numbers
import sys
import threading
import time
import traceback
import warnings
from pathlib import Path

import numpy as np

PACKAGE = Path(__file__).parent.parent


class Score(float):
    """Points for an answer, with the sentence that a learner reads.

    It is a float, so that nbgrader reads the number; a notebook shows the sentence.

    Args:
        value: points, at least 0.
        message: the sentence.

    Example:
        >>> score = Score(1.0, "Correct.")
        >>> score, score.message, score == 1
        (1.0, 'Correct.', True)
    """

    def __new__(cls, value, message):
        score = super().__new__(cls, value)
        score.message = message
        return score

    def __reduce__(self):
        return Score, (float(self), self.message)

    def _repr_html_(self):
        mark = "✓" if self else "✗"
        lines = html.escape(self.message).replace("\n", "<br>")
        return f'<p role="status">{mark} {lines}</p>'


class Text(str):
    """Text that a notebook shows as Markdown, or as Python code.

    Args:
        content: the text.
        is_code: whether it is Python code.

    Example:
        >>> Text("x = 1", is_code=True)._repr_markdown_().splitlines()
        ['```python', 'x = 1', '```']
    """

    def __new__(cls, content, is_code=False):
        text = super().__new__(cls, content)
        text.is_code = is_code
        return text

    def _repr_markdown_(self):
        return f"```python\n{self}\n```" if self.is_code else str(self)


class Wrong(Exception):
    """What a judge raises: the sentence for an answer that is not right."""


class NotYet(Exception):
    """What a judge raises: there is no answer so far."""


class TimeUp(SystemExit):
    """Raised inside code that runs too long; like `exit`, it is no Exception to be caught."""


_RUNNING = contextvars.ContextVar("checks that the running check's answer has called", default=None)
_INSIDE = (
    "the answer calls check itself, which would never end. Take that line out of the function: "
    "mind how far it is indented."
)


def score_of(exercise, answer, seed=None):
    """The score of an answer; raises nothing but KeyboardInterrupt.

    Args:
        exercise: an `Exercise`.
        answer: the learner's.
        seed: integer of at least 0 for the inputs, or None for a fresh one.

    Returns:
        A `Score`.

    Example:
        >>> from ganedu.exercises.shelf import EXERCISES
        >>> score_of(EXERCISES["01.1"], None)
        0.0
    """
    if (calls := _RUNNING.get()) is not None:
        calls.append(exercise.id)
        return Score(0.0, f"Not yet: {_INSIDE}")
    if seed is None:
        seed = int(np.random.SeedSequence().generate_state(1)[0])
    elif not isinstance(seed, numbers.Integral) or seed < 0:
        return Score(0.0, f"Not yet: seed must be an integer of at least 0; got {seed!r:.40}.")
    before = _RUNNING.set(calls := [])
    try:
        with _shown_and_free():
            said = run_within(exercise.seconds, _judgement, exercise, answer, seed)
    except KeyboardInterrupt:
        raise  # the learner's own stop button
    except TimeUp:
        said = (
            f"no end after {exercise.seconds:g} s. Is there a loop that never ends? If not, the "
            "machine is busy: check again."
        )
    except BaseException as error:
        said = f"the check stopped with {_told(error)}"
    finally:
        _RUNNING.reset(before)
    if said:
        return Score(0.0, f"Not yet: {_INSIDE if calls else said}")
    return Score(exercise.points, f"Correct. {exercise.praise}".rstrip())


def _judgement(exercise, answer, seed):
    """What is to be said against an answer, nothing if it is right.

    It is worded here, in the thread that the time limit watches: even the text of an error may be
    code of the learner's.
    """
    again = f'\nThe same inputs again: check("{exercise.id}", {exercise.name}, seed={seed})'
    try:
        exercise.judge(answer, np.random.default_rng(seed))
    except (KeyboardInterrupt, TimeUp):
        raise
    except NotYet as nothing:
        return _text(nothing)
    except NotImplementedError:
        return f"write {exercise.name} in the cell above, run it, check again."
    except Wrong as wrong:
        return _text(wrong) + again * exercise.draws
    except BaseException as error:
        return f"your code stopped with {_told(error)}{again * exercise.draws}"
    return ""


def run_within(seconds, function, *arguments):
    """Call a function in a thread of its own, and leave it if it takes longer, on every system.

    An exception is then planted into the thread until it ends. It arrives between two lines of
    Python, so code inside C is not stopped: a long product of matrices, or sleep, lets others
    run and goes on in the background, and the caller is free; a sum over a huge range, or a
    regular expression, lets nobody run, and this call and Ctrl-C wait until it is done.

    Args:
        seconds: how long.
        function: what to call; what it raises is raised here, KeyboardInterrupt included.
        *arguments: what with.

    Returns:
        What the function returns.

    Raises:
        TimeUp: if it takes longer.

    Example:
        >>> run_within(10, pow, 2, 3)
        8
    """
    outcome, context = {}, contextvars.copy_context()

    def work():
        try:
            outcome["value"] = context.run(function, *arguments)
        except BaseException as error:
            outcome["error"] = error

    # No locks, events or joins between the threads: an exception that is planted, or Ctrl-C, may
    # come between taking a lock and keeping it, and whoever asks for it next waits for ever.
    thread, deadline = _started(work), time.monotonic() + seconds
    try:
        while not outcome and time.monotonic() < deadline:
            time.sleep(0.002)  # short, because Windows hears Ctrl-C only in between
    finally:
        if not outcome:
            over = []
            _started(_end, thread, outcome, over)
            deadline = time.monotonic() + 0.5
            while not over and time.monotonic() < deadline:
                time.sleep(0.002)
            outcome = {"error": TimeUp()}
    if "error" in outcome:
        raise outcome["error"]
    return outcome["value"]


def _started(function, *arguments):
    """A running thread, with a stack as large as the main thread's may be."""
    before = threading.stack_size(64 * 2**20)
    thread = threading.Thread(target=function, args=arguments, name="exercise", daemon=True)
    thread.start()
    threading.stack_size(before)
    return thread


def _end(thread, outcome, over):
    """Plant `TimeUp` into a thread until it is over; a bare `except:` may swallow many."""
    while not outcome and thread.is_alive():
        number, error = ctypes.c_ulong(thread.ident), ctypes.py_object(TimeUp)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(number, error)
        time.sleep(0.003)
    over.append(True)


@contextlib.contextmanager
def _shown_and_free():
    """Warnings and stderr go to stdout: nbgrader would give 0 points for anything on stderr."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        try:
            with contextlib.redirect_stderr(sys.stdout):
                yield
        finally:
            for text in dict.fromkeys(f"{w.category.__name__}: {w.message}" for w in caught):
                print(text)


def _told(error):
    """An error in one or two lines: type, message, and the learner's line."""
    try:
        message = _text(error).strip().splitlines()
        told = f"{type(error).__name__}: {message[0]}" if message else type(error).__name__
        frames = [f for f in traceback.extract_tb(error.__traceback__) if _is_learners(f.filename)]
        line = linecache.getline(frames[-1].filename, frames[-1].lineno).strip() if frames else ""
        return f"{told}\nin the line: {line}" if line else str(told)
    except (KeyboardInterrupt, TimeUp):
        raise
    except BaseException:
        return "an error that cannot be shown"


def _text(error):
    """The text of an error, whose class may be the learner's."""
    try:
        return "".join(str(error))
    except (KeyboardInterrupt, TimeUp):
        raise
    except BaseException:
        return "an error without a text"


def _is_learners(filename):
    path = Path(filename)
    return PACKAGE not in path.parents and not {"site-packages", "dist-packages"} & {*path.parts}
