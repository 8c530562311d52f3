"""Lessons as single files that carry the package: for Colab, Kaggle, or any class without a clone.

Here lives how a lesson from `notebooks/` becomes a notebook that needs nothing else: its first
code cell holds the package as a wheel, or names the repository to take it from. Nothing that the
runtime has is upgraded. Nothing else in the package imports this file.
"""

import base64
import hashlib
import importlib.metadata
import io
import json
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
RARE = {  # what few lessons use: carried where these words stand in the lesson
    "weights/digit_generator_last.npz": "averaged=False",
    "weights/digit_discriminator.npz": "shipped.digit_discriminator",
    "recordings/gallery.npz": "gallery.recorded",
}

REPOSITORY = r"[\w-]+/(?!\.{1,2}$)[\w.-]+"  # owner/name; no way up in a tree of folders
IN_LAB = re.compile(r"\*In JupyterLab: .*\*$", re.MULTILINE)
LINK = re.compile(r"\[([^\]]+)\]\((\d\d_\w+\.ipynb|notation\.md)(#[^)]*)?\)")
TIME = re.compile(r"\*\*Time:\*\* (.*?)[.;,] ")

START = """\
# @title The package of the course: run this cell first
import importlib.util

if importlib.util.find_spec("tensorflow") is None:
    raise RuntimeError(
        "This runtime has no TensorFlow (a TPU runtime?). "
        "Runtime → Change runtime type → CPU or GPU, then run this cell again."
    )
"""
CARRIED = """\
if importlib.util.find_spec("ganedu") is None:
    import base64
    from pathlib import Path

    Path("{wheel}").write_bytes(base64.b85decode("".join(\"\"\"
{content}
\"\"\".split())))
    %pip install -q --no-deps {wheel}
    importlib.invalidate_caches()
"""
FETCHED = """\
if importlib.util.find_spec("ganedu") is None:
    %pip install -q --no-deps git+https://github.com/{repository}@v{version}
    importlib.invalidate_caches()
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


def wheel(leave_out=()):
    """The package with its weights as a wheel, the same bytes each time.

    Args:
        leave_out: files of the package, as in "weights/digit_generator.npz", to leave out.

    Returns:
        Bytes of a .whl file.

    Example:
        >>> wheel()[:2]
        b'PK'
    """
    information = f"ganedu-{ganedu.__version__}.dist-info"
    files = {
        f"ganedu/{path.relative_to(PACKAGE).as_posix()}": path.read_bytes()
        for path in sorted(PACKAGE.rglob("*"))
        if path.is_file() and path.suffix in (".py", ".json", ".npz")
    }
    for name in leave_out:
        del files[f"ganedu/{name}"]
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
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _bootstrap(text, time, repository):
    if repository:
        middle = FETCHED.format(repository=repository, version=ganedu.__version__)
    else:
        content = wheel([name for name, sign in RARE.items() if sign not in text])
        code = base64.b85encode(content).decode()
        lines = [code[i : i + LINE] for i in range(0, len(code), LINE)]
        middle = CARRIED.format(wheel=WHEEL, content="\n".join(lines))
    return START + middle + END.format(time=time).rstrip("\n")


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
