"""Few labels: a discriminator that also says which class, and what it has to beat.

Here live how labels are hidden, told and counted; a discriminator with an output for each class,
whose "made up" is implied by them; the two terms that train it with `training.GAN`; and its
rivals, which see the same images and the same labels. A label is an integer from 0 on, or −1 for
none. Taught in lesson 16.
"""

import functools

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from ganedu import data, losses, training
from ganedu.layers import Moved
from ganedu.penalties import weight_of
from ganedu.seeding import check_seed, layer_seeds
from ganedu.terms import Term

NONE = -1  # in the place of a label: there is none
WAYS = ("labels alone", "pseudo-labels", "consistency")
SURE = 0.8  # from this probability on an answer is taken for a label; .95 missed more (one draw)
LOOKS = ("as it is", "shifted", "moved")  # how a recogniser sees an image in training
SHIFT = 0.08  # of a side, two pixels; of "shifted" and of "moved"
MOVED = {"turn": 0.06, "zoom": 0.25, "covered": 0.4}  # by at most 22 degrees, a quarter of a side

# Both players and all rivals.
RECIPE = {
    "num_classes": 10,
    "widths": [16, 32],
    "noise": 0.1,  # .2 missed more (one draw)
    "latent_dim": 100,
    "share": 0.2,  # of the rows of a batch that have a label
    "batch_size": 100,
    "learning_rate": 3e-3,  # with a third of it the error falls more slowly
    "beta_1": 0.5,
    "momentum": 0.99,  # what a step leaves of the averaged weights
    "class_weight": 1.0,
    "once": "moved",  # how a recogniser looks that looks once; otherwise "shifted", then "moved"
}

# The logit is that of "real". The generator is paid for matched features, not for this logit.
LOSS = losses.AdversarialLoss(
    discriminator=lambda real, fake: (tf.nn.softplus(-real) + tf.nn.softplus(fake)) / 2,
    generator=lambda real, fake: tf.zeros_like(fake),
)


