"""The one correct step: by closed forms, by what it touches, and by what it must not.

Most runs here are a few steps of tiny networks on points of a ring. That the step equals the
loop written by hand in the lessons is tested with the lessons.
"""

import functools
import signal
from math import exp, log

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from ganedu import data, losses, models, penalties, seeding, training
from ganedu.layers import BatchStatistic, Pack, variables_of

POINTS = data.ring(100, seed=0).points
BATCH = 20


class Spy(keras.layers.Layer):
    """Passes its input on and remembers it, and whether `training` came with it (eager runs)."""

    def __init__(self, **options):
        super().__init__(**options)
        self.seen = []

    def call(self, inputs, training=None):
        if tf.executing_eagerly():  # not while Keras works out shapes
            self.seen.append((inputs.numpy(), training))
        return inputs


def network(role, *between, num_outputs=2, width=8):
    """Dense, then the layers in question, then Dense; from points to points or logits."""
    seed = {"generator": 1, "discriminator": 2}[role]
    return keras.Sequential(
        [
            keras.Input((2,)),
            layers.Dense(width, kernel_initializer=keras.initializers.HeNormal(seed=seed)),
            layers.LeakyReLU(negative_slope=0.2),
            *between,
            layers.Dense(
                num_outputs, kernel_initializer=keras.initializers.HeNormal(seed=seed + 10)
            ),
        ],
        name=role,
    )


def make(*, generator=(), discriminator=(), seed=0, kind=training.GAN, rate=0.05, **options):
    """A compiled GAN of two tiny networks with these layers in their middles."""
    gan = kind(
        network("generator", *generator),
        network("discriminator", *discriminator, num_outputs=1),
        latent_dim=2,
        seed=seed,
    )
    gan.compile(
        keras.optimizers.Adam(rate, beta_1=0.5), keras.optimizers.Adam(rate, beta_1=0.5), **options
    )
    return gan


def train(gan, steps, **options):
    return gan.fit(POINTS, BATCH, steps_per_epoch=steps, verbose=0, **options)


def values(network):
    """Copies of all variables: weights, statistics, the seeds of dropout."""
    return [variable.numpy().copy() for variable in network.variables]


def everything(gan):
    return values(gan) + [
        variable.numpy()
        for optimizer in (gan.generator_optimizer, gan.discriminator_optimizer)
        for variable in optimizer.variables
    ]


def assert_equal(first, second):
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


def assert_moved(first, second):
    for one, other in zip(first, second, strict=True):
        assert np.abs(one - other).max() > 0


# One whole step by hand: real points at 0, a generator that always says θ, a critic D(x) = ψx


def sigmoid(x):
    return 1 / (1 + exp(-x))


def dirac_gan(theta, psi, **options):
    """Mescheder, Geiger, Nowozin (2018), section 2, with plain gradient descent at rate ½."""
    start = keras.initializers.Constant
    generator = keras.Sequential(
        [
            keras.Input((1,)),
            layers.Rescaling(0.0),  # the noise plays no part
            layers.Dense(1, kernel_initializer="zeros", bias_initializer=start(theta)),
        ]
    )
    discriminator = keras.Sequential(
        [keras.Input((1,)), layers.Dense(1, kernel_initializer=start(psi), use_bias=False)]
    )
    gan = training.GAN(generator, discriminator, latent_dim=1, seed=0)
    gan.compile(keras.optimizers.SGD(0.5), keras.optimizers.SGD(0.5), **options)
    return gan


# The slope of each penalty in ψ: the gradient of ψx is ψ everywhere.
SLOPES = {
    "none": ((), lambda psi: 0.0),
    "r1": ((penalties.r1(0.8),), lambda psi: 0.8 * psi),  # γ/2 · ψ²
    "r1 and r2": ((penalties.r1(0.8), penalties.r2(0.3)), lambda psi: 1.1 * psi),
    "wasserstein": (
        (penalties.wasserstein(0.7),),  # weight · (|ψ| − 1)²
        lambda psi: 1.4 * (abs(psi) - 1) * np.sign(psi),
    ),
}


@pytest.mark.parametrize("run_eagerly, d_steps", [(True, 1), (False, 2)])
@pytest.mark.parametrize("name", SLOPES)
def test_dirac_gan_step_by_step(name, run_eagerly, d_steps):
    """D: d/dψ [softplus(−ψ·0) + softplus(ψθ)] = σ(ψθ)θ. G, with the new ψ: −σ(−ψθ)ψ."""
    given, slope = SLOPES[name]
    theta, psi = 1.5, -0.5
    gan = dirac_gan(theta, psi, penalties=given, d_steps=d_steps, run_eagerly=run_eagerly)
    gan.fit(np.zeros((8, 1)), batch_size=4, steps_per_epoch=3, verbose=0)
    for _ in range(3):
        for _ in range(d_steps):
            psi -= 0.5 * (sigmoid(psi * theta) * theta + slope(psi))
        theta += 0.5 * sigmoid(-psi * theta) * psi
    assert gan.discriminator.weights[0].numpy() == pytest.approx(psi, rel=1e-5)
    assert gan.generator.weights[1].numpy() == pytest.approx(theta, rel=1e-5)


def test_what_is_logged():
    gan = dirac_gan(1.5, -0.5, penalties=(penalties.r1(0.8), penalties.r2(0.3)))
    history = gan.fit(np.zeros((8, 1)), batch_size=4, steps_per_epoch=1, verbose=0).history
    psi = float(gan.discriminator.weights[0][0, 0])  # the generator's loss is taken after D's move
    expected = {
        "discriminator_loss": log(2) + log(1 + exp(-0.75)),  # without the penalty
        "generator_loss": log(1 + exp(-1.5 * psi)),
        "penalty": 0.55 * 0.25,  # (0.8 + 0.3)/2 · ψ² before the move
        "real_logit": 0.0,
        "fake_logit": -0.75,
    }
    assert {name: value for name, (value,) in history.items()} == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", losses.NAMES)
