"""Toy games: fields by autodiff, steps by matrices, continuous time by what it conserves."""

import numpy as np
import pytest
import tensorflow as tf

from ganedu import games

POINTS = [(1.0, 0.0), (0.4, -1.3), (-2.0, 0.7)]


def gradients(function, point):
    variables = [tf.constant(value, tf.float64) for value in point]
    with tf.GradientTape() as tape:
        tape.watch(variables)
        value = function(*variables)
    return [float(gradient) for gradient in tape.gradient(value, variables)]


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("gamma", [0.0, 0.6])
def test_bilinear_field_descends_in_x_and_climbs_in_y(point, gamma):
    dx, dy = gradients(lambda x, y: x * y - gamma / 2 * y**2, point)
    np.testing.assert_allclose(games.bilinear_field(np.array(point), gamma), [-dx, dy], rtol=1e-12)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("gamma", [0.0, 0.6])
def test_dirac_field_descends_both_losses(point, gamma):
    """D: softplus(−0) + softplus(ψθ) + γ/2·ψ², G: −softplus(ψθ)."""
    generator, _ = gradients(lambda t, p: -tf.nn.softplus(p * t), point)
    _, discriminator = gradients(lambda t, p: tf.nn.softplus(p * t) + gamma / 2 * p**2, point)
    field = games.dirac_field(np.array(point), gamma)
    np.testing.assert_allclose(field, [-generator, -discriminator], rtol=1e-12)


def test_dirac_field_is_finite_far_away():
    assert np.isfinite(games.dirac_field(np.array([1e4, -1e4]))).all()


@pytest.mark.parametrize("field", [games.bilinear_field, games.dirac_field])
def test_a_field_takes_a_whole_grid(field):
    grid = np.random.default_rng(0).normal(size=(2, 3, 4))
    assert field(grid).shape == (2, 3, 4)
    np.testing.assert_array_equal(field(grid)[:, 1, 2], field(grid[:, 1, 2]))


def test_simultaneous_steps_multiply_the_radius():
    """(x, y) + η(−y, x) is √(1 + η²) times as long."""
    points = games.path(games.bilinear_field, (1.0, 0.5), 0.3, 20, "simultaneous")
    radii = np.hypot(*points.T)
    np.testing.assert_allclose(radii[1:] / radii[:-1], np.sqrt(1.09), rtol=1e-12)


def test_alternating_steps_are_a_matrix_of_determinant_1():
    """y⁺ = y + ηx, x⁺ = x − ηy⁺, so that x² + ηxy + y² stays."""
    step = 0.3
    matrix = np.array([[1 - step**2, -step], [step, 1.0]])
    points = games.path(games.bilinear_field, (1.0, 0.5), step, 20, "alternating")
    np.testing.assert_allclose(points[1:], points[:-1] @ matrix.T, rtol=1e-12, atol=1e-12)
    x, y = points.T
    np.testing.assert_allclose(x**2 + step * x * y + y**2, 1.4, rtol=1e-12)


@pytest.mark.parametrize("field", [games.bilinear_field, games.dirac_field])
def test_continuous_time_goes_in_circles_without_a_penalty(field):
    points = games.path(field, (1.0, 0.5), 0.5, 100, "continuous")
    np.testing.assert_allclose(np.hypot(*points.T), np.sqrt(1.25), rtol=1e-6)
    assert points[0].tolist() == [1.0, 0.5]


def test_continuous_time_keeps_the_time():
    """x = cos t, y = sin t."""
    points = games.path(games.bilinear_field, (1.0, 0.0), 0.25, 40, "continuous")
    times = 0.25 * np.arange(41)
    np.testing.assert_allclose(points, np.stack([np.cos(times), np.sin(times)], 1), atol=1e-6)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 3.0])
def test_jacobian_of_the_dirac_game(gamma):
    """The slope of σ(u)·v at 0 is ½ in v."""
    found = games.jacobian(lambda point: games.dirac_field(point, gamma), (0.0, 0.0))
    np.testing.assert_allclose(found, [[0, 0.5], [-0.5, -gamma]], atol=1e-8)


def test_jacobian_has_velocities_as_rows():
    found = games.jacobian(lambda p: np.array([p[0] * p[1], 3 * p[1]]), (2.0, 5.0))
    np.testing.assert_allclose(found, [[5, 2], [0, 3]], atol=1e-8)


@pytest.mark.parametrize("scheme", games.SCHEMES)
def test_all_schemes_agree_in_small_steps(scheme):
    fine = games.path(games.dirac_field, (1.0, 0.0), 1e-3, 1000, scheme)
    exact = games.path(games.dirac_field, (1.0, 0.0), 1.0, 1, "continuous")
    np.testing.assert_allclose(fine[-1], exact[-1], atol=1e-3)


@pytest.mark.parametrize(
    ("step_size", "num_steps", "scheme", "says"),
    [
        (0.1, 5, "random", "no scheme 'random'"),
        (0.0, 5, "simultaneous", "step_size must be above 0"),
        (0.1, 0, "continuous", "num_steps 0"),
    ],
)
def test_bad_input_is_answered(step_size, num_steps, scheme, says):
    with pytest.raises(ValueError, match=says):
        games.path(games.bilinear_field, (1.0, 0.0), step_size, num_steps, scheme)
