"""`ganedu train` in two processes of this machine: one folder, one death, and on with fewer."""

import json
import os
import signal
import time

import numpy as np
import pytest

from ganedu import launch, recipes, replicas, runs
from ganedu.playground import machines
from tests.tiny_gan import plain_gan
from tests.tiny_run import STEPS, arrays, in_process, make_tiny, start, train, wait_for

PLAIN = "tests.tiny_run.plain_command"


def told(index, addresses):
    task = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
    return {**os.environ, launch.VARIABLE: json.dumps(task)}


def two(out, *words):
    """Two processes that train together; the first leads."""
    addresses = machines.free_addresses(2)
    words = ["train", "--dataset", "digits", "--seed", 3, "--out", out, *words]
    return [in_process(*words, command=PLAIN, env=told(index, addresses)) for index in range(2)]


# GANEDU_MOMENTS=10 uv run pytest -m slow tests/commands/test_workers.py tries ten
MOMENTS = range(6, 6 + 4 * int(os.environ.get("GANEDU_MOMENTS", "2")), 4)


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_worker_dies_the_leader_says_so_and_one_process_goes_on(tmp_path, monkeypatch, moment):
    out, whole = tmp_path / "shared", tmp_path / "whole"
    leader, worker = pair = two(out, "--steps", 10**6)
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
    mine, theirs = (arrays(folder / runs.CHECKPOINT) for folder in (out, whole))
    names = [name for name in theirs if name.startswith("networks")]
    assert len(names) > 8
    for name in names:
        np.testing.assert_allclose(mine[name], theirs[name], atol=1e-6, err_msg=name)
    assert runs.read_history(out)[-1]["step"] == runs.read_history(whole)[-1]["step"]


@pytest.mark.slow
def test_the_clock_of_the_leader_ends_both_and_only_it_writes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "shared"
    pair = two(out, "--minutes", 0.7)
    said = [one.communicate(timeout=300)[0] for one in pair]
    assert [one.returncode for one in pair] == [0, 0], said
    assert "Done after" in said[0] and "Replicas: 2" in said[0] and "Done" not in said[1]
    assert {path.name for path in tmp_path.iterdir()} == {"shared"}
    assert (out / runs.RESULT).is_file() and (out / runs.GENERATOR).is_file()


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
