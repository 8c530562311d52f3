"""Toy games: fields by autodiff, steps by matrices, continuous time by what it conserves."""

import numpy as np
import pytest
import tensorflow as tf

from ganedu import plotting
from ganedu.playground import games

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


def turn(point):
    """Circles around 0, against the clock."""
    return np.array([-point[1], point[0]])


def test_phase_portrait_draws_fields_and_paths():
    paths = [np.array([[1.0, 0.5], [0.5, 1.0], [0.0, 1.2]]), np.array([[0.2, 0.1], [0.3, 0.1]])]
    figure = games.phase_portrait([turn, np.negative], paths, ["a", "b"], ("x", "y"), limit=3)
    assert [axes.get_title() for axes in figure.axes] == ["a", "b"]
    for axes, path, field in zip(figure.axes, paths, (turn, np.negative), strict=True):
        line, start, end, _ = axes.lines
        assert np.array_equal(line.get_xydata(), path)
        assert (start.get_xydata().tolist(), start.get_marker()) == ([path[0].tolist()], "o")
        assert (end.get_xydata().tolist(), end.get_marker()) == ([path[-1].tolist()], "s")
        assert axes.get_xlim() == axes.get_ylim() == (-3, 3)
        [arrows] = axes.collections
        expected = field(np.array([arrows.X, arrows.Y]))
        pushes = np.array([arrows.U, arrows.V])
        np.testing.assert_allclose(pushes * np.hypot(*expected), expected, atol=1e-12)
        lengths = np.hypot(*pushes)  # every arrow has length 1 but the one at the equilibrium
        assert np.sort(lengths)[:2].round(9).tolist() == [0, 1] and lengths.max() < 1 + 1e-9
    assert [figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()] == ["x", "y"]


def test_phase_portrait_needs_a_path_for_each_field():
    with pytest.raises(ValueError, match="got 2, 1 and 1"):
        games.phase_portrait([turn, turn], [np.zeros((2, 2))], ["a"])


class TestPhasePortrait:
    def test_each_move_draws_the_path_of_its_values(self, monkeypatch):
        shown = []
        monkeypatch.setattr(plotting, "show", lambda figure, alt: shown.append((figure, alt)))
        game, scheme, step_size, gamma, _ = games.phase_explorer(num_steps=7).children
        game.value, scheme.value = "bilinear game", "alternating"
        step_size.value, gamma.value = 0.5, 0.75
        assert len(shown) == 5
        figure, sentence = shown[-1]

        def field(point):
            return games.bilinear_field(point, 0.75)

        path = games.path(field, (1.0, 0.5), 0.5, 7, "alternating")
        assert np.array_equal(figure.axes[0].lines[0].get_xydata(), path)
        assert sentence == (
            "bilinear game, alternating, step size 0.50, γ = 0.75: after 7 steps the distance to "
            f"the equilibrium went from 1.12 to {np.hypot(*path[-1]):.3g}."
        )

    def test_it_begins_with_the_game_without_a_penalty(self, monkeypatch):
        shown = []
        monkeypatch.setattr(plotting, "show", lambda figure, alt: shown.append((figure, alt)))
        games.phase_explorer(num_steps=7)
        path = games.path(games.dirac_field, (1.0, 0.5), 0.2, 7, "simultaneous")
        assert np.array_equal(shown[0][0].axes[0].lines[0].get_xydata(), path)

    def test_controls_have_a_name_and_wait_for_the_hand_to_rest(self, monkeypatch):
        monkeypatch.setattr(plotting, "show", lambda figure, alt: None)
        *controls, _ = games.phase_explorer().children
        assert all(control.description for control in controls)
        assert not any(control.continuous_update for control in controls[2:])
        assert controls[2].min > 0 and controls[3].min == 0
