"""Benchmarks: one way to ask them, and JSON that a program can read."""

import argparse
import importlib
import json
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from ganedu import data, features, metrics, models, recipes, seeding, shipped
from tests.benchmarks import (
    arguments,
    completion,
    conditional,
    few_images,
    few_labels,
    generators,
    losses_compared,
    odd_one_out,
    own_images,
    paired,
    scaling,
    sounds,
    stacked,
    stored,
    transfer,
    tricks,
    unpaired,
    words,
)

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


def test_icons_are_drawn_as_their_seed_says():
    images, labels = own_images.drawn_icons(60, 32, seed=0)
    again, other = (own_images.drawn_icons(60, 32, seed=seed)[0] for seed in (0, 1))
    assert np.array_equal(images, again) and not np.array_equal(images, other)
    assert images.shape == (60, 32, 32, 3) and len({*labels.tolist()}) == 10
    assert (images[:, [0, -1]] == 255).all() and (images[:, :, [0, -1]] == 255).all()  # whole
    drawn = (images != 255).any(axis=-1).mean(axis=(1, 2))
    assert 0.05 < drawn.min() and drawn.max() < 0.6
    assert np.ptp(images.astype(int), axis=-1).max(axis=(1, 2)).min() > 50  # in colour


def test_patches_are_pieces_of_two_photographs():
    kind = own_images.patches(32, num_images=40, num_test=20)
    assert kind.images.shape == (40, 32, 32, 3) and kind.test_images.shape == (20, 32, 32, 3)
    assert {*kind.labels.tolist()} == {*range(6)} and kind.images.dtype == np.uint8


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


def test_what_is_there_is_not_made_again_and_what_ends_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(stored.shipped, "RECORDINGS", tmp_path)
    monkeypatch.setattr(
        stored, "side_by_side", lambda run, left, jobs: ({**row, **run(row)} for row in left)
    )
    told = {"rows": [{"seed": 0, "modes": 8}, {"seed": 9, "modes": 1}]}
    options = types.SimpleNamespace(jobs=1, store=True)
    rows = stored.made("seeds", told, [{"seed": 0}, {"seed": 1}], lambda row: {"modes": 7}, options)
    assert next(rows) == {"seed": 0, "modes": 8} and not list(tmp_path.iterdir())
    assert list(rows) == [{"seed": 1, "modes": 7}]
    assert json.loads((tmp_path / "seeds.json").read_text())["rows"] == told["rows"]
    assert len(told["rows"]) == 3


def test_programs_take_turns_at_the_clock_and_the_median_counts(monkeypatch):
    """The first round is slow for both, another for one: 2 ms a step and 5 ms are left.

    What a call takes before its first step is not counted.
    """
    now, turns = [0.0], []
    monkeypatch.setattr(stored.time, "monotonic", lambda: now[0])

    def trainer(pace):
        def train(steps):
            slow = len(turns) < 4 or len(turns) == 9
            turns.append(pace)
            now[0] += 0.4 + steps * pace / 1000 * (10 if slow else 1)

        return train

    rows = stored.clocked([{"pace": 2.0}, {"pace": 5.0}], trainer, 30, num_rounds=4, num_steps=10)
    assert turns == [2.0, 2.0, 5.0, 5.0] * 4
    assert rows[0] == {"pace": 2.0, "milliseconds": 2.0, "steps": 15_000}
    assert rows[1] == {"pace": 5.0, "milliseconds": 5.0, "steps": 6000}
    assert "steps" not in stored.clocked([{"pace": 2.0}], trainer, num_rounds=2)[0]


def test_a_program_of_long_steps_takes_fewer_of_them_at_the_clock(monkeypatch):
    """A round of it would else be minutes long; five seconds hold five steps of one second."""
    now, asked = [0.0], {}
    monkeypatch.setattr(stored.time, "monotonic", lambda: now[0])

    def trainer(pace):
        def train(steps):
            asked.setdefault(pace, []).append(steps)
            now[0] += steps * pace / 1000

        return train

    paces = (1.0, 1000.0, 9000.0)
    rows = stored.clocked([{"pace": pace} for pace in paces], trainer, num_rounds=3)
    assert [row["milliseconds"] for row in rows] == [*paces]
    assert asked == {pace: [1, 3, 1, n, 1, n] for pace, n in zip(paces, (200, 5, 2), strict=True)}


