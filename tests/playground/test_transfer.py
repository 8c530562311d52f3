"""Runs from nothing and from digits: when one is as good as the other, and their curves."""

import numpy as np
import pytest

from ganedu.playground import transfer


def run(variant, *distances, seed=0, domain="letters"):
    """A run that was looked at after 1, 2, 3, … seconds."""
    looks = [{"seconds": s, "frechet_distance": d} for s, d in enumerate(distances, 1)]
    return {"variant": variant, "domain": domain, "seed": seed, "looks": looks}


ROWS = [
    run("from nothing", 90, 40, 30, 35),
    run("from nothing, augmented", 95, 50, 30, 20),
    run("fine-tuned", 60, 19, 25, 40),
    run("fine-tuned, augmented", 55, 45, 40, 20.5),
]


def test_the_bar_is_the_best_from_nothing_augmented_or_not():
    assert transfer.best_from_nothing(ROWS) == (20, 4)
    assert transfer.best_from_nothing(ROWS[:1]) == (30, 3)
    with pytest.raises(ValueError, match="started from nothing"):
        transfer.best_from_nothing(ROWS[2:])


def test_when_is_the_first_look_that_is_as_near():
    looks = ROWS[2]["looks"]
    assert transfer.seconds_until(looks, 60) == 1
    assert transfer.seconds_until(looks, 25) == 2
    assert transfer.seconds_until(looks, 18.9) == np.inf


def test_each_run_is_held_against_its_own_seed():
    """By hand: 19 after 2 of 4 seconds; never; and a seed whose bar is 15 after 2 seconds."""
    other = [run("from nothing", 90, 15, seed=1), run("fine-tuned", 14, 60, seed=1)]
    found = transfer.compared(ROWS + other)
    tuned, second = found["letters", "fine-tuned"]
    assert (tuned["best"], tuned["seconds"], tuned["share"]) == (19, 2, 0.5)
    assert tuned["end"]["frechet_distance"] == 40
    assert (second["best"], second["seconds"], second["share"]) == (14, 1, 0.5)
    [never] = found["letters", "fine-tuned, augmented"]
    assert never["share"] == np.inf and never["best"] == 20.5
    assert [one["share"] for one in found["letters", "from nothing"]] == [np.inf, 1]
    assert found["letters", "from nothing, augmented"][0]["share"] == 1


def test_domains_are_held_apart():
    clothes = [run("from nothing", 5, 4, domain="fashion_mnist")]
    assert transfer.compared(ROWS + clothes)["letters", "fine-tuned"][0]["share"] == 0.5


def test_curves_show_median_and_range():
    rows = [run("from nothing, augmented", 10 * k, 5 * k, seed=k) for k in (1, 2, 4)]
    rivals = [{"rival": "copies", "domain": "letters", "frechet_distance": d} for d in (2, 3, 9)]
    [axes] = transfer.time_curves(rows, rivals).axes
    curve, flat = axes.lines
    np.testing.assert_allclose(curve.get_ydata(), [20, 10])
    np.testing.assert_allclose(flat.get_ydata(), [3, 3])
    [band] = axes.collections
    corners = band.get_paths()[0].vertices
    assert (corners[:, 1].min(), corners[:, 1].max()) == (5, 40)
    assert [text.get_text() for text in axes.texts] == ["copies"]


def test_names_of_rivals_that_are_equally_high_stand_side_by_side():
    rivals = [{"rival": name, "domain": "letters", "frechet_distance": 7} for name in "abc"]
    [axes] = transfer.time_curves(ROWS, rivals).axes
    places = [text.xy[0] for text in axes.texts]
    assert [text.get_text() for text in axes.texts] == ["a", "b", "c"]
    assert abs(places[1] - places[0]) > 0.3 and abs(places[2] - places[1]) > 0.3


def test_starts_are_told_apart_by_more_than_colour():
    rows = [*ROWS, run("from nothing", 5, 4, domain="fashion_mnist")]
    figure = transfer.time_curves(rows, [])
    assert [axes.get_title() for axes in figure.axes] == list(transfer.TITLES.values())
    looks = {(line.get_linestyle(), line.get_marker()) for line in figure.axes[0].lines}
    assert len(looks) == 4
