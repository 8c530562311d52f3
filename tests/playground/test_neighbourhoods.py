"""Circles are counted as the metrics count, and every number has its verdict."""

import numpy as np
import pytest

from ganedu import metrics, plotting
from ganedu.playground import neighbourhoods

SEVEN = np.array([[0, 0], [1, 0], [0, 1], [1, 1], [0.5, 0.4], [6, 0], [0.2, 0.7]])


def test_neighbourhoods_draws_the_circles_that_are_counted():
    """The square's corners have their nearest at the middle; the far point's reaches to (1, 0)."""
    figure = neighbourhoods.neighbourhoods(SEVEN[:6], np.array([[2.0, 0.0], [0.0, 3.0]]), k=1)
    left, right = figure.axes
    widths = [np.ptp(path.vertices[:, 0]) for path in left.collections[0].get_paths()]
    np.testing.assert_allclose(widths[0], 2 * np.hypot(0.5, 0.4), rtol=1e-3)
    np.testing.assert_allclose(widths[5], 10.0, rtol=1e-3)
    assert left.get_title() == "precision: fakes inside 0.50"
    assert right.get_title() == "recall: real points inside 0.83"  # (6, 0) is 4 away, circles √13
    _, inside, outside = left.lines
    assert inside.get_xydata().tolist() == [[2.0, 0.0]] and inside.get_fillstyle() == "full"
    assert outside.get_xydata().tolist() == [[0.0, 3.0]] and outside.get_fillstyle() == "none"


def test_neighbourhoods_counts_as_the_metric_does():
    real, fake = np.random.default_rng(0).normal(size=(2, 12, 2))
    fake[:, 0] += 1
    for k in (1, 3):
        left, right = neighbourhoods.neighbourhoods(real, fake, k).axes
        counted = [len(axes.lines[1].get_xdata()) / 12 for axes in (left, right)]
        assert tuple(counted) == pytest.approx(metrics.precision_recall(real, fake, k))


@pytest.mark.parametrize("k", [0, 6])
def test_neighbourhoods_needs_a_neighbour(k):
    with pytest.raises(ValueError, match=f"got k = {k}"):
        neighbourhoods.neighbourhoods(SEVEN[:6], SEVEN, k)


def test_the_defect_table_has_every_number_and_a_word_for_every_verdict():
    figure = neighbourhoods.defect_table(
        ["blur", "noise"], ["precision"], [["0.84"], ["0.66"]], [["–"], ["sees"]]
    )
    texts = [(text.get_text(), text.get_fontweight()) for text in figure.axes[0].texts]
    assert texts == [("0.84", "normal"), ("–", "normal"), ("0.66", "bold"), ("sees", "bold")]


def test_the_defect_table_needs_a_verdict_for_each_number():
    with pytest.raises(ValueError, match="2 rows and 1 columns"):
        neighbourhoods.defect_table(["blur", "noise"], ["precision"], [["1"], ["2"]], [["sees"]])


class TestNeighbourhoods:
    def test_the_sentence_has_what_the_metrics_say(self):
        real, fake = np.random.default_rng(0).normal(size=(2, 12, 2))
        told = neighbourhoods._counted(real, fake, 3)
        precision = metrics.precision_recall(real, fake, 3).precision
        density, coverage = metrics.density_coverage(real, fake, 3)
        assert f"precision {precision:.2f}, density {density:.2f}, coverage {coverage:.2f}." in told

    REAL = np.array([[0, 0], [1, 0], [0, 1], [1, 1], [0.5, 0.4], [0, 0]], float)
    FAKE = np.array([[2.0, 0.0], [0.0, 3.0]])

    def moved(self, monkeypatch):
        shown = []
        monkeypatch.setattr(plotting, "show", lambda figure, alt: shown.append((figure, alt)))
        k, far, _ = neighbourhoods.neighbourhood_explorer(self.REAL, self.FAKE).children
        return k, far, shown

    def test_an_outlier_takes_a_fake_in(self, monkeypatch):
        _, far, shown = self.moved(monkeypatch)
        assert shown[-1][1].startswith("k = 1, last real point at 1.00: precision 0.00, ")
        far.value = 6.0  # its nearest is (1, 0), so its circle reaches over the fake at (2, 0)
        assert shown[-1][1] == (
            "k = 1, last real point at 6.00: precision 0.50, density 0.50, coverage 0.17."
        )
        assert shown[-1][0].axes[0].get_title() == "precision: fakes inside 0.50"
        assert len(shown) == 2

    def test_sliders_have_a_name_and_wait_for_the_hand_to_rest(self, monkeypatch):
        k, far, _ = self.moved(monkeypatch)
        assert (k.description, far.description) == ("k", "outlier at")
        assert not k.continuous_update and not far.continuous_update
