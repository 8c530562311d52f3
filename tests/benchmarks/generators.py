"""A GAN and the other generators: one data set, the same minutes, the same measures.

    uv run python -m tests.benchmarks.generators --store                  # what lesson 18 shows
    uv run python -m tests.benchmarks.generators --only flow --seeds 7 --json

Each program gets the steps that 150 seconds hold on two idle cores, five minutes of processor time,
measured once by turns; the students of a flow get 60 more, beside the time that its pairs take. A
diffusion and a flow are then gone in several numbers of steps. Measured of 1,000 images: Fréchet
distance, share that the digit network is sure of, coverage of 1,000 test digits, share of copies;
of 10,000 images the Fréchet distance again, where one takes less than a hundred evaluations. The
milliseconds of an image are measured with the clock, alone and by a hundred at once, beside those
of as many calls of the network.

`--store` adds each run that ends to `ganedu/recordings/generators.json` and skips what is there.
The clock is taken first: let nothing run beside it. What was trained is kept in `runs/`.
"""

import functools
import itertools
import statistics
import time
from pathlib import Path

from ganedu import startup

startup.start_tensorflow()

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from ganedu import (  # noqa: E402
    data,
    evaluation,
    metrics,
    models,
    recipes,
    seeding,
    shipped,
    writing,
)
from ganedu.rivals import autoencoder, fitting, paths, rows, students  # noqa: E402
from tests.benchmarks import arguments, stored  # noqa: E402

NAME = "generators"
SECONDS, STUDENT_SECONDS = 150, 60  # of training, on the clock of an idle machine
FEW, MANY, SAMPLE_SEED, NUM_SHOWN = 1000, 10_000, 1, 10
MOST_FOR_MANY = 100  # evaluations, from which on 10,000 images take too long
KEPT = Path("runs") / "generators"
RIVALS = recipes.RIVALS
DISTANCES = {  # of the students: the weight of the teacher's image; regression has nothing else
    "student, regression": None,
    "student, adversarial": 0.0,
    "student, both": recipes.STUDENT["distance"],
}
REGRESSION = {**RIVALS["path"], "learning_rate": recipes.STUDENT["student_rate"]}
# What each program is sampled with: (name, evaluations, share of fresh noise)
PATH_STEPS = {
    "diffusion": [
        ("DDPM 1000", 1000, 1.0),
        ("DDPM 50", 50, 1.0),
        ("DDPM 10", 10, 1.0),
        ("DDIM 50", 50, 0.0),
        ("DDIM 10", 10, 0.0),
    ],
    "flow": [(f"flow {number}", number, 0.0) for number in (50, 10, 4, 1)],
}
OTHERS = {"GAN": 1, "VAE": 1, "pixel by pixel": 784}
STUDENTS = dict.fromkeys(DISTANCES, 1)
SAMPLINGS = {name: [(name, calls, 0.0)] for name, calls in {**OTHERS, **STUDENTS}.items()}
SAMPLINGS |= PATH_STEPS
PROGRAMS = ("GAN", "flow", "VAE", "diffusion", "pixel by pixel", *STUDENTS)
LEVELS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
COLUMNS = ("frechet_few", "frechet_many", "confident", "coverage", "copied")


def network_of(program, seed):
    """What is trained, and draws: for the GAN and the students a `training.GAN`."""
    if program == "GAN":
        return recipes.digit_gan(seed)
    if program == "VAE":
        return autoencoder.autoencoder(RIVALS["autoencoder"]["latent_dim"], seed=seed)
    if program == "pixel by pixel":
        return models.row_network(seed=seed)
    return models.denoiser(**recipes.PATH_NETWORK, seed=seed)


