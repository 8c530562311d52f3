"""The exercise engine, and every exercise with its stub, solution and wrong answers."""

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
