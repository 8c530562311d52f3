"""Metrics against closed forms and planted defects."""

import numpy as np
import pytest

from ganedu import data, metrics

SQUARE = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])


def test_equal_counts_on_the_centres():
    coverage = metrics.mode_coverage(np.repeat(SQUARE, 5, axis=0), SQUARE, std=0.1)
    assert coverage == (4, 1.0, 0.0)


def test_a_lost_mode_costs_a_mode_and_divergence():
    """Three of four modes met equally often: the divergence is log(4/3)."""
    coverage = metrics.mode_coverage(np.repeat(SQUARE[:3], 7, axis=0), SQUARE, std=0.1)
    assert coverage.modes == 3
    assert coverage.reverse_kl == pytest.approx(np.log(4 / 3))


def test_the_divergence_of_unequal_counts():
    """Shares ½, ¼, ⅛, ⅛: Σ h log 4h = ½ log 2 + 0 − ¼ log 2 = ¼ log 2."""
    points = np.repeat(SQUARE, (4, 2, 1, 1), axis=0)
    assert metrics.mode_coverage(points, SQUARE, 0.1).reverse_kl == pytest.approx(np.log(2) / 4)


def test_three_standard_deviations_are_the_border():
    points = SQUARE[[0, 0, 0, 0]] + [[0.29, 0.0], [0.0, 0.31], [0.2, 0.2], [-0.25, 0.25]]
    coverage = metrics.mode_coverage(points, SQUARE, std=0.1)  # lengths .29, .31, .283, .354
    assert coverage.high_quality == 0.5


def test_a_mode_needs_a_point_of_high_quality():
    points = np.array([[0.0, 0.0], [0.9, 0.45]])  # the second is nearest to (1, 0), and far
    coverage = metrics.mode_coverage(points, SQUARE, std=0.1)
    assert coverage.modes == 1
    assert coverage.reverse_kl == pytest.approx(np.log(2))  # over all points: two centres of four


def test_a_single_mode():
    coverage = metrics.mode_coverage(np.zeros((9, 2)), SQUARE, std=0.1)
    assert coverage.reverse_kl == pytest.approx(np.log(4))


@pytest.mark.parametrize("make", [data.ring, data.grid])
def test_what_a_perfect_generator_has(make):
    """In the plane P(distance ≤ 3σ) = 1 − exp(−9/2); counts alone give (k − 1)/2n on average."""
    runs = []
    for seed in range(40):
        points = make(2500, seed)
        runs.append(metrics.mode_coverage(points.points, points.centres, points.std))
    modes, high_quality, reverse_kl = np.mean(runs, axis=0)
    assert modes == len(points.centres)
    assert high_quality == pytest.approx(1 - np.exp(-4.5), abs=1e-3)
    # the standard deviation of 2n · KL is that of χ², √(2(k − 1)); 40 runs, four sigma
    floor = (len(points.centres) - 1) / 5000
    assert reverse_kl == pytest.approx(floor, abs=4 * np.sqrt(2 * 5000 * floor / 40) / 5000)


def test_shift_and_order_do_not_matter():
    points = data.grid(500, 0)
    first = metrics.mode_coverage(points.points, points.centres, points.std)
    again = metrics.mode_coverage(
        points.points[::-1] + np.float32(8), points.centres[::-1] + 8, points.std
    )
    assert again == pytest.approx(first)


@pytest.mark.parametrize(
    ("points", "centres", "std", "says"),
    [
        (np.zeros((0, 2)), SQUARE, 0.1, "at least 1"),
        (np.zeros(3), SQUARE, 0.1, r"\[n, d\]"),
        (np.zeros((3, 3)), SQUARE, 0.1, r"\[k, 3\]"),
        (np.full((3, 2), np.nan), SQUARE, 0.1, "finite"),
        (np.zeros((3, 2)), SQUARE, 0.0, "above 0"),
        (np.zeros((3, 2)), SQUARE, [0.1], "above 0"),
    ],
)
def test_bad_input_is_answered(points, centres, std, says):
    with pytest.raises(ValueError, match=says):
        metrics.mode_coverage(points, centres, std)
