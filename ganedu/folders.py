"""A learner's own pictures: found, read, squared up, and named when they are broken.

Here lives every look into a learner's folder, whose files are only read, and the cache of what
was read. What images become on their way to a GAN lives in `ganedu.data`.
"""

import contextlib
import errno
import functools
import hashlib
import json
import os
import stat
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from ganedu import downloads, writing

SIZES = (64, 48, 32, 28)  # what is chosen from; larger ones cost more time than a CPU has
LEAST_SIZE, MOST_SIZE = 16, 256
SIZES_IN_WORDS = f"an integer divisible by 4, from {LEAST_SIZE} to {MOST_SIZE}"
TENTH = 10  # one picture in so many is held out
NAMED = 10  # broken files that are named; the others are counted
# Formats that begin with a mark of their own. Others match any text, or start other programs.
FORMATS = (
    *("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"),
    *("MPO", "PPM", "JPEG2000", "AVIF", "ICO"),
)
NOT_PIXELS = {  # endings of pictures that Pillow does not read, and what to do
    ".heic": "HEIC is not read: save it as JPEG, 'most compatible' in a telephone's settings",
    ".heif": "HEIF is not read: save it as JPEG",
    ".svg": "SVG is a drawing without pixels: export it as PNG",
}
# A large JPEG is decoded at a half, a quarter or an eighth of its size, four times as fast, but
# never below twice the largest size that can be asked for. So what is decoded, and with it who is
# held out, does not depend on the size.
LEAST_DECODED = 2 * MOST_SIZE
TURNS = {  # what makes a picture upright that was stored with this EXIF orientation
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
THREADS = min(4, os.cpu_count() or 1)  # more would hold more large pictures at a time
PER_TASK = 16  # files that a thread takes at once
PATIENCE = 3.0  # seconds after which a progress bar appears
MANY = 1000  # files of which it is said before that they are read
VERSION = 1  # of what is kept in the cache; raise it where other pixels come out
ARRAYS = ("images", "labels", "held_out")  # of `Pictures`; its other fields are words
MOST_CACHED = 4_000_000_000  # bytes of all folders in the cache; the oldest go first


class Pictures(NamedTuple):
    """The pictures of a folder, in the order of their names.

    Attributes:
        images: uint8 array [n, size, size, 1 or 3], pixels 0 to 255.
        labels: int64 array [n], the place of a picture's class in `classes`; or None.
        classes: tuple of the names of the classes, sorted; empty without labels.
        held_out: bool array [n], True for about a tenth: the test split.
        name: of the folder.
        told: what was found, in sentences.
    """

    images: np.ndarray
    labels: np.ndarray | None
    classes: tuple
    held_out: np.ndarray
    name: str
    told: str


class File(NamedTuple):
    """A file as the folder's listing has it.

    Attributes:
        name: its path from the folder on, with / between the parts.
        size: in bytes.
        changed: nanoseconds, when its content and when anything about it was last changed.
    """

    name: str
    size: int
    changed: tuple


class Trouble(NamedTuple):
    """A file or folder that could not be read.

    Attributes:
        name: its path from the folder on.
        reason: in words.
        lasting: False if it may go better next time, though the listing is the same.
    """

    name: str
    reason: str
    lasting: bool


class Found(NamedTuple):
    """What lies in a folder.

    Attributes:
        files: list of `File`, sorted by name.
        troubles: list of `Trouble`.
        passed_over: how many hidden files and folders, and things that are no files.
    """

    files: list
    troubles: list
    passed_over: int


class _Look(NamedTuple):
    """What the head of a file says: its shorter side; None where it is no picture."""

    file: File
    side: int | None


class _Read(NamedTuple):
    """A picture that was read: its name, what it shows, its square, and whether it is grey."""

    name: str
    digest: bytes
    pixels: np.ndarray
    is_grey: bool


def read(folder, size=None, channels=None, *, labels=False):
    """All pictures of a folder and its subfolders, squared up, and what is told of them.

    A picture is turned upright as its EXIF data say, put on white where it is transparent, brought
    to 8 bits, cut to the square in its middle, and resized with a filter that does not alias.

    Which pictures are held out depends on what each of them shows, and on nothing else: equal
    pictures fall on the same side, and a picture stays on its side when others are added.

    What was read is kept in the cache, under the folder's path and the settings. It is valid
    as long as the same files lie there, with the same sizes and the same times of their last
    change; the pictures are not opened to find out.

    Args:
        folder: name of a folder, or `pathlib.Path`.
        size: height and width of the images, from 16 to 256 and divisible by 4; None for the
            largest of 28, 32, 48 and 64 that most pictures reach, 28 if there is none.
        channels: 1 for grey, 3 for colour; None for grey if every picture is grey.
        labels: whether the folders within the folder are classes.

    Returns:
        `Pictures`; what it tells is printed, too.

    Raises:
        ValueError: if a setting is out of its range, or there is too little to read.
        FileNotFoundError: if there is no such folder.
        OSError: if the folder cannot be read.

    Example:
        >>> read("cats").images.shape  # doctest: +SKIP
        cats: 200 pictures, 64×64, in colour; 21 of them are held out as the test split.
        (200, 64, 64, 3)
    """
    _check_settings(size, channels)
    folder = checked_folder(folder)
    found = find(folder)
    settings = [str(folder), size and int(size), channels and int(channels), bool(labels)]
    place = downloads.cache_folder() / "folders" / f"{_hash(settings)[:16]}.npz"
    key = _hash([VERSION, settings, found.files])
    pictures = _cached(place, key)
    if pictures is None:
        if len(found.files) > MANY:
            print(f"Reading {len(found.files):,} files, this first time.", flush=True)
        pictures, lasting = _read_anew(folder, found, size, channels, labels)
        if lasting:
            _keep(place, key, pictures)
    print(pictures.told)
    return pictures


def checked_folder(folder):
    """The whole path of a folder that is there.

    Args:
        folder: its name, or `pathlib.Path`.

    Returns:
        `pathlib.Path`.

    Raises:
        ValueError: if it is no folder.
        FileNotFoundError: if there is none.

    Example:
        >>> checked_folder(".").is_absolute()
        True
    """
    if not isinstance(folder, (str, os.PathLike)) or not str(folder):
        raise ValueError(f"A folder is given by its name, such as 'pictures'; got {folder!r}.")
    path = Path(os.path.realpath(os.path.expanduser(folder)))
    if path.is_dir():
        return path
    if path.exists():
        packed = path.suffix.lower() in (".zip", ".tar", ".gz", ".tgz", ".rar", ".7z")
        mend = "Unpack it, and give" if packed else "Give"
        raise ValueError(f"{path} is a file, not a folder. {mend} the folder with the pictures.")
    raise FileNotFoundError(
        f"There is no folder {path}. Give its whole path, or one from {os.getcwd()} on."
    )


def is_size(value):
    """Whether pictures can be brought to this height and width.

    Args:
        value: anything.

    Returns:
        bool.

    Example:
        >>> is_size(48), is_size(30)
        (True, False)
    """
    is_whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    return is_whole and LEAST_SIZE <= value <= MOST_SIZE and value % 4 == 0


def find(folder):
    """The files in a folder and its subfolders, without a look into them.

    Names that begin with a dot, and what macOS puts into archives, are passed over. Links are
    followed, but no folder is entered twice, nor one that the folder itself lies in.

    Args:
        folder: `pathlib.Path`.

    Returns:
        `Found`.

    Raises:
        OSError: if the folder itself cannot be listed.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / "a.png").write_bytes(b"123")
        >>> [file.name for file in find(folder).files]
        ['a.png']
    """
    things = list(_things(folder))
    return Found(
        files=sorted(thing for thing in things if isinstance(thing, File)),
        troubles=[thing for thing in things if isinstance(thing, Trouble)],
        passed_over=things.count(None),
    )


def _things(folder):
    """Each `File` and each `Trouble` below a folder, and None for what is passed over."""
    entered = {str(parent) for parent in Path(os.path.realpath(folder)).parents}
    waiting, links = [""], set()
    while waiting or links:  # real folders first, so that no link takes their place
        inside = waiting.pop() if waiting else min(links)
        links.discard(inside)
        try:
            entries = _entries(folder / inside, entered)
        except OSError as error:
            if not inside:
                reason = _reason(error, folder)
                raise type(error)(f"The folder {folder} cannot be listed: {reason}.") from error
            yield _trouble(inside, error)
            continue
        for entry in entries:
            thing = _thing(entry, f"{inside}{entry.name}")
            if isinstance(thing, str):
                (links.add if entry.is_symlink() else waiting.append)(thing)
            else:
                yield thing


def _entries(folder, entered):
    """What lies in a folder; nothing if it was entered before."""
    real = os.path.realpath(folder)
    if real in entered:
        return []
    entered.add(real)
    with os.scandir(folder) as entries:
        return list(entries)


def _thing(entry, name):
    """A `File`, a `Trouble`, a folder's name with its /, or None for what is passed over."""
    if entry.name.startswith(".") or entry.name == "__MACOSX":
        return None
    try:
        if entry.is_dir():
            return f"{name}/"
        facts = entry.stat()
    except OSError as error:  # such as a link that leads nowhere
        return _trouble(name, error)
    if not stat.S_ISREG(facts.st_mode):  # to open a pipe would wait for ever
        return None
    return File(name, facts.st_size, (facts.st_mtime_ns, facts.st_ctime_ns))


def _read_anew(folder, found, size, channels, labels):
    """(`Pictures`, whether the same would be read next time)."""
    with _warnings_as_the_reader_needs_them():
        looks = list(_in_threads(functools.partial(_look, folder), found.files, "Looking"))
        troubles = [look for look in looks if isinstance(look, Trouble)]
        looks = [look for look in looks if not isinstance(look, Trouble)]
        there = [look for look in looks if look.side]
        chosen = [look for look in there if not labels or "/" in look.file.name]
        size = size or _fitting_size([look.side for look in chosen])
        files = [look.file for look in chosen]
        images, digests, names, more = _read_all(folder, files, size, channels)
    counts = {
        "no pictures": found.passed_over + len(looks) - len(there),
        "beside": len(there) - len(chosen),
        "smaller": sum(look.side < size for look in chosen),
        "copies": len(digests) - len({*digests}),
    }
    lasting = all(trouble.lasting for trouble in troubles + more)
    troubles = sorted(found.troubles + troubles + more)
    _check_enough(folder, names, counts, troubles)
    classes, numbers = _classes(folder, names) if labels else ((), None)
    held_out = np.array([_is_held_out(digest) for digest in digests])
    name = _shown(folder.name or folder)
    pictures = Pictures(images, numbers, classes, held_out, name, told="")
    told = _told(pictures, counts, troubles)
    return pictures._replace(told=told), lasting


@contextlib.contextmanager
def _warnings_as_the_reader_needs_them():
    """A picture that may be a bomb is an error; what else Pillow remarks is no news to a learner.

    Set here, for all threads: filters of warnings are one for the whole process.
    """
    Image.init()  # here too, before several threads would
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _in_threads(work, files, words):
    """What `work` says of each file, in their order; a `Trouble` where it failed."""
    from tqdm import tqdm  # here, because few calls need it

    def attempt(file):
        try:
            return work(file)
        except Exception as error:  # a damaged file can fail in any way
            return _trouble(file.name, error)

    tasks = [files[i : i + PER_TASK] for i in range(0, len(files), PER_TASK)]
    # none where stderr is no terminal: there, or in a notebook, it would stay in what is kept
    bar = tqdm(total=len(files), desc=words, delay=PATIENCE, leave=False, disable=None)
    with bar, ThreadPoolExecutor(THREADS) as pool:
        for outcomes in pool.map(lambda task: [attempt(file) for file in task], tasks):
            yield from outcomes
            bar.update(len(outcomes))


@contextlib.contextmanager
def _opened(path):
    """A picture file as Pillow opens it, its pixels not yet decoded."""
    # opened here: given a name, Pillow maps some files, and one that shrinks would end the process
    with (
        open(path, "rb") as file,
        Image.open(file, formats=[name for name in FORMATS if name in Image.OPEN]) as picture,
    ):
        yield picture


def _look(folder, file):
    """What the head of a file says."""
    try:
        if not file.size:
            raise ValueError("the file is empty")
        with _opened(folder / file.name) as picture:
            return _Look(file, min(picture.size))
    except Exception as error:
        named = _is_named_as_picture(file.name) or isinstance(error, BOMBS)
        if named or getattr(error, "errno", None) is not None:
            raise
        return _Look(file, None)


def _is_named_as_picture(name):
    ending = Path(name).suffix.lower()
    return ending in NOT_PIXELS or Image.registered_extensions().get(ending) in FORMATS


def _picture(folder, file, size, channels):
    """A picture as it enters the array."""
    upright = _upright(folder / file.name)
    shape = "{}×{}:".format(*upright.size).encode()
    digest = hashlib.blake2b(shape + upright.tobytes(), digest_size=16).digest()
    square = _square(upright.convert("L") if channels == 1 else upright, size)
    pixels = np.asarray(square).reshape(size, size, channels)
    return _Read(file.name, digest, pixels, bool((pixels == pixels[..., :1]).all()))


def _upright(path):
    """A whole picture in 8 bits of red, green and blue, turned as its EXIF data say."""
    with _opened(path) as picture:
        picture.draft(None, (LEAST_DECODED, LEAST_DECODED))
        picture.load()  # before the look at EXIF: TIFF turns itself, and PNG may have it at the end
        turn = TURNS.get(_orientation(picture))
        coloured = _in_colour(picture)
    return coloured if turn is None else coloured.transpose(turn)


def _orientation(picture):
    try:
        return picture.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # damaged EXIF data say nothing, and the picture may be good
        return None


def _in_colour(picture):
    """Any kind of picture as one of red, green and blue, white where it is transparent."""
    if picture.mode == "F":
        raise ValueError("its pixels are floats, and how bright white is stands nowhere")
    if picture.mode.startswith("I"):
        picture = _from_16_bits(picture)
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return picture.convert("RGB")


def _from_16_bits(picture):
    pixels = np.asarray(picture)
    if pixels.min() < 0 or pixels.max() > 65_535:
        raise ValueError("its pixels have 32 bits, and how bright white is stands nowhere")
    return Image.fromarray(np.uint8((pixels.astype(np.uint32) + 128) // 257))


def _square(picture, size):
    """The square in the middle, resized; the filter widens where pixels become fewer."""
    side = min(picture.size)
    left, top = ((length - side) // 2 for length in picture.size)
    box = (left, top, left + side, top + side)
    return picture.resize((size, size), Image.Resampling.BICUBIC, box)


def _read_all(folder, files, size, channels):
    """Images, digests and names of the pictures that can be read, and the troubles."""
    work = functools.partial(_picture, folder, size=size, channels=channels or 3)
    images = np.empty((len(files), size, size, channels or 3), np.uint8)
    digests, names, troubles, is_grey = [], [], [], True
    for outcome in _in_threads(work, files, "Reading"):
        if isinstance(outcome, Trouble):
            troubles.append(outcome)
            continue
        images[len(names)] = outcome.pixels
        digests.append(outcome.digest)
        names.append(outcome.name)
        is_grey = is_grey and outcome.is_grey
    images = images[: len(names)]
    if channels is None and is_grey:
        images = images[..., :1].copy()
    return images, digests, names, troubles


def _fitting_size(sides):
    """The largest of `SIZES` that more than half of the pictures reach."""
    reached = [size for size in SIZES if 2 * sum(side >= size for side in sides) > len(sides)]
    return max(reached, default=min(SIZES))


def _is_held_out(digest):
    return int.from_bytes(digest[:8], "big") % TENTH == 0


def _classes(folder, names):
    """The sorted names of the classes, and the class of each picture."""
    words = [name.partition("/")[0] for name in names]
    classes = tuple(sorted({*words}))
    if len(classes) < 2:
        raise ValueError(
            f"With classes each folder within {folder} is one, and there is one with "
            f"pictures: {_shown(classes[0])}. Make at least two, or ask for no classes."
        )
    places = {word: place for place, word in enumerate(classes)}
    return classes, np.array([places[word] for word in words], np.int64)


def _check_settings(size, channels):
    if size is not None and not is_size(size):
        raise ValueError(
            f"size must be {SIZES_IN_WORDS}, or None for one that fits the pictures; got {size!r}."
        )
    if channels not in (None, 1, 3) or isinstance(channels, (bool, float)):
        raise ValueError(
            "channels must be 1 for grey, 3 for colour, or None for grey if every picture is; got "
            f"{channels!r}."
        )


def _check_enough(folder, names, counts, troubles):
    """Refuse what no GAN can learn from."""
    if not names:
        told = "\n".join(_told_of_the_rest(counts, troubles)) or "The folder is empty."
        mend = "Put them into folders within it" if counts["beside"] else "Put pictures into it"
        raise ValueError(f"There is no picture to train on in {folder}: {mend}.\n{told}")
    if len(names) == 1:
        raise ValueError(
            f"There is one picture only in {folder}: {_shown(names[0])}. A GAN learns what many "
            "pictures have in common: some hundreds, better thousands."
        )
    if counts["copies"] == len(names) - 1:
        raise ValueError(
            f"The {len(names):,} pictures in {folder} are all the same. A GAN learns what "
            "different pictures have in common."
        )


def _told(pictures, counts, troubles):
    """What was found, in sentences."""
    number, size = pictures.images.shape[:2]
    colour = "in colour" if pictures.images.shape[-1] == 3 else "in grey"
    lines = [
        f"{pictures.name}: {_count(number, 'picture')}, {size}×{size}, {colour}; "
        f"{pictures.held_out.sum():,} of them are held out as the test split."
    ]
    if size > SIZES[0]:  # measured with `recipes.image_gan`: 2.1 times at 96, 3.7 at 128
        lines.append(
            f"That is {(size / SIZES[0]) ** 2:.3g} times the pixels of {SIZES[0]}×{SIZES[0]}, "
            "and a training step takes nearly as many times as long."
        )
    if pictures.classes:
        fewest = int(np.bincount(pictures.labels).min())
        classes = f"{len(pictures.classes)} classes"
        lines.append(f"{classes}; the smallest has {_count(fewest, 'picture')}.")
    if counts["copies"]:
        lines.append(f"{counts['copies']:,} can be removed: exact copies of others.")
    if counts["smaller"]:
        lines.append(f"{counts['smaller']:,} were enlarged: smaller than {size}×{size}.")
    return "\n".join(lines + _told_of_the_rest(counts, troubles))


def _told_of_the_rest(counts, troubles):
    """Sentences on what was left out."""
    lines = []
    if counts["beside"]:
        lines.append(
            f"{_count(counts['beside'], 'picture')} in no folder of a class: left out, as classes "
            "are asked for."
        )
    if counts["no pictures"]:
        lines.append(f"Passed over, as no pictures: {_count(counts['no pictures'], 'file')}.")
    if troubles:
        lines.append(f"Could not be read: {_count(len(troubles), 'file')}.")
        lines += [f"  {_shown(one.name)}: {one.reason}" for one in troubles[:NAMED]]
        lines += [f"  and {len(troubles) - NAMED:,} more"] * (len(troubles) > NAMED)
    return lines


def _count(number, word):
    return f"{number:,} {word}{'s' * (number != 1)}"


def _shown(name):
    """A name as it can be printed in a line: a line end or a broken letter in it is spelt out."""
    return str(name) if str(name).isprintable() else ascii(str(name))


def _trouble(name, error):
    # what is gone is not in the next listing
    lasting = getattr(error, "errno", None) in (None, errno.ENOENT)
    lasting = lasting and not isinstance(error, MemoryError)
    return Trouble(name, _reason(error, name), lasting)


def _reason(error, name):
    """Why a file could not be read, in a few words."""
    if isinstance(error, BOMBS):
        return f"more than {Image.MAX_IMAGE_PIXELS:,} pixels, Pillow's limit: make it smaller"
    if isinstance(error, FileNotFoundError):
        return "it is gone, or is a link that leads nowhere"
    if isinstance(error, UnidentifiedImageError):
        ending = Path(name).suffix.lower()
        return NOT_PIXELS.get(ending, "its content is no picture that can be read")
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def _hash(facts):
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _cached(place, key):
    """What was kept under this key, or None; a damaged file is told and made anew."""
    try:
        # opened here, because np.load leaves a damaged file open
        with open(place, "rb") as file, np.load(file, allow_pickle=False) as kept:
            about = json.loads(str(kept["about"]))
            if about.pop("key") != key:
                return None
            fields = {**about, "labels": None, "classes": tuple(about["classes"])}
            pictures = Pictures(**fields | {name: kept[name] for name in ARRAYS if name in kept})
    except FileNotFoundError:
        return None
    except Exception as error:  # a damaged archive can fail in any way
        print(f"Read anew, because what was kept in {place} is damaged ({error}).")
        return None
    with contextlib.suppress(OSError):  # a cache that is only to be read
        os.utime(place)  # used: not the next to go
    return pictures


def _keep(place, key, pictures):
    """Keep pictures for the next time, if there is room."""
    fields = pictures._asdict()
    arrays = {name: fields.pop(name) for name in ARRAYS}
    arrays = {name: array for name, array in arrays.items() if array is not None}
    about = np.array(json.dumps({"key": key, **fields}))
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        writing.sweep(place.parent, downloads.ABANDONED_SECONDS)
        with writing.whole(place) as new:
            np.savez(new, about=about, **arrays)
        _make_room(place.parent)
    except OSError as error:
        print(f"What was read could not be kept for the next time: {error}.")


def _make_room(folder):
    """Remove what was not used for longest, as long as there is too much."""
    files = [(path.stat(), path) for path in folder.glob("*.npz")]
    held = 0
    for facts, path in sorted(files, key=lambda pair: -pair[0].st_mtime_ns):
        held += facts.st_size
        if held > MOST_CACHED:
            path.unlink(missing_ok=True)
