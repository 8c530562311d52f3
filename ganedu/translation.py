"""Translation between two sets of images that nobody paired: two GANs and a cycle.

Here lives `CycleGAN`. It writes no training step of its own: each direction is a `training.GAN`
whose generator takes a source image and no latent, and the cycle is a term that both generators
pay.
"""

import keras
import tensorflow as tf

from ganedu import data
from ganedu.penalties import weight_of
from ganedu.terms import Term, mean_of_pixels

DIRECTIONS = ("forward", "backward")


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
        self.built = True

    def compile(self, optimizers, cycle_weight=10.0, terms=((), ()), **options):
        """Set what the players minimise and how they move.

        Args:
            optimizers: four `keras.optimizers.Optimizer`s: forward generator and discriminator,
                backward generator and discriminator.
            cycle_weight: weight of the way there and back.
            terms: further terms of the forward and of the backward GAN, two tuples.
            **options: what `training.GAN.compile` takes, for both; run_eagerly and
                steps_per_execution hold for the whole.

        Raises:
            ValueError: if an argument is not fit.
        """
        shared = {n: options.pop(n) for n in ("run_eagerly", "steps_per_execution") if n in options}
        super().compile(optimizer=None, **{"jit_compile": False, **shared})
        weight = weight_of("cycle_weight", cycle_weight)
        pairs = (self.forward, self.backward), (self.backward, self.forward)
        for i, (gan, other) in enumerate(pairs):
            both = _cycle_terms(gan.generator, other.generator, weight)
            gan.compile(*optimizers[2 * i : 2 * i + 2], terms=(*both, *terms[i]), **options)

    def fit(self, x, y, batch_size=32, steps=1, **keras_options):
        """Train on two arrays, which may differ in length.

        Args:
            x: images of the first set, as `data.check_images` takes them.
            y: images of the second.
            batch_size: rows of a batch.
            steps: how many.
            **keras_options: `verbose`, `callbacks` of `keras.Model.fit`.

        Returns:
            `keras.callbacks.History`; names begin with the direction.

        Raises:
            ValueError: if the images are not fit.
        """
        first, options = int(self.step), (steps, self.forward.d_steps)
        batches = tf.data.Dataset.zip(
            tuple(
                _in_groups(data.batches(images, batch_size, gan.seed, first, *options))
                for images, gan in ((x, self.forward), (y, self.backward))
            )
        )
        return super().fit(batches, steps_per_epoch=steps, shuffle=False, **keras_options)

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


def _cycle_terms(there, back, weight):
    """What the generator `there` pays for both ways round."""

    def returned(fake_images, real_images, conditions, fake_outputs, real_outputs):
        again = tf.cast(back(fake_images, training=True), tf.float32)
        return weight * mean_of_pixels(tf.abs(again - conditions))

    def reached(fake_images, real_images, conditions, fake_outputs, real_outputs):
        source = tf.stop_gradient(back(real_images, training=True))
        again = tf.cast(there(source, training=True), tf.float32)
        return weight * mean_of_pixels(tf.abs(again - real_images))

    return Term("generator", "there_and_back", returned), Term(
        "generator", "back_and_there", reached
    )


def _in_groups(dataset):
    """Every element as a tuple of batches, also where a step has one."""
    return dataset.map(lambda *group: group)
