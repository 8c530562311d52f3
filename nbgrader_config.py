"""nbgrader for a class: each lesson is an assignment of its own. See notebooks/teaching.md.

Everything that nbgrader reads and writes lies in the folder `course/`, which git ignores. The
lessons stay where they are: `course/source/` is made from `notebooks/` when nbgrader starts.
Here live also how handed-in files are told apart, whatever they are called, and how a notebook
is made fit for grading. A broken file never stops the others; what is left out is named.
"""

import io
import json
import re
import shutil
import tarfile
import time
import unicodedata
import zipfile
from functools import partial
from pathlib import Path

import nbformat
from nbgrader.plugins import ExtractorPlugin
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearOutput,
    NbGraderPreprocessor,
    OverwriteCells,
    OverwriteKernelspec,
)

NOTEBOOKS = Path(__file__).parent / "notebooks"
COURSE = Path(__file__).parent / "course"

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz")

# Moodle: Ada Lovelace_123_assignsubmission_file_/…; Canvas: lovelaceada_LATE_1234_56789_…
PLATFORM = re.compile(
    r"(?P<name>.*?[^\W\d_].*?)(?:_late)?_(?P<number>\d+)_(?:assignsubmission_|\d{3,}_)", re.I
)
# What a name may begin or end with that does not tell who it is.
WORD = (
    r"(?:(?:copy of|copy|final|draft|version|solved|solutions?|answers?|submission|assignment|"
    r"homework|exercises?|lesson|notebook|untitled) ?\d{0,2}|v ?\d{1,2})"
)
NOBODY = re.compile(rf"^(?:[\W_]|{WORD}(?![^\W_]))+|(?:[\W_]|\(\d+\)|(?<![^\W_]){WORD})+$", re.I)


def make_source(lesson):
    """Make the folder that nbgrader wants for a lesson; one that is there is left alone."""
    folder = COURSE / "source" / lesson.stem
    if folder.exists():
        return
    folder.mkdir(parents=True)
    text = lesson.read_text(encoding="utf-8")
    text = re.sub(r"\]\((\d\d_\w+)\.ipynb", r"](../\1/\1.ipynb", text)  # links to other lessons
    (folder / lesson.name).write_text(text, encoding="utf-8", newline="\n")
    shutil.copy(lesson.with_name("notation.md"), folder)


# What arrives


class Sorter(ExtractorPlugin):
    """Brings the notebooks of `archive/` to `extracted/LEARNER/LESSON.ipynb`."""

    def extract(self, archive_path, extracted_path):
        """Called by `nbgrader zip_collect` with the two folders."""
        lesson = Path(archive_path).parent.name
        taken, left_out = sort_out(Path(archive_path), lesson)
        for name, (place, notebook) in taken.items():
            self.log.info("%s: %s", name, "/".join(place))
            path = Path(extracted_path, name, f"{lesson}.ipynb")
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps(notebook), encoding="utf-8")
        for place, reason in left_out:
            self.log.warning("Left out: %s %s", "/".join(place), reason)
        self.log.info("%d learners, %d files left out", len(taken), len(left_out))


def sort_out(archive, lesson):
    """What a class has handed in: {learner: (place, notebook)}, and [(place, why it is left out)].

    A place is a path in pieces; the inside of a zip file is a folder like any other.
    """
    cells, found, left_out = graded_cells(lesson), [], []
    for path in sorted(archive.rglob("*")):
        place = path.relative_to(archive).parts
        if path.is_dir() or is_dropping(place):
            continue
        files = list(notebooks_in(place, path.read_bytes, path.stat().st_mtime))
        if not files:
            left_out.append((place, "is or holds no notebook."))
        for inner, read, when in files:
            try:
                found.append((inner, notebook_of(read(), cells), when))
            except Exception as error:  # whatever a stranger's file may hold
                left_out.append((inner, f"cannot be taken: {str(error)[:200]}"))
    taken, others = by_learner(found, lesson)
    return taken, left_out + others


def notebooks_in(place, read, when):
    """(place, how to read it, time) of a notebook, or of all notebooks in an archive."""
    if place[-1].lower().endswith(".ipynb"):
        yield place, read, when
    elif place[-1].lower().endswith(ARCHIVES):
        try:
            members = list(members_of(read(), place[-1]))
        except Exception as error:  # damaged, or of a kind that Python cannot open
            yield place, partial(fail, error), when
            return
        for name, inner_read, moment in members:
            parts = tuple(part for part in re.split(r"[/\\]", name) if part)
            if not is_dropping(parts):
                yield from notebooks_in((*place, *parts), inner_read, moment)


def members_of(content, name):
    """(name, how to read it, time) of each file in a zip or tar file."""
    if name.lower().endswith(".zip"):
        archive = zipfile.ZipFile(io.BytesIO(content))
        for member in archive.infolist():
            moment = time.mktime((*member.date_time, 0, 0, -1))
            yield member.filename, partial(archive.read, member), moment
    else:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for member in filter(tarfile.TarInfo.isfile, archive):
                yield member.name, archive.extractfile(member).read, member.mtime


def fail(error):
    """Raise an error that came too early to be told."""
    raise error


