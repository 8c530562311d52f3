"""The picture of an ablation, and when two programs lie apart."""

import math
from itertools import combinations

import numpy as np
import pytest

from ganedu.playground import ablations

RUNS = {"with": [9.0, 12.0, 10.0], "without": [30.0, None, 20.0], "never": [None, None]}


def marked(axes, mark):
    """Where such marks are, (value, place) of each."""
    marks = [line for line in axes.lines if line.get_marker() == mark]
    return sorted((float(np.squeeze(m.get_xdata())), int(np.squeeze(m.get_ydata()))) for m in marks)


def test_each_program_has_its_seeds_its_median_and_its_failures():
    failed = {"without": [True, False, False]}
    [axes] = ablations.ablation(RUNS, "distance", failed=failed, line="with", floor=2.0).axes
    assert marked(axes, "o") == [(9.0, 0), (10.0, 0), (12.0, 0), (20.0, 1)]
    assert marked(axes, "x") == [(30.0, 1)]
    assert marked(axes, "|") == [(10.0, 0), (30.0, 1)]  # without a number is worst
    told = ["1 of 3 without a number", "2 of 2 without a number"]
    assert [text.get_text() for text in axes.texts] == told
    assert [label.get_text() for label in axes.get_yticklabels()] == [*RUNS]
    verticals = [line.get_xdata()[0] for line in axes.lines if line.get_label()[0] != "_"]
    assert verticals == [10.0, 2.0]
    assert len(axes.get_legend().get_texts()) == 2 and axes.get_xscale() == "log"


def test_a_program_without_a_run_is_refused():
    with pytest.raises(ValueError, match="no run of b"):
        ablations.ablation({"a": [1.0], "b": []}, "distance")


def test_the_median_counts_a_failed_run_as_the_worst():
    assert ablations.middle([3.0, 1.0, None]) == 3.0
    assert ablations.middle([None, 1.0, None]) == math.inf


def test_equal_programs_are_separate_as_often_as_is_said():
    ranks = set(range(6))
    splits = [(list(some), list(ranks - {*some})) for some in combinations(ranks, 3)]
    assert sum(ablations.separate(*split) for split in splits) == 2
    assert len(splits) == math.comb(6, 3)


def test_a_failed_run_is_the_worst():
    assert ablations.separate([1.0, 2.0], [3.0, None])
    assert not ablations.separate([1.0, None], [2.0, 3.0])
    assert not ablations.separate([None], [None])
