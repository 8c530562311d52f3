"""Images of one's own: the recipe, the digits' recipe merely enlarged, and the tutorial's loop.

    uv run python -m tests.benchmarks.own_images --store            # all, some hours
    uv run python -m tests.benchmarks.own_images --only "icons 64" --seeds 7 --json
    uv run python -m tests.benchmarks.own_images --pictures FOLDER  # 64 samples of each run

Three kinds of images: Fashion-MNIST on 32×32, coloured icons that are drawn here, and patches of
the two photographs in scikit-learn. Each program gets the steps that its seconds hold on an idle
machine, measured once, by turns.

The Fréchet distance is that in the features of a classifier of each kind, trained here and kept
in the system's folder for temporary files; so numbers of two kinds never compare. The floor is
what as many training images get. Test patches come from the photographs of the training patches:
there is nothing else to come from. `--store` adds each run that ends to the recording.
"""

import colorsys
import functools
import os
import tempfile
from pathlib import Path
from typing import NamedTuple

from ganedu import startup

startup.start_tensorflow()

import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers  # noqa: E402
from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.markers import MarkerStyle  # noqa: E402
from matplotlib.patches import PathPatch  # noqa: E402
from matplotlib.transforms import Affine2D  # noqa: E402
from PIL import Image  # noqa: E402
from sklearn.datasets import load_sample_images  # noqa: E402

from ganedu import data, metrics, plotting, recipes, training  # noqa: E402
from ganedu import models as networks  # noqa: E402
from tests.benchmarks import arguments, stored  # noqa: E402

NAME = "own_images"
NUM_SAMPLES, SAMPLE_SEED = 2000, 1
CLASSIFIED = 600_000  # images that a classifier sees, each of them many times
PICTURES = "OWN_IMAGES_PICTURES"  # in the environment, which the processes of the runs inherit
COVERED = 0.2  # of its even share: with it a class is there
SHAPES = ("o", "s", "^", "v", "*", "P", "X", "h", "D", "<")  # Matplotlib's names of icons
COLUMNS = 50  # icons in a row of the sheet that is drawn at once


class Kind(NamedTuple):
    """Pixels [n, size, size, channels] and classes, to train on and held out."""

    images: np.ndarray
    labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


def clothes(size=32):
    """Fashion-MNIST with a rim of background."""
    rim = (size - 28) // 2
    parts = []
    for split in ("train", "test"):
        images, labels, _ = data.load("fashion_mnist", split)
        padded = np.pad(data.to_pixels(images), [(0, 0), (rim, rim), (rim, rim), (0, 0)])
        parts += [padded, labels]
    return Kind(*parts)


def icons(size=64, num_images=2000, num_test=2000):
    """Ten shapes of any colour on white, larger and smaller, a little turned and moved."""
    images, labels = drawn_icons(num_images + num_test, size, seed=0)
    return split_at(images, labels, num_images)


