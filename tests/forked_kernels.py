"""Kernels that are there at once: forks of a process that has loaded TensorFlow.

To load TensorFlow takes nine seconds of a core, and each lesson runs in three kernels or four, so
on Linux the tests load it once for each of their processes. What a fork is given is what `import`
leaves: nothing of the course is loaded, TensorFlow has computed nothing, and no thread runs. In
a browser and with Colab's versions the kernels of lesson 00 start as a learner's do, so that the
usual way is seen as well.

    pytest --fork-server--> this file, "serve": loads, then waits at a socket
    Jupyter --kernel.json--> this file, "kernel": asks there for a fork, and stands for it until it
    ends: signals go on to it, it dies with its stand-in

Only the standard library at the top: a stand-in starts in no time, also in Colab's environment.
"""

import contextlib
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

HEAVY = ("tensorflow", "keras", "sklearn.decomposition", "sklearn.neighbors", "scipy.ndimage",
         "matplotlib.pyplot", "ipywidgets", "ipykernel.kernelapp")  # fmt: skip
SET = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # as ipykernel would set it
    "OPENBLAS_NUM_THREADS": "1",  # otherwise threads run when it forks
}
PASSED_ON = (signal.SIGINT, signal.SIGTERM)
STARTS_COLD = "00_start_here"  # its kernels start as a learner's do, but for nbval and nbgrader
WARM_ANYHOW = ("notebooks/", "tests/test_grading.py")


# The process that forks


def serve(listener, heavy):
    """Load what is heavy, then fork a kernel for everybody who asks, until stdin is closed."""
    for name in heavy:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    ended, wakes = socket.socketpair()
    for end in (ended, wakes):
        end.setblocking(False)
    signal.set_wakeup_fd(wakes.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests
    kernels = {}  # by the connection to the stand-in of each
    while True:
        for ready in select.select([0, listener, ended, *kernels], [], [])[0]:
            if ready == 0:
                return end_all(kernels)
            if ready is listener:
                connection = listener.accept()[0]
                with contextlib.suppress(OSError, ValueError):  # who asked has gone
                    kernels[connection] = forked(connection, [listener, ended, wakes, *kernels])
            elif ready is ended:
                ended.recv(4096)
            elif ready in kernels:  # its stand-in has gone
                kill(kernels[ready])
        for connection, pid in list(kernels.items()):
            if os.waitpid(pid, os.WNOHANG)[0]:
                connection.close()  # which ends the stand-in
                del kernels[connection]


def forked(connection, others):
    """Fork a kernel for a stand-in, and tell it who its kernel is."""
    _, descriptors, *_ = socket.recv_fds(connection, 1, 3)
    wanted = json.loads(connection.makefile().readline())
    pid = os.fork()
    if not pid:
        signal.set_wakeup_fd(-1)
        for each in (connection, *others):
            each.close()
        become_kernel(wanted, descriptors)
    for each in descriptors:
        os.close(each)
    with contextlib.suppress(OSError):  # it has gone: `serve` will see it
        connection.sendall(f"{pid}\n".encode())
    return pid


def become_kernel(wanted, descriptors):
    """Go on as the kernel that was asked for; does not return."""
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setsid()
    os.chdir(wanted["folder"])
    os.environ.clear()
    os.environ.update(wanted["environment"])
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    importlib.import_module("numpy").random.seed()  # otherwise all forks would draw the same
    sys.argv = ["ipykernel_launcher.py", *wanted["arguments"]]
    importlib.import_module("ipykernel.kernelapp").launch_new_instance()
    sys.exit()


def end_all(kernels):
    for pid in kernels.values():
        kill(pid)
        os.waitpid(pid, 0)  # what it has worked counts as work of this process


def kill(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


# The process that stands for a fork


def stand_in(place, arguments):
    """Ask for a kernel and live as long as it does."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(place)
        socket.send_fds(connection, [b" "], [0, 1, 2])
        wanted = {
            "folder": os.getcwd(),
            "environment": dict(os.environ),
            "arguments": arguments,
        }
        connection.sendall(json.dumps(wanted).encode() + b"\n")
        answers = connection.makefile()
        pid = int(answers.readline())
        for number in PASSED_ON:
            signal.signal(number, lambda number, _: os.kill(pid, number))
        answers.read()  # nothing comes but the end


# What pytest and the tests of lessons call


def are_used(test):
    """Whether the kernels of a test, by its name, are forks."""
    warm = STARTS_COLD not in test or test.startswith(WARM_ANYHOW)
    return sys.platform == "linux" and warm


class ForkServer:
    """One process that forks, and the folder where Jupyter finds its kernels.

    Args:
        python: the interpreter of the kernels.
        heavy: names of the modules that it loads.

    `environment` makes Jupyter start forks where it is asked for `python3`.
    """

    def __init__(self, python=sys.executable, heavy=HEAVY):
        self.folder = tempfile.TemporaryDirectory(prefix="kernels-")
        home, place = Path(self.folder.name), os.path.join(self.folder.name, "socket")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(place)
        listener.listen()  # so who asks while it loads, waits
        with listener:
            self.process = subprocess.Popen(
                [python, __file__, "serve", str(listener.fileno()), *heavy],
                env={**os.environ, **SET},
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[listener.fileno()],
            )
        argv = [str(python), "-S", __file__, "kernel", place, "-f", "{connection_file}"]
        (home / "kernels" / "python3").mkdir(parents=True)
        spec = {"argv": argv, "display_name": "Python 3 (ipykernel)", "language": "python"}
        (home / "kernels" / "python3" / "kernel.json").write_text(json.dumps(spec), "utf-8")
        self.environment = {"JUPYTER_PATH": str(home)}

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.folder.cleanup()


def main(task, *words):
    sys.path.pop(0)  # the folder of this file
    if task == "serve":
        serve(socket.socket(fileno=int(words[0])), words[1:])
    else:
        stand_in(words[0], list(words[1:]))


if __name__ == "__main__":
    main(*sys.argv[1:])
