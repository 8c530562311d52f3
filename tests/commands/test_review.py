"""`ganedu review`: which lines a project meets, judged from facts; and a whole project."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from ganedu import runs
from ganedu.__main__ import main
from ganedu.commands import review

VALUES = {"frechet_distance": 20.0, "coverage": 0.7, "memorised": 0.05}
FLOORS = {"frechet_distance": 2.0, "coverage": 0.95, "memorised": 0.05}
DATA = {
    "name": "mnist",
    "train": 60_000,
    "held_out": 10_000,
    "shape": [28, 28, 1],
    "copies": 0,
    "shared": 0,
    "sha256": "of mnist",
}


def facts(number=1, seed=0, conditional=False, **other):
    """What is found of a run that leaves nothing to wish for."""
    settings = {
        "dataset": "mnist",
        "seed": seed,
        "conditional": conditional,
        "minutes": 2.0,
        "steps": None,
    }
    measured = {
        "num_images": 2000,
        "num_reference": 10_000,
        "num_compared": 1000,
        "seed": 0,
        "values": VALUES,
        "floors": FLOORS,
    }
    return {
        "run": f"runs/{number:04d}",
        "trouble": None,
        "settings": settings,
        "step": 100,
        "seconds": 118.0,
        "ended": 100,
        "finished": True,
        "rows": [],
        "weights": f"weights of {conditional} {seed}",
        "pictures": {0: True, 100: True},
        "resumes": "" if seed == 0 else None,
        "data": DATA,
        "measured": measured,
        "stated": None,
        **other,
    }


def project(**others):
    """Two arms with three seeds each; others: what is otherwise in run N, by `runN`."""
    found = []
    for number in range(1, 7):
        seed, conditional = (number - 1) % 3, number > 3
        found.append(facts(number, seed, conditional, **others.get(f"run{number}", {})))
    return found


def line(name, found, words=""):
    """The judged line whose name begins so."""
    [one] = [each for each in review.judged(found, words) if each.name.startswith(name)]
    return one


def test_a_project_that_leaves_nothing_to_wish_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = review.judged(project())
    assert len(lines) == 8
    assert {each.verdict for each in lines} == {review.MET}
    assert not any(each.mend for each in lines)
    assert review.as_table(lines).endswith("8 met, 0 not met, 0 cannot be told.")


@pytest.mark.parametrize(
    ("name", "others", "verdict", "said"),
    [
        ("resumes", {"run1": {"resumes": "3 of 9 variables differ"}}, "not met", "runs/0001: 3 of"),
        ("resumes", {"run2": {"trouble": "It is damaged."}}, "cannot be told", "It is damaged."),
        ("at least", {"run2": {"weights": "weights of False 0"}}, "not met", "2 of mnist;"),
        ("at least", {"run5": {"finished": False}}, "not met", "2 of mnist, told the class"),
        ("at least", {"run6": {"weights": None}}, "not met", "2 of mnist, told the class"),
        ("n, floor", {"run3": {"stated": {}}}, "met", "again: 6; what 1 of them state agrees"),
        ("n, floor", {}, "met", "again: 6; none states numbers"),
        ("n, floor", {"run2": {"trouble": "It is damaged."}}, "cannot be told", "It is damaged."),
        ("copied", {"run2": {"trouble": "It is damaged."}}, "cannot be told", "It is damaged."),
        (
            "n, floor",
            {"run3": {"stated": {"frechet_distance": (5.0, 20.0)}}},
            "not met",
            "runs/0003 says frechet_distance 5.0, and 20.0 comes out",
        ),
        (
            "n, floor",
            {"run3": {"stated": {"features": ("photographs", "outlines")}}},
            "cannot be told",
            "other features",
        ),
        ("n, floor", {"run4": {"measured": None}}, "cannot be told", "cannot be computed"),
        ("a baseline", {"run4": {"seconds": 30.0}}, "not met", "told the class: 30 to 118 s"),
        ("samples", {"run5": {"pictures": {0: True, 100: False}}}, "not met", "runs/0005, step 1"),
        ("samples", {"run5": {"pictures": {0: None, 100: True}}}, "cannot be told", "step 0"),
        ("data", {"run1": {"data": {**DATA, "shared": 3}}}, "not met", "3 of these also trained"),
        ("data", {"run1": {"data": {**DATA, "held_out": 0}}}, "not met", "0 held out"),
        ("data", {"run1": {"data": {**DATA, "copies": 7}}}, "met", "7 of them copies"),
    ],
)
def test_each_line_notices_what_it_is_for(name, others, verdict, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    judged = line(name, project(**others))
    assert judged.verdict == verdict
    assert said in judged.said
    assert bool(judged.mend) == (verdict != review.MET)
    before = {each.name: each.verdict for each in review.judged(project(**others))}
    assert before[judged.name] == verdict


def test_a_run_that_failed_and_says_so_spoils_nothing(tmp_path, monkeypatch):
    """It has no result; whoever puts one there claims that it came to its end."""
    monkeypatch.chdir(tmp_path)
    nothing = dict.fromkeys(("weights", "pictures", "resumes", "data", "measured", "stated"))
    told = {"trouble": "There is no checkpoint.", "finished": False, "ended": None, **nothing}
    found = [*project(), facts(7, seed=9, **told)]
    assert {each.verdict for each in review.judged(found)} == {review.MET}
    assert "not come to the end: runs/0007 (There is no checkpoint.)" in line("failed", found).said
    found[-1]["ended"] = 100
    assert line("resumes", found).verdict == review.OPEN


def test_seeds_are_those_that_are_missing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mend = line("at least", [facts(1, 0), facts(2, 2)]).mend
    assert mend == "ganedu train --dataset mnist --minutes 2 --seed 1"
    mend = line("at least", [facts(1, 5, conditional=True)]).mend
    assert mend.splitlines() == [
        f"ganedu train --dataset mnist --conditional --minutes 2 --seed {seed}" for seed in (0, 1)
    ]


def test_two_runs_of_one_seed_are_one():
    found = project()
    found[1]["settings"]["seed"] = 0
    assert line("at least", found).verdict == review.NOT_MET


def test_one_arm_is_no_comparison_and_another_is_named():
    judged = line("a baseline", project()[:3])
    assert (judged.verdict, judged.said) == (review.NOT_MET, "there is one arm only.")
    assert judged.mend.startswith("ganedu train --dataset mnist --conditional --minutes 2")
    judged = line("a baseline", project()[3:])
    assert judged.mend.startswith("ganedu train --dataset mnist --minutes 2")


def test_what_arms_differ_in_beside_what_is_told_is_said():
    found = project()
    for each in found:
        told = each["settings"]["conditional"]
        recipe = {"batch_size": 32, "halving_steps": 1000 if told else 8000}
        each["settings"]["recipe"] = recipe | ({"head": "projection"} if told else {})
    judged = line("a baseline", found)
    assert judged.verdict == review.MET
    assert judged.said.endswith("s. Their recipes also differ in halving_steps (8000, 1000).")
    judged = line("a baseline", found[::-1])  # what one recipe lacks comes with being told
    assert judged.said.endswith("s. Their recipes also differ in halving_steps (1000, 8000).")
    found[0]["seconds"] = 5.0  # whether their minutes are equal or not
    assert "also differ in halving_steps" in line("a baseline", found).said
    other = facts(7, seconds=5.0)
    other["settings"] |= {"dataset": "letters", "recipe": {"batch_size": 99}}
    assert line("a baseline", [*found, other]).said == line("a baseline", found).said
    assert "recipes" not in line("a baseline", project()).said


def test_arms_on_other_data_are_no_comparison():
    found = project()
    for each in found[3:]:
        each["settings"]["dataset"] = "letters"
    assert line("a baseline", found).verdict == review.NOT_MET


def test_arms_on_the_same_pictures_are_a_comparison_with_labels_or_without():
    """The hash of a run's settings is of the labels, too."""
    found = project()
    for each in found:
        told = "with" if each["settings"]["conditional"] else "without"
        own = {"folder": "pictures", "size": 16, "content_sha256": f"{told} labels"}
        each["settings"] |= {"dataset": "the folder pictures", "images": own}
    assert line("a baseline", found).verdict == review.MET
    for each in found[3:]:
        each["data"] = {**DATA, "sha256": "of others"}
    assert line("a baseline", found).verdict == review.NOT_MET


