"""What users bring to a GAN, looked at once before the first step.

Here live the looks at networks, optimizers, losses, callbacks and datasets: what is brought works,
or it gets the sentence that mends it. Arrays are looked at in `ganedu.data`; the step that is then
taken lives in `ganedu.training`.
"""

import importlib.util
import warnings

import keras
import numpy as np
import tensorflow as tf

from ganedu import data, layers, losses

BOUNDED = ("sigmoid", "hard_sigmoid", "softmax", "tanh")  # what a logit must not have passed
TAKES_NO_GAN = {  # callbacks of Keras that look for one optimizer or one loss
    "LearningRateScheduler": "Give each optimizer a schedule: "
    "keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(...)).",
    "ReduceLROnPlateau": "No loss of a GAN says how good its images are. Give each optimizer a "
    "schedule: keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(...)).",
}
TAKES_NO_FIT = {
    "validation_data": "A GAN has no validation loss; see callbacks.HeldOut and callbacks.Metrics.",
    "validation_split": "A GAN has no validation loss; see callbacks.HeldOut and "
    "callbacks.Metrics.",
    "class_weight": "A GAN has no classes to weigh.",
    "sample_weight": "A GAN weighs all images alike.",
}


def check_networks(generator, discriminator, latent_dim):
    """Refuse networks that do not fit each other, or that could not be trained.

    Args:
        generator: `keras.Model` from latents, or [latents, *conditions], to images.
        discriminator: `keras.Model` from images, or [images, *conditions], to logits, or to
            (logits, *outputs).
        latent_dim: length of a latent vector; 0 for a generator that takes the conditions alone.

    Returns:
        How many conditions the networks take, 0 for none.

    Raises:
        ValueError: says which, and what mends it.

    Example:
        >>> from ganedu import models
        >>> check_networks(models.mlp_generator(), models.mlp_discriminator(), latent_dim=2)
        0
    """
    for role, network in (("generator", generator), ("discriminator", discriminator)):
        _check_shape_is_known(role, network)
        _check_moves(role, network)
    _check_latents(generator, latent_dim)
    made, judged = generator.outputs[0].shape[1:], discriminator.inputs[0].shape[1:]
    if not fits(made, judged):
        raise ValueError(
            f"The generator makes images of shape {tuple(made)}, but the discriminator takes "
            f"{tuple(judged)}."
        )
    _check_logits(discriminator)
    taken = len(generator.inputs) - bool(latent_dim), len(discriminator.inputs) - 1
    if min(taken) and taken[0] != taken[1]:
        raise ValueError(
            f"The generator takes {taken[0]} conditions, the discriminator {taken[1]}; each takes "
            "all of them or none."
        )
    return max(taken)


def check_labels(networks, conditions):
    """Refuse a label that a network has no vector for; else TensorFlow would, in its own words.

    Args:
        networks: list of `keras.Model`.
        conditions: as `data.check_conditions` returns them. Looked at only where they are labels
            and nothing else.

    Raises:
        ValueError: if a label is not below the number of classes.

    Example:
        >>> from ganedu import models
        >>> check_labels([models.conditional_generator(num_classes=3)], np.array([0, 2]))
    """
    if isinstance(conditions, tuple) or conditions.dtype != np.int64 or not conditions.size:
        return
    known = {
        layer.input_dim
        for network in networks
        for layer in layers.every_layer(network)
        if isinstance(layer, keras.layers.Embedding)
    }
    if known and conditions.max() >= min(known):
        raise ValueError(
            f"Labels must be in 0 … {min(known) - 1}, for these networks know {min(known)} "
            f"classes; got {conditions.max()}."
        )


def optimizers(*given):
    """The optimizers of the two players, made where they are given by name.

    Args:
        *given: two `keras.optimizers.Optimizer`s, or names such as "adam".

    Returns:
        Tuple of optimizers.

    Raises:
        ValueError: if it is one optimizer for both, or one is none.

    Example:
        >>> [type(optimizer).__name__ for optimizer in optimizers("adam", "sgd")]
        ['Adam', 'SGD']
    """
    made = tuple(keras.optimizers.get(one) if isinstance(one, str) else one for one in given)
    for optimizer in made:
        if not isinstance(optimizer, keras.optimizers.Optimizer):
            raise ValueError(
                f"An optimizer is a keras.optimizers.Optimizer or its name; got {optimizer!r}."
            )
    if made[0] is made[1]:
        raise ValueError("Each network needs an optimizer of its own; got one for both.")
    return made


