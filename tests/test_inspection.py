"""What users bring: it works, or one sentence says what mends it. Each case stands for a kind.

Pictures are 8×8 in colour, networks tiny; most GANs here never take a step.
"""

import contextlib
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from ganedu import data, inspection, losses, models, penalties, training

SHAPE = (8, 8, 3)
IMAGES = np.float32(np.random.default_rng(0).uniform(-1, 1, (20, *SHAPE)))
PIXELS = np.random.default_rng(1).integers(0, 256, (20, *SHAPE)).astype(np.uint8)
LABELS = np.arange(20) % 3


def discriminator(last=None, **options):
    return keras.Sequential(
        [
            keras.Input(SHAPE),
            layers.Flatten(),
            layers.Dense(4, **options),
            layers.LeakyReLU(),
            layers.Dense(1, activation=last),
        ]
    )


def make(generator=None, judge=None, **options):
    generator = generator or models.digit_generator(4, SHAPE, widths=(2, 4))
    gan = training.GAN(generator, judge or discriminator(), 4, seed=0)
    gan.compile("sgd", "sgd", **options)
    return gan


def dataset(*arrays, size=5, remainder=False):
    slices = tf.data.Dataset.from_tensor_slices(arrays if len(arrays) > 1 else arrays[0])
    return slices.batch(size, drop_remainder=not remainder)


def refused(told, act, *given, **options):
    with pytest.raises(ValueError, match=told):
        act(*given, **options)


# Networks


class Own(keras.Model):
    """A generator as a class of one's own."""

    def __init__(self, **options):
        super().__init__(**options)
        self.dense, self.shape_it = layers.Dense(192, activation="tanh"), layers.Reshape(SHAPE)

    def call(self, latents):
        return self.shape_it(self.dense(latents))


def called(network):
    network(tf.zeros((2, *SHAPE)))
    return network


@pytest.mark.parametrize(
    "build",
    [
        lambda: keras.Sequential([layers.Flatten(), layers.Dense(1)]),
        lambda: keras.Sequential([layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(1)]),
    ],
)
def test_a_network_without_a_known_shape_is_told_how_to_begin(build):
    refused(r"Begin it with keras.Input\(shape\)", make, judge=build())


def test_a_network_that_was_called_once_knows_its_shape():
    """Its batch size is then 2 to Keras; the GAN takes any."""
    judge = called(keras.Sequential([layers.Flatten(), layers.Dense(1)]))
    make(judge=judge).fit(IMAGES, 5, verbose=0)


def test_a_class_of_your_own_is_told_how_to_wrap_it_and_the_wrap_works():
    refused(r"keras.Model\(inputs, network\(inputs\)\)", make, Own())
    inputs = keras.Input((4,))
    gan = make(keras.Model(inputs, Own()(inputs)))
    gan.fit(IMAGES, 5, verbose=0)
    assert gan.generate(2, seed=0).shape == (2, *SHAPE)


def test_a_discriminator_of_any_size_takes_the_generators():
    inputs = keras.Input((None, None, 3))
    hidden = layers.Conv2D(4, 3, strides=2, padding="same")(inputs)
    judge = keras.Model(inputs, layers.Dense(1)(layers.GlobalAveragePooling2D()(hidden)))
    make(judge=judge).fit(IMAGES, 5, verbose=0)


@pytest.mark.parametrize("frozen", ["generator", "judge"])
def test_a_network_that_is_frozen_is_refused(frozen):
    network = (
        models.digit_generator(4, SHAPE, widths=(2, 4))
        if frozen == "generator"
        else discriminator()
    )
    network.trainable = False
    refused("Nothing in the .* can be trained", make, **{frozen: network})


@pytest.mark.parametrize("last", ["sigmoid", "tanh", "hard_sigmoid"])
def test_a_discriminator_that_ends_in_no_logit_is_refused(last):
    refused(f"ends in {last}, but its output is taken as a logit", make, judge=discriminator(last))


