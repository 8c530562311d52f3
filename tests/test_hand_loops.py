"""The loop that lessons 03, 05 (repaired) and 06 write by hand is the loop of the package.

The cells are read from the notebook by their tags, never copied.
"""

import ast
import json
from pathlib import Path

import numpy as np
import pytest

import ganedu.startup
from ganedu import data

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
NAMES = ("03_first_gan_in_2d", "05_the_bug_hunt", "06_a_working_gan")


def cell(tag, name):
    """The source of the one cell of a notebook that carries the tag."""
    cells = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    found = [one for one in cells if tag in one["metadata"].get("tags", [])]
    assert len(found) == 1, f"{len(found)} cells of {name} carry the tag {tag}"
    return "".join(found[0]["source"])


def run(namespace, *sources):
    for source in sources:
        exec(compile(source, "lesson", "exec"), namespace)


@pytest.fixture(scope="module", params=NAMES)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def lesson(tmp_path_factory, name):
    """The names of the lesson after the loop by hand and the same in the package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "load", lambda *given, load=data.load: load("digits"))
        patch.chdir(tmp_path_factory.mktemp("lesson"))
        namespace = {"ganedu": ganedu, "__name__": "lesson"}
        run(namespace, *(cell(tag, name) for tag in ("imports", "settings", "data", "networks")))
        namespace["at_start"] = weights(namespace["generator"], namespace["discriminator"])
        run(namespace, *(cell(tag, name) for tag in ("hand-step", "hand-loop", "gan")))
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


def test_the_cell_that_compares_them_prints_zero(lesson, name, capsys):
    run(lesson, cell("equal", name))
    assert capsys.readouterr().out == "largest difference: 0.0\n"


def test_the_loop_moved_every_weight(lesson):
    """Else two loops that do nothing would be equal."""
    after = weights(lesson["generator"], lesson["discriminator"])
    assert all(not np.array_equal(a, b) for a, b in zip(lesson["at_start"], after, strict=True))


def test_compiled_it_is_the_same_within_rounding(lesson, name):
    source = cell("gan", name)
    assert source.count("run_eagerly=True") == 1
    names = dict(lesson)
    run(names, source.replace("run_eagerly=True", "run_eagerly=False"))
    assert names["gan"] is not lesson["gan"] and not names["gan"].run_eagerly
    by_hand = weights(lesson["generator"], lesson["discriminator"])
    by_package = weights(names["gan"].generator, names["gan"].discriminator)
    for ours, theirs in zip(by_hand, by_package, strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=0, atol=1e-5)


def test_it_is_one_loop():
    """Word for word: what a learner has understood once, they meet again."""
    first, *others = (cell("hand-step", name) for name in NAMES)
    assert others == [first] * len(others)


def test_the_step_by_hand_is_short(name):
    functions = {
        node.name: node
        for node in ast.walk(ast.parse(cell("hand-step", name)))
        if isinstance(node, ast.FunctionDef)
    }
    step = functions["hand_step"]
    assert step.end_lineno - step.body[0].lineno + 1 <= 25
    assert all(node.end_lineno - node.lineno < 25 for node in functions.values())


def test_the_step_by_hand_hides_nothing(lesson, name):
    """It uses the package for the noise's address and the slope at an image, nothing more."""
    names = {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(ast.parse(cell("hand-step", name)))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    used = {name for name in names if name.split(".")[0] in dir(ganedu)}
    assert used == {
        "seeding.stream_seed",
        "penalties.logits_and_gradients",
        "penalties.squared_norm",
        "recipes.optimizer",
    }
