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
from scipy import integrate, special, stats

from ganedu import metrics, plotting

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


def test_a_walk_has_one_row_each():
    images = constant(*np.linspace(-1, 1, 6), size=(1, 2, 1))
    drawn = np.asarray(plotting.latent_walk(images, columns=2).axes[0].images[0].get_array())
    expected = [[0, 0, 255, 255, 51, 51], [102, 102, 255, 255, 153, 153]]
    assert drawn[::3].tolist() == [*expected, [204, 204, 255, 255, 255, 255]]


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


class TestGameInThePlane:
    points = np.array([[1.0, 0.0], [0.0, 1.0]])

    def moment(self, **parts):
        return plotting.Moment("step 3", np.array([[0.5, -0.5]]), **parts)

    def test_one_panel_a_moment_and_no_empty_frames(self):
        figure = plotting.game_in_the_plane([self.moment()] * 4, self.points, 2.0, columns=3)
        assert [axes.axison for axes in figure.axes] == [True] * 4 + [False] * 2
        assert [axes.get_title() for axes in figure.axes[:4]] == ["step 3"] * 4

    def test_points_and_samples_are_where_they_belong(self):
        (axes,) = plotting.game_in_the_plane([self.moment()], self.points, 2.0).axes
        drawn = {line.get_label(): line.get_xydata() for line in axes.lines}
        np.testing.assert_array_equal(drawn["real"], self.points)
        np.testing.assert_array_equal(drawn["generated"], [[0.5, -0.5]])
        assert axes.get_xlim() == axes.get_ylim() == (-2, 2)

    def test_the_line_of_doubt_lies_where_the_surface_is_one_half(self):
        """A probability that grows with x and is ½ at x = 1."""
        surface = np.tile(np.clip(np.linspace(-2, 2, 41) / 2, 0.01, 0.99), (41, 1))
        (axes,) = plotting.game_in_the_plane([self.moment(surface=surface)], self.points, 2.0).axes
        filled, line = axes.collections
        (path,) = line.get_paths()
        np.testing.assert_allclose(path.vertices[:, 0], 1, atol=1e-6)
        assert len(filled.get_paths()) == 10

    def test_a_surface_on_one_side_of_doubt_has_no_line(self):
        surface = np.full((9, 9), 0.9)
        (axes,) = plotting.game_in_the_plane([self.moment(surface=surface)], self.points, 2.0).axes
        assert len(axes.collections) == 1

    def test_arrows_start_at_their_points(self):
        arrows = np.array([[0.0, 1.0]]), np.array([[0.3, -0.2]])
        (axes,) = plotting.game_in_the_plane([self.moment(arrows=arrows)], self.points, 2.0).axes
        (quiver,) = axes.collections
        np.testing.assert_array_equal(quiver.get_offsets(), arrows[0])
        assert (quiver.U[0], quiver.V[0]) == (0.3, -0.2)


class TestDensityGame:
    def test_it_draws_the_densities_and_the_share_of_real_between_them(self):
        upper, lower, _ = plotting.density_game(-1.0, 0.7, 1.0, 1.4).axes
        (x, p), (_, q) = (line.get_data() for line in upper.lines)
        np.testing.assert_allclose(p, stats.norm(-1.0, 0.7).pdf(x), rtol=1e-9)
        np.testing.assert_allclose(q, stats.norm(1.0, 1.4).pdf(x), rtol=1e-9)
        np.testing.assert_allclose(lower.lines[0].get_ydata(), p / (p + q), rtol=1e-9)
        assert [text.get_text() for text in upper.get_legend().get_texts()] == ["real p", "fake q"]
        assert upper.lines[0].get_linestyle() != upper.lines[1].get_linestyle()

    def test_the_curve_is_the_divergence_over_the_distance_with_a_dot_now(self):
        """Unit Gaussians: 0 at distance 0, .69305 at 8 (lesson 01); the dot at |3 − (−5)| = 8."""
        right = plotting.density_game(3.0, 1.0, -5.0, 1.0).axes[2]
        curve, dot, limit = right.lines
        distances, apart = curve.get_data()
        assert (distances[0], apart[0]) == (0.0, pytest.approx(0.0, abs=1e-12))
        assert np.interp(8.0, distances, apart) == pytest.approx(0.69305, abs=2e-5)
        assert dot.get_xdata()[0] == 8.0
        assert dot.get_ydata()[0] == pytest.approx(0.69305, abs=5e-6)
        assert limit.get_ydata()[0] == pytest.approx(np.log(2))

    def test_it_says_the_numbers_in_words(self):
        right = plotting.density_game(0.5, 0.8, 0.5, 0.8).axes[2]
        words = right.texts[-1].get_text()
        assert "JSD = 0.000" in words and "= −1.386" in words

    def test_unequal_widths_are_apart_even_at_distance_zero(self):
        """The same integral by an adaptive integrator, for widths as unlike as sliders allow."""
        dot = plotting.density_game(0.0, 0.3, 0.0, 3.0).axes[2].lines[1]

        def integrand(x):
            p, q = stats.norm(0, 0.3).pdf(x), stats.norm(0, 3).pdf(x)
            return (special.entr((p + q) / 2) - special.entr(p) / 2 - special.entr(q) / 2).item()

        expected = 2 * integrate.quad(integrand, 0, 30, limit=200, points=[0.5, 1.0, 2.0])[0]
        assert dot.get_ydata()[0] == pytest.approx(expected, abs=1e-7)

    def test_a_width_is_larger_than_zero(self):
        with pytest.raises(ValueError, match="std must be larger than 0"):
            plotting.density_game(0.0, 0.0, 1.0, 1.0)


