"""A chain over characters of which all is known, and networks that write."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganedu.playground import words

SIZE = len(words.LETTERS)
CHAIN = words.oracle()


def test_letters_outside_the_alphabet_are_refused():
    with pytest.raises(ValueError, match="'é' in 'rené'"):
        words.encode(["ann", "rené"])


def test_words_come_back_and_long_ones_are_cut():
    assert words.decode(words.encode(["Al", "christopher", ""])) == ["al", "christophe", ""]


def counted(*names):
    counts = np.zeros((SIZE + 1, SIZE + 1, SIZE))
    for name in names:
        told = [words.BEGIN, words.BEGIN, *words.encode([name])[0][: len(name) + 1]]
        for a, b, c in zip(told, told[1:], told[2:], strict=False):
            counts[a, b, c] += 1
    return counts


def test_the_oracle_is_the_mixture_of_three_histories():
    """By hand: "ab" twice and "ac" once, s = 2."""
    chain = words.oracle(counted("ab", "ab", "ac"), smoothing=2.0)
    letter = words.LETTERS.index
    one = np.zeros(SIZE)
    one[[letter("."), letter("a"), letter("b"), letter("c")]] = np.array([3, 3, 2, 1]) / 9
    after_a = (np.eye(SIZE)[letter("b")] * 2 + np.eye(SIZE)[letter("c")] + 2 * one) / 5
    begun = np.eye(SIZE)[letter("b")] * 2 + np.eye(SIZE)[letter("c")] + 2 * after_a
    np.testing.assert_allclose(chain[words.BEGIN, letter("a")], begun / 5)


def test_the_oracle_is_a_law_and_nothing_follows_an_end():
    np.testing.assert_allclose(CHAIN.sum(axis=2), 1)
    assert (CHAIN[:, words.END, words.END] == 1).all()
    before = np.delete(CHAIN, words.END, axis=1)
    assert before.min() > 0  # nothing is impossible, so no cost is infinite


def test_costs_are_minus_the_logarithms_of_the_probabilities():
    """ "an" is p(a|^^) p(n|^a) p(.|an), and all words of two letters, cut there, sum to 1."""
    a, n = (words.LETTERS.index(letter) for letter in "an")
    start = words.BEGIN
    by_hand = CHAIN[start, start, a] * CHAIN[start, a, n] * CHAIN[a, n, words.END]
    assert words.costs(CHAIN, words.encode(["an"])) == pytest.approx(-np.log(by_hand))
    every = np.array([*itertools.product(range(SIZE), repeat=2)])
    assert np.exp(-words.costs(CHAIN, every)).sum() == pytest.approx(1)


def test_draws_have_the_law_of_the_chain():
    drawn = words.draw(CHAIN, 20_000, seed=0)
    seen = np.bincount(drawn[:, 0], minlength=SIZE) / len(drawn)
    np.testing.assert_allclose(seen, CHAIN[words.BEGIN, words.BEGIN], atol=0.012)
    second = drawn[drawn[:, 0] == 10, 1]  # behind a j
    seen = np.bincount(second, minlength=SIZE) / len(second)
    np.testing.assert_allclose(seen, CHAIN[words.BEGIN, 10], atol=0.06)
    ended = np.cumsum(drawn == words.END, axis=1) > 0
    assert (drawn[ended] == words.END).all()
    np.testing.assert_array_equal(drawn[:5], words.draw(CHAIN, 20_000, seed=0)[:5])


def test_a_colder_oracle_writes_likelier_words():
    costs = [words.costs(CHAIN, words.draw(CHAIN, 2000, 0, t)).mean() for t in (0.5, 1.0, 1.5)]
    assert costs[0] < costs[1] < costs[2]


def test_a_temperature_is_an_exponent():
    once, twice = (words.draw(chain, 500, 3, t) for chain, t in ((CHAIN, 0.5), (CHAIN**2, 1.0)))
    np.testing.assert_array_equal(once, twice)


@pytest.mark.parametrize("temperature", [0, -1.0, np.inf, np.nan])
def test_a_temperature_of_0_is_refused(temperature):
    network, some = words.writer(), words.encode(["al"])
    for call in (
        lambda: words.draw(CHAIN, 1, 0, temperature),
        lambda: words.costs(CHAIN, some, temperature),
        lambda: words.write(network, 1, 0, temperature),
        lambda: words.writing_costs(network, some, temperature),
        lambda: words.soft_draw(tf.zeros((1, 2)), tf.zeros((1, 2)), temperature),
        lambda: words.adversarial_step(network, None, (), "gumbel", temperature),
    ):
        with pytest.raises(ValueError, match="must be above 0"):
            call()


def test_gumbel_noise_draws_from_the_softmax():
    """Counted: the largest of log p + noise is class i with probability p_i."""
    p = np.array([0.5, 0.3, 0.15, 0.05])
    noise = words.gumbel((40_000, 4), [1, 2])
    assert np.mean(noise) == pytest.approx(np.euler_gamma, abs=0.03)
    seen = np.bincount(np.argmax(np.log(p) + noise, axis=1)) / 40_000
    np.testing.assert_allclose(seen, p, atol=0.01)


def test_a_soft_draw_is_hard_forward_and_soft_backward():
    logits, noise = tf.constant([[0.3, -0.2, 1.0]]), tf.constant([[1.0, 2.0, -0.5]])
    reward, heat = tf.constant([[1.0, 5.0, -2.0]]), 0.7
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(logits)
        value = tf.reduce_sum(reward * words.soft_draw(logits, noise, heat))
        soft = tf.reduce_sum(reward * tf.nn.softmax((logits + noise) / heat))
    assert float(value) == pytest.approx(5.0)
    np.testing.assert_allclose(tape.gradient(value, logits), tape.gradient(soft, logits), rtol=1e-5)


def small_writer():
    network = words.writer(seed=1)
    network.set_weights([3 * weight for weight in network.get_weights()])  # far from uniform
    return network


def test_a_writer_has_a_law_of_its_own():
    """The probabilities of all words that end after one letter, and of the rest, sum to 1."""
    network = small_writer()
    two = np.zeros((SIZE * SIZE, words.LENGTH), np.int64)
    two[:, :2] = [*itertools.product(range(SIZE), repeat=2)]
    ended = two[(two[:, 0] == 0) & (two[:, 1] == 0)]
    cost = words.writing_costs(network, ended)
    logits, _ = network([tf.zeros((1, SIZE)), tf.zeros((1, words.WIDTH))])
    assert float(cost[0]) == pytest.approx(-float(tf.nn.log_softmax(logits)[0, 0]), rel=1e-5)


def test_a_writer_writes_by_its_law():
    network = small_writer()
    made = words.write(network, 4000, seed=0)
    logits, _ = network([tf.zeros((1, SIZE)), tf.zeros((1, words.WIDTH))])
    seen = np.bincount(made[:, 0], minlength=SIZE) / len(made)
    np.testing.assert_allclose(seen, tf.nn.softmax(logits)[0], atol=0.03)
    ended = np.cumsum(made == words.END, axis=1) > 0
    assert (made[ended] == words.END).all()


def test_a_temperature_divides_the_logits_of_words_and_of_costs():
    network, heat = words.writer(seed=1), 0.4
    network.layers[-1].bias.assign(np.linspace(-2, 2, SIZE))  # far from uniform from the start
    logits, _ = network([tf.zeros((1, SIZE)), tf.zeros((1, words.WIDTH))])
    law = tf.nn.softmax(logits / heat)[0].numpy()
    assert np.abs(law - tf.nn.softmax(logits)[0]).max() > 0.1
    made = words.write(network, 4000, 0, heat)
    seen = np.bincount(made[:, 0], minlength=SIZE) / len(made)
    np.testing.assert_allclose(seen, law, atol=0.03)
    cost = words.writing_costs(network, np.zeros((1, words.LENGTH), np.int64), heat)
    assert float(cost[0]) == pytest.approx(-np.log(law[words.END]), rel=1e-4)


def test_a_likelihood_step_lowers_the_cost():
    network, some = words.writer(), tf.constant(words.draw(CHAIN, 32, 0))
    step = words.likelihood_step(network, keras.optimizers.Adam(1e-2))
    told = [float(step(some)) for _ in range(6)]
    assert told[-1] < told[0]
    assert told[0] == pytest.approx(
        float(np.mean(words.writing_costs(words.writer(), some))), rel=1e-4
    )


def test_the_weights_of_reinforce_leave_the_own_word_out():
    each, logits = tf.constant([1.0, 2.0, 6.0]), tf.zeros((3, words.LENGTH, SIZE))
    letters = tf.one_hot(words.encode(["al", "bo", "cy"]), SIZE)
    scored = words._scored(each, letters, logits)
    weights = np.array([1 - 4, 2 - 3.5, 6 - 1.5])
    np.testing.assert_allclose(scored, weights * -words.LENGTH * np.log(SIZE), rtol=1e-5)


SEEDS = tf.constant([3, 5], tf.int64)
RATE, HEAT, GAMMA = 0.1, 0.7, 0.2


def stepped(method, writer_rate, judge_rate):
    """Both players before a step of plain gradients, the words, and by how much each moved."""
    network, judge = small_writer(), words.reader(seed=2)
    made = [keras.optimizers.SGD(rate) for rate in (writer_rate, judge_rate)]
    before = [[w.copy() for w in one.get_weights()] for one in (network, judge)]
    some = tf.constant(words.draw(CHAIN, 8, 0))
    words.adversarial_step(network, judge, made, method, HEAT, GAMMA)(some, SEEDS)
    moved = [
        [a - b for a, b in zip(one.get_weights(), weights, strict=True)]
        for one, weights in zip((network, judge), before, strict=True)
    ]
    for one, weights in zip((network, judge), before, strict=True):
        one.set_weights(weights)
    return network, judge, some, moved


def assert_gradient(tape, loss, network, moved):
    slopes = tape.gradient(loss, network.trainable_variables)
    assert max(np.abs(each).max() for each in moved) > 1e-5
    for slope, each in zip(slopes, moved, strict=True):
        np.testing.assert_allclose(each, -RATE * tf.convert_to_tensor(slope), atol=1e-5)


def noise_of(seed):
    return words.gumbel((8, words.LENGTH, SIZE), seed)


def test_the_judge_moves_along_its_own_loss_and_no_writer_moves():
    network, judge, some, (still, moved) = stepped("gumbel", 0.0, RATE)
    assert not any(each.any() for each in still)
    noise, real = noise_of(SEEDS * 2), tf.one_hot(some, SIZE)
    fakes, _ = words.written(
        network, 8, lambda t, u: tf.one_hot(tf.argmax(u + noise[:, t], axis=1), SIZE)
    )
    with tf.GradientTape() as tape:
        with tf.GradientTape() as inner:
            inner.watch(real)
            logits = judge(real)
        slopes = inner.gradient(logits, real)
        loss = tf.reduce_mean(tf.nn.softplus(-logits) + tf.nn.softplus(judge(fakes)))
        loss += GAMMA / 2 * tf.reduce_mean(tf.reduce_sum(slopes**2, axis=(1, 2)))
    assert_gradient(tape, loss, judge, moved)


def test_the_writer_moves_by_gumbel():
    network, judge, _, (moved, still) = stepped("gumbel", RATE, 0.0)
    assert not any(each.any() for each in still)
    noise = noise_of(SEEDS * 2 + 1)
    with tf.GradientTape() as tape:
        letters, _ = words.written(network, 8, lambda t, u: words.soft_draw(u, noise[:, t], HEAT))
        loss = tf.reduce_mean(tf.nn.softplus(-judge(letters)))
    assert_gradient(tape, loss, network, moved)


def test_the_writer_moves_by_reinforce():
    """The draws are those of the logits themselves, at no temperature."""
    network, judge, _, (moved, still) = stepped("reinforce", RATE, 0.0)
    assert not any(each.any() for each in still)
    noise = noise_of(SEEDS * 2 + 1)
    letters, _ = words.written(
        network, 8, lambda t, u: tf.one_hot(tf.argmax(u + noise[:, t], axis=1), SIZE)
    )
    cost = tf.nn.softplus(-judge(letters)).numpy().ravel()  # less of it is more reward
    lead = cost - (cost.sum() - cost) / 7
    with tf.GradientTape() as tape:
        costs = words.writing_costs(network, tf.argmax(letters, axis=2))
        loss = -tf.reduce_mean(tf.constant(lead, tf.float32) * costs)
    assert_gradient(tape, loss, network, moved)


def test_another_method_is_refused():
    with pytest.raises(ValueError, match="gumbel or reinforce"):
        words.adversarial_step(None, None, None, "likelihood")


def test_the_pictures_hold_what_they_are_given():
    figure = words.estimates_panel({"a": np.arange(3.0), "b": np.ones(4)}, 0.5)
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == ["a", "b"]
    axes = words.plane({"c": [(1, 2), (3, 4)]}, {"r": [(5, 6)]}, entropy=9.0).axes[0]
    assert axes.lines[0].get_xydata().tolist() == [[1, 2], [3, 4]]
    assert axes.lines[-1].get_xydata().tolist() == [[9, 9]]
