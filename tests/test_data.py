"""Data: one door for pixels, numbered batches, toys, and the digits in the box.

How files of a data set are found and downloaded is tested in test_downloads.py.
"""

import gc
import os
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from sklearn.datasets import load_digits

from ganedu import data, folders, letters

# Scaling, and the door


def test_scaling_there_and_back_keeps_every_pixel():
    pixels = np.arange(256, dtype=np.uint8)
    images = data.scale(pixels)
    np.testing.assert_allclose(images, np.linspace(-1, 1, 256), rtol=0, atol=1e-7)
    assert images.dtype == np.float32
    assert (images.min(), images.max()) == (-1, 1)
    assert data.to_pixels(images).dtype == np.uint8
    np.testing.assert_array_equal(data.to_pixels(images), pixels)


def test_to_pixels_clips_and_rounds():
    pixels = data.to_pixels(np.array([-1.5, -1.0, -0.999, -0.995, 0.999, 1.5]))
    assert pixels.tolist() == [0, 0, 0, 1, 255, 255]


@pytest.mark.parametrize("dtype", [np.int64, np.float32])
def test_only_uint8_pixels_are_scaled(dtype):
    with pytest.raises(ValueError, match="pixels must be uint8"):
        data.scale(np.zeros(3, dtype))


@pytest.mark.parametrize("shape", [(4, 8, 8, 1), (4, 8, 6, 3), (4, 2)])
def test_good_images_and_points_pass_as_float32(shape):
    images = np.linspace(-1, 1, np.prod(shape)).reshape(shape)
    checked = data.check_images(images)
    assert checked.dtype == np.float32
    np.testing.assert_array_equal(checked, np.float32(images))


def test_points_may_lie_anywhere():
    np.testing.assert_array_equal(data.check_images(np.array([[-4.0, 4.0]])), [[-4.0, 4.0]])


GOOD = np.zeros((4, 8, 8, 1), np.float32)


@pytest.mark.parametrize(
    "images, trouble, mend",
    [
        (GOOD + np.nan, "finite", "NaN"),
        (np.where(np.arange(8) == 3, np.nan, GOOD.squeeze())[..., None], "finite", "NaN"),
        (GOOD + np.inf, "finite", "infinity"),
        (GOOD.astype(np.int64), "got int64", "images.astype(np.uint8)"),
        (GOOD + 255, "from 255 to 255", "images / 127.5 - 1"),
        (GOOD + 1.001, "from 1.001 to 1.001", "images * 2 - 1"),
        (GOOD - 1.001, "from -1.001 to -1.001", "images / 127.5 - 1"),
        (GOOD[..., 0], "got (4, 8, 8)", "images[..., np.newaxis]"),
        (GOOD[0, 0, :, 0], "got (8,)", "[n, height, width, 1 or 3]"),
        (GOOD[..., None], "got (4, 8, 8, 1, 1)", "[n, height, width, 1 or 3]"),
        (np.repeat(GOOD, 2, -1), "got (4, 8, 8, 2)", "transparency out: images[..., :1]"),
        (np.repeat(GOOD, 4, -1), "got (4, 8, 8, 4)", "transparency out: images[..., :3]"),
        (GOOD.transpose(0, 3, 1, 2), "got (4, 1, 8, 8)", "np.moveaxis(images, 1, -1)"),
        (GOOD.reshape(4, 64) + 100, "from 100 to 100", "images / 127.5 - 1"),  # laid flat
        ([GOOD[0], GOOD[0, :4]], "unequal shapes", "resize them"),
        ((image for image in GOOD), "got generator", "np.concatenate"),
        (np.array(["a.png"]), "got <U5", "uint8"),
    ],
)
def test_bad_images_are_refused_with_the_mend(images, trouble, mend):
    for door in (data.check_images, lambda images: data.batches(images, 2, seed=0)):
        with pytest.raises(ValueError) as refusal:
            door(images)
        assert trouble in str(refusal.value) and mend in str(refusal.value)


# Batches. Points that are their own row number show which rows a batch took.


def numbered(num_rows):
    return np.arange(num_rows, dtype=np.float32)[:, np.newaxis]


def rows_of(dataset, num_batches=None):
    taken = dataset if num_batches is None else dataset.take(num_batches)
    return [tuple(batch[:, 0].numpy().astype(int)) for batch in taken]