def hide(labels, num_labels, *, seed=0):
    """Keep so many labels, of each class as many, and put −1 in the place of the others.

    Args:
        labels: integer array [n], all of them.
        num_labels: how many stay; where the classes do not divide it, the first ones get one more.
        seed: integer of at least 0, from which it is drawn which ones.

    Returns:
        int64 array [n].

    Raises:
        ValueError: if there are fewer labels than classes, or of a class fewer than it would need.

    Example:
        >>> kept = hide([0, 1, 0, 1, 0, 1], num_labels=2)
        >>> int((kept >= 0).sum()), sorted(kept[kept >= 0].tolist())
        (2, [0, 1])
    """
    check_seed(seed)
    labels = np.asarray(labels)
    classes, there = np.unique(labels, return_counts=True)
    if num_labels < len(classes):
        raise ValueError(
            f"{num_labels} labels are fewer than the {len(classes)} classes: keep one of each at "
            "least."
        )
    wanted = np.full(len(classes), num_labels // len(classes))
    wanted[: num_labels % len(classes)] += 1
    if (wanted > there).any():
        short = np.argmax(wanted > there)
        raise ValueError(
            f"{num_labels} labels need {wanted[short]} images of class {classes[short]}, and there "
            f"are {there[short]}: keep fewer."
        )
    order = np.random.default_rng(seed).permutation(len(labels))
    kept = np.full(len(labels), NONE, "int64")
    for one, number in zip(classes, wanted, strict=True):
        rows = order[labels[order] == one][:number]
        kept[rows] = one
    return kept


def targets(labels, num_classes=10):
    """Labels as the loss takes them: a 1 at the class; where there is no label, zeros alone.

    −Σ target · log p is then the cross-entropy of a label, and 0 where there is none.

    Args:
        labels: integer array [n], 0 to num_classes − 1, or −1 for none.
        num_classes: how many classes.

    Returns:
        float32 array [n, num_classes].

    Raises:
        ValueError: if a label is out of range, there are fewer labels than classes, or a class
            has none.

    Example:
        >>> targets([1, -1, 0], num_classes=2).tolist()
        [[0.0, 1.0], [0.0, 0.0], [1.0, 0.0]]
    """
    labels = np.asarray(labels)
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise ValueError(
            f"labels must be a row of integers, {NONE} for none; got {labels.dtype} {labels.shape}."
        )
    labels = labels.astype("int64")
    _check_classes(labels, num_classes)
    return np.float32(labels[:, np.newaxis] == np.arange(num_classes))


def mixed(images, labels, share=0.2, num_classes=10):
    """All images without their labels, and the labelled ones again and again, with them.

    With a hundred labels among 60,000 images most batches would hold no label. Here a row of a
    batch has one with probability `share`.

    Args:
        images: float array [n, height, width, channels] in [−1, 1], or uint8 pixels.
        labels: integer array [n], −1 for none.
        share: of the rows that carry a label, above 0 and below 1.
        num_classes: how many classes.

    Returns:
        images: uint8 array [about n / (1 − share), ...], a quarter of the memory.
        targets: float32 array [as many, num_classes], as `targets` returns them.

    Raises:
        ValueError: as `targets`, or if `share` is out of range.

    Example:
        >>> images, told = mixed(np.zeros((6, 2, 2, 1)), [0, 1, -1, -1, -1, -1], 0.5, num_classes=2)
        >>> len(images), int(told.sum())
        (12, 6)
    """
    if not 0 < share < 1:
        raise ValueError(f"share must lie between 0 and 1; got {share!r}.")
    told = targets(labels, num_classes)
    rows = np.flatnonzero(told.any(axis=1))
    again = np.resize(rows, max(len(rows), round(len(told) * share / (1 - share))))
    pixels = data.to_pixels(images)
    return (
        np.concatenate([pixels, pixels[again]]),
        np.concatenate([np.zeros_like(told), told[again]]),
    )


def made_up_logit(class_logits):
    """The logit of "real", where the class "made up" has the logit 0: log Σ exp of the others.

    Of K + 1 classes only the differences of the logits count, so the last one may be 0. Then
    D(x) = Σ exp ℓ_k / (Σ exp ℓ_k + 1) is the sigmoid of log Σ exp ℓ_k.

    Args:
        class_logits: float tensor [batch, num_classes].

    Returns:
        float tensor [batch, 1].

    Example:
        >>> logits = tf.math.log([[1.0, 2.0, 3.0]])  # 6 against 1
        >>> float(tf.sigmoid(made_up_logit(logits))[0, 0]) * 7
        6.0...

    Reference:
        Salimans, Goodfellow, Zaremba, Cheung, Radford, Chen (2016), "Improved Techniques for
        Training GANs", section 5.
    """
    return keras.ops.logsumexp(class_logits, axis=-1, keepdims=True)


def recogniser(
    num_classes=10,
    image_shape=(28, 28, 1),
    widths=(16, 32),
    *,
    noise=0.1,
    looks=("shifted",),
    seed=0,
):
    """A discriminator that says which class, and by that whether an image is real.

    For each width a convolution with stride 2, one more of the last width, a Dense layer of
    features, and one of class logits. In training each image is changed at random, and normal
    noise is added in front of each layer. A second look at the same image has other draws.

    Args:
        num_classes: how many classes.
        image_shape: (height, width, channels).
        widths: channels of the maps.
        noise: its standard deviation.
        looks: a list of `LOOKS`: "shifted" by up to two pixels, "moved" turned, zoomed and shifted,
            with a square covered. In a test each is "as it is".
        seed: integer of at least 0 from which the weights are drawn.

    Returns:
        A `keras.Model` from images [batch, *image_shape] to the logit of `made_up_logit`
        [batch, 1], class logits [batch, num_classes] and features [batch, 128], these of the first
        look, and then the class logits of each further look.

    Raises:
        ValueError: if a look is none of `LOOKS`.

    Example:
        >>> recogniser(seed=0).output_shape
        [(None, 1), (None, 10), (None, 128)]
    """
    seeds = layer_seeds(seed, "recogniser")
    images = keras.Input(image_shape, name="images")
    shared = _seeing(widths, num_classes, seeds)

    def seen(look):
        hidden = _changing(look, next(seeds))(images)
        for layer in shared:
            if isinstance(layer, (layers.Conv2D, layers.Dense)):
                hidden = layers.GaussianNoise(noise, seed=next(seeds))(hidden)
            before, hidden = hidden, layer(hidden)
        return before, hidden

    first, *further = map(seen, looks)
    outputs = [made_up_logit(first[1]), first[1], first[0]]
    return keras.Model(images, outputs + [logits for _, logits in further], name="discriminator")


def generator(latent_dim=100, image_shape=(28, 28, 1), units=500, *, seed=0):
    """A generator of two hidden Dense layers with BatchNorm.

    Args:
        latent_dim: length of a latent vector.
        image_shape: (height, width, channels).
        units: of a hidden layer.
        seed: integer of at least 0 from which the weights are drawn.

    Returns:
        A `keras.Model` from latents [batch, latent_dim] to images [batch, *image_shape].

    Example:
        >>> generator(seed=0).output_shape
        (None, 28, 28, 1)
    """
    seeds = layer_seeds(seed, "generator of few labels")
    latents = hidden = keras.Input((latent_dim,), name="latents")
    for _ in range(2):
        start = keras.initializers.GlorotUniform(seed=next(seeds))
        hidden = layers.Dense(units, kernel_initializer=start)(hidden)
        hidden = layers.Activation("softplus")(layers.BatchNormalization()(hidden))
    start = keras.initializers.GlorotUniform(seed=next(seeds))
    flat = layers.Dense(int(np.prod(image_shape)), "tanh", kernel_initializer=start)(hidden)
    return keras.Model(latents, layers.Reshape(image_shape)(flat), name="generator")


def label_cost(told, class_logits):
    """The mean cross-entropy of the rows that have a label; 0 if none has.

    Args:
        told: float tensor [batch, num_classes], as `targets` returns them.
        class_logits: float tensor [batch, num_classes].

    Returns:
        A scalar.

    Example:
        >>> even = tf.zeros((3, 4))  # four classes, and no idea: log 4
        >>> float(label_cost(tf.constant([[0, 1.0, 0, 0]] + [[0.0] * 4] * 2), even))
        1.38...
    """
    each = -tf.reduce_sum(told * tf.nn.log_softmax(class_logits), axis=1)
    return tf.reduce_sum(each) / tf.maximum(tf.reduce_sum(told), 1.0)


def classes(weight=1.0):
    """What the discriminator pays where it misses a label: weight · mean of −log C(label | image).

    Args:
        weight: a number of at least 0.

    Returns:
        A `Term` of the discriminator; its conditions are what `targets` returns.

    Raises:
        ValueError: if `weight` is not a number of at least 0; in the step, if the conditions are
            no targets or the discriminator is no `recogniser`.

    Example:
        >>> even = tf.zeros((1, 4))
        >>> told = targets([3, 0, 1, 2], num_classes=4)[:1]
        >>> float(classes().value(None, None, told, (), (even, None)))
        1.38...
    """
    weight = weight_of("weight", weight)

    def value(fake_images, real_images, told, fake_outputs, real_outputs):
        return weight * label_cost(*_of_recogniser(told, real_outputs))

    return Term("discriminator", "classes", value)


def feature_matching(weight=1.0):
    """What the generator pays: the squared distance of mean features, in place of the logit.

    weight · ‖mean f(real) − mean f(fake)‖², with the mean over the real images without a label.

    Args:
        weight: a number of at least 0.

    Returns:
        A `Term` of the generator.

    Raises:
        ValueError: as `classes`.

    Example:
        >>> real, fake = tf.constant([[1.0, 0.0], [3.0, 0.0]]), tf.zeros((2, 2))
        >>> told = tf.zeros((2, 10))
        >>> outputs = [(tf.zeros((2, 10)), features) for features in (fake, real)]
        >>> float(feature_matching().value(None, None, told, *outputs))
        4.0

    Reference:
        Salimans, Goodfellow, Zaremba, Cheung, Radford, Chen (2016), "Improved Techniques for
        Training GANs", section 3.1.
    """
    weight = weight_of("weight", weight)

    def value(fake_images, real_images, told, fake_outputs, real_outputs):
        told, _ = _of_recogniser(told, real_outputs)
        without = 1 - tf.reduce_sum(told, axis=1, keepdims=True)
        real = tf.reduce_sum(without * real_outputs[1], axis=0)
        real /= tf.maximum(tf.reduce_sum(without), 1.0)
        return weight * tf.reduce_sum((real - tf.reduce_mean(fake_outputs[1], axis=0)) ** 2)

    return Term("generator", "features", value, reads_real_outputs=True)


def sure_cost(first, second, sure=SURE):
    """The cross-entropy of a second look with what the first one was sure of.

    Args:
        first: class logits [batch, num_classes]; no gradient goes there.
        second: class logits [batch, num_classes] of the same images.
        sure: the probability from which an answer counts as a label.

    Returns:
        float tensor [batch]; 0 where the first look is not sure.

    Example:
        >>> sure_cost([[9.0, 0.0], [0.1, 0.0]], [[0.0, 0.0], [0.0, 0.0]]).numpy().tolist()
        [0.69..., 0.0]

    Reference:
        Lee (2013), "Pseudo-Label: The Simple and Efficient Semi-Supervised Learning Method for Deep
        Neural Networks"; with two looks: Sohn and others (2020), "FixMatch: Simplifying
        Semi-Supervised Learning with Consistency and Confidence".
    """
    said = tf.nn.softmax(tf.stop_gradient(tf.convert_to_tensor(first)))
    costs = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.argmax(said, axis=1), second)
    return tf.where(tf.reduce_max(said, axis=1) >= sure, costs, 0.0)


