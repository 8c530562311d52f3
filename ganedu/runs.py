"""A run folder: what a training run was told, how far it came, and who is at work on it.

Here live the names of the files, the settings, the history, the lock, and where a lesson keeps
its run. What is written into the folder during training comes from `ganedu.callbacks`.

A run folder holds settings.json, history.csv, samples/, checkpoint.npz (and the one before it),
animation.gif, generator.keras and, once the run has come to its end, result.json; of a run that
keeps its best also checkpoint-best.npz. Where a history was damaged, what stood there is kept in
history-damaged.csv; native.log has the last words of a process that TensorFlow ended.
"""

import contextlib
import csv
import json
import math
import re
import shutil
from pathlib import Path

from ganedu import writing

SETTINGS, HISTORY, RESULT = "settings.json", "history.csv", "result.json"
CHECKPOINT, GENERATOR = "checkpoint.npz", "generator.keras"
BEST = "checkpoint-best.npz"  # of a run that keeps it
SAMPLES, ANIMATION, LOCK, NATIVE = "samples", "animation.gif", "lock", "native.log"
DRIVE = Path("/content/drive/MyDrive")  # where Colab mounts it; outlives a disconnect
HISTORY_COLUMNS = (
    "step",
    "seconds",
    "images",
    "discriminator_loss",
    "generator_loss",
    "penalty",
    "real_logit",
    "fake_logit",
)


def lesson_folder(name):
    """Where the run of a lesson is kept: under runs/, or on the Google Drive that Colab mounted.

    Args:
        name: of the folder.

    Returns:
        `pathlib.Path`; the folder need not exist.

    Example:
        >>> lesson_folder("lesson-06").as_posix()
        'runs/lesson-06'
    """
    return (DRIVE / "ganedu" if DRIVE.is_dir() else Path("runs")) / name


def numbered(parent="runs"):
    """The folders of a parent that are named by numbers, the newest last.

    Args:
        parent: folder with runs; it need not exist.

    Returns:
        List of `pathlib.Path`.

    Example:
        >>> numbered("no/such/folder")
        []
    """
    parent = Path(parent)
    found = [path for path in parent.glob("[0-9]*") if path.name.isdigit() and path.is_dir()]
    return sorted(found, key=lambda path: int(path.name))


def make_folder(folder=None, parent="runs"):
    """Make the folder of a new run.

    Args:
        folder: where; by default the next number under `parent`.
        parent: folder for numbered runs.

    Returns:
        `pathlib.Path` of a folder without a run in it.

    Raises:
        FileExistsError: if `folder` has something in it.
        OSError: if it cannot be made.

    Example:
        >>> import tempfile
        >>> make_folder(parent=tempfile.mkdtemp()).name
        '0001'
    """
    if folder is None:
        last = numbered(parent)
        number = int(last[-1].name) + 1 if last else 1
        while True:  # another process may take the number first
            with contextlib.suppress(FileExistsError):
                folder = Path(parent) / f"{number:04d}"
                folder.mkdir(parents=True)
                return folder
            number += 1
    folder = Path(folder)
    # a lock alone is what a command leaves that ended before it began to train
    if folder.exists() and (
        not folder.is_dir() or {p.name for p in folder.iterdir()} - {LOCK, NATIVE}
    ):
        raise FileExistsError(
            f"{folder} exists and is not empty. To go on with the run in it, add --resume; "
            "for a new run, choose another --out."
        )
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def locked(folder):
    """Hold the folder while at work in it; a second process is refused.

    The lock belongs to the process, not to the file: it ends with the process, however that
    ends, so the file of a killed run is in nobody's way. Where the file system has no locks, that
    is said in one line, and nobody is refused.

    Args:
        folder: an existing run folder.

    Raises:
        BlockingIOError: if another process holds it.
        OSError: if the folder cannot be written to.

    Example:
        >>> import tempfile
        >>> with locked(tempfile.mkdtemp()):
        ...     pass
    """
    with open(Path(folder) / LOCK, "a+", encoding="utf-8") as file:
        try:
            _lock(file)
        except (BlockingIOError, PermissionError):
            raise BlockingIOError(
                f"Another process is training in {folder}. Wait for it to end, or choose another "
                "--out."
            ) from None
        except OSError as error:  # some network file systems, each with an error of its own
            print(f"No lock ({error.strerror}): do not train twice at a time in {folder}.")
        try:
            yield
        finally:
            _unlock(file)


def write_settings(folder, settings):
    """Write settings.json.

    Args:
        folder: an existing run folder.
        settings: dictionary of JSON values.

    Raises:
        OSError: if it cannot be written.

    Example:
        >>> import tempfile
        >>> folder = tempfile.mkdtemp()
        >>> write_settings(folder, {"seed": 0})
        >>> read_settings(folder)
        {'seed': 0}
    """
    write_json(Path(folder) / SETTINGS, settings)


def read_settings(folder):
    """What settings.json says.

    Args:
        folder: a run folder.

    Returns:
        Dictionary.

    Raises:
        FileNotFoundError: if there is no run in the folder.
        ValueError: if the file is damaged.

    Example:
        See `write_settings`.
    """
    path = Path(folder) / SETTINGS
    if not path.is_file():
        raise FileNotFoundError(f"There is no run in {folder} (no {SETTINGS}).")
    return read_json(path)


def write_json(path, content):
    """Write a dictionary as JSON, whole or not at all.

    Args:
        path: file name.
        content: dictionary of JSON values.

    Raises:
        OSError: if it cannot be written.

    Example:
        >>> import tempfile
        >>> write_json(Path(tempfile.mkdtemp()) / "result.json", {"step": 1})
    """
    text = json.dumps(content, indent=2) + "\n"
    with writing.whole(path) as place:
        place.write_text(text, encoding="utf-8")


