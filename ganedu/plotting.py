"""Arrays in, `Figure` out.

Here live the pictures of the course and `show`, the one way by which a lesson displays them.
Nothing here knows TensorFlow, a model or a file of weights. Colours are chosen to stay apart in
grey; words and line styles carry the meaning as well.
"""

import base64
import io
import sys
from typing import NamedTuple

import numpy as np
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ganedu import convolutions, densities

DPI = 100
MADE_BY = "ganedu"  # stands in the .png files that the commands write
COLOURS = ("#0b5394", "#c65102")  # dark enough on white, and apart in grey
REFERENCE = {"color": "#555555", "linewidth": 1, "linestyle": ":"}


def show(figure, alt, colours=None):
    """Display a figure as a PNG, with its finding as caption and as alternative text.

    Args:
        figure: a `matplotlib.figure.Figure`; it is closed afterwards.
        alt: one sentence that states the finding, not "a plot".
        colours: at most so many colours, 2 to 256, which makes the stored picture smaller; None
            for all.

    Raises:
        ValueError: if `alt` is not a sentence.

    Example:
        >>> show(image_grid(np.zeros((4, 28, 28, 1))), "Four black squares.")
        {'image/png': '...', 'text/plain': 'Four black squares.'}
        <IPython.core.display.Markdown object>
    """
    from IPython.display import display

    (bundle, metadata), caption = _as_output(figure, alt, colours)
    display(bundle, metadata=metadata, raw=True)
    display(caption)


def show_live(figure, alt):
    """Display a figure as `show` does, in a place whose content can be replaced.

    Args:
        figure: a `matplotlib.figure.Figure`; it is closed afterwards.
        alt: one sentence that states the finding.

    Returns:
        Function of (figure, alt) that puts another figure and sentence into the same place.

    Raises:
        ValueError: if `alt` is not a sentence.

    Example:
        >>> replace = show_live(image_grid(np.zeros((4, 28, 28, 1))), "Black.")  # doctest: +SKIP
        >>> replace(image_grid(np.ones((4, 28, 28, 1))), "White.")  # doctest: +SKIP
    """
    from IPython.display import display

    (bundle, metadata), caption = _as_output(figure, alt)
    picture = display(bundle, metadata=metadata, raw=True, display_id=True)
    words = display(caption, display_id=True)

    def replace(figure, alt):
        (bundle, metadata), caption = _as_output(figure, alt)
        picture.update(bundle, metadata=metadata, raw=True)
        words.update(caption)

    return replace


def png(figure, colours=None):
    """A figure as the bytes of a PNG file; the same bytes for the same figure.

    Args:
        figure: a `matplotlib.figure.Figure`.
        colours: at most so many colours, 2 to 256; None for all.

    Returns:
        bytes.

    Example:
        >>> png(image_grid(np.zeros((4, 28, 28, 1))))[1:4]
        b'PNG'
    """
    buffer = io.BytesIO()
    # a figure with a layout engine fits already; to measure one for a tight fit draws it twice
    fit = "tight" if figure.get_layout_engine() is None else None
    figure.savefig(buffer, format="png", dpi=DPI, bbox_inches=fit, metadata={"Software": MADE_BY})
    return buffer.getvalue() if colours is None else _with_few_colours(buffer, colours)


