"""Two sets without pairs: maps counted against a count by hand, tables, disturbances, pictures."""

import itertools
import math

import numpy as np
import pytest

from ganedu import data, features, metrics, shipped
from ganedu.playground import unpaired

EQUAL, RISING = [0.25] * 4, [0.1, 0.2, 0.3, 0.4]
RANDOM = np.random.default_rng(0)
IMAGES = np.float32(RANDOM.uniform(-1, 1, (3, 28, 28, 1)))


@pytest.mark.parametrize("k", [2, 3, 4])
def test_of_equal_shares_each_permutation_with_its_way_back_is_perfect(k):
    pairs = unpaired.perfect_maps([1 / k] * k, [1 / k] * k)
    assert len(pairs) == math.factorial(k)
    assert {there for there, _ in pairs} == set(itertools.permutations(range(k)))
    for there, back in pairs:
        assert [back[place] for place in there] == [*range(k)]


def test_other_shares_leave_one_map_or_none():
    """Rising against rising: the identity. Against falling: the reversal. Unlike ones: none."""
    assert unpaired.perfect_maps(RISING, RISING) == [((0, 1, 2, 3), (0, 1, 2, 3))]
    assert unpaired.perfect_maps(RISING, RISING[::-1]) == [((3, 2, 1, 0), (3, 2, 1, 0))]
    assert unpaired.perfect_maps(RISING, EQUAL) == []
    assert len(unpaired.perfect_maps([0.3, 0.3, 0.4], [0.3, 0.3, 0.4])) == 2


@pytest.mark.parametrize(
    ("there", "back", "first", "second", "cycle"),
    [
        ([0, 1], [0, 1], 0, 0, 0),
        ([1, 0], [0, 1], 0, 0, 2),  # exchanged on the way there alone: nobody comes back
        ([0, 0], [0, 0], 0.5, 0.5, 1),  # of either set the second half is lost
        ([0, 0], [0, 1], 0, 0.5, 1),
    ],
)
def test_the_loss_of_two_maps_by_hand(there, back, first, second, cycle):
    assert unpaired.map_loss(there, back, [0.5, 0.5], [0.5, 0.5]) == (first, second, cycle)


@pytest.mark.parametrize("y_shares", [[0.3, 0.3, 0.4], [0.3, 0.4, 0.3], [0.2, 0.3, 0.5]])
def test_perfect_pairs_are_those_whose_loss_is_zero_one_by_one(y_shares):
    shares, maps = ([0.3, 0.3, 0.4], y_shares), [*itertools.product(range(3), repeat=3)]
    expected = [
        pair
        for pair in itertools.product(maps, maps)
        if unpaired.map_loss(*pair, *shares).total < 1e-9
    ]
    assert unpaired.perfect_maps(*shares) == expected


def test_both_directions_are_alike():
    for there, back in itertools.product(itertools.product(range(3), repeat=3), repeat=2):
        one = unpaired.map_loss(there, back, [0.2, 0.3, 0.5], [0.5, 0.4, 0.1])
        other = unpaired.map_loss(back, there, [0.5, 0.4, 0.1], [0.2, 0.3, 0.5])
        assert (one.first, one.second) == pytest.approx((other.second, other.first))
        assert one.total == pytest.approx(other.total)


def test_too_many_classes_are_refused():
    with pytest.raises(ValueError, match="5 classes have 3125 maps"):
        unpaired.perfect_maps([0.2] * 5, [0.2] * 5)


def test_a_table_counts_pairs():
    labels, seen = RANDOM.integers(10, size=(2, 500))
    table = unpaired.class_table(labels, seen)
    for row, column in itertools.product(range(10), repeat=2):
        assert table[row, column] == np.sum((labels == row) & (seen == column))
    assert unpaired.kept_share(table) == pytest.approx(np.mean(labels == seen))


def test_the_best_permutation_is_found_as_by_trying_all():
    table = RANDOM.integers(1000, size=(4, 4))
    tried = {
        order: sum(table[i, order[i]] for i in range(4))
        for order in itertools.permutations(range(4))
    }
    classes, share = unpaired.best_permutation(table)
    assert tuple(classes) == max(tried, key=tried.get)
    assert share == pytest.approx(max(tried.values()) / table.sum())
    renamed = np.diag([5, 6, 7])[:, [1, 2, 0]]
    assert unpaired.best_permutation(renamed)[1] == 1 and unpaired.kept_share(renamed) == 0


