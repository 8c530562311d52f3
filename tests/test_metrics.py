"""Metrics against closed forms and planted defects."""

import numpy as np
import pytest
import scipy

from ganedu import data, metrics

SQUARE = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])


def test_equal_counts_on_the_centres():
    coverage = metrics.mode_coverage(np.repeat(SQUARE, 5, axis=0), SQUARE, std=0.1)
    assert coverage == (4, 1.0, 0.0)


def test_a_lost_mode_costs_a_mode_and_divergence():
    """Three of four modes met equally often: the divergence is log(4/3)."""
    coverage = metrics.mode_coverage(np.repeat(SQUARE[:3], 7, axis=0), SQUARE, std=0.1)
    assert coverage.modes == 3
    assert coverage.reverse_kl == pytest.approx(np.log(4 / 3))


def test_the_divergence_of_unequal_counts():
    """Shares ½, ¼, ⅛, ⅛: Σ h log 4h = ½ log 2 + 0 − ¼ log 2 = ¼ log 2."""
    points = np.repeat(SQUARE, (4, 2, 1, 1), axis=0)
    assert metrics.mode_coverage(points, SQUARE, 0.1).reverse_kl == pytest.approx(np.log(2) / 4)


def test_three_standard_deviations_are_the_border():
    points = SQUARE[[0, 0, 0, 0]] + [[0.29, 0.0], [0.0, 0.31], [0.2, 0.2], [-0.25, 0.25]]
    coverage = metrics.mode_coverage(points, SQUARE, std=0.1)  # lengths .29, .31, .283, .354
    assert coverage.high_quality == 0.5


def test_a_mode_needs_a_point_of_high_quality():
    points = np.array([[0.0, 0.0], [0.9, 0.45]])  # the second is nearest to (1, 0), and far
    coverage = metrics.mode_coverage(points, SQUARE, std=0.1)
    assert coverage.modes == 1
    assert coverage.reverse_kl == pytest.approx(np.log(2))  # over all points: two centres of four


def test_a_single_mode():
    coverage = metrics.mode_coverage(np.zeros((9, 2)), SQUARE, std=0.1)
    assert coverage.reverse_kl == pytest.approx(np.log(4))


@pytest.mark.parametrize("make", [data.ring, data.grid])
def test_what_a_perfect_generator_has(make):
    """In the plane P(distance ≤ 3σ) = 1 − exp(−9/2); counts alone give (k − 1)/2n on average."""
    runs = []
    for seed in range(40):
        points = make(2500, seed)
        runs.append(metrics.mode_coverage(points.points, points.centres, points.std))
    modes, high_quality, reverse_kl = np.mean(runs, axis=0)
    assert modes == len(points.centres)
    assert high_quality == pytest.approx(1 - np.exp(-4.5), abs=1e-3)
    # the standard deviation of 2n · KL is that of χ², √(2(k − 1)); 40 runs, four sigma
    floor = (len(points.centres) - 1) / 5000
    assert reverse_kl == pytest.approx(floor, abs=4 * np.sqrt(2 * 5000 * floor / 40) / 5000)


def test_shift_and_order_do_not_matter():
    points = data.grid(500, 0)
    first = metrics.mode_coverage(points.points, points.centres, points.std)
    again = metrics.mode_coverage(
        points.points[::-1] + np.float32(8), points.centres[::-1] + 8, points.std
    )
    assert again == pytest.approx(first)


@pytest.mark.parametrize(
    ("points", "centres", "std", "says"),
    [
        (np.zeros((0, 2)), SQUARE, 0.1, "at least 1"),
        (np.zeros(3), SQUARE, 0.1, r"\[n, d\]"),
        (np.zeros((3, 3)), SQUARE, 0.1, r"\[k, 3\]"),
        (np.full((3, 2), np.nan), SQUARE, 0.1, "finite"),
        (np.zeros((3, 2)), SQUARE, 0.0, "above 0"),
        (np.zeros((3, 2)), SQUARE, [0.1], "above 0"),
    ],
)
def test_bad_input_is_answered(points, centres, std, says):
    with pytest.raises(ValueError, match=says):
        metrics.mode_coverage(points, centres, std)


# --- sets of features --------------------------------------------------------------------------


def normal(seed, num_rows, num_columns=3, scale=1.0, shift=0.0):
    return np.random.default_rng(seed).normal(shift, scale, (num_rows, num_columns))