def unlike_cost(first, second):
    """How far two looks at an image differ: the squared distance of their probabilities.

    Args:
        first: class logits [batch, num_classes]; no gradient goes there.
        second: class logits [batch, num_classes] of the same images.

    Returns:
        float tensor [batch].

    Example:
        >>> unlike_cost([[99.0, 0.0]], [[0.0, 0.0]]).numpy().tolist()
        [0.5]

    Reference:
        Laine and Aila (2017), "Temporal Ensembling for Semi-Supervised Learning".
    """
    said = tf.nn.softmax(tf.stop_gradient(tf.convert_to_tensor(first)))
    return tf.reduce_sum((said - tf.nn.softmax(second)) ** 2, axis=1)


def pseudo_labels(weight=1.0):
    """What the discriminator pays where its second look is not what its first one was sure of.

    Args:
        weight: a number of at least 0.

    Returns:
        A `Term` of the discriminator, for a `recogniser` that looks twice.

    Raises:
        ValueError: as `classes`, or if the recogniser looks once.

    Example:
        >>> pseudo_labels().name
        'pseudo_labels'
    """
    weight = weight_of("weight", weight)

    def value(fake_images, real_images, told, fake_outputs, real_outputs):
        if len(real_outputs) < 3:
            raise ValueError(
                'pseudo_labels needs a second look: recogniser(looks=("shifted", "moved")).'
            )
        return weight * sure_cost(real_outputs[0], real_outputs[2])

    return Term("discriminator", "pseudo_labels", value)


