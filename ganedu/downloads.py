"""Where the files of a data set are found, and how they come: data folder, caches, mirrors.

Here lives every read of a data set's files. What counts is the sha256 of the decoded bytes, not
the name of a file nor who packed it. Files in a learner's own folder are only read; what is
removed when it is damaged is the project's own cache. What images and labels become of the
bytes lives in `ganedu.data`.
"""

import contextlib
import functools
import gzip
import hashlib
import http.client
import io
import os
import queue
import tempfile
import threading
import time
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ganedu import writing

TIMEOUT = 6.0  # seconds to connect, and between two pieces of an answer
DECISION_SECONDS = 8.0  # "auto" has found a mirror by then, or takes the embedded digits
START_SECONDS = 10.0  # to look up a name, to connect and to begin with the answer
GRACE_SECONDS, LEAST_SPEED = 10.0, 30_000  # then a mirror is given up below so many bytes a second
TELL_SECONDS = 5.0  # from one line of progress to the next
ABANDONED_SECONDS = 3600.0  # a piece of a download that nobody has touched for so long

# Per split: (images file, labels file), and the most bytes that each can decode to.
FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
MOST_BYTES = dict(zip(sum(FILES.values(), ()), (47_040_016, 60_008, 7_840_016, 10_008)))
DAMAGE = (EOFError, gzip.BadGzipFile, zlib.error)


class Collection(NamedTuple):
    """A data set of four IDX files.

    Attributes:
        title: its name for people.
        places: folders, within a data folder, where its files may lie.
        npz: name of the one file in which Keras keeps it, or None.
        cache: folder within the cache.
        mirrors: addresses that end before the name of a file.
        megabytes: of a download of each split.
        expected: whether a data folder that lacks it is an error.
        sha256: of each decoded file, header included.
    """

    title: str
    places: tuple
    npz: str | None
    cache: str
    mirrors: tuple
    megabytes: dict
    expected: bool
    sha256: dict


COLLECTIONS = {
    "mnist": Collection(
        title="MNIST",
        places=("", "mnist", "MNIST/raw", "raw", "MNIST"),
        npz="mnist.npz",
        cache="",
        mirrors=(
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
        ),
        megabytes={"train": 10, "test": 2},
        expected=True,
        sha256={
            "train-images-idx3-ubyte": (
                "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
            ),
            "train-labels-idx1-ubyte": (
                "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
            ),
            "t10k-images-idx3-ubyte": (
                "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
            ),
            "t10k-labels-idx1-ubyte": (
                "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
            ),
        },
    ),
    "fashion_mnist": Collection(
        title="Fashion-MNIST",
        places=("fashion-mnist", "", "FashionMNIST/raw", "FashionMNIST", "raw"),
        npz=None,
        cache="fashion-mnist",
        mirrors=(
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        ),
        megabytes={"train": 26, "test": 4},
        expected=False,
        sha256={
            "train-images-idx3-ubyte": (
                "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"
            ),
            "train-labels-idx1-ubyte": (
                "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"
            ),
            "t10k-images-idx3-ubyte": (
                "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"
            ),
            "t10k-labels-idx1-ubyte": (
                "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"
            ),
        },
    ),
}


def find(name, split, folder=None):
    """The files of a split, from wherever they are on this machine.

    They are looked for in the data folder, in the cache and in Keras' cache. A data folder that
    lacks MNIST is an error; one that holds other sets only is none for the others.

    Args:
        name: key of `COLLECTIONS`.
        split: "train" or "test".
        folder: the learner's data folder, or None.

    Returns:
        (where, images, labels): a few words, and the bytes of two IDX files; or None.

    Raises:
        ValueError: if a file in the data folder is not what its name says.
        FileNotFoundError: if there is no such data folder, or it lacks what it should have.

    Example:
        >>> find("mnist", "test")  # doctest: +SKIP
        ('the cache', b'...', b'...')
    """
    for where, look in (
        ("the data folder", lambda: folder and in_folder(name, split, Path(folder))),
        ("the cache", lambda: in_cache(name, split)),
        ("Keras' cache", lambda: in_keras_cache(name, split)),
    ):
        if contents := look():
            return where, *contents
    return None


