"""One training in several arrangements: what one replica does, what two do, what two processes do.

    python -m tests.workers FILE.npz one mirrored ...

The two arrangements of one process lie in it one after the other; "workers" is what TF_CONFIG says.
The weights after the last step go into the file, by arrangement, configuration and number. A
configuration may be followed by a fault, as in "r1+not divided": the package is broken on purpose,
so that a test sees that the comparison would notice.
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from ganedu import launch, startup

with startup.native_log_hidden():
    import keras
    import numpy as np
    import tensorflow as tf
    from keras import layers

    from ganedu import (
        augmentations,
        data,
        inspection,
        models,
        optimizers,
        penalties,
        recipes,
        replicas,
        seeding,
        training,
    )
    from ganedu.layers import BatchStatistic, Pack
    from tests import conditional_gans

STEPS, SEED = 20, 3
POINTS, BATCH = data.ring(100, seed=0).points, 12
FAULTS = {
    "not divided": lambda total: total,
    "divided twice": lambda total: total / training._num_replicas() ** 2,
}


def plane(generator=None, **options):
    """A GAN of points."""
    generator = generator or models.mlp_generator(widths=(8,))
    gan = training.GAN(generator, models.mlp_discriminator(widths=(8,)), 2, seed=SEED)
    gan.compile(*sgd(), ema_half_life=40, **options)
    return gan, {"images": POINTS, "batch_size": BATCH}


def unsynchronised():
    """With a BatchNorm whose replicas do not know of each other."""
    first, last = (keras.initializers.HeNormal(seed) for seed in (1, 2))
    latents = keras.Input((2,))
    hidden = layers.Dense(8, kernel_initializer=first)(latents)
    hidden = layers.LeakyReLU()(layers.BatchNormalization()(hidden))
    generator = keras.Model(latents, layers.Dense(2, kernel_initializer=last)(hidden))
    return plane(generator, penalties=penalties.r1(0.5))


def labelled():
    """Conditions, two terms, an augmentation, and synchronised BatchNorm."""
    networks, latent_dim, labels, told = conditional_gans.CASES["auxiliary classifier"]
    gan = training.GAN(*(build() for build in networks), latent_dim, SEED)
    gan.compile(*sgd(0.02), augment=augmentations.shift, **told)
    return gan, {"images": conditional_gans.IMAGES, "batch_size": 10, "conditions": labels}


def recipe():
    """The digits' networks and optimizers, as `ganedu train` has them, in float64."""
    gan = recipes.digit_gan(SEED)
    networks = [in_float64(network) for network in (gan.generator, gan.discriminator)]
    adams = [recipes.optimizer() for _ in networks]
    gan = training.GAN(*networks, gan.latent_dim, SEED)
    prices = penalties.r1(recipes.DIGITS["r1_gamma"], every=recipes.DIGITS["r1_every"])
    gan.compile(*adams, penalties=prices, ema_half_life=recipes.DIGITS["ema_half_life"])
    return gan, {"images": data.load("digits").images, "batch_size": 32}


def in_float64(network):
    """The same network, its weights and what it computes in float64."""

    def twin(layer):
        return layer.from_config({**layer.get_config(), "dtype": "float64"})

    made = keras.models.clone_model(network, clone_function=twin)
    made.set_weights(network.get_weights())
    return made


def part():
    """Only some of the critic's weights move, and the penalty is due in every second step."""
    gan, given = plane()
    some = gan.discriminator.trainable_variables[2:]
    prices = penalties.r1(0.5, every=2)
    gan.compile(*sgd(), penalties=prices, ema_half_life=40, discriminator_variables=some)
    return gan, given


def groups():
    """The critic judges pairs, and sees the scatter of groups of two."""
    entrance = keras.Input((2,)), Pack(2), BatchStatistic(2)
    judge = keras.Sequential([*entrance, models.mlp_discriminator(num_inputs=5, widths=(8,))])
    networks = models.mlp_generator(widths=(8,)), judge
    gan = training.GAN(*networks, 2, seed=SEED)
    gan.compile(*sgd(), penalties=penalties.wasserstein(1.0), ema_half_life=40)
    return gan, {"images": POINTS, "batch_size": 2 * BATCH}


