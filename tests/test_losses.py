"""The six loss pairs: closed forms, a NumPy twin in float64, gradients, and what is refused."""

from math import exp, log

import numpy as np
import pytest
import tensorflow as tf

from ganedu import losses

LOG2 = log(2)

# At logits 0 every σ is ½, so each −log σ is log 2, and each square or hinge is of 1 or 0.
AT_ZERO = {
    "minimax": (2 * LOG2, -LOG2),  # −log ½ − log ½; log(1 − ½)
    "non_saturating": (2 * LOG2, LOG2),  # the same; −log ½
    "least_squares": (0.5, 0.5),  # ½(0 − 1)² + ½·0²; ½(0 − 1)²
    "hinge": (2.0, 0.0),  # (1 − 0) + (1 + 0); −0
    "wasserstein": (0.0, 0.0),
    "relativistic_pairing": (LOG2, LOG2),  # −log σ(0 − 0), both
}

# At real logit ½ and fake logit −¼, by hand; −log σ(x) = log(1 + exp(−x)).
AT_HALF_AND_MINUS_QUARTER = {
    "minimax": (log(1 + exp(-0.5)) + log(1 + exp(-0.25)), -log(1 + exp(-0.25))),
    "non_saturating": (log(1 + exp(-0.5)) + log(1 + exp(-0.25)), log(1 + exp(0.25))),
    "least_squares": (0.125 + 0.03125, 0.78125),  # ½·¼ + ½·1/16; ½·25/16
    "hinge": (0.5 + 0.75, 0.25),
    "wasserstein": (-0.75, 0.25),
    "relativistic_pairing": (log(1 + exp(-0.75)), log(1 + exp(0.75))),
}


def softplus(x):
    return np.logaddexp(0, x)


TWINS = {
    "minimax": (lambda r, f: softplus(-r) + softplus(f), lambda r, f: -softplus(f)),
    "non_saturating": (lambda r, f: softplus(-r) + softplus(f), lambda r, f: softplus(-f)),
    "least_squares": (lambda r, f: ((r - 1) ** 2 + f**2) / 2, lambda r, f: (f - 1) ** 2 / 2),
    "hinge": (lambda r, f: np.maximum(0, 1 - r) + np.maximum(0, 1 + f), lambda r, f: -f),
    "wasserstein": (lambda r, f: f - r, lambda r, f: -f),
    "relativistic_pairing": (lambda r, f: softplus(f - r), lambda r, f: softplus(r - f)),
}


def both(name):
    pair = losses.get(name)
    return pair.discriminator, pair.generator


def gradients(function, real_logits, fake_logits):
    real_logits, fake_logits = tf.constant(real_logits), tf.constant(fake_logits)
    with tf.GradientTape() as tape:
        tape.watch([real_logits, fake_logits])
        values = function(real_logits, fake_logits)
    return tape.gradient(values, [real_logits, fake_logits], unconnected_gradients="zero")


def test_the_names_stand_in_the_order_of_the_course():
    assert losses.NAMES == tuple(TWINS)


@pytest.mark.parametrize("name", losses.NAMES)
@pytest.mark.parametrize(
    "real, fake, expected", [(0.0, 0.0, AT_ZERO), (0.5, -0.25, AT_HALF_AND_MINUS_QUARTER)]
)
def test_closed_form(name, real, fake, expected):
    values = [float(function([[real]], [[fake]])[0, 0]) for function in both(name)]
    assert values == pytest.approx(expected[name], rel=1e-6, abs=1e-7)


def test_beyond_its_margin_the_hinge_is_flat():
    assert losses.get("hinge").discriminator([[2.0]], [[-2.0]]).numpy().tolist() == [[0.0]]


@pytest.mark.parametrize("player", [0, 1])
@pytest.mark.parametrize("name", losses.NAMES)
def test_numpy_twin(name, player):
    logits = np.linspace(-50, 50, 101)
    real, fake = (grid.ravel() for grid in np.meshgrid(logits, logits))
    values = both(name)[player](np.float32(real), np.float32(fake))
    tiny = np.finfo(np.float32).tiny  # below it float32 has fewer digits, or none
    np.testing.assert_allclose(values, TWINS[name][player](real, fake), rtol=2e-6, atol=tiny)


@pytest.mark.parametrize("player", [0, 1])
@pytest.mark.parametrize("name", losses.NAMES)
def test_gradients_are_the_slopes_of_the_twin(name, player):
    """Central differences in float64, away from the kinks of the hinge at ±1."""
    real, fake = (grid.ravel() for grid in np.meshgrid([-4.5, -0.5, 0.5, 3.0], [-3.0, 0.25, 4.5]))
    twin, h = TWINS[name][player], 1e-5
    slopes = (
        (twin(real + h, fake) - twin(real - h, fake)) / (2 * h),
        (twin(real, fake + h) - twin(real, fake - h)) / (2 * h),
    )
    np.testing.assert_allclose(
        gradients(both(name)[player], np.float32(real), np.float32(fake)), slopes, 1e-5, 1e-6
    )


@pytest.mark.parametrize("name", losses.NAMES)
def test_huge_logits_stay_finite_values_and_gradients(name):
    real, fake = np.float32([1e4, 1e4, -1e4, -1e4]), np.float32([1e4, -1e4, 1e4, -1e4])
    for function, twin in zip(both(name), TWINS[name]):
        np.testing.assert_allclose(function(real, fake), twin(real, fake), rtol=1e-6)
        assert np.isfinite(gradients(function, real, fake)).all()