def with_moments(mean, covariance, num_rows=50):
    """Rows whose mean and covariance are exactly these."""
    rows = normal(0, num_rows, len(mean))
    rows -= rows.mean(axis=0)
    rows = rows @ np.linalg.inv(np.linalg.cholesky(np.cov(rows.T))).T
    return rows @ np.linalg.cholesky(np.asarray(covariance)).T + mean


def test_frechet_distance_of_gaussians_along_the_axes():
    """Diagonal covariances: Σ (μₐ − μ_b)² + (σₐ − σ_b)² = 9 + 16 + (2 − 1)² + (5 − 3)² = 30."""
    a = with_moments([3.0, 4.0], [[4.0, 0.0], [0.0, 25.0]])
    b = with_moments([0.0, 0.0], [[1.0, 0.0], [0.0, 9.0]])
    assert metrics.frechet_distance(a, b) == pytest.approx(30)


def test_frechet_distance_where_the_covariances_do_not_commute():
    """Two by two: tr (ΣₐΣ_b)^½ = √(tr ΣₐΣ_b + 2√(det Σₐ det Σ_b)), by Cayley and Hamilton."""
    one, two = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([[1.0, -0.5], [-0.5, 2.0]])
    root = np.sqrt(np.trace(one @ two) + 2 * np.sqrt(np.linalg.det(one) * np.linalg.det(two)))
    expected = np.trace(one) + np.trace(two) - 2 * root
    a, b = with_moments([0.0, 0.0], one), with_moments([0.0, 0.0], two)
    assert metrics.frechet_distance(a, b) == pytest.approx(expected)


def test_frechet_distance_by_a_matrix_square_root():
    a, b = normal(0, 200, 8), normal(1, 300, 8) @ normal(2, 8, 8)
    one, two = np.cov(a.T), np.cov(b.T)
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(
        one + two - 2 * scipy.linalg.sqrtm(one @ two).real
    )
    assert metrics.frechet_distance(a, b) == pytest.approx(expected)
    assert metrics.frechet_distance(b, a) == pytest.approx(expected)


def test_frechet_distance_on_itself_and_with_a_dead_feature():
    a = np.float32(normal(0, 100, 5)) * [1, 1, 0, 10, 1e-3]
    shift = np.array([0, 0, 2.0, 0, 0])
    assert 0 <= metrics.frechet_distance(a, a) < 1e-6
    assert metrics.frechet_distance(a, a + shift) == pytest.approx(4, abs=1e-6)


def test_frechet_distance_refuses_too_few_samples():
    metrics.frechet_distance(normal(0, 6, 5), normal(1, 6, 5))
    with pytest.raises(ValueError, match="at least 6 are needed.*singular"):
        metrics.frechet_distance(normal(0, 6, 5), normal(1, 5, 5))


def test_frechet_distance_shrinks_with_the_number_of_samples():
    few, many = (
        np.mean([metrics.frechet_distance(normal(s, n), normal(s + 50, n)) for s in range(20)])
        for n in (20, 200)
    )
    assert few > 5 * many > 0


def test_kernel_distance_by_hand():
    """Two blocks of two; d = 1, so k(x, y) = (xy + 1)³, and no row meets itself."""
    a, b = np.array([[1.0], [1.0], [1.0], [1.0]]), np.array([[2.0], [2.0], [2.0], [2.0]])
    distance, error = metrics.kernel_distance(a, b, num_blocks=2)
    assert distance == pytest.approx(2**3 + 5**3 - 2 * 3**3)
    assert error == 0


def test_kernel_distance_is_unbiased_and_its_error_is_honest():
    runs = [metrics.kernel_distance(normal(s, 200), normal(s + 500, 200)) for s in range(200)]
    distances, errors = np.transpose(runs)
    assert abs(distances.mean()) < 4 * distances.std() / np.sqrt(200)
    assert (distances < 0).any()
    assert np.sqrt((errors**2).mean()) == pytest.approx(distances.std(), rel=0.25)


def test_kernel_distance_of_one_block_as_scikit_learn_has_the_kernel():
    from sklearn.metrics.pairwise import polynomial_kernel

    a, b = normal(0, 40, 4), normal(1, 60, 4, shift=1.0)

    def off_diagonal_mean(x):
        kernel = polynomial_kernel(x, degree=3, gamma=1 / 4, coef0=1)
        return kernel[~np.eye(len(x), dtype=bool)].mean()

    expected = off_diagonal_mean(a) + off_diagonal_mean(b) - 2 * polynomial_kernel(
        a, b, degree=3, gamma=1 / 4, coef0=1
    ).mean()  # fmt: skip
    assert metrics._discrepancy(a, b) == pytest.approx(expected)


