"""`ganedu sample`: the same images for the same seed, and no file of yours overwritten."""

import errno
import io
import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageSequence

from ganedu import (
    data,
    plotting,
    runs,
    seeding,
    training,
    walks,
)
from ganedu.__main__ import main
from ganedu.commands import folders
from tests.tiny_gan import LATENT_DIM
from tests.tiny_run import arrays


def test_samples_are_pixels_of_the_averaged_generator(tiny, whole, tmp_path, capsys):
    out = tmp_path / "new" / "digits.npz"
    words = ["sample", str(whole), "--num-images", "7", "--seed", "2", "--out"]
    assert main([*words, str(out)]) == 0
    assert capsys.readouterr().out == f"7 images: {out}\n"
    assert list(arrays(out)) == ["images", "latents"]  # read without pickle
    images = arrays(out)["images"]
    assert images.dtype == np.uint8 and images.shape == (7, 28, 28, 1)
    assert np.array_equal(images, data.to_pixels(folders.load_run(whole).generate(7, seed=2)))


@pytest.mark.parametrize("ending", ["npz", "png"])
def test_the_same_seed_gives_the_same_file(tiny, whole, tmp_path, ending):
    outs = [tmp_path / f"{name}.{ending}" for name in ("one", "two", "other")]
    for out, seed in zip(outs, (5, 5, 6), strict=True):
        words = ["--num-images", "6", "--seed", str(seed), "--out", str(out)]
        assert main(["sample", str(whole), *words]) == 0
    one, two, other = (out.read_bytes() for out in outs)
    assert one == two != other


def test_a_picture_shows_the_samples_as_a_grid(tiny, whole, tmp_path):
    out = tmp_path / "digits.png"
    assert main(["sample", str(whole), "--num-images", "6", "--out", str(out)]) == 0
    tiles = plotting.tile(folders.load_run(whole).generate(6, seed=0))[..., 0]
    with Image.open(out) as picture:
        assert np.array_equal(np.asarray(picture)[::2, ::2], tiles)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--out", "digits.jpg"], "--out must end in .png or .npz; got 'digits.jpg'"),
        (["--out", "digits"], "--out must end in .png or .npz"),
        (
            ["--out", "a.png", "--num-images", "0"],
            "--num-images must be at least 1 and at most 100,000; got 0",
        ),
        (["--out", "a.png", "--seed", "-1"], "seed"),
    ],
)
def test_samples_out_of_range_are_refused(tiny, whole, tmp_path, monkeypatch, capsys, words, told):
    monkeypatch.chdir(tmp_path)
    assert main(["sample", str(whole), *words]) == 2
    assert told in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_samples_need_a_run_with_a_good_checkpoint(tiny, copy, tmp_path, capsys):
    def told(run):
        assert main(["sample", str(run), "--out", str(tmp_path / "a.png")]) == 2
        return capsys.readouterr().err

    assert "There is no run in nowhere" in told("nowhere")
    (copy / runs.CHECKPOINT).write_bytes(b"")
    assert "is empty, truncated or not a checkpoint" in told(copy)
    (copy / runs.CHECKPOINT).unlink()
    assert "There is no checkpoint" in told(copy)
    assert not (tmp_path / "a.png").exists()


@pytest.mark.parametrize("name", ["digits.png", "digits.npz"])
def test_a_file_of_yours_is_not_overwritten(tiny, whole, tmp_path, capsys, name):
    out = tmp_path / name
    words = ["sample", str(whole), "--num-images", "6", "--out", str(out)]
    theirs = [b"my holiday", other_picture(), other_arrays()]
    for content in theirs:
        out.write_bytes(content)
        assert main(words) == 2
        assert f"{out} is there, and ganedu did not make it" in capsys.readouterr().err
        assert out.read_bytes() == content
        assert main(["evaluate", str(whole), "--num-images", "90", "--out", str(out)]) == 2
        assert out.read_bytes() == content
    out.write_bytes(b"")  # as the library for temporary files leaves it
    assert main(words) == 0
    made = out.read_bytes()
    assert main([*words, "--seed", "1"]) == 0  # what came from here may be made again
    assert out.read_bytes() != made
    out.unlink()
    out.mkdir()
    assert main(words) == 2


