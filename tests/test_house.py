"""The rules of the house: who imports whom, sizes, docstrings, and what no file may contain.

The rules are read from the source with `ast`, so that a new file is held to them at once.
"""

import ast
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "ganedu"

# Three kinds of rooms, and arrows only downwards. A file imports only from files above it in its
# own list; the classroom and the tools import from the method, which knows neither. A new file gets
# its place here.
METHOD = (  # data enters, becomes batches, meets the step, leaves as metrics and pictures
    "__init__",
    "startup",
    "launch",
    "writing",
    "seeding",
    "walks",
    "downloads",
    "speech",
    "folders",
    "letters",
    "sounds",
    "data",
    "losses",
    "penalties",
    "terms",
    "augmentations",
    "layers",
    "optimizers",
    "models",
    "replicas",
    "inspection",
    "training",
    "translation",
    "completion",
    "few_labels",
    "oddness",
    "checkpoints",
    "recipes",
    "shipped",
    "plotting",
    "features",
    "metrics",
    "evaluation",
    "runs",
    "callbacks",
)
CLASSROOM = ("claims", "rivals", "widgets", "playground", "exercises")  # what only lessons use
TOOLS = ("colab", "commands", "__main__")  # what only the command line and teachers use
ROOMS = (METHOD, CLASSROOM, TOOLS)

NETWORKS = {"tensorflow", "keras"}
HEAVY = {*NETWORKS, "numpy", "scipy", "sklearn", "matplotlib", "PIL", "IPython", "ipywidgets"}
NOT_IMPORTED_BY = {  # not even inside a function
    "__init__": HEAVY,
    "launch": HEAVY,
    "__main__": HEAVY,
    "losses": {"keras"},
    "penalties": {"keras"},
    "metrics": NETWORKS,
    "plotting": NETWORKS,
    "runs": NETWORKS,
    "exercises": {"keras"},
}

LONGEST, LONG, MOST_LONG, MEDIAN = 40, 25, 6, 10  # lines of a body without its docstring
MOST_ARGUMENTS = 7

SOURCES = {path.relative_to(PACKAGE): path.read_text("utf-8") for path in PACKAGE.rglob("*.py")}
TREES = {path: ast.parse(source, str(path)) for path, source in SOURCES.items()}
EACH_FILE = pytest.mark.parametrize("path", TREES, ids=str)
KERAS_HOOKS = ("on_",)  # Keras says when it calls them and with what
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


# tested through the commands that use it, and in test_colab.py
WITHOUT_TESTS_OF_THEIR_OWN = {Path("commands/test_folders.py"), Path("commands/test_colab.py")}


def module_name(path):
    """The place of a file in its list: its own name, or that of its folder."""
    return path.parts[0] if len(path.parts) > 1 else path.stem


