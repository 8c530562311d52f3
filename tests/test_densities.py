"""Two known densities: closed forms, and an independent integrator beside the sums."""

import numpy as np
import pytest
from scipy import integrate, special, stats

from ganedu import densities

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