def other_picture():
    file = io.BytesIO()
    Image.new("L", (8, 8)).save(file, "png")
    return file.getvalue()


def other_arrays():
    file = io.BytesIO()
    np.savez(file, images=np.zeros(3), labels=np.zeros(3))
    return file.getvalue()


@pytest.mark.parametrize("name", ["digits.png", "digits.npz"])
def test_a_full_disk_leaves_the_old_file(tiny, whole, tmp_path, monkeypatch, capsys, name):
    out = tmp_path / name
    words = ["sample", str(whole), "--num-images", "6", "--out", str(out)]
    assert main(words) == 0
    before = out.read_bytes()

    def full(number):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert main([*words, "--seed", "1"]) == 1
        assert f"{out}: {os.strerror(errno.ENOSPC)}" in capsys.readouterr().err
        assert out.read_bytes() == before and list(tmp_path.iterdir()) == [out]
    assert main([*words, "--seed", "1"]) == 0  # some room was made
    assert out.read_bytes() != before


def test_a_picture_of_a_billion_pixels_is_not_ours(tiny, whole, tmp_path, capsys):
    """Its head is enough: 24 bytes that say how large it is."""
    out, file = tmp_path / "big.png", io.BytesIO()
    Image.new("L", (8, 8)).save(file, "png")
    content = bytearray(file.getvalue())
    content[16:24] = struct.pack(">II", 40_000, 25_000)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    out.write_bytes(content)
    assert main(["sample", str(whole), "--out", str(out)]) == 2
    assert "ganedu did not make it" in capsys.readouterr().err
    assert out.read_bytes() == content


def test_more_images_than_memory_holds_are_refused_at_once(whole, tmp_path, capsys):
    words = ["sample", str(whole), "--out", str(tmp_path / "a.npz"), "--num-images"]
    assert main([*words, "100000000"]) == 2
    assert "--num-images must be at least 1 and at most 100,000" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["sample", "evaluate"])
def test_the_pictures_that_a_run_makes_of_itself_stay(tiny, copy, capsys, command):
    for name in ("00000004.png", "mine.png"):
        out = copy / runs.SAMPLES / name
        before = out.read_bytes() if out.exists() else None
        assert main([command, str(copy), "--num-images", "70", "--out", str(out)]) == 2
        assert "is for the run's own pictures" in capsys.readouterr().err
        assert (out.read_bytes() if out.exists() else None) == before


# Asked for a class


def sample(*words):
    """`ganedu sample`; the exit code."""
    return main(["sample", *map(str, words)])


def test_the_classes_take_turns_or_one_is_asked_for(tiny, conditional, tmp_path, capsys):
    gan = folders.load_run(conditional)
    for words, labels in (([], np.arange(12) % 10), (["--class", 7], np.full(12, 7))):
        out = tmp_path / "asked.npz"
        assert sample(conditional, "--num-images", 12, "--seed", 5, "--out", out, *words) == 0
        told = arrays(out)
        assert told["labels"].dtype == np.int64
        np.testing.assert_array_equal(told["labels"], labels)
        expected = data.to_pixels(gan.generate(12, 5, conditions=labels))
        np.testing.assert_array_equal(told["images"], expected)


@pytest.mark.parametrize("label", [-1, 10])
def test_a_class_that_is_none_is_answered(tiny, conditional, tmp_path, capsys, label):
    assert sample(conditional, "--class", label, "--out", tmp_path / "a.png") == 2
    assert f"--class must be in 0 … 9; got {label}." in capsys.readouterr().err


def test_no_class_can_be_asked_of_a_run_that_was_told_none(tiny, whole, tmp_path, capsys):
    for run in (whole, "shipped"):
        assert sample(run, "--class", 3, "--out", tmp_path / "a.png") == 2
        assert "was never told a class" in capsys.readouterr().err


# Ranges of seeds, latents again, and walks


def images_of(run, tmp_path, *words):
    """The arrays that `ganedu sample` writes."""
    out = tmp_path / "made.npz"
    assert sample(run, *words, "--out", out) == 0
    return arrays(out)