def test_a_batch_is_a_function_of_its_number():
    points = numbered(23)
    from_zero = rows_of(data.batches(points, 5, seed=3), 30)
    for first_step in (1, 4, 17):
        later = rows_of(data.batches(points, 5, seed=3, first_step=first_step), 10)
        assert later == from_zero[first_step : first_step + 10]


def test_far_along_a_run_batches_still_come():
    assert len(set(rows_of(data.batches(numbered(9), 9, 0, first_step=10**12), 1)[0])) == 9


@pytest.mark.parametrize("num_rows, batch_size", [(23, 5), (20, 5), (7, 7), (1, 1)])
def test_no_row_comes_twice_in_an_epoch_and_epochs_differ(num_rows, batch_size):
    per_epoch = num_rows // batch_size
    batches = rows_of(data.batches(numbered(num_rows), batch_size, seed=0), 6 * per_epoch)
    assert all(len(batch) == batch_size for batch in batches)
    epochs = [sum(batches[i : i + per_epoch], ()) for i in range(0, len(batches), per_epoch)]
    assert all(len(set(epoch)) == per_epoch * batch_size for epoch in epochs)
    assert all(0 <= row < num_rows for epoch in epochs for row in epoch)
    assert num_rows == 1 or len(set(epochs)) == 6
    assert num_rows == 1 or all(list(epoch) != sorted(epoch) for epoch in epochs)


def test_every_row_is_left_out_about_equally_often():
    """Of 10 rows an epoch of 3 batches of 3 leaves out one; in 200 epochs each 20 ± 4.2 times."""
    taken = np.concatenate(rows_of(data.batches(numbered(10), 3, seed=0), 600))
    left_out = 200 - np.bincount(taken, minlength=10)
    assert left_out.sum() == 200
    assert np.abs(left_out - 20).max() <= 4 * 4.2


def test_the_seed_says_which_batches():
    first, again = (rows_of(data.batches(numbered(23), 5, seed=0), 8) for _ in range(2))
    assert first == again
    assert first != rows_of(data.batches(numbered(23), 5, seed=1), 8)


def test_a_step_has_the_next_d_steps_batches():
    points = numbered(23)
    singles = rows_of(data.batches(points, 5, seed=0), 15)
    steps = list(data.batches(points, 5, seed=0, first_step=1, num_steps=4, d_steps=3))
    assert all(isinstance(step, tuple) and len(step) == 3 for step in steps)
    assert [rows for step in steps for rows in rows_of(step)] == singles[3:15]


@pytest.mark.parametrize("first_step, num_steps", [(0, 4), (7, 4), (3, 0)])
def test_num_steps_is_how_many_come(first_step, num_steps):
    dataset = data.batches(numbered(23), 5, 0, first_step=first_step, num_steps=num_steps)
    assert len(rows_of(dataset)) == num_steps


def test_without_num_steps_there_is_no_end():
    assert len(rows_of(data.batches(numbered(4), 4, seed=0), 100)) == 100


def test_batches_carry_images_as_they_are_with_a_known_size():
    images = np.float32(np.random.default_rng(0).uniform(-1, 1, (6, 4, 4, 3)))
    dataset = data.batches(images, 6, seed=0)
    assert dataset.element_spec == tf.TensorSpec((6, 4, 4, 3), tf.float32)
    batch = next(iter(dataset)).numpy()
    np.testing.assert_array_equal(np.sort(batch.ravel()), np.sort(images.ravel()))
    assert {image.tobytes() for image in batch} == {image.tobytes() for image in images}


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"batch_size": 24}, "batch_size is 24, but there are only 23 images"),
        ({"batch_size": 0}, "batch_size must be an integer of at least 1; got 0"),
        ({"batch_size": 2.5}, "batch_size must be an integer of at least 1; got 2.5"),
        ({"batch_size": True}, "batch_size must be an integer of at least 1; got True"),
        ({"batch_size": 2, "d_steps": 0}, "d_steps must be an integer of at least 1; got 0"),
        ({"batch_size": 2, "seed": -1}, "seed must be an integer of at least 0"),
    ],
)
def test_batches_that_cannot_be_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        data.batches(numbered(23), **{"seed": 0, **arguments})


# Toys

CIRCLE = [[np.cos(2 * np.pi * k / 8), np.sin(2 * np.pi * k / 8)] for k in range(8)]
SQUARE = [[x, y] for x in (-4, -2, 0, 2, 4) for y in (-4, -2, 0, 2, 4)]


