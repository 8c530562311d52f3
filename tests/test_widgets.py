"""Widgets: the walk between latents, the live panel, the sliders."""

import re

import numpy as np
import pytest
from scipy.spatial import geometric_slerp  # noqa: F401 - loaded here, so that no test waits for it

from ganedu import callbacks, plotting, widgets
from ganedu.playground import densities
from tests.tiny_gan import BATCH_SIZE, tiny_gan, train


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
            def generate(self, num_images, seed, ema=True, **options):
                taken.append((num_images, seed))
                return super().generate(num_images, seed, ema, **options)

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


@pytest.mark.parametrize("grading", ["", "autograde", "validate"])
def test_under_nbgrader_a_widget_has_no_output_that_could_stall_it(monkeypatch, grading):
    monkeypatch.setenv("NBGRADER_EXECUTION", grading)
    monkeypatch.setattr(plotting, "show", lambda figure, alt: None)
    parts = [type(part).__name__ for part in densities.density_explorer().children]
    assert parts == ["FloatSlider"] * 4 + ["Output"] * (not grading)
