"""The digit network behind the metrics: what it gets right, and what it refuses."""

import numpy as np
import pytest

from ganedu import data, features, shipped


@pytest.fixture(scope="module")
def digits():
    return data.load("digits", "test")


def test_shapes_and_ranges(digits):
    seen = features.predict(digits.images)
    assert seen.features.shape == (297, 64) and seen.features.dtype == np.float32
    assert seen.probabilities.shape == (297, 10)
    assert (seen.features >= 0).all() and (seen.features.max(axis=0) > 0).mean() > 0.9
    np.testing.assert_allclose(seen.probabilities.sum(axis=1), 1, rtol=1e-5)


def test_the_two_views_are_those_of_one_pass(digits):
    seen = features.predict(digits.images[:5])
    np.testing.assert_array_equal(features.digit_features(digits.images[:5]), seen.features)
    np.testing.assert_array_equal(
        features.digit_probabilities(digits.images[:5]), seen.probabilities
    )


def test_an_image_is_seen_alone(digits, monkeypatch):
    """Neither its neighbours nor the chunk decide what is seen."""
    together = features.digit_features(digits.images[:20])
    monkeypatch.setattr(features, "CHUNK", 3)
    np.testing.assert_allclose(features.digit_features(digits.images[:20]), together, atol=1e-4)


def test_pixels_are_what_they_show(digits):
    pixels = data.to_pixels(digits.images[:5])
    seen = features.digit_features(pixels)
    np.testing.assert_allclose(seen, features.digit_features(data.scale(pixels)))


def test_it_recognises_the_embedded_digits(digits):
    said = shipped.provenance("digit_classifier")["accuracy"]["digits"]
    right = (features.digit_probabilities(digits.images).argmax(axis=1) == digits.labels).mean()
    assert right == pytest.approx(said, abs=0.004) and right > 0.97


def test_it_recognises_mnist_as_well_as_it_says():
    test = data.load("auto", "test")
    if test.name != "mnist":
        pytest.skip("MNIST is not on this machine")
    said = shipped.provenance("digit_classifier")["accuracy"]["mnist"]
    right = (features.digit_probabilities(test.images).argmax(axis=1) == test.labels).mean()
    assert right == pytest.approx(said, abs=0.0003) and right >= 0.992


@pytest.mark.parametrize(
    ("images", "says"),
    [
        (np.zeros((2, 32, 32, 1)), r"\[n, 28, 28, 1\]"),
        (np.zeros((0, 28, 28, 1)), "n at least 1"),
        (np.zeros((2, 28, 28, 3)), r"\[n, 28, 28, 1\]"),
        (np.full((2, 28, 28, 1), 255.0), r"\[−1, 1\]"),
        (np.zeros((2, 28, 28, 1), "uint16"), "in uint8"),
        (np.full((2, 28, 28, 1), np.nan), "finite"),
    ],
)
def test_other_images_are_refused(images, says):
    with pytest.raises(ValueError, match=says):
        features.digit_features(images)