@pytest.mark.parametrize(
    "toy, centres, std", [(data.ring, CIRCLE, 0.01), (data.grid, SQUARE, 0.05)]
)
def test_toys_are_even_mixtures_of_round_gaussians(toy, centres, std):
    """20,000 points. A share's standard deviation is √(p(1 − p)/n), that of an estimated std
    is std/√(2n) per axis, that of a mode's mean std/√(np); five of each are allowed."""
    points = toy(20_000, seed=0)
    assert points.points.dtype == points.centres.dtype == np.float32
    assert points.std == std
    np.testing.assert_allclose(points.centres, centres, atol=1e-6)
    offsets = points.points[:, np.newaxis] - np.array(centres)
    nearest = (offsets**2).sum(axis=2).argmin(axis=1)
    share, noise = 1 / len(centres), offsets[np.arange(20_000), nearest]
    counts = np.bincount(nearest, minlength=len(centres))
    assert np.abs(counts / 20_000 - share).max() < 5 * np.sqrt(share / 20_000)
    np.testing.assert_allclose(noise.std(axis=0), std, rtol=5 / np.sqrt(2 * 20_000))
    assert np.abs(np.corrcoef(noise.T)[0, 1]) < 5 / np.sqrt(20_000)
    means = [noise[nearest == mode].mean(axis=0) for mode in range(len(centres))]
    assert np.abs(means).max() < 5 * std / np.sqrt(20_000 * share)


def test_toys_take_their_arguments():
    ring = data.ring(10, seed=0, modes=4, radius=3.0, std=0.0)
    np.testing.assert_allclose(ring.centres, [[3, 0], [0, 3], [-3, 0], [0, -3]], atol=1e-6)
    grid = data.grid(10, seed=0, side=2, spacing=3.0, std=0.0)
    assert grid.centres.tolist() == [[-1.5, -1.5], [-1.5, 1.5], [1.5, -1.5], [1.5, 1.5]]
    for toy in (ring, grid):  # without noise every point is a centre
        assert {tuple(point) for point in toy.points} <= {tuple(centre) for centre in toy.centres}


@pytest.mark.parametrize("toy", [data.ring, data.grid])
def test_toys_follow_from_their_seed(toy):
    np.testing.assert_array_equal(toy(50, seed=1).points, toy(50, seed=1).points)
    assert np.abs(toy(50, seed=1).points - toy(50, seed=2).points).max() > 0.01


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: data.ring(0, seed=0), "num_points must be a positive integer; got 0"),
        (lambda: data.grid(10.0, seed=0), "num_points must be a positive integer; got 10.0"),
        (lambda: data.ring(10, seed=0, modes=0), "modes must be a positive integer; got 0"),
        (lambda: data.grid(10, seed=0, side=-1), "side must be a positive integer; got -1"),
        (lambda: data.ring(10, seed=-1), "seed must be"),
    ],
)
def test_toys_that_cannot_be_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# Digits in the box


def test_digits_have_mnists_form():
    train, test = data.load("digits"), data.load("digits", split="test")
    assert (train.images.shape, test.images.shape) == ((1500, 28, 28, 1), (297, 28, 28, 1))
    for part in (train, test):
        assert (part.images.dtype, part.labels.dtype) == (np.float32, np.int64)
        assert (part.images.min(), part.images.max()) == (-1, 1)
        assert part.name == "digits"
        frame = np.pad(np.zeros((20, 20), bool), 4, constant_values=True)
        assert (part.images[:, frame] == -1).all()


def test_the_splits_share_no_digit_and_keep_their_labels():
    train, test = data.load("digits"), data.load("digits", split="test")
    labels = np.concatenate([train.labels, test.labels])
    np.testing.assert_array_equal(labels, load_digits().target)
    pictures = [{image.tobytes() for image in part.images} for part in (train, test)]
    assert pictures[0].isdisjoint(pictures[1])


def test_enlarged_digits_look_like_the_small_ones():
    """Quarters of the side, averaged, agree for each digit: same row, upright, not mirrored."""
    large = data.load("digits").images[:, 4:24, 4:24, 0].reshape(-1, 4, 5, 4, 5).mean(axis=(2, 4))
    small = load_digits().images[:1500].reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4))
    pairs = zip(large.reshape(1500, 16), small.reshape(1500, 16))
    assert min(np.corrcoef(pair)[0, 1] for pair in pairs) > 0.98


