"""What a critic reports under each loss: two known densities, and a critic that is a table.

Here live the closed forms of the best critic, a critic of one free value for each place that is
trained towards them, and their picture. Taught in lesson 09.
"""

import numpy as np
from matplotlib.figure import Figure

from ganedu import losses, plotting, widgets

PLACES, SPACING = np.linspace(-4, 4, 81, retstep=True)
REPORTS = {  # by loss; the minimax loss has the critic of the non-saturating one
    "non_saturating": "log p/q",
    "least_squares": "p/(p + q)",
    "hinge": "the sign of p − q",
    "wasserstein": "slopes of 1 or −1",
    "relativistic_pairing": "log p/q + constant",
}


def two_densities(centre=1.0, share=0.6):
    """A hump p at −1, and q: a share of it in a narrower hump, the rest at −2.

    Args:
        centre: where the larger hump of q lies.
        share: of q that lies there, from 0 to 1.

    Returns:
        p and q, float arrays [81] over `PLACES`; each sums to 1.

    Example:
        >>> p, q = two_densities()
        >>> round(float(p.sum()), 6), round(float(q.sum()), 6)
        (1.0, 1.0)
    """

    def hump(mean, std):
        heights = np.exp(-0.5 * ((PLACES - mean) / std) ** 2)
        return heights / heights.sum()

    return hump(-1.0, 1.0), share * hump(centre, 0.8) + (1 - share) * hump(-2.0, 0.6)


def best_critic(loss, p, q):
    """The values that minimise a loss between two densities, in closed form.

    ================================ =====================================================
    minimax, non_saturating          log p/q
    least_squares                    p/(p + q)
    hinge                            sign(p − q)
    wasserstein                      slope sign(Q − P), where P, Q are the shares up to x
    relativistic_pairing             log p/q
    ================================ =====================================================

    The Wasserstein loss has a best critic only among those whose slope is at most 1, and so has
    this one. It and the pairing loss see differences only, so the mean over both densities is 0.

    Args:
        loss: one of `losses.NAMES`.
        p: array [81], density of real points over `PLACES`, above 0.
        q: array [81], density of generated points, above 0.

    Returns:
        float array [81].

    Raises:
        ValueError: if there is no loss of that name, or its best critic is not known.

    Example:
        >>> p, q = two_densities()
        >>> best_critic("hinge", p, q)[[30, 60]].tolist()
        [1.0, -1.0]

    Reference:
        Goodfellow et al. (2014), "Generative Adversarial Nets", proposition 1; Mao et al. (2017),
        "Least Squares Generative Adversarial Networks", section 3.2; Lim and Ye (2017), "Geometric
        GAN"; Villani (2009), "Optimal Transport: Old and New", chapter 6 (the duality).
    """
    losses.get(loss)
    values = {
        "minimax": lambda: np.log(p / q),
        "non_saturating": lambda: np.log(p / q),
        "least_squares": lambda: p / (p + q),
        "hinge": lambda: np.sign(p - q),
        "wasserstein": lambda: _from_slopes(np.sign(np.cumsum(q - p)[:-1])),
        "relativistic_pairing": lambda: np.log(p / q),
    }
    if loss not in values:
        raise ValueError(f"The best critic is known of {', '.join(values)}; got {loss!r}.")
    found = values[loss]()
    return _centred(found, p, q) if loss in ("wasserstein", "relativistic_pairing") else found


