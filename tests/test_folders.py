"""A learner's pictures: of every kind, turned, transparent, broken, in folders of every shape."""

import os
import struct
import time
import zlib

import numpy as np
import pytest
from PIL import Image

from ganedu import downloads, folders

SIDE = 16  # the smallest size that can be asked for
NOT_ON_WINDOWS = pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
LINE_END = " " if os.name == "nt" else "\n"  # in the name of a file
RED = np.full((SIDE, SIDE, 3), (255, 0, 0), np.uint8)
OTHER = np.random.default_rng(99).integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache of the test's own."""
    monkeypatch.setattr(downloads, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache" / "folders"


@pytest.fixture
def folder(tmp_path):
    """A folder that holds one small picture, so that one more makes two."""
    return put(tmp_path / "pictures" / "zz other.png", OTHER).parent


def put(path, pixels, **options):
    """Write a picture, and the folders that it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    picture.save(path, **options)
    return path


def noise(seed, *shape):
    return np.random.default_rng(seed).integers(0, 256, shape or (SIDE, SIDE, 3)).astype(np.uint8)


def first(folder, size=SIDE, channels=3):
    """The first picture of a folder, as it is read."""
    return folders.read(folder, size, channels).images[0]


def test_pixels_stay_what_they_are(folder):
    put(folder / "a.png", noise(1))
    read = folders.read(folder, SIDE)
    assert read.images.dtype == np.uint8 and read.images.shape == (2, SIDE, SIDE, 3)
    assert np.array_equal(read.images, [noise(1), OTHER])
    assert read.labels is None and read.classes == () and read.name == "pictures"


@pytest.mark.parametrize("shape", [(16, 25), (25, 16), (16, 16)])
def test_the_square_in_the_middle_is_kept(folder, shape):
    """Of 9 pixels too many 4 go on the one side, 5 on the other."""
    pixels = noise(2, *shape, 3)
    put(folder / "a.png", pixels)
    top, left = ((length - SIDE) // 2 for length in shape)
    assert np.array_equal(first(folder), pixels[top : top + SIDE, left : left + SIDE])


def test_resizing_does_not_alias(folder):
    """A chessboard of single pixels becomes grey, 127.5, away from the rim."""
    board = np.indices((2 * SIDE, 2 * SIDE)).sum(axis=0) % 2 * 255
    put(folder / "a.png", np.uint8(board))
    inner = first(folder, channels=1)[2:-2, 2:-2].astype(int)
    assert inner.min() >= 126 and inner.max() <= 129


def test_resizing_keeps_a_ramp(folder):
    """Pixel i of a ramp 3x over 64, seen by 16, covers x = 4i … 4i + 3: 3 · (4i + 1.5)."""
    put(folder / "a.png", np.uint8(np.tile(3 * np.arange(64), (64, 1))))
    expected = 12 * np.arange(SIDE) + 4.5
    found = first(folder, channels=1)[..., 0]
    assert np.abs(found - expected)[:, 2:-2].max() <= 0.5


# What lies in the file, of an upright array, as the standard has it: where row 0 and column 0 are.
STORED = {
    1: lambda a: a,  # top, left
    2: lambda a: a[:, ::-1],  # top, right
    3: lambda a: a[::-1, ::-1],  # bottom, right
    4: lambda a: a[::-1],  # bottom, left
    5: lambda a: np.swapaxes(a, 0, 1),  # left, top
    6: lambda a: np.rot90(a),  # right, top
    7: lambda a: np.swapaxes(a[::-1, ::-1], 0, 1),  # right, bottom
    8: lambda a: np.rot90(a, -1),  # left, bottom
}


@pytest.mark.parametrize("ending", ["png", "tif", "webp"])
@pytest.mark.parametrize("orientation", STORED)
def test_a_picture_is_turned_upright(folder, orientation, ending):
    upright = noise(3, 16, 25, 3)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = np.ascontiguousarray(STORED[orientation](upright))
    options = {"lossless": True, "exact": True} if ending == "webp" else {}
    put(folder / f"a.{ending}", stored, exif=exif, **options)
    assert np.array_equal(first(folder), upright[:, 4:20])


@pytest.mark.parametrize("orientation", STORED)
def test_a_large_jpeg_is_turned_upright_too(folder, orientation):
    """One that is decoded at half its size: four quarters of their own grey."""
    upright = np.kron(np.uint8([[20, 90], [160, 230]]), np.ones((600, 600), np.uint8))
    exif = Image.Exif()
    exif[0x0112] = orientation
    put(folder / "a.jpg", np.ascontiguousarray(STORED[orientation](upright)), exif=exif)
    corners = first(folder, channels=1)[[[2], [-3]], [2, -3], 0]
    assert np.abs(corners.astype(int) - [[20, 90], [160, 230]]).max() <= 2


def test_damaged_exif_data_say_nothing(folder):
    put(folder / "a.png", RED, exif=b"Exif\0\0no such thing")
    assert np.array_equal(first(folder), RED)


def flat(mode, colour):
    return Image.new(mode, (SIDE, SIDE), colour)


def palette(transparent):
    picture = flat("P", 1)
    picture.putpalette([0, 0, 0, 10, 20, 30])
    return picture, {"transparency": 1} if transparent else {}


def sixteen(value):
    return Image.fromarray(np.full((SIDE, SIDE), value, np.uint16))


@pytest.mark.parametrize(
    ("name", "picture", "colour"),
    [
        ("a.png", flat("1", 1), (255, 255, 255)),
        ("a.png", flat("L", 7), (7, 7, 7)),
        ("a.png", flat("RGB", (1, 2, 3)), (1, 2, 3)),
        ("a.png", flat("LA", (0, 0)), (255, 255, 255)),  # white shines through
        ("a.png", flat("RGBA", (9, 9, 9, 255)), (9, 9, 9)),
        ("a.png", flat("RGBA", (0, 0, 255, 0)), (255, 255, 255)),
        ("a.png", flat("RGBA", (0, 0, 255, 51)), (204, 204, 255)),  # a fifth blue, the rest white
        ("a.png", palette(transparent=False), (10, 20, 30)),
        ("a.gif", palette(transparent=False), (10, 20, 30)),
        ("a.png", palette(transparent=True), (255, 255, 255)),
        ("a.gif", palette(transparent=True), (255, 255, 255)),
        ("a.png", (flat("L", 7), {"transparency": 7}), (255, 255, 255)),
        ("a.png", sixteen(0), (0, 0, 0)),
        ("a.png", sixteen(128), (0, 0, 0)),  # 128/257 is less than a half
        ("a.png", sixteen(129), (1, 1, 1)),
        ("a.tif", sixteen(65_535), (255, 255, 255)),
        ("a.tif", flat("CMYK", (0, 255, 255, 0)), (255, 0, 0)),  # no cyan: red
        ("a.bmp", flat("RGB", (1, 2, 3)), (1, 2, 3)),
        ("a.ppm", flat("RGB", (1, 2, 3)), (1, 2, 3)),
        ("a.webp", (flat("RGB", (1, 2, 3)), {"lossless": True}), (1, 2, 3)),
        ("no ending", (flat("RGB", (1, 2, 3)), {"format": "PNG"}), (1, 2, 3)),
        ("wrong.jpg", (flat("RGB", (1, 2, 3)), {"format": "PNG"}), (1, 2, 3)),
    ],
)
def test_every_kind_becomes_8_bits_of_three_colours(folder, name, picture, colour):
    picture, options = picture if isinstance(picture, tuple) else (picture, {})
    put(folder / name, picture, **options)
    assert np.array_equal(first(folder), np.full((SIDE, SIDE, 3), colour))


def test_a_cmyk_jpeg_has_its_colours(folder):
    put(folder / "a.jpg", flat("CMYK", (0, 255, 255, 0)), quality=100)
    assert np.abs(first(folder).astype(int) - RED).max() <= 3


def test_of_an_animation_the_first_frame_is_taken(folder):
    frames = [flat("RGB", colour) for colour in ((0, 0, 255), (0, 255, 0))]
    put(folder / "a.gif", frames[0], save_all=True, append_images=frames[1:])
    assert np.array_equal(first(folder)[0, 0], (0, 0, 255))


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (Image.fromarray(np.zeros((4, 4), np.float32)), "its pixels are floats"),
        (Image.fromarray(np.full((4, 4), 70_000, np.int32)), "its pixels have 32 bits"),
    ],
)
def test_pixels_whose_white_is_not_known_are_named(folder, capsys, picture, reason):
    put(folder / "a.png", noise(1))
    put(folder / "b.tif", picture)
    assert len(folders.read(folder, SIDE).images) == 2
    assert f"  b.tif: {reason}" in capsys.readouterr().out


def test_pictures_are_grey_if_every_one_is(folder):
    (folder / "zz other.png").unlink()
    put(folder / "a.png", noise(1, SIDE, SIDE))
    put(folder / "b.png", np.repeat(noise(2, SIDE, SIDE, 1), 3, axis=2))  # grey in three channels
    read = folders.read(folder, SIDE)
    expected = np.stack([noise(1, SIDE, SIDE, 1), noise(2, SIDE, SIDE, 1)])
    assert np.array_equal(read.images, expected) and "in grey" in read.told
    assert folders.read(folder, SIDE, 3).images.shape[-1] == 3
    put(folder / "c.png", RED)
    assert folders.read(folder, SIDE).images.shape[-1] == 3
    grey = folders.read(folder, SIDE, 1).images
    assert np.array_equal(grey[:2], expected) and grey[2, 0, 0, 0] == 76  # .299 · 255


@pytest.mark.parametrize(
    ("sides", "size"),
    [
        ((64, 64, 9), 64),
        ((200, 200), 64),
        ((64, 63, 64, 63), 48),  # half of them are not most
        ((47, 32, 90), 32),
        ((31, 28, 9), 28),
        ((1, 2), 28),
    ],
)
def test_the_size_is_one_that_most_pictures_reach(tmp_path, sides, size):
    for seed, side in enumerate(sides):
        put(tmp_path / "sides" / f"{seed}.png", noise(seed, side, side + seed, 3))
    read = folders.read(tmp_path / "sides")
    assert read.images.shape[1:3] == (size, size)
    smaller = sum(side < size for side in sides)
    assert (f"{smaller} were enlarged" in read.told) == bool(smaller)


def test_pictures_of_one_pixel_are_pictures(tmp_path):
    for name, colour in (("a", (1, 2, 3)), ("b", (4, 5, 6))):
        put(tmp_path / "tiny" / f"{name}.png", Image.new("RGB", (1, 1), colour))
    images = folders.read(tmp_path / "tiny").images
    assert images.shape == (2, 28, 28, 3) and np.unique(images[1].reshape(-1, 3), axis=0).tolist()


def test_folders_within_the_folder_are_read_in_the_order_of_names(tmp_path):
    names = ["a/b/c.png", "a/d.png", "B.png", f"ü é/1{LINE_END}2.png", "z.png"]
    for seed, name in enumerate(names):
        put(tmp_path / "deep" / name, noise(seed))
    images = folders.read(tmp_path / "deep", SIDE).images
    order = sorted(range(len(names)), key=lambda seed: names[seed])
    assert np.array_equal(images, [noise(seed) for seed in order])


def test_classes_are_the_folders_of_the_first_level(tmp_path):
    names = ["b/1.png", "b/2.png", "b/x/3.png", "a c/4.png", "beside.png"]
    for seed, name in enumerate(names):
        put(tmp_path / "kinds" / name, noise(seed))
    (tmp_path / "kinds" / "empty").mkdir()
    read = folders.read(tmp_path / "kinds", SIDE, labels=True)
    assert read.classes == ("a c", "b") and read.labels.tolist() == [0, 1, 1, 1]
    assert read.labels.dtype == np.int64
    assert np.array_equal(read.images, [noise(seed) for seed in (3, 0, 1, 2)])
    assert "2 classes; the smallest has 1 picture." in read.told
    assert "1 picture in no folder of a class: left out" in read.told
    assert len(folders.read(tmp_path / "kinds", SIDE).images) == 5


def test_there_may_be_300_classes(tmp_path):
    for number in range(300):
        put(tmp_path / "kinds" / f"{number:03d}" / "a.png", noise(number))
    read = folders.read(tmp_path / "kinds", SIDE, labels=True)
    assert read.labels.tolist() == list(range(300)) and read.classes[299] == "299"


def test_one_class_is_none(tmp_path):
    for number in range(3):
        put(tmp_path / "kinds" / f"only{LINE_END}one" / f"{number}.png", noise(number))
    with pytest.raises(
        ValueError, match=r"there is one with pictures: '?only.*one'?. Make at least"
    ):
        folders.read(tmp_path / "kinds", SIDE, labels=True)


# What is no picture, and what is broken


def chunk(kind, content):
    return (
        struct.pack(">I", len(content)) + kind + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )  # fmt: skip


def png_of(width, height):
    """A PNG file that says it has so many pixels, and has none."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(b"")), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_what_is_no_picture_is_passed_over_and_counted(folder):
    put(folder / "a.png", noise(1))
    for name in (".DS_Store", "Thumbs.db", "notes.txt", "data.csv", "empty.txt", "._a.png"):
        (folder / name).write_bytes(b"" if name == "empty.txt" else b"P5 or not, this is text")
    for name in (".ipynb_checkpoints", "__MACOSX"):
        put(folder / name / "b.png", noise(2))
    read = folders.read(folder, SIDE)
    assert len(read.images) == 2 and "Passed over, as no pictures: 8 files." in read.told
    assert "Could not be read" not in read.told


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("b.png", b"", "the file is empty"),
        ("b.jpg", b"<html>404</html>", "its content is no picture that can be read"),
        ("b.HEIC", b"\0\0\0\x18ftypheic", "HEIC is not read: save it as JPEG"),
        ("b.svg", b"<svg/>", "SVG is a drawing without pixels: export it as PNG"),
        ("b.png", png_of(16, 16), "image file is truncated"),
        ("b.png", png_of(30_000, 30_000), "more than 89,478,485 pixels"),
        ("no ending", png_of(30_000, 30_000), "more than 89,478,485 pixels"),
        ("b.png", png_of(10_000, 10_000), "more than 89,478,485 pixels"),
        (f"b{LINE_END}\u202e.png", b"", "the file is empty"),
    ],
)
def test_a_broken_picture_is_named_and_the_rest_goes_on(folder, name, content, reason):
    put(folder / "a.png", noise(1))
    (folder / name).write_bytes(content)
    read = folders.read(folder, SIDE)
    assert np.array_equal(read.images, [noise(1), OTHER])
    shown = name if name.isprintable() else ascii(name)
    assert f"Could not be read: 1 file.\n  {shown}: {reason}" in read.told


