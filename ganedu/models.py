"""Small networks: generators from noise to images (or points), discriminators to one logit.

Here live builders that return plain Keras models. Every weight is drawn from the builder's
`seed`. Discriminators return logits, not probabilities, and carry no BatchNorm, so that they
can be penalised. The last layer of every network computes in float32, also under a mixed
precision policy. `image_generator` and `image_discriminator` fit images of any size; the digits'
networks are these with two strides, the conditional ones are told a class besides, `translator`
and `pair_discriminator` a source image; those of waves have one long side alone. `denoiser`,
`image_encoder` and `row_network` are of the generators that are no GANs.
Taught in lessons 03 (points), 04 (images), 08 (the classifier behind the metrics), 12 (labels), 13
(source images), 17 (waves) and 18 (other generators).
"""

import math

import keras
from keras import layers

from ganedu.seeding import layer_seeds

SMALLEST = 7  # pixels: a map of images is not halved below
BOTTOM = 8  # channels at the bottom of a translator, in front of its Dense layers
STAYS = 1.5  # times its source a local translator starts from; tanh of it is near the source
_WAVE = {"kernel_size": 16, "strides": 4, "padding": "same"}  # of what makes and judges waves
HEADS = ("concatenation", "auxiliary", "projection")  # ways to tell a discriminator the class


def mlp_generator(latent_dim=2, num_outputs=2, widths=(128, 128), *, seed=0):
    """Dense network from noise to points of the plane.

    Args:
        latent_dim: length of a latent vector.
        num_outputs: coordinates of a point.
        widths: units of each hidden layer.
        seed: integer of at least 0 from which the weights are drawn.

    Returns:
        A `keras.Model` from [batch, latent_dim] to [batch, num_outputs], not bounded.

    Example:
        >>> mlp_generator(seed=0).output_shape
        (None, 2)
    """
    seeds = layer_seeds(seed, "generator")
    latents = points = keras.Input((latent_dim,), name="latents")
    for width in widths:
        points = layers.Dense(width, activation="relu", **_start(seeds, "he_normal"))(points)
    points = layers.Dense(num_outputs, dtype="float32", **_start(seeds))(points)
    return keras.Model(latents, points, name="generator")


def mlp_discriminator(num_inputs=2, widths=(128, 128), *, seed=0):
    """Dense network from points of the plane to one logit each.

    Args:
        num_inputs: coordinates of a point.
        widths: units of each hidden layer.
        seed: integer of at least 0 from which the weights are drawn.

    Returns:
        A `keras.Model` from [batch, num_inputs] to logits [batch, 1].

    Example:
        >>> mlp_discriminator(seed=0).output_shape
        (None, 1)
    """
    seeds = layer_seeds(seed, "discriminator")
    points = logits = keras.Input((num_inputs,), name="points")
    for width in widths:
        logits = layers.Dense(width, **_start(seeds, "he_normal"))(logits)
        logits = layers.LeakyReLU(negative_slope=0.2)(logits)
    logits = layers.Dense(1, dtype="float32", **_start(seeds))(logits)
    return keras.Model(points, logits, name="discriminator")


def dcgan_generator(latent_dim=100, image_shape=(28, 28, 1), *, seed=0):
    """The generator of the usual DCGAN tutorials, 256-128-64 wide.

    Dense to a quarter of the image size with 256 channels, then transposed 5×5 convolutions to
    128, 64 (stride 2) and the image's channels (stride 2, tanh); BatchNorm and LeakyReLU between.

    Args:
        latent_dim: length of a latent vector.
        image_shape: (height, width, channels); both sides divisible by 4.
        seed: integer of at least 0 from which the weights are drawn.

    Returns:
        A `keras.Model` from [batch, latent_dim] to images [batch, *image_shape] in [−1, 1].

    Raises:
        ValueError: if a side of the image is not divisible by 4.

    Example:
        >>> dcgan_generator(image_shape=(32, 32, 3), seed=0).output_shape
        (None, 32, 32, 3)

    Reference:
        Radford, Metz, Chintala (2016), "Unsupervised Representation Learning with Deep
        Convolutional Generative Adversarial Networks".
    """
    height, width, channels = _quartered(image_shape)
    seeds = layer_seeds(seed, "generator")
    latents = keras.Input((latent_dim,), name="latents")
    images = layers.Dense(height * width * 256, use_bias=False, **_start(seeds))(latents)
    images = _normalised(images)
    images = layers.Reshape((height, width, 256))(images)
    for filters, strides in ((128, 1), (64, 2)):
        images = layers.Conv2DTranspose(
            filters, 5, strides=strides, padding="same", use_bias=False, **_start(seeds)
        )(images)
        images = _normalised(images)
    images = layers.Conv2DTranspose(
        channels, 5, strides=2, padding="same", use_bias=False, **_start(seeds)
    )(images)
    images = layers.Activation("tanh", dtype="float32")(images)
    return keras.Model(latents, images, name="generator")


