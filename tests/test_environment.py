"""What the course asks for: one list, in pyproject.toml; everything else follows it."""

import ast
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

import ganedu

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = PYPROJECT["project"]
CONSTRAINTS = PYPROJECT["tool"].get("uv", {}).get("constraint-dependencies", [])
CONSTRAINTS = [Requirement(line) for line in CONSTRAINTS]  # none in a run without known versions

DEPENDENCIES = {r.name: r for r in map(Requirement, PROJECT["dependencies"])}
GROUPS = PYPROJECT["dependency-groups"]
TOOLS = {r.name: r for group in GROUPS.values() for r in map(Requirement, group)}
ASKED_FOR = DEPENDENCIES | TOOLS
PYTHONS = ("3.11", "3.12", "3.13")

IMPORTED_AS = {
    "scikit-learn": "sklearn",
    "pillow": "PIL",
    "ipython": "IPython",
    "beautifulsoup4": "bs4",
    "jupyter-client": "jupyter_client",
}
RUN_BY_NAME = {"jupyterlab", "ipykernel"}  # `uv run jupyter lab`, and the kernel of every lesson

READ_BY_BINDER_BEFORE = (  # what repo2docker takes instead of environment.yml, or beside it
    *("binder", ".binder", "Dockerfile", "Project.toml", "JuliaProject.toml", "REQUIRE"),
    *("default.nix", "install.R", "DESCRIPTION", "runtime.txt", "apt.txt", "postBuild", "start"),
)


def machine(python, system="linux", processor="x86_64"):
    """The values of markers on a machine."""
    return {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": system,
        "platform_machine": processor,
    }


MACHINES = [
    *(machine(python) for python in PYTHONS),
    machine("3.13", "darwin", "arm64"),
    machine("3.13", "win32", "AMD64"),
    machine("3.12", "darwin", "x86_64"),  # the last Python with a TensorFlow for an Intel Mac
]


def imported_packages(folder):
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                yield node.module.split(".")[0]


def test_pythons_are_the_same_everywhere():
    supported = SpecifierSet(PROJECT["requires-python"])
    assert [minor for minor in range(20) if f"3.{minor}.5" in supported] == [11, 12, 13]
    named = [c.rpartition(" :: ")[2] for c in PROJECT["classifiers"] if ":: 3." in c]
    assert tuple(named) == PYTHONS
    assert PYPROJECT["tool"]["ruff"]["target-version"] == f"py{PYTHONS[0].replace('.', '')}"
    workflow = (ROOT / ".github" / "workflows" / "tests.yml").read_text("utf-8")
    in_workflow = set(re.findall(r'"(3\.\d+)"', workflow))
    assert in_workflow == {PYTHONS[0], PYTHONS[-1]}


def test_environment_yml_installs_this_folder_and_nothing_of_its_own():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    assert environment["name"] == PROJECT["name"]
    assert environment["channels"] == ["conda-forge"]
    *from_conda, from_pip = environment["dependencies"]
    # the one Python that TensorFlow has wheels for on every system, an Intel Mac included
    assert from_conda == ["python=3.12", "pip"]
    assert from_pip == {"pip": ["-e ."]}
    assert "3.12" in PYTHONS
    for name in READ_BY_BINDER_BEFORE:
        assert not (ROOT / name).exists()


def test_version_stands_in_one_place_and_is_told_everywhere():
    assert PROJECT["dynamic"] == ["version"] and "version" not in PROJECT
    assert importlib.metadata.version("ganedu") == ganedu.__version__
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert str(citation["version"]) == ganedu.__version__
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", changes, re.MULTILINE)
    assert released[0] == ganedu.__version__
    assert sorted(released, key=Version, reverse=True) == released


def test_authors_and_licences_are_the_same_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert [a["name"] for a in citation["authors"]] == [a["name"] for a in PROJECT["authors"]]
    assert PROJECT["license"] == " AND ".join(citation["license"])
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert "MIT License" in text and "by/4.0/legalcode" in text
    assert PROJECT["authors"][0]["name"] in text


