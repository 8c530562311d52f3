"""Holes in digits, filled in sixteen ways: by the generator in the box, and by its rivals.

    uv run python -m tests.benchmarks.completion --store               # what lesson 15 shows
    uv run python -m tests.benchmarks.completion --only free --seeds 7 --json

500 test digits with four masks, of which the last one is in no training. "choice" looks for the
standard deviation of the weights on training digits. "free" trains nothing: draws from a bank of
generated digits by how well they fit, the same with a few steps of search, search from random
starts; and real training digits in the place of the bank, the nearest, the mean of the ten nearest.
"trained" are networks that see the image with its hole: one paid by L1 alone, and conditional GANs
with and without that term; each gets the steps that the same seconds hold on two idle cores.

A row has for each mask what `measured` says. The floors of the calibration errors take one more
completion for the truth. `--store` adds each run that ends to `ganedu/recordings/completion.json`
and skips what is there, so it may be cut off and gone on with. In the recording the steps of the
GANs are older than the clock; the L1 network got those of the same time.
"""

import functools
import itertools
import operator
import time

from ganedu import startup

startup.start_tensorflow()

import numpy as np  # noqa: E402

from ganedu import (  # noqa: E402
    completion,
    data,
    features,
    metrics,
    models,
    penalties,
    recipes,
    shipped,
    terms,
    training,
)
from ganedu.playground import masks  # noqa: E402
from tests.benchmarks import arguments, stored  # noqa: E402

NAME = "completion"
NUM_IMAGES, NUM_COMPLETIONS, SAMPLE_SEED = 500, completion.NUM_COMPLETIONS, 1
SIGMAS = (1.0, 1.4, 1.7, 2.0, 2.8, 4.0)
SEARCH_STEPS, POLISH_STEPS = 100, 20
SECONDS = 67  # of training, on the clock of an idle machine
LATENT_DIM, BATCH_SIZE = 16, recipes.DIGITS["batch_size"]
FREE = {  # how many completions of each image
    "weighted": NUM_COMPLETIONS,
    "training digits, weighted": NUM_COMPLETIONS,
    "nearest training digit": 1,
    "mean of the ten nearest": 1,
    "weighted, then search": NUM_COMPLETIONS,
    "restarts": NUM_COMPLETIONS,  # takes longest
}
WITHOUT_SEED = ("nearest training digit", "mean of the ten nearest")
TRAINED = {  # whether adversarial, weight of L1
    "L1 network": (False, 1.0),
    "conditional GAN": (True, 0.0),
    "conditional GAN + L1": (True, 10.0),
}
PARTS = ("choice", "free", "trained", "restarts")  # in this order
COUNTED = ("among", "share", "most_said", "calibration_error", "best_psnr", "mean_psnr", "seam")


@functools.cache
def digits(split="test"):
    """Images and labels that are completed."""
    every = data.load("mnist", split)
    rows = np.random.default_rng(0).permutation(len(every.images))[:NUM_IMAGES]
    return every.images[rows], every.labels[rows]


@functools.cache
def bank(seed):
    """Of the generator in the box; its seeds are none that made anything of this page."""
    return completion.make_bank(shipped.digit_generator(), seed=1000 + seed)


@functools.cache
def training_digits():
    """Real digits in the form of a bank."""
    real = data.load("mnist").images
    return completion.Bank(np.zeros((len(real), 0), "float32"), real)


def nearest(images, mask, number):
    """The training digits that agree best with the known pixels, [n, number, 28, 28, 1]."""
    real = training_digits()
    told = completion.weights(images, mask, real, sigma=1.0)
    rows = np.argsort(-told, axis=1)[:, :number]
    return real.images[rows]


def free(method, seed, images, mask):
    """One completion more than is asked for, where they are drawn: the floor's truth."""
    number, generator = FREE[method] + 1, shipped.digit_generator()
    if method == "nearest training digit":
        return completion.keep_known(images, mask, nearest(images, mask, 1))
    if method == "mean of the ten nearest":
        mean = nearest(images, mask, 10).mean(axis=1, keepdims=True)
        return completion.keep_known(images, mask, mean)
    if method == "restarts":
        starts = completion.starts(len(images), number, generator.input_shape[1], seed=seed)
        return completion.search(images, mask, generator, starts, SEARCH_STEPS).images
    of = training_digits() if method.startswith("training") else bank(seed)
    found = completion.weighted(images, mask, of, number, seed=seed)
    if method == "weighted, then search":
        found = completion.search(images, mask, generator, found.latents, POLISH_STEPS)
    return found.images


