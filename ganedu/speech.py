"""Where recordings of spoken digits are found, and how they become samples.

Here lives every read of the Free Spoken Digit Dataset: 3,000 recordings of six people, each a file
`{digit}_{speaker}_{number}.wav` of 8,000 samples a second. What counts is the sha256 over the
bytes of all recordings in the order of their names, not who packed them. What becomes of the
samples lives in `ganedu.data`. Used in lesson 17.
"""

import hashlib
import io
import threading
import wave
import zipfile
from pathlib import Path

import numpy as np

import ganedu
from ganedu import downloads, writing

COMMIT = "26eb9aaf76e81b692f806f9140c2d2777410d7a1"
REPOSITORY = "https://github.com/Jakobovski/free-spoken-digit-dataset"
MIRRORS = (f"{REPOSITORY}/archive/{COMMIT}.zip",)
SHA256 = "ddb17656a0bca4c5ddace082be188ca630516dc2ef1110afe3c4e9cc71173de4"
MOST_BYTES = 40_000_000  # of the archive, which has 16 million, and of what it holds
PLACES = ("fsdd", "", "free-spoken-digit-dataset")  # within a data folder
ARCHIVE = "free-spoken-digit-dataset.zip"
RATE, BYTES = 8000, 2  # samples a second, bytes of a sample


def recordings(folder=None):
    """The recordings, from a data folder, the cache, or a download that goes into the cache.

    Args:
        folder: the learner's data folder, or None.

    Returns:
        Dictionary from the name of a file to its bytes, sorted.

    Raises:
        ValueError: if what the data folder has is not the whole set.
        OSError: if the recordings can be had nowhere.

    Example:
        >>> len(recordings())  # doctest: +SKIP
        3000
    """
    for place in PLACES if folder else ():
        if found := _in_place(Path(folder) / place):
            return checked(found, Path(folder) / place)
    kept = downloads.cache_folder() / "fsdd"
    try:
        if found := _in_place(kept):
            return checked(found, kept)
    except ValueError as error:
        print(f"Not used: {error}")
    return _downloaded(kept)


def checked(found, source):
    """The recordings, if they are the whole set; else the sentence that says what is wrong.

    Args:
        found: dictionary from the name of a file to its bytes.
        source: where they were found.

    Returns:
        The same, sorted by name.

    Raises:
        ValueError: if they are not those of the set.

    Example:
        >>> checked({}, "here")  # doctest: +SKIP
    """
    sums = hashlib.sha256()
    for name in sorted(found):
        sums.update(found[name])
    if sums.hexdigest() != SHA256:
        raise ValueError(
            f"The {len(found):,} recordings in {source} are not the spoken digits of "
            f"{REPOSITORY}, which has 3,000: their sha256 is {sums.hexdigest()[:12]}…, and not "
            f"{SHA256[:12]}…. Replace them with the archive of {COMMIT[:7]}, or remove them."
        )
    return {name: found[name] for name in sorted(found)}


def samples(content, name):
    """The samples of a recording.

    Args:
        content: bytes of a WAV file, one channel, 16 bits, 8,000 samples a second.
        name: of the file, for the sentence that refuses it.

    Returns:
        float32 array [n] in [−1, 1].

    Raises:
        ValueError: if it is another kind of file, or has another rate, width or two channels.

    Example:
        >>> samples(b"no sound", "a.wav")
        Traceback (most recent call last):
        ValueError: a.wav is no WAV file, or a damaged one: ...
    """
    try:
        with wave.open(io.BytesIO(content)) as file:
            channels, width, rate, number = file.getparams()[:4]
            packed = file.readframes(number)
    except (EOFError, wave.Error) as error:
        raise ValueError(f"{name} is no WAV file, or a damaged one: {error}.") from error
    for what, value, wanted in (
        ("channels", channels, 1),
        ("bytes a sample", width, BYTES),
        ("samples a second", rate, RATE),
    ):
        if value != wanted:
            raise ValueError(
                f"{name} has {value:,} {what}; expected {wanted:,}. Convert it: "
                f"ffmpeg -i {name} -ac 1 -ar {RATE} -sample_fmt s16 new.wav"
            )
    if len(packed) != number * BYTES:
        raise ValueError(f"{name} is cut off: {len(packed) // BYTES:,} of {number:,} samples.")
    return np.frombuffer(packed, "<i2").astype(np.float32) / 32768


def _in_place(place):
    """The recordings in a folder, as files or in an archive; empty if there are none."""
    for folder in (place / "recordings", place / "free-spoken-digit-dataset" / "recordings"):
        if files := sorted(folder.glob("*.wav")):
            return {file.name: file.read_bytes() for file in files}
    archive = place / ARCHIVE
    return unpacked(archive.read_bytes(), archive) if archive.is_file() else {}


def unpacked(content, source):
    """The recordings in an archive.

    Args:
        content: bytes of a zip file.
        source: where it came from.

    Returns:
        Dictionary from the name of a file to its bytes.

    Raises:
        ValueError: if it is no zip file, or holds too much.

    Example:
        >>> unpacked(b"no archive", "here")
        Traceback (most recent call last):
        ValueError: here is no zip file, or a damaged one: File is not a zip file.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [m for m in archive.infolist() if _is_recording(m.filename)]
            if sum(member.file_size for member in members) > MOST_BYTES:
                raise ValueError(f"{source} holds too much to be the spoken digits.")
            return {Path(m.filename).name: archive.read(m) for m in members}
    except (zipfile.BadZipFile, zipfile.zlib.error, EOFError) as error:
        raise ValueError(f"{source} is no zip file, or a damaged one: {error}.") from error


def _is_recording(name):
    return Path(name).parent.name == "recordings" and name.endswith(".wav")


def _downloaded(kept):
    """The recordings from a mirror; the archive is kept."""
    if ganedu.rehearsing():
        raise OSError("The spoken digits are not on this machine; a rehearsal downloads nothing.")
    print("Downloading spoken digits (16 MB) …", flush=True)
    troubles = []
    for mirror in MIRRORS:
        try:
            packed = downloads.received(mirror, MOST_BYTES, print, threading.Event())
            found = checked(unpacked(packed, mirror), mirror)
        except (OSError, ValueError) as error:
            troubles.append(f"{mirror}: {error}")
            continue
        _keep(packed, kept)
        return found
    raise OSError(
        f"The spoken digits could not be downloaded. Check the network, or put {ARCHIVE} into a "
        "folder and set GANEDU_DATA_DIR to it. Tried:\n  " + "\n  ".join(troubles)
    )


def _keep(packed, kept):
    try:
        kept.mkdir(parents=True, exist_ok=True)
        with writing.whole(kept / ARCHIVE) as place:
            place.write_bytes(packed)
    except OSError as error:
        print(f"They are good, but could not be kept in the cache: {error}.")