def check_shared(networks, num_replicas):
    """Refuse layers that do another thing with a part of the batch than with the whole.

    A BatchNorm would take the statistics of a part; a layer that draws, such as Dropout, would draw
    for each part anew.

    Args:
        networks: list of `keras.Model`s.
        num_replicas: how many share a batch.

    Raises:
        ValueError: if there are several, and a BatchNorm is not synchronised or a layer draws.

    Example:
        >>> from ganedu import models
        >>> check_shared([models.mlp_generator()], num_replicas=2)
    """
    if num_replicas == 1:
        return
    for layer in (layer for network in networks for layer in layers.every_layer(network)):
        if isinstance(layer, keras.layers.BatchNormalization) and not layer.synchronized:
            raise ValueError(
                f"The layer {layer.name} would normalise by a part of the batch on each of "
                f"{num_replicas} replicas, which is another training than on one. Build it with "
                "keras.layers.BatchNormalization(synchronized=True)."
            )
        if any(isinstance(part, keras.random.SeedGenerator) for part in vars(layer).values()):
            raise ValueError(
                f"The layer {layer.name} draws by itself, and each of {num_replicas} replicas "
                "would draw for its part of the batch, which is another training than on one. "
                "Leave it out, or train on one device."
            )


def places_of(role, network, chosen):
    """Where the variables that are trained stand among a network's trainable ones.

    Args:
        role: "generator" or "discriminator".
        network: `keras.Model`.
        chosen: list of its trainable variables, or None for all.

    Returns:
        Tuple of integers, rising.

    Raises:
        ValueError: if it is no list of variables, is empty, or holds another network's.

    Example:
        >>> from ganedu import models
        >>> network = models.mlp_generator()
        >>> places_of("generator", network, network.trainable_variables[:2])
        (0, 1)
    """
    places = {id(variable): place for place, variable in enumerate(network.trainable_variables)}
    if chosen is None:
        return tuple(places.values())
    if not isinstance(chosen, (list, tuple)) or not chosen:
        raise ValueError(
            f"{role}_variables is a list of variables, such as layers.variables_of({role}, "
            f"stop=1), or None for all; got {chosen!r}."
        )
    for one in chosen:
        if id(one) not in places:
            raise ValueError(
                f"{role}_variables names the {role}'s own trainable variables; "
                f"{getattr(one, 'path', None) or repr(one)} is none of them."
            )
    return tuple(sorted({places[id(one)] for one in chosen}))


def check_flags(role, now, then):
    """Refuse a network of which layers were frozen or thawed after `compile`.

    Keras would say nothing: a step that is traced already goes on as it was.

    Args:
        role: "generator" or "discriminator".
        now: how many trainable variables it has.
        then: how many it had at `compile`.

    Raises:
        ValueError: if these differ.

    Example:
        >>> check_flags("generator", now=12, then=12)
    """
    if now != then:
        raise ValueError(
            f"The {role} has {now} trainable variables, and had {then} when the GAN was compiled: "
            "a layer's trainable was changed in between. Leave it as it was, and name what moves: "
            f"gan.compile(..., {role}_variables=layers.variables_of({role}, start=...))."
        )


def check_game(loss, penalties, discriminator):
    """Refuse what cannot be trained so, and warn of what seldom can.

    Args:
        loss: `losses.AdversarialLoss`.
        penalties: tuple of `penalties.GradientPenalty`.
        discriminator: `keras.Model`.

    Raises:
        ValueError: if two penalties that are taken at one place are due at different steps.

    Warns:
        data.SuspiciousInput: if the Wasserstein loss stands alone.

    Example:
        >>> from ganedu import models
        >>> check_game(losses.get("hinge"), (), models.mlp_discriminator())
    """
    paces = {}
    for penalty in penalties:
        if paces.setdefault(penalty.at, penalty.every) != penalty.every:
            raise ValueError(
                f"Two penalties are taken at {penalty.at} images, one in every "
                f"{paces[penalty.at]}, one in every {penalty.every} updates; one pass serves both, "
                "so give them the same `every`."
            )
    held = any(weight.constraint for weight in discriminator.trainable_variables) or any(
        isinstance(layer, layers.SpectralNormalization)
        for layer in layers.every_layer(discriminator)
    )
    if loss is losses.get("wasserstein") and not penalties and not held:
        warnings.warn(
            "The Wasserstein loss has no bound: nothing keeps the discriminator from growing. Add "
            "penalties=penalties.wasserstein(10.0) and d_steps=5, or normalise its layers.",
            data.SuspiciousInput,
            stacklevel=3,
        )


