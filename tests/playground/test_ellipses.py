"""Ellipses and the ways between them."""

import numpy as np
import pytest

from ganedu.playground import ellipses

A, B = np.diag([4.0, 1.0]), np.diag([1.0, 4.0])
STRETCH, TURN = np.diag([0.5, 2.0]), np.array([[0.0, -1.0], [1.0, 0.0]])


def test_each_map_is_drawn_from_one_ellipse_to_the_other_with_its_cost():
    stretch, turn = ellipses.mapped_ellipses(A, B, {"stretch": STRETCH, "turn": TURN}).axes
    for axes in (stretch, turn):
        start, end = (line.get_xydata() for line in axes.lines)
        np.testing.assert_allclose((start**2 / [4, 1]).sum(axis=1), 1)
        np.testing.assert_allclose((end**2 / [1, 4]).sum(axis=1), 1)
    assert stretch.get_title() == "stretch\nmean squared way 2.00"  # (2 − 1)² + (1 − 2)²
    assert turn.get_title() == "turn\nmean squared way 10.00"  # nobody stays: tr A + tr B


def test_the_arrows_lead_from_points_to_where_they_go():
    axes = ellipses.mapped_ellipses(A, B, {"turn": TURN}).axes[0]
    arrows = axes.collections[0]
    ends = arrows.get_offsets() + np.transpose([arrows.U, arrows.V])
    np.testing.assert_allclose(ends, arrows.get_offsets() @ TURN.T, atol=1e-12)
    assert len(arrows.get_offsets()) == ellipses.NUM_ARROWS


def test_a_matrix_that_leads_elsewhere_is_refused():
    with pytest.raises(ValueError, match="'nothing' does not map"):
        ellipses.mapped_ellipses(A, B, {"nothing": np.eye(2)})
