"""`ganedu train --images`: a folder of anybody's pictures, from the first look to the last bit."""

import hashlib
import json
import random
import re
import shutil
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from ganedu import (
    checkpoints,
    data,
    downloads,
    evaluation,
    features,
    folders,
    plotting,
    recipes,
    runs,
    training,
)
from ganedu.__main__ import main
from ganedu.commands import evaluate as evaluate_command
from ganedu.commands import folders as run_folders
from ganedu.commands import train as train_command
from tests.tiny_run import (
    INTERVALS,
    STEPS,
    arrays,
    assert_same_run,
    in_process,
    picture_files,
    stop_at,
    train,
    wait_for,
)

SIZE, NUM_PICTURES = 16, 60


def make_small(patch, cache):
    """Small networks for small pictures, in short intervals, and a cache of the test's own."""
    patch.setitem(recipes.IMAGES, "width", 4)
    for name, value in INTERVALS.items():
        patch.setattr(train_command, name, value)
    patch.setattr(downloads, "cache_folder", lambda: cache)


@pytest.fixture(autouse=True)
def small(tmp_path, monkeypatch):
    make_small(monkeypatch, tmp_path / "cache")


def fill(folder, number=NUM_PICTURES, seed=0):
    """Pictures of all kinds: colours on one side, oblong, transparent, turned, and a broken one."""
    draw = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    for i in range(number):
        pixels = draw.integers(0, 256, (20, 16 + i % 9, 3 + i % 2)).astype(np.uint8)
        pixels[..., 0] = 255  # red everywhere
        exif = Image.Exif()
        exif[0x0112] = 1 + i % 8
        ending = ("png", "webp", "tif")[i % 3]
        options = {"lossless": True} if ending == "webp" else {}
        Image.fromarray(pixels).save(folder / f"{i:03d}.{ending}", exif=exif, **options)
    (folder / "broken.jpg").write_bytes(b"no picture")
    return folder


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A folder of pictures; tests must not change it."""
    return fill(tmp_path_factory.mktemp("own") / "my cats")


def begin(pictures, out, *words):
    flags = ["--images", pictures, "--size", SIZE, "--steps", STEPS, "--seed", 3, "--out", out]
    return train(*flags, *words)


@pytest.fixture(scope="module")
def own(pictures, tmp_path_factory):
    """A run that was never stopped; tests must not change it."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        make_small(patch, folder / "cache")
        assert begin(pictures, folder / "run") == 0
    return folder / "run"


@pytest.fixture
def copy(own, tmp_path):
    """A copy of it that a test may change."""
    return Path(shutil.copytree(own, tmp_path / "run"))