def test_runs_side_by_side_come_with_their_settings():
    rows = stored.side_by_side(dict, [{"seed": 0}, {"seed": 1}], jobs=2)
    assert sorted(row["seed"] for row in rows) == [0, 1]


def test_the_best_rate_is_of_the_trial_alone_and_a_failed_one_is_last():
    program, other = losses_compared.PROGRAMS[:2]
    named = dict(zip(losses_compared.KEYS, program, strict=True))
    trial = {**named, "seed": losses_compared.TRIAL_SEED}
    distances = dict(zip(losses_compared.RATES, (None, 30.0, 50.0), strict=True))
    rows = [{**trial, "rate": r, "frechet_distance": d} for r, d in distances.items()]
    rows.append({**trial, "seed": 0, "rate": losses_compared.RATES[2], "frechet_distance": 1.0})
    assert losses_compared.best_rates(rows) == {program: losses_compared.RATES[1]}
    assert other not in losses_compared.best_rates(rows[:2])


def test_programs_of_one_cost_get_the_same_steps():
    clock = [
        dict(zip(losses_compared.KEYS[1:], kind, strict=True), steps=number)
        for number, kind in enumerate(losses_compared.CLOCKED)
    ]
    wanted = losses_compared.settings(losses_compared.PROGRAMS, clock, lambda program: [0.1], [7])
    steps = [row["steps"] for row in wanted]
    assert steps[:18] == [0, 1, 2] * 4 + [0, 1, 3] + [0, 1, 2]  # only one is priced between
    assert steps[18:] == [4, 5, 0, 1]  # two optimizers, and one loss once more


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


# Lesson 12: heads, and what would narrow the gap


def test_programs_of_lesson_12_are_the_recipe_but_for_what_they_say():
    for table, most in (("heads", {"head", "class_weight"}), ("variants", {*conditional.RECIPE})):
        for name, told in conditional.PROGRAMS[table].items():
            assert told.keys() == conditional.RECIPE.keys(), name
            assert {key for key in told if told[key] != conditional.RECIPE[key]} <= most, name
    weights = [told["class_weight"] for told in conditional.PROGRAMS["heads"].values()]
    assert {told["head"] for told in conditional.PROGRAMS["heads"].values()} == {*models.HEADS}
    assert sorted(weights) == [0.25, 1.0, 1.0, 1.0, 4.0]


def test_a_class_that_is_not_drawn_is_a_failed_run():
    drawn = {"agreement": 0.9, "agreement_by_class": [0.9] * 10}
    assert not conditional.failed(drawn)
    assert conditional.failed({**drawn, "agreement_by_class": [0.9] * 9 + [0.1]})
    assert conditional.failed(dict.fromkeys(conditional.COLUMNS))


# Lesson 13: an adversary beside the distance


def test_programs_of_lesson_13_are_the_recipe_but_for_what_they_say():
    assert paired.TABLE.keys() == paired.SECONDS.keys() == paired.pairs.TASKS.keys()
    named = {name for names in paired.TABLE.values() for name in names}
    assert named | {*paired.PATCHES, paired.HASTY} == {*paired.ALONE, *paired.PROGRAMS}
    for name, told in paired.PROGRAMS.items():
        most = {
            "l1_weight",
            *["latent_dim"] * ("noise" in name),
            *["patches"] * ("patches" in name),
        }
        assert told.keys() == paired.RECIPE.keys(), name
        assert {key for key in told if told[key] != paired.RECIPE[key]} <= most, name
        assert float(name.split(",")[0].removeprefix("weight ")) == told["l1_weight"], name


def test_l1_is_once_given_as_many_steps_as_the_box():
    boxed = [task for task in paired.TABLE if paired.LONG in paired.TABLE[task]]
    assert boxed == [task for task in paired.TABLE if task in shipped.NAMES]
    assert {shipped.provenance(task)["steps"] for task in boxed} == {paired.LONG_STEPS}


def test_each_program_gets_the_steps_of_its_own_clock_in_its_task():
    clock = [
        {"task": task, "program": program, "steps": steps}
        for task, program, steps in (
            ("denoise", "L1", 4000), ("denoise", "weight 1", 1000), ("sketch_to_digit", "L1", 3000)
        )
    ]  # fmt: skip
    names = [{name: row[name] for name in ("task", "program")} for row in clock]
    told = stored.seed_by_seed(clock, names, [5, 6])
    assert [row["steps"] for row in told] == 2 * [4000, 1000, 3000]
    assert [row["seed"] for row in told] == [5, 5, 5, 6, 6, 6]


