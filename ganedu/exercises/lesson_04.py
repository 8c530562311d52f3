"""Exercises of lesson 04, generator and discriminator."""

import copy

import numpy as np
from scipy import signal

from ganedu.exercises.comparing import Exercise, Mistake, choices, function, in_turn
from ganedu.exercises.running import Wrong


def _whole(draw):
    """A judge for after the values: an integer was asked for."""

    def judge(answer, rng):
        for example in draw(rng):
            value = answer(*copy.deepcopy(example))
            if np.asarray(value).dtype.kind not in "iu":
                raise Wrong(
                    f"the number is right, but of type {type(value).__name__}. The task asks for "
                    "an integer, which is what Keras takes for a shape."
                )

    return judge


# 04.1, transposed convolution


def _stamps(body, size="(height - 1) * stride + k, (width - 1) * stride + k"):
    """An answer to 04.1: the size of its output, and what it does for each pixel."""
    return f"""import numpy as np


def transposed_convolution(image, kernel, stride):
    (height, width), k = image.shape, len(kernel)
    output = np.zeros(({size}))
    for i in range(height):
        for j in range(width):
            top, left = stride * i, stride * j
{body}
    return output
"""


_ADD = "            output[top : top + k, left : left + k] += image[i, j] * kernel"
_TRANSPOSED = (
    Mistake(
        _stamps(_ADD.replace("+= image", "= image")),
        "where two stamps overlap, the later one wipes out the earlier one. They add up: `+=`.",
    ),
    Mistake(
        _stamps(_ADD.replace("* kernel", "* kernel.T")),
        "the kernel's rows and columns are exchanged. It is the matrix of the convolution that is "
        "transposed, not the kernel.",
    ),
    Mistake(
        _stamps(
            "            h, w = output[top : top + k, left : left + k].shape\n"
            "            output[top : top + k, left : left + k] += image[i, j] * kernel[:h, :w]",
            "height * stride, width * stride",
        ),
        "the stamps are right, but the last ones are cut off: n·s is the size for padding "
        '"same". The last stamp begins at (n − 1)·s and is k long.',
    ),
    Mistake(
        """import numpy as np


def transposed_convolution(image, kernel, stride):
    k = len(kernel)
    wide = np.zeros((stride * (len(image) - 1) + 1, stride * (image.shape[1] - 1) + 1))
    wide[::stride, ::stride] = image
    wide = np.pad(wide, k - 1)
    output = np.zeros((wide.shape[0] - k + 1, wide.shape[1] - k + 1))
    for i in range(len(output)):
        for j in range(output.shape[1]):
            output[i, j] = np.sum(wide[i : i + k, j : j + k] * kernel)
    return output
""",
        "each stamp comes out turned by 180°. A pixel stamps the kernel as it stands. (Zeros "
        "between the pixels and then a convolution works too, but needs the kernel turned.)",
    ),
    Mistake(
        """import numpy as np


def transposed_convolution(image, kernel, stride):
    k = len(kernel)
    height, width = image.shape
    image = np.pad(image, ((0, max(k - height, 0)), (0, max(k - width, 0))))
    rows, columns = (image.shape[0] - k) // stride + 1, (image.shape[1] - k) // stride + 1
    return np.array([
        [
            np.sum(image[stride * i : stride * i + k, stride * j : stride * j + k] * kernel)
            for j in range(columns)
        ]
        for i in range(rows)
    ])
""",
        "that is the convolution, which makes images smaller. The transposed one goes the other "
        "way: each pixel of the input stamps the kernel into the output.",
    ),
    Mistake(
        """import numpy as np


def transposed_convolution(image, kernel, stride):
    (height, width), k = image.shape, len(kernel)
    size = ((height - 1) * stride + k, (width - 1) * stride + k)
    output, counts = np.zeros(size), np.zeros(size)
    for i in range(height):
        for j in range(width):
            place = np.s_[stride * i : stride * i + k, stride * j : stride * j + k]
            output[place] += image[i, j] * kernel
            counts[place] += 1
    return output / np.maximum(counts, 1)
""",
        "overlaps are divided by their number. That would even out the checkerboard, but a "
        "transposed convolution only adds.",
    ),
)


