"""Exercises that answer at once.

Here live `check`, `hint`, `solution` and `progress`; the exercises themselves live in one file
per lesson. A check calls the learner's answer on inputs drawn afresh and compares values. It
never raises: whatever the answer does becomes a score and a sentence. Grading is formative,
because solutions are open to everybody.
"""

from ganedu.exercises.running import Score, Text, score_of
from ganedu.exercises.shelf import EXERCISES, lesson_exercises

_best, _hints_given = {}, {}  # what this kernel remembers; nothing is written to disk


def check(id, answer, seed=None):
    """Score an answer to an exercise.

    An answer that does not end is stopped after the exercise's time limit. That works for Python
    code. One long call into C, such as a sum over a huge range or a slow regular expression,
    cannot be stopped, not by Ctrl-C either: restart the kernel.

    Args:
        id: of the exercise, lesson and number, such as "01.2".
        answer: what the task asks for, usually a function; pass the function itself.
        seed: integer of at least 0 from which the inputs are drawn; a fresh one by default. A
            failure shows it, so that the same inputs can be had again.

    Returns:
        A `Score`, 0.0 or the exercise's points. A notebook shows its sentence, nbgrader reads
        the number. It raises nothing but the learner's own KeyboardInterrupt.

    Example:
        >>> check("01.1", None).message
        'Not yet: ...'
    """
    if not _is_known(id):
        return Score(0.0, _unknown(id))
    score = score_of(EXERCISES[id], answer, seed)
    _best[id] = max(score, _best.get(id, score))
    return score


def hint(id):
    """The next hint for an exercise; each call goes one step further.

    Args:
        id: of the exercise, such as "01.2".

    Returns:
        A `Text`, which a notebook shows as Markdown.

    Example:
        >>> hint("01.1").startswith("Hint 1 of")
        True
    """
    if not _is_known(id):
        return Text(_unknown(id))
    hints = EXERCISES[id].hints
    number = min(_hints_given.get(id, 0) + 1, len(hints))
    _hints_given[id] = number
    last = f' That was the last one: `solution("{id}")` shows one way.'
    return Text(
        f"Hint {number} of {len(hints)}: {hints[number - 1]}{last * (number == len(hints))}"
    )


def solution(id):
    """One way to solve an exercise, as code that runs.

    Args:
        id: of the exercise, such as "01.2".

    Returns:
        A `Text` with Python code, which a notebook shows as such.

    Example:
        >>> "def " in solution("01.1")
        True
    """
    if not _is_known(id):
        return Text(_unknown(id))
    return Text(EXERCISES[id].solution, is_code=True)


def progress(lesson):
    """How many exercises of a lesson are solved in this kernel.

    Args:
        lesson: its two digits, such as "03".

    Returns:
        A `Text` such as "1 of 3 exercises solved. Open: 03.2, 03.3."

    Example:
        >>> progress("01")
        '... exercises solved. ...'
    """
    ids = [exercise.id for exercise in lesson_exercises(lesson)]
    if not ids:
        return Text(f"There are no exercises of lesson {lesson!r}. Try progress({_lessons()!r}).")
    still_open = [id for id in ids if _best.get(id, 0.0) < EXERCISES[id].points]
    rest = f" Open: {', '.join(still_open)}." if still_open else " All done."
    return Text(f"{len(ids) - len(still_open)} of {len(ids)} exercises solved.{rest}")


def _is_known(id):
    return isinstance(id, str) and id in EXERCISES


def _unknown(id):
    return f"There is no exercise {id!r}. There are: {', '.join(EXERCISES)}."


def _lessons():
    return min(EXERCISES)[:2]