def test_every_loss_reaches_both_players(name):
    """The critic's last bias stays where a loss sees only the difference of its logits."""
    spy, given = Spy(), penalties.wasserstein(1.0) if name == "wasserstein" else ()
    gan = make(loss=name, discriminator=[spy], run_eagerly=True, penalties=given)
    before = values(gan.generator), values(gan.discriminator)[:-1]
    history = train(gan, steps=1).history
    assert_moved(before[0], values(gan.generator))
    assert_moved(before[1], values(gan.discriminator)[:-1])
    assert list(history) == sorted(training.LOG_NAMES)
    # real, fake (and between); fake (and real)
    assert len(spy.seen) == 3 + (name in ("relativistic_pairing", "wasserstein"))


# Whose turn it is


@pytest.mark.parametrize("run_eagerly", [False, True])
def test_a_discriminator_update_leaves_the_generator_untouched(run_eagerly):
    gan = make(
        generator=[layers.BatchNormalization()],
        discriminator=[layers.Dropout(0.3, seed=3)],
        penalties=penalties.r1(1.0),
    )
    update = gan.discriminator_step if run_eagerly else tf.function(gan.discriminator_step)
    generator, discriminator = values(gan.generator), values(gan.discriminator)
    ema_generator, slots = values(gan.ema_generator), values(gan.generator_optimizer)
    for number in range(3):
        update(tf.constant(POINTS[:BATCH]), tf.constant(number, tf.int64))
    assert_equal(values(gan.generator), generator)
    assert_equal(values(gan.ema_generator), ema_generator)
    assert_equal(values(gan.generator_optimizer), slots)
    assert_moved(values(gan.discriminator), discriminator)


@pytest.mark.parametrize("loss", ["non_saturating", "relativistic_pairing"])
@pytest.mark.parametrize("run_eagerly", [False, True])
def test_a_generator_update_leaves_the_discriminator_untouched(run_eagerly, loss):
    """Its BatchNorm statistics too; only the seed of dropout may go on, for a new mask."""
    gan = make(
        generator=[layers.BatchNormalization()],
        discriminator=[layers.BatchNormalization(), layers.Dropout(0.3, seed=3)],
        loss=loss,
    )
    update = gan.generator_step if run_eagerly else tf.function(gan.generator_step)
    generator, discriminator = values(gan.generator), gan.discriminator.get_weights()
    slots = values(gan.discriminator_optimizer)
    for step in range(3):
        update(tf.constant(POINTS[:BATCH]), tf.constant(step, tf.int64))
    assert_equal(gan.discriminator.get_weights(), discriminator)
    assert_equal(values(gan.discriminator_optimizer), slots)
    assert_moved(values(gan.generator), generator)  # weights and statistics


def test_networks_are_called_in_training_mode():
    """BatchNorm normalises with the batch and remembers it; dropout draws a mask for each call."""
    spies = Spy(), Spy()
    gan = make(
        generator=[spies[0], layers.BatchNormalization(momentum=0.5)],
        discriminator=[spies[1], layers.Dropout(0.5, seed=3)],
        run_eagerly=True,
    )
    train(gan, steps=2)
    assert [mode for spy in spies for _, mode in spy.seen] == [True] * 10  # per step: G 2, D 3
    (norm,) = (layer for layer in gan.generator.layers if "norm" in layer.name)
    # two steps of m ← ½m + ½·(mean of the batch), from 0; a batch enters only when G moves
    first, second = (np.mean(spies[0].seen[i][0], axis=0) for i in (1, 3))
    np.testing.assert_allclose(norm.moving_mean, first / 4 + second / 2, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("pair", [models.dcgan_generator, models.digit_generator])
def test_generate_is_in_inference_mode(pair):
    generator = pair(latent_dim=4, image_shape=(8, 8, 1))
    generator.set_weights([w + 0.1 for w in generator.get_weights()])
    latents = np.float32(np.random.default_rng(0).standard_normal((6, 4)))
    together = training.generate_images(generator, latents)
    one_by_one = np.concatenate([training.generate_images(generator, row[None]) for row in latents])
    np.testing.assert_allclose(together, one_by_one, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(
        training.generate_images(generator, latents, chunk=4), together, rtol=1e-4, atol=1e-5
    )


# Data and noise


def spied(spy, **options):
    """A GAN that shows a spy whatever its critic sees, at rate 0, so that nothing moves."""
    critic = network("discriminator", num_outputs=1)
    critic = keras.Sequential([keras.Input((2,)), spy, *critic.layers])
    gan = training.GAN(network("generator"), critic, latent_dim=2, seed=5)
    gan.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.0), run_eagerly=True, **options)
    return gan


@pytest.mark.parametrize("d_steps", [1, 3])
def test_batches_and_fakes_of_a_step(d_steps):
    """Each D update has the next real batch and fresh fakes, G fresh ones; all of one size."""
    spy = Spy()
    gan = spied(spy, d_steps=d_steps)
    gan.fit(POINTS, 30, steps_per_epoch=2, verbose=0)  # 30 does not divide 100
    seen = [images for images, _ in spy.seen]
    assert {images.shape for images in seen} == {(30, 2)}
    per_step = 2 * d_steps + 1  # real and fake for each D update, fake for G's
    assert len(seen) == 2 * per_step
    steps = [seen[:per_step], seen[per_step:]]
    real = [batch for step in steps for batch in step[:-1:2]]
    assert_equal(real, list(data.batches(POINTS, 30, seed=5, num_steps=2 * d_steps)))
    fakes = [batch for step in steps for batch in (*step[1:-1:2], step[-1])]
    assert len({batch.tobytes() for batch in fakes}) == len(fakes)


def test_with_penalties_too_every_batch_passes_the_critic_once():
    """Real, fake, between, then the generator's fakes; the shares in between are drawn afresh."""
    spy = Spy()
    given = (penalties.r1(1.0), penalties.r2(1.0), penalties.wasserstein(1.0))
    train(spied(spy, penalties=given, d_steps=2), steps=1)
    first, second = spy.seen[:3], spy.seen[3:6]
    assert len(spy.seen) == 7
    shares = []
    for (real, _), (fake, _), (between, _) in (first, second):
        both = (between - fake) / (real - fake)  # one share for both coordinates
        np.testing.assert_allclose(both[:, 0], both[:, 1], rtol=0, atol=1e-3)
        shares.append(both[:, 0])
    assert np.min(shares) > -1e-3 and np.max(shares) < 1 + 1e-3
    assert np.abs(np.diff(np.sort(np.ravel(shares)))).min() > 0  # no two alike


