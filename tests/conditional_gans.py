"""Three GANs with conditions, each with its loop written by hand: twenty lines, eager.

They show that conditions, terms, maps of logits and a generator without noise need no step of
their own. Pictures are 8×8, so that a test takes many steps.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from ganedu import penalties, terms, training
from ganedu.seeding import stream_seed

SHAPE, LATENT_DIM, CLASSES, BATCH, SEED, GAMMA = (8, 8, 1), 4, 3, 10, 5, 0.5
RANDOM = np.random.default_rng(0)
IMAGES = np.float32(RANDOM.uniform(-1, 1, (40, *SHAPE)))
LABELS = RANDOM.integers(CLASSES, size=40)
SOURCES = np.float32(RANDOM.uniform(-1, 1, (40, *SHAPE)))


def start(number):
    return keras.initializers.HeNormal(seed=number)


def dense(units, number, **options):
    return layers.Dense(units, kernel_initializer=start(number), **options)


def labelled_generator():
    latents, label = keras.Input((LATENT_DIM,)), keras.Input((), dtype="int64")
    chosen = layers.Embedding(CLASSES, LATENT_DIM, embeddings_initializer=start(1))(label)
    hidden = layers.LeakyReLU()(dense(12, 2)(layers.Multiply()([latents, chosen])))
    hidden = layers.BatchNormalization(synchronized=True)(hidden)  # over all replicas
    return keras.Model(
        [latents, label], layers.Reshape(SHAPE)(dense(64, 3, activation="tanh")(hidden))
    )


def projecting_discriminator():
    """logit = w·φ(x) + e_label·φ(x)."""
    images, label = keras.Input(SHAPE), keras.Input((), dtype="int64")
    features = layers.LeakyReLU()(dense(12, 4)(layers.Flatten()(images)))
    features = layers.Dropout(0.2, seed=8)(features)
    chosen = layers.Embedding(CLASSES, 12, embeddings_initializer=start(5))(label)
    logits = dense(1, 6)(features) + ops.sum(features * chosen, axis=-1, keepdims=True)
    return keras.Model([images, label], logits)


def recognising_discriminator():
    """Logits, and the logits of the classes; it is not given the label."""
    images = keras.Input(SHAPE)
    features = layers.LeakyReLU()(dense(12, 4)(layers.Flatten()(images)))
    return keras.Model(images, [dense(1, 5)(features), dense(CLASSES, 6)(features)])


def translator():
    source = keras.Input(SHAPE)
    hidden = layers.LeakyReLU()(
        layers.Conv2D(4, 3, padding="same", kernel_initializer=start(1))(source)
    )
    image = layers.Conv2D(1, 3, padding="same", activation="tanh", kernel_initializer=start(2))(
        hidden
    )
    return keras.Model(source, image)


def judge_of_pairs():
    """A map of 4×4 logits of an image beside its source."""
    image, source = keras.Input(SHAPE), keras.Input(SHAPE)
    both = layers.Concatenate()([image, source])
    both = layers.Conv2D(4, 4, 2, "same", kernel_initializer=start(3))(both)
    logits = layers.Conv2D(1, 3, padding="same", kernel_initializer=start(4))(
        layers.LeakyReLU()(both)
    )
    return keras.Model([image, source], logits)


def class_loss(outputs, labels):
    [class_logits] = outputs
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=class_logits)


RECOGNISING = (
    terms.Term(
        "discriminator",
        "real_class",
        lambda fake, real, labels, fake_outputs, real_outputs: class_loss(real_outputs, labels),
    ),
    terms.Term(
        "generator",
        "fake_class",
        lambda fake, real, labels, fake_outputs, real_outputs: class_loss(fake_outputs, labels),
    ),
)

CASES = {  # networks, length of a latent, conditions, what compile is told
    "projection": (
        (labelled_generator, projecting_discriminator),
        LATENT_DIM,
        LABELS,
        {"penalties": penalties.r1(GAMMA)},
    ),
    "auxiliary classifier": (
        (labelled_generator, recognising_discriminator),
        LATENT_DIM,
        LABELS,
        {"penalties": penalties.r1(GAMMA), "terms": RECOGNISING},
    ),
    "translator": (
        (translator, judge_of_pairs),
        0,
        SOURCES,
        {"penalties": penalties.r1(GAMMA), "terms": terms.l1(3.0)},
    ),
}


def optimizer():
    return keras.optimizers.Adam(0.01, beta_1=0.5)


def make(name, **options):
    """A compiled GAN of that case, and its conditions."""
    networks, latent_dim, conditions, told = CASES[name]
    gan = training.GAN(*(build() for build in networks), latent_dim, SEED)
    gan.compile(optimizer(), optimizer(), **{**told, **options})
    return gan, conditions


def by_hand(name, generator, discriminator, batches):
    """What the package's step must equal to the bit: the loop of the lessons, with conditions."""
    optimizers, adversarial = (optimizer(), optimizer()), tf.nn.softplus
    judge_takes_both = len(discriminator.inputs) > 1

    def made(step, stream, conditions):
        if name == "translator":
            return generator(conditions, training=True)
        seed = stream_seed(SEED, step, stream)
        latents = tf.random.stateless_normal([BATCH, LATENT_DIM], seed, alg="philox")
        return generator([latents, conditions], training=True)

    def judged(images, conditions):
        given = [images, conditions] if judge_takes_both else images
        told = discriminator(given, training=True)
        return (told[0], told[1:]) if name == "auxiliary classifier" else (told, [])

    for step, ((real, conditions),) in enumerate(batches):
        statistics = [weight.numpy() for weight in generator.non_trainable_weights]
        fake = made(step, "discriminator_latents", conditions)
        for weight, value in zip(generator.non_trainable_weights, statistics, strict=True):
            weight.assign(value)
        with tf.GradientTape() as tape:
            with tf.GradientTape() as slope:
                slope.watch(real)
                logits, outputs = judged(real, conditions)
                mean_of_map = tf.reduce_mean(logits, [1, 2]) if len(logits.shape) > 2 else logits
                per_image = mean_of_map[:, 0]
            squared = tf.reduce_sum(slope.gradient(per_image, real) ** 2, [1, 2, 3])
            loss = tf.reduce_mean(adversarial(-logits) + adversarial(judged(fake, conditions)[0]))
            loss += tf.reduce_mean(GAMMA / 2 * squared)
            if name == "auxiliary classifier":
                loss += tf.reduce_mean(class_loss(outputs, conditions))
        variables = discriminator.trainable_variables
        optimizers[1].apply(tape.gradient(loss, variables), variables)
        with tf.GradientTape() as tape:
            fake = made(step, "generator_latents", conditions)
            logits, outputs = judged(fake, conditions)
            loss = tf.reduce_mean(adversarial(-logits))
            if name == "auxiliary classifier":
                loss += tf.reduce_mean(class_loss(outputs, conditions))
            if name == "translator":
                loss += tf.reduce_mean(3.0 * tf.reduce_mean(tf.abs(fake - real), [1, 2, 3]))
        variables = generator.trainable_variables
        optimizers[0].apply(tape.gradient(loss, variables), variables)