def dcgan_discriminator(image_shape=(28, 28, 1), *, seed=0):
    """The discriminator of the usual DCGAN tutorials, 64-128 wide, with dropout.

    Two 5×5 convolutions with stride 2 and LeakyReLU(0.3), dropout 0.3 after each, Dense to 1.

    Args:
        image_shape: (height, width, channels); both sides divisible by 4.
        seed: integer of at least 0 from which weights and dropout masks are drawn.

    Returns:
        A `keras.Model` from images [batch, *image_shape] to logits [batch, 1].

    Raises:
        ValueError: if a side of the image is not divisible by 4.

    Example:
        >>> dcgan_discriminator(seed=0).output_shape
        (None, 1)

    Reference:
        Radford, Metz, Chintala (2016).
    """
    _quartered(image_shape)
    seeds = layer_seeds(seed, "discriminator")
    images = logits = keras.Input(image_shape, name="images")
    for filters in (64, 128):
        logits = layers.Conv2D(filters, 5, strides=2, padding="same", **_start(seeds))(logits)
        logits = layers.LeakyReLU(negative_slope=0.3)(logits)
        logits = layers.Dropout(0.3, seed=next(seeds))(logits)
    logits = layers.Dense(1, dtype="float32", **_start(seeds))(layers.Flatten()(logits))
    return keras.Model(images, logits, name="discriminator")


def digit_generator(latent_dim=64, image_shape=(28, 28, 1), widths=(32, 32), *, seed=0):
    """A small generator that learns handwritten digits fast on a CPU.

    Three hidden Dense layers, Dense to a quarter of the image size, then two transposed 4×4
    convolutions with stride 2 (the kernel is a multiple of the stride, so there is no
    checkerboard), LeakyReLU between, tanh. The hidden layers cost little time and do much of the
    work: `tests/benchmarks/recipe.py` shows what happens without them.

    Args:
        latent_dim: length of a latent vector.
        image_shape: (height, width, channels); both sides divisible by 4.
        widths: channels of the maps at half and at a quarter of the size; hidden Dense layers have
            four times the first.
        seed: integer of at least 0 from which the weights are drawn.

    Returns:
        A `keras.Model` from [batch, latent_dim] to images [batch, *image_shape] in [−1, 1].

    Raises:
        ValueError: if a side of the image is not divisible by 4.

    Example:
        >>> digit_generator(seed=0).output_shape
        (None, 28, 28, 1)
    """
    _quartered(image_shape)
    return image_generator(latent_dim, image_shape, widths, seed=seed)


def digit_discriminator(image_shape=(28, 28, 1), widths=(32, 32), *, seed=0):
    """A small discriminator that goes with `digit_generator`.

    Two 4×4 convolutions with stride 2, two hidden Dense layers, LeakyReLU after each; no
    BatchNorm, so that it can be penalised.

    Args:
        image_shape: (height, width, channels); both sides divisible by 4.
        widths: channels of the two convolutions; hidden Dense layers have four times the first.
        seed: integer of at least 0 from which the weights are drawn.

    Returns:
        A `keras.Model` from images [batch, *image_shape] to logits [batch, 1].

    Raises:
        ValueError: if a side of the image is not divisible by 4.

    Example:
        >>> digit_discriminator(seed=0).output_shape
        (None, 1)
    """
    _quartered(image_shape)
    return image_discriminator(image_shape, widths, seed=seed)


