"""Known densities with labels, closed forms, and classes in between."""

import keras
import numpy as np
import pytest

from ganedu import models, plotting
from ganedu.playground import conditions


def test_a_joint_density_is_one():
    density = conditions.joint([-1.0, 0.5, 2.0], 0.7, [0.2, 0.3, 0.5])
    np.testing.assert_allclose(density.sum(axis=1) * conditions.SPACING, [0.2, 0.3, 0.5])
    means = (density * conditions.PLACES).sum(axis=1) / density.sum(axis=1)
    np.testing.assert_allclose(means, [-1.0, 0.5, 2.0], atol=1e-6)


def test_the_posterior_of_two_equal_gaussians_is_a_sigmoid():
    """log p(1|x)/p(0|x) = 2x for centres −1 and 1 and a spread of 1."""
    told = conditions.posterior(conditions.joint([-1.0, 1.0]))
    np.testing.assert_allclose(told[1], 1 / (1 + np.exp(-2 * conditions.PLACES)), rtol=1e-9)
    np.testing.assert_allclose(told.sum(axis=0), 1)


@pytest.mark.parametrize("weight", [0.25, 1.0, 4.0])
def test_no_other_density_pays_less_than_the_narrowed_one(weight):
    """KL(q ‖ p) + λ E_q[−log p(y|x)], and the least of it is −log Σ p(x|y) p(y|x)^λ."""
    density = conditions.joint([-1.0, 1.0])
    real, told = (2 * density * conditions.SPACING)[0], conditions.posterior(density)[0]

    def pays(q):
        return np.sum(q * (np.log(q / real) - weight * np.log(told)))

    best = (2 * conditions.narrowed(density, weight) * conditions.SPACING)[0]
    assert best.sum() == pytest.approx(1)
    assert pays(best) == pytest.approx(-np.log(np.sum(real * told**weight)))
    rng = np.random.default_rng(0)
    for _ in range(20):
        other = best * np.exp(0.1 * rng.normal(size=len(best)))
        assert pays(other / other.sum()) > pays(best)


def test_narrowing_raises_the_agreement_and_takes_variety():
    density, agreements, spreads = conditions.joint([-1.0, 1.0]), [], []
    right = np.array([conditions.PLACES < 0, conditions.PLACES > 0])
    for weight in (0, 0.25, 1, 4):
        made = conditions.narrowed(density, weight) * conditions.SPACING
        np.testing.assert_allclose(made.sum(axis=1), 0.5)
        agreements.append(made[right].sum())
        mean = (made[0] * conditions.PLACES).sum() / 0.5
        spreads.append((made[0] * (conditions.PLACES - mean) ** 2).sum() / 0.5)
    assert np.all(np.diff(agreements) > 0) and np.all(np.diff(spreads) < 0)
    assert spreads[0] == pytest.approx(1, rel=1e-4)


def test_the_ends_of_a_way_are_the_classes_and_the_middle_is_neither():
    generator = models.conditional_generator(seed=1)
    latents = np.float32(np.random.default_rng(0).standard_normal((3, 64)))
    way = conditions.between(generator, 3, 8, [0.0, 0.5, 1.0])
    made = np.asarray(way([latents, np.arange(3)]))
    ends = np.asarray(generator([latents, np.array([3, 3, 8])]))
    np.testing.assert_allclose(made[[0, 2]], ends[[0, 2]], atol=1e-6)
    assert np.abs(made[1] - ends[1]).max() > 1e-3


def test_in_the_middle_each_layer_gets_the_mean_of_the_two_vectors():
    generator = models.conditional_generator(seed=1)
    way = conditions.between(generator, 2, 5, [0.5])
    for old, new in zip(generator.layers, way.layers, strict=True):
        if isinstance(old, keras.layers.Embedding):
            table = old.get_weights()[0]
            np.testing.assert_allclose(new.get_weights()[0], [(table[2] + table[5]) / 2])
        else:
            for a, b in zip(old.get_weights(), new.get_weights(), strict=True):
                np.testing.assert_array_equal(a, b)


def test_pictures():
    panel = conditions.narrowed_panel(conditions.joint([-1.0, 1.0]), [0, 1, 4])
    assert [axes.get_title() for axes in panel.axes] == ["weight 0", "weight 1", "weight 4"]
    real, fake = conditions.joint([-1.0, 1.0]), conditions.joint([-1.6, 0.4], 0.8)
    left, right = conditions.logits_panel(real, fake, 0 * real).axes
    assert [line.get_linestyle() for line in left.lines] == ["-", "--", "-", "--"]
    exact = right.lines[0]
    at = np.searchsorted(conditions.PLACES, exact.get_xdata())
    np.testing.assert_allclose(exact.get_ydata(), np.log(real[0, at] / fake[0, at]))
    rows = [{"program": name, "a": a, "b": 1 - a} for name, a in (("x", 0.1), ("y", 0.2))]
    chart = conditions.heads_chart(rows, {"a": 0.5, "b": 0.6}, {"a": "first", "b": "second"})
    dots = [line.get_xdata()[0] for line in chart.axes[1].lines if line.get_marker() == "o"]
    assert dots == [0.9, 0.8]
    assert [label.get_text() for label in chart.axes[0].get_yticklabels()] == ["x", "y"]


def test_the_sliders_draw_the_walk(monkeypatch):
    shown = []
    monkeypatch.setattr(plotting, "show", lambda figure, alt, *rest: shown.append(alt))
    box = conditions.class_explorer(models.conditional_generator(seed=0), 64)
    assert [part.description for part in box.children[:4]] == ["style", "from", "to", "way"]
    box.children[1].value = 7
    assert shown[-1] == "Style 1: left class 7, right 8, in the middle 50%."
