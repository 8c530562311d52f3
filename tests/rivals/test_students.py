"""Students: where they begin, what they are told, and what they pay."""

import numpy as np
import pytest
import tensorflow as tf

from ganedu import data, models, recipes
from ganedu.rivals import paths, students


@pytest.fixture(scope="module")
def teacher():
    return models.denoiser(**recipes.PATH_NETWORK, seed=0)


def test_pairs_are_noise_and_where_the_teacher_takes_it(teacher):
    given = students.pairs(teacher, 3, seed=5, num_steps=2, chunk=2)
    noise, images = given.reshape(3, 2, 28, 28, 1).transpose(1, 0, 2, 3, 4)
    assert np.array_equal(noise, paths.noise_of((28, 28, 1), 3, seed=5))
    expected = paths.generate(paths.STRAIGHT, teacher, 3, seed=5, num_steps=2)
    np.testing.assert_allclose(images, expected, atol=1e-4)


def test_a_student_begins_as_one_step_of_its_teacher_and_leaves_it_alone(teacher):
    before = teacher.get_weights()
    network = students.student(teacher, seed=1)
    one = paths.generate(paths.STRAIGHT, teacher, 4, seed=2, num_steps=1)
    noise = paths.noise_of((28, 28, 1), 4, seed=2)
    told = tf.pad(tf.reshape(noise, (4, -1)), [(0, 0), (0, 784)])
    np.testing.assert_allclose(network(told), one, atol=1e-4)
    network.trainable_variables[0].assign_add(tf.ones_like(network.trainable_variables[0]))
    assert all(np.array_equal(a, b) for a, b in zip(before, teacher.get_weights(), strict=True))


def test_a_student_does_not_see_the_answer(teacher):
    given = students.pairs(teacher, 2, seed=0, num_steps=1)
    other = given.copy()
    other[:, 784:] = 7
    network = students.student(teacher)
    assert np.array_equal(network(given), network(other))


def test_the_distance_is_to_the_second_half_of_the_pair():
    pairs = np.random.default_rng(0).normal(size=(3, 8)).astype("float32")
    images = np.random.default_rng(1).normal(size=(3, 2, 2, 1)).astype("float32")
    value = students.distance(5.0).value(images, None, tf.constant(pairs), (), ())
    expected = 5 * ((images.reshape(3, 4) - pairs[:, 4:]) ** 2).mean(axis=1)
    np.testing.assert_allclose(value, expected, rtol=1e-5)


def test_batches_ask_for_the_second_half():
    pairs = np.linspace(-1, 1, 8 * 8, dtype="float32").reshape(8, 8)
    given, images = next(iter(students.batches(pairs, 4, seed=0)))
    np.testing.assert_array_equal(tf.reshape(images, (4, 4)), given[:, 4:])


def test_both_players_of_a_student_move(teacher):
    gan = students.student_gan(teacher, seed=0)
    before = [v.numpy() for v in gan.generator.trainable_variables[:1]]
    given = students.pairs(teacher, 32, seed=0, num_steps=1)
    told = gan.fit(
        data.load("digits").images[:32], 16, steps_per_epoch=2, conditions=given, verbose=0
    )
    assert {"distance", "discriminator_loss"} <= {*told.history}
    assert not np.array_equal(before[0], gan.generator.trainable_variables[0].numpy())
