"""Lessons as single files: what they carry, what they say, and that they run as Colab runs them."""

import base64
import functools
import json
import lzma
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from io import BytesIO
from pathlib import Path

import nbformat
import pytest

import ganedu
from ganedu import colab
from ganedu.__main__ import main
from ganedu.exercises.shelf import EXERCISES
from tests import forked_kernels
from tests.test_teaching import answered

LESSONS = sorted(colab.NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
EACH_LESSON = pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
ROOT = colab.NOTEBOOKS.parent
whole = functools.cache(colab.self_contained)  # what takes half a second for each lesson
packed = functools.cache(lzma.compress)  # nearly all of that, where lessons are written again


@pytest.fixture(autouse=True)
def each_wheel_is_packed_once(monkeypatch):
    monkeypatch.setattr(lzma, "compress", packed)


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
    return lzma.decompress(base64.b85decode("".join(code.split())))


@EACH_LESSON
def test_a_lesson_carries_the_package_and_nothing_else_changes(lesson):
    text = whole(lesson)
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
    text = whole(lesson)
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


def test_a_file_carries_what_its_lesson_uses_and_nothing_else(tmp_path):
    def holds(text):
        with zipfile.ZipFile(BytesIO(carried(text))) as archive:
            return {name for name in archive.namelist() if name.endswith(".npz")}

    lesson = tmp_path / "99_a_test.ipynb"
    source = LESSONS[0].read_text("utf-8")
    lesson.write_text(source, encoding="utf-8")
    averaged, last = (f"ganedu/weights/digit_generator{end}.npz" for end in ("", "_last"))
    assert holds(colab.self_contained(lesson)) == {averaged}
    asking = source.replace("shipped.digit_generator()", "shipped.digit_generator(averaged=False)")
    assert asking != source
    lesson.write_text(asking, encoding="utf-8")
    assert holds(colab.self_contained(lesson)) == {averaged, last}
    assert colab.used_in('runs = gallery.recorded("A")') == [
        "recordings/gallery.json", "recordings/gallery.npz"
    ]  # fmt: skip
    assert colab.used_in("evaluation.measure(x)") == ["weights/digit_classifier.npz"]
    last_alone = ["weights/digit_generator_last.npz"]
    assert colab.used_in("shipped.digit_generator(averaged=False)") == last_alone
    assert colab.used_in('data.load("letters")') == ["weights/letter_classifier.npz"]
    assert colab.used_in("chain = words.oracle()") == ["recordings/names.json"]


@EACH_LESSON
def test_a_lesson_carries_its_own_exercises_and_no_other_ones(lesson):
    with zipfile.ZipFile(BytesIO(carried(whole(lesson)))) as archive:
        found = [n for n in archive.namelist() if re.search(r"exercises/lesson_\d\d\.py$", n)]
    assert found == [f"ganedu/exercises/lesson_{lesson.name[:2]}.py"]


# --- several files in one environment --------------------------------------------------------

# The first cell up to where TensorFlow starts, in a Python that sees the packages of this machine
# but not ganedu, which lies in a folder of its own, or nowhere yet.
CELL = """
import json, sys, zipfile
from pathlib import Path
home, packages, cell = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]).read_text("utf-8")
sys.path += [str(home), packages]
def pip(words):
    *options, wheel = words.split()
    assert options == ["install", "-q", "--no-deps"], words
    for record in home.glob("ganedu-*.dist-info/RECORD"):
        for line in record.read_text().splitlines():
            (home / line.split(",")[0]).unlink()
    zipfile.ZipFile(wheel).extractall(home)
    print("installed", wheel)
exec(cell)
import ganedu
print(ganedu.__version__)
"""


def bootstrap(text, home):
    """Run the first cell of a file; what it says."""
    [cell] = cells(text, "bootstrap")
    code = cell["source"].partition("\nimport ganedu.startup")[0]
    code, found = re.subn(r"^( *)%pip (.*)$", r'\1pip("\2")', code, flags=re.MULTILINE)
    assert found == 1
    (home / "cell.py").write_text(code, encoding="utf-8")
    packages = sysconfig.get_path("purelib")
    words = [sys.executable, "-S", "-c", CELL, home, packages, home / "cell.py"]
    done = subprocess.run(words, cwd=home, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_files_bring_what_is_missing_to_what_is_there(tmp_path):
    """All of them in one environment, in their order and back; then an update."""
    texts = {lesson: whole(lesson) for lesson in LESSONS}
    box = {path.relative_to(ROOT).as_posix() for path in colab.PACKAGE.rglob("*.npz")}
    for number, lesson in enumerate([*LESSONS, *reversed(LESSONS)]):
        said = bootstrap(texts[lesson], tmp_path)
        assert said == ["installed", colab.WHEEL, ganedu.__version__] if number == 0 else said[-1:]
        for name in colab.used_in(lesson.read_text("utf-8").replace('\\"', '"')):
            assert (tmp_path / "ganedu" / name).read_bytes() == (colab.PACKAGE / name).read_bytes()
    record = next(tmp_path.glob("*.dist-info/RECORD")).read_text()
    there = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.npz")}
    assert there <= box and all(f"{name}," in record for name in there)


def test_a_file_replaces_an_older_package_and_no_newer_one(tmp_path):
    text = whole(LESSONS[0])
    bootstrap(text, tmp_path)
    first = tmp_path / "ganedu" / "__init__.py"
    weights = tmp_path / "ganedu" / "weights" / "digit_generator.npz"
    known = first.read_text("utf-8")
    for version, says in (("99.0", ["99.0"]), ("0.0.9", ["installed", colab.WHEEL])):
        first.write_text(known.replace(ganedu.__version__, version), encoding="utf-8")
        weights.write_bytes(b"of another version")
        assert bootstrap(text, tmp_path)[: len(says)] == says
        assert (weights.read_bytes() == b"of another version") == (version == "99.0")
    first.write_text(known.replace(ganedu.__version__, "99.0"), encoding="utf-8")
    weights.unlink()
    assert bootstrap(text, tmp_path) == ["99.0"] and weights.exists()


def test_a_lesson_without_the_package_says_where_to_get_it(tmp_path):
    [cell] = cells(LESSONS[0].read_text("utf-8"), "bootstrap")
    words = [sys.executable, "-S", "-c", cell["source"]]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1 and "uv run ganedu colab --out" in done.stderr.splitlines()[-1]


def test_a_gpu_is_chosen_only_where_it_pays():
    for lesson in LESSONS:
        metadata = json.loads(whole(lesson))["metadata"]
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


def packages_of(python):
    """The folder of the packages of a Python."""
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(subprocess.check_output([python, "-c", where], text=True).strip())


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
    packages = packages_of(inside)
    (packages / "google" / "colab").mkdir(parents=True)
    (packages / "google" / "colab" / "__init__.py").write_text("")
    return inside


@pytest.fixture(scope="module")
def kernels(runtime):
    """The variables that make kernels of that environment forks; none where forks are not used."""
    if not forked_kernels.are_used(""):
        yield {}
        return
    server = forked_kernels.ForkServer(runtime)
    yield server.environment
    server.close()


def with_answers(text):
    """A lesson whose exercises are answered, and each of whose checks must give all its points."""
    notebook = answered(nbformat.reads(text, as_version=4), lambda exercise: exercise.solution)
    checks = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade")]
    for cell in checks:
        call = re.fullmatch(r'check\("(\d\d\.\d)", \w+\)', cell.source)
        cell.source = f"assert {call[0]} == {EXERCISES[call[1]].points}"
    assert checks
    return nbformat.writes(notebook)


@pytest.mark.colab
@EACH_LESSON
def test_a_lesson_runs_in_colab_with_its_answers(lesson, runtime, kernels, tmp_path):
    """Every cell, in rehearsal, in an environment where the lessons before it have run.

    It finds the package that they brought, and of its weights and recordings only its own.
    """
    forked = forked_kernels.are_used(lesson.stem)
    words = "-m pytest -q -p no:cacheprovider --nbval-lax" + " --nbval-current-env" * (not forked)
    environment = {**os.environ, **(kernels if forked else {})}
    for path in packages_of(runtime).glob("ganedu/*/*"):
        if path.suffix == ".npz" or path.parent.name == "recordings":
            path.unlink()
    (tmp_path / lesson.name).write_text(with_answers(whole(lesson)), encoding="utf-8")
    done = subprocess.run(
        [runtime, *words.split(), "--nbval-cell-timeout=300", lesson.name],
        cwd=tmp_path,
        env={key: value for key, value in environment.items() if key != "PYTHONPATH"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    known = subprocess.check_output(
        [runtime, "-c", "import ganedu; print(ganedu.__file__)"], cwd=tmp_path, text=True
    )
    assert "site-packages" in known  # from the wheel that the notebook carries