def content(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_settings_say_what_was_read(own, pictures):
    settings = runs.read_settings(own)
    assert settings["dataset"] == "the folder my cats" and settings["seed"] == 3
    images = settings["images"]
    assert images["folder"] == str(pictures) and images["size"] == SIZE
    assert images["image_shape"] == [SIZE, SIZE, 3]
    assert 40 < images["num_images"] < NUM_PICTURES and len(images["content_sha256"]) == 64
    assert settings["recipe"] == recipes.image_recipe((SIZE, SIZE, 3), images["num_images"])


def test_pictures_and_animation_are_in_colour(own):
    gan = run_folders.load_run(own)
    made = gan.generate(train_command.GRID_IMAGES, train_command.GRID_SEED)
    assert made.shape[1:] == (SIZE, SIZE, 3) and int(gan.step) == STEPS
    assert sorted(picture_files(own))[-1] == f"{STEPS:08d}.png"
    for path in (own / runs.SAMPLES / f"{STEPS:08d}.png", own / runs.ANIMATION):
        with Image.open(path) as picture:
            pixels = np.asarray(picture.convert("RGB")).astype(int)
        assert np.abs(pixels[..., 0] - pixels[..., 2]).max() > 8


def test_what_was_found_is_told_and_that_it_is_little(pictures, tmp_path, capsys):
    with pytest.MonkeyPatch.context() as patch:
        stop_at(patch, 1)
        assert begin(pictures, tmp_path / "run") == 130
    told = capsys.readouterr().out
    assert told.startswith(f"my cats: {NUM_PICTURES} pictures, {SIZE}×{SIZE}, in colour;")
    assert "  broken.jpg: its content is no picture that can be read\n" in told
    assert "training pictures are few: they are shifted" in told


@pytest.mark.parametrize("step", [1, 7])
def test_a_run_that_is_stopped_goes_on_to_the_bit(own, pictures, tmp_path, step):
    with pytest.MonkeyPatch.context() as patch:
        stop_at(patch, step)
        assert begin(pictures, tmp_path / "run") == 130
    assert train("--resume", "--out", tmp_path / "run") == 0
    assert_same_run(tmp_path / "run", own)


class Killed(BaseException):
    """Stands for `kill -9`: nothing that would clean up catches it."""


MOMENTS = [  # what the run is about to do for the n-th time when it is killed
    (np, "savez", 1),  # what was read goes into the cache
    (runs, "write_json", 1),  # the settings
    (runs, "append_history", 3),  # the row of step 9, after the checkpoint of step 5
    (checkpoints, "save", 2),
    (plotting, "save_animation", 1),
    (runs, "write_json", 2),  # the result
]


@pytest.mark.parametrize(("owner", "name", "nth"), MOMENTS)
def test_a_run_that_ends_at_any_moment_goes_on_to_the_bit(
    own, pictures, tmp_path, owner, name, nth
):
    calls, operation = [], getattr(owner, name)

    def last(*given, **named):
        calls.append(name)
        if len(calls) == nth:
            raise Killed
        return operation(*given, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, last)
        patch.setattr(Path, "unlink", lambda *given, **named: None)  # nobody cleans up
        with pytest.raises(Killed):
            begin(pictures, tmp_path / "run")
    assert begin(pictures, tmp_path / "run", "--resume") == 0
    assert_same_run(tmp_path / "run", own)


def small_command(words):
    """In a process of its own: the command line with small networks; the cache comes first."""
    with pytest.MonkeyPatch.context() as patch:
        make_small(patch, Path(words[0]))
        sys.exit(main(words[1:]))


@pytest.mark.slow
def test_kill_9_at_any_moment_then_resume_equals_never_stopped(pictures, tmp_path):
    """Two processes are killed, the first before its first checkpoint."""
    words = ["--images", pictures, "--size", SIZE, "--steps", 300, "--seed", 3, "--out"]
    assert train(*words, tmp_path / "whole") == 0
    folder, chance, steps = tmp_path / "run", random.Random(), []
    for stop in (0, chance.randrange(6, 200)):
        process = in_process(
            *(tmp_path / "cache", "train", *words, folder),
            *(["--resume"] if steps else []),
            command="tests.commands.test_own_images.small_command",
        )
        with process:
            wait_for(folder, stop, process)
            time.sleep(chance.uniform(0, 0.05))
            assert process.poll() is None, process.communicate()[0]
            process.kill()
        path = folder / runs.CHECKPOINT
        steps.append(int(json.loads(str(arrays(path)["about"]))["step"]) if path.exists() else 0)
    assert train("--resume", "--out", folder) == 0
    assert steps[0] < steps[1] < 300
    assert_same_run(folder, tmp_path / "whole")


def test_pictures_may_be_moved(copy, pictures, tmp_path):
    elsewhere = Path(shutil.copytree(pictures, tmp_path / "elsewhere" / "my cats"))
    assert train("--resume", "--out", copy, "--images", elsewhere, "--steps", 14) == 0
    assert runs.read_settings(copy)["images"]["folder"] == str(elsewhere)


def one_more(folder):
    for seed in range(3):  # one of them at least is not held out
        pixels = np.random.default_rng(100 + seed).integers(0, 256, (16, 16, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"new {seed}.png")


def another(folder):
    for path in folder.glob("*.png"):
        with Image.open(path) as picture:
            picture.convert("RGB").transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(path)


@pytest.mark.parametrize(
    ("change", "told"), [(one_more, r" here, \d\d in the run; hash: "), (another, "hash: ")]
)
def test_other_content_is_refused_with_the_difference(
    copy, pictures, tmp_path, capsys, change, told
):
    other = Path(shutil.copytree(pictures, tmp_path / "other"))
    change(other)
    before = content(copy)
    assert train("--resume", "--out", copy, "--images", other, "--steps", 20) == 2
    message = capsys.readouterr().err
    assert f"{other} does not hold the pictures that the run in {copy} was trained on (" in message
    assert re.search(told, message)
    assert content(copy) == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--size", 32], "size: 32 here, 16 in the run"),
        (["--dataset", "mnist"], "dataset: mnist here, the folder my cats in the run"),
        (["--dataset", "auto"], "dataset: auto here, the folder my cats in the run"),
        (["--seed", 4], "seed: 4 here, 3 in the run"),
    ],
)
def test_other_settings_are_refused_and_named(copy, capsys, words, told):
    before = content(copy)
    assert train("--resume", "--out", copy, "--steps", 20, *words) == 2
    assert told in capsys.readouterr().err and content(copy) == before


