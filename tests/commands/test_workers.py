"""`ganedu train` in two processes of this machine: one folder, one death, and on with fewer."""

import json
import os
import shutil
import signal
import time

import numpy as np
import pytest
import tensorflow as tf

from ganedu import callbacks, launch, recipes, replicas, runs
from ganedu.commands import train as train_command
from ganedu.playground import machines
from tests.tiny_gan import plain_gan
from tests.tiny_run import STEPS, arrays, in_process, make_tiny, start, train, wait_for

PLAIN = "tests.tiny_run.plain_command"


def told(index, addresses):
    task = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
    return {**os.environ, launch.VARIABLE: json.dumps(task)}


def several(out, *words, number=2):
    """Processes that train together, two or another number; the first leads."""
    addresses = machines.free_addresses(number)
    new = [] if "--resume" in words else ["--dataset", "digits", "--seed", 3]
    words = ["train", *new, "--out", out, *words]
    env = [told(index, addresses) for index in range(number)]
    return [in_process(*words, command=PLAIN, env=each) for each in env]


def finished(started):
    """Wait for the end of all of them."""
    said = [one.communicate(timeout=300)[0] for one in started]
    assert [one.returncode for one in started] == [0] * len(started), said
    return said


def weights(folder):
    """Of all networks, as they lie in the checkpoint."""
    held = arrays(folder / runs.CHECKPOINT)
    names = sorted(name for name in held if name.startswith("networks"))
    assert len(names) > 8
    return [held[name] for name in names]


# GANEDU_MOMENTS=10 GANEDU_WORKERS="1 4" uv run pytest -m slow tests/commands/test_workers.py
MOMENTS = range(6, 6 + 4 * int(os.environ.get("GANEDU_MOMENTS", "2")), 4)


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_worker_dies_the_leader_says_so_and_one_process_goes_on(tmp_path, monkeypatch, moment):
    out, whole = tmp_path / "shared", tmp_path / "whole"
    leader, worker = pair = several(out, "--steps", 10**6)
    try:
        wait_for(out, moment, leader)
        os.kill(worker.pid, signal.SIGKILL)  # between any two instructions
        died = time.monotonic()
        said = leader.communicate(timeout=300)[0]
    finally:
        for one in pair:
            one.kill()
        worker.communicate()
    assert leader.returncode == 1 and worker.returncode == -signal.SIGKILL, said[-2000:]
    assert time.monotonic() - died < 60, said[-2000:]
    assert "Another process of this training has ended" in said and "--resume" in said
    step = int(arrays(out / runs.CHECKPOINT)["about"].item().split('"step": ')[1].split(",")[0])
    assert step >= 5
    make_tiny(monkeypatch)
    monkeypatch.setattr(recipes, "digit_gan", plain_gan)
    assert train("--resume", "--out", out, "--steps", step + STEPS) == 0
    assert start(whole, steps=step + STEPS) == 0
    for mine, theirs in zip(weights(out), weights(whole), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-6)
    assert runs.read_history(out)[-1]["step"] == runs.read_history(whole)[-1]["step"]


@pytest.mark.slow
def test_the_clock_ends_both_and_they_go_on_to_the_bit(tmp_path, monkeypatch):
    """The leader's clock; then as many as before, and each of $GANEDU_WORKERS, take some steps."""
    monkeypatch.chdir(tmp_path)
    out, whole = tmp_path / "shared", tmp_path / "whole"
    said = finished(several(out, "--minutes", 0.05))
    assert "Done after" in said[0] and "Replicas: 2" in said[0] and "Done" not in said[1]
    assert {path.name for path in tmp_path.iterdir()} == {"shared"}
    assert (out / runs.RESULT).is_file() and (out / runs.GENERATOR).is_file()
    numbers = (2, *map(int, os.environ.get("GANEDU_WORKERS", "").split()))
    parts = {number: shutil.copytree(out, tmp_path / f"on {number}") for number in numbers}
    steps = runs.read_history(out)[-1]["step"] + STEPS
    started = several(whole, "--steps", steps)
    for number, part in parts.items():
        started += several(part, "--resume", "--steps", steps, number=number)
    finished(started)
    theirs = weights(whole)
    for number, part in parts.items():
        apart = max(
            np.abs(mine - weight).max() for mine, weight in zip(weights(part), theirs, strict=True)
        )
        assert apart == 0 if number == 2 else apart < 1e-6


