"""Pixel by pixel: nobody is told itself or the future, and what is drawn follows the law."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from ganedu import data, models, seeding
from ganedu.rivals import rows


def test_levels_and_back():
    images = data.load("digits").images[:5]
    levels = rows.to_levels(images)
    assert levels.dtype == tf.int32 and {*np.unique(levels)} <= {*range(8)}
    assert np.abs(rows.from_levels(levels) - images).max() <= 1 / 7 + 1e-6
    assert np.array_equal(rows.to_levels(rows.from_levels(levels)), levels)


def test_no_pixel_is_told_itself_or_what_comes_after_it():
    network = models.row_network(side=5, seed=0)
    images = np.random.default_rng(0).uniform(size=(1, 5, 5, 1)).astype("float32")
    before = network(images).numpy()
    for y, x in itertools.product(range(5), range(5)):
        changed = images.copy()
        changed[0, y, x] += 1
        moved = np.abs(network(changed).numpy() - before).max(axis=-1)[0].ravel() > 0
        place = 5 * y + x
        assert not moved[: place + 1].any(), (y, x)
        later = place + 1
        assert later == 25 or moved[later:].any(), (y, x)
        if y < 4:
            assert moved[5 * (y + 1) :].all(), "rows below see it through the memory"


def test_what_is_drawn_follows_what_the_network_says():
    """With the same chances: the level whose part of [0, 1) the chance falls into."""
    network = models.row_network(side=6, seed=0)
    images = rows.generate(network, 4, seed=9)
    levels = rows.to_levels(images).numpy()
    logits = network(np.float32(levels / 7)).numpy().astype(float)
    chances = tf.random.stateless_uniform(
        [4, 6, 6], seeding.stream_seed(9, 0, "samples"), alg="philox"
    ).numpy()
    shares = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    reached = np.cumsum(shares, axis=-1)[..., :-1]
    expected = (reached <= chances[..., np.newaxis]).sum(axis=-1)
    assert (expected == levels[..., 0]).mean() > 0.99
    assert len(np.unique(levels)) == 8


def test_pieces_change_nothing_and_seeds_do():
    network = models.row_network(side=4, seed=0)
    whole, parts = (rows.generate(network, 5, seed=1, chunk=chunk) for chunk in (500, 2))
    assert np.array_equal(whole, parts)
    assert not np.array_equal(whole, rows.generate(network, 5, seed=2))


def test_the_likelihood_is_a_law_over_all_images():
    """Two pixels by two, all 8⁴ images: the probabilities sum to 1."""
    network = models.row_network(side=2, seed=0)
    every = np.array(list(itertools.product(range(8), repeat=4))).reshape(-1, 2, 2, 1)
    logits = network(every.astype("float32") / 7, training=False)
    surprise = tf.nn.sparse_softmax_cross_entropy_with_logits(every[..., 0], logits)
    told = -tf.reduce_sum(surprise, axis=(1, 2)).numpy()
    assert told.shape == (4096,) and np.exp(told).sum() == pytest.approx(1, rel=1e-4)


def test_batches_show_what_they_ask_for():
    shown, levels = next(iter(rows.batches(data.load("digits").images, 4, seed=0)))
    np.testing.assert_allclose(shown[..., 0] * 7, tf.cast(levels, tf.float32), atol=1e-5)