def penalties_of_steps(run_eagerly=True, **options):
    """The penalty of each of six steps that change nothing."""
    gan = spied(Spy(), **options)
    gan.run_eagerly = run_eagerly
    column = []
    note = keras.callbacks.LambdaCallback(on_epoch_end=lambda _, logs: column.append(logs))
    train(gan, steps=1, epochs=6, callbacks=[note])
    return np.array([logs["penalty"] for logs in column])


@pytest.mark.parametrize("run_eagerly", [True, False])
def test_a_penalty_now_and_then_is_the_same_in_the_mean(run_eagerly):
    """Nothing in between, and at its turn so many times as high."""
    always = penalties_of_steps(run_eagerly, penalties=penalties.r1(1.0), d_steps=1)
    seldom = penalties_of_steps(run_eagerly, penalties=penalties.r1(1.0, every=3), d_steps=1)
    assert always.min() > 0
    np.testing.assert_allclose(seldom, always * [3, 0, 0, 3, 0, 0], rtol=1e-5)


@pytest.mark.parametrize("place", ["real", "fake", "between"])
def test_a_penalty_now_and_then_moves_what_it_does_alone(place):
    """Two steps compiled, due in the first: those of a penalty twice as high, then of none."""
    kinds = {"real": penalties.r1, "fake": penalties.r2, "between": penalties.wasserstein}
    lazy = make(penalties=kinds[place](0.5, every=2))
    train(lazy, steps=2)
    by_hand = make(penalties=kinds[place](1.0))
    train(by_hand, steps=1)
    by_hand.penalties, by_hand.train_function = (), None
    train(by_hand, steps=1)
    for one, other in zip(everything(lazy), everything(by_hand), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)


def test_a_regulariser_counts_once_where_a_penalty_is_seldom_due():
    """What a layer adds to the loss leaves the branch in which the network was called."""
    runs = []
    for given in ((), (penalties.r1(0.0, every=2),)):
        gan = make(discriminator=[layers.ActivityRegularization(l2=0.1)], penalties=given)
        train(gan, steps=3)
        runs.append(everything(gan))
    for one, other in zip(*runs, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)


def test_steps_per_epoch_go_once_through_the_data():
    gan = make(d_steps=2, run_eagerly=True)
    gan.fit(POINTS, 20, epochs=3, verbose=0)  # 100 images are 5 batches: 2 steps of 2
    assert int(gan.step) == 6
    assert int(gan.discriminator_optimizer.iterations) == 12


def test_latents_are_standard_normal_and_a_draw_of_their_own():
    """20,000 numbers: mean 0 ± .007, variance 1 ± .010; five of each are allowed."""
    gan = make()
    draws = {
        (step, stream): gan.draw_latents(10_000, step, f"{stream}_latents").numpy()
        for step in (0, 1)
        for stream in ("discriminator", "generator")
    }
    for draw in draws.values():
        assert draw.shape == (10_000, 2)
        assert draw.mean() == pytest.approx(0, abs=0.035)
        assert draw.var() == pytest.approx(1, abs=0.05)
    assert len({draw.tobytes() for draw in draws.values()}) == 4


DROPPING = {
    "generator": lambda: [layers.BatchNormalization()],
    "discriminator": lambda: [layers.Dropout(0.3, seed=3)],
}


def dropping(**options):
    given = {role: make_layers() for role, make_layers in DROPPING.items()}
    return make(**given, penalties=(penalties.r1(0.5), penalties.r2(0.5)), **options)


def test_the_same_seed_gives_the_same_run():
    runs = [dropping(seed=7) for _ in range(2)]
    histories = [train(gan, steps=4).history for gan in runs]
    assert_equal(everything(runs[0]), everything(runs[1]))
    assert histories[0] == histories[1]
    assert_equal(*([gan.generate(5, seed=1)] for gan in runs))


@pytest.mark.parametrize("kind", ["data", "latents"])
def test_another_seed_gives_another_run(kind, monkeypatch):
    """Both the order of the images and the noise follow from the seed."""
    if kind == "data":  # with the noise held still, only the images are left to differ
        still = tf.ones((BATCH, 2))
        monkeypatch.setattr(training.GAN, "draw_latents", lambda *_: still)
    first, second = (make(seed=seed, run_eagerly=True) for seed in (7, 8))
    assert_equal(values(first.generator), values(second.generator))
    options = {"steps_per_epoch": 2, "verbose": 0}
    for gan in (first, second):
        gan.fit(POINTS if kind == "data" else np.ones((100, 2)), BATCH, **options)
    assert_moved(values(first.discriminator), values(second.discriminator))


def test_so_many_steps_and_so_many_more_equal_all_at_once():
    """To the last bit, dropout and the averaged generator included: 6 = 4 + 2 = 3 · 2."""
    whole, parts, epochs = (dropping(d_steps=2, ema_half_life=30) for _ in range(3))
    train(whole, steps=6)
    train(parts, steps=4)
    train(parts, steps=2)
    train(epochs, steps=2, epochs=1)
    train(epochs, steps=2, epochs=3, initial_epoch=1)
    assert int(whole.step) == 6
    assert_equal(everything(whole), everything(parts))
    assert_equal(everything(whole), everything(epochs))


def test_numbered_batches_equal_arrays():
    first, second = (make(d_steps=2, run_eagerly=True) for _ in range(2))
    train(first, steps=3)
    second.fit(data.batches(POINTS, BATCH, seed=0, num_steps=3, d_steps=2), verbose=0)
    assert_equal(everything(first), everything(second))


def test_the_step_is_a_number_not_a_view():
    gan = make(run_eagerly=True)
    before = gan.step
    train(gan, steps=2)
    assert (int(before), int(gan.step)) == (0, 2)
    assert gan.step.dtype == tf.int64


