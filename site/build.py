"""Build the pages for reading: every lesson as a web page, from its stored outputs.

    uv run --group site python site/build.py          # to _site/; open _site/index.html
    uv run --group site python site/build.py FOLDER

Needs no network, runs no lesson, and takes a warning for an error. The pages need no network
either.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from sphinx.cmd.build import build_main

SITE = Path(__file__).resolve().parent
NOTEBOOKS = SITE.parent / "notebooks"


def build(folder):
    """Write the pages.

    Args:
        folder: where to; what lies there under other names stays.

    Returns:
        0, or another number if there was a warning or an error.
    """
    with tempfile.TemporaryDirectory() as work:
        source = Path(work) / "source"
        shutil.copytree(NOTEBOOKS, source, ignore=shutil.ignore_patterns(".*", "runs"))
        shutil.copy(SITE / "index.md", source)
        options = ["-W", "--keep-going", "-q", "-c", str(SITE), "-d", str(Path(work) / "read")]
        return build_main([*options, str(source), str(folder)])


def main():
    """Build the pages where the command line says."""
    parser = argparse.ArgumentParser(
        prog="python site/build.py", description="Build the pages for reading."
    )
    parser.add_argument("folder", nargs="?", type=Path, default=SITE.parent / "_site")
    folder = parser.parse_args().folder
    failed = build(folder)
    print("There are warnings; see above." if failed else f"Open {folder / 'index.html'}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
