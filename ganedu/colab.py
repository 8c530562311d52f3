"""Lessons as single files that carry the package: for Colab, Kaggle, or any class without a clone.

Here lives how a lesson from `notebooks/` becomes a notebook that needs nothing else: its first
code cell holds the package as a wheel, with the weights and recordings that the lesson uses, or
names the repository to take it from. It brings what is missing to what is there; no other package
is changed, and nothing newer is replaced. Nothing else in the package imports this file.
"""

import base64
import hashlib
import importlib.metadata
import io
import json
import lzma
import re
import zipfile
from pathlib import Path

import ganedu
from ganedu import writing

PACKAGE = Path(ganedu.__file__).parent
NOTEBOOKS = PACKAGE.parent / "notebooks"
WHEEL = f"ganedu-{ganedu.__version__}-py3-none-any.whl"
LINE = 4000  # signs of a line of the carried package; one line of millions would stall an editor
GPU_PAYS = ("06",)  # lessons that train networks of convolutions for minutes
USED_BY = {  # files are carried where a lesson asks for them by name; these where it says:
    "weights/digit_classifier.npz": r"\b(features|evaluation)\.\w|callbacks\.Metrics",
    "weights/letter_classifier.npz": r"letter_classifier|[\"']letters[\"']",
    "weights/clothes_classifier.npz": r"clothes_classifier|[\"']fashion_mnist[\"']",
    "weights/digit_discriminator.npz": r"shipped\.digit_discriminator",
    "weights/digit_generator.npz": r"shipped\.(generate\b|digit_generator\((?!averaged=False))",
    "weights/digit_generator_last.npz": r"averaged=False",
    "recordings/names.json": r"words\.oracle",
}

REPOSITORY = r"[\w-]+/(?!\.{1,2}$)[\w.-]+"  # owner/name; no way up in a tree of folders
IN_LAB = re.compile(r"\*In JupyterLab: .*\*$", re.MULTILINE)
LINK = re.compile(r"\[([^\]]+)\]\((\d\d_\w+\.ipynb|notation\.md)(#[^)]*)?\)")
TIME = re.compile(r"\*\*Time:\*\* (.*?)[.;,] ")

START = """\
# @title Set-up: run this cell first
import importlib.util
import sys
from pathlib import Path

VERSION = "{version}"
NEEDS = {needs}

if importlib.util.find_spec("tensorflow") is None:
    raise RuntimeError(
        "This runtime has no TensorFlow (a TPU runtime?). "
        "Runtime → Change runtime type → CPU or GPU, then run this cell again."
    )


def lacking():
    # The package itself, where it is not here or is older; else files that the lesson needs.
    found = importlib.util.find_spec("ganedu")
    if found is None or found.origin is None:
        return ["ganedu"]
    import ganedu
    from packaging.version import Version

    if Version(ganedu.__version__) < Version(VERSION):
        return ["ganedu"]
    return [name for name in NEEDS if not (Path(ganedu.__file__).parent / name).exists()]


def forget():
    # Of an older package nothing may stay in the memory of this kernel.
    for name in [name for name in sys.modules if name.partition(".")[0] == "ganedu"]:
        del sys.modules[name]
    importlib.invalidate_caches()


missing = lacking()
"""
CARRIED = """\
if missing:
    import base64
    import io
    import lzma
    import zipfile

    box = base64.b85decode("".join(\"\"\"
{content}
\"\"\".split()))
    box = lzma.decompress(box)
if missing == ["ganedu"]:
    Path("{wheel}").write_bytes(box)
    %pip install -q --no-deps {wheel}
    forget()
elif missing:
    import ganedu

    place = Path(ganedu.__file__).parents[1]
    with zipfile.ZipFile(io.BytesIO(box)) as archive:
        archive.extractall(place, [f"ganedu/{{name}}" for name in missing])
    for record in place.glob("ganedu-*.dist-info/RECORD"):  # so that pip knows them
        with record.open("a") as file:
            file.writelines(f"ganedu/{{name}},,\\n" for name in missing)
"""
FETCHED = """\
if missing == ["ganedu"] or (missing and sys.modules["ganedu"].__version__ == VERSION):
    %pip install -q --force-reinstall --no-deps git+https://github.com/{repository}@v{version}
    forget()
"""
END = """
import ganedu.startup

ganedu.startup.start_tensorflow()  # TensorFlow starts here, without its log lines
ganedu.startup.say_if_slow("{time}")
"""


def write(out, repository=None):
    """Write one self-contained notebook for each lesson.

    Args:
        out: folder; it is made if it is not there.
        repository: "owner/name" on GitHub, to install the package from its tag of this version and
            to link to it; None to carry the package in the notebook. The links lead to these
            files: commit them in the same folder of the repository.

    Returns:
        List of the paths written.

    Raises:
        FileNotFoundError: if there are no lessons beside the package.
        FileExistsError: if a file of that name holds something else.
        ValueError: if `repository` is not of the form owner/name.

    Example:
        >>> write("for-colab")  # doctest: +SKIP
        [PosixPath('for-colab/00_start_here.ipynb'), ...]
    """
    if repository is not None and not re.fullmatch(REPOSITORY, repository):
        raise ValueError(f"--repository must be of the form owner/name; got {repository!r}.")
    lessons = sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
    if not lessons:
        raise FileNotFoundError(
            "There are no lessons beside this package: they are not part of it. Run the command "
            "in a clone of the course: uv run ganedu colab --out DIR."
        )
    out, home = Path(out), NOTEBOOKS.parent.resolve()
    place = out.resolve()
    folder = place.relative_to(home).as_posix() if place.is_relative_to(home) else place.name
    made = {out / path.name: self_contained(path, repository, folder) for path in lessons}
    for path, text in made.items():
        # the beginning of the same is what an end in the middle of writing has left
        if path.exists() and not text.encode().startswith(path.read_bytes()):
            raise FileExistsError(f"{path} is there and holds something else. Use another --out.")
    out.mkdir(parents=True, exist_ok=True)
    for path, text in made.items():
        with writing.whole(path) as place:
            place.write_text(text, encoding="utf-8", newline="\n")
    return list(made)


