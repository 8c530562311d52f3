"""Widgets: the walk between latents, the live panel, the sliders."""

import re

import numpy as np
import pytest
from scipy import stats
from scipy.spatial import geometric_slerp  # noqa: F401 - loaded here, so that no test waits for it

from ganedu import callbacks, gallery, games, metrics, plotting, widgets
from tests.tiny_gan import BATCH_SIZE, LATENT_DIM, tiny_gan, train


def latent(number, latent_dim=64):
    return np.random.default_rng(number).standard_normal(latent_dim)


class TestBetween:
    def test_it_starts_at_the_one_and_ends_at_the_other(self):
        walk = widgets.between(64, 3, 8, np.linspace(0, 1, 5))
        assert walk.shape == (5, 64) and walk.dtype == np.float32
        np.testing.assert_allclose(walk[0], latent(3), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(walk[-1], latent(8), rtol=1e-5, atol=1e-6)

    def test_the_length_goes_evenly_from_the_one_to_the_other(self):
        shares = np.array([0.0, 0.25, 0.6, 1.0])
        lengths = np.linalg.norm(widgets.between(64, 3, 8, shares), axis=1)
        first, last = np.linalg.norm(latent(3)), np.linalg.norm(latent(8))
        np.testing.assert_allclose(lengths, first + shares * (last - first), rtol=1e-5)
        assert abs(first - last) > 0.1

    def test_the_way_lies_on_the_great_circle(self):
        """slerp: sin((1 − t)θ)/sin θ · a + sin(tθ)/sin θ · b, for unit vectors a, b at angle θ."""
        shares = np.linspace(0, 1, 7)[:, np.newaxis]
        a, b = (latent(n) / np.linalg.norm(latent(n)) for n in (3, 8))
        angle = np.arccos(a @ b)
        expected = (np.sin((1 - shares) * angle) * a + np.sin(shares * angle) * b) / np.sin(angle)
        walk = widgets.between(64, 3, 8, shares.ravel())
        directions = walk / np.linalg.norm(walk, axis=1, keepdims=True)
        np.testing.assert_allclose(directions, expected, rtol=1e-4, atol=1e-6)

    def test_the_way_from_a_latent_to_itself_stands_still(self):
        walk = widgets.between(64, 5, 5, np.array([0.0, 0.5, 1.0]))
        np.testing.assert_allclose(walk, [latent(5)] * 3, rtol=1e-5, atol=1e-6)


@pytest.fixture
def live(monkeypatch):
    """What the panel shows, in order: (way, number of the place, figure, sentence)."""
    shown, places = [], []

    def show_live(figure, alt):
        place = len(places)
        places.append(place)
        shown.append(("new", place, figure, alt))
        return lambda figure, alt: shown.append(("replaced", place, figure, alt))

    monkeypatch.setattr(plotting, "show_live", show_live)
    return shown


class TestLivePanel:
    def test_it_draws_in_place_from_the_start_to_the_end(self, live):
        log = callbacks.Log(2, BATCH_SIZE)
        panel = widgets.LivePanel(log, num_steps=5, every=2, num_images=4)
        gan = train(tiny_gan(run_eagerly=True), 5, log, panel)
        assert [(way, place) for way, place, _, _ in live] == [("new", 0)] + [("replaced", 0)] * 3
        sentences = [sentence for *_, sentence in live]
        steps = [int(re.search(r"Step (\d+) of 5", sentence)[1]) for sentence in sentences]
        assert steps == [0, 2, 4, 5]
        assert "still draws noise" in sentences[0]
        row = log.rows[-1]
        assert f"discriminator loss {row['discriminator_loss']:.2f}" in sentences[-1]
        assert f"generator loss {row['generator_loss']:.2f}" in sentences[-1]
        assert all(sentence.endswith(".") for sentence in sentences)
        picture = live[-1][2].axes[2]
        assert picture.get_title() == "step 5"
        tiles = plotting.tile(gan.generate(4, panel.seed))[..., 0]
        assert np.array_equal(np.asarray(picture.images[0].get_array()), tiles)

    def test_it_keeps_its_frames_from_the_same_latents(self, live):
        taken = []

        class Seeds(type(tiny_gan())):
            def generate(self, num_images, seed, ema=True):
                taken.append((num_images, seed))
                return super().generate(num_images, seed, ema)

        gan = tiny_gan(run_eagerly=True)
        gan.__class__ = Seeds
        panel = widgets.LivePanel(callbacks.Log(2, BATCH_SIZE), 4, every=2, seed=7, num_images=4)
        train(gan, 4, panel.log, panel)
        assert taken == [(4, 7)] * 3
        assert len(panel.frames) == 3 and panel.frames[0].shape == (4, 28, 28, 1)

    def test_a_second_training_gets_a_place_of_its_own(self, live):
        log = callbacks.Log(2, BATCH_SIZE)
        panel = widgets.LivePanel(log, num_steps=4, every=2, num_images=4)
        gan = tiny_gan(run_eagerly=True)
        train(gan, 2, log, panel)
        train(gan, 2, log, panel)
        places = [(way, place) for way, place, _, _ in live]
        assert places == [("new", 0), ("replaced", 0), ("new", 1), ("replaced", 1)]
        assert "Step 2 of 4: discriminator loss" in live[2][3]  # no speed to tell the time from

    def test_the_time_left_is_that_of_the_steps_left(self, live, monkeypatch):
        """2 steps in 3 s: 1.5 s each, so 12 s for the 8 that are left."""
        now = [100.0]
        monkeypatch.setattr(widgets.time, "monotonic", lambda: now[0])
        log = callbacks.Log(2, BATCH_SIZE)
        panel = widgets.LivePanel(log, num_steps=10, every=2, num_images=4)
        panel.set_model(tiny_gan(run_eagerly=True))
        panel.on_train_begin()
        panel._first_step, now[0] = -2, 103.0  # as if two steps had passed
        panel.num_steps = 8
        log.rows.append({"discriminator_loss": 1.0, "generator_loss": 2.0})
        assert "about 12 s left" in panel._sentence(0)

    def test_reference_lines_are_those_of_the_loss(self, live):
        """least_squares at logits of zero: ½ + 0 for the discriminator, ½ for the generator."""
        log = callbacks.Log(2, BATCH_SIZE)
        panel = widgets.LivePanel(log, num_steps=2, every=2, num_images=4)
        train(tiny_gan(run_eagerly=True, loss="least_squares"), 2, log, panel)
        lines = [line.get_ydata()[0] for line in live[-1][2].axes[0].lines[2:]]
        assert lines == pytest.approx([0.5, 0.5], rel=1e-6)


@pytest.fixture
def explored(monkeypatch):
    """The explorer of a tiny generator, and what it draws: (figure, sentence)."""
    shown = []
    monkeypatch.setattr(plotting, "show", lambda figure, alt: shown.append((figure, alt)))
    generator = tiny_gan().generator
    return generator, widgets.latent_explorer(generator, LATENT_DIM), shown


class TestLatentExplorer:
    def test_it_draws_at_once_and_after_each_move(self, explored):
        _, box, shown = explored
        start, end, share, _ = box.children
        assert [text for _, text in shown] == [
            "Left latent 1, right latent 2, in the middle 50% of the way."
        ]
        start.value, share.value = 7, 0.25
        assert shown[1][1].startswith("Left latent 7, right latent 2, in the middle 50%")
        assert shown[2][1].startswith("Left latent 7, right latent 2, in the middle 25%")
        end.value = 40
        assert shown[3][1].startswith("Left latent 7, right latent 40,")
        assert len(shown) == 4

    def test_the_picture_is_that_of_the_latents(self, explored):
        generator, box, shown = explored
        box.children[2].value = 0.25
        latents = widgets.between(LATENT_DIM, 1, 2, np.array([0.0, 0.25, 1.0]))
        tiles = plotting.tile(generator(latents, training=False).numpy(), columns=3)[..., 0]
        drawn = np.asarray(shown[-1][0].axes[0].images[0].get_array())
        assert np.array_equal(drawn, tiles)

    def test_sliders_have_a_name_and_wait_for_the_hand_to_rest(self, explored):
        *sliders, _ = explored[1].children
        assert all(slider.description for slider in sliders)
        assert not any(slider.continuous_update for slider in sliders)
        assert (sliders[2].min, sliders[2].max) == (0, 1)


def test_the_slider_goes_through_the_moments(monkeypatch):
    shown = []
    monkeypatch.setattr(plotting, "show", lambda figure, alt: shown.append((figure, alt)))
    moments = [plotting.Moment(f"step {n}", np.full((4, 2), n / 10)) for n in range(3)]
    slider, _ = widgets.moments_explorer(moments, np.ones((3, 2)), extent=2.0).children
    slider.value = 3
    assert [alt for _, alt in shown] == ["Moment 1 of 3: step 0.", "Moment 3 of 3: step 2."]
    drawn = {line.get_label(): line.get_xydata() for line in shown[-1][0].axes[0].lines}
    np.testing.assert_array_equal(drawn["generated"], moments[2].samples)
    assert slider.description and not slider.continuous_update
    assert (slider.min, slider.max) == (1, 3)


@pytest.fixture
def played(monkeypatch):
    """The sliders of two densities, by description, and what they draw: (figure, sentence)."""
    shown = []
    monkeypatch.setattr(plotting, "show", lambda figure, alt: shown.append((figure, alt)))
    *sliders, _ = widgets.density_game().children
    return {slider.description: slider for slider in sliders}, shown


class TestDensityGame:
    def test_it_draws_at_once_and_after_each_move(self, played):
        sliders, shown = played
        assert shown[0][1].startswith("Real: mean -1.0, width 1.0; fake: mean 1.0, width 1.0. V")
        sliders["fake mean"].value, sliders["real width"].value = 3.0, 0.5
        assert shown[1][1].startswith("Real: mean -1.0, width 1.0; fake: mean 3.0, width 1.0.")
        assert shown[2][1].startswith("Real: mean -1.0, width 0.5; fake: mean 3.0, width 1.0.")
        sliders["real mean"].value, sliders["fake width"].value = 2.0, 2.0
        assert shown[4][1].startswith("Real: mean 2.0, width 0.5; fake: mean 3.0, width 2.0.")
        assert len(shown) == 5

    def test_the_picture_is_that_of_the_numbers(self, played):
        sliders, shown = played
        sliders["fake mean"].value = 3.0
        x, p = shown[-1][0].axes[0].lines[0].get_data()
        q = shown[-1][0].axes[0].lines[1].get_ydata()
        np.testing.assert_allclose(p, stats.norm(-1, 1).pdf(x), rtol=1e-9)
        np.testing.assert_allclose(q, stats.norm(3, 1).pdf(x), rtol=1e-9)

    @pytest.mark.parametrize(
        "numbers, words",
        [
            ((0.0, 1.0, 8.0, 1.0), "V(D*) = -0.0002, JSD = 0.6931 of at most 0.6931."),
            ((2.0, 0.5, 2.0, 0.5), "V(D*) = -1.3863, JSD = 0.0000 of at most 0.6931."),
            ((-5.0, 0.3, 5.0, 0.3), "V(D*) = -0.0000, JSD = 0.6931 of at most 0.6931."),
        ],
    )
    def test_the_sentence_has_the_value_and_the_divergence(self, numbers, words):
        """Equal densities: −2 log 2 and 0; far apart: 0 and log 2; .69305 at eight widths."""
        assert widgets.density_game_sentence(*numbers).endswith(words)

    def test_sliders_have_a_name_and_wait_for_the_hand_to_rest(self, played):
        sliders, _ = played
        assert list(sliders) == ["real mean", "real width", "fake mean", "fake width"]
        assert not any(slider.continuous_update for slider in sliders.values())
        assert all(sliders[name].min > 0 for name in ("real width", "fake width"))


class TestPhasePortrait:
    def test_each_move_draws_the_path_of_its_values(self, monkeypatch):
        shown = []
        monkeypatch.setattr(plotting, "show", lambda figure, alt: shown.append((figure, alt)))
        game, scheme, step_size, gamma, _ = widgets.phase_portrait(num_steps=7).children
        game.value, scheme.value = "bilinear game", "alternating"
        step_size.value, gamma.value = 0.5, 0.75
        assert len(shown) == 5
        figure, sentence = shown[-1]

        def field(point):
            return games.bilinear_field(point, 0.75)

        path = games.path(field, (1.0, 0.5), 0.5, 7, "alternating")
        assert np.array_equal(figure.axes[0].lines[0].get_xydata(), path)
        assert sentence == (
            "bilinear game, alternating, step size 0.50, γ = 0.75: after 7 steps the distance to "
            f"the equilibrium went from 1.12 to {np.hypot(*path[-1]):.3g}."
        )

    def test_it_begins_with_the_game_without_a_penalty(self, monkeypatch):
        shown = []
        monkeypatch.setattr(plotting, "show", lambda figure, alt: shown.append((figure, alt)))
        widgets.phase_portrait(num_steps=7)
        path = games.path(games.dirac_field, (1.0, 0.5), 0.2, 7, "simultaneous")
        assert np.array_equal(shown[0][0].axes[0].lines[0].get_xydata(), path)

    def test_controls_have_a_name_and_wait_for_the_hand_to_rest(self, monkeypatch):
        monkeypatch.setattr(plotting, "show", lambda figure, alt: None)
        *controls, _ = widgets.phase_portrait().children
        assert all(control.description for control in controls)
        assert not any(control.continuous_update for control in controls[2:])
        assert controls[2].min > 0 and controls[3].min == 0


@pytest.fixture
def convolved(monkeypatch):
    """The controls of a convolution, by description, and what they draw: (figure, sentence)."""
    shown = []
    monkeypatch.setattr(plotting, "show", lambda figure, alt: shown.append((figure, alt)))
    *controls, _ = widgets.convolution_explorer().children
    return {control.description: control for control in controls}, shown


class TestConvolutionExplorer:
    def test_each_move_draws_and_says_its_values(self, convolved):
        controls, shown = convolved
        assert shown[0][1].startswith("Convolution, kernel 3, stride 1, padding valid: 7 → 5; 3 p")
        controls["kind"].value, controls["stride"].value = True, 2
        assert shown[2][1] == (
            "Transposed convolution, kernel 3, stride 2, padding valid: 7 → 15; "
            "1 to 2 products in an output."
        )
        controls["padding"].value, controls["kernel"].value = "same", 4
        controls["size"].value = 8
        assert "kernel 4, stride 2, padding same: 8 → 16; 1 to 2 products" in shown[5][1]
        assert len(shown) == 6
        boxes = shown[5][0].axes[0].texts
        assert [text.get_text() for text in boxes[8:]] == ["1", *["2"] * 14, "1"]

    def test_every_setting_can_be_drawn(self, convolved):
        controls, shown = convolved
        controls["size"].value = controls["size"].min
        controls["kernel"].value = controls["kernel"].max
        controls["stride"].value = controls["stride"].max
        assert shown[-1][1].startswith("Convolution, kernel 5, stride 3, padding valid: 5 → 1;")

    def test_controls_have_a_name_and_wait_for_the_hand_to_rest(self, convolved):
        controls, _ = convolved
        assert list(controls) == ["size", "kernel", "stride", "padding", "kind"]
        sliders = [controls[name] for name in ("size", "kernel", "stride")]
        assert not any(slider.continuous_update for slider in sliders)


class TestNeighbourhoods:
    def test_the_sentence_has_what_the_metrics_say(self):
        real, fake = np.random.default_rng(0).normal(size=(2, 12, 2))
        told = widgets._counted(real, fake, 3)
        precision = metrics.precision_recall(real, fake, 3).precision
        density, coverage = metrics.density_coverage(real, fake, 3)
        assert f"precision {precision:.2f}, density {density:.2f}, coverage {coverage:.2f}." in told

    REAL = np.array([[0, 0], [1, 0], [0, 1], [1, 1], [0.5, 0.4], [0, 0]], float)
    FAKE = np.array([[2.0, 0.0], [0.0, 3.0]])

    def moved(self, monkeypatch):
        shown = []
        monkeypatch.setattr(plotting, "show", lambda figure, alt: shown.append((figure, alt)))
        k, far, _ = widgets.neighbourhoods(self.REAL, self.FAKE).children
        return k, far, shown

    def test_an_outlier_takes_a_fake_in(self, monkeypatch):
        _, far, shown = self.moved(monkeypatch)
        assert shown[-1][1].startswith("k = 1, last real point at 1.00: precision 0.00, ")
        far.value = 6.0  # its nearest is (1, 0), so its circle reaches over the fake at (2, 0)
        assert shown[-1][1] == (
            "k = 1, last real point at 6.00: precision 0.50, density 0.50, coverage 0.17."
        )
        assert shown[-1][0].axes[0].get_title() == "precision: fakes inside 0.50"
        assert len(shown) == 2

    def test_sliders_have_a_name_and_wait_for_the_hand_to_rest(self, monkeypatch):
        k, far, _ = self.moved(monkeypatch)
        assert (k.description, far.description) == ("k", "outlier at")
        assert not k.continuous_update and not far.continuous_update


class TestRunExplorer:
    def test_each_move_draws_the_moment_of_its_run(self, monkeypatch):
        shown = []
        monkeypatch.setattr(plotting, "show", lambda figure, alt: shown.append((figure, alt)))
        runs = {name: gallery.recorded(name) for name in ("healthy", "data range")}
        name, number, _ = widgets.run_explorer(runs, floor=25.0).children
        number.value = 2
        name.value = "data range"
        assert len(shown) == 3
        assert [re.match(r".*?, step \d+", alt)[0] for _, alt in shown] == [
            "healthy, snapshot 1 of 6, step 100",
            "healthy, snapshot 2 of 6, step 200",
            "data range, snapshot 2 of 6, step 200",
        ]
        picture = shown[-1][0].axes[-1].images[0].get_array()
        assert np.array_equal(picture, plotting.tile(runs["data range"].pictures[1], 4)[..., 0])
        marks = [axes.lines[-1].get_xdata()[0] for axes in shown[-1][0].axes[:2]]
        assert marks == [200, 200]

    def test_the_sentence_has_the_row_and_the_metric_of_the_step(self):
        run = gallery.recorded("healthy")
        row, measured = run.log[9], run.metrics[1]
        assert row["step"] == measured["step"] == 200
        assert widgets.run_sentence("healthy", run, 2) == (
            "healthy, snapshot 2 of 6, step 200: discriminator loss "
            f"{row['discriminator_loss']:.2f}, generator loss {row['generator_loss']:.2f}; "
            f"Fréchet distance {measured['frechet_distance']:,.0f}."
        )

    def test_controls_have_a_name_and_wait_for_the_hand_to_rest(self, monkeypatch):
        monkeypatch.setattr(plotting, "show", lambda figure, alt: None)
        name, number, _ = widgets.run_explorer({"healthy": gallery.recorded("healthy")}).children
        assert name.description and number.description and not number.continuous_update
        assert (number.min, number.max) == (1, 6)

    def test_no_run_is_an_error(self):
        with pytest.raises(ValueError, match="no run to explore"):
            widgets.run_explorer({})


@pytest.mark.parametrize("grading", ["", "autograde", "validate"])
def test_under_nbgrader_a_widget_has_no_output_that_could_stall_it(monkeypatch, grading):
    monkeypatch.setenv("NBGRADER_EXECUTION", grading)
    monkeypatch.setattr(plotting, "show", lambda figure, alt: None)
    parts = [type(part).__name__ for part in widgets.density_game().children]
    assert parts == ["FloatSlider"] * 4 + ["Output"] * (not grading)
