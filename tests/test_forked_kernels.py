"""Kernels that are forks: as good as others, and gone when they should be."""

import os
import subprocess
import sys
import time

import psutil
import pytest
from jupyter_client.manager import KernelManager

from tests.forked_kernels import HEAVY, SET, ForkServer, are_used

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks are used on Linux only")


@pytest.fixture(scope="module")
def server():
    made = ForkServer(heavy=["numpy.random", "ipykernel.kernelapp"])
    yield made
    made.close()


@pytest.fixture
def kernel(server, monkeypatch, tmp_path):
    """A manager and a client of a kernel as Jupyter starts it, in a folder of its own."""
    monkeypatch.setenv("JUPYTER_PATH", server.environment["JUPYTER_PATH"])
    monkeypatch.setenv("A_WORD", "passed on")
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(tmp_path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def said(kernel, code):
    """What a cell prints, or the name of its error."""
    shown = []

    def keep(message):
        content = message["content"]
        shown.append(content.get("text", "") or content.get("ename", ""))

    kernel[1].execute_interactive(code, output_hook=keep, timeout=60)
    return "".join(shown).strip()


def gone(pid):
    """Wait for the end of a process."""
    end = time.monotonic() + 20
    while psutil.pid_exists(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not psutil.pid_exists(pid)


def test_a_kernel_has_its_own_folder_words_and_variables(kernel, tmp_path):
    assert said(kernel, "import os; print(os.getcwd())") == str(tmp_path)
    assert said(kernel, "print(os.environ['A_WORD'], __name__)") == "passed on __main__"
    assert said(kernel, "import sys; print('ganedu' in sys.modules)") == "False"
    assert said(kernel, "print('scipy' in sys.modules, 'numpy' in sys.modules)") == "False True"
    assert said(kernel, "HEAVY") == said(kernel, "serve") == "NameError"


def test_it_is_a_child_of_the_server_so_its_work_is_counted(kernel, server):
    pid = int(said(kernel, "import os; print(os.getpid())"))
    assert psutil.Process(pid).ppid() == server.process.pid
    assert psutil.Process(server.process.pid).ppid() == os.getpid()


def test_two_kernels_draw_different_numbers(server, kernel, monkeypatch):
    draw = "import random, numpy; print(random.random(), numpy.random.rand())"
    other = KernelManager(kernel_name="python3")
    other.start_kernel(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = other.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    first, second = (said(each, draw).split() for each in (kernel, (other, client)))
    client.stop_channels()
    other.shutdown_kernel(now=True)
    assert first[0] != second[0] and first[1] != second[1]


def test_ctrl_c_reaches_the_kernel(kernel):
    manager, client = kernel
    asked = client.execute("import time; print('began'); time.sleep(60)")
    while client.get_iopub_msg(timeout=20)["content"].get("text") != "began\n":
        pass
    manager.interrupt_kernel()
    while (answer := client.get_shell_msg(timeout=20))["parent_header"]["msg_id"] != asked:
        pass
    assert answer["content"]["ename"] == "KeyboardInterrupt"


def test_a_kernel_that_ends_itself_is_seen_to_have_ended(kernel):
    manager, client = kernel
    client.execute("import os; os._exit(3)")
    end = time.monotonic() + 20
    while manager.is_alive() and time.monotonic() < end:
        time.sleep(0.05)
    assert not manager.is_alive()


def test_a_kernel_ends_with_its_stand_in(kernel):
    manager, _ = kernel
    pid = int(said(kernel, "import os; print(os.getpid())"))
    assert pid != manager.provisioner.process.pid
    manager.provisioner.process.kill()
    assert gone(pid)


def test_kernels_end_with_the_server(monkeypatch):
    server = ForkServer(heavy=["ipykernel.kernelapp"])
    monkeypatch.setenv("JUPYTER_PATH", server.environment["JUPYTER_PATH"])
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    pid = int(said((manager, client), "import os; print(os.getpid())"))
    server.close()
    client.stop_channels()
    assert gone(pid) and server.process.returncode == 0
    assert not os.path.exists(server.environment["JUPYTER_PATH"])
    manager.shutdown_kernel(now=True)


def test_the_first_lesson_starts_as_a_learner_starts_it(monkeypatch):
    for warm in ("notebooks/12_on_request.ipynb::Cell 0", "notebooks/00_start_here.ipynb::Cell 0"):
        assert are_used(warm)
    assert are_used("tests/test_grading.py::test_some_are_graded[00_start_here]")
    for cold in ("00_start_here", "tests/test_browser.py::test_it_runs[00_start_here]"):
        assert not are_used(cold)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not are_used("notebooks/12_on_request.ipynb::Cell 0")


def test_nothing_of_the_course_is_loaded_before_the_fork():
    assert not any(name.startswith("ganedu") for name in HEAVY)
    code = f"import importlib, sys; [importlib.import_module(name) for name in {HEAVY}]\n"
    code += "from tensorflow.python.eager import context\n"
    code += "import os; print(context._context is None, len(os.listdir('/proc/self/task')),"
    code += " 'ganedu' in sys.modules)"
    environment = {**os.environ, **SET}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    assert done.stdout.split() == ["True", "1", "False"], done.stdout + done.stderr
