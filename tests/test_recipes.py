"""The recipe: every number of it reaches the GAN."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganedu import data, losses, metrics, models, recipes, training
from ganedu.seeding import stream_seed


@pytest.fixture(scope="module")
def gan():
    return recipes.digit_gan(seed=3)


def test_the_numbers_of_the_recipe_reach_the_gan(gan):
    recipe = recipes.DIGITS
    assert gan.latent_dim == recipe["latent_dim"]
    assert gan.ema_half_life == recipe["ema_half_life"]
    assert gan.seed == 3
    (penalty,) = gan.penalties
    assert penalty.at == "real"
    price = float(penalty.per_image(tf.constant([6.0]))[0])  # R1: γ/2 · ‖∇‖²
    assert price == pytest.approx(recipe["r1_gamma"] / 2 * 6.0, rel=1e-6)
    assert penalty.every == recipe["r1_every"]
    for network in (gan.generator, gan.discriminator):
        assert {recipe["widths"][0], 4 * recipe["widths"][0]} <= channels(network)
        assert (None, 7, 7, recipe["widths"][1]) in {layer.output.shape for layer in network.layers}
    for optimizer in (gan.generator_optimizer, gan.discriminator_optimizer):
        assert float(optimizer.learning_rate) == pytest.approx(recipe["learning_rate"], rel=1e-6)
        assert (optimizer.beta_1, optimizer.beta_2) == (recipe["beta_1"], recipe["beta_2"])


def channels(network):
    """How many numbers stand at a place, behind each layer."""
    return {layer.output.shape[-1] for layer in network.layers}


@pytest.mark.parametrize(("num_images", "augmented"), [(4999, True), (5000, False)])
def test_the_recipe_for_images_of_ones_own_fits_them(num_images, augmented):
    recipe = recipes.image_recipe(np.int64([32, 32, 3]), num_images)
    assert json.loads(json.dumps(recipe)) == recipe
    gan = recipes.image_gan(3, recipe)
    assert gan.generate(2, seed=0).shape == (2, 32, 32, 3)
    assert {layer.output.shape[1:3] for layer in gan.discriminator.layers} >= {(16, 16), (8, 8)}
    assert (gan.augment is not None) == augmented == bool(recipe["changes"])
    assert gan.penalties[0].every == recipe["r1_every"]


@pytest.mark.parametrize(("side", "gamma"), [(16, 0.3), (28, 0.3), (32, 3.0), (64, 3.0)])
def test_steepness_costs_more_where_images_are_large(side, gamma):
    assert recipes.image_recipe((side, 64, 3), 100)["r1_gamma"] == gamma


def test_few_images_are_changed_in_each_of_the_ways():
    """A white square becomes smaller, paler, and partly black."""
    gan = recipes.image_gan(3, recipes.image_recipe((16, 16, 1), 100))
    changed = np.asarray(gan.augment(tf.ones((50, 16, 16, 1)), stream_seed(0, 0, "data")))
    assert changed.min() == -1 and (changed.max(axis=(1, 2, 3)) < 1).any()


def test_it_uses_the_loss_of_the_lessons(gan):
    logits = tf.constant([[-1.0], [2.0]]), tf.constant([[0.5], [-3.0]])
    expected = losses.get("non_saturating")
    for player in ("discriminator", "generator"):
        ours = getattr(gan.loss_pair, player)(*logits)
        np.testing.assert_array_equal(ours, getattr(expected, player)(*logits))


def test_its_images_are_those_of_the_data(gan):
    images = gan.generate(3, seed=0)
    assert images.shape[1:] == data.load("digits", "test").images.shape[1:]
    data.check_images(images)
    assert images.std() > 0.01


def test_the_seed_decides_both_networks(gan):
    same, other = recipes.digit_gan(seed=3), recipes.digit_gan(seed=4)
    for name in ("generator", "discriminator", "ema_generator"):
        mine, equal, different = (
            getattr(one, name).trainable_variables for one in (gan, same, other)
        )
        kernels = [i for i, weight in enumerate(mine) if len(weight.shape) > 1]
        for i in kernels:
            assert np.array_equal(mine[i], equal[i])
            assert not np.array_equal(mine[i], different[i])


def test_the_learning_rate_is_a_function_of_the_step():
    recipe, optimizer = recipes.DIGITS, recipes.optimizer()
    weight = tf.Variable(0.0)
    optimizer.build([weight])
    for halvings, expected in ((0, 1.0), (1, 1 / 2), (2, 1 / 3), (9, 1 / 10)):
        optimizer.iterations.assign(halvings * recipe["halving_steps"])
        rate = float(optimizer.learning_rate)
        assert rate == pytest.approx(recipe["learning_rate"] * expected, rel=1e-6)


def test_each_player_has_an_optimizer_of_its_own():
    first, second = recipes.optimizer(), recipes.optimizer()
    assert first is not second
    assert first.get_config()["learning_rate"] == second.get_config()["learning_rate"]


def test_a_batch_fits_the_smallest_data():
    assert 1 <= recipes.DIGITS["batch_size"] <= len(data.load("digits", "test").images)


@pytest.mark.parametrize("seed", [-1, 1.5, None, "0"])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(ValueError, match="seed"):
        recipes.digit_gan(seed=seed)


class TestConditional:
    def test_it_is_the_recipe_of_the_digits_with_a_label(self, gan):
        told = recipes.conditional_gan(seed=3)
        changed = {"batch_size": 64, "halving_steps": 1000}
        expected = {**recipes.DIGITS, **changed}
        assert {name: recipes.CONDITIONAL[name] for name in expected} == expected
        assert told.num_conditions == 1 and told.ema_half_life == gan.ema_half_life
        mine, plain = (x.discriminator.trainable_variables[0].numpy() for x in (told, gan))
        assert np.array_equal(mine, plain)

    @pytest.mark.parametrize("head", models.HEADS)
    def test_each_head_takes_a_step_and_draws_what_it_is_asked_for(self, head):
        images, labels, _ = data.load("digits")
        gan = recipes.conditional_gan(0, settings={**recipes.CONDITIONAL, "head": head})
        gan.compile("sgd", "sgd", terms=gan.terms, run_eagerly=True)
        logs = gan.fit(images, 32, steps_per_epoch=1, conditions=labels, verbose=0).history
        assert ("fake_classes" in logs) == ("classes" in logs) == (head == "auxiliary")
        table = training.style_table(gan.ema_generator, 2, seed=5)
        made = gan.generate(2, seed=5, conditions=[7, 1])
        np.testing.assert_allclose(made[0], table[0, 7], atol=1e-6)
        np.testing.assert_allclose(made[1], table[1, 1], atol=1e-6)

    def test_the_weight_of_the_classifier_reaches_the_step(self):
        told = {**recipes.CONDITIONAL, "head": "auxiliary", "class_weight": 4.0}
        of_generator = recipes.conditional_gan(0, settings=told).terms[1]
        even = (tf.zeros((1, 10)),)
        value = of_generator.value(None, None, tf.constant([2]), even, ())
        assert float(value[0]) == pytest.approx(4 * np.log(10))

    def test_a_label_that_the_networks_do_not_know_is_refused(self):
        gan = recipes.conditional_gan(0, num_classes=3)
        with pytest.raises(ValueError, match="Labels must be in 0 … 2.*3 classes; got 3"):
            gan.generate(2, seed=0, conditions=[0, 3])
        images, labels, _ = data.load("digits")
        with pytest.raises(ValueError, match="Labels must be in 0 … 2.*got 9"):
            gan.fit(images, 32, conditions=labels, verbose=0)

    def test_nothing_can_be_asked_of_a_generator_without_conditions(self, gan):
        with pytest.raises(ValueError, match="takes no conditions"):
            gan.generate(2, seed=0, conditions=[0, 3])


def rate(optimizer, step):
    optimizer.iterations.assign(step)
    return float(optimizer.learning_rate)


class TestMixtures:
    def test_the_numbers_of_the_recipe_reach_the_gan(self):
        recipe = recipes.MIXTURES
        gan = recipes.mixture_gan(seed=3)
        assert (gan.latent_dim, gan.seed) == (recipe["latent_dim"], 3)
        assert gan.ema_half_life == recipe["ema_half_life"]
        assert sorted(penalty.at for penalty in gan.penalties) == ["fake", "real"]
        for penalty in gan.penalties:  # γ/2 · ‖∇‖²
            assert float(penalty.per_image(6.0)) == pytest.approx(recipe["gamma"] / 2 * 6.0)
        widths = [layer.units for layer in gan.generator.layers if hasattr(layer, "units")]
        assert widths == [*recipe["widths"], 2]
        for optimizer in (gan.generator_optimizer, gan.discriminator_optimizer):
            assert (optimizer.beta_1, optimizer.beta_2) == (recipe["beta_1"], recipe["beta_2"])

    def test_the_rate_falls_in_a_straight_line_to_zero(self):
        full, steps = recipes.MIXTURES["learning_rate"], recipes.MIXTURES["num_steps"]
        optimizer = recipes.falling_optimizer()
        optimizer.build([])
        for share in (0.0, 0.25, 0.5, 1.0, 1.5):
            expected = full * max(1 - share, 0.0)
            assert rate(optimizer, int(share * steps)) == pytest.approx(expected, abs=1e-9)

    def test_other_settings(self):
        told = {**recipes.MIXTURES, "gamma": 0.0, "falls": False, "ema_half_life": None}
        gan = recipes.mixture_gan(0, {**told, "loss": "relativistic_pairing"})
        assert gan.penalties == () and gan.ema_generator is None and gan.loss_pair.pairs
        optimizer = gan.generator_optimizer
        assert rate(optimizer, 10_000) == pytest.approx(recipes.MIXTURES["learning_rate"])

    @pytest.mark.slow
    def test_it_finds_every_mode_of_the_ring(self):
        """A twelfth of the recipe's steps; the whole table: tests/benchmarks/mixtures.py."""
        for seed in (11, 12):
            ring = data.ring(20_000, seed)
            gan = recipes.mixture_gan(seed, {**recipes.MIXTURES, "num_steps": 2500})
            gan.fit(ring.points, 256, steps_per_epoch=2500, verbose=0)
            samples = gan.generate(2500, seed=1)
            coverage = metrics.mode_coverage(samples, ring.centres, ring.std)
            assert coverage.modes == 8
            assert coverage.reverse_kl < 0.05
            near = metrics.mode_coverage(samples, ring.centres, 0.05)
            assert near.high_quality > 0.9


