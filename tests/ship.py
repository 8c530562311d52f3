"""Put trained networks into the box.

    uv run python -m tests.ship gan RUN      # both generators and the discriminator of a run
    uv run python -m tests.ship conditional RUN  # the generator of a run with --conditional
    uv run python -m tests.ship pairs denoise --steps N    # train a translator of lesson 13
    uv run python -m tests.ship translators --steps N    # train those of lesson 14, without pairs
    uv run python -m tests.ship sounds --steps N    # train the generator of sounds of lesson 17
    uv run python -m tests.ship rivals       # what the benchmark `generators` trained and kept
    uv run python -m tests.ship classifier   # train the digit classifier, about 4 minutes
    uv run python -m tests.ship classifier letter    # the one of letters, or of clothes

RUN is the folder of a `ganedu train`. The weights go to `ganedu/weights/` as 8-bit numbers with
a step size for each channel, and beside them how they were made and what they measure.
"""

import argparse
import sys
import time
from pathlib import Path

from ganedu import startup

startup.start_tensorflow()

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from scipy import stats  # noqa: E402

import ganedu  # noqa: E402
from ganedu import (  # noqa: E402
    data,
    evaluation,
    features,
    letters,
    metrics,
    models,
    recipes,
    runs,
    shipped,
    sounds,
    training,
)
from ganedu.commands import folders  # noqa: E402
from ganedu.playground import pairs, unpaired  # noqa: E402
from tests.benchmarks import generators  # noqa: E402

LICENCE = "CC BY 4.0, as the prose and the figures of the course"
MNIST = (
    "MNIST, 60,000 training images, by Y. LeCun, C. Cortes and C. Burges, under CC BY-SA 3.0 as "
    "Keras' documentation states it"
)
DIGITS = (
    "the 1,500 training images of the embedded digits, from E. Alpaydin and C. Kaynak, Optical "
    "Recognition of Handwritten Digits, UCI Machine Learning Repository, under CC BY 4.0"
)
RIVALS = {  # name in the box: program of the benchmark, builder and its arguments
    "vae_digits": (
        "VAE",
        "digit_generator",
        {"latent_dim": recipes.RIVALS["autoencoder"]["latent_dim"]},
    ),
    "rows_digits": ("pixel by pixel", "row_network", {}),
    "diffusion_digits": ("diffusion", "denoiser", recipes.PATH_NETWORK),
    "flow_digits": ("flow", "denoiser", recipes.PATH_NETWORK),
    "one_step_digits": ("student, both", "denoiser", recipes.PATH_NETWORK),
}
NUM_IMAGES, NUM_PAIRS, NUM_TRANSLATED, SAMPLE_SEED = 10_000, 2000, 2000, 0
EPOCHS, BATCH_SIZE, DIGITS_REPEATED = 6, 128, 4
NUM_SOUNDS, NUM_HEARD = 6000, 999
LETTERS, LETTERS_SEED = 40_000, 2  # other draws than those of data.load("letters")
CLASSIFIERS = {  # kind: data sets that it recognises, what they are, where they are from
    "digit": (("mnist", "digits"), "handwritten digits", f"{MNIST}; {DIGITS}"),
    "letter": (
        ("letters",),
        "capital letters as ganedu.letters draws them",
        f"{LETTERS:,} letters of ganedu.letters with seed {LETTERS_SEED}, drawn with the fonts "
        "of Matplotlib (DejaVu, STIX, Computer Modern)",
    ),
    "clothes": (
        ("fashion_mnist",),
        "the ten kinds of clothes of Fashion-MNIST",
        "Fashion-MNIST, 60,000 training images, by H. Xiao, K. Rasul, R. Vollgraf (Zalando), "
        "under the MIT licence",
    ),
}


