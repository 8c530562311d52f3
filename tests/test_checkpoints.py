"""Checkpoints: to the bit, whole or not at all, and nothing else is let in."""

import errno
import io
import json
import os
import pickle
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

from ganedu import checkpoints, data, layers
from tests.tiny_gan import everything, same_bits, tiny_gan, train

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def trained():
    """A GAN after three steps; tests may save it, not change it."""
    return train(tiny_gan(run_eagerly=True), 3)


@pytest.fixture(scope="module")
def good(trained, tmp_path_factory):
    """The bytes of its checkpoint."""
    path = tmp_path_factory.mktemp("good") / "checkpoint.npz"
    checkpoints.save(path, trained)
    return path.read_bytes()


def npz(**arrays):
    """The bytes of an .npz file."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def contents(content):
    """The arrays of a checkpoint, by name."""
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def weights(gan):
    """What a resumed run has in common with one that never stopped: all but the log's means."""
    owners = gan, gan.generator_optimizer, gan.discriminator_optimizer
    return [variable.numpy().copy() for owner in owners for variable in owner.variables]


def go_on(path, steps, out):
    """In a new process: load a checkpoint into a new GAN, train on, store all weights."""
    gan = tiny_gan()
    checkpoints.load(path, gan)
    np.savez(out, *weights(train(gan, steps)))


@pytest.mark.parametrize("eager", [True, False])
def test_a_resumed_gan_equals_one_that_never_stopped(tmp_path, eager):
    stopped = train(tiny_gan(run_eagerly=eager), 3)
    checkpoints.save(tmp_path / "three.npz", stopped)
    resumed = tiny_gan(run_eagerly=eager)
    assert checkpoints.load(tmp_path / "three.npz", resumed) == 3
    train(resumed, 4)
    never_stopped = train(tiny_gan(run_eagerly=eager), 7)
    assert int(resumed.step) == 7
    assert same_bits(weights(resumed), weights(never_stopped))
    assert not same_bits(weights(resumed), weights(stopped))


def of_a_part(first=0):
    """One layer of each network is trained."""
    gan = tiny_gan()
    some = {
        f"{player}_variables": layers.variables_of(getattr(gan, player), first, first + 1)
        for player in ("generator", "discriminator")
    }
    gan.compile(keras.optimizers.Adam(0.01), keras.optimizers.Adam(0.01), **some)
    return gan


def test_a_resumed_part_equals_one_that_never_stopped(tmp_path):
    stopped = train(of_a_part(), 2)
    checkpoints.save(tmp_path / "two.npz", stopped)
    resumed = of_a_part()
    assert checkpoints.load(tmp_path / "two.npz", resumed) == 2
    assert same_bits(weights(train(resumed, 2)), weights(train(of_a_part(), 4)))


@pytest.mark.parametrize("other", [tiny_gan, lambda: of_a_part(1)], ids=["all", "another part"])
def test_a_checkpoint_knows_which_variables_were_trained(tmp_path, other):
    checkpoints.save(tmp_path / "part.npz", of_a_part())
    with pytest.raises(ValueError, match="was saved when other variables were trained"):
        checkpoints.load(tmp_path / "part.npz", other())


@pytest.mark.slow
def test_a_new_process_goes_on_to_the_bit(tmp_path):
    checkpoints.save(tmp_path / "five.npz", train(tiny_gan(), 5))
    code = (
        "import sys; from tests.test_checkpoints import go_on; go_on(sys.argv[1], 6, sys.argv[2])"
    )
    words = [sys.executable, "-c", code, tmp_path / "five.npz", tmp_path / "eleven.npz"]
    subprocess.run(words, cwd=ROOT, check=True, timeout=300)
    with np.load(tmp_path / "eleven.npz") as file:
        resumed = [file[f"arr_{i}"] for i in range(len(file.files))]
    assert same_bits(resumed, weights(train(tiny_gan(), 11)))


