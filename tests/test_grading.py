"""Every lesson, handed out, handed in with its answers, and graded by nbgrader: once each.

What else a class may hand in, and the commands of the teacher's page: test_teaching.py.
"""

import os
import shutil
import sys
from pathlib import Path

import nbformat
import pytest

from ganedu.exercises.shelf import EXERCISES
from tests.test_teaching import CONFIG, LESSONS, LINUX_AND_MAC, notebooks_in

pytestmark = [pytest.mark.nbgrader, LINUX_AND_MAC]

WRONG_AS_WELL = "00_start_here"  # quick, and its learner is new to all this


def answered(notebook, part):
    """Put an answer into each answer cell: the `part` of the exercise, as code."""
    cells = {c.metadata.nbgrader.grade_id: c for c in notebook.cells if "nbgrader" in c.metadata}
    for id, exercise in EXERCISES.items():
        if (cell := cells.get(f"answer-{id.replace('.', '-')}")) is not None:
            cell.source = part(exercise)
    return notebook


def solution(exercise):
    return exercise.solution


def mistake(exercise):
    return exercise.mistakes[0].code


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clone of the course that grades all its lessons in one gradebook, as a class does."""
    folder = notebooks_in(tmp_path_factory.mktemp("clone"), *LESSONS)
    shutil.copy(CONFIG, folder)
    return folder


def graded(clone, lesson, handed_in):
    """The points in the gradebook of what each learner handed in."""
    from nbgrader.apps import NbGraderAPI
    from traitlets.config.loader import PyFileConfigLoader

    course = clone / "course"
    api = NbGraderAPI(config=PyFileConfigLoader(CONFIG.name, path=str(clone)).load_config())
    succeeded(api.generate_assignment(lesson))
    for who, part in handed_in.items():
        released = nbformat.read(course / "release" / lesson / f"{lesson}.ipynb", as_version=4)
        folder = course / "submitted" / who / lesson
        folder.mkdir(parents=True)
        nbformat.write(answered(released, part), folder / f"{lesson}.ipynb")
        succeeded(api.autograde(lesson, who))
    with api.gradebook as book:
        return {who: book.find_submission(lesson, who).score for who in handed_in}


def succeeded(result):
    assert result["success"], result["log"] + str(result.get("error"))


# In this process, because to start nbgrader costs as much as to start TensorFlow; its warnings are
# its own.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_every_lesson_is_handed_out_and_graded(lesson, clone, monkeypatch):
    pytest.importorskip("nbgrader", reason="uv run --group teach pytest -m nbgrader")
    monkeypatch.delenv("GANEDU_SMOKE")  # nbgrader says itself that this is a rehearsal
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)  # its alembic
    full = sum(e.points for id, e in EXERCISES.items() if id.startswith(lesson.name[:2]))
    expected = {"ada": full} | ({"ben": 0} if lesson.stem == WRONG_AS_WELL else {})
    parts = {"ada": solution, "ben": mistake}
    assert graded(clone, lesson.stem, {who: parts[who] for who in expected}) == expected
