"""Exercises of lesson 10, keeping it stable."""

import numpy as np

from ganedu.exercises.comparing import (
    Exercise,
    Mistake,
    called_first,
    choices,
    function,
    in_turn,
)
from ganedu.exercises.running import Wrong

# 10.1, the largest singular value


def _matrices(rng):
    """Wide, tall and square ones, with u of length 1; one large and with many steps."""
    examples = []
    for shape, scale, steps in (((5, 3), 1, 2), ((3, 5), 1, 1), ((4, 4), 1, 3), ((4, 3), 200, 60)):
        u = rng.normal(size=shape[1])
        matrix = scale * rng.normal(size=shape)
        examples.append((np.float32(matrix), np.float32(u / np.linalg.norm(u)), steps))
    return [*examples, (*examples[2][:2], 0)]


def _by_eigenvectors(W, u, num_steps):
    """No loop: after k steps the part of u along each axis has been multiplied by s to the 2k."""
    values, axes = np.linalg.svd(np.asarray(W, float))[1:]
    values = np.pad(values, (0, len(axes) - len(values)))
    parts = (axes @ np.asarray(u, float)) * (values / values.max()) ** (2 * num_steps)
    return np.linalg.norm(values * parts) / np.linalg.norm(parts)


def _norm(loop, last="np.linalg.norm(W @ u)"):
    """A wrong answer: the body of the loop and the last line are given."""
    body = "".join(f"        {line}\n" for line in loop)
    return (
        "import numpy as np\n\n\ndef spectral_norm(W, u, num_steps):\n"
        "    W = np.asarray(W, float)\n"
        f"    v = W @ u / np.linalg.norm(W @ u)\n    for _ in range(num_steps):\n{body}"
        f"    return {last}\n"
    )


_RIGHT_STEP = ("v = W @ u / np.linalg.norm(W @ u)", "u = W.T @ v / np.linalg.norm(W.T @ v)")
_NORMS = (
    Mistake(
        _norm(("u = W.T @ (W @ u)",)),
        "u is never brought back to length 1: ‖Wu‖ grows by about σ² in each step. σ is how much "
        "longer a vector of length 1 becomes.",
        also=(
            _norm(("u = W.T @ (W @ u)",)).replace("np.asarray(W, float)", "np.float32(W)"),
            _norm(("v = W @ u", "u = W.T @ v / np.linalg.norm(W @ u)")),
            _norm(("v = W @ u / np.linalg.norm(W @ u)", "u = W.T @ v")),
        ),
    ),
    Mistake(
        _norm(_RIGHT_STEP, "np.linalg.norm(W.T @ (W @ u))"),
        "that is close to σ², the eigenvalue of WᵀW. Its root is the singular value.",
        also=(_norm(_RIGHT_STEP, "np.linalg.norm(W @ u) ** 2"),),
    ),
    Mistake(
        _norm(_RIGHT_STEP, "np.linalg.norm(W)"),
        "that is the Frobenius norm, the root of the sum of all squares. It counts all singular "
        "values, and σ is the largest alone.",
        also=("import numpy as np\nspectral_norm = lambda W, u, n: np.sqrt(np.sum(W**2))\n",),
    ),
    Mistake(
        _norm(_RIGHT_STEP, "np.linalg.svd(W)[1][0]"),
        "that is where power iteration would end, not where these few steps have got to. Layers "
        "take one step an update, because it is cheap: what does it say?",
        also=("import numpy as np\nspectral_norm = lambda W, u, n: np.linalg.norm(W, 2)\n",),
    ),
    Mistake(
        _norm(_RIGHT_STEP, "v @ W @ u"),
        "almost: that is ‖Wᵀv‖, with the v from before u moved. Take ‖Wu‖ with the last u, which "
        "is nearer to σ.",
    ),
    Mistake(
        _norm((), "np.linalg.norm(W @ u)").replace(
            "    for _ in range(num_steps):\n", "    for _ in range(num_steps):\n        pass\n"
        ),
        "the steps are missing: that is ‖Wu‖ with the u that was given.",
    ),
    Mistake(
        _norm(_RIGHT_STEP).replace("range(num_steps)", "range(1)"),
        "one step is taken, however many are asked for.",
    ),
    Mistake(
        _norm(_RIGHT_STEP).replace("range(num_steps)", "range(num_steps + 1)"),
        "one step too many: with num_steps = 0 the answer is ‖Wu‖ of the u that was given.",
    ),
)
# 10.2, a shift that does not leak and does not stop the gradient


def _shifts(rng):
    """Batches of images that are higher than wide, or wider, and shifts up to a whole side."""
    import tensorflow as tf

    examples = []
    for n, height, width in ((4, 5, 7), (3, 6, 4), (1, 4, 4)):
        images = rng.uniform(-1, 1, (n, height, width, 1)).astype("float32")
        down = rng.integers(-height + 1, height, n)
        right = rng.integers(-width + 1, width, n)
        if n > 1:  # one stays, one is moved out
            down[0] = right[0] = 0
            down[1] = height * rng.choice([-1, 1])
            down[-1] = rng.choice([-2, -1, 1, 2])
            right[-1] = -1 if down[-1] > 0 else 1
        examples.append((tf.constant(images), np.int32(down), np.int32(right)))
    return examples


