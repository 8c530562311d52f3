"""Two known densities: closed forms, and an independent integrator beside the sums."""

import numpy as np
import pytest
from scipy import integrate, special, stats

from ganedu import plotting
from ganedu.playground import densities

X, DX = np.linspace(-20, 20, 8001, retstep=True)


def test_gaussian_is_the_normal_density():
    expected = stats.norm(1.5, 0.3).pdf(X)
    np.testing.assert_allclose(densities.gaussian(X, 1.5, 0.3), expected, rtol=1e-12, atol=1e-300)
    assert densities.gaussian(X, 1.5, 0.3).sum() * DX == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("std", [0.0, -1.0, float("nan")])
def test_a_density_has_a_width(std):
    with pytest.raises(ValueError, match="std must be larger than 0.*got"):
        densities.gaussian(X, 0.0, std)


class TestOptimalDiscriminator:
    def test_its_logit_is_the_difference_of_the_logarithms(self):
        """Unit Gaussians at ∓1: log p − log q = −2x."""
        p, q = densities.gaussian(X, -1, 1), densities.gaussian(X, 1, 1)
        expected = special.expit(-2 * X)
        np.testing.assert_allclose(densities.optimal_discriminator(p, q), expected, rtol=1e-9)

    def test_no_other_value_is_better_at_any_point(self):
        p, q = np.random.default_rng(0).uniform(0.01, 3, (2, 50, 1))
        others = np.linspace(0.001, 0.999, 999)
        best = densities.optimal_discriminator(p, q)
        value = p * np.log(best) + q * np.log(1 - best)
        assert (value >= p * np.log(others) + q * np.log(1 - others) - 1e-12).all()

    def test_it_is_sure_where_one_density_is_zero_and_free_where_both_are(self):
        found = densities.optimal_discriminator([0.0, 2.0, 0.0, 1e-300], [1.0, 0.0, 0.0, 1e-300])
        np.testing.assert_array_equal(found, [0.0, 1.0, np.nan, 0.5])


class TestJSDivergence:
    @pytest.mark.parametrize("other", [(0.0, 1.0), (0.5, 1.0), (2.0, 0.4), (0.0, 3.0), (8.0, 1.0)])
    def test_it_is_the_entropy_of_the_mixture_above_the_mean_entropy(self, other):
        """JSD = H(½p + ½q) − ½H(p) − ½H(q); a normal has H = ½·log(2πe·std²)."""

        def mixture_entropy(x):
            return special.entr((stats.norm.pdf(x) + stats.norm(*other).pdf(x)) / 2)

        ends = integrate.quad(mixture_entropy, -20, 28, limit=500, epsabs=1e-11, points=[0, 2, 8])
        own = np.mean([0.5 * np.log(2 * np.pi * np.e * std**2) for std in (1.0, other[1])])
        p, q = densities.gaussian(X, 0, 1), densities.gaussian(X, *other)
        assert densities.js_divergence(p, q, DX) == pytest.approx(ends[0] - own, abs=1e-8)

    def test_of_two_boxes_that_share_a_part(self):
        """Share s of each box is common: there m = p, and elsewhere p/m = 2: (1 − s)·log 2."""
        p, q = np.zeros(100), np.zeros(100)
        p[10:50], q[40:80] = 2.5, 2.5  # 40 points of 0.01 each; 10 of 40 are common
        assert densities.js_divergence(p, q, 0.01) == pytest.approx(0.75 * np.log(2), rel=1e-12)

    def test_it_is_symmetric_and_zero_for_equal_densities(self):
        p, q = densities.gaussian(X, -1, 0.7), densities.gaussian(X, 1, 1.4)
        assert densities.js_divergence(p, p, DX) == 0.0
        there, back = densities.js_divergence(p, q, DX), densities.js_divergence(q, p, DX)
        assert there == pytest.approx(back, rel=1e-12) and there > 0.3

    def test_unit_gaussians_eight_apart_are_nearly_as_far_as_can_be(self):
        """The figure that the lesson quotes: .69305 against log 2 = .69315."""
        p, q = densities.gaussian(X, 0, 1), densities.gaussian(X, 8, 1)
        assert round(densities.js_divergence(p, q, DX), 5) == 0.69305

    def test_the_smallest_numbers_there_are_do_no_harm(self):
        """5e-324 halved is 0: a mixture of 0 under a density that is not."""
        assert densities.js_divergence([5e-324, 0.5], [0.0, 0.5], 2.0) == pytest.approx(
            0, abs=1e-15
        )

    def test_it_needs_a_spacing(self):
        with pytest.raises(ValueError, match="dx must be larger than 0.*got 0"):
            densities.js_divergence([1.0], [1.0], 0)


