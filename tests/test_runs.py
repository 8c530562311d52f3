"""Run folders: numbers, the lock, settings and the history."""

import errno
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ganedu import runs

ROOT = Path(__file__).parents[1]
HOLD = """
import sys, time
from ganedu import runs
with runs.locked(sys.argv[1]):
    print("held", flush=True)
    time.sleep(600)
"""


def row(step, loss=0.5):
    """A row of the history with a loss that has no short decimal form."""
    values = (step, step / 7, 32 * step, loss / 3, 0.7, 0.0, -1e-9, 2.5e10)
    return dict(zip(runs.HISTORY_COLUMNS, values, strict=True))


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the folder."""
    words = [sys.executable, "-c", HOLD, tmp_path]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def test_a_lesson_keeps_its_run_here_or_on_a_drive(tmp_path, monkeypatch):
    assert runs.DRIVE.as_posix() == "/content/drive/MyDrive"
    monkeypatch.setattr(runs, "DRIVE", tmp_path / "MyDrive")
    assert runs.lesson_folder("lesson-06") == Path("runs") / "lesson-06"
    (tmp_path / "MyDrive").mkdir()
    assert runs.lesson_folder("lesson-06") == tmp_path / "MyDrive" / "ganedu" / "lesson-06"


def test_runs_are_numbered_and_the_newest_is_last(tmp_path):
    for name in ("10000", "0002", "9999", "lesson-06", "12a"):
        (tmp_path / name).mkdir()
    (tmp_path / "0011").write_text("a file")
    assert [path.name for path in runs.numbered(tmp_path)] == ["0002", "9999", "10000"]
    assert runs.numbered(tmp_path / "nowhere") == []


def test_a_new_run_gets_the_next_number(tmp_path):
    names = [runs.make_folder(parent=tmp_path / "runs").name for _ in range(2)]
    assert names == ["0001", "0002"]
    (tmp_path / "runs" / "0041").mkdir()
    assert runs.make_folder(parent=tmp_path / "runs") == tmp_path / "runs" / "0042"


def test_a_number_that_another_process_took_is_passed_over(tmp_path, monkeypatch):
    runs.make_folder(parent=tmp_path)
    monkeypatch.setattr(runs, "numbered", lambda parent: [])  # as it was a moment before
    assert runs.make_folder(parent=tmp_path).name == "0002"


def test_a_folder_with_something_in_it_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    for folder in (tmp_path, tmp_path / "notes.txt"):
        with pytest.raises(FileExistsError, match="--resume"):
            runs.make_folder(folder)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_lock_alone_is_no_run(tmp_path):
    """A command that ended before it began to train leaves one."""
    (tmp_path / runs.LOCK).touch()
    assert runs.make_folder(tmp_path) == tmp_path


def test_a_folder_that_is_new_or_empty_is_taken(tmp_path):
    for folder in (tmp_path / "a" / "b", tmp_path / "a" / "b"):
        assert runs.make_folder(str(folder)) == folder
        assert folder.is_dir()


def test_a_second_process_is_refused_until_the_first_has_ended(tmp_path, holder):
    with pytest.raises(BlockingIOError, match="Another process is training"):
        with runs.locked(tmp_path):
            pass
    holder.kill()  # as kill -9 does
    holder.wait(30)
    with runs.locked(tmp_path):
        assert (tmp_path / runs.LOCK).exists()  # its file was left behind


def test_the_lock_is_given_back_after_an_error(tmp_path):
    with pytest.raises(ZeroDivisionError):
        with runs.locked(tmp_path):
            raise ZeroDivisionError
    with runs.locked(tmp_path):
        with pytest.raises(BlockingIOError):
            with runs.locked(tmp_path):
                pass


def test_the_content_of_a_lock_file_means_nothing(tmp_path):
    (tmp_path / runs.LOCK).write_bytes(b"\x00\xff 12345 not a process")
    with runs.locked(tmp_path):
        pass
    assert (tmp_path / runs.LOCK).read_bytes() == b"\x00\xff 12345 not a process"


def test_settings_come_back_as_they_were(tmp_path):
    settings = {"seed": 2**62, "minutes": None, "recipe": {"rate": 0.1}, "out": "Zahlen–数字"}
    runs.write_settings(tmp_path, settings)
    assert runs.read_settings(tmp_path) == settings
    assert [path.name for path in tmp_path.iterdir()] == [runs.SETTINGS]


def test_settings_are_written_whole_or_not_at_all(tmp_path, monkeypatch):
    """At the moment of the rename the old ones are untouched and the new ones complete."""
    runs.write_settings(tmp_path, {"seed": 1})
    with pytest.raises(TypeError):
        runs.write_settings(tmp_path, {"seed": 2, "oops": object()})
    replace, seen = os.replace, []

    def look(source, target):
        seen.append((runs.read_settings(tmp_path), json.loads(Path(source).read_text())))
        replace(source, target)

    monkeypatch.setattr(os, "replace", look)
    runs.write_settings(tmp_path, {"seed": 3})
    assert seen == [({"seed": 1}, {"seed": 3})]
    assert runs.read_settings(tmp_path) == {"seed": 3}


@pytest.mark.parametrize(
    "content", [b"", b'{"seed": 1', b"[1, 2]", b"\xff\xfe", b"seed = 1", b"null"]
)
def test_damaged_settings_are_refused_by_name(tmp_path, content):
    (tmp_path / runs.SETTINGS).write_bytes(content)
    with pytest.raises(ValueError, match=r"settings\.json is damaged"):
        runs.read_settings(tmp_path)


def test_a_folder_without_settings_is_no_run(tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no run"):
        runs.read_settings(tmp_path)


def test_the_history_comes_back_to_the_bit(tmp_path):
    rows = [row(50), row(100, loss=float("1e-300")), row(150, loss=0.1)]
    for one in rows:
        runs.append_history(tmp_path, one)
    assert runs.read_history(tmp_path) == rows
    assert type(runs.read_history(tmp_path)[0]["images"]) is int
    heading = (tmp_path / runs.HISTORY).read_text().splitlines()[0]
    assert heading == (
        "step,seconds,images,discriminator_loss,generator_loss,penalty,real_logit,fake_logit"
    )


def test_there_is_no_history_in_an_empty_folder(tmp_path):
    assert runs.read_history(tmp_path) == []
    assert runs.cut_history(tmp_path, step=100, every=50) == 0.0
    assert not (tmp_path / runs.HISTORY).exists()


def test_a_row_of_other_columns_is_not_written(tmp_path):
    runs.append_history(tmp_path, row(25))
    with pytest.raises(ValueError, match="accuracy"):
        runs.append_history(tmp_path, {**row(50), "accuracy": 1.0})


def test_a_torn_last_line_is_left_out_wherever_it_was_torn(tmp_path):
    """Even where what is left of the last number is a number."""
    for step in (50, 100):
        runs.append_history(tmp_path, row(step))
    whole = (tmp_path / runs.HISTORY).read_bytes()
    first = whole.index(b"\n", whole.index(b"\n") + 1) + 1
    for end in range(first, len(whole)):
        (tmp_path / runs.HISTORY).write_bytes(whole[:end])
        assert runs.read_history(tmp_path) == [row(50)], whole[first:end]


HEADING = ",".join(runs.HISTORY_COLUMNS)


@pytest.mark.parametrize(
    "content", ["", "a,b\r\n1,2\r\n", f"{HEADING}\r\n{HEADING}\r\n", f"{HEADING}\r\n1,2\r\n"]
)
def test_a_history_of_something_else_has_no_rows(tmp_path, content):
    (tmp_path / runs.HISTORY).write_text(content, newline="")
    assert runs.read_history(tmp_path) == []


def test_cutting_takes_rows_past_the_checkpoint_and_partial_ones(tmp_path):
    for step in (50, 100, 120, 150, 200):
        runs.append_history(tmp_path, row(step))
    assert runs.cut_history(tmp_path, step=150, every=50) == row(150)["seconds"]
    assert runs.read_history(tmp_path) == [row(50), row(100), row(150)]
    assert runs.cut_history(tmp_path, step=149, every=50) == row(100)["seconds"]
    assert [path.name for path in tmp_path.iterdir()] == [runs.HISTORY]


def test_the_seconds_of_a_partial_row_count(tmp_path):
    for step in (50, 70):
        runs.append_history(tmp_path, row(step))
    assert runs.cut_history(tmp_path, step=70, every=50) == row(70)["seconds"]
    assert runs.read_history(tmp_path) == [row(50)]


def test_rows_after_a_torn_line_stand_on_lines_of_their_own(tmp_path):
    """The order of a killed and resumed run: cut first, then append."""
    runs.append_history(tmp_path, row(50))
    with open(tmp_path / runs.HISTORY, "a", newline="") as file:
        file.write("100,14.2,32")
    runs.cut_history(tmp_path, step=50, every=50)
    runs.append_history(tmp_path, row(100))
    assert runs.read_history(tmp_path) == [row(50), row(100)]


def test_json_is_readable_by_people(tmp_path):
    runs.write_json(tmp_path / "result.json", {"step": 3, "ganedu": "1"})
    text = (tmp_path / "result.json").read_text()
    assert json.loads(text) == {"step": 3, "ganedu": "1"}
    assert text.count("\n") == 4


# What spreadsheets, editors, disks and people make of the files


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK])
def test_a_file_system_without_locks_is_told_and_nobody_is_refused(
    tmp_path, monkeypatch, capsys, number
):
    def refuse(file):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(runs, "_lock", refuse)
    with runs.locked(tmp_path):
        pass
    [line] = capsys.readouterr().out.splitlines()
    assert os.strerror(number) in line and str(tmp_path) in line


def test_json_of_a_hundred_thousand_levels_is_refused(tmp_path):
    (tmp_path / runs.SETTINGS).write_text("[" * 100_000)
    with pytest.raises(ValueError, match=r"settings\.json is damaged"):
        runs.read_settings(tmp_path)


def written(folder, steps=(50, 100, 150)):
    for step in steps:
        runs.append_history(folder, row(step))
    return (folder / runs.HISTORY).read_bytes().decode()


SPREADSHEETS = {  # the same numbers in another form
    "a mark of the byte order": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "line feeds alone": lambda text: text.replace("\r\n", "\n").encode(),
    "semicolons": lambda text: text.replace(",", ";").encode(),
    "semicolons and decimal commas": lambda text: text.replace(",", ";").replace(".", ",").encode(),
    "tabs": lambda text: text.replace(",", "\t").encode(),
    "quotes": lambda text: re.sub(r"[^,\r\n]+", lambda found: f'"{found[0]}"', text).encode(),
    "another order of columns": lambda text: (
        "\n".join(",".join(reversed(line.split(","))) for line in text.splitlines()).encode()
        + b"\n"
    ),
    "an empty line": lambda text: text.encode() + b"\r\n",
}


@pytest.mark.parametrize("form", SPREADSHEETS)
def test_a_history_that_a_spreadsheet_has_saved_is_read(tmp_path, capsys, form):
    content = SPREADSHEETS[form](written(tmp_path))
    (tmp_path / runs.HISTORY).write_bytes(content)
    expected = [row(50), row(100), row(150)]
    assert runs.read_history(tmp_path) == expected
    assert runs.cut_history(tmp_path, step=150, every=50) == row(150)["seconds"]
    assert runs.read_history(tmp_path) == expected
    assert [path.name for path in tmp_path.iterdir()] == [runs.HISTORY]
    assert capsys.readouterr().out == ""


def second_line(text, new):
    lines = text.splitlines(keepends=True)
    return "".join([*lines[:2], new, *lines[3:]])


DAMAGES = {  # what is made of the text, and the steps of the rows that are left
    "no heading": (lambda text: text.partition("\n")[2].encode(), [50, 100, 150], 0),
    "a heading with one other letter": (
        lambda text: text.replace("step", "stfp", 1).encode(),
        [50, 100, 150],
        1,
    ),
    "one stray quote": (lambda text: text.replace("100,", '"100,').encode(), [50, 100, 150], 0),
    "a letter for a digit": (lambda text: text.replace("100,", "1o0,").encode(), [50, 150], 1),
    "a byte that is no text": (lambda text: text.encode().replace(b"100", b"1\xff0"), [50, 150], 1),
    "zeros": (lambda text: text.encode() + bytes(300) + b"\n", [50, 100, 150], 1),
    "a field of a million signs": (
        lambda text: second_line(text, "1," * 500_000 + "\n").encode(),
        [50, 150],
        1,
    ),
    "a line twice": (lambda text: second_line(text, text.splitlines()[1] + "\n").encode(), None, 1),
    "seconds that are no number": (
        lambda text: text.replace("\r\n150,", "\r\n150,nan,").encode(),
        [50, 100],
        1,
    ),
    "no line feed at the end": (lambda text: text.rstrip().encode(), [50, 100], 1),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_lines_of_a_history_that_cannot_be_read_are_kept_and_told(tmp_path, capsys, damage):
    change, steps, number = DAMAGES[damage]
    content = change(written(tmp_path))
    (tmp_path / runs.HISTORY).write_bytes(content)
    steps = [50, 150] if steps is None else steps
    assert runs.cut_history(tmp_path, step=150, every=50) == row(steps[-1])["seconds"]
    assert runs.read_history(tmp_path) == [row(step) for step in steps]
    told, copy = capsys.readouterr().out, tmp_path / "history-damaged.csv"
    assert told.startswith(f"{number} line of {tmp_path / runs.HISTORY}") == bool(number)
    if number:
        assert copy.read_bytes() == content and copy.name in told


@pytest.mark.parametrize("seconds", ["nan", "inf", "-1", "1e999"])
def test_seconds_are_numbers_of_at_least_0(tmp_path, seconds):
    text = written(tmp_path, [50])
    (tmp_path / runs.HISTORY).write_text(text.replace(str(50 / 7), seconds))
    assert runs.read_history(tmp_path) == []


def test_a_second_damage_does_not_take_the_place_of_the_first(tmp_path, capsys):
    for copy in ("history-damaged.csv", "history-damaged2.csv"):
        written(tmp_path)
        with open(tmp_path / runs.HISTORY, "a") as file:
            file.write(f"{copy}\n")
        runs.cut_history(tmp_path, step=0, every=50)
        assert copy in (tmp_path / copy).read_text()
    assert "count as 0" in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
@pytest.mark.parametrize("kind", ["folder", "pipe", "link to nothing"])
def test_a_history_that_is_no_file_is_refused_at_once(tmp_path, kind):
    path = tmp_path / runs.HISTORY
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(tmp_path / "nothing")
    assert runs.read_history(tmp_path) == []
    with pytest.raises(OSError, match=r"history\.csv is not a file"):
        runs.cut_history(tmp_path, step=0, every=50)


def test_terms_have_columns_of_their_own_that_a_resumed_run_keeps(tmp_path):
    for step in (1, 2, 3):
        runs.append_history(tmp_path, {**row(step), "l1": step / 2})
    assert (tmp_path / runs.HISTORY).read_text().splitlines()[0] == f"{HEADING},l1"
    assert [each["l1"] for each in runs.read_history(tmp_path)] == [0.5, 1.0, 1.5]
    runs.cut_history(tmp_path, step=2, every=1)
    assert [each["l1"] for each in runs.read_history(tmp_path)] == [0.5, 1.0]
    runs.append_history(tmp_path, {**row(3), "l1": 7.0})
    assert [each["l1"] for each in runs.read_history(tmp_path)] == [0.5, 1.0, 7.0]
