"""The bound of the autoencoder against a model whose likelihood is known."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from ganedu import data
from ganedu.rivals import autoencoder

SLOPE, STD = 2.0, 0.5  # x = 2 z + noise, so x ~ N(0, 4 + ¼)


def bound(images, answers, means, log_variances, std):
    """E_q[log p(x | z)] − KL(q ‖ p), for one draw of z."""
    pixels = autoencoder.pixel_nats(images, answers, std)
    return -pixels - autoencoder.kl_to_prior(means, log_variances)


def mean_bound(x, mean, variance, draws=200_000):
    """The bound of one number x under q = N(mean, variance), in the mean over the draws."""
    noise = np.random.default_rng(0).standard_normal((draws, 1))
    latents = mean + np.sqrt(variance) * noise
    same = [np.full((draws, 1), value) for value in (x, mean, np.log(variance))]
    told = bound(same[0], SLOPE * latents, *same[1:], STD)
    return float(np.mean(told))


def exact(x):
    return float(stats.norm.logpdf(x, 0, np.sqrt(SLOPE**2 + STD**2)))


def posterior(x):
    """Of z given x: a closed form."""
    variance = STD**2 / (SLOPE**2 + STD**2)
    return SLOPE * x / (SLOPE**2 + STD**2), variance


@pytest.mark.parametrize("x", [-3.0, 0.0, 1.5])
def test_at_the_true_posterior_the_bound_is_the_likelihood(x):
    mean, variance = posterior(x)
    noise = np.random.default_rng(0).standard_normal((1000, 1))
    latents = mean + np.sqrt(variance) * noise
    same = [np.full((1000, 1), value) for value in (x, mean, np.log(variance))]
    told = bound(same[0], SLOPE * latents, *same[1:], STD)
    # only the mean over the draws is the likelihood; each draw lies to either side
    assert mean_bound(x, mean, variance) == pytest.approx(exact(x), abs=0.005)
    assert np.min(told) < exact(x)


@pytest.mark.parametrize(
    ("x", "mean", "variance"), [(1.5, 0.0, 1.0), (1.5, 0.6, 0.3), (0, -1, 0.01)]
)
def test_elsewhere_it_lies_below_by_the_distance_to_the_posterior(x, mean, variance):
    true_mean, true_variance = posterior(x)
    gap = 0.5 * (
        variance / true_variance
        + (mean - true_mean) ** 2 / true_variance
        - 1
        + np.log(true_variance / variance)
    )
    assert gap > 0.1
    assert exact(x) - mean_bound(x, mean, variance) == pytest.approx(gap, rel=0.01)


def test_kl_to_the_prior_is_the_closed_form_and_its_integral():
    grid = np.linspace(-9, 9, 20_001)
    q = stats.norm.pdf(grid, 0.7, 0.4)
    integral = np.sum(q * np.log(np.maximum(q, 1e-300) / stats.norm.pdf(grid))) * (
        grid[1] - grid[0]
    )
    two = tf.constant([[0.7, 0.0]]), tf.constant([[2 * np.log(0.4), 0.0]], tf.float32)
    assert float(autoencoder.kl_to_prior(*two)[0]) == pytest.approx(integral, rel=1e-4)


def test_pixels_are_summed_gaussians():
    images, answers = np.random.default_rng(0).normal(size=(2, 3, 2, 2, 1))
    expected = -stats.norm.logpdf(images, answers, 0.3).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(autoencoder.pixel_nats(images, answers, 0.3), expected)


def test_the_losses_are_minus_the_bound():
    random = np.random.default_rng(1)
    images, answers = random.normal(size=(2, 5, 2, 2, 1)).astype("float32")
    means, log_variances = random.normal(size=(2, 5, 3)).astype("float32")
    of_pixels, of_latents = autoencoder.losses(0.3)
    cost = autoencoder.kl_to_prior(means, log_variances)
    paid = of_pixels(images, answers) + of_latents(tf.zeros(5), cost)
    expected = -tf.reduce_mean(bound(images, answers, means, log_variances, 0.3))
    assert float(paid) == pytest.approx(float(expected), rel=1e-5)


def test_the_network_decodes_what_was_drawn_around_the_mean():
    network = autoencoder.autoencoder(4, seed=0)
    images = data.load("digits").images[:3]
    noise = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
    answers, cost = network([images, noise])
    means, log_variances = network.get_layer("encoder")(images)
    latents = means + tf.exp(log_variances / 2) * noise
    np.testing.assert_allclose(answers, network.get_layer("generator")(latents), atol=1e-5)
    np.testing.assert_allclose(cost, autoencoder.kl_to_prior(means, log_variances), rtol=1e-5)
    assert cost.shape == (3,)


def test_samples_are_decoded_from_the_prior_and_batches_numbered():
    network = autoencoder.autoencoder(4, seed=0)
    images = autoencoder.generate(network, 3, seed=1)
    assert images.shape == (3, 28, 28, 1) and np.abs(images).max() <= 1
    assert np.array_equal(images, autoencoder.generate(network, 3, seed=1))
    digits = data.load("digits").images
    made = autoencoder.batches(digits, 4, 8, seed=3)
    last, again = list(made.take(3))[-1], next(iter(made.skip(2)))
    for one, other in zip(tf.nest.flatten(last), tf.nest.flatten(again), strict=True):
        assert np.array_equal(one, other)
    assert np.array_equal(last[0][0], last[1][0])  # the target of an image is itself
