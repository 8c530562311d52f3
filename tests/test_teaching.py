"""nbgrader for a class, and the teacher's page: notebooks/teaching.md against the lessons."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

from ganedu import colab
from ganedu.exercises.shelf import EXERCISES

ROOT = Path(__file__).parent.parent
CONFIG = ROOT / "nbgrader_config.py"
PAGE = ROOT / "notebooks" / "teaching.md"
LESSONS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
LESSON = "01_the_adversarial_loss"  # the quickest with several exercises
IDS = [id for id in EXERCISES if id.startswith(LESSON[:2])]

WORDS_A_MINUTE, MINUTES_AN_EXERCISE = 100, 8  # what the page says of its estimate


class Settings:
    """Stands in for nbgrader's configuration: whatever is set can be read."""

    def __getattr__(self, name):
        self.__dict__[name] = Settings()
        return self.__dict__[name]


def settings(folder):
    """What nbgrader_config.py sets, run as traitlets runs it, beside the lessons of a folder."""
    c = Settings()
    path = shutil.copy(CONFIG, folder)
    exec(
        compile(CONFIG.read_text("utf-8"), path, "exec"),
        {"get_config": lambda: c, "__file__": path},
    )
    return c


def notebooks_in(folder, *lessons):
    """A folder with some of the lessons, as in a clone of the course."""
    (folder / "notebooks").mkdir()
    for path in (*lessons, ROOT / "notebooks" / "notation.md"):
        shutil.copy(path, folder / "notebooks")
    return folder


def answers(notebook):
    """(id of the exercise, answer cell, check cell) of a lesson."""
    by_grade_id = {
        c.metadata.nbgrader.grade_id: c for c in notebook.cells if "nbgrader" in c.metadata
    }
    for id in IDS:
        name = id.replace(".", "-")
        yield id, by_grade_id[f"answer-{name}"], by_grade_id[f"check-{name}"]


# The page


def row(lesson):
    """The line of the page's table that a lesson asks for."""
    notebook = nbformat.read(lesson, as_version=4)
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    title = re.match(r"# (.+)", texts[0])[1]
    to_run = re.sub(r" (to run )?on 2 CPU cores.*", "", colab.TIME.search(texts[0])[1])
    points = [c.metadata.get("nbgrader", {}).get("points", 0) for c in notebook.cells]
    words = sum(len(text.split()) for text in texts)
    minutes = words / WORDS_A_MINUTE + MINUTES_AN_EXERCISE * sum(map(bool, points))
    return f"| [{title}]({lesson.name}) | {to_run} | {5 * round(minutes / 5)} | {sum(points):g} |"