def test_bicubic_answers_are_images_of_the_right_size():
    small = paired.pairs.smaller(data.load("digits").images[:3])
    large = paired.enlarged(small)
    assert large.shape == (3, 28, 28, 1) and np.abs(large).max() <= 1
    assert np.abs(paired.pairs.smaller(large) - small).mean() < 0.1
    assert paired.enlarged(large) is large


def test_pictures_of_a_recording_move_to_their_file(tmp_path, monkeypatch):
    monkeypatch.setattr(paired.shipped, "RECORDINGS", tmp_path)
    images = data.load("digits").images[:2]
    row = {"task": "denoise", "program": "L1", "pictures": paired.as_levels(images).tolist()}
    told = {"rows": [row]}
    paired.store_pictures(told)
    paired.store_pictures({"rows": []})  # a second part of the recording keeps the first
    kept = paired.shipped.pictures("paired")["denoise, L1"]
    pixels = np.uint8(np.rint((images + 1) * 127.5))
    assert np.abs(kept.astype(int) - pixels).max() <= 255 / 14 + 1
    assert "pictures" not in told["rows"][0]


# Lesson 18: a GAN beside the other generators


def test_all_rivals_of_lesson_18_have_like_sizes():
    drawing = {
        program: generators.network_of(program, 0)
        for program in ("GAN", "VAE", "diffusion", "flow", "pixel by pixel")
    }
    sizes = {name: network.count_params() for name, network in drawing.items()}
    sizes["GAN"] = drawing["GAN"].generator.count_params()
    sizes["VAE"] = drawing["VAE"].get_layer("generator").count_params()
    assert max(sizes.values()) < 2 * min(sizes.values()), sizes


def test_who_is_sampled_how_often():
    calls = [calls for of in generators.SAMPLINGS.values() for _, calls, _ in of]
    assert generators.SAMPLINGS.keys() == {*generators.PROGRAMS}
    assert sorted(calls) == [1] * 6 + [4, 10, 10, 10, 50, 50, 50, 784, 1000]
    names = [name for of in generators.SAMPLINGS.values() for name, _, _ in of]
    assert len(set(names)) == len(names)  # pictures are kept by these


@pytest.mark.parametrize("program", ["GAN", "VAE"])
def test_images_that_are_drawn_in_one_call_are_those_of_the_latents_of_the_seed(program):
    network = generators.network_of(program, 0)
    network = network.generator if program == "GAN" else network
    generator = network if program == "GAN" else network.get_layer("generator")
    latents = seeding.sample_latents(3, generator.inputs[0].shape[1], seed=5)
    draw, expected = generators.drawn(program, network, 1, 0.0), generator(latents)
    np.testing.assert_allclose(draw(3, 5), expected, atol=1e-5)
    np.testing.assert_allclose(draw(3, 5, chunk=2), expected, atol=1e-5)


def test_students_come_after_all_teachers_and_know_their_steps():
    clock = [
        {"program": name, "steps": 100 + i}
        for i, name in enumerate(("GAN", "flow", "student, both"))
    ]
    told = list(generators.settings(clock, ["flow", "student, both"], [3, 4]))
    assert [row["seed"] for row in told] == [3, 3, 4, 4]
    assert told[0] == {"program": "flow", "seed": 3, "steps": 101}
    assert told[1]["teacher_steps"] == 101 and told[1]["steps"] == 102


def test_a_network_is_trained_once_and_then_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(generators, "KEPT", tmp_path / "kept")
    digits = data.load("digits")
    monkeypatch.setattr(generators.data, "load", lambda name: digits)
    told = {"steps": 2, "teacher_steps": 2}
    first = generators.kept("flow", 0, told)
    monkeypatch.setattr(generators, "trained", None)
    monkeypatch.setattr(generators.recipes, "STUDENT", {**recipes.STUDENT, "num_pairs": 64})
    monkeypatch.setattr(
        generators.recipes, "STUDENT", {**generators.recipes.STUDENT, "teacher_steps": 1}
    )
    again = generators.kept("flow", 0, told)
    assert all(map(np.array_equal, first.get_weights(), again.get_weights()))
    for program in ("student, regression", "student, both"):
        learnt = generators.kept(program, 0, told).get_weights()
        assert not all(map(np.array_equal, first.get_weights(), learnt)), program
    assert len([*(tmp_path / "kept").iterdir()]) == 3


