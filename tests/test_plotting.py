"""Pictures: every pixel in its place, and a sentence with every figure."""

import base64
import io
import re
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_rgb
from PIL import Image

from ganedu import plotting

ROW = {
    "discriminator_loss": 1.4,
    "generator_loss": 0.7,
    "real_logit": 0.2,
    "fake_logit": -0.1,
}


@pytest.fixture
def shown(monkeypatch):
    """What reaches the notebook, in order: (content, metadata, display id or None)."""
    outputs = []

    def display(content, metadata=None, raw=False, display_id=False):
        place = len(outputs)
        outputs.append((content, metadata, raw))

        def update(content, metadata=None, raw=False):
            outputs[place] = content, metadata, raw

        return SimpleNamespace(update=update) if display_id else None

    monkeypatch.setattr("IPython.display.display", display)
    return outputs


def black(number=4):
    return -np.ones((number, 28, 28, 1), np.float32)


def constant(*values, size=(1, 1, 1)):
    """Images of one value each."""
    return np.stack([np.full(size, value, np.float32) for value in values])


def test_tiles_stand_row_by_row_with_white_between():
    """Five images of 1×2 in three columns; the pixels are 127.5·(x + 1), rounded to even."""
    images = constant(-1.0, -0.5, 0.0, 0.5, 1.0, size=(1, 2, 1))
    expected = [
        [0, 0, 255, 64, 64, 255, 128, 128],
        [255, 255, 255, 255, 255, 255, 255, 255],
        [191, 191, 255, 255, 255, 255, 255, 255],
    ]
    picture = plotting.tile(images, columns=3, gap=1)
    assert picture.dtype == np.uint8
    assert picture[..., 0].tolist() == expected


def test_pixels_inside_a_tile_keep_their_places():
    image = np.arange(6).reshape(1, 2, 3, 1) / 2.5 - 1  # −1 to 1 in steps of 51 grey levels
    assert plotting.tile(image)[..., 0].tolist() == [[0, 51, 102], [153, 204, 255]]


def test_colours_stay_apart():
    image = np.array([[[[-1.0, 0.0, 1.0]]]])
    assert plotting.tile(image).tolist() == [[[0, 128, 255]]]


def test_values_outside_the_range_are_clipped():
    assert plotting.tile(constant(-3.0, 7.0), gap=0).ravel().tolist() == [0, 255]


@pytest.mark.parametrize(("number", "rows", "columns"), [(1, 1, 1), (5, 2, 3), (16, 4, 4)])
def test_tiles_are_as_square_as_can_be(number, rows, columns):
    assert plotting.tile(black(number), gap=2).shape == (30 * rows - 2, 30 * columns - 2, 1)


@pytest.mark.parametrize(
    "shape", [(28, 28, 1), (4, 28, 28), (0, 28, 28, 1), (4, 28, 28, 2), (4, 28, 28, 4)]
)
def test_what_is_not_images_is_refused(shape):
    with pytest.raises(ValueError, match=rf"got {re.escape(str(shape))}"):
        plotting.tile(np.zeros(shape))


def test_the_same_figure_gives_the_same_bytes():
    images = np.random.default_rng(0).uniform(-1, 1, (6, 28, 28, 1))
    first, second = (plotting.png(plotting.image_grid(images, title="Six")) for _ in range(2))
    assert first == second
    assert first != plotting.png(plotting.image_grid(-images, title="Six"))
    assert Image.open(io.BytesIO(first)).format == "PNG"


def test_a_grid_shows_the_tiles_and_the_title():
    images = np.random.default_rng(0).uniform(-0.5, 0.5, (6, 28, 28, 1))
    figure = plotting.image_grid(images, columns=2, title="Six", inches=3.0)
    (axes,) = figure.axes
    drawn = np.asarray(axes.images[0].get_array())
    assert np.array_equal(drawn, plotting.tile(images, columns=2)[..., 0])
    assert axes.images[0].get_clim() == (0, 255)  # not stretched: grey stays grey
    assert axes.get_title() == "Six"
    assert figure.get_figwidth() == pytest.approx(3.0, rel=1e-6)
    assert figure.get_figheight() == pytest.approx(3.0 * 88 / 58, rel=1e-6)


def test_the_panel_draws_the_log_and_its_reference_lines():
    rows = [{"step": 10, **ROW}, {"step": 20, **ROW, "generator_loss": 0.9, "fake_logit": -0.4}]
    figure = plotting.training_panel(rows, black(), references=(1.386, 0.693), title="step 20")
    losses, logits, picture = figure.axes
    discriminator, generator, *references = losses.lines
    assert discriminator.get_xydata().tolist() == [[10, 1.4], [20, 1.4]]
    assert generator.get_xydata().tolist() == [[10, 0.7], [20, 0.9]]
    assert [line.get_ydata()[0] for line in references] == [1.386, 0.693]
    assert [line.get_linestyle() for line in references] == [":", ":"]
    real, fake, zero = logits.lines
    assert (real.get_ydata().tolist(), fake.get_ydata().tolist()) == ([0.2, 0.2], [-0.1, -0.4])
    assert zero.get_ydata()[0] == 0
    assert picture.get_title() == "step 20"
    names = [text.get_text() for axes in (losses, logits) for text in axes.get_legend().texts]
    assert names == ["discriminator loss", "generator loss", "real logit", "fake logit"]


