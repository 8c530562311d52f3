"""`ganedu doctor`: what is here, and how to mend what is too old."""

import importlib.metadata
import importlib.util
import re
import sys
import tomllib
from pathlib import Path

import keras
import tensorflow

import ganedu
from ganedu import (
    data,
)
from ganedu.__main__ import main
from ganedu.commands import doctor as doctor_command
from tests.tiny_run import ROOT


def test_the_doctor_names_versions_device_and_data(monkeypatch, capsys):
    monkeypatch.setattr(data, "whereabouts", lambda: "Digits in a box.")
    assert main(["doctor"]) == 0
    printed = capsys.readouterr().out
    rows = dict(line.split(":", 1) for line in printed.splitlines() if ":" in line)
    assert rows["ganedu"].strip() == ganedu.__version__
    assert rows["Keras"].strip() == keras.__version__
    assert rows["Data"].strip() == "Digits in a box."
    assert re.match(r" +CPU, \d+ core|.*GPU|.*NVIDIA", rows["Device"])
    assert printed.endswith("All is fit for the course.\n")


def test_the_doctor_says_how_to_mend_what_is_too_old(monkeypatch, capsys):
    monkeypatch.setattr(data, "whereabouts", lambda: "")
    monkeypatch.setattr(keras, "__version__", "2.15.0")
    assert main(["doctor"]) == 1
    printed = capsys.readouterr().out
    assert "Keras 2.15.0 is too old: python -m pip install" in printed
    assert "All is fit" not in printed
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for name in ("tensorflow", "keras"):
        [bound] = [one for one in project["dependencies"] if re.match(rf"{name}\W", one)]
        assert f"'{bound}'" in printed


def test_the_doctor_prints_the_line_to_report(monkeypatch, capsys):
    monkeypatch.setattr(data, "whereabouts", lambda: "")
    monkeypatch.setattr(doctor_command, "device", lambda: "Tesla T4")
    main(["doctor"])
    line = rf"send its last cell with: ganedu {ganedu.__version__}, [\d.]+ on .*, Tesla T4\.\n"
    assert re.search(line, capsys.readouterr().out)


def test_the_doctor_says_what_of_keras_settings_does_not_fit(monkeypatch, capsys):
    monkeypatch.setattr(data, "whereabouts", lambda: "")
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert main(["doctor"]) == 1
    assert capsys.readouterr().out.startswith("KERAS_BACKEND is jax: unset it")
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    for setting, value, mend in (
        ("image_data_format", "channels_first", "channels_last"),
        ("floatx", "float64", "float32"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(keras.config, setting, lambda value=value: value)
            assert main(["doctor"]) == 1
        printed = capsys.readouterr().out
        assert f"Keras' {setting} is {value}: set" in printed and mend in printed
        assert "All is fit" not in printed


def test_the_doctor_notices_tensorflow_metal(monkeypatch, capsys):
    monkeypatch.setattr(data, "whereabouts", lambda: "")
    found = importlib.metadata.version
    monkeypatch.setattr(
        importlib.metadata,
        "version",
        lambda name: "1.2.0" if name == "tensorflow-metal" else found(name),
    )
    assert main(["doctor"]) == 1
    assert "tensorflow-metal 1.2.0 is installed" in capsys.readouterr().out


def test_the_doctor_needs_no_home(monkeypatch, capsys):
    """As in a container that runs under a number: no HOME, and nobody of that number."""
    import pwd

    def nobody(number):
        raise KeyError(number)

    monkeypatch.setattr(data, "whereabouts", lambda: "")
    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    assert main(["doctor"]) == 0
    assert "ganedu-cache" in capsys.readouterr().out


def test_the_doctor_says_when_each_start_compiles_everything_again(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    source = tmp_path / "tensorflow.py"
    monkeypatch.setattr(tensorflow, "__file__", str(source))
    compiled = Path(importlib.util.cache_from_source(source))
    compiled.parent.mkdir()
    assert main(["doctor"]) == 0
    assert "PYTHONDONTWRITEBYTECODE is set: unset it" in capsys.readouterr().out
    compiled.touch()  # compiled when it was installed
    assert main(["doctor"]) == 0
    assert "PYTHONDONTWRITEBYTECODE" not in capsys.readouterr().out
    compiled.unlink()
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    assert main(["doctor"]) == 0
    assert "PYTHONDONTWRITEBYTECODE" not in capsys.readouterr().out
