"""The exercise engine, and every exercise with its stub, solution and wrong answers."""

import contextlib
import dataclasses
import itertools
import pickle
import re
import signal
import sys
import threading
import time
import warnings

import nbformat
import numpy as np
import pytest

from ganedu import exercises, shipped
from ganedu.exercises import (
    comparing,
    lesson_08,
    lesson_09,
    lesson_10,
    lesson_12,
    lesson_14,
    running,
)
from ganedu.exercises.comparing import Exercise, Mistake, choices, defined, function
from ganedu.exercises.running import Score, TimeUp, run_within, score_of
from ganedu.exercises.shelf import EXERCISES
from ganedu.playground import comparisons, convolutions, unpaired
from tests.answers import FOLLOWED, HEAD, RIGHT, WRONG
from tests.rerun import NOTEBOOKS

EACH = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
FUNCTIONS = [e for e in EXERCISES.values() if callable(defined(e.solution, e.name))]
EACH_FUNCTION = pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda e: e.id)

CELLS = {}  # id of an exercise -> (task, answer, check), the cells of its lesson
for path in NOTEBOOKS.glob("*.ipynb"):
    cells = nbformat.read(path, as_version=4).cells
    for i, cell in enumerate(cells):
        if cell.metadata.get("nbgrader", {}).get("grade"):
            CELLS[cell.source.partition('"')[2].partition('"')[0]] = cells[i - 2 : i + 1]

CHOICES = {  # the words that a task offers for each of its questions
    "00.2": ("generator", "discriminator"),
    "03.2": ("as good as new points", "blurred", "uneven", "lost modes"),
    "04.4": ("true", "false"),
    "05.3": ("no bug", "crash", "stuck", "wrong way"),
    "06.2": ("fair game", "discriminator wins", "learns nothing", "stop"),
    "07.1": ("fair", "wins", "too weak", "few images"),
    "09.4": ("carried", "open", "wrong"),
    "07.3": ("smaller penalty", "rescale", "equal rates", "more images"),
    "10.3": ("carried", "open", "wrong"),
}

SQUARE = Exercise(
    id="99.1",
    name="square",
    stub="def square(x):\n    raise NotImplementedError\n",
    hints=("Multiply.",),
    solution="def square(x):\n    return x * x\n",
    mistakes=(Mistake("def square(x):\n    return 2 * x\n", "that is twice x."),),
    judge=function(
        "square",
        np.square,
        lambda rng: [(rng.normal(size=5),), (rng.normal(size=(2, 3)),)],
        (Mistake("def square(x):\n    return 2 * x\n", "that is twice x."),),
    ),
    seconds=0.3,
)


def says(answer, seed=None):
    """The message for an answer to the exercise above; it must not score."""
    score = score_of(SQUARE, answer, seed)
    assert score == 0.0
    return score.message


# Every exercise


@EACH
def test_the_stub_scores_nothing(exercise):
    score = exercises.check(exercise.id, defined(exercise.stub, exercise.name))
    assert score == 0.0
    assert score.message.startswith("Not yet: ")
    assert "The same inputs" not in score.message


@EACH
def test_the_solution_scores_full(exercise):
    for seed in seeds(exercise.id):
        score = exercises.check(exercise.id, defined(exercise.solution, exercise.name), seed)
        assert score == exercise.points, score.message
        assert score.message.startswith("Correct.")


@EACH
def test_each_mistake_scores_less_and_is_named(exercise):
    assert len(exercise.mistakes) >= 2
    assert len({mistake.says for mistake in exercise.mistakes}) == len(exercise.mistakes)
    spellings = [(code, mistake.says) for mistake in exercise.mistakes for code in mistake.codes]
    for seed, (code, says) in itertools.product(seeds(exercise.id, 5, heavy=2), spellings):
        score = exercises.check(exercise.id, defined(code, exercise.name), seed)
        assert score < exercise.points
        assert says in score.message


@EACH
def test_hints_lead_up_to_the_solution(exercise, monkeypatch):
    monkeypatch.setattr(exercises, "_hints_given", {})
    assert 2 <= len(exercise.hints) == len(set(exercise.hints))
    given = [exercises.hint(exercise.id) for _ in exercise.hints]
    for number, hint in enumerate(given, 1):
        assert hint.startswith(f"Hint {number} of {len(given)}: ")
    assert "solution(" in given[-1] and "solution(" not in given[0]
    assert exercises.hint(exercise.id) == given[-1]


@EACH
def test_the_shown_solution_runs_by_itself(exercise):
    names = {}
    exec(exercises.solution(exercise.id), names)
    assert exercise.name in names


@EACH
def test_the_lesson_has_the_exercise(exercise):
    task, answer, check = CELLS[exercise.id]
    assert (task.cell_type, answer.cell_type, check.cell_type) == ("markdown", "code", "code")
    assert task.source.startswith(f"### Exercise {exercise.id}: ")
    assert f'hint("{exercise.id}")' in task.source
    assert answer.source == exercise.stub.rstrip("\n")
    assert check.source == f'check("{exercise.id}", {exercise.name})'
    dashed = exercise.id.replace(".", "-")
    common = {"schema_version": 3, "task": False}
    assert answer.metadata.nbgrader == {
        **common,
        "grade": False,
        "grade_id": f"answer-{dashed}",
        "locked": False,
        "solution": True,
    }
    assert check.metadata.nbgrader == {
        **common,
        "grade": True,
        "grade_id": f"check-{dashed}",
        "locked": True,
        "points": exercise.points,
        "solution": False,
    }


def test_lessons_have_no_other_exercises():
    assert set(CELLS) == set(EXERCISES)


@EACH_FUNCTION
@pytest.mark.parametrize(
    ("spoiled", "word"),
    [
        (lambda right: lambda *a: None, "return"),
        (lambda right: lambda *a: "high", "numbers"),
        (lambda right: lambda *a: [1, [2, 3]], "numbers"),
        (lambda right: lambda *a: np.asarray(right(*a)) + 1j, "numbers"),
        (lambda right: lambda *a: np.asarray(right(*a)) * np.nan, "nan"),
        (lambda right: lambda *a: np.asarray(right(*a)) + 0.01, "exact"),
        (lambda right: lambda *a: np.asarray(right(*a))[np.newaxis], "shape"),
        (lambda right: lambda: 0.0, "TypeError"),
        (lambda right: lambda *a: 1 / 0, "ZeroDivisionError"),
        (lambda right: 0.5, "itself"),
    ],
    ids=[
        "none",
        "text",
        "ragged",
        "complex",
        "nan",
        "shifted",
        "shape",
        "arguments",
        "raises",
        "number",
    ],
)
def test_a_spoiled_answer_gets_a_sentence(exercise, spoiled, word):
    answer = spoiled(defined(exercise.solution, exercise.name))
    score = exercises.check(exercise.id, answer, seed=0)
    assert score == 0.0
    assert word in score.message


