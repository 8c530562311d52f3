"""Layers: closed forms of their outputs and gradients, what no call moves, whose variables."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganedu import layers, losses, models, training
from ganedu.layers import BatchStatistic, Pack, SpectralNormalization

KINDS = {
    "dense": (lambda: keras.layers.Dense(5), (7,)),
    "convolution": (lambda: keras.layers.Conv2D(6, 3, strides=2, padding="same"), (8, 8, 3)),
    "transposed": (lambda: keras.layers.Conv2DTranspose(6, 4, strides=2), (4, 4, 3)),
    "one axis": (lambda: keras.layers.Conv1D(4, 3), (10, 2)),
}
EACH_KIND = pytest.mark.parametrize("kind", KINDS)


def wrapped(kind):
    """A network of one normalised layer, that layer, and inputs for it."""
    build, shape = KINDS[kind]
    layer = SpectralNormalization(build())
    network = keras.Sequential([keras.Input(shape), layer])
    return network, layer, np.float32(np.random.default_rng(0).normal(size=(3, *shape)))


def matrix(layer):
    """By NumPy: one column for each output channel."""
    kernel = layer.layer.kernel.numpy()
    if isinstance(layer.layer, keras.layers.Conv2DTranspose):
        kernel = kernel.transpose(0, 1, 3, 2)
    return kernel.reshape(-1, kernel.shape[-1]).astype("float64")


@EACH_KIND
def test_it_computes_with_the_kernel_over_its_largest_singular_value(kind):
    network, layer, inputs = wrapped(kind)
    normed = network(inputs, training=False).numpy()
    largest = np.linalg.svd(matrix(layer))[1][0]
    layer.layer.kernel.assign(layer.layer.kernel / largest)
    plain = layer.layer(inputs).numpy()
    np.testing.assert_allclose(normed, plain, rtol=1e-4, atol=1e-6)


def test_the_gradient_is_the_closed_form():
    """With Ŵ = W/σ and G = ∂L/∂Ŵ: ∂L/∂W = (G − ⟨G, Ŵ⟩ vuᵀ)/σ (Miyato et al., eq. 12)."""
    network, layer, inputs = wrapped("dense")
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(network(inputs, training=True) ** 2)
    given = tape.gradient(loss, layer.layer.kernel.value).numpy()
    w, x = matrix(layer), inputs.astype("float64")
    left, values, right = np.linalg.svd(w, full_matrices=False)
    sigma, outer = values[0], np.outer(left[:, 0], right[0])
    through = 2 * x.T @ (x @ (w / sigma))  # G for L = Σ (xŴ)²
    expected = (through - np.sum(through * w / sigma) * outer) / sigma
    np.testing.assert_allclose(given, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())
    assert np.abs(np.sum(given * w)) < 1e-3 * np.abs(through).max()  # no push along W itself


@EACH_KIND
def test_no_call_moves_a_weight_and_two_calls_agree(kind):
    network, _, inputs = wrapped(kind)
    before = [weight.numpy() for weight in network.weights]
    outputs = [network(inputs, training=mode).numpy() for mode in (True, False, True)]
    for weight, value in zip(network.weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value)
    assert all(np.array_equal(outputs[0], other) for other in outputs[1:])


def test_power_steps_reach_the_largest_singular_value():
    """After the kernel has moved far away; σ by NumPy's SVD."""
    network, layer, _ = wrapped("convolution")
    kernel = np.random.default_rng(1).normal(size=layer.layer.kernel.shape)
    layer.layer.kernel.assign(kernel)
    step = tf.function(lambda: layers.power_step(network))
    reached = []
    for _ in range(60):
        step()
        reached.append(np.linalg.norm(matrix(layer) @ layer.u.numpy()))
    largest = np.linalg.svd(matrix(layer))[1][0]
    assert reached[0] < 0.99 * largest
    assert reached[-1] == pytest.approx(largest, rel=1e-4)
    assert np.all(np.diff(reached) > -1e-4)


def test_power_step_finds_layers_inside_layers():
    inner = keras.Sequential([keras.Input((4,)), SpectralNormalization(keras.layers.Dense(4))])
    inputs = keras.Input((3, 4))
    network = keras.Model(inputs, keras.layers.TimeDistributed(inner)(inputs))
    layer = inner.layers[0]
    layer.u.assign([1.0, 0.0, 0.0, 0.0])
    layers.power_step(network)
    assert not np.array_equal(layer.u.numpy(), [1.0, 0.0, 0.0, 0.0])