def test_digits_of_the_box_are_of_the_classes_that_take_turns():
    drawn = unpaired.drawn_digits(shipped.network("conditional_digits"), 120, seed=3)
    assert [*drawn.labels[:12]] == [*range(10), 0, 1] and drawn.name == "generated"
    data.check_images(drawn.images)
    seen = features.digit_probabilities(drawn.images).argmax(axis=1)
    assert np.mean(seen == drawn.labels) > 0.9
    again, other = (
        unpaired.drawn_digits(shipped.network("conditional_digits"), 2, seed) for seed in (3, 4)
    )
    np.testing.assert_allclose(again.images, drawn.images[:2], atol=1e-5)
    assert np.abs(other.images - again.images).max() > 0.5


# Moved and scaled


@pytest.mark.parametrize(("mean", "deviation"), [(0.0, 0.2), (0.3, 0.2), (0.1, 0.5)])
def test_pens_of_independent_pixels_differ_as_their_formula_says(mean, deviation):
    """25 pixels, each (difference of means)² + (difference of deviations)²."""
    draws = np.random.default_rng(0).normal(size=(2, 2000, 14, 14, 1))
    far = unpaired.pen_distance(0.2 * draws[0], mean + deviation * draws[1])
    assert far == pytest.approx(25 * (mean**2 + (deviation - 0.2) ** 2), rel=0.02, abs=0.005)


def test_a_pen_is_seen_in_every_third_patch():
    """The same by loops."""
    digits = data.load("digits").images[:60]
    sides = digits[:30], digits[30:]
    cut = [
        [image[i : i + 5, j : j + 5].ravel() for image in side for i in range(0, 24, 3)
         for j in range(0, 24, 3)]
        for side in sides
    ]  # fmt: skip
    expected = metrics.frechet_distance(np.stack(cut[0]), np.stack(cut[1]))
    assert unpaired.pen_distance(*sides) == pytest.approx(expected, rel=1e-6)


def test_a_pen_is_known_wherever_it_wrote():
    """The same strokes at other places are near, thicker ones far."""
    digits = data.load("digits").images[:, 6:-6, 6:-6]
    framed = np.pad(digits, ((0, 0), (6, 6), (6, 6), (0, 0)), constant_values=-1)
    moved, thick = np.roll(framed, -3, 1), np.maximum(framed, np.roll(framed, 1, 2))
    assert unpaired.pen_distance(framed, moved) < 1e-6 < 0.1 < unpaired.pen_distance(framed, thick)


def bar(top, left, height, width, grey=1.0):
    image = np.full((1, 28, 28, 1), -1.0, np.float32)
    image[0, top : top + height, left : left + width] = 2 * grey - 1
    return image


@pytest.mark.parametrize(("top", "left"), [(0, 0), (8, 20), (4, 11)])
def test_a_bar_of_the_right_size_comes_to_the_middle(top, left):
    """20×6 needs no scaling; its centre of mass goes to 13.5."""
    expected = bar(4, 11, 20, 6)
    np.testing.assert_allclose(unpaired.normalised(bar(top, left, 20, 6)), expected, atol=1e-5)


def test_a_bar_of_half_the_size_is_doubled():
    """Its longer side becomes 20, its shape stays, and its mass four times as much."""
    small = bar(2, 3, 10, 3)
    large = (unpaired.normalised(small)[0, :, :, 0] + 1) / 2
    rows, columns = np.nonzero(large >= 0.5)
    assert (1 + np.ptp(rows), 1 + np.ptp(columns)) == (20, 6)
    assert large.sum() == pytest.approx(4 * 30, rel=0.03)
    centre = (np.indices((28, 28)) * large).sum(axis=(1, 2)) / large.sum()
    np.testing.assert_allclose(centre, 13.5, atol=0.05)


def test_where_a_digit_stood_and_how_bright_it_is_do_not_matter():
    digit = data.load("digits").images[3:4]
    moved = np.full_like(digit, -1)
    moved[:, :-1, 1:] = digit[:, 1:, :-1]
    inside = digit[:, 1:, :-1]
    assert digit.sum() - inside.sum() == -(28 + 27)  # nothing was lost at the border
    np.testing.assert_allclose(unpaired.normalised(digit), unpaired.normalised(moved), atol=1e-5)
    paler = (digit + 1) / 2 - 1
    half = (unpaired.normalised(digit) + 1) / 2 - 1
    np.testing.assert_allclose(unpaired.normalised(paler), half, atol=1e-5)


def test_an_empty_picture_stays_empty():
    empty = np.full((1, 28, 28, 1), -1.0)
    np.testing.assert_array_equal(unpaired.normalised(empty), empty)


# The hidden message


