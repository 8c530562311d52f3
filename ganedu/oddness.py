"""What is odd: scores that are high where an image is unlike those that are normal.

Here live three ways to score: what principal components cannot rebuild, what a generator cannot
rebuild, and what a discriminator takes for made up. How well a score tells odd from normal is the
area under its curve. Taught in lesson 16.
"""

import numpy as np

from ganedu import completion, data

NUM_COMPONENTS = 50


def by_components(normal, images, num_components=NUM_COMPONENTS):
    """The squared distance of an image to what principal components of the normal ones rebuild.

    Args:
        normal: float array [m, ...] in [−1, 1] or uint8 pixels, the images that are normal.
        images: the same [n, ...], to be scored.
        num_components: how many directions are kept, at most m.

    Returns:
        array [n].

    Example:
        >>> line = np.stack([np.linspace(-1, 1, 9), np.zeros(9)], axis=1).reshape(9, 1, 2, 1)
        >>> asked = np.array([[0.3, 0.0], [0.3, 0.5]]).reshape(2, 1, 2, 1)
        >>> by_components(line, asked, num_components=1).round(3).tolist()
        [0.0, 0.25]
    """
    from sklearn.decomposition import PCA

    normal, images = (_flat(data.check_images(part)) for part in (normal, images))
    found = PCA(num_components, svd_solver="randomized", random_state=0).fit(normal)
    return ((images - found.inverse_transform(found.transform(images))) ** 2).sum(axis=1)


def by_search(generator, images, num_steps=100, num_starts=1, *, seed=0):
    """The squared distance of an image to the nearest one that a search in latent space finds.

    Args:
        generator: `keras.Model` from latents to images; it was trained on normal images alone.
        images: float array [n, h, w, c] in [−1, 1] or uint8 pixels, to be scored.
        num_steps: of the search, as `completion.search` does it.
        num_starts: from how many latents each search begins; the nearest counts.
        seed: integer of at least 0.

    Returns:
        array [n].

    Raises:
        ValueError: as `completion.search`.

    Example:
        >>> from ganedu import shipped
        >>> by_search(shipped.digit_generator(), shipped.generate(2, seed=1), num_steps=2).shape
        (2,)

    Reference:
        Schlegl, Seeböck, Waldstein, Schmidt-Erfurth, Langs (2017), "Unsupervised Anomaly Detection
        with Generative Adversarial Networks to Guide Marker Discovery".
    """
    corner = np.zeros(generator.output_shape[1:3], bool)
    corner[0, 0] = True  # a search wants a hole; all but one pixel are compared
    starts = completion.starts(len(images), num_starts, generator.input_shape[1], seed=seed)
    return completion.search(images, corner, generator, starts, num_steps).errors.min(axis=1)


def by_discriminator(discriminator, images):
    """Minus the logit: how much an image looks made up.

    Args:
        discriminator: `keras.Model` from images to logits [batch, 1].
        images: float array [n, h, w, c] in [−1, 1] or uint8 pixels, to be scored.

    Returns:
        array [n].

    Example:
        >>> from ganedu import shipped
        >>> by_discriminator(shipped.digit_discriminator(), shipped.generate(2, seed=1)).shape
        (2,)
    """
    parts = [np.asarray(discriminator(part, training=False)) for part in data.in_parts(images)]
    return -np.concatenate(parts)[:, 0]


def area(scores, odd):
    """The probability that an odd image has a higher score than a normal one: AUROC.

    Args:
        scores: array [n].
        odd: bool array [n].

    Returns:
        float from 0 to 1; ½ for a score that says nothing, and for one that is always the same.

    Raises:
        ValueError: if all images are odd, or none is.

    Example:
        >>> area([0.1, 0.7, 0.4, 0.9], [False, False, True, True])
        0.75
    """
    odd = np.asarray(odd, bool)
    if odd.all() or not odd.any():
        raise ValueError("Both odd and normal images are needed; these are all of one kind.")
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(odd, scores))


def _flat(images):
    return images.reshape(len(images), -1).astype("float32")
