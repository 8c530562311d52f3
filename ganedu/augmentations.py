"""Differentiable changes that the images of both players pass.

Here live functions of (images, seed), as `GAN.compile(augment=...)` takes them, and what makes one
of several; `Adaptive` is the one that has a state. The step passes real and generated images
through the same one, in both updates, and the gradient goes through. Each image is changed by a
draw of its own. What a change uncovers is background, background stays background, and no value
leaves [−1, 1]; nothing is clipped, because a clipped pixel has no gradient. There are no flips: a
flipped 2 is no 2. Taught in lesson 10.
"""

import keras
import tensorflow as tf

from ganedu.seeding import part_of, uniform

BACKGROUND = -1.0  # black


def shift(images, seed, share=0.125, *, background=BACKGROUND):
    """Move each image by a random number of pixels along each of its sides.

    Args:
        images: float tensor [batch, height, width, channels], or waves [batch, samples, 1].
        seed: a pair as `seeding.stream_seed` returns it.
        share: by at most so much of a side, from 0 to 1; every whole number of pixels up to it,
            back and forth, is as likely.
        background: what comes in at a side; 0.0, silence, for waves.

    Returns:
        Tensor of the shape of `images`.

    Raises:
        ValueError: if `share` is not in [0, 1], or these are points, which have no sides.

    Example:
        >>> from ganedu.seeding import stream_seed
        >>> moved = shift(tf.ones((50, 8, 8, 1)), stream_seed(0, 0, "real_augmentation"))
        >>> sorted(set(moved.numpy().ravel().tolist()))
        [-1.0, 1.0]

    Reference:
        Zhao, Liu, Lin, Zhu, Han (2020), "Differentiable Augmentation for Data-Efficient GAN
        Training", section 3; they fill in zeros.
    """
    _check("share", share, 0.125)
    sides = _sides(images)
    draws = uniform([images.shape[0], len(sides)], seed)
    for axis, side in enumerate(sides, start=1):
        most = int(side * share)
        padding = [[0, 0]] * len(images.shape)
        padding[axis] = [most, most]
        padded = tf.pad(images, padding, constant_values=background)
        first = tf.cast(draws[:, axis - 1] * (2 * most + 1), tf.int32)
        places = first[:, tf.newaxis] + tf.range(side)
        images = tf.gather(padded, places, axis=axis, batch_dims=1)
    return images


def cutout(images, seed, share=0.5, *, background=BACKGROUND):
    """Cover a square of each image, at a random place, with background.

    With k pixels of a side of n, the square begins at one of the n + k − 1 places, all as likely,
    where it covers at least one pixel. So it may stick out, and every pixel is covered as
    often: with probability k/(n + k − 1) for each axis, multiplied.

    Args:
        images: float tensor [batch, height, width, channels], or waves [batch, samples, 1].
        seed: a pair as `seeding.stream_seed` returns it.
        share: side of the square as a share of the image's side, from 0 to 1.
        background: what it is covered with; 0.0, silence, for waves.

    Returns:
        Tensor of the shape of `images`; the pixels that are not covered are untouched.

    Raises:
        ValueError: if `share` is not in [0, 1], or these are points, which have no sides.

    Example:
        >>> from ganedu.seeding import stream_seed
        >>> covered = cutout(tf.ones((9, 8, 8, 1)), stream_seed(0, 0, "real_augmentation"))
        >>> bool(tf.reduce_all(tf.reduce_any(covered == -1.0, axis=(1, 2, 3))))
        True

    Reference:
        DeVries and Taylor (2017), "Improved Regularization of Convolutional Neural Networks with
        Cutout", section 3; they cover with the mean.
    """
    _check("share", share, 0.5)
    sides = _sides(images)
    draws = uniform([images.shape[0], len(sides)], seed)
    covered = tf.ones([1] * len(images.shape), tf.bool)
    for axis, side in enumerate(sides, start=1):
        length = int(side * share)
        first = tf.floor(draws[:, axis - 1] * (side + length - 1)) - (length - 1)
        place = tf.range(side, dtype=tf.float32) - first[:, tf.newaxis]
        inside = (place >= 0) & (place < length)
        shape = [1] * len(images.shape)
        shape[0], shape[axis] = images.shape[0], side
        covered &= tf.reshape(inside, shape)
    return tf.where(covered, tf.cast(background, images.dtype), images)


