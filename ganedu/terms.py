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


def identity(generator, weight, name="identity"):
    """weight · mean |G(y) − y|: a translator shall leave alone what is of its target set already.

    The generator pays it. The real images of its GAN are the target set; it never sees them as
    sources otherwise.

    Args:
        generator: `keras.Model` from images to images of the same shape.
        weight: a number of at least 0.
        name: under which it is logged.

    Returns:
        A `Term` of the generator.

    Raises:
        ValueError: if `weight` is not a number of at least 0, or the shapes differ.

    Example:
        >>> import keras
        >>> half = keras.Sequential([keras.Input((2,)), keras.layers.Rescaling(0.5)])
        >>> reals = tf.constant([[1.0, 3.0]])
        >>> identity(half, 10.0).value(None, reals, None, (), ()).numpy().tolist()
        [10.0]

    Reference:
        Taigman, Polyak, Wolf (2017), "Unsupervised Cross-Domain Image Generation"; with cycles:
        Zhu, Park, Isola, Efros (2017).
    """
    weight = weight_of("weight", weight)
    taken, made = (tuple(side[0].shape[1:]) for side in (generator.inputs, generator.outputs))
    if taken != made:
        raise ValueError(
            f"identity needs sets of one shape; this generator makes {made} from {taken}."
        )

    def value(fake_images, real_images, conditions, fake_outputs, real_outputs):
        again = tf.cast(generator(real_images, training=True), tf.float32)
        return weight * mean_of_pixels(tf.abs(again - real_images))

    return Term("generator", name, value)


def kept_classes(classifier, weight, name="classes"):
    """weight · (−log C(c | fake)), where c is what the classifier says of the source.

    The generator pays it where the classifier reads another class in the translation than in the
    source image, the condition. The classifier does not move, and no label is needed: what it says
    of a source counts, right or wrong.

    Args:
        classifier: `keras.Model` from images to logits [batch, classes]. It reads sources and
            translations, so it was best taught on the sources, and is asked of both.
        weight: a number of at least 0.
        name: under which it is logged.

    Returns:
        A `Term` of the generator.

    Raises:
        ValueError: if `weight` is not a number of at least 0; in the step, if the conditions are
            no source images.

    Example:
        >>> import keras
        >>> same = keras.Sequential([keras.Input((2,)), keras.layers.Identity()])
        >>> source, fake = tf.constant([[0.0, 5.0]]), tf.constant([[0.0, 0.0]])
        >>> float(kept_classes(same, 1.0).value(fake, None, source, (), ())[0])  # − log ½
        0.69...

    Reference:
        Hoffman, Tzeng, Park, Zhu, Isola, Saenko, Efros, Darrell (2018), "CyCADA: Cycle-Consistent
        Adversarial Domain Adaptation", its semantic consistency.
    """
    weight = weight_of("weight", weight)

    def value(fake_images, real_images, sources, fake_outputs, real_outputs):
        if not isinstance(sources, tf.Tensor) or sources.dtype.is_integer:
            raise ValueError("kept_classes needs source images as conditions, and nothing else.")
        classes = tf.argmax(classifier(sources, training=False), axis=-1)
        logits = tf.cast(classifier(fake_images, training=False), tf.float32)
        return weight * tf.nn.sparse_softmax_cross_entropy_with_logits(classes, logits)

    return Term("generator", name, value)


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
