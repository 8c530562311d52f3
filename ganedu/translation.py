"""Translation between two sets of images that nobody paired: two GANs and a cycle.

Here lives `CycleGAN`. It writes no training step of its own: each direction is a `training.GAN`
whose generator takes a source image and no latent, and the cycle is a term that both generators
pay. Other terms live in `ganedu.terms`, what lesson 14 measures in `ganedu.playground.unpaired`.
Taught in lesson 14.
"""

import hashlib

import keras
import numpy as np
import tensorflow as tf

from ganedu import data, inspection, training
from ganedu.penalties import weight_of
from ganedu.terms import Term, identity, mean_of_pixels

DIRECTIONS = ("forward", "backward")
_LOOKED_AT = 1000  # images of a set by which it is known again


class CycleGAN(keras.Model):
    """Two generators, each the way back of the other, and a discriminator of either set.

    One train step is a step of the forward GAN (x to y), then one of the backward GAN (y to x).
    The generator of a direction pays what its own set loses on the way there and back, |back(
    there(x)) − x|, and what the other set loses on the way back and there, |there(back(y)) − y|.

    Args:
        forward: `training.GAN` with latent_dim 0, from x to y; not compiled yet.
        backward: the same, from y to x.

    Raises:
        ValueError: if one takes latents, or they do not lead to each other.

    Example:
        See `compile`.

    Reference:
        Zhu, Park, Isola, Efros (2017), "Unpaired Image-to-Image Translation using Cycle-Consistent
        Adversarial Networks", eq. 2 and 3.
    """

    def __init__(self, forward, backward):
        super().__init__(name="cycle_gan")
        for gan, other in ((forward, backward), (backward, forward)):
            made, taken = gan.generator.outputs[0].shape, other.generator.inputs[0].shape
            if gan.latent_dim or len(gan.generator.inputs) != 1 or made != taken:
                raise ValueError(
                    "Each generator takes an image of one set (latent_dim=0) and makes one of the "
                    f"other; one makes {tuple(made)}, where {tuple(taken)} is taken."
                )
        if forward.seed == backward.seed:
            raise ValueError("The two GANs need unequal seeds, else their batches would be paired.")
        self.forward, self.backward = forward, backward
        self.sets = None  # what x and y were, as soon as they were seen
        self.built = True

    def compile(
        self, optimizers, cycle_weight=10.0, identity_weight=0.0, terms=((), ()), **options
    ):
        """Set what the players minimise and how they move.

        Args:
            optimizers: four `keras.optimizers.Optimizer`s: forward generator and discriminator,
                backward generator and discriminator.
            cycle_weight: κ of the way there and back; with 0 there is no cycle.
            identity_weight: κ of `terms.identity`, for both generators; with 0 there is none.
            terms: further terms of the forward and of the backward GAN, two tuples.
            **options: what `training.GAN.compile` takes, for both; run_eagerly and
                steps_per_execution hold for the whole.

        Raises:
            ValueError: if an argument is not fit.
        """
        shared = {n: options.pop(n) for n in ("run_eagerly", "steps_per_execution") if n in options}
        super().compile(optimizer=None, **{"jit_compile": False, **shared})
        weights = (
            weight_of("cycle_weight", cycle_weight),
            weight_of("identity_weight", identity_weight),
        )
        if len(optimizers) != 4 or len(terms) != 2:
            raise ValueError(
                "Give four optimizers, and terms as two tuples, of forward and backward; got "
                f"{len(optimizers)} and {len(terms)}."
            )
        pairs = (self.forward, self.backward), (self.backward, self.forward)
        for i, (gan, other) in enumerate(pairs):
            paid = _shared_terms(gan.generator, other.generator, *weights)
            gan.compile(*optimizers[2 * i : 2 * i + 2], terms=(*paid, *terms[i]), **options)

    def fit(self, x, y, batch_size=32, steps=1, **keras_options):
        """Train on two arrays, which may differ in length; an epoch is so many steps.

        Each set is shuffled by the seed of its own GAN and begins anew when it is through. An
        interrupt takes effect between two steps; a logged value that is no finite number ends
        the training.

        Args:
            x: images of the first set, as `data.check_images` takes them.
            y: images of the second.
            batch_size: rows of a batch, at most as many as the smaller set has.
            steps: how many.
            **keras_options: `verbose`, `callbacks` of `keras.Model.fit`.

        Returns:
            `keras.callbacks.History`; names begin with the direction.

        Raises:
            ValueError: before `compile`; if a set is empty, not fit, of another shape than its
                generator takes, or of another range than the other set; or if the sets are
                exchanged since training began.
            FloatingPointError: if a logged value is a NaN or an infinity.
        """
        if not self.compiled:
            raise ValueError("Call cycle_gan.compile(...) before cycle_gan.fit(...).")
        sets = [
            _checked(name, images, gan.generator)
            for name, images, gan in (("x", x, self.forward), ("y", y, self.backward))
        ]
        _check_ranges(*sets)
        self._know_again(*sets)
        inspection.check_options(keras_options)
        numbers = int(self.step), steps, self.forward.d_steps
        batches = [
            _in_groups(data.batches(images, batch_size, gan.seed, *numbers))
            for images, gan in zip(sets, self.parts.values(), strict=True)
        ]
        batches = tf.data.Dataset.zip(tuple(batches))
        callbacks = list(keras_options.pop("callbacks", None) or [])
        with training.watched(callbacks, self.distribute_strategy) as callbacks:
            options = {"shuffle": False, "callbacks": callbacks, **keras_options}
            return super().fit(batches, steps_per_epoch=steps, **options)

    @property
    def step(self):
        """Steps so far, an int64 scalar tensor."""
        return self.forward.step

    @property
    def parts(self):
        """The two GANs by direction; what a checkpoint holds."""
        return dict(zip(DIRECTIONS, (self.forward, self.backward), strict=True))

    def train_step(self, batches):
        """A step of the forward GAN, then one of the backward GAN."""
        x, y = batches
        steps = (self.forward, y, x), (self.backward, x, y)
        logs = {}
        for direction, (gan, images, sources) in zip(DIRECTIONS, steps, strict=True):
            told = gan.train_step(tuple(zip(images, sources, strict=True)))
            logs |= {f"{direction}_{name}": value for name, value in told.items()}
        return logs

    def _know_again(self, *sets):
        """Remember the sets; refuse them where they have changed places."""
        seen = tuple(map(_fingerprint, sets))
        if self.sets is not None and tuple(self.sets) == seen[::-1] != seen:
            raise ValueError(
                "x and y are exchanged: training began with the two sets the other way round. Call "
                "fit(y, x), or start anew."
            )
        self.sets = seen

    def translate(self, images, direction="forward", ema=True):
        """Images of the other set.

        Args:
            images: as `data.check_images` takes them.
            direction: "forward" for x to y, or "backward".
            ema: whether to use the averaged generators.

        Returns:
            float32 array, as many images.

        Raises:
            ValueError: if the direction is unknown, or the images are not fit.
        """
        if direction not in self.parts:
            raise ValueError(f"direction is forward or backward; got {direction!r}.")
        return self.parts[direction].generate(len(images), 0, ema, conditions=images)


