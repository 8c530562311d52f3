"""Holes in digits."""

import numpy as np

from ganedu.playground import masks


def test_a_rectangle_is_where_it_was_put_and_ends_at_the_border():
    mask = masks.rectangle(20, 3, 100, 2)
    rows, columns = np.nonzero(mask)
    assert {*rows.tolist()} == {*range(20, 28)} and {*columns.tolist()} == {3, 4}


def test_scattered_pixels_are_as_many_as_asked_for():
    assert masks.scattered(0.5).sum() == 392 and not masks.scattered(0.0).any()
    assert np.array_equal(masks.scattered(0.3, seed=1), masks.scattered(0.3, seed=1))
    assert not np.array_equal(masks.scattered(0.3, seed=1), masks.scattered(0.3, seed=2))


def test_every_mask_hides_something_and_leaves_something():
    for mask in masks.MASKS.values():
        assert mask.shape == (28, 28) and mask.dtype == bool and 0.2 < mask.mean() < 0.8
    assert {*masks.IN_TRAINING} < {*masks.MASKS}