@pytest.mark.parametrize(
    "function",
    [densities.optimal_discriminator, lambda p, q: densities.js_divergence(p, q, 0.1)],
)
def test_densities_are_not_negative_and_stand_at_the_same_points(function):
    with pytest.raises(ValueError, match=r"same points; got \(2,\) and \(1,\)"):
        function([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="at least 0; got negative values"):
        function([1.0, -2.0], [1.0, 1.0])


class TestDensityGame:
    def test_it_draws_the_densities_and_the_share_of_real_between_them(self):
        upper, lower, _ = densities.density_game(-1.0, 0.7, 1.0, 1.4).axes
        (x, p), (_, q) = (line.get_data() for line in upper.lines)
        np.testing.assert_allclose(p, stats.norm(-1.0, 0.7).pdf(x), rtol=1e-9)
        np.testing.assert_allclose(q, stats.norm(1.0, 1.4).pdf(x), rtol=1e-9)
        np.testing.assert_allclose(lower.lines[0].get_ydata(), p / (p + q), rtol=1e-9)
        assert [text.get_text() for text in upper.get_legend().get_texts()] == ["real p", "fake q"]
        assert upper.lines[0].get_linestyle() != upper.lines[1].get_linestyle()

    def test_the_curve_is_the_divergence_over_the_distance_with_a_dot_now(self):
        """Unit Gaussians: 0 at distance 0, .69305 at 8 (lesson 01); the dot at |3 − (−5)| = 8."""
        right = densities.density_game(3.0, 1.0, -5.0, 1.0).axes[2]
        curve, dot, limit = right.lines
        distances, apart = curve.get_data()
        assert (distances[0], apart[0]) == (0.0, pytest.approx(0.0, abs=1e-12))
        assert np.interp(8.0, distances, apart) == pytest.approx(0.69305, abs=2e-5)
        assert dot.get_xdata()[0] == 8.0
        assert dot.get_ydata()[0] == pytest.approx(0.69305, abs=5e-6)
        assert limit.get_ydata()[0] == pytest.approx(np.log(2))

    def test_it_says_the_numbers_in_words(self):
        right = densities.density_game(0.5, 0.8, 0.5, 0.8).axes[2]
        words = right.texts[-1].get_text()
        assert "JSD = 0.000" in words and "= −1.386" in words

    def test_unequal_widths_are_apart_even_at_distance_zero(self):
        """The same integral by an adaptive integrator, for widths as unlike as sliders allow."""
        dot = densities.density_game(0.0, 0.3, 0.0, 3.0).axes[2].lines[1]

        def integrand(x):
            p, q = stats.norm(0, 0.3).pdf(x), stats.norm(0, 3).pdf(x)
            return (special.entr((p + q) / 2) - special.entr(p) / 2 - special.entr(q) / 2).item()

        expected = 2 * integrate.quad(integrand, 0, 30, limit=200, points=[0.5, 1.0, 2.0])[0]
        assert dot.get_ydata()[0] == pytest.approx(expected, abs=1e-7)

    def test_a_width_is_larger_than_zero(self):
        with pytest.raises(ValueError, match="std must be larger than 0"):
            densities.density_game(0.0, 0.0, 1.0, 1.0)


@pytest.fixture
def played(monkeypatch):
    """The sliders of two densities, by description, and what they draw: (figure, sentence)."""
    shown = []
    monkeypatch.setattr(plotting, "show", lambda figure, alt: shown.append((figure, alt)))
    *sliders, _ = densities.density_explorer().children
    return {slider.description: slider for slider in sliders}, shown


class TestDensityExplorer:
    def test_it_draws_at_once_and_after_each_move(self, played):
        sliders, shown = played
        assert shown[0][1].startswith("Real: mean -1.0, width 1.0; fake: mean 1.0, width 1.0. V")
        sliders["fake mean"].value, sliders["real width"].value = 3.0, 0.5
        assert shown[1][1].startswith("Real: mean -1.0, width 1.0; fake: mean 3.0, width 1.0.")
        assert shown[2][1].startswith("Real: mean -1.0, width 0.5; fake: mean 3.0, width 1.0.")
        sliders["real mean"].value, sliders["fake width"].value = 2.0, 2.0
        assert shown[4][1].startswith("Real: mean 2.0, width 0.5; fake: mean 3.0, width 2.0.")
        assert len(shown) == 5

    def test_the_picture_is_that_of_the_numbers(self, played):
        sliders, shown = played
        sliders["fake mean"].value = 3.0
        x, p = shown[-1][0].axes[0].lines[0].get_data()
        q = shown[-1][0].axes[0].lines[1].get_ydata()
        np.testing.assert_allclose(p, stats.norm(-1, 1).pdf(x), rtol=1e-9)
        np.testing.assert_allclose(q, stats.norm(3, 1).pdf(x), rtol=1e-9)

    @pytest.mark.parametrize(
        "numbers, words",
        [
            ((0.0, 1.0, 8.0, 1.0), "V(D*) = -0.0002, JSD = 0.6931 of at most 0.6931."),
            ((2.0, 0.5, 2.0, 0.5), "V(D*) = -1.3863, JSD = 0.0000 of at most 0.6931."),
            ((-5.0, 0.3, 5.0, 0.3), "V(D*) = -0.0000, JSD = 0.6931 of at most 0.6931."),
        ],
    )
    def test_the_sentence_has_the_value_and_the_divergence(self, numbers, words):
        """Equal densities: −2 log 2 and 0; far apart: 0 and log 2; .69305 at eight widths."""
        assert densities.density_game_sentence(*numbers).endswith(words)

    def test_sliders_have_a_name_and_wait_for_the_hand_to_rest(self, played):
        sliders, _ = played
        assert list(sliders) == ["real mean", "real width", "fake mean", "fake width"]
        assert not any(slider.continuous_update for slider in sliders.values())
        assert all(sliders[name].min > 0 for name in ("real width", "fake width"))
