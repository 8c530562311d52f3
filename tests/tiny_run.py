"""Whole runs of a tiny GAN, as the tests of the commands take them.

What is tested is what a command does with whatever it trains. Intervals are short: a row of the
log every 3 steps, a picture every 4, a checkpoint every 5.
"""

import functools
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from ganedu import (
    callbacks,
    data,
    recipes,
    runs,
)
from ganedu.__main__ import main
from ganedu.commands import train as train_command
from tests import forked_processes
from tests.tiny_gan import everything, plain_gan, tiny_conditional_gan, tiny_gan, variables

ROOT = Path(__file__).parents[1]
NATIVE_LINES = r"[IWEF]0000|WARNING|absl|oneDNN|cuda|keras|Traceback"
INTERVALS = {"LOG_EVERY": 3, "PICTURE_EVERY": 4, "CHECKPOINT_EVERY": 5}
STEPS = 13  # a whole row, picture and checkpoint lie before it, and a partial row at its end

digits = functools.cache(data.load)


@functools.cache
def made(seed, build=tiny_gan):
    """A tiny GAN, and the values of its variables at the start."""
    gan = build(seed)
    return gan, everything(gan)


def like_new(seed, build=tiny_gan):
    """The tiny GAN as it was at the start, without the wait for its graph."""
    gan, start = made(seed, build)
    for variable, value in zip(variables(gan), start, strict=True):
        variable.assign(value)
    return gan


def make_tiny(patch):
    """Train something tiny, in short intervals, on digits that are read once."""
    patch.setattr(recipes, "digit_gan", like_new)
    patch.setattr(
        recipes, "conditional_gan", lambda seed, num_classes: like_new(seed, tiny_conditional_gan)
    )
    patch.setattr(
        data,
        "load",
        lambda name, split="train": digits("digits" if name == "auto" else name, split),
    )
    for name, value in INTERVALS.items():
        patch.setattr(train_command, name, value)


def train(*words):
    """`ganedu train` on the embedded digits; the exit code."""
    return main(["train", *map(str, words)])


def start(out, *words, steps=STEPS):
    """A new run with seed 3."""
    return train("--dataset", "digits", "--steps", steps, "--seed", 3, "--out", out, *words)


def stop_at(patch, step):
    """Send an interrupt in the middle of a step, as Ctrl-C does."""
    begin = callbacks.Log.on_train_batch_begin

    def interrupt(callback, batch, logs=None):
        begin(callback, batch, logs)
        if int(callback.model.step) == step - 1:
            signal.raise_signal(signal.SIGINT)

    patch.setattr(callbacks.Log, "on_train_batch_begin", interrupt)


def arrays(path):
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def picture_files(folder):
    return {path.name: path.read_bytes() for path in (folder / runs.SAMPLES).iterdir()}


def assert_same_run(folder, expected):
    """Two run folders that no learner could tell apart, but for the seconds and the clock."""
    mine, theirs = arrays(folder / runs.CHECKPOINT), arrays(expected / runs.CHECKPOINT)
    assert mine.keys() == theirs.keys()
    assert [n for n in mine if mine[n].tobytes() != theirs[n].tobytes()] == []
    histories = [
        [{**row, "seconds": None} for row in runs.read_history(run)] for run in (folder, expected)
    ]
    assert histories[0] == histories[1]
    assert picture_files(folder) == picture_files(expected)
    for name in (runs.ANIMATION, runs.RESULT):
        assert (folder / name).read_bytes() == (expected / name).read_bytes(), name
    if (expected / runs.BEST).exists():
        mine, theirs = arrays(folder / runs.BEST), arrays(expected / runs.BEST)
        assert mine.keys() == theirs.keys()
        assert [n for n in mine if mine[n].tobytes() != theirs[n].tobytes()] == []
    leftovers = {path.name for path in folder.iterdir()} - {p.name for p in expected.iterdir()}
    assert leftovers <= {"checkpoint-previous.npz"}


def seconds(folder):
    return [row["seconds"] for row in runs.read_history(folder)]


def tiny_command(words):
    """In a process of its own: the command line with the tiny GAN."""
    with pytest.MonkeyPatch.context() as patch:
        make_tiny(patch)
        sys.exit(main(words))


def plain_command(words):
    """The same with a GAN that several replicas can share."""
    with pytest.MonkeyPatch.context() as patch:
        make_tiny(patch)
        patch.setattr(recipes, "digit_gan", plain_gan)
        sys.exit(main(words))


def in_process(*words, command="tests.tiny_run.tiny_command", env=None):
    """Start `tiny_command`, or another function of the command line's words."""
    module, _, name = command.rpartition(".")
    return forked_processes.started(module, name, words, env)


def wait_for(folder, step, process):
    """Until the history has come to this step, or the process has ended."""
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        if step == 0 and (folder / runs.SETTINGS).exists():
            return
        if step and any(row["step"] >= step for row in runs.read_history(folder)):
            return
        time.sleep(0.003)