def test_a_sigmoid_is_found_as_a_layer_as_an_operation_and_inside():
    inputs = keras.Input(SHAPE)
    for judge in (
        keras.Sequential([discriminator(), layers.Activation("sigmoid")]),
        keras.Model(inputs, keras.ops.sigmoid(discriminator()(inputs))),
        keras.Model(inputs, discriminator("sigmoid")(inputs)),
    ):
        refused("ends in sigmoid", make, judge=judge)


def test_other_outputs_may_end_as_they_like():
    inputs = keras.Input(SHAPE)
    hidden = layers.Dense(3)(layers.Flatten()(inputs))
    both = [layers.Dense(1)(hidden), layers.Softmax()(hidden)]
    make(judge=keras.Model(inputs, both)).fit(IMAGES, 5, verbose=0)


def test_no_more_than_one_logit_is_taken():
    inputs = keras.Input(SHAPE)
    judge = keras.Model(inputs, layers.Dense(2)(layers.Flatten()(inputs)))
    refused(r"one logit per image.*returns \(None, 2\)", make, judge=judge)


# Optimizers, losses, precision


def test_optimizers_are_taken_by_name():
    gan = training.GAN(models.digit_generator(4, SHAPE, widths=(2, 4)), discriminator(), 4, seed=0)
    gan.compile("adam", "adam")
    assert gan.generator_optimizer is not gan.discriminator_optimizer
    gan.compile("adam", "rmsprop")
    one = keras.optimizers.Adam()
    refused("optimizer of its own", gan.compile, one, one)
    refused("got 0.001", gan.compile, 0.001, one)


def test_regularisers_and_added_losses_count():
    """l2 of weight ½ alone moves the kernels of a discriminator whose game is worth nothing."""
    flat = losses.AdversarialLoss(lambda r, f: 0.0 * (r + f), lambda r, f: 0.0 * f)
    plain, priced = discriminator(), discriminator(kernel_regularizer=keras.regularizers.L2(0.5))
    priced.set_weights(plain.get_weights())
    for judge, factor in ((plain, 1.0), (priced, 0.99)):  # SGD at rate .01: w − .01 · 2 · ½ · w
        before = judge.layers[1].kernel.numpy()
        make(judge=judge, loss=flat).fit(IMAGES, 5, steps_per_epoch=1, verbose=0)
        np.testing.assert_allclose(judge.layers[1].kernel.numpy(), factor * before, rtol=1e-5)


def test_an_activity_regulariser_counts_as_the_mean_over_real_and_fake():
    flat = losses.AdversarialLoss(lambda r, f: 0.0 * (r + f), lambda r, f: 0.0 * f)
    gan = make(judge=discriminator(activity_regularizer=keras.regularizers.L2(1.0)), loss=flat)
    real = tf.constant(IMAGES[:5])
    before = [weight.numpy() for weight in gan.discriminator.trainable_weights]
    gan.discriminator_step(real, 0)
    moved = [w.numpy() - b for w, b in zip(gan.discriminator.trainable_weights, before)]
    assert np.abs(moved[0]).max() > 0


def test_the_wasserstein_loss_alone_is_warned_of():
    with pytest.warns(data.SuspiciousInput, match=r"penalties.wasserstein\(10.0\)"):
        make(loss="wasserstein")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", data.SuspiciousInput)  # who means it
        make(loss="wasserstein")
    make(loss="wasserstein", penalties=penalties.wasserstein(10.0))
    clipped = discriminator(kernel_constraint=keras.constraints.MaxNorm(1.0))
    make(loss="wasserstein", judge=clipped)


@pytest.fixture
def policy():
    before = keras.config.dtype_policy()
    yield keras.config.set_dtype_policy
    keras.config.set_dtype_policy(before)


def test_the_wasserstein_penalty_works_where_the_last_layers_follow_the_policy(policy):
    policy("mixed_bfloat16")
    generator = keras.Sequential(
        [keras.Input((4,)), layers.Dense(192, activation="tanh"), layers.Reshape(SHAPE)]
    )
    gan = make(generator, discriminator(), penalties=penalties.wasserstein(10.0))
    history = gan.fit(IMAGES, 5, verbose=0).history
    assert np.isfinite([*history.values()]).all() and gan.generate(2, 0).dtype == np.float32