def test_a_range_has_the_image_of_each_seed(tiny, whole, tmp_path):
    told = images_of(whole, tmp_path, "--seed", "8-11")
    assert told["seeds"].tolist() == [8, 9, 10, 11]
    alone = [
        images_of(whole, tmp_path, "--seed", seed, "--num-images", 1)["images"]
        for seed in range(8, 12)
    ]
    assert np.array_equal(told["images"], np.concatenate(alone))
    assert len(images_of(whole, tmp_path, "--seed", "0-0")["images"]) == 1


def test_a_range_is_of_one_class(tiny, conditional, tmp_path):
    for words, label in (([], 0), (["--class", 4], 4)):
        told = images_of(conditional, tmp_path, "--seed", "5-6", *words)
        assert told["labels"].tolist() == [label, label]
        alone = images_of(conditional, tmp_path, "--seed", 6, "--num-images", 1, *words)
        assert np.array_equal(told["images"][1:], alone["images"])


@pytest.mark.parametrize("words", [["--num-images", 7, "--seed", 4], ["--seed", "4-9"]])
def test_images_are_made_again_from_their_latents(tiny, whole, conditional, tmp_path, words):
    for run in (whole, conditional, "shipped"):
        first = images_of(run, tmp_path, *words)
        kept = (tmp_path / "made.npz").rename(tmp_path / "kept.npz")
        again = images_of(run, tmp_path, "--latents", kept)
        assert first.keys() == again.keys()
        assert all(np.array_equal(first[name], again[name]) for name in first)
        assert first["latents"].dtype == np.float32


def test_a_class_is_asked_of_latents_that_had_others(tiny, conditional, tmp_path):
    first = images_of(conditional, tmp_path, "--num-images", 3)
    kept = (tmp_path / "made.npz").rename(tmp_path / "kept.npz")
    again = images_of(conditional, tmp_path, "--latents", kept, "--class", 8)
    assert again["labels"].tolist() == [8, 8, 8]
    assert np.array_equal(again["latents"], first["latents"])
    assert not np.array_equal(again["images"], first["images"])


def frames(path):
    """The pictures of a film, in colour, and how long each is shown."""
    with Image.open(path) as film:
        return [
            (np.asarray(frame.convert("RGB")), frame.info["duration"])
            for frame in ImageSequence.Iterator(film)
        ]


def test_a_walk_is_a_film_through_the_latents_of_its_seed(tiny, whole, tmp_path, capsys):
    out = tmp_path / "walk.gif"
    assert sample(whole, "--walk", 3, "--seed", 5, "--out", out) == 0
    assert capsys.readouterr().out == f"72 images: {out}\n"
    shown = frames(out)
    assert sum(time for _, time in shown) == 72 * 60
    gan = folders.load_run(whole)
    corners = seeding.sample_latents(3, LATENT_DIM, 5).numpy()
    latents = walks.closed_walk(corners, 24)
    expected = data.to_pixels(training.generate_images(gan.ema_generator, latents))
    for number in (0, 1, 24, 71):  # equal frames would be joined; of noise none is
        picture = shown[number][0][::4, ::4, 0].astype(int)
        assert np.abs(picture - expected[number, ..., 0]).max() <= 32  # of 256 greys 16 are left
    first = images_of(whole, tmp_path, "--seed", 5, "--num-images", 3)["images"]
    np.testing.assert_allclose(expected[::24].astype(int), first.astype(int), atol=1)


def test_the_classes_take_turns_from_one_latent_to_the_next(tiny, conditional, tmp_path):
    out, made, generate = tmp_path / "walk.gif", [], training.generate_images

    def seen(generator, latents, chunk=500, *, conditions=None):
        made.append(np.asarray(conditions).tolist())
        return generate(generator, latents, chunk, conditions=conditions)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "generate_images", seen)
        assert sample(conditional, "--walk", 2, "--out", out) == 0
        assert sample(conditional, "--walk", 2, "--class", 7, "--out", out) == 0  # ours: again
    assert made == [[0] * 24 + [1] * 24, [7] * 48]