def test_weights_carry_u_and_a_saved_network_computes_the_same(tmp_path):
    network, _, inputs = wrapped("convolution")
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    np.testing.assert_array_equal(network(inputs), copy(inputs))
    network.save(tmp_path / "network.keras")
    known = {"SpectralNormalization": SpectralNormalization}
    loaded = keras.models.load_model(tmp_path / "network.keras", custom_objects=known)
    np.testing.assert_array_equal(network(inputs), loaded(inputs))
    assert [w.trainable for w in loaded.weights] == [w.trainable for w in network.weights]


def test_other_layers_are_refused():
    with pytest.raises(ValueError, match="convolutional layer; got Embedding"):
        SpectralNormalization(keras.layers.Embedding(3, 2))


def normalised_discriminator():
    return keras.Sequential(
        [
            keras.Input((2,)),
            SpectralNormalization(keras.layers.Dense(8)),
            keras.layers.LeakyReLU(),
            SpectralNormalization(keras.layers.Dense(1)),
        ]
    )


@pytest.mark.parametrize("run_eagerly", [True, False])
def test_in_a_gan_u_moves_once_for_each_discriminator_update(run_eagerly, monkeypatch):
    steps = []
    take = SpectralNormalization.power_step
    monkeypatch.setattr(
        SpectralNormalization, "power_step", lambda layer: steps.append(layer) or take(layer)
    )
    gan = training.GAN(models.mlp_generator(), normalised_discriminator(), 2, seed=0)
    gan.compile("sgd", "sgd", loss=losses.get("hinge"), d_steps=2, run_eagerly=run_eagerly)
    points = np.float32(np.random.default_rng(0).normal(size=(40, 2)))
    gan.fit(points, 10, steps_per_epoch=3, verbose=0)
    assert len(steps) == (3 if run_eagerly else 1) * 2 * 2  # layers · updates


@pytest.mark.parametrize("loss", ["hinge", "relativistic_pairing"])
def test_a_generator_update_leaves_a_normalised_discriminator_to_the_bit(loss):
    gan = training.GAN(models.mlp_generator(), normalised_discriminator(), 2, seed=0)
    gan.compile("sgd", "sgd", loss=loss)
    before = [weight.numpy() for weight in gan.discriminator.weights]
    gan.generator_step(tf.ones((8, 2)), 0)
    for weight, value in zip(gan.discriminator.weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value)


def test_keras_own_layer_moves_weights_in_a_call_and_is_refused():
    """If Keras mends it, this test says so."""
    layer = keras.layers.SpectralNormalization(keras.layers.Dense(1))
    network = keras.Sequential([keras.Input((2,)), layer])
    before = layer.layer.kernel.numpy()
    network(np.ones((1, 2), "float32"), training=True)
    assert not np.array_equal(before, layer.layer.kernel.numpy())
    with pytest.raises(ValueError, match=r"Use ganedu.layers.SpectralNormalization"):
        training.GAN(models.mlp_generator(), network, 2, seed=0)


def test_under_mixed_precision_it_normalises_in_float32():
    layer = SpectralNormalization(
        keras.layers.Dense(3, dtype="mixed_bfloat16"), dtype="mixed_bfloat16"
    )
    network = keras.Sequential([keras.Input((2,)), layer])
    outputs = network(np.eye(2, dtype="float32"))
    assert outputs.dtype == tf.bfloat16 and layer.u.dtype == "float32"
    expected = matrix(layer) / np.linalg.svd(matrix(layer))[1][0]
    np.testing.assert_allclose(tf.cast(outputs, tf.float32), expected, atol=0.02)


# Several images at once

SHAPES = [(12, 5), (12, 7, 3), (12, 4, 6, 2)]


def normal(*shape):
    return np.float32(np.random.default_rng(0).normal(size=shape))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("num_packed", [1, 3, 4])
def test_images_that_follow_one_another_lie_on_one_another(shape, num_packed):
    images = normal(*shape)
    expected = [
        np.concatenate(images[first : first + num_packed], axis=-1)
        for first in range(0, 12, num_packed)
    ]
    layer = Pack(num_packed)
    np.testing.assert_array_equal(layer(images), expected)
    assert layer.compute_output_shape(shape) == np.shape(expected)


def spread_by_hand(group):
    """Karras et al. (2018), section 3, in double precision."""
    return np.sqrt(group.astype("float64").var(axis=0) + 1e-8).mean()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("group_size", [2, 4, 12])
