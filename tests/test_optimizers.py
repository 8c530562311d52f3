"""Optimizers for games: by hand on lesson 02's bilinear game, saved, resumed, compiled."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganedu import checkpoints, optimizers, training
from ganedu.optimizers import FusedAdam, NegativeMomentum, OptimisticAdam, OptimisticSGD
from ganedu.playground import games
from tests.tiny_gan import same_bits, tiny_gan, train

KINDS = {
    "optimistic": lambda rate: OptimisticSGD(rate),
    "optimistic Adam": lambda rate: OptimisticAdam(rate, beta_1=0.4, beta_2=0.8),
    "negative momentum": lambda rate: NegativeMomentum(rate, momentum=-0.4),
    "plain": lambda rate: keras.optimizers.SGD(rate),
    "positive momentum": lambda rate: keras.optimizers.SGD(rate, momentum=0.5),
    "Adam": lambda rate: keras.optimizers.Adam(rate, beta_1=0.4, beta_2=0.8),
}
OURS = ("optimistic", "optimistic Adam", "negative momentum")
EACH_OF_OURS = pytest.mark.parametrize("kind", OURS)
START = (1.0, 0.5)


def play(kind, rate, steps, alternating=False, field=games.bilinear_field):
    """The path of two players with an optimizer each, as `games.path` has it; (x, y) a row."""
    point = [keras.Variable(float(value)) for value in START]
    players = [KINDS[kind](rate) for _ in point]
    walked = [START]
    for _ in range(steps):
        at = np.array([float(value) for value in point])
        for player in (1, 0):  # the discriminator first
            if alternating:
                at = np.array([float(value) for value in point])
            slope = tf.constant(-field(at)[player], tf.float32)
            players[player].apply([slope], [point[player]])
        walked.append([float(value) for value in point])
    return np.array(walked)


# Twins: the state of one player, and how it takes a gradient


def twin_plain(state, gradient, rate):
    w, *_ = state
    return (w - rate * gradient,)


def twin_optimistic(state, gradient, rate):
    w, before = state if len(state) == 2 else (*state, 0.0)
    return w - rate * (2 * gradient - before), gradient


def twin_momentum(beta):
    def twin(state, gradient, rate):
        w, v = state if len(state) == 2 else (*state, 0.0)
        v = beta * v - rate * gradient
        return w + v, v

    return twin


def twin_adam(state, gradient, rate):
    """Daskalakis et al. (2018), algorithm 1, with β₁ = .4 and β₂ = .8."""
    w, t, m, v, before = state if len(state) == 5 else (*state, 0, 0.0, 0.0, 0.0)
    t, m, v = t + 1, 0.4 * m + 0.6 * gradient, 0.8 * v + 0.2 * gradient**2
    direction = m / (1 - 0.4**t) / (np.sqrt(v / (1 - 0.8**t)) + 1e-7)
    return w - 2 * rate * direction + rate * before, t, m, v, direction


TWINS = {
    "optimistic": twin_optimistic,
    "optimistic Adam": twin_adam,
    "negative momentum": twin_momentum(-0.4),
    "plain": twin_plain,
    "positive momentum": twin_momentum(0.5),
}


def by_hand(kind, rate, steps, alternating=False, start=((START[0],), (START[1],))):
    """In double precision, the same game; returns the path and the states at its end."""
    x, y = start
    walked = [(x[0], y[0])]
    for _ in range(steps):
        moved = TWINS[kind](y, -games.bilinear_field((x[0], y[0]))[1], rate)
        seen = moved if alternating else y
        x = TWINS[kind](x, -games.bilinear_field((x[0], seen[0]))[0], rate)
        y = moved
        walked.append((x[0], y[0]))
    return np.array(walked), (x, y)


@pytest.mark.parametrize("alternating", [False, True])
@pytest.mark.parametrize("kind", TWINS)
def test_the_path_on_the_bilinear_game_is_that_of_the_twin(kind, alternating):
    expected, _ = by_hand(kind, 0.2, 40, alternating)
    allowed = 2e-6 * max(1, np.abs(expected).max())  # what diverges has larger errors
    np.testing.assert_allclose(play(kind, 0.2, 40, alternating), expected, rtol=0, atol=allowed)


def test_plain_steps_are_those_of_the_lesson():
    """Else the game would be another one."""
    for scheme in ("simultaneous", "alternating"):
        expected = games.path(games.bilinear_field, START, 0.2, 40, scheme)
        walked = play("plain", 0.2, 40, scheme == "alternating")
        np.testing.assert_allclose(walked, expected, rtol=0, atol=5e-6)


def radius(kind, rate, alternating):
    """Largest |λ| of one step, which is linear in the state (w, slot) of both players."""
    columns = []
    for unit in np.eye(4):
        _, (x, y) = by_hand(kind, rate, 1, alternating, (tuple(unit[:2]), tuple(unit[2:])))
        columns.append([*x, *y])
    return np.abs(np.linalg.eigvals(np.array(columns).T)).max()


def test_the_radius_of_optimistic_steps_is_the_closed_form():
    """With x + iy one number, λ² = (1 − 2iη)λ + iη; below 1, where plain steps have √(1 + η²)."""
    rate = 0.3
    expected = np.abs(np.roots([1, -(1 - 2j * rate), -1j * rate])).max()
    assert radius("optimistic", rate, alternating=False) == pytest.approx(expected, abs=1e-12)
    assert expected < 0.96
    plain = play("plain", rate, 60)
    np.testing.assert_allclose(np.hypot(*plain[-1]), np.hypot(*START) * (1 + rate**2) ** 30, 1e-4)


CONVERGES = [  # simultaneous and alternating steps of the bilinear game, at rate ½
    ("optimistic", False, True),
    ("plain", False, False),
    ("plain", True, False),  # it stays at its distance
    ("negative momentum", True, True),
    ("negative momentum", False, False),
    ("positive momentum", True, False),
]


@pytest.mark.parametrize(("kind", "alternating", "converges"), CONVERGES)
def test_who_comes_to_rest_on_the_bilinear_game(kind, alternating, converges):
    distances = np.hypot(*play(kind, 0.5, 200, alternating).T)
    if converges:
        assert distances[-1] < 1e-3 * distances[0]
    else:
        assert distances[-20:].max() > 0.8 * distances[0]
    if kind != "plain":
        assert (radius(kind, 0.5, alternating) < 1) == converges


def test_optimistic_steps_are_where_extrapolation_from_the_past_looks():
    """Gidel et al. (2019): v ← v − η·F(w), w ← v − η·F(w), in NumPy."""
    v = w = np.array(START)
    looked = [w]
    for _ in range(40):
        last = games.bilinear_field(w)
        v = v + 0.2 * last
        w = v + 0.2 * last
        looked.append(w)
    np.testing.assert_allclose(play("optimistic", 0.2, 40), looked, rtol=0, atol=2e-6)


def test_optimistic_adam_circles_nearer_to_the_equilibrium_than_adam():
    """Adam's steps do not shrink with the gradient: at a fixed rate neither comes to rest."""
    ours, plain = (
        np.hypot(*play(kind, 0.05, 400, alternating=True).T)[-100:]
        for kind in ("optimistic Adam", "Adam")
    )
    assert ours.max() < 0.5 * plain.min() and ours.max() > 0.05


