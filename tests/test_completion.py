"""Completion: weights and search against closed forms, and known pixels to the bit."""

import keras
import numpy as np
import pytest

from ganedu import completion, data, shipped
from ganedu.completion import Bank

LOWER = np.arange(28)[:, None] >= np.full(28, 14)
RIGHT = np.array([[False, True]])  # of an image of two pixels, the first one known


def plane_bank(num_images=20_000):
    """The plane as images of two pixels: what is generated is the latent itself."""
    latents = np.random.default_rng(0).standard_normal((num_images, 2)).astype("float32")
    return Bank(latents, latents.reshape(-1, 1, 2, 1))


def plane_generator():
    return keras.Sequential([keras.Input((2,)), keras.layers.Reshape((1, 2, 1))])


def points(*pairs):
    return np.array(pairs, "float32").reshape(-1, 1, 2, 1)


@pytest.fixture(scope="module")
def bank():
    return completion.make_bank(shipped.digit_generator(), 300, seed=5)


@pytest.fixture(scope="module")
def images():
    return data.load("digits").images[:3]


def test_a_weight_falls_with_the_squared_distance_over_known_pixels():
    bank = Bank(np.zeros((3, 1)), points((0.5, 9.0), (0.0, 0.0), (-1.0, 0.0)))
    found = completion.weights(points((0.5, 0.0)), RIGHT, bank, sigma=0.5)
    expected = np.exp([0, -0.25 / 0.5, -2.25 / 0.5])
    np.testing.assert_allclose(found, [expected / expected.sum()], rtol=1e-5)


def test_weights_are_those_of_a_loop(bank, images, monkeypatch):
    masks = np.random.default_rng(1).random((3, 28, 28)) < 0.5
    monkeypatch.setattr(completion, "ROWS", 2)
    found = completion.weights(images, masks, bank, sigma=2.0)
    for image, mask, row in zip(images, masks, found, strict=True):
        errors = np.array([((one - image)[~mask] ** 2).sum() for one in bank.images])
        told = np.exp(-(errors - errors.min()) / 8)
        np.testing.assert_allclose(row, told / told.sum(), rtol=2e-3, atol=1e-7)


def test_weights_of_bad_fits_are_no_zero_by_zero(bank, images):
    """exp(−error / 2σ²) alone is 0 for all of the bank."""
    found = completion.weights(images, LOWER, bank, sigma=0.01)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)


def test_the_hole_is_not_looked_at(bank, images):
    other = np.where(LOWER[..., None], -images, images)
    first, second = (completion.weighted(x, LOWER, bank, 4) for x in (images, other))
    assert np.array_equal(first.latents, second.latents)
    generator, begin = shipped.digit_generator(), completion.starts(3, 2, 64)
    moved = [completion.search(x, LOWER, generator, begin, 3).latents for x in (images, other)]
    assert np.array_equal(*moved)


def test_weights_turn_the_prior_into_the_posterior():
    """z₁ ~ N(0, 1) seen as x with noise σ is N(x / (1 + σ²), σ² / (1 + σ²)); z₂ is as before."""
    bank, sigma = plane_bank(), 0.5
    [told] = completion.weights(points((0.8, 0.0)), RIGHT, bank, sigma=sigma)
    mean = told @ bank.latents
    spread = told @ (bank.latents - mean) ** 2
    np.testing.assert_allclose(mean, [0.8 / (1 + sigma**2), 0], atol=0.04)
    np.testing.assert_allclose(spread, [sigma**2 / (1 + sigma**2), 1], atol=0.05)


def test_draws_come_as_often_as_their_weights_say():
    bank = Bank(np.arange(3.0)[:, None], points((0.5, 0.1), (0.0, 0.2), (-1.0, 0.3)))
    [told] = completion.weights(points((0.5, 0.0)), RIGHT, bank, sigma=1.0)
    found = completion.weighted(points((0.5, 0.0)), RIGHT, bank, 10_000, sigma=1.0)
    came = np.bincount(found.latents[0, :, 0].astype(int), minlength=3) / 10_000
    np.testing.assert_allclose(came, told, atol=4 * np.sqrt(0.25 / 10_000))


def test_search_ends_where_the_derivative_is_zero_wherever_it_starts():
    """(z₁ − x) / σ² + z₁ = 0 and z₂ = 0: one point, and no posterior."""
    starts = completion.starts(1, 5, 2)
    found = completion.search(
        points((0.8, 0.0)), RIGHT, plane_generator(), starts, 400, rate=0.05, sigma=0.5
    )
    expected = np.broadcast_to([0.8 / 1.25, 0], (1, 5, 2))
    np.testing.assert_allclose(found.latents, expected, atol=0.01)
    np.testing.assert_allclose(found.errors, np.full((1, 5), (0.8 - 0.64) ** 2), atol=0.01)


def test_search_comes_nearer_to_digits_too(images):
    generator, begin = shipped.digit_generator(), completion.starts(3, 2, 64)
    before, after = (completion.search(images, LOWER, generator, begin, steps) for steps in (0, 20))
    assert np.array_equal(before.latents, begin)
    assert (after.errors < before.errors).all()
    assert after.errors.mean() < 0.7 * before.errors.mean()


def test_parts_of_a_search_do_not_meet(monkeypatch):
    starts, image = completion.starts(2, 4, 2), points((0.8, 0.0), (-0.3, 0.0))
    whole = completion.search(image, RIGHT, plane_generator(), starts, 20).latents
    monkeypatch.setattr(completion, "CHUNK", 3)
    parts = completion.search(image, RIGHT, plane_generator(), starts, 20).latents
    np.testing.assert_allclose(whole, parts, atol=1e-6)


