"""GANs with conditions pass the one step: equal to their loops by hand, resumed, over devices."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from ganedu import augmentations, checkpoints, data, penalties, seeding, terms, training
from tests import conditional_gans
from tests.conditional_gans import BATCH, CASES, IMAGES, LABELS, SEED, SHAPE, SOURCES, make

STEPS = 3
EACH_CASE = pytest.mark.parametrize("name", CASES)


def values(*networks):
    return [weight.numpy().copy() for network in networks for weight in network.variables]


def everything(gan):
    return values(gan, gan.generator_optimizer, gan.discriminator_optimizer)


def train(gan, conditions, steps=STEPS, **options):
    gan.fit(IMAGES, BATCH, steps_per_epoch=steps, conditions=conditions, verbose=0, **options)
    return gan


def assert_equal(first, second):
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


@EACH_CASE
def test_the_loop_by_hand_equals_the_package_to_the_bit(name):
    gan, conditions = make(name, run_eagerly=True)
    networks = [build() for build in CASES[name][0]]
    before = values(*networks)
    assert_equal(before, values(gan.generator, gan.discriminator))
    batches = data.batches(IMAGES, BATCH, SEED, num_steps=STEPS, conditions=conditions)
    conditional_gans.by_hand(name, *networks, batches)
    train(gan, conditions)
    assert_equal(values(*networks), values(gan.generator, gan.discriminator))
    trained = [weight for network in networks for weight in network.trainable_weights]
    assert all(np.abs(weight.numpy()).max() > 0 for weight in trained)
    assert not any(np.array_equal(a, b) for a, b in zip(before[:2], values(*networks)[:2]))


@EACH_CASE
def test_compiled_and_eager_runs_agree(name):
    runs = [train(*make(name, run_eagerly=eagerly)) for eagerly in (False, True)]
    for one, other in zip(*map(values, runs), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=2e-5)


@EACH_CASE
def test_resumed_equals_never_stopped(name, tmp_path):
    augment = {"augment": augmentations.shift}
    whole, (first, conditions) = train(*make(name, **augment)), make(name, **augment)
    train(first, conditions, steps=1)
    checkpoints.save(tmp_path / "checkpoint.npz", first)
    second, _ = make(name, **augment)
    assert checkpoints.load(tmp_path / "checkpoint.npz", second) == 1
    train(second, conditions, steps=STEPS - 1)
    assert_equal(everything(whole), everything(second))


@EACH_CASE
def test_what_each_case_logs(name):
    gan, conditions = make(name)
    history = gan.fit(IMAGES, BATCH, conditions=conditions, verbose=0).history
    names = [term.name for term in gan.terms]
    assert sorted(history) == sorted([*training.LOG_NAMES, *names])
    assert np.isfinite([*history.values()]).all() and all(history[n][0] > 0 for n in names)


class Counting(layers.Layer):
    """Counts the passes (eager runs)."""

    passes = 0

    def call(self, inputs):
        if tf.executing_eagerly():
            Counting.passes += 1
        return inputs


@pytest.mark.parametrize(
    ("reads", "passes"), [(False, 3), (True, 4)], ids=["no real outputs", "real outputs"]
)
def test_every_batch_passes_the_discriminator_once(reads, passes):
    """Real and fake, then the generator's fakes; the real ones again if a term reads them."""
    images = keras.Input(SHAPE)
    hidden = layers.Dense(4)(layers.Flatten()(Counting()(images)))
    discriminator = keras.Model(images, [layers.Dense(1)(hidden), hidden])
    given = []

    def value(fake_images, real_images, conditions, fake_outputs, real_outputs):
        given.append((conditions, fake_outputs, real_outputs))
        return tf.reduce_mean(fake_outputs[0], axis=1)

    gan = training.GAN(conditional_gans.labelled_generator(), discriminator, 4, SEED)
    features = terms.Term("generator", "features", value, reads)
    gan.compile("sgd", "sgd", terms=features, run_eagerly=True, penalties=penalties.r1(1.0))
    Counting.passes = 0
    train(gan, LABELS, steps=1)
    assert Counting.passes == passes
    [(labels, fake_outputs, real_outputs)] = given
    assert labels.shape == (BATCH,) and labels.dtype == tf.int64
    assert fake_outputs[0].shape == (BATCH, 4) and len(real_outputs) == reads


def test_fakes_carry_the_labels_of_their_real_batch_in_both_updates():
    """With a pairing loss the generator's update, too, compares images of equal labels."""
    seen = []

    class Spy(layers.Layer):
        def call(self, inputs):
            if tf.executing_eagerly():
                seen.append(inputs.numpy().tolist())
            return inputs

    images, label = keras.Input(SHAPE), keras.Input((), dtype="int64")
    both = layers.Concatenate()([layers.Flatten()(images), layers.Embedding(3, 2)(Spy()(label))])
    discriminator = keras.Model([images, label], layers.Dense(1)(both))
    gan = training.GAN(conditional_gans.labelled_generator(), discriminator, 4, SEED)
    gan.compile("sgd", "sgd", loss="relativistic_pairing", run_eagerly=True, d_steps=2)
    seen.clear()
    train(gan, LABELS, steps=1)
    pairs = next(iter(data.batches(IMAGES, BATCH, SEED, d_steps=2, conditions=LABELS)))
    first, second = (labels.numpy().tolist() for _, labels in pairs)
    assert first != second
    assert seen == [first] * 2 + [second] * 4


