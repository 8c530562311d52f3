"""Settings that are known to work, found by experiment.

Here live the recipe of the handwritten digits, which `ganedu train` and lesson 06 use, the same
for a generator that is told which digit (lesson 12), gets a source image (lesson 13) or makes
sounds (lesson 17), that of two translators without pairs (lesson 14), that of a learner's own
images, and that of the ring and the grid of Gaussians, which lesson 03 uses. The experiments that
compare them with their neighbours are `recipe.py`, `conditional.py`, `paired.py`, `unpaired.py`,
`sounds.py`, `own_images.py` and `mixtures.py` in
`tests/benchmarks/`.
"""

import keras

from ganedu import (
    augmentations,
    models,
    optimizers,
    penalties,
    sounds,
    terms,
    training,
    translation,
)

# Each value was tried against its neighbours at the same time on two CPU cores.
DIGITS = {
    "latent_dim": 64,
    "widths": [32, 32],  # of both networks; with twice the second a step takes a third longer
    "batch_size": 32,
    "learning_rate": 2e-3,  # twice as much is too much
    "halving_steps": 8000,  # then it is half of that, a third after as many more, and so on
    "beta_1": 0.0,  # momentum makes the two players overshoot each other
    "beta_2": 0.99,
    "r1_gamma": 0.3,
    "r1_every": 4,  # updates; as good as in each, and quicker
    "ema_half_life": 100_000,  # images; a tenth of those seen in the beginning
}


def digit_gan(seed):
    """A compiled GAN for images of 28×28×1 that learns digits fast on two CPU cores.

    Args:
        seed: the seed of the run, an integer of at least 0.

    Returns:
        A compiled `training.GAN`, to be trained with batches of `DIGITS["batch_size"]`.

    Raises:
        ValueError: if `seed` is not an integer of at least 0.

    Example:
        >>> digit_gan(seed=0).generate(2, seed=0).shape
        (2, 28, 28, 1)
    """
    return image_gan(seed, {**DIGITS, "image_shape": [28, 28, 1]})


# The recipe of the digits for a generator that is told which; lesson 12 compares the heads. The
# larger batch and the rate that falls sooner were found by experiment; why they help is not known.
CONDITIONAL = {
    **DIGITS,
    "batch_size": 64,
    "halving_steps": 1000,  # with 8000 each class is over twice as far from real digits
    "loss": "non_saturating",
    "head": "projection",  # how the discriminator is told, one of `models.HEADS`
    "class_weight": 1.0,  # of the head "auxiliary" alone
}


# For a learner's own images, of any size. `tests/benchmarks/own_images.py` compares it with the
# digits' recipe merely enlarged, and with the usual tutorial; its neighbours were tried with one
# seed each.
IMAGES = {
    **DIGITS,
    "halving_steps": 3000,  # with 8000 clothes stay where they are after ten thousand steps
    "r1_gamma": 3.0,  # of images of at least LARGE; smaller ones come nearer with the digits'
    "width": 32,  # channels at each size; with twice as many behind the first, fewer steps fit in
}
LARGE = 32  # pixels along the shorter side
FEW = 5000  # images, below which a discriminator soon knows them by heart
CHANGES = {  # by the names that stand in a run's settings
    "shift": augmentations.shift,
    "cutout": augmentations.cutout,
    "brightness": augmentations.brightness,
    "contrast": augmentations.contrast,
}


def image_recipe(image_shape, num_images, num_classes=None):
    """The recipe for images of this shape: networks that fit it, augmentation where they are few.

    Args:
        image_shape: (height, width, channels), both sides divisible by 4.
        num_images: how many there are to train on.
        num_classes: of how many classes the networks are told; None for networks that are not.

    Returns:
        Dictionary of JSON values, as `image_gan` takes it.

    Raises:
        ValueError: if a side of the image is not divisible by 4.

    Example:
        >>> recipe = image_recipe((64, 64, 3), num_images=2000)
        >>> recipe["widths"], recipe["changes"]
        ([32, 32, 32], ['shift', 'cutout', 'brightness', 'contrast'])
    """
    shape = [int(length) for length in image_shape]
    recipe = {key: value for key, value in IMAGES.items() if key != "width"}
    widths = models.image_widths(shape, IMAGES["width"])
    changes = [*CHANGES] if num_images < FEW else []
    if min(shape[:2]) < LARGE:
        recipe["r1_gamma"] = DIGITS["r1_gamma"]
    if num_classes is not None:
        told = {key: CONDITIONAL[key] for key in CONDITIONAL if key not in DIGITS}
        told["halving_steps"] = CONDITIONAL["halving_steps"]  # batches stay: small ones cost less
        recipe |= {**told, "num_classes": num_classes}
    return {**recipe, "widths": [*widths], "image_shape": shape, "changes": changes}


