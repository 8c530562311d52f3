"""Files that are written whole or not at all.

Here lives the one way in which the package writes a file that somebody may need again: beside
its place, on the disk, and only then under its name. What is in the files lives elsewhere.
"""

import contextlib
import os
import secrets
import time
from pathlib import Path


@contextlib.contextmanager
def whole(path):
    """A place to write a file to, which takes its name once the block has ended well.

    The file that stood there before stays until then, and for good if the block fails. The place
    is a new file of a name that nobody can guess, so that it follows no link.

    Args:
        path: file name; its folder must exist.

    Yields:
        `pathlib.Path` of an empty file with the same ending, to be written in the block.

    Raises:
        OSError: if it cannot be written, with the name of the file; the old one is untouched.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "note.txt"
        >>> with whole(path) as place:
        ...     _ = place.write_text("whole")
        >>> path.read_text()
        'whole'
    """
    path = Path(path)
    place = path.with_name(f"new-{secrets.token_hex(4)}.partial{path.suffix}")
    try:
        os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield place
        with open(place, "rb+") as file:
            os.fsync(file.fileno())  # without it a power cut can leave an empty file
        os.replace(place, path)
    except OSError as error:
        own = error.strerror and error.filename in (None, str(place))
        raise OSError(f"{path}: {error.strerror if own else error}") from error
    finally:
        with contextlib.suppress(OSError):
            place.unlink(missing_ok=True)


def leftovers(folder, seconds=0.0):
    """Files that a process left in a folder which ended while it wrote.

    Args:
        folder: where to look; it need not exist.
        seconds: leave out what was changed that recently: its process may be at work.

    Returns:
        List of `pathlib.Path`.

    Example:
        >>> leftovers("no/such/folder")
        []
    """
    found = []
    for pattern in ("new-????????.partial*", "*.partial"):
        for path in Path(folder).glob(pattern):
            with contextlib.suppress(OSError):  # it may be gone by now
                if time.time() - path.stat().st_mtime >= seconds:
                    found.append(path)
    return found


def sweep(folder, seconds=0.0):
    """Remove what `leftovers` finds.

    Args:
        folder: where to look; it need not exist.
        seconds: leave what was changed that recently.

    Example:
        >>> sweep("no/such/folder")
    """
    for path in leftovers(folder, seconds):
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