def test_what_is_no_number_is_a_failed_run():
    lost = generators.measured(lambda number, seed: np.full((number, 28, 28, 1), np.nan), False)
    assert lost == dict.fromkeys(generators.COLUMNS)


# Completion


def test_completions_that_are_the_truth_get_the_best_there_is():
    images, mask = data.load("digits").images[:6], completion.masks.MASKS["centre"]
    labels = features.digit_probabilities(images).argmax(axis=1)
    told = completion.measured(np.repeat(images[:, None], 17, axis=1), images, labels, mask)
    assert told["among"] == told["share"] == told["most_said"] == 1 and told["entropy"] == 0
    assert told["calibration_error"] == told["calibration_error_floor"] == 0
    assert told["seam"] == told["seam_of_real"] and told["known_kept"] is True
    assert told["bins"][2] == [0] * 9 + [6]


def test_half_of_the_completions_wrong_is_half_a_share_and_the_hole_alone_is_measured():
    images, mask = data.load("digits").images[:6], completion.masks.MASKS["centre"]
    labels = features.digit_probabilities(images).argmax(axis=1)
    other = images[np.argsort(labels != labels[0], kind="stable")[-1]][None, None]
    filled = np.repeat(images[:, None], 16, axis=1)
    filled[:1, ::2] = other
    told = completion.measured(filled, images, labels, mask)
    assert told["share"] == pytest.approx(1 - 0.5 / 6, abs=1e-4) and told["among"] == 1
    assert told["known_kept"] is False and "calibration_error_floor" not in told
    error = ((other[0, 0] - images[0])[mask] ** 2).mean()
    few = (5 * 100 + 0.5 * 100 + 0.5 * 10 * np.log10(4 / error)) / 6
    assert told["mean_psnr"] == pytest.approx(few + 10 * np.log10(4) * 5.5 / 6, abs=0.01)


def test_what_trains_nothing_comes_first_and_what_takes_longest_last():
    told = {"clock": [{"method": "L1 network", "steps": 9, "milliseconds": 1.0}]}
    options = types.SimpleNamespace(only=["restarts", "trained", "free"], seeds=[3, 4])
    wanted = list(completion.settings(told, options))
    assert [row["method"] for row in wanted[-4:]] == ["L1 network"] * 2 + ["restarts"] * 2
    assert wanted[0] == {"method": "weighted", "seed": 3}
    assert sum(row["method"] in completion.WITHOUT_SEED for row in wanted) == 2


# Without pairs


def test_programs_of_lesson_14_are_the_recipe_but_for_what_they_say():
    may_differ = {"whole", "cycle_weight", "identity_weight", "class_weight", "noise"}
    for name, told in unpaired.PROGRAMS.items():
        assert told.keys() == unpaired.RECIPE.keys(), name
        assert {key for key in told if told[key] != unpaired.RECIPE[key]} <= may_differ, name
        assert told["whole"] == name.startswith("whole")
        assert (told["cycle_weight"] == 0) == name.endswith("no cycle")
        assert (told["noise"] > 0) == ("noise" in name)
        assert (told["identity_weight"] > 0) == ("+" in name)
        assert (told["class_weight"] > 0) == ("classes" in name)
    assert unpaired.PROGRAMS["patches, cycle"] == unpaired.RECIPE
    assert {*unpaired.LONGER} <= {*unpaired.PROGRAMS}


class Unmoved:
    """Translators that hand back what they are given."""

    def translate(self, images, direction="forward"):
        return images


@pytest.fixture
def few_digits(monkeypatch):
    train, test = data.load("digits"), data.load("digits", "test")
    monkeypatch.setattr(unpaired, "sets", lambda: [train, test, train, test])
    monkeypatch.setattr(unpaired, "NUM_JUDGED", 140)
    monkeypatch.setattr(unpaired, "taught", lambda images, labels, seed, epochs=3: seed)
    monkeypatch.setattr(unpaired, "recogniser", lambda seed: seed)
    monkeypatch.setattr(unpaired, "share", lambda network, images, labels: network)