def test_kernel_distance_does_not_mind_sorted_rows():
    a, b = np.sort(normal(0, 1000, 1), axis=0), np.sort(normal(1, 1000, 1), axis=0)[::-1]
    distance, error = metrics.kernel_distance(a, b)
    assert abs(distance) < 4 * error < 1  # rows that are not shuffled: 44 ± 25


def counted(points, centres, k, of):
    """In how many balls around `centres` each point lies, straight from the definition."""
    distances = np.linalg.norm(of[:, None] - centres[None], axis=2)
    radii = np.sort(np.linalg.norm(centres[:, None] - centres[None], axis=2), axis=1)[:, k]
    return (distances <= radii).sum(axis=1)


def test_precision_recall_density_coverage_from_the_definitions(monkeypatch):
    monkeypatch.setattr(metrics, "CHUNK", 7)
    real, fake = normal(0, 60), normal(1, 50, shift=0.7, scale=0.8)
    among_real, among_fake = counted(fake, real, 3, fake), counted(real, fake, 3, real)
    assert metrics.precision_recall(real, fake, k=3) == pytest.approx(
        ((among_real > 0).mean(), (among_fake > 0).mean())
    )
    radii = np.sort(np.linalg.norm(real[:, None] - real[None], axis=2), axis=1)[:, 3]
    nearest = np.linalg.norm(real[:, None] - fake[None], axis=2).min(axis=1)
    assert metrics.density_coverage(real, fake, k=3) == pytest.approx(
        (among_real.sum() / (3 * 50), (nearest <= radii).mean())
    )
    assert 0 < (among_real > 0).mean() < 1  # else the test could not fail


@pytest.mark.parametrize("far", [1e3, 1e6])
def test_it_does_not_matter_where_in_space_the_points_lie(far):
    real, fake = normal(0, 400), normal(1, 300, shift=1.0, scale=0.8)
    for metric in (metrics.precision_recall, metrics.density_coverage, metrics.realism):
        near = metric(real, fake)
        np.testing.assert_allclose(metric(real + far, fake + far), near, rtol=1e-6)
    near, there = (metrics.nearest_neighbours(fake + by, real + by) for by in (0, far))
    np.testing.assert_array_equal(there.indices, near.indices)
    np.testing.assert_allclose(there.ratios, near.ratios, rtol=1e-6)


def test_precision_sees_noise_and_recall_a_lost_part():
    real, fresh = normal(0, 1000, 2), normal(1, 1000, 2)
    half = fresh[fresh[:, 0] > 0]
    noisy = fresh + normal(2, 1000, 2, scale=3.0)
    whole = metrics.precision_recall(real, fresh)
    assert metrics.precision_recall(real, half).recall < 0.65 < 0.95 < whole.recall
    assert metrics.precision_recall(real, noisy).precision < 0.7 < 0.95 < whole.precision


def test_one_outlier_fools_precision_but_not_density():
    real = np.concatenate([normal(0, 500, 2), [[50.0, 50.0]]])
    fake = normal(1, 500, 2) + 20
    assert metrics.precision_recall(real, fake, k=5).precision == 1
    assert metrics.density_coverage(real, fake, k=5).density < 0.25


def test_real_against_real_has_density_1_and_the_known_coverage():
    """E coverage = 1 − (n−1)…(n−k) / ((2n−1)…(2n−k)), Naeem et al. (2020), appendix."""
    n, k = 400, 5
    runs = [
        metrics.density_coverage(normal(s, n), normal(s + 100, n), k=k) for s in range(20)
    ]  # fmt: skip
    density, coverage = np.mean(runs, axis=0)
    expected = 1 - np.prod([(n - i) / (2 * n - i) for i in range(1, k + 1)])
    assert density == pytest.approx(1, abs=0.02)
    assert coverage == pytest.approx(expected, abs=0.01)


