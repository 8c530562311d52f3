"""Networks: shapes, ranges, sizes counted by hand, and starts that follow from the seed."""

import keras
import numpy as np
import pytest

from ganedu import data, models, penalties, terms, training

IMAGE_PAIRS = [
    (models.dcgan_generator, models.dcgan_discriminator),
    (models.digit_generator, models.digit_discriminator),
    (models.image_generator, models.image_discriminator),
]
PAIRS = [(models.mlp_generator, models.mlp_discriminator), *IMAGE_PAIRS]
GENERATORS, DISCRIMINATORS = zip(*PAIRS)


@pytest.fixture
def mixed_bfloat16():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    yield
    keras.config.set_dtype_policy(before)


def normal(*shape):
    return np.float32(np.random.default_rng(0).standard_normal(shape))


def judged(discriminator, num_images, **options):
    """Logits of some noise of whatever shape the discriminator takes."""
    return np.asarray(discriminator(normal(num_images, *discriminator.input_shape[1:]), **options))


@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 32, 3), (8, 12, 1)])
@pytest.mark.parametrize("generator, discriminator", IMAGE_PAIRS)
def test_images_of_any_size_that_two_strides_allow(generator, discriminator, shape):
    made = generator(latent_dim=5, image_shape=shape)(normal(2, 5), training=False)
    assert made.shape == (2, *shape)
    assert discriminator(image_shape=shape)(made, training=False).shape == (2, 1)


@pytest.mark.parametrize("generator, discriminator", PAIRS)
def test_the_default_pair_fits(generator, discriminator):
    generator, discriminator = generator(), discriminator()
    assert generator.output_shape == discriminator.input_shape
    assert discriminator.output_shape == (None, 1)


def test_mlps_take_their_sizes():
    generator = models.mlp_generator(latent_dim=3, num_outputs=5, widths=(7,))
    discriminator = models.mlp_discriminator(num_inputs=5, widths=(7, 4))
    assert (generator.input_shape, generator.output_shape) == ((None, 3), (None, 5))
    assert generator.count_params() == (3 * 7 + 7) + (7 * 5 + 5)
    assert discriminator.input_shape == (None, 5)
    assert discriminator.count_params() == (5 * 7 + 7) + (7 * 4 + 4) + (4 + 1)


