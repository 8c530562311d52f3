"""`ganedu sample`: the same images for the same seed, and no file of yours overwritten."""

import errno
import io
import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from ganedu import (
    data,
    plotting,
    runs,
)
from ganedu.__main__ import main
from ganedu.commands import folders
from tests.tiny_run import arrays


def test_samples_are_pixels_of_the_averaged_generator(tiny, whole, tmp_path, capsys):
    out = tmp_path / "new" / "digits.npz"
    words = ["sample", str(whole), "--num-images", "7", "--seed", "2", "--out"]
    assert main([*words, str(out)]) == 0
    assert capsys.readouterr().out == f"7 images: {out}\n"
    assert list(arrays(out)) == ["images"]  # read without pickle
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