def turn(point):
    """Circles around 0, against the clock."""
    return np.array([-point[1], point[0]])


def test_phase_portrait_draws_fields_and_paths():
    paths = [np.array([[1.0, 0.5], [0.5, 1.0], [0.0, 1.2]]), np.array([[0.2, 0.1], [0.3, 0.1]])]
    figure = plotting.phase_portrait([turn, np.negative], paths, ["a", "b"], ("x", "y"), limit=3)
    assert [axes.get_title() for axes in figure.axes] == ["a", "b"]
    for axes, path, field in zip(figure.axes, paths, (turn, np.negative), strict=True):
        line, start, end, _ = axes.lines
        assert np.array_equal(line.get_xydata(), path)
        assert (start.get_xydata().tolist(), start.get_marker()) == ([path[0].tolist()], "o")
        assert (end.get_xydata().tolist(), end.get_marker()) == ([path[-1].tolist()], "s")
        assert axes.get_xlim() == axes.get_ylim() == (-3, 3)
        [arrows] = axes.collections
        expected = field(np.array([arrows.X, arrows.Y]))
        pushes = np.array([arrows.U, arrows.V])
        np.testing.assert_allclose(pushes * np.hypot(*expected), expected, atol=1e-12)
        lengths = np.hypot(*pushes)  # every arrow has length 1 but the one at the equilibrium
        assert np.sort(lengths)[:2].round(9).tolist() == [0, 1] and lengths.max() < 1 + 1e-9
    assert [figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()] == ["x", "y"]


def test_phase_portrait_needs_a_path_for_each_field():
    with pytest.raises(ValueError, match="got 2, 1 and 1"):
        plotting.phase_portrait([turn, turn], [np.zeros((2, 2))], ["a"])


def test_evaluation_panel_draws_pairs_and_both_shares():
    pairs = {
        "best": np.full((4, 2, 28, 28, 1), 1.0),
        "worst": np.stack([np.full((6, 28, 28, 1), v) for v in (-1.0, 0.0)], axis=1),
    }
    shares, real = np.arange(10) / 45, np.full(10, 0.1)
    figure = plotting.evaluation_panel(pairs, shares, real)
    best, worst, bars = figure.axes
    assert [best.get_title(), worst.get_title()] == ["best", "worst"]
    expected = plotting.tile(pairs["worst"].reshape(12, 28, 28, 1), columns=4)
    np.testing.assert_array_equal(np.squeeze(worst.images[0].get_array()), np.squeeze(expected))
    heights = [bar.get_height() for bar in bars.patches]
    np.testing.assert_allclose(heights[:10], shares)
    np.testing.assert_allclose(heights[10:], real)
    with pytest.raises(ValueError, match="9 shares beside 10"):
        plotting.evaluation_panel(pairs, shares[:9], real)


class TestConvolutionLinks:
    def test_it_links_what_feeds_what(self):
        """Kernel 3, stride 2 on 5 pixels: outputs at 0–2 and 2–4; the second one is drawn thick."""
        [axes] = plotting.convolution_links(5, 3, stride=2).axes
        thin, thick = axes.collections
        ends = [[tuple(end) for end in line] for line in thin.get_segments()]
        assert ends == [[(i, 0.25), (1.5, 1.75)] for i in (0, 1, 2)]
        ends = [[tuple(end) for end in line] for line in thick.get_segments()]
        assert ends == [[(i, 0.25), (2.5, 1.75)] for i in (2, 3, 4)]
        assert thick.get_linewidths()[0] > thin.get_linewidths()[0]

    def test_the_boxes_say_places_and_numbers_of_products(self):
        """Transposed, kernel 3, stride 2, 2 → 5: the two stamps meet in the middle."""
        [axes] = plotting.convolution_links(2, 3, stride=2, transposed=True).axes
        assert [text.get_text() for text in axes.texts] == [*"01", *"11211"]
        heights = [text.get_position()[1] for text in axes.texts]
        assert heights == [0] * 2 + [2] * 5
        filled = [box.get_facecolor()[:3] != (1, 1, 1) for box in axes.patches]
        assert filled == [True, True, False, False, True, False, False]

    def test_what_does_not_fit_is_refused(self):
        with pytest.raises(ValueError, match="does not fit"):
            plotting.convolution_links(2, 3)


