"""The gallery: every case differs from the healthy run as it says, and its recording shows it."""

import io
import json
import re
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from ganedu import data, evaluation, losses, plotting, shipped
from ganedu.playground import gallery
from tests.benchmarks.gallery import ALONE, METRICS, SHOWS, UNLABELLED, held_out_share, late

ROW = {"discriminator_loss": 1.4, "generator_loss": 0.7, "real_logit": 0.2, "fake_logit": -0.1}
RUNS = (*gallery.CASES, *UNLABELLED)


@pytest.fixture(scope="module")
def runs():
    return {name: gallery.recorded(name) for name in RUNS}


@pytest.fixture(scope="module")
def floor():
    return shipped.recording("gallery")["floor"]["frechet_distance"]


class TestCases:
    def test_each_changes_something_that_there_is_and_the_cure_takes_it_up(self):
        assert gallery.CASES["healthy"].changes == gallery.CASES["healthy"].cured == {}
        for name, case in gallery.CASES.items():
            assert case.changes.keys() <= gallery.HEALTHY.keys()
            assert case.cured.keys() <= case.changes.keys()
            assert all(case.changes[key] != value for key, value in case.cured.items())
            assert bool(case.cured) == (name != "healthy")

    def test_more_than_one_change_is_named_as_such(self):
        """So that a cause is not named after a run in which several things differed."""
        several = {name: case for name, case in gallery.CASES.items() if len(case.changes) > 1}
        assert {name: [*case.changes] for name, case in several.items()} == {
            "saturated generator": ["generator_rate", "loss", "gamma"],
            "too large a step": ["generator_rate", "discriminator_rate"],
            "few images": ["num_images", "gamma", "num_steps"],
        }
        for name, words in (
            ("saturated generator", ("minimax", "100 times slower", "no penalty")),
            ("too large a step", ("both players",)),
            ("few images", ("100 training images", "no penalty", "half as long again")),
        ):
            assert all(word in gallery.CASES[name].cause for word in words), name

    def test_settings_are_the_healthy_ones_with_the_changes(self):
        assert gallery.settings("healthy") == gallery.HEALTHY
        weak = gallery.settings("discriminator too weak", d_steps=3)
        assert weak == {**gallery.HEALTHY, "gamma": 1000.0, "d_steps": 3}

    @pytest.mark.parametrize("name, changes", [("helthy", {}), ("healthy", {"gama": 1.0})])
    def test_an_unknown_name_lists_those_that_there_are(self, name, changes):
        with pytest.raises(ValueError, match="'(helthy|gama)'. There are: .*(healthy|gamma)"):
            gallery.settings(name, **changes)

    def test_the_gan_has_the_settings(self):
        changes = {"gamma": 0.2, "d_steps": 2, "discriminator_beta_1": 0.5}
        made = gallery.gan("saturated generator", seed=0, **changes)
        assert made.loss_pair == losses.get("minimax") and made.d_steps == 2
        assert float(made.generator_optimizer.learning_rate) == pytest.approx(2e-5)
        assert float(made.discriminator_optimizer.learning_rate) == pytest.approx(2e-3)
        assert made.discriminator_optimizer.beta_1 == 0.5 and made.ema_generator is None
        assert len(made.penalties) == 1
        assert gallery.gan("saturated generator", seed=0).penalties == ()

    def test_images_have_the_range_and_number_of_the_case(self):
        digits = np.linspace(-1, 1, 300).reshape(300, 1, 1, 1)
        assert np.array_equal(gallery.images("healthy", digits), digits)
        assert np.array_equal(gallery.images("few images", digits), digits[:100])
        np.testing.assert_allclose(gallery.images("data range", digits), (digits + 1) / 2)


def test_a_run_keeps_log_pictures_and_metrics(monkeypatch):
    monkeypatch.setattr(gallery, "NUM_SAMPLES", 70)
    digits, real = data.load("digits").images, evaluation.reference("digits", num_images=80)
    run = gallery.train("saturated generator", digits, real, seed=1, num_steps=6, d_steps=1)
    assert run.steps == [1, 2, 3, 4, 5, 6] == [row["step"] for row in run.metrics]
    assert run.pictures.shape == (6, 16, 28, 28, 1) and len(run.log) == 1
    assert run.log[0]["step"] == 6 and np.isfinite(run.log[0]["held_out_logit"])
    assert run.references == pytest.approx((2 * np.log(2), -np.log(2)))
    assert np.abs(np.diff(run.pictures, axis=0)).mean() > 0
    assert len(gallery.run_panel(run).axes) == 9


