"""The exercise engine, and every exercise with its stub, solution and wrong answers."""

import numpy as np
import pytest

from ganedu import exercises
from ganedu.exercises.comparing import defined
from ganedu.exercises.shelf import EXERCISES

EACH = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)


@EACH
def test_the_stub_scores_nothing(exercise):
    score = exercises.check(exercise.id, defined(exercise.stub, exercise.name))
    assert score == 0.0
    assert "Not yet" in score.message
    assert "The same inputs" not in score.message


@EACH
def test_the_solution_scores_full(exercise):
    for seed in range(3):
        score = exercises.check(exercise.id, defined(exercise.solution, exercise.name), seed)
        assert score == exercise.points, score.message


@EACH
def test_each_mistake_scores_less_and_is_named(exercise):
    assert len(exercise.mistakes) >= 2
    assert len({mistake.says for mistake in exercise.mistakes}) == len(exercise.mistakes)
    for mistake in exercise.mistakes:
        for seed in range(3):
            score = exercises.check(exercise.id, defined(mistake.code, exercise.name), seed)
            assert score < exercise.points
            assert mistake.says in score.message


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