def test_realism_from_the_definition(monkeypatch):
    monkeypatch.setattr(metrics, "CHUNK", 7)
    real, fake = normal(0, 60), normal(1, 20, shift=0.7, scale=1.5)
    among = np.linalg.norm(real[:, None] - real[None], axis=2)
    radii = np.sort(among, axis=1)[:, 3]
    dense = radii <= np.median(radii)
    distances = np.linalg.norm(fake[:, None] - real[None], axis=2)
    expected = (radii[dense] / distances[:, dense]).max(axis=1)
    np.testing.assert_allclose(metrics.realism(real, fake, k=3), expected)
    assert (metrics.realism(real, real[dense], k=3) > 1e3).all()


def test_realism_falls_with_noise_and_an_outlier_vouches_for_nothing():
    real, fake = normal(0, 400, 2), normal(1, 100, 2)
    scores = [np.median(metrics.realism(real, fake + shift)) for shift in (0, 3, 30)]
    assert scores[0] > 0.7 > 3 * scores[1] > 9 * scores[2] > 0
    with_outlier = np.concatenate([real, [[60.0, 60.0]]])
    assert metrics.realism(with_outlier, [[50.0, 50.0]]) < 0.01


def test_class_histogram_by_hand():
    """Shares ½, ½, 0 against ¼, ½, ¼: KL = ½ log 2."""
    histogram = metrics.class_histogram([0, 1, 0, 1], [0, 1, 1, 2], num_classes=3)
    np.testing.assert_array_equal(histogram.shares, [0.5, 0.5, 0])
    np.testing.assert_array_equal(histogram.reference, [0.25, 0.5, 0.25])
    assert histogram.kl == pytest.approx(np.log(2) / 2)
    assert metrics.class_histogram([0, 2], [0, 1], num_classes=3).kl == np.inf


@pytest.mark.parametrize("labels", [[], [0.5], [10], [-1], [[1]], [True]])
def test_class_histogram_refuses_what_are_no_labels(labels):
    with pytest.raises(ValueError, match="labels must be"):
        metrics.class_histogram(labels, [0, 1])


def test_nearest_neighbours_by_hand():
    real = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 4.0]])
    found = metrics.nearest_neighbours([[9.0, 0.0], [0.0, 1.0], [0.0, 4.0]], real)
    np.testing.assert_array_equal(found.indices, [1, 0, 2])
    np.testing.assert_allclose(found.distances, [1, 1, 0], atol=1e-6)
    np.testing.assert_allclose(found.ratios, [1 / 9, 1 / 3, 0], atol=1e-6)


def test_a_copy_of_an_image_that_is_there_twice_is_a_copy():
    assert metrics.nearest_neighbours([[1.0]], [[1.0], [1.0], [5.0]]).ratios == 0


def test_memorised_share_is_calibrated_and_sees_copies():
    train, held_out, fresh = normal(0, 300, 9), normal(1, 400, 9), normal(2, 400, 9)
    copies = train[:100] + normal(3, 100, 9, scale=0.01)
    assert metrics.memorised_share(held_out, train, held_out) == pytest.approx(0.05, abs=0.003)
    assert metrics.memorised_share(fresh, train, held_out) == pytest.approx(0.05, abs=0.04)
    assert metrics.memorised_share(copies, train, held_out) == 1
    mixed = np.concatenate([fresh, copies])
    assert metrics.memorised_share(mixed, train, held_out) == pytest.approx(0.24, abs=0.04)


def test_memorised_share_misses_rough_copies_of_what_is_there_twice():
    train, held_out = normal(0, 300, 9), normal(1, 400, 9)
    copies = train[:100] + normal(3, 100, 9, scale=0.01)
    twice = np.concatenate([train, train[:100]])
    assert metrics.memorised_share(copies, twice, held_out) < 0.05
    assert metrics.memorised_share(copies, train, held_out) == 1


def test_memorised_share_does_not_take_blur_for_copies():
    """Means of many images are nearer to the training images than new images are."""
    train, held_out = normal(0, 300, 9), normal(1, 300, 9)
    blurred = train.reshape(50, 6, 9).mean(axis=1)
    near = metrics.nearest_neighbours(blurred, train).distances.mean()
    assert near < metrics.nearest_neighbours(held_out, train).distances.mean()
    assert metrics.memorised_share(blurred, train, held_out) < 0.15


def test_memorised_share_needs_enough_held_out_images():
    with pytest.raises(ValueError, match="19 held-out images"):
        metrics.memorised_share(normal(0, 5), normal(1, 50), normal(2, 19))


TWO_SETS = [
    metrics.frechet_distance,
    metrics.kernel_distance,
    metrics.precision_recall,
    metrics.density_coverage,
    metrics.nearest_neighbours,
]


