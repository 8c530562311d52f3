"""Made-up names of which every probability is known, and networks that learn to write them.

Here live an exact Markov chain over characters, the oracle; a small recurrent network that writes
words letter by letter, and the three ways to train it that lesson 17 compares: likelihood, draws
through Gumbel-softmax, and REINFORCE; and the plane of quality against variety. How the chain's
counts came about stands in `recordings/names.json`.
"""

import string

import keras
import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure

from ganedu import losses, penalties, plotting, shipped
from ganedu.seeding import layer_seeds

LENGTH = 10  # letters of a word; what is shorter ends, and then nothing more comes
LETTERS = "." + string.ascii_lowercase  # the point is the end of a word
END, BEGIN = 0, len(LETTERS)  # what stands before a word is no letter
SMOOTHING = 2.0  # counts that come from the shorter history
WIDTH = 64  # of both networks
NEVER = -1e9  # a logit of what cannot come
METHODS = ("likelihood", "gumbel", "reinforce")


def encode(words):
    """Words as numbers of letters, filled up with ends.

    Args:
        words: list of strings of a to z, in capitals or not; what is longer than 10 is cut off.

    Returns:
        int64 array [n, 10].

    Raises:
        ValueError: if there is another letter in a word.

    Example:
        >>> encode(["abe"]).tolist()
        [[1, 2, 5, 0, 0, 0, 0, 0, 0, 0]]
    """
    for word in words:
        if strange := set(word.lower()) - set(LETTERS[1:]):
            raise ValueError(
                f"Words are made of the letters a to z; there is {min(strange)!r} in {word!r}."
            )
    rows = [[LETTERS.index(letter) for letter in word.lower()] for word in words]
    return np.array([(row + [END] * LENGTH)[:LENGTH] for row in rows], np.int64)


def decode(rows):
    """Numbers of letters as words.

    Args:
        rows: integer array [n, 10].

    Returns:
        List of strings.

    Example:
        >>> decode(encode(["abe", "maria"]))
        ['abe', 'maria']
    """
    return ["".join(LETTERS[number] for number in row).partition(".")[0] for row in rows]


def oracle(counts=None, smoothing=SMOOTHING):
    """The probability of each letter after each two: p(c | a, b).

    Counts of three are mixed with what two and one say, so that nothing is impossible:
    p(c | a, b) = (n(abc) + s·p(c | b)) / (n(ab) + s), and p(c | b) in the same way from p(c).

    Args:
        counts: array [28, 28, 27], how often a letter followed two; None for those in the box, of
            American first names.
        smoothing: s, above 0.

    Returns:
        float array [28, 28, 27]; after an end there is nothing but the end.

    Example:
        >>> float(oracle().sum(axis=2).round(6).min())
        1.0

    Reference:
        Shannon (1948), "A Mathematical Theory of Communication": letters drawn by what stands
        before them.
    """
    counts = _counts() if counts is None else np.asarray(counts, np.float64)
    told = counts.sum(axis=(0, 1)) / counts.sum()
    for n in (counts.sum(axis=0), counts):
        told = (n + smoothing * told) / (n.sum(axis=-1, keepdims=True) + smoothing)
    told[:, END] = np.eye(len(LETTERS))[END]
    return told


def _counts():
    counts = np.zeros((len(LETTERS) + 1, len(LETTERS) + 1, len(LETTERS)))
    known = LETTERS + "^"
    for three, number in shipped.recording("names")["counts"].items():
        counts[tuple(map(known.index, three))] = number
    return counts