@pytest.mark.parametrize(
    "changed",
    [
        {"images": None},
        {"images": {}},
        {"images": 3},
        {"content_sha256": None},
        {"image_shape": [16, 16, 2]},
        {"image_shape": [16, 32, 3]},
        {"image_shape": [18, 18, 3]},
        {"num_images": 0},
        {"size": "16"},
        {"dataset": "mnist"},
    ],
    ids=str,
)
def test_damaged_settings_are_refused(copy, tmp_path, capsys, changed):
    settings = runs.read_settings(copy)
    if changed.keys() & {"images", "dataset"}:
        settings |= changed
    else:
        settings["images"] |= changed
    (copy / runs.SETTINGS).write_text(json.dumps(settings))
    for words in (
        ["train", "--resume", "--out", str(copy), "--steps", "20"],
        ["sample", str(copy), "--out", str(tmp_path / "a.png")],
    ):
        assert main(words) == 2
        assert f"{copy / runs.SETTINGS} is damaged: " in capsys.readouterr().err


def test_the_name_of_a_folder_is_no_data_set(tmp_path, capsys):
    run = tmp_path / "run"
    assert train("--dataset", "the folder my cats", "--steps", 1, "--out", run) == 2
    assert "--dataset must be one of" in capsys.readouterr().err and not run.exists()


@pytest.mark.parametrize("words", [[], ["--images"]])
def test_a_run_that_ended_while_it_read_says_with_what_it_begins(tmp_path, capsys, pictures, words):
    """It has no settings yet, so it cannot know."""
    (run := tmp_path / "run").mkdir()
    words = [*words, pictures, "--size", SIZE] if words else words
    assert train("--resume", "--steps", 1, "--out", run, *words) == 0
    begins = f"it begins now, with {pictures if words else '--dataset auto'}."
    assert begins in capsys.readouterr().out


def test_settings_of_other_pictures_are_refused(copy, tmp_path, capsys):
    settings = runs.read_settings(copy)
    settings["images"]["content_sha256"] = 64 * "0"
    (copy / runs.SETTINGS).write_text(json.dumps(settings))
    assert main(["sample", str(copy), "--out", str(tmp_path / "a.png")]) == 2
    assert "content_sha256: 000" in capsys.readouterr().err


def test_samples_are_of_the_size_and_in_colour(own, tmp_path):
    out = tmp_path / "pictures.npz"
    assert main(["sample", str(own), "--num-images", "5", "--out", str(out)]) == 0
    assert arrays(out)["images"].shape == (5, SIZE, SIZE, 3)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--size", "32"], "--size goes with --images"),
        (["--images", "nowhere"], "There is no folder "),
        (["--images", __file__], "is a file, not a folder"),
        (["--images", ""], "A folder is given by its name"),
        (["--images", ".", "--size", "18"], "--size must be an integer divisible by 4, from 16 to"),
        (["--images", ".", "--size", "12"], "--size must be an integer divisible by 4, from 16 to"),
        (["--images", ".", "--size", "260"], "--size must be an integer divisible by 4, from 16 t"),
        (["--images", ".", "--size", "0"], "--size must be an integer divisible by 4, from 16 to"),
    ],
)
def test_flags_that_cannot_be_are_refused_at_once(tmp_path, capsys, words, told):
    assert train(*words, "--out", tmp_path / "run") == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("ganedu: ") and told in line
    assert not (tmp_path / "run").exists()


