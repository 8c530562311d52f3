"""Gradient penalties: critics whose slope is known, finite differences, and what is refused."""

import numpy as np
import pytest
import tensorflow as tf

from ganedu import penalties
from ganedu.seeding import stream_seed

W = np.float32([[3.0], [4.0]])  # of length 5


def line(images):
    return images @ W


def bowl(images):
    """‖x‖², whose gradient is 2x."""
    return tf.reduce_sum(images**2, axis=list(range(1, len(images.shape))))[:, tf.newaxis]


def normal(*shape):
    return np.float32(np.random.default_rng(0).standard_normal(shape))


def test_a_line_has_its_slope_everywhere():
    logits, gradients = penalties.logits_and_gradients(line, normal(5, 2))
    np.testing.assert_allclose(logits, normal(5, 2) @ W, rtol=1e-6)
    np.testing.assert_array_equal(gradients, np.tile(W.T, (5, 1)))


def test_squared_gradient_norm_of_a_line_is_its_squared_weights():
    np.testing.assert_allclose(penalties.squared_gradient_norm(line, normal(5, 2)), [25.0] * 5)


@pytest.mark.parametrize("shape", [(6, 3), (6, 4, 4, 2)])
def test_squared_gradient_norm_of_a_bowl_is_four_times_the_squared_distance(shape):
    """∇‖x‖² = 2x for each image by itself, so ‖∇‖² = 4‖x‖², also for images with axes."""
    images = normal(*shape)
    expected = 4 * (images.reshape(len(images), -1) ** 2).sum(axis=1)
    np.testing.assert_allclose(
        penalties.squared_gradient_norm(bowl, images), expected, rtol=1e-5, atol=0
    )


def test_gradients_are_finite_differences():
    random = np.random.default_rng(1)
    first, second = random.standard_normal((3, 8)), random.standard_normal((8, 1))

    def critic(images):
        return tf.tanh(images @ first) @ second

    images, h = random.standard_normal((4, 3)), 1e-6
    _, gradients = penalties.logits_and_gradients(critic, tf.constant(images))
    slopes = [(critic(images + h * d) - critic(images - h * d)) / (2 * h) for d in np.eye(3)]
    np.testing.assert_allclose(gradients, np.concatenate(slopes, axis=1), rtol=1e-7, atol=1e-8)


def pairs(images):
    """A critic of two images at once: (first image) · w + 2 (second image) · w."""
    return images[::2] @ W + 2 * images[1::2] @ W


def test_of_packs_the_gradient_is_with_respect_to_all_their_images():
    """The slope of a pack is (w, 2w), of squared length 25 + 100."""
    logits, gradients = penalties.logits_and_gradients(pairs, normal(6, 2), num_packed=2)
    assert logits.shape == (3, 1)
    np.testing.assert_array_equal(gradients, np.concatenate(3 * [W.T, 2 * W.T]))
    np.testing.assert_array_equal(penalties.squared_norm(gradients, num_packed=2), [125.0] * 3)
    np.testing.assert_array_equal(penalties.squared_norm(gradients), [25.0, 100.0] * 3)


def test_a_pack_is_of_images_that_follow_one_another():
    gradients = tf.constant([[1.0], [2.0], [3.0], [4.0]])
    np.testing.assert_array_equal(penalties.squared_norm(gradients, num_packed=2), [5.0, 25.0])


@pytest.mark.parametrize(("critic", "num_packed"), [(pairs, 1), (pairs, 3), (line, 2)])
def test_a_critic_of_other_packs_is_refused(critic, num_packed):
    each = "image" if num_packed == 1 else f"{num_packed} images"
    with pytest.raises(ValueError, match=f"must return one logit per {each}"):
        penalties.logits_and_gradients(critic, normal(6, 2), num_packed)


def test_the_critic_runs_once():
    """A second run inside the penalty's tape is what the graph optimiser gets wrong."""
    calls = []
    penalties.logits_and_gradients(lambda images: calls.append(1) or line(images), normal(5, 2))
    penalties.gradient_penalty(
        lambda images: calls.append(2) or line(images), normal(5, 2), normal(5, 2), seed=0
    )
    assert calls == [1, 2]


