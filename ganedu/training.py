"""The one correct training step.

Here lives `GAN`: a discriminator and a generator, one optimizer each, and a step in which
nothing is hidden. Losses, penalties, data and pictures live in their own files; networks never
know their loss. Taught by hand in lessons 03, 05 and 06.
"""

import contextlib
import signal
import threading
import warnings
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from ganedu import data, inspection, layers, losses, optimizers, penalties, replicas, seeding
from ganedu.augmentations import Adaptive
from ganedu.penalties import GradientPenalty
from ganedu.seeding import check_seed, stream_seed
from ganedu.terms import Term

# One of TensorFlow 2.21's graph optimisers, the remapper, trips over convolution + bias +
# LeakyReLU in a gradient: it logs an error for each trace and changes nothing. The step is no
# slower without it.
tf.config.optimizer.set_experimental_options({"remapping": False})

LOG_NAMES = ("discriminator_loss", "generator_loss", "penalty", "real_logit", "fake_logit")


class GAN(keras.Model):
    """Two networks that are trained against each other.

    One train step is `d_steps` discriminator updates, each on a real batch of its own and fresh
    fakes, then one generator update with fresh noise. A discriminator update leaves the
    generator untouched, weights and BatchNorm statistics, and the reverse. Randomness is a
    function of (seed, step, stream), so a resumed run equals one that never stopped.

    Networks may take conditions: labels [batch], source images, or several inputs. Whether they
    do is read from their inputs. A network that leaves the conditions out is not given them. Fakes
    carry the conditions of their real batch.

    Args:
        generator: `keras.Model` from latents [batch, latent_dim], or from [latents, *conditions],
            to images.
        discriminator: `keras.Model` from images, or from [images, *conditions], to logits
            [batch, 1] or a map of logits [batch, height, width, 1]; or to (logits, *outputs). With
            `layers.Pack` it has one logit for so many images.
        latent_dim: length of a latent vector; 0 for a generator that takes the conditions alone.
        seed: the seed of the run, an integer of at least 0.

    Raises:
        ValueError: if the two networks do not fit each other or `latent_dim`, or cannot be trained.

    Example:
        >>> from ganedu import data, models
        >>> gan = GAN(models.mlp_generator(seed=0), models.mlp_discriminator(seed=0), 2, seed=0)
        >>> gan.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3))
        >>> history = gan.fit(data.ring(100, seed=0).points, batch_size=50, epochs=1, verbose=0)
        >>> gan.generate(3, seed=0).shape
        (3, 2)

    Reference:
        Goodfellow et al. (2014), "Generative Adversarial Nets", Algorithm 1.
    """

    def __init__(self, generator, discriminator, latent_dim, seed):
        super().__init__(name="gan")
        check_seed(seed)
        self.num_conditions = inspection.check_networks(generator, discriminator, latent_dim)
        self.generator, self.discriminator = generator, discriminator
        self.latent_dim, self.seed = latent_dim, int(seed)
        self.trackers = [keras.metrics.Mean(name=name) for name in LOG_NAMES]
        self.num_packed = layers.num_packed(discriminator)
        self.terms, self.ema_generator = (), None
        self.built = True  # the networks are; without this Keras would not save the weights

    def compile(
        self,
        generator_optimizer,
        discriminator_optimizer,
        loss="non_saturating",
        penalties=(),
        d_steps=1,
        ema_half_life=20_000,
        *,
        terms=(),
        augment=None,
        generator_variables=None,
        discriminator_variables=None,
        **keras_options,
    ):
        """Set what the players minimise and how they move.

        Weight regularisers and `add_loss` of a network count in its own update; they are not
        logged.

        Args:
            generator_optimizer: a `keras.optimizers.Optimizer`, or its name. Of a network that
                computes in float16 the loss is scaled, see `optimizers.LossScaled`.
            discriminator_optimizer: another one.
            loss: one of `losses.NAMES`, or an `AdversarialLoss`.
            penalties: what `penalties.r1(...)`, `r2(...)`, `wasserstein(...)` return.
            d_steps: discriminator updates for each generator update.
            ema_half_life: images after which a weight's share in the averaged generator has
                halved; None for no average.
            terms: what a player pays beside the adversarial loss: `Term`s, as `terms.l1(...)`
                returns them. Each is logged by its name.
            augment: function of (images, seed) that real and fake images of both updates pass,
                such as `augmentations.shift`, and source images that the discriminator sees, with
                the seed of their image; or None. Penalties are taken at the changed images. Its
                draws come from `seeding.uniform` or `normal`, so that replicas share them. Of
                `augmentations.Adaptive` the GAN takes a fresh one, `gan.augment`.
            generator_variables: which of the generator's trainable variables move, such as
                `layers.variables_of(generator, stop=1)`; None for all. The others stay to the
                bit. That is all: BatchNorm in a layer that is left out still normalises by the
                batch, and its statistics go on.
            discriminator_variables: the same of the discriminator.
            **keras_options: `run_eagerly`, `jit_compile`, `steps_per_execution` of
                `keras.Model.compile`. XLA (`jit_compile=True`) draws other noise.

        Raises:
            ValueError: if an argument is not fit, the optimizers are one object, or variables are
                not the network's own.

        Warns:
            data.SuspiciousInput: if the Wasserstein loss stands alone.
        """
        made = inspection.optimizers(generator_optimizer, discriminator_optimizer)
        networks = self.generator, self.discriminator
        made = tuple(optimizers.scaled_for(*pair) for pair in zip(networks, made, strict=True))
        _check_numbers(d_steps, ema_half_life)
        chosen = {"generator": generator_variables, "discriminator": discriminator_variables}
        trained = {p: inspection.places_of(p, getattr(self, p), some) for p, some in chosen.items()}
        super().compile(optimizer=None, **{"jit_compile": False, **keras_options})
        self.generator_optimizer, self.discriminator_optimizer = made
        self.loss_pair = losses.get(loss)
        self.penalties = _checked(
            penalties, GradientPenalty, "penalties", "penalties.r1(...), r2(...)"
        )
        self.terms = _checked(terms, Term, "terms", "terms.l1(...), terms.l2(...)")
        inspection.check_game(self.loss_pair, self.penalties, self.discriminator)
        self.d_steps, self.ema_half_life = d_steps, ema_half_life
        self.augment = augment.fresh() if isinstance(augment, Adaptive) else augment
        self.trackers = _trackers(self.trackers, self.terms, self.augment)
        self.trained = trained
        self.flagged = {p: len(getattr(self, p).trainable_variables) for p in trained}
        for player, optimizer in zip(trained, made, strict=True):
            optimizer.build(self.trained_variables(player))
        self._start_average()

    def fit(
        self,
        images,
        batch_size=None,
        epochs=1,
        steps_per_epoch=None,
        *,
        conditions=None,
        **keras_options,
    ):
        """Train; Keras' own fit with its progress bar, callbacks and History.

        Training goes on at the step that the generator's optimizer has reached, with the batches
        of that step. An interrupt (Ctrl-C, the stop button) takes effect between two steps. A
        logged value that is no finite number ends it.

        Args:
            images: float array [n, height, width, channels] in [−1, 1] or uint8 pixels, waves
                [n, samples, 1], points [n, coordinates]; or a `tf.data.Dataset` of batches of
                these, of (images, conditions), or as `data.batches` makes it. Batches of a
                dataset are grouped where `d_steps` is above 1.
            batch_size: rows of a batch, 32 by default; for arrays only.
            epochs: how many epochs.
            steps_per_epoch: steps of an epoch; for arrays as many as go once through the data.
            conditions: what belongs to each image of an array (see `data.check_conditions`).
            **keras_options: `verbose`, `callbacks`, `initial_epoch` of `keras.Model.fit`.

        Returns:
            `keras.callbacks.History`.

        Raises:
            ValueError: if the images are not fit (see `data.check_images`), do not have the shape
                that the discriminator expects, or are fewer than a batch; before `compile`; if a
                layer's `trainable` was changed after it.
            FloatingPointError: if a logged value is a NaN or an infinity.
        """
        if not self.compiled:
            raise ValueError("Call gan.compile(...) before gan.fit(...).")
        for player in self.trained:
            self.trained_variables(player)  # refuses what was frozen since, and would not be seen
        callbacks = list(keras_options.pop("callbacks", None) or [])
        inspection.check_options(keras_options)
        if isinstance(images, (tf.data.Dataset, tf.distribute.DistributedDataset)):
            images = self._from_dataset(images, batch_size, conditions, steps_per_epoch)
        else:
            epochs_left = epochs - keras_options.get("initial_epoch", 0)
            images, steps_per_epoch = self._from_array(
                images, batch_size, steps_per_epoch, epochs_left, conditions
            )
        given, (images, steps_per_epoch) = images, self._shared(images, steps_per_epoch)
        strategy = self.distribute_strategy
        with watched(callbacks, strategy) as callbacks, _end_expected(given):
            return super().fit(
                images,
                epochs=epochs,
                steps_per_epoch=steps_per_epoch,
                shuffle=False,
                callbacks=callbacks,
                **keras_options,
            )

    @property
    def step(self):
        """Generator updates so far, an int64 scalar tensor."""
        # identity, because tf.cast alone may hand back the variable itself, which moves on
        return tf.cast(tf.identity(self.generator_optimizer.iterations.value), tf.int64)

    def trained_variables(self, player):
        """The variables of the "generator" or the "discriminator" that its updates move, a list."""
        variables = getattr(self, player).trainable_variables
        inspection.check_flags(player, len(variables), self.flagged[player])
        return [variables[place] for place in self.trained[player]]

    @property
    def takes_conditions(self):
        """Whether a batch has conditions: networks or terms may ask for them."""
        return bool(self.num_conditions or self.terms)

    def train_step(self, real_batches):
        """`d_steps` discriminator updates and one generator update."""
        real_batches = real_batches if isinstance(real_batches, tuple) else (real_batches,)
        if len(real_batches) != self.d_steps:
            raise ValueError(
                f"A step needs {self.d_steps} real batches, one for each discriminator update; got "
                f"{len(real_batches)}. Use data.batches(..., d_steps={self.d_steps})."
            )
        # where a dataset ends unforeseen, no counter must move before the missing batch is noticed
        with tf.control_dependencies(tf.nest.flatten(real_batches)):
            logs = self._updates(real_batches)
            for tracker in self.trackers:
                tracker.update_state(logs[tracker.name])
            # Keras averages over processes along the first axis, which a scalar has not
            shape = [1] if replicas.are_processes(self.distribute_strategy) else []
            return {each.name: tf.reshape(each.result(), shape) for each in self.trackers}

    def discriminator_step(self, real_images, number, conditions=None):
        """One update of the discriminator: raise the logits of real images, lower the fakes'."""
        layers.power_step(self.discriminator)
        latents = self.draw_latents(_size(real_images), number, "discriminator_latents")
        with _statistics_kept(self.generator):
            fake_images = self._made(latents, conditions)
        variables = self.trained_variables("discriminator")
        with _following(variables) as tape:
            real = self._judged(real_images, conditions, "real", number)
            fake = self._judged(fake_images, conditions, "fake", number)
            penalty = real.penalty + fake.penalty
            if any(p.at == "between" for p in self.penalties):
                between = self._between(real_images, fake_images, number)
                penalty += self._judged(between, conditions, "between", number).penalty
            loss = tf.reduce_mean(self.loss_pair.discriminator(real.logits, fake.logits))
            images = fake_images, real_images
            paid = self._terms("discriminator", *images, conditions, fake.outputs, real.outputs)
            total = loss + penalty + sum(paid.values()) + (real.own_loss + fake.own_loss) / 2
            total = self.discriminator_optimizer.scale_loss(_share(total))
        _apply(self.discriminator_optimizer, tape.gradient(total, variables), variables, penalty)
        return {
            "discriminator_loss": loss,
            "penalty": penalty,
            "real_logit": tf.reduce_mean(real.logits),
            "fake_logit": tf.reduce_mean(fake.logits),
            **paid,
            **self._observed(real.logits, real_images),
        }

    def generator_step(self, real_images, step, conditions=None):
        """One update of the generator: raise the logits of fresh fakes."""
        latents = self.draw_latents(_size(real_images), step, "generator_latents")
        variables = self.trained_variables("generator")
        with _following(variables) as tape, _statistics_kept(self.discriminator):
            fake_images = self._made(latents, conditions)
            own_loss = sum(self.generator.losses)
            fake = self._judged(fake_images, conditions, "generator_fake", step)
            # only a pairing loss, or a term, reads the real images' logits and outputs; the others
            # get zeros of the right shape
            asked = self.loss_pair.pairs or any(term.reads_real_outputs for term in self.terms)
            real = Judged(tf.zeros_like(fake.logits))
            if asked:
                real = self._judged(real_images, conditions, "generator_real", step)
            loss = tf.reduce_mean(self.loss_pair.generator(real.logits, fake.logits))
            images = fake_images, real_images
            paid = self._terms("generator", *images, conditions, fake.outputs, real.outputs)
            total = _share(loss + sum(paid.values()) + tf.cast(own_loss, tf.float32))
            total = self.generator_optimizer.scale_loss(total)
        _apply(self.generator_optimizer, tape.gradient(total, variables), variables)
        return {"generator_loss": loss, **paid}

    def update_ema(self, batch_size, step):
        """Move the averaged generator towards the generator; copy what is not trained.

        The decay of a step is β = ½^(batch size / half-life). In the beginning the half-life is
        a tenth of the images seen, so that early pictures do not show the random start.
        """
        seen = tf.cast(step + 1, tf.float32) * batch_size
        half_life = tf.minimum(float(self.ema_half_life), 0.1 * seen)
        kept = 0.5 ** (batch_size / half_life)
        for average, weight in zip(self.ema_generator.weights, self.generator.weights, strict=True):
            target = weight.value
            if weight.trainable:
                target = tf.cast(kept, weight.dtype) * (average.value - target) + target
            average.assign(target)

    def draw_latents(self, num_latents, step, stream):
        """Standard normal latents of one draw; a replica gets its slice of the global draw."""
        if not self.latent_dim:
            return None
        return seeding.normal([num_latents, self.latent_dim], stream_seed(self.seed, step, stream))

    def generate(self, num_images, seed, ema=True, *, conditions=None):
        """New images; the same ones for the same seed and weights, on a GPU up to rounding.

        Args:
            num_images: how many, at least 1.
            seed: integer of at least 0.
            ema: whether to use the averaged generator, where there is one.
            conditions: `num_images` of them, for a generator that takes conditions.

        Returns:
            float32 array [num_images, *image shape]; images lie in [−1, 1].

        Raises:
            ValueError: if an argument is out of its range, or conditions are missing.
        """
        if isinstance(num_images, bool) or not isinstance(num_images, (int, np.integer)):
            raise ValueError(f"num_images must be a positive integer; got {num_images!r}.")
        if num_images < 1:
            raise ValueError(f"num_images must be a positive integer; got {num_images}.")
        averaged = self.ema_generator if ema and self.compiled and self.ema_half_life else None
        latents = None
        if self.latent_dim:
            latents = seeding.sample_latents(num_images, self.latent_dim, seed)
        taken = len(self.generator.inputs) - bool(self.latent_dim)
        if taken and conditions is None:
            raise ValueError(
                f"This generator takes {taken} condition{'s' * (taken > 1)}: "
                "gan.generate(num_images, seed, conditions=...)."
            )
        if conditions is not None:
            if not taken:
                raise ValueError(
                    "This generator takes no conditions: nothing can be asked of it, neither a "
                    "class nor a source image. Leave conditions= out."
                )
            conditions = data.check_conditions(conditions, num_images)
            inspection.check_labels([self.generator], conditions)
            conditions = tf.nest.map_structure(_as_tensor, conditions)
        return generate_images(averaged or self.generator, latents, conditions=conditions)

    def call(self, *arguments, **options):
        """A GAN is no function; Keras' predict, evaluate and call have nothing to call."""
        raise ValueError("For images call gan.generate(num_images, seed), or gan.generator itself.")

    def predict(self, *arguments, **options):
        """As `call`."""
        self.call()

    def evaluate(self, *arguments, **options):
        """As `call`; what is good about images is measured by `ganedu.evaluation`."""
        raise ValueError("A GAN has no loss to evaluate; see evaluation.evaluate and metrics.")

    def save(self, *arguments, **options):
        """A GAN in training is saved by `checkpoints.save`, its generator as a Keras model."""
        raise ValueError(
            "Use checkpoints.save(path, gan) to go on training later, and "
            "gan.ema_generator.save(path) for the generator."
        )

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """Nothing: the networks are built, and Keras cannot look at a nested batch of a process."""

    def _updates(self, real_batches):
        """All updates of a step, and what is logged of them."""
        step = self.step
        for i, batch in enumerate(real_batches):
            real_images, conditions = batch if isinstance(batch, tuple) else (batch, None)
            logs = self.discriminator_step(real_images, step * self.d_steps + i, conditions)
        logs |= self.generator_step(real_images, step, conditions)
        if self.ema_generator is not None and self.ema_half_life is not None:
            self.update_ema(self._global_size(real_images), step)
        return logs

    def _start_average(self):
        """A second network with the generator's weights, for the average."""
        if self.ema_half_life is None:
            return
        if self.ema_generator is None:  # Keras would keep an older one among the variables
            try:
                self.ema_generator = keras.models.clone_model(self.generator)
            except (TypeError, ValueError, NotImplementedError) as error:
                raise ValueError(
                    "The generator cannot be cloned for its average. Let the __init__ of its "
                    "classes take **options and pass them on (or give them a get_config), or use "
                    f"ema_half_life=None. Keras says: {str(error).splitlines()[0]}"
                ) from error
        self.ema_generator.set_weights(self.generator.get_weights())  # clone starts elsewhere

    def _from_dataset(self, dataset, batch_size, conditions, steps_per_epoch):
        if batch_size is not None or conditions is not None:
            raise ValueError(
                f"batch_size={batch_size!r} and conditions= are for arrays; a dataset has its own "
                "batches. For that many epochs: gan.fit(dataset, epochs=...)."
            )
        if isinstance(dataset, tf.distribute.DistributedDataset):
            return dataset
        endless = int(dataset.cardinality()) == tf.data.INFINITE_CARDINALITY
        if endless and steps_per_epoch is None:
            raise ValueError("The dataset has no end: say steps_per_epoch.")
        return inspection.prepared(dataset, self)

    def _from_array(self, images, batch_size, steps_per_epoch, epochs, conditions):
        """Numbered batches of an array from the present step on, and the steps of an epoch."""
        images = data.checked(images)
        batch_size = 32 if batch_size is None else batch_size
        _check_shape(images, self.discriminator)
        if conditions is None and self.num_conditions:
            raise ValueError("The networks take conditions: gan.fit(images, conditions=...).")
        if conditions is not None and not self.takes_conditions:
            raise ValueError("Neither a network nor a term of this GAN takes conditions.")
        rows = max(1, batch_size * self.d_steps)  # data.batches refuses a batch of 0
        steps_per_epoch = steps_per_epoch or max(1, len(images) // rows)
        if conditions is not None:
            conditions = data.check_conditions(conditions, len(images))
            inspection.check_labels([self.generator, self.discriminator], conditions)
        numbers = int(self.step), steps_per_epoch * epochs, self.d_steps
        made = data.batches(images, batch_size, self.seed, *numbers, conditions=conditions)
        return made, steps_per_epoch

    def _shared(self, dataset, steps_per_epoch):
        """The dataset as all replicas take it, and the steps of an epoch."""
        strategy = self.distribute_strategy
        networks = self.generator, self.discriminator
        inspection.check_shared(networks, strategy.num_replicas_in_sync)
        if not isinstance(dataset, tf.data.Dataset):  # the user has shared it
            return dataset, steps_per_epoch
        if replicas.are_processes(strategy):
            steps_per_epoch = steps_per_epoch or _num_steps(dataset)
        return replicas.shared(dataset, strategy), steps_per_epoch

    def _made(self, latents, conditions):
        return tf.cast(_call(self.generator, latents, conditions, training=True), tf.float32)

    def _judged(self, images, conditions, whose, number):
        """What the discriminator says of images, and the penalties due there, from one pass."""
        if self.augment is not None and whose != "between":
            seed = stream_seed(self.seed, number, f"{whose}_augmentation")
            images = self.augment(images, seed)
            conditions = self._augmented(conditions, seed)

        def critic(images):
            judged = _call(self.discriminator, images, conditions, training=True)
            logits, *outputs = judged if isinstance(judged, (tuple, list)) else (judged,)
            return tf.cast(logits, tf.float32), *outputs

        prices = [penalty for penalty in self.penalties if penalty.at == whose]
        if not prices or prices[0].every == 1:
            return self._look(critic, images, prices)
        return tf.cond(
            tf.equal(number % prices[0].every, 0),
            lambda: self._look(critic, images, prices),
            lambda: self._look(critic, images, ()),
        )

    def _look(self, critic, images, prices):
        """One pass, with the penalties that are due."""
        penalty = tf.constant(0.0)
        if prices:
            judged, gradients = penalties.logits_and_gradients(critic, images, self.num_packed)
            squared = penalties.squared_norm(gradients, self.num_packed)
            penalty = penalties.price(prices, squared)
        else:
            judged = critic(images)
        logits, *outputs = judged
        own_loss = tf.cast(sum(self.discriminator.losses), tf.float32)
        return Judged(logits, tuple(outputs), penalty, own_loss)

    def _augmented(self, conditions, seed):
        """Source images pass the change of their image; labels and numbers stay."""

        def change(part):
            return self.augment(part, seed) if len(part.shape) > 2 else part

        if conditions is None:
            return None
        return tf.nest.map_structure(change, conditions)

    def _observed(self, logits, real_images):
        """An augmentation that adapts takes notice of an update; what is logged of it."""
        if not isinstance(self.augment, Adaptive):
            return {}
        self.augment.observe(logits, self._global_size(real_images))
        return {"augment_probability": tf.convert_to_tensor(self.augment.probability)}

    def _terms(self, player, *given):
        """What the terms of a player come to, by name."""
        paid = {}
        for term in self.terms:
            if term.player == player:
                value = tf.convert_to_tensor(term.value(*given))
                if not value.shape.rank and _num_replicas() > 1:
                    raise ValueError(
                        f"The term {term.name!r} is one number for a batch, which several replicas "
                        "would each take over their part. Train it on one device."
                    )
                paid[term.name] = tf.reduce_mean(value)
        return paid

    def _between(self, real_images, fake_images, number):
        seed = stream_seed(self.seed, number, "interpolation")
        shares = seeding.uniform([_size(real_images) // self.num_packed], seed)
        shares = tf.repeat(shares, self.num_packed)  # a pack lies on one line between two packs
        return penalties.interpolate(real_images, fake_images, shares)

    def _global_size(self, real_images):
        return float(_size(real_images) * _num_replicas())


class Judged(NamedTuple):
    """What the discriminator says of a batch.

    Attributes:
        logits: float32 tensor [batch, 1], or a map; of packs as many as there are packs.
        outputs: tuple of what it returns beside them.
        penalty: mean of the penalties due there.
        own_loss: its regularisers and what its layers added.
    """

    logits: tf.Tensor
    outputs: tuple = ()
    penalty: tf.Tensor | float = 0.0
    own_loss: tf.Tensor | float = 0.0


def generate_images(generator, latents, chunk=500, *, conditions=None):
    """A generator's images of given latents, with bounded memory.

    Args:
        generator: `keras.Model` from latents, or from [latents, *conditions], to images.
        latents: array [n, latent_dim]; None for a generator that takes the conditions alone.
        chunk: images that are made at once.
        conditions: a tensor, or a tuple of tensors, of n rows each; None for none.

    Returns:
        float32 array [n, *image shape].

    Example:
        >>> from ganedu import models
        >>> generate_images(models.mlp_generator(seed=0), np.zeros((3, 2), "float32")).shape
        (3, 2)
    """
    first = latents if latents is not None else tf.nest.flatten(conditions)[0]
    parts = []
    for i in range(0, len(first), chunk):
        given = [
            None
            if part is None
            else tf.nest.map_structure(lambda rows, i=i: rows[i : i + chunk], part)
            for part in (latents, conditions)
        ]
        parts.append(np.asarray(_call(generator, *given, training=False), "float32"))
    return np.concatenate(parts)


def style_table(generator, num_styles, seed, num_classes=10):
    """Every class from the same latents: rows are styles, columns are classes.

    Args:
        generator: `keras.Model` from [latents, labels] to images.
        num_styles: how many latents, at least 1.
        seed: integer of at least 0 from which they are drawn, as `GAN.generate` draws them.
        num_classes: how many labels, from 0 on.

    Returns:
        float32 array [num_styles, num_classes, *image shape].

    Example:
        >>> from ganedu import models
        >>> style_table(models.conditional_generator(seed=0), 3, seed=0).shape
        (3, 10, 28, 28, 1)
    """
    latents = seeding.sample_latents(num_styles, generator.inputs[0].shape[1], seed)
    labels = tf.tile(tf.range(num_classes, dtype=tf.int64), [num_styles])
    images = generate_images(generator, tf.repeat(latents, num_classes, 0), conditions=labels)
    return images.reshape(num_styles, num_classes, *images.shape[1:])


def _call(network, first, conditions, training):
    """Call a network with what it takes: latents or images, and the conditions, or not these."""
    given = [] if first is None else [first]
    if len(network.inputs) > len(given):
        given += conditions if isinstance(conditions, tuple) else [conditions]
    return network(given[0] if len(given) == 1 else given, training=training)


@contextlib.contextmanager
def _following(variables):
    """A tape of what depends on these variables; nothing is computed for the others."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        for variable in variables:
            tape.watch(variable.value)
        yield tape


@contextlib.contextmanager
def _statistics_kept(network):
    """Put back what a call in training mode changes without a gradient: BatchNorm statistics."""
    before = [tf.identity(weight.value) for weight in network.non_trainable_weights]
    yield
    for weight, value in zip(network.non_trainable_weights, before, strict=True):
        weight.assign(value)


@contextlib.contextmanager
def watched(callbacks, strategy):
    """Callbacks of a training, and with them what ends it: a NaN, an interrupt between two steps.

    Args:
        callbacks: list of `keras.callbacks.Callback`.
        strategy: `tf.distribute.Strategy` of the training.

    Yields:
        List of them and two more, for Keras' fit, which is called inside.

    Raises:
        ValueError: if a callback is none that a GAN can have.
        KeyboardInterrupt: at the end of the step in which it came.

    Example:
        >>> with watched([], tf.distribute.get_strategy()) as callbacks:
        ...     len(callbacks)
        2
    """
    inspection.check_callbacks(callbacks)
    with _interrupt_between_steps(strategy) as watch:
        yield [*callbacks, _stop_at_nan(callbacks), watch]


@contextlib.contextmanager
def _interrupt_between_steps(strategy):
    """A callback that raises the interrupt which arrived during the step, when it is whole.

    Several processes leave after the same step, where one of them was asked or wants to stop.
    """
    asked = threading.Event()

    def leave_if_asked(batch, logs=None):
        wish = watch.model.stop_training, asked.is_set()
        watch.model.stop_training, leave = replicas.any_asks(wish, strategy)
        if leave:
            raise KeyboardInterrupt

    def ask(number, frame):
        if asked.is_set():  # the second time: at once
            raise KeyboardInterrupt
        asked.set()

    watch = keras.callbacks.LambdaCallback(on_train_batch_end=leave_if_asked)
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or signal.getsignal(signal.SIGINT) in (None, signal.SIG_IGN):
        yield watch
        return
    previous = signal.signal(signal.SIGINT, ask)
    try:
        yield watch
        if any(replicas.any_asks([asked.is_set()], strategy)):  # it came after the last step
            raise KeyboardInterrupt
    finally:
        signal.signal(signal.SIGINT, previous)


@contextlib.contextmanager
def _end_expected(dataset):
    """Without Keras' warning at the end of a dataset whose length it could not know."""
    known = getattr(dataset, "cardinality", lambda: 0)() != tf.data.UNKNOWN_CARDINALITY
    with contextlib.nullcontext() if known else warnings.catch_warnings():
        if not known:
            warnings.filterwarnings("ignore", "Your input ran out of data", UserWarning)
        yield


def _stop_at_nan(others):
    """A callback that ends training with a sentence when a logged value is no number any more."""
    quietly = any(isinstance(other, keras.callbacks.TerminateOnNaN) for other in others)

    def look(batch, logs=None):
        broken = [name for name, value in (logs or {}).items() if not np.isfinite(value)]
        if broken and quietly:
            watch.model.stop_training = True
        elif broken:
            raise FloatingPointError(
                f"{broken[0]} is {float(logs[broken[0]])} at step {int(watch.model.step)}. Try a "
                "smaller learning rate or a gradient penalty."
            )

    watch = keras.callbacks.LambdaCallback(on_train_batch_end=look)
    return watch


def _trackers(present, terms, augment):
    """A running mean for each logged name; those that are there stay."""
    there = {tracker.name: tracker for tracker in present}
    names = [*LOG_NAMES, *(term.name for term in terms)]
    names += ["augment_probability"] if isinstance(augment, Adaptive) else []
    if len({*names}) < len(names):
        raise ValueError(f"Each term needs a name of its own; got {', '.join(names)}.")
    return [there.get(name) or keras.metrics.Mean(name=name) for name in names]


def _as_tensor(part):
    return tf.convert_to_tensor(data.as_floats(part))


def _apply(optimizer, gradients, variables, *others):
    """Move the variables when all that reads them is done.

    The order that a graph keeps by itself is not enough: TensorFlow 2.21's optimisers of graphs
    drop a part of it where one network is called more than once, and then some gradients are
    taken at weights that have moved already.
    """
    reads = [value for value in (*gradients, *others) if value is not None]
    # an embedding's gradient is several tensors, and stays so
    with tf.control_dependencies(tf.nest.flatten(reads, expand_composites=True)):
        optimizer.apply(gradients, variables)


def _num_steps(dataset):
    """Steps of an epoch, which Keras cannot find out of what is shared among processes."""
    if (number := int(dataset.cardinality())) < 1:
        raise ValueError("For several processes say how long an epoch is: steps_per_epoch=...")
    return number


def _num_replicas():
    return tf.distribute.get_replica_context().num_replicas_in_sync


def _share(total):
    # gradients are summed over replicas; each brings its share of the mean over the global batch
    return total / _num_replicas()


def _size(images):
    if images.shape[0] is None:
        raise ValueError("The batch size must be known: use data.batches, or drop_remainder=True.")
    return images.shape[0]


def _checked(given, kind, name, examples):
    given = (given,) if isinstance(given, kind) else tuple(given)
    for one in given:
        if not isinstance(one, kind):
            raise ValueError(f"{name} takes what {examples} and the like return; got {one!r}.")
    return given


def _check_numbers(d_steps, ema_half_life):
    if isinstance(d_steps, bool) or not isinstance(d_steps, int) or d_steps < 1:
        raise ValueError(f"d_steps must be an integer of at least 1; got {d_steps!r}.")
    if ema_half_life is not None and not 0 < ema_half_life < float("inf"):
        raise ValueError(
            "ema_half_life must be a number of images above 0, for example 20_000, or None for no "
            f"averaged generator; got {ema_half_life!r}."
        )


def _check_shape(images, discriminator):
    expected = tuple(discriminator.inputs[0].shape[1:])
    if not inspection.fits(images.shape[1:], expected):
        raise ValueError(
            f"The discriminator expects images of shape {expected}; these have {images.shape[1:]}. "
            "Build the networks with that image_shape, or resize the images."
        )
