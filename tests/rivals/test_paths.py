"""Both paths against closed forms: where they lead, how fast, and how they are gone."""

import numpy as np
import pytest
import tensorflow as tf

from ganedu import data, models
from ganedu.rivals import paths

BOTH = pytest.mark.parametrize("path", paths.PATHS.values(), ids=list(paths.PATHS))


def number(tensor):
    return tensor.numpy().item()


def constants(*values):
    return [tf.constant(value, tf.float32) for value in values]


@BOTH
def test_a_path_begins_in_the_noise_and_ends_in_the_image(path):
    images, noise = constants([[3.0]], [[5.0]])
    at_start = paths.between(path, images, noise, tf.zeros(1))
    at_end = paths.between(path, images, noise, tf.ones(1))
    np.testing.assert_allclose([number(at_start), number(at_end)], [5.0, 3.0], rtol=1e-6)


def test_half_way_is_the_middle_or_a_turn_of_45_degrees():
    images, noise, half = constants([[3.0]], [[5.0]], [0.5])
    assert number(paths.between(paths.STRAIGHT, images, noise, half)) == 4.0
    point = paths.between(paths.ARC, images, noise, half)
    assert number(point) == pytest.approx(8 / np.sqrt(2), rel=1e-6)


@BOTH
def test_the_slopes_are_the_derivatives_of_the_weights(path):
    times = tf.constant([0.0, 0.2, 0.9])
    with tf.autodiff.ForwardAccumulator(times, tf.ones(3)) as accumulator:
        weights = path.weights(times)
    for weight, slope in zip(weights, path.slopes(times), strict=True):
        np.testing.assert_allclose(accumulator.jvp(weight), slope, rtol=1e-5, atol=1e-6)


@BOTH
def test_the_noise_is_found_again_at_any_time_but_the_last(path):
    random = np.random.default_rng(0)
    images, noise = constants(*random.normal(size=(2, 4, 4, 4, 1)))
    times = tf.constant([0.0, 0.1, 0.5, 0.9])
    points = paths.between(path, images, noise, times)
    np.testing.assert_allclose(
        paths.noise_behind(path, points, images, times), noise, rtol=1e-4, atol=1e-4
    )


def test_the_arc_keeps_variance_one():
    a, b = paths.ARC.weights(tf.linspace(0.0, 1.0, 11))
    np.testing.assert_allclose(a**2 + b**2, 1, rtol=1e-6)


@BOTH
def test_batches_are_a_function_of_their_number(path):
    images = data.load("digits").images
    made = paths.batches(path, images, 8, seed=3)
    from_start, from_two = list(made.take(3))[-1], next(iter(made.skip(2)))
    for one, other in zip(tf.nest.flatten(from_start), tf.nest.flatten(from_two), strict=True):
        assert np.array_equal(one, other)
    (points, times), shown = from_two
    noise = paths.noise_behind(path, points, shown, times)
    assert abs(float(np.std(noise)) - 1) < 0.05
    assert np.array_equal(shown, list(data.batches(images, 8, 3).take(3))[-1])


@BOTH
def test_times_are_logit_normal(path):
    """Their logits have mean 0 and variance 1; noise and times have nothing in common."""
    digits = data.load("digits").images
    (points, times), images = next(iter(paths.batches(path, digits, 1000, seed=0)))
    logits = np.log(times / (1 - times))
    assert np.mean(logits) == pytest.approx(0, abs=0.1)
    assert np.var(logits) == pytest.approx(1, abs=0.15)
    noise = np.ravel(np.mean(paths.noise_behind(path, points, images, times), axis=(1, 2, 3)))
    assert abs(np.corrcoef(noise, logits)[0, 1]) < 0.1


def knows(image):
    """A network that knows data that are all one image."""
    return lambda given, training: tf.ones_like(given[0]) * image


@BOTH
@pytest.mark.parametrize("num_steps", [1, 2, 7])
def test_a_network_that_knows_one_image_walks_to_it(path, num_steps):
    image = tf.constant(np.linspace(-0.9, 0.9, 4).reshape(1, 2, 2, 1), tf.float32)
    noise = paths.noise_of((2, 2, 1), 3, seed=1)
    walked = paths.walk(path, knows(image), noise, num_steps)
    np.testing.assert_allclose(walked, np.repeat(image, 3, axis=0), atol=1e-5)


def half_of_it(given, training):
    return given[0] / 2


@BOTH
@pytest.mark.parametrize("chunk", [500, 499])  # at once, and in parts
def test_images_are_within_what_images_may_be(path, chunk):
    for level in (-1.0, 1.0):
        network = knows(level)
        network.inputs = [tf.zeros([1, 2, 2, 1])]
        made = paths.generate(path, network, 500, 0, num_steps=3, chunk=chunk)
        assert np.abs(made).max() == 1.0


@BOTH
def test_images_at_once_are_those_of_the_walk_from_the_noise_of_the_seed(path):
    network, fresh = models.denoiser(seed=1), 1.0 if path is paths.ARC else 0.0
    noise = paths.noise_of((28, 28, 1), 3, seed=5)
    walked = paths.walk(path, network, noise, 4, fresh, seed=5)
    made = paths.generate(path, network, 3, 5, 4, fresh)
    np.testing.assert_allclose(made, np.clip(walked, -1, 1), atol=1e-5)
    in_parts = paths.generate(path, network, 3, 5, 4, 0.0, chunk=2)
    np.testing.assert_allclose(in_parts, paths.generate(path, network, 3, 5, 4), atol=1e-5)