def ship_gan(run):
    """Write the networks of a run, and how they were made.

    Args:
        run: folder of a run.

    Raises:
        FileNotFoundError: if there is no run in the folder.
        ValueError: if its checkpoint is damaged.
    """
    settings, gan = runs.read_settings(run), folders.load_run(run)
    write_weights("digit_generator", gan.ema_generator)
    write_weights("digit_generator_last", gan.generator)
    write_weights("digit_discriminator", gan.discriminator)
    what = (
        "generator of handwritten digits, averaged (EMA) and as the last step left it, and "
        "discriminator; weights as 8-bit numbers"
    )
    made = {"what": what, **_made(run, settings, gan)}
    runs.write_json(shipped.FOLDER / "digit_gan.json", made)
    real = evaluation.reference(settings["dataset"])
    images = shipped.generate(min(NUM_IMAGES, len(real.train)), SAMPLE_SEED)
    made["measured"] = {"sample_seed": SAMPLE_SEED, **evaluation.evaluate(images, real)}
    runs.write_json(shipped.FOLDER / "digit_gan.json", made)


def ship_conditional(run, name="conditional_digits"):
    """Write the averaged generator of a run that is told the class, and how it was made.

    Args:
        run: folder of a run.
        name: of the network in the box.

    Raises:
        FileNotFoundError: if there is no run in the folder.
        ValueError: if its checkpoint is damaged.
    """
    settings, gan = runs.read_settings(run), folders.load_run(run)
    write_weights(name, gan.ema_generator, most=100)  # below 500 kB
    what = "generator of handwritten digits on request, averaged (EMA); weights as 8-bit numbers"
    told = {"latent_dim": gan.latent_dim, "num_classes": settings["classes"]}
    built = {
        "by": "conditional_generator",
        "with": {**told, "widths": settings["recipe"]["widths"]},
    }
    made = {"what": what, "built": built, **_made(run, settings, gan)}
    runs.write_json(shipped.FOLDER / f"{name}.json", made)
    real = evaluation.reference(settings["dataset"])
    number = min(NUM_IMAGES, len(real.train))
    labels = folders.as_often(settings, real.train_labels, number)
    latents = np.float32(np.random.default_rng(SAMPLE_SEED).normal(size=(number, gan.latent_dim)))
    images = training.generate_images(shipped.network(name), latents, conditions=labels)
    told, classes = (
        evaluation.evaluate(images, real),
        evaluation.evaluate_classes(images, labels, real),
    )
    both = {of: {**told[of], **classes[of]} for of in ("values", "floors")}
    made["measured"] = {"sample_seed": SAMPLE_SEED, **told, **classes, **both}
    runs.write_json(shipped.FOLDER / f"{name}.json", made)


def ship_pairs(task, steps, seed=0):
    """Train a translator of digits, and write its averaged weights and what it measures.

    Args:
        task: one of `pairs.TASKS`; the network in the box has this name.
        steps: of training.
        seed: integer of at least 0.

    Raises:
        ValueError: if MNIST is not on this machine.
    """
    make, began = pairs.TASKS[task], time.monotonic()
    images, recipe = data.load("mnist").images, recipes.PAIRED
    sources = make(images, seed)
    shape = sources.shape[1:]
    gan = recipes.paired_gan(seed, shape)
    size = recipe["batch_size"]
    gan.fit(images, size, steps_per_epoch=steps, conditions=sources, verbose=2)
    minutes = round((time.monotonic() - began) / 60, 1)
    write_weights(task, gan.ema_generator)
    told = {"source_shape": list(shape), "widths": recipe["widths"]}
    made = {
        "what": f"translator of handwritten digits, {task}, averaged (EMA); 8-bit numbers",
        "built": {"by": "translator", "with": {**told, "latent_dim": recipe["latent_dim"]}},
        "command": f"python -m tests.ship pairs {task} --steps {steps} --seed {seed}",
        "steps": steps,
        "minutes": minutes,
        "seed": seed,
        "recipe": recipe,
        "versions": {"ganedu": ganedu.__version__, "tensorflow": tf.__version__}
        | {"keras": keras.__version__},
        "data": MNIST,
        "licence": LICENCE,
        "measured": _measured_pairs(gan.ema_generator, make),
    }
    runs.write_json(shipped.FOLDER / f"{task}.json", made)


