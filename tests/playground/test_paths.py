"""The toy of lesson 18: densities and mean velocities against simulation."""

import numpy as np
import pytest
import tensorflow as tf

from ganedu import plotting
from ganedu.playground import paths as toy
from ganedu.rivals import paths

BOTH = pytest.mark.parametrize("path", paths.PATHS.values(), ids=list(paths.PATHS))
COUNT = 400_000


def met(path, time):
    """Many points and velocities at a time."""
    x = toy.numbers(COUNT, seed=0)
    noise = np.random.default_rng(1).standard_normal((COUNT, 1), dtype="float32")
    points = paths.between(path, tf.constant(x), tf.constant(noise), tf.fill([COUNT], time))
    a_slope, b_slope = (float(slope) for slope in path.slopes(tf.constant(time)))
    return np.ravel(points), np.ravel(a_slope * x + b_slope * noise)


@BOTH
@pytest.mark.parametrize("time", [0.0, 0.3, 0.8, 1.0])
def test_the_noised_density_is_that_of_many_draws(path, time):
    points, _ = met(path, time)
    counts, edges = np.histogram(points, bins=40, range=(-3, 3))
    middles, width = (edges[1:] + edges[:-1]) / 2, edges[1] - edges[0]
    fine = middles[:, np.newaxis] + width * np.linspace(-0.5, 0.5, 21)
    expected = toy.noised_density(path, fine.ravel(), time).reshape(fine.shape).mean(axis=1)
    assert np.abs(counts / COUNT / width - expected).max() < 0.01
    assert counts.sum() / COUNT == pytest.approx(expected.sum() * width, abs=0.002)


@BOTH
@pytest.mark.parametrize("time", [0.0, 0.3, 0.8])
def test_the_mean_velocity_is_the_mean_of_those_that_meet(path, time):
    points, velocities = met(path, time)
    for place in (-1.0, -0.2, 0.5):
        near = np.abs(points - place) < 0.03
        expected = toy.mean_velocity(path, np.array([place]), time)[0]
        error = velocities[near].std() / np.sqrt(near.sum())
        assert velocities[near].mean() == pytest.approx(expected, abs=4 * error + 0.005)


def test_one_step_leads_to_the_mean_and_many_to_the_modes():
    noise = np.random.default_rng(0).standard_normal(200)
    one, many = (toy.walked(paths.STRAIGHT, noise, steps)[-1] for steps in (1, 200))
    assert np.abs(one).max() < 1e-6
    assert (np.abs(np.abs(many) - 1) < 4 * toy.MODE_STD).mean() > 0.98
    assert 0.4 < (many > 0).mean() < 0.6


def test_pictures_show_what_they_are_given():
    drawn = {0.0: np.zeros(10), 1.0: toy.numbers(10, seed=0)}
    assert [axes.get_title() for axes in toy.densities_panel(paths.ARC, drawn).axes] == [
        "t = 0",
        "t = 1",
    ]
    places = np.stack([np.zeros(4), np.array([-1.0, -1, 1, 1])])
    [axes] = toy.ways_panel({"ways": places}).axes
    ends = [line.get_ydata()[-1] for line in axes.lines]
    assert sorted(ends) == [-1, -1, 1, 1]
    assert {line.get_linestyle() for line in axes.lines} == {"-", "--"}


@pytest.mark.parametrize("num_steps", [1, 2, 30])
def test_the_panel_of_steps_shows_ways_and_all_ends(num_steps):
    figure, sentence = toy.steps_panel(paths.STRAIGHT, num_steps)
    ways, ends = figure.axes
    assert len(ways.lines) == 40 and len(ways.lines[0].get_xdata()) == num_steps + 1
    shares = [bar.get_width() * bar.get_height() for bar in ends.patches]
    assert sum(shares) == pytest.approx(1, abs=0.01)  # of 2,000, hardly one ends beyond the axis
    assert f"{num_steps} step" in sentence
    between = [bar for bar in ends.patches if abs(bar.get_y() + bar.get_height() / 2) < 0.3]
    middle = sum(bar.get_width() * bar.get_height() for bar in between)
    assert middle > 0.2 if num_steps < 3 else middle < 0.02


def test_the_slider_moves_the_number_of_steps(monkeypatch):
    shown = []
    monkeypatch.setattr(plotting, "show", lambda figure, alt: shown.append(alt))
    box = toy.step_explorer(paths.STRAIGHT)
    assert shown[-1].startswith("2 steps end with")
    box.children[0].value = 1
    assert shown[-1] == "1 step ends with standard deviation 0.00; the numbers have 1.02."