@pytest.mark.parametrize("kind", ["float32", "uint8"])
def test_known_pixels_come_back_to_the_bit(kind, bank, images):
    given = images if kind == "float32" else data.to_pixels(images)
    masks = np.stack([LOWER, LOWER.T, ~LOWER])
    starts = completion.starts(3, 2, 64)
    for found in (
        completion.weighted(given, masks, bank, 2),
        completion.search(given, masks, shipped.digit_generator(), starts, 1),
    ):
        assert found.images.shape == (3, 2, 28, 28, 1) and found.images.dtype == np.float32
        for image, mask, both in zip(images, masks, found.images, strict=True):
            assert all(np.array_equal(one[~mask], image[~mask]) for one in both)
            assert all((one[mask] != image[mask]).any() for one in both)


def test_what_stands_in_the_hole_is_what_the_latents_make(bank, images):
    found = completion.weighted(images, LOWER, bank, 2)
    made = shipped.digit_generator()(found.latents[1]).numpy()
    np.testing.assert_allclose(found.images[1][:, LOWER], made[:, LOWER], atol=1e-5)
    errors = ((made - images[1])[:, ~LOWER] ** 2).sum(axis=(1, 2))
    np.testing.assert_allclose(found.errors[1], errors, rtol=1e-4)


def test_the_seed_decides(bank, images):
    first, again, other = (completion.weighted(images, LOWER, bank, 8, seed=s) for s in (3, 3, 4))
    assert np.array_equal(first.images, again.images)
    assert not np.array_equal(first.latents, other.latents)
    first, again, other = (completion.starts(2, 3, 64, seed=seed) for seed in (3, 3, 4))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    generator = shipped.digit_generator()
    banks = [completion.make_bank(generator, 3, seed=seed) for seed in (3, 3, 4)]
    assert np.array_equal(banks[0].images, banks[1].images)
    assert not np.array_equal(banks[0].latents, banks[2].latents)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"masks": np.zeros((28, 28), bool)}, "hides nothing"),
        ({"masks": np.ones((28, 28), bool)}, "hides everything"),
        ({"masks": np.stack([LOWER, LOWER, np.zeros((28, 28), bool)])}, "hides nothing"),
        ({"masks": LOWER[:14]}, r"\(28, 28\) or \(3, 28, 28\); got bool \(14, 28\)"),
        ({"masks": LOWER.astype(float)}, "must be bool, True where a pixel is missing"),
        ({"masks": np.stack([LOWER] * 2)}, r"got bool \(2, 28, 28\)"),
        ({"images": np.full((3, 28, 28, 1), 255.0)}, r"must lie in \[−1, 1\]"),
        ({"images": np.full((3, 28, 28, 1), np.nan)}, "finite"),
        ({"images": np.zeros((3, 8, 8, 1))}, r"makes images \(28, 28, 1\); these are \(8, 8, 1\)"),
        ({"sigma": 0.0}, "sigma must be a number above 0; got 0.0"),
        ({"seed": -1}, "seed"),
    ],
)
def test_what_cannot_be_completed_is_refused(change, words, bank, images):
    given = {"images": images, "masks": LOWER, **change}
    with pytest.raises(ValueError, match=words):
        completion.weighted(given.pop("images"), given.pop("masks"), bank, 2, **given)


def test_search_wants_starts_for_each_image(images):
    with pytest.raises(
        ValueError, match=r"\[3, k, 64\], k starts for each image; got \(2, 4, 64\)"
    ):
        completion.search(images, LOWER, shipped.digit_generator(), completion.starts(2, 4, 64))


def test_completions_of_other_images_are_refused(images):
    with pytest.raises(ValueError, match="3 images, but completions of 2"):
        completion.keep_known(images, LOWER, np.zeros((2, 1, 28, 28, 1)))


# The other way: networks that see images with holes


def test_no_pixel_is_taken_for_a_hole():
    pixels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    mask = np.arange(16) == np.full(16, 3)[:, None]
    seen = completion.with_holes(pixels, mask)
    assert np.array_equal(seen[0, ..., 0] == completion.HOLE, mask)
    assert np.array_equal(seen[:, ~mask], data.scale(pixels)[:, ~mask])


def test_a_completer_keeps_known_pixels_and_learns_the_others():
    sources = keras.Input((28, 28, 1))
    made = keras.layers.Conv2D(1, 3, padding="same")(sources)
    network = completion.completer(keras.Model(sources, made))
    images = data.load("digits").images[:2]
    seen = completion.with_holes(images, LOWER)
    found = np.asarray(network(seen))
    assert np.array_equal(found[:, ~LOWER], images[:, ~LOWER])
    inside = keras.Model(sources, made)(seen).numpy()
    assert np.array_equal(found[:, LOWER], inside[:, LOWER])
    assert len(network.trainable_variables) == 2


def test_a_completer_with_noise_takes_latents_first():
    latents, sources = keras.Input((2,)), keras.Input((1, 2, 1))
    made = keras.layers.Reshape((1, 2, 1))(latents)
    network = completion.completer(keras.Model([latents, sources], made))
    seen = completion.with_holes(points((-1.0, 0.9)), RIGHT)
    assert network([np.array([[0.25, 0.5]]), seen]).numpy().ravel().tolist() == [-1.0, 0.5]