def test_what_does_not_fit_is_refused_before_training(tmp_path, monkeypatch, capsys):
    make_tiny(monkeypatch)
    monkeypatch.delenv(launch.VARIABLE, raising=False)
    assert start(tmp_path / "run", "--strategy", "workers") == 2
    assert "launcher sets it" in capsys.readouterr().err
    monkeypatch.setenv(launch.VARIABLE, "{}")
    assert start(tmp_path / "other") == 2
    assert "must be as in" in capsys.readouterr().err


def test_the_best_is_not_kept_by_several_processes(tmp_path, monkeypatch, capsys):
    make_tiny(monkeypatch)
    monkeypatch.setattr(replicas, "are_processes", lambda strategy: True)
    assert start(tmp_path / "run", "--keep-best") == 2
    assert "--strategy one" in capsys.readouterr().err


def compared(patch, out, *words):
    """What a process that is about to train compares with the others."""

    def refuse(text, strategy):
        raise ValueError(text)

    patch.setattr(replicas, "check_same", refuse)
    return start(out, *words)


def test_processes_compare_whether_the_class_is_told_and_the_recipe(tmp_path, monkeypatch, capsys):
    make_tiny(monkeypatch)
    texts = []
    for name, words in {"plain": (), "told": ("--conditional",)}.items():
        assert compared(monkeypatch, tmp_path / name, *words) == 2
        texts.append(capsys.readouterr().err)
    assert "not told the class" in texts[0] and "not told" not in texts[1]
    assert all(" images, content as named" in text and "seed 3" in text for text in texts)
    assert str(recipes.DIGITS["learning_rate"]) in texts[0]


def test_of_a_learners_pictures_the_content_is_compared():
    """Two folders of one name, with as many pictures of one size, may hold other pictures."""
    both = {"dataset": "the folder faces", "seed": 0, "steps": 9}
    one = {**both, "recipe": {"gamma": 1}, "images": {"content_sha256": "abc"}}
    texts = {
        train_command._common(settings, 50)
        for settings in (
            one,
            {**one, "images": {"content_sha256": "abd"}},
            {**one, "recipe": {"gamma": 2}},
            {**one, "conditional": True},
            {**one, "deterministic": True},
        )
    }
    assert len(texts) == 5


@pytest.mark.slow
def test_two_processes_of_which_one_tells_the_class_are_refused(tmp_path):
    """Before weights are shared: networks of other shapes would wait for one another."""
    addresses = machines.free_addresses(2)
    words = ["train", "--dataset", "digits", "--steps", STEPS, "--out", tmp_path / "shared"]
    pair = [
        in_process(*words, *own, command=PLAIN, env=told(index, addresses))
        for index, own in enumerate(([], ["--conditional"]))
    ]
    try:
        said = [one.communicate(timeout=120)[0] for one in pair]
    finally:
        for one in pair:
            one.kill()
    assert [one.returncode for one in pair] == [2, 2], said
    assert all("do not train the same" in words for words in said)


def told_of_two(patch):
    patch.setenv(launch.VARIABLE, told(0, ["one:1", "two:1"])[launch.VARIABLE])


def broken_off(*given):
    raise tf.errors.UnavailableError(None, None, "the connection was lost")


@pytest.mark.parametrize(
    ("whose", "name", "where"),
    [
        (replicas, "check_same", "before its first step"),
        (callbacks.Checkpoint, "save", "near step 0"),
    ],
)
def test_the_end_of_another_process_is_told_in_a_sentence(
    tmp_path, monkeypatch, capsys, whose, name, where
):
    make_tiny(monkeypatch)
    monkeypatch.setattr(whose, name, broken_off)
    monkeypatch.setattr(train_command, "_fit", lambda *given: 0)
    told_of_two(monkeypatch)
    assert start(tmp_path / "run", "--strategy", "one") == 1
    said = capsys.readouterr().err
    assert "Another process of this training has ended" in said and where in said
    assert "--resume" in said
    monkeypatch.delenv(launch.VARIABLE)
    with pytest.raises(
        tf.errors.UnavailableError, match="connection was lost"
    ):  # there is no other
        start(tmp_path / "alone")


@pytest.mark.parametrize("kind", ["UnavailableError", "InternalError", "ResourceExhaustedError"])
def test_the_end_of_another_is_not_taken_for_a_lack_of_memory(kind, monkeypatch):
    error = getattr(tf.errors, kind)(None, None, "as TensorFlow says it")
    monkeypatch.setattr(launch, "num_processes", lambda: 2)
    expected = OSError if kind != "ResourceExhaustedError" else tf.errors.ResourceExhaustedError
    with pytest.raises(expected), train_command._together():
        raise error
    monkeypatch.setattr(launch, "num_processes", lambda: 0)
    with pytest.raises(type(error)), train_command._together():
        raise error
