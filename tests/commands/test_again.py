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


@pytest.fixture
def unmeasured(monkeypatch):
    """Measuring takes no time; how many samples there were is listed."""
    seen = []

    def measured(images, real, labels=None):
        seen.append(len(images))
        return {"num_images": len(images), "values": {"coverage": 0.5}, "floors": {}}

    monkeypatch.setattr(evaluate, "measured", measured)
    monkeypatch.setattr(evaluate, "draw_evaluation", lambda out, *rest: out.write_bytes(b"PNG"))
    return seen


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
    assert len(facts["data"].pop("sha256")) == 64
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


def test_runs_share_the_real_images_of_one_content_and_size_alone(monkeypatch):
    monkeypatch.setattr(evaluate, "real_images", lambda folder, settings: object())
    own = {"content_sha256": "a", "size": 32}
    images = [own, dict(own), own | {"content_sha256": "b"}, own | {"size": 64}]
    known, folder = {}, "the folder faces"
    found = [again._real(None, {"dataset": folder, "images": one}, known) for one in images]
    found += [again._real(None, {"dataset": name}, known) for name in (folder, "digits")]
    assert found[0] is found[1] and len({*found}) == 5


def test_resuming_is_tried_in_copies(tiny, copy, monkeypatch):
    asked = []
    monkeypatch.setattr(again.startup, "be_deterministic", lambda: asked.append(True))
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    ends, train_on = [], again._train_on
    monkeypatch.setattr(
        again,
        "_train_on",
        lambda place, end: ends.append((place.name, end)) or train_on(place, end),
    )
    assert again.resumes(copy) == ""
    assert asked == [True]
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


def test_a_number_that_was_never_measured_is_no_number_of_images(tiny, copy, unmeasured):
    """Whatever stands there: what cannot be measured is not, and what was said is told."""
    for odd in ({"num_images": 10, "seed": -1}, {"num_images": "9", "seed": 1.0, "values": []}):
        runs.write_json(copy / again.EVALUATION, odd)
        facts, _ = told_of(copy)
        assert facts["trouble"] is None and unmeasured.pop() == 1500
        assert facts["measured"]["seed"] == 0
        assert facts["stated"]["num_images"] == (odd["num_images"], 1500)
        assert facts["stated"]["coverage"] == (None, 0.5)
        assert facts["stated"]["seed"] == (odd["seed"], 0)


def test_what_was_stated_of_the_best_is_measured_of_the_best(tiny, copy, unmeasured):
    gan = folders.load_run(copy)
    for weight in gan.ema_generator.trainable_variables:
        weight.assign(weight * 0)
    checkpoints.save(copy / runs.BEST, gan, {"dataset": "digits"})
    runs.write_json(copy / again.EVALUATION, {"num_images": 90, "seed": 2, "best": True})
    facts, pictures = told_of(copy)
    assert facts["measured"]["best"] and facts["pictures"] == {0: True, STEPS: True}
    runs.write_json(copy / again.EVALUATION, {"num_images": 90, "seed": 2})
    other, last = told_of(copy)
    assert "best" not in other["measured"] and last["samples"] != pictures["samples"]
    (copy / runs.BEST).unlink()
    runs.write_json(copy / again.EVALUATION, {"best": True})
    assert "There is no best checkpoint" in told_of(copy)[0]["trouble"]


def test_what_was_stated_of_classes_is_measured_again(tiny, conditional, tmp_path, capsys):
    place = shutil.copytree(conditional, tmp_path / "run")
    assert main(["evaluate", str(place), "--num-images", "150", "--json"]) == 0
    stated = json.loads(capsys.readouterr().out)
    found = stated["values"]["agreement"]
    stated["values"]["agreement"] = 1.0
    runs.write_json(place / again.EVALUATION, stated)
    facts, _ = told_of(place)
    assert facts["stated"] == {"agreement": (1.0, found)}
    assert facts["measured"]["num_per_class"] == 14


