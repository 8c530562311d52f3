"""The arithmetic of convolutions: how large the output is, and which input feeds which output.

Here live sizes and links along one axis, without a weight; height and width follow the same rule
each on its own. The convolutions themselves are Keras'.
Taught in lesson 04.
"""

import numpy as np

PADDINGS = ("valid", "same")


def output_size(size, kernel, stride=1, padding="valid", transposed=False):
    """Length of one axis behind a (transposed) convolution.

    With n, k, s for size, kernel and stride: (n − k)//s + 1 for "valid" and ⌈n/s⌉ for "same";
    transposed (n − 1)·s + max(k, s) and n·s.

    Args:
        size: length of the axis before, at least 1.
        kernel: length of the kernel, at least 1.
        stride: at least 1.
        padding: "valid" or "same".
        transposed: whether the convolution is a transposed one.

    Returns:
        Integer of at least 1.

    Raises:
        ValueError: if a number is not an integer of at least 1, the padding is unknown, or a
            "valid" kernel does not fit.

    Example:
        >>> output_size(28, 4, 2, "same"), output_size(7, 4, 2, "same", transposed=True)
        (14, 14)

    Reference:
        Dumoulin and Visin (2016), "A guide to convolution arithmetic for deep learning",
        relationships 5 and 13.
    """
    _check(size, kernel, stride, padding)
    if transposed:
        return size * stride if padding == "same" else (size - 1) * stride + max(kernel, stride)
    if padding == "same":
        return -(-size // stride)
    if kernel > size:
        raise ValueError(
            f"A kernel of {kernel} does not fit into {size} pixels without padding: take a smaller "
            'one, or padding="same".'
        )
    return (size - kernel) // stride + 1


def links(size, kernel, stride=1, padding="valid", transposed=False):
    """Which entry of the kernel leads from which input to which output, along one axis.

    Args:
        size: length of the axis before, at least 1.
        kernel: length of the kernel, at least 1.
        stride: at least 1.
        padding: "valid" or "same".
        transposed: whether the convolution is a transposed one.

    Returns:
        Integer array [output size, size]: the place in the kernel, or −1 where there is no link.

    Raises:
        ValueError: as `output_size`.

    Example:
        >>> links(4, 3).tolist()
        [[0, 1, 2, -1], [-1, 0, 1, 2]]
    """
    outputs = output_size(size, kernel, stride, padding, transposed)
    if transposed:  # the convolution that goes the other way, read backwards
        return links(outputs, kernel, stride, padding).T
    needed = (outputs - 1) * stride + kernel
    before = max(needed - size, 0) // 2 if padding == "same" else 0  # the odd one goes to the end
    places = np.arange(size) - stride * np.arange(outputs)[:, np.newaxis] + before
    return np.where((places >= 0) & (places < kernel), places, -1)


def _check(size, kernel, stride, padding):
    for name, value in (("size", size), ("kernel", kernel), ("stride", stride)):
        integer = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        if not integer or value < 1:
            raise ValueError(f"{name} must be an integer of at least 1, such as 4; got {value!r}.")
    if padding not in PADDINGS:
        raise ValueError(f'padding must be "valid" or "same"; got {padding!r}.')
