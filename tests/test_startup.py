"""A quiet start: what C++ code writes is hidden, what Python says is not."""

import os
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


@pytest.mark.parametrize("gpus", [[], ["GPU:0"]])
def test_a_gpu_is_made_deterministic(monkeypatch, gpus):
    asked = []
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: gpus)
    deterministic = tf.config.experimental, "enable_op_determinism"
    monkeypatch.setattr(*deterministic, lambda: asked.append("deterministic"))
    startup.be_deterministic()
    assert asked == ["deterministic"] * len(gpus)


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


def test_where_c_ends_the_process_its_words_are_kept_and_pythons_are_shown(tmp_path):
    keep = tmp_path / "native.log"
    lines = "_ = os.write(2, b'F0000 Check failed: size > 0\\n')", "os.abort()"
    code = in_block(*lines).replace("hidden():", f"hidden({str(keep)!r}):")
    message = output_of(code, returncode=-6 if os.name != "nt" else 3)
    assert "Fatal Python error: Aborted" in message
    assert "Check failed" not in message
    assert keep.read_bytes().startswith(b"F0000 Check failed: size > 0")


@pytest.mark.parametrize("end", ["pass", "raise OSError('my message')"])
def test_at_any_other_end_no_file_is_kept(tmp_path, end):
    keep = tmp_path / "native.log"
    (tmp_path / "mine.txt").write_text("mine")
    keep.symlink_to(tmp_path / "mine.txt")
    code = in_block("_ = os.write(2, b'from C++')", end)
    message = output_of(code.replace("hidden():", f"hidden({str(keep)!r}):"), end != "pass")
    assert "from C++" not in message and not keep.exists()
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_the_memory_of_a_gpu_is_taken_as_it_is_needed(monkeypatch):
    grown = []
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["gpu:0", "gpu:1"])
    monkeypatch.setattr(
        tf.config.experimental, "set_memory_growth", lambda gpu, grow: grown.append((gpu, grow))
    )
    startup.start_tensorflow()
    assert grown == [("gpu:0", True), ("gpu:1", True)]


def test_settings_of_keras_with_which_nothing_works_are_refused_at_the_start(monkeypatch):
    assert startup.keras_troubles() == []
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    with pytest.raises(ValueError, match="KERAS_BACKEND is torch: unset it"):
        startup.start_tensorflow()
    monkeypatch.delenv("KERAS_BACKEND")
    for setting, value in (("backend", "jax"), ("image_data_format", "channels_first")):
        with monkeypatch.context() as patch:
            patch.setattr(keras.config, setting, lambda value=value: value)
            with pytest.raises(ValueError, match=value):
                startup.start_tensorflow()
    monkeypatch.setattr(keras.config, "floatx", lambda: "float64")
    startup.start_tensorflow()  # slower, and other digits


def test_a_backend_that_is_not_here_is_told_without_a_traceback(tmp_path):
    """As keras.json may name it; Keras itself ends with a ModuleNotFoundError then."""
    (tmp_path / "keras").mkdir()
    (tmp_path / "keras" / "keras.py").write_text("raise ImportError('No module named jax')")
    code = f"import sys; sys.path.insert(0, {str(tmp_path / 'keras')!r}); "
    code += "from ganedu import startup; print(*startup.keras_troubles(), file=sys.stderr)"
    message = output_of(code)
    assert message.startswith("Keras cannot be imported (No module named jax)")
    assert "Traceback" not in message