# As Keras knows optimizers


def take(optimizer, steps=5, compiled=False):
    """The values of two variables after so many steps; of an embedding only some rows are met."""
    vectors, table = keras.Variable(np.ones((3, 2))), keras.Variable(np.ones((4, 2)))
    optimizer.build([vectors, table])

    def step(number):
        with tf.GradientTape() as tape:
            met = tf.gather(tf.convert_to_tensor(table.value), [number % 4, 0])
            loss = tf.reduce_sum(vectors.value**3) + tf.reduce_sum(met**2)
        gradients = tape.gradient(loss, [vectors.value, table.value])
        optimizer.apply(gradients, [vectors, table])

    step = tf.function(step) if compiled else step
    for number in range(steps):
        step(tf.constant(number))
    return [vectors.numpy(), table.numpy()]


@EACH_OF_OURS
def test_compiled_it_moves_as_eagerly(kind):
    for one, other in zip(take(KINDS[kind](0.1)), take(KINDS[kind](0.1), compiled=True)):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)


class Table(keras.layers.Layer):
    """Rows of a table, whose gradient TensorFlow gives as slices."""

    def build(self, shape):
        self.rows = self.add_weight(shape=(4, 2), initializer="ones", name="rows")

    def call(self, numbers):
        return tf.gather(self.rows.value, numbers)


