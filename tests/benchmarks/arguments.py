"""What every benchmark can be asked, and how it answers: words for people, JSON for programs.

    uv run python -m tests.benchmarks.NAME --seeds 7 8 --json    # one object a line, nothing else

`--seeds` is there where a seed matters. What else is printed meanwhile goes to stderr.
"""

import argparse
import contextlib
import json
import sys


def parser(docstring, seeds=None):
    """The arguments that benchmarks share.

    Args:
        docstring: of the benchmark's module; its first line says what it does.
        seeds: which ones are taken where none are named; None if the benchmark has none.

    Returns:
        An `argparse.ArgumentParser` with `--json`, and with `--seeds` if there are any.

    Example:
        >>> options = parser("How far a seed goes.", range(3)).parse_args(["--json"])
        >>> options.json, options.seeds
        (True, [0, 1, 2])
    """
    made = argparse.ArgumentParser(description=docstring.splitlines()[0])
    made.add_argument("--json", action="store_true", help="one object a line, nothing else")
    if seeds is not None:
        made.add_argument("--seeds", type=int, nargs="+", metavar="SEED", default=list(seeds))
    return made


def answer(options, rows, printed):
    """Print what was measured, as it comes.

    Args:
        options: parsed arguments.
        rows: iterator over dictionaries that JSON knows; it measures while it is read.
        printed: function of the iterator that prints it for people.

    Example:
        >>> answer(argparse.Namespace(json=True), iter([{"seed": 7, "modes": 8}]), printed=None)
        {"seed": 7, "modes": 8}
    """
    if not options.json:
        printed(rows)
        return
    out = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        for row in rows:
            print(json.dumps(row, ensure_ascii=False), file=out, flush=True)