@pytest.mark.parametrize("metric", TWO_SETS)
@pytest.mark.parametrize(
    ("a", "b", "says"),
    [
        (normal(0, 30), normal(0, 30, 2), "same d"),
        (np.full((30, 3), np.nan), normal(0, 30), "finite"),
        (normal(0, 30), np.zeros((0, 3)), "at least"),
    ],
)
def test_bad_features_are_answered(metric, a, b, says):
    with pytest.raises(ValueError, match=says):
        metric(a, b)


@pytest.mark.parametrize("k", [0, 30])
@pytest.mark.parametrize("metric", [metrics.precision_recall, metrics.density_coverage])
def test_k_out_of_range(metric, k):
    with pytest.raises(ValueError, match="k must be at least 1"):
        metric(normal(0, 30), normal(1, 30), k=k)


def test_kernel_distance_needs_two_samples_for_each_block():
    with pytest.raises(ValueError, match="10 blocks of 19 samples"):
        metrics.kernel_distance(normal(0, 19), normal(1, 30))


def test_images_are_asked_to_become_features():
    with pytest.raises(ValueError, match="digit_features"):
        metrics.frechet_distance(np.zeros((9, 28, 28, 1)), np.zeros((9, 28, 28, 1)))


def test_pixels_and_floats_of_the_same_images_meet():
    pixels = np.random.default_rng(0).integers(0, 256, (20, 4, 4, 1)).astype(np.uint8)
    floats = pixels / 127.5 - 1
    found = metrics.nearest_neighbours(pixels[:5], floats)
    assert found.indices.tolist() == [0, 1, 2, 3, 4] and found.distances.max() < 1e-5


def test_the_nearest_of_many_pixels_are_found_part_by_part(monkeypatch):
    """31 real pictures in parts of 10, so that the last part has one; some are there twice."""
    random = np.random.default_rng(0)
    real = random.integers(0, 256, (31, 4, 4, 1)).astype(np.uint8)
    real[30], real[12] = real[3], real[11]
    fake = np.clip(real[[3, 30, 17, 29]] + random.normal(0, 3, (4, 4, 4, 1)), 0, 255)
    expected = metrics.nearest_neighbours(fake / 127.5 - 1, real / 127.5 - 1)
    monkeypatch.setattr(metrics, "CHUNK", 10)
    found = metrics.nearest_neighbours(fake / 127.5 - 1, real)
    assert found.indices[2:].tolist() == [17, 29] and {*found.indices[:2]} <= {3, 30}
    np.testing.assert_allclose(found.distances, expected.distances, rtol=1e-5)
    np.testing.assert_allclose(found.ratios, expected.ratios, rtol=1e-5)


# --- within classes ----------------------------------------------------------------------------


def means(real, fake):
    return float(fake.mean() - real.mean())


def test_each_class_is_compared_with_its_own():
    """Classes around 0, 10, 30, fakes asked for in another order: 1, 2, 3 above their class."""
    real = np.repeat([[0.0], [10.0], [30.0]], 4, axis=0)
    labels = np.repeat([0, 1, 2], 4)
    order = np.random.default_rng(0).permutation(12)
    fake = (real + labels[:, None] + 1)[order]
    gaps = metrics.within_classes(means, real, labels, fake, labels[order])
    np.testing.assert_allclose(gaps, [1, 2, 3])


def test_exchanged_labels_move_every_class_and_not_the_whole():
    """Two Gaussians, 6 apart: exchanged, each class is 36 away, and the mixture stays."""
    real = np.concatenate([normal(0, 90), normal(1, 90, shift=6.0)])
    labels = np.repeat([0, 1], 90)
    args = (metrics.frechet_distance, real, labels, real)
    assert metrics.within_classes(*args, labels).max() < 1e-9
    exchanged = metrics.within_classes(*args, 1 - labels)
    np.testing.assert_allclose(exchanged, 3 * 36, rtol=0.2)
    assert metrics.frechet_distance(real, real) < 1e-9


def test_equally_many_of_each_class_are_taken_the_first_ones():
    sizes = []
    labels, asked = np.array([0, 0, 0, 1, 1, 1, 1]), np.array([1, 1, 1, 0, 0])
    rows, others = np.arange(7.0)[:, None], np.arange(5.0)[:, None]

    def look(real, fake):
        sizes.append((real.ravel().tolist(), fake.ravel().tolist()))
        return 0.0

    metrics.within_classes(look, rows, labels, others, asked)
    assert sizes == [([0, 1], [3, 4]), ([3, 4], [0, 1])]
    sizes.clear()
    metrics.within_classes(look, rows, labels, others, asked, 1)
    assert sizes == [([0], [3]), ([3], [0])]