def check_callbacks(callbacks):
    """Refuse callbacks of Keras that look for what a GAN does not have.

    Args:
        callbacks: list of `keras.callbacks.Callback`.

    Raises:
        ValueError: says what to use in its place.

    Example:
        >>> check_callbacks([keras.callbacks.TerminateOnNaN()])
    """
    for callback in callbacks:
        name = type(callback).__name__
        if name in TAKES_NO_GAN:
            raise ValueError(f"{name} sets one learning rate; a GAN has two. {TAKES_NO_GAN[name]}")
        board = isinstance(callback, keras.callbacks.TensorBoard)
        if board and importlib.util.find_spec("tensorboard") is None:
            raise ValueError(
                "TensorBoard is not installed: pip install tensorboard. Or keep the log by "
                "callbacks.Log or keras.callbacks.CSVLogger."
            )
        whole = isinstance(callback, keras.callbacks.ModelCheckpoint)
        if whole and not callback.save_weights_only:
            raise ValueError(
                "ModelCheckpoint saves a whole model, which a GAN in training is not. Use "
                "callbacks.Checkpoint(path, every), or save_weights_only=True."
            )


def check_options(options):
    """Refuse arguments of Keras' fit that mean nothing here.

    Args:
        options: dictionary of keyword arguments; shuffle=True is taken out of it, because numbered
            batches are shuffled anyway.

    Raises:
        ValueError: says why.

    Example:
        >>> check_options({"verbose": 0})
    """
    for name, reason in TAKES_NO_FIT.items():
        if options.get(name) is not None:
            raise ValueError(f"fit takes no {name}. {reason}")
    if options.pop("shuffle", True) is not True:
        raise ValueError(
            "Arrays are shuffled anew for each epoch. For an order of your own pass a "
            "tf.data.Dataset."
        )


def prepared(dataset, gan):
    """A user's dataset as the step takes it: whole batches of one size, floats, in their groups.

    Args:
        dataset: `tf.data.Dataset` of batches of images, or of (images, conditions); or what
            `data.batches` returns.
        gan: a compiled `training.GAN`.

    Returns:
        `tf.data.Dataset` of batches, or of tuples of `gan.d_steps` batches.

    Raises:
        ValueError: if its batches cannot be trained on; says what mends it.

    Example:
        See `training.GAN.fit`.
    """
    first = next(iter(dataset.take(1)), None)
    if first is None:
        raise ValueError("The dataset yields nothing.")
    if _is_grouped(dataset.element_spec, gan):
        for batch in first:
            _check_batch(batch, gan)
        return dataset
    first = _batch(*first) if isinstance(first, tuple) else _batch(first)
    _check_batch(first, gan)
    ragged = any(not spec.shape.is_fully_defined() for spec in _flat(dataset.element_spec))
    dataset = dataset.map(_batch)
    if ragged:  # as drop_remainder=True would have it
        size = len(_images_of(first))
        dataset = dataset.filter(lambda *parts: tf.shape(_flat(parts)[0])[0] == size)
    dataset = dataset.map(lambda *parts: _as_floats(_batch(*parts), first))
    if gan.d_steps == 1 and not isinstance(first, tuple):
        return dataset
    stacked = dataset.batch(gan.d_steps, drop_remainder=True)
    return stacked.map(lambda *parts: _unstacked(_batch(*parts), gan.d_steps))


def _check_shape_is_known(role, network):
    inputs = getattr(network, "inputs", None) if getattr(network, "built", False) else None
    if not inputs or not getattr(network, "outputs", None):
        raise ValueError(
            f"The shapes of the {role} are not known before it is called. Begin it with "
            "keras.Input(shape); around a class of your own: inputs = keras.Input(shape); "
            f"{role} = keras.Model(inputs, network(inputs))."
        )


def _check_moves(role, network):
    if not network.trainable_variables:
        raise ValueError(
            f"Nothing in the {role} can be trained: it has no weights, or they are frozen. Leave "
            "trainable = True; whose turn it is decides whose weights move."
        )
    for layer in layers.every_layer(network):
        if isinstance(layer, keras.layers.SpectralNormalization):
            raise ValueError(
                f"keras.layers.SpectralNormalization in the {role} changes the weights in every "
                "call, the other player's too. Use ganedu.layers.SpectralNormalization."
            )