def counted(term, seen):
    """A term that notes which images come to it with a label.

    Args:
        term: a `Term` whose conditions are targets, such as `classes()`.
        seen: a set; each labelled image is added to it, as its bytes. Its length at the end is how
            many labels have reached the loss.

    Returns:
        The same term, with that side effect; for one device.

    Example:
        >>> seen = set()
        >>> term = counted(classes(), seen)
        >>> images, told = tf.constant([[0.1], [0.2], [0.1]]), targets([1, 0, 1], 2)
        >>> _ = term.value(None, images, told, (), (tf.zeros((3, 2)), None))
        >>> len(seen)
        2
    """

    def note(images, told):
        seen.update(image.tobytes() for image in images[told.any(axis=1)])
        return np.float32(0)

    def value(fake_images, real_images, told, fake_outputs, real_outputs):
        told = tf.convert_to_tensor(told)
        noted = tf.numpy_function(note, [real_images, told], tf.float32)
        with tf.control_dependencies([noted]):
            told = tf.identity(told)
        return term.value(fake_images, real_images, told, fake_outputs, real_outputs)

    return term._replace(value=value)


def reaching(loss, labels, num_classes=10):
    """Which labels reach a loss: those whose change changes it.

    Args:
        loss: function from labels [n] to a number, or to n of them; all else stays the same from
            call to call, noise too.
        labels: integer array [n] as they are known; −1 for none counts as well.
        num_classes: how many classes.

    Returns:
        bool array [n].

    Example:
        >>> reaching(lambda labels: (labels[:2] ** 2).sum(), np.array([3, 1, 2])).tolist()
        [True, True, False]
    """
    labels = np.asarray(labels)
    before, found = np.asarray(loss(labels.copy())), np.zeros(len(labels), bool)
    for row in range(len(labels)):
        for step in range(1, num_classes):  # one other label may cost the same by chance
            other = labels.copy()
            other[row] = (labels[row] + step) % num_classes
            if not np.array_equal(np.asarray(loss(other)), before):
                found[row] = True
                break
    return found