@EACH_FUNCTION
def test_an_answer_that_knows_one_example_by_heart_fails(exercise):
    """Recorded under one seed, played back under another."""
    right, recorded = defined(exercise.solution, exercise.name), []

    def record(*arguments):
        recorded.append(right(*arguments))
        return recorded[-1]

    assert exercises.check(exercise.id, record, seed=1) == exercise.points
    by_heart = iter(recorded)
    assert exercises.check(exercise.id, lambda *a: next(by_heart), seed=2) == 0.0


@EACH_FUNCTION
def test_changed_arguments_are_noticed(exercise):
    right = defined(exercise.solution, exercise.name)
    seen = []

    def spoil(*arguments):
        value = np.array(right(*arguments))
        for argument in arguments:
            if isinstance(argument, np.ndarray):
                seen.append(argument)
                argument[...] = 7
        return value

    score = exercises.check(exercise.id, spoil, seed=0)
    assert score == (0.0 if seen else exercise.points)
    assert not seen or "changes its argument" in score.message


# The engine


def test_a_failure_shows_the_seed_that_repeats_it():
    message = says(lambda x: x * x + x.sum())
    seed = int(message.partition("seed=")[2].rstrip(")"))
    assert says(lambda x: x * x + x.sum(), seed) == message
    assert says(lambda x: x * x + x.sum(), seed + 1) != message


def test_inputs_differ_from_check_to_check():
    assert says(lambda x: x * x + x.sum()) != says(lambda x: x * x + x.sum())


def test_exact_yours_and_the_largest_difference_are_shown():
    message = says(lambda x: x * x + np.eye(5)[3] if x.ndim == 1 else x * x)
    assert "largest difference 1," in message
    exact, yours = (float(message.partition(w)[2].split(",")[0]) for w in ("exact ", "yours "))
    assert yours - exact == pytest.approx(1, abs=1e-4)


def test_a_named_mistake():
    assert "that is twice x." in says(lambda x: x + x)


def test_tensors_and_float32_are_fine():
    import tensorflow as tf

    assert score_of(SQUARE, lambda x: tf.constant(x, tf.float32) ** 2) == 1


def test_the_learners_line_is_shown(tmp_path):
    path = tmp_path / "answer.py"
    path.write_text("def square(x):\n    wrong = x\n    return x / missing\n")
    names = {}
    exec(compile(path.read_text(), str(path), "exec"), names)
    message = says(names["square"])
    assert "NameError: name 'missing' is not defined" in message
    assert "in the line: return x / missing" in message


@pytest.mark.parametrize("error", [SystemExit(3), GeneratorExit(), MemoryError(), AssertionError()])
def test_nothing_but_the_stop_button_gets_out(error):
    def answer(x):
        raise error

    assert type(error).__name__ in says(answer)


def test_a_check_inside_the_answer_is_refused_at_once():
    def answer(*densities):
        return exercises.check("01.2", answer)

    before = threading.active_count()
    score = exercises.check("01.2", answer)
    assert score == 0.0 and "calls check itself" in score.message
    assert threading.active_count() < before + 5
    right = lambda p, q: (exercises.check("01.2", answer), p / (p + q))[1]  # noqa: E731
    assert exercises.check("01.2", right) == 1.0


class Hostile(type):
    """A class whose name cannot be read."""

    __name__ = property(lambda cls: 1 / 0)


def error_whose_text(text, base=Exception, meta=type):
    """An error of a class of the learner's."""
    return meta("Own", (base,), {"__str__": text})()


@pytest.mark.parametrize(
    "error",
    [
        error_whose_text(lambda self: 3),
        error_whose_text(lambda self: 1 / 0),
        error_whose_text(lambda self: sys.exit()),
        error_whose_text(lambda self: type("Text", (str,), {"strip": None})("x")),
        error_whose_text(lambda self: 3, running.Wrong),
        error_whose_text(lambda self: 3, running.NotYet),
        error_whose_text(lambda self: "x", meta=Hostile),
    ],
    ids=["number", "raises", "exits", "own text", "wrong", "not yet", "no name"],
)
def test_an_error_without_a_text_gets_a_sentence(error):
    def answer(x):
        raise error

    assert says(answer).startswith("Not yet: ")


def test_an_error_whose_text_never_ends_is_ended():
    def answer(x):
        raise error_whose_text(sleep_for_ever)

    assert "no end after 0.3 s" in says(answer)


@pytest.mark.parametrize("seed", [-1, 1.5, "1"])
def test_a_seed_that_is_none_is_refused(seed):
    assert "seed must be" in score_of(SQUARE, lambda x: x * x, seed).message


def test_none_for_some_arguments_is_told_apart_from_no_return():
    assert "Is there a `return`?" in says(lambda x: None)
    assert "None for others" in says(lambda x: x * x if x.ndim == 1 else None)


def test_a_list_that_is_emptied_is_noticed():
    judge = function("f", lambda pairs: 2, lambda rng: [([1, 2],)])
    with pytest.raises(running.Wrong, match="changes its argument"):
        judge(lambda pairs: pairs.pop(), None)


def test_endless_recursion_gets_a_sentence():
    def answer(x):
        return answer(x)

    assert "RecursionError" in says(answer)


