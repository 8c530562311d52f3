"""Holes in digits: the masks of lesson 15, its pictures, and the hole that sliders move."""

import numpy as np

SIDE = 28  # pixels of a digit


def rectangle(top, left, height, width):
    """A mask with a rectangular hole.

    Args:
        top: first row of the hole, 0 to 27.
        left: its first column, 0 to 27.
        height: rows of the hole, at least 1; what lies below the image is cut off.
        width: its columns, at least 1; what lies beside the image is cut off.

    Returns:
        bool array [28, 28], True where a pixel is missing.

    Example:
        >>> int(rectangle(20, 10, height=10, width=5).sum())
        40
    """
    mask = np.zeros((SIDE, SIDE), bool)
    mask[top : top + height, left : left + width] = True
    return mask


def scattered(share, seed=0):
    """A mask of single pixels.

    Args:
        share: of the pixels that are missing, in [0, 1].
        seed: integer of at least 0.

    Returns:
        bool array [28, 28], True where a pixel is missing.

    Example:
        >>> int(scattered(0.75).sum())
        588
    """
    order = np.random.default_rng(seed).permutation(SIDE * SIDE).reshape(SIDE, SIDE)
    return order < round(share * SIDE * SIDE)


MASKS = {
    "lower half": rectangle(14, 0, 14, 28),
    "centre": rectangle(7, 7, 14, 14),
    "scattered": scattered(0.75),
    "right half": rectangle(0, 14, 28, 14),
}
IN_TRAINING = ("lower half", "centre", "scattered")  # the last one comes as a surprise