def with_noise(network, deviation, seed):
    """The same translator, in training with noise on what it is given.

    A translation that has to stand noise on its way back can hardly hide a much fainter message.

    Args:
        network: `keras.Model` from images to images.
        deviation: standard deviation of the noise, above 0.
        seed: integer of at least 0 from which it is drawn.

    Returns:
        A `keras.Model` with the network's own weights.

    Example:
        >>> same = keras.Sequential([keras.Input((2,)), keras.layers.Rescaling(1.0)])
        >>> with_noise(same, 0.1, seed=0)(np.ones((1, 2))).numpy().tolist()
        [[1.0, 1.0]]
    """
    images = keras.Input(network.inputs[0].shape[1:])
    return keras.Model(images, network(keras.layers.GaussianNoise(deviation, seed=seed)(images)))


def _shared_terms(there, back, cycle_weight, identity_weight):
    """What the generator `there` pays: both ways round, and for what needs no translation."""

    def returned(fake_images, real_images, conditions, fake_outputs, real_outputs):
        again = tf.cast(back(fake_images, training=True), tf.float32)
        return cycle_weight * mean_of_pixels(tf.abs(again - conditions))

    def reached(fake_images, real_images, conditions, fake_outputs, real_outputs):
        source = tf.stop_gradient(back(real_images, training=True))
        again = tf.cast(there(source, training=True), tf.float32)
        return cycle_weight * mean_of_pixels(tf.abs(again - real_images))

    terms = [identity(there, identity_weight)] if identity_weight else []
    if cycle_weight:
        terms.append(Term("generator", "there_and_back", returned))
        terms.append(Term("generator", "back_and_there", reached))
    return terms


def _checked(name, images, generator):
    """A set, or why the generator that starts from it cannot be trained on it."""
    if not len(images):
        raise ValueError(f"{name} is empty; each set needs at least a batch of images.")
    images, taken = data.checked(images), tuple(generator.inputs[0].shape[1:])
    if not inspection.fits(images.shape[1:], taken):
        raise ValueError(
            f"The images of {name} have shape {images.shape[1:]}, but the generator that starts "
            f"from {name} takes {taken}. Resize them, or build it with that source_shape."
        )
    return images


def _check_ranges(x, y):
    """Refuse [0, 1] on one side and [−1, 1] on the other; pixels are scaled by themselves."""
    if x.ndim == 2 or np.uint8 in (x.dtype, y.dtype):  # points may lie anywhere
        return
    lows = float(x.min()), float(y.min())
    if min(lows) < 0 <= max(lows):
        name = "x" if lows[0] >= 0 else "y"
        raise ValueError(
            f"No value of {name} is below 0, and the other set goes down to {min(lows):.4g}: the "
            f"ranges differ. Where {name} lies in [0, 1], use {name} * 2 - 1."
        )


def _fingerprint(images):
    """A word by which a set is known again, of its shape and of some of its images."""
    some = images[:: max(1, len(images) // _LOOKED_AT)]
    return hashlib.sha256(f"{images.shape}".encode() + some.tobytes()).hexdigest()


def _in_groups(dataset):
    """Every element as a tuple of batches, also where a step has one."""
    return dataset.map(lambda *group: group)
