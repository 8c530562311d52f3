"""Sounds made as waves and as spectrograms, beside real ones and real ones after Griffin-Lim.

    uv run python -m tests.benchmarks.sounds --store                  # what lesson 17 shows
    uv run python -m tests.benchmarks.sounds --only drawn --seeds 7 --json

"drawn" are the sounds of our synthesiser, of which pitch and decay are known, as waves and as
spectrograms; "spoken" are digits of the Free Spoken Digit Dataset as spectrograms. Networks are
told the kind or the digit. Each program gets the steps that its seconds hold on two idle cores,
measured once; let nothing run beside that. A classifier of spectrograms, trained on the real
sounds, says how many sounds are what was asked for (agreement), and gives the features of the
Fréchet distance to sounds that nobody trained on. Of drawn sounds the Wasserstein distances of the
pitches and of the decays, in octaves, are measured too. The floors are other real sounds that
nobody trained on either, as many, and the same after Griffin-Lim, through which all spectrograms
must pass; of drawn sounds the medians of nine draws, for the pitches of one draw alone are off by
.02 to .04 octaves.

`--store` adds each run that ends to `ganedu/recordings/sounds.json` and skips what is there, so it
may be cut off and gone on with. The classifiers are trained once and kept in the folder of the
downloads (`benchmarks/`): remove them there to train them again. Needs the spoken digits in the
folder that GANEDU_DATA_DIR names.
"""

import functools
import operator

from ganedu import startup

startup.start_tensorflow()

import keras  # noqa: E402
import numpy as np  # noqa: E402
from scipy import stats  # noqa: E402

from ganedu import data, downloads, metrics, models, recipes, sounds, writing  # noqa: E402
from tests.benchmarks import arguments, stored  # noqa: E402

NAME = "sounds"
SECONDS = {"drawn": 300, "spoken": 150}  # of training, on the clock of an idle machine
NUM_TRAINED, NUM_MEASURED, SAMPLE_SEED = 6000, 999, 1
OTHERS = range(2, 11)  # seeds of the draws for the floor
OF_EACH, HELD = 45, 5  # training recordings of a digit by a person, and those kept for the floor
# The softest that the classifier sees; −1 is 60 decibels below the loudest tone. Of drawn sounds it
# sees the upper 30: with all 60 it took every sound of the waves' GAN, which has a faint noise that
# real ones lack, for one kind. Much of speech is soft.
SOFTEST = {"drawn": 0.0, "spoken": -1.0}
NUM_TAUGHT, BATCH_SIZE, EPOCHS = 2400, 32, {"drawn": 10, "spoken": 20}  # of the classifier
PROGRAMS = {
    "drawn": {"spectrograms": recipes.LONG_SOUNDS, "waves": recipes.LONG_WAVES},
    "spoken": {"spectrograms": recipes.SOUNDS},
}
FLOORS = ("real sounds", "real sounds after Griffin-Lim")
COLUMNS = ("agreement", "frechet_distance", "pitch_distance", "decay_distance")


@functools.cache
def real(table, split="train"):
    """Waves of one loudness and their labels; "other" are recordings for the floor."""
    if table == "drawn":
        return drawn(*{"train": (NUM_TRAINED, 0), "test": (NUM_MEASURED, 1)}[split])
    spoken = data.load_speech("test" if split == "test" else "train")
    rows = np.arange(len(spoken.labels))
    if split != "test":  # recordings come by digit and person
        rows = rows[(rows % OF_EACH < HELD) == (split == "other")]
    return sounds.levelled(spoken.waves[rows]), spoken.labels[rows]


def drawn(number, seed):
    made = sounds.draw(number, seed)
    return made.waves, made.labels


def others(table):
    """Real sounds that nobody trained on, as often as the floor is measured."""
    if table == "drawn":
        return [drawn(NUM_MEASURED, seed) for seed in OTHERS]
    return [real(table, "other")]