def in_folder(name, split, folder):
    """The files of a split from a data folder, under any of the names that others give them.

    Args:
        name: key of `COLLECTIONS`.
        split: "train" or "test".
        folder: `pathlib.Path`.

    Returns:
        [images, labels], the bytes of two IDX files; None if the folder holds other sets only.

    Raises:
        ValueError: if a file is not what its name says.
        FileNotFoundError: if there is no such folder, or it lacks what it should have.

    Example:
        >>> in_folder("mnist", "test", Path("data"))  # doctest: +SKIP
    """
    collection = COLLECTIONS[name]
    found, troubles = _search(collection, split, folder)
    if None not in found:
        return found
    if troubles:
        raise ValueError(f"{troubles[0]} Replace it with the original file, or remove it.")
    if collection.expected or found != [None, None] or not folder.is_dir():
        lacking = [f"{file}.gz" for file, c in zip(FILES[split], found, strict=True) if c is None]
        place = next(filter(None, collection.places))
        raise FileNotFoundError(
            f"The data folder {folder} (from data_dir or GANEDU_DATA_DIR) has no "
            f"{' and no '.join(lacking)}, nor has its folder {place}/. "
            f"Put {collection.title}'s four .gz files there, or unset GANEDU_DATA_DIR."
        )
    return None


def in_cache(name, split):
    """The files of a split from the project's own cache; a damaged one is removed.

    Args:
        name: key of `COLLECTIONS`.
        split: "train" or "test".

    Returns:
        [images, labels], the bytes of two IDX files; or None.

    Example:
        >>> in_cache("mnist", "test")  # doctest: +SKIP
    """
    collection, contents = COLLECTIONS[name], []
    for file in FILES[split]:
        path = cache_folder() / collection.cache / f"{file}.gz"
        content = None
        try:
            content = _accepted(collection, file, _read(path, file), path)
        except ValueError as error:
            told = "Removed from the cache"
            try:
                path.unlink(missing_ok=True)
            except OSError:  # a cache that is only to be read
                told = "Not used"
            print(f"{told}: {error}")
        except OSError:
            pass  # missing, or not to be read just now; that is no reason to remove it
        contents.append(content)
    return contents if all(contents) else None


def in_keras_cache(name, split):
    """The files of a split from what Keras has downloaded.

    Args:
        name: key of `COLLECTIONS`.
        split: "train" or "test".

    Returns:
        [images, labels], the bytes of two IDX files; or None.

    Example:
        >>> in_keras_cache("mnist", "test")  # doctest: +SKIP
    """
    import keras

    home = os.environ.get("KERAS_HOME", os.path.expanduser("~/.keras"))
    if hasattr(keras.config, "keras_home"):
        home = keras.config.keras_home()
    try:
        found, _ = _search(COLLECTIONS[name], split, Path(home) / "datasets")
    except OSError:
        return None  # whatever is wrong with a file that is not ours, it is just not used
    return None if None in found else found


def cache_folder():
    """Where downloaded files are kept: the system's folder for caches.

    Returns:
        `pathlib.Path`; it need not exist. A user without a home has it in the folder for
        temporary files.

    Example:
        >>> "ganedu" in cache_folder().name
        True
    """
    import pooch  # here, because it costs a third of a second and few calls need it

    try:
        return Path(pooch.os_cache("ganedu"))
    except RuntimeError:  # no home, as in a container of an unknown user
        return Path(tempfile.gettempdir()) / "ganedu-cache"


def answering(name):
    """The mirror that first hands over the smallest file, within DECISION_SECONDS.

    The look-up of a name can hang far longer than any time-out of ours, so it happens in
    threads that nobody waits for.

    Args:
        name: key of `COLLECTIONS`.

    Returns:
        Its address; None if no mirror answers.

    Example:
        >>> answering("mnist")  # doctest: +SKIP
        'https://storage.googleapis.com/cvdf-datasets/mnist/'
    """
    collection = COLLECTIONS[name]
    decided, answered, silent = threading.Event(), [], []

    def ask(mirror):
        try:
            _fetch(collection, mirror, FILES["test"][1], lambda line: None, threading.Event())
            answered.append(mirror)
        except Exception:
            silent.append(mirror)  # no answer is the answer
        if answered or len(silent) == len(collection.mirrors):
            decided.set()

    for mirror in collection.mirrors:
        threading.Thread(target=ask, args=(mirror,), daemon=True).start()
    decided.wait(DECISION_SECONDS)
    return answered[0] if answered else None