def test_a_group_gets_its_mean_standard_deviation_as_one_more_channel(shape, group_size):
    images, layer = normal(*shape), BatchStatistic(group_size)
    outputs = layer(images).numpy()
    np.testing.assert_array_equal(outputs[..., :-1], images)
    groups = images.reshape(-1, group_size, *shape[1:])
    each = np.repeat([spread_by_hand(group) for group in groups], group_size)
    expected = each.reshape(-1, *[1] * (len(shape) - 2)) * np.ones(shape[:-1])
    np.testing.assert_allclose(outputs[..., -1], expected, rtol=1e-5)
    assert layer.compute_output_shape(shape) == outputs.shape


def test_equal_images_have_no_spread_and_a_finite_gradient():
    images = tf.ones((4, 3, 3, 1))
    with tf.GradientTape() as tape:
        tape.watch(images)
        statistic = BatchStatistic(4)(images)[..., -1]
    np.testing.assert_allclose(statistic, 1e-4 * np.ones((4, 3, 3)), rtol=1e-6)
    assert np.isfinite(tape.gradient(statistic, images)).all()


def test_the_gradient_of_the_spread_is_its_closed_form():
    """d std/dx_i = (x_i − mean)/(n · std) for one number each; it sums to zero over a group."""
    numbers = tf.constant(normal(6, 1))
    with tf.GradientTape() as tape:
        tape.watch(numbers)
        total = tf.reduce_sum(BatchStatistic(3)(numbers)[::3, 1])  # one entry of each group
    groups = numbers.numpy().reshape(2, 3)
    centred = groups - groups.mean(axis=1, keepdims=True)
    expected = centred / (3 * groups.std(axis=1, keepdims=True))
    np.testing.assert_allclose(tape.gradient(total, numbers), expected.reshape(6, 1), rtol=1e-4)


@pytest.mark.parametrize("layer", [Pack(4), BatchStatistic(4)], ids=["packs", "groups"])
def test_a_batch_that_does_not_come_out_even_is_told_what_fits(layer, request):
    what = request.node.callspec.id
    told = f"A batch of 10 makes no {what} of 4: make them of 2 or 5 or 10, or take a batch size"
    with pytest.raises(ValueError, match=told):
        layer(np.zeros((10, 3), "float32"))


@pytest.mark.parametrize("layer", [Pack(2), BatchStatistic(2)], ids=["packs", "groups"])
def test_in_a_network_of_any_size_of_image_and_saved(layer, tmp_path):
    network = keras.Sequential(
        [
            keras.Input((None, None, 3)),
            layer,
            keras.layers.Conv2D(1, 3),
            keras.layers.GlobalMaxPooling2D(),
        ]
    )
    images = normal(6, 8, 5, 3)
    judged = tf.function(network)(images)
    known = {"Pack": Pack, "BatchStatistic": BatchStatistic}
    network.save(tmp_path / "network.keras")
    loaded = keras.models.load_model(tmp_path / "network.keras", custom_objects=known)
    np.testing.assert_allclose(loaded(images), judged, rtol=1e-5, atol=1e-6)


def test_under_mixed_precision_the_spread_is_taken_in_float32():
    """256 and a little: bfloat16 has steps of 2 there, and would square them away."""
    images = tf.cast(tf.constant([[256.0], [258.0], [260.0], [262.0]]), tf.bfloat16)
    outputs = BatchStatistic(4, dtype="mixed_bfloat16")(images)
    assert outputs.dtype == tf.bfloat16
    np.testing.assert_allclose(tf.cast(outputs[:, 1], tf.float32), 4 * [np.sqrt(5)], rtol=0.005)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Pack(0), "num_packed must be an integer of at least 1; got 0"),
        (lambda: Pack(2.0), "num_packed must be an integer"),
        (lambda: BatchStatistic(1), "group_size must be an integer of at least 2; got 1"),
    ],
)
def test_numbers_of_images_that_cannot_be_are_refused(make, told):
    with pytest.raises(ValueError, match=told):
        make()


def test_packs_of_unequal_sizes_in_one_network_are_refused():
    image, label = keras.Input((2,)), keras.Input((3,))
    both = keras.layers.Concatenate()([Pack(2)(image), Pack(3)(label)])
    with pytest.raises(ValueError, match=r"alike; got packs of \[2, 3\]"):
        layers.num_packed(keras.Model([image, label], keras.layers.Dense(1)(both)))
    assert layers.num_packed(three_layers()) == 1


