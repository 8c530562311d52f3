"""The flags and the exit codes; what the commands do is tested in tests/commands/."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ganedu import __main__
from ganedu.commands import doctor

ROOT = Path(__file__).parents[1]


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as ended:
        __main__.main(["--help"])
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert all(f"\n    {command} " in printed for command in ("train", "sample", "doctor"))


def test_omitted_flags_are_none_so_that_a_resumed_run_keeps_its_own():
    told = vars(__main__.parser().parse_args(["train", "--resume"]))
    assert told.pop("command") == "train" and told.pop("resume") is True
    assert set(told.values()) == {None}


@pytest.mark.parametrize(
    "words",
    [[], ["fly"], ["train", "--steps", "1", "--minutes", "1"], ["train", "--steps", "many"]],
)
def test_words_that_mean_nothing_end_with_2(words, capsys):
    with pytest.raises(SystemExit) as ended:
        __main__.main(words)
    assert ended.value.code == 2
    assert "usage: ganedu" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ValueError("a bad flag"), 2),
        (FileExistsError("it exists"), 2),
        (FileNotFoundError("no such run"), 2),
        (BlockingIOError("another process"), 2),
        (OSError("the disk is full"), 1),
        (FloatingPointError("a NaN"), 1),
        (KeyboardInterrupt(), 130),
    ],
)
def test_foreseen_errors_are_one_line_and_an_exit_code(error, code, monkeypatch, capsys):
    def fail():
        raise error

    monkeypatch.setattr(doctor, "doctor", fail)
    assert __main__.main(["doctor"]) == code
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1 and (str(error) or "Interrupted") in printed


def test_an_unforeseen_error_keeps_its_traceback(monkeypatch):
    def fail():
        raise ZeroDivisionError

    monkeypatch.setattr(doctor, "doctor", fail)
    with pytest.raises(ZeroDivisionError):
        __main__.main(["doctor"])


def test_the_code_of_the_command_is_passed_on(monkeypatch):
    monkeypatch.setattr(doctor, "doctor", lambda: 7)
    assert __main__.main(["doctor"]) == 7


def test_help_names_the_commands_and_waits_for_nothing_heavy():
    code = (
        "import sys; from ganedu.__main__ import main\n"
        "try: main(['--help'])\n"
        "except SystemExit as ended: assert ended.code == 0\n"
        "heavy = {'tensorflow', 'keras', 'numpy', 'matplotlib', 'scipy'} & sys.modules.keys()\n"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    words = [sys.executable, "-c", code]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("train", "sample", "evaluate", "doctor"):
        assert re.search(rf"^ +{name} +\w", done.stdout, re.MULTILINE)


def test_help_answers_in_half_a_second():
    times = []
    for _ in range(5):  # the quickest: other programs may be at work
        began = time.perf_counter()
        words = [sys.executable, "-m", "ganedu", "train", "--help"]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60)
        times.append(time.perf_counter() - began)
    assert "--resume" in done.stdout
    assert min(times) < 0.5