def answers(address):
    """Whether a server has a file for us, found out within DECISION_SECONDS.

    Args:
        address: of the file; it is asked for, and not fetched.

    Returns:
        bool.

    Example:
        >>> answers("https://keras.io")  # doctest: +SKIP
        True
    """
    import urllib.request

    decided, answered = threading.Event(), []

    def ask():
        told = {"User-Agent": "ganedu"}
        request = urllib.request.Request(address, headers=told, method="HEAD")
        with contextlib.suppress(Exception):  # no answer is the answer
            with urllib.request.urlopen(request, timeout=TIMEOUT, context=_certificates()):
                answered.append(address)
        decided.set()

    threading.Thread(target=ask, daemon=True).start()
    decided.wait(DECISION_SECONDS)
    return bool(answered)


def download(name, split, first=None):
    """The files of a split from a mirror that has the right ones; they are kept in the cache.

    Args:
        name: key of `COLLECTIONS`.
        split: "train" or "test".
        first: address of the mirror to ask first; None for the order of the list.

    Returns:
        [images, labels], the bytes of two IDX files.

    Raises:
        OSError: if no mirror has a good file.

    Example:
        >>> download("mnist", "test")  # doctest: +SKIP
        Downloading MNIST (2 MB) …
    """
    collection = COLLECTIONS[name]
    print(f"Downloading {collection.title} ({collection.megabytes[split]} MB) …", flush=True)
    mirrors = sorted(collection.mirrors, key=lambda mirror: mirror != first)
    return [_from_any(collection, mirrors, file) for file in FILES[split]]


def _search(collection, split, folder):
    """For each file its bytes or None, and the errors of those that were no good."""
    found, troubles = [], []
    for file in FILES[split]:
        paths = [way for place in collection.places for way in _ways(folder / place, file)]
        found.append(_first_good(collection, file, paths, troubles))
    for place in collection.places if collection.npz and None in found else ():
        path = folder / place / collection.npz
        if path.is_file():
            try:
                found = _unpacked(collection, split, path)
            except ValueError as error:
                troubles.append(error)
    return found, troubles


def _ways(place, file):
    """The names under which an IDX file lies about: packed or not, with a dot, in a folder."""
    for name in (file, file.replace("-idx", ".idx")):
        yield from (place / f"{name}.gz", place / name, place / name / name)


def _first_good(collection, file, paths, troubles):
    for path in paths:
        if path.is_file():
            try:
                return _accepted(collection, file, _read(path, file), path)
            except _AnotherSet as error:
                if collection.expected:
                    troubles.append(error)
            except ValueError as error:
                troubles.append(error)
    return None


def _unpacked(collection, split, path):
    """The two IDX files of a split, rebuilt from the arrays of Keras' .npz."""
    try:
        # opened here, because np.load leaves a damaged file open
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            images, labels = np.uint8(arrays[f"x_{split}"]), np.uint8(arrays[f"y_{split}"])
            headers = (2051, len(images), 28, 28), (2049, len(labels))
    except Exception as error:  # a damaged archive can fail in any way
        raise ValueError(f"{path} is damaged ({error}).") from error
    return [
        _accepted(collection, file, np.array(header, ">u4").tobytes() + array.tobytes(), path)
        for header, array, file in zip(headers, (images, labels), FILES[split], strict=True)
    ]


class _AnotherSet(ValueError):
    """A good file, but of another data set."""


def _read(path, file):
    """The bytes of a file, decoded; no more of them than it can have."""
    most = MOST_BYTES[file]
    with open(path, "rb") as stream:
        return _decoded(stream.read(most + 65_536), most, path)


def _decoded(content, most, source):
    """The bytes of an IDX file, packed any number of times, or a ValueError."""
    try:
        while content[:2] == b"\x1f\x8b":  # an IDX file begins with two zeros
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
                content = packed.read(most + 1)
    except DAMAGE as error:
        raise ValueError(f"{source} is truncated or not a gzip file ({error}).") from error
    return content


