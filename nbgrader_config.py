"""nbgrader for a class: each lesson is an assignment of its own. See notebooks/teaching.md.

Everything that nbgrader reads and writes lies in the folder `course/`, which git ignores. The
lessons stay where they are: `course/source/` is made from `notebooks/` when nbgrader starts.
"""

import re
import shutil
from pathlib import Path

NOTEBOOKS = Path(__file__).parent / "notebooks"
COURSE = Path(__file__).parent / "course"

# What a learning platform gives: ada_01_….ipynb, ada.zip, ada_123_assignsubmission_file_/01_….ipynb
HANDED_IN = (
    r".*[/\\]extracted[/\\](?:.*[/\\])?"
    r"(?!\d\d_)(?P<student_id>[^/\\_]+)"  # up to the first underscore, or the folder's name
    r"(?:_.*|[/\\][^/\\]*)(?<!\d)"
    r"(?P<file_id>\d\d_[a-z0-9_]*[a-z0-9])[^/\\]*\.ipynb$"  # without " (1)" and "Copy of"
)


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
c.FileNameCollectorPlugin.named_regexp = HANDED_IN
c.ExportPlugin.to = str(COURSE / "grades.csv")
