"""A run folder: what a training run was told, how far it came, and who is at work on it.

Here live the names of the files, the settings, the history, the lock, and where a lesson keeps
its run. What is written into the folder during training comes from `ganedu.callbacks`.

A run folder holds settings.json, history.csv, samples/, checkpoint.npz (and the one before it),
animation.gif, generator.keras and, once the run has come to its end, result.json.
"""

import contextlib
import csv
import json
import os
from pathlib import Path

SETTINGS, HISTORY, RESULT = "settings.json", "history.csv", "result.json"
CHECKPOINT, GENERATOR = "checkpoint.npz", "generator.keras"
SAMPLES, ANIMATION, LOCK = "samples", "animation.gif", "lock"
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
    if folder.exists() and (not folder.is_dir() or {p.name for p in folder.iterdir()} - {LOCK}):
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
    ends, so the file of a killed run is in nobody's way.

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
    path = Path(path)
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    os.replace(partial, path)


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
    except ValueError as error:
        raise ValueError(f"{path} is damaged: {error}.") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} is damaged: it does not hold a dictionary.")
    return content


def append_history(folder, row):
    """Add a row to history.csv, with its heading if it is the first.

    Args:
        folder: an existing run folder.
        row: dictionary with the keys `HISTORY_COLUMNS`.

    Raises:
        OSError: if it cannot be written.

    Example:
        >>> import tempfile
        >>> folder = tempfile.mkdtemp()
        >>> append_history(folder, dict.fromkeys(HISTORY_COLUMNS, 1))
        >>> read_history(folder)[0]["step"]
        1
    """
    path = Path(folder) / HISTORY
    fresh = not path.exists()
    with open(path, "a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, HISTORY_COLUMNS)
        if fresh:
            writer.writeheader()
        writer.writerow(row)


def read_history(folder):
    """The rows of history.csv.

    Args:
        folder: a run folder.

    Returns:
        List of dictionaries with the keys `HISTORY_COLUMNS`; step and images are integers. A
        last line that was cut off in the middle is left out.

    Example:
        See `append_history`.
    """
    path = Path(folder) / HISTORY
    if not path.is_file():
        return []
    with open(path, newline="", encoding="utf-8") as file:
        lines = file.readlines()
    if lines and not lines[-1].endswith("\n"):  # its last number may be cut short, yet be a number
        lines.pop()
    rows = csv.DictReader(lines)
    return [row for row in map(_numbers, rows) if row is not None]


def cut_history(folder, step, every):
    """Take the rows out of history.csv that a resumed run will write again.

    Args:
        folder: a run folder.
        step: the step of the checkpoint; later rows go.
        every: steps that a whole row averages over; a shorter last row goes as well.

    Returns:
        The seconds that the run has trained, by the last row up to `step`.

    Example:
        >>> import tempfile
        >>> cut_history(tempfile.mkdtemp(), step=0, every=50)
        0.0
    """
    rows = [row for row in read_history(folder) if row["step"] <= step]
    path = Path(folder) / HISTORY
    if path.is_file():
        partial = path.with_name(f"{HISTORY}.partial")
        with open(partial, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, HISTORY_COLUMNS)
            writer.writeheader()
            writer.writerows(row for row in rows if row["step"] % every == 0)
        os.replace(partial, path)
    return rows[-1]["seconds"] if rows else 0.0


def _numbers(row):
    """A row of text as numbers, or None if it is not whole."""
    try:
        kinds = {name: int if name in ("step", "images") else float for name in HISTORY_COLUMNS}
        return {name: kind(row[name]) for name, kind in kinds.items()}
    except (KeyError, TypeError, ValueError):
        return None


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