def _measured_pairs(generator, make):
    """What its answers to 2,000 test digits get; the others are what they are held against."""
    test = data.load("mnist", "test")
    rows = np.random.default_rng(0).permutation(len(test.images))
    rows, rest = rows[:NUM_PAIRS], rows[NUM_PAIRS:]
    answers = generator.predict(make(test.images[rows], 1), batch_size=500, verbose=0)
    others = features.predict(test.images[rest]).features
    told = evaluation.evaluate_pairs(answers, test.images[rows], test.labels[rows], others)
    return {"num_images": len(rows), **{name: round(value, 4) for name, value in told.items()}}


def ship_translators(steps, seed=0):
    """Train two translators without pairs, and write both, averaged, and what they measure.

    Args:
        steps: of training.
        seed: integer of at least 0.

    Raises:
        ValueError: if MNIST is not on this machine.
    """
    x, y, began = data.load("mnist"), data.load("digits"), time.monotonic()
    cycle = recipes.unpaired_gan(seed)
    cycle.fit(x.images, y.images, recipes.UNPAIRED["batch_size"], steps, verbose=2)
    minutes = round((time.monotonic() - began) / 60, 1)
    ways = {"mnist_to_digits": ("mnist", y), "digits_to_mnist": ("digits", x)}
    for (name, (source, target)), gan in zip(ways.items(), cycle.parts.values(), strict=True):
        write_weights(name, gan.ema_generator)
        made = {
            "what": f"translator without pairs, {name}, averaged (EMA); 8-bit numbers",
            "built": {
                "by": "local_translator",
                "with": {"width": recipes.UNPAIRED["translator_width"]},
            },
            "command": f"python -m tests.ship translators --steps {steps} --seed {seed}",
            "steps": steps,
            "minutes": minutes,
            "seed": seed,
            "recipe": recipes.UNPAIRED,
            "versions": {"ganedu": ganedu.__version__, "tensorflow": tf.__version__}
            | {"keras": keras.__version__},
            "data": f"{MNIST}; {DIGITS}",
            "licence": LICENCE,
            "measured": _measured_translations(gan.ema_generator, source, target.images),
        }
        runs.write_json(shipped.FOLDER / f"{name}.json", made)


def ship_rivals(seed=0):
    """Write the rivals of lesson 18 as the benchmark `generators` trained and kept them.

    Args:
        seed: of the runs, an integer of at least 0.

    Raises:
        ValueError: if the benchmark was not recorded here.
    """
    recording = shipped.recording("generators")
    found = {row["program"]: row for row in recording["rows"] if row["seed"] == seed}
    for name, (program, by, told) in RIVALS.items():
        row = found[program]
        network = generators.kept(program, seed, row)
        network = network.get_layer("generator") if program == "VAE" else network
        write_weights(name, network, most=100)  # below 260 kB
        made = {
            "what": f"{program}, a generator of handwritten digits, averaged; 8-bit numbers",
            "built": {"by": by, "with": told},
            "command": f"python -m tests.benchmarks.generators --only '{program}' --seeds {seed}; "
            "python -m tests.ship rivals",
            "steps": row["steps"],
            "seed": seed,
            "recipe": recipes.RIVALS,
            "versions": {"ganedu": ganedu.__version__, "tensorflow": tf.__version__}
            | {"keras": keras.__version__},
            "data": MNIST,
            "licence": LICENCE,
            "measured_before_rounding": row["samplings"],
        }
        runs.write_json(shipped.FOLDER / f"{name}.json", made)


def _measured_translations(translator, source, targets):
    """Class kept of test images, and distance to the other set, beside doing nothing."""
    test = data.load(source, "test")
    images, labels = test.images[:NUM_TRANSLATED], test.labels[:NUM_TRANSLATED]
    made = translator.predict(images, batch_size=500, verbose=0)
    expected, told = features.digit_features(targets[:NUM_TRANSLATED]), {}
    for name, each in {"translated": made, "nothing done": images}.items():
        seen = features.predict(each)
        table = unpaired.class_table(labels, seen.probabilities.argmax(axis=1))
        far = metrics.frechet_distance(seen.features, expected)
        told[name] = {"kept": round(unpaired.kept_share(table), 4), "distance": round(far, 2)}
    return {"num_images": len(images), **told}