@EACH_OF_OURS
@pytest.mark.parametrize("compiled", [False, True])
def test_rows_that_are_not_met_have_a_gradient_of_zero(kind, compiled):
    """Sparse gradients move as dense ones do: the last gradient of a row is not kept too long."""
    sparse, dense = Table(), Table()
    optimizers = KINDS[kind](0.1), KINDS[kind](0.1)
    for table, optimizer in zip((sparse, dense), optimizers, strict=True):
        table.build(None)
        optimizer.build([table.rows])

    def step(numbers):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(sparse(numbers) ** 2)
        [slices] = tape.gradient(loss, [sparse.rows.value])
        optimizers[0].apply([slices], [sparse.rows])
        met = tf.reduce_sum(tf.one_hot(numbers, 4), axis=0)[:, None]
        optimizers[1].apply([met * 2 * dense.rows.value], [dense.rows])
        return isinstance(slices, tf.IndexedSlices)

    step = tf.function(step) if compiled else step
    for numbers in ([0, 1], [1, 2], [1, 1], [3, 0]):
        assert step(tf.constant(numbers))
    np.testing.assert_allclose(sparse.rows, dense.rows, rtol=0, atol=1e-6)
    assert len(np.unique(sparse.rows.numpy()[:, 0])) == 4


@EACH_OF_OURS
def test_a_config_makes_another_one_that_moves_alike(kind):
    falling = keras.optimizers.schedules.InverseTimeDecay(0.1, 3, 1.0)
    for rate in (0.1, falling):
        optimizer = KINDS[kind](rate)
        again = type(optimizer).from_config(optimizer.get_config())
        assert again.get_config() == optimizer.get_config()
        assert same_bits(take(again), take(KINDS[kind](rate)))
    assert not same_bits(take(KINDS[kind](0.1)), take(KINDS[kind](falling)))


@EACH_OF_OURS
def test_keras_serializes_it(kind):
    optimizer = KINDS[kind](0.1)
    written = keras.optimizers.serialize(optimizer)
    known = {type(optimizer).__name__: type(optimizer)}
    again = keras.optimizers.deserialize(written, custom_objects=known)
    assert again.get_config() == optimizer.get_config()


@EACH_OF_OURS
def test_in_a_gan_resumed_equals_never_stopped_to_the_bit(kind, tmp_path):
    def make():
        return tiny_gan(optimizer=KINDS[kind])

    whole, stopped = train(make(), 4), train(make(), 2)
    checkpoints.save(tmp_path / "two.npz", stopped)
    resumed = make()
    assert checkpoints.load(tmp_path / "two.npz", resumed) == 2
    train(resumed, 2)
    for one, other in ((resumed, whole), (resumed, stopped)):
        slots = [o.variables for g in (one, other) for o in (g.generator_optimizer,)]
        equal = same_bits(*([v.numpy() for v in variables] for variables in slots))
        assert equal == (other is whole)
    assert same_bits(weights(resumed), weights(whole))


def weights(gan):
    return [variable.numpy() for variable in gan.variables]


# Momentum


def test_keras_still_refuses_a_negative_momentum():
    """If Keras takes it one day, this test says so."""
    with pytest.raises(ValueError, match="momentum"):
        keras.optimizers.SGD(0.1, momentum=-0.5)


@pytest.mark.parametrize("momentum", [-1.0, 0.5])
def test_a_momentum_out_of_range_is_refused(momentum):
    with pytest.raises(ValueError, match="above -1 and at most 0, for example -0.5; got"):
        NegativeMomentum(0.1, momentum)


def test_without_momentum_it_is_plain():
    assert same_bits(take(NegativeMomentum(0.1, 0.0)), take(KINDS["plain"](0.1)))


# Adam in one pass