def test_copies_and_images_on_both_sides_are_counted():
    random = np.random.default_rng(0)
    train, test = random.normal(size=(9, 4, 4, 1)), random.normal(size=(5, 4, 4, 1))
    train[3] = train[7] = train[0]
    test[1] = test[2] = train[5]
    real = evaluation.Reference(train, test, None, "points")
    told = again._content(real, {})
    assert (told["copies"], told["shared"]) == (2, 2)
    assert (told["train"], told["held_out"], told["shape"]) == (9, 5, [4, 4, 1])
    for images, same in ((train[::-1], True), (train[1:], False)):
        other = again._content(evaluation.Reference(images, test, None, "points"), {})
        assert (other["sha256"] == told["sha256"]) == same


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


def test_a_conditional_run_is_asked_for_all_classes(tiny, conditional, unmeasured):
    facts, _ = told_of(conditional)
    assert facts["trouble"] is None and unmeasured == [1500]
    assert arrays(conditional / runs.CHECKPOINT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "{}",
        '{"dataset": "digits"}',
        '{"dataset": "digits", "seed": null}',
        '{"dataset": "digits", "seed": "3"}',
        '{"dataset": "digits", "seed": 3, "recipe": 5}',
        '{"dataset": 3, "seed": 3}',
        '{"dataset": "digits", "seed": 3, "minutes": "two"}',
        '{"dataset": "the folder cats", "seed": 3, "images": "cats"}',
        '{"dataset": "the folder cats", "seed": 3, "images": {"folder": "cats"}}',
    ],
)
def test_settings_that_no_run_can_have_are_none(text, tmp_path):
    (tmp_path / runs.SETTINGS).write_text(text, encoding="utf-8")
    assert again.settings_of(tmp_path) == {}
    facts, _ = told_of(tmp_path)
    assert facts["trouble"] and facts["settings"] == {} and facts["rows"] == []
    json.dumps(facts)


def test_settings_that_a_run_can_have_are_its_own(tiny, whole, tmp_path):
    assert again.settings_of(whole) == runs.read_settings(whole)
    own = {"dataset": "the folder cats", "seed": 0, "images": {"folder": "cats", "size": 32}}
    runs.write_settings(tmp_path, own)
    assert again.settings_of(tmp_path) == own
    assert again.settings_of(tmp_path / "nothing") == {}


@pytest.mark.parametrize("name", [runs.CHECKPOINT, runs.RESULT, runs.HISTORY, again.EVALUATION])
@pytest.mark.parametrize("content", [b"", b"[1]", b"\x00\xff\x93NUMPY"])
def test_a_damaged_file_is_told_and_ends_nothing(name, content, tiny, copy, unmeasured):
    (copy / name).write_bytes(content)
    facts, _ = told_of(copy)
    if name in (runs.CHECKPOINT, again.EVALUATION):
        assert name in facts["trouble"] and facts["ended"] == STEPS
    if name == runs.RESULT:
        assert (facts["trouble"], facts["ended"], facts["finished"]) == (None, 0, False)
    if name == runs.HISTORY:
        assert (facts["trouble"], facts["rows"], facts["seconds"]) == (None, [], 0.0)
    json.dumps(facts)


def test_who_stops_a_review_stops_it(tiny, copy, unmeasured, monkeypatch):
    """A copy that was cut short would differ, and the run would be blamed."""
    monkeypatch.setattr(again.train, "train", lambda *words, **told: 130)
    with pytest.raises(KeyboardInterrupt):
        told_of(copy, resume=True)


def test_a_run_that_breaks_when_it_goes_on_says_so(tiny, copy, unmeasured, monkeypatch):
    def breaks(*words, **told):
        raise FloatingPointError("generator_loss is nan at step 15.")

    monkeypatch.setattr(again.train, "train", breaks)
    facts, _ = told_of(copy, resume=True)
    assert "is nan at step 15" in facts["trouble"] and facts["finished"]


def test_a_page_says_no_path_of_this_machine(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/the/home/ada")
    said = f"{tmp_path}/runs/0001 lacks /the/home/ada/cats/1.png; /elsewhere/x stays."
    assert again.without_paths(said) == "runs/0001 lacks ~/cats/1.png; /elsewhere/x stays."
    (tmp_path / "run").mkdir()
    assert told_of(tmp_path / "run")[0]["run"] == "run"
    monkeypatch.chdir("/")
    assert again.without_paths("/a/b of 1/2") == "/a/b of 1/2"
