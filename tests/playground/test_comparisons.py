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


def test_two_measures_stand_at_their_places_in_each_panel():
    few = {"copier": [(1.0, 80.0)], "trained": [(0.1, 95.0), (0.2, 150.0)]}
    many = {"copier": [(1.0, 4.0)], "trained": [(0.06, 60.0), (0.05, 70.0)]}
    figure = comparisons.two_measures(
        {"100": few, "2,000": many}, "copied", "distance", rivals=["copier"], floor=(0.05, 2.4)
    )
    for axes, programs in zip(figure.axes, (few, many), strict=True):
        of = {line.get_label(): line for line in axes.lines}
        for name, runs in programs.items():
            assert list(map(tuple, of[name].get_xydata())) == runs
        assert of["copier"].get_marker() != of["trained"].get_marker()
        assert of["copier"].get_color() != of["trained"].get_color()
        assert [line.get_xdata()[0] for line in axes.lines if line.get_linestyle() == ":"] == [
            0.05,
            0.0,
        ]
    assert [axes.get_title() for axes in figure.axes] == ["100", "2,000"]


def test_panels_of_other_programs_are_refused():
    with pytest.raises(ValueError, match="same programs in each panel"):
        comparisons.two_measures({"a": {"x": [(0, 1)]}, "b": {"y": [(0, 1)]}}, "x", "y")


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
