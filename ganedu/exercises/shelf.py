"""All exercises, in the order of the lessons."""

import importlib
import pkgutil
from pathlib import Path

NAMES = sorted(
    module.name
    for module in pkgutil.iter_modules([str(Path(__file__).parent)])
    if module.name.startswith("lesson_")
)
LESSONS = tuple(importlib.import_module(f"ganedu.exercises.{name}") for name in NAMES)
EXERCISES = {exercise.id: exercise for lesson in LESSONS for exercise in lesson.EXERCISES}


def lesson_exercises(lesson):
    """The exercises of a lesson.

    Args:
        lesson: its two digits, such as "03".

    Returns:
        List of `Exercise`.

    Example:
        >>> [exercise.id for exercise in lesson_exercises("01")][0]
        '01.1'
    """
    return [exercise for exercise in EXERCISES.values() if exercise.id.startswith(f"{lesson}.")]
