"""A file is written whole or not at all."""

import errno
import os
import secrets
import stat
import time

import pytest

from ganedu import writing


@pytest.fixture
def old(tmp_path):
    """A file that stands there already."""
    path = tmp_path / "result.json"
    path.write_bytes(b"the old one")
    return path


def alone(path):
    """Whether nothing else is in its folder."""
    return [other.name for other in path.parent.iterdir()] == [path.name]


def test_the_old_file_stays_until_the_new_one_is_whole(old, monkeypatch):
    replace, seen = os.replace, []

    def look(source, target):
        seen.append((old.read_bytes(), source.read_bytes()))
        replace(source, target)

    monkeypatch.setattr(os, "replace", look)
    with writing.whole(old) as place:
        assert place.suffix == old.suffix and place.parent == old.parent
        place.write_bytes(b"the new one")
        assert old.read_bytes() == b"the old one"
    assert seen == [(b"the old one", b"the new one")]
    assert old.read_bytes() == b"the new one" and alone(old)


def test_it_is_on_the_disk_before_it_takes_the_name(old, monkeypatch):
    done = []
    monkeypatch.setattr(os, "fsync", lambda number: done.append("on the disk"))
    monkeypatch.setattr(os, "replace", lambda source, target: done.append("named"))
    with writing.whole(old) as place:
        place.write_bytes(b"the new one")
    assert done == ["on the disk", "named"]


@pytest.mark.parametrize("where", ["open", "block", "fsync", "replace"])
def test_what_cannot_be_written_is_named_and_leaves_the_old_one(old, monkeypatch, where):
    def full(*given, **named):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if where != "block":
        monkeypatch.setattr(os, where, full)
    with pytest.raises(OSError) as caught:
        with writing.whole(old) as place:
            place.write_bytes(b"half of")
            if where == "block":
                full()
    assert str(caught.value) == f"{old}: {os.strerror(errno.ENOSPC)}"
    assert old.read_bytes() == b"the old one" and alone(old)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_any_other_end_of_the_block_leaves_the_old_one_as_well(old, error):
    with pytest.raises(error):
        with writing.whole(old) as place:
            place.write_bytes(b"half of")
            raise error
    assert old.read_bytes() == b"the old one" and alone(old)


def test_a_folder_that_is_missing_or_stands_in_the_place_is_named(tmp_path):
    (tmp_path / "result.json").mkdir()
    for path in (tmp_path / "nowhere" / "a.txt", tmp_path / "result.json"):
        with pytest.raises(OSError, match=f"^{path}: ") as caught:
            with writing.whole(path) as place:
                place.write_text("new")
        assert type(caught.value) is OSError  # FileNotFoundError is for what was asked for


def test_a_link_that_waits_under_the_name_is_not_followed(old, tmp_path, monkeypatch):
    monkeypatch.setattr(secrets, "token_hex", lambda number: "0" * 8)
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / "new-00000000.partial.json").symlink_to(tmp_path / "mine.txt")
    with pytest.raises(OSError):
        with writing.whole(old) as place:
            place.write_bytes(b"the new one")
    assert (tmp_path / "mine.txt").read_text() == "mine"
    assert old.read_bytes() == b"the old one"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_others_may_do_with_it_what_they_may_with_any_new_file(tmp_path):
    (tmp_path / "usual").touch()
    with writing.whole(tmp_path / "mine"):
        pass
    usual, mine = (stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("usual", "mine"))
    assert usual == mine


def test_a_name_as_long_as_a_name_can_be_is_written(tmp_path):
    path = tmp_path / f"{'n' * 251}.txt"
    with writing.whole(path) as place:
        place.write_text("whole")
    assert path.read_text() == "whole"


def test_what_an_end_in_the_middle_left_is_found_and_removed(tmp_path):
    for name in ("new-0123abcd.partial.png", "settings.json.partial", "mine.png", "new-year.txt"):
        (tmp_path / name).touch()
    old = tmp_path / "new-0123abcd.partial.png"
    os.utime(old, (time.time() - 100,) * 2)
    assert writing.leftovers(tmp_path, seconds=50) == [old]
    writing.sweep(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"mine.png", "new-year.txt"}
