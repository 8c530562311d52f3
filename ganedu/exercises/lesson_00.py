"""Exercises of lesson 00: how exercises work, and who does what."""

import numpy as np

from ganedu.exercises.comparing import Exercise, Mistake, choices, function


def _pixels(rng):
    """One set from black to white; the others end short of both, and not alike."""
    sets = rng.uniform([-0.9, -1, -0.5], [0.6, 1, 1], (2, 3, 3, 1, 3))
    sets[0, 0, :, 0, 1] = -1, 0, 1
    return [(each.astype(np.float32),) for each in np.moveaxis(sets, -1, 0)]


_STRETCHED = """def to_unit_range(images):
    return (images - images.min()) / (images.max() - images.min())
"""
_UNIT_RANGE = (
    Mistake(
        _STRETCHED,
        "that stretches the images you are given from their own darkest to their own brightest "
        "pixel. −1 must become 0 and 1 stay 1 in images without any black or white pixel, too.",
        also=(
            """def to_unit_range(images):
    low, high = images.min(axis=(1, 2), keepdims=True), images.max(axis=(1, 2), keepdims=True)
    return (images - low) / (high - low)
""",
            "def to_unit_range(images):\n    return (images + 1) / (images + 1).max()\n",
        ),
    ),
    Mistake(
        "def to_unit_range(images):\n    return (images + 1) / 255\n",
        "that would be right for pixels up to 255. These lie in [−1, 1], so after adding 1 they "
        "lie in [0, 2]: what brings 2 to 1?",
    ),
    Mistake(
        "def to_unit_range(images):\n    return images + 1\n",
        "adding 1 gives [0, 2]. One more step brings 2 to 1.",
    ),
    Mistake(
        "def to_unit_range(images):\n    return images / 2 + 1\n",
        "black comes out as ½ and white as 1½: halving comes after adding 1, or add only ½.",
    ),
    Mistake(
        "import numpy as np\n\n\ndef to_unit_range(images):\n    return np.clip(images, 0, 1)\n",
        "cutting off at 0 makes every pixel below middle grey black. The range must be moved, "
        "not cut.",
    ),
    Mistake(
        "def to_unit_range(images):\n    return abs(images)\n",
        "the absolute value turns black into white. The range must be moved, not folded.",
    ),
)

_WHO = {
    "turns random numbers into an image": "generator",
    "looks at real images": "discriminator",
    "is needed to draw new digits when training is over": "generator",
}

_WHO_JUDGE, _WHO_MISTAKES = choices(
    "who",
    _WHO,
    {
        ("turns random numbers into an image", "discriminator"): "the discriminator turns an "
        "image into a verdict. What turns random numbers into an image is the other one.",
        ("looks at real images", "generator"): "the generator is never shown a real image; it "
        "gets random numbers, and learns from what the discriminator says of its images.",
        ("is needed to draw new digits when training is over", "discriminator"): "the "
        "discriminator is the teacher. Once the generator has learned, it draws alone, as in the "
        "first cells of this lesson.",
    },
)

EXERCISES = (
    Exercise(
        id="00.1",
        name="to_unit_range",
        stub='''def to_unit_range(images):
    """Pixels from [−1, 1] to [0, 1]."""
    raise NotImplementedError
''',
        hints=(
            "Two numbers decide it: −1 must become 0, and 1 must stay 1.",
            "First move the range up until it begins at 0. How long is it then?",
            "Add 1, then divide by 2.",
        ),
        solution="def to_unit_range(images):\n    return (images + 1) / 2\n",
        mistakes=_UNIT_RANGE,
        judge=function(
            "to_unit_range",
            lambda images: 0.5 + 0.5 * images,
            _pixels,
            _UNIT_RANGE,
        ),
        praise="Many plotting functions want [0, 1]; the networks of this course want [−1, 1].",
    ),
    Exercise(
        id="00.2",
        name="who",
        stub="""who = {
    "turns random numbers into an image": None,
    "looks at real images": None,
    "is needed to draw new digits when training is over": None,
}
""",
        hints=(
            'Each answer is the word "generator" or the word "discriminator".',
            "Read again who of the two you were when you compared the two pictures.",
            "The generator never sees a real image. It learns only from the discriminator.",
        ),
        solution=f"who = {_WHO!r}\n",
        mistakes=_WHO_MISTAKES,
        judge=_WHO_JUDGE,
        draws=False,
        praise="How it can learn without ever seeing a digit is what this course is about.",
    ),
)
