"""Few labels in the plane: densities, exact errors, and what a teacher makes of a border."""

import numpy as np
import pytest

from ganedu import plotting
from ganedu.playground import few_labels


@pytest.fixture(scope="module")
def density():
    return few_labels.moons()


def test_the_moons_are_mirrored_and_hardly_overlap(density):
    assert density.shape == (2, len(few_labels.PLACES)) and density.sum() == pytest.approx(1)
    np.testing.assert_allclose(density[0], density[1][::-1])  # turned by half a turn
    assert np.minimum(*density).sum() < 0.01


def test_the_complement_draws_where_data_are_rare_and_nowhere_else(density):
    made = few_labels.complement(density, floor=0.1)
    whole = density.sum(axis=0)
    assert made.sum() == pytest.approx(1)
    assert np.array_equal(made > 0, whole < 0.1 * whole.max())
    assert len({*made[made > 0].tolist()}) == 1


def test_labels_are_drawn_from_their_classes(density):
    rows = few_labels.labelled(density, 500, seed=0)
    for label in (0, 1):
        assert (density[label][rows[label]] > density[1 - label][rows[label]]).mean() > 0.97
    again = few_labels.labelled(density, 500, seed=0)
    assert np.array_equal(rows, again)


def test_what_is_missed_is_counted_by_a_loop(density):
    logits = np.random.default_rng(0).normal(size=(3, len(few_labels.PLACES), 2))
    found = few_labels.missed(density, logits)
    for one, share in zip(logits, found, strict=True):
        wrong = [density[1 - int(row[1] > row[0]), i] for i, row in enumerate(one)]
        assert share == pytest.approx(sum(wrong))
    assert few_labels.missed(density, np.log(density).T) < 0.01  # the best there is


def test_a_run_does_not_see_its_neighbours(density):
    rows = np.stack([few_labels.labelled(density, 2, seed) for seed in (0, 1)])
    fakes = np.stack([few_labels.complement(density), np.zeros(len(few_labels.PLACES))])
    both = few_labels.taught(density, fakes, rows, steps=3)
    assert both.shape == (2, len(few_labels.PLACES), 2)
    other = few_labels.taught(density, fakes[[0, 0]], rows, steps=3)
    np.testing.assert_allclose(both[0], other[0], atol=1e-5)
    assert np.abs(both[1] - other[1]).max() > 1e-3
    same = few_labels.taught(density, fakes[:1], rows[:1], steps=3, seeds=[0])
    np.testing.assert_allclose(both[:1], same, atol=1e-5)
    alike = few_labels.taught(density, fakes[[0, 0]], rows[[0, 0]], steps=1, seeds=[5, 5])
    np.testing.assert_allclose(*alike, atol=1e-5)


def test_labels_alone_are_learned(density):
    rows = few_labels.labelled(density, 2, seed=0)
    nothing = np.zeros((1, len(few_labels.PLACES)))
    [logits] = few_labels.taught(density, nothing, rows[np.newaxis], steps=150)
    assert (logits[rows[0]].argmax(axis=1) == 0).all()
    assert (logits[rows[1]].argmax(axis=1) == 1).all()


def test_a_complement_generator_makes_the_sum_large_on_the_data_and_small_beside(density):
    rows, made = few_labels.labelled(density, 2, seed=0), few_labels.complement(density)
    [logits] = few_labels.taught(density, made[np.newaxis], rows[np.newaxis], steps=200)
    whole = np.logaddexp.reduce(logits, axis=1)
    assert (density.sum(axis=0) @ (whole > 0)) > 0.9 and (made @ (whole < 0)) > 0.9


def test_the_panel_shows_each_teacher(density):
    rows, made = few_labels.labelled(density, 2, seed=0), few_labels.complement(density)
    logits = np.random.default_rng(0).normal(size=(2, len(few_labels.PLACES), 2))
    names = ["none", "complement"]
    figure = few_labels.teachers_panel(density, [0 * made, made], logits, rows, names)
    assert [axes.get_title() for axes in figure.axes] == names
    assert plotting.png(figure)


def test_the_curve_has_a_mark_for_each_run_and_a_line_for_each_median():
    rows = [
        {"variant": variant, "labels": labels, "error": error}
        for variant, scale in (("gan", 1.0), ("rival", 2.0))
        for labels, error in ((50, 8.0 * scale), (50, 10.0 * scale), (100, 4.0 * scale))
    ]
    figure = few_labels.error_curve(rows, {"gan": "GAN", "rival": "rival"})
    lines = figure.axes[0].lines
    assert lines[0].get_ydata().tolist() == [9.0, 4.0]
    assert lines[3].get_ydata().tolist() == [16.0, 20.0, 8.0]
    assert plotting.png(figure)


def test_the_areas_stand_side_by_side():
    rows = [{"digit": digit, "a": 0.9 + digit / 100, "b": 0.7} for digit in range(10)]
    figure = few_labels.oddness_chart(rows, {"a": "A", "b": "B"})
    first, second = figure.axes[0].lines[:2]
    assert first.get_label() == "A: mean 0.945"
    assert (first.get_xdata() < second.get_xdata()).all()
    assert plotting.png(figure)
