"""Count which letters follow which in American first names, for the oracle of lesson 17.

    uv run --no-project --with names==0.3.0 --with-editable . python -m tests.count_names

The package `names` (Trey Hunner, MIT licence) carries the lists of the United States census of
1990, which are in the public domain. Each name counts once, however common it is.
"""

import collections
import importlib.metadata
import importlib.util
from pathlib import Path

from ganedu import runs, shipped

FILES = ("dist.female.first", "dist.male.first")
BEFORE, END, LENGTH = "^^", ".", 10


def counted(names):
    """How often each letter, or the end, follows two others.

    Args:
        names: strings of a to z; of one above ten letters the first ten count, without an end.

    Returns:
        Dictionary from three characters to a number; "^" stands before a name, "." behind it.
    """
    counts = collections.Counter()
    for name in names:
        text = BEFORE + (name + END)[:LENGTH]
        counts.update(text[place : place + 3] for place in range(len(text) - 2))
    return dict(sorted(counts.items()))


def main():
    folder = Path(importlib.util.find_spec("names").origin).parent
    lines = [line for file in FILES for line in (folder / file).read_text("utf-8").splitlines()]
    names = sorted({line.split()[0].lower() for line in lines if line.strip()})
    told = {
        "command": "uv run --no-project --with names==0.3.0 --with-editable . "
        "python -m tests.count_names",
        "what": f"how often a letter follows two others in {len(names):,} American first names, "
        "each counted once; ^ stands before a name, . behind it",
        "source": "lists of the United States census of 1990, in the public domain, as the package "
        f"names {importlib.metadata.version('names')} by Trey Hunner (MIT licence) carries them",
        "counts": counted(names),
    }
    runs.write_json(shipped.RECORDINGS / "names.json", told)


if __name__ == "__main__":
    main()