def image_gan(seed, recipe):
    """A compiled GAN for images, as a recipe says.

    Args:
        seed: the seed of the run, an integer of at least 0.
        recipe: dictionary with the keys of `DIGITS` and image_shape. If real and generated images
            are to be changed before they are judged, also changes: names from `CHANGES`. For
            networks that are told the class, those of `CONDITIONAL` and num_classes.

    Returns:
        A compiled `training.GAN`, to be trained with batches of recipe["batch_size"].

    Raises:
        ValueError: if `seed` is not an integer of at least 0, or the shape cannot be.

    Example:
        >>> gan = image_gan(0, image_recipe((16, 16, 3), num_images=2000))
        >>> gan.generate(2, seed=0).shape
        (2, 16, 16, 3)
    """
    changes = [CHANGES[name] for name in recipe.get("changes", [])]
    paid = recipe.get("head") == "auxiliary"
    gan = training.GAN(*_image_networks(seed, recipe), recipe["latent_dim"], seed)
    gan.compile(
        optimizer(recipe),
        optimizer(recipe),
        loss=recipe.get("loss", "non_saturating"),
        penalties=[penalties.r1(recipe["r1_gamma"], every=recipe["r1_every"])],
        ema_half_life=recipe["ema_half_life"],
        terms=terms.auxiliary_classifier(recipe["class_weight"]) if paid else (),
        augment=augmentations.chain(*changes) if changes else None,
    )
    return gan


def _image_networks(seed, recipe):
    """Generator and discriminator of a recipe."""
    latent_dim, head = recipe["latent_dim"], recipe.get("head")
    shape, widths = tuple(recipe["image_shape"]), recipe["widths"]
    if head is None:
        generator = models.image_generator(latent_dim, shape, widths, seed=seed)
        return generator, models.image_discriminator(shape, widths, seed=seed)
    number, told = recipe["num_classes"], models.conditional_discriminator
    generator = models.conditional_generator(latent_dim, number, shape, widths, seed=seed)
    return generator, told(head, number, shape, widths, seed=seed)


def optimizer(settings=DIGITS):
    """A fresh optimizer as the recipe has it; each player gets one of its own.

    The learning rate at step s is learning_rate / (1 + s / halving_steps): a function of the
    step alone, so that a run can be made longer at any time.

    Args:
        settings: dictionary with learning_rate, halving_steps, beta_1 and beta_2.

    Returns:
        `optimizers.FusedAdam`.

    Example:
        >>> float(optimizer().beta_1)
        0.0

    Reference:
        Kingma and Ba (2015), "Adam: A Method for Stochastic Optimization".
    """
    learning_rate = keras.optimizers.schedules.InverseTimeDecay(
        settings["learning_rate"], settings["halving_steps"], decay_rate=1.0
    )
    return optimizers.FusedAdam(learning_rate, beta_1=settings["beta_1"], beta_2=settings["beta_2"])


def conditional_gan(seed, num_classes=10, settings=CONDITIONAL):
    """A compiled GAN for images of 28×28×1 and their labels.

    Args:
        seed: the seed of the run, an integer of at least 0.
        num_classes: labels are 0 to num_classes − 1.
        settings: `CONDITIONAL`, or a dictionary with other values for its keys.

    Returns:
        A compiled `training.GAN`, to be trained with batches of settings["batch_size"] and
        `conditions=labels`.

    Raises:
        ValueError: if `seed` is not an integer of at least 0, or a setting is out of its range.

    Example:
        >>> conditional_gan(seed=0).generate(2, seed=0, conditions=[3, 7]).shape
        (2, 28, 28, 1)
    """
    return image_gan(seed, {"image_shape": [28, 28, 1], **settings, "num_classes": num_classes})


# The recipe of the digits for a translator and a discriminator of pairs; lesson 13 varies the
# weight of the distance, and `tests/benchmarks/paired.py` compares six of them.
PAIRED = {
    **DIGITS,
    "halving_steps": 2000,  # between those of `DIGITS` and `CONDITIONAL`; not tuned further
    "latent_dim": 0,  # numbers of noise beside the source
    "l1_weight": 10.0,  # of the mean |answer − target|, beside the adversarial loss
    "patches": False,  # whether the discriminator judges patches
}


