"""The walk between latents: where it starts, ends and goes, and its sliders."""

import numpy as np
import pytest

from ganedu import plotting
from ganedu.playground import latents
from tests.tiny_gan import LATENT_DIM, tiny_gan


def test_a_walk_has_one_row_each():
    images = np.float32(np.linspace(-1, 1, 6)).repeat(2).reshape(6, 1, 2, 1)
    drawn = np.asarray(latents.latent_walk(images, columns=2).axes[0].images[0].get_array())
    expected = [[0, 0, 255, 255, 51, 51], [102, 102, 255, 255, 153, 153]]
    assert drawn[::3].tolist() == [*expected, [204, 204, 255, 255, 255, 255]]


def latent(number, latent_dim=64):
    return np.random.default_rng(number).standard_normal(latent_dim)


class TestBetween:
    def test_it_starts_at_the_one_and_ends_at_the_other(self):
        walk = latents.between(64, 3, 8, np.linspace(0, 1, 5))
        assert walk.shape == (5, 64) and walk.dtype == np.float32
        np.testing.assert_allclose(walk[0], latent(3), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(walk[-1], latent(8), rtol=1e-5, atol=1e-6)

    def test_the_length_goes_evenly_from_the_one_to_the_other(self):
        shares = np.array([0.0, 0.25, 0.6, 1.0])
        lengths = np.linalg.norm(latents.between(64, 3, 8, shares), axis=1)
        first, last = np.linalg.norm(latent(3)), np.linalg.norm(latent(8))
        np.testing.assert_allclose(lengths, first + shares * (last - first), rtol=1e-5)
        assert abs(first - last) > 0.1

    def test_the_way_lies_on_the_great_circle(self):
        """slerp: sin((1 − t)θ)/sin θ · a + sin(tθ)/sin θ · b, for unit vectors a, b at angle θ."""
        shares = np.linspace(0, 1, 7)[:, np.newaxis]
        a, b = (latent(n) / np.linalg.norm(latent(n)) for n in (3, 8))
        angle = np.arccos(a @ b)
        expected = (np.sin((1 - shares) * angle) * a + np.sin(shares * angle) * b) / np.sin(angle)
        walk = latents.between(64, 3, 8, shares.ravel())
        directions = walk / np.linalg.norm(walk, axis=1, keepdims=True)
        np.testing.assert_allclose(directions, expected, rtol=1e-4, atol=1e-6)

    def test_the_way_from_a_latent_to_itself_stands_still(self):
        walk = latents.between(64, 5, 5, np.array([0.0, 0.5, 1.0]))
        np.testing.assert_allclose(walk, [latent(5)] * 3, rtol=1e-5, atol=1e-6)


@pytest.fixture
def explored(monkeypatch):
    """The explorer of a tiny generator, and what it draws: (figure, sentence)."""
    shown = []
    monkeypatch.setattr(plotting, "show", lambda figure, alt: shown.append((figure, alt)))
    generator = tiny_gan().generator
    return generator, latents.latent_explorer(generator, LATENT_DIM), shown


class TestLatentExplorer:
    def test_it_draws_at_once_and_after_each_move(self, explored):
        _, box, shown = explored
        start, end, share, _ = box.children
        assert [text for _, text in shown] == [
            "Left latent 1, right latent 2, in the middle 50% of the way."
        ]
        start.value, share.value = 7, 0.25
        assert shown[1][1].startswith("Left latent 7, right latent 2, in the middle 50%")
        assert shown[2][1].startswith("Left latent 7, right latent 2, in the middle 25%")
        end.value = 40
        assert shown[3][1].startswith("Left latent 7, right latent 40,")
        assert len(shown) == 4

    def test_the_picture_is_that_of_the_latents(self, explored):
        generator, box, shown = explored
        box.children[2].value = 0.25
        walk = latents.between(LATENT_DIM, 1, 2, np.array([0.0, 0.25, 1.0]))
        tiles = plotting.tile(generator(walk, training=False).numpy(), columns=3)[..., 0]
        drawn = np.asarray(shown[-1][0].axes[0].images[0].get_array())
        assert np.array_equal(drawn, tiles)

    def test_sliders_have_a_name_and_wait_for_the_hand_to_rest(self, explored):
        *sliders, _ = explored[1].children
        assert all(slider.description for slider in sliders)
        assert not any(slider.continuous_update for slider in sliders)
        assert (sliders[2].min, sliders[2].max) == (0, 1)