def test_a_data_set_and_a_folder_are_one_too_many(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        train("--images", tmp_path, "--dataset", "mnist")
    assert ended.value.code == 2 and "not allowed with" in capsys.readouterr().err


@pytest.mark.parametrize("number", [0, 1, 30])
def test_too_few_pictures_are_refused_and_leave_nothing(tmp_path, capsys, number):
    folder = fill(tmp_path / "few", number)
    assert train("--images", folder, "--out", tmp_path / "run") == 2
    told = {0: "no picture to train on", 1: "one picture only", 30: "a step takes 32: put more"}
    assert told[number] in capsys.readouterr().err
    assert {path.name for path in (tmp_path / "run").iterdir()} == {runs.LOCK}
    assert runs.make_folder(tmp_path / "run") == tmp_path / "run"  # another run may begin in it


def test_room_is_asked_for_pictures_that_are_large(pictures, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=300_000_000))
    assert begin(pictures, tmp_path / "run") == 1
    assert "has 300 MB free; a run needs 1000 MB" in capsys.readouterr().err


def test_a_folder_that_goes_while_it_is_read_is_told(tmp_path, monkeypatch, capsys):
    folder, look = fill(tmp_path / "gone"), folders._look

    def late(*given):
        shutil.rmtree(folder, ignore_errors=True)
        return look(*given)

    monkeypatch.setattr(folders, "_look", late)
    assert train("--images", folder, "--out", tmp_path / "run") == 2
    assert "There is no picture to train on in" in capsys.readouterr().err
    assert not (tmp_path / "run" / runs.SETTINGS).exists()


# Told the class


KINDS = ("1", "dogs", "Über\nalles")  # a name that is a number, and one that no line can show


@pytest.fixture(scope="module")
def kinds(tmp_path_factory):
    """Folders of pictures in a folder, one for each class; tests must not change them."""
    folder = tmp_path_factory.mktemp("kinds") / "animals"
    for i, name in enumerate(KINDS):
        fill(folder / name, 25, seed=i)
    shutil.copy(folder / "dogs" / "000.png", folder / "beside.png")
    return folder


def begin_told(kinds, out, *words):
    return begin(kinds, out, "--conditional", *words)


@pytest.fixture(scope="module")
def told(kinds, tmp_path_factory):
    """A run that is told the class and was never stopped; tests must not change it."""
    folder = tmp_path_factory.mktemp("told")
    with pytest.MonkeyPatch.context() as patch:
        make_small(patch, folder / "cache")
        assert begin_told(kinds, folder / "run") == 0
    return folder / "run"


@pytest.fixture
def told_copy(told, tmp_path):
    return Path(shutil.copytree(told, tmp_path / "told"))


def test_the_folders_in_the_folder_are_the_classes(told, kinds):
    settings = runs.read_settings(told)
    images = settings["images"]
    assert settings["conditional"] is True and settings["classes"] == len(KINDS)
    assert images["classes"] == [*KINDS]
    expected = recipes.image_recipe((SIZE, SIZE, 3), images["num_images"], len(KINDS))
    assert settings["recipe"] == expected and expected["num_classes"] == 3
    assert expected["changes"] and expected["head"] == recipes.CONDITIONAL["head"]
    read = folders.read(kinds, SIZE, labels=True)
    rows = ~read.held_out
    content = read.images[rows].tobytes() + read.labels[rows].astype("<i8").tobytes()
    assert images["content_sha256"] == hashlib.sha256(content).hexdigest()
    gan = run_folders.load_run(told)
    made = gan.generate(81, train_command.GRID_SEED, conditions=np.arange(81) % 3)
    with Image.open(told / runs.SAMPLES / f"{STEPS:08d}.png") as picture:
        assert np.array_equal(np.asarray(picture)[::2, ::2], plotting.tile(made, 9))


@pytest.mark.parametrize(
    ("classes", "number"), [(2, 64), (3, 81), (10, 100), (16, 256), (300, 256)]
)
def test_rows_of_the_pictures_are_whole_where_the_classes_are_few(classes, number):
    settings = {"conditional": True, "classes": classes}
    assert run_folders.grid_of(settings, 64) == number
    assert run_folders.grid_of({}, 64) == 64


@pytest.mark.parametrize("step", [1, 7])
def test_a_run_that_is_told_the_class_goes_on_to_the_bit(told, kinds, tmp_path, step):
    with pytest.MonkeyPatch.context() as patch:
        stop_at(patch, step)
        assert begin_told(kinds, tmp_path / "run") == 130
    assert train("--resume", "--out", tmp_path / "run") == 0
    assert_same_run(tmp_path / "run", told)


def another_class(folder):
    fill(folder / "zebras", 25, seed=9)