def paired_gan(seed, source_shape=(28, 28, 1), settings=PAIRED):
    """A compiled GAN whose generator makes an image of 28×28×1 of a source image.

    Args:
        seed: the seed of the run, an integer of at least 0.
        source_shape: (height, width, channels) of a source; 28 is a multiple of both sides.
        settings: `PAIRED`, or a dictionary with other values for its keys.

    Returns:
        A compiled `training.GAN`, to be trained with batches of settings["batch_size"] and
        `conditions=sources`. It logs "l1".

    Raises:
        ValueError: if `seed` is not an integer of at least 0, or a setting is out of its range.

    Example:
        >>> import numpy as np
        >>> gan = paired_gan(seed=0, source_shape=(7, 7, 1))
        >>> gan.generate(2, seed=0, conditions=np.zeros((2, 7, 7, 1))).shape
        (2, 28, 28, 1)

    Reference:
        Isola, Zhu, Zhou, Efros (2017), "Image-to-Image Translation with Conditional Adversarial
        Networks", eq. 4.
    """
    latent_dim, widths = settings["latent_dim"], settings["widths"]
    judge = {"widths": widths, "patches": settings["patches"], "seed": seed}
    gan = training.GAN(
        models.translator(source_shape, widths=widths, latent_dim=latent_dim, seed=seed),
        models.pair_discriminator(source_shape, **judge),
        latent_dim,
        seed,
    )
    gan.compile(
        optimizer(settings),
        optimizer(settings),
        penalties=[penalties.r1(settings["r1_gamma"], every=settings["r1_every"])],
        ema_half_life=settings["ema_half_life"],
        terms=terms.l1(settings["l1_weight"]),
    )
    return gan


# Between MNIST and the embedded digits, without pairs: networks that see patches. Lesson 14 holds
# them against those that see the whole, and `tests/benchmarks/unpaired.py` takes the terms away.
UNPAIRED = {
    **DIGITS,
    "whole": False,  # whether networks see the whole image: `models.translator` and its kind
    "translator_width": 16,  # channels of a local translator; `widths` are those of the others
    "halving_steps": 1000,
    "ema_half_life": 20_000,
    "cycle_weight": 10.0,  # of the way there and back
    "identity_weight": 0.0,  # of what is in the target set already
    "class_weight": 0.0,  # of what a classifier of the first set says, forward
    "noise": 0.0,  # standard deviation, on what a translator is given in training
}


def unpaired_gan(seed, classifier=None, settings=UNPAIRED):
    """A compiled `CycleGAN` between two sets of images of 28×28×1.

    Args:
        seed: the seed of the run, an integer of at least 0.
        classifier: `keras.Model` from images of the first set to class logits, taught on it; None
            where settings["class_weight"] is 0.
        settings: `UNPAIRED`, or a dictionary with other values for its keys.

    Returns:
        A compiled `translation.CycleGAN`, to be trained with batches of settings["batch_size"].

    Raises:
        ValueError: if `seed` is not an integer of at least 0, a setting is out of its range, or
            the classifier is missing.

    Example:
        >>> import numpy as np
        >>> unpaired_gan(seed=0).translate(np.zeros((2, 28, 28, 1)), "backward").shape
        (2, 28, 28, 1)

    Reference:
        Zhu, Park, Isola, Efros (2017), "Unpaired Image-to-Image Translation using Cycle-Consistent
        Adversarial Networks".
    """
    if settings["class_weight"] and classifier is None:
        raise ValueError("With a class_weight above 0 a classifier of the first set is needed.")
    paid = []
    if settings["class_weight"]:
        paid = [terms.kept_classes(classifier, settings["class_weight"])]
    cycle = translation.CycleGAN(*(_translating_gan(2 * seed + i, settings) for i in range(2)))
    cycle.compile(
        [optimizer(settings) for _ in range(4)],
        settings["cycle_weight"],
        settings["identity_weight"],
        (tuple(paid), ()),
        penalties=[penalties.r1(settings["r1_gamma"], every=settings["r1_every"])],
        ema_half_life=settings["ema_half_life"],
    )
    return cycle


