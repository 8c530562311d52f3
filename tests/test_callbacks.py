"""Callbacks: the log's means, the pictures, the checkpoints, and stopping in time."""

import errno
import os
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from ganedu import callbacks, checkpoints, data, evaluation, plotting, runs
from ganedu.training import LOG_NAMES
from tests.tiny_gan import BATCH_SIZE, everything, images, same_bits, tiny_gan, train


def small(**options):
    """A tiny GAN that runs line by line: no graph to wait for."""
    return tiny_gan(run_eagerly=True, **options)


def spied(gan):
    """The GAN, and the values that every step hands to the log: a list for each name."""
    values = {}
    for tracker in gan.trackers:
        seen, update = values.setdefault(tracker.name, []), tracker.update_state

        def spy(value, *more, seen=seen, update=update):
            seen.append(float(value))
            return update(value, *more)

        tracker.update_state = spy
    return gan, values


def log(every, **options):
    return callbacks.Log(every, BATCH_SIZE, **options)


def means(row):
    return [row[name] for name in LOG_NAMES]


def at_step(step, action):
    """A callback that acts once, when the GAN has come to this step."""

    def act(batch, logs=None):
        if int(callback.model.step) == step:
            action(callback.model)

    callback = keras.callbacks.LambdaCallback(on_train_batch_end=act)
    return callback


class TestLog:
    def test_rows_are_means_over_exactly_their_windows(self):
        """Windows of 3 steps over epochs of 4: 0–2, 3–5, 6–8, and the two that are left."""
        gan, values = spied(small())
        entries = log(3)
        train(gan, 4, entries, epochs=2)
        train(gan, 3, entries)
        assert [row["step"] for row in entries.rows] == [3, 6, 8, 9, 11]
        # row 8 is the end of the first `fit`; row 9 still is the mean over all of 6–8
        windows = [(0, 3), (3, 6), (6, 8), (6, 9), (9, 11)]
        for row, (first, last) in zip(entries.rows, windows, strict=True):
            for name in LOG_NAMES:
                expected = np.mean(values[name][first:last])
                assert row[name] == pytest.approx(expected, rel=1e-5, abs=1e-7), (name, first)
        assert np.std(values["generator_loss"]) > 1e-3  # a mean over other steps would differ

    def test_a_resumed_log_goes_on_in_the_middle_of_a_row(self, tmp_path):
        never_stopped, first, second = log(4), log(4), log(4)
        train(small(), 9, never_stopped)
        checkpoints.save(tmp_path / "six.npz", train(small(), 6, first))
        resumed = small()
        checkpoints.load(tmp_path / "six.npz", resumed)
        train(resumed, 3, second)
        assert [row["step"] for row in first.rows] == [4, 6]  # 6 is partial
        rows = first.rows[:1] + second.rows
        assert [row["step"] for row in rows] == [row["step"] for row in never_stopped.rows]
        assert [means(row) for row in rows] == [means(row) for row in never_stopped.rows]

    def test_a_row_has_the_columns_of_the_history(self):
        entries = log(2)
        train(small(), 5, entries)
        assert all(tuple(row) == runs.HISTORY_COLUMNS for row in entries.rows)
        assert [row["images"] for row in entries.rows] == [2 * 8, 4 * 8, 5 * 8]

    def test_seconds_go_on_from_where_the_run_was(self, monkeypatch):
        now = [1000.0]
        monkeypatch.setattr(callbacks, "time", Clock(now))
        entries = log(2, seconds=50.0)

        def wait(batch, logs=None):
            now[0] += 1.5

        clock = keras.callbacks.LambdaCallback(on_train_batch_end=wait)
        train(small(), 5, clock, entries)
        assert [row["seconds"] for row in entries.rows] == [53.0, 56.0, 57.5]

    def test_each_row_is_handed_on_once(self):
        rows = []
        entries = log(2, on_row=rows.append)
        train(small(), 5, entries)
        entries.close()
        assert rows == entries.rows and len(rows) == 3

    def test_a_whole_row_is_not_followed_by_an_empty_one(self):
        entries = log(2)
        train(small(), 4, entries)
        assert [row["step"] for row in entries.rows] == [2, 4]

    def test_a_resumed_run_without_a_step_left_adds_no_whole_row(self):
        """The row stands in the history already; a partial one does not, it was cut."""
        gan, entries = train(small(), 4), log(2)
        entries.set_model(gan)
        entries.close()
        assert entries.rows == []
        train(gan, 1)
        entries.close()
        assert [row["step"] for row in entries.rows] == [5]