def test_times_may_differ_by_a_tenth():
    for seconds, verdict in ((118 * 1.1, review.MET), (118 * 1.11, review.NOT_MET)):
        assert line("a baseline", project(run6={"seconds": seconds})).verdict == verdict


def test_the_excess_is_that_of_a_share_against_a_border_that_was_estimated_too():
    assert review.excess(0.05, 0.05, 10, 10) == 0
    # q(1 − q)(1/n + 1/m) = .0475/50 for n = m = 100: the root is .03082
    assert review.excess(0.08, 0.05, 100, 100) == pytest.approx(0.03 / 0.030822, rel=1e-4)
    random = np.random.default_rng(0)
    shares = []
    for _ in range(4000):
        border = np.quantile(random.random(300), 0.05)
        shares.append(review.excess((random.random(200) < border).mean(), 0.05, 200, 300))
    assert np.std(shares) == pytest.approx(1, abs=0.08)  # the simulation's own error is .011


@pytest.mark.parametrize(("share", "verdict"), [(0.079, review.MET), (0.080, review.NOT_MET)])
def test_copying_is_more_than_chance(share, verdict):
    """Three standard errors above .05 are .0792 for 1,000 against 1,000."""
    told = facts()["measured"]
    other = {"measured": {**told, "values": {**VALUES, "memorised": share}}}
    assert line("copied", project(run2=other)).verdict == verdict