def test_a_picture_that_ends_too_early_is_broken(folder):
    put(folder / "a.png", noise(1))
    for ending in ("jpg", "png", "webp", "bmp", "tif", "gif"):
        path = put(folder / f"b.{ending}", noise(2, 64, 64, 3))
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    read = folders.read(folder, SIDE)
    assert len(read.images) == 2 and "Could not be read: 6 files." in read.told


def test_broken_pictures_are_named_in_the_order_of_their_names(folder):
    """Whether they broke at the first look or when they were read."""
    for name in ("b.png", "d.png"):
        (folder / name).write_bytes(b"")
    for name in ("a.png", "c.png"):
        put(folder / name, noise(1, 64, 64, 3))
        (folder / name).write_bytes((folder / name).read_bytes()[:-2000])
    put(folder / "e.png", noise(2))
    lines = [line for line in folders.read(folder, SIDE).told.splitlines() if line[:2] == "  "]
    assert [line.strip()[:5] for line in lines] == ["a.png", "b.png", "c.png", "d.png"]


def test_of_many_broken_pictures_some_are_named(folder):
    put(folder / "a.png", noise(1))
    for number in range(25):
        (folder / f"b{number:02d}.png").write_bytes(b"")
    told = folders.read(folder, SIDE).told
    assert "25 files.\n  b00.png" in told and "b09.png" in told and "b10.png" not in told
    assert told.endswith("  and 15 more")