class Clock:
    """`time` with a clock that is set by hand."""

    def __init__(self, now):
        self.monotonic = lambda: now[0]


class TestSampleGrid:
    def test_pictures_come_from_the_same_latents_from_step_0_on(self):
        taken = []

        def take(step, images):
            taken.append((step, images, grid.model.generate(6, seed=3)))

        grid = callbacks.SampleGrid(2, seed=3, num_images=6, on_images=take)
        train(small(), 5, grid)
        assert [step for step, _, _ in taken] == [0, 2, 4]
        assert all(np.array_equal(images, expected) for _, images, expected in taken)
        assert not np.array_equal(taken[0][1], taken[1][1])

    def test_a_generator_that_stands_still_gives_the_same_picture(self, tmp_path):
        gan, folder = small(), tmp_path / "samples"
        gan.ema_generator = keras.models.clone_model(gan.ema_generator)  # no step moves this one
        gan.update_ema = lambda batch_size, step: None
        train(gan, 4, callbacks.SampleGrid(2, seed=0, folder=folder))
        files = sorted(folder.iterdir())
        assert [file.name for file in files] == ["00000000.png", "00000002.png", "00000004.png"]
        assert len({file.read_bytes() for file in files}) == 1

    def test_the_file_holds_the_images(self, tmp_path):
        grid = callbacks.SampleGrid(2, seed=1, folder=tmp_path / "a" / "b", num_images=9)
        gan = train(small(), 2, grid)
        with Image.open(tmp_path / "a" / "b" / "00000002.png") as picture:
            pixels = np.asarray(picture)[::2, ::2]
        assert np.array_equal(pixels, plotting.tile(gan.generate(9, seed=1))[..., 0])

    def test_a_run_that_was_moved_away_is_not_begun_anew_in_its_place(self, tmp_path):
        folder = tmp_path / "run" / "samples"
        away = at_step(3, lambda gan: (tmp_path / "run").rename(tmp_path / "moved"))
        with pytest.raises(OSError, match="samples"):
            train(small(), 5, away, callbacks.SampleGrid(2, seed=0, folder=folder))
        assert not (tmp_path / "run").exists()

    def test_a_resumed_run_keeps_the_rhythm(self, tmp_path):
        gan = train(small(), 3)
        train(gan, 2, callbacks.SampleGrid(2, seed=0, folder=tmp_path))
        assert [file.name for file in tmp_path.iterdir()] == ["00000004.png"]


