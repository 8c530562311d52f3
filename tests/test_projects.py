"""The two worked projects of lesson 20: made small, reviewed, and what of them is kept."""

import json

import pytest

from ganedu import runs
from ganedu.commands import review
from tests import projects
from tests.tiny_run import make_tiny

HELD = [name for name in projects.EXPECTED if (projects.RECORDS / name / "page").is_dir()]


@pytest.fixture
def tiny(monkeypatch):
    make_tiny(monkeypatch)
    monkeypatch.setattr(review, "MOST_APART", 30)  # tiny runs last seconds, graphs and all
    for name in ("train", "stopped"):  # on digits, which are read once
        monkeypatch.setattr(projects, name, _on_digits(getattr(projects, name)))


def _on_digits(made):
    return lambda folder, dataset, *rest: made(folder, "digits", *rest)


def test_review_finds_what_was_planted_and_nothing_in_the_good_one(tiny, tmp_path, monkeypatch):
    """The tiny network makes noise: what is judged is how the runs were made and told."""
    length = ["--steps", "13"]
    verdicts = projects.make("good", tmp_path / "good", length, number=90, seconds=0.2)
    assert projects.unexpected("good", verdicts) == {}
    text = (tmp_path / "good" / review.WORDS).read_text("utf-8")
    assert "{" not in text and "0007" in text
    monkeypatch.setattr(review, "MOST_APART", 1.0)  # the quarter is as quick as the whole here
    verdicts = projects.make("weak", tmp_path / "weak", length, number=90)
    assert projects.unexpected("weak", verdicts) == {}
    projects.keep(tmp_path / "weak", tmp_path / "kept")
    kept = {path.name for path in (tmp_path / "kept" / "records" / "0001").iterdir()}
    assert kept == {*projects.KEPT, "samples.png"}


def test_the_rule_of_the_good_project_is_applied_to_what_came_out():
    assert projects._verdict([4, 5, 6], [1, 2, 3]).endswith("the answer is yes.")
    assert projects._verdict([1, 2, 3], [4, 5, 6]).endswith("the answer is no.")
    assert projects._verdict([1, 2, 4], [3, 5, 6]).endswith("we do not know.")
    assert projects._range([1.0, 2.0, 3.0]) == "2.00 (1.00 to 3.00)"


@pytest.mark.parametrize("name", projects.EXPECTED)
def test_the_words_lack_nothing_but_what_was_planted(name):
    """The good one's only distance has its company, the weak one's has none."""
    text = (projects.RECORDS / name / "project.template.md").read_text("utf-8")
    for number, key in enumerate(("plain", "told", "floor", "stated", "copied"), 1):
        text = text.replace(f"{{{key}}}", f"{number}.5")
    assert bool(review._bare(text)) == (name == "weak")


@pytest.mark.parametrize("name", HELD)
def test_what_is_kept_is_what_the_program_says(name):
    place = projects.RECORDS / name
    told = runs.read_json(place / "page" / "review.json")
    verdicts = {line["name"]: line["verdict"] for line in told["lines"]}
    assert projects.unexpected(name, verdicts) == {}
    records = {path.name for path in (place / "records").iterdir()}
    assert records == {each["run"].rpartition("/")[2] for each in told["runs"]}
    for each in told["runs"]:
        path = place / "records" / each["run"].rpartition("/")[2] / runs.SETTINGS
        assert json.loads(path.read_text("utf-8")) == each["settings"]
