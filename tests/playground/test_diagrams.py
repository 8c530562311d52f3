"""Diagrams of a GAN: which boxes and arrows stand there, and who learns."""

import numpy as np
import pytest

from ganedu import plotting
from ganedu.playground import diagrams


def words(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def arrows(axes):
    return [text.arrow_patch for text in axes.texts if getattr(text, "arrow_patch", None)]


def dashed(axes):
    return [arrow for arrow in arrows(axes) if arrow.get_linestyle() not in ("-", "solid")]


def test_both_learn_and_each_gradient_is_a_dashed_arrow():
    [axes] = diagrams.gan_diagram().axes
    assert {"noise z", "Generator\nG", "Discriminator\nD", "fake\nG(z)", "real\nx"} <= {
        *words(axes)
    }
    assert len(arrows(axes)) == 7 and len(dashed(axes)) == 2


@pytest.mark.parametrize(
    "player, other, solid",
    [("discriminator", "Generator\nG", 5), ("generator", "Discriminator\nD", 4)],
)
def test_who_does_not_learn_is_held_still(player, other, solid):
    [axes] = diagrams.gan_diagram((player,)).axes
    assert f"{other}\n(held still)" in words(axes)
    [back] = dashed(axes)
    assert len(arrows(axes)) - 1 == solid
    assert back.get_edgecolor()[:3] == pytest.approx(rgb(plotting.COLOURS[player == "generator"]))


def rgb(colour):
    return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def test_the_generator_learns_from_fakes_alone():
    [axes] = diagrams.gan_diagram(("generator",)).axes
    assert "real\nx" not in words(axes)


def test_nobody_else_learns():
    with pytest.raises(ValueError, match=r"learns must name players .* got \('critic',\)"):
        diagrams.gan_diagram(("critic",))
    with pytest.raises(ValueError, match="learns"):
        diagrams.gan_diagram("generator")  # a word is not a tuple of players


def test_a_condition_reaches_both_networks():
    [plain], [told] = diagrams.gan_diagram().axes, diagrams.gan_diagram(condition="class y").axes
    assert {*words(told)} - {*words(plain)} == {"class y"}
    assert len(arrows(told)) == len(arrows(plain)) + 2


def test_a_source_image_and_the_average_are_drawn():
    [axes] = diagrams.gan_diagram(start="sketch", average=True).axes
    assert {"sketch", "average of\nG's weights\n(EMA)"} <= {*words(axes)}
    assert "noise z" not in words(axes)


def test_images_stand_in_their_boxes():
    fakes, reals = -np.ones((4, 8, 8, 1)), np.ones((1, 8, 8, 3))
    [axes] = diagrams.gan_diagram(fakes=fakes, reals=reals).axes
    black, white = (image.get_array() for image in axes.images)
    assert black[0, 0] == 0 and (white == 255).all()
    assert {"fake", "real"} <= {*words(axes)}
    for image, name in zip(axes.images, ("fake", "real")):
        assert image.get_zorder() > axes.patches[0].get_zorder(), "a box hides it"
        x, y, width, height = diagrams._BOXES[name]
        left, right, low, high = image.get_extent()
        assert x - width < left < right < x + width and y - height < low < high < y + height
    assert axes.get_xlim() == diagrams._WIDE  # nothing is cut off


def test_the_two_turns_of_a_step():
    upper, lower = diagrams.turns("sketch").axes
    assert "Generator\nG\n(held still)" in words(upper) and "sketch" in words(upper)
    assert "Discriminator\nD\n(held still)" in words(lower)
    for axes in (upper, lower):
        low, high = axes.get_ylim()
        places = [text.get_position()[1] for text in axes.texts if text.get_text()]
        assert low < min(places) and max(places) < high


def test_no_two_boxes_overlap():
    boxes = list(diagrams._BOXES.values())
    for i, (x, y, width, height) in enumerate(boxes):
        for other_x, other_y, other_width, other_height in boxes[:i]:
            apart = abs(x - other_x) > width + other_width, abs(y - other_y) > height + other_height
            assert any(apart)


def test_a_chain_has_an_arrow_between_boxes_and_one_back_where_it_is_gone_again():
    rows = {"once": (["a", "b", "c"], None), "often": (["d", "e", "f", "g"], "784 times")}
    [axes] = diagrams.chains(rows).axes
    assert {*words(axes)} == {"once", "often", "784 times", *"abcdefg"}
    assert len(arrows(axes)) == 2 + 3 + 1
    networks = [patch.get_linewidth() for patch in axes.patches]
    assert networks == [1, 2, 1, 1, 2, 1, 1]