class TestShapeChain:
    def test_every_shape_and_step_stands_there_from_left_to_right(self):
        shapes, steps = [(64,), (7, 7, 64), (28, 28, 1), (1,)], ["Dense", "grow", "judge"]
        [axes] = plotting.shape_chain(shapes, steps).axes
        texts = sorted((text.get_position()[0], text.get_text()) for text in axes.texts)
        words = [word for _, word in texts if word]
        assert words == ["64", "Dense", "7×7×64", "grow", "28×28×1", "judge", "1"]

    def test_faces_have_the_sides_of_the_image_and_one_lies_behind_another_per_doubling(self):
        """64 = 2⁶ channels: six faces behind the first; one channel: none."""
        [axes] = plotting.shape_chain([(7, 9, 64), (28, 28, 1)], [""]).axes
        sizes = [(box.get_height(), box.get_width()) for box in axes.patches[:8]]
        assert sizes == [(7, 9)] * 7 + [(28, 28)]

    @pytest.mark.parametrize("shapes, steps", [([(1,), (2,)], []), ([(7, 7)], [])])
    def test_what_is_no_chain_is_refused(self, shapes, steps):
        with pytest.raises(ValueError, match="one step between each two"):
            plotting.shape_chain(shapes, steps)


class TestMatrices:
    def test_every_number_but_zero_stands_in_its_box(self):
        first, second = plotting.matrices([np.array([[1, 0], [2.5, 3]]), np.eye(1)], "ab").axes
        written = {text.get_text(): text.get_position() for text in first.texts}
        assert written == {"1": (0.5, 1.5), "2.5": (0.5, 0.5), "3": (1.5, 0.5)}  # row 0 is on top
        [mesh] = first.collections
        assert mesh.get_array().tolist() == [[2.5, 3], [1, 0]]
        assert [axes.get_title() for axes in (first, second)] == ["a", "b"]

    def test_each_has_a_title(self):
        with pytest.raises(ValueError, match="got 1 matrices, 2 titles"):
            plotting.matrices([np.eye(2)], ["a", "b"])


SEVEN = np.array([[0, 0], [1, 0], [0, 1], [1, 1], [0.5, 0.4], [6, 0], [0.2, 0.7]])


def test_neighbourhoods_draws_the_circles_that_are_counted():
    """The square's corners have their nearest at the middle; the far point's reaches to (1, 0)."""
    figure = plotting.neighbourhoods(SEVEN[:6], np.array([[2.0, 0.0], [0.0, 3.0]]), k=1)
    left, right = figure.axes
    widths = [np.ptp(path.vertices[:, 0]) for path in left.collections[0].get_paths()]
    np.testing.assert_allclose(widths[0], 2 * np.hypot(0.5, 0.4), rtol=1e-3)
    np.testing.assert_allclose(widths[5], 10.0, rtol=1e-3)
    assert left.get_title() == "precision: fakes inside 0.50"
    assert right.get_title() == "recall: real points inside 0.83"  # (6, 0) is 4 away, circles √13
    _, inside, outside = left.lines
    assert inside.get_xydata().tolist() == [[2.0, 0.0]] and inside.get_fillstyle() == "full"
    assert outside.get_xydata().tolist() == [[0.0, 3.0]] and outside.get_fillstyle() == "none"


def test_neighbourhoods_counts_as_the_metric_does():
    real, fake = np.random.default_rng(0).normal(size=(2, 12, 2))
    fake[:, 0] += 1
    for k in (1, 3):
        left, right = plotting.neighbourhoods(real, fake, k).axes
        counted = [len(axes.lines[1].get_xdata()) / 12 for axes in (left, right)]
        assert tuple(counted) == pytest.approx(metrics.precision_recall(real, fake, k))


@pytest.mark.parametrize("k", [0, 6])
def test_neighbourhoods_needs_a_neighbour(k):
    with pytest.raises(ValueError, match=f"got k = {k}"):
        plotting.neighbourhoods(SEVEN[:6], SEVEN, k)


