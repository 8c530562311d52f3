"""A quiet start: what C++ code writes is hidden, what Python says is not."""

import platform
import re
import subprocess
import sys
from pathlib import Path

import keras
import pytest
import tensorflow as tf

import ganedu
from ganedu import startup

ROOT = Path(__file__).parents[1]


def output_of(code, returncode=0):
    """What a new process that runs the code writes to descriptor 2."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == returncode, done.stderr
    return done.stderr


def in_block(*lines):
    """Code that runs these lines with the native log hidden, and one after."""
    start = ["import os, sys", "from ganedu.startup import native_log_hidden"]
    block = ["with native_log_hidden():", *(f"    {line}" for line in lines)]
    return "\n".join([*start, *block, "os.write(2, b'after\\n')"])


def test_what_goes_past_python_is_hidden():
    assert output_of(in_block("_ = os.write(2, b'from C++\\n')")) == "after\n"


def test_what_python_says_is_shown_in_order():
    code = in_block("print('one', file=sys.stderr)", "import warnings", "warnings.warn('two')")
    lines = output_of(code).splitlines()
    assert lines[0] == "one" and lines[-1] == "after"
    assert any("UserWarning: two" in line for line in lines)


def test_after_a_crash_the_hidden_lines_are_shown():
    message = output_of(in_block("_ = os.write(2, b'from C++\\n')", "{}['no']"), returncode=1)
    assert message.startswith("from C++\n")
    assert "KeyError: 'no'" in message


@pytest.mark.parametrize("error", ["OSError", "ValueError", "FloatingPointError"])
def test_after_an_error_that_says_it_all_they_are_not(error):
    lines = "_ = os.write(2, b'from C++\\n')", f"raise {error}('my message')"
    message = output_of(in_block(*lines), returncode=1)
    assert "from C++" not in message
    assert f"{error}: my message" in message


def test_blocks_leave_no_descriptors_behind_and_can_be_nested():
    code = """
        import os, sys
        from ganedu.startup import native_log_hidden
        before = sys.stderr, os.fstat(2), os.dup(1)
        for _ in range(50):
            with native_log_hidden(), native_log_hidden():
                os.write(2, b'from C++')
                print('.', end='', file=sys.stderr)
        assert (sys.stderr, os.fstat(2)) == before[:2]
        assert os.dup(1) == before[2] + 1
    """
    assert output_of("\n".join(line[8:] for line in code.splitlines())) == "." * 50


def test_tensorflow_starts_without_a_word_and_its_logger_still_speaks_afterwards():
    """TensorFlow's own logger keeps the stream that it found when it was imported."""
    code = (
        "from ganedu.startup import start_tensorflow; start_tensorflow(); import tensorflow as t\n"
        "t.constant(0); t.config.list_logical_devices()\n"
        "t.get_logger().warning('the learning rate is a string')"
    )
    assert output_of(code) == "WARNING:tensorflow:the learning rate is a string\n"


def test_the_colophon_names_versions_device_dataset_and_time(monkeypatch):
    monkeypatch.setattr(startup, "BEGAN", startup.time.monotonic() - 200)
    versions, place, duration = startup.colophon("mnist").splitlines()
    for name, version in (
        ("ganedu", ganedu.__version__),
        ("TensorFlow", tf.__version__),
        ("Keras", keras.__version__),
        ("Python", platform.python_version()),
    ):
        assert f"{name} {version}" in versions
    assert place == f"{startup.device()}; dataset mnist"
    assert re.fullmatch(r"3 min 2\d s", duration)


def test_the_device_is_named(monkeypatch):
    gpus = ["gpu:0", "gpu:1"]
    details = {"gpu:0": {"device_name": "NVIDIA H100"}, "gpu:1": {}}
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: gpus)
    monkeypatch.setattr(tf.config.experimental, "get_device_details", details.get)
    assert startup.device() == "NVIDIA H100, GPU"
    gpus.clear()
    assert re.fullmatch(r"CPU, \d+ cores?", startup.device())
