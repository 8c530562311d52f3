"""Where images and points come from, and how they become numbered batches.

Here live the 2-D toys, the named sets of images, the one door at which pixels are scaled to
[−1, 1], and `batches`. How the files of a set are found or downloaded lives in
`ganedu.downloads`, how letters are drawn in `ganedu.letters`, how speech is found in
`ganedu.speech`, how a learner's own pictures are read in `ganedu.folders`.
Taught in lessons 03 (toys, batches) and 06 (digits).
"""

import gc
import os
import warnings
from typing import NamedTuple

import numpy as np
import tensorflow as tf

import ganedu
from ganedu import downloads, folders, letters, speech
from ganedu.seeding import check_seed, stream_seed

NAMES = ("auto", "mnist", "digits", "fashion_mnist", "letters")
_LETTERS = {"train": (5000, 0), "test": (5000, 1)}  # how many, and the seed of the draw
_SPOKEN, _FIRST_OF_TRAINING = 4096, 5  # samples; recordings below that number are the test set
_LARGE = 2**26  # bytes
_ALIGNED = 64  # bytes; an address where TensorFlow's tensors begin is divisible by it
_FLATTENED = 16  # points with so many coordinates are pictures laid flat


class SuspiciousInput(UserWarning):
    """Said of input that can be meant, and seldom is: images in [0, 1], say.

    Who means it silences this class alone, in a line that can be seen:
    ``warnings.simplefilter("ignore", data.SuspiciousInput)``.
    """


class Images(NamedTuple):
    """Images with their labels.

    Attributes:
        images: float32 array [n, 28, 28, 1] in [−1, 1]; −1 is background. Of a learner's folder:
            uint8 array [n, size, size, 1 or 3], pixels 0 to 255.
        labels: int64 array [n], the digit 0 to 9 (of clothes: the kind, 0 to 9; of letters: 0 for
            A to 25 for Z; of a folder: the class), or None.
        name: "mnist", "digits", "fashion_mnist" or "letters", what was really loaded; or the
            folder's name.
    """

    images: np.ndarray
    labels: np.ndarray
    name: str