@pytest.mark.parametrize(
    ("labels", "asked", "number", "says"),
    [
        ([0, 0, 1], [0, 1], None, "Each row needs a label"),
        ([0.0, 0.0, 1.0, 1.0], [0, 0, 1, 1], None, "an integer"),
        ([0, 0, 1, 1], [0, 0, 1, 2], None, "real rows have 2 classes, the fake ones 3"),
        ([0, 0, 1, 1], [0, 0, 1, 1], 3, "3 rows of each class are asked for, and the rarest has 2"),
        ([0, 0, 2, 2], [0, 0, 2, 2], None, "0 rows of each class"),
        ([0, 0, -1, 1], [0, 0, 1, 1], None, "0, 1, 2 and so on"),
    ],
)
def test_labels_that_do_not_fit_are_answered(labels, asked, number, says):
    rows = np.zeros((4, 2))
    with pytest.raises(ValueError, match=says):
        metrics.within_classes(means, rows, labels, rows, asked, number)


# Pairs


def test_decibels_of_constant_errors():
    """Everywhere 2 off, the whole range: 0 dB; a tenth of it 20 dB, a hundredth 40 dB."""
    off = np.array([2.0, 0.2, 0.02])[:, None, None, None] * np.ones((3, 4, 5, 1))
    np.testing.assert_allclose(metrics.psnr(off - 1, np.full(off.shape, -1.0)), [0, 20, 40])
    np.testing.assert_allclose(metrics.psnr(off / 2, 0 * off, value_range=1.0), [0, 20, 40])
    assert metrics.psnr(off, off).tolist() == [np.inf] * 3


def test_decibels_are_of_each_image_alone():
    """Errors .04 and .04/100 give 20 and 40 dB, 30 in the mean; the mean error gives less."""
    targets = np.zeros((2, 1, 100))
    images = targets + np.array([0.2, 0.02])[:, None, None]
    each = metrics.psnr(images, targets)
    assert each.mean() == pytest.approx(30)
    together = metrics.psnr(images.reshape(1, -1), targets.reshape(1, -1))
    assert together == pytest.approx(10 * np.log10(4 / (0.0404 / 2))) and together < 30


def test_a_posterior_sampler_has_twice_the_least_error():
    """Target and draw are two draws of one law around its mean: 10 log₁₀ 2 = 3.01 dB."""
    random = np.random.default_rng(0)
    means = random.uniform(-0.3, 0.3, (200, 1))
    targets, draws = means + random.normal(0, 0.1, (2, 200, 500))
    lost = metrics.psnr(means + 0 * targets, targets) - metrics.psnr(draws, targets)
    assert lost.mean() == pytest.approx(10 * np.log10(2), abs=0.05)


def test_noise_is_used_as_much_as_the_targets_vary():
    random = np.random.default_rng(0)
    means, targets = random.normal(size=(2, 400, 5))
    draws = means + random.normal(size=(8, 400, 5))
    assert metrics.used_noise(draws, means + targets) == pytest.approx(1, abs=0.05)
    same = np.stack([means] * 3)
    assert metrics.used_noise(same, means + targets) == pytest.approx(0, abs=1e-12)
    # half as far from the mean: 2·¼ over 1 + ¼
    half = means + (draws - means) / 2
    assert metrics.used_noise(half, means + targets) == pytest.approx(0.4, abs=0.03)


@pytest.mark.parametrize("shape", [(2, 3), (3, 4), (0, 4)])
def test_pairs_that_do_not_fit_are_refused(shape):
    with pytest.raises(ValueError, match="one shape"):
        metrics.psnr(np.zeros(shape), np.zeros((2, 4) if shape[0] else shape))
    with pytest.raises(ValueError, match="m at least 2"):
        metrics.used_noise(np.zeros((2, *shape)), np.zeros((2, 4) if shape[0] else (1, 4)))


def test_a_range_and_something_to_miss_are_needed():
    with pytest.raises(ValueError, match="above 0"):
        metrics.psnr(np.zeros((1, 2)), np.zeros((1, 2)), value_range=0)
    with pytest.raises(ValueError, match="nothing is left open"):
        metrics.used_noise(np.zeros((2, 1, 2)), np.zeros((1, 2)))
    with pytest.raises(ValueError, match="m at least 2"):
        metrics.used_noise(np.zeros((1, 1, 2)), np.zeros((1, 2)))


