"""Spoken digits from wherever they are; they may be absent, so a made-up set stands in."""

import hashlib
import io
import wave
import zipfile

import numpy as np
import pytest

from ganedu import data, downloads, speech

NAMES = [f"{digit}_ann_{number}.wav" for digit in (0, 7) for number in (0, 11, 4, 5)]  # sorted


def wav(values, channels=1, width=2, rate=8000):
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", ""))
        file.writeframes(np.asarray(values, "<i2").tobytes())
    return buffer.getvalue()


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Eight recordings with a checksum of their own, no cache and no mirror."""
    for name in ("GANEDU_DATA_DIR", "GANEDU_SMOKE", "NBGRADER_EXECUTION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(downloads, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(speech, "MIRRORS", ())
    made = {name: wav([100 * k, -200, 300]) for k, name in enumerate(NAMES)}
    joined = b"".join(made[name] for name in sorted(made))
    monkeypatch.setattr(speech, "SHA256", hashlib.sha256(joined).hexdigest())
    return made


def archive(made, folder="free-spoken-digit-dataset-26eb9aa"):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, content in reversed(made.items()):  # the order within does not count
            packed.writestr(f"{folder}/recordings/{name}", content)
        packed.writestr(f"{folder}/README.md", "words")
    return buffer.getvalue()


def put(place, content):
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


def test_numbers_0_to_4_are_the_test_set(small, tmp_path):
    put(tmp_path / "own" / "fsdd" / speech.ARCHIVE, archive(small))
    train, test = (data.load_speech(split, tmp_path / "own") for split in ("train", "test"))
    assert (train.waves.shape, train.waves.dtype, train.rate) == ((4, 4096, 1), np.float32, 8000)
    assert test.labels.tolist() == [0, 0, 7, 7] and train.labels.dtype == np.int64
    firsts = [small_[0, 0] * 32768 for small_ in test.waves]
    assert firsts == [0, 200, 400, 600]
    assert not test.waves[:, 3:].any()  # silence behind it
    assert test.waves[0, 1, 0] == -200 / 32768


def test_what_is_longer_is_cut(small, monkeypatch):
    long = {"3_ann_7.wav": wav(np.arange(5000) % 1000)}
    monkeypatch.setattr(speech, "recordings", lambda folder: long)
    assert data.load_speech("train").waves[0, -1, 0] * 32768 == 4095 % 1000


@pytest.mark.parametrize(
    "place", ["fsdd/recordings", "recordings", "free-spoken-digit-dataset/recordings"]
)
def test_unpacked_recordings_are_read(small, tmp_path, place):
    for name, content in small.items():
        put(tmp_path / "own" / place / name, content)
    assert list(speech.recordings(tmp_path / "own")) == NAMES


def test_one_broken_file_is_told(small, tmp_path):
    small["7_ann_5.wav"] = small["7_ann_5.wav"][:-2]
    put(tmp_path / "own" / speech.ARCHIVE, archive(small))
    with pytest.raises(ValueError, match="8 recordings .* sha256"):
        data.load_speech(data_dir=tmp_path / "own")


def test_a_data_folder_with_other_sets_is_no_error(small, tmp_path):
    put(tmp_path / "own" / "mnist" / "x.gz", b"")
    put(tmp_path / "cache" / "fsdd" / speech.ARCHIVE, archive(small))
    assert list(speech.recordings(tmp_path / "own")) == NAMES


def test_a_damaged_cache_is_not_used(small, tmp_path, capsys):
    put(tmp_path / "cache" / "fsdd" / speech.ARCHIVE, b"PK")
    with pytest.raises(OSError, match="could not be downloaded"):
        speech.recordings()
    assert "Not used" in capsys.readouterr().out


def test_a_download_is_checked_and_kept(small, tmp_path, monkeypatch):
    monkeypatch.setattr(speech, "MIRRORS", ("bad", "good"))
    answers = {"bad": archive(dict(list(small.items())[1:])), "good": archive(small)}
    monkeypatch.setattr(downloads, "received", lambda address, *rest: answers[address])
    assert list(speech.recordings()) == NAMES
    monkeypatch.setattr(speech, "MIRRORS", ())
    assert list(speech.recordings()) == NAMES


def test_a_rehearsal_downloads_nothing(small, monkeypatch):
    monkeypatch.setenv("GANEDU_SMOKE", "1")
    with pytest.raises(OSError, match="rehearsal"):
        speech.recordings()


def test_an_unknown_split_is_refused():
    with pytest.raises(ValueError, match="train, test"):
        data.load_speech("valid")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (wav([1, 2], channels=2), "2 channels; expected 1"),
        (wav([1, 2, 3], width=3), "3 bytes a sample; expected 2"),
        (wav([1], rate=44_100), "44,100 samples a second; expected 8,000"),
        (b"RIFF", "damaged"),
        (wav([1, 2, 3])[:-2], "cut off: 2 of 3 samples"),
    ],
)
def test_other_files_are_refused_in_a_sentence(content, says):
    with pytest.raises(ValueError, match=says):
        speech.samples(content, "a.wav")


def test_an_archive_that_holds_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(speech, "MOST_BYTES", 10)
    with pytest.raises(ValueError, match="too much"):
        speech.unpacked(archive({"0_a_0.wav": wav([1] * 9)}), "it")