def test_table_of_minutes_and_points_is_that_of_the_lessons():
    expected = [row(lesson) for lesson in LESSONS]
    found = re.findall(r"^\| \[\d\d · .+$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert found == expected, "the table should be:\n" + "\n".join(expected)


def test_page_says_how_its_estimate_is_made():
    page = " ".join(PAGE.read_text("utf-8").split())
    assert f"{WORDS_A_MINUTE} words a minute" in page
    assert f"{MINUTES_AN_EXERCISE} minutes for each exercise" in page


@pytest.mark.parametrize("id", EXERCISES)
def test_misconceptions_are_told_for_each_exercise(id):
    assert re.search(rf"^- \*\*{re.escape(id)}\*\* \w.+", PAGE.read_text("utf-8"), re.MULTILINE)


def test_misconceptions_are_told_of_exercises_that_are_there():
    told = re.findall(r"^- \*\*(.+?)\*\*", PAGE.read_text("utf-8"), re.MULTILINE)
    assert told == list(EXERCISES)


def test_links_of_the_page_lead_somewhere():
    for target in re.findall(r"\]\(([^)\s#]+)[^)]*\)", PAGE.read_text("utf-8")):
        assert re.match(r"https:", target) or (PAGE.parent / target).exists(), target


def test_commands_of_the_page_name_a_lesson():
    page = PAGE.read_text("utf-8")
    named = set(re.findall(r"nbgrader \w+ (\d\d_\w+)", page))
    assert named == {LESSON}


# The configuration


def test_source_is_made_from_the_lessons_and_not_again(tmp_path):
    settings(notebooks_in(tmp_path, *LESSONS))
    for lesson in LESSONS:
        made = tmp_path / "course" / "source" / lesson.stem
        assert {path.name for path in made.iterdir()} == {lesson.name, "notation.md"}
        text = (made / lesson.name).read_text("utf-8")
        before, after = nbformat.read(lesson, 4), nbformat.reads(text, 4)
        prose = "\n".join(cell.source for cell in after.cells if cell.cell_type == "markdown")
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", prose):
            assert target.endswith((".ipynb", ".md")) and (made / target).exists(), target
        for old, new in zip(before.cells, after.cells, strict=True):
            assert old == new or old.cell_type == "markdown"
    (made / lesson.name).write_text("a teacher's own version", "utf-8")
    settings(tmp_path)
    assert (made / lesson.name).read_text("utf-8") == "a teacher's own version"


def test_all_that_a_class_hands_in_lies_where_git_does_not_look(tmp_path):
    c = settings(notebooks_in(tmp_path, LESSONS[0]))
    assert c.CourseDirectory.root == str(tmp_path / "course")
    assert Path(c.ExportPlugin.to).parent == tmp_path / "course"
    assert "course/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


@pytest.mark.parametrize(
    "name",
    [
        "ada/01_the_adversarial_loss.ipynb",
        "ada/Copy of 01_the_adversarial_loss (1).ipynb",
        "ada_01_the_adversarial_loss.ipynb",
        "ada_Copy of 01_the_adversarial_loss.ipynb",
        "ada_12345_assignsubmission_file_/01_the_adversarial_loss.ipynb",
        "all of them/ada_12345_assignsubmission_file_01_the_adversarial_loss.ipynb",
        "01_the_adversarial_loss/ada_01_the_adversarial_loss-2.ipynb",
    ],
)
@pytest.mark.parametrize("separator", ["/", "\\"])
def test_names_of_handed_in_files_tell_who_and_what(tmp_path, name, separator):
    pattern = settings(notebooks_in(tmp_path)).FileNameCollectorPlugin.named_regexp
    path = f"/my_course/downloaded/{LESSON}/extracted/{name}".replace("/", separator)
    assert re.match(pattern, path).groupdict() == {"student_id": "ada", "file_id": LESSON}


@pytest.mark.parametrize(
    "name", [f"{LESSON}.ipynb", f"{LESSON}/{LESSON}.ipynb", "ada_essay.ipynb", f"{LESSON}/x.ipynb"]
)
def test_names_that_do_not_tell_are_not_guessed(tmp_path, name):
    pattern = settings(notebooks_in(tmp_path)).FileNameCollectorPlugin.named_regexp
    assert not re.match(pattern, f"/my_course/downloaded/{LESSON}/extracted/{name}")


# A class, graded by nbgrader itself

LINUX_AND_MAC = pytest.mark.skipif(sys.platform == "win32", reason="not tried on Windows")


def solved(notebook):
    for id, answer, _ in answers(notebook):
        answer.source = EXERCISES[id].solution


def solved_with_a_log_line(notebook):
    """As a library in C++ logs: past Python, into the output of the check."""
    solved(notebook)
    name = EXERCISES[IDS[1]].name
    list(answers(notebook))[1][1].source += f"""

_quiet = {name}


def {name}(*inputs):
    import os

    os.write(2, b"a log line from C++\\n")
    return _quiet(*inputs)
"""


def half_solved(notebook):
    solved(notebook)
    for id, answer, _ in list(answers(notebook))[::2]:
        answer.source = EXERCISES[id].mistakes[0].code


def cheated(notebook):
    for _, _, check in answers(notebook):
        check.source = "10.0"
        check.metadata.nbgrader.points = 10


def saved_by_colab(notebook):
    """Other kernel, no cell ids, more metadata, outputs of widgets, a widget state in pieces."""
    solved(notebook)
    notebook.nbformat_minor = 0
    notebook.metadata = nbformat.from_dict(
        {
            "accelerator": "GPU",
            "colab": {"provenance": [], "gpuType": "T4"},
            "kernelspec": {"name": "colab-python", "display_name": "Python 3"},
            "widgets": {"application/vnd.jupyter.widget-state+json": {"1f": {"model_name": "x"}}},
        }
    )
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "1f"}, "text/plain": "x"}
    for cell in notebook.cells:
        cell.metadata |= {"id": cell.pop("id"), "colab": {"base_uri": "https://localhost:8080/"}}
        if cell.cell_type == "code":
            cell.metadata |= {"executionInfo": {"status": "ok", "elapsed": 3}, "outputId": "9"}
            cell.outputs = [nbformat.v4.new_output("display_data", view)]
            cell.execution_count = None


