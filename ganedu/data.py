"""Where images and points come from, and how they become numbered batches.

Here live the 2-D toys, the named sets of images, the one door at which pixels are scaled to
[−1, 1], and `batches`. How the files of a set are found or downloaded lives in
`ganedu.downloads`.
Taught in lessons 03 (toys, batches) and 06 (digits).
"""

import os
from typing import NamedTuple

import numpy as np
import tensorflow as tf

import ganedu
from ganedu import downloads
from ganedu.seeding import check_seed, stream_seed

NAMES = ("auto", "mnist", "digits", "fashion_mnist")


class Images(NamedTuple):
    """Images with their labels.

    Attributes:
        images: float32 array [n, 28, 28, 1] in [−1, 1]; −1 is background.
        labels: int64 array [n], the digit 0 to 9 (of clothes: the kind, 0 to 9).
        name: "mnist", "digits" or "fashion_mnist", what was really loaded.
    """

    images: np.ndarray
    labels: np.ndarray
    name: str


class Points(NamedTuple):
    """Points of the plane drawn from a mixture of equal Gaussians.

    Attributes:
        points: float32 array [n, 2].
        centres: float32 array [modes, 2].
        std: standard deviation of each Gaussian along each axis.
    """

    points: np.ndarray
    centres: np.ndarray
    std: float


def load(name="auto", split="train", data_dir=None):
    """Handwritten digits: MNIST where it can be had, or the digits in the box. Or clothes.

    MNIST is looked for in `data_dir` (or the folder that GANEDU_DATA_DIR names), in the cache,
    in Keras' own cache, and at two mirrors, in this order; it is accepted only if the decoded
    bytes have the right sha256. "auto" takes "digits" where MNIST cannot be had, and says so in
    one line; it downloads nothing in a rehearsal (`ganedu.budget`). Fashion-MNIST is looked for
    in the same way.

    Args:
        name: "auto", "mnist" (60,000 training and 10,000 test images), "digits"
            (scikit-learn's 1,797 real handwritten digits, 8×8 enlarged to 28×28, of which the
            last 297 are the test split) or "fashion_mnist" (ten kinds of clothes, as many as
            MNIST's digits).
        split: "train" or "test".
        data_dir: folder with the set's IDX files, or with a folder mnist/ or fashion-mnist/ that
            has them; names and packing as Kaggle, Keras or torchvision have them will do.

    Returns:
        `Images`.

    Raises:
        ValueError: if `name` or `split` is unknown, or a file is not what it should be.
        FileNotFoundError: if a data folder is named and lacks MNIST; there is no fallback. One
            that holds other sets only is none for "fashion_mnist".
        OSError: if "mnist" or "fashion_mnist" is asked for and can be had nowhere.

    Example:
        >>> load("digits", split="test").images.shape
        (297, 28, 28, 1)

    Reference:
        LeCun, Bottou, Bengio, Haffner (1998), "Gradient-based learning applied to document
        recognition". Alpaydin and Kaynak (1998), "Optical Recognition of Handwritten Digits".
        Xiao, Rasul, Vollgraf (2017), "Fashion-MNIST: a Novel Image Dataset for Benchmarking
        Machine Learning Algorithms".
    """
    splits = tuple(downloads.FILES)
    for word, value, known in (("dataset", name, NAMES), ("split", split, splits)):
        if value not in known:
            raise ValueError(f"There is no {word} {value!r}. Choose one of: {', '.join(known)}.")
    if name == "digits":
        return _embedded_digits(split)
    wanted = "mnist" if name == "auto" else name
    found = downloads.find(wanted, split, data_dir or os.environ.get("GANEDU_DATA_DIR"))
    if found:
        return _images(wanted, *found[1:])
    if name != "auto":
        return _images(wanted, *downloads.download(wanted, split))
    if ganedu.rehearsing():
        return _instead("MNIST is not on this machine and a rehearsal downloads nothing", split)
    mirror = downloads.answering(wanted)
    if mirror is None:
        return _instead("MNIST is not on this machine and no mirror answers", split)
    try:
        return _images(wanted, *downloads.download(wanted, split, first=mirror))
    except OSError:
        return _instead("MNIST could not be downloaded", split)


def whereabouts():
    """Where `load("auto")` will take the digits from, found out without a download.

    Returns:
        One sentence.

    Example:
        >>> isinstance(whereabouts(), str)
        True
    """
    folder = os.environ.get("GANEDU_DATA_DIR")
    try:
        found = downloads.find("mnist", "train", folder)
    except (OSError, ValueError) as error:
        return f"none: {error}"
    if found is None:
        return "MNIST is not here yet: it will be downloaded, or else the embedded digits are used."
    return f"MNIST in {'the folder that GANEDU_DATA_DIR names' if folder else found[0]}."


