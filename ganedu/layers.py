"""Layers that Keras lacks, or has in another sense than the papers.

Here live spectral normalisation, two layers by which a discriminator sees more than one image at
once, one that moves images in training, and which variables belong to which layers. Networks are
built in `ganedu.models`. Taught in lesson 10, `Moved` in lesson 16.
"""

import keras
import numpy as np
import tensorflow as tf

from ganedu import augmentations
from ganedu.seeding import layer_seeds


class SpectralNormalization(keras.layers.Wrapper):
    """A Dense or convolutional layer whose kernel is divided by its largest singular value.

    The layer computes with W/σ, where σ = vᵀWu, and the gradient goes through σ, with u and v
    held still. A call never changes a weight, in training or not: u moves in `power_step` only,
    which `training.GAN` calls once before each discriminator update. At the start u is exact.

    For a convolution W is the kernel as a matrix with one column for each output channel, as in
    the paper; its norm is not that of the convolution, so this is no Lipschitz bound of 1.

    Args:
        layer: a `keras.layers.Dense`, `Conv1D` to `3D` or `Conv1DTranspose` to `3DTranspose`.
        **options: `name` and other arguments of `keras.layers.Layer`.

    Raises:
        ValueError: if the layer is another one.

    Example:
        >>> dense = keras.layers.Dense(3, use_bias=False)
        >>> network = keras.Sequential([keras.Input((2,)), SpectralNormalization(dense)])
        >>> kernel = network(np.eye(2, dtype="float32")).numpy()  # W/σ
        >>> round(float(np.linalg.svd(kernel)[1][0]), 4)
        1.0

    Reference:
        Miyato, Kataoka, Koyama, Yoshida (2018), "Spectral Normalization for Generative
        Adversarial Networks", eq. 11 and algorithm 1.
    """

    def __init__(self, layer, **options):
        if not isinstance(layer, (keras.layers.Dense, *CONVOLUTIONS, *TRANSPOSED)):
            raise ValueError(
                "SpectralNormalization takes a Dense or (transposed) convolutional layer; got "
                f"{type(layer).__name__}."
            )
        super().__init__(layer, **options)

    def build(self, input_shape=None):
        """Build the layer inside, and find its u by NumPy's decomposition."""
        super().build(input_shape)
        matrix = np.asarray(self._matrix(), "float64")
        start = np.linalg.svd(matrix, full_matrices=False)[2][0]
        self.u = self.add_weight(
            name="u",
            shape=start.shape,
            initializer=keras.initializers.Constant(start),
            trainable=False,
            aggregation="only_first_replica",  # they are equal on all
            dtype="float32",
        )

    def call(self, inputs):
        """The layer's outputs with W/σ in place of W."""
        image = tf.linalg.matvec(self._matrix(), tf.convert_to_tensor(self.u.value))  # Wu
        v = tf.stop_gradient(_unit(image))
        sigma = tf.tensordot(v, image, 1)
        normalised = self.layer.kernel.value / tf.cast(sigma, self.layer.kernel.dtype)
        with keras.StatelessScope(state_mapping=[(self.layer.kernel, normalised)]):
            return self.layer.call(inputs)

    def compute_output_shape(self, input_shape):
        """The layer's own."""
        return self.layer.compute_output_shape(input_shape)

    def power_step(self):
        """One power iteration: u ← Wᵀv/‖Wᵀv‖, where v = Wu/‖Wu‖."""
        matrix = self._matrix()
        v = _unit(tf.linalg.matvec(matrix, tf.convert_to_tensor(self.u.value)))
        self.u.assign(_unit(tf.linalg.matvec(matrix, v, transpose_a=True)))

    def _matrix(self):
        """The kernel as a float32 matrix, [everything else, output channels]."""
        kernel = tf.cast(tf.convert_to_tensor(self.layer.kernel.value), tf.float32)
        if isinstance(self.layer, TRANSPOSED):  # their kernels end in (outputs, inputs)
            kernel = tf.linalg.matrix_transpose(kernel)
        return tf.reshape(kernel, [-1, kernel.shape[-1]])


CONVOLUTIONS = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D)
TRANSPOSED = (
    keras.layers.Conv1DTranspose,
    keras.layers.Conv2DTranspose,
    keras.layers.Conv3DTranspose,
)


def power_step(network):
    """One power iteration of every spectrally normalised layer, nested ones too.

    `training.GAN` calls it once at the start of each discriminator update; a loop by hand calls
    it itself.

    Args:
        network: a `keras.Model`.

    Example:
        >>> layer = SpectralNormalization(keras.layers.Dense(1))
        >>> power_step(keras.Sequential([keras.Input((2,)), layer]))
    """
    for layer in every_layer(network):
        if isinstance(layer, SpectralNormalization):
            layer.power_step()


