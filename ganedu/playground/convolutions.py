"""The arithmetic of convolutions: how large the output is, and which input feeds which output.

Here live sizes and links along one axis, without a weight, and their pictures; height and width
follow the same rule each on its own. The convolutions themselves are Keras'.
Taught in lesson 04.
"""

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ganedu import plotting, widgets

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
        relationships 5 and 12: the two of "valid".
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


def shape_chain(stages, steps):
    """The shapes that a signal goes through, drawn as blocks from left to right.

    The front of a block is as high and wide as the image; its depth grows with the logarithm of
    the number of channels. A vector is an upright bar, a single number a dot.

    Args:
        stages: list of shapes, (length,) or (height, width, channels).
        steps: list of the words between two stages, one fewer.

    Returns:
        `Figure`.

    Raises:
        ValueError: if the two lists do not fit, or a shape has neither one side nor three.

    Example:
        >>> len(shape_chain([(64,), (7, 7, 64), (28, 28, 1)], ["Dense", "4×4"]).axes)
        1
    """
    if len(steps) != len(stages) - 1 or any(len(shape) not in (1, 3) for shape in stages):
        raise ValueError(
            "shape_chain takes shapes of one or three sides and one step between each two; got "
            f"{stages} and {len(steps)} steps."
        )
    figure = Figure(figsize=(1.55 * len(stages), 2.5), layout="constrained")
    axes = figure.add_subplot(aspect="equal")
    left = 0.0
    for number, shape in enumerate(stages):
        right = _draw_block(axes, left, shape)
        if number < len(steps):
            axes.annotate("", (right + 15, 0), (right + 2, 0), arrowprops={"arrowstyle": "->"})
            axes.text(right + 8.5, 3, steps[number], ha="center", va="bottom", fontsize=9)
        left = right + 17
    axes.set(xlim=(-4, left - 12), ylim=(-20, 16))
    axes.set_axis_off()
    return figure


def convolution_links(size, kernel, stride=1, padding="valid", transposed=False):
    """Which pixels feed which, along one axis; the links of one output drawn thick.

    The number in a lower box is the pixel's place; in an upper box, how many products meet there.

    Args:
        size: length of the axis before, at least 1.
        kernel: length of the kernel, at least 1.
        stride: at least 1.
        padding: "valid" or "same".
        transposed: whether the convolution is a transposed one.

    Returns:
        `Figure`.

    Raises:
        ValueError: as `output_size`.

    Example:
        >>> len(convolution_links(5, 3, stride=2, padding="same").axes)
        1
    """
    places = links(size, kernel, stride, padding, transposed)
    outputs = len(places)
    longest = max(size, outputs)
    figure = Figure(figsize=(min(10, 1.5 + 0.5 * longest), 2.8), layout="constrained")
    axes = figure.add_subplot()
    below = np.arange(size) + (longest - size) / 2
    above = np.arange(outputs) + (longest - outputs) / 2
    counts = (places >= 0).sum(axis=1)
    chosen = outputs // 2
    for thick in (False, True):
        pairs = [(o, i) for o, i in np.argwhere(places >= 0) if (o == chosen) == thick]
        ends = [((below[i], 0.25), (above[o], 1.75)) for o, i in pairs]
        colour, width = (plotting.COLOURS[1], 2) if thick else (plotting.REFERENCE["color"], 1)
        axes.add_collection(LineCollection(ends, colors=colour, linewidths=width))
    _draw_boxes(axes, below, 0, np.arange(size), places[chosen] >= 0)
    _draw_boxes(axes, above, 2, counts, np.arange(outputs) == chosen)
    axes.set(xlim=(-0.7, longest - 0.3), ylim=(-0.4, 2.4), xticks=[])
    axes.set_yticks([0, 2], ["in", "out"])
    axes.spines[:].set_visible(False)
    return figure


