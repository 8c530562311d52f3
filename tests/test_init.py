"""The budget: full outside, a handful in a rehearsal, and what decides between them."""

import pytest

import ganedu


@pytest.fixture
def switches(monkeypatch):
    """A function that sets the two environment variables, or unsets them with None."""

    def switch(smoke=None, grading=None):
        for name, value in (("GANEDU_SMOKE", smoke), ("NBGRADER_EXECUTION", grading)):
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)

    return switch


@pytest.mark.parametrize("smoke", [None, "", "0"])
def test_a_full_run_takes_all_steps(switches, smoke):
    switches(smoke=smoke)
    assert ganedu.budget(2000) == 2000
    assert not ganedu.rehearsing()


@pytest.mark.parametrize(
    "told", [{"smoke": "1"}, {"smoke": "yes"}, {"grading": "autograde"}, {"grading": "validate"}]
)
def test_a_rehearsal_takes_a_handful(switches, told):
    switches(**told)
    assert ganedu.budget(2000) == ganedu.SMOKE_STEPS < 10
    assert ganedu.budget(1) == 1
    assert ganedu.rehearsing()


@pytest.mark.parametrize("steps", [0, -1, 2.0, "2000", None, True])
def test_what_is_not_a_number_of_steps_is_refused(steps):
    with pytest.raises(ValueError, match="positive integer.*got " + repr(steps)):
        ganedu.budget(steps)