class Pack(keras.layers.Layer):
    """At the entrance of a discriminator: several images are judged together, as one.

    [batch, height, width, channels] becomes [batch/m, height, width, m · channels]: m images that
    follow one another in the batch lie on one another, and get one logit. The step judges real and
    generated images apart, so a pack holds only the ones or only the others. The losses are those
    of packs, a pairing loss compares pack with pack, and a penalty takes the gradient with respect
    to all images of a pack: ‖∇D‖² is the sum over them. Conditions, as images or embedded, are
    packed by a layer of their own.

    Args:
        num_packed: m, an integer of at least 1, which divides the batch, on several replicas the
            part of each.
        **options: `name` and other arguments of `keras.layers.Layer`.

    Raises:
        ValueError: if `num_packed` is no such integer, or in a call does not divide the batch.

    Example:
        >>> Pack(2)(np.zeros((6, 28, 28, 1))).shape
        TensorShape([3, 28, 28, 2])

    Reference:
        Lin, Khetan, Fanti, Oh (2018), "PacGAN: The power of two samples in generative adversarial
        networks", section 2.
    """

    def __init__(self, num_packed, **options):
        super().__init__(**options)
        self.num_packed = _count("num_packed", num_packed, least=1)

    def call(self, inputs):
        """The packs."""
        _check_divides(inputs.shape[0], self.num_packed, "packs")
        return tf.concat([inputs[i :: self.num_packed] for i in range(self.num_packed)], axis=-1)

    def compute_output_shape(self, input_shape):
        """Of fewer rows with more channels."""
        batch, *sides, channels = input_shape
        rows = None if batch is None else batch // self.num_packed
        return (rows, *sides, channels * self.num_packed)

    def get_config(self):
        """What Keras saves."""
        return {**super().get_config(), "num_packed": self.num_packed}


class BatchStatistic(keras.layers.Layer):
    """One more channel, the same number everywhere: how much the images of a group differ.

    For each feature at each place the standard deviation over the group, √(variance + 10⁻⁸); of
    these the mean. A generator whose images are all alike is given away by it. A group is so many
    images that follow one another in the batch. Several replicas each see their own part of the
    batch only; where the group divides that part, they find what one device finds.

    A penalty takes the gradient of the sum of all logits, and so includes what an image does to
    the logits of its group.

    Args:
        group_size: images of a group, an integer of at least 2, which divides the batch, on
            several replicas the part of each.
        **options: `name` and other arguments of `keras.layers.Layer`.

    Raises:
        ValueError: if `group_size` is no such integer, or in a call does not divide the batch.

    Example:
        >>> pairs = tf.constant([[1.0], [3.0], [5.0], [5.0]])
        >>> np.round(BatchStatistic(2)(pairs), 3).tolist()
        [[1.0, 1.0], [3.0, 1.0], [5.0, 0.0], [5.0, 0.0]]

    Reference:
        Karras, Aila, Laine, Lehtinen (2018), "Progressive Growing of GANs for Improved Quality,
        Stability, and Variation", section 3; they take the whole batch as one group.
    """

    def __init__(self, group_size=4, **options):
        super().__init__(**options)
        self.group_size = _count("group_size", group_size, least=2)

    def call(self, inputs):
        """The inputs with their channel more."""
        _check_divides(inputs.shape[0], self.group_size, "groups")
        shape = tf.shape(inputs)
        groups = tf.reshape(inputs, tf.concat([[-1, self.group_size], shape[1:]], 0))
        variance = tf.math.reduce_variance(tf.cast(groups, tf.float32), axis=1)
        spread = tf.reduce_mean(tf.sqrt(variance + 1e-8), axis=range(1, len(inputs.shape)))
        each = tf.reshape(tf.repeat(spread, self.group_size), [-1] + [1] * (len(inputs.shape) - 1))
        channel = tf.broadcast_to(each, tf.concat([shape[:-1], [1]], 0))
        return tf.concat([inputs, tf.cast(channel, inputs.dtype)], axis=-1)

    def compute_output_shape(self, input_shape):
        """With one channel more."""
        return (*input_shape[:-1], input_shape[-1] + 1)

    def get_config(self):
        """What Keras saves."""
        return {**super().get_config(), "group_size": self.group_size}


