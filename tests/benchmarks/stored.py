"""Recordings that are made in parts: a run that has ended is written at once, and made only once.

A recording above an hour and a half of the machine is begun, cut off and gone on with, on the same
kind of machine. Runs lie side by side in processes of one thread each, which uses few cores best;
the number of their steps is fixed before, so that this changes no result.
"""

import concurrent.futures
import importlib.metadata
import json
import multiprocessing
import os
import platform
import statistics
import time

import numpy as np

from ganedu import __version__, shipped, startup, writing

ROUND = 5.0  # seconds: the turn of one program at the clock


def begun(name, what):
    """What a recording holds already, or the beginning of one.

    Args:
        name: of the recording and of its benchmark.
        what: it shows, in a sentence.

    Returns:
        Dictionary as `shipped.recording` returns it, with rows.
    """
    path = shipped.RECORDINGS / f"{name}.json"
    there = json.loads(path.read_text("utf-8")) if path.exists() else {"rows": []}
    return {
        "command": f"uv run python -m tests.benchmarks.{name} --store",
        "what": what,
        "versions": f"ganedu {__version__}, TensorFlow {importlib.metadata.version('tensorflow')}, "
        f"Python {platform.python_version()}",
        "machine": f"{startup.device()}, shared, {platform.machine()}",
        "date": time.strftime("%Y-%m-%d"),
        **{key: value for key, value in there.items() if key not in ("command", "what")},
    }


def write(name, told):
    """Write a recording, whole or not at all."""
    with writing.whole(shipped.RECORDINGS / f"{name}.json") as place:
        place.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def missing(wanted, rows):
    """The settings of which there is no row yet.

    Args:
        wanted: list of dictionaries.
        rows: list of dictionaries with these and what was measured.

    Returns:
        List of dictionaries.

    Example:
        >>> missing([{"seed": 0}, {"seed": 1}], [{"seed": 0, "modes": 8}])
        [{'seed': 1}]
    """
    return [one for one in wanted if not any(one.items() <= row.items() for row in rows)]


def clocked(wanted, trainer, seconds=None, num_rounds=8, num_steps=200):
    """What a training step of each program takes, on all cores, while nothing else runs.

    The programs take turns, so that a slow minute of the machine is slow for all of them, and the
    median of the rounds is taken, without the first one, which says how many steps `ROUND` holds.
    What a call takes before its first step is not counted: a call for one step is timed as well.
    With few steps that difference is sure only where a step is long.

    Args:
        wanted: list of dictionaries, the settings that make a program.
        trainer: function from these settings to a function that trains so many steps.
        seconds: for which the steps are wanted; None wants none.
        num_rounds: how many rounds, at least 2.
        num_steps: of each program in each round, at least 2; fewer of those that take long.

    Returns:
        List of dictionaries: the settings, milliseconds, and steps if they are wanted.

    Example:
        >>> trainer = lambda wait: lambda steps: time.sleep(wait * steps)
        >>> rows = clocked([{"wait": 0.002}], trainer, seconds=1, num_rounds=3, num_steps=5)
        >>> rows[0]["wait"], 1.9 < rows[0]["milliseconds"] < 9, 111 < rows[0]["steps"] < 527
        (0.002, True, True)
    """
    trains = [trainer(**one) for one in wanted]
    took = [[] for _ in trains]
    for _ in range(num_rounds):
        for train, each in zip(trains, took, strict=True):
            held = int(1000 * ROUND / max(each[0], 1e-3)) if each else 3
            number, moments = min(max(held, 2), num_steps), [time.monotonic()]
            for steps in (1, number):
                train(steps)
                moments.append(time.monotonic())
            first, all_of_them = np.diff(moments)
            each.append(1000 * (all_of_them - first) / (number - 1))
    rows = []
    for one, each in zip(wanted, took, strict=True):
        middle = statistics.median(each[1:])
        steps = {"steps": round(1000 * seconds / middle)} if seconds else {}
        rows.append({**one, "milliseconds": round(float(middle), 2), **steps})
    return rows


def seed_by_seed(clock, names, seeds):
    """What is to be run: all programs with the first seed, then with the next.

    Args:
        clock: rows as `clocked` returns them, with `steps`.
        names: list of dictionaries, the programs of these rows that are wanted.
        seeds: list of integers.

    Returns:
        List of dictionaries: a name, its steps and a seed.

    Example:
        >>> seed_by_seed([{"program": "a", "steps": 9}], [{"program": "a"}], [3])
        [{'program': 'a', 'steps': 9, 'seed': 3}]
    """
    return [
        {**one, "steps": row["steps"], "seed": seed}
        for seed in seeds
        for row in clock
        for one in names
        if one.items() <= row.items()
    ]


def made(name, told, wanted, run, options):
    """Rows of these settings: those that are there, then the others as they end.

    Args:
        name: of the recording.
        told: it, as `begun` returns it; new rows are added to it, and it is written after each of
            them if `options.store`.
        wanted: list of dictionaries, the settings.
        run: function of a module from settings to what was measured, both dictionaries.
        options: of the command line, with `jobs` and `store`.

    Returns:
        Iterator over dictionaries: the settings, and what was measured.
    """
    left = missing(wanted, told["rows"])
    yield from (row for row in told["rows"] if any(one.items() <= row.items() for one in wanted))
    for row in side_by_side(run, left, options.jobs):
        told["rows"].append(row)
        if options.store:
            write(name, told)
        yield row


def side_by_side(run, wanted, jobs):
    """A row for each of the settings, as they end.

    Args:
        run: function of a module from settings to what was measured, both dictionaries.
        wanted: list of dictionaries.
        jobs: how many processes at a time, of one thread each.

    Returns:
        Iterator over dictionaries: the settings, and what was measured.
    """
    spawn = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(jobs, spawn, _one_thread) as pool:
        running = {pool.submit(run, settings): settings for settings in wanted}
        for done in concurrent.futures.as_completed(running):
            yield {**running[done], **done.result()}


def _one_thread():
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ[name] = "1"