def draw(chain, num_words, seed, temperature=1.0):
    """Words of the chain.

    Args:
        chain: array [28, 28, 27], as `oracle` returns it.
        num_words: how many.
        seed: integer of at least 0.
        temperature: above 0; probabilities are raised to 1/temperature and made to sum to 1.

    Returns:
        int64 array [num_words, 10].

    Raises:
        ValueError: if the temperature is not above 0.

    Example:
        >>> draw(oracle(), 3, seed=0).shape
        (3, 10)
    """
    chain = _tempered(chain, temperature)
    random, words = np.random.default_rng(seed), np.empty((num_words, LENGTH), np.int64)
    before = np.full((2, num_words), BEGIN)
    for place in range(LENGTH):
        reached = chain[before[0], before[1]].cumsum(axis=1)
        below = random.random((num_words, 1)) * reached[:, -1:] >= reached
        words[:, place] = below.sum(axis=1)
        before = np.stack([before[1], words[:, place]])
    return words


def costs(chain, words, temperature=1.0):
    """−log of the probability of each word under the chain, in nats.

    Args:
        chain: array [28, 28, 27], as `oracle` returns it.
        words: integer array [n, 10].
        temperature: as of `draw`.

    Returns:
        float array [n].

    Raises:
        ValueError: if the temperature is not above 0.

    Example:
        >>> likely, odd = costs(oracle(), encode(["maria", "xqzj"]))
        >>> bool(likely < odd)
        True
    """
    chain = _tempered(chain, temperature)
    history = np.concatenate([np.full((len(words), 2), BEGIN), words], axis=1)
    with np.errstate(divide="ignore"):
        return -np.log(chain[history[:, :-2], history[:, 1:-1], words]).sum(axis=1)


def _tempered(chain, temperature):
    _check_temperature(temperature)
    raised = chain ** (1 / temperature)
    return raised / raised.sum(axis=2, keepdims=True)


def _check_temperature(temperature):
    if not 0 < temperature < np.inf:
        raise ValueError(
            f"temperature must be above 0; got {temperature}. At 0 nothing would be drawn: for the "
            "likeliest letter alone take 0.01."
        )


def writer(seed=0):
    """A network that writes: from the last letter and its memory to the next one's logits.

    Args:
        seed: integer of at least 0 from which the weights are drawn.

    Returns:
        A `keras.Model` from [letters [batch, 27], memory [batch, 64]] to logits [batch, 27] and
        the new memory.

    Example:
        >>> writer().output_shape
        [(None, 27), (None, 64)]
    """
    seeds = layer_seeds(seed, "generator")
    glorot = keras.initializers.GlorotUniform
    letter, memory = keras.Input((len(LETTERS),)), keras.Input((WIDTH,))
    cell = keras.layers.GRUCell(
        WIDTH,
        kernel_initializer=glorot(next(seeds)),
        recurrent_initializer=keras.initializers.Orthogonal(seed=next(seeds)),
    )
    out, new = cell(letter, [memory])
    logits = keras.layers.Dense(len(LETTERS), kernel_initializer=glorot(next(seeds)))(out)
    return keras.Model([letter, memory], [logits, new[0]], name="writer")


def reader(seed=0):
    """A discriminator of words: two convolutions over the letters, and a hidden layer.

    Args:
        seed: integer of at least 0 from which the weights are drawn.

    Returns:
        A `keras.Model` from words [batch, 10, 27], each letter a vector, to logits [batch, 1].

    Example:
        >>> reader().output_shape
        (None, 1)
    """
    seeds = layer_seeds(seed, "discriminator")

    def start():
        return {"kernel_initializer": keras.initializers.HeNormal(next(seeds))}

    words = hidden = keras.Input((LENGTH, len(LETTERS)))
    for _ in range(2):
        hidden = keras.layers.Conv1D(WIDTH, 3, padding="same", **start())(hidden)
        hidden = keras.layers.LeakyReLU(negative_slope=0.2)(hidden)
    hidden = keras.layers.Dense(WIDTH, **start())(keras.layers.Flatten()(hidden))
    hidden = keras.layers.LeakyReLU(negative_slope=0.2)(hidden)
    return keras.Model(words, keras.layers.Dense(1, **start())(hidden), name="reader")