def test_compiling_twice_leaves_one_average_and_one_log():
    gan = make()
    gan.fit(IMAGES, 5, verbose=0)
    count = len(gan.variables)
    gan.compile("sgd", "sgd", ema_half_life=100)
    assert len(gan.variables) == count and len(gan.trackers) == len(training.LOG_NAMES)
    for one, other in zip(gan.ema_generator.weights, gan.generator.weights, strict=True):
        assert np.array_equal(one, other)
    gan.fit(IMAGES, 5, verbose=0)


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ([], r"is a list of variables, such as .*stop=1\), or None for all; got \[\]"),
        ("dense", "is a list of variables, .* got 'dense'"),
        (["kernel"], "the discriminator's own trainable variables; 'kernel' is none"),
        (discriminator().trainable_variables, "own trainable variables; .*kernel is none of them"),
        ([keras.layers.BatchNormalization()], "own trainable variables; <BatchNormalization"),
    ],
)
def test_variables_to_be_trained_are_the_network_s_own(chosen, told):
    refused(told, make, discriminator_variables=chosen)


def test_statistics_cannot_be_trained():
    judge = keras.Sequential(
        [keras.Input(SHAPE), layers.BatchNormalization(), layers.Flatten(), layers.Dense(1)]
    )
    statistics = judge.layers[0].non_trainable_variables
    refused("moving_mean is none of them", make, judge=judge, discriminator_variables=statistics)


def test_places_are_counted_once_and_in_the_network_s_order():
    network = discriminator()
    _, bias, kernel, _ = network.trainable_variables
    assert inspection.places_of("discriminator", network, (kernel, bias, kernel)) == (1, 2)
    assert inspection.places_of("discriminator", network, None) == (0, 1, 2, 3)


# Arrays and datasets


@pytest.mark.parametrize(
    "images",
    [
        lambda: PIXELS,
        lambda: dataset(PIXELS),
        lambda: dataset(data.scale(PIXELS)),
        lambda: dataset(np.float64(data.scale(PIXELS))),
        lambda: tf.constant(data.scale(PIXELS)),
        lambda: [*PIXELS],
    ],
    ids=["pixels", "dataset of pixels", "of floats", "of doubles", "tensor", "list"],
)
def test_the_same_pictures_in_any_form_train_alike(images):
    """Data sets are not shuffled, so all see the first ten in their order."""
    gan = make(run_eagerly=True)
    seen = []
    step = gan.discriminator_step
    gan.discriminator_step = lambda real, *rest: seen.append(real) or step(real, *rest)
    gan.fit(images(), None if isinstance(images(), tf.data.Dataset) else 5, verbose=0)
    assert len(seen) == 4 and all(batch.dtype == tf.float32 for batch in seen)
    every = np.sort(np.concatenate(seen).sum(axis=(1, 2, 3)))
    np.testing.assert_allclose(every, np.sort(data.scale(PIXELS).sum(axis=(1, 2, 3))), rtol=1e-4)


def test_pixels_as_floats_are_refused_in_datasets_too():
    """What `image_dataset_from_directory` gives: floats from 0 to 255."""
    refused(r"these run from 0 to 255.*images / 127.5 - 1", make().fit, dataset(np.float32(PIXELS)))


def test_images_from_zero_to_one_are_warned_of_in_datasets_too():
    with pytest.warns(data.SuspiciousInput, match=r"images \* 2 - 1"):
        make().fit(dataset((IMAGES - IMAGES.min()) / 2), verbose=0)


@pytest.mark.parametrize("d_steps", [1, 2])
def test_labels_that_nobody_asks_for_are_named(d_steps):
    gan = make(d_steps=d_steps)
    refused("images and labels it seems.*label_mode=None", gan.fit, dataset(IMAGES, LABELS))


@pytest.mark.parametrize("d_steps", [1, 2])
def test_plain_batches_are_grouped_and_a_smaller_last_one_is_left_out(d_steps):
    """20 pictures in batches of 6 are three whole ones."""
    gan = make(d_steps=d_steps)
    gan.fit(dataset(IMAGES, size=6, remainder=True), verbose=0)
    assert int(gan.step) == 3 // d_steps


