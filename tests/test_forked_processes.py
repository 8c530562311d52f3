"""Processes that are forks: what the tests see of them is what they would see of others."""

import os
import subprocess
import sys
import time

import pytest

from tests import forked_processes

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="forks are used on Linux only")
BEGINNINGS = [pytest.param(forked_processes.Fork, marks=LINUX), forked_processes.whole]


def said_and_ended(words):
    print(os.environ["A_WORD"], *words)
    print(sorted(name for name in ("ganedu", "tensorflow") if name in sys.modules))
    print(os.getpid(), file=sys.stderr)
    sys.exit(int(words[0]))


def asleep(words):
    print("asleep", flush=True)
    time.sleep(600)


def broken(words):
    raise ValueError("no such thing")


def begun(begin, name, *words):
    return begin([__name__, name, *words], {**os.environ, "A_WORD": "passed on"})


@pytest.mark.parametrize("begin", BEGINNINGS)
def test_words_environment_code_and_what_was_said(begin):
    with begun(begin, "said_and_ended", "3", "two words") as process:
        said, nothing = process.communicate(timeout=60)
    lines = sorted(said.splitlines())
    assert f"{process.pid}" in lines and "passed on 3 two words" in lines and nothing is None
    assert process.returncode == process.poll() == 3
    loaded = ["tensorflow"] if begin is forked_processes.Fork else []
    assert f"{loaded}" in lines  # and nothing of the course


@pytest.mark.parametrize("begin", BEGINNINGS)
def test_one_that_is_killed_says_by_what(begin):
    with begun(begin, "asleep") as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.communicate(timeout=0.1)
        assert process.poll() is None
        process.kill()
    assert process.returncode == (1 if os.name == "nt" else -9)


@pytest.mark.parametrize("begin", BEGINNINGS)
def test_an_error_is_said_and_the_code_is_1(begin):
    with begun(begin, "broken") as process:
        said = process.communicate(timeout=60)[0]
    assert process.returncode == 1 and "ValueError: no such thing" in said


@LINUX
def test_what_it_said_leaves_no_file():
    fork = begun(forked_processes.Fork, "broken")
    fork.communicate(timeout=60)
    place = fork.said
    assert place.exists()
    del fork
    assert not place.exists()
