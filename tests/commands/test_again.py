"""What of a run is computed again, and that nothing in its folder is believed or changed."""

import json
import shutil

import numpy as np
import pytest

from ganedu import checkpoints, evaluation, runs
from ganedu.__main__ import main
from ganedu.commands import again, evaluate, folders
from tests.tiny_run import INTERVALS, STEPS, arrays


def told_of(folder, resume=False):
    return again.facts_of_run(folder, {}, resume)


def test_a_run_is_found_as_it_is(tiny, whole):
    facts, pictures = told_of(whole)
    assert (facts["trouble"], facts["step"], facts["ended"]) == (None, STEPS, STEPS)
    assert facts["finished"] and facts["stated"] is None and facts["resumes"] is None
    assert facts["pictures"] == {0: True, STEPS: True}
    assert facts["weights"] == checkpoints.about(whole / runs.CHECKPOINT)["sha256"]
    assert facts["seconds"] == runs.read_history(whole)[-1]["seconds"]
    images = folders.load_run(whole).generate(1500, seed=0)
    expected = evaluation.evaluate(images, evaluation.reference("digits"))
    assert facts["measured"] == {"seed": 0, **expected}
    assert facts["data"] == {
        "name": "digits",
        "train": 1500,
        "held_out": 297,
        "shape": [28, 28, 1],
        "copies": 0,
        "shared": 0,
    }
    assert {*pictures} == {"samples", "nearest"}
    assert all(png.startswith(b"\x89PNG") for png in pictures.values())
    json.dumps(facts)


def test_resuming_is_tried_in_copies(tiny, copy, monkeypatch):
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    ends, train_on = [], again._train_on
    monkeypatch.setattr(
        again,
        "_train_on",
        lambda place, end: ends.append((place.name, end)) or train_on(place, end),
    )
    assert again.resumes(copy) == ""
    assert ends == [("once", STEPS + 20), ("stopped", STEPS + 10), ("stopped", STEPS + 20)]
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("what", ["weights", "history"])
def test_a_run_that_goes_on_otherwise_is_seen(what, tiny, copy, monkeypatch):
    train_on = again._train_on

    def otherwise(place, end):
        train_on(place, end)
        if (place.name, end) != ("stopped", STEPS + 10):
            return
        if what == "history":
            rows = (place / runs.HISTORY).read_text().splitlines(keepends=True)
            fields = rows[1].split(",")
            rows[1] = ",".join([*fields[:3], "9.0", *fields[4:]])
            (place / runs.HISTORY).write_text("".join(rows))
        else:
            gan = folders.load_run(place)
            weight = gan.generator.trainable_variables[0]
            weight.assign(weight * (1 + 1e-6))
            checkpoints.save(place / runs.CHECKPOINT, gan, {"dataset": "digits"})

    monkeypatch.setattr(again, "_train_on", otherwise)
    words = {"weights": "variables differ at step 33", "history": "rows of history.csv differ"}
    assert words[what] in again.resumes(copy)


def test_the_first_picture_is_that_of_the_seed(tiny, copy):
    """Whoever gives a run another seed has another first picture."""
    settings = runs.read_settings(copy)
    samples = copy / runs.SAMPLES
    assert again._same_picture(copy, settings, folders.built(settings))
    assert not again._same_picture(copy, settings, folders.built({**settings, "seed": 8}))
    (samples / "00000000.png").write_bytes(b"no picture")
    assert again._same_picture(copy, settings, folders.built(settings)) is False
    (samples / "00000000.png").unlink()
    assert again._same_picture(copy, settings, folders.built(settings)) is None