def scale(pixels):
    """Pixels 0 to 255 as float32 in [−1, 1], the range of tanh.

    Args:
        pixels: uint8 array of any shape.

    Returns:
        float32 array of that shape.

    Raises:
        ValueError: if `pixels` is not uint8.

    Example:
        >>> scale(np.array([0, 255], np.uint8)).tolist()
        [-1.0, 1.0]
    """
    pixels = np.asarray(pixels)
    if pixels.dtype != np.uint8:
        raise ValueError(f"pixels must be uint8 from 0 to 255; got {pixels.dtype}.")
    images = pixels.astype(np.float32)
    images /= np.float32(127.5)  # in place: MNIST twice in memory is 200 MB too many
    images -= np.float32(1)
    return images


def to_pixels(images):
    """Images in [−1, 1] as uint8 pixels 0 to 255; the reverse of `scale`.

    Args:
        images: float array of any shape; values outside [−1, 1] are clipped.

    Returns:
        uint8 array of that shape.

    Example:
        >>> to_pixels(np.array([-1.0, 0.0, 1.0])).tolist()
        [0, 128, 255]
    """
    return np.uint8(np.clip(np.rint((np.asarray(images) + 1) * 127.5), 0, 255))


def check_images(images):
    """Refuse what a GAN would be trained on in vain.

    Args:
        images: float array [n, height, width, channels] in [−1, 1], or points [n, coordinates].

    Returns:
        The same values as a float32 array.

    Raises:
        ValueError: if the values are integers, not finite or outside [−1, 1], or if the shape is
            neither that of images nor that of points.

    Example:
        >>> check_images(np.zeros((2, 28, 28, 1))).dtype
        dtype('float32')
    """
    images = np.asarray(images)
    if images.ndim not in (2, 4) or images.ndim == 4 and images.shape[-1] not in (1, 3):
        mend = " Add the channel axis: images[..., np.newaxis]." if images.ndim == 3 else ""
        raise ValueError(
            "Images must have the shape [n, height, width, 1 or 3] (points: [n, coordinates]); "
            f"got {images.shape}.{mend}"
        )
    if not np.issubdtype(images.dtype, np.floating):
        raise ValueError(
            f"Images must be floats in [−1, 1]; got {images.dtype}. "
            "For pixels from 0 to 255 use ganedu.data.scale(pixels)."
        )
    low, high = (float(images.min()), float(images.max())) if images.size else (0.0, 0.0)
    if not np.isfinite([low, high]).all():
        raise ValueError("Images must be finite numbers; there is a NaN or an infinity in them.")
    if images.ndim == 4 and (low < -1 or high > 1):
        raise ValueError(
            f"Images must lie in [−1, 1]; these run from {low:.4g} to {high:.4g}. "
            "For pixels from 0 to 255 use images / 127.5 - 1, for [0, 1] use images * 2 - 1."
        )
    return images.astype(np.float32, copy=False)