def asked(program, images, seed):
    """The batches, the loss and the settings of a program that Keras' `fit` trains."""
    if program == "VAE":
        told = RIVALS["autoencoder"]
        made = autoencoder.batches(images, told["latent_dim"], told["batch_size"], seed)
        return made, autoencoder.losses(told["pixel_std"]), told
    if program == "pixel by pixel":
        told = RIVALS["rows"]
        return rows.batches(images, told["batch_size"], seed), LEVELS, told
    told = RIVALS["path"]
    path = paths.ARC if program == "diffusion" else paths.STRAIGHT
    return paths.batches(path, images, told["batch_size"], seed), "mse", told


def trained(program, seed, settings, images):
    """The program's network after its steps; of a GAN the average."""
    network = network_of(program, seed)
    if program == "GAN":
        size = recipes.DIGITS["batch_size"]
        network.fit(images, size, steps_per_epoch=settings["steps"], verbose=0)
        return network.ema_generator
    given, loss, told = asked(program, images, seed)
    backup = file_of(program, seed, settings, ".backup.npz")
    fitting.fit(network, given, loss, settings["steps"], told, backup)
    return network


def file_of(program, seed, settings, end=".npz"):
    """Where the network of a run lies; its folder is there."""
    KEPT.mkdir(parents=True, exist_ok=True)
    return KEPT / f"{program.replace(', ', '-')}-{seed}-{settings['steps']}{end}"


def kept(program, seed, settings):
    """The network of a run: trained once, then kept in `runs/`, for students and `tests.ship`.

    A student's is the network inside it, which one step of a flow draws with.
    """
    network = network_of(program, seed)
    network = network.generator if program == "GAN" else network
    path = file_of(program, seed, settings)
    if not path.exists():
        make = taught if program in STUDENTS else trained
        made = make(program, seed, settings, data.load("mnist").images)
        with writing.whole(path) as place:
            np.savez(place, *made.get_weights())
    with np.load(path, allow_pickle=False) as weights:
        network.set_weights([weights[f"arr_{i}"] for i in range(len(weights.files))])
    return network


def taught(program, seed, settings, images):
    """The student of the flow of that seed, after so many steps."""
    told = recipes.STUDENT
    teacher = kept("flow", seed, {"steps": settings["teacher_steps"]})
    given = students.pairs(teacher, told["num_pairs"], seed, told["teacher_steps"])
    learner, train = learning(program, teacher, given, images[: len(given)], seed)
    if program == "student, regression":
        size = RIVALS["path"]["batch_size"]
        made = students.batches(given, size, seed)
        backup = file_of(program, seed, settings, ".backup.npz")
        fitting.fit(learner, made, "mse", settings["steps"], REGRESSION, backup)
        return learner.get_layer("denoiser")
    train(settings["steps"])
    return learner.ema_generator.get_layer("denoiser")


def learning(program, teacher, given, images, seed):
    """A student that has not begun, and a function that trains it for some steps."""
    if program == "student, regression":
        network = students.student(teacher, seed=seed)
        fitting.compile(network, "mse", 10_000, REGRESSION)
        made = students.batches(given, RIVALS["path"]["batch_size"], seed)
        return network, lambda n: network.fit(made, steps_per_epoch=n, shuffle=False, verbose=0)
    gan = students.student_gan(teacher, seed, {**recipes.STUDENT, "distance": DISTANCES[program]})
    size, options = recipes.STUDENT["batch_size"], {"conditions": given, "verbose": 0}
    return gan, lambda n: gan.fit(images, size, steps_per_epoch=n, **options)


