"""What flows where in a GAN, and who learns from what.

Here live the diagrams of boxes and arrows: solid ones carry images, dashed ones carry gradients
back. What the networks compute lives in `ganedu.training`. Beside them the chains of calls by which
other generators draw.
Taught in lesson 00; drawn changed wherever the flow changes.
"""

from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from ganedu import plotting

PLAYERS = ("discriminator", "generator")


def gan_diagram(
    learns=PLAYERS, *, start="noise z", condition=None, average=False, fakes=None, reals=None
):
    """A GAN as boxes and arrows: start → G → fake → D ← real, and each player's gradient.

    Args:
        learns: the players that learn, from `PLAYERS`; the others are grey and held still.
        start: what the generator begins with.
        condition: what both networks are told besides; None for nothing.
        average: whether the running average of the generator's weights (EMA) is drawn.
        fakes: float array [n, height, width, 1 or 3] in [−1, 1] to show as fakes; None for a word.
        reals: such images to show as real ones.

    Returns:
        `Figure`.

    Raises:
        ValueError: if `learns` names somebody else.

    Example:
        >>> figure = gan_diagram(start="sketch", condition="class y", average=True)
        >>> len(figure.axes)
        1
    """
    top = _HIGH[1] if "generator" in learns else 3.25  # no arrow above the boxes, no room
    figure, (axes,) = _panels(1, inches=3.3 if "generator" in learns else 2.75, top=top)
    _draw_flow(axes, start, {"fake": fakes, "real": reals}, learns)
    _draw_gradients(axes, learns)
    if condition is not None:
        _draw_condition(axes, condition)
    if average:
        _draw_average(axes)
    return figure


def turns(start="noise z"):
    """The two halves of an alternating step: the discriminator learns, then the generator.

    Args:
        start: what the generator begins with.

    Returns:
        `Figure` of two diagrams, one below the other.

    Example:
        >>> [axes.get_title(loc="left") for axes in turns().axes]
        ['First the discriminator moves.', 'Then the generator answers, to the new D.']
    """
    figure, panels = _panels(2, inches=2.6)
    titles = ("First the discriminator moves.", "Then the generator answers, to the new D.")
    for axes, player, title, low in zip(panels, PLAYERS, titles, (0.1, 0.85), strict=True):
        _draw_flow(axes, start, {}, (player,))
        _draw_gradients(axes, (player,))
        axes.set_title(title, fontsize=10, loc="left")
        axes.set_ylim(low, low + 3.2)  # the half that is not drawn takes no room
    return figure


def chains(rows):
    """How each of several generators draws, as boxes from left to right, one line for each.

    Args:
        rows: dictionary from a title to a pair: the words of the boxes, of which the second is the
            network's, and what stands at the arrow back to the first; None for no such arrow.

    Returns:
        `Figure`.

    Example:
        >>> len(chains({"GAN": (["latents", "network", "image"], None)}).axes)
        1
    """
    figure = Figure(figsize=(8.4, 1.15 * len(rows)), layout="constrained")
    axes = figure.subplots()
    axes.set(xlim=_WIDE, ylim=(-1.5 * len(rows) + 0.55, 0.6))
    axes.set_axis_off()
    for number, (title, (words, again)) in enumerate(rows.items()):
        y = -1.5 * number
        axes.text(0, y, title, va="center", fontsize=10)
        for place, word in enumerate(words):
            x = 2.9 + 2.15 * place
            network = place == 1
            _draw_box(axes, (x, y, 0.82, 0.4), word, _NETWORK if network else "black", network)
            if place:
                _arrow(axes, (x - 1.33, y), (x - 0.82, y))
        if again:
            _arrow(axes, (x, y - 0.4), (2.9, y - 0.4), bend=-0.12)
            axes.text((x + 2.9) / 2, y - 0.58, again, ha="center", va="center", fontsize=9)
    return figure


_BOXES = {  # middle, half width, half height
    "start": (0.9, 2.55, 0.75, 0.42),
    "generator": (3.0, 2.55, 0.85, 0.5),
    "fake": (5.15, 2.55, 0.6, 0.6),
    "real": (5.15, 0.95, 0.6, 0.6),
    "discriminator": (7.35, 1.75, 0.85, 0.5),
    "verdict": (9.55, 1.75, 0.75, 0.5),
    "condition": (3.0, 0.2, 0.85, 0.36),
    "average": (0.9, 1.15, 0.75, 0.5),
}
_OF_PLAYER = dict(zip(PLAYERS, plotting.COLOURS, strict=True))
_STILL, _NETWORK = "#666666", plotting.COLOURS[0]
_WIDE, _HIGH = (0, 10.4), (-0.3, 3.95)