def test_letters_are_two_draws_of_one_law():
    """What `letters.draw` makes with two seeds; no image of one is in the other."""
    train, test = data.load("letters"), data.load("letters", "test")
    for seed, part in enumerate((train, test)):
        pixels, labels = letters.draw(5000, seed)
        np.testing.assert_array_equal(part.images, data.scale(pixels))
        np.testing.assert_array_equal(part.labels, labels)
        assert part.name == "letters"
    both = np.concatenate([train.images, test.images]).reshape(10_000, -1)
    assert len(np.unique(both, axis=0)) > 9990
    assert train.images.mean() == pytest.approx(test.images.mean(), abs=0.02)


def test_unknown_names_are_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="no dataset 'MNIST'.*auto, mnist, digits"):
        data.load("MNIST")
    with pytest.raises(ValueError, match="no split 'valid'.*train, test"):
        data.load("digits", split="valid")


# Pixels, waves, and conditions


def test_pixels_and_waves_pass_the_same_door():
    pixels = np.arange(4 * 8 * 8, dtype=np.uint8).reshape(4, 8, 8, 1)
    assert np.array_equal(data.check_images(pixels), data.scale(pixels))
    assert data.checked(pixels).dtype == np.uint8
    waves = np.linspace(-1, 1, 4 * 50).reshape(4, 50, 1)
    assert data.check_images(waves).shape == (4, 50, 1)
    for samples in (np.int16(32767 * waves), 32767 * waves):
        with pytest.raises(ValueError, match="for samples of 16 bits waves / 32768"):
            data.check_images(samples)
    with pytest.raises(ValueError, match=r"for \[0, 1\] use images \* 2 - 1\.$"):
        data.check_images(300 * data.scale(pixels))


def test_batches_of_pixels_are_the_batches_of_their_floats():
    pixels = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 3)).astype(np.uint8)
    sets = [data.batches(images, 6, seed=3, num_steps=4) for images in (pixels, data.scale(pixels))]
    for one, other in zip(*sets, strict=True):
        assert one.dtype == tf.float32 and np.array_equal(one, other)


def test_scale_works_in_a_pipeline():
    pixels = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3)).astype(np.uint8)
    mapped = tf.data.Dataset.from_tensor_slices(pixels).map(data.scale)
    assert np.array_equal(list(mapped.as_numpy_iterator()), data.scale(pixels))
    with pytest.raises(ValueError, match=r"got float32. For floats .* use pixels / 127.5 - 1"):
        tf.data.Dataset.from_tensor_slices(np.float32(pixels)).map(data.scale)


@pytest.mark.parametrize("door", [data.check_images, lambda images: data.batches(images, 2, 0)])
def test_images_from_zero_to_one_are_warned_of(door):
    images = np.random.default_rng(0).uniform(0, 1, (4, 8, 8, 1))
    with pytest.warns(data.SuspiciousInput, match=r"lie in \[0, 1\].*images \* 2 - 1"):
        door(images)
    door(images * 2 - 1)
    door(np.float32(images > 2))  # all zero: grey, and perhaps meant


@pytest.mark.parametrize("d_steps", [1, 2])
def test_conditions_stay_with_their_images(d_steps):
    """An image says its label, and its source is the image upside down."""
    labels = np.arange(20) % 7
    images = np.float32(labels / 10)[:, None, None, None] + np.zeros((20, 4, 4, 1), np.float32)
    images[:, 0, 0, 0] = np.linspace(-1, 1, 20)
    given = (labels, images[:, ::-1])
    elements = list(data.batches(images, 6, 3, 0, 4, d_steps, conditions=given))
    plain = list(data.batches(images, 6, 3, 0, 4 * d_steps))
    assert all(isinstance(element, tuple) and len(element) == d_steps for element in elements)
    pairs = [pair for element in elements for pair in element]
    for (batch, (names, sources)), alone in zip(pairs, plain, strict=True):
        assert np.array_equal(batch, alone)
        assert names.dtype == tf.int64
        np.testing.assert_allclose(batch[:, 1, 1, 0], names.numpy() / 10, rtol=1e-6)
        assert np.array_equal(sources, batch[:, ::-1])