def self_contained(path, repository=None, folder="colab"):
    """A lesson as the text of a notebook that needs no other file.

    Args:
        path: of the lesson.
        repository: as for `write`.
        folder: of the repository in which such notebooks lie; links lead there.

    Returns:
        JSON text.

    Example:
        >>> self_contained("notebooks/00_start_here.ipynb")  # doctest: +SKIP
    """
    notebook = json.loads(Path(path).read_text(encoding="utf-8"))
    text = "".join("".join(cell["source"]) for cell in notebook["cells"])
    time = TIME.search(text).group(1)
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            source = _with_links(source, repository, folder)
        else:
            cell["outputs"], cell["execution_count"] = [], None
        if "bootstrap" in cell["metadata"].get("tags", []):
            cell["metadata"]["cellView"] = "form"  # Colab folds it
            source = _bootstrap(text, time, repository)
        cell["source"] = source.splitlines(keepends=True)
    first = notebook["cells"][0]
    place = _address(repository, folder, Path(path).name) if repository else None
    first["source"] = _opening("".join(first["source"]), place).splitlines(keepends=True)
    notebook["metadata"].pop("ganedu", None)  # the hash of stored outputs, of which there are none
    if Path(path).name[:2] in GPU_PAYS:
        notebook["metadata"] |= {"accelerator": "GPU", "colab": {"gpuType": "T4"}}
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def wheel(used=None):
    """The package as a wheel, the same bytes each time; not packed, so that the whole can be.

    Args:
        used: the files of the box that it carries, as `used_in` returns them; None for all.

    Returns:
        Bytes of a .whl file.

    Example:
        >>> wheel()[:2]
        b'PK'
    """
    information = f"ganedu-{ganedu.__version__}.dist-info"
    unused = set() if used is None else {*_box()} - {*used}
    files = {
        f"ganedu/{path.relative_to(PACKAGE).as_posix()}": path.read_bytes()
        for path in sorted(PACKAGE.rglob("*"))
        if path.suffix in (".py", ".json", ".npz")
        and path.relative_to(PACKAGE).as_posix() not in unused
    }
    metadata = importlib.metadata.distribution("ganedu").read_text("METADATA")
    files[f"{information}/METADATA"] = metadata.encode()
    files[f"{information}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: ganedu\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    files[f"{information}/entry_points.txt"] = b"[console_scripts]\nganedu = ganedu.__main__:main\n"
    record = [f"{name},sha256={_digest(content)},{len(content)}" for name, content in files.items()]
    record.append(f"{information}/RECORD,,\n")
    files[f"{information}/RECORD"] = "\n".join(record).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def used_in(text):
    """The files of the box that a lesson uses.

    Args:
        text: all its cells, one after the other.

    Returns:
        List of names, as in "weights/digit_generator.npz".

    Example:
        >>> used_in('shipped.recording("mixtures")')
        ['recordings/mixtures.json']
    """
    stems = {name: Path(name).stem for name in _box()}
    named = r"shipped\.{0}\b|\b{0}\.recorded|[\"']{0}[\"']"
    signs = {name: named.format(stem) for name, stem in stems.items()} | USED_BY
    asked = r"[\"']{}(\.\d)?[\"']"  # check("11.2", …), progress("11")
    signs |= {name: asked.format(stem[-2:]) for name, stem in stems.items() if "lesson_" in stem}
    return [name for name, sign in signs.items() if re.search(sign, text)]


def _box():
    """What not every lesson needs: trained weights, recordings, the exercises of other lessons."""
    parts = ("weights/*.npz", "recordings/*.*", "exercises/lesson_*.py")
    found = sorted(path for part in parts for path in PACKAGE.glob(part))
    return [path.relative_to(PACKAGE).as_posix() for path in found]


def _bootstrap(text, time, repository):
    used = used_in(text)
    start = START.format(version=ganedu.__version__, needs=json.dumps(used))
    if repository:
        middle = FETCHED.format(repository=repository, version=ganedu.__version__)
    else:
        code = base64.b85encode(lzma.compress(wheel(used))).decode()
        lines = [code[i : i + LINE] for i in range(0, len(code), LINE)]
        middle = CARRIED.format(wheel=WHEEL, content="\n".join(lines))
    return start + middle + END.format(time=time).rstrip("\n")


def _opening(source, place):
    """The title cell, with what to do in Colab in place of what to do in JupyterLab."""
    line = "*Runtime → Run all. The next cell brings the package of the course with it.*"
    if place:
        line = f"[Open in Colab]({place}). *Runtime → Run all.*"
    return IN_LAB.sub(line, source)


def _with_links(source, repository, folder):
    """Links to other lessons lead to the repository, or are plain words: files lie alone here."""

    def replaced(found):
        words, name, _ = found.groups()
        return f"[{words}]({_address(repository, folder, name)})" if repository else words

    return LINK.sub(replaced, source)


def _address(repository, folder, name):
    tag = f"{repository}/blob/v{ganedu.__version__}"
    if name.endswith(".ipynb"):
        return f"https://colab.research.google.com/github/{tag}/{folder}/{name}"
    return f"https://github.com/{tag}/notebooks/{name}"


def _digest(content):
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
