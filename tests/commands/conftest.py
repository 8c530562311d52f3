"""A run that was never stopped, and a copy that a test may change."""

import shutil
from pathlib import Path

import pytest

from tests.tiny_run import make_tiny, start


@pytest.fixture
def tiny(monkeypatch):
    make_tiny(monkeypatch)


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """The folder of a run that was never stopped; tests must not change it."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    with pytest.MonkeyPatch.context() as patch:
        make_tiny(patch)
        assert start(folder) == 0
    return folder


@pytest.fixture
def copy(whole, tmp_path):
    """A copy of it that a test may change."""
    return Path(shutil.copytree(whole, tmp_path / "run"))


@pytest.fixture(scope="session")
def conditional(tmp_path_factory):
    """The folder of a run that is told the class; tests must not change it."""
    folder = tmp_path_factory.mktemp("conditional") / "run"
    with pytest.MonkeyPatch.context() as patch:
        make_tiny(patch)
        assert start(folder, "--conditional") == 0
    return folder
