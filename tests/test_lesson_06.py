"""The loop that lesson 06 writes by hand is the loop of the package.

The cells are read from the notebook by their tags, never copied.
"""

import ast
import json
from pathlib import Path

import numpy as np
import pytest

import ganedu.startup
from ganedu import data

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "06_a_working_gan.ipynb"


def cell(tag):
    """The source of the one cell that carries the tag."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    found = [one for one in cells if tag in one["metadata"].get("tags", [])]
    assert len(found) == 1, f"{len(found)} cells carry the tag {tag}"
    return "".join(found[0]["source"])


def run(namespace, *sources):
    for source in sources:
        exec(compile(source, NOTEBOOK.name, "exec"), namespace)


@pytest.fixture(scope="module")
def lesson(tmp_path_factory):
    """The names of the lesson after the loop by hand and the same in the package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "load", lambda *given, load=data.load: load("digits"))
        patch.chdir(tmp_path_factory.mktemp("lesson"))
        namespace = {"ganedu": ganedu, "__name__": "lesson"}
        tags = "imports", "settings", "data", "networks", "hand-step", "hand-loop", "gan"
        run(namespace, *map(cell, tags))
        yield namespace


def weights(generator, discriminator):
    return generator.get_weights() + discriminator.get_weights()


def test_the_loop_by_hand_equals_the_package_to_the_bit(lesson):
    by_hand = weights(lesson["generator"], lesson["discriminator"])
    by_package = weights(lesson["gan"].generator, lesson["gan"].discriminator)
    assert int(lesson["gan"].step) == lesson["HAND_STEPS"] >= 3
    assert lesson["gan"].run_eagerly
    for ours, theirs in zip(by_hand, by_package, strict=True):
        assert ours.dtype == theirs.dtype and ours.tobytes() == theirs.tobytes()


def test_the_cell_that_compares_them_prints_zero(lesson, capsys):
    run(lesson, cell("equal"))
    assert capsys.readouterr().out == "largest difference: 0.0\n"


def test_the_loop_moved_every_weight(lesson):
    """Else two loops that do nothing would be equal."""
    start = [lesson["models"].digit_generator(lesson["LATENT_DIM"], seed=lesson["SEED"])]
    start += [lesson["models"].digit_discriminator(seed=lesson["SEED"])]
    after = weights(lesson["generator"], lesson["discriminator"])
    assert all(not np.array_equal(a, b) for a, b in zip(weights(*start), after, strict=True))


def test_compiled_it_is_the_same_within_rounding(lesson):
    source = cell("gan")
    assert source.count("run_eagerly=True") == 1
    names = dict(lesson)
    run(names, source.replace("run_eagerly=True", "run_eagerly=False"))
    assert names["gan"] is not lesson["gan"] and not names["gan"].run_eagerly
    by_hand = weights(lesson["generator"], lesson["discriminator"])
    by_package = weights(names["gan"].generator, names["gan"].discriminator)
    for ours, theirs in zip(by_hand, by_package, strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=0, atol=1e-5)


def test_the_step_by_hand_is_short():
    functions = {
        node.name: node
        for node in ast.walk(ast.parse(cell("hand-step")))
        if isinstance(node, ast.FunctionDef)
    }
    step = functions["hand_step"]
    assert step.end_lineno - step.body[0].lineno + 1 <= 25
    assert all(node.end_lineno - node.lineno < 25 for node in functions.values())


def test_the_step_by_hand_hides_nothing(lesson):
    """It uses the package for the noise's address and the slope at an image, nothing more."""
    names = {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(ast.parse(cell("hand-step")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    used = {name for name in names if name.split(".")[0] in dir(ganedu)}
    assert used == {
        "seeding.stream_seed",
        "penalties.logits_and_gradients",
        "penalties.squared_norm",
        "recipes.optimizer",
    }