def brightness(images, seed, strength=0.5):
    """Add a random amount to the greys of each image; black stays black and white white.

    y = (x + t) / (1 + t·x), t uniform in [−strength, strength]: mid-grey, 0, becomes t, and the
    nearer a pixel is to black or white, the less it gets. A plain sum would leave [−1, 1], and
    turn black backgrounds grey; clipped, it has no gradient on all the black or white. Here the
    gradient lies between (1 − |t|)/(1 + |t|) and its inverse.

    Args:
        images: float tensor [batch, height, width, channels] in [−1, 1].
        seed: a pair as `seeding.stream_seed` returns it.
        strength: what mid-grey becomes at most, from 0 to below 1.

    Returns:
        Tensor of the shape of `images`, in [−1, 1].

    Raises:
        ValueError: if `strength` is not in [0, 1).

    Example:
        >>> from ganedu.seeding import stream_seed
        >>> images = tf.constant([-1.0, 1.0], shape=(1, 2, 1, 1))
        >>> brightness(images, stream_seed(0, 0, "real_augmentation")).numpy().ravel().tolist()
        [-1.0, 1.0]
    """
    _check("strength", strength, 0.5)
    if strength == 1:
        raise ValueError("strength must be below 1, else greys become all black or all white.")
    amount = strength * (2 * _one_for_each(images, seed) - 1)
    return (images + amount) / (1 + amount * images)


def contrast(images, seed, strength=0.5, *, background=BACKGROUND):
    """Bring each image nearer to its background by a random factor: what is drawn pales.

    y = b + s·(x − b), s uniform in (1 − strength, 1]. The factor is taken about the background b,
    not about the image's mean, which would turn the background grey; and it is never above 1,
    because what is white already would have to be clipped. The gradient is s.

    Args:
        images: float tensor [batch, height, width, channels], or waves [batch, samples, 1].
        seed: a pair as `seeding.stream_seed` returns it.
        strength: by how much of it at most, from 0 to 1.
        background: what stays as it is; with 0.0, silence, this is the volume of a wave.

    Returns:
        Tensor of the shape of `images`, in [−1, 1] as they are.

    Raises:
        ValueError: if `strength` is not in [0, 1].

    Example:
        >>> from ganedu.seeding import stream_seed
        >>> paler = contrast(tf.ones((50, 2, 2, 1)), stream_seed(0, 0, "real_augmentation"))
        >>> bool(tf.reduce_min(paler) > 0)  # b + ½·(1 − b)
        True
    """
    _check("strength", strength, 0.5)
    kept = 1 - strength * _one_for_each(images, seed)
    return background + kept * (images - background)


def chain(*changes):
    """One change after another, each with a seed of its own.

    Args:
        *changes: functions of (images, seed).

    Returns:
        A function of (images, seed).

    Raises:
        ValueError: if one of them is no function.

    Example:
        >>> from ganedu.seeding import stream_seed
        >>> change = chain(shift, cutout)
        >>> change(tf.ones((3, 8, 8, 1)), stream_seed(0, 0, "real_augmentation")).shape.as_list()
        [3, 8, 8, 1]
    """
    _check_changes(changes)

    def changed(images, seed):
        for i, change in enumerate(changes):
            images = change(images, part_of(seed, i))
        return images

    return changed


def sometimes(change, probability):
    """A change that happens to each image with a probability; the others stay to the bit.

    Args:
        change: function of (images, seed).
        probability: from 0 to 1, or a scalar variable with such a value.

    Returns:
        A function of (images, seed).

    Raises:
        ValueError: if `change` is no function, or `probability` a number outside of [0, 1].

    Example:
        >>> from ganedu.seeding import stream_seed
        >>> covered = sometimes(cutout, 0.5)
        >>> images = covered(tf.ones((1000, 8, 8, 1)), stream_seed(0, 0, "real_augmentation"))
        >>> whole = tf.reduce_all(images == 1.0, axis=(1, 2, 3))
        >>> 430 < int(tf.reduce_sum(tf.cast(whole, tf.int32))) < 570
        True

    Reference:
        Karras et al. (2020), "Training Generative Adversarial Networks with Limited Data",
        section 2.
    """
    _check_changes([change])
    if isinstance(probability, (int, float)):
        _check("probability", probability, 0.5)

    def changed(images, seed):
        chosen = _one_for_each(images, part_of(seed, 0)) < probability
        return tf.where(chosen, change(images, part_of(seed, 1)), images)

    return changed


