"""Lessons as single files: what they carry, what they say, and that they run as Colab runs them."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

import ganedu
from ganedu import colab
from ganedu.__main__ import main

LESSONS = sorted(colab.NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
EACH_LESSON = pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
ROOT = colab.NOTEBOOKS.parent


def cells(text, tag=None):
    notebook = json.loads(text)
    return [
        {**cell, "source": "".join(cell["source"])}
        for cell in notebook["cells"]
        if tag is None or tag in cell["metadata"].get("tags", [])
    ]


def carried(text):
    """The wheel inside a notebook, as its bootstrap cell would write it."""
    [cell] = cells(text, "bootstrap")
    code = re.search(r'"""(.*?)"""', cell["source"], re.DOTALL).group(1)
    return base64.b85decode("".join(code.split()))


@EACH_LESSON
def test_a_lesson_carries_the_package_and_nothing_else_changes(lesson):
    text = colab.self_contained(lesson)
    assert len(text) < 2_300_000
    [bootstrap] = cells(text, "bootstrap")
    assert len(bootstrap["source"]) < 2_000_000
    assert bootstrap["metadata"]["cellView"] == "form" and "@title" in bootstrap["source"]
    before, after = cells(lesson.read_text("utf-8")), cells(text)
    assert [cell["id"] for cell in after] == [cell["id"] for cell in before]
    for old, new in zip(before, after, strict=True):
        if new["cell_type"] == "code" and new["id"] != bootstrap["id"]:
            assert new["source"] == old["source"] and new["metadata"] == old["metadata"]
            assert (new["outputs"], new["execution_count"]) == ([], None)
    assert "ganedu" not in json.loads(text)["metadata"]


@EACH_LESSON
def test_a_lone_file_points_at_nothing_beside_it(lesson):
    text = colab.self_contained(lesson)
    for cell in cells(text):
        if cell["cell_type"] == "markdown":
            assert not re.search(r"\]\((?!https?:|#)", cell["source"]), cell["source"]
    title = cells(text)[0]["source"]
    assert "Runtime → Run all" in title and "JupyterLab" not in title


@EACH_LESSON
def test_a_repository_is_linked_and_installed_from(lesson):
    text = colab.self_contained(lesson, repository="somebody/course")
    [bootstrap] = cells(text, "bootstrap")
    tag = f"v{ganedu.__version__}"
    assert f"--no-deps git+https://github.com/somebody/course@{tag}" in bootstrap["source"]
    assert "b85decode" not in bootstrap["source"] and len(text) < 200_000
    address = f"https://colab.research.google.com/github/somebody/course/blob/{tag}/colab/"
    assert f"[Open in Colab]({address}{lesson.name})" in cells(text)[0]["source"]


def test_links_lead_to_the_written_files_themselves(tmp_path, monkeypatch):
    """Not to the lessons as they stand in the repository: those do not bring the package."""
    home = tmp_path / "course"
    shutil.copytree(colab.NOTEBOOKS, home / "notebooks", ignore=shutil.ignore_patterns("runs"))
    monkeypatch.setattr(colab, "NOTEBOOKS", home / "notebooks")
    tag = f"somebody/course/blob/v{ganedu.__version__}"
    for out, folder in ((home / "for" / "colab", "for/colab"), (tmp_path / "mine", "mine")):
        text = colab.write(out, repository="somebody/course")[1].read_text(encoding="utf-8")
        found = set(re.findall(r"https://[^)\s\"]*somebody[^)\s\"]*\.(?:ipynb|md)", text))
        lessons = {f"https://colab.research.google.com/github/{tag}/{folder}/{path.name}"
                   for path in LESSONS}  # fmt: skip
        assert found & lessons
        assert found - lessons <= {f"https://github.com/{tag}/notebooks/notation.md"}


def test_the_wheel_holds_the_package_with_its_weights():
    with zipfile.ZipFile(BytesIO(colab.wheel())) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        inside = {name.removeprefix("ganedu/") for name in names if name.startswith("ganedu/")}
        record = archive.read(f"ganedu-{ganedu.__version__}.dist-info/RECORD").decode()
    tracked = subprocess.run(
        ["git", "ls-files", "ganedu"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()  # fmt: skip
    assert {name.removeprefix("ganedu/") for name in tracked} <= inside
    assert {line.split(",")[0] for line in record.splitlines()} == names
    assert colab.wheel() == colab.wheel()


def test_rare_weights_are_left_out_where_nobody_asks_for_them(tmp_path):
    def holds(text):
        with zipfile.ZipFile(BytesIO(carried(text))) as archive:
            return "ganedu/weights/digit_generator_last.npz" in archive.namelist()

    lesson = tmp_path / "99_a_test.ipynb"
    source = LESSONS[0].read_text("utf-8")
    lesson.write_text(source, encoding="utf-8")
    assert not holds(colab.self_contained(lesson))
    asking = source.replace("shipped.digit_generator()", "shipped.digit_generator(averaged=False)")
    assert asking != source
    lesson.write_text(asking, encoding="utf-8")
    assert holds(colab.self_contained(lesson))


def test_a_gpu_is_chosen_only_where_it_pays():
    for lesson in LESSONS:
        metadata = json.loads(colab.self_contained(lesson))["metadata"]
        assert (metadata.get("accelerator") == "GPU") == (lesson.name[:2] in colab.GPU_PAYS)


def test_the_command_writes_all_lessons_and_overwrites_nothing_of_yours(tmp_path, capsys):
    out = tmp_path / "class"
    assert main(["colab", "--out", str(out)]) == 0
    assert f"{len(LESSONS)} notebooks in {out}" in capsys.readouterr().out
    assert [path.name for path in sorted(out.iterdir())] == [path.name for path in LESSONS]
    assert main(["colab", "--out", str(out)]) == 0  # the same again is fine
    mine = out / LESSONS[-1].name
    mine.write_text("my answers", encoding="utf-8")
    capsys.readouterr()
    assert main(["colab", "--out", str(out)]) == 2
    assert f"{mine} is there and holds something else" in capsys.readouterr().err
    assert mine.read_text(encoding="utf-8") == "my answers"


def test_without_the_lessons_the_command_says_where_they_are(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(colab, "NOTEBOOKS", tmp_path)
    assert main(["colab", "--out", str(tmp_path / "out")]) == 2
    assert "in a clone of the course" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_notebook_that_was_cut_off_is_written_again(tmp_path):
    first, second, *_ = colab.write(tmp_path)
    whole = first.read_bytes(), second.read_bytes()
    first.write_bytes(whole[0][:1000])  # as an end in the middle of writing leaves it
    second.write_bytes(b"")
    colab.write(tmp_path)
    assert (first.read_bytes(), second.read_bytes()) == whole


NO_REPOSITORIES = [
    "course",
    "a/b/c",
    "a b/c",
    "https://github.com/a/b",
    "../..",
    "../x",
    "a/..",
    "a/.",
]


@pytest.mark.parametrize("repository", NO_REPOSITORIES)
def test_a_repository_has_an_owner_and_a_name(repository, tmp_path, capsys):
    assert main(["colab", "--out", str(tmp_path / "out"), "--repository", repository]) == 2
    assert "owner/name" in capsys.readouterr().err


# --- as Colab runs them ----------------------------------------------------------------------


def python_313():
    """A Python 3.13 of this machine, or None."""
    if sys.version_info[:2] == (3, 13):
        return sys.executable
    homes = (Path.home() / ".pyenv" / "versions").glob("3.13*/bin/python3.13")
    found = [str(path) for path in sorted(homes)] + [shutil.which("python3.13")]
    return next((path for path in found if path and runs(path)), None)


def runs(python):
    words = [python, "-c", "import sys, ssl; sys.exit(sys.version_info[:2] != (3, 13))"]
    return subprocess.run(words, capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def runtime(tmp_path_factory):
    """Python 3.13 with Colab's versions and a stand-in for `google.colab`; no ganedu."""
    python, uv = python_313(), os.environ.get("UV") or shutil.which("uv")
    if not (python and uv):
        pytest.skip("Python 3.13 or uv is not on this machine")
    home = tmp_path_factory.mktemp("colab") / "runtime"
    inside = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pins = ["-r", str(ROOT / "tests" / "colab-constraints.txt"), "nbval"]
    for words in (["venv", "-q", "--seed", "--python", python, home],
                  ["pip", "install", "-q", "--python", inside, *pins]):  # fmt: skip
        subprocess.run([uv, *map(str, words)], cwd=home.parent, check=True)
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(subprocess.check_output([inside, "-c", where], text=True).strip())
    (packages / "google" / "colab").mkdir(parents=True)
    (packages / "google" / "colab" / "__init__.py").write_text("")
    return inside


@pytest.mark.colab
@EACH_LESSON
def test_a_lesson_runs_in_colab(lesson, runtime, tmp_path):
    """Uploaded alone, with ganedu not installed; every cell, in rehearsal."""
    subprocess.run([runtime, "-m", "pip", "uninstall", "-q", "-y", "ganedu"], check=True)
    absent = subprocess.run([runtime, "-c", "import ganedu"], cwd=tmp_path, capture_output=True)
    assert absent.returncode == 1
    (tmp_path / lesson.name).write_text(colab.self_contained(lesson), encoding="utf-8")
    words = "-m pytest -q -p no:cacheprovider --nbval-lax --nbval-current-env"
    done = subprocess.run(
        [runtime, *words.split(), "--nbval-cell-timeout=300", lesson.name],
        cwd=tmp_path,
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    known = subprocess.check_output(
        [runtime, "-c", "import ganedu; print(ganedu.__file__)"], cwd=tmp_path, text=True
    )
    assert "site-packages" in known  # from the wheel that the notebook carries