class Sounds(NamedTuple):
    """Sounds with their labels.

    Attributes:
        waves: float32 array [n, samples, 1] in [−1, 1]; 0 is silence.
        labels: int64 array [n], the digit that is spoken.
        rate: samples a second.
        name: "fsdd".
    """

    waves: np.ndarray
    labels: np.ndarray
    rate: int
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
    """Handwritten digits: MNIST where it can be had, or those in the box. Or clothes, or letters.

    MNIST is looked for in `data_dir` (or the folder that GANEDU_DATA_DIR names), in the cache,
    in Keras' own cache, and at two mirrors, in this order; it is accepted only if the decoded
    bytes have the right sha256. "auto" takes "digits" where MNIST cannot be had, and says so in
    one line; it downloads nothing in a rehearsal (`ganedu.budget`). Fashion-MNIST is looked for
    in the same way.

    Args:
        name: "auto", "mnist" (60,000 training and 10,000 test images), "digits"
            (scikit-learn's 1,797 real handwritten digits, 8×8 enlarged to 28×28, of which the
            last 297 are the test split), "fashion_mnist" (ten kinds of clothes, as many as
            MNIST's digits) or "letters" (5,000 capitals and as many others of the same law,
            drawn by `letters.draw`; no network is needed).
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
    if name == "letters":
        pixels, labels = letters.draw(*_LETTERS[split])
        return Images(scale(pixels), labels, "letters")
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


def load_folder(folder, size=None, channels=None, labels=False, split="train"):
    """Pictures of your own: every picture in a folder and its subfolders, as squares of one size.

    They stay pixels, a quarter of the memory, and so does what `GAN.fit` and `batches` hold of
    them: floats in [−1, 1] are made batch by batch. A picture is turned upright, put on white
    where it is transparent, cut to the square in its middle and resized. What was found is told
    in a few lines: what was passed over, broken pictures by their names, and copies. Reading is
    kept in the cache; a folder that did not change is not read again.

    Args:
        folder: its name. Its files are only read.
        size: height and width, from 16 to 256 and divisible by 4; None for the largest of 28, 32,
            48 and 64 that most pictures reach, 28 if there is none.
        channels: 1 for grey, 3 for colour; None for grey if every picture is grey.
        labels: whether the folders within the folder are classes, numbered in sorted order.
        split: "train" or "test". About a tenth is the test split, chosen by what a picture shows:
            a picture stays on its side when others are added, and copies are on one side.

    Returns:
        `Images`, uint8 [n, size, size, channels]; its `labels` are None unless they are asked for.

    Raises:
        ValueError: if an argument is out of its range, or the folder has too few pictures.
        FileNotFoundError: if there is no such folder.
        OSError: if it cannot be read.

    Example:
        >>> load_folder("cats", size=32).images.shape  # doctest: +SKIP
        cats: 200 pictures, 32×32, in colour; 21 of them are held out as the test split.
        (179, 32, 32, 3)
    """
    if split not in downloads.FILES:
        raise ValueError(f"There is no split {split!r}. Choose one of: train, test.")
    return part_of(folders.read(folder, size, channels, labels=labels), split)


def load_speech(split="train", data_dir=None):
    """Spoken digits: 3,000 recordings of six people, half a second each.

    They are looked for in `data_dir` (or the folder that GANEDU_DATA_DIR names), in the cache, and
    at GitHub; a data folder that holds other sets only is no error. They are accepted only if the
    bytes of all recordings have the right sha256. What is longer than 4,096 samples is cut, what
    is shorter has silence behind it.

    Args:
        split: "train" (2,700 recordings) or "test" (300: numbers 0 to 4 of each person and digit).
        data_dir: folder with the archive, or with a folder fsdd/ that has it, packed or not.

    Returns:
        `Sounds`, waves [n, 4096, 1].

    Raises:
        ValueError: if the split is unknown, or a data folder has recordings that are not the set.
        OSError: if they can be had nowhere; in a rehearsal nothing is downloaded.

    Example:
        >>> load_speech("test").waves.shape  # doctest: +SKIP
        (300, 4096, 1)

    Reference:
        "Free Spoken Digit Dataset", github.com/Jakobovski/free-spoken-digit-dataset, CC BY-SA 4.0.
    """
    if split not in downloads.FILES:
        raise ValueError(f"There is no split {split!r}. Choose one of: train, test.")
    folder = data_dir or os.environ.get("GANEDU_DATA_DIR")
    waves, labels = [], []
    for name, content in speech.recordings(folder).items():
        digit, _, number = name.removesuffix(".wav").split("_")
        if (int(number) < _FIRST_OF_TRAINING) == (split == "test"):
            wave = speech.samples(content, name)[:_SPOKEN]
            waves.append(np.pad(wave, (0, _SPOKEN - len(wave))))
            labels.append(int(digit))
    waves = np.stack(waves)[..., np.newaxis]
    return Sounds(waves, np.array(labels, np.int64), speech.RATE, "fsdd")


def part_of(pictures, split="train"):
    """One split of the pictures that were read from a folder.

    Args:
        pictures: `folders.Pictures`.
        split: "train" or "test".

    Returns:
        `Images`, as `load_folder` returns them.

    Raises:
        ValueError: if too few pictures fell into this split.

    Example:
        >>> held_out = np.array([False, True, False])
        >>> images = np.zeros((3, 16, 16, 1), np.uint8)
        >>> part_of(folders.Pictures(images, None, (), held_out, "cats", "")).images.shape
        (2, 16, 16, 1)
    """
    rows = pictures.held_out if split == "test" else ~pictures.held_out
    if rows.sum() < (1 if split == "test" else 2):
        raise ValueError(
            f"Of the {len(rows)} pictures {rows.sum()} fell into the split {split!r}: a tenth is "
            "held out, chosen by what a picture shows. Put more pictures into the folder."
        )
    numbers = None if pictures.labels is None else pictures.labels[rows]
    return Images(pictures.images[rows], numbers, f"the folder {pictures.name}")


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
        pixels: uint8 array of any shape; or a uint8 tensor, as in `dataset.map(data.scale)`.

    Returns:
        float32 array (or tensor) of that shape.

    Raises:
        ValueError: if `pixels` is not uint8.

    Example:
        >>> scale(np.array([0, 255], np.uint8)).tolist()
        [-1.0, 1.0]
    """
    symbolic = tf.is_tensor(pixels)
    pixels = pixels if symbolic else np.asarray(pixels)
    if pixels.dtype != np.uint8:
        mend = "For floats from 0 to 255 use pixels / 127.5 - 1." if _is_float(pixels) else ""
        name = getattr(pixels.dtype, "name", pixels.dtype)
        raise ValueError(f"pixels must be uint8 from 0 to 255; got {name}. {mend}".rstrip())
    if symbolic:
        return tf.cast(pixels, tf.float32) / 127.5 - 1
    images = pixels.astype(np.float32)
    images /= np.float32(127.5)  # in place: MNIST twice in memory is 200 MB too many
    images -= np.float32(1)
    return images


