"""The command that stores the outputs of lessons."""

import os
import re

import nbformat
import pytest

from tests import rerun

ONE_DNN = (
    "I0000 00:00:1795373521.267744    5832 port.cc:153] oneDNN custom operations are on. You may "
    "see slightly different numerical results due to floating-point round-off errors from "
    "different computation orders. To turn them off, set the environment variable "
    "`TF_ENABLE_ONEDNN_OPTS=0`."
)
START_UP_LINES = [
    "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR",
    ONE_DNN,
    "I0000 00:00:1795373521.268045    5832 cudart_stub.cc:31] Could not find cuda drivers on your "
    "machine, GPU will not be used.",
    "E0000 00:00:1795373531.916776    5832 cuda_platform.cc:52] failed call to cuInit: INTERNAL: "
    "CUDA error: Failed call to cuInit: UNKNOWN ERROR (303)",
]


def written(tmp_path, *sources):
    """A notebook with these code cells, as an editor may have left it."""
    cells = [nbformat.v4.new_code_cell(source, execution_count=7) for source in sources]
    for cell in cells:
        cell.outputs = [nbformat.v4.new_output("stream", text="an older output")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata = {
        "kernelspec": {"display_name": "mine", "language": "python", "name": "mine"},
        "language_info": {"name": "python", "version": "3.0.0"},
        "widgets": {"application/vnd.jupyter.widget-state+json": {}},
        "colab": {"gpuType": "T4"},
    }
    nbformat.write(notebook, tmp_path / "lesson.ipynb")
    return tmp_path / "lesson.ipynb"


def test_a_lesson_gets_its_outputs_counts_and_hash(tmp_path, monkeypatch):
    monkeypatch.setenv("GANEDU_SMOKE", "1")
    noise = f"import sys; print({ONE_DNN!r}, file=sys.stderr)"
    path = written(tmp_path, noise, "import ganedu\nprint(ganedu.budget(2000))", "6 * 7")
    ids = [cell.id for cell in nbformat.read(path, as_version=4).cells]
    rerun.rerun(path)
    lesson = nbformat.read(path, as_version=4)
    assert [cell.execution_count for cell in lesson.cells] == [1, 2, 3]
    assert [cell.id for cell in lesson.cells] == ids
    assert lesson.cells[0].outputs == []
    assert lesson.cells[1].outputs[0].text == "2000\n"  # in full, although the tests rehearse
    assert lesson.cells[2].outputs[0].data == {"text/plain": "42"}
    assert all(cell.metadata == {} for cell in lesson.cells)  # no time stamps
    assert lesson.metadata == {
        "colab": {"gpuType": "T4"},
        "ganedu": {"code_sha256": rerun.code_sha256(lesson)},
        "kernelspec": rerun.KERNELSPEC,
        "language_info": {"name": "python"},
    }
    assert b"\r" not in path.read_bytes()


def test_running_again_changes_nothing(tmp_path):
    path = written(tmp_path, "1 + 1")
    rerun.rerun(path)
    once = path.read_bytes()
    rerun.rerun(path)
    assert path.read_bytes() == once


@pytest.mark.parametrize(
    "source", ["import sys; print('odd', file=sys.stderr)", "import warnings; warnings.warn('odd')"]
)
def test_anything_else_on_stderr_is_refused(tmp_path, monkeypatch, capsys, source):
    path = written(tmp_path, source)
    before = path.read_bytes()
    monkeypatch.setattr("sys.argv", ["rerun", str(path)])
    assert rerun.main() == 1
    assert path.read_bytes() == before
    said = capsys.readouterr().out
    assert "lesson.ipynb, cell 0 writes to stderr" in said and "odd" in said


def test_an_error_is_shown_and_the_older_outputs_stay(tmp_path, monkeypatch, capsys):
    path = written(tmp_path, "1 / 0")
    before = path.read_bytes()
    monkeypatch.setattr("sys.argv", ["rerun", str(path)])
    assert rerun.main() == 1
    assert path.read_bytes() == before
    assert "ZeroDivisionError" in capsys.readouterr().out


def test_it_says_how_long_it_took(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["rerun", str(written(tmp_path, "1 + 1"))])
    assert rerun.main() == 0
    assert "lesson.ipynb … " in (said := capsys.readouterr().out) and " s, " in said


@pytest.mark.parametrize("line", START_UP_LINES)
def test_start_up_lines_are_dropped(line):
    stderr = nbformat.v4.new_output("stream", name="stderr", text=f"{line}\n\n{line}\n")
    stdout = nbformat.v4.new_output("stream", name="stdout", text=line)
    assert rerun.without_start_up_lines([stderr, stdout], "here") == [stdout]


@pytest.mark.parametrize(
    "line", ["oneDNN", "W0000 port.cc] other", " failed call", START_UP_LINES[2] + " And more."]
)
def test_other_lines_are_not(line):
    text = f"{ONE_DNN}\n{line}\n"
    stderr = nbformat.v4.new_output("stream", name="stderr", text=text)
    with pytest.raises(ValueError, match="here writes to stderr:\n" + re.escape(line)):
        rerun.without_start_up_lines([stderr], "here")


def test_hash_sees_code_and_its_order_only():
    one, two = nbformat.v4.new_code_cell("a = 1"), nbformat.v4.new_code_cell("b = 2")
    prose = nbformat.v4.new_markdown_cell("Prose.")
    books = [[one, two], [one, prose, two], [two, one], [nbformat.v4.new_code_cell("a = 1b = 2")]]
    first, with_prose, swapped, joined = (
        rerun.code_sha256(nbformat.v4.new_notebook(cells=cells)) for cells in books
    )
    assert first == with_prose
    assert len({first, swapped, joined}) == 3


def test_the_run_is_full_quiet_and_finds_its_data(tmp_path, monkeypatch):
    for name in ("GANEDU_SMOKE", "NBGRADER_EXECUTION", "MPLBACKEND", "TF_CPP_MIN_LOG_LEVEL"):
        monkeypatch.setenv(name, "1")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANEDU_DATA_DIR", "data")
    variables = rerun.environment()
    assert not {"GANEDU_SMOKE", "NBGRADER_EXECUTION", "MPLBACKEND"} & set(variables)
    assert variables["TF_CPP_MIN_LOG_LEVEL"] == "2"
    assert variables["GANEDU_DATA_DIR"] == os.path.join(os.getcwd(), "data")


def test_a_cell_with_a_widget_keeps_one_sentence(tmp_path):
    """Also where the widget draws, and nothing of it stays: neither the picture nor the state."""
    draw = "def draw(n):\n    print('drawn', n)\n\n\n"
    shell = "ipywidgets.interactive_output(draw, {'n': slider})"
    code = f"import ipywidgets\n\n\n{draw}slider = ipywidgets.IntSlider(2)\n"
    path = written(tmp_path, f"{code}ipywidgets.VBox([slider, {shell}])", "print('after')")
    rerun.rerun(path)
    lesson = nbformat.read(path, as_version=4)
    (shown,) = lesson.cells[0].outputs
    assert shown.data == {"text/plain": rerun.WIDGET}
    assert lesson.cells[1].outputs[0].text == "after\n"
    assert "widgets" not in lesson.metadata


@pytest.mark.parametrize("holds", [True, False])
def test_a_claim_that_does_not_hold_is_not_stored(tmp_path, monkeypatch, holds):
    monkeypatch.setenv("GANEDU_SMOKE", "1")
    path = written(tmp_path, f"from ganedu.claims import claim\nclaim('It rains.', {holds})")
    if holds:
        rerun.rerun(path)
        assert nbformat.read(path, as_version=4).cells[0].outputs[0].text == "It rains. → holds\n"
    else:
        before = path.read_bytes()
        with pytest.raises(ValueError, match=r"cell 0 claims what .*\nIt rains"):
            rerun.rerun(path)
        assert path.read_bytes() == before