class TestPaired:
    def test_it_is_the_recipe_of_the_digits_with_a_source(self, gan):
        told = recipes.paired_gan(seed=3, source_shape=(7, 7, 1))
        other = {name for name in recipes.DIGITS if recipes.PAIRED[name] != recipes.DIGITS[name]}
        assert other == {"latent_dim", "halving_steps"}
        assert told.num_conditions == 1 and told.ema_half_life == gan.ema_half_life
        assert told.generator.input_shape == (None, 7, 7, 1)
        assert told.discriminator.output_shape == (None, 1)

    def test_the_weight_of_the_distance_reaches_the_step(self):
        told = recipes.paired_gan(0, settings={**recipes.PAIRED, "l1_weight": 7.0})
        [distance] = told.terms
        images = tf.ones((1, 28, 28, 1)), tf.zeros((1, 28, 28, 1))
        assert float(distance.value(*images, None, (), ())[0]) == 7.0

    def test_noise_and_patches_are_settings(self):
        told = {**recipes.PAIRED, "latent_dim": 5, "patches": True}
        made = recipes.paired_gan(0, settings=told)
        assert [one.shape[1:] for one in made.generator.inputs] == [(5,), (28, 28, 1)]
        assert made.discriminator.output_shape == (None, 7, 7, 1)