# Compiled


class Counting(training.GAN):
    """Counts how often its step is run in Python: once for each trace."""

    traces = 0

    def train_step(self, real_batches):
        self.traces += 1
        return super().train_step(real_batches)


def test_one_trace_for_all_steps_epochs_and_calls_of_fit():
    gan = make(kind=Counting, penalties=penalties.r1(1.0), d_steps=2)
    train(gan, steps=3)
    train(gan, steps=2, epochs=3)
    assert gan.traces == 1
    assert int(gan.step) == 9


@pytest.mark.parametrize(
    "given",
    [
        (),
        (penalties.r1(1.0), penalties.r2(1.0)),
        (penalties.wasserstein(10.0),),
        (penalties.r1(1.0, every=2),),
    ],
)
def test_compiled_and_eager_runs_agree(given):
    compiled = make(penalties=given, rate=0.01)
    eager = make(penalties=given, rate=0.01, run_eagerly=True)
    train(compiled, steps=4)
    train(eager, steps=4)
    for one, other in zip(values(compiled), values(eager), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("penalty", [penalties.r1(1.0), penalties.wasserstein(1.0)])
def test_the_compiled_penalty_is_the_eager_one_in_every_run_of_many_traces(penalty):
    """A critic with biases and LeakyReLU, and a generator update that reads it afterwards.

    Where the critic runs a second time inside the penalty's tape, or a third time at images in
    between, TensorFlow 2.21's graph optimiser takes an ordering away in about one trace out of ten,
    and the penalty mixes old and new weights, in some or in all runs of that trace. So there are
    many traces, each of networks of its own, and each runs often from the same state.
    """
    batch = tf.constant(POINTS[:32])

    def penalties_of_the_first_step(wrap, num_runs):
        networks = models.mlp_generator(widths=(16,)), models.mlp_discriminator(widths=(16,))
        gan = training.GAN(*networks, latent_dim=2, seed=0)
        adam = [keras.optimizers.Adam(0.01, beta_1=0.0) for _ in range(2)]
        gan.compile(*adam, penalties=penalty, ema_half_life=None)
        variables = [v for owner in (*networks, *adam) for v in owner.variables]
        start, step = [v.numpy() for v in variables], wrap(gan.train_step)
        for _ in range(num_runs):
            for variable, value in zip(variables, start, strict=True):
                variable.assign(value)
            gan.reset_metrics()
            yield float(step(batch)["penalty"])

    [eager] = penalties_of_the_first_step(lambda step: step, num_runs=1)
    compiled = [[*penalties_of_the_first_step(tf.function, num_runs=10)] for _ in range(25)]
    assert eager > 0.01
    np.testing.assert_allclose(compiled, eager, rtol=1e-5)


# A part of a network


def of_a_part(**options):
    """A GAN of three Dense layers each; the generator's last and the discriminator's first stay."""
    middle = [layers.BatchNormalization(), dense(6, 30), layers.LeakyReLU()]
    gan = make(generator=middle, discriminator=[dense(6, 40), layers.LeakyReLU()])
    part = {
        "generator_variables": variables_of(gan.generator, stop=-1),
        "discriminator_variables": variables_of(gan.discriminator, start=1),
    }
    adam = [keras.optimizers.Adam(0.05, beta_1=0.5) for _ in range(2)]
    gan.compile(*adam, **part, **options)
    return gan


def dense(units, seed):
    return layers.Dense(units, kernel_initializer=keras.initializers.HeNormal(seed=seed))


def left_out(gan):
    """Values of the trainable variables that are not named."""
    return [
        variable.numpy()
        for player in ("generator", "discriminator")
        for place, variable in enumerate(getattr(gan, player).trainable_variables)
        if place not in gan.trained[player]
    ]


def part_by_hand(gan, steps):
    """The loop of `of_a_part`, with the non-saturating loss and R1 written out."""
    generator, discriminator = gan.generator, gan.discriminator
    moved = {
        generator: generator.trainable_variables[:-2],
        discriminator: discriminator.trainable_variables[2:],
    }
    optimizers = {network: keras.optimizers.Adam(0.05, beta_1=0.5) for network in moved}
    for step, real in enumerate(data.batches(POINTS, BATCH, gan.seed, num_steps=steps)):
        for network, stream in ((discriminator, "discriminator"), (generator, "generator")):
            pair = seeding.stream_seed(gan.seed, step, f"{stream}_latents")
            latents = tf.random.stateless_normal([BATCH, 2], pair, alg="philox")
            statistics = [w.numpy() for w in generator.non_trainable_variables]
            with tf.GradientTape() as tape:
                fake = generator(latents, training=True)
                if network is generator:
                    loss = tf.reduce_mean(tf.nn.softplus(-discriminator(fake, training=True)))
                else:
                    critic = functools.partial(discriminator, training=True)
                    logits, slopes = penalties.logits_and_gradients(critic, real)
                    price = 0.5 * tf.reduce_mean(penalties.squared_norm(slopes))
                    game = tf.nn.softplus(-logits) + tf.nn.softplus(critic(fake))
                    loss = tf.reduce_mean(game) + price
            gradients = tape.gradient(loss, moved[network])
            optimizers[network].apply(gradients, moved[network])
            if network is discriminator:
                for weight, value in zip(
                    generator.non_trainable_variables, statistics, strict=True
                ):
                    weight.assign(value)


def test_a_part_trained_by_hand_equals_the_package_to_the_bit():
    one = of_a_part(penalties=penalties.r1(1.0), ema_half_life=None, run_eagerly=True)
    other = of_a_part(penalties=penalties.r1(1.0), ema_half_life=None, run_eagerly=True)
    before = left_out(one)
    train(one, steps=3)
    part_by_hand(other, steps=3)
    assert_equal(values(one.generator), values(other.generator))
    assert_equal(values(one.discriminator), values(other.discriminator))
    assert_equal(left_out(other), before)


@pytest.mark.parametrize("run_eagerly", [False, True])
def test_what_is_not_named_stays_to_the_bit_and_what_is_named_moves(run_eagerly):
    gan = of_a_part(penalties=penalties.r1(1.0), run_eagerly=run_eagerly)
    still = left_out(gan)
    moving = [*gan.trained_variables("generator"), *gan.trained_variables("discriminator")]
    before = [variable.numpy() for variable in moving]
    train(gan, steps=3)
    assert len(still) == 4 and len(moving) == 10
    assert_equal(left_out(gan), still)
    assert_moved([variable.numpy() for variable in moving], before)
    last = variables_of(gan.ema_generator, start=-1)
    assert_equal([variable.numpy() for variable in last], still[:2])
    for player, optimizer in zip(
        gan.trained, (gan.generator_optimizer, gan.discriminator_optimizer), strict=True
    ):  # iteration, learning rate, and two slots for each variable that is named
        assert len(optimizer.variables) == 2 + 2 * len(gan.trained[player])


@pytest.mark.parametrize("after_steps", [0, 2])
@pytest.mark.parametrize("player", ["generator", "discriminator"])
def test_a_layer_frozen_after_compile_is_refused_and_thawed_again_it_trains(player, after_steps):
    """A traced step would go on as it was, and say nothing."""
    gan = make()
    gan.compile("sgd", "sgd")
    if after_steps:
        train(gan, steps=after_steps)
    layer = next(x for x in getattr(gan, player).layers if x.trainable_variables)
    layer.trainable = False
    with pytest.raises(ValueError, match=rf"The {player} has \d+ .* had \d+ .*{player}_variables="):
        train(gan, steps=1)
    layer.trainable = True
    train(gan, steps=1)


def test_batchnorm_of_a_layer_that_is_left_out_goes_on_with_the_batch():
    """Its scale and shift stay to the bit, its statistics do not: they are no gradient's matter."""
    gan = make(generator=[layers.BatchNormalization()])
    gan.compile("sgd", "sgd", generator_variables=variables_of(gan.generator, start=-1))
    norm = gan.generator.layers[2]
    weights, statistics = norm.trainable_variables, norm.non_trainable_variables
    before = [variable.numpy() for variable in (*weights, *statistics)]
    train(gan, steps=3)
    assert_equal([variable.numpy() for variable in weights], before[:2])
    assert_moved([variable.numpy() for variable in statistics], before[2:])


class Turnstile(keras.layers.Layer):
    """Passes its input on, and counts the gradients that come back through it."""

    passed = 0

    def call(self, inputs):
        @tf.custom_gradient
        def through(tensor):
            def back(upstream):
                Turnstile.passed += 1
                return upstream

            return tf.identity(tensor), back

        return through(inputs)


@pytest.mark.parametrize("run_eagerly", [False, True])
@pytest.mark.parametrize(("start", "passed"), [(0, 2), (1, 0)])
def test_no_gradient_is_computed_for_what_lies_before_the_named_ones(start, passed, run_eagerly):
    """In a discriminator's update, after the first layer: of real and fake, or of neither."""
    gan = make(discriminator=[Turnstile()])
    some = variables_of(gan.discriminator, start=start)
    gan.compile("sgd", "sgd", discriminator_variables=some)
    Turnstile.passed = 0
    update = gan.discriminator_step if run_eagerly else tf.function(gan.discriminator_step)
    update(tf.constant(POINTS[:BATCH]), tf.constant(0, tf.int64))
    assert Turnstile.passed == passed


# Augmentation


@pytest.mark.parametrize("run_eagerly", [False, True])
def test_a_gan_without_conditions_augments_too(run_eagerly):
    """A step equals one by hand on changed points, and its penalty is taken there."""

    def moved(points, seed):
        return points + seeding.uniform([points.shape[0], 1], seed)

    gan = make(augment=moved, penalties=penalties.r1(1.0), run_eagerly=run_eagerly)
    streams = ("real_augmentation", "fake_augmentation")
    latents = gan.draw_latents(BATCH, 0, "discriminator_latents")
    real, fake = (
        moved(points, seeding.stream_seed(0, 0, stream))
        for points, stream in zip((POINTS[:BATCH], gan.generator(latents)), streams, strict=True)
    )
    r, f = gan.discriminator(real).numpy(), gan.discriminator(fake).numpy()
    norms = penalties.squared_gradient_norm(gan.discriminator, real).numpy()
    logs = gan.discriminator_step(tf.constant(POINTS[:BATCH]), tf.constant(0, tf.int64))
    expected = np.mean(np.logaddexp(0, -r) + np.logaddexp(0, f))
    np.testing.assert_allclose(logs["discriminator_loss"], expected, rtol=1e-5)
    np.testing.assert_allclose(logs["penalty"], np.mean(norms) / 2, rtol=1e-5)
    assert np.isfinite([*train(gan, steps=2).history.values()]).all()


# Several images judged as one

SLOPES_OF_A_PAIR = np.float32([0.5, -0.8])


def dirac_pairs(**options):
    """The Dirac-GAN with a critic of two samples, D(x, y) = ψ₁x + ψ₂y; θ = ½, rate ½."""
    start = keras.initializers.Constant
    generator = keras.Sequential(
        [
            keras.Input((1,)),
            layers.Rescaling(0.0),
            layers.Dense(1, kernel_initializer="zeros", bias_initializer=start(0.5)),
        ]
    )
    line = layers.Dense(1, use_bias=False, kernel_initializer=start(SLOPES_OF_A_PAIR[:, None]))
    discriminator = keras.Sequential([keras.Input((1,)), Pack(2), line])
    gan = training.GAN(generator, discriminator, latent_dim=1, seed=0)
    gan.compile(keras.optimizers.SGD(0.5), keras.optimizers.SGD(0.5), **options)
    return gan


PRICES = {  # of a pack, and their slope in ψ: the gradient of a pack is ψ everywhere
    "r1 and r2": ((penalties.r1(0.8), penalties.r2(0.2)), 0.5 * 0.89, SLOPES_OF_A_PAIR),
    "wasserstein": (
        (penalties.wasserstein(0.7),),  # weight · (‖ψ‖ − 1)²
        0.7 * (np.sqrt(0.89) - 1) ** 2,
        1.4 * (1 - 1 / np.sqrt(0.89)) * SLOPES_OF_A_PAIR,
    ),
}


@pytest.mark.parametrize("loss", ["non_saturating", "relativistic_pairing"])
@pytest.mark.parametrize("name", PRICES)
def test_a_step_of_packs_is_that_of_the_dirac_gan_of_pairs(name, loss):
    """Data at 0, all fakes at θ: the logit of a pack is 0 or s·θ with s = ψ₁ + ψ₂.

    Both losses are softplus(sθ) here but for a constant. ψ moves by −½(σ(sθ)·θ + slope), then θ
    by ½·s·σ(−sθ).
    """
    given, price, slope = PRICES[name]
    gan = dirac_pairs(penalties=given, loss=loss)
    logs = gan.train_step(tf.zeros((6, 1)))
    psi, theta = SLOPES_OF_A_PAIR.sum(), 0.5
    np.testing.assert_allclose(logs["penalty"], price, rtol=1e-5)
    expected = SLOPES_OF_A_PAIR - 0.5 * (sigmoid(psi * theta) * theta + slope)
    (line,) = gan.discriminator.trainable_variables
    np.testing.assert_allclose(line.numpy()[:, 0], expected, rtol=1e-5)
    moved = theta + 0.5 * expected.sum() * sigmoid(-expected.sum() * theta)
    np.testing.assert_allclose(gan.generator.trainable_variables[-1].numpy(), [moved], rtol=1e-5)


def packed_gan(spy=None, **options):
    judge = keras.Sequential(
        [
            keras.Input((2,)),
            *([spy] if spy else []),
            Pack(4),
            layers.Dense(6, kernel_initializer=keras.initializers.HeNormal(seed=50)),
            layers.LeakyReLU(),
            layers.Dense(1, kernel_initializer=keras.initializers.HeNormal(seed=51)),
        ]
    )
    gan = training.GAN(network("generator"), judge, latent_dim=2, seed=0)
    gan.compile(keras.optimizers.Adam(0.05), keras.optimizers.Adam(0.05), **options)
    return gan


def packs_by_hand(gan, steps, width):
    """Non-saturating with R1; the packs are made outside of the network, one after another."""
    generator = gan.generator
    head = keras.Sequential([keras.Input((4 * width,)), *gan.discriminator.layers[1:]])
    optimizers = keras.optimizers.Adam(0.05), keras.optimizers.Adam(0.05)

    def critic(points):
        packs = [tf.reshape(points[i : i + 4], [-1]) for i in range(0, BATCH, 4)]
        return head(tf.stack(packs), training=True)

    def move(optimizer, network, loss, tape):
        variables = network.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)

    for step, real in enumerate(data.batches(POINTS, BATCH, gan.seed, num_steps=steps)):
        first, second = (
            tf.random.stateless_normal(
                [BATCH, 2], seeding.stream_seed(0, step, f"{player}_latents"), alg="philox"
            )
            for player in ("discriminator", "generator")
        )
        fake = generator(first, training=True)
        with tf.GradientTape() as tape:
            with tf.GradientTape() as inner:
                inner.watch(real)
                logits = critic(real)
            slopes = tf.reshape(inner.gradient(logits, real), [-1, 4 * width])
            price = tf.reduce_mean(0.5 * tf.reduce_sum(slopes**2, axis=1))
            game = tf.nn.softplus(-logits) + tf.nn.softplus(critic(fake))
            loss = tf.reduce_mean(game) + price
        move(optimizers[0], head, loss, tape)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.softplus(-critic(generator(second, training=True))))
        move(optimizers[1], generator, loss, tape)