def few_label_gan(seed, steps, recipe=RECIPE, *, further=(), seen=None):
    """A compiled GAN whose discriminator recognises, to be trained with what `mixed` returns.

    Args:
        seed: the seed of the run, an integer of at least 0.
        steps: how many there will be; the learning rate falls to 0 until then.
        recipe: dictionary with the keys of `RECIPE`.
        further: terms beside those of classes and features, such as `pseudo_labels()`.
        seen: a set, in which labelled images are noted as by `counted`; None for none.

    Returns:
        A compiled `training.GAN`.

    Raises:
        ValueError: if `seed` is not an integer of at least 0.

    Example:
        >>> few_label_gan(0, steps=10).latent_dim
        100
    """
    twice = any(term.name == "pseudo_labels" for term in further)
    networks = (
        generator(recipe["latent_dim"], seed=seed),
        recogniser(**_of_network(recipe, twice), seed=seed),
    )
    told = classes(recipe["class_weight"])
    gan = training.GAN(*networks, recipe["latent_dim"], seed)
    gan.compile(
        _optimizer(recipe, steps, momentum=None),
        _optimizer(recipe, steps),
        loss=LOSS,
        ema_half_life=None,
        terms=[told if seen is None else counted(told, seen), feature_matching(), *further],
    )
    return gan


def averaged(gan):
    """The recogniser with averaged weights, for the test.

    Args:
        gan: `training.GAN` of `few_label_gan`, after at least one step.

    Returns:
        A `keras.Model` from images to class logits [batch, num_classes].

    Raises:
        ValueError: if the discriminator's optimizer keeps no average.

    Example:
        >>> gan = few_label_gan(0, steps=1)
        >>> images, told = mixed(np.zeros((99, 28, 28, 1)), np.arange(99) % 10)
        >>> _ = gan.fit(images, 10, steps_per_epoch=1, conditions=told, verbose=0)
        >>> averaged(gan).output_shape
        (None, 10)
    """
    if not gan.discriminator_optimizer.use_ema:
        raise ValueError("There is no average: give the optimizer use_ema=True.")
    network = keras.models.clone_model(gan.discriminator)
    network.set_weights(gan.discriminator.get_weights())
    gan.discriminator_optimizer.finalize_variable_values(network.trainable_variables)
    return keras.Model(network.input, network.outputs[1])


def rival(way, images, labels, steps, *, seed=0, recipe=RECIPE):
    """The same recogniser trained without a generator.

    With "labels alone" it sees nothing else; its images are turned, zoomed, shifted and covered as
    those of the others are at their second look. With "pseudo-labels" its own sure answers are the
    labels of that look (`sure_cost`), with "consistency" both looks are to give the same
    probabilities (`unlike_cost`).

    Args:
        way: one of `WAYS`.
        images: float array [n, 28, 28, 1] in [−1, 1] or uint8 pixels.
        labels: integer array [n], −1 for none.
        steps: of training.
        seed: integer of at least 0.
        recipe: dictionary with the keys of `RECIPE`.

    Returns:
        A `keras.Model` from images to class logits, with averaged weights.

    Raises:
        ValueError: if the way is unknown, or as `targets`.

    Example:
        >>> images, labels = np.zeros((20, 28, 28, 1)), np.arange(20) % 10
        >>> rival("labels alone", images, labels, steps=1).output_shape
        (None, 10)
    """
    model, classifier = rival_model(way, steps, seed=seed, recipe=recipe)
    batches = rival_batches(way, images, labels, steps, seed=seed, recipe=recipe)
    model.fit(batches, shuffle=False, verbose=0)
    return classifier  # at the end of `fit` its weights became the average