def written(network, num_words, choose):
    """Words written letter by letter, each letter chosen from what the network says.

    Args:
        network: as `writer` returns it.
        num_words: how many, side by side.
        choose: function of (place, logits [num_words, 27]) to vectors [num_words, 27] that sum to
            1; with a single 1 for a letter.

    Returns:
        letters: tensor [num_words, 10, 27], what was chosen.
        logits: tensor [num_words, 10, 27], from which; after an end nothing but the end is left.

    Example:
        >>> letters, _ = written(writer(), 2, lambda place, logits: tf.nn.softmax(logits))
        >>> letters.shape
        TensorShape([2, 10, 27])
    """
    letter, memory = tf.zeros((num_words, len(LETTERS))), tf.zeros((num_words, WIDTH))
    over = NEVER * (1 - tf.one_hot(END, len(LETTERS)))
    ended, letters, said = tf.zeros((num_words, 1)), [], []
    for place in range(LENGTH):
        logits, memory = network([letter, memory])
        logits = tf.where(ended > 0.5, over, logits)
        letter = choose(place, logits)
        ended = tf.maximum(ended, tf.stop_gradient(letter[:, END, tf.newaxis]))
        letters.append(letter)
        said.append(logits)
    return tf.stack(letters, axis=1), tf.stack(said, axis=1)


def gumbel(shape, seed):
    """Gumbel noise, −log(−log U): added to logits, its largest place is a draw from their softmax.

    Args:
        shape: of the noise.
        seed: int tensor [2], as the functions `tf.random.stateless_*` take it.

    Returns:
        float32 tensor.

    Example:
        >>> gumbel((2, 3), [0, 0]).shape
        TensorShape([2, 3])

    Reference:
        Maddison, Tarlow, Minka (2014), "A* Sampling".
    """
    uniform = tf.random.stateless_uniform(shape, seed, minval=1e-7, maxval=1.0)
    return -tf.math.log(-tf.math.log(uniform))


def soft_draw(logits, noise, temperature):
    """A draw from softmax(logits) that a gradient passes.

    Forward it is one-hot: the largest place of logits + noise. Backward it is the softmax of
    (logits + noise)/temperature, whose gradient stands in for the one that a choice lacks.

    Args:
        logits: float32 tensor [batch, classes].
        noise: Gumbel noise of that shape.
        temperature: above 0. Near 0 the gradient is right in the mean and wild; the higher, the
            calmer and the more wrong.

    Returns:
        float32 tensor of that shape.

    Raises:
        ValueError: if the temperature is not above 0.

    Example:
        >>> soft_draw(tf.constant([[0.0, 9.0]]), tf.zeros((1, 2)), 1.0).numpy().tolist()
        [[0.0, 1.0]]

    Reference:
        Jang, Gu, Poole (2017), "Categorical Reparameterization with Gumbel-Softmax", its
        straight-through form.
    """
    _check_temperature(temperature)
    soft = tf.nn.softmax((logits + noise) / temperature)
    hard = tf.one_hot(tf.argmax(soft, axis=-1), logits.shape[-1])
    return soft + tf.stop_gradient(hard - soft)


def write(network, num_words, seed, temperature=1.0):
    """Words that a network writes.

    Args:
        network: as `writer` returns it.
        num_words: how many.
        seed: integer of at least 0.
        temperature: above 0, by which logits are divided.

    Returns:
        int64 array [num_words, 10].

    Raises:
        ValueError: if the temperature is not above 0.

    Example:
        >>> write(writer(), 3, seed=0).shape
        (3, 10)
    """
    _check_temperature(temperature)
    noise = gumbel((num_words, LENGTH, len(LETTERS)), [seed, 0])

    def choose(place, logits):
        chosen = tf.argmax(logits / temperature + noise[:, place], axis=1)
        return tf.one_hot(chosen, len(LETTERS))

    return tf.argmax(written(network, num_words, choose)[0], axis=2).numpy()


