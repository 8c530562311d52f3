"""Augmentations: where each pixel goes, in which range, and how the gradient finds its way back."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganedu import augmentations, callbacks, checkpoints, training
from ganedu.augmentations import (
    Adaptive,
    brightness,
    chain,
    contrast,
    cutout,
    shift,
    sometimes,
)
from ganedu.seeding import part_of, stream_seed, uniform
from tests.tiny_gan import BATCH_SIZE, everything, same_bits, tiny_gan, train

IMAGES = np.float32(np.random.default_rng(0).uniform(-1, 1, (50, 8, 6, 2)))


def seed(step):
    return stream_seed(3, step, "real_augmentation")


def moved(image, down, right):
    """By hand: the image on a black ground, moved."""
    ground = np.full_like(image, -1.0)
    height, width = image.shape[:2]
    for row in range(height):
        for column in range(width):
            if 0 <= row + down < height and 0 <= column + right < width:
                ground[row + down, column + right] = image[row, column]
    return ground


def test_each_image_is_moved_by_whole_pixels_and_the_rest_is_background():
    """A quarter of 8 and of 6: up to two rows and one column, back and forth, all of them."""
    shifted = augmentations.shift(tf.constant(IMAGES), seed(0), share=0.25).numpy()
    found = set()
    for image, result in zip(IMAGES, shifted, strict=True):
        ways = [(d, r) for d in range(-3, 4) for r in range(-3, 4)]
        [way] = [way for way in ways if np.array_equal(moved(image, *way), result)]
        found.add(way)
    assert found <= {(d, r) for d in range(-2, 3) for r in range(-1, 2)}
    assert {d for d, _ in found} == {-2, -1, 0, 1, 2} and {r for _, r in found} == {-1, 0, 1}


def test_every_way_is_as_likely():
    """4,000 images, three ways: 1333 ± 30 of each; five of these are allowed."""
    images = np.tile(np.float32([-1, -1, 1, -1, -1, -1, -1, -1])[:, None], (4000, 1, 1))
    shifted = augmentations.shift(tf.constant(images), seed(1)).numpy()
    counts = np.bincount(shifted[..., 0].argmax(axis=1), minlength=8)
    assert counts.sum() == 4000 and (np.abs(counts[1:4] - 4000 / 3) < 150).all()


def test_the_same_seed_moves_the_same_way_and_another_does_not():
    one, same, other = (
        augmentations.shift(tf.constant(IMAGES), seed(step)).numpy() for step in (0, 0, 1)
    )
    assert np.array_equal(one, same) and not np.array_equal(one, other)


def test_the_gradient_goes_back_to_the_pixels_that_are_left():
    images = tf.constant(IMAGES)
    with tf.GradientTape() as tape:
        tape.watch(images)
        total = tf.reduce_sum(augmentations.shift(images, seed(0), share=0.25))
    gradient = tape.gradient(total, images).numpy()
    assert set(np.unique(gradient)) == {0.0, 1.0}
    left = augmentations.shift(tf.zeros_like(images), seed(0), share=0.25).numpy() == 0
    assert np.array_equal(gradient.sum(axis=(1, 2, 3)), left.sum(axis=(1, 2, 3)))


@pytest.mark.parametrize("shape", [(3, 16, 1), (3, 8, 8, 1), (3, 8, 8, 3)])
def test_shapes_and_range_stay(shape):
    images = tf.ones(shape)
    shifted = augmentations.shift(images, seed(0))
    assert shifted.shape == shape and set(np.unique(shifted)) <= {-1.0, 1.0}


@pytest.mark.parametrize("share", [-0.1, 1.5])
def test_a_share_is_a_share(share):
    for change in (shift, cutout):
        with pytest.raises(ValueError, match="share must be from 0 to 1"):
            change(tf.constant(IMAGES), seed(0), share)


def slope(change, images, step=0):
    """The gradient of the sum of what a change makes of images."""
    images = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(images)
        total = tf.reduce_sum(change(images, seed(step)))
    return tape.gradient(total, images).numpy()


# What holds for all of them

CHANGES = {
    "shift": shift,
    "cutout": cutout,
    "brightness": brightness,
    "contrast": contrast,
    "chain": chain(shift, cutout, brightness, contrast),
    "sometimes": sometimes(cutout, 0.5),
}
EACH_CHANGE = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


@EACH_CHANGE
def test_equal_seeds_change_equally_whatever_the_images(change):
    """Real and fake pass one law: the draw sees the seed, never the image."""
    one, same, other = (change(tf.constant(IMAGES), seed(step)).numpy() for step in (0, 0, 1))
    assert np.array_equal(one, same) and not np.array_equal(one, other)
    half = np.concatenate([IMAGES[:25], -IMAGES[25:]])
    assert np.array_equal(change(tf.constant(half), seed(0))[:25], one[:25])


@EACH_CHANGE
@pytest.mark.parametrize("shape", [(40, 16, 1), (40, 8, 6, 1), (40, 8, 8, 3)])
def test_shape_and_range_stay(change, shape):
    for images in (np.random.default_rng(1).uniform(-1, 1, shape), np.ones(shape)):
        changed = change(tf.constant(np.float32(images)), seed(0))
        assert changed.shape == shape and changed.dtype == tf.float32
        assert np.abs(changed).max() <= 1


@EACH_CHANGE
def test_background_stays_background_to_the_bit(change):
    ground = -np.ones((40, 8, 6, 2), "float32")
    for step in range(20):
        assert np.array_equal(change(tf.constant(ground), seed(step)), ground)


@EACH_CHANGE
def test_images_are_changed_one_by_one(change):
    """Each by a draw of its own: of 50 equal images there are several kinds afterwards."""
    images = np.tile(IMAGES[:1], (50, 1, 1, 1))
    assert len(np.unique(change(tf.constant(images), seed(0)), axis=0)) >= 3


@EACH_CHANGE
def test_compiled_it_is_the_same(change):
    images = tf.constant(IMAGES)
    compiled = tf.function(change)(images, seed(0))
    np.testing.assert_allclose(compiled, change(images, seed(0)), rtol=0, atol=1e-6)


@pytest.mark.parametrize("change", [shift, cutout], ids=["shift", "cutout"])
def test_points_have_no_sides(change):
    with pytest.raises(ValueError, match=r"takes images .* got shape \(5, 2\)"):
        change(tf.zeros((5, 2)), seed(0))


@pytest.mark.parametrize("change", [shift, cutout, contrast], ids=["shift", "cutout", "contrast"])
def test_silence_of_a_wave_stays_silence(change):
    loud = np.ones((40, 16, 1), "float32")
    assert np.array_equal(change(tf.constant(0 * loud), seed(0), background=0.0), 0 * loud)
    assert change(tf.constant(loud), seed(0), background=0.0).numpy().min() >= 0


# Cutout


def covered_parts(step, side, share, number=1000):
    """Which pixels of a row are covered, in each of so many images."""
    rows = tf.ones((number, side, 1))
    return cutout(rows, seed(step), share).numpy()[..., 0] == -1


def test_a_square_is_covered_and_the_rest_is_untouched():
    """3 of 8 rows and 2 of 6 columns, or what of them does not stick out."""
    found = cutout(tf.constant(IMAGES), seed(0), share=0.4).numpy()
    sizes = set()
    for image, result in zip(IMAGES, found, strict=True):
        covered = (result == -1).all(axis=-1)
        rows, columns = np.where(covered.any(axis=1))[0], np.where(covered.any(axis=0))[0]
        assert covered[np.ix_(rows, columns)].all()
        assert np.ptp(rows) == len(rows) - 1 and np.ptp(columns) == len(columns) - 1
        assert covered.sum() == len(rows) * len(columns)
        assert np.array_equal(result[~covered], image[~covered])
        sizes.add((len(rows), len(columns)))
    assert (3, 2) in sizes and sizes <= {(r, c) for r in (1, 2, 3) for c in (1, 2)}


def test_every_pixel_is_covered_as_often():
    """k = 4 of n = 8: each with 4/11. Of 20,000 rows 7273 ± 68; five of these are allowed."""
    counts = sum(covered_parts(step, 8, 0.5) for step in range(20)).sum(axis=0)
    assert np.abs(counts - 20_000 * 4 / 11).max() < 340


def test_every_place_of_the_square_is_as_likely():
    """11 places, told apart by first and last covered pixel; 909 ± 29 each of 10,000."""
    parts = np.concatenate([covered_parts(step, 8, 0.5) for step in range(10)])
    _, counts = np.unique(parts, axis=0, return_counts=True)
    assert len(counts) == 11 and np.abs(counts - 10_000 / 11).max() < 145


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_nothing_and_everything_may_be_covered(share):
    parts = covered_parts(0, 4, share)
    assert parts.any() == bool(share) and parts.all(axis=1).any() == bool(share)


def test_the_gradient_is_one_at_what_is_left_and_zero_under_the_square():
    ones = np.ones_like(IMAGES)
    left = cutout(tf.constant(ones), seed(0)).numpy() == 1
    assert np.array_equal(slope(cutout, IMAGES), np.float32(left))


# Brightness and contrast


def draws(step):
    return uniform([50, 1, 1, 1], seed(step)).numpy()


def test_brightness_adds_as_velocities_are_added():
    """artanh(y) = artanh(x) + artanh(t), in NumPy and double precision."""
    t = 0.6 * (2 * draws(0) - 1)
    expected = np.tanh(np.arctanh(IMAGES.astype("float64")) + np.arctanh(t))
    changed = brightness(tf.constant(IMAGES), seed(0), strength=0.6)
    np.testing.assert_allclose(changed, expected, atol=2e-6)


def test_brightness_moves_mid_grey_uniformly_both_ways():
    """Mean 0 ± .0041 and variance ¼/3 = .0833 ± .0011 of 5,000; five of each are allowed."""
    amounts = brightness(tf.zeros((5000, 1, 1, 1)), seed(0)).numpy()
    assert -0.5 <= amounts.min() < -0.499 and 0.499 < amounts.max() <= 0.5
    assert abs(amounts.mean()) < 0.021 and abs(amounts.var() - 1 / 12) < 0.0053


def test_the_gradient_of_brightness_never_fades():
    """dy/dx = (1 − t²)/(1 + tx)², from 1/3 to 3 for t up to ½, at black and white too."""
    images = np.sign(IMAGES)
    images[:, 0] = IMAGES[:, 0]
    t = 0.5 * (2 * draws(0) - 1)
    given = slope(brightness, images)
    np.testing.assert_allclose(given, (1 - t**2) / (1 + t * images) ** 2, rtol=1e-4)
    assert 1 / 3 <= given.min() < 0.4 and 2.5 < given.max() <= 3


def test_brightness_leaves_black_and_white_to_the_bit():
    images = np.float32([-1, 1] * 500).reshape(1000, 1, 1, 1)
    assert np.array_equal(brightness(tf.constant(images), seed(0), strength=0.99), images)


def test_contrast_scales_about_the_background():
    kept = 1 - 0.8 * draws(0)
    changed = contrast(tf.constant(IMAGES), seed(0), strength=0.8)
    np.testing.assert_allclose(changed, -1 + kept * (IMAGES + 1), atol=1e-6)
    np.testing.assert_allclose(slope(contrast, IMAGES), np.ones_like(IMAGES) * (1 - 0.5 * draws(0)))
    assert 0.2 < kept.min() < 0.3 and 0.9 < kept.max() <= 1


@pytest.mark.parametrize(
    ("change", "strength"), [(brightness, -0.1), (brightness, 1.0), (contrast, 1.1)]
)
def test_a_strength_that_would_leave_the_range_is_refused(change, strength):
    with pytest.raises(ValueError, match="strength must be"):
        change(tf.constant(IMAGES), seed(0), strength)


# Several changes, and changes now and then


def test_each_change_of_a_chain_has_a_seed_of_its_own():
    images, first, second = tf.constant(IMAGES), part_of(seed(0), 0), part_of(seed(0), 1)
    expected = cutout(shift(images, first), second)
    assert np.array_equal(chain(shift, cutout)(images, seed(0)), expected)
    seeds = []

    def spy(images, seed):
        seeds.append(tuple(seed.numpy()))
        return images

    chain(spy, chain(spy, spy), sometimes(spy, 0.5), spy)(images, seed(0))
    assert len({*seeds}) == 5


def test_the_gradient_passes_through_a_chain():
    """1 at what neither leaves at the side nor is covered, times what contrast keeps."""
    change = chain(cutout, contrast)
    kept = 1 - 0.5 * uniform([50, 1, 1, 1], part_of(seed(0), 1)).numpy()
    left = cutout(tf.ones_like(IMAGES), part_of(seed(0), 0)).numpy() == 1
    np.testing.assert_allclose(slope(change, IMAGES), left * kept)


@pytest.mark.parametrize("probability", [0.0, 0.3, 1.0])
def test_so_many_images_are_changed_and_the_others_are_not(probability):
    """Of 4,000 images 1200 ± 29; five of these are allowed; of none none, and of all all."""
    change = sometimes(lambda images, seed: 0.0 * images, probability)
    changed = change(tf.ones((4000, 2, 2, 1)), seed(0)).numpy()
    assert np.array_equal(changed, changed[:, :1, :1] * np.ones((1, 2, 2, 1)))
    assert set(np.unique(changed)) <= {0.0, 1.0}
    allowed = 145 if 0 < probability < 1 else 0
    assert abs((changed[:, 0, 0, 0] == 0).sum() - 4000 * probability) <= allowed


def test_whether_and_how_are_draws_of_their_own():
    """Else only images with a small number would be changed, and always moved the same way."""
    row = np.tile(np.float32([-1, -1, -1, 1, -1, -1, -1, -1])[:, None], (4000, 1, 1))
    moved = sometimes(shift, 0.5)(tf.constant(row), seed(0)).numpy()[..., 0].argmax(axis=1)
    counts = np.bincount(moved, minlength=8)[2:5]  # 4000·½·⅓ to each side, and two thirds stay
    assert np.abs(counts - np.array([4000 / 6, 4000 * 4 / 6, 4000 / 6])).max() < 150


def test_the_probability_may_be_a_variable():
    probability = tf.Variable(0.0)
    changed = tf.function(sometimes(cutout, probability))
    assert np.array_equal(changed(tf.constant(IMAGES), seed(0)), IMAGES)
    probability.assign(1.0)
    assert (changed(tf.constant(IMAGES), seed(0)).numpy() == -1).any(axis=(1, 2, 3)).all()


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: chain(shift, 0.5), "such as augmentations.shift; got 0.5"),
        (lambda: chain([shift, cutout]), "A change is a function of"),
        (lambda: sometimes(0.5, shift), "A change is a function of"),
        (lambda: sometimes(shift, 1.5), "probability must be from 0 to 1, for example 0.5"),
    ],
)
def test_what_is_no_change_is_refused(make, told):
    with pytest.raises(ValueError, match=told):
        make()


# A strength that follows the discriminator


def logits_of(shares):
    """Ten logits for each update, so many of them above 0."""
    return [np.where(np.arange(10) < round(10 * share), 0.7, -3.0)[:, None] for share in shares]


def followed(adaptive, logits, batch_size=50):
    """p after each update."""
    path = []
    for one in logits:
        adaptive.observe(tf.constant(one, tf.float32), batch_size)
        path.append(float(adaptive.probability))
    return np.array(path)


def followed_by_hand(logits, target, num_images, every, batch_size=50):
    """Karras et al. (2020), section 3.1, in NumPy, with p held in [0, 1]."""
    p, path, signs = 0.0, [], []
    for one in logits:
        signs.append(np.sign(one).mean())
        if len(signs) == every:
            p += np.sign(np.mean(signs) - target) * every * batch_size / num_images
            p, signs = min(max(p, 0.0), 1.0), []
        path.append(p)
    return np.array(path)


@pytest.mark.parametrize("every", [1, 4])
@pytest.mark.parametrize("target", [0.6, -0.25])
def test_p_moves_as_the_twin(every, target):
    """It starts at 0, is held at 0 and at 1, and comes back from both at once."""
    shares = [0.2] * 9 + [0.9, 0.7, 1.0, 0.9] * 14 + [0.9] * 9 + [0.1, 0.0, 0.9, 0.2] * 14
    numbers = {"target": target, "num_images": 1000, "every": every}
    path = followed(Adaptive(shift, **numbers), logits_of(shares))
    np.testing.assert_allclose(path, followed_by_hand(logits_of(shares), **numbers), atol=1e-6)
    assert path[8] == 0 and path[66] == path[70] == 1 and path[-1] < 0.1


def test_p_goes_from_0_to_1_in_so_many_images():
    """500 images, ten an update: after 480, and before the last four updates, it is at .96."""
    path = followed(Adaptive(cutout, num_images=500), logits_of([1.0] * 60), batch_size=10)
    np.testing.assert_allclose(path[[2, 3, 46, 47, 51, 59]], [0, 0.08, 0.88, 0.96, 1, 1], atol=1e-6)


def test_at_the_target_p_stays():
    """Three quarters above 0 is a mean sign of ½, to the bit."""
    adaptive = Adaptive(shift, target=0.5, num_images=500, every=1)
    adaptive.probability.assign(0.3)
    followed(adaptive, [np.float32([[1], [1], [1], [-1]])] * 3)
    assert float(adaptive.probability) == np.float32(0.3)


def test_a_map_of_logits_counts_each_of_them():
    adaptive = Adaptive(shift, target=0.0, num_images=100, every=1)
    followed(adaptive, [np.where(np.arange(32) < 20, 1.0, -9.0).reshape(2, 4, 4, 1)])
    assert float(adaptive.probability) == 0.5


def test_each_change_happens_with_p_on_its_own():
    """At p = .3 of 4,000 images 2800 ± 29 are whole, 1200 moved; of both 360 ± 18; five of each."""
    adaptive = Adaptive(
        lambda images, seed: images * 2, lambda images, seed: images * 3, num_images=500
    )
    ones = tf.ones((4000, 2, 2, 1))
    assert np.array_equal(adaptive(ones, seed(0)), ones)
    adaptive.probability.assign(0.3)
    values = adaptive(ones, seed(0)).numpy()[:, 0, 0, 0]
    assert abs((values % 2 == 0).sum() - 1200) < 145 and abs((values % 3 == 0).sum() - 1200) < 145
    assert abs((values == 6).sum() - 360) < 90
    adaptive.probability.assign(1.0)
    assert np.array_equal(adaptive(ones, seed(0)), 6 * ones)


NUMBERS = {"target": 0.0, "num_images": 10 * BATCH_SIZE, "every": 3}


def adapting(**options):
    """A GAN whose p moves by 3/10 after every third discriminator update."""
    return tiny_gan(augment=Adaptive(shift, cutout, contrast, **NUMBERS), **options)


@pytest.mark.parametrize(("d_steps", "moves"), [(1, 2), (2, 4)])
def test_in_a_gan_p_moves_after_so_many_discriminator_updates(d_steps, moves, monkeypatch):
    seen = []
    observe = Adaptive.observe

    def spy(adaptive, logits, batch_size):
        seen.append((np.sign(logits).mean(), batch_size))
        observe(adaptive, logits, batch_size)

    monkeypatch.setattr(Adaptive, "observe", spy)
    gan = train(adapting(run_eagerly=True, d_steps=d_steps), 6)
    assert len(seen) == 6 * d_steps and {size for _, size in seen} == {BATCH_SIZE}
    signs = np.mean(np.reshape([sign for sign, _ in seen], (moves, 3)), axis=1)
    p = 0.0
    for sign in signs:
        p = min(max(p + 0.3 * np.sign(sign), 0.0), 1.0)
    assert float(gan.augment.probability) == pytest.approx(p, abs=1e-6)
    assert (signs > 0).any()


@pytest.mark.parametrize("stop", [2, 3, 5])
def test_resumed_in_the_middle_of_a_count_it_equals_never_stopped(stop, tmp_path):
    whole, stopped = train(adapting(), 8), train(adapting(), stop)
    checkpoints.save(tmp_path / "checkpoint.npz", stopped)
    resumed = adapting()
    assert checkpoints.load(tmp_path / "checkpoint.npz", resumed) == stop
    train(resumed, 8 - stop)
    assert 0 < float(whole.augment.probability) <= 1
    states = [[float(variable) for variable in gan.augment.variables] for gan in (whole, resumed)]
    assert states[0] == states[1] and states[0][2] == 8 % 3
    owners = [(g, g.generator_optimizer, g.discriminator_optimizer) for g in (whole, resumed)]
    assert same_bits(*([v.numpy() for o in three for v in o.variables] for three in owners))


def test_a_checkpoint_without_the_state_is_refused(tmp_path):
    checkpoints.save(tmp_path / "checkpoint.npz", tiny_gan(augment=shift))
    with pytest.raises(ValueError, match=r"checkpoint of another GAN: .*log/010|augment/000"):
        checkpoints.load(tmp_path / "checkpoint.npz", adapting())


def test_compiled_runs_follow_eager_ones_in_every_trace():
    eager = train(adapting(run_eagerly=True, optimizer=keras.optimizers.SGD), 6)
    for _ in range(4):
        compiled = train(adapting(optimizer=keras.optimizers.SGD), 6)
        assert [float(v) for v in compiled.augment.variables] == [
            float(v) for v in eager.augment.variables
        ]
        for one, other in zip(everything(compiled), everything(eager), strict=True):
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-5)


def test_p_is_logged():
    log = callbacks.Log(every=3, batch_size=BATCH_SIZE)
    gan = train(adapting(), 6, log)
    rows = [row["augment_probability"] for row in log.rows]
    # p moves within the third step and within the sixth
    assert rows[0] == pytest.approx(float(rows[0] > 0) * 0.1, abs=1e-6)
    assert rows[1] == pytest.approx(
        (2 * 3 * rows[0] + float(gan.augment.probability)) / 3, abs=1e-6
    )
    assert list(training.LOG_NAMES) == [t.name for t in tiny_gan(augment=shift).trackers]


def test_each_gan_and_each_training_begins_anew():
    adaptive = Adaptive(shift, **NUMBERS)
    first, second = tiny_gan(augment=adaptive), tiny_gan(augment=adaptive)
    train(first, 6)
    assert float(first.augment.probability) > 0
    assert float(adaptive.probability) == float(second.augment.probability) == 0
    count = len(first.variables)
    first.compile("adam", "adam", augment=adaptive)
    assert float(first.augment.probability) == 0 and len(first.variables) == count
    assert first.augment.numbers == adaptive.numbers
    first.compile("adam", "adam", augment=shift)
    assert [tracker.name for tracker in first.trackers] == list(training.LOG_NAMES)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Adaptive(), "at least one change, .*; got 0 changes"),
        (lambda: Adaptive(shift, target=1.0), "a target between -1 and 1, .*target=1.0"),
        (lambda: Adaptive(shift, num_images=0), "num_images above 0 .*num_images=0"),
        (lambda: Adaptive(shift, every=0.5), "every an integer of at least 1; .*every=0.5"),
        (lambda: Adaptive(0.6), "A change is a function of"),
        (lambda: chain(cutout, Adaptive(shift)), "Adaptive is no part of another change"),
    ],
)
def test_what_cannot_adapt_is_refused(make, told):
    with pytest.raises(ValueError, match=told):
        make()
