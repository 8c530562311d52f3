"""Several replicas: the played training, its faults, and the model of a step's seconds."""

import os
import subprocess
import sys
import tempfile
import time

import keras
import numpy as np
import pytest

from ganedu import runs
from ganedu.playground import machines

STEPS = 5


@pytest.fixture(scope="module")
def one():
    return machines.played(num_replicas=1, num_steps=STEPS)


@pytest.mark.parametrize("num_replicas", [2, 3, 24])
def test_replicas_that_take_turns_are_one(one, num_replicas):
    several = machines.played(num_replicas=num_replicas, num_steps=STEPS)
    np.testing.assert_allclose(several.weights, one.weights, atol=1e-6)
    assert several.num_latents == machines.BATCH


@pytest.mark.parametrize("fault", machines.FAULTS)
def test_each_fault_shows(one, fault):
    broken = machines.played(fault, num_steps=STEPS)
    assert np.abs(broken.weights - one.weights).max() > 1e-3
    halves = broken.num_latents == machines.BATCH / 2
    assert halves == (fault == "same noise")


def test_a_gradient_is_as_long_as_its_fault_says(one):
    """The sum of n means is n times the mean; divided by n², 1/n of it."""
    for num_replicas in (2, 4):
        for fault, times in (("not divided", num_replicas), ("divided twice", 1 / num_replicas)):
            slope = machines.played(fault, num_replicas, num_steps=1).slope
            assert slope == pytest.approx(times * one.slope, rel=1e-5)


def test_adam_hides_a_factor():
    def adam(rate):
        return keras.optimizers.Adam(rate / 10)

    right = machines.played(num_replicas=1, num_steps=STEPS, optimizer=adam)
    broken = machines.played("not divided", num_steps=STEPS, optimizer=adam)
    assert np.abs(broken.weights - right.weights).max() < 1e-3


def test_other_faults_and_numbers_are_refused():
    for told in ({"fault": "none"}, {"num_replicas": 5}):
        with pytest.raises(ValueError, match="divisor of 24"):
            machines.played(**told)


def test_multiplications_of_layers_by_hand():
    layers = keras.layers
    network = keras.Sequential(
        [
            keras.Input((8, 8, 2)),
            layers.Conv2D(3, 5, strides=2, padding="same"),  # 4·4 places, 5·5·2·3 each
            layers.LeakyReLU(),
            layers.Conv2DTranspose(4, 3, strides=2, padding="same"),  # from 4·4 places, 3·3·3·4
            layers.Flatten(),
            layers.Dense(7),  # 8·8·4 inputs
        ]
    )
    expected = 16 * 150 + 16 * 108 + 256 * 7
    assert machines.multiply_adds(network) == expected


def test_a_ring_by_hand():
    """Four machines pass on parts of 1/4 in 3 turns to add, and in 3 more to hand out."""
    parts = 4
    sent = (parts - 1) / parts + (parts - 1) / parts
    assert machines.ways(0, 1000, 0, 4)[2] == pytest.approx(1000 * sent)
    assert machines.ways(0, 0, 2, 4)[3] == 2 * (3 + 3)  # of each of two sums
    assert machines.ways(120, 1000, 2, 1).tolist() == [1, 120, 0, 0]


def test_costs_are_found_again():
    rng = np.random.default_rng(0)
    costs = np.array([2e-3, 3e-10, 4e-9, 5e-5])
    amounts = np.array(
        [machines.ways(*rng.uniform(1e5, 1e8, 2), rng.integers(4, 30), n) for n in (1, 2) * 8]
    )
    found = machines.fitted(amounts, amounts @ costs)
    np.testing.assert_allclose(found, costs, rtol=1e-6)
    noisy = amounts @ costs * rng.uniform(0.9, 1.1, len(amounts))
    found = machines.fitted(amounts, noisy)
    assert (found >= 0).all() and np.abs(amounts @ found / noisy - 1).max() < 0.2


def test_rows_of_a_recording_are_read_in_their_order():
    row = {"multiplications": 8, "bytes": 6, "sums": 3, "replicas": 2, "seconds": 0.5}
    amounts, seconds = machines.measured([row, {**row, "replicas": 1}])
    assert amounts.tolist() == [[1, 4, 6, 6], [1, 8, 0, 0]] and seconds.tolist() == [0.5, 0.5]


def test_addresses_differ_and_are_of_this_machine():
    addresses = machines.free_addresses(3)
    assert len({*addresses}) == 3 and all(a.startswith("127.0.0.1:") for a in addresses)


STAND_IN = """#!{python}
import json, os, pathlib, sys, time
import numpy as np
index = json.loads(os.environ["TF_CONFIG"])["task"]["index"]
with open(os.environ["NUMBERS"], "a") as file:
    print(os.getpid(), file=file, flush=True)
{does}
"""
WRITES = f"""
folder = pathlib.Path(sys.argv[sys.argv.index("--out") + 1])
if index == 0:
    folder.mkdir()
    np.savez(folder / "{runs.CHECKPOINT}", networks_0=[1.0], step=[20])
"""
DIES = 'time.sleep(60) if index == 0 else sys.exit("the second has lost its way")'
SLEEPS = "time.sleep(60)"


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Put a program in the place of Python; a function of what it does."""
    path = tmp_path / "python"
    monkeypatch.setenv("NUMBERS", str(tmp_path / "numbers"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def placed(does):
        path.write_text(STAND_IN.format(python=sys.executable, does=does))
        path.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(path))
        return [{"task": {"index": index}} for index in range(2)]

    yield placed
    assert {each.name for each in tmp_path.iterdir()} <= {"python", "numbers"}
    numbers = (tmp_path / "numbers").read_text().split()
    assert numbers  # one may be ended before it has said its own
    for number in numbers:
        with pytest.raises(ProcessLookupError):
            os.kill(int(number), 0)


def test_what_several_processes_have_trained_is_read(stand_in):
    weights = machines.trained("workers", stand_in(WRITES))
    assert {name: array.tolist() for name, array in weights.items()} == {"networks_0": [1.0]}


def test_a_process_that_dies_is_seen_while_the_others_still_run(stand_in):
    began = time.monotonic()
    with pytest.raises(RuntimeError, match="lost its way"):
        machines.trained("workers", stand_in(DIES))
    assert time.monotonic() - began < 30


def test_processes_that_hang_are_ended(stand_in):
    with pytest.raises(subprocess.TimeoutExpired):
        machines.trained("workers", stand_in(SLEEPS), minutes=0.1)


def test_pictures_show_each_part_and_each_curve():
    figure = machines.parts_chart(
        {"one": {"input": 1e-3, "computing": 2e-3}, "two": {"talking": 1}}
    )
    [axes] = figure.axes
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "input",
        "computing",
        "talking",
    ]
    widths = [patch.get_width() for patch in axes.patches]
    assert widths == [1, 0, 2, 0, 0, 1000]
    curves = {"ideal": ([1, 2], [1.0, 0.5]), "prediction": ([1, 2], [1.0, 0.8])}
    figure = machines.scaling_chart(curves, ([1], [1.0]))
    styles = [line.get_linestyle() for line in figure.axes[0].lines]
    assert styles == ["-", "--", "None"]