class TestCheckpoint:
    def test_the_last_two_are_kept(self, tmp_path):
        checkpoint = callbacks.Checkpoint(tmp_path / "checkpoint.npz", every=2)
        gan = train(small(), 7, checkpoint)
        names = sorted(file.name for file in tmp_path.iterdir())
        assert names == ["checkpoint-previous.npz", "checkpoint.npz"]
        assert checkpoint.saved_step == 6
        assert checkpoints.load(checkpoint.path, small()) == 6
        assert checkpoints.load(checkpoint.previous, small()) == 4
        checkpoint.save()
        assert checkpoints.load(checkpoint.path, other := small()) == 7
        assert same_bits(everything(other), everything(gan))

    def test_a_step_is_saved_once(self, tmp_path, monkeypatch):
        checkpoint = callbacks.Checkpoint(tmp_path / "checkpoint.npz", every=2)
        saved, save = [], checkpoints.save
        monkeypatch.setattr(checkpoints, "save", lambda *given: saved.append(save(*given)))
        train(small(), 4, checkpoint)
        checkpoint.save()
        assert len(saved) == 2

    def test_it_is_saved_where_no_checkpoint_stands_yet(self, tmp_path):
        """A GAN that was trained before without checkpoints."""
        gan = train(small(), 3)
        checkpoint = callbacks.Checkpoint(tmp_path / "checkpoint.npz", every=100)
        train(gan, 1, checkpoint, at_step(4, lambda gan: None))
        assert checkpoint.last_good() == "There is no checkpoint before it."
        checkpoint.save()
        assert checkpoints.load(checkpoint.path, small()) == 4

    def test_at_no_moment_is_there_no_checkpoint(self, tmp_path, monkeypatch):
        """Before and after every operation on files the last one can be loaded."""
        path, seen = tmp_path / "checkpoint.npz", []

        def look():
            if path.exists() or seen:  # from the first one on
                with np.load(path) as file:
                    seen.append(len(file.files))

        def watched(operation):
            def run(*given, **named):
                look()
                result = operation(*given, **named)
                look()
                return result

            return run

        for owner, name in (
            (os, "replace"),
            (os, "unlink"),
            (np, "savez"),
            (shutil, "copyfile"),
            (Path, "replace"),
            (Path, "unlink"),
        ):
            monkeypatch.setattr(owner, name, watched(getattr(owner, name)))
        train(small(), 3, callbacks.Checkpoint(path, every=1))
        assert len(seen) > 20

    @pytest.mark.parametrize(
        ("owner", "name", "nth"),
        [
            (np, "savez", 1),
            (os, "fsync", 1),
            (shutil, "copyfile", 1),
            (os, "replace", 1),
            (os, "replace", 2),
        ],
    )
    def test_a_full_disk_leaves_the_last_good_one_and_names_it(
        self, tmp_path, monkeypatch, owner, name, nth
    ):
        path = tmp_path / "checkpoint.npz"
        checkpoint = callbacks.Checkpoint(path, every=2)
        gan = train(small(), 2, checkpoint)
        operation, calls = getattr(owner, name), []

        def full(*given, **named):
            calls.append(given)
            if len(calls) == nth:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return operation(*given, **named)

        monkeypatch.setattr(owner, name, full)
        with pytest.raises(OSError) as caught:
            train(gan, 2, checkpoint)
        message = str(caught.value)
        assert "The checkpoint of step 4 could not be written" in message
        assert os.strerror(errno.ENOSPC) in message
        assert f"The last good checkpoint, step 2, is {path}." in message
        assert checkpoints.load(path, small()) == 2
        assert {file.name for file in tmp_path.iterdir()} <= {path.name, checkpoint.previous.name}

    def test_a_broken_weight_ends_training_and_is_not_saved(self, tmp_path):
        checkpoint = callbacks.Checkpoint(tmp_path / "checkpoint.npz", every=2)
        with pytest.raises(FloatingPointError, match=r"step 4.*last good checkpoint, step 2"):
            train(small(), 6, at_step(4, break_generator), checkpoint)
        assert checkpoints.load(checkpoint.path, small()) == 2


def break_generator(gan, value=np.nan):
    gan.generator.trainable_variables[-1].assign(np.full(28 * 28, value, np.float32))


