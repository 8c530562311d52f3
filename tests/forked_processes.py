"""Processes of a command that are there at once: forks, like the kernels of the lessons.

To load TensorFlow takes nine seconds of a core, and tests that kill processes, or let two of them
train together, start several. On Linux the standard library's fork server loads it once for each
process of tests; elsewhere each process starts from nothing. Some tests start whole processes
everywhere, so that the usual way is seen as well.
"""

import importlib
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import weakref
from pathlib import Path

from tests.forked_kernels import HEAVY

ROOT = Path(__file__).parents[1]
LOADED = [name for name in HEAVY if not name.startswith(("ipy", "matplotlib.pyplot"))]


def started(module, name, words, env=None):
    """Start a function of a list of words, found by name, in a process of its own.

    Args:
        module: where the function lies.
        name: of the function; it exits with its code.
        words: that it is given, as texts.
        env: the whole environment, that of this process if None.

    Returns:
        `subprocess.Popen`, or a `Fork`, which shows what the tests use of it.
    """
    begin = Fork if sys.platform == "linux" else whole
    return begin([module, name, *map(str, words)], dict(os.environ if env is None else env))


def whole(told, env=None, **options):
    """A process that starts from nothing, as a learner's does; options of `subprocess.Popen`."""
    code = "import importlib, sys; _, module, name, *words = sys.argv"
    code += "; getattr(importlib.import_module(module), name)(words)"
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    words = [sys.executable, "-c", code, *map(str, told)]
    return subprocess.Popen(words, cwd=ROOT, env=env, **pipes, **options)


class Fork:
    """A process of a function that has begun with TensorFlow loaded, but nothing of the course."""

    def __init__(self, told, env):
        descriptor, name = tempfile.mkstemp(suffix=".txt")
        os.close(descriptor)
        weakref.finalize(self, os.unlink, name)
        self.said = Path(name)
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(LOADED)
        self.process = context.Process(target=become, args=(told, env, self.said))
        self.process.start()
        self.pid, self.kill = self.process.pid, self.process.kill

    @property
    def returncode(self):
        return self.process.exitcode

    def poll(self):
        return self.process.exitcode

    def communicate(self, timeout=None):
        """What it has said, and None, when it has ended."""
        self.process.join(timeout)
        if self.poll() is None:
            raise subprocess.TimeoutExpired(self.process.name, timeout)
        return self.said.read_text("utf-8"), None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.join()


def become(told, env, said):
    """Go on as the command, in the fork."""
    os.environ.clear()
    os.environ.update(env)
    os.chdir(ROOT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with said.open("wb") as file:
        for descriptor in (1, 2):
            os.dup2(file.fileno(), descriptor)
    importlib.import_module("numpy").random.seed()  # otherwise all forks would draw the same
    module, name, *words = told
    getattr(importlib.import_module(module), name)(words)
