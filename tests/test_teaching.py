"""nbgrader for a class, and the teacher's page: notebooks/teaching.md against the lessons."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path
from types import ModuleType
from unittest import mock

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

# what the page says of its estimate
WORDS_A_MINUTE, LINES_A_MINUTE, MINUTES_AN_EXERCISE = 80, 12, 10


class Settings:
    """Stands in for nbgrader's configuration: whatever is set can be read."""

    def __getattr__(self, name):
        self.__dict__[name] = Settings()
        return self.__dict__[name]


def configuration(folder):
    """The names in nbgrader_config.py, run as traitlets runs it, beside the lessons of a folder."""
    stand_ins = {name: ModuleType(name) for name in ("nbgrader.plugins", "nbgrader.preprocessors")}
    for module in stand_ins.values():
        module.__getattr__ = lambda name: object  # nbgrader may not be there, and is slow to come
    path = shutil.copy(CONFIG, folder)
    names = {"get_config": Settings, "__file__": path}
    with mock.patch.dict(sys.modules, {"nbgrader": ModuleType("nbgrader"), **stand_ins}):
        exec(compile(CONFIG.read_text("utf-8"), path, "exec"), names)
    return names


def notebooks_in(folder, *lessons):
    """A folder with some of the lessons, as in a clone of the course."""
    (folder / "notebooks").mkdir()
    for path in (*lessons, ROOT / "notebooks" / "notation.md"):
        shutil.copy(path, folder / "notebooks")
    return folder


def answered(notebook, part):
    """Put an answer into each answer cell: the `part` of the exercise, as code."""
    cells = {c.metadata.nbgrader.grade_id: c for c in notebook.cells if "nbgrader" in c.metadata}
    for id, exercise in EXERCISES.items():
        if (cell := cells.get(f"answer-{id.replace('.', '-')}")) is not None:
            cell.source = part(exercise)
    return notebook


def answers(notebook):
    """(id of the exercise, answer cell, check cell) of a lesson."""
    by_grade_id = {
        c.metadata.nbgrader.grade_id: c for c in notebook.cells if "nbgrader" in c.metadata
    }
    for id in IDS:
        name = id.replace(".", "-")
        yield id, by_grade_id[f"answer-{name}"], by_grade_id[f"check-{name}"]


# The page


def points(notebook):
    given = [cell.metadata.get("nbgrader", {}).get("points", 0) for cell in notebook.cells]
    return [point for point in given if point]


def minutes_to_work_through(notebook):
    """By the rule that the page states: text, code that is read, exercises; rounded to five."""
    cells = [cell for cell in notebook.cells if "bootstrap" not in cell.metadata.get("tags", [])]
    words = sum(len(cell.source.split()) for cell in cells if cell.cell_type == "markdown")
    read = (c for c in cells if c.cell_type == "code" and "nbgrader" not in c.metadata)
    lines = sum(bool(line.strip()) for cell in read for line in cell.source.splitlines())
    minutes = words / WORDS_A_MINUTE + lines / LINES_A_MINUTE
    return 5 * round((minutes + MINUTES_AN_EXERCISE * len(points(notebook))) / 5)


def row(lesson):
    """The line of the page's table that a lesson asks for."""
    notebook = nbformat.read(lesson, as_version=4)
    head = notebook.cells[0].source
    title = re.match(r"# (.+)", head)[1]
    to_run = re.sub(r" (to run )?on 2 CPU cores.*", "", colab.TIME.search(head)[1])
    told = minutes_to_work_through(notebook), sum(points(notebook))
    return f"| [{title}]({lesson.name}) | {to_run} | {told[0]} | {told[1]:g} |"