def _translating_gan(seed, settings):
    """One direction: a translator, and a discriminator of what it makes."""
    widths = settings["widths"]
    if settings["whole"]:
        network = models.translator(widths=widths, seed=seed)
        judge = models.digit_discriminator(widths=widths, seed=seed)
    else:
        network = models.local_translator(width=settings["translator_width"], seed=seed)
        judge = models.patch_discriminator(widths=widths, seed=seed)
    if settings["noise"]:
        network = translation.with_noise(network, settings["noise"], seed)
    return training.GAN(network, judge, 0, seed)


# The recipe of the digits for sounds that are told their kind, as waves or as spectrograms; lesson
# 17 compares the two, and `tests/benchmarks/sounds.py` records it. In trials the pitches of
# spectrograms were .15 octaves off after 1,200 steps, with two seeds, and with non_saturating .17
# and .20; after 6,000, with one seed, .06, and .07 with half the rate, halved half as soon.
SOUNDS = {
    **CONDITIONAL,
    "batch_size": 32,
    "loss": "relativistic_pairing",
    "learning_rate": 4e-3,
    "halving_steps": 2000,
    "form": "spectrograms",  # or "waves", as in `WAVES`
    "widths": [16, 32, 64],  # of a spectrogram
    "wave_widths": [16, 32, 64, 64],
}
WAVES = {**SOUNDS, "form": "waves", "learning_rate": 2e-3}  # with twice that one trial broke down

# For five minutes and more a dearer steepness pays. After 10,327 steps with seed 0 the pitches of
# spectrograms were .057 octaves off at gamma .3, .026 at 3, and .031 at 3 with halves after 4,000,
# which had the best agreement and Fréchet distance; waves, after 8,134, .20 and, with both, .066.
# Short trainings lose by it: after 1,200 steps, with two seeds and gamma alone changed, the Fréchet
# distance was 41 and 40 at .3, 148 and 58 at 3; of spoken digits, after 2,036 steps with one seed
# and both changed, .96 and .79 were heard as what was asked for.
_LONG = {"r1_gamma": 3.0, "halving_steps": 4000}
LONG_SOUNDS, LONG_WAVES = {**SOUNDS, **_LONG}, {**WAVES, **_LONG}