def test_disturbances_are_slight_and_stay_in_range():
    for kind in unpaired.DISTURBANCES:
        made = unpaired.disturbed(IMAGES, kind)
        assert made.dtype == np.float32 and made.shape == IMAGES.shape
        assert np.abs(made).max() <= 1 + 1e-6
    np.testing.assert_array_equal(unpaired.disturbed(IMAGES, "none"), IMAGES)
    with pytest.raises(ValueError, match="kind must be one of none, quantised"):
        unpaired.disturbed(IMAGES, "sharpened")


def test_sixteen_grey_values_are_left_each_at_most_half_a_step_away():
    made = unpaired.disturbed(IMAGES, "quantised")
    assert len(np.unique(made.round(5))) == 16
    assert np.abs(made - IMAGES).max() <= 1 / 15 + 1e-6
    np.testing.assert_array_equal(unpaired.disturbed(made, "quantised"), made)


def test_a_blur_keeps_flat_and_the_other_images_and_noise_its_seed():
    flat = np.full((1, 28, 28, 1), 0.3, np.float32)
    np.testing.assert_allclose(unpaired.disturbed(flat, "blurred"), flat, atol=1e-6)
    pair = np.concatenate([flat, IMAGES[:1]])
    np.testing.assert_allclose(unpaired.disturbed(pair, "blurred")[0], flat[0], atol=1e-6)
    grey = np.zeros((20, 28, 28, 1))
    assert unpaired.disturbed(grey, "noisy").std() == pytest.approx(unpaired.NOISE, rel=0.03)
    same, other = (unpaired.disturbed(grey, "noisy", seed) for seed in (0, 1))
    np.testing.assert_array_equal(same, unpaired.disturbed(grey, "noisy"))
    assert (same != other).any()


def test_what_is_stored_small_is_nearest_and_stays():
    """Real digits hardly move: what overshot was clipped when they were enlarged."""
    digits = data.load("digits").images[:40]
    assert np.abs(unpaired.stored_small(digits) - digits).mean() < 0.01
    made = unpaired.stored_small(np.tanh(digits + 0.3 * RANDOM.normal(size=digits.shape)))
    assert np.abs(unpaired.stored_small(made) - made).mean() < 0.005
    frame = np.ones((28, 28), bool)
    frame[4:-4, 4:-4] = False
    assert (made[:, frame] == -1).all()
    grey = np.zeros((1, 28, 28, 1))
    assert np.abs(unpaired.stored_small(grey)[0, 10:18, 10:18]).max() < 0.03  # the border's ripple


def test_a_message_in_the_last_digits_is_lost_on_a_disturbed_way():
    """There the image is written at a hundredth of its size into another one; back it is read."""
    cover = np.round(IMAGES[:1] * 7) / 7.5  # of the sixteen grey values or near them
    hidden = np.rint(cover * 7.5) / 7.5 + IMAGES / 1000

    def read(images):
        return 1000 * (images - np.rint(images * 7.5) / 7.5)

    told = unpaired.round_trip_errors(IMAGES, hidden, read)
    assert set(told) == set(unpaired.DISTURBANCES)
    assert told["none"] < 1e-3
    assert min(told[kind] for kind in unpaired.DISTURBANCES[1:]) > 0.4
    few = unpaired.round_trip_errors(IMAGES, hidden, read, kinds=("none", "noisy"))
    assert few == {kind: told[kind] for kind in ("none", "noisy")}


# Pictures


def test_a_table_is_drawn_in_shares_of_its_rows():
    table = np.array([[3, 1], [0, 2]])
    axes = unpaired.table_panel({"one": table, "other": table.T}).axes
    assert [text.get_text() for text in axes[0].texts] == ["75", "25", "100"]
    np.testing.assert_array_equal(axes[0].images[0].get_array(), [[75, 25], [0, 100]])
    assert [one.get_title() for one in axes] == ["one", "other"]
    unpaired.table_panel({"empty": np.zeros((2, 2))})  # a row of nothing is no division by zero


def test_each_run_is_a_mark_in_its_programs_row():
    rows = [
        {"program": name, "kept": k, "read": 0.5}
        for name, k in (("a", 1), ("b", 2), ("a", 5), ("a", 2))
    ]
    first, second = unpaired.programs_chart(rows, {"kept": "kept", "read": "read"}).axes
    assert [*first.lines[0].get_xdata()] == [1, 5, 2] and [*first.lines[0].get_ydata()] == [0] * 3
    assert [*first.lines[1].get_xdata()] == [2]  # the median, not the mean
    assert [label.get_text() for label in first.get_yticklabels()] == ["a", "b"]
    assert (first.get_title(), second.get_title()) == ("kept", "read")
    below = unpaired.programs_chart(rows, {"kept": "kept", "read": "read"}, columns=1)
    assert below.axes[0].get_gridspec().get_geometry() == (2, 1)