def test_packs_by_hand_equal_the_package_to_the_bit():
    one, other = (
        packed_gan(penalties=penalties.r1(1.0), ema_half_life=None, run_eagerly=True)
        for _ in range(2)
    )
    train(one, steps=3)
    packs_by_hand(other, steps=3, width=2)
    assert_equal(values(one.generator), values(other.generator))
    assert_equal(values(one.discriminator), values(other.discriminator))


def test_real_and_fake_never_share_a_pack():
    spy = Spy()
    gan = packed_gan(spy, run_eagerly=True)
    real, fake = POINTS[:BATCH], gan.generator(gan.draw_latents(BATCH, 0, "discriminator_latents"))
    gan.discriminator_step(tf.constant(real), 0)
    assert_equal([batch for batch, _ in spy.seen], [real, fake.numpy()])


def test_a_pack_lies_on_one_line_between_real_and_fake():
    spy = Spy()
    gan = packed_gan(spy, penalties=penalties.wasserstein(1.0), run_eagerly=True)
    gan.discriminator_step(tf.constant(POINTS[:BATCH]), 0)
    (real, _), (fake, _), (between, _) = spy.seen
    shares = ((between - fake) / (real - fake)).reshape(-1, 8)
    np.testing.assert_allclose(shares, shares[:, :1] * np.ones(8), rtol=1e-3)
    pair = seeding.stream_seed(0, 0, "interpolation")
    np.testing.assert_allclose(shares[:, 0], seeding.uniform([BATCH // 4], pair), rtol=1e-3)


def test_labels_are_packed_beside_their_images():
    image, label = keras.Input((2,)), keras.Input((), dtype="int64")
    parts = [Pack(2)(image), Pack(2)(layers.Embedding(3, 2)(label))]
    judge = keras.Model([image, label], layers.Dense(1)(layers.Concatenate()(parts)))
    gan = training.GAN(network("generator"), judge, latent_dim=2, seed=0)
    gan.compile("sgd", "sgd", penalties=(penalties.r1(1.0), penalties.wasserstein(1.0)))
    labels = np.arange(len(POINTS)) % 3
    history = gan.fit(POINTS, BATCH, conditions=labels, verbose=0).history
    assert np.isfinite([*history.values()]).all()


def test_a_batch_that_makes_no_whole_packs_is_refused():
    with pytest.raises(ValueError, match="A batch of 10 makes no packs of 4: make them of 2 or 5"):
        packed_gan().fit(POINTS, 10, steps_per_epoch=1, verbose=0)


def test_a_discriminator_with_a_statistic_of_its_batch_trains():
    gan = make(discriminator=[BatchStatistic(5)], penalties=penalties.r1(1.0))
    history = train(gan, steps=3).history
    assert np.isfinite([*history.values()]).all()


# The averaged generator


def test_the_averaged_generator_starts_as_a_copy():
    """Of the weights as they are, where Keras' clone has those of a fresh start."""
    gan = make(generator=[layers.BatchNormalization()])
    gan.generator.set_weights([weight + 0.5 for weight in gan.generator.get_weights()])
    gan.compile(keras.optimizers.Adam(), keras.optimizers.Adam())
    assert_equal(gan.ema_generator.get_weights(), gan.generator.get_weights())
    apart = zip(gan.ema_generator.weights, gan.generator.weights, strict=True)
    assert all(one is not other for one, other in apart)


def test_the_average_of_a_constant():
    """From 0 towards 1 it reaches 1 − βᵏ after k steps; β = ½^(20/40) once the start is over."""
    gan = make(ema_half_life=40)
    gan.generator.set_weights([np.ones_like(w) for w in gan.generator.get_weights()])
    gan.ema_generator.set_weights([np.zeros_like(w) for w in gan.generator.get_weights()])
    for k in range(1, 5):
        gan.update_ema(20.0, step=tf.constant(1000 + k, tf.int64))
        for weight in gan.ema_generator.get_weights():
            np.testing.assert_allclose(weight, 1 - 0.5 ** (k / 2), rtol=1e-6)


@pytest.mark.parametrize("run_eagerly", [False, True])
def test_the_average_follows_its_recursion(run_eagerly):
    """average ← β·average + (1 − β)·weight, β = ½^(20/h), h = min(8, a tenth of the images seen).

    Images seen after step s: 20(s + 1), so h is 2, 4, 6, 8, 8, 8.
    """
    gan = make(ema_half_life=8, run_eagerly=run_eagerly)
    course = [gan.generator.get_weights()]
    record = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: course.append(gan.generator.get_weights())
    )
    train(gan, steps=3, epochs=2, callbacks=[record])
    average = [np.float64(weight) for weight in course[0]]
    for half_life, weights in zip((2, 4, 6, 8, 8, 8), course[1:], strict=True):
        kept = 0.5 ** (20 / half_life)
        average = [kept * a + (1 - kept) * w for a, w in zip(average, weights)]
    for one, other in zip(gan.ema_generator.get_weights(), average, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=2e-6)
    assert_moved(gan.ema_generator.get_weights(), gan.generator.get_weights())


def test_batchnorm_statistics_are_copied_not_averaged():
    gan = make(generator=[layers.BatchNormalization()], ema_half_life=1000)
    start = [weight.numpy() for weight in gan.generator.non_trainable_weights]
    train(gan, steps=3)
    statistics = [weight.numpy() for weight in gan.generator.non_trainable_weights]
    assert_equal([w.numpy() for w in gan.ema_generator.non_trainable_weights], statistics)
    assert_moved(start, statistics)


def test_generate_uses_the_average_where_there_is_one():
    gan = make(ema_half_life=1000)
    train(gan, steps=3)
    averaged, latest = gan.generate(6, seed=3), gan.generate(6, seed=3, ema=False)
    assert (averaged.shape, averaged.dtype) == ((6, 2), np.float32)
    assert np.abs(averaged - latest).max() > 1e-3
    gan.ema_generator.set_weights(gan.generator.get_weights())
    assert_equal([gan.generate(6, seed=3)], [latest])
    assert np.abs(gan.generate(6, seed=4) - latest).min() > 0


def test_without_an_average_generate_uses_the_generator():
    gan = make(ema_half_life=None)
    train(gan, steps=2)
    assert gan.ema_generator is None
    assert_equal([gan.generate(6, seed=3)], [gan.generate(6, seed=3, ema=False)])
    before_compile = training.GAN(gan.generator, gan.discriminator, latent_dim=2, seed=0)
    assert_equal([gan.generate(6, seed=3)], [before_compile.generate(6, seed=3)])


# Precision


@pytest.fixture
def mixed_bfloat16():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    yield
    keras.config.set_dtype_policy(before)


def test_mixed_bfloat16_keeps_logits_losses_and_weights_in_float32(mixed_bfloat16):
    shape = (8, 8, 1)
    gan = training.GAN(
        models.digit_generator(4, shape, widths=(4, 8)),
        models.digit_discriminator(shape, widths=(4, 8)),
        latent_dim=4,
        seed=0,
    )
    gan.compile(
        keras.optimizers.Adam(1e-3),
        keras.optimizers.Adam(1e-3),
        penalties=(penalties.r1(1.0), penalties.wasserstein(1.0)),
    )
    images = np.float32(np.random.default_rng(0).uniform(-1, 1, (20, *shape)))
    before = values(gan.generator), values(gan.discriminator)
    history = gan.fit(images, 10, epochs=2, verbose=0).history
    assert np.isfinite(list(history.values())).all()
    assert_moved(before[0], values(gan.generator))
    assert_moved(before[1], values(gan.discriminator))
    assert {weight.dtype for weight in gan.weights} == {"float32"}
    logs = gan.discriminator_step(tf.constant(images[:10]), 0)
    logs |= gan.generator_step(tf.constant(images[:10]), 0)
    assert {value.dtype for value in logs.values()} == {tf.float32}
    assert gan.discriminator(images, training=True).dtype == tf.float32
    assert gan.generate(3, seed=0).dtype == np.float32


# Interrupts


class Interrupting(keras.layers.Layer):
    """Sends the process an interrupt in the middle of a step, at these calls of the layer."""

    def __init__(self, calls=(), **options):
        super().__init__(**options)
        self.calls, self.count = calls, 0

    def call(self, inputs):
        self.count += tf.executing_eagerly()  # not while Keras works out shapes
        if self.count in self.calls and tf.executing_eagerly():
            signal.raise_signal(signal.SIGINT)
        return inputs


@pytest.mark.parametrize("call", [4, 5, 6])
def test_an_interrupt_waits_for_the_end_of_the_step(call):
    """In the second of many steps: at D's real batch, at its fakes, between the two updates."""
    handler = signal.getsignal(signal.SIGINT)
    ends = []
    gan = make(discriminator=[Interrupting([call])], run_eagerly=True)
    record = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: ends.append(batch)
    )
    with pytest.raises(KeyboardInterrupt):
        train(gan, steps=5, callbacks=[record])
    assert int(gan.step) == int(gan.discriminator_optimizer.iterations) == 2
    assert ends == [0, 1]  # other callbacks, a checkpoint say, saw the whole step
    assert signal.getsignal(signal.SIGINT) is handler
    twin = make(discriminator=[Interrupting()], run_eagerly=True)
    train(twin, steps=2)
    assert_equal(
        values(gan.generator) + values(gan.discriminator),
        values(twin.generator) + values(twin.discriminator),
    )


@pytest.mark.parametrize("moment", ["on_train_batch_begin", "on_epoch_end", "on_train_end"])
def test_an_interrupt_outside_of_a_step_is_not_lost(moment):
    gan = make(run_eagerly=True)
    send = {moment: lambda *_, **__: signal.raise_signal(signal.SIGINT)}
    with pytest.raises(KeyboardInterrupt):
        train(gan, steps=1, callbacks=[keras.callbacks.LambdaCallback(**send)])
    assert int(gan.step) == int(gan.discriminator_optimizer.iterations) == 1


def test_a_second_interrupt_does_not_wait():
    gan = make(discriminator=[Interrupting([4, 5])], run_eagerly=True)
    with pytest.raises(KeyboardInterrupt):
        train(gan, steps=5)
    assert int(gan.step) == 1


# Bad input


@pytest.mark.parametrize(
    "images, batch_size, message",
    [
        (POINTS, 101, "batch_size is 101, but there are only 100 images"),
        (POINTS, 0, "batch_size must be an integer of at least 1; got 0"),
        (POINTS, 2.5, "batch_size must be an integer of at least 1; got 2.5"),
        (POINTS[:, :1], 20, r"expects images of shape \(2,\); these have \(1,\)"),
        (
            np.zeros((100, 28, 28, 1)),
            20,
            r"expects images of shape \(2,\); these have \(28, 28, 1\)",
        ),
        (np.zeros((100, 2), int), 20, "got int64"),
        (np.full((100, 2), np.nan), 20, "NaN"),
        (np.full((100, 8, 8, 1), 1.5), 20, r"in \[−1, 1\]; these run from 1.5 to 1.5"),
    ],
)
def test_images_that_do_not_fit_are_refused(images, batch_size, message):
    gan = make()
    with pytest.raises(ValueError, match=message):
        gan.fit(images, batch_size, verbose=0)
    assert int(gan.step) == 0


@pytest.mark.parametrize("wanted, given", [(3, 2), (1, 2)])
def test_a_step_with_too_few_or_too_many_batches_is_refused(wanted, given):
    dataset = data.batches(POINTS, BATCH, seed=0, num_steps=1, d_steps=given)
    with pytest.raises(ValueError, match=f"needs {wanted} real batches.*got {given}"):
        make(d_steps=wanted).fit(dataset, verbose=0)


def test_fit_before_compile_is_refused():
    gan = training.GAN(network("generator"), network("discriminator", num_outputs=1), 2, seed=0)
    with pytest.raises(ValueError, match="compile"):
        train(gan, steps=1)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"loss": "wgan"}, "no loss 'wgan'.*non_saturating"),
        ({"penalties": (1.0,)}, r"penalties.r1\(...\).*got 1.0"),
        ({"penalties": (penalties.r1,)}, r"penalties.r1\(...\).*got <function"),
        ({"penalties": (penalties.r1(1.0), penalties.r1(1.0, every=4))}, "one in every 4 updates"),
        ({"terms": (1.0,)}, r"terms.l1\(...\).*got 1.0"),
        ({"d_steps": 0}, "d_steps must be an integer of at least 1; got 0"),
        ({"d_steps": 1.5}, "d_steps must be an integer of at least 1; got 1.5"),
        ({"ema_half_life": 0}, "ema_half_life must be .* above 0.*got 0"),
        ({"ema_half_life": -5.0}, "ema_half_life must be .* above 0.*got -5.0"),
        ({"ema_half_life": float("nan")}, "ema_half_life must be .* above 0.*got nan"),
    ],
)
def test_settings_that_do_not_fit_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        make(**options)