class TestRecordings:
    def test_every_run_is_there_and_says_how_it_was_made(self, runs):
        told = shipped.recording("gallery")
        assert told["command"] == "uv run python -m tests.benchmarks.gallery --store --seeds 0 1 2"
        assert all(told[name] for name in ("versions", "machine", "date", "data"))
        assert tuple(row["run"] for row in told["rows"]) == RUNS
        assert set(shipped.pictures("gallery")) == set(RUNS)
        assert {*told["floor"], "step"} == {*METRICS}

    def test_it_says_which_seeds_showed_the_failure_and_what_one_change_did(self):
        told = shipped.recording("gallery")
        assert tuple(told["seeds"]) == tuple(gallery.CASES) and tuple(told["alone"]) == tuple(ALONE)
        assert all(shown["0"] for shown in told["seeds"].values())
        best = gallery.recorded("healthy").metrics[-1]["frechet_distance"]
        assert all(distance < 1.3 * best for distance in told["alone"].values())

    def test_they_are_small(self):
        sizes = [(shipped.RECORDINGS / f"gallery.{end}").stat().st_size for end in ("json", "npz")]
        assert max(sizes) < 250_000

    def test_runs_have_one_shape(self, runs):
        for name, run in runs.items():
            assert run.pictures.shape == (6, 16, 28, 28, 1), name
            assert np.abs(run.pictures).max() <= 1
            assert run.steps == [row["step"] for row in run.metrics], name
            assert run.log[-1]["step"] == run.steps[-1]
            assert len(run.log) * gallery.LOG_EVERY == run.steps[-1]
            assert json.dumps(run.log).count("NaN") == 0

    def test_an_unknown_run_lists_those_that_there_are(self):
        with pytest.raises(ValueError, match="'Z'. There are: healthy, .* F"):
            gallery.recorded("Z")


class TestSymptoms:
    """What lesson 07 says of each run, as numbers."""

    @pytest.mark.parametrize("name", RUNS)
    def test_each_shows_what_its_case_says(self, runs, name):
        case = UNLABELLED.get(name, (name,))[0]
        assert SHOWS[case](runs[name])
        others = {"healthy", "discriminator too weak", "data range", "few images"} - {case}
        assert not any(SHOWS[other](runs[name]) for other in others)

    def test_healthy(self, runs):
        run = runs["healthy"]
        assert 0.3 < late(run, "real_logit").mean() < 2 and late(run, "fake_logit").mean() < -0.3
        lasts = {name: runs[name].metrics[-1]["frechet_distance"] for name in gallery.CASES}
        assert all(lasts[name] > 1.5 * lasts["healthy"] for name in lasts if name != "healthy")

    @pytest.mark.parametrize("name", ["mode collapse", "F"])
    def test_collapsed_samples_are_alike(self, runs, name):
        def variety(run):
            return np.std(run.pictures[-3:], axis=1).mean()

        assert variety(runs[name]) < 0.6 * variety(runs["healthy"])

    def test_a_weak_discriminator_gives_poor_samples(self, runs):
        for weak, healthy in (("discriminator too weak", "healthy"), ("A", "E")):
            weak, healthy = (runs[x].metrics[-1]["frechet_distance"] for x in (weak, healthy))
            assert weak > 1.3 * healthy

    def test_after_too_large_a_step_the_losses_recover_and_the_samples_do_not(self, runs):
        run = runs["too large a step"]
        assert max(row["discriminator_loss"] for row in run.log) > 1000
        assert np.median([row["discriminator_loss"] for row in run.log[-8:]]) < 1.4
        assert run.metrics[-1]["classes"] <= 4

    @pytest.mark.parametrize("name", ["healthy", "discriminator wins", "C", "B", "E"])
    def test_elsewhere_the_held_out_logit_keeps_up(self, runs, name):
        assert held_out_share(runs[name]) > 0.7


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


