"""Every lesson is handed out by nbgrader with all its points, and some are graded by it.

That the answers of every lesson get their points in their own notebook: test_colab.py, which runs
each lesson with them. What else a class may hand in, and the commands of the teacher's page:
test_teaching.py.
"""

import os
import shutil
import sys
from pathlib import Path

import nbformat
import pytest

from ganedu.exercises.shelf import EXERCISES
from tests.test_teaching import CONFIG, LESSONS, LINUX_AND_MAC, answered, notebooks_in

pytestmark = [pytest.mark.nbgrader, LINUX_AND_MAC]

WRONG_AS_WELL = "00_start_here"  # quick, and its learner is new to all this
GRADED = (WRONG_AS_WELL, "12_on_request", "15_the_missing_part")  # to grade one costs as to run it


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


@pytest.fixture
def api(clone, monkeypatch):
    """nbgrader, in this process: to start it costs as much as to start TensorFlow."""
    pytest.importorskip("nbgrader", reason="uv run --group teach pytest -m nbgrader")
    from nbgrader.apps import NbGraderAPI
    from traitlets.config.loader import PyFileConfigLoader

    monkeypatch.delenv("GANEDU_SMOKE")  # nbgrader says itself that this is a rehearsal
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)  # its alembic
    return NbGraderAPI(config=PyFileConfigLoader(CONFIG.name, path=str(clone)).load_config())


def graded(api, course, lesson, handed_in):
    """The points in the gradebook of what each learner handed in."""
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


@pytest.mark.filterwarnings("ignore")  # nbgrader's warnings are its own
@pytest.mark.parametrize("lesson", [lesson.stem for lesson in LESSONS])
def test_every_lesson_is_handed_out_and_some_are_graded(lesson, clone, api):
    succeeded(api.generate_assignment(lesson))
    full = sum(e.points for id, e in EXERCISES.items() if id.startswith(lesson[:2]))
    with api.gradebook as book:
        assert book.find_assignment(lesson).max_score == full
    expected = {"ada": full} | ({"ben": 0} if lesson == WRONG_AS_WELL else {})
    parts = {"ada": solution, "ben": mistake}
    if lesson in GRADED:
        handed_in = {who: parts[who] for who in expected}
        assert graded(api, clone / "course", lesson, handed_in) == expected
