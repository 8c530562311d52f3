"""`ganedu train`: whole runs, their folders, and everything that may go wrong with them."""

import contextlib
import csv
import errno
import io
import json
import math
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tqdm
from PIL import Image

import ganedu
from ganedu import (
    __main__,
    callbacks,
    checkpoints,
    data,
    downloads,
    evaluation,
    metrics,
    plotting,
    recipes,
    runs,
    startup,
)
from ganedu.__main__ import main
from ganedu.commands import folders
from ganedu.commands import train as train_command
from tests import forked_processes
from tests.tiny_run import (
    INTERVALS,
    NATIVE_LINES,
    ROOT,
    STEPS,
    arrays,
    assert_same_run,
    digits,
    in_process,
    make_tiny,
    picture_files,
    seconds,
    start,
    stop_at,
    train,
    wait_for,
)

# What a run leaves behind


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A run of the recipe itself, and what it printed."""
    folder, printed = tmp_path_factory.mktemp("real") / "run", io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        for name, value in INTERVALS.items():
            patch.setattr(train_command, name, value)
        assert train("--dataset", "digits", "--steps", 4, "--seed", 1, "--out", folder) == 0
    return folder, printed.getvalue()


def test_a_run_folder_holds_what_was_promised(real):
    folder, _ = real
    names = sorted(path.name for path in folder.iterdir())
    promised = [runs.SETTINGS, runs.HISTORY, runs.SAMPLES, runs.ANIMATION, runs.CHECKPOINT]
    assert names == sorted([*promised, runs.GENERATOR, runs.LOCK, runs.RESULT])
    settings = json.loads((folder / runs.SETTINGS).read_text())
    expected = {"dataset": "digits", "seed": 1, "steps": 4, "minutes": None}
    assert settings == {**settings, **expected, "recipe": recipes.DIGITS}
    assert settings["versions"]["ganedu"] == ganedu.__version__


def test_the_history_has_the_columns_of_the_contract(real):
    folder, _ = real
    with open(folder / "history.csv", newline="") as file:
        heading, *rows = csv.reader(file)
    contract = "step seconds images discriminator_loss generator_loss penalty real_logit fake_logit"
    assert heading == contract.split()
    assert [row[0] for row in rows] == ["3", "4"]
    assert [int(row[2]) for row in rows] == [n * recipes.DIGITS["batch_size"] for n in (3, 4)]
    assert all(math.isfinite(float(number)) for row in rows for number in row)


def test_samples_and_animation_show_the_same_latents(real):
    folder, _ = real
    assert sorted(picture_files(folder)) == ["00000000.png", "00000004.png"]
    gan = folders.load_run(folder)
    grid = plotting.tile(gan.generate(train_command.GRID_IMAGES, train_command.GRID_SEED))[..., 0]
    with Image.open(folder / "samples" / "00000004.png") as picture:
        assert np.array_equal(np.asarray(picture)[::2, ::2], grid)
    with Image.open(folder / "animation.gif") as animation:
        assert animation.n_frames == 2


def test_the_generator_can_be_loaded_by_keras_alone(real):
    folder, _ = real
    gan = folders.load_run(folder)
    assert int(gan.step) == 4
    loaded = keras.saving.load_model(folder / "generator.keras")
    latents = np.random.default_rng(0).standard_normal((3, gan.latent_dim), np.float32)
    expected = gan.ema_generator(latents, training=False).numpy()
    assert np.array_equal(loaded(latents, training=False).numpy(), expected)
    assert expected.shape == (3, 28, 28, 1)


def test_training_ends_with_the_picture_and_the_next_command(real, tmp_path):
    folder, printed = real
    lines = printed.splitlines()
    assert lines[0] == "Embedded digits: 1,500 images of handwritten digits."
    assert f"Training for 4 steps in {folder}, seed 1." in lines[1]
    assert lines[-3].split(maxsplit=1) == ["Picture:", str(folder / "samples" / "00000004.png")]
    words = lines[-1].split()
    assert words[:4] == ["Next:", "uv", "run", "ganedu"]
    command = [str(tmp_path / w) if w.endswith(".png") else w for w in words[4:]]
    assert main(command) == 0
    assert (tmp_path / "digits.png").exists()


def test_the_progress_bar_names_time_left_and_losses(tiny, tmp_path, capsys):
    assert start(tmp_path / "run") == 0
    bar = capsys.readouterr().err.split("\r")[-1]
    row = arrays(tmp_path / "run" / "checkpoint.npz")
    assert re.search(r"100 %.* left, step 13, discriminator \d\.\d{3}, generator \d\.\d{3}", bar)
    assert json.loads(str(row["about"]))["step"] == 13


def test_the_run_folder_is_numbered_where_none_is_named(tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert train("--dataset", "digits", "--steps", 1) == 0
    assert (tmp_path / "runs" / "0001" / "history.csv").exists()
    (tmp_path / "runs" / "0007").mkdir()
    assert train("--resume", "--dataset", "digits", "--steps", 1) == 0  # the newest
    assert (tmp_path / "runs" / "0007" / "history.csv").exists()


def test_a_long_run_has_an_animation_of_bounded_length(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(train_command, "PICTURE_EVERY", 1)
    monkeypatch.setattr(train_command, "MOST_FRAMES", 5)
    assert start(tmp_path / "run") == 0  # 14 pictures: every third, and the last
    with Image.open(tmp_path / "run" / "animation.gif") as animation:
        assert animation.n_frames == 6
    assert len(picture_files(tmp_path / "run")) == 14


@pytest.mark.parametrize("name", ["auto", None])
def test_auto_is_stored_as_what_it_became(tiny, tmp_path, name):
    words = ["--steps", 1, "--out", tmp_path / "run"]
    assert train(*words, *(["--dataset", name] if name else [])) == 0
    assert runs.read_settings(tmp_path / "run")["dataset"] == "digits"
    assert train(*words[2:], "--resume", "--dataset", "auto", "--steps", 2) == 0


def test_auto_takes_the_digits_where_mnist_is_not(tmp_path, monkeypatch, capsys):
    """`data.load` itself, in a rehearsal: nothing is downloaded."""
    make_tiny(monkeypatch)
    monkeypatch.setattr(data, "load", digits.__wrapped__)
    monkeypatch.setattr(downloads, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(downloads, "in_keras_cache", lambda name, split: None)
    monkeypatch.setenv("GANEDU_SMOKE", "1")
    monkeypatch.delenv("GANEDU_DATA_DIR", raising=False)
    assert train("--steps", 1, "--out", tmp_path / "run") == 0
    assert runs.read_settings(tmp_path / "run")["dataset"] == "digits"
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert "MNIST is not on this machine" in first
    assert second == "Embedded digits: 1,500 images of handwritten digits."


# The length of a run


class Clock:
    """A clock that moves by a second with every step, and only then."""

    def __init__(self, patch):
        self.now = 1000.0
        stand_in = SimpleNamespace(monotonic=lambda: self.now)
        for module in (train_command, callbacks, __main__):
            patch.setattr(module, "time", stand_in)
        see = callbacks.StopOnNonFinite.on_train_batch_end  # the first callback of a run

        def pass_a_second(callback, batch, logs=None):
            self.now += 1.0
            see(callback, batch, logs)

        patch.setattr(callbacks.StopOnNonFinite, "on_train_batch_end", pass_a_second)


def test_minutes_only_decide_when_to_stop(tiny, whole, tmp_path, monkeypatch):
    """15.2 s less 2.5 s for the last pictures: 13 steps of a second each."""
    monkeypatch.setattr(train_command, "FINISH_SECONDS", 2.5)
    Clock(monkeypatch)
    words = "--dataset", "digits", "--seed", 3, "--out", tmp_path / "run"
    assert train(*words, "--minutes", 15.2 / 60) == 0
    assert seconds(tmp_path / "run") == [3.0, 6.0, 9.0, 12.0, 13.0]
    assert_same_run(tmp_path / "run", whole)


def test_minutes_of_resumed_runs_add_up(tiny, tmp_path, monkeypatch):
    """9 s less 2.5 s: 7 steps. 18 s less 2.5 s: 16 steps, 9 of them new."""
    monkeypatch.setattr(train_command, "FINISH_SECONDS", 2.5)
    clock = Clock(monkeypatch)
    words = "--dataset", "digits", "--out", tmp_path / "run"
    assert train(*words, "--minutes", 9 / 60) == 0
    assert seconds(tmp_path / "run") == [3.0, 6.0, 7.0]
    clock.now += 5000.0  # the computer was used for something else
    assert train("--resume", *words, "--minutes", 18 / 60) == 0
    assert seconds(tmp_path / "run") == [3.0, 6.0, 9.0, 12.0, 15.0, 16.0]
    assert int(folders.load_run(tmp_path / "run").step) == 16


def test_a_run_of_which_the_time_is_up_ends(tiny, copy, monkeypatch):
    """It was stopped before its last picture; no minutes are left."""
    monkeypatch.setattr(train_command, "FINISH_SECONDS", 2.5)
    Clock(monkeypatch)
    (copy / runs.RESULT).unlink()
    history = (copy / runs.HISTORY).read_text().splitlines()
    fields = history[-1].split(",")
    fields[1] = "60.0"  # exactly a minute
    (copy / runs.HISTORY).write_text("\n".join([*history[:-1], ",".join(fields), ""]))
    assert train("--resume", "--out", copy, "--minutes", 1) == 0
    assert int(folders.load_run(copy).step) <= STEPS + 1


@pytest.mark.slow
def test_minutes_of_the_recipe_equal_its_steps(tmp_path, monkeypatch):
    """With the real clock, and the graph of the recipe; checkpoints and pictures on the way."""
    monkeypatch.setattr(train_command, "CHECKPOINT_EVERY", 10)
    monkeypatch.setattr(train_command, "PICTURE_EVERY", 7)
    words = "--dataset", "digits", "--seed", 2, "--out"
    assert train(*words, tmp_path / "clock", "--minutes", 0.15) == 0
    steps = int(folders.load_run(tmp_path / "clock").step)
    assert train(*words, tmp_path / "steps", "--steps", steps) == 0
    assert_same_run(tmp_path / "clock", tmp_path / "steps")


# Interrupts, kills and resuming


@pytest.mark.parametrize("step", [1, 6, 7, STEPS])
def test_an_interrupted_run_is_kept_and_goes_on(tiny, whole, tmp_path, capsys, step):
    """Before the first checkpoint, at the end of a row, within one, and in the last step."""
    folder = tmp_path / "run"
    with pytest.MonkeyPatch.context() as patch:
        stop_at(patch, step)
        assert start(folder) == 130
    assert arrays(folder / runs.CHECKPOINT)["networks/000"].shape  # it can be read
    assert int(folders.load_run(folder).step) == step
    assert f"{step:08d}.png" in picture_files(folder)
    assert (folder / runs.ANIMATION).exists() and (folder / runs.GENERATOR).exists()
    assert runs.read_history(folder)[-1]["step"] == step
    printed = capsys.readouterr().out
    assert f"Stopped after {step} steps" in printed
    command = printed.split("uv run ganedu ")[-1].split()
    assert command == ["train", "--resume", "--out", str(folder)]
    assert main(command) == 0
    assert_same_run(folder, whole)


def test_an_interrupt_before_training_leaves_a_run_that_can_begin(tiny, whole, tmp_path, capsys):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recipes, "digit_gan", lambda seed: signal.raise_signal(signal.SIGINT))
        assert start(tmp_path / "run") == 130
    assert "Interrupted." in capsys.readouterr().err
    assert start(tmp_path / "run", "--resume") == 0
    assert_same_run(tmp_path / "run", whole)


class Killed(BaseException):
    """Stands for the end of the process."""


# what the run is about to do for the n-th time when it is killed
MOMENTS = [
    (runs, "write_json", 1),  # the settings
    (runs, "append_history", 1),  # before the first checkpoint
    (runs, "append_history", 3),  # the row of step 9, after the checkpoint of step 5
    (plotting, "save_picture", 4),  # the picture of step 12
    (checkpoints, "save", 2),
    (np, "savez", 3),  # the one at the end
    (shutil, "copyfile", 1),
    (os, "replace", 2),  # the first picture
    (os, "replace", 6),  # the old checkpoint becomes the previous one
    (os, "replace", 7),  # ... and now the new one takes its place
    (plotting, "save_animation", 1),
    (keras.Model, "save", 1),
    (runs, "write_json", 2),  # the result
]


@pytest.mark.parametrize(("owner", "name", "nth"), MOMENTS)
def test_a_run_that_ends_at_any_moment_goes_on_to_the_bit(tiny, whole, tmp_path, owner, name, nth):
    calls, operation = [], getattr(owner, name)

    def last(*given, **named):
        calls.append(name)
        if len(calls) == nth:
            raise Killed
        return operation(*given, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, last)
        patch.setattr(Path, "unlink", lambda *given, **named: None)  # nobody cleans up
        with pytest.raises(Killed):
            start(tmp_path / "run")
    assert start(tmp_path / "run", "--resume") == 0
    assert_same_run(tmp_path / "run", whole)


def test_a_torn_history_is_mended(tiny, whole, tmp_path):
    """Killed while the row of step 9 was written; the last checkpoint is that of step 5."""
    append = runs.append_history

    def tear(folder, row):
        append(folder, row)
        if row["step"] == 9:
            content = (folder / runs.HISTORY).read_bytes()
            (folder / runs.HISTORY).write_bytes(content[:-5])
            raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "append_history", tear)
        with pytest.raises(Killed):
            start(tmp_path / "run")
    assert start(tmp_path / "run", "--resume") == 0
    assert_same_run(tmp_path / "run", whole)


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    """The folder of a run of 500 steps that was never stopped."""
    folder = tmp_path_factory.mktemp("long") / "run"
    with pytest.MonkeyPatch.context() as patch:
        make_tiny(patch)
        assert start(folder, steps=500) == 0
    return folder


LONG = "train", "--dataset", "digits", "--steps", 500, "--seed", 3, "--out"


@pytest.mark.slow
def test_kill_9_at_any_moment_then_resume_equals_never_stopped(tiny, long, tmp_path):
    """Two processes are killed, the first before its first checkpoint."""
    folder, chance, steps = tmp_path / "run", random.Random(), []
    for stop in (0, chance.randrange(6, 350)):
        with in_process(*LONG, folder, *(["--resume"] if steps else [])) as process:
            wait_for(folder, stop, process)
            time.sleep(chance.uniform(0, 0.05))
            assert process.poll() is None, process.communicate()[0]
            process.kill()
        path = folder / runs.CHECKPOINT
        steps.append(int(json.loads(str(arrays(path)["about"]))["step"]) if path.exists() else 0)
    assert train("--resume", "--out", folder) == 0
    assert steps[0] < steps[1] < 500
    assert_same_run(folder, long)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to whole consoles only")
def test_ctrl_c_in_a_terminal_writes_everything_and_exits_with_130(tiny, long, tmp_path):
    folder = tmp_path / "run"
    told = "tests.tiny_run", "tiny_command", *LONG, folder
    with forked_processes.whole(told, preexec_fn=as_in_a_terminal) as process:
        wait_for(folder, random.randrange(6, 350), process)
        process.send_signal(signal.SIGINT)
        printed = process.communicate(timeout=120)[0]
    assert process.returncode == 130, printed
    step = int(folders.load_run(folder).step)
    assert 0 < step < 500
    assert f"Stopped after {step:,} steps" in printed and "Traceback" not in printed
    assert f"{step:08d}.png" in picture_files(folder)
    assert train("--resume", "--out", folder) == 0
    assert_same_run(folder, long)


def as_in_a_terminal():
    # a test run in the background passes on that interrupts are to be ignored
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_flags_that_are_left_out_come_from_the_settings(tiny, whole, tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        stop_at(patch, 6)
        assert start(tmp_path / "run") == 130
    before = runs.read_settings(tmp_path / "run")
    assert train("--resume", "--out", tmp_path / "run") == 0
    assert runs.read_settings(tmp_path / "run") == before
    assert before["seed"] == 3
    assert_same_run(tmp_path / "run", whole)


def test_a_finished_run_can_be_extended(tiny, whole, tmp_path):
    assert start(tmp_path / "run", steps=7) == 0
    assert train("--resume", "--out", tmp_path / "run", "--steps", STEPS) == 0
    assert runs.read_settings(tmp_path / "run")["steps"] == STEPS
    assert_same_run(tmp_path / "run", whole)


def test_a_finished_run_is_left_as_it_is(tiny, copy, capsys):
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    assert train("--resume", "--out", copy) == 0
    assert "is finished" in capsys.readouterr().out
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--seed", 4], "seed: 4 here, 3 in the run"),
        (["--dataset", "mnist"], "dataset: mnist here, digits in the run"),
        (["--dataset", "mnist", "--seed", 4], "dataset: mnist here, digits in the run; seed: 4"),
    ],
)
def test_other_settings_are_refused_and_named(tiny, copy, capsys, words, told):
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    assert train("--resume", "--out", copy, "--steps", 20, *words) == 2
    assert told in capsys.readouterr().err
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before


def test_another_recipe_is_refused_and_named(tiny, copy, capsys, monkeypatch):
    changed = {**recipes.DIGITS, "learning_rate": 0.5, "new": True}
    monkeypatch.setattr(recipes, "DIGITS", changed)
    assert train("--resume", "--out", copy, "--steps", 20) == 2
    message = capsys.readouterr().err
    rate = runs.read_settings(copy)["recipe"]["learning_rate"]
    assert f"learning_rate: 0.5 here, {rate} in the run" in message
    assert "new: True here, None in the run" in message
    assert main(["sample", str(copy), "--out", str(copy / "a.png")]) == 2


def test_fewer_steps_than_the_run_has_are_refused(tiny, tmp_path, capsys):
    with pytest.MonkeyPatch.context() as patch:
        stop_at(patch, 6)
        assert start(tmp_path / "run") == 130
    capsys.readouterr()
    assert train("--resume", "--out", tmp_path / "run", "--steps", 4) == 2
    assert "already come to step 6" in capsys.readouterr().err
    assert runs.read_settings(tmp_path / "run")["steps"] == STEPS
    assert train("--resume", "--out", tmp_path / "run", "--steps", 6) == 0


# Bad input


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["--dataset", "mnits"],
            "one of auto, mnist, digits, fashion_mnist, letters; got 'mnits'.",
        ),
        (
            ["--steps", "0"],
            "--steps must be an integer of at least 1 and at most 1,000,000,000,000; got 0.",
        ),
        (
            ["--steps", "-5"],
            "--steps must be an integer of at least 1 and at most 1,000,000,000,000; got -5.",
        ),
        (["--minutes", "0"], "--minutes must be a number above 0 and at most 1,000,000; got 0.0."),
        (
            ["--minutes", "nan"],
            "--minutes must be a number above 0 and at most 1,000,000; got nan.",
        ),
        (
            ["--minutes", "inf"],
            "--minutes must be a number above 0 and at most 1,000,000; got inf.",
        ),
        (["--seed", "-1"], "--seed must be an integer of at least 0; got -1"),
        (["--seed", str(2**63)], "--seed must be an integer"),
    ],
)
def test_flags_out_of_their_range_are_refused_at_once(tmp_path, capsys, words, told):
    assert train(*words, "--out", tmp_path / "run") == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["train", "--steps", "1", "--minutes", "1"], "not allowed with"),
        (["train", "--steps", "many"], "invalid int value: 'many'"),
        (["train", "--seed", "0.5"], "invalid int value"),
        (["sample", "run"], "--out"),
        (["bake"], "invalid choice: 'bake'"),
        ([], "COMMAND"),
    ],
)
def test_words_that_are_no_command_are_explained(capsys, words, told):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_a_folder_that_exists_is_refused(tiny, copy, capsys):
    before = sorted(copy.rglob("*"))
    assert train("--out", copy, "--steps", 1) == 2
    assert "exists and is not empty" in (message := capsys.readouterr().err)
    assert "--resume" in message
    assert sorted(copy.rglob("*")) == before


def test_a_folder_of_something_else_is_not_resumed(tiny, tmp_path, capsys):
    """Files of the learner stay, whatever their names are."""
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "00000001.png").write_bytes(b"a photograph")
    (tmp_path / "checkpoint.npz").write_bytes(b"of another program")
    before = {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")}
    assert train("--resume", "--out", tmp_path, "--steps", 1) == 2
    assert f"There is no run in {tmp_path}" in capsys.readouterr().err
    after = {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")}
    assert after == before


def test_files_of_the_learner_in_a_run_folder_stay(tiny, whole, copy):
    mine = [copy / "notes.txt", copy / "samples" / "favourite.png", copy / "samples" / "12.png"]
    for path in mine:
        path.write_bytes(b"mine")
    assert train("--resume", "--out", copy, "--steps", 17) == 0
    assert [path.read_bytes() for path in mine] == [b"mine"] * 3


@pytest.mark.parametrize("out", [None, "nowhere"])
def test_there_must_be_something_to_resume(tmp_path, monkeypatch, capsys, out):
    monkeypatch.chdir(tmp_path)
    assert train("--resume", *(["--out", out] if out else [])) == 2
    assert "resume" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "told"),
    [("", "is damaged"), ('{"seed": 3', "is damaged"), ('{"seed": 3}', "it lacks dataset")],
)
def test_damaged_settings_are_refused(tiny, copy, capsys, content, told):
    (copy / runs.SETTINGS).write_text(content)
    assert train("--resume", "--out", copy, "--steps", 20) == 2
    assert told in (message := capsys.readouterr().err)
    assert str(copy / runs.SETTINGS) in message


@pytest.mark.parametrize("length", [0, 5000])
def test_a_truncated_checkpoint_is_refused_and_the_good_one_named(
    tiny, whole, copy, capsys, length
):
    (copy / runs.RESULT).unlink()
    content = (copy / runs.CHECKPOINT).read_bytes()
    assert length < len(content)
    (copy / runs.CHECKPOINT).write_bytes(content[:length])
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    assert train("--resume", "--out", copy) == 2
    message = capsys.readouterr().err
    assert f"{copy / runs.CHECKPOINT} is empty, truncated or not a checkpoint" in message
    assert "step 10, is good: rename checkpoint-previous.npz to checkpoint.npz" in message
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before
    (copy / "checkpoint-previous.npz").replace(copy / runs.CHECKPOINT)  # do as it says
    assert train("--resume", "--out", copy) == 0
    assert_same_run(copy, whole)


def test_where_no_good_checkpoint_is_left_that_is_said(tiny, copy, capsys):
    for name in (runs.CHECKPOINT, "checkpoint-previous.npz"):
        (copy / name).write_bytes(b"")
    assert train("--resume", "--out", copy, "--steps", 20) == 2
    assert "There is no good one before it" in capsys.readouterr().err


def test_a_second_process_is_refused(tiny, copy, capsys):
    hold = "import sys, time; from ganedu import runs\nwith runs.locked(sys.argv[1]):\n    "
    hold += "print(1, flush=True); time.sleep(600)"
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    words = [sys.executable, "-c", hold, copy]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "1\n"
            assert train("--resume", "--out", copy, "--steps", 20) == 2
            assert "Another process is training" in capsys.readouterr().err
        finally:
            process.kill()
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before
    assert train("--resume", "--out", copy, "--steps", 14) == 0  # its lock was left behind


# Disks that are full, or not ours


@pytest.fixture
def untrained(monkeypatch):
    """Fails the test if training begins."""
    monkeypatch.setattr(recipes, "digit_gan", lambda seed: pytest.fail("training began"))


def test_a_full_disk_is_noticed_before_training(untrained, tmp_path, monkeypatch, capsys):
    usage = SimpleNamespace(free=3_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert start(tmp_path / "run") == 1
    assert "has 3 MB free; a run needs 200 MB" in capsys.readouterr().err


@pytest.mark.parametrize(("owner", "name"), [(tempfile, "TemporaryFile"), (Path, "mkdir")])
def test_a_folder_that_is_not_ours_is_noticed_before_training(
    untrained, tmp_path, monkeypatch, capsys, owner, name
):
    def refuse(*given, **named):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(tmp_path / "run"))

    monkeypatch.setattr(owner, name, refuse)
    assert start(tmp_path / "run") == 1
    assert (message := capsys.readouterr().err).startswith("ganedu: ")
    assert os.strerror(errno.EACCES) in message and str(tmp_path / "run") in message


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_disk_that_becomes_full_keeps_the_last_good_checkpoint(
    tiny, whole, tmp_path, capsys, nth
):
    """At the checkpoint of step 5, of step 10, and at the last."""
    savez, calls, folder = np.savez, [], tmp_path / "run"

    def full(file, **named):
        calls.append(file)
        if len(calls) < nth:
            return savez(file, **named)
        file.write(bytes(100))
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(np, "savez", full)
        assert start(folder) == 1
    message = capsys.readouterr().err.split("\nganedu: ")[-1]
    failed, kept = {1: (5, None), 2: (10, 5), 3: (13, 10)}[nth]
    assert f"The checkpoint of step {failed} could not be written" in message
    assert os.strerror(errno.ENOSPC) in message
    if kept:
        assert f"The last good checkpoint, step {kept}, is {folder / runs.CHECKPOINT}." in message
        assert int(folders.load_run(folder).step) == kept
    else:
        assert "There is no checkpoint before it." in message
    assert train("--resume", "--out", folder) == 0  # some room was made
    assert_same_run(folder, whole)


@pytest.mark.parametrize("step", [9, 10])
def test_a_loss_that_is_not_a_number_ends_the_run(tiny, tmp_path, monkeypatch, capsys, step):
    """Also at step 10, where a checkpoint is due: no broken one is saved."""
    begin = callbacks.Log.on_train_batch_begin

    def poison(callback, batch, logs=None):
        begin(callback, batch, logs)
        if int(callback.model.step) == step - 1:
            bias = callback.model.discriminator.trainable_variables[-1]
            bias.assign([np.nan])

    monkeypatch.setattr(callbacks.Log, "on_train_batch_begin", poison)
    folder = tmp_path / "run"
    assert start(folder) == 1
    message = capsys.readouterr().err
    assert f"discriminator_loss is nan at step {step}." in message
    assert f"The last good checkpoint, step 5, is {folder / runs.CHECKPOINT}." in message
    assert int(folders.load_run(folder).step) == 5


def test_a_code_page_without_the_letters_ends_no_run(tiny, tmp_path, monkeypatch):
    """As on Windows: 256 letters, and a folder whose name needs others."""
    outs = [io.TextIOWrapper(io.BytesIO(), encoding="cp1252") for _ in range(2)]
    for name, stream in zip(("stdout", "stderr"), outs, strict=True):
        monkeypatch.setattr(sys, name, stream)
    assert start(tmp_path / "数字", steps=1) == 0
    assert train("--resume", "--out", tmp_path / "無") == 2
    for stream, told in zip(outs, ("Picture: ", "There is no run folder"), strict=True):
        stream.flush()
        assert told in stream.buffer.getvalue().decode("cp1252")


@pytest.mark.slow
def test_the_output_is_clean(tmp_path):
    """No start-up line of TensorFlow, no warning; on a Windows-like terminal too."""
    words = [sys.executable, "-m", "ganedu", "train", "--steps", "3", "--dataset", "digits"]
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
    done = subprocess.run(
        [*words, "--out", tmp_path / "数字"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
    )
    printed = done.stdout.decode("cp1252", errors="replace")
    assert done.returncode == 0, printed
    assert not re.search(NATIVE_LINES, printed, re.IGNORECASE), printed
    assert "Done after 3 steps" in printed and "100 %" in printed
    assert not re.search(r"^\d{4}-\d\d-\d\d", printed, re.MULTILINE), printed  # a log's time


# What is found in a run folder after a power cut, an editor, or a hand


@pytest.mark.parametrize("left", [0, 118])
def test_a_picture_that_is_not_whole_ends_nothing(tiny, copy, left):
    """One that a power cut has left; the run is made longer all the same."""
    damaged = copy / runs.SAMPLES / "00000004.png"
    damaged.write_bytes(damaged.read_bytes()[:left])
    assert train("--resume", "--out", copy, "--steps", 17) == 0
    assert (copy / runs.RESULT).exists() and (copy / runs.GENERATOR).exists()
    with Image.open(copy / runs.ANIMATION) as animation:
        assert animation.n_frames == 5  # steps 0, 8, 12, 16 and 17


def test_an_end_in_the_middle_of_a_picture_leaves_no_half_of_it(tiny, whole, tmp_path):
    """Of the last step, which the checkpoint has; then the run goes on, with more steps."""
    folder, save = tmp_path / "run", plotting.save_picture

    def half(path, images):
        save(path, images)
        checkpoint = folder / runs.CHECKPOINT
        if checkpoint.exists() and json.loads(str(arrays(checkpoint)["about"]))["step"] == 12:
            with open(path, "rb+") as file:
                file.truncate(118)
            raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plotting, "save_picture", half)
        patch.setattr(Path, "unlink", lambda *given, **named: None)  # nobody cleans up
        with pytest.raises(Killed):
            start(folder, steps=12)
    assert train("--resume", "--out", folder, "--steps", STEPS) == 0
    assert_same_run(folder, whole)


def test_an_animation_that_cannot_be_written_comes_after_everything_else(
    tiny, whole, tmp_path, capsys
):
    folder = tmp_path / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plotting, "save_animation", lambda path, pictures: no_room())
        assert start(folder) == 1
    message = capsys.readouterr().err
    assert f"ganedu: {folder / runs.ANIMATION}: {os.strerror(errno.ENOSPC)}." in message
    assert f"Go on: uv run ganedu train --resume --out {folder}" in message
    assert (folder / runs.RESULT).exists() and (folder / runs.GENERATOR).exists()
    assert train("--resume", "--out", folder) == 0
    assert_same_run(folder, whole)


def no_room():
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("name", [runs.GENERATOR, runs.RESULT])
def test_a_disk_that_is_full_at_the_end_is_named_with_the_way_on(
    tiny, whole, tmp_path, capsys, name
):
    folder, replace = tmp_path / "run", os.replace
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "replace", lambda s, t: no_room() if t.name == name else replace(s, t))
        assert start(folder) == 1
    message = capsys.readouterr().err
    assert f"{folder / name}: {os.strerror(errno.ENOSPC)}. The last good checkpoint" in message
    assert f"Go on: uv run ganedu train --resume --out {folder}" in message
    assert train("--resume", "--out", folder) == 0
    assert_same_run(folder, whole)


@pytest.mark.parametrize("what", ["mark", "semicolons", "no heading"])
def test_a_history_that_was_opened_elsewhere_stays_whole(tiny, whole, tmp_path, what):
    folder = tmp_path / "run"
    with pytest.MonkeyPatch.context() as patch:
        stop_at(patch, 10)
        assert start(folder) == 130
    text = (folder / runs.HISTORY).read_bytes().decode()
    (folder / runs.HISTORY).write_bytes(
        {
            "mark": b"\xef\xbb\xbf" + text.encode(),
            "semicolons": text.replace(",", ";").encode(),
            "no heading": text.partition("\n")[2].encode(),
        }[what]
    )
    assert train("--resume", "--out", folder) == 0
    assert_same_run(folder, whole)


@pytest.mark.parametrize("step", [8, None])
def test_a_run_of_which_the_history_is_no_file_says_so_and_no_more(
    tiny, tmp_path, monkeypatch, capsys, step
):
    """In the middle, and before the start; the bar is closed before its stream is."""
    folder, closers, close = tmp_path / "run", [], tqdm.tqdm.close

    def watched(bar):
        closers.append(sys._getframe(1).f_code.co_name)
        close(bar)

    def put_a_folder(*given, **named):
        (folder / runs.HISTORY).unlink(missing_ok=True)
        (folder / runs.HISTORY).mkdir(exist_ok=True)

    monkeypatch.setattr(tqdm.tqdm, "close", watched)
    with monkeypatch.context() as patch:
        if step:
            patch.setattr(callbacks.SampleGrid, "on_train_batch_end", put_a_folder)
        assert start(folder) == (1 if step else 0)
    if not step:
        put_a_folder()
        assert train("--resume", "--out", folder, "--steps", 20) == 1
    assert closers and "__del__" not in closers[:1]
    assert str(folder / runs.HISTORY) in capsys.readouterr().err


@pytest.mark.parametrize(
    "changed",
    [
        {"steps": None},
        {"steps": 0},
        {"steps": "500"},
        {"steps": 10**30},
        {"steps": float("nan")},
        {"steps": True},
        {"minutes": 2.0},
        {"minutes": 1e308, "steps": None},
        {"minutes": [2], "steps": None},
        {"seed": None},
        {"seed": -1},
        {"seed": 0.5},
        {"seed": "3"},
        {"dataset": None},
        {"dataset": 3},
        {"dataset": "Digits"},
        {"recipe": None},
        {"recipe": "x"},
        {"recipe": [1]},
        {"recipe": 3},
    ],
    ids=str,
)
def test_settings_that_no_run_can_have_are_refused_by_name(tiny, copy, tmp_path, capsys, changed):
    settings = runs.read_settings(copy) | changed
    (copy / runs.SETTINGS).write_text(json.dumps(settings))
    (copy / runs.RESULT).unlink()
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    for words in (
        ["train", "--resume", "--out", str(copy)],
        ["sample", str(copy), "--out", str(tmp_path / "a.png")],
    ):
        assert main(words) == 2
        [line] = capsys.readouterr().err.splitlines()
        assert line.startswith(f"ganedu: {copy / runs.SETTINGS} is damaged: ")
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"seed": 4}, "seed: 4 in settings.json, 3 in checkpoint.npz"),
        ({"dataset": "fashion_mnist"}, "dataset: fashion_mnist in settings.json, digits in"),
    ],
)
def test_settings_of_another_run_are_refused(
    tiny, copy, tmp_path, monkeypatch, capsys, changed, told
):
    images = digits("digits")
    monkeypatch.setattr(data, "load", lambda name, split="train": images._replace(name=name))
    (copy / runs.SETTINGS).write_text(json.dumps(runs.read_settings(copy) | changed))
    (copy / runs.RESULT).unlink()
    assert train("--resume", "--out", copy, "--steps", 20) == 2
    assert told in capsys.readouterr().err
    assert main(["sample", str(copy), "--out", str(tmp_path / "a.png")]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--steps", 10**30], ["--minutes", 1e300]])
def test_lengths_that_no_run_can_have_are_refused_at_once(tmp_path, capsys, words):
    assert train(*words, "--out", tmp_path / "run") == 2
    assert f"{words[0]} must be" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_the_commands_know_the_sets_that_there_are():
    assert folders.DATASETS == data.NAMES
    options = train_command.TITLES.keys() | {"auto"}
    assert options == set(data.NAMES)


def test_clothes_are_called_clothes(tiny, tmp_path, monkeypatch, capsys):
    clothes = digits("digits")._replace(name="fashion_mnist")
    monkeypatch.setattr(data, "load", lambda name, split="train": clothes)
    assert train("--dataset", "fashion_mnist", "--steps", 1, "--out", tmp_path / "run") == 0
    assert capsys.readouterr().out.splitlines()[0] == "Fashion-MNIST: 1,500 images of clothes."
    assert runs.read_settings(tmp_path / "run")["dataset"] == "fashion_mnist"


@pytest.mark.parametrize("moment", ["the log", "the picture"])
def test_a_folder_that_is_taken_away_is_told(tiny, tmp_path, monkeypatch, capsys, moment):
    """Before a row of the log, and between the row and the picture of one step."""
    folder, owner = tmp_path / "run", callbacks.Log if moment == "the log" else callbacks.SampleGrid
    end = owner.on_train_batch_end

    def look(callback, batch, logs=None):
        if int(callback.model.step) == 12:
            shutil.rmtree(folder, ignore_errors=True)
        end(callback, batch, logs)

    monkeypatch.setattr(owner, "on_train_batch_end", look)
    assert start(folder) == 1
    assert str(folder) in capsys.readouterr().err
    assert not folder.exists()


# Other ways to be stopped


@pytest.fixture
def usual():
    """Signals as a terminal has them: a test run in the background may have been told otherwise."""
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = [signal.signal(number, signal.SIG_DFL) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129), ("twice", 130)]
)
def test_a_run_that_is_told_to_end_is_kept(usual, tiny, whole, tmp_path, capsys, name, code):
    """Also where the signal comes a second time, into the last checkpoint."""
    if not hasattr(signal, name) and name != "twice":
        pytest.skip("not on this system")
    folder, number = tmp_path / "run", getattr(signal, name, signal.SIGINT)
    with pytest.MonkeyPatch.context() as patch:
        begin, save = callbacks.Log.on_train_batch_begin, checkpoints.save

        def interrupt(callback, batch, logs=None):
            begin(callback, batch, logs)
            if int(callback.model.step) == 7:
                signal.raise_signal(number)

        def again(path, gan, facts=None):
            if name == "twice" and int(gan.step) == 8:
                signal.raise_signal(number)
            save(path, gan, facts)

        patch.setattr(callbacks.Log, "on_train_batch_begin", interrupt)
        patch.setattr(checkpoints, "save", again)
        handlers = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
        assert start(folder) == code
        assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == handlers
    assert int(folders.load_run(folder).step) == 8
    assert f"train --resume --out {folder}" in capsys.readouterr().out
    assert train("--resume", "--out", folder) == 0
    assert_same_run(folder, whole)


def test_ctrl_c_after_the_last_checkpoint_tells_how_to_go_on(
    tiny, whole, tmp_path, monkeypatch, capsys
):
    folder = tmp_path / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plotting, "save_animation", lambda *given: signal.raise_signal(signal.SIGINT))
        assert start(folder) == 130
    message = capsys.readouterr().err
    assert f"The last good checkpoint, step {STEPS}, is" in message
    assert f"Go on: uv run ganedu train --resume --out {folder}" in message
    assert train("--resume", "--out", folder) == 0
    assert_same_run(folder, whole)


def test_the_last_words_of_a_process_that_tensorflow_ended_are_told(tiny, copy, capsys):
    (copy / runs.NATIVE).write_text(
        "I0000 00:00 a line of the start\nF0000 00:00:1 file.cc:7] Check failed: size > 0\n"
    )
    assert train("--resume", "--out", copy, "--steps", 14) == 0
    printed = capsys.readouterr().out
    assert "ended with these words:\nF0000 00:00:1 file.cc:7] Check failed: size > 0\n" in printed
    assert "a line of the start" not in printed
    assert not (copy / runs.NATIVE).exists()


def test_a_terminal_that_is_gone_ends_no_run(tiny, whole, tmp_path, monkeypatch):
    """Else a run would lose what it has trained since the last checkpoint."""

    def gone(*given, **named):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    init = tqdm.tqdm.__init__

    def begin(bar, **options):
        init(bar, **options)
        for name in ("update", "display"):
            monkeypatch.setattr(tqdm.tqdm, name, gone)

    monkeypatch.setattr(tqdm.tqdm, "__init__", begin)
    assert start(tmp_path / "run") == 0
    assert_same_run(tmp_path / "run", whole)


# Told the class


def test_a_conditional_run_says_so_and_its_pictures_ask_for_every_class(tiny, conditional):
    settings = runs.read_settings(conditional)
    assert (settings["conditional"], settings["classes"]) == (True, 10)
    assert settings["recipe"] == recipes.CONDITIONAL
    images = folders.load_run(conditional).generate(100, 0, conditions=np.arange(100) % 10)
    with Image.open(conditional / runs.SAMPLES / f"{STEPS:08d}.png") as picture:
        assert np.array_equal(np.asarray(picture)[::2, ::2], plotting.tile(images, 10)[..., 0])


def test_a_conditional_run_that_was_stopped_equals_one_that_was_not(tiny, conditional, tmp_path):
    out = tmp_path / "run"
    assert start(out, "--conditional", steps=STEPS - 6) == 0
    assert train("--resume", "--out", out, "--steps", STEPS) == 0
    assert_same_run(out, conditional)


def test_a_deterministic_run_is_one_to_its_end(tiny, tmp_path, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(startup, "be_deterministic", lambda: asked.append(True))
    assert start(tmp_path / "other") == 0 and not asked
    out = tmp_path / "run"
    assert start(out, "--deterministic") == 0 and len(asked) == 1
    assert train("--resume", "--out", out, "--steps", STEPS + 2) == 0 and len(asked) == 2
    words = ["--deterministic", "--steps", STEPS + 2]
    assert train("--resume", "--out", tmp_path / "other", *words) == 2
    assert "deterministic: True here, False in the run" in capsys.readouterr().err


def test_a_run_stays_conditional_or_not(tiny, copy, capsys):
    assert train("--resume", "--out", copy, "--conditional", "--steps", 20) == 2
    assert "conditional: True here, False in the run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"classes": None}, "it lacks classes"),
        ({"classes": "ten"}, "classes must be an integer from 2"),
        ({"conditional": 1}, "conditional must be true or false"),
    ],
)
def test_damaged_settings_of_classes_are_answered(conditional, tmp_path, capsys, changed, says):
    damaged = Path(shutil.copytree(conditional, tmp_path / "damaged"))
    settings = json.loads((damaged / runs.SETTINGS).read_text("utf-8"))
    (damaged / runs.SETTINGS).write_text(json.dumps({**settings, **changed}), "utf-8")
    assert train("--resume", "--out", damaged, "--steps", 20) == 2
    assert says in capsys.readouterr().err


# The best


@pytest.fixture(scope="module")
def best(tmp_path_factory):
    """The folder of a run that keeps its best and was never stopped; tests must not change it."""
    folder = tmp_path_factory.mktemp("best") / "run"
    with pytest.MonkeyPatch.context() as patch:
        make_tiny(patch)
        assert start(folder, "--keep-best") == 0
    return folder


def test_the_best_of_a_conditional_run_has_each_class_as_often_as_the_training_images(tmp_path):
    settings = {"dataset": "digits", "conditional": True, "classes": 3, "keep_best": True}
    labels = np.repeat([0, 1, 2], [60, 30, 10])
    real = train_command._reference(settings, None, labels, None)
    kept = train_command._keep_best(tmp_path, settings, {}, real)
    assert np.bincount(kept.conditions).tolist() == [300, 150, 50]
    assert len(real.train) == 0


def test_the_best_is_the_one_that_is_nearest_to_the_test_images(tiny, best, whole, tmp_path):
    """Each step at which it is looked for is made once more, as a run of that length."""
    real, distances = evaluation.reference("digits", 1000), {}
    for step in (5, 10):
        assert start(tmp_path / str(step), steps=step) == 0
        made = folders.load_run(tmp_path / str(step)).generate(500, 0)
        seen = real.predict(made).features
        distances[step] = metrics.frechet_distance(seen, real.predictions.features)
    step = min(distances, key=distances.get)
    about = checkpoints.about(best / runs.BEST)
    assert about["step"] == step and about["distance"] == pytest.approx(distances[step], rel=1e-5)
    assert about["features"] == "the classifier of digits"
    kept, made = arrays(best / runs.BEST), arrays(tmp_path / str(step) / runs.CHECKPOINT)
    assert [n for n in made if n != "about" and made[n].tobytes() != kept[n].tobytes()] == []
    with_it, without = arrays(best / runs.CHECKPOINT), arrays(whole / runs.CHECKPOINT)
    assert [n for n in without if with_it[n].tobytes() != without[n].tobytes()] == []


@pytest.mark.parametrize("step", [3, 5, 7, 11])
def test_a_run_that_keeps_its_best_goes_on_to_the_bit(tiny, best, tmp_path, step):
    with pytest.MonkeyPatch.context() as patch:
        stop_at(patch, step)
        assert start(tmp_path / "run", "--keep-best") == 130
    assert train("--resume", "--out", tmp_path / "run") == 0
    assert_same_run(tmp_path / "run", best)


@pytest.mark.parametrize("nth", range(1, 5))
def test_a_kill_while_the_best_is_looked_for_is_made_up_for(tiny, best, tmp_path, nth):
    """Before and after each checkpoint, the last ones and the best ones."""
    calls, save = [], checkpoints.save

    def last(*given, **named):
        calls.append(given)
        if len(calls) == nth:
            raise Killed
        return save(*given, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoints, "save", last)
        with pytest.raises(Killed):
            start(tmp_path / "run", "--keep-best")
    assert start(tmp_path / "run", "--resume") == 0
    assert_same_run(tmp_path / "run", best)


def test_what_the_best_costs_is_told_before_and_after(tiny, tmp_path, capsys):
    assert start(tmp_path / "run", "--keep-best") == 0
    printed = capsys.readouterr().out
    assert (
        "The best is kept: every 5 steps 500 samples are held against 297 held-out images, by the "
        "Fréchet distance of 64 features (the classifier of digits).\n" in printed
    )
    about = checkpoints.about(tmp_path / "run" / runs.BEST)
    told = f"Best:      step {about['step']}, Fréchet distance {about['distance']:.4g}: "
    assert told in printed
    assert re.search(r"Looking for it took \d+ s\.", printed)


def test_a_run_that_is_too_short_for_a_best_says_so(tiny, tmp_path, capsys):
    assert start(tmp_path / "run", "--keep-best", steps=4) == 0
    assert "Best:      none yet; it is looked for every 5 steps." in capsys.readouterr().out
    assert not (tmp_path / "run" / runs.BEST).exists()


def test_the_best_is_sampled_and_measured(tiny, best, tmp_path, capsys):
    gan = folders.load_run(best, best=True)
    assert int(gan.step) == checkpoints.about(best / runs.BEST)["step"]
    expected = data.to_pixels(gan.generate(5, 2))
    out = tmp_path / "a.npz"
    words = ["--num-images", "5", "--seed", "2", "--best", "--out", str(out)]
    assert main(["sample", str(best), *words]) == 0
    assert np.array_equal(arrays(out)["images"], expected)
    words = ["--num-images", "90", "--json", "--best", "--out", str(tmp_path / "a.png")]
    capsys.readouterr()
    assert main(["evaluate", str(best), *words]) == 0
    told = json.loads(capsys.readouterr().out)
    real = evaluation.reference("digits")
    assert told["best"] is True
    assert told["values"] == evaluation.evaluate(gan.generate(90, 0), real)["values"]


def test_a_run_does_not_begin_to_keep_its_best_in_the_middle(tiny, copy, capsys):
    assert train("--resume", "--out", copy, "--steps", 20, "--keep-best") == 2
    assert "keep_best: True here, False in the run" in capsys.readouterr().err


def test_a_damaged_best_is_named(tiny, best, tmp_path, capsys):
    run = Path(shutil.copytree(best, tmp_path / "run"))
    (run / runs.BEST).write_bytes(b"")
    assert train("--resume", "--out", run, "--steps", 20) == 2
    assert f"{run / runs.BEST} is empty, truncated or not a checkpoint" in capsys.readouterr().err