def test_who_translates_nothing_keeps_what_the_judge_reads(few_digits):
    told = unpaired.measured(Unmoved(), seed=3)
    judged = unpaired.judge()
    assert told["kept_forward"] == told["kept_backward"] == judged["mnist"] == judged["digits"]
    assert np.trace(told["table_forward"]) == round(told["kept_forward"] * 140)
    assert told["returned_forward"]["none"] == 0 < told["returned_forward"]["blurred"]
    assert told["reads"] == told["reads_moved"] == told["teaches"] == 3
    assert told["distance_backward"] == judged["between"]
    assert told["pen_backward"] == judged["pens"] == told["pen_forward"] > 0
    assert told.keys() >= {*unpaired.COLUMNS}


def test_seeds_come_one_after_the_other_and_failed_runs_are_counted(capsys):
    clock = [{"table": "programs", "program": name, "steps": 9} for name in "ab"]
    names = [{"table": "programs", "program": name} for name in "ba"]
    wanted = stored.seed_by_seed(clock, names, [3, 4])
    assert [(row["seed"], row["program"]) for row in wanted] == [
        (3, "a"), (3, "b"), (4, "a"), (4, "b")
    ]  # fmt: skip
    failed = {**names[0], "seed": 3, **dict.fromkeys(unpaired.COLUMNS)}
    good = dict.fromkeys(unpaired.COLUMNS, 0.5)
    good |= {**names[0], "seed": 4, "returned_forward": {"none": 0.1, "stored": 0.2}}
    unpaired.printed(iter([{"seed": 3, "as they are": 0.8}, failed, good]))
    assert "| programs | b | inf (0.5 to inf) |" in capsys.readouterr().out


def test_runs_of_few_labels_have_their_steps_and_the_first_draw_comes_first():
    clock = [{"variant": variant, "steps": 7} for variant in few_labels.TRAINED]
    hundred, long, longest, curve = (
        [*few_labels.settings(part, clock, [4, 5, 6])]
        for part in ("hundred", "long", "longest", "curve")
    )
    assert [row["seed"] for row in hundred] == [4] * 7 + [5] * 7 + [6] * 7
    assert {row["steps"] for row in hundred if row["variant"] in few_labels.TRAINED} == {7}
    assert {(row["steps"], row["seconds"]) for row in long} == {(42, 180)}
    assert [row["variant"] for row in long].count("labels alone") == 2 and len(long) == 10
    assert {(row["steps"], row["seconds"]) for row in longest} == {(70, 300)} and len(longest) == 6
    assert {row["seed"] for row in curve} == {4}
    assert {row["labels"] for row in curve} == {50, 300, 1000, 3000}
    gans = [row["variant"] in few_labels.GANS for row in hundred]
    assert gans == [row["variant"].startswith("gan") for row in hundred]


def test_what_is_odd_is_another_digit_or_the_one_that_was_held_out(monkeypatch):
    few = data.load("digits")
    monkeypatch.setattr(odd_one_out, "digits", lambda split="train": few)
    for part, is_odd in zip(odd_one_out.PARTS, (lambda y: y != 3, lambda y: y == 3), strict=True):
        images, odd = odd_one_out.tested(part, 3, number=200)
        rows = np.random.default_rng(1).permutation(len(few.labels))[:200]
        assert np.array_equal(odd, is_odd(few.labels[rows]))
        assert np.array_equal(images, few.images[rows])
        assert len(odd_one_out.normal_images(part, 3)) == (~is_odd(few.labels)).sum()


@pytest.mark.parametrize("benchmark", [conditional, paired, unpaired])
def test_a_program_that_does_not_exist_is_refused(benchmark, monkeypatch, capsys):
    """It ran nothing, and said nothing."""
    monkeypatch.setattr("sys.argv", ["benchmark", "--programs", "magic"])
    with pytest.raises(SystemExit):
        benchmark.main()
    assert "invalid choice: 'magic'" in capsys.readouterr().err


# Sounds and words


def test_the_sets_of_sounds_have_nothing_in_common(monkeypatch):
    monkeypatch.setattr(sounds, "NUM_TRAINED", 8)
    monkeypatch.setattr(sounds, "NUM_MEASURED", 8)
    sounds.real.cache_clear()
    sets = [sounds.real("drawn", split)[0] for split in ("train", "test")]
    sets += [waves for waves, _ in sounds.others("drawn")]
    sounds.real.cache_clear()
    assert len({wave.tobytes() for waves in sets for wave in waves}) == 8 * len(sets) == 88