def tile(images, columns=None, gap=2):
    """Images side by side in one picture, row by row.

    Args:
        images: float array [n, height, width, 1 or 3] in [−1, 1]; values outside are clipped.
        columns: images in a row; as square as can be by default.
        gap: white pixels between two images.

    Returns:
        uint8 array [rows·(height + gap) − gap, columns·(width + gap) − gap, channels]; places
        that are left over are white.

    Raises:
        ValueError: if the shape is not that of at least one image.

    Example:
        >>> tile(np.zeros((6, 28, 28, 1)), columns=3).shape
        (58, 88, 1)
    """
    images = np.asarray(images)
    if images.ndim != 4 or not len(images) or images.shape[-1] not in (1, 3):
        raise ValueError(
            f"images must have the shape [n, height, width, 1 or 3]; got {images.shape}."
        )
    number, height, width, channels = images.shape
    columns = columns or int(np.ceil(np.sqrt(number)))
    rows = -(-number // columns)
    pixels = np.uint8(np.clip(np.rint((images + 1) * 127.5), 0, 255))
    cells = np.full((rows * columns, height + gap, width + gap, channels), 255, np.uint8)
    cells[:number, :height, :width] = pixels
    cells = cells.reshape(rows, columns, height + gap, width + gap, channels)
    picture = cells.transpose(0, 2, 1, 3, 4).reshape(rows * (height + gap), -1, channels)
    return picture[: picture.shape[0] - gap, : picture.shape[1] - gap]


def image_grid(images, columns=None, title=None, inches=4.0):
    """Images side by side as a figure.

    Args:
        images: float array [n, height, width, 1 or 3] in [−1, 1].
        columns: images in a row; as square as can be by default.
        title: line above the picture.
        inches: width of the picture.

    Returns:
        `Figure`.

    Raises:
        ValueError: if the shape is not that of images.

    Example:
        >>> len(image_grid(np.zeros((6, 28, 28, 1)), columns=3, title="Six").axes)
        1
    """
    picture = tile(images, columns)
    figure = Figure(figsize=(inches, inches * picture.shape[0] / picture.shape[1]))
    _draw_picture(figure.add_axes((0, 0, 1, 1)), picture, title)
    return figure


def training_panel(rows, images, references=None, title=None):
    """Where a training run stands: losses over logits, and samples beside them.

    It is nearly square, so that it can be read in a narrow window, too.

    Args:
        rows: the log, a list of dictionaries with the keys step, discriminator_loss,
            generator_loss, real_logit and fake_logit.
        images: float array [n, height, width, 1 or 3] in [−1, 1].
        references: (discriminator_loss, generator_loss) at logits of zero, drawn dotted.
        title: line above the samples.

    Returns:
        `Figure`.

    Example:
        >>> losses = {"discriminator_loss": 1.4, "generator_loss": 0.7}
        >>> row = {"step": 1, **losses, "real_logit": 0.0, "fake_logit": 0.0}
        >>> len(training_panel([row], np.zeros((4, 28, 28, 1))).axes)
        3
    """
    figure = Figure(figsize=(7.5, 4.2), layout="constrained")
    grid = figure.add_gridspec(2, 2, width_ratios=(1, 1.05))
    losses, logits = (figure.add_subplot(grid[row, 0]) for row in range(2))
    picture = figure.add_subplot(grid[:, 1])
    _draw_lines(losses, rows, ("discriminator_loss", "generator_loss"), "loss")
    for value, colour in zip(references or (), COLOURS, strict=False):
        losses.axhline(value, **{**REFERENCE, "color": colour})
    _draw_lines(logits, rows, ("real_logit", "fake_logit"), "mean logit")
    logits.axhline(0, **REFERENCE)
    _draw_picture(picture, tile(images), title)
    return figure


def latent_walk(images, columns, title=None):
    """One row per walk through latent space, each from its start on the left to its end.

    Args:
        images: float array [walks·columns, height, width, 1 or 3] in [−1, 1].
        columns: steps of a walk.
        title: line above the picture.

    Returns:
        `Figure`.

    Example:
        >>> len(latent_walk(np.zeros((10, 28, 28, 1)), columns=5).axes)
        1
    """
    return image_grid(images, columns, title, inches=0.75 * columns)


class Moment(NamedTuple):
    """One moment of a game in the plane.

    Attributes:
        title: line above the picture.
        samples: array [n, 2], the generator's points.
        surface: array [m, m] in [0, 1], the discriminator's probability of "real" on a square
            grid, first row at the bottom; or None.
        arrows: (starts, directions), two arrays [k, 2]; or None.
    """

    title: str
    samples: np.ndarray
    surface: np.ndarray | None = None
    arrows: tuple | None = None


def game_in_the_plane(moments, points, extent, columns=3):
    """Real points, samples, the discriminator's opinion and where samples are pulled.

    Light background: "real" by the discriminator; dashed line: it cannot tell. Circles: real
    points. Dots: samples. Arrows: directions in which the generator's loss falls.

    Args:
        moments: list of `Moment`, one panel each.
        points: array [n, 2], real points.
        extent: half the side of the square that is shown, around 0.
        columns: panels in a row.

    Returns:
        `Figure`.

    Example:
        >>> moment = Moment("start", np.zeros((5, 2)), surface=np.full((9, 9), 0.5))
        >>> len(game_in_the_plane([moment], np.ones((3, 2)), extent=2.0).axes)
        1
    """
    columns = min(columns, len(moments))
    rows = -(-len(moments) // columns)
    figure = Figure(figsize=(3.2 * columns, 3.35 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, moment in zip(panels, moments, strict=False):
        _draw_moment(axes, moment, points, extent)
    for axes in panels[len(moments) :]:
        axes.set_axis_off()
    handles = panels[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower center", ncols=2, fontsize=9, frameon=False)
    return figure


def save_picture(path, images, columns=None, enlarge=2):
    """Write images side by side into a picture file.

    Args:
        path: file name; its ending chooses the format, usually .png.
        images: float array [n, height, width, 1 or 3] in [−1, 1].
        columns: images in a row; as square as can be by default.
        enlarge: screen pixels for each image pixel along a side.

    Raises:
        ValueError: if the shape is not that of images, or the ending is unknown.
        OSError: if the file cannot be written.

    Example:
        >>> import tempfile, pathlib
        >>> save_picture(pathlib.Path(tempfile.mkdtemp()) / "four.png", np.zeros((4, 28, 28, 1)))
    """
    picture = Image.fromarray(np.squeeze(tile(images, columns)))
    size = (picture.width * enlarge, picture.height * enlarge)
    words = PngInfo()
    words.add_text("Software", MADE_BY)
    picture.resize(size, Image.Resampling.NEAREST).save(path, pnginfo=words)  # .png only


def save_animation(path, pictures, seconds=6.0):
    """Write picture files, one after another, as an animated GIF that rests on the last.

    Args:
        path: file name, ending in .gif.
        pictures: file names of the pictures, all of one size.
        seconds: duration of the whole, not counting the rest at the end.

    Raises:
        ValueError: if there is no picture.
        OSError: if a file cannot be read or written.

    Example:
        >>> save_animation("training.gif", ["00000.png", "00200.png"])  # doctest: +SKIP
    """
    if not pictures:
        raise ValueError("There are no pictures to animate.")
    frames = [Image.open(picture).convert("L").quantize(16) for picture in pictures]
    milliseconds = [max(20, int(1000 * seconds / len(frames)))] * len(frames)
    milliseconds[-1] = 2000
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=milliseconds, loop=0)


def show_animation(path, alt):
    """Display an animated GIF, with its finding as caption and as alternative text.

    Args:
        path: file name, ending in .gif.
        alt: one sentence that states the finding.

    Raises:
        ValueError: if `alt` is not a sentence.
        OSError: if the file cannot be read.

    Example:
        >>> show_animation("animation.gif", "Digits grow out of noise.")  # doctest: +SKIP
    """
    from IPython.display import display

    _check_sentence(alt)
    with open(path, "rb") as file:
        bundle = {"image/gif": base64.b64encode(file.read()).decode(), "text/plain": alt}
    display(bundle, metadata={"image/gif": {"alt": alt}}, raw=True)
    display(_caption(alt))


def density_game(real_mean, real_std, fake_mean, fake_std):
    """Two Gaussians, the best discriminator between them, and what it is worth.

    On the left the densities p and q and D* = p/(p + q); on the right the Jensen–Shannon
    divergence of two Gaussians of these widths over the distance of their means, with a dot at
    these two and the value V(D*) = 2·JSD − 2 log 2 in words.

    Args:
        real_mean: mean of the real points.
        real_std: their width, larger than 0; at most twenty times the other or its twentieth.
        fake_mean: mean of the generated points.
        fake_std: their width.

    Returns:
        `Figure`.

    Raises:
        ValueError: if a width is not larger than 0.

    Example:
        >>> len(density_game(-1.0, 0.7, 1.0, 1.4).axes)
        3

    Reference:
        Goodfellow et al. (2014), "Generative Adversarial Nets", proposition 1 and theorem 1.
    """
    distance = abs(fake_mean - real_mean)
    end = max(10.0, distance)
    wide = max(real_std, fake_std)
    x, dx = np.linspace(-6 * wide, end + 6 * wide, 1001, retstep=True)
    p = densities.gaussian(x, 0, real_std)
    distances = np.append(np.linspace(0, end, 49), distance)
    apart = [densities.js_divergence(p, densities.gaussian(x, s, fake_std), dx) for s in distances]
    figure = Figure(figsize=(8.4, 3.7), layout="constrained")
    figure.set_layout_engine("none")  # places by hand: a layout engine draws twice, sliders wait
    boxes = ((0.07, 0.55, 0.44, 0.36), (0.07, 0.15, 0.44, 0.36), (0.61, 0.15, 0.37, 0.76))
    upper, lower, right = map(figure.add_axes, boxes)
    _draw_densities(upper, lower, (real_mean, real_std), (fake_mean, fake_std))
    _draw_divergence(right, distances[:-1], apart[:-1], (distance, apart[-1]))
    return figure


def phase_portrait(fields, paths, titles, names=("generator", "discriminator"), limit=2.0):
    """Where a game of two players pushes, and where it went, in one panel each.

    Args:
        fields: list of functions from points [2, ...] to velocities of that shape; of each only
            the direction is drawn.
        paths: list of arrays [steps + 1, 2], one per field; the first row is the start.
        titles: list of lines above the panels.
        names: of the two axes.
        limit: the panels show −limit to limit.

    Returns:
        `Figure`.

    Raises:
        ValueError: if the lists differ in length.

    Example:
        >>> turn = lambda point: np.array([-point[1], point[0]])
        >>> len(phase_portrait([turn], [np.array([[1.0, 0.0], [1.0, 0.1]])], ["one step"]).axes)
        1
    """
    if not len(fields) == len(paths) == len(titles):
        raise ValueError(
            "Each panel needs a field, a path and a title; "
            f"got {len(fields)}, {len(paths)} and {len(titles)}."
        )
    width = max(3.6, 2.5 * len(paths))  # a single one is larger
    figure = Figure(figsize=(width, width / len(paths) + 0.45), layout="constrained")
    panels = figure.subplots(1, len(paths), sharey=True, squeeze=False)[0]
    for axes, field, path, title in zip(panels, fields, paths, titles, strict=True):
        _draw_arrows(axes, field, limit)
        _draw_path(axes, path)
        axes.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal", xlabel=names[0])
        axes.set_title(title, fontsize=10)
    panels[0].set_ylabel(names[1])
    return figure


def evaluation_panel(pairs, shares, reference_shares):
    """What the numbers of an evaluation mean: samples, their nearest real images, classes.

    Args:
        pairs: dictionary from a title to an array [k, 2, height, width, 1] in [−1, 1]: samples
            and, beside each, its nearest real image.
        shares: array [num_classes], share of the samples in each class.
        reference_shares: array [num_classes], share of the real images in each class.

    Returns:
        A `Figure`: a column of pairs for each title, and a bar chart below.

    Raises:
        ValueError: if the two arrays of shares differ in length.

    Example:
        >>> pairs = {"best": np.zeros((4, 2, 28, 28, 1))}
        >>> len(evaluation_panel(pairs, np.full(10, 0.1), np.full(10, 0.1)).axes)
        2
    """
    if len(shares) != len(reference_shares):
        raise ValueError(f"{len(shares)} shares beside {len(reference_shares)}: must be as many.")
    figure = Figure(figsize=(7.2, 5.2), layout="constrained")
    upper, lower = figure.subfigures(2, 1, height_ratios=(2.9, 2.3))
    for axes, (title, images) in zip(
        upper.subplots(1, len(pairs), squeeze=False)[0], pairs.items(), strict=True
    ):
        _draw_picture(axes, tile(images.reshape(-1, *images.shape[2:]), columns=4), title)
    upper.supxlabel("each sample with the nearest training image to its right", fontsize=9)
    axes, classes = lower.subplots(), np.arange(len(shares))
    axes.bar(classes, shares, color=COLOURS[0], width=0.6, label="samples")
    axes.bar(
        classes, reference_shares, width=0.8, fill=False, edgecolor="black", label="real images"
    )
    axes.set(xlabel="class that the digit network sees", ylabel="share", xticks=classes)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure


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
        ValueError: as `convolutions.output_size`.

    Example:
        >>> len(convolution_links(5, 3, stride=2, padding="same").axes)
        1
    """
    places = convolutions.links(size, kernel, stride, padding, transposed)
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
        colour, width = (COLOURS[1], 2) if thick else (REFERENCE["color"], 1)
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


def neighbourhoods(real, fake, k):
    """Circles to the k-th neighbour, which precision and recall are counted with, in the plane.

    Args:
        real: array [n, 2], n above k.
        fake: array [m, 2], m above k.
        k: which neighbour a circle reaches to, at least 1.

    Returns:
        `Figure`: circles of the real points on the left, of the fakes on the right.

    Raises:
        ValueError: if k is out of its range.

    Example:
        >>> points = np.random.default_rng(0).normal(size=(8, 2))
        >>> len(neighbourhoods(points, points + 1, k=2).axes)
        2

    Reference:
        Kynkäänniemi et al. (2019), "Improved Precision and Recall Metric for Assessing
        Generative Models", figure 2.
    """
    if not 1 <= k < min(len(real), len(fake)):
        raise ValueError(f"k must be from 1 to below the number of points; got k = {k}.")
    figure = Figure(figsize=(8.4, 4.1))
    figure.set_layout_engine("none")  # places by hand: a layout engine draws twice, sliders wait
    left, right = (figure.add_axes((x, 0.12, 0.47, 0.8)) for x in (0.02, 0.51))
    precision = _draw_circles(left, real, fake, k, (COLOURS[0], "o", COLOURS[1], "^"))
    recall = _draw_circles(right, fake, real, k, (COLOURS[1], "^", COLOURS[0], "o"))
    every = np.concatenate([real, fake])
    middle, half = (every.max(0) + every.min(0)) / 2, 0.6 * np.ptp(every, axis=0).max()
    titles = f"precision: fakes inside {precision:.2f}", f"recall: real points inside {recall:.2f}"
    for axes, title in zip((left, right), titles, strict=True):
        axes.set(xlim=middle[0] + [-half, half], ylim=middle[1] + [-half, half], aspect="equal")
        axes.set(xticks=[], yticks=[])
        axes.set_title(title, fontsize=11)
    words = "● real    ▲ fake    filled: inside a circle of the other set"
    figure.text(0.5, 0.04, words, ha="center", fontsize=10)
    return figure


def defect_table(rows, columns, texts, words):
    """Which metric sees which defect: a table of numbers, each with a word below it.

    Args:
        rows: list of n names of defects.
        columns: list of m names of metrics.
        texts: n lists of m texts, the numbers.
        words: n lists of m short texts; a cell with the word "sees" is bold on grey.

    Returns:
        `Figure`.

    Raises:
        ValueError: if the shapes do not fit.

    Example:
        >>> len(defect_table(["blur"], ["precision"], [["0.84"]], [["sees"]]).axes)
        1
    """
    if not np.shape(texts) == np.shape(words) == (len(rows), len(columns)):
        raise ValueError(
            f"{len(rows)} rows and {len(columns)} columns need as many texts and words; got "
            f"{np.shape(texts)} and {np.shape(words)}."
        )
    figure = Figure(figsize=(1.9 + 0.92 * len(columns), 0.55 + 0.44 * len(rows)))
    figure.set_layout_engine("constrained")
    axes = figure.subplots()
    for (row, column), word in np.ndenumerate(np.array(words, dtype=object)):
        place, seen = (column - 0.47, row - 0.45), word == "sees"
        axes.add_patch(Rectangle(place, 0.94, 0.9, fc="#dddddd" if seen else "white", ec="#dddddd"))
        looks = {"ha": "center", "va": "center", "fontweight": "bold" if seen else "normal"}
        axes.text(column, row - 0.17, texts[row][column], fontsize=9.5, **looks)
        axes.text(column, row + 0.23, word, fontsize=8, **looks)
    axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.5))
    axes.set_xticks(range(len(columns)), columns, fontsize=9)
    axes.set_yticks(range(len(rows)), rows, fontsize=9.5)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


def run_panel(run, floor=None, at=None):
    """A recorded run: losses, logits and a metric over time, and samples of the same latents.

    Loss and logit axes are linear up to 2 and logarithmic beyond if a value exceeds 8.

    Args:
        run: has log (rows as in `training_panel`, with or without held_out_logit), steps (of the
            snapshots), pictures [k, n, height, width, channels] in [−1, 1], metrics (rows with
            step and frechet_distance) and references, the losses at logits of zero, drawn dotted.
        floor: Fréchet distance of as many real images, drawn dotted.
        at: number of one snapshot; it is shown alone, and its step is marked in the curves.

    Returns:
        `Figure`.

    Example:
        >>> from ganedu import gallery
        >>> len(run_panel(gallery.recorded("healthy"), at=2).axes)
        4
    """
    shown = range(len(run.steps)) if at is None else [at]
    figure = Figure(figsize=(10, 4.4 if at is None else 2.7), layout="constrained")
    figure.set_layout_engine("none")  # places by hand: a layout engine draws twice, sliders wait
    width, height, low = (0.265, 0.4, 0.53) if at is None else (0.195, 0.68, 0.19)
    lefts = [0.065 + i * (width + 0.06) for i in range(3)]
    curves = [figure.add_axes((left, low, width, height)) for left in lefts]
    _draw_losses(curves[0], run.log, run.references)
    _draw_logits(curves[1], run.log)
    _draw_distance(curves[2], run.metrics, floor)
    side, left, bottom = (0.147, 0.03, 0.0) if at is None else (0.18, 0.82, 0.17)
    for place, number in enumerate(shown):
        box = (left + place * (side + 0.01), bottom, side, 0.35 if at is None else 0.68)
        picture = tile(run.pictures[number], columns=4)
        _draw_picture(figure.add_axes(box), picture, f"step {run.steps[number]:,}")
    for axes in curves if at is not None else ():
        axes.axvline(run.steps[at], color="black", linewidth=1)
    return figure


def run_overview(runs, columns=3):
    """Many recorded runs at a glance: the losses, and the last samples under the name.

    Args:
        runs: dictionary from a name to a run as in `run_panel`.
        columns: runs in a row.

    Returns:
        `Figure`.

    Example:
        >>> from ganedu import gallery
        >>> len(run_overview({"healthy": gallery.recorded("healthy")}).axes)
        2
    """
    columns = min(columns, len(runs))
    rows = -(-len(runs) // columns)
    figure = Figure(figsize=(3.4 * columns, 1.95 * rows + 0.3), layout="constrained")
    parts = figure.subfigures(rows, columns, squeeze=False).ravel()
    for part, (name, run) in zip(parts, runs.items(), strict=False):
        part.suptitle(name, fontsize=10, fontweight="bold")
        curve, picture = part.subplots(1, 2, width_ratios=(1.25, 1))
        _draw_losses(curve, run.log, (), always=True)
        curve.get_legend().remove()
        curve.set(xlabel="", ylabel="")
        _draw_picture(picture, tile(run.pictures[-1], columns=4), None)
    handles = parts[0].axes[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower center", ncols=2, fontsize=9, frameon=False)
    return figure


def run_logs(runs):
    """The logs of several recorded runs, losses above and logits below, without their samples.

    Args:
        runs: dictionary from a name to a run as in `run_panel`.

    Returns:
        `Figure`.

    Example:
        >>> from ganedu import gallery
        >>> len(run_logs({name: gallery.recorded(name) for name in "AB"}).axes)
        4
    """
    figure = Figure(figsize=(2.4 * len(runs), 4.2), layout="constrained")
    upper, lower = figure.subplots(2, len(runs), squeeze=False, sharex="col")
    for losses, logits, (name, run) in zip(upper, lower, runs.items(), strict=True):
        _draw_losses(losses, run.log, run.references)
        _draw_logits(logits, run.log)
        losses.set(title=name, xlabel="", ylabel="")
        logits.set(ylabel="")
    for axes, label in ((upper[0], "loss"), (lower[0], "mean logit")):
        axes.set_ylabel(label)
        handles = axes.get_legend_handles_labels()
        place = "outside upper center" if label == "loss" else "outside lower center"
        figure.legend(*handles, loc=place, ncols=3, fontsize=9, frameon=False, title=label)
    for axes in (*upper, *lower):
        axes.get_legend().remove()
    return figure


def _check_sentence(alt):
    if not isinstance(alt, str) or not alt.rstrip().endswith((".", "!", "?")):
        raise ValueError(f"alt must be a sentence that states the finding; got {alt!r}.")


def _as_output(figure, alt, colours=None):
    """The PNG with its metadata, and the caption."""
    _check_sentence(alt)
    image = base64.b64encode(png(figure, colours)).decode()
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot:
        pyplot.close(figure)
    bundle = {"image/png": image, "text/plain": alt}
    return (bundle, {"image/png": {"alt": alt}}), _caption(alt)


def _caption(alt):
    """The sentence in italics. A star within it, as in D*, would end what a star began."""
    from IPython.display import Markdown

    return Markdown(f"_{alt}_")


def _draw_picture(axes, picture, title):
    axes.imshow(np.squeeze(picture), cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    axes.set_axis_off()
    if title:
        axes.set_title(title, fontsize=10)


def _draw_lines(axes, rows, names, label):
    steps = [row["step"] for row in rows]
    for name, colour, style in zip(names, COLOURS, ("-", "--"), strict=True):
        values = [row[name] for row in rows]
        axes.plot(steps, values, style, color=colour, label=name.replace("_", " "))
    axes.set_xlabel("step")
    axes.set_ylabel(label)
    axes.legend(fontsize=8, loc="best")
    axes.spines[["top", "right"]].set_visible(False)


def _draw_moment(axes, moment, points, extent):
    if moment.surface is not None:
        ticks = np.linspace(-extent, extent, len(moment.surface))
        grey = {"cmap": "gray", "vmin": -1.2, "vmax": 1.0}  # never too dark for what lies on it
        axes.contourf(ticks, ticks, moment.surface, levels=np.linspace(0, 1, 11), **grey)
        if moment.surface.min() < 0.5 < moment.surface.max():
            axes.contour(
                ticks, ticks, moment.surface, levels=[0.5], colors="black", linestyles="--"
            )
    axes.plot(*points.T, "o", mfc="none", mec=COLOURS[0], ms=4, mew=0.7, label="real")
    axes.plot(*moment.samples.T, ".", color=COLOURS[1], ms=3, label="generated")
    if moment.arrows is not None:
        starts, directions = moment.arrows
        axes.quiver(*starts.T, *directions.T, angles="xy", color="black", width=0.006)
    axes.set(xlim=(-extent, extent), ylim=(-extent, extent), xticks=[], yticks=[], aspect="equal")
    axes.set_title(moment.title, fontsize=10)


def _draw_densities(upper, lower, real, fake):
    """p and q above, D* = p/(p + q) below; each pair is (mean, width)."""
    low = min(-5.0, *(mean - 4 * std for mean, std in (real, fake)))
    high = max(5.0, *(mean + 4 * std for mean, std in (real, fake)))
    x = np.linspace(low, high, 401)
    p, q = densities.gaussian(x, *real), densities.gaussian(x, *fake)
    for values, colour, style, name in zip((p, q), COLOURS, ("-", "--"), ("real p", "fake q")):
        upper.plot(x, values, style, color=colour, label=name)
        upper.fill_between(x, values, color=colour, alpha=0.15, linewidth=0)
    upper.legend(fontsize=9, ncols=2, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1))
    upper.set(xlim=(low, high), ylim=(0, 1.05 * max(p.max(), q.max())), ylabel="density")
    upper.tick_params(labelbottom=False)
    lower.plot(x, densities.optimal_discriminator(p, q), color="black")
    lower.axhline(0.5, **REFERENCE)
    lower.set(xlim=(low, high), ylim=(-0.04, 1.04), xlabel="x", ylabel="D* = p / (p + q)")
    for axes, ticks in ((upper, 3), (lower, 2)):
        axes.locator_params(axis="x", nbins=6, steps=(1, 2, 5, 10))
        axes.locator_params(axis="y", nbins=ticks)
        axes.spines[["top", "right"]].set_visible(False)


def _draw_divergence(axes, distances, apart, here):
    """The divergence over the distance of the means; here is (distance, divergence) now."""
    axes.plot(distances, apart, color="black")
    axes.plot(*here, "o", color="black", markersize=8)
    axes.axhline(np.log(2), **REFERENCE)
    axes.text(0, np.log(2) + 0.012, "log 2, the most there is", fontsize=9)
    value = 2 * here[1] - 2 * np.log(2)
    words = f"● now: JSD = {here[1]:.3f}\nV(D*) = 2 JSD − 2 log 2 = {value:.3f}".replace("-", "−")
    axes.text(0.97, 0.04, words, transform=axes.transAxes, fontsize=9, ha="right")
    axes.set(xlabel="distance of the means", ylabel="JSD of p and q", ylim=(0, 0.75))
    axes.locator_params(nbins=6, steps=(1, 2, 5, 10))
    axes.spines[["top", "right"]].set_visible(False)


def _draw_arrows(axes, field, limit):
    """Unit arrows along a field on a grid of 11 × 11 points."""
    at = np.stack(np.meshgrid(*2 * [np.linspace(-0.9 * limit, 0.9 * limit, 11)]))
    velocity = field(at)
    lengths = np.hypot(*velocity)
    directions = np.divide(velocity, lengths, out=np.zeros_like(velocity), where=lengths > 0)
    axes.quiver(*at, *directions, color="#aaaaaa", pivot="middle", scale=16, width=0.006)


def _draw_path(axes, path):
    """A path with its start (ring), its end (square) and the equilibrium (cross)."""
    axes.plot(*path.T, "-", color=COLOURS[0], linewidth=1, marker=".", markersize=3)
    axes.plot(*path[0], "o", color=COLOURS[1], markersize=8, fillstyle="none", markeredgewidth=2)
    axes.plot(*path[-1], "s", color=COLOURS[1], markersize=6)
    axes.plot(0, 0, "+", color="black", markersize=9)


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
        face = {"facecolor": "#dbe7f3", "edgecolor": COLOURS[0], "linewidth": 1}
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


def _draw_circles(axes, centres, others, k, looks):
    """Points with their circles, and the others, filled if inside a circle; the share of these."""
    own_colour, own_mark, colour, mark = looks
    radii = np.sort(np.linalg.norm(centres[:, None] - centres, axis=2), axis=1)[:, k]
    circles = [Circle(*pair) for pair in zip(centres, radii, strict=True)]
    fill = to_rgba(own_colour, 0.06)
    axes.add_collection(PatchCollection(circles, fc=fill, ec=own_colour, linewidths=0.7))
    axes.plot(*np.transpose(centres), own_mark, color=own_colour, markersize=3)
    inside = (np.linalg.norm(others[:, None] - centres, axis=2) <= radii).any(axis=1)
    for points, style in ((others[inside], "full"), (others[~inside], "none")):
        axes.plot(*points.T, mark, color=colour, markersize=8, fillstyle=style)
    return inside.mean()


def _with_few_colours(buffer, colours):
    fewer = Image.open(buffer).convert("RGB").quantize(colours, dither=Image.Dither.NONE)
    smaller = io.BytesIO()
    fewer.save(smaller, format="png", optimize=True)
    return smaller.getvalue()


def _draw_losses(axes, rows, references, always=False):
    _draw_lines(axes, rows, ("discriminator_loss", "generator_loss"), "loss")
    for value, colour in zip(references, COLOURS, strict=False):
        axes.axhline(value, **{**REFERENCE, "color": colour})
    _stretch(axes, always)


def _draw_logits(axes, rows):
    _draw_lines(axes, rows, ("real_logit", "fake_logit"), "mean logit")
    if "held_out_logit" in rows[0]:
        held_out = [row["held_out_logit"] for row in rows]
        steps = [row["step"] for row in rows]
        axes.plot(steps, held_out, ":", color="black", label="held-out real logit")
    axes.axhline(0, **REFERENCE)
    _stretch(axes)


def _stretch(axes, always=False):
    """Linear up to 2 and logarithmic beyond, if a value is large; the legend above the curves."""
    values = np.concatenate([np.asarray(line.get_ydata(), float) for line in axes.lines])
    largest = np.nanmax(np.abs(values[np.isfinite(values)]), initial=0)
    if always or largest > 8:
        axes.set_yscale("symlog", linthresh=2, linscale=1.5)
        marks = [sign * mark for mark in (1, 2, 10, 100, 1000) for sign in (1, -1)]
        low, high = min(0, np.nanmin(values)), max(2, np.nanmax(values))
        marks = [mark for mark in marks if 1.2 * low <= mark <= 1.2 * high]
        axes.set_yticks([0, *marks], [f"{mark:g}".replace("-", "−") for mark in (0, *marks)])
        axes.minorticks_off()
        axes.set_ylim(min(-0.1, 1.1 * low), max(2, 1.3 * high))
    axes.locator_params(axis="x", nbins=3)
    for line in axes.lines:
        line.set_label(line.get_label().replace("discriminator loss", "discriminator"))
        line.set_label(line.get_label().replace("generator loss", "generator"))
        line.set_label(line.get_label().removesuffix(" logit"))
    axes.legend(
        fontsize=8,
        frameon=False,
        loc="lower left",
        bbox_to_anchor=(-0.02, 1),
        ncols=3,
        handlelength=1.6,
        columnspacing=1,
        borderpad=0,
    )


def _draw_distance(axes, rows, floor):
    steps, distances = ([row[name] for row in rows] for name in ("step", "frechet_distance"))
    axes.plot(steps, distances, "o-", color="black", markersize=4)
    axes.set(xlabel="step", yscale="log", xlim=(0, None), ylim=(8, 60_000))
    axes.set_title("Fréchet distance", fontsize=9)
    axes.minorticks_off()
    axes.locator_params(axis="x", nbins=3)
    if floor is not None:
        axes.axhline(floor, **REFERENCE)
        axes.text(0.03 * steps[-1], 1.15 * floor, "real images", fontsize=8, va="bottom")
    axes.spines[["top", "right"]].set_visible(False)
