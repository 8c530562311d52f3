"""All exercises, in the order of the lessons."""

from ganedu.exercises import (
    lesson_00,
    lesson_01,
    lesson_02,
    lesson_03,
    lesson_04,
    lesson_05,
    lesson_06,
    lesson_07,
    lesson_08,
    lesson_09,
    lesson_10,
    lesson_11,
    lesson_12,
    lesson_15,
)

LESSONS = (
    lesson_00,
    lesson_01,
    lesson_02,
    lesson_03,
    lesson_04,
    lesson_05,
    lesson_06,
    lesson_07,
    lesson_08,
    lesson_09,
    lesson_10,
    lesson_11,
    lesson_12,
    lesson_15,
)
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