def read_json(path):
    """The dictionary in a JSON file.

    Args:
        path: file name.

    Returns:
        Dictionary.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file is damaged.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "result.json"
        >>> write_json(path, {"step": 1})
        >>> read_json(path)
        {'step': 1}
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is damaged: {error}.") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} is damaged: it does not hold a dictionary.")
    return content


def append_history(folder, row):
    """Add a row to history.csv, with its heading if it is the first.

    Args:
        folder: an existing run folder.
        row: dictionary with the keys `HISTORY_COLUMNS` and, in each row, the same names of terms.

    Raises:
        OSError: if it cannot be written.
        ValueError: if it has other columns than the rows before it.

    Example:
        >>> import tempfile
        >>> folder = tempfile.mkdtemp()
        >>> append_history(folder, dict.fromkeys(HISTORY_COLUMNS, 1))
        >>> read_history(folder)[0]["step"]
        1
    """
    path = Path(folder) / HISTORY
    fresh = not path.exists()
    columns = _columns(row if fresh else _heading(path))
    with open(path, "a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        if fresh:
            writer.writeheader()
        writer.writerow(row)


def read_history(folder):
    """The rows of history.csv, also where a spreadsheet or an editor has written it anew.

    Args:
        folder: a run folder.

    Returns:
        List of dictionaries with the keys `HISTORY_COLUMNS` and the names of terms; step and
        images are integers, steps rise. A last line that was cut off in the middle is left out,
        and what is no row.

    Example:
        See `append_history`.
    """
    path = Path(folder) / HISTORY
    return _parsed(path)[0] if path.is_file() else []


def cut_history(folder, step, every):
    """Take the rows out of history.csv that a resumed run will write again.

    Where there are lines that cannot be read, the file as it was is kept beside it, and a line
    says so.

    Args:
        folder: a run folder.
        step: the step of the checkpoint; later rows go.
        every: steps that a whole row averages over; a shorter last row goes as well.

    Returns:
        The seconds that the run has trained, by the last row up to `step`.

    Raises:
        OSError: if history.csv is no file, or cannot be written.

    Example:
        >>> import tempfile
        >>> cut_history(tempfile.mkdtemp(), step=0, every=50)
        0.0
    """
    path = Path(folder) / HISTORY
    if not path.is_file():
        if path.exists() or path.is_symlink():
            raise OSError(f"{path} is not a file. Move it away to go on.")
        return 0.0
    rows, unread, torn = _parsed(path)
    rows = [row for row in rows if row["step"] <= step]
    if torn and torn["step"] <= step:  # not by a kill: the row was whole before the checkpoint
        unread += 1
    if unread:
        _keep_damaged(path, unread, rows)
    with writing.whole(path) as place, open(place, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, _columns(*rows[:1]))
        writer.writeheader()
        writer.writerows(row for row in rows if row["step"] % every == 0)
    return rows[-1]["seconds"] if rows else 0.0


def _keep_damaged(path, number, rows):
    """Keep a history with so many lines that are no rows, and say so."""
    copies = (path.with_name(f"history-damaged{end}.csv") for end in ("", *range(2, 1000)))
    copy = next(copy for copy in copies if not copy.exists())
    with writing.whole(copy) as place:
        shutil.copyfile(path, place)
    print(
        f"{number} line{'s' if number != 1 else ''} of {path} cannot be read and will be missing; "
        f"the file as it is is kept as {copy.name}."
        + ("" if rows else " The seconds trained so far count as 0.")
    )


def _parsed(path):
    """The rows of a history, how many lines are none, and a last row without its end."""
    lines = path.read_bytes().decode("utf-8-sig", errors="replace").splitlines(keepends=True)
    columns, rows, unread, torn = HISTORY_COLUMNS, [], 0, None
    for number, line in enumerate(lines):
        fields = _fields(line)
        if number == 0 and {*fields} >= {*HISTORY_COLUMNS}:
            columns = fields
            continue
        row = _numbers(dict(zip(columns, fields))) if len(fields) == len(columns) else None
        if not line.endswith("\n"):
            torn = row  # its last number may be cut short, yet be a number
        elif row and row["step"] > (rows[-1]["step"] if rows else -1):
            rows.append(row)
        elif line.strip():
            unread += 1
    return rows, unread, torn


def _columns(row=()):
    """The columns of a history that holds this row: the names of terms come last."""
    return [*HISTORY_COLUMNS, *(name for name in row if name not in HISTORY_COLUMNS)]


def _heading(path):
    """The fields of the first line."""
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        fields = _fields(file.readline())
    return fields if {*fields} >= {*HISTORY_COLUMNS} else HISTORY_COLUMNS


def _fields(line):
    """The fields of a line, separated by commas, or by what spreadsheets put in their place."""
    line = line.strip().replace('"', "")
    if ";" in line or "\t" in line:
        return [field.strip().replace(",", ".") for field in re.split("[;\t]", line)]
    return line.split(",")


def _numbers(row):
    """A row of text as numbers, or None if it is not whole."""
    try:
        kinds = {name: int if name in ("step", "images") else float for name in _columns(row)}
        numbers = {name: kind(row[name]) for name, kind in kinds.items()}
    except (KeyError, ValueError):
        return None
    finite = all(map(math.isfinite, numbers.values()))
    return numbers if finite and min(numbers["step"], numbers["seconds"]) >= 0 else None


def _lock(file):
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _unlock(file):
    with contextlib.suppress(ImportError, OSError):
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