def _moved(images, down, right, background=-1.0):
    """One pixel after the other."""
    images = np.asarray(images)
    moved = np.full_like(images, background)
    for i, row, column in np.ndindex(images.shape[:3]):
        at = row - down[i], column - right[i]
        if 0 <= at[0] < images.shape[1] and 0 <= at[1] < images.shape[2]:
            moved[i, row, column] = images[i, at[0], at[1]]
    return moved


def _lets_the_gradient_through(answer, rng):
    """The slope of a weighted sum of the result is the weights, moved back."""
    import tensorflow as tf

    for images, down, right in _shifts(rng):
        weights = rng.normal(size=images.shape).astype("float32")
        with tf.GradientTape() as tape:
            tape.watch(images)
            total = tf.reduce_sum(weights * tf.cast(answer(images, down, right), tf.float32))
        slopes = tape.gradient(total, images)
        if slopes is None:
            raise Wrong(_BY_NUMPY.says)
        slopes = tf.convert_to_tensor(slopes)  # of a gather they come in pieces
        if not np.allclose(slopes, _moved(weights, -down, -right, background=0.0), atol=1e-4):
            raise Wrong(
                "the images are right, but not the gradient: each pixel's slope is the slope at "
                "the place where it went, and 0 if it went out. Is something clipped, rounded or "
                "stopped on the way?"
            )


_PADDED = (
    "import numpy as np\nimport tensorflow as tf\n\n\n"
    "def shifted(images, down, right):\n"
    "    h, w = images.shape[1:3]\n"
    "    down, right = np.asarray(down), np.asarray(right)\n"
    "    m = h + w\n"
    "    padded = tf.pad(images, [[0, 0], [m, m], [m, m], [0, 0]], constant_values={value})\n"
    "    rows = m {sign} {down}[:, None] + np.arange(h)\n"
    "    columns = m {sign} {right}[:, None] + np.arange(w)\n"
    "    moved = tf.gather(padded, rows, axis=1, batch_dims=1)\n"
    "    return tf.gather(moved, columns, axis=2, batch_dims=1)\n"
)


def _by_gather(value="-1.0", sign="-", down="down", right="right"):
    return _PADDED.format(value=value, sign=sign, down=down, right=right)


def _by_roll(roll):
    return (
        "import numpy as np\nimport tensorflow as tf\n\n\n"
        "def shifted(images, down, right):\n"
        f"    return tf.stack([{roll} for image, d, r in zip(images, down, right)])\n"
    )


_SHIFTED = (
    Mistake(
        _by_roll("tf.roll(image, [int(d), int(r)], [0, 1])"),
        "what leaves on one side comes in on the other: roll wraps around. What comes in must be "
        "background, −1.",
        also=(_by_roll("np.roll(image, (d, r), axis=(0, 1))"),),
    ),
    Mistake(
        _by_gather(value="0.0"),
        "what comes in is 0, and in images from −1 to 1 that is grey, not black. Real images have "
        "no grey bars; pad with −1.",
    ),
    Mistake(
        _by_gather(sign="+"),
        "the way is reversed: down = 1 must move an image one row down, so its first row is "
        "background.",
    ),
    Mistake(
        _by_gather(down="right", right="down"),
        "down and right are exchanged: rows are axis 1, columns axis 2.",
    ),
    Mistake(
        _by_gather(down="(0 * down + down[0])", right="(0 * right + right[0])"),
        "all images move by the first one's numbers. One shift for the whole batch is the same law "
        "for none of them: each image has its own.",
    ),
    Mistake(
        _by_gather(right="(0 * right)"),
        "the images move up and down only.",
    ),
    Mistake(
        _by_gather(down="(0 * down)"),
        "the images move sideways only.",
    ),
)
_BY_NUMPY = Mistake(
    "import numpy as np\n\n\n"
    "def shifted(images, down, right):\n"
    "    images = np.asarray(images)\n"
    "    n, h, w, c = images.shape\n"
    "    padded = np.pad(images, ((0, 0), (h, h), (w, w), (0, 0)), constant_values=-1)\n"
    "    return np.stack([\n"
    "        padded[i, h - down[i] : 2 * h - down[i], w - right[i] : 2 * w - right[i]]\n"
    "        for i in range(n)\n"
    "    ])\n",
    "the images are right, and no gradient comes back through them: the tape does not follow "
    "NumPy. A generator would learn nothing. Use TensorFlow's functions on the images.",
)

# 10.3, what a table carries