# Which variables belong to which layers


def three_layers():
    """Two Dense layers in a network inside a network, BatchNorm and a last Dense layer."""
    inner = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(3), keras.layers.ReLU(), keras.layers.Dense(4)]
    )
    batchnorm = keras.layers.BatchNormalization()
    return keras.Sequential([keras.Input((2,)), inner, batchnorm, keras.layers.Dense(1)])


@pytest.mark.parametrize(
    ("chosen", "places"),
    [
        ({}, range(8)),
        ({"start": 1}, range(2, 8)),
        ({"stop": 2}, range(4)),
        ({"start": 2, "stop": 3}, range(4, 6)),
        ({"start": -1}, range(6, 8)),
    ],
)
def test_variables_of_layers_are_those_of_the_network_in_order(chosen, places):
    network = three_layers()
    expected = [id(network.trainable_variables[place]) for place in places]
    assert [id(variable) for variable in layers.variables_of(network, **chosen)] == expected


def test_a_normalised_layer_counts_as_one_and_its_u_is_not_trained():
    network = normalised_discriminator()
    first = network.layers[0]
    assert [v.name for v in layers.variables_of(network, stop=1)] == ["kernel", "bias"]
    assert layers.variables_of(network, stop=1)[0] is first.layer.kernel


def test_layers_that_are_not_there_are_refused():
    with pytest.raises(ValueError, match="from 4 to None: 4 layers of this network have"):
        layers.variables_of(three_layers(), start=4)


def test_images_are_moved_in_training_alone_and_a_square_is_covered():
    images = np.full((40, 12, 12, 1), 1.0, "float32")
    layer = layers.Moved(0.25, seed=3)
    np.testing.assert_array_equal(layer(images), images)
    moved, again = (layer(images, training=True).numpy() for _ in range(2))
    assert not np.array_equal(moved, again) and {*moved.ravel().tolist()} == {-1.0, 1.0}
    most = 12 - (moved[..., 0] > 0).any(axis=2).sum(axis=1)  # rows that came in empty
    assert most.min() == 0 and most.max() == 3
    covering = layers.Moved(0.0, seed=3, covered=0.5)
    assert ((covering(images, training=True).numpy() < 0).any(axis=(1, 2, 3))).all()


def moments(images):
    """Variances across and down, and the angle of the long axis in degrees."""
    weight = np.float64(images[..., 0]) + 1
    weight /= weight.sum(axis=(1, 2), keepdims=True)
    place = np.arange(images.shape[1]) - (images.shape[1] - 1) / 2
    across, down = weight.sum(axis=1), weight.sum(axis=2)
    mixed = np.einsum("nij,i,j->n", weight, place, place) - (across @ place) * (down @ place)
    xx, yy = (one @ place**2 - (one @ place) ** 2 for one in (across, down))
    return xx, yy, np.degrees(np.arctan2(2 * mixed, xx - yy) / 2)


def test_a_bar_is_turned_by_as_much_as_was_said():
    bar = np.full((300, 31, 31, 1), -1.0, "float32")
    bar[:, 14:17, 7:24] = 1
    *_, angles = moments(layers.Moved(0.0, seed=1, turn=0.1)(bar, training=True).numpy())
    assert -36.5 < angles.min() < -30 and 30 < angles.max() < 36.5  # a tenth: 36 degrees


def test_a_square_is_zoomed_by_a_draw_for_each_side():
    square = np.full((300, 31, 31, 1), -1.0, "float32")
    square[:, 10:21, 10:21] = 1
    zoomed = moments(layers.Moved(0.0, seed=1, zoom=0.25)(square, training=True).numpy())[:2]
    wide, high = (np.sqrt(one / two[0]) for one, two in zip(zoomed, moments(square), strict=False))
    for share in (wide, high):
        assert 0.78 < share.min() < 0.85 and 1.25 < share.max() < 1.37  # 1/1.25 and 1/0.75
    assert abs(np.corrcoef(wide, high)[0, 1]) < 0.2


def test_moved_is_built_anew_from_its_config():
    inputs = keras.Input((8, 8, 1))
    network = keras.Model(inputs, layers.Moved(0.25, 1, 0.5, 0.1, 0.2)(inputs))
    images = np.float32(np.random.default_rng(0).uniform(-1, 1, (6, 8, 8, 1)))
    copied = keras.models.clone_model(network)
    np.testing.assert_array_equal(copied(images, training=True), network(images, training=True))