def test_copies_are_told(folder):
    for name in ("a.png", "a again.png", "a.bmp", "b/a.tif"):
        put(folder / name, noise(1))
    read = folders.read(folder, SIDE)
    assert len(read.images) == 5 and "3 can be removed: exact copies of others." in read.told


def test_equal_pixels_in_another_shape_are_no_copy(folder):
    pixels = noise(1, 16, 32, 3)
    put(folder / "a.png", pixels)
    put(folder / "b.png", pixels.reshape(32, 16, 3))
    assert "copies" not in folders.read(folder, SIDE).told


def test_no_bar_stays_where_no_terminal_is(folder, monkeypatch, capsys):
    """A notebook keeps what is written to stderr; that it may take a while is said in a line."""
    put(folder / "a.png", noise(1))
    monkeypatch.setattr(folders, "PATIENCE", 0)
    monkeypatch.setattr(folders, "MANY", 1)
    folders.read(folder, SIDE)
    folders.read(folder, SIDE)
    said = capsys.readouterr()
    assert said.err == "" and said.out.count("Reading 2 files, this first time.\n") == 1


@pytest.mark.parametrize(("size", "times"), [(64, None), (96, "2.25"), (128, "4")])
def test_what_a_large_size_costs_is_said(folder, size, times):
    put(folder / "a.png", noise(1))
    told = folders.read(folder, size).told
    assert ("training step" in told) == bool(times)
    assert times is None or f"That is {times} times the pixels of 64×64, and" in told


