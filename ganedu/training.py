"""The one correct training step.

Here lives `GAN`: a discriminator and a generator, one optimizer each, and a step in which
nothing is hidden. Losses, penalties, data and pictures live in their own files; networks never
know their loss. Taught by hand in lessons 03, 05 and 06.
"""

import contextlib
import signal
import threading

import keras
import numpy as np
import tensorflow as tf

from ganedu import data, losses, penalties
from ganedu.seeding import check_seed, stream_seed

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

    Args:
        generator: `keras.Model` from latents [batch, latent_dim] to images.
        discriminator: `keras.Model` from images to logits [batch, 1].
        latent_dim: length of a latent vector.
        seed: the seed of the run, an integer of at least 0.

    Raises:
        ValueError: if the two networks do not fit each other or `latent_dim`.

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
        _check_fit(generator, discriminator, latent_dim)
        self.generator, self.discriminator = generator, discriminator
        self.latent_dim, self.seed = latent_dim, int(seed)
        self.trackers = [keras.metrics.Mean(name=name) for name in LOG_NAMES]
        self.built = True  # the networks are; without this Keras would not save the weights

    def compile(
        self,
        generator_optimizer,
        discriminator_optimizer,
        loss="non_saturating",
        penalties=(),
        d_steps=1,
        ema_half_life=20_000,
        **keras_options,
    ):
        """Set what the players minimise and how they move.

        Args:
            generator_optimizer: a `keras.optimizers.Optimizer`.
            discriminator_optimizer: another one.
            loss: one of `losses.NAMES`, or an `AdversarialLoss`.
            penalties: what `penalties.r1(...)`, `r2(...)`, `wasserstein(...)` return.
            d_steps: discriminator updates for each generator update.
            ema_half_life: images after which a weight's share in the averaged generator has
                halved; None for no average.
            **keras_options: `run_eagerly`, `jit_compile`, `steps_per_execution` of
                `keras.Model.compile`. XLA (`jit_compile=True`) draws other noise.

        Raises:
            ValueError: if an argument is not fit, or the optimizers are one object.
        """
        if generator_optimizer is discriminator_optimizer:
            raise ValueError("Each network needs an optimizer of its own; got one for both.")
        _check_numbers(d_steps, ema_half_life)
        super().compile(optimizer=None, **{"jit_compile": False, **keras_options})
        self.generator_optimizer = generator_optimizer
        self.discriminator_optimizer = discriminator_optimizer
        self.loss_pair = losses.get(loss)
        self.penalties = _checked_penalties(penalties)
        self.d_steps, self.ema_half_life = d_steps, ema_half_life
        generator_optimizer.build(self.generator.trainable_variables)
        discriminator_optimizer.build(self.discriminator.trainable_variables)
        self.ema_generator = None
        if ema_half_life is not None:
            self.ema_generator = keras.models.clone_model(self.generator)
            self.ema_generator.set_weights(self.generator.get_weights())  # clone starts elsewhere

    def fit(self, images, batch_size=32, epochs=1, steps_per_epoch=None, **keras_options):
        """Train; Keras' own fit with its progress bar, callbacks and History.

        Training goes on at the step that the generator's optimizer has reached, with the batches
        of that step. An interrupt (Ctrl-C, the stop button) takes effect between two steps.

        Args:
            images: float array [n, height, width, channels] in [−1, 1], points [n, coordinates],
                or a dataset as `data.batches` makes it.
            batch_size: rows of a batch; for arrays only.
            epochs: how many epochs.
            steps_per_epoch: steps of an epoch; for arrays as many as go once through the data.
            **keras_options: `verbose`, `callbacks`, `initial_epoch` of `keras.Model.fit`.

        Returns:
            `keras.callbacks.History`.

        Raises:
            ValueError: if the images are not fit (see `data.check_images`), do not have the shape
                that the discriminator expects, or are fewer than a batch; before `compile`.
        """
        if not self.compiled:
            raise ValueError("Call gan.compile(...) before gan.fit(...).")
        if not isinstance(images, (tf.data.Dataset, tf.distribute.DistributedDataset)):
            images = data.check_images(images)
            _check_shape(images, self.discriminator)
            rows = max(1, batch_size * self.d_steps)  # data.batches refuses a batch of 0
            steps_per_epoch = steps_per_epoch or max(1, len(images) // rows)
            num_steps = steps_per_epoch * (epochs - keras_options.get("initial_epoch", 0))
            first_step = int(self.step)
            images = data.batches(
                images, batch_size, self.seed, first_step, num_steps, self.d_steps
            )
        callbacks = list(keras_options.pop("callbacks", None) or [])
        with _interrupt_between_steps() as watch:
            return super().fit(
                images,
                epochs=epochs,
                steps_per_epoch=steps_per_epoch,
                shuffle=False,
                callbacks=[*callbacks, watch],
                **keras_options,
            )

    @property
    def step(self):
        """Generator updates so far, an int64 scalar tensor."""
        # identity, because tf.cast alone may hand back the variable itself, which moves on
        return tf.cast(tf.identity(self.generator_optimizer.iterations.value), tf.int64)

    def train_step(self, real_batches):
        """`d_steps` discriminator updates and one generator update."""
        real_batches = real_batches if isinstance(real_batches, tuple) else (real_batches,)
        if len(real_batches) != self.d_steps:
            raise ValueError(
                f"A step needs {self.d_steps} real batches, one for each discriminator update; got "
                f"{len(real_batches)}. Use data.batches(..., d_steps={self.d_steps})."
            )
        step = self.step
        for i, real_images in enumerate(real_batches):
            logs = self.discriminator_step(real_images, step * self.d_steps + i)
        logs["generator_loss"] = self.generator_step(real_images, step)
        if self.ema_generator is not None:
            self.update_ema(self._global_size(real_images), step)
        for tracker in self.trackers:
            tracker.update_state(logs[tracker.name])
        return {tracker.name: tracker.result() for tracker in self.trackers}

    def discriminator_step(self, real_images, number):
        """One update of the discriminator: raise the logits of real images, lower the fakes'."""
        latents = self.draw_latents(_size(real_images), number, "discriminator_latents")
        with _statistics_kept(self.generator):
            fake_images = self.generator(latents, training=True)
        with tf.GradientTape() as tape:
            real_logits, real_penalty = self._logits_and_penalty(real_images, "real")
            fake_logits, fake_penalty = self._logits_and_penalty(fake_images, "fake")
            penalty = real_penalty + fake_penalty
            if any(p.at == "between" for p in self.penalties):
                between = self._between(real_images, fake_images, number)
                penalty += self._logits_and_penalty(between, "between")[1]
            loss = tf.reduce_mean(self.loss_pair.discriminator(real_logits, fake_logits))
            total = _share(loss + penalty)
        variables = self.discriminator.trainable_variables
        self.discriminator_optimizer.apply(tape.gradient(total, variables), variables)
        return {
            "discriminator_loss": loss,
            "penalty": penalty,
            "real_logit": tf.reduce_mean(real_logits),
            "fake_logit": tf.reduce_mean(fake_logits),
        }

    def generator_step(self, real_images, step):
        """One update of the generator: raise the logits of fresh fakes."""
        latents = self.draw_latents(_size(real_images), step, "generator_latents")
        with tf.GradientTape() as tape, _statistics_kept(self.discriminator):
            fake_images = self.generator(latents, training=True)
            fake_logits = self._logits(fake_images)
            # only a pairing loss reads the real logits; the others get zeros of the right shape
            pairs = self.loss_pair.pairs
            real_logits = self._logits(real_images) if pairs else tf.zeros_like(fake_logits)
            loss = tf.reduce_mean(self.loss_pair.generator(real_logits, fake_logits))
            total = _share(loss)
        variables = self.generator.trainable_variables
        self.generator_optimizer.apply(tape.gradient(total, variables), variables)
        return loss

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
        replica = tf.distribute.get_replica_context()
        shape = [num_latents * replica.num_replicas_in_sync, self.latent_dim]
        latents = tf.random.stateless_normal(
            shape, stream_seed(self.seed, step, stream), alg="philox"
        )
        return _slice(latents, num_latents, replica)

    def generate(self, num_images, seed, ema=True):
        """New images; the same ones for the same seed and weights.

        Args:
            num_images: how many, at least 1.
            seed: integer of at least 0.
            ema: whether to use the averaged generator, where there is one.

        Returns:
            float32 array [num_images, *image shape]; images lie in [−1, 1].

        Raises:
            ValueError: if an argument is out of its range.
        """
        if isinstance(num_images, bool) or not isinstance(num_images, (int, np.integer)):
            raise ValueError(f"num_images must be a positive integer; got {num_images!r}.")
        if num_images < 1:
            raise ValueError(f"num_images must be a positive integer; got {num_images}.")
        averaged = getattr(self, "ema_generator", None) if ema else None
        latents = tf.random.stateless_normal(
            [num_images, self.latent_dim], stream_seed(seed, 0, "samples"), alg="philox"
        )
        return generate_images(averaged or self.generator, latents)

    def _logits(self, images):
        return tf.cast(self.discriminator(images, training=True), tf.float32)

    def _logits_and_penalty(self, images, where):
        """Logits, and the mean of the penalties due there, from one forward pass."""
        prices = [penalty for penalty in self.penalties if penalty.at == where]
        if not prices:
            return self._logits(images), tf.constant(0.0)
        logits, gradients = penalties.logits_and_gradients(self._logits, images)
        squared = penalties.squared_norm(gradients)
        return logits, tf.reduce_mean(tf.add_n([price.per_image(squared) for price in prices]))

    def _between(self, real_images, fake_images, number):
        replica = tf.distribute.get_replica_context()
        num_images = _size(real_images)
        shares = tf.random.stateless_uniform(
            [num_images * replica.num_replicas_in_sync],
            stream_seed(self.seed, number, "interpolation"),
            alg="philox",
        )
        return penalties.interpolate(real_images, fake_images, _slice(shares, num_images, replica))

    def _global_size(self, real_images):
        replicas = tf.distribute.get_replica_context().num_replicas_in_sync
        return float(_size(real_images) * replicas)


def generate_images(generator, latents, chunk=500):
    """A generator's images of given latents, with bounded memory.

    Args:
        generator: `keras.Model` from latents to images.
        latents: array [n, latent_dim].
        chunk: latents that pass the network at once.

    Returns:
        float32 array [n, *image shape].

    Example:
        >>> from ganedu import models
        >>> generate_images(models.mlp_generator(seed=0), np.zeros((3, 2), "float32")).shape
        (3, 2)
    """
    parts = [latents[i : i + chunk] for i in range(0, len(latents), chunk)]
    return np.concatenate(
        [np.asarray(generator(part, training=False), "float32") for part in parts]
    )


@contextlib.contextmanager
def _statistics_kept(network):
    """Put back what a call in training mode changes without a gradient: BatchNorm statistics."""
    before = [tf.identity(weight.value) for weight in network.non_trainable_weights]
    yield
    for weight, value in zip(network.non_trainable_weights, before, strict=True):
        weight.assign(value)


@contextlib.contextmanager
def _interrupt_between_steps():
    """A callback that raises the interrupt which arrived during the step, when it is whole."""
    asked = threading.Event()

    def leave_if_asked(batch, logs=None):
        if asked.is_set():
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
        leave_if_asked(None)  # it came after the last step
    finally:
        signal.signal(signal.SIGINT, previous)


def _share(mean):
    # gradients are summed over replicas; each brings its share of the mean over the global batch
    return mean / tf.distribute.get_replica_context().num_replicas_in_sync


def _slice(draw, size, replica):
    first = replica.replica_id_in_sync_group * size
    return tf.reshape(draw[first : first + size], [size, *draw.shape[1:]])


def _size(images):
    if images.shape[0] is None:
        raise ValueError("The batch size must be known: use data.batches, or drop_remainder=True.")
    return images.shape[0]


def _checked_penalties(given):
    given = tuple(given) if not isinstance(given, penalties.GradientPenalty) else (given,)
    for penalty in given:
        if not isinstance(penalty, penalties.GradientPenalty):
            raise ValueError(
                "penalties takes what penalties.r1(...), r2(...) or wasserstein(...) return; "
                f"got {penalty!r}."
            )
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
    expected = tuple(discriminator.input_shape[1:])
    if images.shape[1:] != expected:
        raise ValueError(
            f"The discriminator expects images of shape {expected}; these have {images.shape[1:]}. "
            "Build the networks with that image_shape, or resize the images."
        )


def _check_fit(generator, discriminator, latent_dim):
    if tuple(generator.input_shape) != (None, latent_dim):
        raise ValueError(
            f"The generator takes latents of shape {tuple(generator.input_shape)[1:]}, but "
            f"latent_dim is {latent_dim!r}."
        )
    made, judged = tuple(generator.output_shape), tuple(discriminator.input_shape)
    if made != judged:
        raise ValueError(
            f"The generator makes images of shape {made[1:]}, but the discriminator takes "
            f"{judged[1:]}."
        )
    if tuple(discriminator.output_shape) != (None, 1):
        raise ValueError(
            "The discriminator must return one logit per image, shape [batch, 1]; it returns "
            f"{tuple(discriminator.output_shape)}."
        )
