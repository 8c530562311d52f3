"""Benchmarks: one way to ask them, and JSON that a program can read."""

import argparse
import importlib
import json
import sys
from pathlib import Path

import pytest

from tests.benchmarks import arguments

FOLDER = Path(arguments.__file__).parent
NAMES = sorted(path.stem for path in FOLDER.glob("*.py"))
BENCHMARKS = [name for name in NAMES if name not in ("__init__", "arguments")]


def noisy(rows):
    """Measured by something that talks."""
    for row in rows:
        print("Downloading …")
        yield row


def test_json_is_one_object_a_line_and_nothing_else_on_stdout(capsys):
    rows = [{"seed": 7, "Fréchet": 1.5}, {"seed": 8, "Fréchet": None}]
    arguments.answer(argparse.Namespace(json=True), noisy(rows), printed=None)
    said = capsys.readouterr()
    assert [json.loads(line) for line in said.out.splitlines()] == rows
    assert said.err == "Downloading …\n" * 2


def test_without_json_people_read_it(capsys):
    options = argparse.Namespace(json=False)
    arguments.answer(options, noisy([{"seed": 7}]), lambda rows: print(*rows))
    assert capsys.readouterr().out == "Downloading …\n{'seed': 7}\n"


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_benchmark_is_asked_in_the_same_way(name, monkeypatch):
    """Up to the first row, which would be measured."""
    module = importlib.import_module(f"tests.benchmarks.{name}")
    asked = []
    monkeypatch.setattr(arguments, "answer", lambda options, rows, printed: asked.append(options))
    monkeypatch.setattr(sys, "argv", [name, "--json"])
    module.main()
    assert [options.json for options in asked] == [True]
    if hasattr(asked[0], "seeds"):
        monkeypatch.setattr(sys, "argv", [name, "--seeds", "7", "8"])
        module.main()
        assert asked[1].seeds == [7, 8]