def writing_costs(network, words, temperature=1.0):
    """−log of the probability of each word under a network, in nats.

    Args:
        network: as `writer` returns it.
        words: integer array [n, 10].
        temperature: above 0, by which logits are divided.

    Returns:
        float32 tensor [n].

    Raises:
        ValueError: if the temperature is not above 0.

    Example:
        >>> writing_costs(writer(), encode(["maria", "joe"])).shape
        TensorShape([2])
    """
    _check_temperature(temperature)
    letters = tf.one_hot(words, len(LETTERS))
    _, logits = written(network, len(words), lambda place, logits: letters[:, place])
    return -_log_probabilities(letters, logits / temperature)


def _log_probabilities(letters, logits):
    return tf.reduce_sum(letters * tf.nn.log_softmax(logits), axis=(1, 2))


def likelihood_step(network, optimizer):
    """One step towards the words that are there: the mean of `writing_costs` goes down.

    Args:
        network: as `writer` returns it.
        optimizer: a `keras.optimizers.Optimizer`.

    Returns:
        Function of words, an int64 tensor [batch, 10], to the mean cost before the step.

    Example:
        >>> step = likelihood_step(writer(), keras.optimizers.Adam(1e-3))
        >>> bool(step(tf.constant(encode(["maria", "joe"]))) > 0)
        True
    """
    variables = network.trainable_variables
    optimizer.build(variables)

    @tf.function
    def step(words):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(writing_costs(network, words))
        optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    return step


def adversarial_step(network, judge, optimizers, method, temperature=1.0, gamma=0.01):
    """One step of a GAN of words: the discriminator's update, then the generator's.

    The loss is the non-saturating one, with R1 at the real words. How a gradient comes through the
    choice of letters: with "gumbel" by `soft_draw`; with "reinforce" the reward log D of a word,
    less the mean of the other words' rewards, weighs the gradient of its log-probability.

    Args:
        network: as `writer` returns it.
        judge: as `reader` returns it.
        optimizers: of the network and of the judge.
        method: "gumbel" or "reinforce".
        temperature: of `soft_draw`.
        gamma: weight of R1; less than of digits, because words lie nearer to each other.

    Returns:
        Function of (words, seed), int64 tensors [batch, 10] and [2], to both losses.

    Raises:
        ValueError: if the method is another, or the temperature not above 0.

    Example:
        >>> made = [keras.optimizers.Adam(1e-3) for _ in range(2)]
        >>> step = adversarial_step(writer(), reader(), made, "gumbel")
        >>> losses = step(tf.constant(encode(["maria", "joe"])), tf.constant([0, 0]))
        >>> [bool(loss > 0) for loss in losses]
        [True, True]

    Reference:
        Kusner, Hernández-Lobato (2016), "GANs for Sequences of Discrete Elements with the
        Gumbel-softmax Distribution"; Yu, Zhang, Wang, Yu (2017), "SeqGAN".
    """
    if method not in METHODS[1:]:
        raise ValueError(f"method must be gumbel or reinforce; got {method!r}.")
    _check_temperature(temperature)
    for optimizer, player in zip(optimizers, (network, judge), strict=True):
        optimizer.build(player.trainable_variables)

    heat = temperature if method == "gumbel" else None

    @tf.function
    def step(words, seed):
        letters = tf.one_hot(words, len(LETTERS))
        fakes, _ = _drawn(network, len(words), seed * 2)
        judged = _judge_moves(judge, optimizers[1], letters, fakes, gamma)
        return judged, _writer_moves(network, judge, optimizers[0], len(words), seed * 2 + 1, heat)

    return step


def _drawn(network, num_words, seed, heat=None):
    """Words; without a temperature no gradient passes from a letter to what was there before."""
    noise = gumbel((num_words, LENGTH, len(LETTERS)), seed)

    def choose(place, logits):
        letter = soft_draw(logits, noise[:, place], heat or 1.0)
        return letter if heat else tf.stop_gradient(letter)

    return written(network, num_words, choose)


