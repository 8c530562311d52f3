"""What lessons cost: counted in the work of all processes, and held to the budget by name."""

import json
import subprocess
import sys

import pytest

from tests import costs

BUSY = "import time\nwhile time.process_time() < 0.5: pass\n"


def line(test, seconds):
    return json.dumps({"test": test, "core_seconds": seconds})


@pytest.mark.parametrize("ended", [True, False])
def test_the_work_of_children_is_counted_and_waiting_is_not(ended):
    before = costs.core_seconds()
    words = [sys.executable, "-c", BUSY + "print(1, flush=True); import time; time.sleep(600)"]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        if ended:
            process.kill()
            process.wait()
        spent = costs.core_seconds() - before
        process.kill()
    assert 0.4 < spent < 5


def test_a_lesson_is_the_sum_over_all_groups():
    lines = [
        line("notebooks/03_plane.ipynb::Cell 0", 30.0),
        line("notebooks/03_plane.ipynb::Cell 1", 20.5),
        line("tests/test_colab.py::test_a_lesson_runs_in_colab[03_plane]", 39.0),
        line("notebooks/04_other.ipynb::Cell 0", 91.0),
    ]
    text, far_too_much = costs.report(lines)
    _, plane, other = text.splitlines()
    assert " ".join(plane.split()) == "03_plane 90 (nbval 50, test_colab 39)"
    assert " ".join(other.split()) == "04_other 91 TOO MUCH (nbval 91)"
    assert far_too_much == []


def test_far_too_much_fails_and_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["costs", str(tmp_path / "costs")])
    (tmp_path / "costs").write_text(line("notebooks/04_other.ipynb::Cell 0", 269.0))
    assert costs.main() == 0
    (tmp_path / "costs").write_text(line("notebooks/04_other.ipynb::Cell 0", 271.0))
    assert costs.main() == 1
    assert "Far too much: 04_other." in capsys.readouterr().out
    (tmp_path / "costs").write_text("")
    assert costs.main() == 1, "a run that measured nothing holds nobody to anything"