class Moved(keras.layers.Layer):
    """In training each image is turned, zoomed, moved by some pixels, and a square of it covered.

    These are `keras.layers.RandomRotation` and `RandomZoom`, and `augmentations.shift` and
    `cutout`; what comes in at a side is black. Keras' two layers change images unless they are
    told that it is no training; this one changes none unless it is told that it is. It belongs to
    the network, as dropout does: who calls twice gets two draws.

    Args:
        share: moved by at most so much of a side, from 0 to 1.
        seed: integer of at least 0 from which the draws begin.
        covered: side of the square, as a share of the image's; 0 covers nothing.
        turn: by at most so much of a full turn, either way.
        zoom: each side by at most so much of it, either way.
        **options: `name` and other arguments of `keras.layers.Layer`.

    Example:
        >>> images = np.float32(np.random.default_rng(0).uniform(-1, 1, (4, 8, 8, 1)))
        >>> bool((Moved(0.25, seed=0)(images) == images).numpy().all())
        True
    """

    def __init__(self, share, seed, covered=0.0, turn=0.0, zoom=0.0, **options):
        super().__init__(**options)
        self.told = {"share": share, "seed": seed, "covered": covered, "turn": turn, "zoom": zoom}
        seeds, self.first = layer_seeds(seed, "moved"), []
        self.draws = keras.random.SeedGenerator(next(seeds))
        black = {"fill_mode": "constant", "fill_value": augmentations.BACKGROUND}
        if turn:
            self.first.append(keras.layers.RandomRotation(turn, seed=next(seeds), **black))
        if zoom:  # a draw for each side
            sides = (-zoom, zoom), (-zoom, zoom)
            self.first.append(keras.layers.RandomZoom(*sides, seed=next(seeds), **black))

    def build(self, input_shape):
        """Nothing is learned."""
        for change in self.first:
            change.build(input_shape)

    def call(self, inputs, training=False):
        """The changed images."""
        if not training:
            return inputs
        for change in self.first:
            inputs = change(inputs, training=True)
        images = augmentations.shift(inputs, self._draw(), self.told["share"])
        if self.told["covered"]:
            images = augmentations.cutout(images, self._draw(), self.told["covered"])
        return images

    def compute_output_shape(self, input_shape):
        """The same."""
        return input_shape

    def get_config(self):
        """What Keras saves."""
        return {**super().get_config(), **self.told}

    def _draw(self):
        return tf.cast(tf.convert_to_tensor(self.draws.next()), tf.int64)


def num_packed(network):
    """How many images a discriminator judges together, by its `Pack` layers.

    Args:
        network: a `keras.Model`.

    Returns:
        An integer; 1 for a network without such a layer.

    Raises:
        ValueError: if its layers make packs of unequal sizes.

    Example:
        >>> num_packed(keras.Sequential([keras.Input((2,)), Pack(4), keras.layers.Dense(1)]))
        4
    """
    found = {layer.num_packed for layer in every_layer(network) if isinstance(layer, Pack)}
    if len(found) > 1:
        raise ValueError(
            f"A discriminator packs its images and conditions alike; got packs of {sorted(found)}."
        )
    return found.pop() if found else 1


def every_layer(network):
    """The layers of a network, and those inside them.

    Args:
        network: a `keras.Model`.

    Returns:
        List of `keras.layers.Layer`, the network itself among them.

    Example:
        >>> inner = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, name="inner")])
        >>> outer = keras.Sequential([keras.Input((2,)), inner])
        >>> "inner" in [layer.name for layer in every_layer(outer)]
        True
    """
    return network._flatten_layers()  # Keras has no public way that knows all kinds of nesting


def variables_of(network, start=0, stop=None):
    """The trainable variables of some layers, for `GAN.compile(discriminator_variables=...)`.

    Layers are counted from the inputs on, and only those that have such variables; networks in a
    network are opened. `start` and `stop` are as in a slice: with start=2 the first two layers
    are left out, stop=1 is the first one alone, start=-1 the last.

    Args:
        network: a `keras.Model`.
        start: the first layer, an integer.
        stop: the layer before which it ends; None for the end.

    Returns:
        List of variables.

    Raises:
        ValueError: if no layer is left.

    Example:
        >>> network = keras.Sequential([keras.Input((2,)), *map(keras.layers.Dense, (3, 1))])
        >>> [tuple(variable.shape) for variable in variables_of(network, start=1)]
        [(3, 1), (1,)]
    """
    counted = list(_with_variables(network))
    chosen = counted[start:stop]
    if not chosen:
        raise ValueError(
            f"No layer lies from {start} to {stop}: {len(counted)} layers of this network have "
            "trainable variables, and they are counted from 0."
        )
    return [variable for layer in chosen for variable in layer.trainable_variables]


def _with_variables(network):
    for layer in network.layers:
        if isinstance(layer, keras.Model):
            yield from _with_variables(layer)
        elif layer.trainable_variables:
            yield layer


def _count(name, value, least):
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name} must be an integer of at least {least}; got {value!r}.")
    return value


def _check_divides(batch, size, what):
    if batch is not None and batch % size:
        fitting = [str(number) for number in range(2, batch + 1) if batch % number == 0]
        raise ValueError(
            f"A batch of {batch} makes no {what} of {size}: make them of {' or '.join(fitting)}, "
            f"or take a batch size that {size} divides."
        )


def _unit(vector):
    return vector / (tf.norm(vector) + 1e-12)