class TestRecordedRuns:
    def test_the_panel_has_every_curve_and_every_snapshot(self):
        losses, logits, distance, *pictures = gallery.run_panel(a_run(), floor=25.0).axes
        assert by_label(losses)["generator"] == [[20, 40, 60], [0.5, 2.0, 1.0]]
        assert by_label(losses)["discriminator"] == [[20, 40, 60], [1.4] * 3]
        assert [line.get_ydata()[0] for line in losses.lines[2:]] == [1.4, 0.7]
        assert by_label(logits)["held-out real"] == [[20, 40, 60], [0.1] * 3]
        assert by_label(logits)["fake"][1] == [-0.1] * 3
        assert distance.lines[0].get_xydata().tolist() == [[30, 30], [60, 15]]
        assert distance.lines[1].get_ydata()[0] == 25.0 and "real: 25" in distance.get_title()
        assert [text.get_text() for text in distance.texts] == ["15"]  # the last is the lowest
        assert distance.get_ylim()[0] == 0
        assert [axes.get_title() for axes in pictures] == ["step 30", "step 60"]
        assert pictures[1].images[0].get_array()[0, 0] == 255

    def test_one_moment_is_marked_and_shown_alone(self):
        *curves, picture = gallery.run_panel(a_run(), at=0).axes
        assert [axes.lines[-1].get_xdata() for axes in curves] == [[30, 30]] * 3
        assert picture.get_title() == "step 30" and picture.images[0].get_array()[0, 0] == 0

    @pytest.mark.parametrize("largest, scale", [(7.9, "linear"), (8.1, "symlog")])
    def test_large_values_are_drawn_on_a_logarithm(self, largest, scale):
        assert gallery.run_panel(a_run(largest)).axes[0].get_yscale() == scale

    def test_the_overview_has_the_last_samples_of_each_run(self):
        figure = gallery.run_overview({name: a_run() for name in ("one", "two", "three", "four")})
        curves, pictures = figure.axes[::2], figure.axes[1::2]
        assert len(curves) == len(pictures) == 4
        assert all(axes.images[0].get_array()[0, 0] == 255 for axes in pictures)
        places = {part.get_suptitle(): part.bbox for part in figure.subfigs}
        first, *_, last = [places[name] for name in ("one", "two", "three", "four")]
        assert first.x0 == last.x0 and first.y0 > last.y0  # a new row after three
        assert first.x0 < places["two"].x0 < places["three"].x0

    def test_rows_of_samples_have_their_names(self):
        rows = {"black": np.full((4, 28, 28, 1), -1.0), "white": np.full((4, 28, 28, 1), 1.0)}
        black, white = gallery.sample_rows(rows).axes
        assert [axes.texts[0].get_text() for axes in (black, white)] == ["black", "white"]
        assert (black.images[0].get_array()[0, 0], white.images[0].get_array()[0, 0]) == (0, 255)

    def test_logs_come_without_samples(self):
        figure = gallery.run_logs({"X": a_run(), "Y": a_run()})
        assert len(figure.axes) == 4 and not any(axes.images for axes in figure.axes)
        assert [axes.get_title() for axes in figure.axes[:2]] == ["X", "Y"]
        assert by_label(figure.axes[0])["generator"][1] == [0.5, 2.0, 1.0]
        assert by_label(figure.axes[2])["real"][1] == [0.2] * 3


class TestRunExplorer:
    def test_each_move_draws_the_moment_of_its_run(self, monkeypatch):
        shown = []
        monkeypatch.setattr(plotting, "show", lambda figure, alt: shown.append((figure, alt)))
        runs = {name: gallery.recorded(name) for name in ("healthy", "data range")}
        name, number, _ = gallery.run_explorer(runs, floor=25.0).children
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
        assert gallery.run_sentence("healthy", run, 2) == (
            "healthy, snapshot 2 of 6, step 200: discriminator loss "
            f"{row['discriminator_loss']:.2f}, generator loss {row['generator_loss']:.2f}; "
            f"Fréchet distance {measured['frechet_distance']:,.0f}."
        )

    def test_controls_have_a_name_and_wait_for_the_hand_to_rest(self, monkeypatch):
        monkeypatch.setattr(plotting, "show", lambda figure, alt: None)
        name, number, _ = gallery.run_explorer({"healthy": gallery.recorded("healthy")}).children
        assert name.description and number.description and not number.continuous_update
        assert (number.min, number.max) == (1, 6)

    def test_no_run_is_an_error(self):
        with pytest.raises(ValueError, match="no run to explore"):
            gallery.run_explorer({})


def test_few_colours_make_a_smaller_picture_of_the_same():
    figure = gallery.run_panel(a_run())
    whole, small = plotting.png(figure), plotting.png(figure, colours=64)
    assert len(small) < 0.7 * len(whole)
    pictures = [Image.open(io.BytesIO(png)).convert("RGB") for png in (whole, small)]
    assert len(pictures[1].getcolors()) <= 64 < len(pictures[0].getcolors(10**6))
    apart = np.abs(np.subtract(*(np.asarray(picture, float) for picture in pictures)))
    assert apart.mean() < 1 and apart.max() < 80