def after_six_gradients(optimizer, compiled):
    """Weights and slots; gradients of unequal sizes."""
    rng = np.random.default_rng(0)
    weights = [keras.Variable(np.ones(shape, "float32")) for shape in ((3, 2), (4,))]
    optimizer.build(weights)

    def step(gradients):
        optimizer.apply(gradients, weights)

    step = tf.function(step) if compiled else step
    for size in 10.0 ** np.arange(-3, 3):
        step([tf.constant(size * rng.normal(size=w.shape), tf.float32) for w in weights])
    return [variable.numpy() for variable in [*weights, *optimizer.variables]]


@pytest.mark.parametrize("options", [{}, {"beta_1": 0.0, "beta_2": 0.99}, {"clipnorm": 0.1}])
@pytest.mark.parametrize("compiled", [False, True])
def test_adam_in_one_pass_takes_adams_steps(options, compiled):
    """With a rate that falls; to rounding: 1 − β₂ in float32 is off by 1.3e-5 of itself."""
    rate = keras.optimizers.schedules.InverseTimeDecay(0.1, 3, 1.0)
    fused = after_six_gradients(FusedAdam(rate, **options), compiled)
    for one, other in zip(
        fused, after_six_gradients(keras.optimizers.Adam(rate, **options), compiled), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=2e-6)


def test_adam_in_one_pass_leaves_to_keras_what_it_cannot():
    """The gradient of an embedding names its rows."""
    table = keras.Variable(np.ones((4, 2)))
    rows = tf.IndexedSlices(tf.ones((1, 2)), tf.constant([2]), tf.constant([4, 2]))
    for options in ({}, {"amsgrad": True}):
        optimizer = FusedAdam(0.5, **options)
        optimizer.apply([rows], [table])
    np.testing.assert_allclose(table.numpy()[:, 0], [1.0, 1.0, 0.0, 1.0], atol=1e-5)


SLOPE = 2.0**-20  # of the second pixel; a gradient of the mean over 64 images is below float16


def moved(policy, scaled, monkeypatch):
    """How one update moves a generator of which half the gradients are tiny, and its GAN."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    players = [
        keras.Sequential([keras.Input((2,)), keras.layers.Dense(size, use_bias=False, **options)])
        for size, options in ((2, {"kernel_initializer": "zeros"}), (1, {}))
    ]
    keras.config.set_dtype_policy(before)
    players[1].layers[-1].kernel.assign([[1.0], [SLOPE]])
    if not scaled:
        monkeypatch.setattr(optimizers, "scaled_for", lambda network, optimizer: optimizer)
    gan = training.GAN(*players, latent_dim=2, seed=0)
    gan.compile(keras.optimizers.SGD(1.0), keras.optimizers.SGD(1e-30), ema_half_life=None)
    gan.fit(np.ones((64, 2), "float32"), 64, verbose=0)
    return np.float64(players[0].get_weights()[0]), gan


def test_float16_loses_small_gradients_unless_the_loss_is_scaled(monkeypatch):
    exact, _ = moved("float32", True, monkeypatch)
    scaled, gan = moved("mixed_float16", True, monkeypatch)
    np.testing.assert_allclose(scaled, exact, rtol=2e-3)
    for optimizer in (gan.generator_optimizer, gan.discriminator_optimizer):
        assert isinstance(optimizer, optimizers.LossScaled)
    bare, _ = moved("mixed_float16", False, monkeypatch)
    np.testing.assert_allclose(bare[:, 0], exact[:, 0], rtol=2e-3)
    assert (bare[:, 1] == 0).all() and (exact[:, 1] != 0).all()


def test_a_scale_that_is_too_large_costs_an_update_and_no_step(monkeypatch):
    """The step counts on, because batches and noise belong to its number."""
    _, gan = moved("mixed_float16", True, monkeypatch)
    gan.generator_optimizer.dynamic_scale.assign(2.0**120)
    weights = gan.generator.get_weights()
    gan.fit(np.ones((64, 2), "float32"), 64, verbose=0)
    np.testing.assert_array_equal(gan.generator.get_weights(), weights)
    assert int(gan.step) == 2 and float(gan.generator_optimizer.dynamic_scale) == 2.0**119
