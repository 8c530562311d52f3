"""Strides or max pooling in the discriminator: what the generator learns in equal time.

    uv run python -m tests.benchmarks.pooling                      # four seeds
    uv run python -m tests.benchmarks.pooling --seeds 7 --json     # one more, a line for each row
    uv run python -m tests.benchmarks.pooling --store              # what lesson 04 shows

Two GANs as `recipes.digit_gan` makes them, alike but for the discriminator's two halvings, take
turns of `TURN` steps; whoever has used less time is next, so both meet the same load of the
machine. When the one with strides has had all its steps, both are measured: equal time. Then the
one with pooling gets the steps that it lacks: equal steps. `--store` writes the rows to
`ganedu/recordings/pooling.json`.
"""

import json
import platform
import time

from ganedu import startup

startup.start_tensorflow()

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras import layers  # noqa: E402

from ganedu import (  # noqa: E402  # noqa: E402
    __version__,
    data,
    evaluation,
    models,
    penalties,
    recipes,
    shipped,
    training,
)
from tests.benchmarks import arguments  # noqa: E402

RECORDING = shipped.RECORDINGS / "pooling.json"
TURN = 50
NUM_IMAGES, SAMPLE_SEED = 2000, 1
KEPT = ("frechet_distance", "confident", "classes")


def pooled_discriminator(seed):
    """`models.digit_discriminator` with the largest of each 2×2 in place of strides.

    The same weights at the same seed: only where they are laid, and what is kept, differs.
    """
    strided = models.digit_discriminator(seed=seed)
    return keras.models.clone_model(strided, clone_function=pooled)


def pooled(layer):
    """A fresh copy of a layer; a convolution everywhere, and the largest of each 2×2."""
    told = layer.get_config()
    if not isinstance(layer, layers.Conv2D):
        return type(layer).from_config(told)
    everywhere = layers.Conv2D.from_config({**told, "strides": 1})
    return keras.Sequential([everywhere, layers.MaxPooling2D(2)])


def digit_gan(discriminator, seed):
    """`recipes.digit_gan` with another discriminator."""
    latent_dim = recipes.DIGITS["latent_dim"]
    gan = training.GAN(
        models.digit_generator(latent_dim, seed=seed), discriminator, latent_dim, seed
    )
    gan.compile(
        recipes.optimizer(),
        recipes.optimizer(),
        loss="non_saturating",
        penalties=[penalties.r1(recipes.DIGITS["r1_gamma"])],
        ema_half_life=recipes.DIGITS["ema_half_life"],
    )
    return gan


def trained(gan, images, num_steps):
    """Train on, and say how many seconds it took."""
    began = time.monotonic()
    gan.fit(images, recipes.DIGITS["batch_size"], steps_per_epoch=num_steps, verbose=0)
    return time.monotonic() - began


def race(seed, num_steps, images, real):
    """The rows of one seed: both after equal time, and pooling after equal steps."""
    gans = {
        "strides": digit_gan(models.digit_discriminator(seed=seed), seed),
        "max pooling": digit_gan(pooled_discriminator(seed), seed),
    }
    for gan in gans.values():
        trained(gan, images, TURN)  # the first turn builds the graph, and is not timed
    spent = dict.fromkeys(gans, 0.0)
    while int(gans["strides"].step) < num_steps:
        name = min(spent, key=spent.get)
        spent[name] += trained(gans[name], images, TURN)
    rows = [row(gans[name], name, "time", seed, spent[name], real) for name in gans]
    late = gans["max pooling"]
    spent["max pooling"] += trained(late, images, num_steps - int(late.step))
    return [*rows, row(late, "max pooling", "steps", seed, spent["max pooling"], real)]


def row(gan, name, equal, seed, seconds, real):
    """One measured moment: what the samples get, and how steady the advice to them is."""
    samples = gan.generate(NUM_IMAGES, SAMPLE_SEED)
    measured = evaluation.measure(samples, real)
    numbers = {key: round(measured[key], 4) for key in KEPT}
    steady = steadiness(gan.discriminator, real.test[:200])
    told = {"discriminator": name, "equal": equal, "seed": seed, "steps": int(gan.step)}
    return {**told, "seconds": round(seconds, 1), **numbers, "cosine": round(steady, 3)}


def steadiness(discriminator, images, noise=0.02):
    """Cosine between the gradients at images and beside them, over the pixels near strokes.

    On flat black ground the four places of a pooling are tied, and any noise decides.
    """
    images = tf.constant(images)
    beside = images + noise * tf.random.stateless_normal(images.shape, [0, 1])
    near = tf.nn.max_pool2d(images, 5, 1, "SAME") > -0.9
    here, there = (
        tf.where(near, penalties.logits_and_gradients(discriminator, at)[1], 0.0)
        for at in (images, beside)
    )
    both = tf.reduce_sum(here * there, axis=(1, 2, 3))
    lengths = penalties.squared_norm(here) * penalties.squared_norm(there)
    return float(tf.reduce_mean(both / tf.sqrt(lengths)))


def main():
    parser = arguments.parser(__doc__, seeds=range(4))
    parser.add_argument("--steps", type=int, default=400, help="of the one with strides")
    parser.add_argument("--store", action="store_true", help="put these rows into the recording")
    options = parser.parse_args()
    arguments.answer(options, rows(options), printed)


def rows(options):
    """Three rows for each seed; with `--store` they are in the recording, too."""
    images, real = data.load("mnist").images, evaluation.reference("mnist")
    for seed in options.seeds:
        made = race(seed, options.steps, images, real)
        if options.store:
            store(made)
        yield from made


def printed(rows):
    """A line for each row."""
    for told in rows:
        print(*(f"{name} {value}" for name, value in told.items()), sep=", ", flush=True)


def store(made):
    """Put the rows of a seed into the recording, in place of those of the same seed."""
    before = json.loads(RECORDING.read_text("utf-8"))["rows"] if RECORDING.is_file() else []
    kept = [row for row in before if row["seed"] not in {row["seed"] for row in made}]
    told = {
        "command": "uv run python -m tests.benchmarks.pooling --store",
        "what": f"digit GANs on MNIST that differ in the discriminator's halvings, {NUM_IMAGES} "
        "samples of each against the 10,000 test images",
        "versions": f"ganedu {__version__}, TensorFlow {tf.__version__}, "
        f"Python {platform.python_version()}",
        "machine": f"{startup.device()}, shared, {platform.machine()}",
        "date": time.strftime("%Y-%m-%d"),
        "rows": sorted([*kept, *made], key=lambda row: row["seed"]),
    }
    RECORDING.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
