"""Ways through latent space."""

import numpy as np
import pytest

from ganedu import walks


def test_half_way_between_two_axes_lies_their_diagonal():
    """cos 45° = 1/√2; the length goes evenly from 1 to 3."""
    middle = walks.great_circle([1, 0], [0, 3], np.array([0.5]))
    np.testing.assert_allclose(middle, [[2**0.5, 2**0.5]], rtol=1e-6)


def test_the_ends_of_the_way_are_the_latents():
    first, last = np.random.default_rng(0).standard_normal((2, 64))
    way = walks.great_circle(first, last, np.array([0.0, 1.0]))
    assert way.dtype == np.float32
    np.testing.assert_allclose(way, [first, last], rtol=1e-5, atol=1e-6)


def test_a_walk_comes_by_each_corner_and_home_again():
    corners = np.random.default_rng(1).standard_normal((4, 64)).astype(np.float32)
    walk = walks.closed_walk(corners, num_steps=24)
    assert walk.shape == (96, 64)
    np.testing.assert_allclose(walk[::24], corners, rtol=1e-5, atol=1e-6)
    middle = walks.great_circle(corners[3], corners[0], np.array([0.5]))
    np.testing.assert_allclose(walk[84:85], middle, rtol=1e-5, atol=1e-6)


def test_a_walk_is_smooth_all_round_and_slow_at_its_corners():
    corners = np.random.default_rng(2).standard_normal((3, 64))
    walk = walks.closed_walk(corners, num_steps=24)
    round_about = np.diff(np.concatenate([walk, walk[:2]]), axis=0)
    steps = np.linalg.norm(round_about, axis=1)
    jerks = np.linalg.norm(np.diff(round_about, axis=0), axis=1)
    assert steps.max() < 0.12 * np.linalg.norm(corners[0] - corners[1])
    assert jerks.max() < 0.25 * steps.max()
    assert steps[[0, 23, 24, 47, 48, 71]].max() < 0.1 * steps.max()


def test_one_latent_is_no_walk():
    with pytest.raises(ValueError, match="at least 2 latents; got 1"):
        walks.closed_walk(np.ones((1, 8)), 24)