def _check_latents(generator, latent_dim):
    if latent_dim == 0:
        return
    shape = tuple(generator.inputs[0].shape)
    if shape != (None, latent_dim):
        raise ValueError(
            f"The generator takes latents of shape {shape[1:]}, but latent_dim is {latent_dim!r}."
        )


def fits(made, judged):
    """Whether two shapes agree; a side that is None takes any size.

    Args:
        made: shape without the batch.
        judged: another one.

    Returns:
        True or False.

    Example:
        >>> fits((8, 8, 3), (None, None, 3))
        True
    """
    return len(made) == len(judged) and all(
        one == other or None in (one, other) for one, other in zip(made, judged, strict=True)
    )


def _check_logits(discriminator):
    shape = tuple(discriminator.outputs[0].shape)
    if len(shape) < 2 or shape[-1] != 1:
        raise ValueError(
            "The discriminator must return one logit per image, shape [batch, 1], or a map of "
            f"them, [batch, height, width, 1]; it returns {shape}."
        )
    last = _last_activation(discriminator.outputs[0])
    if last in BOUNDED:
        raise ValueError(
            f"The discriminator ends in {last}, but its output is taken as a logit, any number: "
            "the loss applies the sigmoid itself. Take the activation off the last layer."
        )


def _last_activation(tensor):
    """The name of the function that the last layer applies, also inside nested models."""
    layer = tensor._keras_history.operation
    if getattr(layer, "outputs", None) and isinstance(layer, keras.Model):
        return _last_activation(layer.outputs[0])
    activation = getattr(layer, "activation", None)
    name = getattr(activation, "__name__", None) or type(layer).__name__
    return name.lower()


def _is_grouped(spec, gan):
    """Whether an element is a tuple of batches already, as `data.batches` makes it."""
    if isinstance(spec, dict):
        raise ValueError("The dataset yields dictionaries; map them to images.")
    if not isinstance(spec, tuple):
        if gan.num_conditions:
            raise ValueError(
                "The networks take conditions, but the dataset yields images alone. It must yield "
                "(images, conditions)."
            )
        return False
    if isinstance(spec[0], tuple):
        return True
    if gan.takes_conditions:
        return False
    if len({(part.dtype, part.shape.rank) for part in _flat(spec)}) > 1:
        raise ValueError(
            f"The dataset yields {len(spec)} things, images and labels it seems, but this GAN "
            "takes images alone. Read them with label_mode=None, or use "
            "dataset.map(lambda images, labels: images)."
        )
    return True


def _flat(parts):
    return tf.nest.flatten(parts)


def _batch(images, *conditions):
    """Images, or (images, conditions); tf.data passes the parts of a tuple one by one."""
    if not conditions:
        return images
    return images, conditions[0] if len(conditions) == 1 else conditions


def _check_batch(batch, gan):
    images, expected = _images_of(batch), tuple(gan.discriminator.inputs[0].shape[1:])
    if len(images.shape) == len(expected):
        raise ValueError(
            "The dataset yields single images: dataset.batch(32, drop_remainder=True)."
        )
    shape = data.check_images(images).shape[1:]
    if not fits(shape, expected):
        raise ValueError(
            f"The discriminator expects images of shape {expected}; these have {shape}. Build the "
            "networks with that image_shape, or resize the images."
        )
    if isinstance(batch, tuple):
        given = data.check_conditions(tf.nest.map_structure(np.asarray, batch[1]), len(images))
        check_labels([gan.generator, gan.discriminator], given)


def _images_of(batch):
    return batch[0] if isinstance(batch, tuple) else batch


def _as_floats(batch, first):
    """Pixels and other floats as float32 in [−1, 1], integers as int64, of the first's shapes."""

    def convert(tensor, like):
        if tensor.dtype == tf.uint8 and like.shape.rank > 2:
            tensor = data.scale(tensor)
        tensor = tf.cast(tensor, tf.float32 if tensor.dtype.is_floating else tf.int64)
        return tf.ensure_shape(tensor, like.shape)

    return tf.nest.map_structure(convert, batch, first)


def _unstacked(stacked, number):
    """So many batches that were stacked, one after another."""
    return tuple(
        tf.nest.map_structure(lambda tensor, i=i: tensor[i], stacked) for i in range(number)
    )