# Completions: what is said beside what comes, and the seam


def test_the_calibration_error_is_the_gap_weighted_by_how_often_a_bin_is_used():
    stated = [0.25] * 4 + [0.85] * 12
    came = [True] + [False] * 3 + [True] * 6 + [False] * 6
    found = metrics.calibration(stated, came)
    assert found.error == pytest.approx(12 / 16 * 0.35)
    assert found.counts.tolist() == [0, 0, 4, 0, 0, 0, 0, 0, 12, 0]
    np.testing.assert_allclose(found.stated[[2, 8]], [0.25, 0.85])
    np.testing.assert_allclose(found.came[[2, 8]], [0.25, 0.5])
    assert np.isnan(found.came[0])


def test_calibration_is_that_of_a_loop():
    random = np.random.default_rng(0)
    stated = random.integers(1, 17, size=300) / 16
    came = random.random(300) < stated**2
    bins = [(stated >= low / 5) & ((stated < low / 5 + 0.2) | (low == 4)) for low in range(5)]
    gaps = [abs(stated[one].mean() - came[one].mean()) * one.mean() for one in bins]
    assert metrics.calibration(stated, came, num_bins=5).error == pytest.approx(sum(gaps))


def test_a_probability_on_a_border_lies_in_the_upper_bin():
    """0.29 · 100 is 28.999… in floats."""
    for number in range(1, 100):
        counts = metrics.calibration([number / 100], [True], num_bins=100).counts
        assert counts[number] == 1, number
    assert metrics.calibration([1.0], [True]).counts[9] == 1


def test_who_tells_the_truth_has_a_small_error_and_who_boasts_a_large_one():
    random = np.random.default_rng(1)
    truth = random.random(20_000)
    came = random.random(20_000) < truth
    assert metrics.calibration(truth, came).error < 0.02
    boasted = np.where(truth > 0.5, 1.0, 0.0)
    assert metrics.calibration(boasted, came).error == pytest.approx(0.25, abs=0.02)
    assert metrics.calibration(np.full(20_000, came.mean()), came).error < 1e-9


@pytest.mark.parametrize(
    ("stated", "came", "says"),
    [
        ([0.5, 0.5], [True], "the same shape"),
        ([], [], "the same shape"),
        ([[0.5]], [[True]], "the same shape"),
        ([1.5], [True], r"in \[0, 1\]; got 1.5"),
        ([np.nan], [True], r"in \[0, 1\]"),
    ],
)
def test_what_was_no_statement_is_answered(stated, came, says):
    with pytest.raises(ValueError, match=says):
        metrics.calibration(stated, came)


def test_the_seam_is_the_mean_step_over_the_border_of_the_hole():
    image = np.array([[0.0, 0.1, 0.2], [0.0, 1.0, 0.2], [0.0, 0.0, 0.0]])[None, ..., None]
    mask = np.zeros((3, 3), bool)
    mask[1, 1] = True
    assert metrics.seam(image, mask)[0] == pytest.approx((0.9 + 0.8 + 1.0 + 1.0) / 4)
    assert metrics.seam(image, ~mask)[0] == metrics.seam(image, mask)[0]  # either side
    far = image.copy()
    far[0, ::2, ::2] = 5.0  # corners touch no border
    assert metrics.seam(far, mask)[0] == metrics.seam(image, mask)[0]


def test_each_image_can_have_a_hole_of_its_own():
    images = np.random.default_rng(0).random((2, 4, 4, 3))
    masks = np.zeros((2, 4, 4), bool)
    masks[0, 2:], masks[1, :, 3:] = True, True
    each = [metrics.seam(images[[i]], masks[i])[0] for i in (0, 1)]
    assert metrics.seam(images, masks).tolist() == each
    assert each[0] == pytest.approx(np.abs(images[0, 2] - images[0, 1]).mean())
    assert np.isnan(metrics.seam(images[:1], np.zeros((4, 4), bool))).all()


def test_masks_that_do_not_fit_are_answered():
    with pytest.raises(ValueError, match=r"got \(4, 3\) for \(2, 4, 4, 1\)"):
        metrics.seam(np.zeros((2, 4, 4, 1)), np.zeros((4, 3), bool))
