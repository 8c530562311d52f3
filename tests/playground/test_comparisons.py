"""The picture of a comparison, and when two programs lie apart."""

import math
from itertools import combinations

import numpy as np
import pytest

from ganedu.playground import comparisons

RUNS = {"with": [9.0, 12.0, 10.0], "without": [30.0, None, 20.0], "never": [None, None]}


def marked(axes, mark):
    return [line.get_xdata() for line in axes.lines if line.get_marker() == mark]


def test_each_program_has_its_seeds_its_median_and_its_failures():
    [axes] = comparisons.spread_chart(RUNS, "distance", line="with", floor=2.0).axes
    assert [sorted(x) for x in marked(axes, "o")] == [[9.0, 10.0, 12.0], [20.0, 30.0]]
    assert [float(np.squeeze(x)) for x in marked(axes, "|")] == [10.0, 30.0]  # a failure is worst
    assert [text.get_text() for text in axes.texts] == ["× 1 of 3 failed", "× 2 of 2 failed"]
    assert [label.get_text() for label in axes.get_yticklabels()] == [*RUNS]
    verticals = [line.get_xdata()[0] for line in axes.lines if line.get_label()[0] != "_"]
    assert verticals == [10.0, 2.0]
    assert len(axes.get_legend().get_texts()) == 2 and axes.get_xscale() == "log"


def test_a_program_without_a_run_is_refused():
    with pytest.raises(ValueError, match="no run of b"):
        comparisons.spread_chart({"a": [1.0], "b": []}, "distance")


def test_the_median_counts_a_failed_run_as_the_worst():
    assert comparisons.middle([3.0, 1.0, None]) == 3.0
    assert comparisons.middle([None, 1.0, None]) == math.inf


def test_equal_programs_are_separate_as_often_as_is_said():
    ranks = set(range(6))
    splits = [(list(some), list(ranks - {*some})) for some in combinations(ranks, 3)]
    assert sum(comparisons.separate(*split) for split in splits) == 2
    assert len(splits) == math.comb(6, 3)


def test_a_failed_run_is_the_worst():
    assert comparisons.separate([1.0, 2.0], [3.0, None])
    assert not comparisons.separate([1.0, None], [2.0, 3.0])
    assert not comparisons.separate([None], [None])