def _accepted(collection, file, content, source):
    """The bytes, if they are those of the original; else a ValueError that says what is wrong."""
    digest = hashlib.sha256(content).hexdigest()
    if digest == collection.sha256[file]:
        return content
    for other in COLLECTIONS.values():
        if digest in other.sha256.values():
            what = "its other file" if other == collection else f"{other.title}'s"
            raise _AnotherSet(f"{source} is not {collection.title}'s {file} but {what}.")
    raise ValueError(
        f"{source} is not {collection.title}'s {file}: its {len(content):,} decoded bytes have the "
        f"sha256 {digest[:12]}…, the original has {collection.sha256[file][:12]}…."
    )


def _from_any(collection, mirrors, file):
    troubles = []
    for mirror in mirrors:
        try:
            return _in_time(collection, mirror, file)
        except (OSError, ValueError) as error:
            troubles.append(f"{mirror}: {error}")
    raise OSError(
        f"No mirror has a good {file}.gz. Check the network, or put {collection.title}'s four .gz "
        "files into a folder and set GANEDU_DATA_DIR to it. Tried:\n  " + "\n  ".join(troubles)
    )


def _in_time(collection, mirror, file):
    """Download a file in a thread that nobody waits for longer than a usable mirror takes."""
    begun, outcome = threading.Event(), queue.SimpleQueue()

    def work():
        try:
            tell = functools.partial(print, flush=True)
            outcome.put((_fetch(collection, mirror, file, tell, begun), None))
        except Exception as error:
            outcome.put((None, error))
        begun.set()

    threading.Thread(target=work, daemon=True).start()
    if not begun.wait(START_SECONDS):
        raise OSError(f"no answer in {START_SECONDS:.0f} s")
    try:
        content, error = outcome.get(timeout=GRACE_SECONDS + MOST_BYTES[file] / LEAST_SPEED)
    except queue.Empty:
        raise OSError("too slow") from None
    if error is not None:
        raise error
    return content


def _fetch(collection, mirror, file, tell, begun):
    """Download a file, check it, and only then let it into the cache."""
    most = MOST_BYTES[file]
    packed = received(f"{mirror}{file}.gz", most + 65_536, tell, begun)
    content = _accepted(collection, file, _decoded(packed, most, "the answer"), "the answer")
    folder = cache_folder() / collection.cache
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writing.sweep(folder, ABANDONED_SECONDS)
        with writing.whole(folder / f"{file}.gz") as place:
            place.write_bytes(packed)
    except OSError as error:
        tell(f"It is good, but could not be kept in the cache: {error}.")
    return content


def received(address, most, tell, begun):
    """The bytes of an answer: no more than `most`, and not at a snail's pace.

    Args:
        address: of the file.
        most: bytes that it can have.
        tell: function that is told, now and then, how many megabytes have come.
        begun: `threading.Event` that is set when the answer begins.

    Returns:
        bytes.

    Raises:
        OSError: if there is no whole answer, or it comes too slowly, or is too long.

    Example:
        >>> received("https://keras.io", 10**6, print, threading.Event())  # doctest: +SKIP
        b'...'
    """
    import urllib.error
    import urllib.request

    request = urllib.request.Request(address, headers={"User-Agent": "ganedu"})
    pieces, size = [], 0
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT, context=_certificates()) as answer:
            begun.set()
            began = told = time.monotonic()
            while piece := answer.read1(65_536):
                pieces.append(piece)
                size, now = size + len(piece), time.monotonic()
                if size > most:
                    raise OSError(f"more than {most:,} bytes came, which cannot be the file")
                if now - began > GRACE_SECONDS and size < LEAST_SPEED * (now - began):
                    raise OSError(f"too slow: {size:,} bytes in {now - began:.0f} s")
                if now - told >= TELL_SECONDS:
                    tell(f"  {size / 1e6:.1f} MB …")
                    told = now
    except urllib.error.HTTPError as error:
        with error:  # it holds the connection
            raise OSError(str(error)) from None
    except http.client.HTTPException as error:
        raise OSError(f"a broken answer ({type(error).__name__}: {error})") from error
    return b"".join(pieces)


def _certificates():
    """The system's, and those that come with pip's own libraries: some Pythons have none."""
    import ssl

    context = ssl.create_default_context()
    with contextlib.suppress(ImportError, OSError):
        import certifi

        context.load_verify_locations(certifi.where())
    return context
