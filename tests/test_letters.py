"""Letters that a seed draws: their law, and that they lie as it says."""

import numpy as np
import pytest

from ganedu import letters

PLAIN = dict.fromkeys(letters.BOUNDS, 0.0) | {"longer_side": 20.0, "stretch": 1.0}


def drawn(letter, face="DejaVuSans", **lies):
    """A letter that lies as it is told, as shares of each pixel that are covered."""
    outline = letters._outline(letters.LETTERS.index(letter), letters.FACES.index(face))
    return letters._drawn(outline, PLAIN | lies) / 255


def middle(image):
    """(from the left, from above) of the ink, in pixels."""
    return tuple(
        np.average(np.arange(n) + 0.5, weights=image.sum(axis=axis))
        for axis, n in enumerate(image.shape[::-1])
    )


def test_the_seed_decides():
    first, again, other = (letters.draw(50, seed) for seed in (0, 0, 1))
    for one, same, different in zip(first, again, other, strict=True):
        assert np.array_equal(one, same)
        assert not np.array_equal(one, different)


def test_they_are_pixels_light_on_dark():
    pixels, labels = letters.draw(300, seed=0)
    assert pixels.shape == (300, 28, 28, 1) and pixels.dtype == np.uint8
    assert labels.shape == (300,) and labels.dtype == np.int64
    assert pixels.min() == 0 and (pixels.max(axis=(1, 2, 3)) > 200).all()
    assert 0.1 < (pixels > 127).mean() < 0.3
    edges = np.concatenate([pixels[:, [0, -1]].ravel(), pixels[:, :, [0, -1]].ravel()])
    assert (edges > 0).mean() < 0.005  # hardly any letter reaches the frame


def test_every_letter_and_face_comes_as_often():
    """Counts of n draws from c cells: mean n/c, standard deviation about its root."""
    labels = letters.draw(1300, seed=3)[1]
    counts = np.bincount(labels, minlength=26)
    assert len(counts) == 26 and np.abs(counts - 50).max() < 5 * np.sqrt(50)


@pytest.mark.parametrize("face", letters.FACES)
def test_every_face_has_every_letter(face):
    """26 outlines that differ: a letter that is missing would be a box."""
    place = letters.FACES.index(face)
    outlines = [letters._outline(label, place).vertices.tobytes() for label in range(26)]
    assert len(set(outlines)) == 26


def test_the_longer_side_is_as_long_as_it_says():
    """An H of DejaVu Sans is higher than wide: 20 rows of ink, 4 of background on both ends."""
    rows = drawn("H").max(axis=1)
    assert (rows[4:24] > 0.99).all() and not rows[:4].any() and not rows[24:].any()
    thick = drawn("H", pen=2.0).max(axis=1)  # half of the pen lies outside
    assert (thick[3:25] > 0.99).all() and not thick[:3].any() and not thick[25:].any()


def test_it_moves_right_and_up():
    right, up = (drawn("O", **{way: 2.0}) for way in ("right", "up"))
    np.testing.assert_allclose(right[:, 2:], drawn("O")[:, :-2], atol=0.01)
    np.testing.assert_allclose(up[:-2], drawn("O")[2:], atol=0.01)


def test_it_turns_against_the_clock_and_leans_to_the_right():
    """A bar: its upper half goes to the left if turned, to the right if slanted."""
    for lies, tangent in (({"turn": 10.0}, -np.tan(np.radians(10))), ({"slant": 0.2}, 0.2)):
        bar = drawn("I", **lies)
        upper, lower = middle(bar[:14]), middle(bar[14:])
        across = upper[0] - lower[0]
        apart = (lower[1] + 14) - upper[1]
        assert across / apart == pytest.approx(tangent, abs=0.02)


def test_it_is_stretched():
    wide, plain = (drawn("O", stretch=s).max(axis=0).sum() for s in (1.15, 1.0))
    assert wide / plain == pytest.approx(1.15, abs=0.03)
