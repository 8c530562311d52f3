"""What every benchmark can be asked, and how it answers: words for people, JSON for programs.

    uv run python -m tests.benchmarks.NAME --seeds 7 8 --json    # one object a line, nothing else

`--seeds` is there where a seed matters. What else is printed meanwhile goes to stderr.
"""

import argparse
import contextlib
import json
import math
import statistics
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


def of_runs(docstring, only, default=None, *, seeds):
    """The arguments of a benchmark that trains many times, in parts, and records each run.

    Args:
        docstring: of the benchmark's module.
        only: names of its parts.
        default: those that are taken where none are named; None for all.
        seeds: which ones are taken where none are named.

    Returns:
        As `parser`, with `--only`, `--jobs` and `--store`.

    Example:
        >>> options = of_runs("Two kinds.", ["digits", "clothes"], seeds=[0]).parse_args([])
        >>> options.only, options.jobs, options.store
        (['digits', 'clothes'], 2, False)
    """
    made, parts = parser(docstring, seeds), list(only)
    chosen = {"choices": parts, "default": parts if default is None else list(default)}
    made.add_argument("--only", nargs="+", type=type(parts[0]), **chosen)
    made.add_argument("--jobs", type=int, default=2, help="runs side by side, a thread each")
    made.add_argument("--store", action="store_true", help="add each run to the recording")
    return made


def of_programs(docstring, only, default=None, *, seeds, programs):
    """The arguments of a benchmark of which some programs can be chosen.

    Args:
        docstring: as of `of_runs`, and so `only`, `default` and `seeds`.
        programs: names of all of them, in any part; another one is refused.

    Returns:
        As `of_runs`, with `--programs`: a list, None where none are named.

    Example:
        >>> told = {"seeds": [0], "programs": ["L1", "L2"]}
        >>> of_programs("Two.", ["digits"], **told).parse_args(["--programs", "L2"]).programs
        ['L2']
    """
    made = of_runs(docstring, only, default, seeds=seeds)
    named = {"nargs": "+", "metavar": "NAME", "choices": list(programs)}
    made.add_argument("--programs", **named, help="these alone")
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


def as_they_end(rows):
    """Print each row when it is there, and keep them.

    Args:
        rows: iterator over dictionaries.

    Returns:
        List of them.

    Example:
        >>> as_they_end(iter([{"seed": 7, "modes": 8}]))
        seed 7, modes 8
        [{'seed': 7, 'modes': 8}]
    """
    kept = []
    for row in rows:
        print(", ".join(f"{name} {value}" for name, value in row.items()), flush=True)
        kept.append(row)
    return kept


def table(rows, by, columns, further=None):
    """Print a table of the medians and ranges over the rows of each kind.

    Args:
        rows: list of dictionaries; one that lacks a name of `by` is left out.
        by: names by which the rows are of one kind.
        columns: dictionary from a title to a function of a row, a number, or None if it failed.
        further: dictionary from a title to a function of the list of rows of one kind.

    Example:
        >>> runs = [{"program": "plain", "distance": value} for value in (3.0, 1.0, 2.0)]
        >>> table(runs, ["program"], {"distance": lambda row: row["distance"]}, {"runs": len})
        | program | distance | runs |
        |---|--:|--:|
        | plain | 2 (1 to 3) | 3 |
    """
    further = further or {}
    print("|", " | ".join([*by, *columns, *further]), "|")
    print("|" + "---|" * len(by) + "--:|" * len([*columns, *further]))
    counted = [row for row in rows if all(name in row for name in by)]
    for kind in dict.fromkeys(tuple(row[name] for name in by) for row in counted):
        of = [row for row in counted if tuple(row[name] for name in by) == kind]
        told = [middle([value(row) for row in of]) for value in columns.values()]
        print(
            "|", " | ".join(map(str, [*kind, *told, *(said(of) for said in further.values())])), "|"
        )


def middle(values):
    """Median and range; a run that failed counts as infinitely bad.

    Args:
        values: list of numbers or None.

    Returns:
        str.

    Example:
        >>> middle([1.0, None, 2.0]), middle([0.5])
        ('2 (1 to inf)', '0.5')
    """
    values = sorted(math.inf if value is None else value for value in values)
    told = f"{statistics.median(values):.4g}"
    return told if len(values) == 1 else f"{told} ({values[0]:.4g} to {values[-1]:.4g})"