def _by_zeros(image, kernel, stride):
    """Zeros between the pixels, then a full convolution: another way to the same."""
    wide = np.zeros([(side - 1) * stride + 1 for side in image.shape])
    wide[::stride, ::stride] = image
    return signal.convolve2d(wide, kernel)


def _images(rng):
    """No square image, no symmetric kernel, overlapping stamps; one image is a single row."""
    examples = []
    for stride in (1, 2, int(rng.integers(2, 4))):
        height = int(rng.integers(3, 5))
        shape, k = (height, height + int(rng.integers(1, 3))), stride + int(rng.integers(1, 3))
        examples.append((rng.normal(size=shape), rng.normal(size=(max(k, 3), max(k, 3))), stride))
    examples.append((rng.normal(size=(1, 4)), rng.normal(size=(2, 2)), 1))
    return [(np.float32(image), np.float32(kernel), s) for image, kernel, s in examples]


# 04.2, output sizes


def _size(valid, same, transposed_valid, transposed_same):
    return f"""import math


def output_size(n, k, s, padding, transposed):
    if transposed:
        return {transposed_same} if padding == "same" else {transposed_valid}
    return {same} if padding == "same" else {valid}
"""


_RIGHT_SIZES = ("(n - k) // s + 1", "-(-n // s)", "(n - 1) * s + k", "n * s")


def _but(place, formula):
    """The right sizes, but for one formula."""
    return _size(*(formula if i == place else right for i, right in enumerate(_RIGHT_SIZES)))


_SIZES = (
    Mistake(
        _but(0, "(n - k) // s"),
        'only "valid" without transposing is wrong, by one: between the first and the last place '
        "of the kernel lie (n − k)//s steps, and both places count.",
    ),
    Mistake(
        _but(0, "math.ceil((n - k) / s) + 1"),
        'only "valid" without transposing is wrong: rounded up, the last kernel would stand '
        "partly outside of the image. Round down.",
    ),
    Mistake(
        _but(1, "n // s"),
        'only "same" without transposing is wrong, where s does not divide n: there is padding at '
        "the end, so a started step counts. Round up.",
    ),
    Mistake(
        _but(1, "(n + 2 * ((k - 1) // 2) - k) // s + 1"),
        'only "same" without transposing is wrong: that pads (k − 1)//2 on both sides, the habit '
        "of other frameworks, and is short for even kernels. Keras pads as much as ⌈n/s⌉ needs.",
    ),
    Mistake(
        _but(1, "n"),
        '"same" keeps the size only with stride 1. With stride s it is n/s, rounded up.',
    ),
    Mistake(
        _but(2, "n * s"),
        'only transposed "valid" is wrong: n·s is the size for "same". The last stamp begins at '
        "(n − 1)·s and is k long.",
    ),
    Mistake(
        _but(2, "(n - 1) * s + 1"),
        'only transposed "valid" is wrong: that is where the last stamp begins, and one pixel of '
        "it. It is k long.",
    ),
    Mistake(
        _but(3, "(n - 1) * s + k"),
        'only transposed "same" is wrong: (n − 1)·s + k is the size for "valid". "same" cuts it '
        "to n·s.",
    ),
    Mistake(
        _size("(n - k) // s + 1", "-(-n // s)", "(n - k) // s + 1", "-(-n // s)"),
        "a transposed convolution makes images larger: it goes the way of the convolution "
        "backwards.",
    ),
    Mistake(
        _size("-(-n // s)", "(n - k) // s + 1", "n * s", "(n - 1) * s + k"),
        '"valid" and "same" are exchanged: "valid" uses only places where the whole kernel lies '
        "inside the image.",
    ),
)


def _counted(n, k, s, padding, transposed):
    """Sizes by counting where a kernel can stand, without a formula."""
    if transposed:
        taken = {s * i + a for i in range(n) for a in range(k)}
        return s * len(range(n)) if padding == "same" else len(taken)
    starts = range(0, n, s)
    return len(starts) if padding == "same" else sum(start + k <= n for start in starts)