def test_every_dependency_is_used_and_every_import_is_a_dependency():
    used = set(imported_packages("ganedu")) - set(sys.stdlib_module_names) - {"ganedu"}
    used -= {"certifi"}  # comes with pooch; where it is missing, the system's certificates do
    asked_for = {IMPORTED_AS.get(name, name) for name in set(DEPENDENCIES) - RUN_BY_NAME}
    assert used == asked_for


def test_tests_import_only_what_they_ask_for():
    used = set(imported_packages("tests")) - set(sys.stdlib_module_names) - {"ganedu", "tests"}
    known = {IMPORTED_AS.get(name, name) for name in ASKED_FOR} | {"yaml"}
    assert not used - known


@pytest.mark.parametrize("requirement", ASKED_FOR.values(), ids=str)
def test_bounds(requirement):
    """A lower bound for all; an upper one only where the next major version would break us."""
    operators = sorted(specifier.operator for specifier in requirement.specifier)
    upper = ["<"] if requirement.name in ("tensorflow", "keras") else []
    assert operators == [*upper, ">="]
    assert not requirement.marker and not requirement.url


@pytest.mark.parametrize("name", ASKED_FOR)
def test_lower_bounds_admit_what_colab_has(name):
    lines = (ROOT / "tests" / "colab-constraints.txt").read_text("utf-8").splitlines()
    colab = dict(line.split("==") for line in lines if "==" in line)
    if name in colab:
        assert colab[name] in ASKED_FOR[name].specifier
    else:
        assert name == "jupyterlab" or name in TOOLS  # needed on one's own machine only


@pytest.mark.parametrize("here", MACHINES, ids=lambda here: " ".join(here.values()))
def test_known_versions_lie_within_the_bounds(here):
    applying = [c for c in CONSTRAINTS if not c.marker or c.marker.evaluate(here)]
    names = [canonicalize_name(constraint.name) for constraint in applying]
    assert len(set(names)) == len(names)
    for constraint in applying:
        (pin,) = constraint.specifier
        assert pin.operator == "=="
        if constraint.name in ASKED_FOR:
            assert pin.version in ASKED_FOR[constraint.name].specifier
    assert not CONSTRAINTS or not set(ASKED_FOR) - set(names)


def test_known_versions_can_be_taken_out(tmp_path):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    script = [sys.executable, str(ROOT / ".ci" / "forget_known_versions.py"), str(tmp_path)]
    done = subprocess.run(script, capture_output=True, encoding="utf-8")
    left = tomllib.loads((tmp_path / "pyproject.toml").read_text("utf-8"))
    expected = {k: v for k, v in PYPROJECT["tool"].items() if k != "uv"}
    assert {k: v for k, v in left["tool"].items() if k != "uv"} == expected
    assert left["project"] == PROJECT
    assert not left["tool"].get("uv")
    assert (done.returncode == 0) == bool(CONSTRAINTS), done.stderr


def test_gpu_extra_asks_for_the_same_tensorflow_on_linux():
    (gpu,) = map(Requirement, PROJECT["optional-dependencies"]["gpu"])
    assert (gpu.name, gpu.extras) == ("tensorflow", {"and-cuda"})
    assert gpu.specifier == DEPENDENCIES["tensorflow"].specifier
    assert gpu.marker.evaluate(machine("3.12")) and not gpu.marker.evaluate(
        machine("3.12", "darwin")
    )


def test_markers_of_heavier_tests_are_left_out_by_default_and_run_in_ci():
    options = PYPROJECT["tool"]["pytest"]["ini_options"]
    markers = [line.split(":")[0] for line in options["markers"]]
    assert f"-m=not ({' or '.join(markers)})" in options["addopts"]
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    chosen = re.findall(r'(?:-m|^heavier|; heavier) "([^"$]+)"', script, re.MULTILINE)
    for marker in (None, *markers):  # None: a test without one
        taken = [eval(words, {name: name == marker for name in markers}) for words in chosen]
        assert taken.count(True) == 1, (marker, chosen)
    assert "--no-skips" in script
    [groups] = re.findall(r"groups=\((.*)\)", script)
    for group in set(GROUPS) - {"dev"}:  # which uv takes without being asked
        assert f"--group {group}" in groups
