"""Augmentations: where each pixel goes, in which range, and how the gradient finds its way back."""

import numpy as np
import pytest
import tensorflow as tf

from ganedu import augmentations
from ganedu.seeding import stream_seed

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
    with pytest.raises(ValueError, match="share must be from 0 to 1"):
        augmentations.shift(tf.constant(IMAGES), seed(0), share)
