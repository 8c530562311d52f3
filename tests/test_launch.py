"""What a launcher has told: who takes part, who leads, and what cannot be understood."""

import json

import pytest

from ganedu import launch


@pytest.mark.parametrize(
    "told",
    [
        "no JSON",
        '{"cluster": {"worker": ["one:1"]}}',
        '{"cluster": {"worker": ["one:1"]}, "task": {"type": "worker", "index": 1}}',
        '{"cluster": {"worker": ["one:1"]}, "task": {"type": "ps", "index": 0}}',
        "[]",
    ],
)
def test_what_a_launcher_said_is_looked_at(monkeypatch, told):
    monkeypatch.setenv(launch.VARIABLE, told)
    with pytest.raises(ValueError, match="must be as in"):
        launch.num_processes()


@pytest.mark.parametrize(
    ("cluster", "kind", "index", "leads", "number"),
    [
        ({"worker": ["a:1", "b:1"]}, "worker", 0, True, 2),
        ({"worker": ["a:1", "b:1"]}, "worker", 1, False, 2),
        ({"chief": ["a:1"], "worker": ["b:1", "c:1"]}, "worker", 0, False, 3),
        ({"chief": ["a:1"], "worker": ["b:1", "c:1"]}, "chief", 0, True, 3),
        ({"worker": ["a:1", "b:1"], "evaluator": ["c:1"]}, "evaluator", 0, False, 2),
        ({"worker": ["a:1", "b:1"], "ps": ["c:1"]}, "ps", 0, False, 2),
    ],
)
def test_one_process_leads(monkeypatch, cluster, kind, index, leads, number):
    task = {"cluster": cluster, "task": {"type": kind, "index": index}}
    monkeypatch.setenv(launch.VARIABLE, json.dumps(task))
    assert (launch.is_leader(), launch.num_processes()) == (leads, number)


def test_without_a_launcher_one_process_is_alone_and_leads(monkeypatch):
    monkeypatch.delenv(launch.VARIABLE, raising=False)
    assert launch.is_leader() and launch.num_processes() == 0