# Who is held out


def sides_of(folder, **settings):
    """From the pixels of a picture to whether it is held out."""
    read = folders.read(folder, SIDE, **settings)
    found = {}
    for image, held_out in zip(read.images, read.held_out, strict=True):
        assert found.setdefault(image.tobytes(), held_out) == held_out
    return found


def test_a_tenth_is_held_out_and_stays_so(tmp_path):
    """Binomial: of 400 pictures 40 ± 6 are held out; 4 standard deviations are allowed."""
    folder = tmp_path / "many"
    for seed in range(0, 400, 2):
        put(folder / f"{seed}.png", noise(seed))
    before = sides_of(folder)
    for seed in range(1, 400, 2):
        put(folder / f"{seed}.png", noise(seed))
    after = sides_of(folder)
    assert 16 <= sum(after.values()) <= 64 and len(after) == 400
    assert before.items() <= after.items()
    for path in list(folder.iterdir())[::2]:  # another name, another place: the same picture
        (folder / "sub").mkdir(exist_ok=True)
        path.rename(folder / "sub" / f"new {path.name}")
    assert sides_of(folder) == after


def test_held_out_is_what_the_first_bytes_divide_by_ten():
    """The digest is random, so its first 64 bits are divisible by ten for one picture in ten."""
    numbers = [*range(30), 10**19, 10**19 + 1]
    held_out = [n for n in numbers if folders._is_held_out(n.to_bytes(8, "big") + b"the rest")]
    assert held_out == [0, 10, 20, 10**19]


