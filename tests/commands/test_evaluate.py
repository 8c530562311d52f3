"""`ganedu evaluate`: each number beside its floor."""

import functools
import json
import os

import numpy as np
import pytest
from PIL import Image

from ganedu import (
    data,
    evaluation,
    metrics,
    plotting,
    shipped,
    training,
)
from ganedu.__main__ import main
from ganedu.commands import evaluate as evaluate_command
from ganedu.commands import folders


def evaluate(*words):
    """`ganedu evaluate`; the exit code."""
    return main(["evaluate", *map(str, words)])


def test_evaluate_prints_each_number_beside_its_floor(tiny, whole, tmp_path, capsys):
    out = tmp_path / "new" / "seen.png"
    words = (whole, "--num-images", 90, "--seed", 2, "--out", out)
    assert evaluate(*words) == 0
    table = capsys.readouterr().out
    assert evaluate(*words, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    real = evaluation.reference("digits")
    expected = evaluation.evaluate(folders.load_run(whole).generate(90, seed=2), real)
    assert told == {"run": str(whole), "seed": 2, "picture": str(out), **expected}
    assert table.startswith(f"90 samples of {whole} (seed 2) against the 297 test images of digits")
    for name, (title, form, _) in evaluate_command.MEASURES.items():
        [line] = [line for line in table.splitlines() if line.startswith(f"{title}  ")]
        for of in ("values", "floors"):
            assert f" {form.format(expected[of][name])} " in line
    assert "of unseen images are; 90 samples" in table
    with Image.open(out) as picture:
        assert picture.width > 500


def test_evaluate_takes_as_many_samples_as_there_are_real_images(tiny, copy, monkeypatch, capsys):
    taken, few = [], real_digits()._replace(train=real_digits().train[:99])
    monkeypatch.setattr(evaluation, "reference", lambda name: few)
    monkeypatch.setattr(
        evaluation, "evaluate", lambda images, real: taken.append(len(images)) or MEASURED
    )
    assert evaluate(copy) == 0
    assert taken == [99]
    assert f"Picture: {copy / 'evaluation.png'}" in capsys.readouterr().out
    assert (copy / "evaluation.png").exists()


real_digits = functools.cache(lambda: evaluation.reference("digits"))
NUMBERS = dict.fromkeys([*evaluate_command.MEASURES, "kernel_error"], 1) | {
    "class_shares": [0.1] * 10
}
MEASURED = {
    "dataset": "digits",
    "num_images": 99,
    "num_reference": 297,
    "num_compared": 99,
    "values": NUMBERS,
    "floors": NUMBERS,
}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--out", "seen.jpg"], "--out must end in .png; got 'seen.jpg'"),
        (["--num-images", "64"], "--num-images: at least 65 are needed to measure; got 64."),
        (["--num-images", "1"], "--num-images: at least 65 are needed to measure; got 1."),
        (["--num-images", "1501"], "digits has 1,500"),
        (["--seed", "-1"], "seed"),
    ],
)
def test_evaluations_out_of_range_are_refused(tiny, copy, capsys, words, told):
    before = sorted(copy.rglob("*"))
    assert evaluate(copy, *words) == 2
    assert told in capsys.readouterr().err
    assert sorted(copy.rglob("*")) == before


def test_a_run_of_somebody_else_is_measured_into_another_place(tiny, copy, monkeypatch, capsys):
    monkeypatch.setattr(os, "access", lambda path, mode: path != copy)
    assert evaluate(copy, "--num-images", 90) == 1
    assert (
        f"{copy} cannot be written to. Choose another place with --out" in capsys.readouterr().err
    )


def test_what_is_needed_is_one_more_than_the_network_has_features():
    features = shipped.digit_classifier().output_shape[0][1]
    assert evaluate_command.LEAST == features + 1


