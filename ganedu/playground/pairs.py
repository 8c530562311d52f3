"""Pairs of a source and its image: four tasks, a toy in the plane, and a pad to draw on.

Here live what digits lose in each task, the two bands whose mean is nobody's answer, pictures of
answers side by side and of distortion against perception, and the pad. The networks live in
`ganedu.models`, their settings in `ganedu.recipes`. Taught in lesson 13.
"""

import ipywidgets
import numpy as np
from matplotlib import ticker
from matplotlib.figure import Figure
from scipy import ndimage

from ganedu import data, plotting, widgets

SIDE, TIMES = 28, 4  # of a digit; how much smaller it is made
BAND_STD = 0.05
# Thinning: a pixel goes if there is nothing above it and a stroke below, or the like around a
# corner, in each of four directions; so a line stays in one piece.
GONE = ([[0, 0, 0], [0, 1, 0], [1, 1, 1]], [[0, 0, 0], [1, 1, 0], [0, 1, 0]])
EMPTY = ([[1, 1, 1], [0, 0, 0], [0, 0, 0]], [[0, 1, 1], [0, 0, 1], [0, 0, 0]])
DRAW = """
const pen = this.getContext('2d'), scale = 28 / this.clientWidth;
const to = [event.offsetX, event.offsetY].map(v => Math.floor(v * scale));
if (event.type == 'pointerdown') { this.from = to; this.setPointerCapture(event.pointerId); }
if (this.from) {
  const [x, y] = this.from, [dx, dy] = [to[0] - x, to[1] - y];
  const n = Math.max(Math.abs(dx), Math.abs(dy), 1);
  pen.fillStyle = 'white';
  for (let i = 0; i <= n; i++)
    pen.fillRect(Math.round(x + dx * i / n), Math.round(y + dy * i / n), 1, 1);
  this.from = to;
}
"""
CLEAR = "pen.clearRect(0, 0, 28, 28);"
SEND = """
const ink = pen.getImageData(0, 0, 28, 28).data;
const text = this.closest('.ganedu-pad').querySelector('input');
text.value = Array.from({length: 784}, (_, i) => ink[4 * i] > 127 ? 1 : 0).join('');
text.dispatchEvent(new Event('change', {bubbles: true}));
"""