def rival_model(way, steps, *, seed=0, recipe=RECIPE):
    """A rival before its training.

    Args:
        way: one of `WAYS`.
        steps: how many there will be; the learning rate falls to 0 until then.
        seed: integer of at least 0.
        recipe: dictionary with the keys of `RECIPE`.

    Returns:
        model: a compiled `keras.Model`, to be fitted with `rival_batches` and shuffle=False.
        classifier: `keras.Model` of the same layers, from images to class logits.

    Raises:
        ValueError: if the way is unknown.

    Example:
        >>> rival_model("consistency", steps=1)[0].output_shape  # two looks
        (None, 20)
    """
    if way not in WAYS:
        raise ValueError(f"There is no way {way!r}. Choose one of: {', '.join(WAYS)}.")
    network = recogniser(**_of_network(recipe, twice=way != WAYS[0]), seed=seed)
    model = keras.Model(network.input, layers.Concatenate()([*network.outputs[1::2]]))
    model.compile(_optimizer(recipe, steps), functools.partial(_paid, way))
    model.optimizer.build(model.trainable_variables)  # otherwise the step is traced twice
    return model, keras.Model(network.input, network.outputs[1])


def rival_batches(way, images, labels, steps, *, seed=0, recipe=RECIPE):
    """What a rival is trained with: with "labels alone" the labelled images, else all, `mixed`.

    Args:
        way: one of `WAYS`.
        images: float array [n, 28, 28, 1] in [−1, 1] or uint8 pixels.
        labels: integer array [n], −1 for none.
        steps: how many batches.
        seed: integer of at least 0.
        recipe: dictionary with the keys of `RECIPE`.

    Returns:
        `tf.data.Dataset` of (images, targets).

    Raises:
        ValueError: as `targets`.

    Example:
        >>> images, labels = np.zeros((20, 28, 28, 1)), np.arange(20) % 10
        >>> images, told = next(iter(rival_batches("labels alone", images, labels, steps=1)))
        >>> images.shape[0], told.shape[1]
        (20, 10)
    """
    num_classes, size = recipe["num_classes"], recipe["batch_size"]
    if way == WAYS[0]:
        known = np.flatnonzero(np.asarray(labels) >= 0)
        images, told = images[known], targets(labels, num_classes)[known]
    else:
        images, told = mixed(images, labels, recipe["share"], num_classes)
    size = min(size, len(images))
    batches = data.batches(images, size, seed, num_steps=steps, conditions=told)
    return batches.map(lambda pair: pair)


def error(classifier, images, labels):
    """The share of images whose class is missed, in per cent.

    Args:
        classifier: `keras.Model` from images to class logits.
        images: float array [n, 28, 28, 1] in [−1, 1] or uint8 pixels.
        labels: integer array [n].

    Returns:
        float from 0 to 100.

    Example:
        >>> always = keras.Sequential([keras.Input((2,)), keras.layers.Softmax()])
        >>> error(always, np.array([[0.1, 0.9], [0.8, 0.2]]), [1, 1])
        50.0
    """
    parts = [np.asarray(classifier(part, training=False)) for part in data.in_parts(images)]
    return 100 * float((np.concatenate(parts).argmax(axis=1) != np.asarray(labels)).mean())


def nearest(known, labels, images):
    """The class of the nearest labelled image, by pixels.

    Args:
        known: float array [m, ...], the labelled images.
        labels: integer array [m].
        images: float array [n, ...].

    Returns:
        integer array [n].

    Example:
        >>> nearest([[0.0], [1.0]], [3, 7], [[0.9], [0.2]]).tolist()
        [7, 3]
    """
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(1).fit(_flat(known), labels).predict(_flat(images))