def test_a_walk_leads_through_latents_that_were_kept(tiny, whole, tmp_path):
    kept = tmp_path / "kept.npz"
    assert sample(whole, "--num-images", 3, "--seed", 5, "--out", kept) == 0
    films = [tmp_path / "one.gif", tmp_path / "two.gif"]
    assert sample(whole, "--walk", 3, "--latents", kept, "--out", films[0]) == 0
    assert sample(whole, "--walk", 3, "--seed", 5, "--out", films[1]) == 0
    assert films[0].read_bytes() == films[1].read_bytes()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--walk", 3, "--out", "a.png"], "--out must end in .gif; got 'a.png'."),
        (["--out", "a.gif"], "--out must end in .png or .npz; got 'a.gif'."),
        (["--walk", 1, "--out", "a.gif"], "--walk must be at least 2 and at most 100; got 1."),
        (["--walk", 101, "--out", "a.gif"], "--walk must be at least 2 and at most 100; got 101."),
        (["--walk", 3, "--num-images", 9, "--out", "a.gif"], "leave --num-images out"),
        (["--walk", 3, "--seed", "1-3", "--out", "a.gif"], "leave a range of seeds out"),
        (["--seed", "1-3", "--num-images", 3, "--out", "a.png"], "makes one image of each seed"),
        (["--seed", "3-1", "--out", "a.png"], "a range such as 3-10 of at most 1,000; got '3-1'."),
        (["--seed", "0-1000", "--out", "a.png"], "got '0-1000'."),
        (["--seed", "a", "--out", "a.png"], "--seed must be an integer of at least 0, or a range"),
        (["--latents", "kept.npz", "--seed", 3, "--out", "a.png"], "takes the place of --seed"),
        (["--latents", "no.npz", "--out", "a.png"], "There is no file no.npz."),
        (["--latents", "text.npz", "--out", "a.png"], "text.npz is damaged, or no .npz file"),
        (["--latents", "other.npz", "--out", "a.png"], "other.npz has no latents, float32"),
        (["--latents", "kept.npz", "--out", "a.png"], "have 5 numbers each, and the generator"),
        (
            ["--latents", "kept.npz", "--walk", 3, "--out", "a.gif"],
            "--walk 3: there are only 2 latents in kept.npz.",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(
    tiny, whole, tmp_path, monkeypatch, capsys, words, told
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.npz").write_text("no arrays")
    np.savez(tmp_path / "other.npz", images=np.zeros((2, 28, 28, 1), np.uint8))
    np.savez(tmp_path / "kept.npz", latents=np.zeros((2, 5), np.float32))
    before = sorted(tmp_path.iterdir())
    assert sample(whole, *words) == 2
    printed = capsys.readouterr().err
    assert told in printed and printed.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("labels", [[0, 10], [0, -1], [0.0, 1.0], [0]])
def test_labels_of_another_run_are_refused(tiny, conditional, tmp_path, capsys, labels):
    kept = tmp_path / "kept.npz"
    np.savez(kept, latents=np.ones((2, LATENT_DIM), np.float32), labels=np.array(labels))
    assert sample(conditional, "--latents", kept, "--out", tmp_path / "a.png") == 2
    assert ("has no latents" if len(labels) == 1 else "not those of a run of 10 classes") in (
        capsys.readouterr().err
    )


def test_a_film_of_yours_is_not_overwritten(tiny, whole, tmp_path, capsys):
    out = tmp_path / "walk.gif"
    Image.new("L", (8, 8)).save(out, comment=b"my holiday")
    before = out.read_bytes()
    assert sample(whole, "--walk", 2, "--out", out) == 2
    assert "ganedu did not make it" in capsys.readouterr().err and out.read_bytes() == before


def test_files_without_latents_are_still_ours(tiny, whole, tmp_path):
    """Made before there were any."""
    out = tmp_path / "old.npz"
    np.savez_compressed(out, images=np.zeros((3, 28, 28, 1), np.uint8))
    assert sample(whole, "--num-images", 2, "--out", out) == 0
    assert list(arrays(out)) == ["images", "latents"]


def test_the_best_of_a_run_that_kept_none_is_answered(tiny, whole, tmp_path, capsys):
    assert sample(whole, "--best", "--out", tmp_path / "a.png") == 2
    assert "There is no best checkpoint in" in capsys.readouterr().err
    assert sample("shipped", "--best", "--out", tmp_path / "a.png") == 2
    assert "--best is for runs" in capsys.readouterr().err