@pytest.mark.parametrize(
    ("conditions", "told"),
    [
        (np.arange(3), "4 images, but 3 conditions"),
        ([0, 1, 2, -1], "labels .integers of at least 0"),
        (np.full((4, 2), np.nan), "finite"),
        (np.full((4, 8, 8, 1), 200.0), r"lie in \[−1, 1\]"),
        (["a", "b", "c", "d"], "labels"),
        ((np.arange(4), np.arange(5)), "4 images, but 5 conditions"),
    ],
)
def test_conditions_that_cannot_be_are_refused(conditions, told):
    with pytest.raises(ValueError, match=told):
        data.batches(GOOD, 2, seed=0, conditions=conditions)


def test_conditions_come_out_as_the_networks_take_them():
    assert data.check_conditions(np.uint8([1, 2]), 2).dtype == np.int64
    assert data.check_conditions([[0.5, 1.0]] * 2, 2).dtype == np.float32
    assert data.check_conditions(np.zeros((2, 8, 8, 1), np.uint8), 2).dtype == np.uint8


# Pictures of one's own; how they are read is tested in test_folders.py


@pytest.fixture
def twenty(monkeypatch):
    """A folder of twenty pictures of one colour each, every fourth of them held out."""
    images = np.arange(20, dtype=np.uint8)[:, None, None, None] * np.ones((1, 16, 16, 3), "uint8")
    held_out, labels = np.arange(20) % 4 == 0, np.arange(20) // 10

    def read(folder, size, channels, *, labels):
        named = (numbers, ("a", "b")) if labels else (None, ())
        return folders.Pictures(images, *named, held_out, folder, "told")

    numbers = labels
    monkeypatch.setattr(folders, "read", read)
    return held_out


@pytest.mark.parametrize(("split", "colours"), [("test", [0, 4, 8, 12, 16]), ("train", None)])
def test_a_folder_has_two_splits(twenty, split, colours):
    colours = colours or [n for n in range(20) if n % 4]
    images, labels, name = data.load_folder("cats", labels=True, split=split)
    assert images.dtype == np.uint8 and images[:, 3, 5, 1].tolist() == colours
    assert labels.tolist() == [colour // 10 for colour in colours]
    assert name == "the folder cats"
    assert data.load_folder("cats", split=split).labels is None


@pytest.mark.parametrize("kind", ["float32", "uint8", "int64"])
def test_whoever_changes_an_array_changes_no_batch(kind):
    """Nor does it matter whether it may be written to, and how it lies in memory."""
    array = np.arange(60).reshape(10, 2, 3).astype(kind)
    fixed = array.copy()
    fixed.flags.writeable = False
    for images in (array, array[::2], array[:, :, ::-1], array.T, fixed):
        before, held = images.copy(), data._held(images)
        if images.flags.writeable:
            images += 1
        assert np.array_equal(held, before) and held.dtype == kind


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="only Linux tells it there")
def test_what_is_held_is_held_once_and_let_go():
    """Of 64 MB of pixels the process grows by one copy, and shrinks again."""

    def resident():
        gc.collect()
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")

    images = np.zeros((2**14, 64, 64, 1), np.uint8)
    images[:] = 1  # else no memory is taken
    list(data.batches(images[:4], 2, seed=0, num_steps=2))  # what TensorFlow needs once
    before = resident()
    batches = data.batches(images, 2, seed=0)
    list(batches.take(3))
    assert resident() - before < 1.5 * images.nbytes
    del batches
    assert resident() - before < 0.5 * images.nbytes


def test_splits_that_are_none_are_named(twenty):
    with pytest.raises(ValueError, match="no split 'valid'. Choose one of: train, test."):
        data.load_folder("cats", split="valid")
    twenty[:] = False
    with pytest.raises(ValueError, match="Of the 20 pictures 0 fell into the split 'test'"):
        data.load_folder("cats", split="test")
    twenty[1:] = True
    with pytest.raises(ValueError, match="Of the 20 pictures 1 fell into the split 'train'"):
        data.load_folder("cats")


def test_pixels_come_as_floats_part_by_part():
    pixels = np.random.default_rng(0).integers(0, 256, (7, 4, 4, 3)).astype(np.uint8)
    parts = list(data.in_parts(pixels, rows=3))
    assert [len(part) for part in parts] == [3, 3, 1]
    assert np.array_equal(np.concatenate(parts), data.scale(pixels))
    floats = data.scale(pixels)
    assert np.array_equal(np.concatenate(list(data.in_parts(floats, rows=3))), floats)
    assert data.as_floats(floats) is floats
