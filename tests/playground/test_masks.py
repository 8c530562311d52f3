"""Holes in digits."""

import numpy as np
import pytest

from ganedu import completion, data, metrics, plotting, shipped
from ganedu.playground import masks


def test_a_rectangle_is_where_it_was_put_and_ends_at_the_border():
    mask = masks.rectangle(20, 3, 100, 2)
    rows, columns = np.nonzero(mask)
    assert {*rows.tolist()} == {*range(20, 28)} and {*columns.tolist()} == {3, 4}


def test_scattered_pixels_are_as_many_as_asked_for():
    assert masks.scattered(0.5).sum() == 392 and not masks.scattered(0.0).any()
    assert np.array_equal(masks.scattered(0.3, seed=1), masks.scattered(0.3, seed=1))
    assert not np.array_equal(masks.scattered(0.3, seed=1), masks.scattered(0.3, seed=2))


def test_every_mask_hides_something_and_leaves_something():
    for mask in masks.MASKS.values():
        assert mask.shape == (28, 28) and mask.dtype == bool and 0.2 < mask.mean() < 0.8
    assert {*masks.IN_TRAINING} < {*masks.MASKS}


def test_the_tick_is_its_formula():
    latents = np.random.default_rng(0).standard_normal((50, 2)).astype("float32")
    made = masks.tick()(latents).numpy().reshape(50, 2)
    first = np.where(latents[:, 0] < 0, -6 * latents[:, 0], 0.7 * latents[:, 0])
    np.testing.assert_allclose(made[:, 0], first, rtol=1e-5)
    np.testing.assert_allclose(made[:, 1], latents @ [1, 0.25], atol=1e-5)


def test_the_posterior_of_the_tick_is_that_of_weighted_latents():
    """Mass and mean of either arm, from a million latents by hand."""
    along, across = np.random.default_rng(0).standard_normal((2, 1_000_000))
    first = np.maximum(-6 * along, 0.7 * along)
    told = np.exp(-((first - 0.9) ** 2) / (2 * 0.1**2))
    told /= told.sum()
    second = along + 0.25 * across
    step = masks.PLACES[1] - masks.PLACES[0]
    density = masks.tick_posterior(0.9, 0.1) * step
    assert density.sum() == pytest.approx(1)
    for arm, places in ((second > 0.5, masks.PLACES > 0.5), (second <= 0.5, masks.PLACES <= 0.5)):
        assert density[places].sum() == pytest.approx(told[arm].sum(), abs=0.01)
        mean = told[arm] @ second[arm] / told[arm].sum()
        seen = density[places] @ masks.PLACES[places] / density[places].sum()
        assert seen == pytest.approx(mean, abs=0.02)


def test_restarts_miss_the_share_of_an_arm_and_weighted_draws_find_it():
    point = np.array([0.9, 0.0], "float32").reshape(1, 1, 2, 1)
    second, options = np.array([[False, True]]), {"rate": 0.02, "sigma": 0.1}
    begun = completion.starts(1, 400, 2, seed=1)
    ended = completion.search(point, second, masks.tick(), begun, 200, **options)
    bank = completion.make_bank(masks.tick(), 30_000, seed=1)
    drawn = completion.weighted(point, second, bank, 400, sigma=0.1, seed=1)
    searched, weighted = (one.images[0, :, 0, 1, 0] for one in (ended, drawn))
    step = masks.PLACES[1] - masks.PLACES[0]
    exact = masks.tick_posterior(0.9, 0.1)[masks.PLACES > 0.5].sum() * step
    assert abs((weighted > 0.5).mean() - exact) < 0.08
    assert abs((searched > 0.5).mean() - exact) > 0.15
    assert searched[searched > 0.5].std() < 0.5 * weighted[weighted > 0.5].std()


def test_medians_are_taken_over_the_seeds():
    rows = [
        {"method": "a", "masks": {"centre": {"share": share, "seam": 0.1}}}
        for share in (0.2, 0.9, 0.4)
    ]
    rows.append({"method": "b", "masks": {"centre": {"share": 0.3}}})
    assert masks.medians(rows, "centre", ("share", "seam")) == {
        "a": {"share": 0.4, "seam": 0.1},
        "b": {"share": 0.3, "seam": None},
    }


def test_pictures():
    density = masks.tick_posterior(0.9, 0.1)
    drawn = {"searches": [0.1, 0.1, 1.2], "draws": [1.0, 1.3, -0.2]}
    panel = masks.posterior_panel(np.zeros((5, 2)), 0.9, density, drawn)
    assert [axes.get_title() for axes in panel.axes[1:]] == [*drawn]
    np.testing.assert_allclose(panel.axes[1].lines[0].get_ydata(), density)
    told = metrics.calibration([0.25, 0.25, 0.75], [False, True, True])
    [axes] = masks.reliability({"one": told, "two": told}).axes
    assert axes.lines[1].get_ydata().tolist() == [0.5, 1.0]
    assert [line.get_linestyle() for line in axes.lines] == [":", "-", "--"]
    assert axes.get_legend().get_texts()[1].get_text() == f"two: error {told.error:.3f}"


def test_the_sliders_move_the_hole(monkeypatch):
    shown = []
    monkeypatch.setattr(plotting, "show", lambda figure, alt, *rest: shown.append(alt))
    bank = completion.make_bank(shipped.digit_generator(), 200)
    digits = data.load("digits")
    box = masks.hole_explorer(digits, bank)
    names = [part.description for part in box.children[:5]]
    assert names == ["digit", "from row", "from column", "rows", "columns"]
    assert shown[-1].startswith("Missing: 392 of 784 pixels of a 4. The sixteen say: ")
    counts = [int(part.partition(")")[0]) for part in shown[-1].split("(")[1:]]
    assert sum(counts) == 16 and counts == sorted(counts, reverse=True)
    box.children[3].value = 3
    assert shown[-1].startswith("Missing: 84 of 784")
    box.children[1].value = 0
    box.children[3].value = 28
    assert shown[-1] == "Nothing is known."