def to_pixels(images):
    """Images in [−1, 1] as uint8 pixels 0 to 255; the reverse of `scale`.

    Args:
        images: float array of any shape, values outside [−1, 1] are clipped; uint8 stays as it is.

    Returns:
        uint8 array of that shape.

    Example:
        >>> to_pixels(np.array([-1.0, 0.0, 1.0])).tolist()
        [0, 128, 255]
    """
    images = np.asarray(images)
    if images.dtype == np.uint8:
        return images
    return np.uint8(np.clip(np.rint((images + 1) * 127.5), 0, 255))


def check_images(images):
    """Refuse what a GAN would be trained on in vain.

    Args:
        images: float array [n, height, width, 1 or 3] in [−1, 1], or the same in pixels (uint8, 0
            to 255); waves [n, samples, 1] in [−1, 1]; or points [n, coordinates].

    Returns:
        The same images as a float32 array; pixels are scaled to [−1, 1].

    Raises:
        ValueError: if the values are not pixels and not finite floats in [−1, 1], or if the shape
            is none of these.

    Warns:
        SuspiciousInput: if the images lie in [0, 1].

    Example:
        >>> check_images(np.zeros((2, 28, 28, 1))).dtype
        dtype('float32')
    """
    return as_floats(checked(images))


def checked(images):
    """As `check_images`, but pixels stay pixels: a quarter of the memory.

    Args:
        images: as for `check_images`.

    Returns:
        float32 array in [−1, 1], or uint8 array.

    Raises:
        ValueError: as `check_images`.

    Example:
        >>> checked(np.zeros((2, 28, 28, 1), np.uint8)).dtype
        dtype('uint8')
    """
    images = _as_array(images)
    if images.dtype != np.uint8 and not _is_float(images):
        raise ValueError(
            f"Images must be floats in [−1, 1], or pixels from 0 to 255 in uint8; got "
            f"{images.dtype}. For pixels use images.astype(np.uint8){_of_waves(images)}."
        )
    _check_shape(images.shape)
    if images.dtype == np.uint8:
        return images
    low, high = (float(images.min()), float(images.max())) if images.size else (0.0, 0.0)
    if not np.isfinite([low, high]).all():
        raise ValueError("Images must be finite numbers; there is a NaN or an infinity in them.")
    flat = images.ndim == 2 and images.shape[1] < _FLATTENED  # points may lie anywhere
    if not flat and (low < -1 or high > 1):
        raise ValueError(
            f"Images must lie in [−1, 1]; these run from {low:.4g} to {high:.4g}. "
            "For pixels from 0 to 255 use images / 127.5 - 1, for [0, 1] use images * 2 - "
            f"1{_of_waves(images)}."
        )
    if not flat and 0 <= low < 0.1 and high > 0.9:
        warnings.warn(
            "These images lie in [0, 1], but a generator that ends in tanh makes [−1, 1]: black "
            "would be grey. Use images * 2 - 1.",
            SuspiciousInput,
            stacklevel=3,
        )
    return images.astype(np.float32, copy=False)


def _of_waves(images):
    return ", for samples of 16 bits waves / 32768" if images.ndim == 3 else ""