def test_gradient_penalty_of_a_line():
    """(‖w‖ − 1)² = (5 − 1)² wherever it is taken."""
    values = penalties.gradient_penalty(line, normal(6, 2), -normal(6, 2), seed=0)
    np.testing.assert_allclose(values, [16.0] * 6, rtol=1e-6)


def test_gradient_penalty_of_a_bowl_is_taken_at_the_interpolates():
    seen = []
    real, fake = normal(6, 4, 4, 1), -normal(6, 4, 4, 1) / 2
    values = penalties.gradient_penalty(
        lambda images: seen.append(images) or bowl(images), real, fake, seed=0
    )
    distances = np.sqrt((seen[0].numpy().reshape(6, -1) ** 2).sum(axis=1))
    np.testing.assert_allclose(values, (2 * distances - 1) ** 2, rtol=1e-5)


def test_interpolate_goes_from_fake_to_real():
    real, fake = normal(3, 4, 4, 1), -2 * normal(3, 4, 4, 1)
    between = penalties.interpolate(real, fake, tf.constant([0.0, 0.25, 1.0]))
    np.testing.assert_array_equal(between[0], fake[0])
    np.testing.assert_allclose(between[1], 0.25 * real[1] + 0.75 * fake[1], rtol=1e-6)
    np.testing.assert_array_equal(between[2], real[2])


def drawn_shares(num_images, seed):
    """The shares that `gradient_penalty` draws: what it asks between images of 1 and of 0."""
    seen = []
    ones = np.ones((num_images, 2, 3, 1), np.float32)
    penalties.gradient_penalty(
        lambda images: seen.append(images.numpy()) or bowl(images), ones, 0 * ones, seed
    )
    return seen[0].reshape(num_images, -1)


def test_one_share_per_image_uniform_between_zero_and_one():
    """Of 20,000 uniform shares, mean ½, variance 1/12 and every tenth's count are known.

    The standard deviations of the three are .0020, .0005 and 42; five of each are allowed.
    A normal share, a classic mistake, has variance 1 and leaves [0, 1].
    """
    shares = drawn_shares(20_000, seed=0)
    np.testing.assert_array_equal(shares, shares[:, :1] * np.ones((1, 6), np.float32))
    shares = shares[:, 0]
    assert 0 <= shares.min() < 0.001 and 0.999 < shares.max() <= 1
    assert shares.mean() == pytest.approx(1 / 2, abs=0.010)
    assert shares.var() == pytest.approx(1 / 12, abs=0.0025)
    counts, _ = np.histogram(shares, bins=10, range=(0, 1))
    assert np.abs(counts - 2000).max() < 210


def test_shares_follow_from_the_seed():
    np.testing.assert_array_equal(drawn_shares(8, 0), drawn_shares(8, np.int64(0)))
    pair = stream_seed(0, 0, "interpolation")
    np.testing.assert_array_equal(drawn_shares(8, 0), drawn_shares(8, pair))
    assert np.abs(drawn_shares(8, 0) - drawn_shares(8, 1)).min() > 0


@pytest.mark.parametrize(
    "penalty, at, expected",
    [
        (penalties.r1(3.0), "real", [0.0, 6.0, 37.5]),  # γ/2 · s
        (penalties.r2(3), "fake", [0.0, 6.0, 37.5]),
        (penalties.wasserstein(10.0), "between", [10.0, 10.0, 160.0]),  # weight · (√s − 1)²
    ],
)
def test_what_the_step_is_told(penalty, at, expected):
    assert penalty.at == at
    # the root of 0 is taken at 10⁻¹², hence the tolerance: (10⁻⁶ − 1)² = 1 − 2·10⁻⁶
    np.testing.assert_allclose(penalty.per_image(tf.constant([0.0, 4.0, 25.0])), expected, 3e-6)