def _panels(number, inches, top=_HIGH[1]):
    figure = Figure(figsize=(8.4, inches * number), layout="constrained")
    panels = figure.subplots(number, 1, squeeze=False)[:, 0]
    for axes in panels:
        axes.set(xlim=_WIDE, ylim=(_HIGH[0], top), aspect="equal")
        axes.set_axis_off()
    return figure, panels


def _draw_flow(axes, start, images, learns):
    """The boxes, and the solid arrows along which images go."""
    if not set(learns) <= set(PLAYERS):
        raise ValueError(f"learns must name players of {PLAYERS}; got {learns!r}.")
    _box(axes, "start", start)
    for player in PLAYERS:
        held = "" if player in learns else "\n(held still)"
        colour = _OF_PLAYER[player] if player in learns else _STILL
        _box(axes, player, f"{player.capitalize()}\n{player[0].upper()}{held}", colour)
    _box(axes, "verdict", "real or\nfake?")
    for one, other in (("start", "generator"), ("generator", "fake"), ("discriminator", "verdict")):
        _arrow(axes, _side(one, 1), _side(other, -1))
    kinds = ("fake",) if tuple(learns) == ("generator",) else ("fake", "real")
    for kind in kinds:  # the generator learns from its fakes alone
        _show(axes, kind, images.get(kind))
        _arrow(axes, _side(kind, 1), _side("discriminator", -1, 0.2 if kind == "fake" else -0.2))


def _draw_gradients(axes, learns):
    """The dashed arrows, from the verdict back to whoever learns from it."""
    if "discriminator" in learns:
        _arrow(axes, (9.4, 1.25), (7.4, 1.25), colour=_OF_PLAYER["discriminator"], bend=-0.45)
        words = "D learns: real up, fakes down"
        axes.text(8.4, 0.45, words, ha="center", color=_OF_PLAYER["discriminator"], fontsize=9)
    if "generator" in learns:
        _arrow(axes, (9.4, 2.25), (3.0, 3.05), colour=_OF_PLAYER["generator"], bend=0.28)
        words = "G learns, through D: fakes up"
        axes.text(6.6, 3.72, words, ha="center", color=_OF_PLAYER["generator"], fontsize=9)


def _draw_condition(axes, words):
    _box(axes, "condition", words)
    _arrow(axes, (3.0, 0.56), (3.0, 2.05))
    _arrow(axes, (3.85, 0.1), (7.0, 1.25), bend=0.35)


def _draw_average(axes):
    _box(axes, "average", "average of\nG's weights\n(EMA)", _STILL)
    _arrow(axes, (2.3, 2.05), (1.6, 1.65), colour=_STILL)


def _box(axes, name, words, colour="black"):
    _draw_box(axes, _BOXES[name], words, colour, name in (*PLAYERS, "average"), name in PLAYERS)


def _draw_box(axes, place, words, colour, rounded, bold=None):
    """A box of words; round ones are networks."""
    x, y, width, height = place
    style = "round,pad=0,rounding_size=0.12" if rounded else "square,pad=0"
    axes.add_patch(
        FancyBboxPatch(
            (x - width, y - height),
            2 * width,
            2 * height,
            style,
            facecolor="white",
            edgecolor=colour,
            linewidth=2 if (rounded if bold is None else bold) else 1,
        )
    )
    axes.text(x, y, words, ha="center", va="center", color=colour, fontsize=9)


def _show(axes, name, images):
    """A box of images: themselves, or a word for them."""
    _box(axes, name, {"fake": "fake\nG(z)", "real": "real\nx"}[name] if images is None else "")
    if images is None:
        return
    x, y, width, height = _BOXES[name]
    pixels = plotting.tile(images)
    pixels = pixels[..., 0] if pixels.shape[-1] == 1 else pixels
    place = (x - 0.85 * width, x + 0.85 * width, y - 0.85 * height, y + 0.85 * height)
    axes.imshow(pixels, cmap="gray", vmin=0, vmax=255, extent=place, zorder=2)
    above = 0.68 if name == "fake" else -0.88
    axes.text(x, y + above, name, ha="center", fontsize=9)


def _side(name, direction, up=0.0):
    x, y, width, _ = _BOXES[name]
    return x + direction * width, y + up


def _arrow(axes, start, end, colour="black", bend=0.0):
    """Solid and black for what flows on, dashed and coloured for what comes back."""
    style = {"arrowstyle": "-|>", "color": colour, "connectionstyle": f"arc3,rad={bend}"}
    dashed = colour != "black"
    style |= {"linestyle": (0, (4, 2)) if dashed else "-", "linewidth": 1.6 if dashed else 1.2}
    axes.annotate("", end, start, arrowprops={**style, "shrinkA": 2, "shrinkB": 2})
