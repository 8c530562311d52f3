"""The critics of two known densities: closed forms against searches, and the way there."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import optimize

from ganedu import losses
from ganedu.playground import critics

P, Q = critics.two_densities()
ALL = pytest.mark.parametrize("loss", losses.NAMES)


def total(loss, values):
    """The discriminator's loss, the sum over all pairs of places."""
    real, fake = np.meshgrid(values, values, indexing="ij")
    return float(np.sum(np.outer(P, Q) * losses.get(loss).discriminator(real, fake).numpy()))


def test_densities_sum_to_one_and_lie_where_they_are_told():
    for centre, share in ((1.0, 0.7), (-3.0, 0.0), (2.0, 1.0)):
        p, q = critics.two_densities(centre, share)
        assert p.sum() == pytest.approx(1) and q.sum() == pytest.approx(1)
        assert p.min() > 0 and q.min() > 0
        assert q @ critics.PLACES == pytest.approx(share * centre - 2 * (1 - share), abs=0.03)


@pytest.mark.parametrize("loss", ["minimax", "non_saturating", "least_squares", "hinge"])
def test_at_each_place_no_other_value_is_better(loss):
    """A search at each place alone; the hinge loss is flat where p = q, so values are compared."""
    pair, best = losses.get(loss).discriminator, critics.best_critic(loss, P, Q)

    def at(value, p, q):  # one logit for both: the terms of r and of f are apart from each other
        real, fake = tf.constant([value], tf.float64), tf.zeros(1, tf.float64)
        middle = pair(fake, fake)
        return float((p * (pair(real, fake) - middle) + q * (pair(fake, real) - middle))[0])

    for place in range(5, 76, 7):
        p, q = P[place], Q[place]
        found = optimize.minimize_scalar(at, bounds=(-30, 30), args=(p, q), method="bounded")
        assert at(best[place], p, q) <= found.fun + 1e-9 * (p + q)


def test_the_pairing_critic_is_the_bottom_of_a_valley():
    """The loss is convex in the values, so a point without a slope is the lowest."""
    values = tf.constant(critics.best_critic("relativistic_pairing", P, Q))
    with tf.GradientTape() as tape:
        tape.watch(values)
        real, fake = tf.meshgrid(values, values, indexing="ij")
        pairs = losses.get("relativistic_pairing").discriminator(real, fake)
        loss = tf.reduce_sum(np.outer(P, Q) * pairs)
    assert np.abs(tape.gradient(loss, values)).max() < 1e-15


def test_the_wasserstein_critic_earns_the_distance_of_a_linear_program():
    """No critic of slope 1 earns more, and what it earns is how far q must be moved."""
    best = critics.best_critic("wasserstein", P, Q)
    assert np.abs(np.diff(best)).max() <= critics.SPACING * (1 + 1e-9)
    steps = np.diff(np.eye(81), axis=0)
    bound = np.full(160, critics.SPACING)
    rows = np.concatenate([steps, -steps])
    found = optimize.linprog(Q - P, A_ub=rows, b_ub=bound, bounds=(-100, 100))
    moved = np.sum(np.abs(np.cumsum(P - Q))) * critics.SPACING
    assert -found.fun == pytest.approx(moved, rel=1e-9)
    assert best @ (P - Q) == pytest.approx(moved, rel=1e-9)


@ALL
def test_training_leads_to_the_closed_form(loss):
    """Where points come; in the values, and in the loss, which is flat around the hinge's."""
    trained, best = critics.trained_critic(loss, P, Q), critics.best_critic(loss, P, Q)
    some = P + Q > 0.01
    apart = np.abs(trained - best)[some]
    assert (np.median(apart) if loss == "hinge" else apart.max()) < 0.02
    if loss != "wasserstein":
        assert total(loss, best) - 1e-9 <= total(loss, trained) < total(loss, best) + 1e-3


@pytest.mark.parametrize("loss", ["wasserstein", "relativistic_pairing"])
def test_critics_that_see_differences_only_have_the_mean_zero(loss):
    assert critics.best_critic(loss, P, Q) @ (P + Q) == pytest.approx(0, abs=1e-12)
    assert critics.trained_critic(loss, P, Q, num_steps=3) @ (P + Q) == pytest.approx(0, abs=1e-9)


def test_a_loss_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="There is no loss 'wgan'"):
        critics.best_critic("wgan", P, Q)
    with pytest.raises(ValueError, match="There is no loss 'wgan'"):
        critics.trained_critic("wgan", P, Q)


def test_a_loss_of_ones_own_has_no_closed_form_here():
    own = losses.AdversarialLoss(lambda r, f: f - r, lambda r, f: r - f)
    with pytest.raises(ValueError, match="The best critic is known of minimax"):
        critics.best_critic(own, P, Q)


def test_the_picture_shows_every_critic_with_its_dots():
    trained = {loss: critics.best_critic(loss, P, Q) for loss in critics.REPORTS}
    figure = critics.critic_panels(P, Q, trained)
    titles = [axes.get_title() for axes in figure.axes]
    assert titles[0] == "the densities" and len(titles) == 6
    for axes, report in zip(figure.axes[1:], critics.REPORTS.values(), strict=True):
        assert report in axes.get_title()
        line, dots = axes.lines[:2]
        heights = dict(zip(line.get_xdata(), line.get_ydata(), strict=True))
        assert [heights[x] for x in dots.get_xdata()] == list(dots.get_ydata())


def test_the_sentence_has_the_numbers_of_the_closed_forms():
    p, q = critics.two_densities(0.0, 0.4)
    told = critics.critic_sentence(0.0, 0.4)
    at = 30
    assert critics.PLACES[at] == pytest.approx(-1.0)
    assert f"q is {q[at] / p[at]:.2f} times p" in told
    assert f"{np.log(p[at] / q[at]):.2f}" in told and f"{p[at] / (p[at] + q[at]):.2f}" in told