class TestUnfinished:
    """Trainings of 11 steps; rows of 3 steps, kept every 4."""

    def run(self, folder, gan=None, num_steps=11, cut_off_at=None):
        """Train to the end, or until something breaks; return the GAN, the log and the start."""
        gan, entries = gan or small(), log(3)
        unfinished = callbacks.Unfinished(folder, entries, num_steps, every=4)
        start = unfinished.load(gan)
        extra = [at_step(cut_off_at, disconnect)] if cut_off_at else []
        try:
            train(gan, num_steps - start, entries, *extra, unfinished)
        except ConnectionError:
            assert cut_off_at
        return gan, entries, start

    @pytest.mark.parametrize("cut_off_at, kept", [(3, 0), (5, 4), (8, 4), (10, 8), (11, 8)])
    def test_it_goes_on_to_the_bit_where_it_was_cut_off(self, cut_off_at, kept, tmp_path, capsys):
        whole, all_entries, _ = self.run(tmp_path / "whole")
        self.run(tmp_path / "mine", cut_off_at=cut_off_at)
        capsys.readouterr()
        again, entries, start = self.run(tmp_path / "mine")
        assert start == kept and (f"at step {kept}" in capsys.readouterr().out) == bool(kept)
        assert same_bits(everything(again), everything(whole))
        assert [row["step"] for row in entries.rows] == [3, 6, 9, 11]
        assert [means(row) for row in entries.rows] == [means(row) for row in all_entries.rows]
        seconds = [row["seconds"] for row in entries.rows]
        assert seconds == sorted(seconds)

    def test_at_the_end_the_next_one_begins_anew(self, tmp_path):
        self.run(tmp_path, cut_off_at=5)
        assert len(list(tmp_path.iterdir())) == 2
        self.run(tmp_path)
        assert list(tmp_path.iterdir()) == []
        assert self.run(tmp_path)[2] == 0

    def test_another_seed_is_another_training(self, tmp_path):
        self.run(tmp_path, cut_off_at=5)
        assert self.run(tmp_path, small(seed=1))[2] == 0
        assert self.run(tmp_path)[2] == 4

    def test_a_shorter_training_leaves_it_as_it_is(self, tmp_path, capsys):
        self.run(tmp_path, cut_off_at=9)
        assert self.run(tmp_path, num_steps=3)[2] == 0
        assert "of 8 steps is left aside" in capsys.readouterr().out
        assert self.run(tmp_path)[2] == 8

    def test_a_damaged_file_is_named(self, tmp_path):
        self.run(tmp_path, cut_off_at=5)
        path = tmp_path / "unfinished-seed-0.npz"
        path.write_bytes(path.read_bytes()[:1000])
        with pytest.raises(ValueError, match="unfinished-seed-0.npz.*delete that file"):
            self.run(tmp_path)

    @pytest.mark.parametrize(
        "rows",
        [
            *(None, 3, "rows", [None], [3], [{"seconds": 1.0}], [{"step": 3}], {"step": 3}),
            *([{"step": "3", "seconds": 1.0}], [{"step": 3, "seconds": "long"}]),
        ],
        ids=str,
    )
    def test_a_damaged_record_is_named(self, tmp_path, rows):
        self.run(tmp_path, cut_off_at=5)
        record = tmp_path / "unfinished-seed-0.json"
        runs.write_json(record, {"rows": rows})
        gan = small()
        with pytest.raises(ValueError, match="unfinished-seed-0.json is damaged.*delete that"):
            callbacks.Unfinished(tmp_path, log(3), 11).load(gan)
        assert int(gan.step) == 0

    def test_another_network_is_not_mixed_in(self, tmp_path):
        self.run(tmp_path, cut_off_at=5)
        with pytest.raises(ValueError, match="another GAN.*delete that file"):
            self.run(tmp_path, small(width=7))

    def test_rows_beyond_the_checkpoint_are_written_again(self, tmp_path):
        """A process may be killed between the two files; a part of a row may have been told."""
        self.run(tmp_path, cut_off_at=5)
        record = tmp_path / "unfinished-seed-0.json"
        [row] = runs.read_json(record)["rows"]
        runs.write_json(record, {"rows": [row, {**row, "step": 4}, {**row, "step": 6}]})
        _, entries, _ = self.run(tmp_path)
        assert [row["step"] for row in entries.rows] == [3, 6, 9, 11]

    def test_without_the_log_the_weights_go_on(self, tmp_path):
        """As after a cut between the two files."""
        self.run(tmp_path, cut_off_at=5)
        (tmp_path / "unfinished-seed-0.json").unlink()
        _, entries, start = self.run(tmp_path)
        assert start == 4 and [row["step"] for row in entries.rows] == [6, 9, 11]