def _judge_moves(judge, optimizer, words, fakes, gamma):
    with tf.GradientTape() as tape:
        real_logits, slopes = penalties.logits_and_gradients(judge, words)
        each = losses.get("non_saturating").discriminator(real_logits, judge(fakes))
        loss = tf.reduce_mean(each) + tf.reduce_mean(gamma / 2 * penalties.squared_norm(slopes))
    _move(optimizer, tape, loss, judge)
    return loss


def _writer_moves(network, judge, optimizer, num_words, seed, heat):
    """By Gumbel-softmax with this temperature; None for REINFORCE."""
    with tf.GradientTape() as tape:
        letters, logits = _drawn(network, num_words, seed, heat)
        each = tf.nn.softplus(-judge(letters))[:, 0]  # −log D
        loss = tf.reduce_mean(each if heat else _scored(each, letters, logits))
    _move(optimizer, tape, loss, network)
    return tf.reduce_mean(each)


def _scored(each, letters, logits):
    """What has REINFORCE's gradient: each word's loss, less the others' mean, times log p."""
    others = (tf.reduce_sum(each) - each) / (len(each) - 1)
    weights = tf.stop_gradient(each - others)
    return weights * _log_probabilities(letters, logits)


def _move(optimizer, tape, loss, network):
    variables = network.trainable_variables
    optimizer.apply(tape.gradient(loss, variables), variables)


def estimates_panel(estimates, exact):
    """Estimates of one slope, a row of dots for each way to get them, beside the exact one.

    Args:
        estimates: dictionary from a name to a float array [n].
        exact: the slope.

    Returns:
        `Figure`.

    Example:
        >>> len(estimates_panel({"a": np.zeros(3), "b": np.ones(3)}, 0.5).axes)
        1
    """
    figure = Figure(figsize=(8, 0.9 + 0.42 * len(estimates)), layout="constrained")
    axes = figure.subplots()
    for place, values in enumerate(estimates.values()):
        lifts = place + np.linspace(-0.2, 0.2, len(values))
        axes.plot(values, lifts, ".", color=plotting.COLOURS[0], markersize=3, alpha=0.5)
        axes.plot(values.mean(), place, "|", color="black", markersize=18, markeredgewidth=2)
    axes.axvline(exact, **plotting.REFERENCE)
    axes.set(
        xlabel="estimate of the slope; | mean, dotted: exact", ylim=(len(estimates) - 0.5, -0.5)
    )
    axes.set_yticks(range(len(estimates)), [*estimates])
    return figure


def plane(curves, runs, entropy):
    """Quality against variety: what one's words cost the oracle, and the oracle's words oneself.

    Args:
        curves: dictionary from a name to its points along the temperatures, a list of
            (cost of test words, cost to the oracle).
        runs: dictionary from a name to such points, one for each run; at most six.
        entropy: what the oracle's own words cost it.

    Returns:
        `Figure`.

    Example:
        >>> figure = plane({"likelihood": [(14.0, 13.0), (13.5, 14.0)]}, {}, entropy=12.9)
        >>> figure.axes[0].get_xlabel()[:4]
        'nats'
    """
    figure = Figure(figsize=(8, 4.2), layout="constrained")
    axes = figure.subplots()
    lines = zip(("-", "--"), (*plotting.COLOURS[:1], "black"), curves.items(), strict=False)
    for dashes, colour, (name, points) in lines:
        axes.plot(*np.transpose(points), dashes, color=colour, marker=".", label=name)
    for mark, (name, points) in zip("osD^vP", runs.items(), strict=False):
        look = {"color": plotting.COLOURS[1], "mfc": "white", "markersize": 6, "linestyle": "none"}
        axes.plot(*np.transpose(points), mark, **look, label=name)
    axes.plot(entropy, entropy, "*", color="black", markersize=13, label="the oracle itself")
    axes.set(
        xlabel="nats that a test word costs the writer (variety: left is better)",
        ylabel="nats that its words cost the oracle\n(quality: lower is better)",
    )
    figure.legend(loc="outside right upper", fontsize=8)
    return figure