def test_a_generator_far_behind_still_gets_its_full_gradient():
    """d softplus(−f)/df = −σ(−f), −1 up to 1e−13 at f = −30; log(σ(f) + 1e−8) has −1e−5 there."""
    _, slope = gradients(losses.get("non_saturating").generator, [[0.0]], [[-30.0]])
    assert float(slope[0, 0]) == pytest.approx(-1, abs=1e-6)


def test_a_saturating_generator_gets_next_to_none():
    """d(−softplus(f))/df = −σ(f), which is −9.4e−14 at f = −30."""
    _, slope = gradients(losses.get("minimax").generator, [[0.0]], [[-30.0]])
    assert float(slope[0, 0]) == pytest.approx(-exp(-30), rel=1e-4)


def test_minimax_and_non_saturating_share_a_discriminator_but_no_generator():
    logits = np.float32([[-2.0], [0.5], [3.0]])
    first, second = losses.get("minimax"), losses.get("non_saturating")
    shared = first.discriminator(logits, -logits), second.discriminator(logits, -logits)
    np.testing.assert_array_equal(*shared)
    apart = first.generator(logits, logits) - second.generator(logits, logits)
    assert np.abs(apart).min() > 0.1


def test_pairing_sees_only_the_difference_of_the_logits():
    real, fake = np.float32([[1.5], [-0.25], [2.0]]), np.float32([[0.5], [0.75], [-1.0]])
    for function in both("relativistic_pairing"):
        np.testing.assert_allclose(function(real + 8, fake + 8), function(real, fake), rtol=1e-6)
        assert np.abs(function(real + 8, fake) - function(real, fake)).min() > 0.01


@pytest.mark.parametrize("name", losses.NAMES)
def test_pairs_says_whether_the_generators_loss_reads_the_real_logits(name):
    slope, _ = gradients(losses.get(name).generator, [[0.3]], [[0.2]])
    assert losses.get(name).pairs == (float(slope[0, 0]) != 0)
    assert losses.get(name).pairs == (name == "relativistic_pairing")


@pytest.mark.parametrize("shape", [(4, 1), (4,), (2, 3, 3, 1)])
@pytest.mark.parametrize("name", losses.NAMES)
def test_losses_are_elementwise(name, shape):
    """One value for each pair of logits: no mean, no sum, no neighbour."""
    random = np.random.default_rng(0)
    real, fake = np.float32(random.standard_normal((2, *shape)))
    for function in both(name):
        values = function(real, fake).numpy()
        one_by_one = [function([r], [f])[0] for r, f in zip(real.ravel(), fake.ravel())]
        assert values.shape == shape
        np.testing.assert_allclose(values.ravel(), one_by_one, rtol=1e-6)


@pytest.mark.parametrize("shapes", [((4, 1), (4,)), ((4, 1), (1, 1)), ((4, 1), (8, 1))])
@pytest.mark.parametrize("name", losses.NAMES)
def test_unequal_shapes_are_refused(name, shapes):
    """(4, 1) against (4,) would silently become a 4×4 table of losses."""
    for function in both(name):
        with pytest.raises(ValueError, match="one shape") as refusal:
            function(*(np.zeros(shape, np.float32) for shape in shapes))
        assert all(str(shape) in str(refusal.value) for shape in shapes)


@pytest.mark.parametrize("name", losses.NAMES)
def test_losses_compile_in_silence(name, monkeypatch):
    """A learner's own `tf.function` around a loss; AutoGraph's warnings would go to a log.

    (That many functions are traced here, and not in a lesson, is another warning.)
    """
    warned = []
    monkeypatch.setattr(tf.get_logger(), "warning", lambda *words: warned.append(words))
    for function in both(name):
        compiled = tf.function(function)(tf.constant([[0.5]]), tf.constant([[-0.25]]))
        np.testing.assert_allclose(compiled, function([[0.5]], [[-0.25]]), rtol=1e-6)
    assert not [words for words in warned if "AutoGraph" in str(words)]


@pytest.mark.parametrize("name", ["wgan", "Hinge", "", None, 3, ["hinge"]])
def test_an_unknown_loss_is_refused_with_the_known_ones(name):
    with pytest.raises(ValueError) as refusal:
        losses.get(name)
    assert all(known in str(refusal.value) for known in (*losses.NAMES, repr(name)))


def test_a_pair_of_ones_own_passes_the_door():
    own = losses.AdversarialLoss(lambda r, f: f, lambda r, f: -f)
    assert losses.get(own) is own
    assert not own.pairs


def smoothed(real_logits, fake_logits):
    """One-sided label smoothing, the first thing that people try."""
    real = tf.nn.sigmoid_cross_entropy_with_logits(0.9 * tf.ones_like(real_logits), real_logits)
    return real + tf.nn.softplus(fake_logits)


def test_a_loss_of_your_own_is_taken_and_has_its_reference_lines():
    """At 0: −0.9 log ½ − 0.1 log ½ + log 2 = 2 log 2, and log 2."""
    own = losses.AdversarialLoss(smoothed, lambda r, f: tf.nn.softplus(-f))
    assert losses.get(own) is own
    assert losses.at_zero(own) == pytest.approx((2 * np.log(2), np.log(2)), rel=1e-6)


@pytest.mark.parametrize(
    ("generator", "told"),
    [
        (lambda r, f: tf.reduce_mean(tf.nn.softplus(-f)), "returned \\(\\). Leave the mean out"),
        (lambda r, f: tf.nn.softplus(-f)[:, 0], "one value for each logit"),
        (lambda f: tf.nn.softplus(-f), "function of .real_logits, fake_logits."),
    ],
)
def test_a_loss_that_takes_the_mean_or_one_argument_is_refused(generator, told):
    with pytest.raises(ValueError, match=f"The generator's loss must.*{told}"):
        losses.get(losses.AdversarialLoss(smoothed, generator))
