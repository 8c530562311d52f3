"""Data sets from wherever they are: a data folder, caches, mirrors; damaged, slow or endless.

MNIST itself may be absent and no test may reach a network, so these tests put a small made-up
data set in its place, with checksums of its own, and mirrors on this machine.
"""

import contextlib
import gzip
import hashlib
import os
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from ganedu import data, downloads, writing

DATA_DIR = os.environ.get("GANEDU_DATA_DIR")  # as it was before any test changed it
DECISION_SECONDS = downloads.DECISION_SECONDS
SETS = tuple(downloads.COLLECTIONS)
EACH_SET = pytest.mark.parametrize("name", SETS)
TRAIN_IMAGES, TRAIN_LABELS = downloads.FILES["train"]
TEST_IMAGES, TEST_LABELS = downloads.FILES["test"]


def change(monkeypatch, name, **fields):
    """Give a data set other mirrors or other checksums."""
    changed = downloads.COLLECTIONS[name]._replace(**fields)
    monkeypatch.setitem(downloads.COLLECTIONS, name, changed)


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    """No data folder, empty caches, no mirrors, no rehearsal, no proxy on the way to loopback."""
    for name in ("GANEDU_DATA_DIR", "GANEDU_SMOKE", "NBGRADER_EXECUTION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(downloads, "cache_folder", lambda: tmp_path / "cache")
    for name in SETS:
        change(monkeypatch, name, mirrors=())
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    if hasattr(keras.config, "keras_home"):  # newer than the variable
        monkeypatch.setattr(keras.config, "keras_home", lambda: str(tmp_path / "keras"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def made_up(shift):
    """Three training and two test images under MNIST's names; IDX bytes by name."""
    pixels = (np.arange(5 * 28 * 28).reshape(5, 28, 28) + shift) % 251
    labels = (np.array([7, 2, 1, 0, 4]) + shift) % 10
    arrays = {"train": (pixels[:3], labels[:3]), "test": (pixels[3:], labels[3:])}
    return {
        name: idx(array)
        for split, names in downloads.FILES.items()
        for name, array in zip(names, arrays[split])
    }


@pytest.fixture
def sets(monkeypatch):
    """The files of each set; the pixels of the second are those of the first and one."""
    files = {name: made_up(shift) for shift, name in enumerate(SETS)}
    for name in SETS:
        sums = {file: hashlib.sha256(bytes_).hexdigest() for file, bytes_ in files[name].items()}
        change(monkeypatch, name, sha256=sums)
    return files


@pytest.fixture
def small_mnist(sets):
    return sets["mnist"]


def idx(array):
    """LeCun's format: 0x0803 (bytes, 3 axes) or 0x0801 (1 axis), the sizes, big-endian; bytes."""
    header = 0x0800 + array.ndim, *array.shape
    return np.array(header, ">u4").tobytes() + array.astype(np.uint8).tobytes()


def put(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.gz").write_bytes(gzip.compress(content))
    return folder


def assert_small(loaded, name="mnist", split="train"):
    rows, labels = {"train": (range(3), [7, 2, 1]), "test": (range(3, 5), [0, 4])}[split]
    pixels = (np.arange(5 * 28 * 28).reshape(5, 28, 28, 1) + SETS.index(name))[rows] % 251
    assert loaded.name == name
    np.testing.assert_array_equal(data.to_pixels(loaded.images), pixels)
    np.testing.assert_array_equal(loaded.labels, (np.array(labels) + SETS.index(name)) % 10)
    assert (loaded.images.dtype, loaded.labels.dtype) == (np.float32, np.int64)


def assert_small_mnist(loaded, split="train"):
    assert_small(loaded, "mnist", split)


# The learner's own data folder


@pytest.mark.parametrize("inside", [".", "mnist"])
@pytest.mark.parametrize("split", ["train", "test"])
def test_a_data_folder_is_read(small_mnist, tmp_path, monkeypatch, inside, split):
    put(tmp_path / "own" / inside, small_mnist)
    assert_small_mnist(data.load("mnist", split, data_dir=tmp_path / "own"), split)
    monkeypatch.setenv("GANEDU_DATA_DIR", str(tmp_path / "own"))
    assert_small_mnist(data.load("mnist", split), split)
    assert_small_mnist(data.load("auto", split), split)


LAYOUTS = {  # where a file lies, and whether it is packed
    "Kaggle, unpacked": lambda name: (name.replace("-idx", ".idx"), bytes),
    "Kaggle, each in a folder": lambda name: (f"{name}/{name}", bytes),
    "unpacked": lambda name: (name, bytes),
    "unpacked in mnist": lambda name: (f"mnist/{name}", bytes),
    "dotted and packed": lambda name: (f"{name.replace('-idx', '.idx')}.gz", gzip.compress),
    "torchvision, packed": lambda name: (f"MNIST/raw/{name}.gz", gzip.compress),
    "torchvision, unpacked": lambda name: (f"MNIST/raw/{name}", bytes),
    "packed, but named as if not": lambda name: (name, gzip.compress),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_names_that_others_give_the_files_are_read(small_mnist, tmp_path, layout):
    for name, content in small_mnist.items():
        place, packed = LAYOUTS[layout](name)
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes(packed(content))
    for split in ("train", "test"):
        assert_small_mnist(data.load("mnist", split, tmp_path), split)


@pytest.mark.parametrize("inside", [".", "mnist"])
def test_keras_one_file_in_a_data_folder_is_read(small_mnist, tmp_path, inside):
    path = save_npz(tmp_path / inside / "mnist.npz", small_mnist)
    assert_small_mnist(data.load("mnist", "test", tmp_path), "test")
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(ValueError, match="mnist.npz is damaged"):
        data.load("mnist", "test", tmp_path)


def test_a_good_file_is_found_beside_one_of_another_set(sets, tmp_path):
    """The names are the same; the bytes decide."""
    put(tmp_path, sets["fashion_mnist"])
    with pytest.raises(ValueError, match="not MNIST's train-images.* but Fashion-MNIST's"):
        data.load("mnist", data_dir=tmp_path)
    put(tmp_path / "mnist", sets["mnist"])
    for name in SETS:
        assert_small(data.load(name, data_dir=tmp_path), name)


def test_clothes_are_found_where_digits_are(sets, tmp_path, monkeypatch):
    """In a folder of a data folder, in the cache, in Keras' cache; for each split."""
    places = (
        "own/fashion-mnist",
        "own/FashionMNIST/raw",
        "cache/fashion-mnist",
        "keras/datasets/fashion-mnist",
    )
    (tmp_path / "own").mkdir()
    monkeypatch.setenv("GANEDU_DATA_DIR", str(tmp_path / "own"))
    for place in places:
        folder = put(tmp_path / place, sets["fashion_mnist"])
        for split in ("train", "test"):
            assert_small(data.load("fashion_mnist", split), "fashion_mnist", split)
        for path in folder.iterdir():
            path.unlink()


@pytest.mark.parametrize("inside", [".", "mnist"])
def test_a_data_folder_of_other_sets_is_no_error_for_clothes(sets, tmp_path, monkeypatch, inside):
    """The cache follows; without one, the mirrors."""
    monkeypatch.setenv("GANEDU_DATA_DIR", str(put(tmp_path / "own" / inside, sets["mnist"])))
    with pytest.raises(OSError, match="No mirror has a good train-images.*Fashion-MNIST's four"):
        data.load("fashion_mnist")
    put(tmp_path / "cache" / "fashion-mnist", sets["fashion_mnist"])
    assert_small(data.load("fashion_mnist"), "fashion_mnist")


def test_clothes_that_are_there_in_part_or_damaged_are_named(sets, tmp_path):
    folder = put(tmp_path / "own" / "fashion-mnist", sets["fashion_mnist"])
    put(tmp_path / "cache" / "fashion-mnist", sets["fashion_mnist"])
    (folder / f"{TRAIN_LABELS}.gz").unlink()
    with pytest.raises(FileNotFoundError, match=f"has no {TRAIN_LABELS}.gz"):
        data.load("fashion_mnist", data_dir=tmp_path / "own")
    (folder / f"{TRAIN_LABELS}.gz").write_bytes(b"damaged")
    with pytest.raises(ValueError, match=f"{TRAIN_LABELS}.gz is not Fashion-MNIST's"):
        data.load("fashion_mnist", data_dir=tmp_path / "own")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        data.load("fashion_mnist", data_dir=tmp_path / "nowhere")


def test_the_argument_goes_before_the_variable(small_mnist, tmp_path, monkeypatch):
    monkeypatch.setenv("GANEDU_DATA_DIR", str(tmp_path / "missing"))
    assert_small_mnist(data.load("mnist", data_dir=put(tmp_path / "own", small_mnist)))


@pytest.mark.parametrize("name", ["mnist", "auto"])
def test_a_data_folder_that_is_missing_is_an_error_not_a_fallback(
    small_mnist, tmp_path, monkeypatch, name
):
    put(tmp_path / "cache", small_mnist)  # even where MNIST could be had
    monkeypatch.setenv("GANEDU_DATA_DIR", str(tmp_path / "missing"))
    with pytest.raises(FileNotFoundError, match="missing.*unset GANEDU_DATA_DIR") as refusal:
        data.load(name)
    assert TRAIN_IMAGES in str(refusal.value) and TRAIN_LABELS in str(refusal.value)


def test_a_data_folder_that_lacks_one_file_names_it(small_mnist, tmp_path):
    folder = put(tmp_path / "own", small_mnist)
    (folder / f"{TRAIN_LABELS}.gz").unlink()
    with pytest.raises(FileNotFoundError, match=f"has no {TRAIN_LABELS}.gz, nor"):
        data.load("mnist", data_dir=folder)


def test_the_embedded_digits_need_no_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GANEDU_DATA_DIR", str(tmp_path / "missing"))
    assert data.load("digits", split="test").name == "digits"


DAMAGES = {
    "truncated": lambda packed: packed[: len(packed) // 2],
    "tampered": lambda packed: gzip.compress(gzip.decompress(packed)[:-1] + b"\xff"),
    "flipped": lambda packed: packed[:30] + bytes([packed[30] ^ 255]) + packed[31:],
    "longer": lambda packed: gzip.compress(gzip.decompress(packed) + b"\0"),
    "empty": lambda packed: b"",
    "foreign": lambda packed: b"<html>Sign in to the network</html>",
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["mnist", "auto"])
def test_a_damaged_file_in_a_data_folder_is_refused_and_stays(small_mnist, tmp_path, name, damage):
    path = put(tmp_path / "own", small_mnist) / f"{TRAIN_IMAGES}.gz"
    damaged = DAMAGES[damage](path.read_bytes())
    path.write_bytes(damaged)
    with pytest.raises(ValueError, match=f"{TRAIN_IMAGES}.*(truncated|sha256)"):
        data.load(name, data_dir=tmp_path / "own")
    assert path.read_bytes() == damaged


@pytest.mark.slow
@EACH_SET
def test_the_real_ones(name):
    places = downloads.COLLECTIONS[name].places
    if not DATA_DIR or not any((Path(DATA_DIR) / place).is_dir() for place in filter(None, places)):
        pytest.skip("GANEDU_DATA_DIR names no folder with the set")
    train, test = data.load(name, data_dir=DATA_DIR), data.load(name, "test", DATA_DIR)
    assert (train.images.shape, test.images.shape) == ((60000, 28, 28, 1), (10000, 28, 28, 1))
    assert (train.images.min(), train.images.max()) == (-1, 1)
    assert set(train.labels) == set(test.labels) == set(range(10))


# The caches


def test_the_cache_is_read(small_mnist, tmp_path):
    put(tmp_path / "cache", small_mnist)
    assert_small_mnist(data.load("mnist"))
    assert_small_mnist(data.load("auto", "test"), "test")


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_in_the_cache_is_removed(small_mnist, tmp_path, capsys, damage):
    path = put(tmp_path / "cache", small_mnist) / f"{TRAIN_IMAGES}.gz"
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    with pytest.raises(OSError, match="No mirror"):
        data.load("mnist")
    assert not path.exists()
    assert (tmp_path / "cache" / f"{TRAIN_LABELS}.gz").exists()
    assert f"Removed from the cache: {path}" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["unlink", "open"])
def test_a_cache_that_is_not_ours_to_change_or_to_read_ends_nothing(
    small_mnist, tmp_path, monkeypatch, capsys, name
):
    """A damaged file that cannot be removed, and a good one that cannot be read just now."""
    path = put(tmp_path / "cache", small_mnist) / f"{TRAIN_IMAGES}.gz"
    if name == "unlink":
        path.write_bytes(b"damaged")
    content = path.read_bytes()

    def refuse(*given, **named):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "unlink", refuse)
    if name == "open":
        opened = open
        monkeypatch.setattr(
            "builtins.open",
            lambda file, *rest, **named: (
                refuse() if Path(file) == path else opened(file, *rest, **named)
            ),
        )
    save_keras_cache(tmp_path, small_mnist)
    assert_small_mnist(data.load("auto"))
    monkeypatch.undo()
    assert path.read_bytes() == content
    assert ("Not used" in capsys.readouterr().out) == (name == "unlink")


def test_a_user_without_a_home_has_a_cache(monkeypatch):
    """As in a container that runs under a number: no HOME, and nobody of that number."""
    import pwd

    def nobody(number):
        raise KeyError(number)

    monkeypatch.undo()
    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    assert downloads.cache_folder().is_absolute()


def test_whereabouts_goes_the_way_of_load(small_mnist, tmp_path, monkeypatch):
    assert "not here" in data.whereabouts()
    save_keras_cache(tmp_path, small_mnist)
    assert "Keras' cache" in data.whereabouts()
    put(tmp_path / "cache", small_mnist)
    assert "the cache" in data.whereabouts()
    monkeypatch.setenv("GANEDU_DATA_DIR", str(tmp_path / "own"))
    assert f"{tmp_path / 'own'}" in data.whereabouts() and "no train-images" in data.whereabouts()
    put(tmp_path / "own", small_mnist)
    assert data.whereabouts() == "MNIST in the folder that GANEDU_DATA_DIR names."


def save_keras_cache(tmp_path, small_mnist, change=0):
    return save_npz(tmp_path / "keras" / "datasets" / "mnist.npz", small_mnist, change)


def save_npz(path, small_mnist, change=0):
    arrays = {}
    for split, (images, labels) in downloads.FILES.items():
        pixels = np.frombuffer(small_mnist[images], np.uint8, offset=16) + np.uint8(change)
        arrays[f"x_{split}"] = pixels.reshape(-1, 28, 28)
        arrays[f"y_{split}"] = np.frombuffer(small_mnist[labels], np.uint8, offset=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize("split", ["train", "test"])
def test_keras_cached_mnist_is_used_when_it_is_right(small_mnist, tmp_path, split):
    save_keras_cache(tmp_path, small_mnist)
    assert_small_mnist(data.load("mnist", split), split)


@pytest.mark.parametrize("wrong", ["values", "bytes", "names", "pickle"])
def test_keras_cached_mnist_is_left_alone_when_it_is_wrong(small_mnist, tmp_path, wrong):
    path = save_keras_cache(tmp_path, small_mnist, change=wrong == "values")
    if wrong == "bytes":
        path.write_bytes(path.read_bytes()[:100])
    if wrong == "names":
        np.savez(path, images=np.zeros((3, 28, 28), np.uint8))
    if wrong == "pickle":
        np.savez(path, x_train=np.array([None]), y_train=np.array([None]))
    before = path.read_bytes()
    with pytest.raises(OSError, match="No mirror"):
        data.load("mnist")
    assert path.read_bytes() == before


# Mirrors, on this machine


@pytest.fixture
def mirrors():
    """A server whose first folder says how the mirror behaves.

    `mirrors.files` is what it serves, `mirrors.asked` the paths that were asked for, and
    `mirrors.at("good", "silent", ...)` the addresses of mirrors.
    """
    mirrors = SimpleNamespace(files={}, asked=[], sent=0)
    closing, threads = threading.Event(), set(threading.enumerate())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            mirrors.asked.append(self.path)
            behaviour, name = self.path.strip("/").split("/")
            packed = gzip.compress(mirrors.files.get(name.removesuffix(".gz"), b""))
            content = DAMAGES.get(behaviour, bytes)(packed)
            if behaviour == "bomb":
                content = gzip.compress(bytes(50_000_000), 1)
            if behaviour == "silent" or behaviour == "labels_only" and "labels" not in name:
                closing.wait(60)  # took the call, never answers
                return
            if behaviour == "drip_head":
                self.wfile.write(b"HTTP/1.0 200 OK\r\nName: ")
                self.go_on(b"x")
                return
            self.send_response(404 if behaviour == "absent" else 200)
            if behaviour == "encoded":
                self.send_header("Content-Encoding", "gzip")
            if behaviour in ("endless", "drip"):
                self.end_headers()
                self.go_on(b"\0" if behaviour == "drip" else bytes(1_000_000))
                return
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            half = len(content) // 2 if behaviour == "cut" else None  # the connection breaks
            self.wfile.write(content[:half])

        def go_on(self, piece):
            with contextlib.suppress(OSError):  # until the other side has had enough
                while not closing.wait(0.05 if len(piece) == 1 else 0):
                    self.wfile.write(piece)
                    mirrors.sent += len(piece)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    address = f"http://127.0.0.1:{server.server_port}"
    mirrors.at = lambda *behaviours: tuple(f"{address}/{word}/" for word in behaviours)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield mirrors
    closing.set()
    server.shutdown()
    server.server_close()
    for thread in set(threading.enumerate()) - threads:  # the askers that nobody waited for
        thread.join(10)


@pytest.fixture
def served(mirrors, small_mnist, monkeypatch):
    """Serve the small MNIST from mirrors of these behaviours."""
    mirrors.files = mirrors.files or small_mnist
    monkeypatch.setattr(downloads, "TIMEOUT", 0.5)
    monkeypatch.setattr(downloads, "GRACE_SECONDS", 0.5)
    monkeypatch.setattr(downloads, "START_SECONDS", 2.0)
    monkeypatch.setattr(downloads, "LEAST_SPEED", 200)

    def serve(*behaviours, of="mnist"):
        change(monkeypatch, of, mirrors=mirrors.at(*behaviours))
        return mirrors

    return serve


def cached(tmp_path):
    return sorted(path.name for path in (tmp_path / "cache").glob("*"))


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_download_is_checked_and_kept(served, tmp_path, split):
    mirror = served("good")
    assert_small_mnist(data.load("mnist", split), split)
    assert cached(tmp_path) == sorted(f"{name}.gz" for name in downloads.FILES[split])
    assert mirror.asked == [f"/good/{name}.gz" for name in downloads.FILES[split]]
    assert_small_mnist(data.load("mnist", split), split)
    assert len(mirror.asked) == 2  # the second time it came from the cache


@pytest.mark.parametrize(
    "bad", [*DAMAGES, "cut", "absent", "silent", "drip", "drip_head", "endless", "bomb"]
)
def test_after_a_bad_mirror_the_next_is_tried(served, tmp_path, bad):
    """The damaged file is not kept: what is in the cache is good, and nothing is left over."""
    mirror = served(bad, "good")
    start = time.monotonic()
    assert_small_mnist(data.load("mnist"))
    assert time.monotonic() - start < 20  # a silent one is given up after TIMEOUT, not after 60 s
    assert mirror.sent < 60_000_000  # an endless one is given up beyond the size of the file
    assert mirror.asked[:2] == [f"/{word}/{TRAIN_IMAGES}.gz" for word in (bad, "good")]
    assert cached(tmp_path) == sorted(f"{name}.gz" for name in downloads.FILES["train"])
    served()  # now without mirrors
    assert_small_mnist(data.load("mnist"))


def test_without_a_good_mirror_the_error_names_both(served, tmp_path):
    served("tampered", "absent")
    with pytest.raises(OSError) as refusal:
        data.load("mnist")
    message = str(refusal.value)
    for reason in ("/tampered/", "sha256", "/absent/", "404", "GANEDU_DATA_DIR"):
        assert reason in message
    assert cached(tmp_path) == []


def test_a_mirror_that_refuses_the_connection_is_named(served, mirrors, monkeypatch):
    closed = "http://127.0.0.1:9/"  # the discard port: nobody listens
    served("good")
    change(monkeypatch, "mnist", mirrors=(closed, *mirrors.at("absent")))
    with pytest.raises(OSError, match=closed):
        data.load("mnist")
    change(monkeypatch, "mnist", mirrors=(closed, *mirrors.at("good")))
    assert_small_mnist(data.load("mnist"))


@pytest.mark.parametrize("bad", ["absent", "silent", "drip", "endless", "labels_only"])
def test_auto_takes_mnist_where_a_mirror_has_it(served, bad):
    """It asks the mirror first that has answered, and has MNIST long before a slow one would."""
    mirror, start = served(bad, "good"), time.monotonic()
    assert_small_mnist(data.load("auto"))
    assert time.monotonic() - start < 20  # a silent one would take 60
    if bad != "labels_only":
        assert [path for path in mirror.asked if "train" in path and f"/{bad}/" in path] == []


def test_clothes_are_downloaded_and_kept_apart_from_digits(served, sets, tmp_path, mirrors):
    mirrors.files = sets["fashion_mnist"]
    served("good", of="fashion_mnist")
    assert_small(data.load("fashion_mnist"), "fashion_mnist")
    assert cached(tmp_path) == ["fashion-mnist"]
    served(of="fashion_mnist")
    assert_small(data.load("fashion_mnist"), "fashion_mnist")


def test_a_server_that_calls_the_packing_an_encoding_is_understood(served):
    served("encoded")
    assert_small_mnist(data.load("mnist"))


def test_what_was_left_of_old_downloads_is_removed_and_what_is_under_way_stays(served, tmp_path):
    old, new = (tmp_path / "cache" / f"new-{n:08x}.partial.gz" for n in range(2))
    put(tmp_path / "cache", {})
    for path in (old, new):
        path.write_bytes(b"half a file")
    os.utime(old, (time.time() - 7200,) * 2)
    served("good")
    data.load("mnist")
    assert writing.leftovers(tmp_path / "cache") == [new]


def test_a_download_that_cannot_be_kept_is_used(served, tmp_path, capsys):
    (tmp_path / "cache").write_text("a file where the folder should be")
    served("good")
    assert_small_mnist(data.load("mnist"))
    assert "could not be kept in the cache" in capsys.readouterr().out


def test_a_long_download_says_how_far_it_is(served, monkeypatch, capsys):
    monkeypatch.setattr(downloads, "TELL_SECONDS", 0.0)
    served("good")
    data.load("mnist")
    assert "  0.0 MB …\n" in capsys.readouterr().out


def only_line(capsys):
    (line,) = capsys.readouterr().out.splitlines()
    return line


def test_auto_waits_for_no_silent_mirror(served, monkeypatch, capsys):
    """Mirrors that take the call and never answer: "auto" decides when its seconds are over."""
    assert DECISION_SECONDS <= 9  # of the ten that were promised, one is for the rest
    served("silent", "silent")
    monkeypatch.setattr(downloads, "TIMEOUT", 60.0)
    monkeypatch.setattr(downloads, "DECISION_SECONDS", 0.3)
    start = time.monotonic()
    assert data.load("auto", "test").name == "digits"
    assert 0.3 <= time.monotonic() - start < 9
    assert "no mirror answers: using the 1,797 embedded digits" in only_line(capsys)


def test_auto_decides_at_once_when_every_mirror_has_refused(served, capsys):
    served("absent", "tampered")
    start = time.monotonic()
    assert data.load("auto", "test").name == "digits"
    assert time.monotonic() - start < 0.75 * DECISION_SECONDS
    assert "no mirror answers" in only_line(capsys)


def test_auto_takes_the_digits_when_the_download_fails_half_way(served, capsys):
    served("labels_only")
    assert data.load("auto", "test").name == "digits"
    assert capsys.readouterr().out.splitlines() == [
        "Downloading MNIST (2 MB) …",
        "MNIST could not be downloaded: using the 1,797 embedded digits.",
    ]


@pytest.mark.parametrize("variable", ["GANEDU_SMOKE", "NBGRADER_EXECUTION"])
def test_in_a_rehearsal_auto_asks_no_mirror(served, monkeypatch, capsys, variable):
    monkeypatch.setenv(variable, "1")
    mirror = served("good")
    assert data.load("auto", "test").name == "digits"
    assert mirror.asked == []
    assert "rehearsal" in only_line(capsys)


@pytest.mark.parametrize("answer", ["there", "broken", "silent"])
def test_whether_a_server_answers_is_known_in_seconds(monkeypatch, answer):
    asked = []

    def urlopen(request, timeout, context):
        asked.append((request.get_method(), request.full_url, timeout))
        if answer == "broken":
            raise OSError("no route to host")
        if answer == "silent":
            time.sleep(1)
        return contextlib.nullcontext()

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    monkeypatch.setattr(downloads, "DECISION_SECONDS", 0.3 if answer == "silent" else 20)
    assert downloads.answers("https://example.org/file") is (answer == "there")
    assert asked == [("HEAD", "https://example.org/file", downloads.TIMEOUT)]
