"""Benchmarks: one way to ask them, and JSON that a program can read."""

import argparse
import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from ganedu import data
from tests.benchmarks import arguments, few_images, losses_compared, stored, tricks

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


# Lesson 10: tricks, pairs, few images


def test_a_program_differs_from_its_base_by_its_trick_alone():
    for name, told in tricks.PROGRAMS["tricks"].items():
        base = tricks.RECIPE if name.startswith("recipe") else tricks.PLAIN
        changed = {key for key in base if told[key] != base[key]}
        swapped = {"r1_gamma", "normalised"} if " for R1" in name else None
        assert told.keys() == base.keys()
        assert changed == swapped or len(changed) == (name not in ("recipe", "plain")), name


@pytest.mark.parametrize("told", [{}, {"packed": 2}, {"group": 4}, {"normalised": True}])
def test_a_trick_in_the_discriminator_leaves_its_start_alone(told):
    """The first kernel is the recipe's; packing has one of its own."""
    plain, other = (
        tricks.discriminator({**tricks.PLAIN, **some}, (28, 28, 1), seed=3) for some in ({}, told)
    )
    images = np.zeros((8, 28, 28, 1), "float32")
    assert other(images).shape == (8 // told.get("packed", 1), 1)
    first, own = plain.trainable_variables[0].numpy(), other.trainable_variables[0].numpy()
    assert own.shape[2] == told.get("packed", 1)
    assert np.array_equal(own, first) == ("packed" not in told)


def test_digits_side_by_side_are_channels_inside_and_come_back():
    images = np.arange(2 * 3 * 8, dtype="float32").reshape(2, 3, 8, 1)
    on_one_another = tricks.moved(images, 2, *tricks.BESIDE)
    assert np.array_equal(on_one_another[..., 0], images[:, :, :4, 0])
    assert np.array_equal(on_one_another[..., 1], images[:, :, 4:, 0])
    assert np.array_equal(tricks.moved(on_one_another, 2, *reversed(tricks.BESIDE)), images)
    gan = tricks.gan_of(tricks.PROGRAMS["pairs"]["packed 4"], seed=0, digits=2)
    assert gan.generate(4, seed=0).shape == (4, 28, 56, 1) and gan.num_packed == 4


def test_a_pair_of_digits_is_one_of_a_hundred_modes():
    digits = data.load("digits")
    rows = [np.flatnonzero(digits.labels == label)[:5] for label in (7, 4)]
    pairs = np.concatenate([digits.images[row] for row in rows], axis=2)
    assert (tricks.modes_of(pairs) == 74).mean() > 0.7


def test_rivals_of_few_images_hand_out_what_they_were_given(monkeypatch):
    digits, unseen = data.load("digits"), data.load("digits", "test").images
    monkeypatch.setattr(few_images.data, "load", lambda name: digits)
    images = few_images.drawn(100, seed=4)
    assert len(np.unique(images.reshape(100, -1), axis=0)) == 100
    assert not np.array_equal(images, few_images.drawn(100, seed=5))
    same, moved = (few_images.rival(rival, images, seed=4)[:200] for rival in few_images.RIVALS)
    padded = np.pad(images, [(0, 0), (1, 1), (1, 1), (0, 0)], constant_values=-1)
    shifts = [padded[:, i : i + 28, j : j + 28] for i in range(3) for j in range(3)]
    assert {image.tobytes() for image in same} <= {image.tobytes() for image in images}
    assert {image.tobytes() for image in moved} <= {i.tobytes() for s in shifts for i in s}
    assert few_images.metrics.memorised_share(same, images, unseen) == 1.0