def test_copies_fall_on_one_side(tmp_path):
    folder = tmp_path / "copies"
    for seed in range(60):
        for ending in ("png", "bmp", "tif"):
            put(folder / f"{seed}.{ending}", noise(seed))
    assert 0 < sum(sides_of(folder).values()) < 60


def test_the_settings_move_nobody(tmp_path, monkeypatch):
    """What decides is the same for any size, also of JPEGs that are decoded at a part of theirs."""
    ramp, digests = np.linspace(0, 255, 2 * folders.LEAST_DECODED).astype(np.uint8), []
    for seed in range(3):
        put(tmp_path / "large" / f"{seed}.jpg", np.tile(np.roll(ramp, 37 * seed), (len(ramp), 1)))
    monkeypatch.setattr(folders, "_is_held_out", lambda digest: digests.append(digest) or False)
    for settings in ((16,), (256,), (64, 1)):
        folders.read(tmp_path / "large", *settings)
    assert digests[:3] == digests[3:6] == digests[6:] and len({*digests}) == 3


# What is kept for the next time


@pytest.fixture
def counted(monkeypatch):
    """The names of the files whose pixels were read."""
    seen, read = [], folders._picture

    def counting(folder, file, **settings):
        seen.append(file.name)
        return read(folder, file, **settings)

    monkeypatch.setattr(folders, "_picture", counting)
    return seen


