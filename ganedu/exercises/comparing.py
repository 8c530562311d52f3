"""How an answer is judged: by its values, never by how it is written.

Here live the record of an exercise and the judges that lessons build theirs from: `function`
compares a function's values on fresh inputs, `planted` what it finds in them, `choices` takes one
of several statements, `update` runs a training step and compares what it has moved. A judge also
knows the classic mistakes and names the one whose values an answer has.
"""

import copy
import functools
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ganedu.exercises.running import NotYet, Wrong


@dataclass(frozen=True)
class Mistake:
    """A documented wrong answer.

    Attributes:
        code: Python code that defines the answer wrongly, as the solution defines it rightly.
        says: the sentence that names the mistake.
        also: the same mistake in other spellings, which give other values.
    """

    code: str
    says: str
    also: tuple[str, ...] = ()

    @property
    def codes(self):
        """All spellings."""
        return (self.code, *self.also)


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    Attributes:
        id: lesson and number, such as "03.2".
        name: of the function or variable that the learner defines.
        stub: content of the answer cell.
        hints: sentences, from a nudge to almost the answer.
        solution: Python code that runs by itself and defines `name`.
        mistakes: two or more `Mistake`s.
        judge: function of (answer, rng) that raises `Wrong` or `NotYet`; rng is a NumPy
            generator from which inputs are drawn.
        praise: what to take along, shown after "Correct."
        points: what the nbgrader metadata of the check cell say too.
        seconds: time limit of a check.
        draws: whether the judge draws inputs.
    """

    id: str
    name: str
    stub: str
    hints: tuple[str, ...]
    solution: str
    mistakes: tuple[Mistake, ...]
    judge: Callable
    praise: str = ""
    points: float = 1.0
    seconds: float = 10.0
    draws: bool = True


def function(name, expected, draw, mistakes=(), rtol=1e-4, atol=1e-6, lead=""):
    """A judge that compares a function's values with the right ones.

    Args:
        name: of the function.
        expected: function that gives the right values, independent of the printed solution.
        draw: function from rng to a list of argument tuples, each a fresh example.
        mistakes: `Mistake`s, named if an answer gives their values in every example.
        rtol: relative tolerance.
        atol: absolute tolerance.
        lead: what is said before the numbers of an answer that is wrong in no known way.

    Returns:
        Function of (answer, rng).

    Example:
        >>> judge = function("double", lambda x: 2 * x, lambda rng: [(rng.normal(),)])
        >>> judge(lambda x: x + x, np.random.default_rng(0))
    """
    close = functools.partial(_close, rtol=rtol, atol=atol)

    def pairs(rng):
        return [(example, expected(*copy.deepcopy(example))) for example in draw(rng)]

    def explain(given, right, example):
        _explain(name, given, right, example, lead)

    return _by_values(name, pairs, mistakes, close, explain)


def _by_values(name, pairs, mistakes, close, explain):
    """The judge of `function` and `planted`; pairs: function from rng to (arguments, right)."""

    def judge(answer, rng):
        called(name, answer)
        examples, right = zip(*pairs(rng), strict=True)
        given = [_values(name, answer, example) for example in examples]
        if all(value is None for value in given):
            raise NotYet(f"{name} returns nothing. Is there a `return`?")
        if all(map(close, given, right)):
            return
        for mistake in mistakes:
            if any(_gives(code, name, examples, given, close) for code in mistake.codes):
                raise Wrong(mistake.says)
        for got, value, example in zip(given, right, examples, strict=True):
            if got is None:
                raise Wrong(
                    f"{name} returns a number for some arguments and None for others. Does every "
                    "way through it end in a `return`, and of a number?"
                )
            if not close(got, value):
                explain(got, value, example)

    return judge


def _gives(code, name, examples, given, close):
    """Whether a known mistake gives these values."""
    wrong = defined(code, name)
    try:
        return all(map(close, given, (_quietly(wrong, example) for example in examples)))
    except Exception:  # a mistake may also crash, at the edges
        return False


def in_turn(*judges):
    """A judge that asks the next one only when an answer has passed the one before.

    Args:
        *judges: functions of (answer, rng).

    Returns:
        Function of (answer, rng).

    Example:
        >>> judge = in_turn(called_first("f"), lambda answer, rng: None)
        >>> judge(len, None)
    """

    def judge(answer, rng):
        for each in judges:
            each(answer, rng)

    return judge


def called_first(name):
    """A judge that only wants something to call.

    Args:
        name: of the function.

    Returns:
        Function of (answer, rng).

    Example:
        >>> called_first("f")(len, None)
    """
    return lambda answer, rng: called(name, answer)


def called(name, answer):
    """Look whether an answer is a function.

    Args:
        name: of the function.
        answer: the learner's.

    Raises:
        NotYet: if it is not.

    Example:
        >>> called("f", len)
    """
    if answer is None:
        raise NotYet(f"write {name} in the cell above, run it, check again.")
    if not callable(answer):
        raise NotYet(f"pass the function {name} itself, without parentheses; got {answer!r:.60}.")


def choices(name, right, wrong):
    """The judge and the mistakes of an exercise whose answer is one of several words.

    Args:
        name: of the variable.
        right: the right word, or a dictionary from questions to right words.
        wrong: dictionary from a wrong word to the sentence that answers it; with several
            questions from (question, word).

    Returns:
        judge: function of (answer, rng).
        mistakes: tuple of `Mistake`s, one for each wrong word.

    Example:
        >>> judge, mistakes = choices("best", "b", {"a": "a is the worst."})
        >>> mistakes[0].code
        "best = 'a'\\n"
    """
    several = isinstance(right, dict)

    def judge(answer, rng):
        if answer is None or answer is ...:
            raise NotYet(f"set {name} in the cell above, run it, check again.")
        if not several:
            return _choose(name, answer, right, wrong)
        if not isinstance(answer, dict) or set(answer) != set(right):
            raise Wrong(f"{name} must be a dictionary with the keys {', '.join(map(repr, right))}.")
        if any(word is None or word is ... for word in answer.values()):
            raise NotYet(f"there are questions in {name} without an answer.")
        for question, word in right.items():
            said = {w: says for (q, w), says in wrong.items() if q == question}
            _choose(f"{name}[{question!r}]", answer[question], word, said)

    values = {key: {**right, key[0]: key[1]} if several else key for key in wrong}
    return judge, tuple(Mistake(f"{name} = {values[key]!r}\n", wrong[key]) for key in wrong)


def update(name, begin, broken, expected, mistakes=(), steps=2):
    """A judge that runs a training step and compares what it returns and which weights it moved.

    Args:
        name: of the function that is the step.
        begin: function from a seed to (networks, optimizers, draw): a dictionary from a name to a
            fresh network, a list of fresh optimizers, and a function from a step's number to its
            arrays. The step is called with all of them, in this order.
        broken: pieces of code that define the step as the learner finds it.
        expected: the right step.
        mistakes: `Mistake`s, named if an answer does what they do.
        steps: how many, one after the other.

    Returns:
        Function of (answer, rng).

    Example:
        >>> import types
        >>> class Network(types.SimpleNamespace):
        ...     trainable_variables = property(lambda self: [self.w])
        >>> def begin(seed):
        ...     return {"network": Network(w=np.ones(1))}, [], lambda number: [np.ones(1)]
        >>> def step(network, x):
        ...     network.w = network.w - x
        ...     return 0.5
        >>> update("step", begin, (), step)(step, np.random.default_rng(0))
    """

    @functools.lru_cache(maxsize=16)  # a check with the same seed again
    def right_course(seed):
        return _course(name, expected, begin(seed), steps)

    @functools.lru_cache(maxsize=256)
    def course_of(code, seed, steps):
        return _course(name, defined(code, name), begin(seed), steps)

    def judge(answer, rng):
        called(name, answer)
        seed = int(rng.integers(2**31))
        given, right = _course(name, answer, begin(seed), steps), right_course(seed)

        def does(code):
            def same(steps):
                return _same(given, course_of(code, seed, steps))

            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # not the learner's
                return same(1) and same(steps)  # one step is mostly enough to differ

        if _same(given, right):
            return
        if any(map(does, broken)):
            raise NotYet(f"{name} does what the broken one does. Repair it, then check again.")
        for mistake in mistakes:
            if any(map(does, mistake.codes)):
                raise Wrong(mistake.says)
        _explain_course(name, given, right)

    return judge


@functools.cache
def defined(code, name):
    """What a piece of code defines under a name.

    Args:
        code: Python code.
        name: of what it defines.

    Returns:
        The object of that name.

    Raises:
        KeyError: if the code defines no such name.

    Example:
        >>> defined("one = 1", "one")
        1
    """
    names = {}
    exec(compile(code, f"<{name}>", "exec"), names)
    return names[name]


def _choose(name, answer, right, wrong):
    plain = _plain(answer)
    if isinstance(plain, type(right)) and plain == _plain(right):
        return
    options = sorted(map(repr, {right, *wrong}))
    hashable = isinstance(plain, (str, int, float))
    says = {_plain(word): sentence for word, sentence in wrong.items()}
    raise Wrong(
        says[plain]
        if hashable and plain in says
        else f"{name} must be one of {', '.join(options)}; got {answer!r:.60}."
    )


def _plain(word):
    """Words may be written with capitals and blanks around them, "true" as True."""
    if isinstance(word, bool):
        return str(word).lower()
    return word.strip().lower() if isinstance(word, str) else word


def _values(name, answer, example):
    """What the answer returns for an example, as an array, or None if that is nothing.

    Its arguments must stay as they were.
    """
    arguments = copy.deepcopy(example)
    value = answer(*arguments)
    if not all(map(_unchanged, example, arguments)):
        raise Wrong(
            f"{name} changes its argument. Work on a copy, or without `+=`, `[...] =` and `pop`."
        )
    if value is None:
        return None
    try:
        array = np.asarray(value)
    except Exception:
        array = np.asarray(None)
    if array.dtype.kind not in "fiu":
        raise Wrong(f"{name} must return numbers; got {_described(value)}.")
    return array


def _unchanged(before, after):
    if isinstance(before, np.ndarray):
        return np.array_equal(before, after, equal_nan=True)
    return not isinstance(before, list) or before == after


def _described(value):
    kind = f" of dtype {value.dtype}" if isinstance(value, np.ndarray) else ""
    return f"{type(value).__name__}{kind}: {value!r:.60}"


def _quietly(function, example):
    with np.errstate(all="ignore"):
        value = function(*copy.deepcopy(example))
    return None if value is None else np.asarray(value)


def _close(given, right, rtol, atol):
    if given is None or right is None:
        return given is right
    given, right = np.asarray(given), np.asarray(right)
    return given.shape == right.shape and np.allclose(
        given, right, rtol=rtol, atol=atol, equal_nan=True
    )


def _explain(name, given, right, example, lead):
    """Raise `Wrong` with exact, yours and the largest difference."""
    right = np.asarray(right)
    if given.shape != right.shape:
        raise Wrong(
            f"{name} must return shape {right.shape} for arguments of shape "
            f"{', '.join(str(np.shape(a)) for a in example)}; got shape {given.shape}."
        )
    if not np.isfinite(given).all():
        at = np.argmin(np.isfinite(given).ravel())
        raise Wrong(
            f"{lead}{name} returns {given.ravel()[at]} where the exact value is "
            f"{right.ravel()[at]:.6g}, {_arguments(example, at, right.shape)}."
        )
    difference = np.abs(given - right)
    at = int(np.argmax(difference))
    raise Wrong(
        f"{lead}exact {right.ravel()[at]:.6g}, yours {given.ravel()[at]:.6g}, largest difference "
        f"{difference.max():.3g}, {_arguments(example, at, right.shape)}."
    )


def _arguments(example, at, shape):
    """The arguments that belong to one place of the result, where they are that simple."""
    parts = []
    for value in example:
        if np.shape(value) == shape and np.ndim(value):
            value = np.ravel(value)[at]
        if callable(value):
            parts.append(getattr(value, "__name__", "a function"))
        elif isinstance(value, (str, bool, list)):
            parts.append(repr(value))
        else:
            parts.append(
                f"{float(value):.4g}" if np.ndim(value) == 0 else f"array {np.shape(value)}"
            )
    return f"for arguments ({', '.join(parts)})"


def _course(name, step, players, steps):
    """What a step returns and where the networks are after each call, or the error it ends in."""
    networks, optimizers, draw = players
    records = [{what: _flat(network) for what, network in networks.items()}]
    try:
        for number in range(steps):
            call = functools.partial(step, *networks.values(), *optimizers)
            value = _values(name, lambda *a, call=call: _of_numbers(call(*a)), draw(number))
            if value is None:
                raise Wrong(f"{name} returns nothing. Is there a `return`?")
            records.append({what: _flat(network) for what, network in networks.items()})
            records[-1]["loss"] = value
    except Exception as error:
        return error.with_traceback(None)  # which would hold on to the networks
    return records


def _of_numbers(value):
    # NumPy warns of a tuple of tensors, not of a tuple of arrays
    return [np.asarray(part) for part in value] if isinstance(value, (tuple, list)) else value


def _flat(network):
    weights = [np.asarray(variable, float).ravel() for variable in network.trainable_variables]
    return np.concatenate([np.zeros(0), *weights])


_near = functools.partial(_close, rtol=1e-3, atol=1e-5)  # float32, and another order of sums


def _same(one, other):
    """Whether two courses are equal, errors by their kind and the first words."""
    if isinstance(one, Exception) or isinstance(other, Exception):
        return type(one) is type(other) and str(one)[:20] == str(other)[:20]
    return all(
        _near(mine[key], theirs[key])
        for mine, theirs in zip(one[1:], other[1:])  # as far as both go
        for key in theirs
    )


def _explain_course(name, given, right):
    """Raise `Wrong` with the first thing that a course does otherwise than the right one."""
    if isinstance(given, Exception):
        raise given
    for number in range(1, len(right)):
        mine, theirs = given[number], right[number]
        for what in theirs.keys() - {"loss"}:
            if mine[what].shape != theirs[what].shape:
                raise Wrong(
                    f"after step {number} {what} has {mine[what].size} trainable weights, not "
                    f"{theirs[what].size}. Never set `.trainable`; say whose weights move."
                )
        for what in sorted(theirs.keys() - {"loss"}):
            _explain_move(number, what, given, right)
        _explain_loss(name, number, mine["loss"], theirs["loss"])


def _explain_move(number, what, given, right):
    mine, theirs = (course[number][what] - course[number - 1][what] for course in (given, right))
    if _near(given[number][what], right[number][what]):
        return
    if not mine.any():
        raise Wrong(f"in step {number} {what} does not move. Whose weights get which gradient?")
    if not theirs.any():
        raise Wrong(f"in step {number} {what} moves, and it must not. Whose weights are named?")
    cosine = mine @ theirs / np.linalg.norm(mine) / np.linalg.norm(theirs)
    apart = np.linalg.norm(mine - theirs) / np.linalg.norm(theirs)
    if apart < 0.02:
        raise Wrong(
            f"in step {number} {what} moves almost as it should: its way is off by {apart:.2%} of "
            "its length, more than rounding. Is a number in the step slightly off?"
        )
    raise Wrong(
        f"in step {number} {what} does not move as it should: its way is "
        f"{np.linalg.norm(mine) / np.linalg.norm(theirs):.3g} times as long as the right one, and "
        f"the cosine between the two is {cosine:.3f} (1 is the same direction, −1 the opposite)."
    )


def _explain_loss(name, number, mine, theirs):
    if mine.shape != theirs.shape:
        raise Wrong(
            f"the weights move as they should, but {name} must return numbers of shape "
            f"{theirs.shape}; got shape {mine.shape}."
        )
    if not _near(mine, theirs):
        raise Wrong(
            "the weights move as they should, but what is returned is not the loss before the "
            f"update: in step {number} exact {theirs.round(5)}, yours {mine.round(5)}."
        )


def planted(name, draw, mistakes=(), tell=None):
    """A judge of what an answer finds, where something was hidden in its inputs.

    Args:
        name: of the function.
        draw: function from rng to a list of pairs (argument tuple, right value).
        mistakes: `Mistake`s, named if an answer gives their values in every example.
        tell: function of (given, right, arguments) to the sentence for an answer of the right
            shape that is wrong in no known way: what is found is a label, no quantity.

    Returns:
        Function of (answer, rng).

    Example:
        >>> judge = planted("odd", lambda rng: [((np.array([2, 2, 7]),), 2)])
        >>> judge(lambda numbers: 2, np.random.default_rng(0))
    """

    def explain(given, right, example):
        if tell and given.shape == np.shape(right) and (given % 1 == 0).all():
            raise Wrong(tell(given, right, example))
        _explain(name, given, right, example, "")

    return _by_values(name, draw, mistakes, functools.partial(_close, rtol=0, atol=0), explain)
