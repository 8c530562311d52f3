"""Benchmarks: one way to ask them, and JSON that a program can read."""

import argparse
import importlib
import json
import sys
from pathlib import Path

import pytest

from tests.benchmarks import arguments, losses_compared, stored

FOLDER = Path(arguments.__file__).parent
NAMES = sorted(path.stem for path in FOLDER.glob("*.py"))
BENCHMARKS = [name for name in NAMES if name not in ("__init__", "arguments", "stored")]


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


# Recordings that are made in parts


def test_a_recording_that_was_cut_off_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(stored.shipped, "RECORDINGS", tmp_path)
    told = stored.begun("seeds", "two runs")
    assert told["rows"] == [] and told["command"].endswith("tests.benchmarks.seeds --store")
    told["rows"].append({"seed": 0, "modes": 8})
    stored.write("seeds", {**told, "date": "2026-01-01", "floor": 1.5})
    again = stored.begun("seeds", "two runs")
    assert again["rows"] == told["rows"] and again["floor"] == 1.5
    assert again["date"] == "2026-01-01"  # of the first part, as machine and versions are
    assert stored.missing([{"seed": 0}, {"seed": 1}], again["rows"]) == [{"seed": 1}]
    assert [path.name for path in tmp_path.iterdir()] == ["seeds.json"]


def test_runs_side_by_side_come_with_their_settings():
    rows = stored.side_by_side(dict, [{"seed": 0}, {"seed": 1}], jobs=2)
    assert sorted(row["seed"] for row in rows) == [0, 1]


def test_the_best_rate_is_of_the_trial_alone_and_a_failed_one_is_last():
    program, other = losses_compared.PROGRAMS[:2]
    trial = dict(zip(("loss", "penalty"), program, strict=True), seed=losses_compared.TRIAL_SEED)
    distances = dict(zip(losses_compared.RATES, (None, 30.0, 50.0), strict=True))
    rows = [{**trial, "rate": r, "frechet_distance": d} for r, d in distances.items()]
    rows.append({**trial, "seed": 0, "rate": losses_compared.RATES[2], "frechet_distance": 1.0})
    assert losses_compared.best_rates(rows) == {program: losses_compared.RATES[1]}
    assert other not in losses_compared.best_rates(rows[:2])