def same(a, b):
    return all(np.array_equal(one, other) for one, other in zip(a, b, strict=True))


@pytest.mark.parametrize("labels", [False, True])
def test_the_second_time_nothing_is_opened(tmp_path, monkeypatch, capsys, labels):
    for seed, name in enumerate(["a/1.png", "a/2.png", "b/3.png", "b/4.png"]):
        put(tmp_path / "kept" / name, noise(seed))
    once = folders.read(tmp_path / "kept", SIDE, labels=labels)
    told = capsys.readouterr().out
    monkeypatch.setattr(folders, "_opened", None)
    again = folders.read(tmp_path / "kept", SIDE, labels=labels)
    assert same(once, again) and [type(a) for a in once] == [type(a) for a in again]
    assert capsys.readouterr().out == told == once.told + "\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows does not note the time of such a change")
def test_a_change_is_noticed(folder, counted):
    path = put(folder / "a.bmp", noise(1))
    folders.read(folder, SIDE)
    facts = path.stat()
    put(path, noise(2))  # as large as before, and with the old time
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert path.stat().st_size == facts.st_size and path.stat().st_mtime_ns == facts.st_mtime_ns
    assert np.array_equal(first(folder, channels=None), noise(2))
    path.rename(folder / "b.bmp")
    folders.read(folder, SIDE)
    (folder / "b.bmp").unlink()
    put(folder / "c.png", noise(3))
    folders.read(folder, SIDE)
    assert [name for name in counted if "zz" not in name] == ["a.bmp", "a.bmp", "b.bmp", "c.png"]


def test_another_way_of_reading_reads_anew(folder, counted, monkeypatch):
    put(folder / "a.png", noise(1))
    folders.read(folder, SIDE)
    monkeypatch.setattr(folders, "VERSION", folders.VERSION + 1)
    folders.read(folder, SIDE)
    assert len(counted) == 4


def test_settings_and_folders_are_kept_apart(folder, tmp_path, counted, cache):
    put(folder / "a.png", noise(1))
    os.utime(folder / "a.png", (1, 1))
    for settings in ((16,), (20,), (16, 1), (16, 3)):
        assert folders.read(folder, *settings).images.shape[1] == settings[0]
    assert len(counted) == 8 and len(list(cache.iterdir())) == 4
    other = tmp_path / "other"
    folder.rename(other)
    assert np.array_equal(first(other, channels=None), noise(1)) and len(counted) == 10