def translator():
    """Images from images, with an augmentation that adapts, and optimistic Adams."""
    gan, _ = conditional_gans.make("translator")
    adaptive = augmentations.Adaptive(augmentations.shift, target=-0.3, num_images=100, every=2)
    adams = [optimizers.OptimisticAdam(0.01) for _ in range(2)]
    gan.compile(*adams, augment=adaptive, ema_half_life=40)
    pictures = {"images": conditional_gans.IMAGES, "conditions": conditional_gans.SOURCES}
    return gan, pictures | {"batch_size": 10, "steps_per_epoch": 7}


def fused():
    """The Adam that moves all weights in one pass."""
    gan = training.GAN(models.mlp_generator(), models.mlp_discriminator(), 2, seed=SEED)
    adams = [optimizers.FusedAdam(0.01, beta_1=0.5, epsilon=1e-3) for _ in range(2)]
    gan.compile(*adams, ema_half_life=40)
    return gan, {"images": POINTS, "batch_size": 20, "steps_per_epoch": 5}


def sgd(rate=0.05):
    return [keras.optimizers.SGD(rate, momentum=0.5) for _ in range(2)]


CONFIGURATIONS = {
    "r1": lambda: plane(penalties=[penalties.r1(0.5), penalties.r2(0.5)]),
    "pairing": lambda: plane(penalties=penalties.r1(0.5), loss="relativistic_pairing"),
    "wasserstein": lambda: plane(
        penalties=penalties.wasserstein(1.0), loss="wasserstein", d_steps=2
    ),
    "labels": labelled,
    "recipe": recipe,
    "part": part,
    "groups": groups,
    "translator": translator,
    "fused": fused,
    "unsynchronised": unsynchronised,
}


def scaled(strategy):
    """A weight and the scale after three updates; of the first two one replica's is infinite."""
    with strategy.scope():
        weight = keras.Variable([1.0])
        optimizer = optimizers.LossScaled(keras.optimizers.SGD(0.5))
        optimizer.build([weight])

    def update(replica):
        here = tf.distribute.get_replica_context()
        gradient = tf.constant([2.0**15]) / here.num_replicas_in_sync
        infinite = tf.equal(here.replica_id_in_sync_group, replica)
        optimizer.apply([tf.where(infinite, np.inf, gradient)], [weight])

    together = tf.function(lambda replica: strategy.run(update, args=(replica,)))
    for replica in (0, strategy.num_replicas_in_sync - 1, -1):
        together(tf.constant(replica))
    held = strategy.experimental_local_results(weight.value)
    return [np.concatenate([each.numpy() for each in held]), optimizer.dynamic_scale.numpy()]


def broken(fault):
    """The package with a fault."""
    if fault in FAULTS:
        training._share = FAULTS[fault]
    elif fault == "same noise":
        seeding._rows_of_this_replica = lambda draw, shape, seed: draw(shape, seed, alg="philox")
    elif fault == "unsynchronised BatchNorm":
        inspection.check_shared = lambda networks, num_replicas: None
    elif fault:
        raise ValueError(fault)


def weights(strategy, configuration):
    """All weights after the last step, the averaged generator's among them."""
    if configuration == "scaled":
        return scaled(strategy)
    name, _, fault = configuration.partition("+")
    whole = training._share, seeding._rows_of_this_replica, inspection.check_shared
    broken(fault)
    with strategy.scope():
        gan, given = CONFIGURATIONS[name]()
    history = gan.fit(**{"steps_per_epoch": STEPS, **given}, verbose=0).history
    training._share, seeding._rows_of_this_replica, inspection.check_shared = whole
    networks = gan.generator, gan.discriminator, gan.ema_generator
    logs = [np.array([values[-1] for values in history.values()], np.float32)]
    adapted = getattr(gan.augment, "variables", ())
    held = [*adapted, *(w for network in networks for w in network.weights)]
    return [np.asarray(w) for w in held] + logs


def main(told):
    path, *words = told
    arrangements = [word for word in words if word in replicas.NAMES]
    wanted = [word for word in words if word not in replicas.NAMES]
    alone = [word.partition("+")[0] for word in wanted]  # a fault of several cannot show in one
    with startup.native_log_hidden():
        made = {name: replicas.strategy(name) for name in reversed(arrangements)}
    named = {
        f"{name}/{configuration}/{number}": weight
        for name in arrangements
        for configuration in dict.fromkeys(alone if name == "one" else wanted)
        for number, weight in enumerate(weights(made[name], configuration))
    }
    if launch.is_leader():
        np.savez(path, **named)


if __name__ == "__main__":
    main(sys.argv[1:])
