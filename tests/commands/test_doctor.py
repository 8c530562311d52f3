"""`ganedu doctor`: what is here, and how to mend what is too old."""

import re
import tomllib

import keras

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