def smaller(images, times=TIMES):
    """Each block of pixels becomes one, its mean.

    Args:
        images: float array [n, height, width, channels] in [−1, 1].
        times: side of a block; height and width are multiples of it.

    Returns:
        float32 array [n, height / times, width / times, channels].

    Raises:
        ValueError: if a side is no multiple of `times`.

    Example:
        >>> smaller(np.array([0.0, 1.0, 1.0, 0.0]).reshape(1, 2, 2, 1), 2).ravel()
        array([0.5], dtype=float32)
    """
    n, height, width, channels = np.shape(images)
    if height % times or width % times:
        raise ValueError(f"{height}×{width} pixels cannot be cut into blocks of {times}×{times}.")
    blocks = np.reshape(images, (n, height // times, times, width // times, times, channels))
    return blocks.mean(axis=(2, 4), dtype="float32")


def sketches(images):
    """What a thin pen leaves of a stroke: its middle line, one pixel wide.

    Pixels at the rim are taken away, from all sides by turns, for as long as that leaves the line
    in one piece. How thick the stroke was is lost.

    Args:
        images: float array [n, height, width, 1] in [−1, 1], light on dark; above 0 is stroke.

    Returns:
        float32 array of that shape: 1 on the line, −1 elsewhere.

    Example:
        >>> thick = np.full((1, 7, 7, 1), -1.0)
        >>> thick[:, 1:6, 2:5] = 1.0
        >>> (sketches(thick) > 0)[0, 2:5, :, 0].sum(axis=1)
        array([1, 1, 1])

    Reference:
        Serra (1982), "Image Analysis and Mathematical Morphology": thinning with the structuring
        elements of Golay's alphabet.
    """
    drawn, before = np.asarray(images)[..., 0] > 0, None
    while before is None or (drawn != before).any():
        before = drawn
        for turn in range(4):
            for gone, empty in zip(GONE, EMPTY, strict=True):
                pattern = [np.rot90(one, turn)[np.newaxis] for one in (gone, empty)]
                drawn = drawn & ~ndimage.binary_hit_or_miss(drawn, *pattern)
    return np.where(drawn, 1, -1).astype("float32")[..., np.newaxis]


def noisy(images, seed, std=1.0):
    """Noise on each pixel, and what leaves [−1, 1] is clipped.

    Args:
        images: float array in [−1, 1].
        seed: integer of at least 0 from which the noise is drawn.
        std: its standard deviation.

    Returns:
        float32 array of that shape.

    Example:
        >>> float(noisy(np.zeros((1, 9, 9, 1)), seed=0, std=100.0).max())
        1.0
    """
    noise = np.random.default_rng(seed).standard_normal(np.shape(images), dtype="float32")
    return np.clip(images + std * noise, -1, 1).astype("float32")


TASKS = {  # function of (images, seed) to the sources
    "sixteen_pixels": lambda images, seed: smaller(images, 7),
    "super_resolution": lambda images, seed: smaller(images),
    "sketch_to_digit": lambda images, seed: sketches(images),
    "denoise": noisy,
}


def bands(num_points, seed, share=0.5):
    """Points of the plane on two bands, y = x + 1 and y = x − 1: to one x belong two answers.

    Args:
        num_points: how many.
        seed: integer of at least 0.
        share: of the upper band.

    Returns:
        x, y: float32 arrays [num_points, 1]; x uniform in [−1, 1], y within .05 (one standard
        deviation) of its band.

    Example:
        >>> x, y = bands(1000, seed=0)
        >>> bool((abs(abs(y - x) - 1) < 0.3).all())
        True
    """
    random = np.random.default_rng(seed)
    x = random.uniform(-1, 1, (num_points, 1))
    side = np.where(random.random((num_points, 1)) < share, 1.0, -1.0)
    y = x + side + BAND_STD * random.standard_normal((num_points, 1))
    return x.astype("float32"), y.astype("float32")


def bands_panel(x, y, answers):
    """The two bands, and what networks answer.

    Args:
        x: array [n, 1].
        y: array [n, 1].
        answers: dictionary from a title to (x, y), each [m, 1].

    Returns:
        `Figure`: a panel for each title; the data are grey.

    Example:
        >>> x, y = bands(20, seed=0)
        >>> len(bands_panel(x, y, {"nothing learnt": (x, 0 * x)}).axes)
        1
    """
    figure = Figure(figsize=(2.9 * len(answers), 2.8), layout="constrained")
    panels = figure.subplots(1, len(answers), squeeze=False, sharex=True, sharey=True)[0]
    for axes, (title, points) in zip(panels, answers.items(), strict=True):
        axes.plot(x, y, ".", color="0.75", markersize=2)
        axes.plot(*points, "o", color=plotting.COLOURS[1], markersize=3, mfc="none")
        axes.set_title(title, fontsize=10)
        axes.set_xlabel("source x")
    panels[0].set_ylabel("answer y")
    return figure


def answers_panel(rows, inches=8.0):
    """Images in rows with their names: sources, answers, targets.

    Args:
        rows: dictionary from a name to an array [n, height, width, 1] in [−1, 1]; smaller ones are
            enlarged, each pixel to a block.
        inches: width of the picture.

    Returns:
        `Figure`.

    Example:
        >>> images = np.zeros((5, 28, 28, 1))
        >>> len(answers_panel({"source": smaller(images), "target": images}).axes)
        2
    """
    count = len(next(iter(rows.values())))
    height = inches / (count + 3)
    figure = Figure(figsize=(inches, height * len(rows)), layout="constrained")
    panels = figure.subplots(len(rows), 1, squeeze=False)[:, 0]
    for axes, (name, images) in zip(panels, rows.items(), strict=True):
        times = SIDE // np.shape(images)[1]
        large = np.repeat(np.repeat(data.as_floats(images), times, axis=1), times, axis=2)
        plotting.draw_picture(axes, plotting.tile(large, columns=count), None)
        axes.text(-0.01, 0.5, name, transform=axes.transAxes, ha="right", va="center", fontsize=9)
    return figure


def trade_curve(rows, rivals, floor=None):
    """Distortion against perception: each program at its PSNR and its Fréchet distance.

    Args:
        rows: list of dictionaries with program, psnr and frechet_distance; several seeds give a
            cross of their ranges.
        rivals: list of such dictionaries of what needs no training.
        floor: Fréchet distance that real images get, a dotted line; None for none.

    Returns:
        `Figure`. Right is nearer to the targets, down is more like real images; a number is the
        weight of L1 beside an adversary.

    Example:
        >>> row = {"program": "L1", "psnr": 17.0, "frechet_distance": 60.0}
        >>> len(trade_curve([row], []).axes)
        1
    """
    figure = Figure(figsize=(7.2, 4.2), layout="constrained")
    axes = figure.subplots()
    for program in dict.fromkeys(row["program"] for row in [*rows, *rivals]):
        _draw_program(axes, program, [r for r in [*rows, *rivals] if r["program"] == program])
    axes.set(xlabel="PSNR, dB (right: nearer to the target)", yscale="log")
    axes.set_ylabel("Fréchet distance (down: more like real)")
    axes.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(ticker.ScalarFormatter())
    axes.yaxis.set_minor_locator(ticker.NullLocator())
    if floor is not None:
        axes.axhline(floor, **plotting.REFERENCE)
    return figure


def _draw_program(axes, program, rows):
    """The median of its runs and the cross of their ranges; squares have noise."""
    places = np.array([[row["psnr"], row["frechet_distance"]] for row in rows])
    middle = np.median(places, axis=0)
    ways = np.abs(np.stack([middle - places.min(axis=0), places.max(axis=0) - middle], axis=1))
    noise, adversary = "noise" in program, "weight" in program
    axes.errorbar(
        *middle,
        xerr=ways[0][:, np.newaxis],
        yerr=ways[1][:, np.newaxis],
        fmt="s" if noise else "o" if adversary else "D",
        color=plotting.COLOURS[adversary],
        mfc="none" if noise else None,
    )
    name = program.removeprefix("weight ")
    axes.annotate(name, middle, xytext=(5, 4), textcoords="offset points", fontsize=8)


def sketch_of(strokes):
    """What was drawn on the pad, as a source.

    Args:
        strokes: 784 characters, 1 where there is ink, row by row; or none, for an empty pad.

    Returns:
        float32 array [1, 28, 28, 1]: 1 where there is ink, −1 elsewhere.

    Raises:
        ValueError: if it is anything else.

    Example:
        >>> sketch_of("1" + 783 * "0")[0, 0, :2, 0]
        array([ 1., -1.], dtype=float32)
    """
    strokes = strokes or SIDE**2 * "0"
    if len(strokes) != SIDE**2 or set(strokes) - {"0", "1"}:
        raise ValueError(f"A drawing is {SIDE**2} characters 0 or 1; got {len(strokes)}.")
    ink = np.array([*strokes]) == "1"
    return np.where(ink, 1, -1).astype("float32").reshape(1, SIDE, SIDE, 1)


def drawing_pad(translate):
    """A pad to draw on, by mouse, finger or pen, with the network's answer beside the drawing.

    Works wherever sliders do: the drawing travels in a hidden field of text.

    Args:
        translate: function from a sketch [1, 28, 28, 1] to an image of that shape.

    Returns:
        An `ipywidgets` box, to be displayed.

    Example:
        >>> len(drawing_pad(lambda sketch: sketch).children)  # doctest: +SKIP
        3
    """
    canvas = ipywidgets.HTML(
        f'<div><canvas width="{SIDE}" height="{SIDE}" aria-label="drawing pad" '
        'style="width:280px; height:280px; background:black; image-rendering:pixelated; '
        f'touch-action:none; cursor:crosshair" onpointerdown="{DRAW}" onpointermove="{DRAW}" '
        f'onpointerup="{DRAW}{SEND}this.from = null;" onpointercancel="this.from = null;">'
        '</canvas><br><button type="button" onclick="const pen = this.parentNode.querySelector('
        f"'canvas').getContext('2d');{CLEAR}{SEND}\">clear</button></div>"
    )
    text = ipywidgets.Text(layout=ipywidgets.Layout(display="none"))

    def draw(strokes):
        sketch = sketch_of(strokes)
        both = np.concatenate([sketch, np.asarray(translate(sketch))])
        sentence = "Left what was drawn, right what the network makes of it."
        plotting.show(plotting.image_grid(both, columns=2, inches=4.5), sentence)

    box = widgets.above_the_picture({"strokes": text}, draw)
    box.children = (canvas, *box.children)
    box.add_class("ganedu-pad")
    return box