def one_class_less(folder):
    shutil.rmtree(folder / "dogs")


def another_name(folder):
    (folder / "dogs").rename(folder / "cats")


def exchanged(folder):
    """The same pictures in the same order, and other labels."""
    for name in sorted(path.name for path in (folder / "dogs").glob("00*")):
        (folder / "dogs" / name).rename(folder / "1" / f"zz {name}")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (another_class, r"classes: 1, dogs, zebras, '.xdcber.nalles' here, 1, dogs, '"),
        (one_class_less, r"classes: 1, '.xdcber.nalles' here, 1, dogs, '"),
        (another_name, "classes: 1, cats, '"),
        (exchanged, r"was trained on \(hash: \w{64} here, \w{64} in the run\)"),
    ],
)
def test_other_classes_are_refused_and_named(told_copy, kinds, tmp_path, capsys, change, words):
    other = Path(shutil.copytree(kinds, tmp_path / "other"))
    change(other)
    before = content(told_copy)
    assert train("--resume", "--out", told_copy, "--images", other, "--steps", 20) == 2
    assert re.search(words, capsys.readouterr().err)
    assert content(told_copy) == before


@pytest.mark.parametrize(
    "changed", [{"classes": None}, {"classes": ["a", "b"]}, {"classes": [1, 2, 3]}], ids=str
)
def test_damaged_names_of_classes_are_refused(told_copy, tmp_path, capsys, changed):
    settings = runs.read_settings(told_copy)
    settings["images"] |= changed
    (told_copy / runs.SETTINGS).write_text(json.dumps(settings))
    assert main(["sample", str(told_copy), "--out", str(tmp_path / "a.png")]) == 2
    assert "is damaged: images must name its 3 classes" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("word", "number"), [("dogs", 1), ("1", 0), ("2", 2), ("Über\nalles", 2), ("0", 0)]
)
def test_a_class_is_asked_for_by_its_name_before_its_number(told, tmp_path, word, number):
    out = tmp_path / "asked.npz"
    words = ["--num-images", "5", "--class", word, "--out", str(out)]
    assert main(["sample", str(told), *words]) == 0
    labels = np.full(5, number)
    assert np.array_equal(arrays(out)["labels"], labels)
    expected = run_folders.load_run(told).generate(5, 0, conditions=labels)
    assert np.array_equal(arrays(out)["images"], data.to_pixels(expected))


@pytest.mark.parametrize("word", ["cats", "3", "-1", "²"])
def test_a_class_that_is_none_is_answered_with_those_that_are(told, tmp_path, capsys, word):
    assert main(["sample", str(told), f"--class={word}", "--out", str(tmp_path / "a.png")]) == 2
    known = "--class must be in 0 … 2, or one of 1, dogs, '\\xdcber\\nalles'; got " + word
    assert known in capsys.readouterr().err


def test_classes_are_told_with_what_is_left_out(kinds, tmp_path, capsys):
    with pytest.MonkeyPatch.context() as patch:
        stop_at(patch, 1)
        assert begin_told(kinds, tmp_path / "run") == 130
    lines = capsys.readouterr().out
    assert "3 classes; the smallest has 25 pictures." in lines
    assert "1 picture in no folder of a class: left out" in lines
    assert "\nClasses: 1, dogs, '\\xdcber\\nalles'.\n" in lines


def test_one_class_is_refused(tmp_path, capsys):
    fill(tmp_path / "animals" / "dogs")
    assert begin_told(tmp_path / "animals", tmp_path / "run") == 2
    assert "there is one with pictures: dogs. Make at least two" in capsys.readouterr().err
    fill(tmp_path / "flat")
    assert begin_told(tmp_path / "flat", tmp_path / "run") == 2
    assert "Put them into folders within it" in capsys.readouterr().err


def test_a_class_that_is_all_held_out_is_named(kinds, tmp_path, capsys):
    read = folders.read(kinds, SIZE)
    folder = Path(shutil.copytree(kinds, tmp_path / "animals"))
    names = [file.name for file in folders.find(kinds).files if "broken" not in file.name]
    held_out = names[int(np.flatnonzero(read.held_out)[0])]
    (folder / "rare").mkdir()
    shutil.copy(folder / held_out, folder / "rare")
    assert begin_told(folder, tmp_path / "run") == 2
    assert "No picture of rare is left to train on" in capsys.readouterr().err


