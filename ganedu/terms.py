"""What a player pays beside the adversarial loss.

Here live the terms that `GAN.compile(terms=...)` takes: functions that give one value for each
image. Adversarial losses live in `ganedu.losses`, prices on gradients in `ganedu.penalties`.
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from ganedu.penalties import weight_of


class Term(NamedTuple):
    """A term as `GAN.compile(terms=...)` takes it.

    Attributes:
        player: who pays it: "generator" or "discriminator".
        name: under which it is logged.
        value: function of (fake_images, real_images, conditions, fake_outputs, real_outputs) to
            one value for each image, [batch], or to one scalar for the batch. Outputs are what
            the discriminator returns beside its logits, a tuple. A scalar is refused on several
            replicas, because it cannot be taken over the global batch.
        reads_real_outputs: whether a generator's term reads `real_outputs`; if none does, the
            generator's update does not judge the real images.
    """

    player: str
    name: str
    value: Callable
    reads_real_outputs: bool = False


def l1(weight, name="l1"):
    """weight · mean |fake − target| over the pixels of an image: its distance to the real image.

    The generator pays it. The target is the real image of the same condition, so it belongs to
    pairs: a source image as condition, and the image that shall become of it.

    Args:
        weight: a number of at least 0.
        name: under which it is logged.

    Returns:
        A `Term` of the generator.

    Raises:
        ValueError: if `weight` is not a number of at least 0.

    Example:
        >>> images = tf.constant([[1.0, 3.0]]), tf.zeros((1, 2))
        >>> l1(10.0).value(*images, None, (), ()).numpy().tolist()
        [20.0]

    Reference:
        Isola, Zhu, Zhou, Efros (2017), "Image-to-Image Translation with Conditional Adversarial
        Networks", eq. 3.
    """
    return _distance(weight, name, tf.abs)


def l2(weight, name="l2"):
    """weight · mean (fake − target)² over the pixels of an image, as `l1`.

    Args:
        weight: a number of at least 0.
        name: under which it is logged.

    Returns:
        A `Term` of the generator.

    Raises:
        ValueError: if `weight` is not a number of at least 0.

    Example:
        >>> images = tf.constant([[1.0, 3.0]]), tf.zeros((1, 2))
        >>> l2(10.0).value(*images, None, (), ()).numpy().tolist()
        [50.0]
    """
    return _distance(weight, name, tf.square)


def auxiliary_classifier(weight=1.0):
    """What both players pay where the discriminator's second output misses the label.

    The second output of the discriminator is a logit for each class, and C(label | image) its
    softmax. The discriminator pays weight · (−log C(label | real) − log C(label | fake)), the
    generator weight · (−log C(label | fake)). So the generator is paid for images whose class is
    plain to see, the plainer the better, whether or not real ones are.

    Args:
        weight: a number of at least 0.

    Returns:
        Two `Term`s, of the discriminator ("classes") and of the generator ("fake_classes").

    Raises:
        ValueError: if `weight` is not a number of at least 0; in the step, if the discriminator
            has no second output, or the conditions are no labels.

    Example:
        >>> even = (tf.zeros((1, 4)),)  # four classes, and no idea: − log ¼
        >>> of_both, of_generator = auxiliary_classifier(1.0)
        >>> float(of_generator.value(None, None, tf.constant([2]), even, ())[0])
        1.38...

    Reference:
        Odena, Olah, Shlens (2017), "Conditional Image Synthesis with Auxiliary Classifier GANs".
    """
    weight = weight_of("weight", weight)

    def of_both(fake_images, real_images, labels, fake_outputs, real_outputs):
        return weight * (_missed(labels, real_outputs) + _missed(labels, fake_outputs))

    def of_generator(fake_images, real_images, labels, fake_outputs, real_outputs):
        return weight * _missed(labels, fake_outputs)

    of_both = Term("discriminator", "classes", of_both)
    return of_both, Term("generator", "fake_classes", of_generator)


def mean_of_pixels(values):
    """The mean over everything but the first axis.

    Args:
        values: tensor of shape [batch, ...].

    Returns:
        Tensor of shape [batch].

    Example:
        >>> mean_of_pixels(tf.constant([[1.0, 3.0]])).numpy().tolist()
        [2.0]
    """
    return tf.reduce_mean(values, axis=range(1, len(values.shape)))


def _missed(labels, outputs):
    """− log C(label | image), for each image."""
    if len(outputs) != 1 or not isinstance(labels, tf.Tensor) or not labels.dtype.is_integer:
        raise ValueError(
            "auxiliary_classifier needs labels as conditions, and a discriminator that returns "
            'its logit and one for each class: models.conditional_discriminator("auxiliary").'
        )
    logits = tf.cast(outputs[0], tf.float32)
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)


def _distance(weight, name, measure):
    weight = weight_of("weight", weight)

    def value(fake_images, real_images, conditions, fake_outputs, real_outputs):
        return weight * mean_of_pixels(measure(fake_images - real_images))

    return Term("generator", name, value)
