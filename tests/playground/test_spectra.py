"""Power iteration on a matrix of two singular values."""

import numpy as np
import pytest

from ganedu.playground import spectra


@pytest.mark.parametrize("ratio", [0.0, 0.3, 0.8, 1.0])
def test_the_toy_has_its_singular_values(ratio):
    values = np.linalg.svd(spectra.stretching(ratio, longest=2.0))[1]
    assert np.allclose(values, [2.0, 2.0 * ratio])


def test_a_ratio_out_of_range_is_refused():
    with pytest.raises(ValueError, match="from 0 to 1"):
        spectra.stretching(1.2)


@pytest.mark.parametrize("ratio", [0.3, 0.8])
def test_the_tangent_of_the_angle_shrinks_by_the_square_of_the_ratio(ratio):
    """WᵀW multiplies the part along each axis by its squared singular value."""
    matrix = spectra.stretching(ratio)
    passed = spectra.iterates(matrix, 4)
    along, across = np.abs(passed @ np.linalg.svd(matrix)[2].T).T
    assert np.allclose(across / along, np.tan(spectra.START) * ratio ** (2 * np.arange(5)))
    assert np.allclose(np.linalg.norm(passed, axis=1), 1)


def test_the_picture_ends_on_circle_and_ellipse():
    matrix, u = spectra.stretching(0.8), spectra.iterates(spectra.stretching(0.8), 3)[-1]
    left, right = spectra.power_iteration(0.8, 3).axes
    for axes, point in ((left, u), (right, matrix @ u)):
        [end] = [line for line in axes.lines if line.get_marker() == "s"]
        assert np.allclose(np.ravel(end.get_xydata()), point)


def test_the_sentence_reads_the_picture():
    matrix, u = spectra.stretching(0.5), spectra.iterates(spectra.stretching(0.5), 1)[-1]
    share = np.linalg.norm(matrix @ u) / 1.5
    angle = np.degrees(np.arctan(np.tan(spectra.START) / 4))
    assert spectra.found(0.5, 1) == (
        f"σ₂/σ₁ = 0.50, steps 1: u is {angle:.1f}° from the axis, and ‖Wu‖ is {share:.1%} of σ."
    )


def test_sliders_move_the_picture():
    box = spectra.spectrum_explorer()
    assert [slider.description for slider in box.children[:2]] == ["σ₂ / σ₁", "steps"]
