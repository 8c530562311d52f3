"""What the two players minimise: pairs of pure functions on logits.

Here live the adversarial losses. Each is elementwise, so it can be plotted, weighted and
averaged by whoever calls it, and stable for logits of any size (`softplus`, never
`log(sigmoid)`). The mean is taken in one place only, the step in `ganedu.training`.
Penalties on gradients live in `ganedu.penalties`.
Taught in lessons 01, 02 and 09.
"""

from collections.abc import Callable
from dataclasses import dataclass

import tensorflow as tf


@dataclass(frozen=True)
class AdversarialLoss:
    """What each player minimises, both as functions of (real_logits, fake_logits).

    Attributes:
        discriminator: function to the discriminator's loss per image, shaped like the logits.
        generator: function to the generator's loss per image, shaped like the logits.
        pairs: True if the generator's loss reads the real logits too.
    """

    discriminator: Callable
    generator: Callable
    pairs: bool = False


def get(name):
    """The loss pair of that name.

    ==================== ============================= ================ ==================
    name                 discriminator                 generator        both at logits 0
    ==================== ============================= ================ ==================
    minimax              softplus(−r) + softplus(f)    −softplus(f)     2 log 2, −log 2
    non_saturating       softplus(−r) + softplus(f)    softplus(−f)     2 log 2, log 2
    least_squares        ½(r − 1)² + ½f²               ½(f − 1)²        ½, ½
    hinge                relu(1 − r) + relu(1 + f)     −f               2, 0
    wasserstein          f − r                         −f               0, 0
    relativistic_pairing softplus(f − r)               softplus(r − f)  log 2, log 2
    ==================== ============================= ================ ==================

    Args:
        name: one of `NAMES`, or an `AdversarialLoss` of your own, which is returned as it is.

    Returns:
        An `AdversarialLoss`. Its functions take real_logits and fake_logits of one shape,
        usually [batch, 1], and return a tensor of that shape.

    Raises:
        ValueError: if there is no loss of that name, or yours does not take two tensors of logits
            and return one value for each logit; its functions raise it if the two arguments
            differ in shape.

    Example:
        >>> loss = get("hinge")
        >>> loss.discriminator([[0.5]], [[0.5]]).numpy().tolist()
        [[2.0]]

    Reference:
        minimax, non_saturating: Goodfellow et al. (2014), "Generative Adversarial Nets", eq. 1
        and section 3. least_squares: Mao et al. (2017), "Least Squares Generative Adversarial
        Networks", eq. 9. hinge: Lim and Ye (2017), "Geometric GAN". wasserstein: Arjovsky,
        Chintala, Bottou (2017), "Wasserstein GAN", eq. 2. relativistic_pairing:
        Jolicoeur-Martineau (2019), "The relativistic discriminator", eq. 3, without averages,
        as in Huang et al. (2024), "The GAN is dead; long live the GAN!", eq. 2.
    """
    if isinstance(name, AdversarialLoss):
        if name not in _LOSSES.values():
            _check_elementwise(name)
        return name
    if not isinstance(name, str) or name not in _LOSSES:
        raise ValueError(f"There is no loss {name!r}. Choose one of: {', '.join(NAMES)}.")
    return _LOSSES[name]


def at_zero(name):
    """Both losses while the discriminator cannot tell, every logit zero: a log's reference lines.

    Args:
        name: one of `NAMES`, or an `AdversarialLoss`.

    Returns:
        (discriminator_loss, generator_loss), two floats.

    Raises:
        ValueError: if there is no loss of that name.

    Example:
        >>> [round(value, 4) for value in at_zero("non_saturating")]  # 2 log 2 and log 2
        [1.3863, 0.6931]
    """
    loss, zero = get(name), tf.zeros((1, 1))
    both = loss.discriminator(zero, zero), loss.generator(zero, zero)
    return tuple(float(tf.reshape(value, [])) for value in both)


def _check_elementwise(loss):
    """Refuse a pair whose functions are not what the step calls them with, or take the mean."""
    logits = tf.constant([[0.5], [-0.5]])
    for player in ("discriminator", "generator"):
        try:
            value = tf.convert_to_tensor(getattr(loss, player)(logits, logits))
        except TypeError as error:
            raise ValueError(
                f"The {player}'s loss must be a function of (real_logits, fake_logits), also "
                f"where it reads one of them only; calling it so failed: {error}"
            ) from error
        if value.shape != logits.shape:
            raise ValueError(
                f"The {player}'s loss must return one value for each logit, shape "
                f"{tuple(logits.shape)} here; it returned {tuple(value.shape)}. Leave the mean "
                "out (in Keras: reduction=None); the step takes it."
            )


def _on_equal_shapes(function):
    """`function` behind a door that refuses what would broadcast in silence."""

    @tf.autograph.experimental.do_not_convert  # AutoGraph cannot tell two lambdas of one line apart
    def checked(real_logits, fake_logits):
        real_logits = tf.convert_to_tensor(real_logits)
        fake_logits = tf.convert_to_tensor(fake_logits)
        if not real_logits.shape.is_compatible_with(fake_logits.shape):
            raise ValueError(
                "real_logits and fake_logits must have one shape, usually [batch, 1]; "
                f"got {tuple(real_logits.shape)} and {tuple(fake_logits.shape)}."
            )
        return function(real_logits, fake_logits)

    return checked


def _pair(discriminator, generator, pairs=False):
    return AdversarialLoss(_on_equal_shapes(discriminator), _on_equal_shapes(generator), pairs)


def _cross_entropy(r, f):
    # −log σ(r) − log(1 − σ(f)), written so that neither logarithm can see a zero
    return tf.nn.softplus(-r) + tf.nn.softplus(f)


_LOSSES = {
    "minimax": _pair(_cross_entropy, lambda r, f: -tf.nn.softplus(f)),
    "non_saturating": _pair(_cross_entropy, lambda r, f: tf.nn.softplus(-f)),
    "least_squares": _pair(
        lambda r, f: 0.5 * (r - 1) ** 2 + 0.5 * f**2, lambda r, f: 0.5 * (f - 1) ** 2
    ),
    "hinge": _pair(lambda r, f: tf.nn.relu(1 - r) + tf.nn.relu(1 + f), lambda r, f: -f),
    "wasserstein": _pair(lambda r, f: f - r, lambda r, f: -f),
    "relativistic_pairing": _pair(
        lambda r, f: tf.nn.softplus(f - r), lambda r, f: tf.nn.softplus(r - f), pairs=True
    ),
}

NAMES = tuple(_LOSSES)