_CLAIMS = {
    "penalty": "carried",
    "average": "wrong",
    "packing": "open",
    "spectral norm": "open",
    "faces": "open",
}
_CLAIMS_JUDGE, _CLAIMS_MISTAKES = choices(
    "claims",
    _CLAIMS,
    {
        ("penalty", "open"): "penalty: every run without it is worse than every run with it, and "
        "one failed. Five against five lie apart by chance in 2 of 252 cases.",
        ("penalty", "wrong"): "penalty: compare the rows again. Small is good.",
        ("average", "carried"): "average: both rows are the same five trainings. An average that "
        "nobody trains against cannot make them steadier; it draws better.",
        ("average", "open"): "average: more seeds would not help. The two rows are the same five "
        "trainings, so the training cannot differ.",
        ("packing", "carried"): "packing: the median is lower, but the two ranges overlap: 12 to "
        "19 against 14 to 18. Look at all five, not at the middle one.",
        ("packing", "wrong"): "packing: nothing speaks against it either: its median is lower, "
        "and the ranges overlap.",
        ("spectral norm", "carried"): "spectral norm: 15 to 22 overlaps with 14 to 18. And it was "
        "run with the learning rate that was found for the penalty.",
        ("spectral norm", "wrong"): "spectral norm: that it is *not* worse was not shown either: "
        "the ranges overlap.",
        ("faces", "carried"): "faces: the table is about digits, half a minute, these networks.",
        ("faces", "wrong"): "faces: the table does not say so either. It has no faces.",
    },
)

EXERCISES = (
    Exercise(
        id="10.1",
        name="spectral_norm",
        stub='''def spectral_norm(W, u, num_steps):
    """‖Wu‖ after num_steps of power iteration; W [inputs, outputs], u [outputs]."""
    raise NotImplementedError
''',
        hints=(
            "One step has two halves: v is Wu brought to length 1, then u is Wᵀv brought to "
            "length 1. `np.linalg.norm` gives lengths.",
            "Shapes tell which is which: W @ u has a number for each input, W.T @ v one for each "
            "output.",
            "In a loop over range(num_steps): `v = W @ u`, `v = v / np.linalg.norm(v)`, "
            "`u = W.T @ v`, `u = u / np.linalg.norm(u)`. After the loop "
            "`return np.linalg.norm(W @ u)`.",
        ),
        solution="""import numpy as np


def spectral_norm(W, u, num_steps):
    for _ in range(num_steps):
        v = W @ u
        v = v / np.linalg.norm(v)
        u = W.T @ v
        u = u / np.linalg.norm(u)
    return np.linalg.norm(W @ u)
""",
        mistakes=_NORMS,
        judge=function("spectral_norm", _by_eigenvectors, _matrices, _NORMS, rtol=1e-3),
        praise="From below, always: ‖Wu‖ of a u of length 1 is never above σ.",
    ),
    Exercise(
        id="10.2",
        name="shifted",
        stub='''def shifted(images, down, right):
    """Each image moved by its own whole numbers; what comes in is background, −1."""
    raise NotImplementedError
''',
        hints=(
            "Pad first, cut out then. `tf.pad(images, …, constant_values=-1.0)` with a whole side "
            "of background on each side leaves room for every shift.",
            "An image that goes down by d begins d rows further up in the padded one: at row "
            "height − d. So image i takes the rows height − down[i] + 0, 1, 2, …",
            "`tf.gather(padded, rows, axis=1, batch_dims=1)` takes other rows from each image, "
            "with `rows = height - down[:, None] + tf.range(height)`; the same with axis=2 for "
            "columns.",
        ),
        solution="""import tensorflow as tf


def shifted(images, down, right):
    height, width = images.shape[1:3]
    padding = [[0, 0], [height, height], [width, width], [0, 0]]
    padded = tf.pad(images, padding, constant_values=-1.0)
    rows = height - down[:, None] + tf.range(height)
    columns = width - right[:, None] + tf.range(width)
    moved = tf.gather(padded, rows, axis=1, batch_dims=1)
    return tf.gather(moved, columns, axis=2, batch_dims=1)
""",
        mistakes=(*_SHIFTED, _BY_NUMPY),
        judge=in_turn(
            called_first("shifted"),
            function("shifted", _moved, _shifts, _SHIFTED),
            _lets_the_gradient_through,
        ),
        praise="This is `augmentations.shift`, up to the drawing of the numbers.",
    ),
    Exercise(
        id="10.3",
        name="claims",
        stub="""claims = {
    "penalty": None,  # "carried", "open" or "wrong"
    "average": None,
    "packing": None,
    "spectral norm": None,
    "faces": None,
}
""",
        hints=(
            "For each sentence find its two rows. Do the seeds of one all lie on one side of the "
            "seeds of the other?",
            "Rows of the same trainings cannot show that a training became better or worse.",
            "Where ranges overlap, or where nothing was measured, the sentence is open, whatever "
            "the medians say.",
        ),
        solution="""claims = {
    "penalty": "carried",
    "average": "wrong",
    "packing": "open",
    "spectral norm": "open",
    "faces": "open",
}
""",
        mistakes=_CLAIMS_MISTAKES,
        judge=_CLAIMS_JUDGE,
        praise="Most of what a table of few seeds says is: open. That is no shame for the table.",
        draws=False,
    ),
)
