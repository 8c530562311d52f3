"""The guards of lesson 05 fail on their bugs, and on what is nearly the bug.

The cells are read from the notebook by what stands in them, never copied.
"""

import re

import ganedu.startup

ganedu.startup.start_tensorflow()

import keras  # noqa: E402
import nbformat  # noqa: E402
import numpy as np  # noqa: E402
import pytest  # noqa: E402
import tensorflow as tf  # noqa: E402

from ganedu import data  # noqa: E402
from tests.rerun import NOTEBOOKS  # noqa: E402

LESSON = nbformat.read(NOTEBOOKS / "05_the_bug_hunt.ipynb", as_version=4)
CELLS = [cell.source for cell in LESSON.cells if cell.cell_type == "code"]
SEEN_TO_FAIL = r"^with expect_failure\(\w+\):.*\n    guard\("
GUARDS = {  # the bug, and lines that stand in one cell each; the last in that of its guard
    2: ["optimizer.zero_grad()", '"nothing moved"'],
    4: ["def guard(loss_of_real)"],
    8: ["def stacked_recipe", "def step(freeze)"],
    9: ['"the discriminator moved"'],
    10: ["def guard(batches_of_labels)"],
    13: ['"nothing is dropped"'],
}


def cell_with(line):
    """The one code cell in which the line stands."""
    found = [source for source in CELLS if line in source]
    assert len(found) == 1, f"{len(found)} cells of lesson 05 have {line}"
    return found[0]


@pytest.fixture(scope="module")
def hunt():
    """The names of the lesson, and its guards by the number of their bug."""
    names = {"ganedu": ganedu, "__name__": "lesson"}
    for line in ("import keras", "LATENT_DIM =", "class expect_failure", "def players"):
        exec(cell_with(line), names)
    names["digits"] = data.load("digits")
    exec(cell_with("real_images = tf.constant"), names)
    guards = {}
    for bug, lines in GUARDS.items():
        for line in lines:
            exec(cell_with(line), names)
        guards[bug] = names["guard"]
    return names, guards


@pytest.fixture
def players(hunt):
    """Fresh networks under the names that the guards look at."""
    names, _ = hunt
    names["generator"], names["discriminator"] = names["players"]()
    return names


def update(names, whose=(), frozen=False):
    """One pass in training mode that ends in an update of the players named, or of nobody."""
    generator, discriminator = names["generator"], names["discriminator"]
    discriminator.trainable = not frozen
    with tf.GradientTape() as tape:
        logits = discriminator(generator(names["noise"], training=True), training=True)
        loss = tf.reduce_mean(tf.nn.softplus(logits))
    weights = [weight for name in whose for weight in names[name].trainable_variables]
    if weights:
        keras.optimizers.Adam().apply(tape.gradient(loss, weights), weights)


def test_every_guard_is_seen_to_fail_and_to_pass():
    cells = [i for i, source in enumerate(CELLS) if "def guard(" in source]
    assert len(cells) >= 14
    for i in cells:
        text = (
            CELLS[i]
            if re.search(r"^guard\(", CELLS[i], re.MULTILINE)
            else "\n".join(CELLS[i : i + 2])
        )
        assert re.search(SEEN_TO_FAIL, text, re.MULTILINE), CELLS[i]
        assert re.search(r"^guard\(", text, re.MULTILINE), CELLS[i]


def test_a_pass_in_training_mode_is_no_movement(hunt, players):
    """BatchNorm's statistics move in it, and no weight learns."""
    statistics = players["generator"].get_weights()
    before = players["remember"](players["generator"])
    update(players)
    pairs = zip(players["generator"].get_weights(), statistics, strict=True)
    assert any((now != then).any() for now, then in pairs)
    assert players["moved"](before) == 0


def test_bug_2_a_step_that_moves_nothing(hunt, players):
    _, guards = hunt
    with pytest.raises(AssertionError, match="nothing moved"):
        guards[2](lambda: update(players))
    guards[2](lambda: update(players, ["discriminator"]))


@pytest.mark.parametrize("scale", [0.1, 1.0, 30.0])
def test_bug_4_arguments_in_the_wrong_order(hunt, scale):
    names, guards = hunt
    with pytest.raises(AssertionError):
        guards[4](lambda logits: names["bce"](logits, scale * tf.ones_like(logits)))


@pytest.mark.parametrize(
    ("whose", "frozen", "who"),
    [
        ([], False, "generator"),
        (["discriminator"], False, "generator"),
        (["generator"], False, "discriminator"),
        (["discriminator", "generator"], True, "discriminator"),
    ],
)
def test_bug_8_one_player_stands_still(hunt, players, whose, frozen, who):
    _, guards = hunt
    with pytest.raises(AssertionError, match=f"the {who} stands still"):
        guards[8](lambda: update(players, whose, frozen))


def test_bug_8_the_stacked_recipe(hunt, players):
    _, guards = hunt
    with (
        pytest.warns(UserWarning, match="trainable weights"),
        pytest.raises(AssertionError, match="the discriminator stands still"),
    ):
        guards[8](players["stacked_recipe"]())


def test_bug_8_both_learn(hunt, players):
    _, guards = hunt
    guards[8](lambda: update(players, ["discriminator", "generator"]))


@pytest.mark.parametrize(
    ("whose", "message"),
    [
        ([], "the generator stands still"),
        (["discriminator"], "the generator stands still"),
        (["discriminator", "generator"], "the discriminator moved"),
    ],
)
def test_bug_9_the_generator_is_not_the_one_that_learns(hunt, players, whose, message):
    _, guards = hunt
    with pytest.raises(AssertionError, match=message):
        guards[9](lambda: update(players, whose))
    guards[9](lambda: update(players, ["generator"]))


def test_bug_10_sorted_images(hunt):
    _, guards = hunt
    labels = np.sort(np.random.default_rng(0).integers(10, size=1280)).reshape(40, 32)
    with pytest.raises(AssertionError, match="little more than one"):
        guards[10](labels)
    guards[10](np.random.default_rng(0).permuted(labels.ravel()).reshape(40, 32))


@pytest.mark.parametrize(
    ("modes", "message"),
    [
        ({}, "no statistics"),
        ({"discriminator": True}, "no statistics"),
        ({"generator": True}, "nothing is dropped"),
    ],
)
def test_bug_13_one_network_in_the_wrong_mode(hunt, modes, message):
    _, guards = hunt

    def call(network, batch):
        name = "generator" if len(batch.shape) == 2 else "discriminator"
        return network(batch, training=modes.get(name, False))

    with pytest.raises(AssertionError, match=message):
        guards[13](call)