def test_table_of_minutes_and_points_is_that_of_the_lessons():
    expected = [row(lesson) for lesson in LESSONS]
    found = re.findall(r"^\| \[\d\d · .+$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert found == expected, "the table should be:\n" + "\n".join(expected)


@pytest.mark.parametrize("lesson", LESSONS, ids=[lesson.stem for lesson in LESSONS])
def test_the_head_of_a_lesson_says_the_same_minutes(lesson):
    notebook = nbformat.read(lesson, as_version=4)
    told = f"on 2 CPU cores, {minutes_to_work_through(notebook)} minutes to work through"
    assert told in notebook.cells[0].source, told


def test_page_says_how_its_estimate_is_made():
    page = " ".join(PAGE.read_text("utf-8").split())
    assert f"{WORDS_A_MINUTE} words and {LINES_A_MINUTE} lines of code a minute" in page
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
    configuration(notebooks_in(tmp_path, *LESSONS))
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
    configuration(tmp_path)
    assert (made / lesson.name).read_text("utf-8") == "a teacher's own version"


def test_all_that_a_class_hands_in_lies_where_git_does_not_look(tmp_path):
    c = configuration(notebooks_in(tmp_path, LESSONS[0]))["c"]
    assert c.CourseDirectory.root == str(tmp_path / "course")
    assert Path(c.ExportPlugin.to).parent == tmp_path / "course"
    assert "course/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


# What a class hands in

TEXT = (ROOT / "notebooks" / f"{LESSON}.ipynb").read_text("utf-8")
OTHER = (ROOT / "notebooks" / "00_start_here.ipynb").read_text("utf-8")


def packed(files):
    """A zip file, in bytes."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def edited(change):
    """The lesson after a change, as a learner would save it."""
    notebook = nbformat.reads(TEXT, as_version=4)
    change(notebook)
    return nbformat.writes(notebook)


def signed(name):
    """The lesson as one learner has it, unlike another's."""
    return edited(lambda notebook: notebook.cells[0].update(source=name))


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The names of the configuration, in a clone with one lesson."""
    return configuration(
        notebooks_in(tmp_path_factory.mktemp("clone"), ROOT / "notebooks" / f"{LESSON}.ipynb")
    )


def sorted_out(course, folder, files):
    """Who is taken, and what is left out, of files in the archive's folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    taken, left_out = course["sort_out"](folder, LESSON)
    return taken, {"/".join(place): reason for place, reason in left_out}


@pytest.mark.parametrize(
    ("name", "who"),
    [
        (f"ada/{LESSON}.ipynb", "ada"),
        (f"ada/Copy of {LESSON} (1).ipynb", "ada"),
        (f"ada_{LESSON}.ipynb", "ada"),
        (f"ada_Copy of {LESSON}.ipynb", "ada"),
        (f"ada_12345_assignsubmission_file_/{LESSON}.ipynb", "ada"),
        (f"all of them/ada_12345_assignsubmission_file_{LESSON}.ipynb", "ada"),
        (f"{LESSON}/ada_{LESSON}-2.ipynb", "ada"),
        (f"Ada Lovelace - {LESSON}.ipynb", "Ada Lovelace"),
        (f"ada_lovelace_{LESSON}.ipynb", "ada_lovelace"),
        (f"lovelaceada_LATE_1234_56789_{LESSON}-1.ipynb", "lovelaceada"),
        (f"ada_{LESSON}_final.ipynb", "ada"),
        (f"ada_{LESSON}_v2 (1).ipynb", "ada"),
        (f"{LESSON}_final_ada.ipynb", "ada"),
        (f"ada_{LESSON.replace('_', '-')}.IPYNB", "ada"),
        ("ada_homework 3.ipynb", "ada"),
        ("ada.ipynb", "ada"),
        ("ada/Untitled1.ipynb", "ada"),
        (f"1234567_{LESSON}.ipynb", "1234567"),
        (f"anna_v_{LESSON}.ipynb", "anna_v"),  # a first name and an initial
        (f"zoe\u0308_{LESSON}.ipynb", "zoë"),  # as Finder writes it
    ],
)
def test_names_of_handed_in_files_tell_who_it_is(course, tmp_path, name, who):
    taken, left_out = sorted_out(course, tmp_path, {name: TEXT})
    assert [*taken] == [who] and not left_out


@pytest.mark.parametrize(
    "name",
    [f"{LESSON}.ipynb", f"{LESSON}/{LESSON} (2).ipynb", "homework/Copy of Untitled.ipynb"],
)
def test_names_that_do_not_tell_are_not_guessed(course, tmp_path, name):
    taken, left_out = sorted_out(course, tmp_path, {name: TEXT, f"ben_{LESSON}.ipynb": TEXT})
    assert [*taken] == ["ben"]
    assert left_out == {name: "does not tell by its name whose it is."}


@pytest.mark.parametrize("separator", ["/", "\\"])
def test_zips_hold_folders_droppings_and_other_zips(course, tmp_path, separator):
    inner = packed({f"gans/{LESSON}.ipynb": TEXT})
    one = {
        f"homework/{LESSON}.ipynb": TEXT,
        "homework/picture.png": b"png",
        f"homework/.ipynb_checkpoints/{LESSON}-checkpoint.ipynb": signed("older"),
        f"__MACOSX/homework/._{LESSON}.ipynb": b"\0\5\26\7",
    }
    all_of_them = {f"{who}/{LESSON}.ipynb": signed(who) for who in ("eva", "fay")}
    all_of_them["gus.zip"] = inner
    files = {
        "ned.zip": packed({name.replace("/", separator): text for name, text in one.items()}),
        "Ola Nordmann.zip": packed({f"homework/{LESSON} (1).ipynb": TEXT}),
        "all of them.zip": packed(all_of_them),
        ".DS_Store": b"\0",
        f".ipynb_checkpoints/ben_{LESSON}-checkpoint.ipynb": TEXT,
    }
    taken, left_out = sorted_out(course, tmp_path, files)
    assert sorted(taken) == ["Ola Nordmann", "eva", "fay", "gus", "ned"] and not left_out
    assert taken["ned"][1] == nbformat.reads(TEXT, as_version=4)


def test_a_broken_file_stops_nobody_and_is_named(course, tmp_path):
    damaged = bytearray(packed({f"{LESSON}.ipynb": TEXT}))
    damaged[100:900] = bytes(800)
    files = {
        "amy.zip": bytes(damaged),
        "bea.zip": b"PK\3\4 and no more",
        f"cleo_{LESSON}.ipynb": TEXT[:1000],
        f"dora_{LESSON}.ipynb": OTHER,
        "enid.pdf": b"%PDF",
        "flo.zip": packed({"essay.txt": "words"}),
        f"gwen_{LESSON}.ipynb": b"",
        f"hal_{LESSON}.ipynb": '{"cells": 3}',
        f"zoe_{LESSON}.ipynb": TEXT,
    }
    taken, left_out = sorted_out(course, tmp_path, files)
    assert [*taken] == ["zoe"]
    assert {name.split("/")[0] for name in left_out} == files.keys() - {f"zoe_{LESSON}.ipynb"}
    assert left_out[f"dora_{LESSON}.ipynb"].endswith("it has no exercise of this lesson.")
    assert left_out["enid.pdf"] == left_out["flo.zip"] == "is or holds no notebook."


def test_people_of_one_name_and_two_files_of_one_person(course, tmp_path):
    """A platform's number tells them apart; without one the later file is taken, and both named."""
    files = {
        f"Ada_123_assignsubmission_file_/{LESSON}.ipynb": signed("one"),
        f"Ada_456_assignsubmission_file_/{LESSON}.ipynb": signed("two"),
        f"ben_{LESSON}.ipynb": signed("last try"),
        f"ben_{LESSON} (1).ipynb": signed("last try"),
        f"ben_{LESSON}_v1.ipynb": signed("first try"),
    }
    taken, left_out = sorted_out(course, tmp_path, files)
    for name, age in zip([*files][2:], (1, 1, 2), strict=True):
        os.utime(tmp_path / name, (10**9 - age, 10**9 - age))
    taken, left_out = sorted_out(course, tmp_path, {})
    assert {who: file[1].cells[0].source for who, file in taken.items()} == {
        "Ada_123": "one", "Ada_456": "two", "ben": "last try"
    }  # fmt: skip
    [(name, reason)] = left_out.items()
    assert name == f"ben_{LESSON}_v1.ipynb" and f"than ben_{LESSON}" in reason


# What is graded


def copied(notebook):
    """An answer and its check, copied as they are, to keep a first try."""
    first = [cell for cell in notebook.cells if "nbgrader" in cell.metadata][:2]
    at = notebook.cells.index(first[0])
    notebook.cells[at:at] = [nbformat.from_dict({**cell, "id": cell.id + "x"}) for cell in first]


def without_metadata(notebook):
    """As after copying all cells into a new notebook."""
    for cell in notebook.cells:
        cell.metadata.clear()


def with_old_metadata(notebook):
    """As in a notebook of another year, and of another course."""
    for number, cell in enumerate(c for c in notebook.cells if "nbgrader" in c.metadata):
        cell.metadata["nbgrader"].pop("schema_version")
        if number == 0:
            cell.metadata["nbgrader"] = "lost"


@pytest.mark.parametrize("change", [copied, without_metadata, with_old_metadata])
def test_every_check_is_found_once_whatever_became_of_the_metadata(course, change):
    lesson = nbformat.reads(TEXT, as_version=4)
    notebook = nbformat.reads(edited(change), as_version=4)
    resources = {"nbgrader": {"assignment": LESSON}}
    course["Restorer"]().preprocess(notebook, resources)
    known = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
    expected = [cell for cell in lesson.cells if "nbgrader" in cell.metadata]
    checks = [cell.metadata.nbgrader for cell in expected if cell.metadata.nbgrader.grade]
    found = [cell.metadata.nbgrader for cell in known if cell.metadata.nbgrader.grade]
    assert found == checks
    if change is copied:
        assert [cell.id for cell in known] == [cell.id for cell in expected]  # the last copy


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


def half_solved_with_copies(notebook):
    copied(notebook)
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
    "ben": (None, 0, f"ben_{LESSON}_final.ipynb"),
    "cem": (half_solved_with_copies, 2, f"cem_{LESSON} (1).ipynb"),
    "dan": (cheated, 0, f"dan_123_assignsubmission_file_{LESSON}.ipynb"),
    "Eva Noether": (saved_by_colab, 4, f"Eva Noether - Copy of {LESSON}.ipynb"),
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
        dropping = {f"__MACOSX/homework/._{LESSON}.ipynb": b"\0"}
        (archive / file).write_bytes(packed({f"homework/{LESSON}.ipynb": text, **dropping}))
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
    (clone / "course" / "downloaded" / LESSON / "archive" / "amy.zip").write_bytes(b"no zip")
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