def test_the_stop_button_passes_through():
    def answer(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_of(SQUARE, answer)


def count_for_ever(x):
    while True:
        pass


def swallow_everything(x):
    end = time.monotonic() + 3
    while time.monotonic() < end:
        try:
            sum(range(1000))
        except:  # noqa: E722
            x = x + 0


def sleep_for_ever(x):
    while True:
        time.sleep(0.01)


@pytest.mark.parametrize("endless", [count_for_ever, swallow_everything, sleep_for_ever])
def test_an_endless_loop_is_ended(endless):
    began = time.monotonic()
    assert "no end after 0.3 s" in says(endless)
    assert 0.3 <= time.monotonic() - began < 3
    assert score_of(SQUARE, lambda x: x * x) == 1  # and the kernel is usable


class Heart:
    """An endless answer whose beats can be counted: threading's own lists can be wrong."""

    def __init__(self):
        self.beats = 0

    def __call__(self, x):
        while True:
            self.beats += 1

    def stands_still(self, seconds=5):
        deadline, before = time.monotonic() + seconds, -1
        while self.beats != before and time.monotonic() < deadline:
            before = self.beats
            time.sleep(0.05)
        return self.beats == before


def hang_in_c(x):
    time.sleep(4)


def test_the_caller_is_free_even_if_the_code_hangs_inside_c():
    began = time.monotonic()
    assert "no end after 0.3 s" in says(hang_in_c)
    assert time.monotonic() - began < 3


def test_the_learners_stop_button_ends_the_answer_too():
    """SIGINT reaches the main thread, as it does in a kernel; the answer's thread must end."""
    timer = threading.Timer(0.2, signal.raise_signal, [signal.SIGINT])
    timer.start()
    heart = Heart()
    with pytest.raises(KeyboardInterrupt):
        score_of(dataclasses.replace(SQUARE, seconds=30), heart)
    assert heart.beats > 0 and heart.stands_still()


def test_a_time_limit_that_ends_with_the_work_leaves_nothing_behind():
    hearts = [Heart() for _ in range(3)]
    for heart in hearts:
        with contextlib.suppress(TimeUp):
            run_within(0.05, heart, None)
    for _ in range(50):
        with contextlib.suppress(TimeUp):
            run_within(0.002, time.sleep, 0.002)
    assert all(heart.stands_still() for heart in hearts)
    assert sum(range(100_000)) == 4_999_950_000


def test_what_is_printed_is_shown_and_costs_nothing(capsys):
    def answer(x):
        print("hello")
        print("trouble", file=sys.stderr)
        warnings.warn("careful", stacklevel=1)
        return x * x

    assert score_of(SQUARE, answer) == 1
    shown = capsys.readouterr()
    assert not shown.err
    assert "hello" in shown.out and "trouble" in shown.out
    assert shown.out.count("UserWarning: careful") == 1


def test_an_unknown_id_lists_the_right_ones():
    for answer in (exercises.check("00.9", 1).message, exercises.hint("x"), exercises.solution(3)):
        assert all(id in answer for id in EXERCISES)
    assert exercises.check(["00.1"], 1) == 0.0


def test_a_score_is_the_number_for_nbgrader_and_a_sentence_for_the_learner():
    score = Score(1.0, "Correct. 1 < 2")
    assert repr(score) == "1.0" and float(repr(score)) == score
    assert score._repr_html_() == '<p role="status">✓ Correct. 1 &lt; 2</p>'
    assert "✗" in Score(0.0, "Not yet.")._repr_html_()
    assert pickle.loads(pickle.dumps(score)).message == score.message


def test_a_broken_judge_does_not_raise():
    def judge(answer, rng):
        raise LookupError("an error of ours")

    score = score_of(dataclasses.replace(SQUARE, judge=judge), None)
    assert score == 0.0 and "LookupError" in score.message


def test_progress_keeps_the_best(monkeypatch):
    monkeypatch.setattr(exercises, "_best", {})
    assert exercises.progress("00").startswith("0 of 2 exercises solved. Open: 00.1, 00.2.")
    exercises.check("00.1", lambda images: (images + 1) / 2)
    exercises.check("00.1", None)
    assert exercises.progress("00") == "1 of 2 exercises solved. Open: 00.2."
    exercises.check("00.2", defined(EXERCISES["00.2"].solution, "who"))
    assert exercises.progress("00") == "2 of 2 exercises solved. All done."
    assert "no exercises of lesson '77'" in exercises.progress("77")


def test_a_choice():
    judge, mistakes = choices("best", "b", {"a": "a is worse."})
    judge(" B ", None)
    assert defined(mistakes[0].code, "best") == "a"
    for answer, word in (("a", "a is worse."), ("c", "one of 'a', 'b'"), (7, "one of"), ([], "[]")):
        with pytest.raises(running.Wrong, match=word.replace("[]", r"\[\]")):
            judge(answer, None)
    for answer in (None, ...):
        with pytest.raises(running.NotYet):
            judge(answer, None)


def test_several_choices():
    judge, mistakes = choices("who", {"1": "a", "2": "b"}, {("2", "a"): "not a."})
    judge({"1": "a", "2": "b"}, None)
    assert defined(mistakes[0].code, "who") == {"1": "a", "2": "a"}
    for answer, word in (({"1": "a", "2": "a"}, "not a."), ({"1": "a"}, "keys"), ("a", "keys")):
        with pytest.raises(running.Wrong, match=word):
            judge(answer, None)
    with pytest.raises(running.NotYet):
        judge({"1": "a", "2": None}, None)


def test_the_arguments_of_the_worst_place_are_shown():
    assert "arguments (1.5)" in comparing._arguments((np.array([0.5, 1.5]),), 1, (2,))
    assert "array (3,)" in comparing._arguments((np.zeros(3),), 0, (2,))


def gets(id, code, seed=0):
    """The score of an answer of `tests/answers.py`."""
    return exercises.check(id, defined(HEAD + code, EXERCISES[id].name), seed)


def seeds(id, several=10, heavy=3):
    """Fewer where a check takes long: lesson 05 trains networks, 08.4 compares many points."""
    return range(heavy if id.startswith("05") or id == "08.4" else several)


@pytest.mark.parametrize("id, code", [(id, c) for id, codes in RIGHT.items() for c in codes])
def test_right_answers_in_other_words_score_full(id, code):
    for seed in seeds(id, 5, heavy=2):
        score = gets(id, code, seed)
        assert score == 1.0, score.message


@pytest.mark.parametrize("id, code", [(id, c) for id, codes in WRONG.items() for c in codes])
def test_likely_wrong_answers_score_nothing(id, code):
    """Boundaries are in every draw, so a few seeds tell."""
    for seed in seeds(id, 5, heavy=1):
        assert gets(id, code, seed) == 0.0


@pytest.mark.parametrize("id, code", FOLLOWED.items(), ids=FOLLOWED)
def test_hints_followed_word_for_word_score_full(id, code):
    for seed in seeds(id, 5, heavy=1):
        score = gets(id, code, seed)
        assert score == 1.0, score.message


@EACH
def test_code_in_hints_is_followed_word_for_word(exercise):
    """Each piece of code in a hint stands in the answer that follows them."""
    followed = "".join(FOLLOWED.get(exercise.id, "").split())
    for piece in re.findall("`(.+?)`", " ".join(exercise.hints)):
        wanted = re.escape("".join(piece.split())).replace(re.escape("..."), ".+")
        assert re.search(wanted.replace("…", ".+"), followed), piece


@EACH
def test_choices_are_answered_against_all_words_of_the_task(exercise):
    """Each word that the task offers is right or has a sentence; other words get the list."""
    if exercise.draws or not CHOICES.get(exercise.id):
        return
    right = defined(exercise.solution, exercise.name)
    for question, word in itertools.product(right, CHOICES[exercise.id]):
        score = exercises.check(exercise.id, {**right, question: word})
        assert score == (right[question] == word)
        assert "must be one of" not in score.message
        others = exercises.check(exercise.id, {**right, question: "no such word"}).message
        assert all(repr(each) in others for each in CHOICES[exercise.id])


@pytest.mark.parametrize(
    "id, code, words",
    [
        ("01.1", "import tensorflow as tf\ndef discriminator_loss(r, f):\n"
         "    return -tf.math.log(tf.sigmoid(r)) - tf.math.log(1 - tf.sigmoid(f))", "infinite"),
        ("01.1", "import tensorflow as tf\ndef discriminator_loss(r, f):\n"
         "    d = lambda x: tf.clip_by_value(tf.sigmoid(x), 1e-7, 1 - 1e-7)\n"
         "    return -tf.math.log(d(r)) - tf.math.log(1 - d(f))", "clipped probabilities"),
        ("01.4", "from scipy.spatial.distance import jensenshannon\n"
         "def js_divergence(p, q, dx):\n    return jensenshannon(p, q)", "square root"),
        ("01.4", "import numpy as np\ndef js_divergence(p, q, dx):\n"
         "    m = p + q\n    return np.sum(p * np.log(p / m) + q * np.log(q / m)) * dx / 2",
         "too small by log 2"),
    ],
)  # fmt: skip
def test_mistakes_of_lesson_01_are_named_in_another_spelling_too(id, code, words):
    for seed in range(5):
        score = exercises.check(id, defined(code, EXERCISES[id].name), seed)
        assert score == 0.0 and words in score.message, score.message


def reference(id):
    return defined(EXERCISES[id].solution, EXERCISES[id].name)


def test_02_1_slopes_are_those_of_the_losses():
    """Central differences of −log(1 + e^f) and log(1 + e^(−f)); at f = −8 the two are known."""
    f, h = np.linspace(-9, 9, 7), 1e-5
    saturating = (np.log1p(np.exp(f - h)) - np.log1p(np.exp(f + h))) / (2 * h)
    other = (np.log1p(np.exp(-f - h)) - np.log1p(np.exp(-f + h))) / (2 * h)
    np.testing.assert_allclose(reference("02.1")(f), [saturating, other], atol=1e-9)
    at_minus_8 = reference("02.1")(np.array([-8.0])).ravel()
    assert at_minus_8.round(4).tolist() == [-0.0003, -0.9997]


def test_02_2_a_step_by_hand():
    """From (1, 0) with ½: y = ½, then x = 1 − ½·½."""
    assert reference("02.2")(1.0, 0.0, 0.5).tolist() == [0.75, 0.5]


def test_02_3_rates_by_hand():
    """γ = ½: ¼. γ = 1: ½. γ = 1.25: 0.625 − √(0.390625 − 0.25) = 0.625 − 0.375."""
    rates = [reference("02.3")(gamma) for gamma in (0.5, 1.0, 1.25)]
    np.testing.assert_allclose(rates, [0.25, 0.5, 0.25], rtol=1e-12)


def test_04_1_two_stamps_by_hand():
    """1 and 10 stamp [[1, 2], [3, 4]] side by side, one apart: the middle column adds up."""
    image, kernel = np.array([[1.0, 10.0]]), np.array([[1.0, 2.0], [3.0, 4.0]])
    right = reference("04.1")
    assert right(image, kernel, 1).tolist() == [[1, 12, 20], [3, 34, 40]]
    assert right(image, kernel, 2).tolist() == [[1, 2, 10, 20], [3, 4, 30, 40]]


def test_04_1_is_the_transposed_convolution_of_tensorflow():
    """TensorFlow's own is the gradient of its convolution with respect to the image."""
    import tensorflow as tf

    rng = np.random.default_rng(0)
    image, kernel = rng.normal(size=(3, 4)), rng.normal(size=(3, 3))
    with tf.GradientTape() as tape:
        tape.watch(wide := tf.zeros((1, 7, 9, 1), tf.float64))
        small = tf.nn.conv2d(wide, kernel[..., None, None], 2, "VALID")
        product = tf.reduce_sum(small * image[None, ..., None])
    expected = tape.gradient(product, wide)[0, :, :, 0]
    np.testing.assert_allclose(reference("04.1")(image, kernel, 2), expected, atol=1e-12)


def test_04_2_sizes_are_those_of_the_package():
    for n, k, s in ((7, 4, 2), (8, 3, 2), (9, 5, 3), (5, 3, 1)):
        for padding in convolutions.PADDINGS:
            for transposed in (False, True):
                expected = convolutions.output_size(n, k, s, padding, transposed)
                assert reference("04.2")(n, k, s, padding, transposed) == expected


def test_04_3_fields_by_hand():
    """3×3 twice: 5. Kernel 4, stride 2, twice: 4 + 3·2 = 10, and a third: 10 + 3·4 = 22."""
    fields = [
        reference("04.3")(layers) for layers in ([(3, 1)] * 2, [(4, 2)] * 2, [(4, 2)] * 3, [])
    ]
    assert fields == [5, 10, 22, 1]


def test_words_and_lists_among_the_arguments_are_shown_as_they_are():
    judge = function("f", lambda n, word, pairs: n, lambda rng: [(2, "same", [(3, 1)])])
    with pytest.raises(running.Wrong, match=r"for arguments \(2, 'same', \[\(3, 1\)\]\)"):
        judge(lambda n, word, pairs: n + 1, None)


def test_a_function_among_the_arguments_is_called_one():
    judge = function("f", lambda do, n: do(n), lambda rng: [(abs, -2)])
    with pytest.raises(
        running.Wrong, match=r"exact 2, yours 3, .* for arguments \(a function, -2\)"
    ):
        judge(lambda do, n: do(n) + 1, None)


def test_18_2_the_way_along_a_field_by_hand():
    """v = x + t from 1 in two steps: 1 + ½·1 = 1.5, then 1.5 + ½ (1.5 + ½) = 2.5."""
    walk = defined(EXERCISES["18.2"].solution, "walk")
    assert walk(lambda points, time: points + time, 1.0, 2) == 2.5


@pytest.mark.parametrize(
    "id, code, words",
    [
        ("19.1", "def shared_gradient(gradient, points, latents, n):\n"
         "    return sum(gradient(points[r::n], latents[r::n]) for r in range(n)) / len(points)",
         "number of rows has come in"),
        ("19.1", "shared_gradient = lambda gradient, points, latents, n: (\n"
         "    gradient(points[: len(points) // n], latents[: len(points) // n]))",
         "one replica's rows"),
        ("19.1", "shared_gradient = lambda gradient, points, latents, n: (\n"
         "    gradient(points[::n], latents[::n]))", "one replica's rows"),
        ("19.1", "def shared_gradient(gradient, points, latents, n):\n"
         "    each = zip((points[r::n] for r in range(n)), latents.reshape(n, -1, 3))\n"
         "    return sum(gradient(*part) for part in each) / n", "not of the same rows"),
        ("19.1", "def shared_gradient(gradient, points, latents, n):\n"
         "    return sum(gradient(points[r::n], latents[::n]) for r in range(n)) / n",
         "same latents"),
        ("19.2", "step_seconds = lambda one, two, n: one / n + (2 * two - one) * (n - 1)",
         "how many turns"),
    ],
)  # fmt: skip
def test_mistakes_of_lesson_19_are_named_in_another_spelling_too(id, code, words):
    for seed in range(5):
        score = exercises.check(id, defined(code, EXERCISES[id].name), seed)
        assert score == 0.0 and words in score.message, score.message


def test_19_2_a_step_of_many_is_near_twice_the_talking_of_two():
    """Also where two take longer than one: talking takes .9 s, 1.5 s, or .1 s."""
    for one, two, talking in ((0.2, 1.0, 0.9), (1.0, 2.0, 1.5), (1.0, 0.6, 0.1)):
        far, farther = (abs(reference("19.2")(one, two, n) - 2 * talking) for n in (8, 10**9))
        assert farther < 1e-6 < far


def test_18_3_whoever_is_quick_enough_and_best_in_the_middle():
    choose = defined(EXERCISES["18.3"].solution, "choose")
    distances = np.array([[1.0, 1, 1], [9, 3, np.inf], [5, 8, 6], [7, 7, 7]])
    assert choose(distances, np.array([9.0, 2, 2, 1]), 2.0) == 2
    assert choose(distances, np.array([9.0, 2, 2, 1]), 1.5) == 3
    assert choose(distances, np.array([9.0, 2, 2, 1]), 10) == 0


# Lesson 05: right updates in other words, and half repairs in other words

TF_AND_KERAS = "import keras\nimport tensorflow as tf\nfrom ganedu import losses\n"
BCE = "    bce = keras.losses.BinaryCrossentropy(from_logits=True)\n"
GENERATOR_STEP = (
    TF_AND_KERAS + "def generator_step(generator, discriminator, optimizer, latents):\n"
)
DISCRIMINATOR_STEP = (
    TF_AND_KERAS
    + "def discriminator_step(generator, discriminator, optimizer, real_images, latents):\n"
)
TRAIN_STEP = (
    TF_AND_KERAS
    + "def train_step(\n"
    + "    generator, discriminator, g_optimizer, d_optimizer, real_pixels, d_latents, g_latents\n"
    + "):\n"
)
G_FORWARD = "        f = discriminator(generator(latents, training=True), training=True)\n"
G_APPLY = (
    "    optimizer.apply(tape.gradient(loss, generator.trainable_variables),\n"
    "                    generator.trainable_variables)\n    return loss\n"
)
D_FORWARD = (
    "        r = discriminator(real_images, training=True)\n"
    "        f = discriminator(generator(latents, training=True), training=True)\n"
)
D_APPLY = (
    "    gradients = tape.gradient(loss, discriminator.trainable_variables)\n"
    "    optimizer.apply_gradients(zip(gradients, discriminator.trainable_variables))\n"
    "    return float(loss)\n"
)
TAPE = "    with tf.GradientTape() as tape:\n"
PERSISTENT = "    with tf.GradientTape(persistent=True) as tape:\n"
G_TAPE = TAPE + G_FORWARD
BOTH = (
    "    real = tf.cast(real_pixels, tf.float32) * (2 / 255) - 1\n"
    "    with tf.GradientTape(persistent=True) as tape:\n"
    "        fakes = generator(d_latents, training=True)\n"
    "        f = discriminator(fakes, training=True)\n"
    "        r = discriminator(real, training=True)\n"
    "        a = tf.reduce_mean(losses.get('non_saturating').discriminator(r, f))\n"
    "    v = discriminator.trainable_variables\n"
    "    d_optimizer.apply(tape.gradient(a, v), v)\n"
    "    with tf.GradientTape() as tape:\n"
    "        f = discriminator(generator(g_latents, training=True), training=True)\n"
    "        b = tf.reduce_mean(losses.get('non_saturating').generator(f, f))\n"
    "    v = generator.trainable_variables\n"
    "    g_optimizer.apply(tape.gradient(b, v), v)\n"
    "    return a, b\n"
)


@pytest.mark.parametrize(
    "id, code, words",
    [
        ("05.1", GENERATOR_STEP + BCE + G_TAPE
         + "        loss = bce(tf.zeros_like(f), f)\n" + G_APPLY, "away from its aim"),
        ("05.1", GENERATOR_STEP + G_TAPE
         + "        loss = tf.reduce_mean(tf.nn.softplus(-f)) / 2\n" + G_APPLY, "0.5 times"),
        ("05.1", GENERATOR_STEP + G_TAPE
         + "        loss = tf.reduce_mean(tf.nn.softplus(-f))\n    return loss\n", "does not move"),
        ("05.1", GENERATOR_STEP + G_TAPE
         + "        loss = tf.reduce_mean(tf.nn.softplus(-f))\n"
         + G_APPLY.replace("return loss", "return 2 * loss"), "before the update"),
        ("05.2", DISCRIMINATOR_STEP + TAPE + D_FORWARD + "        loss = tf.reduce_mean("
         "losses.get('hinge').discriminator(r, f))\n" + D_APPLY, "not move as it should"),
        ("05.4", TRAIN_STEP + BOTH.replace("* (2 / 255) - 1", "/ 255"), "range"),
        ("05.4", TRAIN_STEP + BOTH.replace("return a, b", "return b, a"), "wrong order"),
        ("05.4", TRAIN_STEP + BOTH.replace("generator(g_latents", "generator(d_latents"), "choice"),
        ("05.4", TRAIN_STEP + BOTH.replace("    return", "    g_optimizer.apply("
         "[0 * w for w in v], v)\n    discriminator.trainable = False\n    return"), "trainable"),
    ],
)  # fmt: skip
def test_half_repairs_of_lesson_05_are_told_what_is_left(id, code, words):
    for seed in range(2):
        score = exercises.check(id, defined(code, EXERCISES[id].name), seed)
        assert score == 0.0 and words in score.message, score.message


@pytest.mark.parametrize("seed", [19, 41, 62])
def test_05_4_whose_weights_move_shows_under_a_loss_that_is_flat_outside_of_0_to_1(seed):
    """Of these seeds one or both looked alike with the right weights and with the wrong ones."""
    says = [
        mistake
        for mistake in EXERCISES["05.4"].mistakes
        if "the range is mended. Two" in mistake.says or "the right weights move" in mistake.says
    ]
    assert len(says) == 2
    for mistake in says:
        score = exercises.check("05.4", defined(mistake.codes[0], "train_step"), seed)
        assert score == 0.0 and mistake.says in score.message


def test_05_the_right_updates_by_hand():
    """D(x) = w·x, G(z) = v·z, one image: L_D' = −σ(−r)x + σ(f)G, L_G' = −σ(−f)wz."""
    import keras

    generator = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    discriminator = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    generator.set_weights([np.array([[0.5]])])
    discriminator.set_weights([np.array([[2.0]])])
    x, z, sigma = np.float32([[3.0]]), np.float32([[-1.0]]), lambda a: 1 / (1 + np.exp(-a))
    one = [generator, discriminator, keras.optimizers.SGD(1.0)]
    loss = reference("05.2")(*one, x, z)
    moved = 2.0 + sigma(-6.0) * 3.0 - sigma(-1.0) * -0.5  # r = 2·3, f = 2·(½·−1)
    assert discriminator.get_weights()[0][0, 0] == pytest.approx(moved, rel=1e-5)
    assert float(loss) == pytest.approx(np.log1p(np.exp(-6.0)) + np.log1p(np.exp(-1.0)), rel=1e-5)
    loss = reference("05.1")(generator, discriminator, keras.optimizers.SGD(1.0), z)
    f = moved * -0.5
    assert generator.get_weights()[0][0, 0] == pytest.approx(0.5 - sigma(-f) * moved, rel=1e-5)
    assert float(loss) == pytest.approx(np.log1p(np.exp(-f)), rel=1e-5)


def test_05_3_the_ten_changes_are_what_the_answers_say():
    """Each answer by an experiment of its own, on points of the plane."""
    import keras
    import tensorflow as tf

    from ganedu import models

    generator, discriminator = models.mlp_generator(seed=0), models.mlp_discriminator(seed=0)
    right = defined(EXERCISES["05.3"].solution, "changes")
    latents = tf.random.stateless_normal([8, 2], [0, 0])
    fakes = generator(latents, training=True)
    with tf.GradientTape(persistent=True) as tape:
        inside = discriminator(generator(latents, training=True), training=True)
        outside = discriminator(fakes, training=True)
        up, down = tf.nn.softplus(-inside), tf.nn.softplus(inside)
    g, d = generator.trainable_variables, discriminator.trainable_variables

    def crashes(optimizer, gradients, weights):
        with pytest.raises((ValueError, KeyError)):
            optimizer.apply(gradients, weights)

    shorter = [
        float(tf.reduce_sum(a * b)) for a, b in zip(tape.gradient(up, g), tape.gradient(down, g))
    ]
    assert sum(shorter) < 0  # the opposite way
    same = zip(tape.gradient(inside, d), tape.gradient(outside, d))
    assert all(np.array_equal(a, b) for a, b in same)
    assert tape.gradient(outside, g) == [None] * len(g)
    crashes(keras.optimizers.Adam(), tape.gradient(outside, g), g)
    before, adam = generator.get_weights(), keras.optimizers.Adam()
    gradients = tape.gradient(up, g)
    adam.apply(tape.gradient(up, d), d)
    assert all(np.array_equal(a, b) for a, b in zip(before, generator.get_weights()))
    crashes(adam, gradients, g)
    keras.optimizers.Adam().apply([], [])  # what is left of a frozen network, without a word
    assert sorted(right.values()) == sorted(
        ["wrong way"] * 2 + ["crash"] * 2 + ["stuck"] * 2 + ["no bug"] * 4
    )


class Weight:
    """A network of one weight, without Keras."""

    def __init__(self):
        self.trainable_variables = [np.ones(1)]


@pytest.mark.parametrize(
    "moves, words",
    [
        ((2.0, 0.0), None),
        ((0.0, 0.0), "mine does not move"),
        ((2.0, 1.0), "theirs moves, and it must not"),
        ((1.0, 0.0), "0.5 times as long"),
        ((-2.0, 0.0), "is -1.000"),
        ((4.0, 0.0), "twice."),
        ((3.0, 0.0), "the broken one"),
    ],
)
def test_an_update_is_judged_by_what_it_moves(moves, words):
    def begin(seed):
        return {"mine": Weight(), "theirs": Weight()}, [], lambda number: [np.ones(1)]

    def by(first, second):
        def step(mine, theirs, x):
            mine.trainable_variables[0] += first * x
            theirs.trainable_variables[0] += second * x
            return 0.5

        return step

    code = "def step(mine, theirs, x):\n    mine.trainable_variables[0] += {} * x\n    return 0.5\n"
    twice = Mistake(code.format(4), "twice.")
    judge = comparing.update("step", begin, (code.format(3),), by(2.0, 0.0), (twice,))
    if words is None:
        judge(by(*moves), np.random.default_rng(0))
        return
    with pytest.raises((running.Wrong, running.NotYet), match=words):
        judge(by(*moves), np.random.default_rng(0))


def test_what_is_planted_is_asked_for_in_its_order():
    """Two examples with different right values; a mistake is named if it fits both."""
    mistake = comparing.Mistake("def odd(x):\n    return 0\n", "always the first.")
    judge = comparing.planted("odd", lambda rng: [((1.0,), 0), ((2.0,), 1)], (mistake,))
    judge(lambda x: int(x > 1), None)
    with pytest.raises(running.Wrong, match="always the first"):
        judge(lambda x: 0, None)
    with pytest.raises(running.Wrong, match="exact 1, yours 7"):
        judge(lambda x: 7 * int(x > 1), None)


def test_08_1_a_distance_by_hand():
    """Corners (±1, ±1) have the covariance 4/3 · identity; three times as wide, moved by (3, 4):
    25 + 2 · (3 − 1)² · 4/3."""
    corners = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    for distance in (reference("08.1"), lesson_08._frechet):
        assert distance(corners, 3 * corners + [3, 4]) == pytest.approx(25 + 32 / 3)
        assert distance(corners, corners) == pytest.approx(0, abs=1e-12)


def test_08_2_distances_by_hand():
    """d = 1: k(0, 1) = 1, k(1, 2) = 27, across 1, 1, 8, 27: 1 + 27 − 2 · 9.25. And k(−1, 1) = 0."""
    real, fake, both = np.array([[[0.0], [1.0]], [[1.0], [2.0]], [[-1.0], [1.0]]])
    for distance in (reference("08.2"), lesson_08._by_pairs):
        assert distance(real, fake) == 9.5
        assert distance(both, both) == -8


def test_08_3_a_lost_class_by_hand():
    """Shares of three classes ½, ¼, ¼; the second model has ½, ½, 0 of them."""
    labels = np.array([[0, 0, 1, 2], [0, 0, 1, 1], [0, 1, 1, 2]]).repeat(3, axis=1)
    everything = np.arange(3, 10)
    found = reference("08.3")(
        np.hstack([labels, [everything] * 3]), np.array([0, 0, 1, 2, *everything])
    )
    assert tuple(found) == (1, 2)


def test_08_4_copies_by_hand():
    """A hundred places on a line: two sets fall anywhere, the third on the places themselves."""
    train = np.arange(100.0)[:, np.newaxis] ** 1.5
    random = np.random.default_rng(0)
    held_out, one, two = random.uniform(0, 1000, (3, 100, 1))
    assert reference("08.4")(np.stack([one, two, train]), train, held_out) == 2
    assert reference("08.4")(np.stack([one, two, one]), train, held_out) == -1


@pytest.mark.parametrize(
    "id, code, words",
    [
        ("08.1", "import numpy as np\ndef frechet_distance(a, b):\n"
         "    return np.sum((a.mean(0) - b.mean(0))**2 + (a.std(0, ddof=1) - b.std(0, ddof=1))**2)",
         "single features"),
        ("08.1", "import numpy as np\ndef frechet_distance(a, b):\n"
         "    A, B = np.cov(a.T), np.cov(b.T)\n"
         "    w = np.emath.sqrt(np.linalg.eigvals(A @ B).astype(complex)).sum()\n"
         "    return ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(A + B) - 2 * w", "complex"),
        ("08.2", "def kernel_distance(a, b):\n"
         "    k = lambda x, y: (x @ y.T / x.shape[1] + 1) ** 3\n"
         "    return k(a, a).mean() + k(b, b).mean() - 2 * k(a, b).mean()", "meet themselves"),
        ("08.4", "import numpy as np\nfrom scipy.spatial import cKDTree\n"
         "def which_copies(samples, train, held_out):\n"
         "    return int(np.argmin([np.sum(cKDTree(train).query(x)[0]) for x in samples]))",
         "raw distance"),
    ],
)  # fmt: skip
def test_mistakes_of_lesson_08_are_named_in_another_spelling_too(id, code, words):
    for seed in range(5):
        score = exercises.check(id, defined(code, EXERCISES[id].name), seed)
        assert score == 0.0 and words in score.message, score.message


@pytest.mark.parametrize(
    "values, expected",
    [
        ([0.9, 0.05, 0.9, 0.05, 0.05, 0.9], -1),  # two at most in a row
        ([0.05, 0.05, 0.05, 0.9], 30),  # from the first row on
        ([0.9, 0.05, 0.05, 0.09, 0.05, 0.9, 0.9], 40),  # the third of the four; it recovers later
        ([0.9, 0.05, 0.05, 0.1, 0.05], -1),  # equal to the threshold is not below it
        ([0.05, 0.05], -1),  # fewer rows than patience
    ],
)
def test_07_4_an_alarm_by_hand(values, expected):
    steps = 10 * (1 + np.arange(len(values)))
    assert reference("07.4")(steps, np.array(values), 0.1, 3) == expected


def test_07_the_runs_are_what_the_answers_say():
    """The unlabelled runs, as the benchmark made them."""
    from ganedu.exercises import lesson_07
    from tests.benchmarks.gallery import UNLABELLED

    cases = {letter: case for letter, (case, _, _) in UNLABELLED.items()}
    words = {
        "A": ("discriminator too weak", "too weak"),
        "B": ("data range", "fair"),
        "C": ("discriminator wins", "wins"),
        "D": ("few images", "few images"),
        "E": ("healthy", "fair"),
    }
    assert {k: (cases[k], lesson_07._READ[k]) for k in words} == words
    assert cases["F"] == "mode collapse" and lesson_07._SEEN["F"] == "collapse"


def test_09_1_the_best_logit_is_the_lowest_place_of_what_is_paid():
    critic = defined(EXERCISES["09.1"].solution, "smoothed_critic")
    v, (p, q, target) = np.linspace(-9, 9, 180_001), (0.7, 0.2, 0.8)
    real = target * np.logaddexp(0, -v) + (1 - target) * np.logaddexp(0, v)
    lowest = v[np.argmin(p * real + q * np.logaddexp(0, v))]
    assert critic(p, q, target) == pytest.approx(lowest, abs=1e-3)
    assert critic(p, q, 1.0) == pytest.approx(np.log(p / q))


def test_09_2_the_right_penalty_is_that_of_the_package_and_the_others_are_not():
    import tensorflow as tf

    from ganedu import penalties

    critic = lambda images: tf.reduce_sum(images**2, axis=(1, 2, 3)) / 2  # noqa: E731
    ones, zeros = tf.ones((400, 4, 4, 1)), tf.zeros((400, 4, 4, 1))
    # the gradient is the point, of length 4u: (4u − 1)² has the mean 16/3 − 4 + 1
    means = {
        fault: float(tf.reduce_mean(lesson_09.penalty_with(fault)(critic, ones, zeros, 0)))
        for fault in (None, *lesson_09.FAULTS)
    }
    package = penalties.gradient_penalty(critic, ones, zeros, 0)
    assert means[None] == pytest.approx(7 / 3, rel=0.2)
    assert float(tf.reduce_mean(package)) == pytest.approx(7 / 3, rel=0.2)
    assert all(abs(means[fault] - 7 / 3) > 0.5 for fault in lesson_09.FAULTS)


def test_09_2_the_right_one_is_at_each_place_once():
    for seed in range(20):
        examples = lesson_09._candidates(np.random.default_rng(seed))
        assert sorted(right for _, right in examples) == [0, 1, 2, 3]


def test_09_3_a_step_by_hand():
    step = defined(EXERCISES["09.3"].solution, "optimistic_step")
    # F(1, 0) = (0, 1), F(0, 1) = (−1, 0): 2F − F_before = (1, 2)
    assert step(np.array([1.0, 0.0]), np.array([0.0, 1.0]), 0.5).tolist() == [1.5, 1.0]


def test_09_4_the_table_is_what_the_answers_say():
    told = shipped.recording("losses_compared")
    runs = {}
    for row in told["rows"]:
        if row["seed"] < 5:
            distance = row["frechet_distance"] if row["classes"] == 10 else None
            runs.setdefault((row["loss"], row["penalty"], row["optimizer"]), []).append(distance)
    of = {(loss, penalty): values for (loss, penalty, how), values in runs.items() if how == "Adam"}
    apart, middle = comparisons.separate, comparisons.middle
    ns, minimax = of["non_saturating", "R1"], of["minimax", "R1"]
    assert apart(ns, of["non_saturating", "none"])
    assert middle(ns) < middle(of["non_saturating", "none"])
    assert None not in minimax
    assert middle(minimax) < middle(of["hinge", "R1"]) and not apart(minimax, of["hinge", "R1"])
    wasserstein, between = of["wasserstein", "R1"], of["wasserstein", "between"]
    best = [min(value for value in values if value) for values in (wasserstein, between)]
    assert best[0] < best[1] and not apart(wasserstein, between)
    assert None not in of["wide_least_squares", "R1"]
    assert all(len(values) == 5 for values in runs.values())


def test_10_1_steps_by_hand():
    """W = diag(3, 1): each step multiplies the parts of u by 9 and 1, so that u ~ (9, 1)."""
    W, u = np.diag([3.0, 1.0]), np.full(2, np.sqrt(0.5))
    for norm in (reference("10.1"), lesson_10._by_eigenvectors):
        assert norm(W, u, 0) == pytest.approx(np.sqrt(5))
        assert norm(W, u, 1) == pytest.approx(np.sqrt((27**2 + 1) / (9**2 + 1)))
        assert norm(W, u, 50) == pytest.approx(3)


def test_10_2_shifts_by_hand():
    """One row down and one column to the left; the other image is moved out."""
    images = np.float32([[[1, 2], [3, 4]]] * 2)[..., None] / 4
    down, right = np.int32([1, 2]), np.int32([-1, 0])
    for shifted in (reference("10.2"), lesson_10._moved):
        moved = np.asarray(shifted(images, down, right))[..., 0]
        assert moved.tolist() == [[[-1, -1], [0.5, -1]], [[-1, -1], [-1, -1]]]


# Lesson 12


def test_12_2_a_logit_by_hand():
    """A label twice as likely real as generated adds log 2, one half as likely takes it away."""
    whole = np.array([0.0, 1.0])
    real, fake = np.array([[0.8, 0.2], [0.8, 0.2]]), np.array([[0.4, 0.6], [0.6, 0.4]])
    labels = np.array([0, 1])
    expected = [np.log(2), 1 - np.log(2)]
    np.testing.assert_allclose(reference("12.2")(whole, real, fake, labels), expected)
    np.testing.assert_allclose(lesson_12._by_joints(whole, real, fake, labels), expected)


def test_12_2_is_the_best_discriminator_of_images_with_labels():
    """Each (x, y) judged alone: the logit at which p·softplus(−v) + q·softplus(v) is least."""
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.ones(12), 2).reshape(2, 4, 3)  # four images, three labels
    posteriors = [each / each.sum(axis=1, keepdims=True) for each in (p, q)]
    whole, v = np.log(p.sum(axis=1) / q.sum(axis=1)), np.linspace(-12, 12, 24_001)
    for label in range(3):
        given = reference("12.2")(whole, *posteriors, np.full(4, label))
        for x in range(4):
            costs = p[x, label] * np.logaddexp(0, -v) + q[x, label] * np.logaddexp(0, v)
            assert given[x] == pytest.approx(v[np.argmin(costs)], abs=1e-3)