def drawn_icons(number, size, seed):
    """So many icons and their shapes, drawn on one sheet and cut out."""
    random, rows = np.random.default_rng(seed), -(-number // COLUMNS)
    sheet = Figure(figsize=(COLUMNS * size / 100, rows * size / 100), dpi=100)
    axes = sheet.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, COLUMNS), ylim=(rows, 0))
    axes.set_axis_off()
    labels = random.integers(len(SHAPES), size=number)
    for i, label in enumerate(labels):
        place = np.array([i % COLUMNS, i // COLUMNS]) + 0.5 + random.uniform(-0.05, 0.05, 2)
        marker, turn = MarkerStyle(SHAPES[label]), random.uniform(-20, 20)
        scale = random.uniform(0.38, 0.58) / (0.75 if SHAPES[label] == "*" else 1)
        form = marker.get_transform() + Affine2D().scale(scale).rotate_deg(turn).translate(*place)
        hue, light = random.random(), random.uniform(0.6, 1.0)
        fill, line = colorsys.hsv_to_rgb(hue, 0.8, light), colorsys.hsv_to_rgb(hue, 1, light / 2)
        path = marker.get_path().transformed(form)
        axes.add_patch(PathPatch(path, facecolor=fill, edgecolor=line, linewidth=size / 40))
    canvas = FigureCanvasAgg(sheet)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3]
    cells = pixels.reshape(rows, size, COLUMNS, size, 3).swapaxes(1, 2)
    return cells.reshape(-1, size, size, 3)[:number].copy(), labels


def patches(size, num_images=2000, num_test=2000):
    """Patches of the two photographs, made half as large; their class is where they come from."""
    random, images, labels = np.random.default_rng(0), [], []
    photographs = [Image.fromarray(photo).reduce(2) for photo in load_sample_images().images]
    for _ in range(num_images + num_test):
        which = random.integers(2)
        width, height = photographs[which].size
        left, top = random.integers(width - size + 1), random.integers(height - size + 1)
        box = (left, top, left + size, top + size)
        images.append(np.asarray(photographs[which].crop(box)))
        labels.append(3 * which + 3 * left // (width - size + 1))
    return split_at(np.stack(images), np.array(labels), num_images)


def split_at(images, labels, number):
    return Kind(images[:number], labels[:number], images[number:], labels[number:])


KINDS = {  # name: how it is made, and seconds of training
    "clothes 32": (clothes, 300),
    "icons 64": (icons, 600),
    "patches 32": (functools.partial(patches, 32), 300),
    "patches 64": (functools.partial(patches, 64), 600),
}


@functools.cache
def kind_of(name):
    return KINDS[name][0]()


def by_recipe(kind, seed):
    recipe = recipes.image_recipe(kind.images.shape[1:], len(kind.images))
    return recipes.image_gan(seed, recipe), recipe["batch_size"]


def enlarged(kind, seed):
    """The digits' networks and numbers; only the shape of the images is another one."""
    recipe = {**recipes.DIGITS, "image_shape": kind.images.shape[1:]}
    return recipes.image_gan(seed, recipe), recipe["batch_size"]


def by_tutorial(kind, seed):
    """What the usual DCGAN tutorial does: no penalty, no average, Adam at 1e-4, batches of 256."""
    shape = kind.images.shape[1:]
    generator = networks.dcgan_generator(100, shape, seed=seed)
    gan = training.GAN(generator, networks.dcgan_discriminator(shape, seed=seed), 100, seed)
    gan.compile(keras.optimizers.Adam(1e-4), keras.optimizers.Adam(1e-4), ema_half_life=None)
    return gan, 256


PROGRAMS = {"recipe": by_recipe, "digits enlarged": enlarged, "tutorial": by_tutorial}


@functools.cache
def classifier(name):
    """The classifier of a kind, trained once on this machine; features, and logits."""
    kind = kind_of(name)
    path = Path(tempfile.gettempdir()) / f"ganedu-{name.replace(' ', '-')}.weights.h5"
    network = built_classifier(kind.images.shape[1:], int(kind.labels.max()) + 1)
    if path.exists():
        network.load_weights(path)
        return network
    both = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    images, size = data.scale(kind.images), 64
    rate = keras.optimizers.schedules.CosineDecay(1e-3, CLASSIFIED // size)
    network.compile(keras.optimizers.Adam(rate), [None, both])
    epochs = CLASSIFIED // len(images)
    network.fit(images, [kind.labels, kind.labels], batch_size=size, epochs=epochs, verbose=0)
    network.save_weights(path)
    return network


def built_classifier(shape, num_classes):
    keras.utils.set_random_seed(0)
    images = hidden = keras.Input(shape)
    for filters in (32, 64, 64, 64)[: shape[0].bit_length() - 3]:  # down to 4×4
        hidden = layers.Conv2D(filters, 3, 2, "same", activation="relu")(hidden)
        hidden = layers.BatchNormalization()(hidden)
    hidden = layers.Dropout(0.25)(layers.Flatten()(hidden))
    seen = layers.Dense(64, activation="relu")(hidden)
    logits = layers.Dense(num_classes)(layers.Dropout(0.5)(seen))
    return keras.Model(images, [seen, logits])


@functools.cache
def seen_in_test(name):
    return classifier(name).predict(data.scale(kind_of(name).test_images), 500, verbose=0)


def measured(name, images):
    """How far from held-out images, and how many of the classes are there; images are floats."""
    seen, logits = classifier(name).predict(images, 500, verbose=0)
    num_classes = logits.shape[1]
    shares = np.bincount(logits.argmax(axis=1), minlength=num_classes) / len(images)
    return {
        "frechet_distance": round(metrics.frechet_distance(seen, seen_in_test(name)[0]), 3),
        "classes": int((shares > COVERED / num_classes).sum()),
        "of_classes": num_classes,
    }


def floor(name):
    """What as many training images get, and how well the classifier knows held-out ones."""
    kind = kind_of(name)
    rows = np.random.default_rng(0).choice(len(kind.images), NUM_SAMPLES, replace=False)
    known = (seen_in_test(name)[1].argmax(axis=1) == kind.test_labels).mean()
    told = measured(name, data.scale(kind.images[rows]))
    return {"kind": name, **told, "accuracy": round(float(known), 4)}


def trainer(kind, program):
    """Trains a program for some steps."""
    images = kind_of(kind)
    gan, batch_size = PROGRAMS[program](images, seed=0)
    return lambda steps: gan.fit(images.images, batch_size, steps_per_epoch=steps, verbose=0)


def run(settings):
    """One training, and what its samples get."""
    name, kind = settings["kind"], kind_of(settings["kind"])
    gan, batch_size = PROGRAMS[settings["program"]](kind, settings["seed"])
    gan.fit(kind.images, batch_size, steps_per_epoch=settings["steps"], verbose=0)
    samples = gan.generate(NUM_SAMPLES, SAMPLE_SEED)
    if PICTURES in os.environ:
        file = "-".join(str(settings[key]) for key in ("kind", "program", "seed"))
        path = Path(os.environ[PICTURES]) / f"{file.replace(' ', '-')}.png"
        plotting.save_picture(path, samples[:64])
    return measured(name, samples)


def rows(options):
    """For each kind the floor, and then the runs as they end."""
    told = stored.begun(NAME, "images of one's own: three programs, equal seconds")
    told.setdefault("floors", []), told.setdefault("clock", [])
    for name in options.only:
        if not stored.missing([{"kind": name}], told["floors"]):
            continue
        told["floors"].append(floor(name))
    yield from ({"what": "real images (the floor)", **row} for row in told["floors"])
    for name in options.only:  # kinds apart: they have other seconds
        wanted = [{"kind": name, "program": program} for program in PROGRAMS]
        seconds = KINDS[name][1] if options.seconds is None else options.seconds
        told["clock"] += stored.clocked(stored.missing(wanted, told["clock"]), trainer, seconds)
    yield from stored.made(NAME, told, list(settings(told["clock"], options)), run, options)


def settings(clock, options):
    """What is to be run: all kinds and programs with the first seed, then with the next."""
    for seed in options.seeds:
        for row in clock:
            if row["kind"] in options.only:
                named = {"kind": row["kind"], "program": row["program"], "seed": seed}
                yield {**named, "steps": row["steps"]}


def main():
    parser = arguments.of_runs(__doc__, KINDS, seeds=range(3))
    parser.add_argument("--seconds", type=float, help="of training (default: 300, or 600 at 64)")
    parser.add_argument("--pictures", metavar="FOLDER", help="a picture of 64 samples of each run")
    options = parser.parse_args()
    if options.pictures:
        os.environ[PICTURES] = options.pictures
    arguments.answer(options, rows(options), arguments.as_they_end)


if __name__ == "__main__":
    main()