def disconnect(gan):
    raise ConnectionError


class TestStopOnNonFinite:
    def test_it_names_step_value_and_last_good_checkpoint(self, tmp_path):
        checkpoint = callbacks.Checkpoint(tmp_path / "checkpoint.npz", every=2)
        watch = callbacks.StopOnNonFinite(checkpoint)
        gan = small()
        with pytest.raises(FloatingPointError) as caught:
            train(gan, 9, watch, checkpoint, at_step(5, break_generator))
        message = str(caught.value)
        assert "_loss is nan at step 6. " in message
        assert f"The last good checkpoint, step 4, is {checkpoint.path}." in message
        assert int(gan.step) == 6
        assert checkpoints.load(checkpoint.path, small()) == 4

    def test_an_infinity_ends_training_as_well(self):
        watch = callbacks.StopOnNonFinite()
        watch.set_model(small())
        watch.on_train_batch_end(0, {"generator_loss": 1e30, "real_logit": -5.0})
        with pytest.raises(FloatingPointError, match="real_logit is -inf at step 0. No checkpoint"):
            watch.on_train_batch_end(0, {"generator_loss": 1.0, "real_logit": -np.inf})

    def test_it_says_when_there_is_no_checkpoint_yet(self, tmp_path):
        checkpoint = callbacks.Checkpoint(tmp_path / "checkpoint.npz", every=100)
        watch = callbacks.StopOnNonFinite(checkpoint)
        with pytest.raises(FloatingPointError, match="There is no checkpoint before it"):
            train(small(), 3, watch, checkpoint, at_step(1, break_generator))
        assert list(tmp_path.iterdir()) == []

    def test_a_checkpoint_that_was_resumed_from_counts(self, tmp_path):
        checkpoint = callbacks.Checkpoint(tmp_path / "checkpoint.npz", every=100, saved_step=70)
        with pytest.raises(FloatingPointError, match="last good checkpoint, step 70"):
            watch = callbacks.StopOnNonFinite(checkpoint)
            train(small(), 3, watch, checkpoint, at_step(1, break_generator))


class TestMetrics:
    def test_a_row_every_so_many_steps_of_the_same_latents(self):
        real = evaluation.reference("digits", num_images=80)
        heard = []
        watch = callbacks.Metrics(every=2, real=real, num_images=70, seed=4, on_row=heard.append)
        gan = train(small(), 5, watch)
        assert [row["step"] for row in watch.rows] == [2, 4] and heard == watch.rows
        watch.add_row()
        expected = evaluation.measure(gan.generate(70, seed=4), real)
        assert watch.rows[-1] == {"step": 5, **expected}