def test_12_1_a_table_by_hand():
    table = [[5, 6, 0], [5, 6, 1], [7, 8, 0], [7, 8, 1]]
    assert reference("12.1")(np.array([[5, 6], [7, 8]]), 2).tolist() == table


# Lesson 14


def test_14_1_round_trips_by_hand():
    """There doubles, back halves less one tenth: x loses 20 % of itself, y too."""
    x, y = np.array([[1.0, -1.0]]), np.array([[2.0, 2.0], [0.0, 4.0]])
    there, back = 2 * np.eye(2), 0.4 * np.eye(2)
    given = reference("14.1")(x, y, there, back)
    assert given == pytest.approx(0.2 * 1 + 0.2 * 2)
    assert lesson_14._round_trips(x, y, there, back) == pytest.approx(given)


def test_14_2_agrees_with_the_world_in_which_all_maps_are_tried():
    """The cycle and two-to-one maps are tried there, and only shares are compared here."""
    worlds = (
        ([1, 1, 1], [5, 5, 5]),
        ([1, 2, 3], [6, 2, 4]),
        ([1, 1, 2], [2, 1, 1]),
        ([1, 1, 2], [1, 2, 3]),
    )
    for counts in worlds:
        shares = [np.array(each) / sum(each) for each in counts]
        expected = len(unpaired.perfect_maps(*shares))
        for count in (reference("14.2"), lesson_14._by_factorials):
            assert count(*map(np.array, counts)) == expected


@pytest.mark.parametrize(
    ("table", "right"),
    [
        ([[9, 1], [1, 9]], 0),
        ([[1, 9], [9, 1]], 1),
        ([[9, 1], [9, 1]], 2),
        ([[6, 4], [4, 6]], 2),
        ([[89, 11], [10, 90]], 2),
    ],
)
def test_14_3_tables_by_hand(table, right):
    assert reference("14.3")(np.array(table)) == right
