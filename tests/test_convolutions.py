"""Sizes and links of convolutions: by hand, and against what Keras does."""

import itertools

import keras
import numpy as np
import pytest

from ganedu import convolutions

CASES = [
    case
    for case in itertools.product((5, 7, 8), (1, 2, 3, 4, 5), (1, 2, 3), ("valid", "same"))
    if case[1] >= case[2] or case[3] == "valid"
]
EACH = pytest.mark.parametrize("transposed", [False, True])


def by_keras(signal, kernel, stride, padding, transposed):
    """One axis through Keras; signal [size], kernel [k]."""
    convolve = keras.ops.conv_transpose if transposed else keras.ops.conv
    signal, kernel = np.float32(signal)[np.newaxis, :, np.newaxis], np.float32(kernel)
    outputs = convolve(signal, kernel[:, np.newaxis, np.newaxis], stride, padding)
    return np.asarray(outputs)[0, :, 0]


@pytest.mark.parametrize(
    "arguments, expected",
    [
        ((4, 3, 1, "valid"), 2),
        ((28, 4, 2, "same"), 14),
        ((7, 3, 2, "same"), 4),
        ((7, 4, 2, "valid"), 2),
        ((7, 4, 2, "same", True), 14),
        ((7, 4, 2, "valid", True), 16),
        ((2, 3, 1, "valid", True), 4),
        ((3, 2, 3, "valid", True), 9),
        ((1, 1, 1, "valid"), 1),
    ],
)
def test_sizes_by_hand(arguments, expected):
    assert convolutions.output_size(*arguments) == expected


@EACH
def test_sizes_and_links_are_those_of_keras(transposed):
    """Signal and kernel of random numbers: one wrong link would show."""
    rng = np.random.default_rng(0)
    for size, kernel, stride, padding in CASES:
        signal, weights = rng.normal(size=size), rng.normal(size=kernel)
        places = convolutions.links(size, kernel, stride, padding, transposed)
        matrix = np.where(places >= 0, weights[places], 0)
        right = by_keras(signal, weights, stride, padding, transposed)
        sizes = (size, kernel, stride, padding, transposed)
        assert convolutions.output_size(*sizes) == len(right), sizes
        np.testing.assert_allclose(matrix @ signal, right, rtol=1e-4, atol=1e-5, err_msg=f"{sizes}")


def test_links_of_a_stride_by_hand():
    """Size 5, kernel 3, stride 2, "same": three outputs, one pixel of padding at either end."""
    expected = [[1, 2, -1, -1, -1], [-1, 0, 1, 2, -1], [-1, -1, -1, 0, 1]]
    assert convolutions.links(5, 3, 2, "same").tolist() == expected


def test_a_kernel_that_the_stride_does_not_divide_overlaps_unevenly():
    """Kernel 3, stride 2: inside, outputs get 1 and 2 products in turn; kernel 4: 2 each."""
    for kernel, inside in ((3, [1, 2, 1, 2]), (4, [2, 2, 2, 2])):
        counts = (convolutions.links(6, kernel, 2, "valid", transposed=True) >= 0).sum(axis=1)
        assert counts[3:7].tolist() == inside


@pytest.mark.parametrize(
    "arguments, words",
    [
        ((0, 3), "size must be an integer of at least 1"),
        ((4, 2.0), "kernel must be an integer of at least 1, such as 4; got 2.0"),
        ((4, 3, True), "stride must be"),
        ((4, 3, 1, "SAME"), 'must be "valid" or "same"; got \'SAME\''),
        ((4, 5), "does not fit into 4 pixels"),
    ],
)
def test_what_cannot_be_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        convolutions.output_size(*arguments)
    with pytest.raises(ValueError, match=words):
        convolutions.links(*arguments)