@pytest.mark.parametrize("penalty", [penalties.r1(1.0), penalties.wasserstein(1.0)])
def test_a_flat_critic_has_a_finite_gradient(penalty):
    """Without a little something under the root its slope at 0 turns every weight into NaN."""
    weights = tf.Variable(tf.zeros((2, 1)))
    with tf.GradientTape() as tape:
        squared = penalties.squared_gradient_norm(lambda images: images @ weights, normal(4, 2))
        value = tf.reduce_mean(penalty.per_image(squared))
    np.testing.assert_array_equal(tape.gradient(value, weights), np.zeros((2, 1)))


def test_a_penalty_moves_the_critics_weights():
    """d/dw (‖w‖ − 1)² = 2(‖w‖ − 1) w/‖w‖ = 8 · (.6, .8) for the line."""
    weights = tf.Variable(W)
    with tf.GradientTape() as tape:
        value = tf.reduce_mean(
            penalties.gradient_penalty(
                lambda images: images @ weights, normal(4, 2), -normal(4, 2), seed=0
            )
        )
    np.testing.assert_allclose(tape.gradient(value, weights), [[4.8], [6.4]], rtol=1e-5)


@pytest.mark.parametrize("shape", [(4,), (4, 1)])
def test_one_logit_per_image_may_have_an_axis_or_none(shape):
    logits, _ = penalties.logits_and_gradients(lambda x: tf.reshape(line(x), shape), normal(4, 2))
    assert logits.shape == shape


@pytest.mark.parametrize("shape", [(4, 7, 7, 2), (4, 2), (8, 1), (1, 1), ()])
@pytest.mark.parametrize(
    "use",
    [
        penalties.logits_and_gradients,
        penalties.squared_gradient_norm,
        lambda critic, images: penalties.gradient_penalty(critic, images, images, seed=0),
    ],
)
def test_a_critic_without_one_logit_per_image_is_refused(use, shape):
    with pytest.raises(ValueError, match="one logit per image") as refusal:
        use(lambda images: tf.reduce_sum(images) * tf.ones(shape), normal(4, 2))
    assert str(shape) in str(refusal.value)


@pytest.mark.parametrize("shape", [(3, 2), (1, 2), (4, 1)])
def test_real_and_fake_of_unequal_shapes_are_refused(shape):
    with pytest.raises(ValueError, match="one shape"):
        penalties.interpolate(normal(4, 2), normal(*shape), tf.zeros(4))
    with pytest.raises(ValueError, match="one shape"):
        penalties.gradient_penalty(line, normal(4, 2), normal(*shape), seed=0)


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf"), "10", None, True])
@pytest.mark.parametrize(
    "penalty, name",
    [(penalties.r1, "gamma"), (penalties.r2, "gamma"), (penalties.wasserstein, "weight")],
)
def test_what_is_no_weight_is_refused(penalty, name, weight):
    with pytest.raises(ValueError, match=f"{name} must be a finite number of at least 0"):
        penalty(weight)


def test_of_a_map_it_is_the_mean_that_changes():
    """Four patches that each read one pixel: the mean of 3x₁, 3x₂, 3x₃, 3x₄ has slopes ¾."""
    images = tf.constant(np.random.default_rng(0).normal(size=(2, 2, 2, 1)), tf.float32)
    logits, gradients = penalties.logits_and_gradients(lambda x: 3.0 * x, images)
    assert np.array_equal(logits, 3.0 * images)
    np.testing.assert_allclose(gradients, np.full((2, 2, 2, 1), 0.75), rtol=1e-6)


def test_what_the_critic_returns_beside_its_logits_comes_along():
    images = tf.ones((2, 3))
    judged, gradients = penalties.logits_and_gradients(
        lambda x: (tf.reduce_sum(x**2, 1, keepdims=True), "features"), images
    )
    assert judged[1] == "features" and np.array_equal(gradients, 2 * images)


@pytest.mark.parametrize("every", [0, -1, 1.5, True, None])
@pytest.mark.parametrize("penalty", [penalties.r1, penalties.r2, penalties.wasserstein])
def test_what_is_no_pace_is_refused(penalty, every):
    with pytest.raises(ValueError, match="every must be an integer of at least 1"):
        penalty(1.0, every)