def drawn(program, network, calls, fresh):
    """A function from a number of images and a seed to images."""
    if program in {*PATH_STEPS, *STUDENTS}:
        path = paths.ARC if program == "diffusion" else paths.STRAIGHT
        return lambda number, seed: paths.generate(path, network, number, seed, calls, fresh)
    if program == "pixel by pixel":
        return lambda number, seed: rows.generate(network, number, seed)
    generator = network.get_layer("generator") if program == "VAE" else network
    shape = generator.inputs[0].shape[1:]

    @tf.function(input_signature=[tf.TensorSpec((None, *shape))])
    def answered(latents):
        return generator(latents, training=False)

    @tf.function(input_signature=[tf.TensorSpec((), "int32"), tf.TensorSpec((2,), "int64")])
    def at_once(number, seeds):  # the latents in the same call, as `paths.generate` has its noise
        return answered(tf.random.stateless_normal([number, *shape], seeds, alg="philox"))

    def images(number, seed, chunk=500):
        if number <= chunk:
            return at_once(tf.constant(number), seeding.stream_seed(seed, 0, "samples")).numpy()
        latents = seeding.sample_latents(number, *shape, seed)
        return np.concatenate([answered(latents[i : i + chunk]) for i in range(0, number, chunk)])

    return images


@functools.cache
def real():
    """All test digits as they are compared with, and the first of them, in random order."""
    whole = evaluation.reference("mnist")
    return whole, evaluation.reference("mnist", FEW)


def measured(draw, many):
    """What images get; nothing if one is no number."""
    images = draw(MANY if many else FEW, SAMPLE_SEED)
    if not np.isfinite(images).all():
        return dict.fromkeys(COLUMNS)
    whole, few = real()
    seen = whole.predict(images)
    sure = seen.probabilities[:FEW].max(axis=1) > evaluation.CONFIDENT
    known = whole.predictions.features
    told = {
        "frechet_few": metrics.frechet_distance(seen.features[:FEW], known),
        "frechet_many": metrics.frechet_distance(seen.features, known) if many else None,
        "confident": float(sure.mean()),
        "coverage": metrics.density_coverage(few.predictions.features, seen.features[:FEW])[1],
        "copied": metrics.memorised_share(images[:FEW], whole.train, few.test),
    }
    return {name: value if value is None else round(value, 4) for name, value in told.items()}


def floor():
    """What as many real training digits get."""
    train = real()[0].train
    order = np.random.default_rng(0).permutation(len(train))
    told = measured(lambda number, seed: train[order[:number]], many=True)
    return {**told, "copied": evaluation.QUANTILE}


def run(settings):
    """One training, and what its images get, in each way of drawing them."""
    program, seed = settings["program"], settings["seed"]
    told = {"samplings": []}
    try:
        network = kept(program, seed, settings)
    except FloatingPointError:
        network = None
    for name, calls, fresh in SAMPLINGS[program]:
        if network is None:
            told["samplings"].append({"name": name, **dict.fromkeys(COLUMNS)})
            continue
        draw = drawn(program, network, calls, fresh)
        told["samplings"].append({"name": name, **measured(draw, calls < MOST_FOR_MANY)})
        if not seed:
            shown = (draw(NUM_SHOWN, SAMPLE_SEED) + 1) / 2 * shipped.LEVELS
            told["samplings"][-1]["pictures"] = np.uint8(np.rint(shown)).tolist()
    return told


def trainer(program):
    """Trains a program for some steps."""
    images = data.load("mnist").images
    if program in STUDENTS:
        teacher = network_of("flow", 0)
        given = students.pairs(teacher, 500, 0, 1)
        return learning(program, teacher, given, images[:500], 0)[1]
    network = network_of(program, 0)
    if program == "GAN":
        options = {"verbose": 0}
        return lambda n: network.fit(
            images, recipes.DIGITS["batch_size"], steps_per_epoch=n, **options
        )
    given, loss, told = asked(program, images, 0)
    fitting.compile(network, loss, 10_000, told)
    return lambda n: network.fit(given, steps_per_epoch=n, shuffle=False, verbose=0)


def speeds(program, num_rounds=20):
    """Milliseconds of an image, alone and by a hundred, beside those of the calls alone."""
    network = network_of(program, 0)
    network = network.generator if program == "GAN" else network
    for (name, calls, fresh), batch in itertools.product(SAMPLINGS[program], (1, 100)):
        draw = drawn(program, network, calls, fresh)
        rounds = 1 if calls > MOST_FOR_MANY else num_rounds
        took = seconds(lambda draw=draw, n=batch: draw(n, 0), rounds)
        alone = calls * seconds(call_of(program, network, batch), num_rounds) if calls != 784 else 0
        yield {
            "program": program,
            "name": name,
            "evaluations": calls,
            "batch": batch,
            "milliseconds": round(1000 * took / batch, 4),
            "calls_alone": round(1000 * alone / batch, 4),
        }