def test_a_straight_step_is_eulers_and_an_arcs_is_a_turn():
    noise = tf.constant([[[[0.1]]]])
    velocity = (0.05 - 0.1) / 1  # (image − point) / (1 − t)
    first = 0.1 + velocity / 2
    second = first + (first / 2 - first) / 0.5 / 2
    walked = paths.walk(paths.STRAIGHT, half_of_it, noise, 2)
    assert number(walked) == pytest.approx(second, abs=1e-6)
    half = np.pi / 4  # the first step turns by 45°: the image by its sine, the noise by its cosine
    first = 0.05 * np.sin(half) + 0.1 * np.cos(half)
    two = paths.walk(paths.ARC, half_of_it, noise, 2)
    assert number(two) == pytest.approx(first / 2, abs=1e-6)  # what was said last


def ideal_gaussian(given, training):
    """The mean of the images behind a point of the arc, for data N(0, ½²): closed form."""
    points, times = given
    a, b = paths.ARC.weights(times[0])
    return a / 4 / (a**2 / 4 + b**2) * points


def deviation(fresh, num_steps):
    """The standard deviation that such steps end with, from 1: each is linear in point and draw."""
    variance = 1.0
    for number in range(num_steps):
        (a, b), (later_a, later_b) = (
            (np.sin(np.pi / 2 * t), np.cos(np.pi / 2 * t))
            for t in (number / num_steps, (number + 1) / num_steps)
        )
        said = a / 4 / (a**2 / 4 + b**2)
        share = fresh * min(np.sqrt(1 - (a / later_a) ** 2) / b, 1)  # 1 at the last step
        kept = later_a * said + later_b * np.sqrt(1 - share**2) * (1 - a * said) / b
        variance = kept**2 * variance + (later_b * share) ** 2
    return np.sqrt(variance)


@pytest.mark.parametrize("fresh", [0.0, 0.5, 1.0])
def test_fresh_noise_changes_the_way_and_not_the_law(fresh):
    assert deviation(fresh, 4000) == pytest.approx(0.5, abs=0.001)  # N(0, ½²)
    noise = paths.noise_of((50, 50, 1), 8, seed=0)
    walked = paths.walk(paths.ARC, ideal_gaussian, noise, 200, fresh).numpy()
    assert walked.std() == pytest.approx(deviation(fresh, 200), abs=0.006)
    assert abs(walked.mean()) < 0.02
    follows = np.corrcoef(walked.ravel(), noise.numpy().ravel())[0, 1]
    assert follows > 0.95 if fresh == 0 else abs(follows) < 0.5


def test_ddpm_exchanges_what_its_law_says():
    """σ² = (b'²/b²)(1 − a²/a'²), the variance of x_later given x_t and the image."""
    time, later = tf.constant(0.3), tf.constant(0.4)
    (a, b), (a_later, b_later) = (paths.ARC.weights(t) for t in (time, later))
    variance = (b_later**2 / b**2) * (1 - a**2 / a_later**2)
    share = paths._exchanged(time, later)
    assert float(share * b_later) == pytest.approx(float(tf.sqrt(variance)), rel=1e-5)
    assert float(paths._exchanged(tf.constant(0.0), later)) == pytest.approx(1)


@pytest.mark.parametrize("num_steps", [3, 10, 50, 200, 1000])
def test_the_last_of_many_steps_still_has_a_share(num_steps):
    """1 − a²/a'² cancels there: in float32 the share came out above 1, and its root was none."""
    times = tf.range(num_steps, dtype=tf.float32) / num_steps
    later = tf.range(1, num_steps + 1, dtype=tf.float32) / num_steps
    shares = paths._exchanged(times, later).numpy()
    a, a_later = (np.sin(np.pi / 2 * (np.arange(num_steps) + i) / num_steps) for i in (0, 1))
    expected = np.sqrt(1 - (a / a_later) ** 2) / np.sqrt(1 - a**2)  # by 64 bits
    assert np.isfinite(shares).all() and shares.max() <= 1
    np.testing.assert_allclose(shares, expected, rtol=1e-3)


def test_images_of_a_seed_do_not_hang_on_the_pieces():
    def network(given, training):
        return -given[0]

    network.inputs = [tf.zeros((1, 4, 4, 1))]
    whole = paths.generate(paths.STRAIGHT, network, 7, seed=2, num_steps=3)
    parts = paths.generate(paths.STRAIGHT, network, 7, seed=2, num_steps=3, chunk=3)
    assert whole.shape == (7, 4, 4, 1) and np.array_equal(whole, parts)
    assert not np.array_equal(whole, paths.generate(paths.STRAIGHT, network, 7, 3, num_steps=3))


def test_another_seed_or_number_of_steps_or_images_is_no_new_trace():
    traces = []

    def network(given, training):
        traces.append(given)
        return given[0] / 2

    counts = []
    for num_images, num_steps, seed in ((2, 2, 0), (2, 3, 0), (2, 3, 7), (5, 3, 7), (1, 3, 7)):
        paths.walk(paths.ARC, network, tf.zeros((num_images, 2, 2, 1)), num_steps, 1.0, seed)
        counts.append(len(traces))
    assert counts[0] == counts[-1] > 0


@pytest.mark.parametrize("num_steps", [0, -1, 1.5, True])
def test_a_walk_has_at_least_one_step(num_steps):
    with pytest.raises(ValueError, match="num_steps must be an integer of at least 1"):
        paths.walk(paths.STRAIGHT, half_of_it, tf.zeros((1, 2, 2, 1)), num_steps)


@pytest.mark.parametrize(("path", "fresh"), [(paths.STRAIGHT, 0.5), (paths.ARC, 1.5)])
def test_fresh_noise_belongs_to_the_arc(path, fresh):
    with pytest.raises(ValueError, match="fresh must be in"):
        paths.walk(path, half_of_it, tf.zeros((1, 2, 2, 1)), 2, fresh)