def test_a_dataset_from_a_generator_works():
    def pictures():
        yield from (IMAGES[:5], IMAGES[5:10])

    signature = tf.TensorSpec((None, *SHAPE), tf.float32)
    gan = make()
    gan.fit(tf.data.Dataset.from_generator(pictures, output_signature=signature), verbose=0)
    assert int(gan.step) == 2


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (lambda: tf.data.Dataset.from_tensor_slices(IMAGES), "yields single images"),
        (lambda: dataset(IMAGES[:, :4]), r"expects images of shape \(8, 8, 3\); these have"),
        (lambda: dataset(IMAGES).take(0), "yields nothing"),
        (lambda: dataset(IMAGES).repeat(), "no end: say steps_per_epoch"),
        (lambda: dataset(IMAGES).map(lambda images: {"images": images}), "dictionaries"),
        (lambda: dataset(np.int32(PIXELS)), "got int32"),
        (lambda: dataset(np.where(IMAGES > 0.9, np.nan, IMAGES)), "NaN"),
    ],
)
def test_datasets_that_cannot_be_trained_on_are_refused(given, told):
    refused(told, make().fit, given(), verbose=0)


def test_a_number_after_a_dataset_is_no_batch_size():
    refused(r"gan.fit\(dataset, epochs=...\)", make().fit, dataset(IMAGES), 50)


class Sequence(keras.utils.PyDataset):
    def __len__(self):
        return 2

    def __getitem__(self, number):
        return IMAGES[:5]


@pytest.mark.parametrize("given", [Sequence, lambda: iter(IMAGES), lambda: (i for i in IMAGES)])
def test_sequences_and_generators_are_named(given):
    refused("must be an array .* or a tf.data.Dataset; got", make().fit, given())


def test_flow_of_the_old_image_generator_does_not_hang():
    from keras.src.legacy.preprocessing.image import ImageDataGenerator

    refused("got NumpyArrayIterator", make().fit, ImageDataGenerator().flow(IMAGES, batch_size=5))


# Keras' habits


@pytest.mark.parametrize(
    ("callback", "told"),
    [
        (keras.callbacks.LearningRateScheduler(lambda epoch: 0.1), "a GAN has two. Give each"),
        (keras.callbacks.ReduceLROnPlateau(), "a GAN has two"),
        (keras.callbacks.ModelCheckpoint("model.keras"), "callbacks.Checkpoint"),
    ],
)
def test_callbacks_that_look_for_one_optimizer_or_a_whole_model_are_named(callback, told):
    refused(told, make().fit, IMAGES, 5, callbacks=[callback])


def test_tensorboard_works_or_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(inspection.importlib.util, "find_spec", lambda name: None)
    board = keras.callbacks.TensorBoard(tmp_path)
    refused("pip install tensorboard", make().fit, IMAGES, 5, callbacks=[board])


def test_callbacks_that_work(tmp_path):
    gan = make()
    gan.fit(
        IMAGES,
        5,
        epochs=2,
        verbose=0,
        shuffle=True,
        callbacks=[
            keras.callbacks.ModelCheckpoint(tmp_path / "a.weights.h5", save_weights_only=True),
            keras.callbacks.BackupAndRestore(tmp_path / "backup"),
            keras.callbacks.CSVLogger(tmp_path / "log.csv"),
            keras.callbacks.TerminateOnNaN(),
        ],
    )
    assert int(gan.step) == 8 and (tmp_path / "a.weights.h5").exists()
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 3


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"validation_data": IMAGES}, "no validation loss"),
        ({"validation_split": 0.1}, "no validation loss"),
        ({"shuffle": False}, "order of your own"),
        ({"class_weight": {0: 1.0}}, "no classes"),
    ],
)
def test_arguments_of_fit_that_mean_nothing_are_named(options, told):
    refused(told, make().fit, IMAGES, 5, **options)


def test_a_second_array_is_no_label():
    with pytest.raises((TypeError, ValueError)):
        make().fit(IMAGES, LABELS, epochs=2)
    refused("Neither a network nor a term", make().fit, IMAGES, 5, conditions=LABELS)