def logistic(known, labels, images):
    """The class that logistic regression on pixels gives.

    Args:
        known: float array [m, ...], the labelled images.
        labels: integer array [m].
        images: float array [n, ...].

    Returns:
        integer array [n].

    Example:
        >>> logistic([[0.0], [1.0]], [3, 7], [[0.9], [0.2]]).tolist()
        [7, 3]
    """
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=300).fit(_flat(known), labels).predict(_flat(images))


def _check_classes(labels, num_classes):
    """Refuse what can be no label, and labels that leave a class out."""
    wrong = (labels < NONE) | (labels >= num_classes)
    if wrong.any():
        raise ValueError(
            f"Labels must be 0 to {num_classes - 1}, or {NONE} for none; {wrong.sum()} are out of "
            f"range, such as {labels[wrong][0]}. Put {NONE} where there is no label."
        )
    there = np.bincount(labels[labels >= 0], minlength=num_classes)
    if there.sum() < num_classes:
        raise ValueError(
            f"There are {there.sum()} labels for {num_classes} classes: label one image of each at "
            "least."
        )
    if not there.all():
        missing = ", ".join(map(str, np.flatnonzero(there == 0)))
        raise ValueError(f"No image has the label {missing}: label one, or leave that class out.")


def _changing(look, seed):
    """The layer that changes images as a look sees them in training."""
    if look not in LOOKS:
        raise ValueError(f"There is no look {look!r}. Choose of: {', '.join(LOOKS)}.")
    share = 0.0 if look == "as it is" else SHIFT
    return Moved(share, seed, **(MOVED if look == "moved" else {}))


def _seeing(widths, num_classes, seeds):
    """The layers of a recogniser, in order, that both looks share."""

    def start():
        return {"kernel_initializer": keras.initializers.HeNormal(seed=next(seeds))}

    made = [layers.Rescaling(0.5, 0.5)]  # black is 0, as beyond the image's border
    sizes = [5] + [3] * len(widths)
    for filters, size, strides in zip(
        [*widths, widths[-1]], sizes, [2] * len(widths) + [1], strict=True
    ):
        made.append(layers.Conv2D(filters, size, strides, "same", **start()))
        made.append(layers.LeakyReLU(negative_slope=0.1))
    made += [layers.Flatten(), layers.Dense(128, **start()), layers.LeakyReLU(negative_slope=0.1)]
    return [*made, layers.Dense(num_classes, dtype="float32", **start())]


def _of_network(recipe, twice):
    """What `recogniser` is told."""
    looks = ["shifted", "moved"] if twice else [recipe["once"]]
    return {"looks": looks, **{key: recipe[key] for key in ("num_classes", "widths", "noise")}}


def _optimizer(recipe, steps, momentum="momentum"):
    """Adam whose rate falls to 0, and which keeps averaged weights unless that is None."""
    rate = keras.optimizers.schedules.CosineDecay(recipe["learning_rate"], max(1, steps))
    kept = {"use_ema": True, "ema_momentum": recipe[momentum]} if momentum else {}
    return keras.optimizers.Adam(rate, beta_1=recipe["beta_1"], **kept)


def _of_recogniser(told, outputs):
    """Targets and class logits, or the sentence that says what is missing."""
    fits = isinstance(told, (tf.Tensor, np.ndarray)) and len(outputs) > 1
    if not fits or told.shape[-1] != outputs[0].shape[-1]:
        raise ValueError(
            "This term needs few_labels.targets(labels) as conditions, and the discriminator "
            "few_labels.recogniser with as many classes."
        )
    return told, outputs[0]


def _paid(way, told, both):
    """What a rival pays for each image, given the class logits of one look or two."""
    if way == WAYS[0]:
        return label_cost(told, both) * tf.ones_like(told[:, 0])
    first, second = tf.split(both, 2, axis=1)
    further = sure_cost if way == "pseudo-labels" else unlike_cost
    return label_cost(told, first) + further(first, second)


def _flat(images):
    images = np.asarray(images, "float32")
    return images.reshape(len(images), -1)
