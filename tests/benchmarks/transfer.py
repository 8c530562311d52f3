"""A GAN of digits goes on with a hundred images of another kind: what that start is worth.

    uv run python -m tests.benchmarks.transfer --store                 # what lesson 11 shows
    uv run python -m tests.benchmarks.transfer --seeds 7 --only letters --json

Two domains: letters, which are near to digits, and clothes, which are far. A seed draws the
hundred images and starts the run. Networks and batch are those of the GAN in the box, rates those
of the recipe, the penalty four times as strong, wherever a run starts. Each variant gets the steps
that so many seconds hold on two idle cores, measured by turns, and is looked at several times on
its way: 2,000 samples against 5,000 held-out images, by the network of their own domain.

`--store` adds each run that ends to `ganedu/recordings/transfer.json` and skips what is there, so
it may be cut off and gone on with.
"""

import functools
import itertools
import statistics

from ganedu import startup

startup.start_tensorflow()

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from ganedu import (  # noqa: E402
    augmentations,
    data,
    features,
    layers,
    metrics,
    models,
    penalties,
    recipes,
    seeding,
    shipped,
    training,
)
from ganedu.playground import transfer  # noqa: E402
from tests.benchmarks import arguments, stored  # noqa: E402

NAME = "transfer"
DOMAINS = ("letters", "fashion_mnist")
FEW = 100  # images of the new domain
LOOKS = (1, 2, 3.5, 6, 10, 16, 25, 40)  # seconds of training, on the clock of an idle machine
NUM_IMAGES, NUM_HELD_OUT, NUM_COMPARED, SAMPLE_SEED = 2000, 5000, 1000, 1
R1_GAMMA = 4 * recipes.DIGITS["r1_gamma"]  # few images ask for more, as `few_images` found
AUGMENT = augmentations.chain(augmentations.shift, augmentations.cutout)
VARIANTS = {  # whether it starts from the box, whether augmented, which variables stay
    "from nothing": (False, False, None),
    "from nothing, augmented": (False, True, None),
    "fine-tuned": (True, False, None),
    "fine-tuned, augmented": (True, True, None),
    "discriminator's first three frozen": (True, True, ("discriminator", 3)),
    "generator's first layer alone": (True, True, ("generator", 1)),
}


def few_gan(variant, seed):
    """The GAN of a variant, compiled; nothing of it is trained yet on the new images."""
    from_box, augmented, kept = VARIANTS[variant]
    made, widths = shipped.provenance(), shipped.provenance()["recipe"]["widths"]
    if from_box:
        generator, discriminator = (
            shipped.digit_generator(averaged=False),
            shipped.digit_discriminator(),
        )
    else:
        generator = models.digit_generator(made["latent_dim"], widths=widths, seed=seed)
        discriminator = models.digit_discriminator(widths=widths, seed=seed)
    gan = training.GAN(generator, discriminator, made["latent_dim"], seed)
    gan.compile(
        recipes.optimizer(),
        recipes.optimizer(),
        penalties=[penalties.r1(R1_GAMMA, every=recipes.DIGITS["r1_every"])],
        ema_half_life=recipes.DIGITS["ema_half_life"],
        augment=AUGMENT if augmented else None,
        **moving(gan, kept),
    )
    return gan


def moving(gan, kept):
    """The variables that move, as `compile` takes them."""
    if kept is None:
        return {}
    player, number = kept
    if player == "generator":  # this layer alone moves
        return {"generator_variables": layers.variables_of(gan.generator, stop=number)}
    return {"discriminator_variables": layers.variables_of(gan.discriminator, start=number)}


@functools.cache
def domain_images(domain):
    """Training images, and the held-out ones with what the domain's own network says of them."""
    train, test = data.load(domain), data.load(domain, "test")
    rows = np.random.default_rng(0).permutation(len(test.images))[:NUM_HELD_OUT]
    held_out = test.images[rows]
    return train.images, held_out, features.predict(held_out, domain).features


def few_images(domain, seed):
    """The hundred images that a seed draws."""
    train = domain_images(domain)[0]
    return train[np.random.default_rng(seed).permutation(len(train))[:FEW]]


def trainer(variant):
    """Trains a variant for some steps."""
    gan, images = few_gan(variant, 0), few_images(DOMAINS[0], 0)
    size = recipes.DIGITS["batch_size"]
    return lambda steps: gan.fit(images, size, steps_per_epoch=steps, verbose=0)