class Adaptive:
    """Changes whose probability rises while the discriminator knows the real images too well.

    The sign of the logits of real images has the mean r: 0 for a discriminator that cannot tell, 1
    for one that has learnt them by heart. After every few discriminator updates p moves up by
    (images seen since) / `num_images` if the mean r of these updates was above the target, and
    down if it was below. It stays in [0, 1]: above 1 there is nothing to be had, and p would only
    be late on its way back. Each change happens to each image with probability p, on its own.

    `GAN.compile(augment=...)` takes a fresh one, `gan.augment`, with p = 0: one for each GAN and
    each training. p is logged as augment_probability, and a checkpoint holds it. Several replicas
    take the mean over all of them.

    Args:
        *changes: functions of (images, seed), at least one.
        target: the mean sign that is aimed at, between −1 and 1.
        num_images: in how many images p can go from 0 to 1, above 0.
        every: discriminator updates between two moves, an integer of at least 1.

    Raises:
        ValueError: if there is no change, or a number is out of its range.

    Example:
        >>> augment = Adaptive(shift, cutout, num_images=800, every=1)
        >>> augment.observe(tf.constant([[0.3], [2.0]]), batch_size=200)  # r = 1
        >>> float(augment.probability)
        0.25

    Reference:
        Karras, Aittala, Hellsten, Laine, Lehtinen, Aila (2020), "Training Generative Adversarial
        Networks with Limited Data", section 3; they do not hold p below 1.
    """

    def __init__(self, *changes, target=0.6, num_images=500_000, every=4):
        _check_changes(changes)
        if not changes or not -1 < target < 1 or num_images <= 0 or every not in range(1, 10_000):
            raise ValueError(
                "Adaptive takes at least one change, a target between -1 and 1, num_images above "
                f"0 and every an integer of at least 1; got {len(changes)} changes, "
                f"target={target!r}, num_images={num_images!r}, every={every!r}."
            )
        self.changes, self.numbers = changes, (target, num_images, every)
        self.probability = _state("probability")
        self.signs = _state("signs")  # their sum since p moved
        self.updates = _state("updates")  # how many these were
        self._change = chain(*(sometimes(change, self.probability) for change in changes))

    def __call__(self, images, seed):
        """The images after the changes that happened to each."""
        return self._change(images, seed)

    @property
    def variables(self):
        """The state, as a checkpoint holds it."""
        return [self.probability, self.signs, self.updates]

    def fresh(self):
        """Another one with the same changes and numbers, and with p = 0."""
        target, num_images, every = self.numbers
        return Adaptive(*self.changes, target=target, num_images=num_images, every=every)

    def observe(self, real_logits, batch_size):
        """Take notice of a discriminator update, and move p if it is time.

        Args:
            real_logits: tensor of what the discriminator said of real images; on several replicas
                each gives its own.
            batch_size: real images of the update, of all replicas.
        """
        target, num_images, every = self.numbers
        sign, replica = tf.reduce_mean(tf.sign(real_logits)), tf.distribute.get_replica_context()
        if replica.num_replicas_in_sync > 1:
            sign = replica.all_reduce(tf.distribute.ReduceOp.MEAN, sign)
        signs, updates = self.signs + sign, self.updates + 1
        way = tf.sign(signs / updates - target) * every * batch_size / num_images
        moved = tf.clip_by_value(self.probability + way, 0.0, 1.0)
        due = updates >= every
        self.probability.assign(tf.where(due, moved, self.probability))
        self.signs.assign(tf.where(due, 0.0, signs))
        self.updates.assign(tf.where(due, 0.0, updates))


def _state(name):
    return keras.Variable(0.0, trainable=False, name=name, aggregation="only_first_replica")


def _sides(images):
    if len(images.shape) < 3:
        raise ValueError(
            "This change takes images [batch, height, width, channels] or waves [batch, samples, "
            f"1]; got shape {tuple(images.shape)}."
        )
    return images.shape[1:-1]


def _one_for_each(images, seed):
    """A number from [0, 1) for each image, in the shape that multiplies its pixels."""
    return uniform([images.shape[0]] + [1] * (len(images.shape) - 1), seed)


def _check(name, value, example):
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must be from 0 to 1, for example {example}; got {value!r}.")


def _check_changes(changes):
    for change in changes:
        if isinstance(change, Adaptive):
            raise ValueError(
                "Adaptive is no part of another change, where the step would not find it: give it "
                "the changes, as in Adaptive(shift, cutout)."
            )
        if not callable(change):
            raise ValueError(
                "A change is a function of (images, seed), such as augmentations.shift; got "
                f"{change!r}."
            )
