"""Build the pages for reading: every lesson as a web page, from its stored outputs.

    uv run --group site python site/build.py          # to _site/; open _site/index.html
    uv run --group site python site/build.py FOLDER

Needs no network, runs no lesson, and takes a warning for an error. The pages need no network
either. Here live what differs from the lessons as files: folded set-up cells, and a front page
with a picture of each lesson, both made from the notebooks as they are.
"""

import argparse
import base64
import io
import re
import shutil
import sys
import tempfile
from pathlib import Path

import nbformat
from PIL import Image, ImageSequence
from sphinx.cmd.build import build_main

SITE = Path(__file__).resolve().parent
NOTEBOOKS = SITE.parent / "notebooks"
FOLDED = {"bootstrap": "Set-up", "imports": "Imports", "settings": "Settings"}
LEARNS = "06_a_working_gan"  # its animation is the one on the front page
TIMES_PLAYED = 3  # then it rests on its last picture
CARD_WIDTH = 640  # pixels of a lesson's picture on the front page
TEACHING = (NOTEBOOKS / "teaching.md").read_text("utf-8")
TIMES = re.compile(r"^\| \[.+?\]\((\d\d_\w+)\.ipynb\) \| (.+?) \| (\d+) \|", re.MULTILINE)

CARD = """\
::::{{container}} lesson
[![{alt}](cards/{name}.png)]({name}.ipynb)

**[{title}]({name}.ipynb)**

{promise}

{minutes} minutes to work through; runs in {to_run} on 2 CPU cores.
::::
"""


def build(folder):
    """Write the pages.

    Args:
        folder: where to; what lies there under other names stays.

    Returns:
        0, or another number if there was a warning or an error.
    """
    with tempfile.TemporaryDirectory() as work:
        source = Path(work) / "source"
        shutil.copytree(NOTEBOOKS, source, ignore=shutil.ignore_patterns(".*", "runs"))
        for name in ("cards", "extra"):
            (source / name).mkdir()
        lessons = {path: nbformat.read(path, 4) for path in sorted(source.glob("[0-9][0-9]_*"))}
        (source / "index.md").write_text(front_page(lessons, source / "cards"), "utf-8")
        animate(lessons[source / f"{LEARNS}.ipynb"], source / "extra")
        for path, lesson in lessons.items():
            fold_set_up(lesson)
            nbformat.write(lesson, path)
        options = ["-W", "--keep-going", "-q", "-c", str(SITE), "-d", str(Path(work) / "read")]
        options += ["-D", f"html_extra_path={source / 'extra'}"]
        return build_main([*options, str(source), str(folder)])


def fold_set_up(lesson):
    """Fold the cells before the lesson begins, each under one word.

    Args:
        lesson: a notebook; it is changed.
    """
    for cell in lesson.cells:
        tags = cell.metadata.get("tags", [])
        for tag in FOLDED.keys() & {*tags}:
            cell.metadata["tags"] = sorted({*tags, "hide-input"})
            words = {f"code_prompt_{state}": FOLDED[tag] for state in ("show", "hide")}
            cell.metadata["mystnb"] = words


def front_page(lessons, pictures):
    """The text of the front page, with a card for each lesson.

    Args:
        lessons: notebooks by their paths.
        pictures: folder for the pictures of the cards.

    Returns:
        Markdown.
    """
    times = {name: (to_run, int(minutes)) for name, to_run, minutes in TIMES.findall(TEACHING)}
    cards = [
        card(path.stem, lesson, times[path.stem], pictures) for path, lesson in lessons.items()
    ]
    values = {
        "number": len(lessons),
        "hours": round(sum(minutes for _, minutes in times.values()) / 60),
        "lessons": "\n".join([":::::{container} lessons", *cards, ":::::"]),
    }
    text = (SITE / "index.md").read_text("utf-8")
    return re.sub(r"\{\{ (\w+) \}\}", lambda found: str(values[found[1]]), text)


def animate(lesson, folder):
    """Write the animations that a lesson made of its trainings, and the last picture of each.

    Args:
        lesson: a notebook with two animations among its outputs: of digits, and in colour.
        folder: where to write learning.gif and colour.gif, and .png for who asks for no motion.
    """
    outputs = [output for cell in lesson.cells for output in cell.get("outputs", ())]
    shown = [o.data["image/gif"] for o in outputs if "image/gif" in o.get("data", ())]
    for name, film in zip(("learning", "colour"), shown, strict=True):
        with Image.open(io.BytesIO(base64.b64decode(film))) as frames:
            moments = [(f.copy(), f.info["duration"]) for f in ImageSequence.Iterator(frames)]
        frames, pauses = zip(*moments)
        options = {"append_images": frames[1:], "duration": pauses, "loop": TIMES_PLAYED}
        frames[0].save(folder / f"{name}.gif", save_all=True, **options)
        frames[-1].save(folder / f"{name}.png")


def card(name, lesson, times, pictures):
    """What the front page says of a lesson: its picture, its promise, its time.

    Args:
        name: of the lesson, without an ending.
        lesson: the notebook.
        times: words for the time to run it, and minutes to work through it.
        pictures: folder for the picture.

    Returns:
        Markdown.
    """
    tagged = [cell for cell in lesson.cells if "picture" in cell.metadata.get("tags", ())]
    outputs = [o for cell in [*tagged, *lesson.cells] for o in cell.get("outputs", ())]
    shown = next(output for output in outputs if "image/png" in output.get("data", ()))
    with Image.open(io.BytesIO(base64.b64decode(shown.data["image/png"]))) as picture:
        picture.thumbnail((CARD_WIDTH, CARD_WIDTH))
        picture.convert("RGB").quantize(128).save(pictures / f"{name}.png", optimize=True)
    title, promise = re.match(r"# (.+)\n\n(.+)\n", lesson.cells[0].source).groups()
    alt = re.sub(r"([\[\]*_])", r"\\\1", shown.metadata["image/png"]["alt"])
    to_run, minutes = times
    return CARD.format(
        alt=alt, name=name, title=title, promise=promise, minutes=minutes, to_run=to_run
    )


def main():
    """Build the pages where the command line says."""
    parser = argparse.ArgumentParser(
        prog="python site/build.py", description="Build the pages for reading."
    )
    parser.add_argument("folder", nargs="?", type=Path, default=SITE.parent / "_site")
    folder = parser.parse_args().folder
    failed = build(folder)
    print("There are warnings; see above." if failed else f"Open {folder / 'index.html'}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