def matrices(arrays, titles):
    """Matrices side by side, each entry in its box; the larger, the darker, and zeros white.

    Args:
        arrays: list of arrays [rows, columns] of numbers of at least 0.
        titles: list of lines above them.

    Returns:
        `Figure`.

    Raises:
        ValueError: if there is not one title for each matrix.

    Example:
        >>> len(matrices([np.eye(2), np.ones((2, 3))], ["one", "two"]).axes)
        2
    """
    if len(arrays) != len(titles):
        raise ValueError(
            f"matrices needs one title for each; got {len(arrays)} matrices, {len(titles)} titles."
        )
    widths = [array.shape[1] for array in arrays]
    high = max(len(array) for array in arrays)
    figure = Figure(
        figsize=(1 + 0.3 * (sum(widths) + len(arrays)), 0.8 + 0.3 * high), layout="constrained"
    )
    panels = np.atleast_1d(figure.subplots(1, len(arrays), width_ratios=widths))
    for axes, array, title in zip(panels, arrays, titles, strict=True):
        axes.pcolormesh(array[::-1], cmap="Greys", vmax=2.2 * array.max(), edgecolors="#aaaaaa")
        for (row, column), value in np.ndenumerate(array[::-1]):
            if value:
                axes.text(column + 0.5, row + 0.5, f"{value:g}", ha="center", va="center")
        axes.set(title=title, aspect="equal", xticks=[], yticks=[])
    return figure


def convolution_explorer():
    """Controls for one axis of a convolution: size, kernel, stride, padding, which way.

    Returns:
        An `ipywidgets` box, to be displayed.

    Example:
        >>> convolution_explorer()  # doctest: +SKIP
    """

    def draw(**sizes):
        figure = convolution_links(**sizes)
        plotting.show(figure, convolution_sentence(**sizes))

    kinds = [("convolution", False), ("transposed", True)]
    sliders = {
        "size": widgets.slider("size", 7, 5, 9),
        "kernel": widgets.slider("kernel", 3, 1, 5),
        "stride": widgets.slider("stride", 1, 1, 3),
        "padding": widgets.buttons("padding", PADDINGS),
        "transposed": widgets.buttons("kind", kinds),
    }
    return widgets.above_the_picture(sliders, draw)


def convolution_sentence(size, kernel, stride, padding, transposed):
    """The numbers that belong to `convolution_links`, as a sentence.

    Args:
        size: length of the axis before, at least 1.
        kernel: length of the kernel, at least 1.
        stride: at least 1.
        padding: "valid" or "same".
        transposed: whether the convolution is a transposed one.

    Returns:
        Text.

    Raises:
        ValueError: as `output_size`.

    Example:
        >>> convolution_sentence(7, 3, 2, "valid", transposed=True)
        'Transposed convolution, kernel 3, stride 2, padding valid: 7 → 15; 1 to 2 products ...'
    """
    counts = (links(size, kernel, stride, padding, transposed) >= 0).sum(axis=1)
    kind = "Transposed convolution" if transposed else "Convolution"
    least, most = counts.min(), counts.max()
    products = f"{least} to {most}" if least < most else f"{least}"
    return (
        f"{kind}, kernel {kernel}, stride {stride}, padding {padding}: {size} → {len(counts)}; "
        f"{products} products in an output."
    )


def _check(size, kernel, stride, padding):
    for name, value in (("size", size), ("kernel", kernel), ("stride", stride)):
        integer = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        if not integer or value < 1:
            raise ValueError(f"{name} must be an integer of at least 1, such as 4; got {value!r}.")
    if padding not in PADDINGS:
        raise ValueError(f'padding must be "valid" or "same"; got {padding!r}.')


def _draw_block(axes, left, shape):
    """A block, bar or dot that begins at `left`, with its shape below; returns where it ends."""
    name = "×".join(map(str, shape))
    if len(shape) == 1:
        height = 1.5 if shape[0] == 1 else 4 + 3 * np.log2(shape[0]) / 2
        width, depth = (3 if shape[0] == 1 else 2), 0
    else:
        height, width, depth = shape[0], shape[1], np.log2(shape[2])
    for back in np.linspace(depth, 0, int(np.ceil(depth)) + 1):
        corner = (left + 0.8 * back, 0.8 * back - height / 2)
        face = {"facecolor": "#dbe7f3", "edgecolor": plotting.COLOURS[0], "linewidth": 1}
        axes.add_patch(Rectangle(corner, width, height, **face))
    middle = left + (width + 0.8 * depth) / 2
    axes.text(middle, -height / 2 - 2, name, ha="center", va="top", fontsize=9)
    return left + width + 0.8 * depth


def _draw_boxes(axes, centres, height, numbers, filled):
    """A row of boxes, each with its number."""
    for centre, number, full in zip(centres, numbers, filled, strict=True):
        colour = "#f6d9c4" if full else "white"
        box = {"facecolor": colour, "edgecolor": "black", "zorder": 3}
        axes.add_patch(Rectangle((centre - 0.4, height - 0.25), 0.8, 0.5, **box))
        axes.text(centre, height, number, ha="center", va="center", fontsize=9, zorder=4)