def test_several_conditions_reach_both_networks():
    """Labels and source images together."""
    latents, label, source = keras.Input((4,)), keras.Input((), dtype="int64"), keras.Input(SHAPE)
    chosen = layers.Embedding(3, 64)(label)
    hidden = (
        layers.Reshape(SHAPE)(chosen) + source + layers.Reshape(SHAPE)(layers.Dense(64)(latents))
    )
    generator = keras.Model([latents, label, source], layers.Conv2D(1, 3, padding="same")(hidden))
    image = keras.Input(SHAPE)
    flat = layers.Flatten()(layers.Concatenate()([image, source]))
    judge = keras.Model([image, label, source], layers.Dense(1)(flat))
    gan = training.GAN(generator, judge, 4, SEED)
    gan.compile("sgd", "sgd")
    assert gan.num_conditions == 2
    train(gan, (LABELS, SOURCES))
    assert gan.generate(5, seed=0, conditions=(LABELS[:5], SOURCES[:5])).shape == (5, *SHAPE)


# Augmentation


def test_real_and_fake_pass_the_same_law_and_sources_move_with_their_image():
    calls = []

    def augment(images, seed):
        calls.append((images.shape, seed.numpy().tolist()))
        return images + seeding.uniform([images.shape[0], 1, 1, 1], seed)

    gan, sources = make("translator", augment=augment, run_eagerly=True)
    train(gan, sources, steps=1)
    seeds = [seed for _, seed in calls]
    # real and its source, fake and its source, then the generator's fake and its source
    assert seeds[0] == seeds[1] and seeds[2] == seeds[3] and seeds[4] == seeds[5]
    assert len({tuple(seed) for seed in seeds}) == 3 and len(calls) == 6
    streams = ("real_augmentation", "fake_augmentation", "generator_fake_augmentation")
    assert seeds[::2] == [seeding.stream_seed(SEED, 0, s).numpy().tolist() for s in streams]


def test_labels_are_not_augmented():
    def augment(images, seed):
        assert len(images.shape) == 4
        return images

    gan, labels = make("projection", augment=augment, run_eagerly=True)
    train(gan, labels, steps=1)


def test_the_gradient_of_the_generator_goes_through_the_augmentation():
    """A change that multiplies by zero leaves the generator where it is."""
    gan, labels = make("projection", augment=lambda images, seed: 0.0 * images)
    before = [weight.numpy() for weight in gan.generator.trainable_weights]
    train(gan, labels)
    assert_equal(before, [weight.numpy() for weight in gan.generator.trainable_weights])


# What is refused


def test_networks_that_take_unequally_many_conditions_are_refused():
    latents, label, source = keras.Input((4,)), keras.Input((), dtype="int64"), keras.Input(SHAPE)
    both = layers.Concatenate()([latents, layers.Embedding(3, 2)(label), layers.Flatten()(source)])
    image = layers.Reshape(SHAPE)(layers.Dense(64)(both))
    generator = keras.Model([latents, label, source], image)
    with pytest.raises(ValueError, match="takes 2 conditions, the discriminator 1"):
        training.GAN(generator, conditional_gans.projecting_discriminator(), 4, SEED)


def test_missing_and_superfluous_conditions_are_refused():
    gan, labels = make("projection")
    with pytest.raises(ValueError, match=r"gan.fit\(images, conditions=...\)"):
        gan.fit(IMAGES, BATCH)
    with pytest.raises(ValueError, match=r"takes 1 condition: gan.generate"):
        gan.generate(3, seed=0)
    with pytest.raises(ValueError, match="There are 3 images, but 2 conditions"):
        gan.generate(3, seed=0, conditions=labels[:2])
    with pytest.raises(ValueError, match="There are 40 images, but 39 conditions"):
        gan.fit(IMAGES, BATCH, conditions=labels[:39])
    with pytest.raises(TypeError, match="positional"):
        gan.fit(IMAGES, BATCH, 1, None, labels)


def test_a_term_that_is_one_number_is_refused_on_several_replicas(monkeypatch):
    one = terms.Term("generator", "matched", lambda fake, *rest: tf.reduce_mean(fake))
    gan, labels = make("projection", terms=one, run_eagerly=True)
    train(gan, labels, steps=1)
    monkeypatch.setattr(training, "_num_replicas", lambda: 2)
    with pytest.raises(ValueError, match="'matched' is one number for a batch"):
        gan.generator_step(tf.constant(IMAGES[:BATCH]), 0, tf.constant(LABELS[:BATCH]))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (3.0, "terms takes what terms.l1"),
        ((terms.l1(1.0), terms.l1(2.0)), "name of its own"),
        (terms.l1(1.0, name="penalty"), "name of its own"),
    ],
)
def test_terms_that_do_not_fit_are_refused(given, told):
    with pytest.raises((ValueError, TypeError), match=told):
        make("translator", terms=[given] if isinstance(given, float) else given)