def _sizes(rng):
    """All four kinds; strides that leave a rest, kernels both even and odd; the edges.

    The edges are a kernel as large as the image, one as small as the stride, and a stride of 1.
    """
    examples = []
    for transposed in (False, True):
        for padding in ("valid", "same"):
            for k, s in ((4, 2), (3, 2), (5, 3), (4, 3)):
                rest = int(rng.integers(1, s))  # n − k and n both leave a rest somewhere
                n = k + s * int(rng.integers(2, 8)) + rest
                examples.append((n, k, s, padding, transposed))
                examples.append((n + 1, k, s, padding, transposed))
            n = int(rng.integers(5, 12))
            for edge in ((n, n, 2), (n, 3, 3), (n, 4, 1), (1, 1, 1)):
                examples.append((*edge, padding, transposed))
    return examples


# 04.3, the receptive field


def _field(body):
    return f"""def receptive_field(layers):
    field, jump = 1, 1
    for kernel, stride in layers:
{body}
    return field
"""


_FIELDS = (
    Mistake(
        _field("        field += kernel - 1"),
        "the strides are forgotten. Behind a stride of 2, neighbours lie two pixels apart, so each "
        "further entry of a kernel adds two pixels.",
    ),
    Mistake(
        _field("        jump *= stride\n        field += (kernel - 1) * jump"),
        "one line too early: a layer's own stride moves its outputs apart, not the inputs that it "
        "looks at. First the field, then the jump.",
    ),
    Mistake(
        _field("        field += kernel * jump\n        jump *= stride"),
        "each layer adds one jump too much: of the kernel's entries the first is already counted; "
        "the other kernel − 1 add a jump each.",
    ),
    Mistake(
        _field("        field *= kernel\n        jump *= stride"),
        "fields do not multiply: neighbouring outputs look at overlapping pixels. A layer *adds* "
        "(kernel − 1) jumps.",
    ),
    Mistake(
        _field("        field += (kernel - 1) * jump\n        jump += stride"),
        "jumps multiply: behind two strides of 2, neighbours lie 2 · 2 pixels apart, behind three "
        "8, not 6.",
    ),
    Mistake(
        """def receptive_field(layers):
    field, jump = 1, 1
    for kernel, stride in reversed(layers):
        field += (kernel - 1) * jump
        jump *= stride
    return field
""",
        "right recurrence, wrong end: with the jumps it begins at the image, with the first layer.",
    ),
    Mistake(
        """def receptive_field(layers):
    jump = 1
    for kernel, stride in layers:
        jump *= stride
    return jump
""",
        "that is the jump, the distance between two neighbouring outputs, in pixels of the image. "
        "How far does one output see?",
    ),
)


def _seen(layers):
    """The pixels behind one output, walked back layer by layer from the last."""
    places = {0}
    for kernel, stride in reversed(layers):
        places = {stride * place + entry for place in places for entry in range(kernel)}
    return max(places) - min(places) + 1


def _layers(rng):
    """Kernels and strides that differ from layer to layer, so that their order counts.

    Also no layer, one layer alone, and one that sees a single pixel.
    """
    examples = [([],), ([(int(rng.integers(2, 6)), 2)],), ([(1, 1), (3, 2), (3, 1)],)]
    for number in (2, 3, 4):
        kernels, strides = rng.integers(2, 6, number), rng.integers(2, 4, number)
        kernels[0], kernels[-1], strides[0] = 3, 4 + rng.integers(3), 2 + rng.integers(2)
        strides[-1] = strides[0] % 3 + 1  # another one than the first
        examples.append(([(int(k), int(s)) for k, s in zip(kernels, strides, strict=True)],))
    return examples


# 04.4, true or false

