"""Compare the recipe of the digits with its neighbours: same steps, same seeds.

    uv run python -m tests.benchmarks.recipe                    # the neighbours, about an hour
    uv run python -m tests.benchmarks.recipe --runs A B C       # runs of `ganedu train`
    uv run python -m tests.benchmarks.recipe --seeds 7 8        # other seeds

Needs MNIST. Each variant changes one thing of `recipes.DIGITS` or of the networks. The numbers
come from the classifier beside this file.
"""

import itertools
import statistics
import time

from ganedu import startup

startup.start_tensorflow()

import keras  # noqa: E402
from keras import layers  # noqa: E402

from ganedu import data, models, penalties, recipes, training  # noqa: E402
from ganedu.commands import folders  # noqa: E402
from tests.benchmarks import arguments, classifier  # noqa: E402

SAMPLE_SEED = 1
KEYS = ("frechet", "confident", "classes")


def plain_generator(seed):
    """The digit generator without its hidden Dense layers."""
    random = keras.initializers.HeNormal(seed=seed)
    latents = keras.Input((recipes.DIGITS["latent_dim"],))
    fine, coarse = recipes.DIGITS["widths"]
    images = layers.Dense(7 * 7 * coarse, kernel_initializer=random)(latents)
    images = layers.Reshape((7, 7, coarse))(layers.LeakyReLU(negative_slope=0.2)(images))
    images = layers.Conv2DTranspose(fine, 4, 2, "same", kernel_initializer=random)(images)
    images = layers.LeakyReLU(negative_slope=0.2)(images)
    images = layers.Conv2DTranspose(1, 4, 2, "same", activation="tanh")(images)
    return keras.Model(latents, images)


VARIANTS = {
    "the recipe": {},
    "no hidden layers in the generator": {"generator": plain_generator},
    "no penalty": {"r1_gamma": 0.0},
    "penalty in each update": {"r1_every": 1},
    "twice the channels at 7×7": {"widths": [32, 64]},
    "penalty × 3": {"r1_gamma": 3 * recipes.DIGITS["r1_gamma"]},
    "learning rate ÷ 2": {"learning_rate": recipes.DIGITS["learning_rate"] / 2},
    "learning rate × 2": {"learning_rate": recipes.DIGITS["learning_rate"] * 2},
    "momentum 0.5": {"beta_1": 0.5},
    "relativistic pairing": {"loss": "relativistic_pairing"},
    "batch × 2, half the steps": {"batch_size": 2 * recipes.DIGITS["batch_size"]},
}


def train(variant, num_steps, seed):
    """A GAN of that variant after so many steps."""
    told = {**recipes.DIGITS, **variant}
    latent_dim, widths = told["latent_dim"], told["widths"]
    build = told.get(
        "generator", lambda seed: models.digit_generator(latent_dim, widths=widths, seed=seed)
    )
    discriminator = models.digit_discriminator(widths=widths, seed=seed)
    gan = training.GAN(build(seed), discriminator, latent_dim, seed)
    gan.compile(
        recipes.optimizer(told),
        recipes.optimizer(told),
        loss=told.get("loss", "non_saturating"),
        penalties=[penalties.r1(told["r1_gamma"], every=told["r1_every"])],
        ema_half_life=told["ema_half_life"],
    )
    num_steps = num_steps * recipes.DIGITS["batch_size"] // told["batch_size"]
    images = data.load("mnist").images
    gan.fit(images, told["batch_size"], steps_per_epoch=num_steps, verbose=0)
    return gan


def rows(options):
    """The floor, and then what is asked for: run folders, or each variant with each seed."""
    yield {"what": "real training images (the floor)", "seed": None, **classifier.floor()}
    for folder in options.runs or ():
        yield {"what": folder, "seed": None, **measured(folders.load_run(folder))}
    for name, variant in {} if options.runs else VARIANTS.items():
        for seed in options.seeds:
            gan = train(variant, options.steps, seed)
            yield {"what": name, "seed": seed, **measured(gan)}


def measured(gan):
    return classifier.measure(gan.generate(classifier.NUM_IMAGES, SAMPLE_SEED))


def printed(rows):
    """A table: medians over the seeds."""
    print(f"{startup.device()}, {time.strftime('%Y-%m-%d')}, {classifier.NUM_IMAGES:,} images")
    print("| what | Fréchet distance | confident | classes | seeds |\n|---|--:|--:|--:|--:|")
    for what, group in itertools.groupby(rows, lambda row: row["what"]):
        of = list(group)
        frechet, confident, classes = (statistics.median(r[key] for r in of) for key in KEYS)
        told = f"{frechet:.1f} | {confident:.3f} | {classes:.0f}"
        print(f"| {what} | {told} | {len(of)} |", flush=True)


def main():
    parser = arguments.parser(__doc__, seeds=range(3))
    parser.add_argument("--runs", nargs="+", help="run folders to measure, nothing else")
    parser.add_argument("--steps", type=int, default=3000)
    options = parser.parse_args()
    arguments.answer(options, rows(options), printed)


if __name__ == "__main__":
    main()