def image_widths(image_shape, width=32):
    """Channels of the maps at half, a quarter … of an image's size, for networks that fit it.

    The image is halved twice, and on as long as both sides are even and at least `SMALLEST` are
    left.

    Args:
        image_shape: (height, width, channels).
        width: channels of each map.

    Returns:
        Tuple of integers, one for each stride of 2.

    Raises:
        ValueError: if a side of the image is not divisible by 4.

    Example:
        >>> image_widths((28, 28, 1)), image_widths((64, 64, 3))
        ((32, 32), (32, 32, 32))
    """
    _quartered(image_shape)
    sides, halvings = image_shape[:2], 0
    while all(side % 2 == 0 and side // 2 >= SMALLEST for side in sides) or halvings < 2:
        sides, halvings = [side // 2 for side in sides], halvings + 1
    return (width,) * halvings


def image_generator(latent_dim=64, image_shape=(64, 64, 3), widths=None, *, seed=0):
    """The digits' generator for images of any size: as many strides as widths.

    Three hidden Dense layers, Dense to the smallest map, then for each width a transposed 4×4
    convolution with stride 2, LeakyReLU between, tanh.

    Args:
        latent_dim: length of a latent vector.
        image_shape: (height, width, channels).
        widths: channels of the maps at half, a quarter … of the size; None for `image_widths`.
            Hidden Dense layers have four times the first.
        seed: integer of at least 0 from which the weights are drawn.

    Returns:
        A `keras.Model` from [batch, latent_dim] to images [batch, *image_shape] in [−1, 1].

    Raises:
        ValueError: if the image cannot be halved so often.

    Example:
        >>> image_generator(image_shape=(32, 32, 3), seed=0).output_shape
        (None, 32, 32, 3)
    """
    widths = image_widths(image_shape) if widths is None else tuple(widths)
    latents = keras.Input((latent_dim,), name="latents")
    images = _images_from(latents, image_shape, widths, layer_seeds(seed, "generator"))
    return keras.Model(latents, images, name="generator")


def image_discriminator(image_shape=(64, 64, 3), widths=None, *, seed=0):
    """The digits' discriminator for images of any size: as many strides as widths.

    For each width a 4×4 convolution with stride 2, then two hidden Dense layers, LeakyReLU after
    each; no BatchNorm, so that it can be penalised.

    Args:
        image_shape: (height, width, channels).
        widths: channels of the convolutions; None for `image_widths`. Hidden Dense layers have
            four times the first.
        seed: integer of at least 0 from which the weights are drawn.

    Returns:
        A `keras.Model` from images [batch, *image_shape] to logits [batch, 1].

    Raises:
        ValueError: if the image cannot be halved so often.

    Example:
        >>> image_discriminator((32, 32, 3), seed=0).output_shape
        (None, 1)
    """
    widths = image_widths(image_shape) if widths is None else tuple(widths)
    seeds = layer_seeds(seed, "discriminator")
    images = keras.Input(image_shape, name="images")
    hidden = _seen_in(images, widths, seeds)
    logits = layers.Dense(1, dtype="float32", **_start(seeds))(hidden)
    return keras.Model(images, logits, name="discriminator")


def conditional_generator(
    latent_dim=64, num_classes=10, image_shape=(28, 28, 1), widths=(32, 32), *, seed=0
):
    """`image_generator` with a label: each hidden Dense layer is told the class.

    A hidden layer computes W·h + e_label, with a vector e for each class: the same as W on h with
    the label joined to it as a vector of zeros and a one.

    Args:
        latent_dim: length of a latent vector.
        num_classes: labels are 0 to num_classes − 1.
        image_shape: (height, width, channels).
        widths: as of `image_generator`.
        seed: integer of at least 0 from which the weights are drawn.

    Returns:
        A `keras.Model` from [latents [batch, latent_dim], labels int64 [batch]] to images
        [batch, *image_shape] in [−1, 1].

    Raises:
        ValueError: if the image cannot be halved so often.

    Example:
        >>> conditional_generator(seed=0).output_shape
        (None, 28, 28, 1)

    Reference:
        Mirza, Osindero (2014), "Conditional Generative Adversarial Nets".
    """
    widths = image_widths(image_shape) if widths is None else tuple(widths)
    latents, labels = keras.Input((latent_dim,), name="latents"), _labels()
    starts = layer_seeds(seed, "labels of the generator")

    def told(hidden):
        return layers.Add()([hidden, _embedded(labels, num_classes, hidden.shape[-1], starts)])

    images = _images_from(latents, image_shape, widths, layer_seeds(seed, "generator"), told)
    return keras.Model([latents, labels], images, name="generator")


def conditional_discriminator(
    head="projection", num_classes=10, image_shape=(28, 28, 1), widths=(32, 32), *, seed=0
):
    """`image_discriminator` that judges whether an image and its label belong together.

    What the network sees in an image is a vector φ(x). With the head "projection" the logit is
    w·φ(x) + b + e_label·φ(x). With "concatenation" a vector of the label is joined to what the
    convolutions see, in front of the hidden Dense layers. With "auxiliary" the network is not told
    the label; it returns beside its logit one for each class, of which
    `terms.auxiliary_classifier` makes the players pay.

    Args:
        head: one of `HEADS`.
        num_classes: labels are 0 to num_classes − 1.
        image_shape: (height, width, channels).
        widths: as of `image_discriminator`.
        seed: integer of at least 0 from which the weights are drawn.

    Returns:
        A `keras.Model` from [images [batch, *image_shape], labels int64 [batch]] to logits
        [batch, 1]; with "auxiliary" from images to [logits, class logits [batch, num_classes]].

    Raises:
        ValueError: if the head is unknown, or the image cannot be halved so often.

    Example:
        >>> conditional_discriminator("auxiliary", seed=0).output_shape
        [(None, 1), (None, 10)]

    Reference:
        Miyato, Koyama (2018), "cGANs with Projection Discriminator"; Odena, Olah, Shlens (2017),
        "Conditional Image Synthesis with Auxiliary Classifier GANs".
    """
    if head not in HEADS:
        raise ValueError(f"head must be one of {', '.join(HEADS)}; got {head!r}.")
    widths = image_widths(image_shape) if widths is None else tuple(widths)
    seeds, starts = layer_seeds(seed, "discriminator"), layer_seeds(seed, "labels of discriminator")
    images, labels = keras.Input(image_shape, name="images"), _labels()

    def told(flat):
        one = _embedded(labels, num_classes, 4 * widths[0], starts)
        return layers.Concatenate()([flat, one])

    hidden = _seen_in(images, widths, seeds, *[told] * (head == "concatenation"))
    logits = layers.Dense(1, dtype="float32", **_start(seeds))(hidden)
    if head == "auxiliary":
        classes = layers.Dense(num_classes, dtype="float32", name="classes", **_start(starts))
        return keras.Model(images, [logits, classes(hidden)], name="discriminator")
    if head == "projection":
        chosen = _embedded(labels, num_classes, hidden.shape[-1], starts)
        logits = layers.Add(dtype="float32")([logits, layers.Dot(1)([hidden, chosen])])
    return keras.Model([images, labels], logits, name="discriminator")


def translator(
    source_shape=(28, 28, 1), image_shape=(28, 28, 1), widths=(32, 32), latent_dim=0, *, seed=0
):
    """A small U-shaped network from an image to another one of the same thing.

    For each width a 4×4 convolution with stride 2; at the bottom hidden Dense layers that see the
    whole image at once; then up again with transposed 4×4 convolutions, each of which also gets
    the map of its size from the way down. LeakyReLU between, tanh. A smaller source is enlarged
    first, each of its pixels to a block. Latents, where there are any, join the first Dense layer.

    Args:
        source_shape: (height, width, channels) of what is translated; the image's height and width
            are that or a multiple.
        image_shape: (height, width, channels) of what comes out.
        widths: channels of the maps at half, a quarter … of the size; hidden Dense layers have
            four times the first.
        latent_dim: length of a latent vector; 0 for a network without noise.
        seed: integer of at least 0 from which the weights are drawn.

    Returns:
        A `keras.Model` from sources [batch, *source_shape], or with noise from [latents
        [batch, latent_dim], sources], to images [batch, *image_shape] in [−1, 1].

    Raises:
        ValueError: if the image cannot be halved so often, or its sides are no multiples of the
            source's.

    Example:
        >>> translator((7, 7, 1), seed=0).output_shape
        (None, 28, 28, 1)

    Reference:
        Ronneberger, Fischer, Brox (2015), "U-Net: Convolutional Networks for Biomedical Image
        Segmentation"; as a generator: Isola, Zhu, Zhou, Efros (2017), "Image-to-Image Translation
        with Conditional Adversarial Networks".
    """
    height, columns, _ = _halved(image_shape, len(widths))
    seeds, sources = layer_seeds(seed, "translator"), keras.Input(source_shape, name="sources")
    latents = keras.Input((latent_dim,), name="latents") if latent_dim else None
    maps = _maps(_enlarged(sources, image_shape), widths, seeds)
    hidden = layers.Conv2D(BOTTOM, 1, **_start(seeds, "he_normal"))(maps[-1])
    hidden = layers.Dense(4 * widths[0], **_start(seeds, "he_normal"))(layers.Flatten()(hidden))
    if latent_dim:
        noise = layers.Dense(4 * widths[0], use_bias=False, **_start(seeds, "he_normal"))(latents)
        hidden = layers.Add()([hidden, noise])
    hidden = layers.LeakyReLU(negative_slope=0.2)(hidden)
    for units in (4 * widths[0], height * columns * BOTTOM):
        hidden = layers.Dense(units, **_start(seeds, "he_normal"))(hidden)
        hidden = layers.LeakyReLU(negative_slope=0.2)(hidden)
    images = _up(layers.Reshape((height, columns, BOTTOM))(hidden), maps, image_shape[2], seeds)
    return keras.Model([latents, sources] if latent_dim else sources, images, name="translator")


def pair_discriminator(
    source_shape=(28, 28, 1), image_shape=(28, 28, 1), widths=(32, 32), patches=False, *, seed=0
):
    """`image_discriminator` that judges whether an image and its source belong together.

    It sees both at once, as channels of one image. With `patches` there are no Dense layers: each
    place of the last map has a logit of its own, for the patch that it sees (10 pixels wide after
    two strides).

    Args:
        source_shape: (height, width, channels) of the source, as of `translator`.
        image_shape: (height, width, channels) of the image.
        widths: as of `image_discriminator`.
        patches: whether there is a map of logits.
        seed: integer of at least 0 from which the weights are drawn.

    Returns:
        A `keras.Model` from [images [batch, *image_shape], sources [batch, *source_shape]] to
        logits [batch, 1], or to a map of them [batch, height, width, 1].

    Raises:
        ValueError: as `translator`.

    Example:
        >>> pair_discriminator(seed=0).output_shape
        (None, 1)
        >>> pair_discriminator(patches=True, seed=0).output_shape
        (None, 7, 7, 1)

    Reference:
        Isola, Zhu, Zhou, Efros (2017), who let the discriminator judge patches.
    """
    _halved(image_shape, len(widths))
    seeds = layer_seeds(seed, "discriminator of pairs")
    images = keras.Input(image_shape, name="images")
    sources = keras.Input(source_shape, name="sources")
    both = layers.Concatenate()([images, _enlarged(sources, image_shape)])
    if patches:
        seen, head = _maps(both, widths, seeds)[-1], layers.Conv2D
        logits = head(1, 1, dtype="float32", **_start(seeds))(seen)
    else:
        seen = _seen_in(both, widths, seeds)
        logits = layers.Dense(1, dtype="float32", **_start(seeds))(seen)
    return keras.Model([images, sources], logits, name="discriminator")


def local_translator(image_shape=(28, 28, 1), width=16, num_blocks=3, *, seed=0):
    """A small network from an image to another one that sees no more than patches.

    A 4×4 convolution with stride 2, blocks of a 3×3 convolution that are added to what came in, a
    transposed 4×4 convolution, and tanh of what they made plus `STAYS` times the source: it starts
    near the source itself, and says what is to change. A pixel depends on a patch 6 + 4 ·
    `num_blocks` pixels wide, so strokes can be redrawn and digits hardly moved.

    Args:
        image_shape: (height, width, channels) of either set; both sides are even.
        width: channels of the maps.
        num_blocks: how many blocks.
        seed: integer of at least 0 from which the weights are drawn.

    Returns:
        A `keras.Model` from sources [batch, *image_shape] to images of that shape in [−1, 1].

    Raises:
        ValueError: if a side of the image is odd.

    Example:
        >>> local_translator(seed=0).output_shape
        (None, 28, 28, 1)

    Reference:
        Zhu, Park, Isola, Efros (2017), whose translators are convolutional, with such blocks.
    """
    _halved(image_shape, 1)
    seeds, sources = layer_seeds(seed, "local translator"), keras.Input(image_shape, name="sources")
    [hidden] = _maps(sources, [width], seeds)
    for _ in range(num_blocks):
        change = layers.Conv2D(width, 3, padding="same", **_start(seeds, "he_normal"))(hidden)
        hidden = layers.Add()([hidden, layers.LeakyReLU(negative_slope=0.2)(change)])
    last = keras.initializers.RandomNormal(stddev=0.01, seed=next(seeds))
    change = layers.Conv2DTranspose(image_shape[2], 4, 2, "same", kernel_initializer=last)(hidden)
    images = layers.Add()([change, layers.Rescaling(STAYS)(sources)])
    images = layers.Activation("tanh", dtype="float32")(images)
    return keras.Model(sources, images, name="local_translator")


def patch_discriminator(image_shape=(28, 28, 1), widths=(32, 32), *, seed=0):
    """A discriminator that judges patches: a map of logits, each of what it sees.

    For each width a 4×4 convolution with stride 2, then a logit at each place of the last map,
    after two strides for a patch 10 pixels wide. It does not see how patches fit together.

    Args:
        image_shape: (height, width, channels).
        widths: channels of the convolutions.
        seed: integer of at least 0 from which the weights are drawn.

    Returns:
        A `keras.Model` from images [batch, *image_shape] to a map of logits
        [batch, height, width, 1].

    Raises:
        ValueError: if the image cannot be halved so often.

    Example:
        >>> patch_discriminator(seed=0).output_shape
        (None, 7, 7, 1)

    Reference:
        Isola, Zhu, Zhou, Efros (2017), who let the discriminator judge patches.
    """
    _halved(image_shape, len(widths))
    seeds = layer_seeds(seed, "patch discriminator")
    images = keras.Input(image_shape, name="images")
    seen = _maps(images, widths, seeds)[-1]
    logits = layers.Conv2D(1, 1, dtype="float32", **_start(seeds))(seen)
    return keras.Model(images, logits, name="discriminator")


def wave_generator(
    latent_dim=64, num_classes=3, num_samples=2048, widths=(16, 32, 64, 64), *, seed=0
):
    """`conditional_generator` for sounds: transposed convolutions make waves four times as long.

    A wave is an image one pixel high. A kernel of 16 samples and a stride of 4 cost as much as
    4×4 pixels and a stride of 2 in both directions.

    Args:
        latent_dim: length of a latent vector.
        num_classes: labels are 0 to num_classes − 1.
        num_samples: of a wave, divisible by 4 as often as there are widths.
        widths: channels at a quarter, a sixteenth … of the length; hidden Dense layers have four
            times the last.
        seed: integer of at least 0 from which the weights are drawn.

    Returns:
        A `keras.Model` from [latents [batch, latent_dim], labels int64 [batch]] to waves
        [batch, num_samples, 1] in [−1, 1].

    Raises:
        ValueError: if the wave cannot be quartered so often.

    Example:
        >>> wave_generator(seed=0).output_shape
        (None, 2048, 1)

    Reference:
        Donahue, McAuley, Puckette (2019), "Adversarial Audio Synthesis".
    """
    length = _quartered_wave(num_samples, len(widths))
    seeds, starts = layer_seeds(seed, "generator"), layer_seeds(seed, "labels of the generator")
    latents, labels = keras.Input((latent_dim,), name="latents"), _labels()
    waves = latents
    for units in (*[4 * widths[-1]] * 2, length * widths[-1]):
        waves = layers.Dense(units, **_start(seeds, "he_normal"))(waves)
        waves = layers.Add()([waves, _embedded(labels, num_classes, units, starts)])
        waves = layers.LeakyReLU(negative_slope=0.2)(waves)
    waves = layers.Reshape((length, widths[-1]))(waves)
    for filters in widths[-2::-1]:
        waves = layers.Conv1DTranspose(filters, **_WAVE, **_start(seeds, "he_normal"))(waves)
        waves = layers.LeakyReLU(negative_slope=0.2)(waves)
    waves = layers.Conv1DTranspose(1, **_WAVE, **_start(seeds))(waves)
    waves = layers.Activation("tanh", dtype="float32")(waves)
    return keras.Model([latents, labels], waves, name="generator")


def wave_discriminator(num_classes=3, num_samples=2048, widths=(16, 32, 64, 64), *, seed=0):
    """`conditional_discriminator` with a projection head for sounds.

    Args:
        num_classes: labels are 0 to num_classes − 1.
        num_samples: of a wave, divisible by 4 as often as there are widths.
        widths: channels at a quarter, a sixteenth … of the length.
        seed: integer of at least 0 from which the weights are drawn.

    Returns:
        A `keras.Model` from [waves [batch, num_samples, 1], labels int64 [batch]] to logits
        [batch, 1].

    Raises:
        ValueError: if the wave cannot be quartered so often.

    Example:
        >>> wave_discriminator(seed=0).output_shape
        (None, 1)

    Reference:
        Donahue, McAuley, Puckette (2019), "Adversarial Audio Synthesis".
    """
    _quartered_wave(num_samples, len(widths))
    seeds, starts = layer_seeds(seed, "discriminator"), layer_seeds(seed, "labels of discriminator")
    waves, labels = keras.Input((num_samples, 1), name="waves"), _labels()
    hidden = waves
    for filters in widths:
        hidden = layers.Conv1D(filters, **_WAVE, **_start(seeds, "he_normal"))(hidden)
        hidden = layers.LeakyReLU(negative_slope=0.2)(hidden)
    hidden = layers.Flatten()(hidden)
    for units in [4 * widths[-1]] * 2:
        hidden = layers.Dense(units, **_start(seeds, "he_normal"))(hidden)
        hidden = layers.LeakyReLU(negative_slope=0.2)(hidden)
    logits = layers.Dense(1, dtype="float32", **_start(seeds))(hidden)
    chosen = _embedded(labels, num_classes, hidden.shape[-1], starts)
    logits = layers.Add(dtype="float32")([logits, layers.Dot(1)([hidden, chosen])])
    return keras.Model([waves, labels], logits, name="discriminator")


def denoiser(image_shape=(28, 28, 1), widths=(32, 48), num_units=128, *, seed=0):
    """A small U-shaped network from an image with noise, and a time, to the image behind it.

    The way down and up of `translator`, with a 3×3 convolution besides for each size. Every layer
    is told the time: its sines and cosines pass a Dense layer, and a layer of its own adds them.

    Args:
        image_shape: (height, width, channels).
        widths: channels of the maps at half, a quarter … of the size.
        num_units: of the hidden Dense layers, which see the whole image at once.
        seed: integer of at least 0 from which the weights are drawn.

    Returns:
        A `keras.Model` from [images [batch, *image_shape], times [batch] in [0, 1]] to images
        [batch, *image_shape] in [−1, 1].

    Raises:
        ValueError: if the image cannot be halved so often.

    Example:
        >>> denoiser(seed=0).output_shape
        (None, 28, 28, 1)

    Reference:
        Ho, Jain, Abbeel (2020), "Denoising Diffusion Probabilistic Models": a U-shaped network
        that is told the time by sines and cosines.
    """
    height, columns, channels = _halved(image_shape, len(widths))
    seeds, images = layer_seeds(seed, "denoiser"), keras.Input(image_shape, name="images")
    times = keras.Input((), name="times")
    told = _leaky(layers.Dense(num_units, **_start(seeds, "he_normal"))(_waves(times)))
    maps = [images]
    for width in widths:
        hidden = layers.Conv2D(width, 4, 2, "same", **_start(seeds, "he_normal"))(maps[-1])
        hidden = _leaky(_with_time(hidden, told, seeds))
        maps.append(_refined(hidden, seeds))
    hidden = layers.Flatten()(layers.Conv2D(BOTTOM, 1, **_start(seeds, "he_normal"))(maps[-1]))
    hidden = layers.Dense(num_units, **_start(seeds, "he_normal"))(hidden)
    hidden = _leaky(layers.Add()([hidden, layers.Dense(num_units, **_start(seeds))(told)]))
    hidden = _leaky(layers.Dense(height * columns * BOTTOM, **_start(seeds, "he_normal"))(hidden))
    hidden = layers.Reshape((height, columns, BOTTOM))(hidden)
    for seen, larger in zip(maps[:0:-1], maps[-2:0:-1], strict=False):
        hidden = _joined(hidden, seen, seeds)
        hidden = layers.Conv2DTranspose(
            larger.shape[-1], 4, 2, "same", **_start(seeds, "he_normal")
        )(hidden)
        hidden = _leaky(_with_time(hidden, told, seeds))
    hidden = _joined(hidden, maps[1], seeds)
    answer = layers.Conv2DTranspose(channels, 4, 2, "same", **_start(seeds))(hidden)
    answer = layers.Activation("tanh", dtype="float32")(answer)
    return keras.Model([images, times], answer, name="denoiser")


def image_encoder(latent_dim=64, image_shape=(28, 28, 1), widths=(32, 32), *, seed=0):
    """From an image to a Gaussian of latents: what `image_discriminator` sees, two numbers each.

    Args:
        latent_dim: length of a latent vector.
        image_shape: (height, width, channels).
        widths: channels of the maps at half, a quarter … of the size.
        seed: integer of at least 0 from which the weights are drawn.

    Returns:
        A `keras.Model` from images [batch, *image_shape] to means [batch, latent_dim] and
        log-variances [batch, latent_dim].

    Raises:
        ValueError: if the image cannot be halved so often.

    Example:
        >>> image_encoder(8, seed=0).output_shape
        [(None, 8), (None, 8)]

    Reference:
        Kingma and Welling (2014), "Auto-Encoding Variational Bayes".
    """
    seeds, images = layer_seeds(seed, "encoder"), keras.Input(image_shape, name="images")
    seen = _seen_in(images, widths, seeds)
    parts = [layers.Dense(latent_dim, dtype="float32", **_start(seeds))(seen) for _ in range(2)]
    return keras.Model(images, parts, name="encoder")


def row_network(side=28, num_levels=8, num_units=192, num_filters=24, *, seed=0):
    """A recurrent network that says of each pixel how probable its levels are, given those before.

    A GRU ("memory") reads the rows above; a convolution along the row ("left") reads the pixels
    to the left. No pixel is told itself or what comes after it.

    Args:
        side: pixels of a row, and of a column.
        num_levels: of grey that a pixel can have.
        num_units: of the GRU.
        num_filters: numbers for each pixel that the two ways are added in.
        seed: integer of at least 0 from which the weights are drawn.

    Returns:
        A `keras.Model` from images [batch, side, side, 1] in [0, 1], dark is 0, to logits
        [batch, side, side, num_levels].

    Example:
        >>> row_network(seed=0).output_shape
        (None, 28, 28, 8)

    Reference:
        van den Oord, Kalchbrenner, Kavukcuoglu (2016), "Pixel Recurrent Neural Networks".
    """
    seeds, images = layer_seeds(seed, "rows"), keras.Input((side, side, 1), name="images")
    rows = layers.Cropping2D(((0, 1), (0, 0)))(layers.ZeroPadding2D(((1, 0), (0, 0)))(images))
    start = {**_start(seeds), "recurrent_initializer": _orthogonal(seeds)}
    memory = layers.GRU(num_units, return_sequences=True, return_state=True, name="memory", **start)
    above, _ = memory(layers.Reshape((side, side))(rows))
    above = layers.Dense(side * num_filters, name="above", **_start(seeds))(above)
    row = layers.Cropping2D(((0, 0), (0, 1)))(layers.ZeroPadding2D(((0, 0), (side, 0)))(images))
    left = layers.Conv2D(num_filters, (1, side), name="left", use_bias=False, **_start(seeds))(row)
    hidden = _leaky(layers.Add()([left, layers.Reshape((side, side, num_filters))(above)]))
    hidden = layers.Dense(2 * num_filters, name="both", **_start(seeds, "he_normal"))(hidden)
    logits = layers.Dense(num_levels, name="levels", dtype="float32", **_start(seeds))
    return keras.Model(images, logits(_leaky(hidden)), name="rows")


def digit_classifier(num_features=64, num_classes=10, image_shape=(28, 28, 1), *, seed=0):
    """A small network that recognises handwritten digits; its features are behind the metrics.

    Four 3×3 convolutions, BatchNorm after the second and the fourth, a Dense layer of features,
    and from them one logit per digit. Letters, clothes and spectrograms have the same network.

    Args:
        num_features: length of the feature vector.
        num_classes: how many logits.
        image_shape: (height, width, channels).
        seed: integer of at least 0 from which the weights are drawn.

    Returns:
        A `keras.Model` from images [batch, *image_shape] in [−1, 1] to features
        [batch, num_features], at least 0, and logits [batch, num_classes].

    Example:
        >>> digit_classifier(seed=0).output_shape
        [(None, 64), (None, 10)]
    """
    seeds = layer_seeds(seed, "classifier")
    images = hidden = keras.Input(image_shape, name="images")
    for filters, strides in ((32, 1), (32, 2), (64, 1), (64, 2)):
        hidden = layers.Conv2D(
            filters, 3, strides, "same", activation="relu", **_start(seeds, "he_normal")
        )(hidden)
        if strides == 2:
            hidden = layers.BatchNormalization()(hidden)
    hidden = layers.Dropout(0.25, seed=next(seeds))(layers.Flatten()(hidden))
    features = layers.Dense(
        num_features, activation="relu", name="features", **_start(seeds, "he_normal")
    )(hidden)
    hidden = layers.Dropout(0.5, seed=next(seeds))(features)
    logits = layers.Dense(num_classes, dtype="float32", name="logits", **_start(seeds))(hidden)
    return keras.Model(images, [features, logits], name="classifier")


def _images_from(latents, image_shape, widths, seeds, told=lambda hidden: hidden):
    """Images from latents; `told` changes what each hidden Dense layer has computed."""
    height, columns, channels = _halved(image_shape, len(widths))
    images = latents
    for units in (*[4 * widths[0]] * 3, height * columns * widths[-1]):
        images = told(layers.Dense(units, **_start(seeds, "he_normal"))(images))
        images = layers.LeakyReLU(negative_slope=0.2)(images)
    images = layers.Reshape((height, columns, widths[-1]))(images)
    for filters in widths[-2::-1]:
        images = layers.Conv2DTranspose(
            filters, 4, strides=2, padding="same", **_start(seeds, "he_normal")
        )(images)
        images = layers.LeakyReLU(negative_slope=0.2)(images)
    images = layers.Conv2DTranspose(channels, 4, strides=2, padding="same", **_start(seeds))(images)
    return layers.Activation("tanh", dtype="float32")(images)


def _seen_in(images, widths, seeds, told=lambda flat: flat):
    """The last hidden layer of a discriminator; `told` changes what its Dense layers get."""
    _halved(images.shape[1:], len(widths))
    hidden = _maps(images, widths, seeds)[-1]
    hidden = told(layers.Flatten()(hidden))
    for units in [4 * widths[0]] * 2:
        hidden = layers.Dense(units, **_start(seeds, "he_normal"))(hidden)
        hidden = layers.LeakyReLU(negative_slope=0.2)(hidden)
    return hidden


def _maps(images, widths, seeds):
    """What strides of 2 see in images: a map of half the size, of a quarter …"""
    maps = [images]
    for filters in widths:
        hidden = layers.Conv2D(filters, 4, strides=2, padding="same", **_start(seeds, "he_normal"))(
            maps[-1]
        )
        maps.append(layers.LeakyReLU(negative_slope=0.2)(hidden))
    return maps[1:]


def _up(images, maps, channels, seeds):
    """Images from a bottom, and from the maps of the way down, each joined at its size."""
    for seen, larger in zip(maps[:0:-1], maps[-2::-1], strict=True):
        images = layers.Conv2DTranspose(
            larger.shape[-1], 4, strides=2, padding="same", **_start(seeds, "he_normal")
        )(layers.Concatenate()([images, seen]))
        images = layers.LeakyReLU(negative_slope=0.2)(images)
    images = layers.Concatenate()([images, maps[0]])
    images = layers.Conv2DTranspose(channels, 4, strides=2, padding="same", **_start(seeds))(images)
    return layers.Activation("tanh", dtype="float32")(images)


def _leaky(hidden):
    return layers.LeakyReLU(negative_slope=0.2)(hidden)


def _waves(times, num_waves=6):
    """Sines and cosines of the time: half a wave, a whole one, two, four …"""
    rates = [math.pi * 2.0**number for number in range(num_waves)]
    turned = keras.ops.expand_dims(times, -1) * keras.ops.convert_to_tensor(rates)
    return layers.Concatenate()([keras.ops.sin(turned), keras.ops.cos(turned)])


def _with_time(maps, told, seeds):
    """Maps, to each channel of which the time is added."""
    channels = maps.shape[-1]
    added = layers.Dense(channels, **_start(seeds))(told)
    return layers.Add()([maps, layers.Reshape((1, 1, channels))(added)])


def _refined(maps, seeds):
    """Maps, and what a 3×3 convolution sees in them, added."""
    seen = layers.Conv2D(maps.shape[-1], 3, padding="same", **_start(seeds))(maps)
    return _leaky(layers.Add()([maps, seen]))


def _joined(hidden, seen, seeds):
    """The way up and the map of its size from the way down, mixed in each place."""
    both = layers.Concatenate()([hidden, seen])
    return _leaky(layers.Conv2D(seen.shape[-1], 1, **_start(seeds, "he_normal"))(both))


def _orthogonal(seeds):
    return keras.initializers.Orthogonal(seed=next(seeds))


def _enlarged(sources, image_shape):
    """Sources of the image's size: each pixel becomes a block."""
    shape = tuple(sources.shape[1:])
    times = [image // source for image, source in zip(image_shape[:2], shape[:2], strict=True)]
    if any(n * side != image for n, side, image in zip(times, shape, image_shape, strict=False)):
        raise ValueError(
            "The image's height and width must be those of its source or a multiple; got a source "
            f"of {shape[0]}×{shape[1]} and an image of {image_shape[0]}×{image_shape[1]}."
        )
    return sources if times == [1, 1] else layers.UpSampling2D(times)(sources)


def _labels():
    return keras.Input((), dtype="int64", name="labels")


def _embedded(labels, num_classes, units, seeds):
    """A vector of so many numbers for each label, learned."""
    start = keras.initializers.RandomNormal(stddev=units**-0.5, seed=next(seeds))
    return layers.Embedding(num_classes, units, embeddings_initializer=start)(labels)


def _start(seeds, initializer="glorot_uniform"):
    """Keyword arguments that give a layer a start of its own."""
    kinds = {
        "glorot_uniform": keras.initializers.GlorotUniform,
        "he_normal": keras.initializers.HeNormal,
    }
    return {"kernel_initializer": kinds[initializer](seed=next(seeds))}


def _normalised(images):
    return layers.LeakyReLU(negative_slope=0.3)(layers.BatchNormalization()(images))


def _quartered(image_shape):
    """(height/4, width/4, channels), or the reason why that shape cannot be."""
    return _halved(image_shape, 2)


def _quartered_wave(num_samples, times):
    """The samples after so many strides of 4, or why that length cannot be."""
    if num_samples % 4**times or num_samples < 4**times:
        raise ValueError(
            f"{times} strides of 4 quarter a wave {times} times, so its samples must be divisible "
            f"by {4**times}; got {num_samples}. Cut it, or put silence behind it: np.pad."
        )
    return num_samples // 4**times


def _halved(image_shape, times):
    """(height, width, channels) after so many strides of 2, or why that shape cannot be."""
    shape = tuple(image_shape)
    if len(shape) != 3 or any(not isinstance(side, int) or side < 1 for side in shape):
        raise ValueError(
            f"image_shape must be (height, width, channels), for example (28, 28, 1); got {shape}."
        )
    (height, width, channels), factor = shape, 2**times
    if height % factor or width % factor:
        often = {1: "once", 2: "twice"}.get(times, f"{times} times")
        raise ValueError(
            f"{times} strides of 2 halve the image {often}, so height and width must be divisible "
            f"by {factor}; got {height}×{width}. Pad or resize to "
            f"{-(-height // factor) * factor}×{-(-width // factor) * factor}."
        )
    return height // factor, width // factor, channels
