"""A claim is printed with the verdict of the run."""

import numpy as np
import pytest

from ganedu import claims


@pytest.mark.parametrize(("holds", "word"), [(True, "holds"), (np.bool_(False), "does NOT hold")])
def test_a_claim_is_judged_in_a_full_run(monkeypatch, capsys, holds, word):
    monkeypatch.setenv("GANEDU_SMOKE", "0")
    claims.claim("Two is more than one.", holds)
    assert capsys.readouterr().out.startswith(f"Two is more than one. → {word}")


def test_a_rehearsal_judges_nothing(monkeypatch, capsys):
    monkeypatch.setenv("GANEDU_SMOKE", "1")
    claims.claim("Two is more than one.", False)
    assert capsys.readouterr().out == "Two is more than one. → rehearsal, not judged\n"


@pytest.mark.parametrize(("sentence", "holds"), [("no stop", True), ("Both.", np.ones(2) > 0)])
def test_what_is_no_claim_is_refused(sentence, holds):
    with pytest.raises(ValueError, match="must be"):
        claims.claim(sentence, holds)