def test_pixels_may_be_rounded_otherwise(tmp_path):
    from PIL import Image

    pixels = np.full((8, 8), 100, np.uint8)
    Image.fromarray(pixels).save(tmp_path / "one.png")
    for added, same in ((0, True), (2, True), (3, False), (-3, False)):
        other = pixels.copy()
        other[3, 3] = 100 + added
        Image.fromarray(other).save(tmp_path / "other.png")
        assert again._same_pixels(tmp_path / "one.png", tmp_path / "other.png") is same
    Image.fromarray(pixels[:4]).save(tmp_path / "other.png")
    assert not again._same_pixels(tmp_path / "one.png", tmp_path / "other.png")


def test_what_was_stated_is_held_against_what_comes_out(tiny, copy, capsys):
    words = ["evaluate", str(copy), "--num-images", "90", "--seed", "2", "--json"]
    assert main(words) == 0
    stated = json.loads(capsys.readouterr().out)
    runs.write_json(copy / again.EVALUATION, stated)
    facts, _ = told_of(copy)
    assert (facts["measured"]["num_images"], facts["measured"]["seed"]) == (90, 2)
    assert facts["stated"] == {}
    found = stated["values"]["frechet_distance"]
    stated["values"]["frechet_distance"] = found / 2
    del stated["floors"]["coverage"]
    runs.write_json(copy / again.EVALUATION, stated)
    expected = {
        "frechet_distance": (found / 2, found),
        "floor of coverage": (None, facts["measured"]["floors"]["coverage"]),
    }
    assert told_of(copy)[0]["stated"] == expected


def test_a_number_that_was_never_measured_is_no_number_of_images(tiny, copy):
    runs.write_json(copy / again.EVALUATION, {"num_images": 10, "seed": -1})
    facts, _ = told_of(copy)
    assert (facts["measured"]["num_images"], facts["measured"]["seed"]) == (1500, 0)
    assert facts["stated"]["num_images"] == (10, 1500)


def test_copies_and_images_on_both_sides_are_counted():
    random = np.random.default_rng(0)
    train, test = random.normal(size=(9, 4, 4, 1)), random.normal(size=(5, 4, 4, 1))
    train[3] = train[7] = train[0]
    test[1] = test[2] = train[5]
    real = evaluation.Reference(train, test, None, "points")
    told = again._content(real, {})
    assert (told["copies"], told["shared"]) == (2, 2)
    assert (told["train"], told["held_out"], told["shape"]) == (9, 5, [4, 4, 1])


@pytest.mark.parametrize(
    ("name", "words"),
    [(runs.CHECKPOINT, "There is no checkpoint"), (runs.SETTINGS, "There is no run in")],
)
def test_a_run_that_cannot_be_opened_says_why(name, words, tiny, copy):
    (copy / name).unlink()
    facts, pictures = told_of(copy)
    assert words in facts["trouble"] and pictures == {}
    assert not facts["finished"] and facts["ended"] == STEPS
    assert facts["weights"] is facts["measured"] is None


def test_a_result_that_another_step_wrote_is_none(tiny, copy):
    runs.write_json(copy / runs.RESULT, {"step": STEPS + INTERVALS["LOG_EVERY"]})
    facts, _ = told_of(copy)
    assert facts["trouble"] is None and not facts["finished"]


def test_images_of_ones_own_that_changed_are_trouble(tiny, copy):
    """What the settings say of the data is held against the data."""
    settings = runs.read_settings(copy)
    runs.write_settings(copy, {**settings, "seed": 5})
    assert "are not those of its checkpoint" in told_of(copy)[0]["trouble"]


def test_a_conditional_run_is_asked_for_all_classes(tiny, conditional, monkeypatch):
    shutil.rmtree(conditional / "unused", ignore_errors=True)
    seen = []
    monkeypatch.setattr(
        evaluate, "measured", lambda images, real: seen.append(len(images)) or {"values": {}}
    )
    monkeypatch.setattr(evaluate, "draw_evaluation", lambda out, *rest: out.write_bytes(b"PNG"))
    facts, _ = told_of(conditional)
    assert facts["trouble"] is None and seen == [1500]
    assert arrays(conditional / runs.CHECKPOINT)