def test_three_hundred_classes_are_told_in_a_line(tmp_path, capsys):
    draw = np.random.default_rng(0)
    for i in range(300):
        (tmp_path / "many" / f"class {i:03d}").mkdir(parents=True)
        for j in range(3):
            pixels = draw.integers(0, 256, (16, 16, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "many" / f"class {i:03d}" / f"{j}.png")
    code = begin_told(tmp_path / "many", tmp_path / "run", "--steps", 1)
    printed = capsys.readouterr()
    if code:  # a class of three pictures may be held out as a whole
        assert re.search(r"No picture of class \d+.* is left to train on", printed.err)
    else:
        assert "class 007 and 292 more.\n" in printed.out


# Measured, and the best


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Two classes, so many pictures that some thirty are held out; tests must not change them."""
    folder = tmp_path_factory.mktemp("many") / "animals"
    for i, name in enumerate(("cats", "dogs")):
        fill(folder / name, 150, seed=i)
    return folder


@pytest.fixture(scope="module")
def measurable(many, tmp_path_factory):
    """A run that is told the class and keeps its best; tests must not change it."""
    folder = tmp_path_factory.mktemp("measurable")
    with pytest.MonkeyPatch.context() as patch:
        make_small(patch, folder / "cache")
        assert begin_told(many, folder / "run", "--keep-best") == 0
    return folder / "run"


def evaluate(*words):
    return main(["evaluate", *map(str, words)])


@pytest.fixture
def no_photographs(monkeypatch):
    monkeypatch.setattr(features, "photograph_features", lambda: None)


def test_own_images_are_measured_beside_their_floor(
    measurable, many, no_photographs, tmp_path, capsys
):
    out = tmp_path / "seen.png"
    words = (measurable, "--num-images", 80, "--seed", 2, "--out", out)
    assert evaluate(*words) == 0
    table = capsys.readouterr().out
    assert evaluate(*words, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    read = folders.read(many, SIZE, labels=True)
    train, test = read.images[~read.held_out], read.images[read.held_out]
    name = "the folder animals"
    real, _ = evaluation.reference_of_pictures(train, test, name)
    gan = run_folders.load_run(measurable)
    settings = runs.read_settings(measurable)
    labels = run_folders.as_often(settings, read.labels[~read.held_out], 80)
    assert np.bincount(labels).tolist() != [40, 40]  # nor are the cats and dogs of the folder
    images = gan.generate(80, 2, conditions=labels)
    assert told == {
        "run": str(measurable),
        "seed": 2,
        "features": "outlines",
        "num_directions": len(test) // 4,
        **evaluation.evaluate(images, real),
        "styles": str(tmp_path / "seen-classes.png"),
        "picture": str(out),
    }
    assert f"80 samples of {measurable} (seed 2) against the {len(test)} test images" in table
    assert "Features: colours and edges in sixteen fields of the picture, without a" in table
    assert f"; along {len(test) // 4} directions, one for each four held-out images" in table
    assert "A number compares only with one of these pictures, these features" in table
    assert f"coverage and recall move in steps of {1 / len(test):.3f}" in table
    error = told["values"]["kernel_error"]
    assert f"distances differ by more than about {2 * 2**0.5 * error:.3f}" in table
    [line] = [line for line in table.splitlines() if line.startswith("copied ")]
    copied = [f"{told[of]['memorised']:.3f}" for of in ("values", "floors")]
    assert line.split()[1:3] == copied and copied[1] == "0.050"
    assert "Whether an image is of its class is not measured" in table
    assert "Each class was asked for as often as the training images have it." in table
    assert "classes of ten" not in table and "flatters" not in table
    styles = training.style_table(gan.ema_generator, 10, 2, 2).reshape(20, SIZE, SIZE, 3)
    with Image.open(told["styles"]) as picture:
        assert np.array_equal(np.asarray(picture)[::2, ::2], plotting.tile(styles, 2))
    with Image.open(out) as picture:
        assert picture.width > 500


def test_photographs_are_told_where_they_are_used(measurable, monkeypatch, tmp_path, capsys):
    seen = lambda images: images.reshape(len(images), -1)[:, :99]  # noqa: E731
    monkeypatch.setattr(features, "photograph_features", lambda: seen)
    assert evaluate(measurable, "--best", "--out", tmp_path / "seen.png") == 0
    table = capsys.readouterr().out
    assert "Features: what MobileNetV3-Small sees, a network that was trained on photo" in table
    assert "This checkpoint was chosen by the held-out images, which flatters it." in table


def test_of_few_pictures_there_is_a_picture_and_a_sentence(own, no_photographs, tmp_path, capsys):
    out = tmp_path / "seen.png"
    assert evaluate(own, "--out", out, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["values"] == told["floors"] == {} and told["features"] is None
    assert evaluate(own, "--out", out) == 0
    table = capsys.readouterr().out
    number = told["num_reference"]
    assert 0 < number < 20 and out.exists()
    assert f"{number} pictures of the folder my cats are held out, and numbers need 20" in table


def test_other_pictures_are_not_taken_for_those_of_the_run(own, tmp_path, capsys):
    run = Path(shutil.copytree(own, tmp_path / "run"))
    settings = runs.read_settings(run)
    other = Path(shutil.copytree(settings["images"]["folder"], tmp_path / "other"))
    another(other)
    settings["images"]["folder"] = str(other)
    (run / runs.SETTINGS).write_text(json.dumps(settings))
    assert evaluate(run, "--out", tmp_path / "seen.png") == 2
    message = capsys.readouterr().err
    assert re.search(r"was trained on \(.*hash: ", message)
    assert "Put them back, or train a new run on these." in message
    moved = other.rename(tmp_path / "moved")
    assert evaluate(run, "--out", tmp_path / "seen.png") == 2
    message = capsys.readouterr().err
    assert f"There is no folder {other}" in message and "--images FOLDER" in message
    assert evaluate(run, "--out", tmp_path / "seen.png", "--images", moved) == 2
    assert re.search(r"was trained on \(.*hash: ", capsys.readouterr().err)


def test_pictures_that_were_moved_are_found_where_one_says(own, tmp_path, capsys):
    run = Path(shutil.copytree(own, tmp_path / "run"))
    settings = runs.read_settings(run)
    moved = Path(shutil.copytree(settings["images"]["folder"], tmp_path / "moved"))
    settings["images"]["folder"] = str(tmp_path / "gone")
    (run / runs.SETTINGS).write_text(json.dumps(settings))
    words = [run, "--out", tmp_path / "seen.png", "--images", moved]
    assert evaluate(*words) == 0 and (tmp_path / "seen.png").exists()
    with pytest.raises(ValueError, match="run is on digits: leave --images out"):
        evaluate_command.real_images("run", {"dataset": "digits"}, moved)
    assert evaluate("shipped", *words[1:]) == 2
    assert "pictures of your own" in capsys.readouterr().err


def test_the_best_of_own_images_is_chosen_by_outlines(measurable, many):
    read = folders.read(many, SIZE, labels=True)
    train, test = read.images[~read.held_out], read.images[read.held_out]
    real, _ = evaluation.reference_of_pictures(train, test, "animals")
    about = checkpoints.about(measurable / runs.BEST)
    assert about["features"] == "outlines" and about["step"] in (5, 10)
    gan = run_folders.load_run(measurable, best=True)
    made = gan.generate(500, 0, conditions=np.arange(500) % 2)
    seen = real.predict(made).features, real.predictions.features
    assert about["distance"] == pytest.approx(evaluation.metrics.frechet_distance(*seen), rel=1e-5)


def test_a_run_that_keeps_its_best_goes_on_to_the_bit(measurable, many, tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        stop_at(patch, 7)
        assert begin_told(many, tmp_path / "run", "--keep-best") == 130
    assert train("--resume", "--out", tmp_path / "run") == 0
    assert_same_run(tmp_path / "run", measurable)


def test_few_pictures_have_no_best(pictures, tmp_path, capsys):
    assert begin(pictures, tmp_path / "run", "--keep-best") == 2
    assert "are held out, and 20 are needed to measure: put about 200" in capsys.readouterr().err
    assert not (tmp_path / "run" / runs.SETTINGS).exists()


def test_a_walk_of_own_images_is_in_colour(own, tmp_path):
    out = tmp_path / "walk.gif"
    assert main(["sample", str(own), "--walk", "2", "--out", str(out)]) == 0
    with Image.open(out) as film:
        pixels = np.asarray(film.convert("RGB")).astype(int)
    assert np.abs(pixels[..., 0] - pixels[..., 2]).max() > 8