def as_floats(images):
    """Pixels scaled to [−1, 1]; floats stay as they are.

    Args:
        images: uint8 array (or tensor) of any shape, or one of floats.

    Returns:
        Array (or tensor) of floats of that shape.

    Example:
        >>> as_floats(np.array([0, 255], np.uint8)).tolist(), as_floats(np.array([0.5])).tolist()
        ([-1.0, 1.0], [0.5])
    """
    return scale(images) if images.dtype == np.uint8 else images


def in_parts(images, rows=500):
    """Images as floats in [−1, 1], so many at a time: pixels need never be floats all at once.

    Args:
        images: as for `check_images`.
        rows: images of a part.

    Yields:
        float32 array [at most `rows`, ...] in [−1, 1].

    Raises:
        ValueError: as `check_images`.

    Example:
        >>> [len(part) for part in in_parts(np.zeros((7, 8, 8, 3), np.uint8), rows=3)]
        [3, 3, 1]
    """
    images = checked(images)
    for first in range(0, len(images), rows):
        yield as_floats(images[first : first + rows])


def check_conditions(conditions, num_images):
    """Refuse conditions that cannot belong to so many images.

    Args:
        conditions: labels [n], integers of at least 0; source images as for `check_images`;
            numbers [n, k]; or a tuple of such arrays.
        num_images: n.

    Returns:
        The same as arrays: labels int64, numbers float32, source images as `checked` has them.

    Raises:
        ValueError: if their number is not n, or they are none of these.

    Example:
        >>> check_conditions([3, 1], num_images=2).dtype
        dtype('int64')
    """
    if isinstance(conditions, tuple):
        return tuple(check_conditions(part, num_images) for part in conditions)
    part = _as_array(conditions)
    if len(part) != num_images:
        raise ValueError(f"There are {num_images} images, but {len(part)} conditions.")
    if part.ndim > 2:
        return checked(part)
    if _is_float(part):
        if not np.isfinite(part).all():
            raise ValueError("Conditions must be finite numbers; there is a NaN or an infinity.")
        return part.astype(np.float32)
    if not np.issubdtype(part.dtype, np.integer) or part.size and part.min() < 0:
        raise ValueError(
            "Conditions must be labels (integers of at least 0), source images, or float numbers; "
            f"got {part.dtype}{f' from {part.min()} on' if part.dtype.kind == 'i' else ''}."
        )
    return part.astype(np.int64)


