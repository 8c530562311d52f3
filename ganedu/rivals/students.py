"""A student goes in one step where its teacher takes many: by regression, by an adversary, by both.

Here live the pairs that a teacher makes, noise and where its walk ends, and the student's training.
That is the one step of `training.GAN`: the student is a generator whose condition is the noise, and
the distance to the teacher's answer is a term. Taught in lesson 18.
"""

import math

import keras
import numpy as np
import tensorflow as tf

from ganedu import data, models, recipes, training
from ganedu.penalties import r1
from ganedu.rivals import paths
from ganedu.terms import Term, mean_of_pixels


def pairs(teacher, num_pairs, seed, num_steps, chunk=500):
    """Noise, and where a flow takes it.

    Args:
        teacher: `models.denoiser`, trained on the straight path.
        num_pairs: how many.
        seed: integer of at least 0 from which the noise is drawn.
        num_steps: of the teacher's walk.
        chunk: images that are made at once.

    Returns:
        float32 array [num_pairs, 2·pixels]: in each row the noise, then the image of it, laid flat
        as `GAN.fit` takes numbers for conditions.

    Example:
        >>> pairs(models.denoiser(seed=0), 3, seed=0, num_steps=2).shape
        (3, 1568)
    """
    noise = paths.noise_of(teacher.inputs[0].shape[1:], num_pairs, seed)
    parts = range(0, num_pairs, chunk)
    ends = [paths.walk(paths.STRAIGHT, teacher, noise[i : i + chunk], num_steps) for i in parts]
    both = np.stack([noise, np.concatenate(ends)], axis=1)
    return both.reshape(num_pairs, -1)


def student(teacher, *, seed=0):
    """A network that starts as one step of its teacher: what it says of noise alone, at time 0.

    Args:
        teacher: `models.denoiser`, trained on the straight path; it is copied, not changed.
        seed: integer of at least 0.

    Returns:
        A `keras.Model` from pairs [batch, 2·pixels], of which it sees the noise alone, to images
        [batch, height, width, 1].

    Example:
        >>> student(models.denoiser(seed=0)).output_shape
        (None, 28, 28, 1)
    """
    shape = tuple(teacher.inputs[0].shape[1:])
    network = models.denoiser(shape, **recipes.PATH_NETWORK, seed=seed)
    network.set_weights(teacher.get_weights())
    told = keras.Input((2 * math.prod(shape),), name="pairs")
    noise = keras.layers.Reshape((2, *shape))(told)[:, 0]
    images = network([noise, keras.ops.zeros_like(told[:, 0])])
    return keras.Model(told, images, name="student")


def batches(pairs, batch_size, seed):
    """Batches for the student that learns by regression alone: pairs, and their images.

    Args:
        pairs: as `pairs` returns them.
        batch_size: pairs of a batch.
        seed: the seed of the run, an integer of at least 0.

    Returns:
        `tf.data.Dataset` of (pairs, images [batch, side, side, 1]); images are square and grey.

    Raises:
        ValueError: if there are fewer pairs than a batch.

    Example:
        >>> given = pairs(models.denoiser(seed=0), 8, seed=0, num_steps=1)
        >>> next(iter(batches(given, 4, seed=0)))[1].shape
        TensorShape([4, 28, 28, 1])
    """
    pixels = pairs.shape[1] // 2
    shape = (-1, math.isqrt(pixels), math.isqrt(pixels), 1)
    images = pairs[:, pixels:].reshape(shape)
    made = data.batches(images, batch_size, seed, conditions=pairs)
    return made.map(lambda pair: (pair[1], pair[0]))


def student_gan(teacher, seed, settings=None):
    """A compiled GAN whose generator is the student.

    Args:
        teacher: `models.denoiser`, trained on the straight path.
        seed: the seed of the run, an integer of at least 0.
        settings: dictionary with the keys of `recipes.STUDENT`: distance, the weight of the mean
            squared distance to the teacher's image, and the others of the digits' recipe.

    Returns:
        A compiled `training.GAN`, to be trained with real images and `conditions=pairs(...)` of as
        many. It logs "distance".

    Raises:
        ValueError: if `seed` is not an integer of at least 0.

    Example:
        >>> gan = student_gan(models.denoiser(seed=0), seed=0)
        >>> gan.generate(2, 0, conditions=np.zeros((2, 1568), "float32")).shape
        (2, 28, 28, 1)

    Reference:
        Sauer, Lorenz, Blattmann, Rombach (2023), "Adversarial Diffusion Distillation".
    """
    settings = recipes.STUDENT if settings is None else settings
    judge = models.digit_discriminator(widths=settings["widths"], seed=seed)
    gan = training.GAN(student(teacher, seed=seed), judge, 0, seed)
    gan.compile(
        recipes.optimizer({**settings, "learning_rate": settings["student_rate"]}),
        recipes.optimizer(settings),
        penalties=[r1(settings["r1_gamma"], every=settings["r1_every"])],
        ema_half_life=settings["ema_half_life"],
        terms=distance(settings["distance"]),
    )
    return gan


def distance(weight):
    """weight · mean squared distance of a student's image to its teacher's.

    Args:
        weight: a number of at least 0.

    Returns:
        A `Term` of the generator.

    Example:
        >>> pair, image = tf.constant([[7.0, 1.0]]), tf.constant([[[[4.0]]]])
        >>> distance(2.0).value(image, None, pair, (), ()).numpy().tolist()
        [18.0]
    """

    def value(fake_images, real_images, conditions, fake_outputs, real_outputs):
        pixels = conditions.shape[1] // 2
        target = tf.reshape(conditions[:, pixels:], tf.shape(fake_images))
        return weight * mean_of_pixels((fake_images - target) ** 2)

    return Term("generator", "distance", value)