def ship_sounds(steps, seed=0):
    """Train a generator of the synthesiser's sounds, and write it, averaged, and what it measures.

    Args:
        steps: of training.
        seed: integer of at least 0.
    """
    drawn, recipe, began = sounds.draw(NUM_SOUNDS, seed), recipes.LONG_SOUNDS, time.monotonic()
    gan, pictures = recipes.sound_gan(seed, settings=recipe), sounds.spectrograms(drawn.waves)
    gan.fit(
        pictures,
        recipe["batch_size"],
        steps_per_epoch=steps,
        conditions=drawn.labels,
        verbose=2,
    )
    minutes = round((time.monotonic() - began) / 60, 1)
    write_weights("sounds", gan.ema_generator, most=100)  # below 250 kB
    told = {"latent_dim": gan.latent_dim, "num_classes": len(sounds.KINDS)}
    told |= {"image_shape": list(pictures.shape[1:]), "widths": recipe["widths"]}
    made = {
        "what": "generator of spectrograms of a string, a reed or a bell, averaged (EMA); weights "
        "as 8-bit numbers",
        "built": {"by": "conditional_generator", "with": told},
        "command": f"python -m tests.ship sounds --steps {steps} --seed {seed}",
        "steps": steps,
        "minutes": minutes,
        "seed": seed,
        "recipe": recipe,
        "versions": {"ganedu": ganedu.__version__, "tensorflow": tf.__version__}
        | {"keras": keras.__version__},
        "data": f"{NUM_SOUNDS:,} sounds of ganedu.sounds with seed {seed}",
        "licence": LICENCE,
        "measured": measured_sounds(gan.ema_generator, NUM_HEARD),
    }
    runs.write_json(shipped.FOLDER / "sounds.json", made)


def measured_sounds(generator, number):
    """Octaves by which pitches and decays are off, and those of real sounds after Griffin-Lim.

    Args:
        generator: `keras.Model` from [latents, labels] to spectrograms.
        number: of sounds, other ones than those of training.

    Returns:
        Dictionary of numbers.
    """
    expected, other = (sounds.draw(number, seed).waves for seed in (10_001, 10_002))
    latents = np.random.default_rng(SAMPLE_SEED).standard_normal(
        (number, generator.input_shape[0][1])
    )
    images = generator.predict([latents, np.arange(number) % len(sounds.KINDS)], verbose=0)
    told = {"num_sounds": number}
    for name, pictures in {"made": images, "real": sounds.spectrograms(other)}.items():
        heard = sounds.waves_of(pictures, SAMPLE_SEED)
        for what, law in (("pitch", sounds.pitch_of), ("decay", sounds.decay_of)):
            octaves = (np.log2(np.maximum(law(waves), 1e-4)) for waves in (heard, expected))
            told[f"{what}_distance_{name}"] = round(stats.wasserstein_distance(*octaves), 4)
    return told


def _made(run, settings, gan):
    """The command of a run, and what it followed."""
    step, seed = int(gan.step), settings["seed"]
    row = next(row for row in reversed(runs.read_history(run)) if row["step"] <= step)
    flag = " --conditional" if folders.is_conditional(settings) else ""
    command = f"ganedu train --dataset {settings['dataset']}{flag} --steps {step} --seed {seed}"
    return {
        "command": command,
        "steps": step,
        "minutes": round(row["seconds"] / 60, 1),
        "seed": seed,
        "latent_dim": gan.latent_dim,
        "recipe": settings["recipe"],
        "versions": settings["versions"],
        "data": MNIST,
        "licence": LICENCE,
    }