def test_a_gan_is_no_function_and_no_file(tmp_path):
    gan = make()
    refused("gan.generate", gan, IMAGES)
    refused("gan.generate", gan.predict, IMAGES)
    refused("evaluation.evaluate", gan.evaluate, IMAGES)
    refused(r"checkpoints.save\(path, gan\)", gan.save, tmp_path / "gan.keras")


def poisoned(**options):
    gan = make(**options)
    gan.discriminator.layers[1].kernel.assign(np.full((192, 4), np.nan))
    return gan


def test_a_nan_ends_a_run_with_a_sentence():
    gan = poisoned()
    with pytest.raises(FloatingPointError, match="discriminator_loss is nan at step 1"):
        gan.fit(IMAGES, 5, epochs=4, verbose=0)
    assert int(gan.step) == 1


def test_terminate_on_nan_ends_it_quietly():
    gan = poisoned()
    gan.fit(IMAGES, 5, epochs=4, verbose=0, callbacks=[keras.callbacks.TerminateOnNaN()])
    assert int(gan.step) == 1


def test_arrays_stay_in_the_main_memory(monkeypatch):
    """No GPU is needed to see it: the array becomes a tensor while the CPU is named."""
    named, held, device, lent = [], [], tf.device, tf.experimental.dlpack.from_dlpack

    @contextlib.contextmanager
    def name(place):
        named.append(place)
        with device(place):
            yield
        named.pop()

    def lend(capsule):
        tensor = lent(capsule)
        held.append((int(tf.size(tensor)), *named))
        return tensor

    monkeypatch.setattr(tf, "device", name)
    monkeypatch.setattr(tf.experimental.dlpack, "from_dlpack", lend)
    data.batches(IMAGES, 5, seed=0)
    assert (IMAGES.size, "CPU") in held


def test_conditional_datasets_reach_the_networks():
    """(images, labels) as the framework's folder reader gives them, pixels and int32."""
    latents, label = keras.Input((4,)), keras.Input((), dtype="int64")
    hidden = layers.Concatenate()([latents, layers.Embedding(3, 2)(label)])
    image = layers.Reshape(SHAPE)(layers.Dense(192, activation="tanh")(hidden))
    generator = keras.Model([latents, label], image)
    for d_steps in (1, 2):
        gan = make(generator, d_steps=d_steps)
        gan.fit(dataset(PIXELS, np.int32(LABELS)), verbose=0)
        assert int(gan.step) == 4 // d_steps
        refused("yields images alone", gan.fit, dataset(PIXELS))
    ours = data.batches(PIXELS, 5, seed=0, num_steps=2, d_steps=2, conditions=LABELS)
    gan.fit(ours, verbose=0)
    assert int(gan.step) == 4


def test_what_check_networks_counts():
    assert inspection.check_networks(models.mlp_generator(), models.mlp_discriminator(), 2) == 0


def test_statistics_of_a_part_of_the_batch_are_refused_on_several_replicas():
    def network(**options):
        norm = keras.layers.BatchNormalization(name="norm", **options)
        return keras.Sequential([keras.Input((2,)), keras.Sequential([keras.Input((2,)), norm])])

    inspection.check_shared([network()], 1)
    inspection.check_shared([network(synchronized=True)], 2)
    with pytest.raises(ValueError, match="layer norm .* 2 replicas.*synchronized=True"):
        inspection.check_shared([models.mlp_generator(), network()], 2)


@pytest.mark.parametrize("kind", ["Dropout", "GaussianNoise"])
def test_layers_that_draw_are_refused_on_several_replicas(kind):
    layer = getattr(keras.layers, kind)(0.3, name="drawn")
    inside = keras.Sequential([keras.Input((2,)), layer])
    network = keras.Sequential([keras.Input((2,)), inside, keras.layers.Dense(1)])
    inspection.check_shared([network], 1)
    with pytest.raises(ValueError, match="layer drawn draws by itself.* 2 replicas"):
        inspection.check_shared([models.mlp_generator(), network], 2)