CLASS = {  # who: how the lesson was changed, points, the file that arrives
    "ada": (solved_with_a_log_line, 4, "ada.zip"),
    "ben": (None, 0, f"ben_{LESSON}.ipynb"),
    "cem": (half_solved, 2, f"cem_{LESSON} (1).ipynb"),
    "dan": (cheated, 0, f"dan_123_assignsubmission_file_{LESSON}.ipynb"),
    "eva": (saved_by_colab, 4, f"eva_Copy of {LESSON}.ipynb"),
}


def hand_in(course, who):
    change, _, file = CLASS[who]
    if change is saved_by_colab:
        text = colab.self_contained(course / "source" / LESSON / f"{LESSON}.ipynb")
    else:
        text = (course / "release" / LESSON / f"{LESSON}.ipynb").read_text("utf-8")
    notebook = nbformat.reads(text, as_version=4)
    if change:
        change(notebook)
    archive = course / "downloaded" / LESSON / "archive"
    archive.mkdir(parents=True, exist_ok=True)
    text = json.dumps(notebook)
    if file.endswith(".zip"):
        with zipfile.ZipFile(archive / file, "w") as opened:
            opened.writestr(f"{LESSON}.ipynb", text)
    else:
        (archive / file).write_text(text, "utf-8")


def nbgrader(clone, *words):
    """Run a command of the page, as on a teacher's machine."""
    here = os.environ | {f"JUPYTER_{what}_DIR": str(clone / what) for what in ("CONFIG", "DATA")}
    here["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    del here["GANEDU_SMOKE"]  # nbgrader says itself that this is a rehearsal
    del here["PYTEST_CURRENT_TEST"]  # with it a kernel leaves the log lines of C++ alone
    command = [sys.executable, "-m", "nbgrader", *words]
    done = subprocess.run(command, cwd=clone, env=here, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clone of the course with one lesson, which a class has handed in."""
    pytest.importorskip("nbgrader", reason="uv run --group teach pytest -m nbgrader")
    clone = notebooks_in(tmp_path_factory.mktemp("clone"), ROOT / "notebooks" / f"{LESSON}.ipynb")
    shutil.copy(CONFIG, clone)
    nbgrader(clone, "generate_assignment", LESSON)
    for who in CLASS:
        hand_in(clone / "course", who)
    nbgrader(clone, "zip_collect", LESSON)
    return clone


@pytest.fixture(scope="module", params=CLASS)
def who(request, clone):
    """A learner whose work is graded; one after the other, or a slow machine takes too long."""
    nbgrader(clone, "autograde", LESSON, f"--student={request.param}")
    nbgrader(clone, "export")
    return request.param


@pytest.mark.nbgrader
@LINUX_AND_MAC
def test_points(clone, who):
    with (clone / "course" / "grades.csv").open(encoding="utf-8", newline="") as file:
        [grade] = [line for line in csv.DictReader(file) if line["student_id"] == who]
    assert grade["assignment"] == LESSON
    assert (float(grade["score"]), float(grade["max_score"])) == (CLASS[who][1], len(IDS))


@pytest.mark.nbgrader
@LINUX_AND_MAC
def test_every_cell_ran_and_every_check_is_the_lessons(clone, who):
    folder = clone / "course" / "autograded" / who / LESSON
    graded = nbformat.read(folder / f"{LESSON}.ipynb", 4)
    assert [check.source for _, _, check in answers(graded)] == [
        f'check("{id}", {EXERCISES[id].name})' for id in IDS
    ]
    for cell in graded.cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error", cell.source


@pytest.mark.nbgrader
@LINUX_AND_MAC
def test_release_keeps_the_stubs_and_has_no_outputs(clone):
    released = nbformat.read(clone / "course" / "release" / LESSON / f"{LESSON}.ipynb", 4)
    for id, answer, check in answers(released):
        assert answer.source == EXERCISES[id].stub.rstrip("\n")
        assert check.metadata.nbgrader.points == EXERCISES[id].points
    assert not any(cell.get("outputs") for cell in released.cells)


@pytest.mark.nbgrader
@LINUX_AND_MAC
@pytest.mark.parametrize("who", ["cem"], indirect=True)
def test_feedback_names_the_mistake(clone, who):
    nbgrader(clone, "generate_feedback", LESSON, f"--student={who}")
    page = clone / "course" / "feedback" / who / LESSON / f"{LESSON}.html"
    assert EXERCISES[IDS[0]].mistakes[0].says.split(".")[0] in page.read_text("utf-8")