def trained_critic(loss, p, q, num_steps=2000, rate=0.1):
    """A critic of one free value for each place, after so many steps of Adam on the loss.

    Sums over all pairs of places take the place of batches, so nothing is left to chance. Under
    the Wasserstein loss its slopes are what is trained, and they are cut off at 1 after each step.

    Args:
        loss: one of `losses.NAMES`.
        p: array [81], density of real points over `PLACES`.
        q: array [81], density of generated points.
        num_steps: how many steps, an integer of at least 1.
        rate: the learning rate at first; it falls to zero in a straight line.

    Returns:
        float array [81]; under the Wasserstein and the pairing loss with the mean 0 over both
        densities.

    Raises:
        ValueError: if there is no loss of that name.

    Example:
        >>> p, q = two_densities()
        >>> apart = trained_critic("least_squares", p, q) - best_critic("least_squares", p, q)
        >>> bool(np.abs(apart[15:60]).max() < 0.01)
        True
    """
    import keras
    import tensorflow as tf

    slopes = loss == "wasserstein"
    free = tf.Variable(tf.zeros(len(p) - slopes, tf.float64))
    falling = keras.optimizers.schedules.PolynomialDecay(rate, num_steps, 0.0)
    optimizer, pair = keras.optimizers.Adam(falling), losses.get(loss)
    optimizer.build([free])
    weights = tf.constant(np.outer(p, q))

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            values = tf.concat([[0.0], tf.cumsum(free)], 0) * SPACING if slopes else free
            real, fake = tf.meshgrid(values, values, indexing="ij")
            total = tf.reduce_sum(weights * pair.discriminator(real, fake))
        optimizer.apply([tape.gradient(total, free)], [free])
        if slopes:
            free.assign(tf.clip_by_value(free, -1.0, 1.0))

    for _ in range(num_steps):
        step()
    values = _from_slopes(free.numpy()) if slopes else free.numpy()
    return _centred(values, p, q) if slopes or pair.pairs else values


def critic_panels(p, q, trained=None):
    """Two densities, and what the best critic of each loss says between them.

    Args:
        p: array [81], density of real points over `PLACES`.
        q: array [81], density of generated points.
        trained: dictionary from a loss to the values of a trained critic, drawn as dots.

    Returns:
        `Figure` with six panels.

    Example:
        >>> len(critic_panels(*two_densities()).axes)
        6
    """
    figure = Figure(figsize=(9, 4.6), layout="constrained")
    first, *panels = figure.subplots(2, 3, sharex=True).flat
    for values, colour, style, name in zip(
        (p, q), plotting.COLOURS, ("-", "--"), ("real p", "generated q")
    ):
        first.plot(PLACES, values / SPACING, style, color=colour, label=name)
    first.set_ylim(0, 1.45 * max(p.max(), q.max()) / SPACING)
    first.legend(fontsize=8, ncols=2, frameon=False, loc="upper center")
    first.set_title("the densities", fontsize=10)
    some = (p + q) / SPACING > 0.02  # elsewhere hardly a point comes, and nothing is learned
    for axes, (loss, report) in zip(panels, REPORTS.items(), strict=True):
        axes.plot(PLACES, best_critic(loss, p, q), color="black", linewidth=1)
        if trained is not None:
            dots = {"color": plotting.COLOURS[1], "markersize": 3}
            axes.plot(PLACES[some][::2], trained[loss][some][::2], "o", **dots)
        axes.axhline(0.5 if loss == "least_squares" else 0.0, **plotting.REFERENCE)
        axes.set_title(f"{loss.replace('_', ' ')}: {report}", fontsize=9)
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    for axes in figure.axes[3:]:
        axes.set_xlabel("x")
    return figure


def critic_explorer():
    """Sliders for q; the critics' closed forms beside it.

    Returns:
        An `ipywidgets` box, to be displayed.

    Example:
        >>> critic_explorer()  # doctest: +SKIP
    """

    def draw(**numbers):
        plotting.show(critic_panels(*two_densities(**numbers)), critic_sentence(**numbers))

    sliders = {
        "centre": widgets.slider("centre of q", 1.0, -3.0, 3.0, 0.1),
        "share": widgets.slider("share there", 0.6, 0.0, 1.0, 0.1),
    }
    return widgets.above_the_picture(sliders, draw)


def critic_sentence(centre, share):
    """The numbers that belong to `critic_panels`, as a sentence.

    Args:
        centre: where the larger hump of q lies.
        share: of q that lies there, from 0 to 1.

    Returns:
        Text.

    Example:
        >>> critic_sentence(-1.0, 1.0)
        'At x = -1 q is 1.25 times p. The critics say -0.22, 0.44, -1.00, -0.72 and -0.23 there.'
    """
    p, q = two_densities(centre, share)
    at = int(np.argmin(np.abs(PLACES + 1.0)))
    said = [f"{best_critic(loss, p, q)[at]:.2f}" for loss in REPORTS]
    return (
        f"At x = -1 q is {q[at] / p[at]:.2f} times p. The critics say {', '.join(said[:-1])} and "
        f"{said[-1]} there."
    )


def _from_slopes(slopes):
    return SPACING * np.concatenate([[0.0], np.cumsum(slopes)])


def _centred(values, p, q):
    return values - np.sum(values * (p + q)) / 2