def test_the_defect_table_has_every_number_and_a_word_for_every_verdict():
    figure = plotting.defect_table(
        ["blur", "noise"], ["precision"], [["0.84"], ["0.66"]], [["–"], ["sees"]]
    )
    texts = [(text.get_text(), text.get_fontweight()) for text in figure.axes[0].texts]
    assert texts == [("0.84", "normal"), ("–", "normal"), ("0.66", "bold"), ("sees", "bold")]


def test_the_defect_table_needs_a_verdict_for_each_number():
    with pytest.raises(ValueError, match="2 rows and 1 columns"):
        plotting.defect_table(["blur", "noise"], ["precision"], [["1"], ["2"]], [["sees"]])


def a_run(largest=2.0):
    """Three rows, two snapshots."""
    rows = [
        {**ROW, "step": step, "generator_loss": loss, "held_out_logit": 0.1}
        for step, loss in ((20, 0.5), (40, largest), (60, 1.0))
    ]
    metrics = [{"step": step, "frechet_distance": 900.0 / step} for step in (30, 60)]
    pictures = np.stack([np.full((16, 28, 28, 1), value) for value in (-1.0, 1.0)])
    return SimpleNamespace(
        log=rows, steps=[30, 60], pictures=pictures, metrics=metrics, references=(1.4, 0.7)
    )


def by_label(axes):
    return {line.get_label(): line.get_xydata().T.tolist() for line in axes.lines}


def test_few_colours_make_a_smaller_picture_of_the_same():
    figure = plotting.run_panel(a_run())
    whole, small = plotting.png(figure), plotting.png(figure, colours=64)
    assert len(small) < 0.7 * len(whole)
    pictures = [Image.open(io.BytesIO(png)).convert("RGB") for png in (whole, small)]
    assert len(pictures[1].getcolors()) <= 64 < len(pictures[0].getcolors(10**6))
    apart = np.abs(np.subtract(*(np.asarray(picture, float) for picture in pictures)))
    assert apart.mean() < 1 and apart.max() < 80


class TestRecordedRuns:
    def test_the_panel_has_every_curve_and_every_snapshot(self):
        losses, logits, distance, *pictures = plotting.run_panel(a_run(), floor=25.0).axes
        assert by_label(losses)["generator"] == [[20, 40, 60], [0.5, 2.0, 1.0]]
        assert by_label(losses)["discriminator"] == [[20, 40, 60], [1.4] * 3]
        assert [line.get_ydata()[0] for line in losses.lines[2:]] == [1.4, 0.7]
        assert by_label(logits)["held-out real"] == [[20, 40, 60], [0.1] * 3]
        assert by_label(logits)["fake"][1] == [-0.1] * 3
        assert distance.lines[0].get_xydata().tolist() == [[30, 30], [60, 15]]
        assert distance.lines[1].get_ydata()[0] == 25.0
        assert [axes.get_title() for axes in pictures] == ["step 30", "step 60"]
        assert pictures[1].images[0].get_array()[0, 0] == 255

    def test_one_moment_is_marked_and_shown_alone(self):
        *curves, picture = plotting.run_panel(a_run(), at=0).axes
        assert [axes.lines[-1].get_xdata() for axes in curves] == [[30, 30]] * 3
        assert picture.get_title() == "step 30" and picture.images[0].get_array()[0, 0] == 0

    @pytest.mark.parametrize("largest, scale", [(7.9, "linear"), (8.1, "symlog")])
    def test_large_values_are_drawn_on_a_logarithm(self, largest, scale):
        assert plotting.run_panel(a_run(largest)).axes[0].get_yscale() == scale

    def test_the_overview_has_the_last_samples_of_each_run(self):
        figure = plotting.run_overview({name: a_run() for name in ("one", "two", "three", "four")})
        curves, pictures = figure.axes[::2], figure.axes[1::2]
        assert len(curves) == len(pictures) == 4
        assert all(axes.images[0].get_array()[0, 0] == 255 for axes in pictures)
        places = {part.get_suptitle(): part.bbox for part in figure.subfigs}
        first, *_, last = [places[name] for name in ("one", "two", "three", "four")]
        assert first.x0 == last.x0 and first.y0 > last.y0  # a new row after three
        assert first.x0 < places["two"].x0 < places["three"].x0

    def test_logs_come_without_samples(self):
        figure = plotting.run_logs({"X": a_run(), "Y": a_run()})
        assert len(figure.axes) == 4 and not any(axes.images for axes in figure.axes)
        assert [axes.get_title() for axes in figure.axes[:2]] == ["X", "Y"]
        assert by_label(figure.axes[0])["generator"][1] == [0.5, 2.0, 1.0]
        assert by_label(figure.axes[2])["real"][1] == [0.2] * 3