def test_the_two_players_differ_in_more_than_colour():
    losses, logits, _ = plotting.training_panel([{"step": 1, **ROW}], black()).axes
    for axes in (losses, logits):
        first, second = axes.lines[:2]
        assert first.get_linestyle() != second.get_linestyle()
        assert first.get_color() != second.get_color()
    assert len(losses.lines) == 2  # no reference lines were asked for


def test_the_colours_can_be_read_on_white_and_told_apart_in_grey():
    """Contrasts of WCAG 2.1: 4.5 is enough for small letters."""
    light = [linear_rgb(colour) @ [0.2126, 0.7152, 0.0722] for colour in plotting.COLOURS]
    assert min(1.05 / (one + 0.05) for one in light) > 4.5
    low, high = sorted(light)
    assert (high + 0.05) / (low + 0.05) > 1.5


def linear_rgb(colour):
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def test_a_panel_of_an_empty_log_can_be_drawn():
    assert plotting.png(plotting.training_panel([], black()))[1:4] == b"PNG"


def test_show_gives_a_png_with_its_sentence_and_a_caption(shown):
    figure = plotting.image_grid(black())
    plotting.show(figure, "Four black squares.")
    (bundle, metadata, raw), (caption, *_) = shown
    assert raw
    assert base64.b64decode(bundle["image/png"]) == plotting.png(figure)
    assert bundle["text/plain"] == "Four black squares."
    assert metadata == {"image/png": {"alt": "Four black squares."}}
    assert caption.data == "_Four black squares._"


def test_show_closes_the_figure(shown):
    figure = pyplot.figure()
    number = figure.number
    plotting.show(figure, "Nothing is drawn.")
    assert not pyplot.fignum_exists(number)


def test_a_live_figure_is_replaced_in_its_place(shown):
    replace = plotting.show_live(plotting.image_grid(black()), "Black.")
    white = plotting.image_grid(-black())
    replace(white, "White.")
    (bundle, metadata, raw), (caption, *_) = shown  # two outputs, as before
    assert raw
    assert base64.b64decode(bundle["image/png"]) == plotting.png(white)
    assert metadata == {"image/png": {"alt": "White."}}
    assert caption.data == "_White._"


@pytest.mark.parametrize("alt", ["", "a plot", "Figure 1:", None, 7])
@pytest.mark.parametrize("way", ["show", "show_live", "show_animation"])
def test_a_finding_is_a_sentence(shown, tmp_path, way, alt):
    (tmp_path / "a.gif").write_bytes(b"GIF89a")
    what = tmp_path / "a.gif" if way == "show_animation" else plotting.image_grid(black())
    with pytest.raises(ValueError, match="alt must be a sentence"):
        getattr(plotting, way)(what, alt)
    assert shown == []


def test_a_saved_picture_holds_the_tiles_enlarged(tmp_path):
    images = np.random.default_rng(0).uniform(-1, 1, (3, 28, 28, 1))
    for name in ("one.png", "two.png"):
        plotting.save_picture(tmp_path / name, images, columns=3, enlarge=2)
    with Image.open(tmp_path / "one.png") as picture:
        pixels = np.asarray(picture)
    assert np.array_equal(pixels, np.kron(plotting.tile(images, 3)[..., 0], np.ones((2, 2))))
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def test_a_saved_picture_can_have_colours(tmp_path):
    images = np.random.default_rng(0).uniform(-1, 1, (2, 4, 4, 3))
    plotting.save_picture(tmp_path / "colours.png", images, enlarge=1)
    with Image.open(tmp_path / "colours.png") as picture:
        assert np.array_equal(np.asarray(picture), plotting.tile(images))


def test_an_unknown_kind_of_picture_is_refused(tmp_path):
    with pytest.raises(ValueError, match="unknown file extension"):
        plotting.save_picture(tmp_path / "digits.digits", black())


def frames(path):
    """Grey pixels and milliseconds of every frame of an animation."""
    with Image.open(path) as animation:
        for number in range(animation.n_frames):
            animation.seek(number)
            yield np.asarray(animation.convert("L")), animation.info["duration"]


