"""The exercise engine, and every exercise with its stub, solution and wrong answers."""

import pytest

from ganedu import exercises
from ganedu.exercises.comparing import defined
from ganedu.exercises.shelf import EXERCISES

EACH = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)


@EACH
def test_the_stub_scores_nothing(exercise):
    score = exercises.check(exercise.id, defined(exercise.stub, exercise.name))
    assert score == 0.0
    assert "Not yet" in score.message
    assert "The same inputs" not in score.message


@EACH
def test_the_solution_scores_full(exercise):
    for seed in range(3):
        score = exercises.check(exercise.id, defined(exercise.solution, exercise.name), seed)
        assert score == exercise.points, score.message


@EACH
def test_each_mistake_scores_less_and_is_named(exercise):
    assert len(exercise.mistakes) >= 2
    assert len({mistake.says for mistake in exercise.mistakes}) == len(exercise.mistakes)
    for mistake in exercise.mistakes:
        for seed in range(3):
            score = exercises.check(exercise.id, defined(mistake.code, exercise.name), seed)
            assert score < exercise.points
            assert mistake.says in score.message


LESSON_01 = {  # other right answers: another library, another formula, another order
    "01.1": [
        "import numpy as np\n"
        "def discriminator_loss(r, f):\n    return np.logaddexp(0, -r) + np.logaddexp(0, f)",
        "import keras\n"
        "def discriminator_loss(r, f):\n"
        "    bce = keras.losses.BinaryCrossentropy(from_logits=True, reduction=None)\n"
        "    ones = keras.ops.ones_like\n"
        "    return (bce(ones(r), r) + bce(0 * ones(f), f))[:, None]",
        "import tensorflow as tf\n"
        "def discriminator_loss(r, f):\n"
        "    return -tf.math.log_sigmoid(r) - tf.math.log_sigmoid(-f)",
    ],
    "01.2": [
        "import numpy as np\n"
        "def optimal_discriminator(p, q):\n"
        "    with np.errstate(divide='ignore'):\n"
        "        return 1 / (1 + np.exp(np.log(q) - np.log(p)))",
        "def optimal_discriminator(p, q):\n    m = (p + q) / 2\n    return p / m / 2",
    ],
    "01.3": [
        "import numpy as np\ndef density_ratio(x):\n    return 1 / np.exp(-x)",
        "import tensorflow as tf\ndef density_ratio(x):\n    return tf.exp(x)",
    ],
    "01.4": [
        "from scipy.spatial.distance import jensenshannon\n"
        "def js_divergence(p, q, dx):\n    return jensenshannon(p, q) ** 2",
        "import numpy as np\n"
        "def js_divergence(p, q, dx):\n"
        "    m = (p + q) / 2\n"
        "    kl = lambda a: np.sum(np.where(a > 0, a * np.log(np.maximum(a, 1e-300) / np.maximum(m,"
        " 1e-300)), 0)) * dx\n"
        "    return 0.5 * kl(p) + 0.5 * kl(q)",
        "import numpy as np\n"
        "from scipy.special import xlogy\n"
        "def js_divergence(p, q, dx):\n"
        "    s = np.where(p + q > 0, p + q, 1)\n"
        "    return np.log(2) + (xlogy(p, p / s) + xlogy(q, q / s)).sum() * dx / 2",
    ],
}


@pytest.mark.parametrize("id, code", [(id, c) for id, codes in LESSON_01.items() for c in codes])
def test_other_right_answers_of_lesson_01_score_full(id, code):
    for seed in range(5):
        score = exercises.check(id, defined(code, EXERCISES[id].name), seed)
        assert score == 1.0, score.message


@pytest.mark.parametrize(
    "id, code, words",
    [
        ("01.1", "import tensorflow as tf\ndef discriminator_loss(r, f):\n"
         "    return -tf.math.log(tf.sigmoid(r)) - tf.math.log(1 - tf.sigmoid(f))", "infinite"),
        ("01.1", "import tensorflow as tf\ndef discriminator_loss(r, f):\n"
         "    d = lambda x: tf.clip_by_value(tf.sigmoid(x), 1e-7, 1 - 1e-7)\n"
         "    return -tf.math.log(d(r)) - tf.math.log(1 - d(f))", "clipped probabilities"),
        ("01.4", "from scipy.spatial.distance import jensenshannon\n"
         "def js_divergence(p, q, dx):\n    return jensenshannon(p, q)", "square root"),
        ("01.4", "import numpy as np\ndef js_divergence(p, q, dx):\n"
         "    m = p + q\n    return np.sum(p * np.log(p / m) + q * np.log(q / m)) * dx / 2",
         "too small by log 2"),
    ],
)  # fmt: skip
def test_mistakes_of_lesson_01_are_named_in_another_spelling_too(id, code, words):
    for seed in range(5):
        score = exercises.check(id, defined(code, EXERCISES[id].name), seed)
        assert score == 0.0 and words in score.message, score.message