class TestHeldOut:
    def test_a_row_has_the_mean_of_the_looks_since_the_last_row(self):
        """Looks after steps 2, 4 and 6 at 3 images each: 3–5, 6–8 of 8, so one from the front."""
        held_out = images(8) / 2
        watch, seen = callbacks.HeldOut(held_out, every=2, num_images=3), []
        entries = log(4, on_row=watch.complete)

        def look(batch, logs=None):
            step = int(gan.step)
            if step % 2 == 0:
                rows = [(step // 2 * 3 + i) % 8 for i in range(3)]
                seen.append(float(np.mean(gan.discriminator(held_out[rows], training=False))))

        gan = small()
        train(gan, 6, watch, entries, keras.callbacks.LambdaCallback(on_train_batch_end=look))
        assert [row["step"] for row in entries.rows] == [4, 6]
        values = [row["held_out_logit"] for row in entries.rows]
        np.testing.assert_allclose(values, [np.mean(seen[:2]), seen[2]], rtol=1e-5)

    def test_pixels_are_seen_as_floats(self):
        pixels, values = data.to_pixels(images(8)), []
        for held_out in (pixels, data.scale(pixels)):
            watch = callbacks.HeldOut(held_out, every=1, num_images=3)
            entries = log(1, on_row=watch.complete)
            train(small(), 2, watch, entries)
            values.append([row["held_out_logit"] for row in entries.rows])
        np.testing.assert_allclose(*values, rtol=1e-5)

    def test_without_a_look_the_value_is_unknown(self):
        watch, row = callbacks.HeldOut(images(3)), {}
        watch.complete(row)
        assert np.isnan(row["held_out_logit"])


class TestStopAtTime:
    def test_it_stops_after_the_step_in_which_the_time_comes(self, monkeypatch):
        now = [0.0]
        monkeypatch.setattr(callbacks, "time", Clock(now))

        def wait(batch, logs=None):
            now[0] += 1.0

        clock = keras.callbacks.LambdaCallback(on_train_batch_end=wait)
        for deadline, expected in ((-1.0, 1), (3.0, 3), (3.5, 4), (np.inf, 6)):
            now[0] = 0.0
            gan = train(small(), 6, clock, callbacks.StopAtTime(deadline))
            assert int(gan.step) == expected, deadline


class TestKeepBest:
    def kept(self, tmp_path, monkeypatch, distances, steps):
        """Train so many steps, with a distance that is looked for at each second one."""
        given = iter(distances)
        monkeypatch.setattr(callbacks.metrics, "frechet_distance", lambda a, b: next(given))
        real = evaluation.reference_of(images(), images(), lambda x: x.mean(axis=(1, 2)))
        callback = callbacks.KeepBest(tmp_path / "best.npz", 2, real, {"of": "mine"}, 7)
        return callback, train(small(), steps, callback)

    def test_the_smallest_distance_stays_with_its_weights(self, tmp_path, monkeypatch):
        callback, _ = self.kept(tmp_path, monkeypatch, [3.0, 1.0, 2.0], steps=7)
        assert callback.best == (1.0, 4)
        about = checkpoints.about(callback.path)
        assert (about["step"], about["distance"], about["of"]) == (4, 1.0, "mine")
        again = small()
        assert checkpoints.load(callback.path, again) == 4
        assert same_bits(everything(again), everything(train(small(), 4)))

    def test_an_equal_one_is_not_better(self, tmp_path, monkeypatch):
        callback, _ = self.kept(tmp_path, monkeypatch, [1.0, 1.0 - 1e-9], steps=4)
        assert callback.best == (1.0, 2)

    def test_it_goes_on_with_the_one_that_is_kept(self, tmp_path, monkeypatch):
        _, gan = self.kept(tmp_path, monkeypatch, [1.0], steps=2)
        given = iter([1.0, 0.5])
        monkeypatch.setattr(callbacks.metrics, "frechet_distance", lambda a, b: next(given))
        real = evaluation.reference_of(images(), images(), lambda x: x.mean(axis=(1, 2)))
        again = callbacks.KeepBest(tmp_path / "best.npz", 2, real, num_images=7)
        again.set_model(gan)
        again.begin()  # looks once more at step 2, as after a kill
        assert again.best == (1.0, 2)
        again.begin()
        assert again.best == (0.5, 2)

    def test_another_checkpoint_in_its_place_is_named(self, tmp_path, monkeypatch):
        callback, gan = self.kept(tmp_path, monkeypatch, [1.0], steps=2)
        checkpoints.save(callback.path, gan)
        with pytest.raises(ValueError, match="says no distance. Delete it"):
            callback.begin()

    def test_a_step_that_does_not_count_is_not_looked_at_in_the_beginning(self, tmp_path):
        real = evaluation.reference_of(images(), images(), lambda x: x.mean(axis=(1, 2)))
        callback = callbacks.KeepBest(tmp_path / "best.npz", 2, real)
        for gan in (small(), train(small(), 1)):
            callback.set_model(gan)
            callback.begin()
        assert callback.best is None
