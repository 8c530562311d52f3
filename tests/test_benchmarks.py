"""Benchmarks: one way to ask them, and JSON that a program can read."""

import argparse
import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from ganedu import data, features, metrics
from tests.benchmarks import arguments, losses_compared, stored, transfer

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


# Transfer


def test_who_starts_from_digits_draws_digits_at_first():
    fresh, box = (transfer.few_gan(name, 0) for name in ("from nothing", "fine-tuned"))
    sure = [
        (features.digit_probabilities(gan.generate(50, 0)).max(axis=1) > 0.9).mean()
        for gan in (fresh, box)
    ]
    assert sure[1] > 0.8 and np.std(fresh.generate(50, 0)) < np.std(box.generate(50, 0))


@pytest.mark.parametrize(
    ("variant", "layers_that_move"),
    [
        ("fine-tuned, augmented", ((0, 1, 2, 3, 4, 5), (0, 1, 2, 3, 4))),
        ("discriminator's first three frozen", ((0, 1, 2, 3, 4, 5), (3, 4))),
        ("generator's first layer alone", ((0,), (0, 1, 2, 3, 4))),
    ],
)
def test_what_is_frozen_stays_and_all_else_moves(variant, layers_that_move):
    gan = transfer.few_gan(variant, 0)
    before = [network.get_weights() for network in (gan.generator, gan.discriminator)]
    images = data.load("letters", "test").images[:100]
    gan.fit(images, 32, steps_per_epoch=2, verbose=0)
    for network, weights, moving in zip(
        (gan.generator, gan.discriminator), before, layers_that_move, strict=True
    ):
        moved = [np.abs(a - b).max() > 0 for a, b in zip(network.get_weights(), weights)]
        layers = [any(moved[place : place + 2]) for place in range(0, len(moved), 2)]
        assert tuple(np.flatnonzero(layers)) == moving


def test_the_rivals_copy_and_the_floor_does_not(monkeypatch):
    """Handed out images are all copies; moved ones are none that pixels could tell."""
    monkeypatch.setattr(transfer, "NUM_IMAGES", 200)
    monkeypatch.setattr(transfer, "NUM_HELD_OUT", 300)
    transfer.domain_images.cache_clear()
    told = {
        name: transfer.measured(images, "letters", 0)
        for name, images in transfer.rivals("letters", 0).items()
    }
    transfer.domain_images.cache_clear()
    handed_out, moved, real = told.values()
    assert handed_out["copied"] == 1 and real["copied"] < 0.15
    *_, fresh = transfer.rivals("letters", 0).values()
    apart = metrics.nearest_neighbours(fresh, transfer.few_images("letters", 0)).distances
    assert apart.min() > 0  # none of the hundred is among the new ones
    assert moved["copied"] < handed_out["copied"]
    assert real["coverage"] > handed_out["coverage"]
    assert real["frechet_distance"] < handed_out["frechet_distance"]
