"""The networks behind the metrics: what they get right, and what they refuse."""

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


# Other domains


@pytest.mark.parametrize("name", ["letters", "fashion_mnist"])
def test_every_domain_is_recognised_as_well_as_its_network_says(name):
    """On a thousand images: the share of right answers has a standard error of .01 at most."""
    try:
        test = data.load(name, "test")
    except OSError:
        pytest.skip(f"{name} is not on this machine")
    kind = {"letters": "letter", "fashion_mnist": "clothes"}[name]
    said = shipped.provenance(f"{kind}_classifier")["accuracy"][name]
    seen = features.predict(test.images[:1000], name)
    assert seen.features.shape == (1000, 64)
    right = (seen.probabilities.argmax(axis=1) == test.labels[:1000]).mean()
    assert right == pytest.approx(said, abs=0.03)


def test_images_that_say_their_domain_get_its_network():
    test = data.load("letters", "test")
    few = test._replace(images=test.images[:20], labels=test.labels[:20])
    seen = features.predict(few)
    assert seen.probabilities.shape == (20, 26)
    for told in (features.predict(few, "letters"), features.predict(few.images, "letters")):
        np.testing.assert_array_equal(seen.features, told.features)
    assert features.predict(few.images).probabilities.shape == (20, 10)  # digits, if nobody says


def test_mnist_and_the_embedded_digits_are_one_domain(digits):
    few = digits._replace(images=digits.images[:5])
    np.testing.assert_array_equal(
        features.predict(few, "mnist").features, features.digit_features(few.images)
    )


@pytest.mark.parametrize(
    ("name", "domain", "says"),
    [
        ("letters", "digits", "These images are letters, and the network of digits was not"),
        ("digits", "letters", "These images are digits, and the network of letters was not"),
        ("kana", None, "no network for 'kana'.*mnist, digits, letters.*reference_of"),
        ("kana", "letters", "no network for 'kana'"),
        ("digits", "Letters", "no network for 'Letters'"),
    ],
)
def test_images_of_another_domain_are_refused(digits, name, domain, says):
    """By what they are said to be: these are digits all the time."""
    with pytest.raises(ValueError, match=says):
        features.predict(digits._replace(name=name), domain)
