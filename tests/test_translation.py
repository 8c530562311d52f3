"""The cycle: two steps of the one step, joined; equal to the loop by hand, and resumed."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganedu import checkpoints, data, training, translation
from ganedu.augmentations import Adaptive, shift
from tests.conditional_gans import SHAPE, translator

RANDOM = np.random.default_rng(0)
X = np.float32(RANDOM.uniform(-1, 1, (30, *SHAPE)))
Y = np.float32(RANDOM.uniform(-1, 1, (42, *SHAPE)))
SEEDS, BATCH, WEIGHT = (3, 4), 6, 10.0


def judge(number):
    layers, start = keras.layers, keras.initializers.HeNormal
    return keras.Sequential(
        [
            keras.Input(SHAPE),
            layers.Conv2D(4, 4, 2, "same", kernel_initializer=start(number)),
            layers.LeakyReLU(),
            layers.Conv2D(1, 3, padding="same", kernel_initializer=start(number + 2)),
        ]
    )


def networks():
    """Forward generator and discriminator, backward generator and discriminator."""
    made = [translator(), judge(1), translator(), judge(2)]
    made[2].set_weights([1.1 * weight for weight in made[2].get_weights()])
    made[1].layers[-1].set_weights(made[3].layers[-1].get_weights())
    return made


def optimizers():
    return [keras.optimizers.Adam(0.01, beta_1=0.5) for _ in range(4)]


def make(start=None, **options):
    made = networks()
    for network, weights in zip(made, start or [], strict=False):
        network.set_weights(weights)
    gans = [training.GAN(*made[2 * i : 2 * i + 2], 0, SEEDS[i]) for i in range(2)]
    cycle = translation.CycleGAN(*gans)
    cycle.compile(optimizers(), WEIGHT, **options)
    return cycle


def parts(cycle):
    return [
        n for gan in (cycle.forward, cycle.backward) for n in (gan.generator, gan.discriminator)
    ]


def weights(made):
    return [[weight.copy() for weight in network.get_weights()] for network in made]


def by_hand(made, steps):
    """Zhu et al., with the one step of the course: D, then G, forward and then backward."""
    generators, judges = made[::2], made[1::2]
    adam, softplus = optimizers(), tf.nn.softplus
    sets = [
        data.batches(images, BATCH, seed, num_steps=steps)
        for images, seed in zip((X, Y), SEEDS, strict=True)
    ]
    for pair in zip(*sets, strict=True):
        for i in range(2):
            source, real = pair[i], pair[1 - i]
            there, back, critic = generators[i], generators[1 - i], judges[i]
            fake = there(source, training=True)
            with tf.GradientTape() as tape:
                logits = critic(real, training=True), critic(fake, training=True)
                loss = tf.reduce_mean(softplus(-logits[0]) + softplus(logits[1]))
            gradients = tape.gradient(loss, critic.trainable_variables)
            adam[2 * i + 1].apply(gradients, critic.trainable_variables)
            with tf.GradientTape() as tape:
                fake = there(source, training=True)
                loss = tf.reduce_mean(softplus(-critic(fake, training=True)))
                again = back(fake, training=True)
                first = WEIGHT * tf.reduce_mean(tf.abs(again - source), [1, 2, 3])
                again = there(tf.stop_gradient(back(real, training=True)), training=True)
                second = WEIGHT * tf.reduce_mean(tf.abs(again - real), [1, 2, 3])
                loss += tf.reduce_mean(first) + tf.reduce_mean(second)
            gradients = tape.gradient(loss, there.trainable_variables)
            adam[2 * i].apply(gradients, there.trainable_variables)


def test_the_loop_by_hand_equals_the_package():
    """Within rounding: three losses are added in another order."""
    made = networks()
    start = weights(made)
    cycle = make(start, run_eagerly=True)
    by_hand(made, steps=3)
    cycle.fit(X, Y, BATCH, steps=3, verbose=0)
    for ours, theirs, begun in zip(weights(made), weights(parts(cycle)), start, strict=True):
        for one, other, first in zip(ours, theirs, begun, strict=True):
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)
            assert np.abs(one - first).max() > 1e-3


def test_logs_are_named_by_direction():
    history = make().fit(X, Y, BATCH, steps=2, verbose=0).history
    names = (*training.LOG_NAMES, "there_and_back", "back_and_there")
    assert {*history} == {f"{way}_{name}" for way in ("forward", "backward") for name in names}
    assert np.isfinite([*history.values()]).all()


def test_resumed_equals_never_stopped(tmp_path):
    start = weights(networks())
    whole, first, second = (make(start) for _ in range(3))
    whole.fit(X, Y, BATCH, steps=3, verbose=0)
    first.fit(X, Y, BATCH, steps=2, verbose=0)
    checkpoints.save(tmp_path / "checkpoint.npz", first)
    assert checkpoints.load(tmp_path / "checkpoint.npz", second) == 2
    second.fit(X, Y, BATCH, steps=1, verbose=0)
    for one, other in zip(whole.variables, second.variables, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())


def test_translations_are_those_of_the_averaged_generators():
    cycle = make()
    assert np.array_equal(
        cycle.translate(X[:5]), training.generate_images(cycle.forward.ema_generator, X[:5])
    )
    assert not np.array_equal(cycle.translate(X[:5]), cycle.translate(X[:5], "backward"))
    with pytest.raises(ValueError, match="direction is forward or backward; got 'there'"):
        cycle.translate(X[:5], "there")


def test_generators_that_do_not_lead_to_each_other_are_refused():
    made = networks()
    gan = training.GAN(made[0], made[1], 0, seed=0)
    other = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    critic = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    with pytest.raises(
        ValueError, match=r"one makes \(None, 8, 8, 1\), where \(None, 2\) is taken"
    ):
        translation.CycleGAN(gan, training.GAN(other, critic, 0, seed=1))
    with pytest.raises(ValueError, match="unequal seeds"):
        translation.CycleGAN(gan, training.GAN(made[2], made[3], 0, seed=0))


def test_each_direction_has_a_strength_of_its_own_and_a_checkpoint_holds_both(tmp_path):
    start = weights(networks())

    def adapting():
        change = Adaptive(shift, target=0.0, num_images=4 * BATCH, every=1)
        return make(start, augment=change, run_eagerly=True)

    whole, first, second = adapting(), adapting(), adapting()
    history = whole.fit(X, Y, BATCH, steps=3, verbose=0).history
    assert {"forward_augment_probability", "backward_augment_probability"} <= history.keys()
    first.fit(X, Y, BATCH, steps=2, verbose=0)
    checkpoints.save(tmp_path / "cycle.npz", first)
    assert checkpoints.load(tmp_path / "cycle.npz", second) == 2
    second.fit(X, Y, BATCH, steps=1, verbose=0)
    strengths = [
        [float(gan.augment.probability) for gan in (cycle.forward, cycle.backward)]
        for cycle in (whole, second)
    ]
    assert strengths[0] == strengths[1]
    assert max(strengths[0]) > 0 and whole.forward.augment is not whole.backward.augment
