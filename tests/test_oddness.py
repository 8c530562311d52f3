"""Scores of oddness against closed forms."""

import keras
import numpy as np
import pytest

from ganedu import oddness

RANDOM = np.random.default_rng(0)


def test_what_components_cannot_rebuild_is_what_lies_across_them():
    """Normal points of a plane in three dimensions: the score is the squared third coordinate."""
    flat = np.column_stack([RANDOM.uniform(-1, 1, (200, 2)), np.zeros(200)])
    turn = np.linalg.qr(RANDOM.normal(size=(3, 3)))[0]
    asked = RANDOM.uniform(-0.5, 0.5, (20, 3))
    normal, images = (points @ turn.T / 2 for points in (flat, asked))
    scores = oddness.by_components(*(p.reshape(-1, 1, 3, 1) for p in (normal, images)), 2)
    np.testing.assert_allclose(scores, asked[:, 2] ** 2 / 4, atol=1e-4)


def test_a_search_finds_what_the_generator_can_make():
    """It makes (z, 0); so the score is the squared second coordinate, but for the prior's pull."""
    latents = keras.Input((1,))
    both = keras.layers.Concatenate()([latents, 0 * latents])
    pair = keras.layers.Concatenate()([0 * latents, both])
    generator = keras.Model(latents, keras.layers.Reshape((1, 3, 1))(pair))
    images = np.array([[0, 0.2, 0.0], [0, -0.3, 0.5], [0, 0.0, 1.0]]).reshape(3, 1, 3, 1)
    scores = oddness.by_search(generator, images, num_steps=300)
    sigma = 1.7  # of `completion.search`: z ends at x / (1 + σ²)
    first = images[:, 0, 1, 0]
    expected = images[:, 0, 2, 0] ** 2 + (first - first / (1 + sigma**2)) ** 2
    np.testing.assert_allclose(scores, expected, atol=2e-3)


def test_of_several_starts_the_nearest_counts():
    latents = keras.Input((1,))
    generator = keras.Model(
        latents, keras.layers.Reshape((1, 2, 1))(keras.layers.Concatenate()([latents, latents]))
    )
    images = np.zeros((4, 1, 2, 1), "float32")
    one, many = (oddness.by_search(generator, images, 0, number) for number in (1, 50))
    assert many.max() < 0.1 < one.max()


def test_the_discriminators_score_is_minus_its_logit():
    images = np.float32(RANDOM.uniform(-1, 1, (6, 2, 2, 1)))
    inputs = keras.Input((2, 2, 1))
    flat = keras.layers.Flatten()(inputs)
    total = keras.Model(inputs, keras.ops.sum(flat, axis=1, keepdims=True))
    scores = oddness.by_discriminator(total, images)
    np.testing.assert_allclose(scores, -images.sum(axis=(1, 2, 3)), rtol=1e-5, atol=1e-5)


def test_the_area_counts_pairs():
    scores, odd = RANDOM.integers(5, size=40), RANDOM.random(40) < 0.4
    pairs = [
        1.0 if high > low else 0.5 if high == low else 0.0
        for high in scores[odd]
        for low in scores[~odd]
    ]
    assert oddness.area(scores, odd) == pytest.approx(np.mean(pairs))


@pytest.mark.parametrize("odd", [[True, True], [False, False]])
def test_without_both_kinds_there_is_no_area(odd):
    with pytest.raises(ValueError, match="all of one kind"):
        oddness.area([1.0, 2.0], odd)
