"""Sources by hand, a toy whose answers are known, pictures, and the pad."""

import re

import numpy as np
import pytest
from scipy import ndimage

from ganedu import data, plotting
from ganedu.playground import pairs


@pytest.fixture(scope="module")
def digits():
    return data.load("digits").images[:60]


def picture(text):
    """An image from rows of characters; # is stroke."""
    rows = [[*row] for row in text.split()]
    return np.where(np.array(rows) == "#", 1.0, -1.0)[np.newaxis, :, :, np.newaxis]


def drawn(images):
    return images[..., 0] > 0


def test_a_block_becomes_its_mean():
    images = np.arange(32.0).reshape(1, 4, 4, 2)
    small = pairs.smaller(images, 2)
    assert small.shape == (1, 2, 2, 2) and small.dtype == np.float32
    for i, j in np.ndindex(2, 2):
        block = images[0, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        np.testing.assert_allclose(small[0, i, j], block.mean(axis=(0, 1)))


def test_no_light_is_lost_in_a_smaller_image(digits):
    small = pairs.smaller(digits)
    assert small.shape == (60, 7, 7, 1)
    np.testing.assert_allclose(small.mean(axis=(1, 2)), digits.mean(axis=(1, 2)), atol=1e-6)
    with pytest.raises(ValueError, match="28×28 pixels cannot be cut into blocks of 5×5"):
        pairs.smaller(digits, 5)


def test_a_bar_is_thinned_to_its_middle():
    bar = picture("....... ....... .#####. .#####. .#####. ....... .......")
    line = drawn(pairs.sketches(bar))[0]
    assert line[3, 1:6].all()
    assert line[:, 2:5].sum() == 3  # spurs to the corners are left at its ends alone


def test_a_line_of_one_pixel_stays():
    line = picture("..... ..#.. ..#.. ..#.. .....")
    np.testing.assert_array_equal(pairs.sketches(line), line)
    assert not drawn(pairs.sketches(-np.ones((2, 5, 5, 1)))).any()


def test_a_sketch_lies_in_its_stroke_in_one_piece_and_is_thin(digits):
    strokes, lines = drawn(digits), drawn(pairs.sketches(digits))
    assert not (lines & ~strokes).any() and lines.sum() < 0.5 * strokes.sum()
    eight = np.ones((3, 3))
    for stroke, line in zip(strokes, lines):
        assert ndimage.label(stroke, eight)[1] == ndimage.label(line, eight)[1]
        holes = [ndimage.label(~one)[1] for one in (stroke, line)]
        assert holes[0] == holes[1]  # the 0 keeps its hole
    squares = ndimage.minimum_filter(lines.astype(int), size=(1, 2, 2))
    assert squares.sum() < 0.05 * lines.sum()  # hardly a square of four pixels is left


def test_one_image_is_thinned_as_in_company(digits):
    together = pairs.sketches(digits[:5])
    for image, line in zip(digits[:5], together):
        np.testing.assert_array_equal(pairs.sketches(image[np.newaxis])[0], line)


def test_noise_is_of_its_seed_and_clipped(digits):
    first, same, other = (pairs.noisy(digits, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, same)
    assert (first != other).any() and first.dtype == np.float32
    assert first.min() == -1 and first.max() == 1
    grey = np.zeros((200, 8, 8, 1))
    assert pairs.noisy(grey, 0, std=0.1).std() == pytest.approx(0.1, rel=0.05)


def test_each_task_makes_sources_of_digits(digits):
    shapes = {task: make(digits, 0).shape[1:] for task, make in pairs.TASKS.items()}
    large = (28, 28, 1)
    small = {"sixteen_pixels": (4, 4, 1), "super_resolution": (7, 7, 1)}
    assert shapes == {**small, "sketch_to_digit": large, "denoise": large}


def test_the_mean_of_the_bands_is_on_neither():
    x, y = pairs.bands(20_000, seed=0)
    sides = y - x
    assert np.abs(sides).min() > 0.7
    assert sides.mean() == pytest.approx(0, abs=0.03)
    assert np.var(sides) == pytest.approx(1 + pairs.BAND_STD**2, rel=0.01)
    upper = pairs.bands(20_000, seed=0, share=0.8)
    assert (upper[1] > upper[0]).mean() == pytest.approx(0.8, abs=0.01)


def test_pictures_show_what_they_are_given(digits):
    x, y = pairs.bands(50, seed=0)
    figure = pairs.bands_panel(x, y, {"one": (x, y), "two": (x, -y)})
    assert [axes.get_title() for axes in figure.axes] == ["one", "two"]
    np.testing.assert_array_equal(figure.axes[1].lines[1].get_ydata(), -y[:, 0])
    rows = {"source": pairs.smaller(digits[:4]), "target": digits[:4]}
    figure = pairs.answers_panel(rows)
    assert [axes.texts[0].get_text() for axes in figure.axes] == ["source", "target"]
    shapes = {axes.images[0].get_array().shape for axes in figure.axes}
    assert shapes == {(28, 4 * 30 - 2)}


def test_the_curve_marks_medians_and_ranges():
    rows = [
        {"program": "weight 3", "psnr": psnr, "frechet_distance": distance}
        for psnr, distance in ((17, 40), (18, 20), (16, 30))
    ]
    rows.append({"program": "weight 0, noise", "psnr": 15, "frechet_distance": 9})
    rival = {"program": "bicubic", "psnr": 14, "frechet_distance": 700}
    [axes] = pairs.trade_curve(rows, [rival], floor=4.5).axes
    assert [line.get_ydata()[0] for line in axes.lines if len(line.get_ydata()) == 2] == [4.5]
    points = {text.get_text(): text.xy for text in axes.texts}
    assert points.keys() == {"3", "0, noise", "bicubic"}
    assert tuple(points["3"]) == (17, 30)
    [across, _] = axes.containers[0].lines[2]
    np.testing.assert_allclose(across.get_segments()[0], [[16, 30], [18, 30]])


def test_a_drawing_comes_as_a_source():
    strokes = [*784 * "0"]
    strokes[28 * 3 + 5] = "1"
    sketch = pairs.sketch_of("".join(strokes))
    assert sketch.shape == (1, 28, 28, 1) and sketch.dtype == np.float32
    assert np.argwhere(sketch > 0).tolist() == [[0, 3, 5, 0]] and sketch.min() == -1
    assert (pairs.sketch_of("") == -1).all()
    for bad in ("1", 783 * "0" + "2", 785 * "0"):
        with pytest.raises(ValueError, match="784 characters 0 or 1"):
            pairs.sketch_of(bad)


def test_the_pad_hands_what_is_drawn_to_the_network(monkeypatch):
    seen, shown = [], []
    monkeypatch.setattr(plotting, "show", lambda figure, alt: shown.append(alt))
    box = pairs.drawing_pad(lambda sketch: seen.append(sketch) or -sketch)
    canvas, text, _ = box.children
    text.value = "1" + 783 * "0"
    assert len(seen) == len(shown) == 2  # the empty pad, then the drawing
    assert (seen[0] == -1).all() and seen[1][0, 0, 0, 0] == 1
    # each attribute of the page ends where it should: the script holds no double quote
    handlers = re.findall(r'on(\w+)="([^"]*)"', canvas.value)
    assert [name for name, _ in handlers] == [
        "pointerdown", "pointermove", "pointerup", "pointercancel", "click",
    ]  # fmt: skip
    for _, script in handlers:
        assert all(script.count(a) == script.count(b) for a, b in ("()", "[]", "{}"))
    assert "ganedu-pad" in box._dom_classes and ".ganedu-pad" in canvas.value