def batches(images, batch_size, seed, first_step=0, num_steps=None, d_steps=1, *, conditions=None):
    """Batches in which number k is the same wherever one starts.

    An epoch is a shuffle of all rows, cut into as many whole batches as it holds; each epoch is
    shuffled anew, and no row comes twice in one. Step s has the batches s·d_steps to
    s·d_steps + d_steps − 1, one for each discriminator update.

    Args:
        images: float array [n, height, width, channels] in [−1, 1] or uint8 pixels, waves
            [n, samples, 1], or points [n, coordinates]. They are copied into the main memory,
            once; a GPU gets batches.
        batch_size: rows of a batch, at most n.
        seed: the seed of the run, an integer of at least 0.
        first_step: the number of the first step.
        num_steps: how many steps, or None for no end.
        d_steps: batches of a step.
        conditions: what belongs to each image (see `check_conditions`), or None.

    Returns:
        `tf.data.Dataset` of float32 tensors [batch_size, ...]; with `d_steps` above 1, of tuples
        of `d_steps` such tensors; with conditions always of tuples of `d_steps` pairs (images,
        conditions).

    Raises:
        ValueError: if the images are not fit (see `check_images`) or fewer than `batch_size`, or
            the conditions do not belong to them.

    Example:
        >>> points = ring(100, seed=0).points
        >>> from_start, from_two = batches(points, 32, seed=0), batches(points, 32, 0, first_step=2)
        >>> third = list(from_start.take(3))[-1]
        >>> bool(tf.reduce_all(third == next(iter(from_two))))
        True
    """
    check_seed(seed)
    images = checked(images)
    for name, value in (("batch_size", batch_size), ("d_steps", d_steps)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
            raise ValueError(f"{name} must be an integer of at least 1; got {value!r}.")
    if batch_size > len(images):
        raise ValueError(
            f"batch_size is {batch_size}, but there are only {len(images)} images. "
            "Take a smaller batch."
        )
    rows_at, held = _shuffled_rows(len(images), batch_size, seed), images
    if conditions is not None:
        held = images, check_conditions(conditions, len(images))
    with tf.device("CPU"):  # a GPU need not hold what it does not see
        held = tf.nest.map_structure(_held, held)

    @tf.autograph.experimental.do_not_convert  # nothing to convert; to look takes .45 s
    def step_at(step):
        numbers = [step * d_steps + i for i in range(d_steps)]
        parts = tuple(_gathered(held, rows_at(number)) for number in numbers)
        return parts[0] if d_steps == 1 and conditions is None else parts

    last = np.iinfo(np.int64).max if num_steps is None else first_step + num_steps
    # nothing here is left to tune, and closing a tuned dataset waits for its tuner, up to a second
    options = tf.data.Options()
    options.autotune.enabled = False
    options.experimental_optimization.apply_default_optimizations = False  # they copy `held`
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
        Metz et al. (2017), "Unrolled Generative Adversarial Networks".
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


def _is_float(array):
    return tf.as_dtype(array.dtype).is_floating if array.dtype != object else False


def _as_array(images):
    """An array of what somebody brought, or the sentence that says what to bring."""
    if not isinstance(images, (list, tuple)) and not hasattr(images, "__array__"):
        raise ValueError(
            "Images must be an array (NumPy, or a list of pictures of one size) or a "
            f"tf.data.Dataset; got {type(images).__name__}. Read a generator or a sequence once: "
            "np.concatenate([batch for batch in it])."
        )
    try:
        array = np.asarray(images)
    except ValueError as error:  # NumPy's own words are about "inhomogeneous" parts
        raise ValueError("The images have unequal shapes: resize them to one size.") from error
    if array.ndim == 0 or array.dtype == object:
        raise ValueError(f"Images must be an array of numbers; got {array.dtype} {array.shape}.")
    return array


def _check_shape(shape):
    """Refuse what is neither images, nor waves, nor points, with the mend if there is one."""
    if len(shape) == 2 or len(shape) == 3 and shape[-1] == 1:
        return
    if len(shape) == 4 and shape[-1] in (1, 3):
        return
    mend = ""
    if len(shape) == 3:
        mend = "Add the channel axis: images[..., np.newaxis]."
    elif len(shape) == 4 and shape[1] in (1, 3):
        mend = "Move the channels to the end: np.moveaxis(images, 1, -1)."
    elif len(shape) == 4 and shape[-1] in (2, 4):
        mend = f"Leave the transparency out: images[..., :{shape[-1] - 1}]."
    raise ValueError(
        "Images must have the shape [n, height, width, 1 or 3] (waves: [n, samples, 1]; points: "
        f"[n, coordinates]); got {shape}. {mend}".rstrip()
    )


def _shuffled_rows(num_images, batch_size, seed):
    """Function from the number of a batch to the rows that make it up."""
    per_epoch = num_images // batch_size

    def rows_at(number):
        epoch, position = number // per_epoch, number % per_epoch
        rows = position * batch_size + tf.range(batch_size, dtype=tf.int64)
        return tf.random.experimental.index_shuffle(
            rows, stream_seed(seed, epoch, "data"), tf.cast(num_images - 1, tf.int64)
        )

    return rows_at


def _held(array):
    """A tensor with a copy of an array; `tf.constant` would copy it twice, and keep both."""
    if array.nbytes > _LARGE:
        gc.collect()  # what an earlier `fit` held is let go by the garbage collector only
    room = np.empty(array.nbytes + _ALIGNED, np.uint8)
    room = room[-room.ctypes.data % _ALIGNED :][: array.nbytes]
    copy = room.view(array.dtype).reshape(array.shape)
    copy[...] = array
    return tf.experimental.dlpack.from_dlpack(copy.__dlpack__())


def _gathered(held, rows):
    """These rows of everything that is held; pixels are scaled here, at the one door."""

    def take(tensor):
        return as_floats(tf.gather(tensor, rows))

    return tf.nest.map_structure(take, held)


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
