"""Arrays in, `Figure` out.

Here live the pictures of the course and `show`, the one way by which a lesson displays them.
Nothing here knows TensorFlow, a model or a file of weights. Colours are chosen to stay apart in
grey; words and line styles carry the meaning as well.
"""

import base64
import io
import sys

import numpy as np
from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo

DPI = 100
MADE_BY = "ganedu"  # stands in the .png and .gif files that the commands write
FILM_SIDE = 128  # screen pixels, about
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
        images: float array [n, height, width, 1 or 3] in [−1, 1], values outside are clipped; or
            uint8 pixels.
        columns: images in a row; as square as can be by default.
        gap: white pixels between two images.

    Returns:
        uint8 array [rows·(height + gap) − gap, columns·(width + gap) − gap, channels]; places
        that are left over are white.

    Raises:
        ValueError: if the shape is not that of at least one image, or the values run from 0 to 1
            or 255.

    Example:
        >>> tile(np.zeros((6, 28, 28, 1)), columns=3).shape
        (58, 88, 1)
    """
    images = np.asarray(images)
    if images.ndim != 4 or not len(images) or images.shape[-1] not in (1, 3):
        raise ValueError(
            f"images must have the shape [n, height, width, 1 or 3]; got {images.shape}."
        )
    pixels = _pixels(images)
    number, height, width, channels = images.shape
    columns = columns or int(np.ceil(np.sqrt(number)))
    rows = -(-number // columns)
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
    draw_picture(figure.add_axes((0, 0, 1, 1)), picture, title)
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
    draw_lines(losses, rows, ("discriminator_loss", "generator_loss"), "loss")
    for value, colour in zip(references or (), COLOURS, strict=False):
        losses.axhline(value, **{**REFERENCE, "color": colour})
    draw_lines(logits, rows, ("real_logit", "fake_logit"), "mean logit")
    logits.axhline(0, **REFERENCE)
    draw_picture(picture, tile(images), title)
    return figure


def save_picture(path, images, columns=None, enlarge=None):
    """Write images side by side into a picture file.

    Args:
        path: file name; its ending chooses the format, usually .png.
        images: float array [n, height, width, 1 or 3] in [−1, 1].
        columns: images in a row; as square as can be by default.
        enlarge: screen pixels for each image pixel along a side; None for 2 where the images have
            less than 64, else 1.

    Raises:
        ValueError: if the shape is not that of images, or the ending is unknown.
        OSError: if the file cannot be written.

    Example:
        >>> import tempfile, pathlib
        >>> save_picture(pathlib.Path(tempfile.mkdtemp()) / "four.png", np.zeros((4, 28, 28, 1)))
    """
    picture = Image.fromarray(np.squeeze(tile(images, columns)))
    enlarge = enlarge or (2 if np.shape(images)[1] < 64 else 1)
    size = (picture.width * enlarge, picture.height * enlarge)
    words = PngInfo()
    words.add_text("Software", MADE_BY)
    picture.resize(size, Image.Resampling.NEAREST).save(path, pnginfo=words)  # .png only


def save_animation(path, pictures, seconds=6.0):
    """Write picture files, one after another, as an animated GIF that rests on the last.

    Args:
        path: file name, ending in .gif.
        pictures: file names of the pictures, all of one size; one that cannot be read is left out.
        seconds: duration of the whole, not counting the rest at the end.

    Raises:
        ValueError: if there is no picture.
        OSError: if it cannot be written.

    Example:
        >>> save_animation("training.gif", ["00000.png", "00200.png"])  # doctest: +SKIP
    """
    frames = [frame for picture in pictures if (frame := _frame(picture)) is not None]
    if not frames:
        raise ValueError("There are no pictures to animate.")
    sizes = sorted({frame.size for frame in frames})
    if len(sizes) > 1:
        raise ValueError(f"The pictures must have one size; there are {sizes[0]} and {sizes[-1]}.")
    milliseconds = [max(20, int(1000 * seconds / len(frames)))] * len(frames)
    milliseconds[-1] = 2000
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=milliseconds, loop=0)


def save_film(path, images, milliseconds=60):
    """Write images, one after another, as an animated GIF that begins again without a rest.

    Args:
        path: file name, ending in .gif.
        images: float array [n, height, width, 1 or 3] in [−1, 1], n at least 1; or uint8 pixels.
            Small ones are enlarged to about 128 screen pixels.
        milliseconds: for each image.

    Raises:
        ValueError: if the shape is not that of images, or the values run from 0 to 1 or 255.
        OSError: if it cannot be written.

    Example:
        >>> import tempfile, pathlib
        >>> save_film(pathlib.Path(tempfile.mkdtemp()) / "two.gif", np.zeros((2, 28, 28, 1)))
    """
    pixels = _pixels(np.asarray(images))
    tiles = [Image.fromarray(np.squeeze(tile(pixels[i : i + 1]))) for i in range(len(pixels))]
    enlarge = max(1, FILM_SIDE // tiles[0].width)
    size = (tiles[0].width * enlarge, tiles[0].height * enlarge)
    frames = [_in_few_colours(one.resize(size, Image.Resampling.NEAREST)) for one in tiles]
    frames[0].save(
        path,
        save_all=True,
        append_images=frames[1:],
        duration=milliseconds,
        loop=0,
        comment=MADE_BY.encode(),
    )


def _frame(picture):
    """A picture file in few greys or colours, or None if it is damaged."""
    try:
        with Image.open(picture) as opened:
            return _in_few_colours(opened)
    except (EOFError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None


def _in_few_colours(picture):
    grey = picture.mode in ("1", "L")
    return picture.convert("L").quantize(16) if grey else picture.convert("RGB").quantize(128)


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


def _pixels(images):
    """Images in [−1, 1] as uint8; what lies in another range would be drawn wrongly."""
    if images.dtype == np.uint8:
        return images
    low, high = images.min(), images.max()
    if 0 <= low < 0.1 and high > 0.9:
        raise ValueError(
            f"Images are drawn from −1 (black) to 1 (white); these run from {low:.4g} to "
            f"{high:.4g}, so black would be grey. Use images * 2 - 1, or for pixels from 0 to 255 "
            "images.astype(np.uint8)."
        )
    return np.uint8(np.clip(np.rint((images + 1) * 127.5), 0, 255))


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


def draw_picture(axes, picture, title):
    """Draw a picture, as `tile` makes it, on axes without a frame.

    Args:
        axes: Matplotlib's axes.
        picture: uint8 array [height, width, 1 or 3].
        title: line above it; None for none.

    Example:
        >>> draw_picture(Figure().subplots(), tile(np.zeros((4, 28, 28, 1))), "Four")
    """
    axes.imshow(np.squeeze(picture), cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    axes.set_axis_off()
    if title:
        axes.set_title(title, fontsize=10)


def draw_lines(axes, rows, names, label):
    """Draw two columns of a log over its steps, one solid, one dashed.

    Args:
        axes: Matplotlib's axes.
        rows: the log, a list of dictionaries with the key step and those in `names`.
        names: the two columns.
        label: of the upright axis.

    Example:
        >>> draw_lines(Figure().subplots(), [{"step": 1, "a": 0.0, "b": 1.0}], ("a", "b"), "loss")
    """
    steps = [row["step"] for row in rows]
    for name, colour, style in zip(names, COLOURS, ("-", "--"), strict=True):
        values = [row[name] for row in rows]
        axes.plot(steps, values, style, color=colour, label=name.replace("_", " "))
    axes.set_xlabel("step")
    axes.set_ylabel(label)
    axes.legend(fontsize=8, loc="best")
    axes.spines[["top", "right"]].set_visible(False)


def _with_few_colours(buffer, colours):
    fewer = Image.open(buffer).convert("RGB").quantize(colours, dither=Image.Dither.NONE)
    smaller = io.BytesIO()
    fewer.save(smaller, format="png", optimize=True)
    return smaller.getvalue()