@functools.cache
def judge(table):
    """A classifier of spectrograms, trained on the real sounds once for all processes.

    Its learning rate falls to 0: with a rate that stayed it found the kind of .91 of real sounds.
    """
    waves, labels = real(table)
    pictures = seen_of(table, waves[:NUM_TAUGHT])
    network = models.digit_classifier(64, int(labels.max()) + 1, pictures.shape[1:], seed=0)
    name = f"{NAME}_{table}_{min(NUM_TAUGHT, len(labels))}_{EPOCHS[table]}_{SOFTEST[table]:g}.npz"
    kept = downloads.cache_folder() / "benchmarks" / name
    if not kept.exists():
        learner = keras.Model(network.input, network.outputs[1])
        steps = EPOCHS[table] * -(-min(NUM_TAUGHT, len(labels)) // BATCH_SIZE)
        adam = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-3, steps))
        learner.compile(adam, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        keras.utils.set_random_seed(0)  # the order of the batches
        learner.fit(pictures, labels[:NUM_TAUGHT], BATCH_SIZE, EPOCHS[table], verbose=0)
        kept.parent.mkdir(parents=True, exist_ok=True)
        with writing.whole(kept) as place:
            np.savez(place, *network.get_weights())
    with np.load(kept) as weights:
        network.set_weights([weights[name] for name in weights.files])
    return network


def seen_of(table, waves):
    """Spectrograms as the classifier sees them."""
    return np.maximum(sounds.spectrograms(waves), SOFTEST[table])


@functools.cache
def reference(table):
    """What sounds are held against: features, pitches and decays of the test set."""
    return seen(table, real(table, "test")[0])


def seen(table, waves):
    """What the classifier and the two measures say of waves."""
    pictures = seen_of(table, waves)
    features, logits = judge(table).predict(pictures, batch_size=100, verbose=0)
    octaves = [np.log2(np.maximum(f(waves), 1e-4)) for f in (sounds.pitch_of, sounds.decay_of)]
    return features, logits.argmax(axis=1), *octaves


def measured(table, waves, labels):
    """Agreement, and the distances to the test set."""
    features, said, pitch, decay = seen(table, waves)
    expected = reference(table)
    told = {
        "agreement": float(np.mean(said == labels)),
        "frechet_distance": metrics.frechet_distance(features, expected[0]),
    }
    if table == "drawn":
        for name, own, other in (("pitch", pitch, expected[2]), ("decay", decay, expected[3])):
            told[f"{name}_distance"] = stats.wasserstein_distance(own, other)
    return {name: round(float(value), 4) for name, value in told.items()}


def trainer(table, program, seed=0, made=None):
    """Trains a program of a table for some steps; the GAN is put into `made`."""
    told, (waves, labels) = PROGRAMS[table][program], real(table)
    images = waves if told["form"] == "waves" else sounds.spectrograms(waves)
    gan = recipes.sound_gan(seed, int(labels.max()) + 1, waves.shape[1], told)
    if made is not None:
        made.append(gan)
    size, options = told["batch_size"], {"conditions": labels, "verbose": 0}
    return lambda steps: gan.fit(images, size, steps_per_epoch=steps, **options)


def run(settings):
    """One training, and what its sounds get."""
    table, program, made = settings["table"], settings["program"], []
    try:
        trainer(table, program, settings["seed"], made)(settings["steps"])
    except FloatingPointError:
        return dict.fromkeys(COLUMNS)
    number = len(real(table, "test")[1])
    labels = np.resize(np.arange(real(table)[1].max() + 1), number)
    images = made[0].generate(number, SAMPLE_SEED, conditions=labels)
    is_wave = PROGRAMS[table][program]["form"] == "waves"
    waves = images if is_wave else sounds.waves_of(images, SAMPLE_SEED)
    return measured(table, waves, labels)


def floor(table, program):
    """Other real sounds in the place of samples, as they are or after Griffin-Lim: the medians."""
    told = []
    for waves, labels in others(table):
        if program == FLOORS[1]:
            waves = sounds.waves_of(sounds.spectrograms(waves), SAMPLE_SEED)
        told.append(measured(table, waves, labels))
    return {name: round(float(np.median([row[name] for row in told])), 4) for name in told[0]}


def rows(options):
    """The floors, and then the runs of each table, as they end."""
    told = stored.begun(NAME, "GANs of sounds as waves and as spectrograms, beside real sounds")
    told |= {"seconds": SECONDS, "floors": told.get("floors", []), "clock": told.get("clock", [])}
    for table in options.only:
        own = [{"table": table, "program": program} for program in FLOORS]
        for one in stored.missing(own, told["floors"]):
            told["floors"].append({**one, **floor(**one)})
        judge(table)  # before there are several processes
        yield from (row for row in told["floors"] if row["table"] == table)
        names = [{"table": table, "program": program} for program in PROGRAMS[table]]
        left = stored.missing(names, told["clock"])
        told["clock"] += stored.clocked(left, trainer, SECONDS[table])
        if options.store:
            stored.write(NAME, told)
        clock = [row for row in told["clock"] if row["table"] == table]
        yield from stored.made(NAME, told, settings(clock, options.seeds), run, options)


def settings(clock, seeds):
    """What is to be run: all programs with the first seed, then with the next."""
    return [
        {name: row[name] for name in ("table", "program", "steps")} | {"seed": seed}
        for seed in seeds
        for row in clock
    ]


def printed(rows):
    """Each run as it ends, then a table of the medians."""
    columns = {name: operator.methodcaller("get", name, np.nan) for name in COLUMNS}
    arguments.table(arguments.as_they_end(rows), ["table", "program"], columns, {"runs": len})


def main():
    options = arguments.of_runs(__doc__, PROGRAMS, seeds=range(3)).parse_args()
    arguments.answer(options, rows(options), printed)


if __name__ == "__main__":
    main()