def completing_gan(l1_weight, seed):
    """A GAN whose generator sees the image with its hole, and noise; known pixels stay."""
    network = models.translator(latent_dim=LATENT_DIM, seed=seed)
    gan = training.GAN(
        completion.completer(network), models.pair_discriminator(seed=seed), LATENT_DIM, seed
    )
    gan.compile(
        recipes.optimizer(),
        recipes.optimizer(),
        penalties=[penalties.r1(recipes.DIGITS["r1_gamma"], every=recipes.DIGITS["r1_every"])],
        ema_half_life=recipes.DIGITS["ema_half_life"],
        terms=[terms.l1(l1_weight)] if l1_weight else [],
    )
    return gan


@functools.cache
def pairs():
    """Training digits, and the same with a hole each: the three masks take turns."""
    images = data.load("mnist").images
    known = [masks.MASKS[name] for name in masks.IN_TRAINING]
    return images, completion.with_holes(images, np.resize(known, (len(images), 28, 28)))


def trainer(method, seed=0):
    """Trains a network for some steps; and the function that completes with it."""
    adversarial, weight = TRAINED[method]
    images, sources = pairs()
    if adversarial:
        gan = completing_gan(weight, seed)
        options = {"conditions": sources, "verbose": 0}
        train = lambda steps: gan.fit(images, BATCH_SIZE, steps_per_epoch=steps, **options)  # noqa: E731
        train.generate = functools.partial(drawn, gan)
        return train
    network = completion.completer(models.translator(seed=seed))
    network.compile(recipes.optimizer(), loss="mae")
    rows = data.batches(images, BATCH_SIZE, seed, conditions=sources).map(lambda pair: pair[::-1])
    train = lambda steps: network.fit(rows, steps_per_epoch=steps, verbose=0, shuffle=False)  # noqa: E731
    train.generate = lambda told, number: np.asarray(network.predict(told, verbose=0))[:, None]
    return train


def drawn(gan, sources, number):
    """So many completions of each source image."""
    every = np.repeat(sources, number, axis=0)
    made = gan.generate(len(every), SAMPLE_SEED, conditions=every)
    return made.reshape(len(sources), number, *made.shape[1:])


def measured(completions, images, labels, mask):
    """What completions [n, k, 28, 28, 1] are worth; one more than asked for is the floor's."""
    number = min(len(completions[0]), NUM_COMPLETIONS)
    classes = features.digit_probabilities(completions.reshape(-1, 28, 28, 1)).argmax(axis=1)
    classes = classes.reshape(completions.shape[:2])
    stated = np.eye(10)[classes[:, :number]].mean(axis=1)
    completions = completions[:, :number]
    of_hole = (completions - images[:, None])[:, :, mask]
    ratios = decibels((of_hole**2).mean(axis=(2, 3)))
    of_mean = decibels((of_hole.mean(axis=1) ** 2).mean(axis=(1, 2)))
    flat = completions.reshape(-1, 28, 28, 1)
    told = {
        "among": (stated[np.arange(len(labels)), labels] > 0).mean(),
        "share": stated[np.arange(len(labels)), labels].mean(),
        "most_said": (stated.argmax(axis=1) == labels).mean(),
        **calibrated(stated, labels, ""),
        **(calibrated(stated, classes[:, -1], "_floor") if len(classes[0]) > number else {}),
        "best_psnr": ratios.max(axis=1).mean(),
        "mean_psnr": ratios.mean(),
        "psnr_of_mean": of_mean.mean(),
        "seam": metrics.seam(flat, mask).mean(),
        "seam_of_real": metrics.seam(images, mask).mean(),
        "entropy": -(stated * np.log(np.maximum(stated, 1e-12))).sum(axis=1).mean(),
        "known_kept": bool((completions == images[:, None])[:, :, ~mask].all()),
    }
    bins = metrics.calibration(*said(stated, labels))
    told["bins"] = [[round(float(x), 4) for x in part] for part in bins[1:]]
    number = (float, np.floating)
    return {key: round(float(x), 4) if isinstance(x, number) else x for key, x in told.items()}