def ship_classifier(kind="digit", epochs=EPOCHS, seed=0):
    """Train a classifier, and write its weights and what it gets right.

    Args:
        kind: one of `CLASSIFIERS`.
        epochs: passes over the images.
        seed: integer of at least 0.

    Raises:
        ValueError: if MNIST is not on this machine.
    """
    keras.utils.set_random_seed(seed)
    names, images_are, source = CLASSIFIERS[kind]
    images, labels = _training_data(kind)
    network = models.digit_classifier(num_classes=1 + int(labels.max()), seed=seed)
    classifier = keras.Model(network.input, network.output[1])
    steps = epochs * -(-len(images) // BATCH_SIZE)
    classifier.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, steps)),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    classifier.fit(images, labels, batch_size=BATCH_SIZE, epochs=epochs, verbose=2)
    write_weights(f"{kind}_classifier", network, most=100)  # below 250 kB
    made = {
        "what": f"classifier of {images_are}; its 64 features are behind the metrics; "
        "weights as 8-bit numbers",
        "command": f"python -m tests.ship classifier{'' if kind == 'digit' else f' {kind}'}",
        "epochs": epochs,
        "seed": seed,
        "versions": {"ganedu": ganedu.__version__, "tensorflow": tf.__version__}
        | {"keras": keras.__version__},
        "data": source,
        "licence": LICENCE,
        "accuracy": {name: _accuracy(kind, name) for name in names},
        "means_something_for": f"{images_are}, 28×28 ({', '.join(names)}), light on dark in "
        "[−1, 1]; on other images its features and probabilities mean nothing",
    }
    runs.write_json(shipped.FOLDER / f"{kind}_classifier.json", made)


def write_weights(name, network, most=127):
    """Write the weights of a network as 8-bit numbers with a step size for each channel.

    Args:
        name: of the file, without its ending.
        network: `keras.Model`.
        most: the largest number; with fewer of them the file is smaller.
    """
    shipped.FOLDER.mkdir(exist_ok=True)
    arrays = {}
    for number, weight in enumerate(network.get_weights()):
        steps = np.float32(1)
        if weight.ndim > 1:  # biases and BatchNorm stay as they are: they are few
            steps = np.abs(weight).max(axis=tuple(range(weight.ndim - 1))) / most
            steps = np.where(steps > 0, steps, 1).astype(np.float32)
            weight = np.int8(np.rint(weight / steps))
        arrays |= {f"{number:02d}": weight, f"{number:02d}_step": steps}
    np.savez_compressed(shipped.FOLDER / f"{name}.npz", **arrays)


def _training_data(kind):
    if kind == "letter":
        pixels, labels = letters.draw(LETTERS, LETTERS_SEED)
        return data.scale(pixels), labels
    if kind == "clothes":
        return data.load("fashion_mnist")[:2]
    mnist, digits = data.load("mnist"), data.load("digits")
    images = np.concatenate([mnist.images] + [digits.images] * DIGITS_REPEATED)
    return images, np.concatenate([mnist.labels] + [digits.labels] * DIGITS_REPEATED)


def _accuracy(kind, name):
    """Share of test images that the network in the box gets right, measured after rounding."""
    test, network = data.load(name, "test"), getattr(shipped, f"{kind}_classifier")()
    _, logits = network.predict(test.images, batch_size=500, verbose=0)
    return round(float((logits.argmax(axis=1) == test.labels).mean()), 4)


def main(arguments=None):
    """Run `gan RUN`, `pairs TASK`, `translators`, `sounds`, `rivals`, `classifier` or the like."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.ship", description=__doc__.split("\n")[0]
    )
    kinds = parser.add_subparsers(dest="kind", required=True)
    for kind in ("gan", "conditional"):
        kinds.add_parser(kind).add_argument("run", type=Path, metavar="RUN")
    of = kinds.add_parser("classifier").add_argument
    of("of", choices=CLASSIFIERS, nargs="?", default="digit", metavar="KIND")
    kinds.add_parser("rivals")
    kinds.add_parser("pairs").add_argument("task", choices=pairs.TASKS, metavar="TASK")
    kinds.add_parser("translators")
    kinds.add_parser("sounds")
    for kind in ("pairs", "translators", "sounds"):
        kinds.choices[kind].add_argument("--steps", type=int, required=True, metavar="N")
        kinds.choices[kind].add_argument("--seed", type=int, default=0, metavar="S")
    told = parser.parse_args(arguments)
    if told.kind == "classifier":
        return ship_classifier(told.of)
    if told.kind == "rivals":
        return ship_rivals()
    if told.kind == "pairs":
        return ship_pairs(told.task, told.steps, told.seed)
    if told.kind == "sounds":
        return ship_sounds(told.steps, told.seed)
    if told.kind == "translators":
        return ship_translators(told.steps, told.seed)
    return {"gan": ship_gan, "conditional": ship_conditional}[told.kind](told.run)


if __name__ == "__main__":
    sys.exit(main())