def test_spoken_digits_of_the_floor_are_in_no_training(monkeypatch):
    """Of each person and digit the first five recordings of the training set; all are used."""
    waves = np.arange(90.0).reshape(90, 1, 1)
    spoken = data.Sounds(waves, np.repeat([0, 1], 45), 8000, "fsdd")
    monkeypatch.setattr(data, "load_speech", lambda split: spoken)
    monkeypatch.setattr(sounds.sounds, "levelled", lambda waves: waves)
    other, train = (sounds.real.__wrapped__("spoken", split) for split in ("other", "train"))
    assert other[0].ravel().tolist() == [0, 1, 2, 3, 4, 45, 46, 47, 48, 49]
    assert other[1].tolist() == [0] * 5 + [1] * 5 and len(train[1]) == 80
    assert sorted(np.concatenate([other[0], train[0]]).ravel()) == [*range(90)]


def test_a_faint_noise_is_not_seen_of_drawn_sounds_alone():
    """At 40 decibels below the loudest tone: above what is left out of a spectrogram itself."""
    faint = np.random.default_rng(0).normal(size=(1, 2048, 1)) / 100
    assert sounds.seen_of("drawn", faint).max() == 0
    assert -0.9 < sounds.seen_of("spoken", faint).max() < 0


def test_the_judge_of_sounds_is_trained_once(monkeypatch, tmp_path):
    monkeypatch.setattr(sounds.downloads, "cache_folder", lambda: tmp_path)
    monkeypatch.setattr(sounds, "NUM_TRAINED", 8)
    monkeypatch.setattr(sounds, "EPOCHS", {"drawn": 1})
    sounds.real.cache_clear()
    first = sounds.judge.__wrapped__("drawn").get_weights()
    monkeypatch.setattr(sounds.keras.Model, "fit", None)
    again = sounds.judge.__wrapped__("drawn").get_weights()
    sounds.real.cache_clear()
    assert all(np.array_equal(*pair) for pair in zip(first, again, strict=True))


def test_sounds_are_trained_and_measured_in_both_forms(monkeypatch):
    """With a judge that is none: means of rows for its features and for its logits."""

    def predict(pictures, **options):
        rows = pictures.mean(axis=(2, 3))
        return rows[:, :4], rows[:, :3]

    for name in ("NUM_TRAINED", "NUM_MEASURED"):
        monkeypatch.setattr(sounds, name, 33)
    monkeypatch.setattr(sounds, "judge", lambda table: types.SimpleNamespace(predict=predict))
    sounds.real.cache_clear()
    sounds.reference.cache_clear()
    for program in sounds.PROGRAMS["drawn"]:
        row = sounds.run({"table": "drawn", "program": program, "steps": 1, "seed": 0})
        assert set(row) == set(sounds.COLUMNS) and np.isfinite(list(row.values())).all()
    same = sounds.measured("drawn", *sounds.real("drawn", "test"))
    assert same["pitch_distance"] == same["decay_distance"] == 0
    assert same["frechet_distance"] == pytest.approx(0, abs=1e-3)
    sounds.real.cache_clear()
    sounds.reference.cache_clear()


def test_the_floor_of_drawn_sounds_is_the_median_of_draws(monkeypatch):
    monkeypatch.setattr(sounds, "NUM_MEASURED", 6)
    heard = []

    def measured(table, waves, labels):
        heard.append(waves)
        return {"pitch_distance": float(len(heard) ** 2)}

    monkeypatch.setattr(sounds, "measured", measured)
    floor = sounds.floor("drawn", "real sounds")
    assert len({waves.tobytes() for waves in heard}) == len(sounds.OTHERS)
    assert floor == {"pitch_distance": ((len(heard) + 1) / 2) ** 2}


def test_the_best_rate_has_the_lowest_sum_of_both_costs():
    trial = {"part": "rates", "program": "REINFORCE"}
    rows = [
        {**trial, "rate": 0.1, "oracle": 9.0, "test": 20.0},
        {**trial, "rate": 0.2, "oracle": 12.0, "test": 14.0},
        {**trial, "rate": 0.3, "oracle": None, "test": None},
        {**trial, "part": "words", "rate": 0.4, "oracle": 1.0, "test": 1.0},
        {**trial, "program": "likelihood", "rate": 0.5, "oracle": 1.0, "test": 1.0},
    ]
    assert words.best_rate(rows, "REINFORCE") == 0.2
    assert words.best_rate([], "REINFORCE") == words.RATES[1]


