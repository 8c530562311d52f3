"""What each lesson costs in the gate: core-seconds of all the tests that name it.

    uv run pytest --costs=FILE            # adds what each such test took to a file
    uv run python -m tests.costs FILE     # the sums, over all runs that wrote into the file

A core-second is a second of work of one core: user and system time of the test's process and of
all that it started, kernels and browsers included. So other work on the machine counts little.
"""

import collections
import contextlib
import json
import re
import sys
from pathlib import Path

import psutil
import pytest

MOST = 90  # core-seconds of a lesson in the whole gate
FAR_TOO_MUCH = 3 * MOST  # which no slow or busy machine explains
LESSON = re.compile(r"\b\d\d_[a-z][a-z0-9_]*")
BEGAN = pytest.StashKey()


def lesson_of(test):
    """The lesson that a test names, None if there is none.

    Example:
        >>> lesson_of("notebooks/03_first_gan_in_2d.ipynb::Cell 4")
        '03_first_gan_in_2d'
        >>> lesson_of("tests/test_losses.py::test_values_at_zero[hinge]")
    """
    found = LESSON.search(test)
    return found and found[0]


def core_seconds():
    """What this process and all that it started have worked so far."""
    process, total = psutil.Process(), 0.0
    for each in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.Error):  # it has just ended
            total += sum(each.cpu_times()[:4])  # user, system, and those of ended children
    return total


def report(lines):
    """The table of what lessons cost, and the names of those that cost too much.

    Args:
        lines: objects in JSON, each with a `test` and its `core_seconds`.

    Returns:
        The text, and the list of names of lessons with more than `FAR_TOO_MUCH`.

    Example:
        >>> lines = ['{"test": "notebooks/03_plane.ipynb::Cell 0", "core_seconds": 300.0}']
        >>> report(lines)[1]
        ['03_plane']
    """
    spent, parts = collections.Counter(), collections.defaultdict(collections.Counter)
    for row in map(json.loads, lines):
        lesson, file = lesson_of(row["test"]), row["test"].partition("::")[0]
        spent[lesson] += row["core_seconds"]
        parts[lesson][Path(file).stem if file.endswith(".py") else "nbval"] += row["core_seconds"]
    text = [f"Core-seconds of each lesson, all groups together; about {MOST} are allowed:"]
    for lesson, total in sorted(spent.items()):
        of = ", ".join(f"{part} {value:.0f}" for part, value in parts[lesson].most_common())
        text.append(f"{lesson:32}{total:5.0f}{' TOO MUCH' if total > MOST else ''}  ({of})")
    return "\n".join(text), [lesson for lesson in sorted(spent) if spent[lesson] > FAR_TOO_MUCH]


# What pytest calls


def pytest_addoption(parser):
    parser.addoption("--costs", metavar="FILE", help="what lessons cost is added to this file")


def pytest_configure(config):
    if config.getoption("--costs") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(Path(config.getoption("--costs"))))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Measure in the process that runs the test, from before its fixtures to after them."""
    if item.config.getoption("--costs") and lesson_of(item.nodeid):
        item.stash[BEGAN] = core_seconds()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    made = yield
    if call.when == "teardown" and BEGAN in item.stash:
        # what is killed by others takes its own account along
        spent = max(core_seconds() - item.stash[BEGAN], 0.0)
        made.user_properties.append(("core_seconds", spent))
    return made


class Recorder:
    """Writes down what reports bring, in the process to which all of them come."""

    def __init__(self, path):
        self.path = path

    def pytest_runtest_logreport(self, report):
        told = dict(report.user_properties)
        if report.when == "teardown" and "core_seconds" in told:
            row = {"test": report.nodeid, "core_seconds": round(told["core_seconds"], 2)}
            with self.path.open("a", encoding="utf-8") as file:
                print(json.dumps(row), file=file)


def main():
    lines = Path(sys.argv[1]).read_text("utf-8").splitlines()
    text, far_too_much = report(lines)
    print(text)
    if far_too_much:
        print(f'Far too much: {", ".join(far_too_much)}. See CONTRIBUTING.md, "Tests and time".')
    return 1 if far_too_much or not lines else 0


if __name__ == "__main__":
    sys.exit(main())