def call_of(program, network, batch):
    """One compiled call of the network that is called again and again."""
    inner = network.get_layer("generator") if program == "VAE" else network
    given = [tf.zeros([batch, *part.shape[1:]]) for part in inner.inputs]
    call = tf.function(lambda: inner(given if len(given) > 1 else given[0], training=False))
    return lambda: call().numpy()


def seconds(work, num_rounds):
    """The median time of some rounds, after one that traces."""
    work()
    took = []
    for _ in range(num_rounds):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def begun(options):
    """The recording so far, with the floor, the clock and the speeds of the programs asked for."""
    told = stored.begun(NAME, "a GAN and other generators of digits, at equal time")
    told |= {"floor": told.get("floor") or floor(), "seconds": [SECONDS, STUDENT_SECONDS]}
    told |= {"clock": told.get("clock", []), "speeds": told.get("speeds", [])}
    wanted = [{"program": program} for program in ("flow", *options.only)]
    wanted = [one for i, one in enumerate(wanted) if one not in wanted[:i]]
    for kind, limit in ((False, SECONDS), (True, STUDENT_SECONDS)):
        left = [one for one in wanted if (one["program"] in STUDENTS) == kind]
        told["clock"] += stored.clocked(stored.missing(left, told["clock"]), trainer, limit)
    for one in stored.missing(wanted, told["speeds"]):
        told["speeds"] += speeds(one["program"])
    if options.store:
        stored.write(NAME, told)
    return told


def settings(clock, programs, seeds):
    """What is to be run: all programs with the first seed, then with the next."""
    steps = {row["program"]: row["steps"] for row in clock}
    for seed, program in itertools.product(seeds, programs):
        teacher = {"teacher_steps": steps["flow"]} if program in STUDENTS else {}
        yield {"program": program, "seed": seed, "steps": steps[program], **teacher}


def rows_of(options):
    """The floor, and then the runs as they end: the students when all teachers are there."""
    told = begun(options)
    yield {"what": "real digits (the floor)", **told["floor"]}
    for kind in (False, True):
        programs = [name for name in options.only if (name in STUDENTS) == kind]
        wanted = list(settings(told["clock"], programs, options.seeds))
        for row in stored.made(NAME, told, wanted, run, options):
            if options.store:
                store_pictures(told)
            for one in row["samplings"]:
                named = {name: row[name] for name in ("program", "seed", "steps")}
                yield {**named, **{key: one[key] for key in one if key != "pictures"}}


def store_pictures(told):
    """Move the pictures of the rows to a file of their own, as `shipped.pictures` reads them."""
    path = shipped.RECORDINGS / f"{NAME}.npz"
    kept = {}
    if path.exists():
        with np.load(path, allow_pickle=False) as there:
            kept = {key: there[key] for key in there.files}
    for one in itertools.chain.from_iterable(row["samplings"] for row in told["rows"]):
        if "pictures" in one:
            kept[one["name"]] = np.uint8(one.pop("pictures"))
    with writing.whole(path) as place:
        np.savez_compressed(place, **kept)
    stored.write(NAME, told)


def printed(lines):
    """Each run as it ends, then a table of the medians."""
    columns = {name: lambda row, name=name: row.get(name) for name in COLUMNS}
    arguments.table(arguments.as_they_end(lines), ["program", "name"], columns)


def main():
    parser = arguments.of_runs(__doc__, PROGRAMS, seeds=range(3))
    options = parser.parse_args()
    arguments.answer(options, rows_of(options), printed)


if __name__ == "__main__":
    main()