def test_evaluate_needs_a_run(tiny, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert evaluate("nowhere") == 2
    assert "There is no run in nowhere" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_evaluate_shipped_is_as_good_as_it_says(tmp_path, capsys):
    """10,000 samples, measured again by the whole command."""
    if data.load("auto", "test").name != "mnist":
        pytest.skip("MNIST is not on this machine")
    out = tmp_path / "shipped.png"
    assert evaluate("shipped", "--json", "--out", out) == 0
    told, said = json.loads(capsys.readouterr().out), shipped.provenance()["measured"]
    assert told["num_images"] == 10_000 and out.exists()
    for name, value in said["values"].items():
        assert told["values"][name] == pytest.approx(value, rel=0.02, abs=0.005), name
    values = told["values"]
    assert values["frechet_distance"] < 3 * told["floors"]["frechet_distance"]
    assert values["classes"] == 10 and values["confident"] > 0.92 and values["memorised"] < 0.1


# Told the class


def test_a_conditional_run_is_held_against_what_was_asked_for(tiny, conditional, tmp_path, capsys):
    out = tmp_path / "seen.png"
    words = (conditional, "--num-images", 150, "--seed", 2, "--out", out)
    assert evaluate(*words) == 0
    table = capsys.readouterr().out
    assert evaluate(*words, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    asked, gan = {"conditional": True, "classes": 10}, folders.load_run(conditional)
    labels = folders.as_often(asked, real_digits().train_labels, 150)
    assert not np.array_equal(np.bincount(labels), [15] * 10)  # nor are the digits on hand
    images = gan.generate(150, seed=2, conditions=labels)
    expected = evaluation.evaluate_classes(images, labels, real_digits())
    for of in ("values", "floors"):
        assert {name: told[of][name] for name in expected[of]} == expected[of]
    assert told["num_per_class"] == np.bincount(labels).min()
    agreement = [expected[of]["agreement"] for of in ("values", "floors")]
    [line] = [line for line in table.splitlines() if line.startswith("as asked")]
    assert [f"{one:.3f}" for one in agreement] == line.split()[2:4]
    assert "Fréchet in classes" in table and "–" in table
    assert "Each class was asked for as often as the training images have it." in table
    styles = training.style_table(gan.ema_generator, 10, 2)
    assert told["styles"] == str(tmp_path / "seen-classes.png")
    with Image.open(told["styles"]) as picture:
        expected = plotting.tile(styles.reshape(100, 28, 28, 1), 10)[..., 0]
        assert np.array_equal(np.asarray(picture)[::2, ::2], expected)


@pytest.mark.parametrize(
    ("number", "expected"), [(20, [12, 0, 6, 2]), (7, [4, 0, 2, 1]), (200, [120, 0, 60, 20])]
)
def test_samples_that_stand_for_real_images_are_asked_for_as_often(number, expected):
    settings = {"conditional": True, "classes": 4}
    real = np.random.default_rng(1).permutation(np.repeat([0, 2, 3], [60, 30, 10]))
    labels = folders.as_often(settings, real, number)
    assert np.bincount(labels, minlength=4).tolist() == expected
    assert np.array_equal(labels, folders.as_often(settings, real[::-1], number))
    assert len(set(labels[:4])) > 1  # the first ones alone are a sample too


def test_without_labels_the_classes_take_turns():
    turns = folders.as_often({"conditional": True, "classes": 3}, None, 5)
    assert np.array_equal(turns, [0, 1, 2, 0, 1])
    assert folders.as_often({}, np.arange(3), 5) is None


@pytest.mark.slow
def test_equally_many_of_each_class_are_farther_from_the_test_images():
    """Why they are not asked for: real digits, 10,000 of them, five draws."""
    if data.load("auto", "test").name != "mnist":
        pytest.skip("MNIST is not on this machine")
    real, settings = evaluation.reference("mnist"), {"conditional": True, "classes": 10}
    features, order = real.predict(real.train).features, np.random.default_rng(0)
    alike = folders.as_often(settings, real.train_labels, 10_000)
    for _ in range(5):
        rows = order.permutation(len(features))
        rows = [rows[real.train_labels[rows] == y] for y in range(10)]
        natural, equal = (
            metrics.frechet_distance(features[np.concatenate(chosen)], real.predictions.features)
            for chosen in (
                [row[:n] for row, n in zip(rows, np.bincount(alike), strict=True)],
                [row[:1000] for row in rows],
            )
        )
        assert natural + 0.3 < equal
