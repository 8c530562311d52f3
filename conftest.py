"""What holds for every test: unit tests, examples in docstrings, and notebooks.

Here live the rehearsal mode, the seed, the ban on the network and the rule on skips. `pytest` puts
them before any test; the kernels of the notebooks inherit the environment variables.
"""

import doctest
import os
import shutil
import signal
import socket
import sys
from pathlib import Path

import matplotlib
import pytest

from tests import forked_kernels

pytest_plugins = ["tests.costs"]

# Files that take long: when two processes share the files, what starts last should be short. The
# first five are those of the heavier groups; one process takes the first, another the second.
STARTS_EARLY = (
    "tests/test_colab.py",
    "tests/test_browser.py",
    "tests/test_grading.py",
    "tests/test_teaching.py",
    "tests/test_site.py",
    "notebooks/",
    "tests/test_replicas.py",
    "tests/commands/test_workers.py",
    "tests/commands/test_train.py",
    "tests/test_exercises.py",
    "tests/test_training.py",
)
NOTEBOOK_SILENCE = 60  # seconds that a cell may go without a word to nbval, whose default is 5
HAVE_KERNELS = ("browser", "colab", "nbgrader")  # tests with these marks start kernels
SERVER = pytest.StashKey()  # what starts all other kernels

os.environ.setdefault("GANEDU_SMOKE", "1")  # training takes a handful of steps
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
for threads in ("TF_NUM_INTRAOP", "TF_NUM_INTEROP", "OMP_NUM", "OPENBLAS_NUM"):
    os.environ.setdefault(f"{threads}_THREADS", "1")  # tests run side by side, one on each core
if shutil.which("nvidia-smi"):  # otherwise a GPU adds in any order and multiplies with ten bits
    os.environ.setdefault("TF_DETERMINISTIC_OPS", "1")
    os.environ.setdefault("NVIDIA_TF32_OVERRIDE", "0")
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # several processes share it
if os.environ.get("GANEDU_DATA_DIR"):  # kernels start in notebooks/, so it must not be relative
    os.environ["GANEDU_DATA_DIR"] = str(Path(os.environ["GANEDU_DATA_DIR"]).resolve())
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell's background job has no Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)
matplotlib.use("Agg")  # in this process only: kernels keep their own backend


def pytest_addoption(parser):
    parser.addoption(
        "--no-skips", action="store_true", help="a skipped test makes the run fail (.ci/run)"
    )


def pytest_collection_modifyitems(items):
    for item in items:
        if hasattr(item, "output_timeout"):  # a cell of a notebook
            item.output_timeout = NOTEBOOK_SILENCE
    items[:] = [item for item in items if not _is_only_to_be_read(item)]
    items.sort(key=_place)  # of what is in one file, the order stays


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Kernels of lessons are forks of a process that has TensorFlow loaded, where that works."""
    notebook = hasattr(item, "output_timeout")
    marked = any(item.get_closest_marker(name) for name in HAVE_KERNELS)
    if not (notebook or marked) or not forked_kernels.are_used(item.nodeid):
        return (yield)
    stash = item.config.stash
    if SERVER not in stash:
        stash[SERVER] = forked_kernels.ForkServer()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in stash[SERVER].environment.items():
            patch.setenv(name, value)
        patch.setattr(item.config.option, "nbval_current_env", False)  # it would not look there
        return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    """What a test draws without a seed of its own is the same in every run; fixtures come later."""
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(0)


def pytest_unconfigure(config):
    if SERVER in config.stash:
        config.stash[SERVER].close()


def pytest_sessionfinish(session):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.getoption("--no-skips") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    skipped = terminalreporter.stats.get("skipped", [])
    if config.getoption("--no-skips") and skipped:
        terminalreporter.section("skips count as failures here", red=True)
        for report in skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
            terminalreporter.write_line(f"{report.nodeid}: {reason}")


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Names are looked up on this machine only, so that a test cannot depend on the network."""
    look_up = socket.getaddrinfo

    def look_up_here(host, *arguments, **options):
        name = host.decode() if isinstance(host, bytes) else host
        if name not in (None, "", "localhost", "127.0.0.1", "::1"):
            raise socket.gaierror(f"A test asked for {name}; tests do without the network.")
        return look_up(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up_here)


def _place(item):
    """Where the file of a test stands in `STARTS_EARLY`; behind it, if it is not there."""
    places = [i for i, start in enumerate(STARTS_EARLY) if item.nodeid.startswith(start)]
    return min(places, default=len(STARTS_EARLY))


def _is_only_to_be_read(item):
    """Whether this is an example in a docstring of which no line is to be run: no test."""
    lines = item.dtest.examples if isinstance(item, pytest.DoctestItem) else [None]
    return all(line and line.options.get(doctest.SKIP) for line in lines)
