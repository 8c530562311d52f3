"""The generator in the box: it is there, it says where it is from, and it draws digits."""

import json

import keras
import numpy as np
import pytest

from ganedu import (
    data,
    evaluation,
    features,
    metrics,
    models,
    recipes,
    runs,
    seeding,
    shipped,
    training,
)
from ganedu.__main__ import main
from ganedu.commands import evaluate, folders
from ganedu.playground import pairs, unpaired
from tests import ship

CALLS = ship.generators.SAMPLINGS
SAMPLINGS = {  # the way of drawing that lesson 18 shows of each rival
    "vae_digits": "VAE",
    "rows_digits": "pixel by pixel",
    "diffusion_digits": "DDPM 50",
    "flow_digits": "flow 10",
    "one_step_digits": "student, both",
}


@pytest.fixture(scope="module")
def generator():
    return shipped.digit_generator()


def test_it_makes_images_of_the_data(generator):
    assert generator.output_shape == (None, 28, 28, 1)
    images = shipped.generate(20, seed=0)
    assert images.shape == (20, 28, 28, 1)
    data.check_images(images)


def test_the_seed_decides_the_images():
    first, again, other = (shipped.generate(8, seed=seed) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert np.abs(first - other).max() > 0.5


def test_image_k_does_not_depend_on_how_many_are_made():
    np.testing.assert_allclose(
        shipped.generate(12, seed=0)[:5], shipped.generate(5, seed=0), atol=1e-5
    )


def test_it_is_a_trained_one(generator):
    """Its images are like real digits: mostly background, some ink, and not one like another."""
    fake, real = shipped.generate(200, seed=0), data.load("digits").images[:200]
    untrained = models.digit_generator(generator.input_shape[1], seed=0)
    blank = untrained(np.random.default_rng(0).standard_normal((200, generator.input_shape[1])))
    ink, real_ink, blank_ink = (np.mean(np.asarray(x) > 0) for x in (fake, real, blank))
    assert 0.5 * real_ink < ink < 1.5 * real_ink < blank_ink
    corners = np.asarray(fake)[:, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert corners.mean() < -0.95
    assert np.std(fake, axis=0).max() > 0.5


def test_it_says_how_it_was_made():
    made = shipped.provenance()
    for name in ("command", "seed", "steps", "versions", "data", "licence", "latent_dim"):
        assert made.get(name) not in (None, "", {}), name
    assert made["seed"] >= 0 and made["steps"] >= 1
    assert "ganedu" in made["command"]
    assert {"ganedu", "tensorflow", "keras"} <= made["versions"].keys()
    assert made["measured"]["num_images"] == 10_000
    assert made["measured"]["values"].keys() == made["measured"]["floors"].keys()


def test_the_classifier_says_how_it_was_made():
    made = shipped.provenance("digit_classifier")
    for name in ("command", "seed", "epochs", "versions", "data", "licence"):
        assert made.get(name) not in (None, "", {}), name
    assert made["accuracy"]["mnist"] >= 0.992
    assert "mean nothing" in made["means_something_for"]
    for kind, least in (("letter", 0.98), ("clothes", 0.9)):
        made = shipped.provenance(f"{kind}_classifier")
        assert made["command"] == f"python -m tests.ship classifier {kind}"
        assert min(made["accuracy"].values()) >= least
        assert (shipped.FOLDER / f"{kind}_classifier.npz").stat().st_size <= 250_000
    with pytest.raises(ValueError, match="'classifier'.*digit_classifier, digit_gan"):
        shipped.provenance("classifier")


def test_the_three_networks_belong_together(generator):
    """The two generators draw the same latents alike; the discriminator knows noise at once."""
    latents = np.random.default_rng(0).standard_normal((300, 64)).astype("float32")
    averaged, last = generator(latents), shipped.digit_generator(averaged=False)(latents)
    apart = np.abs(last - averaged).mean()
    assert 0 < apart < np.abs(np.roll(last, 1, axis=0) - averaged).mean() / 2
    noise = np.random.default_rng(1).uniform(-1, 1, (300, 28, 28, 1)).astype("float32")
    discriminator = shipped.digit_discriminator()
    assert (np.asarray(discriminator(noise)) < np.median(discriminator(last))).all()


def test_the_box_is_small_and_holds_no_pickle():
    files = sorted(path.name for path in shipped.FOLDER.iterdir())
    assert {"digit_generator.npz", "digit_gan.json"} <= set(files)
    assert max(path.stat().st_size for path in shipped.FOLDER.iterdir()) < 1_000_000
    later = {"sounds": 250_000, **dict.fromkeys(ship.RIVALS, 260_000)}  # beside three million
    sizes = {path: path.stat().st_size for path in shipped.FOLDER.iterdir()}
    assert sum(size for path, size in sizes.items() if path.stem not in later) < 3_000_000
    assert all(size <= later.get(path.stem, size) for path, size in sizes.items())
    for path in shipped.FOLDER.glob("*.npz"):
        with np.load(path, allow_pickle=False) as arrays:
            for name in arrays.files:
                assert arrays[name].dtype in (np.int8, np.float32)
                assert np.isfinite(arrays[name]).all()


def test_every_weight_comes_from_the_file(generator):
    weights = generator.get_weights()
    with np.load(shipped.FOLDER / "digit_generator.npz", allow_pickle=False) as arrays:
        assert len(arrays.files) == 2 * len(weights)
        for number, weight in enumerate(weights):
            expected = np.float32(arrays[f"{number:02d}"]) * arrays[f"{number:02d}_step"]
            np.testing.assert_array_equal(weight, expected)


@pytest.fixture
def box(tmp_path, monkeypatch):
    """A copy of the box that a test may damage."""
    for path in shipped.FOLDER.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    return tmp_path / "digit_generator.npz"


@pytest.mark.parametrize("kind", ["empty", "half", "one byte", "one array", "another network"])
def test_a_damaged_file_is_refused_by_name(box, kind):
    content = box.read_bytes()
    if kind == "one array":
        with open(box, "wb") as file:
            np.save(file, np.zeros(3))
    elif kind == "another network":
        np.savez(box, weights=np.zeros(3))
    else:
        middle = len(content) // 2
        changed = bytes([content[middle] ^ 255])
        box.write_bytes(
            {
                "empty": b"",
                "half": content[:middle],
                "one byte": content[:middle] + changed + content[middle + 1 :],
            }[kind]
        )
    with pytest.raises(ValueError, match=r"digit_generator\.npz is damaged"):
        shipped.digit_generator()


def test_weights_that_a_notebook_does_not_carry_are_named(box):
    box.with_name("digit_discriminator.npz").unlink()
    with pytest.raises(ValueError, match=r"digit_discriminator\.npz is not in this box.*colab"):
        shipped.digit_discriminator()


def test_the_command_line_draws_from_the_box(tmp_path, capsys):
    out = tmp_path / "digits.npz"
    assert main(["sample", "shipped", "--num-images", "5", "--seed", "7", "--out", str(out)]) == 0
    with np.load(out, allow_pickle=False) as arrays:
        assert np.array_equal(arrays["images"], data.to_pixels(shipped.generate(5, seed=7)))
    assert str(out) in capsys.readouterr().out


def test_the_provenance_is_plain_json():
    text = (shipped.FOLDER / "digit_gan.json").read_text(encoding="utf-8")
    assert json.loads(text) == shipped.provenance()


def put_in_the_box(gan, settings, tmp_path, monkeypatch):
    """Ship a GAN as a run of these settings, and return what is then said about it."""
    recipe = {"rate": 1, "widths": [32, 32]}
    settings = {"dataset": "digits", "seed": 5, "recipe": recipe, **settings}
    runs.write_settings(tmp_path, {**settings, "versions": {"ganedu": "1"}})
    for step, seconds in ((0, 90.0), (50, 100.0)):  # the checkpoint is of step 0
        row = {**dict.fromkeys(runs.HISTORY_COLUMNS, 0), "step": step, "seconds": seconds}
        runs.append_history(tmp_path, row)
    monkeypatch.setattr(folders, "load_run", lambda run: gan)
    monkeypatch.setattr(ship, "NUM_IMAGES", 80)
    (tmp_path / "box").mkdir()
    classifier = shipped.FOLDER / "digit_classifier.npz"
    (tmp_path / "box" / classifier.name).write_bytes(classifier.read_bytes())
    monkeypatch.setattr(shipped, "FOLDER", tmp_path / "box")
    kind, name = ("conditional", "conditional_digits") if "classes" in settings else ("gan",) * 2
    ship.main([kind, str(tmp_path)])
    made = shipped.provenance("digit_gan" if kind == "gan" else name)
    assert (made["seed"], made["minutes"], made["latent_dim"]) == (5, 1.5, gan.latent_dim)
    assert (made["recipe"], made["versions"]) == (recipe, {"ganedu": "1"})
    assert made["measured"]["num_images"] == 80 and made["measured"]["dataset"] == "digits"
    return made


def assert_weights_within(share, read, written):
    """Each to this share of the largest of its channel."""
    for a, b in zip(read.get_weights(), written.get_weights(), strict=True):
        largest = np.abs(b).max(axis=tuple(range(b.ndim - 1)), keepdims=True)
        assert (np.abs(a - b) <= largest * share).all()


def test_a_run_can_be_put_in_the_box(tmp_path, monkeypatch):
    """All weights to 1/254 of the largest of their channel, and what the run says about it."""
    gan = recipes.digit_gan(seed=5)
    made = put_in_the_box(gan, {}, tmp_path, monkeypatch)
    assert made["command"] == "ganedu train --dataset digits --steps 0 --seed 5"
    assert_weights_within(1 / 253, shipped.digit_generator(), gan.ema_generator)
    assert_weights_within(1 / 253, shipped.digit_generator(averaged=False), gan.generator)
    assert_weights_within(1 / 253, shipped.digit_discriminator(), gan.discriminator)


def test_a_conditional_run_can_be_put_in_the_box(tmp_path, monkeypatch):
    gan = recipes.conditional_gan(seed=5)
    made = put_in_the_box(gan, {"conditional": True, "classes": 10}, tmp_path, monkeypatch)
    assert made["command"] == "ganedu train --dataset digits --conditional --steps 0 --seed 5"
    assert_weights_within(1 / 199, shipped.network("conditional_digits"), gan.ema_generator)
    values = made["measured"]["values"]
    assert made["measured"]["num_per_class"] == 8 and len(values["agreement_by_class"]) == 10
    assert {"frechet_distance", "memorised", "within_class_coverage"} <= values.keys()
    path = shipped.FOLDER / "conditional_digits.json"
    path.write_text(json.dumps({**made, "built": {"by": "digit_discriminator", "with": {}}}))
    with pytest.raises(ValueError, match="conditional_digits.json is damaged"):
        shipped.network("conditional_digits")


@pytest.mark.slow
def test_the_digits_on_request_are_as_near_to_real_ones_as_they_say():
    """10,000 of them, each class as often as among the training images."""
    if data.load("auto", "test").name != "mnist":
        pytest.skip("MNIST is not on this machine")
    real, network = evaluation.reference("mnist"), shipped.network("conditional_digits")
    said = shipped.provenance("conditional_digits")["measured"]
    asked = {"conditional": True, "classes": 10}
    labels = folders.as_often(asked, real.train_labels, said["num_images"])
    latents = np.random.default_rng(said["sample_seed"]).normal(size=(len(labels), 64))
    images = training.generate_images(network, np.float32(latents), conditions=labels)
    told = evaluate.measured(images, real, labels)
    for name, value in said["values"].items():
        assert told["values"][name] == pytest.approx(value, rel=0.02, abs=0.005), name
    near = {"frechet_distance": 1.4, "within_class_frechet": 1.6}  # times as far as real images
    for name, times in near.items():
        assert told["values"][name] < times * told["floors"][name]


@pytest.mark.parametrize("name", shipped.NAMES)
def test_each_network_in_the_box_says_how_it_was_made(name):
    made = shipped.provenance(name)
    assert made["data"] and made["licence"] and made["command"] and made["versions"]
    assert (shipped.FOLDER / f"{name}.npz").stat().st_size <= 500_000
    least = 7000 if made["built"]["by"] == "local_translator" else 10_000
    assert shipped.network(name).count_params() > least


@pytest.mark.parametrize("task", ["super_resolution", "sketch_to_digit", "denoise"])
def test_each_translator_brings_digits_nearer_to_what_they_were(task):
    """Of another pen than those that it was trained on."""
    digits = data.load("digits", "test")
    targets, labels = digits.images[:100], digits.labels[:100]
    sources = pairs.TASKS[task](targets, 1)
    times = 28 // sources.shape[1]
    ways = sources.repeat(times, axis=1).repeat(times, axis=2), shipped.network(task)(sources)
    before, after = (metrics.psnr(images, targets).mean() for images in ways)
    assert after > before
    seen = [features.digit_probabilities(np.asarray(images)).argmax(axis=1) for images in ways]
    kept_before, kept = ((classes == labels).mean() for classes in seen)
    assert kept > kept_before + 0.1
    assert (shipped.FOLDER / f"{task}.npz").stat().st_size <= 250_000


def test_translators_without_pairs_change_the_pen_and_keep_the_class():
    """Of digits that they were not trained on: held-out ones, and generated in MNIST's manner."""
    digits = data.load("digits", "test")
    drawn = unpaired.drawn_digits(shipped.network("conditional_digits"), 300, seed=5)
    ways = {"mnist_to_digits": (drawn, digits), "digits_to_mnist": (digits, drawn)}
    for name, (source, target) in ways.items():
        made = np.asarray(shipped.network(name)(source.images))
        before, after = (
            unpaired.pen_distance(images, target.images) for images in (source.images, made)
        )
        assert after < 0.3 * before, name
        classes = features.digit_probabilities(made).argmax(axis=1)
        assert (classes == source.labels).mean() > 0.9, name
        assert (shipped.FOLDER / f"{name}.npz").stat().st_size <= 20_000


def test_sounds_of_the_box_have_the_law_that_it_says():
    """Pitch and decay, measured anew on fewer sounds."""
    told = shipped.provenance("sounds")["measured"]
    heard = ship.measured_sounds(shipped.network("sounds"), 300)
    for name in ("pitch_distance_made", "decay_distance_made"):
        assert heard[name] == pytest.approx(told[name], abs=0.06)
    assert (shipped.FOLDER / "sounds.npz").stat().st_size <= 250_000


@pytest.mark.parametrize("name", ship.RIVALS)
def test_rivals_of_the_box_draw_digits(name):
    """The digit network is as often sure of them as it was before they were rounded."""
    program, sampling = ship.RIVALS[name][0], SAMPLINGS[name]
    network, number = shipped.network(name), 300
    if name == "vae_digits":
        latents = seeding.sample_latents(number, network.input_shape[1], 2)
        drawn = training.generate_images(network, latents)
    else:
        calls, fresh = next(told[1:] for told in CALLS[program] if told[0] == sampling)
        drawn = ship.generators.drawn(program, network, calls, fresh)(number, 2)
    sure = (features.digit_probabilities(drawn).max(axis=1) > evaluation.CONFIDENT).mean()
    told = shipped.provenance(name)["measured_before_rounding"]
    expected = next(row["confident"] for row in told if row["name"] == sampling)
    assert sure == pytest.approx(expected, abs=0.1)


def test_a_network_that_is_not_there_is_answered():
    with pytest.raises(ValueError, match="no network 'cats' here. There are: conditional_digits"):
        shipped.network("cats")


def test_the_classifier_can_be_trained_again(tmp_path, monkeypatch):
    """A few steps on few images: what the command does, not how good it gets."""
    few = data.load("digits", "test")
    monkeypatch.setattr(data, "load", lambda name, split="train": few)
    monkeypatch.setattr(ship, "DIGITS_REPEATED", 1)
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    ship.ship_classifier(epochs=8, seed=1)
    made = shipped.provenance("digit_classifier")
    assert (made["seed"], made["epochs"]) == (1, 8)
    _, logits = shipped.digit_classifier()(few.images)
    right = float((np.argmax(logits, axis=1) == few.labels).mean())
    assert made["accuracy"] == {"mnist": round(right, 4), "digits": round(right, 4)}
    assert right > 0.2  # chance: 0.1


def test_a_translator_can_be_put_in_the_box(tmp_path, monkeypatch):
    """One step on few images: what the command does, not how good it gets."""
    few = data.load("digits")
    monkeypatch.setattr(data, "load", lambda name, split="train": few)
    monkeypatch.setattr(ship, "NUM_PAIRS", 100)
    classifier = shipped.FOLDER / "digit_classifier.npz"
    (tmp_path / classifier.name).write_bytes(classifier.read_bytes())
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    ship.main(["pairs", "super_resolution", "--steps", "1", "--seed", "3"])
    made = shipped.provenance("super_resolution")
    assert made["command"].endswith("pairs super_resolution --steps 1 --seed 3")
    assert made["measured"]["num_images"] == 100 and made["measured"]["psnr"] > 0
    assert (tmp_path / "super_resolution.npz").stat().st_size <= 250_000
    monkeypatch.setattr(shipped, "NAMES", ("super_resolution",))
    network = shipped.network("super_resolution")
    assert (network.input_shape, network.output_shape) == ((None, 7, 7, 1), (None, 28, 28, 1))


def test_sounds_can_be_put_in_the_box(tmp_path, monkeypatch):
    """One step on few sounds: what the command does, not how good it gets."""
    for name in ("NUM_SOUNDS", "NUM_HEARD"):
        monkeypatch.setattr(ship, name, 40)
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    ship.main(["sounds", "--steps", "1", "--seed", "3"])
    made = shipped.provenance("sounds")
    assert made["command"].endswith("sounds --steps 1 --seed 3")
    assert made["measured"]["pitch_distance_made"] > made["measured"]["pitch_distance_real"] > 0
    assert shipped.network("sounds").output_shape == (None, 64, 32, 1)
    assert (tmp_path / "sounds.npz").stat().st_size <= 250_000


def test_rivals_can_be_put_in_the_box(tmp_path, monkeypatch):
    """Untrained ones: what the command does, not how good they are."""
    programs = [program for program, *_ in ship.RIVALS.values()]
    rows = [{"program": name, "seed": 0, "steps": 1, "samplings": []} for name in programs]
    fresh = {name: ship.generators.network_of(name, 0) for name in programs}
    monkeypatch.setattr(shipped, "recording", lambda name: {"rows": rows})
    monkeypatch.setattr(ship.generators, "kept", lambda program, seed, row: fresh[program])
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    ship.main(["rivals"])
    for name, (program, *_) in ship.RIVALS.items():
        network = fresh[program]
        network = network.get_layer("generator") if program == "VAE" else network
        boxed = shipped.network(name)
        for own, other in zip(network.get_weights(), boxed.get_weights(), strict=True):
            np.testing.assert_allclose(other, own, atol=np.abs(own).max() / 100)
        assert (tmp_path / f"{name}.npz").stat().st_size <= 260_000
        assert shipped.provenance(name)["steps"] == 1


def test_the_recorded_mixtures_are_those_of_the_recipe():
    """The table of lesson 03: five seeds of each, with the recipe's number of steps."""
    rows = shipped.recording("mixtures")["rows"]
    for mixture, modes in (("ring", 8), ("grid", 25)):
        of = [r for r in rows if (r["mixture"], r["variant"]) == (mixture, "recipe")]
        assert sorted(row["seed"] for row in of) == [0, 1, 2, 3, 4]
        assert {row["steps"] for row in of} == {recipes.MIXTURES["num_steps"]}
        assert {row["modes"] for row in of} == {modes}


def test_the_recorded_seeds_are_pairs_of_one_budget():
    """The comparison of lesson 08: two prices, six seeds each, nothing else differs."""
    rows = shipped.recording("seeds")["rows"]
    assert [(row["r1_gamma"], row["seed"]) for row in rows] == [
        (price, seed) for price in (0.3, 1.0) for seed in range(6)
    ]
    assert {row["steps"] for row in rows} == {500}


def test_the_recorded_race_has_three_moments_a_seed():
    """Strides against max pooling, lesson 04: equal time, and then equal steps."""
    rows = shipped.recording("pooling")["rows"]
    for seed in {row["seed"] for row in rows}:
        strides, early, late = (row for row in rows if row["seed"] == seed)
        assert (strides["discriminator"], strides["equal"]) == ("strides", "time")
        assert (early["discriminator"], early["equal"]) == ("max pooling", "time")
        assert (late["discriminator"], late["equal"]) == ("max pooling", "steps")
        assert early["steps"] < strides["steps"] == late["steps"]
        assert 0.8 < early["seconds"] / strides["seconds"] < 1.25


def test_an_unknown_recording_lists_those_that_there_are():
    with pytest.raises(ValueError, match=r"'mixture'.*: .*mixtures"):
        shipped.recording("mixture")


def test_pictures_of_a_recording_use_the_whole_range_of_grey():
    pictures = shipped.pictures("gallery")["healthy"]
    assert pictures.dtype == np.uint8 and pictures.shape == (6, 16, 28, 28, 1)
    assert set(np.unique(pictures)) == {0, 36, 73, 109, 146, 182, 219, 255}  # k · 255/7, rounded


def test_pictures_that_are_missing_or_damaged_are_told(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="'galery'.*: gallery"):
        shipped.pictures("galery")
    (tmp_path / "gallery.npz").write_bytes(b"PK damaged")
    monkeypatch.setattr(shipped, "RECORDINGS", tmp_path)
    with pytest.raises(ValueError, match="is damaged"):
        shipped.pictures("gallery")


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "[1]", "{}", "\xff", "[" * 100_000),
        *('{"latent_dim": null}', '{"latent_dim": "64"}', '{"latent_dim": -1}'),
        *('{"latent_dim": 64, "recipe": {}}', '{"latent_dim": 64, "recipe": {"widths": [0, 1]}}'),
    ],
    ids=range(11),
)
def test_damaged_words_beside_the_weights_are_refused_by_name(box, content):
    (box.parent / "digit_gan.json").write_text(content, encoding="latin-1")
    with pytest.raises(ValueError, match=r"digit_gan\.json is damaged: install ganedu again"):
        shipped.digit_generator()


def test_weights_that_are_no_numbers_are_refused(box):
    with np.load(box, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    arrays["01_step"] = np.full_like(arrays["01_step"], np.nan)
    np.savez(box, **arrays)
    with pytest.raises(ValueError, match=r"digit_generator\.npz is damaged"):
        shipped.digit_generator()


def test_weights_are_not_called_damaged_where_keras_is_set_otherwise(monkeypatch):
    monkeypatch.setattr(keras.config, "image_data_format", lambda: "channels_first")
    with pytest.raises(ValueError, match="image_data_format is channels_first") as caught:
        shipped.digit_generator()
    assert "damaged" not in str(caught.value)