@pytest.mark.parametrize(
    ("words", "lacks"),
    [
        ("Our Fréchet distance is 9.3.", "n and the floor and the features"),
        ("FID 9.3 with 2,000 samples, features of MobileNet.", "the floor"),
        (
            "| run | FID |\n|---|---|\n| ours | 9 |\n\nn = 200; the floor is 2.",
            "n and the floor and the features",
        ),
        ("With 2,000 samples, digit features and a floor of 2.0 the Fréchet distance is 9.", None),
        ("The Fréchet distance is small.", None),
        ("FID 3 for generated images, floor 2, features of Inception.", "n"),
        ("FID 3 for 900 generated images, floor 2, features of Inception.", None),
        ("KID 3, n = 90, floor 2.", "the features"),
        ("The losses end at 0.7.", None),
    ],
)
def test_a_distance_in_words_has_company(words, lacks, tmp_path, monkeypatch):
    judged = line("n, floor", project(), words)
    assert judged.verdict == (review.NOT_MET if lacks else review.MET)
    assert lacks is None or f"lacks {lacks}." in judged.said


def folders_in(place, names):
    for name in names:
        folder = place / "runs" / name
        folder.mkdir(parents=True)
        runs.write_settings(folder, {"seed": 0})
    return [facts(run=str(place / "runs" / name)) for name in names]


def test_a_run_that_is_left_out_or_thrown_away_leaves_a_gap(tmp_path):
    found = folders_in(tmp_path, ["0001", "0002", "0003"])
    assert line("failed", found).verdict == review.MET
    judged = line("failed", found[:2])
    assert (judged.verdict, judged.said) == (
        review.NOT_MET,
        "0003 lies beside and is not handed in.",
    )
    shutil.rmtree(tmp_path / "runs" / "0002")
    judged = line("failed", [found[0], found[2]])
    assert (judged.verdict, judged.said) == (review.NOT_MET, "0002 is missing.")


def test_folders_with_names_go_without_a_trace(tmp_path):
    judged = line("failed", folders_in(tmp_path, ["0001", "best"]))
    assert judged.verdict == review.OPEN and "without a trace" in judged.said


def test_a_numbered_folder_without_a_run_is_there_and_says_nothing(tmp_path):
    """As `ganedu train` leaves it that was refused before its first step."""
    found = folders_in(tmp_path, ["0001", "0003"])
    (tmp_path / "runs" / "0002").mkdir()
    judged = line("failed", found)
    assert (judged.verdict, judged.said) == (
        review.OPEN,
        "no run is in 0002; not come to the end: none.",
    )
    (tmp_path / "runs" / "notes").mkdir()  # what is no run and has no number is nobody's business
    shutil.rmtree(tmp_path / "runs" / "0002")
    assert line("failed", found).said == "0002 is missing."


def test_runs_are_found_in_a_project_in_its_runs_and_by_themselves(tmp_path):
    folders_in(tmp_path, ["0002", "0001"])
    both = [tmp_path / "runs" / name for name in ("0001", "0002")]
    assert review.runs_in([tmp_path]) == both
    assert review.runs_in([tmp_path / "runs"]) == both
    assert review.runs_in([both[1], tmp_path]) == both[::-1]
    with pytest.raises(FileNotFoundError, match="There is no run in"):
        review.runs_in([tmp_path / "nothing"])
    (tmp_path / ".vscode").mkdir()  # an editor's
    (tmp_path / ".vscode" / "settings.json").write_text("{}", encoding="utf-8")
    assert review.runs_in([tmp_path]) == both
    (tmp_path / "old").mkdir()
    runs.write_settings(tmp_path / "old", {"seed": 0})
    assert review.runs_in([tmp_path]) == [tmp_path / "old", *both]


def test_words_are_those_of_the_project_that_is_reviewed(tmp_path, monkeypatch):
    [found] = folders_in(tmp_path / "mine", ["0001"])
    (tmp_path / "project.md").write_text("another's", encoding="utf-8")
    names = (tmp_path / "mine", tmp_path / "mine" / "runs", found["run"])
    assert [review.words_of([name]) for name in names] == [("", None)] * 3
    (tmp_path / "mine" / "project.md").write_text("mine", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "mine" / "runs")
    for name in (*names, "0001", ".", ".."):
        text, place = review.words_of([name])
        assert text == "mine" and place.resolve() == tmp_path / "mine"


