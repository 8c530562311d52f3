"""Capital letters, drawn afresh by a seed: images of a kind near to handwritten digits.

Here live the letters that `data.load("letters")` gives: 26 capitals in the text faces that
Matplotlib brings along, thickened, turned, slanted, stretched and moved at random. Nothing is
downloaded, and there are always more of them, of the same law. Taught in lesson 11.
"""

import functools
import string

import numpy as np

LETTERS = string.ascii_uppercase
SIDE = 28  # pixels
FACES = (  # Computer Modern's symbols and extensions are no text
    *(f"DejaVuSans{style}" for style in ("", "-Bold", "-BoldOblique", "-Oblique")),
    *(f"DejaVuSansMono{style}" for style in ("", "-Bold", "-BoldOblique", "-Oblique")),
    *(f"DejaVuSerif{style}" for style in ("", "-Bold", "-BoldItalic", "-Italic")),
    *(f"STIXGeneral{style}" for style in ("", "Bol", "BolIta", "Italic")),
    *("cmr10", "cmb10", "cmss10", "cmtt10", "cmmi10"),
)
# The law of a draw: each number is uniform between two bounds. The middle of a letter lies in the
# middle of the image, and its size is that of MNIST's digits, whose longer side is 20 pixels.
BOUNDS = {
    "longer_side": (17.0, 21.0),  # pixels, before the pen
    "stretch": (0.85, 1.15),  # width over that of the face
    "turn": (-10.0, 10.0),  # degrees
    "slant": (-0.2, 0.2),  # pixels to the right for each pixel up
    "right": (-1.5, 1.5),  # pixels
    "up": (-1.5, 1.5),
    "pen": (0.3, 1.5),  # width of a pen drawn along the outline, pixels
}


def draw(num_images, seed):
    """So many letters: which, in what face and how it lies, is drawn by the seed.

    Args:
        num_images: how many, at least 1.
        seed: integer of at least 0; others of it are other draws of the same law.

    Returns:
        uint8 array [num_images, 28, 28, 1], light on dark, and int64 array [num_images] of
        labels, 0 for A to 25 for Z, all as likely.

    Example:
        >>> pixels, labels = draw(3, seed=0)
        >>> pixels.shape, "".join(LETTERS[label] for label in labels)
        ((3, 28, 28, 1), 'WQN')
    """
    random = np.random.default_rng(seed)
    labels = random.integers(len(LETTERS), size=num_images)
    faces = random.integers(len(FACES), size=num_images)
    drawn = [random.uniform(*bounds, size=num_images) for bounds in BOUNDS.values()]
    pixels = [
        _drawn(_outline(int(label), int(face)), dict(zip(BOUNDS, how, strict=True)))
        for label, face, *how in zip(labels, faces, *drawn, strict=True)
    ]
    return np.stack(pixels)[..., np.newaxis], labels


def _drawn(outline, how):
    """One letter, uint8 [28, 28]; how: a number for each name of `BOUNDS`."""
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.transforms import Affine2D

    longer_side = how["longer_side"]
    place = Affine2D().scale(longer_side * how["stretch"], longer_side)
    place = place.skew(np.arctan(how["slant"]), 0).rotate_deg(how["turn"])
    place = place.translate(SIDE / 2 + how["right"], SIDE / 2 + how["up"])
    renderer = RendererAgg(SIDE, SIDE, dpi=72)
    ink = renderer.new_gc()
    ink.set_linewidth(how["pen"])
    ink.set_foreground("white")
    renderer.draw_path(ink, outline, place, (1.0, 1.0, 1.0))
    return np.asarray(renderer.buffer_rgba())[..., 3].copy()  # how far each pixel is covered


@functools.cache
def _outline(label, face):
    """The outline of a letter about its middle, its longer side 1."""
    from matplotlib import get_data_path
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath
    from matplotlib.transforms import Affine2D

    font = FontProperties(fname=f"{get_data_path()}/fonts/ttf/{FACES[face]}.ttf")
    outline = TextPath((0, 0), LETTERS[label], size=100, prop=font)
    box = outline.get_extents()
    middle = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    return outline.transformed(
        Affine2D().translate(-middle[0], -middle[1]).scale(1 / max(box.width, box.height))
    )