# Without pairs


@pytest.mark.parametrize(("whole", "noise"), [(False, 0.0), (True, 0.0), (False, 0.2)])
def test_each_setting_of_the_translators_reaches_them(whole, noise):
    told = {**recipes.UNPAIRED, "whole": whole, "noise": noise, "identity_weight": 5.0}
    cycle = recipes.unpaired_gan(3, settings=told)
    assert {gan.seed for gan in cycle.parts.values()} == {6, 7}
    sources = np.float32(np.random.default_rng(0).uniform(-1, 1, (2, 28, 28, 1)))
    for gan in cycle.parts.values():
        assert gan.ema_half_life == told["ema_half_life"]
        assert gan.penalties[0].every == told["r1_every"]
        assert gan.discriminator.output_shape == ((None, 1) if whole else (None, 7, 7, 1))
        names = ["identity", "there_and_back", "back_and_there"]
        assert [term.name for term in gan.terms] == names
        apart = gan.generator(sources, training=True) - gan.generator(sources, training=False)
        assert (np.abs(apart).max() > 0) == bool(noise)


def test_a_class_term_is_paid_forward_and_needs_its_classifier():
    told = {**recipes.UNPAIRED, "class_weight": 2.0, "cycle_weight": 0.0}
    with pytest.raises(ValueError, match="a classifier of the first set is needed"):
        recipes.unpaired_gan(3, settings=told)
    seen = models.conditional_discriminator("auxiliary", widths=(4, 4))
    classifier = keras.Model(seen.input, seen.outputs[1])
    cycle = recipes.unpaired_gan(3, classifier, told)
    assert [term.name for term in cycle.forward.terms] == ["classes"]
    assert cycle.backward.terms == ()


# Sounds


@pytest.mark.parametrize(("form", "shape"), [("waves", (4096, 1)), ("spectrograms", (64, 64, 1))])
def test_a_gan_of_sounds_has_the_form_and_the_numbers_of_its_recipe(form, shape):
    told = {**recipes.SOUNDS, "form": form, "r1_gamma": 0.7, "latent_dim": 5}
    told["loss"] = "relativistic_pairing"
    gan = recipes.sound_gan(4, num_classes=10, num_samples=4096, settings=told)
    assert gan.generate(2, seed=0, conditions=[0, 9]).shape == (2, *shape)
    assert (gan.seed, gan.latent_dim, gan.num_conditions) == (4, 5, 1)
    (penalty,) = gan.penalties
    assert float(penalty.per_image(tf.constant([2.0]))[0]) == pytest.approx(0.7)
    assert gan.loss_pair.pairs
    assert gan.ema_half_life == told["ema_half_life"]


def test_another_form_of_sounds_is_refused():
    with pytest.raises(ValueError, match="spectrograms or waves"):
        recipes.sound_gan(0, settings={**recipes.SOUNDS, "form": "notes"})