def test_runs_of_which_nothing_is_known_are_no_arm(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    nothing = dict.fromkeys(("weights", "pictures", "resumes", "data", "measured", "stated"))
    lost = {"trouble": "settings.json is damaged.", "finished": False, "ended": 100, **nothing}
    found = [*project(), {**facts(7, **lost), "settings": {}}]
    assert {*review.arms(found)} == {"mnist", "mnist, told the class"}
    assert line("at least", found).verdict == review.MET
    assert line("resumes", found).verdict == review.OPEN
    assert "is damaged" in line("resumes", found).said
    verdicts = {each.verdict for each in review.judged(found[-1:])}
    assert verdicts == {review.OPEN, review.NOT_MET, review.MET}
    assert line("at least", found[-1:]).verdict == review.OPEN


def test_where_no_run_can_be_opened_nothing_is_met_of_what_they_show(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    nothing = dict.fromkeys(("weights", "pictures", "resumes", "data", "measured", "stated"))
    lost = {"trouble": "There is no checkpoint.", "finished": False, "ended": None, **nothing}
    lines = review.judged([facts(1, **lost)])
    assert [each.name for each in lines if each.verdict == review.MET] == ["failed runs kept"]
    said = [each.said for each in lines if each.verdict == review.OPEN]
    assert sum("no run that can be opened" in each for each in said) == 4
    assert line("at least", [facts(1, **lost)]).verdict == review.NOT_MET


def test_a_command_can_be_copied_with_any_name_of_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = facts()
    found["settings"] |= {"dataset": "the folder my cats", "steps": 90, "minutes": None}
    found["settings"]["images"] = {"folder": str(tmp_path / "my cats"), "size": 32}
    expected = "ganedu train --images 'my cats' --size 32 --steps 90 --seed 1"
    assert line("at least", [found]).mend.splitlines()[0] == expected


def test_a_table_of_arms_has_median_range_and_floor():
    found = project()
    for each, distance in zip(found, (3.0, 1.0, 1.5, 4.0, 6.0, 5.5), strict=True):
        shares = {"class_shares": [0.1] * 10}
        values, floors = {**VALUES, "frechet_distance": distance} | shares, FLOORS | shares
        each["measured"] = {**each["measured"], "values": values, "floors": floors}
    told = review.table_of(found)
    assert {*told["mnist"]} == {*VALUES}
    assert told["mnist"]["frechet_distance"] == (1.0, 1.5, 3.0, 2.0)
    assert told["mnist, told the class"]["frechet_distance"] == (4.0, 5.5, 6.0, 2.0)


def test_json_says_no_path_of_somebodys_machine(tmp_path):
    found = facts()
    found["settings"]["images"] = {"folder": str(tmp_path / "cats"), "size": 32}
    text = review.as_json(review.judged([found]), [found])
    assert str(tmp_path) not in text
    assert json.loads(text)["runs"][0]["settings"]["images"]["folder"] == "cats"
    assert found["settings"]["images"]["folder"] == str(tmp_path / "cats")


def test_a_whole_project(tiny, whole, tmp_path, capsys):
    """Three copies of one run under three seeds are one run, and a swapped picture is seen."""
    place = tmp_path / "project"
    for name in ("0001", "0002"):
        shutil.copytree(whole, place / "runs" / name)
    other = place / "runs" / "0002" / runs.SAMPLES / "00000013.png"
    shutil.copyfile(other.with_name("00000000.png"), other)
    (place / "project.md").write_text("# Digits <b>\n\nFID 3.\n", encoding="utf-8")
    assert main(["review", str(place), "--json", "--page", str(place / "page")]) == 0
    told = json.loads(capsys.readouterr().out)
    verdicts = {each["name"]: each["verdict"] for each in told["lines"]}
    assert list(verdicts.values()) == [
        "met",
        "not met",
        "not met",
        "met",
        "not met",
        "not met",
        "met",
        "met",
    ]
    assert told["runs"][0]["pictures"] == {"0": True, "13": True}
    assert told["runs"][1]["pictures"] == {"0": True, "13": False}
    page = (place / "page" / "index.html").read_text("utf-8")
    assert "<h1>Digits &lt;b&gt;</h1>" in page and "<b>" not in page
    assert json.loads((place / "page" / "review.json").read_text("utf-8")) == told
    assert not re.search(r"(?:src|href)=[\"'](?!data:)", page)
    assert {p.name for p in (place / "runs" / "0001").iterdir()} == {
        p.name for p in Path(whole).iterdir()
    }