_TRUE = {
    "A tanh at the end of the generator scales the real images": "false",
    "The discriminator sees images, and never a label": "true",
    "A logit of 0.8 means: real with a probability of 80 %": "false",
    "With BatchNorm in training, a logit depends on the whole batch": "true",
    "With BatchNorm in inference, a logit depends on the whole batch": "false",
    "A kernel that the stride divides removes every checkerboard": "false",
}
_SAID = {
    "A tanh at the end of the generator scales the real images": "the generator never touches a "
    "real image. tanh bounds what the generator makes; scaling the data is the loader's work.",
    "The discriminator sees images, and never a label": "look at its input shape: an image, "
    "nothing else. The loss knows which batch was real; the network does not.",
    "A logit of 0.8 means: real with a probability of 80 %": "a logit is no probability. "
    "σ(0.8) = 0.69.",
    "With BatchNorm in training, a logit depends on the whole batch": "in training the mean and "
    "the variance are those of the batch, and every image of it moves them.",
    "With BatchNorm in inference, a logit depends on the whole batch": "in inference the running "
    "statistics are used: fixed numbers, the same for every company.",
    "A kernel that the stride divides removes every checkerboard": "it makes the overlaps even. "
    "Each of the four places still has weights of its own; we measured what remains.",
}
_TRUE_JUDGE, _TRUE_MISTAKES = choices(
    "verdicts",
    _TRUE,
    {
        (question, "false" if verdict == "true" else "true"): _SAID[question]
        for question, verdict in _TRUE.items()
    },
)

EXERCISES = (
    Exercise(
        id="04.1",
        name="transposed_convolution",
        stub='''def transposed_convolution(image, kernel, stride):
    """Stamps of the kernel, stride apart, added up; image [h, w], kernel [k, k]."""
    raise NotImplementedError
''',
        hints=(
            "Begin with zeros of the output's shape. The last stamp of a row begins at "
            "(w − 1)·stride and is k long.",
            "The pixel [i, j] stamps the kernel, times the pixel, at row i·stride and column "
            "j·stride.",
            "`output[i*s : i*s + k, j*s : j*s + k] += image[i, j] * kernel`, for all i and j.",
        ),
        solution=_stamps(_ADD),
        mistakes=_TRANSPOSED,
        judge=function("transposed_convolution", _by_zeros, _images, _TRANSPOSED, atol=1e-4),
        praise="With NumPy alone you wrote what makes an image grow in every DCGAN.",
    ),
    Exercise(
        id="04.2",
        name="output_size",
        stub='''def output_size(n, k, s, padding, transposed):
    """Pixels along one axis behind a (transposed) convolution; an integer."""
    raise NotImplementedError
''',
        hints=(
            "Four cases: valid or same, transposed or not. Which of the four formulas is which?",
            '"valid" looks at the kernel, "same" only at the stride.',
            "In this order: `(n - k) // s + 1`, n/s rounded up (`math.ceil`), `(n - 1) * s + k`, "
            "`n * s`.",
        ),
        solution=_size(*_RIGHT_SIZES).replace("import math\n\n\n", ""),
        mistakes=_SIZES,
        judge=in_turn(function("output_size", _counted, _sizes, _SIZES), _whole(_sizes)),
        praise="Most crashes of a new generator are one of these four numbers.",
    ),
    Exercise(
        id="04.3",
        name="receptive_field",
        stub='''def receptive_field(layers):
    """Pixels along one axis that one output sees; layers: list of (kernel, stride)."""
    raise NotImplementedError
''',
        hints=(
            "Carry two numbers through the layers, from the image on: the field and the jump, the "
            "distance between neighbours. Both begin at 1.",
            "A layer adds (kernel − 1) jumps to the field.",
            "Then, for the layers behind it, the jump is multiplied by the stride.",
        ),
        solution=_field("        field += (kernel - 1) * jump\n        jump *= stride"),
        mistakes=_FIELDS,
        judge=in_turn(function("receptive_field", _seen, _layers, _FIELDS), _whole(_layers)),
        praise="Pooling layers count like any other: (2, 2) each.",
    ),
    Exercise(
        id="04.4",
        name="verdicts",
        stub="verdicts = {\n" + "".join(f'    "{question}": None,\n' for question in _TRUE) + "}\n",
        hints=(
            "Every one of them was measured in this lesson. Which cell was it?",
            "Three of the six are about who touches what: data, generator, discriminator.",
            "Two are true: one about what the discriminator is given, one about BatchNorm.",
        ),
        solution="verdicts = {\n"
        + "".join(f'    "{question}": "{verdict}",\n' for question, verdict in _TRUE.items())
        + "}\n",
        mistakes=_TRUE_MISTAKES,
        judge=_TRUE_JUDGE,
        praise="Each of the false ones stands in many tutorials.",
        draws=False,
    ),
)