def test_loading_restores_every_variable(trained, good, tmp_path):
    """Weights, statistics, dropout's seeds, optimizer slots, steps, the means of the log."""
    (tmp_path / "checkpoint.npz").write_bytes(good)
    other = train(tiny_gan(seed=1, run_eagerly=True), 1)
    assert checkpoints.load(tmp_path / "checkpoint.npz", other) == 3
    assert same_bits(everything(other), everything(trained))
    assert int(other.step) == 3
    assert [float(tracker.result()) for tracker in other.trackers] == [
        float(tracker.result()) for tracker in trained.trackers
    ]
    slots = [v for v in other.generator_optimizer.variables if "momentum" in v.path]
    assert slots and all(np.abs(slot).max() > 0 for slot in slots)


def test_a_checkpoint_says_what_it_is(good):
    about = json.loads(str(contents(good)["about"]))
    assert (about["format"], about["step"], about["seed"]) == ("ganedu checkpoint 1", 3, 0)
    assert {"ganedu", "keras", "tensorflow"} <= about.keys()


def test_nothing_in_it_is_pickled(good):
    arrays = contents(good)  # np.load refuses pickles
    assert len(arrays) == 1 + len(everything(tiny_gan()))
    assert all(array.dtype != object for array in arrays.values())


def disk_full_after(number):
    """A stand-in for np.savez that writes so many bytes and then finds the disk full."""

    def savez(file, **arrays):
        file.write(bytes(number))
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return savez


@pytest.mark.parametrize("number", [0, 1000])
def test_a_full_disk_leaves_the_old_file(trained, tmp_path, monkeypatch, number):
    path = tmp_path / "checkpoint.npz"
    path.write_bytes(b"the old one")
    monkeypatch.setattr(np, "savez", disk_full_after(number))
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        checkpoints.save(path, trained)
    assert path.read_bytes() == b"the old one"
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint.npz"]


def test_the_old_file_stays_until_the_new_one_is_whole(trained, good, tmp_path, monkeypatch):
    """At the moment of the rename the one is untouched and the other complete."""
    path, replace, seen = tmp_path / "checkpoint.npz", os.replace, []

    def look(source, target):
        seen.append((path.read_bytes(), Path(source).read_bytes()))
        replace(source, target)

    path.write_bytes(b"the old one")
    monkeypatch.setattr(os, "replace", look)
    checkpoints.save(path, trained)
    assert seen == [(b"the old one", path.read_bytes())]
    assert path.read_bytes() == good


def test_a_folder_that_is_missing_is_an_error(trained, tmp_path):
    with pytest.raises(OSError, match="nowhere"):
        checkpoints.save(tmp_path / "nowhere" / "checkpoint.npz", trained)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_numbers_are_not_saved(good, tmp_path, value):
    path = tmp_path / "checkpoint.npz"
    path.write_bytes(good)
    gan = tiny_gan()
    gan.discriminator.trainable_variables[-1].assign([value])
    with pytest.raises(ValueError, match="1 of .* NaN or an infinity .step 0"):
        checkpoints.save(path, gan)
    assert path.read_bytes() == good
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint.npz"]


@pytest.mark.parametrize("kind", ["save", "load"])
def test_a_gan_without_optimizers_is_refused(good, tmp_path, kind):
    whole = tiny_gan()
    gan = type(whole)(whole.generator, whole.discriminator, whole.latent_dim, seed=0)
    (tmp_path / "checkpoint.npz").write_bytes(good)
    with pytest.raises(ValueError, match="Compile the GAN first"):
        getattr(checkpoints, kind)(tmp_path / "checkpoint.npz", gan)


def refused(path, gan, error=ValueError):
    """Load what must not be loaded; return the message, once the GAN proved to be unchanged."""
    before = everything(gan)
    with pytest.raises(error) as caught:
        checkpoints.load(path, gan)
    assert same_bits(everything(gan), before)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_a_missing_file_has_an_error_of_its_own(tmp_path):
    gan = tiny_gan()
    assert "There is no checkpoint" in refused(tmp_path / "none.npz", gan, FileNotFoundError)
    refused(tmp_path, gan, FileNotFoundError)  # a folder