def decibels(errors):
    """Of mean squared errors in a range of 2; an error of 0 has 106."""
    return 10 * np.log10(4 / np.maximum(errors, 1e-10))


def said(stated, labels):
    """Each class that is said of an image, with its share, and whether it is the true one."""
    came = np.arange(10) == labels[:, None]
    return stated[stated > 0], came[stated > 0]


def calibrated(stated, labels, name):
    """Errors of all classes that are said, and of the one said most."""
    most = stated.max(axis=1), stated.argmax(axis=1) == labels
    return {
        f"calibration_error{name}": metrics.calibration(*said(stated, labels)).error,
        f"calibration_error_most_said{name}": metrics.calibration(*most).error,
    }


def run(settings):
    """One method with one seed: each mask, and the seconds that 500 digits took."""
    method, seed = settings["method"], settings["seed"]
    (images, labels), told = digits(), {}
    train = None if method in FREE else trainer(method, seed)
    if train is not None:
        train(settings["steps"])
    elif "training" in method or "nearest" in method:
        training_digits()
    else:
        bank(seed)
    for name, mask in masks.MASKS.items():
        began = time.monotonic()
        if train is None:
            found = free(method, seed, images, mask)
        else:
            number = NUM_COMPLETIONS + 1
            found = train.generate(completion.with_holes(images, mask), number)
        seconds = round(time.monotonic() - began, 1)
        told[name] = {**measured(found, images, labels, mask), "seconds": seconds}
    return {"masks": told}


def choices(told, seed=0):
    """Calibration on training digits for several standard deviations of the weights."""
    images, labels = digits("train")
    names = [
        {"sigma": sigma, "mask": name} for sigma, name in itertools.product(SIGMAS, masks.MASKS)
    ]
    for one in stored.missing(names, told["choice"]):
        mask = masks.MASKS[one["mask"]]
        number = NUM_COMPLETIONS + 1
        found = completion.weighted(images, mask, bank(seed), number, sigma=one["sigma"])
        told["choice"].append({**one, **measured(found.images, images, labels, mask)})


def settings(told, options):
    """What is to be run: part by part, all methods with the first seed, then with the next."""
    parts = {
        "free": [{"method": method} for method in FREE if method != "restarts"],
        "trained": [{"method": row["method"], "steps": row["steps"]} for row in told["clock"]],
        "restarts": [{"method": "restarts"}],
    }
    for part in parts:
        for seed in options.seeds if part in options.only else ():
            for row in parts[part]:
                if row["method"] not in WITHOUT_SEED or seed == options.seeds[0]:
                    yield {**row, "seed": seed}


def rows(options):
    """The choice, then the runs as they end."""
    told = stored.begun(NAME, f"{NUM_IMAGES} test digits with a hole, completed in several ways")
    told |= {name: told.get(name, []) for name in ("choice", "clock")}
    if "choice" in options.only:
        choices(told)
    if "trained" in options.only:
        left = stored.missing([{"method": method} for method in TRAINED], told["clock"])
        told["clock"] += stored.clocked(left, trainer, SECONDS)
    if options.store:
        stored.write(NAME, told)
    if "choice" in options.only:
        yield from told["choice"]
    yield from stored.made(NAME, told, list(settings(told, options)), run, options)


def printed(rows):
    """Each run as it ends, then a table of the medians."""
    kept = []
    for row in rows:
        if "masks" not in row:
            arguments.as_they_end([{name: row[name] for name in row if name != "bins"}])
            continue
        kept += [{**row, **one, "mask": name} for name, one in row["masks"].items()]
        print(row["method"], row["seed"], "ended", flush=True)
    columns = {name: operator.itemgetter(name) for name in COUNTED}
    arguments.table(kept, ["mask", "method"], columns)


def main():
    parser = arguments.of_runs(__doc__, PARTS, seeds=range(3))
    options = parser.parse_args()
    arguments.answer(options, rows(options), printed)


if __name__ == "__main__":
    main()