@pytest.mark.parametrize("height, width, channels", [(28, 28, 1), (32, 24, 3)])
def test_dcgan_parameters_counted_by_hand(height, width, channels):
    quarter = height // 4 * (width // 4) * 256
    generator = (
        (100 * quarter + 4 * quarter)  # Dense without bias; BatchNorm has four of each
        + (5 * 5 * 256 * 128 + 4 * 128)
        + (5 * 5 * 128 * 64 + 4 * 64)
        + 5 * 5 * 64 * channels  # no bias, no BatchNorm before the picture
    )
    discriminator = (
        (5 * 5 * channels * 64 + 64)
        + (5 * 5 * 64 * 128 + 128)
        + (height // 4 * (width // 4) * 128 + 1)
    )
    shape = (height, width, channels)
    assert models.dcgan_generator(image_shape=shape).count_params() == generator
    assert models.dcgan_discriminator(shape).count_params() == discriminator


def test_dcgan_sizes_go_up_and_down_as_in_the_tutorials():
    up, down = models.dcgan_generator(), models.dcgan_discriminator()
    sizes = [
        layer.output.shape[1:]
        for layer in (*up.layers, *down.layers)
        if isinstance(layer, (keras.layers.Conv2DTranspose, keras.layers.Conv2D))
    ]
    assert sizes == [(7, 7, 128), (14, 14, 64), (28, 28, 1), (14, 14, 64), (7, 7, 128)]


@pytest.mark.parametrize(
    ("size", "smallest", "widths"),
    [
        (16, 4, (32, 32)),
        (28, 7, (32, 32)),
        (32, 8, (32, 32)),
        (48, 12, (32, 32)),
        (64, 8, (32, 32, 32)),
        (96, 12, (32, 32, 32)),
        (100, 25, (32, 32)),  # an odd side cannot be halved
        (256, 8, (32, 32, 32, 32, 32)),
    ],
)
def test_a_size_says_how_many_strides_there_are(size, smallest, widths):
    shape = (size, size, 3)
    assert models.image_widths(shape) == widths
    discriminator = models.image_discriminator(shape)
    convolutions = [n for n in discriminator.layers if isinstance(n, keras.layers.Conv2D)]
    assert [layer.filters for layer in convolutions] == [*widths]
    assert convolutions[-1].output.shape[1:] == (smallest, smallest, widths[-1])


def test_an_oblong_is_halved_as_often_as_its_shorter_side():
    assert models.image_widths((64, 128, 1), 8) == (8, 8, 8)


def test_image_parameters_counted_by_hand():
    """32×32 in colour: 4×4 · 8, then 16×16 · 6 and 8×8 · 5 on the way down, and back."""
    widths, shape = (5, 6, 8), (32, 32, 3)
    generator = (
        (10 * 20 + 20) + 2 * (20 * 20 + 20) + (20 * 128 + 128)
        + (16 * 8 * 6 + 6) + (16 * 6 * 5 + 5) + (16 * 5 * 3 + 3)
    )  # fmt: skip
    discriminator = (
        (16 * 3 * 5 + 5) + (16 * 5 * 6 + 6) + (16 * 6 * 8 + 8)
        + (128 * 20 + 20) + (20 * 20 + 20) + (20 + 1)
    )  # fmt: skip
    assert models.image_generator(10, shape, widths).count_params() == generator
    assert models.image_discriminator(shape, widths).count_params() == discriminator


def test_more_strides_than_the_size_allows_are_refused():
    with pytest.raises(ValueError, match=r"4 strides of 2 .* 4 times, .* by 16; got 24×24.* 32×32"):
        models.image_generator(image_shape=(24, 24, 3), widths=(8, 8, 8, 8))


@pytest.mark.parametrize("generator, _", IMAGE_PAIRS)
def test_images_fill_the_range_of_tanh(generator, _):
    """Latents far out drive every pixel to one end; a sigmoid would never go below 0."""
    images = np.asarray(generator(latent_dim=5)(1000 * normal(4, 5), training=False))
    assert -1 <= images.min() < -0.99 and 0.99 < images.max() <= 1


def test_points_are_not_bounded():
    points = np.asarray(models.mlp_generator()(1000 * normal(50, 2)))
    assert points.min() < -50 and points.max() > 50


@pytest.mark.parametrize("builder", DISCRIMINATORS)
def test_discriminators_return_logits_not_probabilities(builder):
    discriminator = builder()
    logits = discriminator(100 * normal(50, *discriminator.input_shape[1:]), training=False)
    assert np.abs(logits).max() > 2


@pytest.mark.parametrize("shape", [(30, 28, 1), (28, 27, 1), (2, 2, 1)])
@pytest.mark.parametrize("builder", [builder for pair in IMAGE_PAIRS for builder in pair])
def test_a_size_that_strides_do_not_allow_is_refused_with_the_reason(builder, shape):
    with pytest.raises(ValueError, match="strides of 2.*divisible by 4") as refusal:
        builder(image_shape=shape)
    assert f"{shape[0]}×{shape[1]}" in str(refusal.value)


def test_the_refusal_says_which_size_would_do():
    with pytest.raises(ValueError, match="resize to 32×28"):
        models.dcgan_generator(image_shape=(30, 28, 1))


@pytest.mark.parametrize("shape", [(28, 28), (0, 28, 1), (28.0, 28, 1), (1, 28, 28, 1)])
def test_what_is_no_image_shape_is_refused(shape):
    with pytest.raises(ValueError, match="image_shape must be"):
        models.dcgan_discriminator(shape)


@pytest.mark.parametrize("builder", [builder for pair in PAIRS for builder in pair])
def test_the_seed_says_where_the_weights_start(builder):
    first, again, other = builder(seed=3), builder(seed=3), builder(seed=4)
    for weight, same in zip(first.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, same)
    pairs = zip(first.trainable_weights, other.trainable_weights)
    kernels = [(w.numpy(), o.numpy()) for w, o in pairs if w.name == "kernel"]
    assert kernels and all(np.abs(one - two).max() > 0.001 for one, two in kernels)


@pytest.mark.parametrize("builder", [models.mlp_generator, models.mlp_discriminator])
def test_layers_of_one_shape_start_apart(builder):
    """Keras gives two layers with the same integer seed and the same shape equal weights."""
    network = builder(2, 2, (2, 2, 2)) if builder is models.mlp_generator else builder(2, (2, 2, 2))
    kernels = [w.numpy() for w in network.weights if w.shape == (2, 2)]
    assert len(kernels) >= 3
    assert len({kernel.tobytes() for kernel in kernels}) == len(kernels)


def test_generator_and_discriminator_of_one_seed_start_apart():
    generator, discriminator = models.mlp_generator(seed=0), models.mlp_discriminator(seed=0)
    first, second = generator.weights[0].numpy(), discriminator.weights[0].numpy()
    assert first.shape == second.shape == (2, 128)
    assert np.abs(first - second).max() > 0.1


@pytest.mark.parametrize("builder", DISCRIMINATORS)
def test_discriminators_can_be_penalised(builder):
    """No BatchNorm: with it the gradient at one image would depend on the others."""
    discriminator = builder()
    assert not any("Norm" in type(layer).__name__ for layer in discriminator.layers)
    logits = [judged(discriminator, num_images, training=False) for num_images in (2, 1)]
    np.testing.assert_allclose(logits[0][:1], logits[1], rtol=1e-4, atol=1e-5)


def test_the_tutorials_dropout_acts_in_training_only_and_follows_from_the_seed():
    first, again = models.dcgan_discriminator(seed=0), models.dcgan_discriminator(seed=0)
    still = [judged(first, 4, training=False) for _ in range(2)]
    np.testing.assert_array_equal(*still)
    moving = [judged(first, 4, training=True) for _ in range(2)]
    assert np.abs(moving[0] - moving[1]).max() > 1e-3
    np.testing.assert_array_equal(judged(again, 4, training=True), moving[0])


@pytest.mark.parametrize("builder", [builder for pair in PAIRS for builder in pair])
def test_under_mixed_bfloat16_only_the_inside_is_bfloat16(mixed_bfloat16, builder):
    network = builder()
    assert network(normal(2, *network.input_shape[1:]), training=False).dtype == "float32"
    assert {weight.dtype for weight in network.weights} == {"float32"}
    heavy = [layer for layer in network.layers if layer.weights and layer is not network.layers[-1]]
    assert heavy and {layer.compute_dtype for layer in heavy} == {"bfloat16"}


# Networks that are told a class


def dense_layers(network):
    return [layer for layer in network.layers if isinstance(layer, keras.layers.Dense)]


def test_the_label_is_joined_to_each_hidden_layer_of_the_generator():
    """W·h + e is what W' on h with a vector of zeros and a one would give: e is a part of W'."""
    plain, told = models.digit_generator(seed=4), models.conditional_generator(seed=4)
    joined = [layer for layer in told.layers if isinstance(layer, keras.layers.Embedding)]
    hidden = [layer.units for layer in dense_layers(plain)]
    assert [(layer.input_dim, layer.output_dim) for layer in joined] == [(10, n) for n in hidden]
    assert told.count_params() == plain.count_params() + 10 * sum(hidden)
    for layer in joined:  # without them it is the plain one, and does not see the label
        layer.set_weights([np.zeros((10, layer.output_dim))])
    latents = normal(3, 64)
    for labels in ([0, 1, 2], [9, 9, 9]):
        np.testing.assert_array_equal(told([latents, np.array(labels)]), plain(latents))


def test_every_class_is_a_start_of_its_own():
    told = models.conditional_generator(num_classes=4, seed=0)
    images = np.asarray(told([np.repeat(normal(1, 64), 4, axis=0), np.arange(4)]))
    differing = [np.abs(a - b).max() for i, a in enumerate(images) for b in images[:i]]
    assert min(differing) > 1e-3


def test_the_projection_head_by_hand():
    """logit = w·φ(x) + b + e_label·φ(x)."""
    network, labels = models.conditional_discriminator(seed=2), np.array([3, 0, 3, 9])
    images = np.tanh(normal(4, 28, 28, 1))
    [dot] = [layer for layer in network.layers if isinstance(layer, keras.layers.Dot)]
    phi = np.asarray(keras.Model(network.inputs[0], dot.input[0])(images))
    w, b = dense_layers(network)[2].get_weights()
    [embedding] = [x for x in network.layers if isinstance(x, keras.layers.Embedding)]
    e = embedding.get_weights()[0][labels]
    expected = phi @ w + b + (e * phi).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(network([images, labels]), expected, rtol=1e-4, atol=1e-5)


def test_without_its_vectors_the_projection_head_is_the_plain_discriminator():
    told, plain = models.conditional_discriminator(seed=2), models.digit_discriminator(seed=2)
    [embedding] = [x for x in told.layers if isinstance(x, keras.layers.Embedding)]
    embedding.set_weights([np.zeros((10, 128))])
    images = np.tanh(normal(4, 28, 28, 1))
    np.testing.assert_allclose(told([images, np.arange(4)]), plain(images), rtol=1e-5, atol=1e-6)


def test_the_concatenation_joins_the_label_in_front_of_the_hidden_layers():
    network = models.conditional_discriminator("concatenation", seed=2)
    assert dense_layers(network)[0].kernel.shape == (7 * 7 * 32 + 128, 128)
    images = np.repeat(np.tanh(normal(1, 28, 28, 1)), 2, axis=0)
    logits = np.asarray(network([images, np.array([0, 1])]))
    assert logits.shape == (2, 1) and logits[0] != logits[1]


def test_the_auxiliary_head_is_not_told_the_label():
    network = models.conditional_discriminator("auxiliary", num_classes=26, seed=2)
    logits, classes = network(np.tanh(normal(4, 28, 28, 1)))
    assert len(network.inputs) == 1 and (logits.shape, classes.shape) == ((4, 1), (4, 26))
    np.testing.assert_allclose(
        logits, models.digit_discriminator(seed=2)(np.tanh(normal(4, 28, 28, 1))), rtol=1e-5
    )


def test_an_unknown_head_is_refused():
    with pytest.raises(ValueError, match="one of concatenation, auxiliary, projection; got 'film'"):
        models.conditional_discriminator("film")


def test_conditional_networks_start_from_their_seed():
    for build in (models.conditional_generator, models.conditional_discriminator):
        first, same, other = (build(seed=seed).get_weights() for seed in (3, 3, 4))
        assert all(np.array_equal(a, b) for a, b in zip(first, same, strict=True))
        drawn = [i for i, weight in enumerate(first) if weight.ndim > 1]
        assert not any(np.array_equal(first[i], other[i]) for i in drawn)


# Waves


def test_a_wave_is_quartered_and_made_longer_again():
    generator, discriminator = models.wave_generator(seed=0), models.wave_discriminator(seed=0)
    lengths = [
        [layer.output.shape[1] for layer in network.layers if "conv1d" in layer.name]
        for network in (generator, discriminator)
    ]
    assert lengths == [[32, 128, 512, 2048], [512, 128, 32, 8]]
    made = generator([np.zeros((2, 64)), np.array([0, 2])]).numpy()
    assert made.shape == (2, 2048, 1) and np.abs(made).max() <= 1
    assert discriminator([made, np.array([0, 2])]).shape == (2, 1)


def test_wave_networks_hear_the_label():
    latents = np.random.default_rng(0).normal(size=(1, 64)).repeat(3, axis=0)
    made = models.wave_generator(seed=0)([latents, np.arange(3)]).numpy()
    assert np.abs(made[0] - made[1]).max() > 1e-4 and np.abs(made[1] - made[2]).max() > 1e-4
    same = np.repeat(made[:1], 3, axis=0)
    logits = models.wave_discriminator(seed=0)([same, np.arange(3)]).numpy().ravel()
    assert len({*logits.round(6).tolist()}) == 3


def test_wave_networks_start_from_their_seed():
    for build in (models.wave_generator, models.wave_discriminator):
        first, same, other = (build(seed=seed).get_weights() for seed in (3, 3, 4))
        assert all(np.array_equal(a, b) for a, b in zip(first, same, strict=True))
        drawn = [i for i, weight in enumerate(first) if weight.ndim > 1]
        assert not any(np.array_equal(first[i], other[i]) for i in drawn)


@pytest.mark.parametrize("build", [models.wave_generator, models.wave_discriminator])
@pytest.mark.parametrize("num_samples", [2000, 64, 0])
def test_a_wave_that_cannot_be_quartered_is_refused(build, num_samples):
    with pytest.raises(ValueError, match="divisible by 256"):
        build(num_samples=num_samples)


def test_the_classifier_fits_spectrograms():
    assert models.digit_classifier(image_shape=(64, 32, 1), num_classes=3).output_shape == [
        (None, 64),
        (None, 3),
    ]


# Networks that are told a source image


def convolutions(network):
    kinds = (keras.layers.Conv2D, keras.layers.Conv2DTranspose)
    return [layer for layer in network.layers if isinstance(layer, kinds)]


def test_translator_parameters_counted_by_hand():
    """28×28, widths 5 and 6: 49 places with 8 channels at the bottom, 20 units in its middle."""
    sizes = (
        (16 * 1 * 5 + 5) + (16 * 5 * 6 + 6) + (6 * 8 + 8)
        + (49 * 8 * 20 + 20) + (20 * 20 + 20) + (20 * 49 * 8 + 49 * 8)
        + (16 * (8 + 6) * 5 + 5) + (16 * (5 + 5) * 1 + 1)
    )  # fmt: skip
    assert models.translator(widths=(5, 6)).count_params() == sizes
    assert models.translator(widths=(5, 6), latent_dim=3).count_params() == sizes + 3 * 20
    assert models.translator((7, 7, 1), widths=(5, 6)).count_params() == sizes


def test_the_way_up_gets_the_maps_of_the_way_down():
    network = models.translator((14, 14, 2), (28, 28, 3), (5, 6))
    joined = [x for x in network.layers if isinstance(x, keras.layers.Concatenate)]
    down = [layer.output for layer in convolutions(network)[:2]]
    activated = [keras.layers.LeakyReLU(negative_slope=0.2)(one) for one in down]
    assert [[tuple(x.shape[1:]) for x in layer.input] for layer in joined] == [
        [(7, 7, 8), (7, 7, 6)],
        [(14, 14, 5), (14, 14, 5)],
    ]
    sources = np.tanh(normal(2, 14, 14, 2))
    inside = keras.Model(network.inputs[0], [*activated, *(layer.input[1] for layer in joined)])
    first, second, joined_first, joined_second = map(np.asarray, inside(sources))
    np.testing.assert_array_equal(second, joined_first)
    np.testing.assert_array_equal(first, joined_second)
    assert network(sources).shape == (2, 28, 28, 3)


def test_a_smaller_source_is_enlarged_to_blocks():
    """The network of 7×7 sees what the one of 28×28 sees of an image of blocks."""
    small, large = models.translator((7, 7, 1), seed=2), models.translator(seed=2)
    large.set_weights(small.get_weights())
    sources = np.tanh(normal(3, 7, 7, 1))
    blocks = sources.repeat(4, axis=1).repeat(4, axis=2)
    np.testing.assert_array_equal(small(sources), large(blocks))
    judges = [models.pair_discriminator(shape, seed=2) for shape in ((7, 7, 1), (28, 28, 1))]
    images = np.tanh(normal(3, 28, 28, 1))
    np.testing.assert_array_equal(judges[0]([images, sources]), judges[1]([images, blocks]))


def test_every_pixel_of_an_answer_may_hang_on_every_pixel_of_its_source():
    """The Dense layers at the bottom: convolutions alone would see 22 pixels, or fewer."""
    network, sources = models.translator(seed=0), np.zeros((2, 28, 28, 1), "float32")
    sources[1, 0, 0] = 1.0
    answers = np.asarray(network(sources))
    assert np.abs(answers[1] - answers[0])[20:, 20:].max() > 1e-5


def test_noise_moves_an_answer():
    network = models.translator(latent_dim=4, seed=0)
    sources = np.repeat(np.tanh(normal(1, 28, 28, 1)), 2, axis=0)
    assert [tuple(one.shape) for one in network.inputs] == [(None, 4), (None, 28, 28, 1)]
    first, second = np.asarray(network([normal(2, 4), sources]))
    assert np.abs(first - second).max() > 1e-2


def test_pair_discriminator_sees_image_and_source_as_channels():
    network = models.pair_discriminator((7, 7, 2), (28, 28, 3), (5, 6))
    assert convolutions(network)[0].kernel.shape == (4, 4, 3 + 2, 5)
    images, sources = np.tanh(normal(2, 28, 28, 3)), np.tanh(normal(2, 7, 7, 2))
    right = np.asarray(network([images, sources]))
    assert right.shape == (2, 1)
    assert np.abs(right - network([images, sources[::-1]])).min() > 1e-4
    assert np.abs(right - network([images[::-1], sources])).min() > 1e-4


def test_a_patch_is_judged_by_what_it_sees():
    """After two strides a logit sees 10×10 pixels: those from 4·i − 3 to 4·i + 6."""
    network = models.pair_discriminator(patches=True, seed=0)
    images, sources = np.zeros((2, 2, 28, 28, 1), "float32")
    images[1, 14, 14] = 1.0
    changed = np.ptp(network([images, sources]), axis=0)[..., 0] > 0
    there = [4 * i - 3 <= 14 <= 4 * i + 6 for i in range(7)]
    np.testing.assert_array_equal(changed, np.outer(there, there))
    assert network.count_params() == (16 * 2 * 32 + 32) + (16 * 32 * 32 + 32) + (32 + 1)


@pytest.mark.parametrize("source", [(8, 8, 1), (5, 7, 1), (56, 56, 1)])
@pytest.mark.parametrize("builder", [models.translator, models.pair_discriminator])
def test_a_source_that_does_not_fit_is_refused(builder, source):
    with pytest.raises(ValueError, match=f"multiple; got a source of {source[0]}×{source[1]} and"):
        builder(source)
    with pytest.raises(ValueError, match="strides of 2"):
        builder((30, 30, 1), (30, 30, 1))


@pytest.mark.parametrize("builder", [models.translator, models.pair_discriminator])
def test_networks_of_pairs_start_from_their_seed_and_compute_in_bfloat16(mixed_bfloat16, builder):
    first, same, other = (builder(seed=seed).get_weights() for seed in (3, 3, 4))
    assert all(np.array_equal(a, b) for a, b in zip(first, same, strict=True))
    drawn = [i for i, weight in enumerate(first) if weight.ndim > 1]
    assert not any(np.array_equal(first[i], other[i]) for i in drawn)
    assert builder(seed=0).outputs[0].dtype == "float32"


def test_a_translator_and_its_judge_are_trained_by_the_one_step():
    for latent_dim, patches in ((0, False), (4, True)):
        gan = training.GAN(
            models.translator((7, 7, 1), widths=(4, 4), latent_dim=latent_dim),
            models.pair_discriminator((7, 7, 1), widths=(4, 4), patches=patches),
            latent_dim,
            seed=0,
        )
        told = {"penalties": penalties.r1(1.0), "terms": terms.l1(10.0)}
        gan.compile("adam", "adam", **told, run_eagerly=True)
        images, sources = np.tanh(normal(8, 28, 28, 1)), np.tanh(normal(8, 7, 7, 1))
        logs = gan.fit(images, 4, conditions=sources, verbose=0).history
        assert logs["l1"][0] > 0 and logs["penalty"][0] > 0
        assert gan.generate(8, seed=0, conditions=sources).shape == images.shape


# Networks that see patches


def test_local_networks_parameters_counted_by_hand():
    sizes = (16 * 1 * 5 + 5) + 2 * (9 * 5 * 5 + 5) + (16 * 5 * 1 + 1)
    assert models.local_translator(width=5, num_blocks=2).count_params() == sizes
    sizes = (16 * 1 * 5 + 5) + (16 * 5 * 6 + 6) + (6 + 1)
    assert models.patch_discriminator(widths=(5, 6)).count_params() == sizes


def test_a_local_translator_starts_near_its_source():
    """What it adds to 1.5 times the source is small before tanh, and not nothing."""
    sources = data.load("digits").images[:50]
    made = np.asarray(models.local_translator(seed=1)(sources))
    away = np.abs(made - np.tanh(models.STAYS * sources))
    assert 1e-3 < away.mean() < 0.1


@pytest.mark.parametrize("num_blocks", [1, 3])
def test_a_pixel_hangs_on_a_patch_of_its_source(num_blocks):
    """Output 14 reads the places 6 and 7 of the half, and one more to each side for a block."""
    network, sources = models.local_translator(num_blocks=num_blocks), np.zeros((2, 28, 28, 1))
    seen = []
    for pixel in range(28):
        changed = sources.copy()
        changed[1, pixel, 14] = 1.0
        made = np.asarray(network(np.float32(changed)))
        seen.append(made[0, 14, 14] != made[1, 14, 14])
    places = np.flatnonzero(seen)
    assert len(places) == 6 + 4 * num_blocks
    assert (places.min(), places.max()) == (2 * (6 - num_blocks) - 1, 2 * (7 + num_blocks) + 2)


def test_a_discriminator_of_patches_sees_ten_pixels():
    network = models.patch_discriminator(seed=0)
    images = np.zeros((2, 28, 28, 1), "float32")
    images[1, 14, 14] = 1.0
    changed = np.ptp(network(images), axis=0)[..., 0] > 0
    there = [4 * i - 3 <= 14 <= 4 * i + 6 for i in range(7)]
    np.testing.assert_array_equal(changed, np.outer(there, there))


@pytest.mark.parametrize("builder", [models.local_translator, models.patch_discriminator])
def test_local_networks_start_from_their_seed_and_compute_in_bfloat16(mixed_bfloat16, builder):
    first, same, other = (builder(seed=seed).get_weights() for seed in (3, 3, 4))
    assert all(np.array_equal(a, b) for a, b in zip(first, same, strict=True))
    drawn = [i for i, weight in enumerate(first) if weight.ndim > 1]
    assert not any(np.array_equal(first[i], other[i]) for i in drawn)
    assert builder(seed=0).outputs[0].dtype == "float32"
    with pytest.raises(ValueError, match="must be divisible"):
        builder((27, 28, 1))


# The networks of the other generators, lesson 18


def test_a_denoiser_is_told_the_time_and_answers_images():
    network = models.denoiser((12, 8, 3), widths=(4, 6), num_units=8, seed=0)
    images = 30 * np.random.default_rng(0).normal(size=(2, 12, 8, 3)).astype("float32")
    early, late = (network([images, np.full(2, time, "float32")]).numpy() for time in (0.1, 0.7))
    assert early.shape == (2, 12, 8, 3) and np.abs(early).max() <= 1
    assert np.abs(early - late).max() > 1e-3
    one = network([images[:1], np.full(1, 0.1, "float32")]).numpy()
    np.testing.assert_allclose(one, early[:1], rtol=1e-3, atol=1e-4)  # images do not meet


def test_the_waves_of_a_time_are_half_a_wave_a_whole_one_and_so_on():
    waves = models._waves(np.array([0.25], "float32"), num_waves=3)
    angles = np.pi * 0.25 * np.array([1, 2, 4])
    np.testing.assert_allclose(waves, [[*np.sin(angles), *np.cos(angles)]], atol=1e-6)


def test_an_encoder_says_two_numbers_for_each_latent():
    means, log_variances = models.image_encoder(5, seed=0)(np.ones((2, 28, 28, 1), "float32"))
    assert means.shape == log_variances.shape == (2, 5)
    assert not np.allclose(means, log_variances)


def test_a_recurrent_network_says_a_law_for_each_pixel():
    network = models.row_network(side=6, num_levels=3, num_units=5, num_filters=4, seed=0)
    assert network(np.zeros((2, 6, 6, 1), "float32")).shape == (2, 6, 6, 3)


@pytest.mark.parametrize("build", [models.denoiser, models.image_encoder, models.row_network])
def test_rivals_are_built_from_their_seed(build):
    one, same, other = (build(seed=seed).get_weights() for seed in (1, 1, 2))
    assert all(map(np.array_equal, one, same))
    assert not np.array_equal(one[0], other[0])