def batches(images, batch_size, seed, first_step=0, num_steps=None, d_steps=1):
    """Batches in which number k is the same wherever one starts.

    An epoch is a shuffle of all rows, cut into as many whole batches as it holds; each epoch is
    shuffled anew, and no row comes twice in one. Step s has the batches s·d_steps to
    s·d_steps + d_steps − 1, one for each discriminator update.

    Args:
        images: float array [n, height, width, channels] in [−1, 1], or points [n, coordinates].
        batch_size: rows of a batch, at most n.
        seed: the seed of the run, an integer of at least 0.
        first_step: the number of the first step.
        num_steps: how many steps, or None for no end.
        d_steps: batches of a step.

    Returns:
        `tf.data.Dataset` of tensors [batch_size, ...]; with `d_steps` above 1, of tuples of
        `d_steps` such tensors.

    Raises:
        ValueError: if the images are not fit (see `check_images`) or fewer than `batch_size`.

    Example:
        >>> points = ring(100, seed=0).points
        >>> from_start, from_two = batches(points, 32, seed=0), batches(points, 32, 0, first_step=2)
        >>> third = list(from_start.take(3))[-1]
        >>> bool(tf.reduce_all(third == next(iter(from_two))))
        True
    """
    check_seed(seed)
    images = check_images(images)
    for name, value in (("batch_size", batch_size), ("d_steps", d_steps)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
            raise ValueError(f"{name} must be an integer of at least 1; got {value!r}.")
    if batch_size > len(images):
        raise ValueError(
            f"batch_size is {batch_size}, but there are only {len(images)} images. "
            "Take a smaller batch."
        )
    per_epoch = len(images) // batch_size
    images = tf.constant(images)

    def batch_at(number):
        epoch, position = number // per_epoch, number % per_epoch
        rows = position * batch_size + tf.range(batch_size, dtype=tf.int64)
        rows = tf.random.experimental.index_shuffle(
            rows, stream_seed(seed, epoch, "data"), tf.cast(len(images) - 1, tf.int64)
        )
        return tf.gather(images, rows)

    def step_at(step):
        numbers = [step * d_steps + i for i in range(d_steps)]
        return batch_at(numbers[0]) if d_steps == 1 else tuple(batch_at(n) for n in numbers)

    last = np.iinfo(np.int64).max if num_steps is None else first_step + num_steps
    # nothing here is left to tune, and closing a tuned dataset waits for its tuner, up to a second
    options = tf.data.Options()
    options.autotune.enabled = False
    steps = tf.data.Dataset.range(first_step, last)
    return steps.map(step_at).prefetch(2).with_options(options)


def ring(num_points, seed, modes=8, radius=1.0, std=0.01):
    """Points from equal Gaussians whose centres lie on a circle.

    Args:
        num_points: how many, at least 1.
        seed: integer of at least 0.
        modes: how many Gaussians.
        radius: of the circle.
        std: standard deviation of each Gaussian along each axis.

    Returns:
        `Points`.

    Raises:
        ValueError: if `num_points` or `modes` is not a positive integer.

    Example:
        >>> ring(1000, seed=0).centres.shape
        (8, 2)

    Reference:
        Metz et al. (2017), "Unrolled Generative Adversarial Networks", section 3.2.
    """
    _check_count("modes", modes)
    angles = 2 * np.pi * np.arange(modes) / modes
    centres = radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return _mixture(num_points, seed, centres, std)


def grid(num_points, seed, side=5, spacing=2.0, std=0.05):
    """Points from equal Gaussians whose centres form a square grid around the origin.

    Args:
        num_points: how many, at least 1.
        seed: integer of at least 0.
        side: Gaussians along one side.
        spacing: distance of neighbouring centres; the default puts them at −4, −2, 0, 2, 4.
        std: standard deviation of each Gaussian along each axis.

    Returns:
        `Points`.

    Raises:
        ValueError: if `num_points` or `side` is not a positive integer.

    Example:
        >>> sorted(set(grid(1000, seed=0).centres[:, 0].tolist()))
        [-4.0, -2.0, 0.0, 2.0, 4.0]

    Reference:
        Lin, Khetan, Fanti, Oh (2018), "PacGAN: The power of two samples", section 4.1.
    """
    _check_count("side", side)
    ticks = spacing * (np.arange(side) - (side - 1) / 2)
    centres = np.stack(np.meshgrid(ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 2)
    return _mixture(num_points, seed, centres, std)


def _mixture(num_points, seed, centres, std):
    _check_count("num_points", num_points)
    check_seed(seed)
    random = np.random.default_rng(seed)
    rows = random.integers(len(centres), size=num_points)
    points = centres[rows] + std * random.standard_normal((num_points, 2))
    return Points(points.astype(np.float32), centres.astype(np.float32), std)


def _check_count(name, value):
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"{name} must be a positive integer; got {value!r}.")


def _embedded_digits(split):
    from scipy import ndimage  # both are heavy, and only this path needs them
    from sklearn.datasets import load_digits

    digits = load_digits()
    rows = slice(0, 1500) if split == "train" else slice(1500, None)
    # 8×8 pixels of 0 to 16 become 20×20 in a frame of 28×28, as MNIST's digits stand
    small = digits.images[rows].astype(np.float32) / 16
    large = ndimage.zoom(small, (1, 2.5, 2.5), order=3, mode="grid-constant", grid_mode=True)
    framed = np.pad(np.clip(large, 0, 1), ((0, 0), (4, 4), (4, 4)))
    pixels = np.uint8(np.rint(framed * 255))[..., np.newaxis]
    return Images(scale(pixels), digits.target[rows].astype(np.int64), "digits")


def _instead(reason, split):
    print(f"{reason}: using the 1,797 embedded digits.")
    return _embedded_digits(split)


def _images(name, image_bytes, label_bytes):
    pixels = np.frombuffer(image_bytes, np.uint8, offset=16).reshape(-1, 28, 28, 1)
    labels = np.frombuffer(label_bytes, np.uint8, offset=8).astype(np.int64)
    return Images(scale(pixels), labels, name)