def test_an_animation_has_a_frame_for_each_picture_and_rests_on_the_last(tmp_path):
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for path, value in zip(paths, (-1.0, 0.0, 1.0), strict=True):
        plotting.save_picture(path, constant(value, size=(8, 8, 1)), enlarge=1)
    plotting.save_animation(tmp_path / "a.gif", paths, seconds=3.0)
    pixels, milliseconds = zip(*frames(tmp_path / "a.gif"), strict=True)
    assert [image.shape for image in pixels] == [(8, 8)] * 3
    assert np.allclose([image.mean() for image in pixels], [0, 128, 255], atol=8)  # 16 greys
    assert milliseconds == (1000, 1000, 2000)


def test_an_animation_needs_a_picture(tmp_path):
    with pytest.raises(ValueError, match="no pictures"):
        plotting.save_animation(tmp_path / "a.gif", [])
    assert not (tmp_path / "a.gif").exists()


def test_an_animation_is_shown_with_its_sentence(shown, tmp_path):
    (tmp_path / "a.gif").write_bytes(b"GIF89a and so on")
    plotting.show_animation(tmp_path / "a.gif", "Digits grow out of noise.")
    (bundle, metadata, raw), (caption, *_) = shown
    assert raw
    assert base64.b64decode(bundle["image/gif"]) == b"GIF89a and so on"
    assert metadata == {"image/gif": {"alt": "Digits grow out of noise."}}
    assert caption.data == "_Digits grow out of noise._"


@pytest.mark.parametrize("left", [0, 30, 60])
def test_an_animation_leaves_out_what_cannot_be_read(tmp_path, left):
    paths = [tmp_path / f"{number}.png" for number in range(4)]
    for path, value in zip(paths, (-1.0, 0.5, 0.0, 1.0), strict=True):
        plotting.save_picture(path, constant(value, size=(8, 8, 1)), enlarge=1)
    paths[1].write_bytes(paths[1].read_bytes()[:left])
    paths.append(tmp_path / "gone.png")
    plotting.save_animation(tmp_path / "a.gif", paths)
    means = [image.mean() for image, _ in frames(tmp_path / "a.gif")]
    assert np.allclose(means, [0, 128, 255], atol=8)


def test_pixels_are_drawn_as_they_are():
    pixels = np.random.default_rng(0).integers(0, 256, (2, 3, 3, 1)).astype(np.uint8)
    assert np.array_equal(plotting.tile(pixels), plotting.tile(pixels / 127.5 - 1))


@pytest.mark.parametrize("most", [1.0, 255.0])
def test_images_from_zero_on_would_be_drawn_grey_and_are_refused(most):
    images = np.linspace(0, most, 48).reshape(1, 4, 4, 3)
    with pytest.raises(ValueError, match="black would be grey. Use images . 2 - 1"):
        plotting.image_grid(images)


def test_an_animation_keeps_its_colours(tmp_path):
    """Red, green, blue: (255, 0, 0) and so on, within what 128 colours allow."""
    paths = [tmp_path / f"{n}.png" for n in range(3)]
    for channel, path in enumerate(paths):
        image = -np.ones((1, 4, 4, 3), np.float32)
        image[..., channel] = 1
        plotting.save_picture(path, image)
    plotting.save_animation(tmp_path / "a.gif", paths)
    with Image.open(tmp_path / "a.gif") as animation:
        for channel in range(3):
            animation.seek(channel)
            expected = 255 * np.eye(3)[channel]
            assert np.abs(np.asarray(animation.convert("RGB")) - expected).max() < 8


def test_an_animation_has_one_size(tmp_path):
    paths = [tmp_path / f"{n}.png" for n in range(2)]
    for size, path in zip((4, 6), paths, strict=True):
        plotting.save_picture(path, -np.ones((1, size, size, 1)))
    with pytest.raises(ValueError, match="must have one size; there are"):
        plotting.save_animation(tmp_path / "a.gif", paths)


def test_a_film_shows_its_images_in_colour_and_begins_again(tmp_path):
    images = -np.ones((3, 16, 16, 3))
    images[range(3), :, :, range(3)] = 1  # red, green, blue
    plotting.save_film(tmp_path / "film.gif", images, milliseconds=70)
    with Image.open(tmp_path / "film.gif") as film:
        assert (film.n_frames, film.size, film.info["loop"]) == (3, (128, 128), 0)
        assert film.info["comment"] == plotting.MADE_BY.encode()
        for number, colour in enumerate(255 * np.eye(3)):
            film.seek(number)
            assert film.info["duration"] == 70
            assert (np.asarray(film.convert("RGB")) == colour).all()


def test_a_film_of_large_grey_images_is_not_enlarged(tmp_path):
    images = np.random.default_rng(0).uniform(-1, 1, (2, 200, 200, 1))
    images[0] = np.abs(images[0])  # bright: the range counts of all together
    plotting.save_film(tmp_path / "film.gif", images)
    with Image.open(tmp_path / "film.gif") as film:
        assert film.size == (200, 200) and film.mode in ("L", "P")