def imported_modules(tree):
    """The full names of everything that a file imports, wherever in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = ".".join(filter(None, ["ganedu" if node.level else "", node.module]))
            if source == "ganedu":
                yield from (f"ganedu.{alias.name}" for alias in node.names)
            else:
                yield source


def functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, FUNCTION)]


def body(function):
    """The statements of a function without its docstring."""
    return function.body[1:] if ast.get_docstring(function) is not None else function.body


def length(function):
    statements = body(function)
    return statements[-1].end_lineno - statements[0].lineno + 1 if statements else 0


def public(tree):
    """(name, node, whether it stands alone) of public functions, classes and their methods."""
    for node in tree.body:
        if isinstance(node, (*FUNCTION, ast.ClassDef)) and not node.name.startswith("_"):
            yield node.name, node, True
            for inner in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(inner, FUNCTION) and not inner.name.startswith(("_", *KERAS_HOOKS)):
                    yield f"{node.name}.{inner.name}", inner, False


def own_nodes(function):
    """The nodes of a function without those of functions inside it."""
    waiting = list(body(function))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (*FUNCTION, ast.Lambda)):
            waiting += ast.iter_child_nodes(node)


def run_python(code):
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout


def files():
    """The files that git tracks or would track."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is not a checkout of git")
    paths = [ROOT / name for name in listed.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def texts():
    """(path, content) of the files that are text."""
    for path in files():
        try:
            text = path.read_bytes().decode()  # line ends as they are
        except UnicodeDecodeError:
            continue
        # a picture in a notebook may spell anything
        yield path.relative_to(ROOT), re.sub(r"[A-Za-z0-9+/]{200,}", "", text)


def above(own):
    """What a file may import of the package."""
    [room] = [room for room in ROOMS if own in room]
    higher = {*room[: room.index(own)]}
    return higher if room is METHOD else {*METHOD, *higher}


@EACH_FILE
def test_a_file_imports_only_from_files_above_it(path):
    own = module_name(path)
    assert any(own in room for room in ROOMS), f"give {own} a place in METHOD, CLASSROOM or TOOLS"
    in_folder = len(path.parts) > 1
    for name in imported_modules(TREES[path]):
        package, _, rest = name.partition(".")
        other = rest.partition(".")[0]
        if package == "ganedu" and any(other in room for room in ROOMS):
            assert other in above(own) or in_folder and other == own, f"{own} imports {other}"


def test_topics_do_not_import_one_another():
    for path in TREES:
        if path.parts[0] == "playground":
            assert not [n for n in imported_modules(TREES[path]) if "playground" in n], path


def test_what_a_file_imports_is_seen():
    """Else the rules above would hold of anything."""
    seen = {name for tree in TREES.values() for name in imported_modules(tree)}
    assert {"ganedu.data", "ganedu.commands.folders", "ganedu.exercises.comparing"} <= seen


@EACH_FILE
def test_a_file_stays_away_from_what_is_not_its_business(path):
    banned = NOT_IMPORTED_BY.get(module_name(path), set())
    packages = {name.partition(".")[0] for name in imported_modules(TREES[path])}
    assert not packages & banned


@EACH_FILE
def test_names_say_what_is_inside(path):
    assert path.stem not in ("utils", "util", "helpers", "helper", "common", "misc", "tools")


@EACH_FILE
def test_no_function_is_long_or_takes_many_arguments(path):
    for function in functions(TREES[path]):
        assert length(function) <= LONGEST, function.name
        arguments = [*function.args.posonlyargs, *function.args.args]
        names = [argument.arg for argument in arguments if argument.arg not in ("self", "cls")]
        assert len(names) <= MOST_ARGUMENTS, f"{function.name}: make some keyword-only"


@EACH_FILE
def test_arrays_are_not_cast_by_the_type_of_a_number(path):
    """Before NumPy 2.4 `np.float64` of one element is a number, whatever the shape was."""
    calls = [node for node in ast.walk(TREES[path]) if isinstance(node, ast.Call)]
    assert not [call.lineno for call in calls if ast.unparse(call.func) == "np.float64"]


def test_functions_are_short():
    lengths = {f"{p}: {f.name}": length(f) for p, tree in TREES.items() for f in functions(tree)}
    assert statistics.median(lengths.values()) <= MEDIAN
    long = [name for name, lines in lengths.items() if lines > LONG]
    assert len(long) <= MOST_LONG, long


@EACH_FILE
def test_what_is_public_is_explained(path):
    """What it is, and with Args, Returns, Raises and an Example what a caller must know."""
    assert ast.get_docstring(TREES[path]), "the module: what lives here, and what does not"
    for name, node, stands_alone in public(TREES[path]):
        docstring = ast.get_docstring(node)
        assert docstring, name
        assert re.match(r".+[.:?!]$", docstring.splitlines()[0]), f"{name}: one sentence first"
        if stands_alone:
            assert sections_that_lack(node, docstring, path) == [], name


def sections_that_lack(node, docstring, path):
    expected = []
    if isinstance(node, ast.ClassDef):
        inits = [f for f in node.body if isinstance(f, FUNCTION) and f.name == "__init__"]
        fields = [f for f in node.body if isinstance(f, ast.AnnAssign)]
        expected += ["Args:"] if inits and len(inits[0].args.args) > 1 else []
        expected += ["Attributes:"] if fields and not inits else []
        expected += ["Example:"] if inits else []
    else:
        nodes = list(own_nodes(node))
        returns = any(isinstance(n, ast.Return) and n.value is not None for n in nodes)
        takes = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        expected += ["Args:"] if takes else []
        expected += ["Returns:"] if returns else []
        expected += ["Raises:"] if any(isinstance(n, ast.Raise) and n.exc for n in nodes) else []
        # a whole command is no example for a docstring; tests/test_main.py runs them
        expected += ["Example:"] if path.parts[0] != "commands" else []
    return [section for section in expected if not re.search(rf"^{section}$", docstring, re.M)]


@EACH_FILE
def test_bad_input_is_answered_by_an_error_of_its_own(path):
    """`python -O` drops assertions, and an AssertionError tells a learner nothing."""
    assert not [n.lineno for n in ast.walk(TREES[path]) if isinstance(n, ast.Assert)]


@EACH_FILE
def test_nobody_touches_trainable(path):
    """Whose variables move is said in `tape.gradient`; a flag would be forgotten."""
    for node in ast.walk(TREES[path]):
        stored = isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        assert not (stored and node.attr == "trainable"), node.lineno
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "setattr":
            assert "trainable" not in [getattr(a, "value", None) for a in node.args], node.lineno


@EACH_FILE
def test_files_are_read_without_pickle(path):
    assert not {"pickle", "joblib", "dill"} & {
        n.split(".")[0] for n in imported_modules(TREES[path])
    }
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            assert getattr(node.value, "value", None) is False, node.value.lineno


def test_every_module_has_its_tests():
    """At the same place; the files of exercises are tested together, in test_exercises.py."""
    mirrored = [path for path in TREES if path.parts[0] != "exercises" and path.stem != "__init__"]
    expected = {path.parent / f"test_{path.stem.strip('_')}.py" for path in mirrored}
    expected |= {Path("test_init.py"), Path("test_exercises.py")}
    missing = {path for path in expected if not (ROOT / "tests" / path).exists()}
    assert not missing - WITHOUT_TESTS_OF_THEIR_OWN


def test_importing_ganedu_loads_nothing_heavy():
    loaded = run_python("import sys, ganedu; print(*{n.split('.')[0] for n in sys.modules})")
    assert not HEAVY & set(loaded.split())


def test_asking_for_help_loads_nothing_heavy():
    code = """
import sys
from ganedu.__main__ import main
try:
    main(["--help"])
except SystemExit:
    print("loaded:", *{n.split('.')[0] for n in sys.modules})
"""
    text, _, loaded = run_python(code).partition("loaded:")
    assert "train" in text and "sample" in text and loaded
    assert not HEAVY & set(loaded.split())


def test_importing_ganedu_is_quick():
    code = "import time; t = time.perf_counter(); import ganedu; print(time.perf_counter() - t)"
    assert min(float(run_python(code)) for _ in range(3)) < 0.2


def test_asking_for_help_is_quick():
    code = """
import subprocess, sys, time
began = time.perf_counter()
subprocess.run([sys.executable, "-m", "ganedu", "--help"], check=True, capture_output=True)
print(time.perf_counter() - began)
"""
    assert min(float(run_python(code)) for _ in range(3)) < 0.5


# Written in two pieces each, so that this file does not contain what it looks for.
NOT_IN_A_FILE = {
    "a path of somebody's machine": r"(?<![\w.])(?:/(?:home|Users|root|work|mnt)/|C:\\Us"
    r"ers\\)\w",
    "the host of a package registry": "|".join(
        re.escape(name + end)
        for name, end in (
            ("pypi.", "org"),
            ("python", "hosted.org"),
            ("registry.npm", "js.org"),
            ("conda.ana", "conda.org"),
            ("deb.deb", "ian.org"),
        )
    ),
    "something left open": r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b",
}


@pytest.mark.parametrize("what", NOT_IN_A_FILE)
def test_no_file_contains(what):
    pattern = re.compile(NOT_IN_A_FILE[what])
    found = [f"{path}: {hit[0]!r}" for path, text in texts() if (hit := pattern.search(text))]
    assert not found


def test_no_file_is_large_or_does_not_belong():
    for path in files():
        name = path.relative_to(ROOT)
        assert path.stat().st_size < 5_000_000, name
        assert not re.search(
            r"idx[13]-ubyte|(^|/)mnist\.npz$|\.pyc$|^uv\.lock$|\.python-version$", str(name)
        )


def test_text_files_end_in_one_line_feed():
    for name, text in texts():
        assert "\r" not in text, name
        assert not text or text.endswith("\n") and not text.endswith("\n\n"), name
