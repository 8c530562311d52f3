"""A GAN that is small enough to be trained a hundred times in the tests.

It draws images of 28×28 like the recipe, and has everything that a resumed run could forget:
BatchNorm in the generator, dropout in both networks, a penalty, an averaged generator.
"""

import keras
import numpy as np
from keras import layers

from ganedu import penalties, training

LATENT_DIM, BATCH_SIZE = 4, 8


def tiny_gan(seed=0, width=6, optimizer=keras.optimizers.Adam, **options):
    """A compiled GAN; `options` are those of `GAN.compile`."""
    starts = (keras.initializers.HeNormal(seed=10 * seed + n) for n in range(4))

    def middle(number):
        return layers.LeakyReLU(negative_slope=0.2), layers.Dropout(0.2, seed=10 * seed + number)

    generator = [
        keras.Input((LATENT_DIM,)),
        layers.Dense(width, kernel_initializer=next(starts)),
        layers.BatchNormalization(momentum=0.9),
        *middle(4),
        layers.Dense(28 * 28, activation="tanh", kernel_initializer=next(starts)),
        layers.Reshape((28, 28, 1)),
    ]
    discriminator = [
        keras.Input((28, 28, 1)),
        layers.Flatten(),
        layers.Dense(width, kernel_initializer=next(starts)),
        *middle(5),
        layers.Dense(1, kernel_initializer=next(starts)),
    ]
    gan = training.GAN(
        keras.Sequential(generator), keras.Sequential(discriminator), LATENT_DIM, seed
    )
    chosen = {"penalties": [penalties.r1(0.1)], "ema_half_life": 100, **options}
    gan.compile(optimizer(0.01), optimizer(0.01), **chosen)
    return gan


def plain_gan(seed=0):
    """One that is the same on any number of replicas: no layer that draws or takes statistics."""
    starts = (keras.initializers.HeNormal(seed=10 * seed + n) for n in range(4))

    def dense(units, **options):
        return layers.Dense(units, kernel_initializer=next(starts), **options)

    generator = [
        keras.Input((LATENT_DIM,)),
        dense(6),
        layers.LeakyReLU(),
        dense(28 * 28, activation="tanh"),
        layers.Reshape((28, 28, 1)),
    ]
    discriminator = [keras.Input((28, 28, 1)), layers.Flatten(), dense(6), layers.LeakyReLU()]
    networks = keras.Sequential(generator), keras.Sequential([*discriminator, dense(1)])
    gan = training.GAN(*networks, LATENT_DIM, seed)
    sgd = [keras.optimizers.SGD(0.01, momentum=0.5) for _ in range(2)]
    gan.compile(*sgd, penalties=[penalties.r1(0.1)], ema_half_life=100)
    return gan


def tiny_conditional_gan(seed=0, num_classes=10):
    """The same with labels: a vector for each class is added in both networks."""
    starts = (keras.initializers.HeNormal(seed=10 * seed + n) for n in range(6))

    def dense(units, **options):
        return layers.Dense(units, kernel_initializer=next(starts), **options)

    def chosen(labels, units):
        return layers.Embedding(num_classes, units, embeddings_initializer=next(starts))(labels)

    labels, latents = keras.Input((), dtype="int64"), keras.Input((LATENT_DIM,))
    hidden = layers.LeakyReLU()(layers.Add()([dense(6)(latents), chosen(labels, 6)]))
    made = layers.Reshape((28, 28, 1))(dense(28 * 28, activation="tanh")(hidden))
    label, images = keras.Input((), dtype="int64"), keras.Input((28, 28, 1))
    seen = layers.Add()([dense(6)(layers.Flatten()(images)), chosen(label, 6)])
    judge = keras.Model([images, label], dense(1)(layers.LeakyReLU()(seen)))
    gan = training.GAN(keras.Model([latents, labels], made), judge, LATENT_DIM, seed)
    adams = keras.optimizers.Adam(0.01), keras.optimizers.Adam(0.01)
    gan.compile(*adams, penalties=[penalties.r1(0.1)], ema_half_life=100)
    return gan


def images(number=40):
    """Noise as images, the same each time."""
    return np.random.default_rng(0).uniform(-1, 1, (number, 28, 28, 1)).astype(np.float32)


def train(gan, steps, *callbacks, **options):
    """Train for this many steps on `images`; return the GAN."""
    fit = {"steps_per_epoch": steps, "verbose": 0, **options}
    gan.fit(images(), BATCH_SIZE, callbacks=list(callbacks), **fit)
    return gan


def variables(gan):
    """All variables that decide how training goes on, and the means of the log."""
    owners = (gan, gan.generator_optimizer, gan.discriminator_optimizer, *gan.trackers)
    return [variable for owner in owners for variable in owner.variables]


def everything(gan):
    """Copies of their values."""
    return [variable.numpy().copy() for variable in variables(gan)]


def same_bits(these, those):
    """Whether two lists of arrays are equal to the last bit."""
    return [(a.dtype, a.shape, a.tobytes()) for a in these] == [
        (b.dtype, b.shape, b.tobytes()) for b in those
    ]
