"""The cycle: two steps of the one step, joined; equal to the loop by hand, and resumed."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganedu import checkpoints, data, losses, training, translation
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


# Closed forms: translators x → ax + b, one number each


def line(slope, offset):
    layer = keras.layers.Dense(1)
    network = keras.Sequential([keras.Input((1,)), layer])
    layer.set_weights([np.float32([[slope]]), np.float32([offset])])
    return network


POINTS = tf.constant([[0.5], [-2.0], [3.0]])


def paid(there, back, sources, reals, weights=(10.0, 0.0)):
    """What a generator pays for its sources and for the other set, by name."""
    given = there(sources), reals, sources, (), ()
    terms = translation._shared_terms(there, back, *weights)
    return {term.name: term.value(*given).numpy() for term in terms}


def test_the_way_back_costs_how_far_one_ends_from_the_start():
    """There 2x + 1, back x/2: |(2x + 1)/2 − x| = ½, and |2(y/2) + 1 − y| = 1."""
    told = paid(line(2, 1), line(0.5, 0), POINTS, -POINTS)
    np.testing.assert_allclose(told["there_and_back"], [5, 5, 5], rtol=1e-6)
    np.testing.assert_allclose(told["back_and_there"], [10, 10, 10], rtol=1e-6)
    exact = paid(line(2, 1), line(0.5, -0.5), POINTS, -POINTS)
    np.testing.assert_allclose([*exact.values()], 0, atol=1e-5)


def test_both_directions_pay_for_the_same_round_trips():
    one, other = line(2, 1), line(0.3, -0.2)
    forward, backward = paid(one, other, POINTS, -POINTS), paid(other, one, -POINTS, POINTS)
    np.testing.assert_allclose(forward["there_and_back"], backward["back_and_there"], rtol=1e-6)
    np.testing.assert_allclose(forward["back_and_there"], backward["there_and_back"], rtol=1e-6)
    assert not np.allclose(forward["there_and_back"], forward["back_and_there"])


def test_identity_costs_what_the_target_set_is_moved():
    """|2y + 1 − y| = |y + 1|; and a weight of 0 leaves a term out."""
    told = paid(line(2, 1), line(0.5, 0), POINTS, -POINTS, weights=(0.0, 3.0))
    assert {*told} == {"identity"}
    np.testing.assert_allclose(told["identity"], 3 * np.abs(1 - POINTS[:, 0]), rtol=1e-6)


def test_the_cycle_moves_both_generators_and_no_discriminator():
    """With an adversarial loss of 0 only the cycle is left."""
    nothing = losses.AdversarialLoss(lambda r, f: 0 * (r + f), lambda r, f: 0 * f, pairs=False)
    cycle = make(loss=nothing)
    before = weights(parts(cycle))
    cycle.fit(X, Y, BATCH, steps=1, verbose=0)
    moved = [
        any((one != other).any() for one, other in zip(first, then, strict=True))
        for first, then in zip(before, weights(parts(cycle)), strict=True)
    ]
    assert moved == [True, False, True, False]


def test_a_permutation_of_the_classes_satisfies_the_whole_loss():
    """Three classes, one image each: all six ways have no cycle loss and one adversarial loss."""
    classes, told = np.eye(3, dtype=np.float32), []

    def table(matrix):
        network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, use_bias=False)])
        network.set_weights([np.float32(matrix)])
        return network

    def critic():
        start = keras.initializers.HeNormal(1)
        return keras.Sequential(
            [keras.Input((3,)), keras.layers.Dense(1, kernel_initializer=start)]
        )

    for order in itertools.permutations(range(3)):
        there = table(classes[[*order]])
        gans = [
            training.GAN(network, critic(), 0, seed)
            for network, seed in ((there, 0), (table(classes[[*order]].T), 1))
        ]
        cycle = translation.CycleGAN(*gans)
        cycle.compile([keras.optimizers.SGD(0.0) for _ in range(4)], run_eagerly=True)
        history = cycle.fit(classes, classes, 3, verbose=0).history
        told.append([values[0] for name, values in sorted(history.items())])
        names = sorted(history)
    np.testing.assert_allclose(told, np.broadcast_to(told[0], np.shape(told)), atol=1e-6)
    cycles = [name.endswith(("and_back", "and_there")) for name in names]
    assert sum(cycles) == 4 and not np.array(told)[:, cycles].any()


def test_training_sees_all_of_the_larger_set_and_the_smaller_one_again():
    """30 and 42 images in batches of 6: after 7 steps y was seen once, x once and a bit."""
    cycle, seen = make(run_eagerly=True), {"x": [], "y": []}
    step = cycle.train_step

    def look(batches):
        for name, group in zip(seen, batches, strict=True):
            seen[name] += [image.tobytes() for image in group[0].numpy()]
        return step(batches)

    cycle.train_step = look
    cycle.fit(X, Y, BATCH, steps=7, verbose=0)
    assert [len(set(seen[name])) for name in "xy"] == [30, 42]
    assert [len(seen[name]) for name in "xy"] == [42, 42]


def test_noise_is_there_in_training_only_and_a_clone_has_it_too():
    one = keras.layers.Conv2D(1, 1, kernel_initializer="ones")
    network = keras.Sequential([keras.Input(SHAPE), one])
    noisy = translation.with_noise(network, 0.5, seed=3)
    np.testing.assert_array_equal(noisy(X, training=False), network(X))
    assert np.std(noisy(X, training=True) - network(X)) == pytest.approx(0.5, rel=0.1)
    assert noisy.trainable_weights[0] is network.trainable_weights[0]
    copied = keras.models.clone_model(noisy)
    copied.set_weights(noisy.get_weights())
    made = training.generate_images(copied, None, conditions=X)
    np.testing.assert_allclose(made, network(X), rtol=1e-6)


# What is refused


@pytest.mark.parametrize(
    ("x", "y", "says"),
    [
        (X, Y[:0], "y is empty"),
        (X[:0], Y, "x is empty"),
        (
            X[:, :4],
            Y,
            r"images of x have shape \(4, 8, 1\), but the generator .* takes \(8, 8, 1\)",
        ),
        (X, Y[..., [0, 0, 0]], r"images of y have shape \(8, 8, 3\)"),
        (X, (Y + 1) / 2, r"No value of y is below 0, .*use y \* 2 - 1"),
        ((X + 1) / 2, Y, r"No value of x is below 0, .*use x \* 2 - 1"),
        (X, 127.5 * (Y + 1), r"must lie in \[−1, 1\]"),
        (X[:5], Y, "only 5 images"),
    ],
)
@pytest.mark.filterwarnings("ignore::ganedu.data.SuspiciousInput")
def test_sets_that_cannot_be_are_refused_in_a_sentence(x, y, says):
    with pytest.raises(ValueError, match=says):
        make().fit(x, y, BATCH, verbose=0)


def test_pixels_and_floats_may_meet():
    make().fit(np.uint8(127.5 * (X + 1)), Y, BATCH, verbose=0)


def test_it_is_not_fitted_before_it_is_compiled():
    made = networks()
    gans = [training.GAN(*made[2 * i : 2 * i + 2], 0, i) for i in range(2)]
    with pytest.raises(ValueError, match=r"Call cycle_gan.compile\(...\) before"):
        translation.CycleGAN(*gans).fit(X, Y, BATCH)
    with pytest.raises(ValueError, match="four optimizers, and terms as two tuples"):
        translation.CycleGAN(*gans).compile(optimizers()[:2])


def test_exchanged_sets_are_noticed_also_after_a_resume(tmp_path):
    """Both sets have one shape here, so nothing else would notice."""
    cycle, resumed = make(), make()
    cycle.fit(X, Y, BATCH, verbose=0)
    checkpoints.save(tmp_path / "checkpoint.npz", cycle)
    checkpoints.load(tmp_path / "checkpoint.npz", resumed)
    for each in (cycle, resumed):
        with pytest.raises(ValueError, match="x and y are exchanged: training began"):
            each.fit(Y, X, BATCH, verbose=0)
    resumed.fit(X, Y, BATCH, verbose=0)
    make().fit(Y, X, BATCH, verbose=0)  # a fresh one knows nothing of it


def test_a_nan_ends_training_with_a_sentence():
    cycle = make()
    cycle.backward.generator.layers[-1].bias.assign([np.nan])
    with pytest.raises(FloatingPointError, match="is nan at step 1"):
        cycle.fit(X, Y, BATCH, steps=3, verbose=0)