def is_dropping(place):
    """Whether Finder, JupyterLab or an editor left this: __MACOSX/._x, .ipynb_checkpoints/x."""
    hidden = any(part.startswith((".", "__MACOSX")) for part in place)
    return hidden or place[-1].endswith("-checkpoint.ipynb")


def notebook_of(content, cells):
    """The notebook in the bytes of a file, if it has an exercise of the lesson."""
    notebook = nbformat.reads(content.decode("utf-8-sig"), as_version=4)
    if not any(grade_id(cell, cells) for cell in notebook.cells):
        raise ValueError("it has no exercise of this lesson.")
    return notebook


def by_learner(found, lesson):
    """One file for each learner, the last that was changed; the others with the reason."""
    folders = {place[:-1] for place, _, _ in found}
    people, taken, left_out = {}, {}, []
    for file in sorted(found, key=lambda file: (file[2], file[0])):
        name, number = learner(file[0], lesson, folders)
        if name:
            people.setdefault(name.casefold(), []).append((name, number, file))
        else:
            left_out.append((file[0], "does not tell by its name whose it is."))
    for files in people.values():
        namesakes = len({number for _, number, _ in files if number}) > 1
        for name, number, (place, notebook, _) in files:
            who = f"{name}_{number}" if namesakes and number else name
            before = taken.get(who)
            if before and before[1] != notebook:
                reason = f"is an earlier one of {who} than {'/'.join(place)}. Are they two people?"
                left_out.append((before[0], reason))
            taken[who] = (place, notebook)
    return taken, left_out


def learner(place, lesson, folders):
    """(name, the platform's number) of who handed in a file; None for what the place does not tell.

    What the platform says comes first, then what stands before the lesson in the file's name, then
    the outermost folder with notebooks in one place only, then what else is in the file's name.
    """
    for part in reversed(place):
        if marked := PLATFORM.match(part):
            return cleaned(marked["name"], lesson), marked["number"]
    stem = place[-1][: -len(".ipynb")]
    before, *after = re.split(lesson.replace("_", r"[\W_]+"), stem, maxsplit=1, flags=re.I)
    outer = [place[: depth + 1] for depth in range(len(place) - 1)]
    own = [p for p in outer if sum(folder[: len(p)] == p for folder in folders) == 1]
    names = [before] * bool(after) + [p[-1] for p in own + outer[::-1]] + (after or [stem])
    return next(filter(None, (cleaned(name, lesson) for name in names)), None), None


def cleaned(name, lesson):
    """A name without the lesson, "Copy of", "_final", "_v2", " (1)"; "" if nothing is left."""
    name = unicodedata.normalize("NFC", name)
    name = re.sub(r"\.(zip|tar|tgz|tar\.gz)$", "", name, flags=re.I).replace(lesson, "")
    name = re.sub(r"[^\w .@'-]", "_", NOBODY.sub("", NOBODY.sub("", name)))
    return "" if re.fullmatch(r"\d{0,2}", name) else name


# What is graded


class Restorer(NbGraderPreprocessor):
    """Gives cells nbgrader's metadata as they are in the lesson; of copies, the last one counts."""

    def preprocess(self, notebook, resources):
        """Called by `nbgrader autograde` before anything looks at the metadata."""
        known = graded_cells(resources["nbgrader"]["assignment"])
        for cell in reversed(notebook.cells):
            id = grade_id(cell, known)
            cell.metadata.pop("nbgrader", None)
            if id:
                cell.metadata["nbgrader"] = known.pop(id).metadata["nbgrader"]
        return notebook, resources


def graded_cells(lesson):
    """The cells of a lesson that nbgrader knows, by their grade ids."""
    notebook = nbformat.read(COURSE / "source" / lesson / f"{lesson}.ipynb", as_version=4)
    cells = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
    return {cell.metadata["nbgrader"]["grade_id"]: cell for cell in cells}


def grade_id(cell, known):
    """Which cell of the lesson this is: by its metadata, or a check without them by its words."""
    told = cell.metadata.get("nbgrader")
    id = told.get("grade_id") if isinstance(told, dict) else None
    if isinstance(id, str) and id in known:
        return id
    checks = {c.source.strip(): id for id, c in known.items() if c.metadata["nbgrader"]["grade"]}
    return checks.get(cell.source.strip())


for path in sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb")):
    make_source(path)

c = get_config()  # noqa: F821 (traitlets runs this file and defines the name)
c.CourseDirectory.course_id = "ganedu"
c.CourseDirectory.root = str(COURSE)
c.ClearSolutions.enabled = False  # the answer cells hold stubs, which are to stay
c.Execute.timeout = 300  # seconds for a cell; the default of 30 is short for a busy machine
c.Execute.startup_timeout = 300
c.Execute.iopub_timeout = 60
c.IgnorePattern.enabled = True  # a warning on stderr would score 0
c.IgnorePattern.pattern = r"(?s).*"
c.ZipCollectApp.extractor_plugin = Sorter
c.FileNameCollectorPlugin.named_regexp = (
    r".*[/\\]extracted[/\\](?P<student_id>[^/\\]+)[/\\](?P<file_id>[^/\\]+)\.ipynb$"
)
c.Autograde.sanitize_preprocessors = [
    ClearOutput, Restorer, OverwriteKernelspec, OverwriteCells, CheckCellMetadata
]  # fmt: skip
c.ExportPlugin.to = str(COURSE / "grades.csv")