def test_one_optimizer_for_both_is_refused():
    optimizer = keras.optimizers.Adam()
    with pytest.raises(ValueError, match="optimizer of its own"):
        make().compile(optimizer, optimizer)


@pytest.mark.parametrize(
    "generator, discriminator, latent_dim, message",
    [
        ((2, 2), (2, 1), 3, r"latents of shape \(2,\), but latent_dim is 3"),
        ((2, 3), (2, 1), 2, r"images of shape \(3,\), but the discriminator takes \(2,\)"),
        ((2, 2), (2, 2), 2, r"one logit per image.*returns \(None, 2\)"),
    ],
)
def test_networks_that_do_not_fit_are_refused(generator, discriminator, latent_dim, message):
    networks = (models.mlp_generator(*sizes) for sizes in (generator, discriminator))
    with pytest.raises(ValueError, match=message):
        training.GAN(*networks, latent_dim, seed=0)


@pytest.mark.parametrize("seed", [-1, None, 0.5])
def test_seeds_that_do_not_fit_are_refused(seed):
    with pytest.raises(ValueError, match="seed must be an integer"):
        make(seed=seed)
    with pytest.raises(ValueError, match="seed must be an integer"):
        make().generate(1, seed=seed)


@pytest.mark.parametrize("num_images", [0, -1, 2.0, True, None])
def test_a_number_of_images_that_cannot_be_is_refused(num_images):
    with pytest.raises(ValueError, match="num_images must be a positive integer"):
        make().generate(num_images, seed=0)