def sound_gan(seed, num_classes=3, num_samples=2048, settings=SOUNDS):
    """A compiled GAN for sounds and their labels.

    Args:
        seed: the seed of the run, an integer of at least 0.
        num_classes: labels are 0 to num_classes − 1.
        num_samples: of a wave; a multiple of 512.
        settings: `SOUNDS`, `WAVES`, one of them for long trainings (`LONG_SOUNDS`, `LONG_WAVES`),
            or a dictionary with other values for their keys. "form" says whether the networks make
            and judge spectrograms [64, num_samples / 64, 1] or waves [num_samples, 1].

    Returns:
        A compiled `training.GAN`, to be trained with batches of settings["batch_size"] and
        `conditions=labels`.

    Raises:
        ValueError: if the form is unknown, or a setting is out of its range.

    Example:
        >>> sound_gan(seed=0).generate(2, seed=0, conditions=[0, 2]).shape
        (2, 64, 32, 1)
    """
    if settings["form"] == "spectrograms":
        shape = [sounds.FRAME // 2, num_samples // sounds.HOP, 1]
        return image_gan(seed, {**settings, "image_shape": shape, "num_classes": num_classes})
    if settings["form"] != "waves":
        raise ValueError(f"form must be spectrograms or waves; got {settings['form']!r}.")
    latent_dim, told = settings["latent_dim"], (num_classes, num_samples, settings["wave_widths"])
    generator = models.wave_generator(latent_dim, *told, seed=seed)
    gan = training.GAN(generator, models.wave_discriminator(*told, seed=seed), latent_dim, seed)
    gan.compile(
        optimizer(settings),
        optimizer(settings),
        loss=settings["loss"],
        penalties=[penalties.r1(settings["r1_gamma"], every=settings["r1_every"])],
        ema_half_life=settings["ema_half_life"],
    )
    return gan


# For the other generators of lesson 18, which `tests/benchmarks/generators.py` compares. Tried with
# one seed; what follows are Fréchet distances of 1,000 images.
# - The autoencoder after 4,000 steps: 156 as it is. With a rate of 2e-3 and a pixel's deviation of
#   .1 696, .2 562, .3 482, .4 382, .6 277, .8 227, 1 216, 1.2 197; with 4e-3 and .8 185; with 8e-3
#   and 1.6 217. With 16 latents 547, at .15, and 427, at .3.
# - Pixel by pixel after 80 to 104 seconds of one thread: 184 as it is; batches of 64 with a rate of
#   2e-3 540, 4e-3 323, 8e-3 238, 1.6e-2 192; batches of 32 with 4e-3 264.
# - The straight path after 80 seconds of one thread, 50 steps of drawing: 251 as it is, 273 with
#   batches of 64, 278 of 16, 250 with a rate of 3e-3. Before, with times equally likely and late
#   ones weighed more: 420; with a rate of 1e-3 526, at 4e-3 it broke down; with maps of full size
#   467, with a longer average 630. The arc has its values.
RIVALS = {
    "autoencoder": {
        "latent_dim": 64,  # the decoder is the generator of the digits, to the last weight
        "pixel_std": 1.2,  # of the decoder: what it does not answer for
        "batch_size": 64,
        "learning_rate": 4e-3,  # falls to nothing along half a cosine
        "ema_momentum": 0.995,
    },
    "rows": {"batch_size": 32, "learning_rate": 8e-3, "ema_momentum": 0.995},
    "path": {"batch_size": 32, "learning_rate": 2e-3, "ema_momentum": 0.995},
}
PATH_NETWORK = {"widths": [32, 48], "num_units": 128}  # of the arc and of the straight path
STUDENT = {
    **DIGITS,
    "student_rate": 5e-4,  # of the student, which begins trained
    "distance": 10.0,  # weight of the mean squared distance to the teacher's image
    "teacher_steps": 10,
    "num_pairs": 20_000,
}

# For points of the plane: a ring or a grid of Gaussians. One recipe for both.
MIXTURES = {
    "latent_dim": 2,
    "widths": (128, 128, 128),  # of either network; with 256 a step takes three times as long
    "batch_size": 256,
    "num_steps": 30_000,
    "learning_rate": 2e-3,  # falls to zero in a straight line: the last steps only polish
    "beta_1": 0.0,
    "beta_2": 0.99,
    "loss": "non_saturating",
    "gamma": 0.1,  # price on a steep discriminator, at real points (R1) and at fakes (R2)
    "ema_half_life": 200_000,
    "steps_per_execution": 50,  # so small a step is mostly the way into TensorFlow and back
}


def mixture_gan(seed, settings=MIXTURES):
    """A compiled GAN for points of the plane that finds every mode of a ring or a grid.

    Args:
        seed: the seed of the run, an integer of at least 0.
        settings: `MIXTURES`, or a dictionary with other values for its keys; gamma 0 means no
            penalty, ema_half_life None no average, learning rates fall over num_steps.

    Returns:
        A compiled `training.GAN`, to be trained for settings["num_steps"] steps with batches of
        settings["batch_size"].

    Raises:
        ValueError: if `seed` is not an integer of at least 0, or a setting is out of its range.

    Example:
        >>> mixture_gan(seed=0).generate(5, seed=0).shape
        (5, 2)

    Reference:
        Mescheder, Geiger, Nowozin (2018), "Which Training Methods for GANs do actually
        Converge?", eq. 9 and 10.
    """
    latent_dim, widths = settings["latent_dim"], settings["widths"]
    gan = training.GAN(
        models.mlp_generator(latent_dim, widths=widths, seed=seed),
        models.mlp_discriminator(widths=widths, seed=seed),
        latent_dim,
        seed,
    )
    gamma = settings["gamma"]
    gan.compile(
        falling_optimizer(settings),
        falling_optimizer(settings),
        loss=settings["loss"],
        penalties=[penalties.r1(gamma), penalties.r2(gamma)] if gamma else [],
        ema_half_life=settings["ema_half_life"],
        steps_per_execution=settings["steps_per_execution"],
    )
    return gan


def falling_optimizer(settings=MIXTURES):
    """A fresh Adam whose learning rate falls to zero in a straight line, or stays if told so.

    Args:
        settings: dictionary with learning_rate, beta_1, beta_2 and num_steps; with
            "falls": False the rate stays what it is.

    Returns:
        `keras.optimizers.Adam`.

    Example:
        >>> float(falling_optimizer().learning_rate)
        0.00...
    """
    rate = settings["learning_rate"]
    if settings.get("falls", True):
        rate = keras.optimizers.schedules.PolynomialDecay(rate, settings["num_steps"], 0.0)
    return keras.optimizers.Adam(rate, beta_1=settings["beta_1"], beta_2=settings["beta_2"])