def run(settings):
    """One training, and what its samples get on the way."""
    variant, domain, seed = (settings[key] for key in ("variant", "domain", "seed"))
    gan, images, looks, done = few_gan(variant, seed), few_images(domain, seed), [], 0
    for seconds in LOOKS:
        steps = round(1000 * seconds / settings["milliseconds"])
        if steps > done:
            size = recipes.DIGITS["batch_size"]
            gan.fit(images, size, steps_per_epoch=steps - done, verbose=0)
        done = steps
        samples = gan.generate(NUM_IMAGES, SAMPLE_SEED)
        looks.append({"seconds": seconds, **measured(samples, domain, seed)})
    return {"steps": done, "looks": looks}


def measured(images, domain, seed):
    """Against the held-out images, and against the hundred."""
    _, held_out, expected = domain_images(domain)
    few, seen = few_images(domain, seed), features.predict(images, domain).features
    compared, others = images[:NUM_COMPARED], held_out[:NUM_COMPARED]
    return {
        "frechet_distance": round(metrics.frechet_distance(seen, expected), 2),
        "coverage": round(metrics.density_coverage(expected[:NUM_IMAGES], seen).coverage, 4),
        "copied": round(metrics.memorised_share(compared, few, others), 4),
        "copied_in_features": round(
            metrics.memorised_share(
                seen[:NUM_COMPARED],
                features.predict(few, domain).features,
                expected[:NUM_COMPARED],
            ),
            4,
        ),
    }


def rivals(domain, seed):
    """What needs no GAN: the hundred images themselves, moved ones, and the floor."""
    train, few = domain_images(domain)[0], few_images(domain, seed)
    others = np.random.default_rng(seed).permutation(len(train))[FEW : FEW + NUM_IMAGES]
    again = few[np.random.default_rng(seed).integers(FEW, size=NUM_IMAGES)]
    draw = seeding.stream_seed(seed, 0, "real_augmentation")
    return {
        "the images themselves": again,
        "the images, moved": augmentations.shift(tf.constant(again), draw, 2 / 28).numpy(),
        "new real images": train[others],
    }


def first_rows(told, options):
    """The clock of each variant, and the rivals."""
    names = stored.missing([{"variant": variant} for variant in VARIANTS], told["clock"])
    told["clock"] += stored.clocked(names, trainer)
    for domain, seed in itertools.product(options.only, options.seeds):
        there = {"domain": domain, "seed": seed}
        if stored.missing([there], told["rivals"]):
            for name, images in rivals(domain, seed).items():
                found = {"rival": name, **there, **measured(images, domain, seed)}
                told["rivals"].append(found)


def rows(options):
    """The rivals, then the runs, as they end."""
    told = stored.begun(
        NAME, f"GANs that learn a domain from {FEW} images, from nothing or from digits"
    )
    if "clock" not in told:
        told |= {"looks": LOOKS, "few": FEW, "clock": [], "rivals": []}
    first_rows(told, options)
    if options.store:
        stored.write(NAME, told)
    yield from (
        row
        for row in told["rivals"]
        if row["domain"] in options.only and row["seed"] in options.seeds
    )
    wanted = [
        {**row, "domain": domain, "seed": seed}
        for seed, domain, row in itertools.product(options.seeds, options.only, told["clock"])
    ]
    yield from stored.made(NAME, told, wanted, run, options)


def printed(rows):
    """Each run as it ends, then a table of the medians."""
    kept = []
    for row in rows:
        last = {**row, **row["looks"][-1]} if "looks" in row else row
        said = {name: value for name, value in last.items() if name != "looks"}
        print(", ".join(f"{name} {value}" for name, value in said.items()), flush=True)
        kept += [row] if "looks" in row else []
    print("| domain | variant | best | at the end | coverage | copied | s | share of the time |")
    print("|---|---|--:|--:|--:|--:|--:|--:|")
    for (domain, variant), runs in transfer.compared(kept).items():
        ends = [run["end"] for run in runs]
        told = [statistics.median(run["best"] for run in runs)]
        told += [
            statistics.median(end[name] for end in ends)
            for name in ("frechet_distance", "coverage", "copied")
        ]
        told += [statistics.median(run[name] for run in runs) for name in ("seconds", "share")]
        print(f"| {domain} | {variant} | {' | '.join(f'{value:.4g}' for value in told)} |")


def main():
    parser = arguments.of_runs(__doc__, DOMAINS, seeds=range(5))
    options = parser.parse_args()
    arguments.answer(options, rows(options), printed)


if __name__ == "__main__":
    main()