def test_a_share_of_the_time_is_likelihood():
    steps = {"likelihood": 900, "gumbel": 300, "reinforce": 200}
    told = words.settings("words", "likelihood, then Gumbel-softmax", 0.1, 7, steps)
    assert (told["first_steps"], told["steps"], told["seed"]) == (300, 200, 7)
    told = words.settings("words", "REINFORCE", 0.1, 7, steps)
    assert (told["first_steps"], told["steps"]) == (0, 200)


def test_a_writer_is_trained_and_measured(monkeypatch):
    for name, value in {"NUM_TRAINED": 64, "NUM_MEASURED": 20, "PART": 10}.items():
        monkeypatch.setattr(words, name, value)
    monkeypatch.setattr(words, "TEMPERATURES", (0.5, 1.0))
    words.drawn.cache_clear()
    steps = {"likelihood": 3, "gumbel": 1, "reinforce": 1}
    told = words.run(words.settings("words", "likelihood, then REINFORCE", 1e-3, 0, steps))
    words.drawn.cache_clear()
    assert [row[0] for row in told["curve"]] == [0.5, 1.0]
    assert told["curve"][1][1:] == [told["test"], told["oracle"]]
    assert len(told["examples"]) == 8


# Scaling up


def test_programs_of_a_thousand_modes_differ_by_loss_penalties_and_packing():
    *three, recipe = stacked.PROGRAMS.values()
    may_differ = {"loss", "r1_gamma", "r2_gamma", "packed"}
    for told in three:
        assert told.keys() == stacked.EACH.keys() == recipe.keys()
        assert {key for key in told if told[key] != stacked.EACH[key]} <= may_differ
    assert recipe == tricks.RECIPE
    gan = stacked.gan_of("packed 2", seed=0)
    assert gan.generate(2, seed=0).shape == (2, 28, 28, 3) and gan.num_packed == 2


def test_three_digits_on_one_another_are_one_of_a_thousand_modes():
    digits = data.load("digits")
    rows = [np.flatnonzero(digits.labels == label)[:5] for label in (7, 4, 2)]
    triples = np.concatenate([digits.images[row] for row in rows], axis=-1)
    assert (stacked.modes_of(triples) == 742).mean() > 0.5
    told = stacked.measured(np.repeat(triples[:1], 8, axis=0))
    assert told == {"modes": 1, "kl": round(np.log(1000), 4)}
    [batch] = stacked.batches_of(0, 1, 4, digits.images)
    [flat] = data.batches(digits.images, 12, 0, num_steps=1)
    assert batch.shape == (4, 28, 28, 3)
    np.testing.assert_array_equal(batch[1, ..., 2], flat[9, ..., 0])


def test_half_of_the_steps_tell_the_other_half_where_the_model_is_true():
    costs = np.array([2e-3, 3e-10, 4e-9, 5e-5])
    rows = []
    for shape in scaling.SHAPES:
        for replicas in (1, 2):
            size = shape["width"] ** 2
            row = {"multiplications": shape["batch"] * shape["side"] ** 2 * size, "sums": 2}
            row |= {"bytes": 40 * size, "replicas": replicas}
            [amounts], _ = scaling.machines.measured([{**row, "seconds": 1}])
            rows.append({**row, "seconds": float(amounts @ costs)})
    _, errors = scaling.checked(rows)
    assert len(errors) == len(rows) / 2 and errors.max() < 1e-6


def test_larger_batches_see_equally_many_images_and_their_rate_falls_by_images(monkeypatch):
    seen = []

    class Nothing:
        def fit(self, images, batch, epochs, num_steps, verbose):
            seen[-1] |= {"images": batch * num_steps, "steps": num_steps}
            raise FloatingPointError

    def made(seed, told):
        seen.append({"rate": told["learning_rate"], "halving": told["halving_steps"]})
        return Nothing()

    monkeypatch.setattr(scaling.recipes, "image_gan", made)
    monkeypatch.setattr(scaling.data, "load", lambda name: types.SimpleNamespace(images=None))
    recipe = scaling.recipes.DIGITS
    for rate, times in (("same", 1), ("root", 8**0.5), ("linear", 8)):
        told = scaling.run({"batch": 256, "rate": rate, "seed": 0})
        assert told == {"distance": None, "steps": scaling.IMAGES // 256}
        assert seen[-1]["rate"] == pytest.approx(times * recipe["learning_rate"])
        assert seen[-1]["halving"] * 256 == recipe["halving_steps"] * recipe["batch_size"]
        assert seen[-1]["images"] == scaling.IMAGES