def test_truncated_files_are_refused(good, tmp_path):
    path, gan = tmp_path / "checkpoint.npz", tiny_gan()
    for length in (0, 1, 4, 100, len(good) // 2, len(good) - 100, len(good) - 1):
        path.write_bytes(good[:length])
        assert "empty, truncated or not a checkpoint" in refused(path, gan)


class Bomb:
    """An object whose pickle does something when it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_files_of_another_kind_are_refused(good, tmp_path):
    later = '{"format": "ganedu checkpoint 2", "step": 1}'
    array, about = io.BytesIO(), json.dumps({"format": "ganedu checkpoint 1"})
    np.save(array, np.zeros(3))
    pickled = npz(about=np.array([Bomb(tmp_path / "exploded")], dtype=object))
    foreign = {
        "random bytes": np.random.default_rng(0).bytes(5000),
        "a zip's first letters": b"PK\x03\x04" + bytes(500),
        "text": b"step,loss\n1,0.5\n",
        "one array": array.getvalue(),
        "a pickle": pickle.dumps(Bomb(tmp_path / "exploded")),
        "a pickled entry": pickled,
        "arrays of somebody else": npz(weights=np.zeros(3)),
        "an about of somebody else": npz(about=np.array("a letter")),
        "an about that is a list": npz(about=np.array("[1, 2]")),
        "an about without a step": npz(about=np.array(about)),
        "a later format": npz(**{**contents(good), "about": np.array(later)}),
    }
    gan = tiny_gan()
    for name, content in foreign.items():
        path = tmp_path / f"{name}.npz"
        path.write_bytes(content)
        refused(path, gan)
    assert not (tmp_path / "exploded").exists()


def test_a_damaged_byte_never_passes_as_a_value(trained, good, tmp_path):
    """Anywhere in the file: it is refused, or it was a byte that means nothing."""
    path, gan = tmp_path / "checkpoint.npz", tiny_gan()
    generator, before, loaded = np.random.default_rng(1), everything(gan), 0
    # more often near the end, where the directory of the archive stands
    places = [*generator.integers(len(good), size=60), *range(len(good) - 200, len(good), 2)]
    for place in places:
        content = bytearray(good)
        content[place] ^= 1 << generator.integers(8)
        path.write_bytes(content)
        try:
            checkpoints.load(path, gan)
        except ValueError as error:
            assert str(path) in str(error)
            assert same_bits(everything(gan), before), place
        else:
            assert same_bits(everything(gan), everything(trained)), place
            before, loaded = everything(gan), loaded + 1
    assert loaded < len(places) / 2


@pytest.mark.parametrize(
    ("other", "word"),
    [
        ({"width": 7}, r"\(4, 6\) in the file, float32 \(4, 7\) here"),
        ({"optimizer": keras.optimizers.SGD}, "generator_SGD"),
        ({"optimizer": keras.optimizers.Adamax}, "generator_Adamax"),  # slots of equal shapes
        ({"ema_half_life": None}, "networks"),
    ],
)
def test_the_checkpoint_of_another_gan_is_refused(good, tmp_path, other, word):
    path = tmp_path / "checkpoint.npz"
    path.write_bytes(good)
    message = refused(path, tiny_gan(**other))
    assert "another GAN" in message
    with pytest.raises(ValueError, match=word):
        checkpoints.load(path, tiny_gan(**other))


def test_arrays_of_another_type_are_refused(good, tmp_path):
    """float64 would be cut to float32, text would fail half-way."""
    path, gan = tmp_path / "checkpoint.npz", tiny_gan()
    for kind in (np.float64, str):
        arrays = contents(good)
        name = [name for name in arrays if name.startswith("networks")][-1]
        arrays[name] = arrays[name].astype(kind)
        path.write_bytes(npz(**arrays))
        assert name in refused(path, gan)


def changed(good, keep_checksum=True, **arrays):
    """A checkpoint with other arrays under some names, as somebody's tool may have left it."""
    content = contents(good)
    about = json.loads(str(content["about"]))
    if not keep_checksum:
        del about["sha256"]
    about |= arrays.pop("about", {})
    return npz(**{**content, **arrays, "about": np.array(json.dumps(about))})


def some(good, kind, number=-1):
    """The name and the values of one of the arrays."""
    content = contents(good)
    name = [name for name in content if name.startswith(kind)][number]
    return name, content[name]


@pytest.mark.parametrize(
    ("kind", "has_checksum"),
    [
        *((kind, True) for kind in ("nan", "infinity", "large", "other", "swapped", "counter")),
        *((kind, False) for kind in ("nan", "infinity", "counter")),
    ],
)
def test_other_values_than_were_saved_are_refused(good, tmp_path, kind, has_checksum):
    """Without a checksum, as in files of an earlier version, what no training can have."""
    name, array = some(good, "networks")
    if kind == "swapped":
        pairs = [(n, a) for n, a in contents(good).items() if n.startswith("networks")]
        (one, a), (two, b) = next(
            (p, q) for p in pairs for q in pairs
            if p[1].shape == q[1].shape and p[1].dtype == q[1].dtype
            and p[1].tobytes() != q[1].tobytes()
        )  # fmt: skip
        arrays = {one: b, two: a}
    elif kind == "counter":
        name, array = some(good, "generator_Adam", 0)
        arrays = {name: np.full_like(array, -3)}
    else:
        value = {"nan": np.nan, "infinity": np.inf, "large": 1e30, "other": array + 1}[kind]
        arrays = {name: np.full_like(array, value)}
    path = tmp_path / "checkpoint.npz"
    path.write_bytes(changed(good, has_checksum, **arrays))
    assert "damaged" in refused(path, tiny_gan())


@pytest.mark.parametrize("step", [100, -3, 3.0, float("inf"), float("nan"), None, "3", True, []])
def test_a_step_that_is_not_that_of_the_optimizer_is_refused(good, tmp_path, step):
    path = tmp_path / "checkpoint.npz"
    path.write_bytes(changed(good, about={"step": step}))
    refused(path, tiny_gan())


def test_arrays_are_looked_at_before_they_are_unpacked(good, tmp_path):
    """A head that claims 40 TB, and an entry that would unpack to 200 MB."""
    name, _ = some(good, "networks")
    path, entries = tmp_path / "checkpoint.npz", contents(good)
    head = io.BytesIO()
    claimed = {"descr": "<f4", "fortran_order": False, "shape": (10**13,)}
    np.lib.format.write_array_header_1_0(head, claimed)
    for content, about in ((head.getvalue(), None), (None, head.getvalue())):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for entry, values in entries.items():
                stored = io.BytesIO()
                np.save(stored, values)
                other = {name: content, "about": about}.get(entry)
                archive.writestr(f"{entry}.npy", other or stored.getvalue())
        refused(path, tiny_gan())
    path.write_bytes(npz(**{**entries, name: np.zeros(50_000_000, np.float32)}))
    tracemalloc.start()
    try:
        refused(path, tiny_gan())
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_a_damaged_archive_of_any_packing_is_refused(good, tmp_path):
    path = tmp_path / "checkpoint.npz"
    for packing in (zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2):
        with zipfile.ZipFile(path, "w", packing) as archive:
            for entry, values in contents(good).items():
                stored = io.BytesIO()
                np.save(stored, values)
                archive.writestr(f"{entry}.npy", stored.getvalue())
        content = bytearray(path.read_bytes())
        content[60:300] = bytes(240)
        path.write_bytes(content)
        refused(path, tiny_gan())


def test_facts_come_back(trained, tmp_path):
    checkpoints.save(tmp_path / "checkpoint.npz", trained, {"dataset": "digits", "step": 7})
    told = checkpoints.about(tmp_path / "checkpoint.npz")
    assert (told["dataset"], told["seed"], told["step"]) == ("digits", 0, 3)


def test_a_learning_rate_that_compile_was_told_anew_wins_and_is_told(tmp_path):
    first, second = (tiny_gan(optimizer=keras.optimizers.Adam) for _ in range(2))
    train(first, 1)
    checkpoints.save(tmp_path / "checkpoint.npz", first)
    second.generator_optimizer.learning_rate = 0.5
    with pytest.warns(data.SuspiciousInput, match=r"generator_Adam.* is 0.5 here and was 0.01"):
        checkpoints.load(tmp_path / "checkpoint.npz", second)
    rates = second.generator_optimizer.learning_rate, second.discriminator_optimizer.learning_rate
    assert [round(float(rate), 6) for rate in rates] == [0.5, 0.01]
    assert int(second.step) == 1