DAMAGES = {
    "empty": lambda content: b"",
    "cut": lambda content: content[: len(content) // 2],
    "text": lambda content: b"no archive",
    "a bit": lambda content: content[:400] + bytes([content[400] ^ 1]) + content[401:],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_damaged_is_made_anew(folder, cache, counted, capsys, damage):
    put(folder / "a.png", noise(1))
    once = folders.read(folder, SIDE)
    [path] = cache.iterdir()
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    capsys.readouterr()
    assert same(folders.read(folder, SIDE), once) and len(counted) == 4
    assert "Read anew, because what was kept in" in capsys.readouterr().out
    assert same(folders.read(folder, SIDE), once) and len(counted) == 4


def test_without_room_for_a_cache_reading_goes_on(folder, tmp_path, counted, capsys):
    put(folder / "a.png", noise(1))
    (tmp_path / "cache").write_bytes(b"a file in its place")
    for _ in range(2):
        assert len(folders.read(folder, SIDE).images) == 2
        assert "could not be kept for the next time" in capsys.readouterr().out
    assert len(counted) == 4


def test_what_a_killed_process_left_in_the_cache_goes(folder, cache):
    put(folder / "a.png", noise(1))
    cache.mkdir(parents=True)
    old, new = (cache / f"new-{number:08x}.partial.npz" for number in range(2))
    for path, age in ((old, 2 * downloads.ABANDONED_SECONDS), (new, 0)):
        path.write_bytes(b"half")
        os.utime(path, (time.time() - age,) * 2)
    folders.read(folder, SIDE)
    assert not old.exists() and new.exists()  # another process may be at work on the new one


def test_the_oldest_goes_when_there_is_too_much(folder, cache, monkeypatch):
    put(folder / "a.png", noise(1))
    paths = []
    for seconds, size in enumerate((16, 20, 24)):
        folders.read(folder, size)
        [new] = {*cache.iterdir()} - {*paths}
        os.utime(new, (seconds, seconds))
        paths.append(new)
    monkeypatch.setattr(folders, "MOST_CACHED", 2 * max(path.stat().st_size for path in paths))
    folders.read(folder, 16)  # used just now
    folders.read(folder, 16, 1)
    assert paths[0].exists() and not paths[1].exists() and not paths[2].exists()


def test_what_may_go_better_next_time_is_not_kept(folder, monkeypatch, cache):
    put(folder / "a.png", noise(1))
    put(folder / "b.png", noise(2))
    open_one = folders._opened

    def refusing(path):
        if path.name == "b.png":
            raise PermissionError(13, "Permission denied", str(path))
        return open_one(path)

    monkeypatch.setattr(folders, "_opened", refusing)
    read = folders.read(folder, SIDE)
    assert len(read.images) == 2 and "  b.png: permission denied" in read.told
    assert not cache.exists()
    monkeypatch.undo()
    monkeypatch.setattr(downloads, "cache_folder", lambda: cache.parent)
    assert len(folders.read(folder, SIDE).images) == 3


def test_what_found_no_memory_is_not_kept(folder, monkeypatch, cache):
    put(folder / "a.png", noise(1))
    put(folder / "b.png", noise(2))
    upright = folders._upright

    def full(path):
        if path.name == "b.png":
            raise MemoryError
        return upright(path)

    monkeypatch.setattr(folders, "_upright", full)
    assert "  b.png: MemoryError" in folders.read(folder, SIDE).told
    assert not cache.exists()


def test_the_learners_files_are_only_read(folder):
    put(folder / "a.png", noise(1))
    (folder / "b.png").write_bytes(b"")

    def facts():
        return {
            path: (path.stat().st_mtime_ns, path.stat().st_ctime_ns, path.stat().st_mode)
            for path in (folder, *folder.rglob("*"))
        }

    before = facts()
    folders.read(folder, SIDE)
    assert facts() == before


# Folders that are none, or nearly


@pytest.mark.parametrize("settings", [{}, {"labels": True}])
def test_an_empty_folder_is_refused(tmp_path, settings):
    (tmp_path / "none").mkdir()
    with pytest.raises(
        ValueError, match=r"no picture to train on in .*none: Put .*\nThe folder is"
    ):
        folders.read(tmp_path / "none", **settings)


def test_a_folder_without_pictures_says_what_is_there(tmp_path):
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "a.txt").write_text("text")
    (folder / "b.png").write_bytes(b"")
    with pytest.raises(
        ValueError, match=r"(?s)no picture to train on.* 1 file.*b.png: the file is"
    ):
        folders.read(folder)


def test_pictures_beside_the_classes_alone_are_refused(folder):
    put(folder / "a.png", noise(1))
    with pytest.raises(ValueError, match=r"Put them into folders within it.\n2 pictures in no"):
        folders.read(folder, labels=True)


def test_one_picture_is_refused(folder):
    with pytest.raises(ValueError, match=r"one picture only in .*: zz other.png. A GAN learns"):
        folders.read(folder)


def test_pictures_that_are_all_the_same_are_refused(folder):
    put(folder / "a.bmp", OTHER)
    put(folder / "b.tif", OTHER)
    with pytest.raises(ValueError, match=r"The 3 pictures in .* are all the same"):
        folders.read(folder)


def test_a_folder_that_is_missing_is_named(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"There is no folder .*nowhere. Give its whole path"
    ):
        folders.read(tmp_path / "nowhere")


@pytest.mark.parametrize(("name", "mend"), [("a.png", "Give the"), ("a.zip", "Unpack it, and")])
def test_a_file_in_the_place_of_the_folder_is_named(tmp_path, name, mend):
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(ValueError, match=rf"{name} is a file, not a folder. {mend}"):
        folders.read(tmp_path / name)


@pytest.mark.parametrize("folder", ["", None, 7, ["a"]])
def test_a_folder_has_a_name(folder):
    with pytest.raises(ValueError, match="A folder is given by its name"):
        folders.read(folder)


def test_a_folder_that_may_not_be_listed_is_named(folder, monkeypatch):
    put(folder / "a.png", noise(1))
    put(folder / "shut" / "b.png", noise(1))
    listed = os.scandir

    def scandir(path):
        if str(path).endswith(shut):
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    shut = "shut"
    read = folders.read(folder, SIDE)
    assert len(read.images) == 2 and "  shut/: permission denied" in read.told
    shut = "pictures"
    with pytest.raises(PermissionError, match=r"pictures cannot be listed: permission denied"):
        folders.read(folder, SIDE)


@pytest.mark.parametrize("moment", ["_look", "_picture"])
def test_files_that_go_while_they_are_read(folder, monkeypatch, moment):
    put(folder / "a.png", noise(1))
    put(folder / "b.png", noise(2))
    work = getattr(folders, moment)

    def late(folder, file, **settings):
        if file.name == gone:
            (folder / file.name).unlink()
        return work(folder, file, **settings)

    monkeypatch.setattr(folders, moment, late)
    gone = "b.png"
    read = folders.read(folder, SIDE)
    assert len(read.images) == 2 and "  b.png: it is gone" in read.told
    gone = "a.png"
    with pytest.raises(ValueError, match="one picture only"):
        folders.read(folder, SIDE)


@NOT_ON_WINDOWS
def test_links_are_followed_and_loops_are_not(folder, tmp_path):
    put(folder / "a" / "a.png", noise(1))
    put(tmp_path / "elsewhere" / "b.png", noise(2))
    put(tmp_path / "beside.png", noise(3))
    for name, target in {
        "a/loop": "..",
        "above": "../..",
        "0 again": "a",  # what it leads to is read under its own name
        "self": "self",
        "elsewhere": "../elsewhere",
        "elsewhere2": "../elsewhere",
        "c.png": "../beside.png",
        "nowhere.png": "no such file",
    }.items():
        os.symlink(target, folder / name)
    found = folders.find(folder)
    names = [file.name for file in found.files]
    assert names == ["a/a.png", "c.png", "elsewhere/b.png", "zz other.png"]
    assert sorted(trouble.name for trouble in found.troubles) == ["nowhere.png", "self"]
    assert len(folders.read(folder, SIDE).images) == 4


@NOT_ON_WINDOWS
def test_a_pipe_would_wait_for_ever_and_is_passed_over(folder):
    put(folder / "a.png", noise(1))
    os.mkfifo(folder / "b.png")
    found = folders.find(folder)
    assert len(found.files) == 2 and found.passed_over == 1


@pytest.mark.parametrize("size", [0, 12, 18, 260, -28, 32.0, "32", True, (32, 32)])
def test_sizes_that_cannot_be(folder, size):
    with pytest.raises(
        ValueError, match=r"size must be an integer divisible by 4, from 16 to 256, or N"
    ):
        folders.read(folder, size)


@pytest.mark.parametrize("channels", [0, 2, 4, "grey", 3.0, True])
def test_channels_that_cannot_be(folder, channels):
    with pytest.raises(ValueError, match=r"channels must be 1 for grey, 3 for colour"):
        folders.read(folder, SIDE, channels)
