"""The variational autoencoder (VAE): latents that are drawn, and a bound on the likelihood.

Here live the bound and its two parts, the network that is trained by it, and its samples. The
decoder is the generator of the digits, `models.digit_generator`: what differs from a GAN is what
it is trained by, not what it is.
Taught in lesson 18.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from ganedu import data, models, seeding, training
from ganedu.rivals.fitting import seeds_of


def kl_to_prior(means, log_variances):
    """KL from a Gaussian of latents to the standard normal, in nats.

    ½ Σ (mean² + variance − 1 − log variance).

    Args:
        means: tensor [batch, latent_dim].
        log_variances: tensor of that shape.

    Returns:
        Tensor [batch].

    Example:
        >>> kl_to_prior(tf.constant([[0.0, 2.0]]), tf.zeros((1, 2))).numpy().tolist()
        [2.0]

    Reference:
        Kingma and Welling (2014), "Auto-Encoding Variational Bayes".
    """
    parts = means**2 + tf.exp(log_variances) - 1 - log_variances
    return tf.reduce_sum(parts, axis=-1) / 2


def pixel_nats(images, answers, std):
    """How surprising images are to a decoder that means its answer up to noise on each pixel.

    −log N(image | answer, std²), summed over the pixels, in nats.

    Args:
        images: tensor [batch, ...].
        answers: tensor of that shape.
        std: standard deviation of a pixel.

    Returns:
        Tensor [batch].

    Example:
        >>> float(pixel_nats(tf.ones((1, 3)), tf.zeros((1, 3)), 1.0)[0])  # 3/2 (1 + log 2π)
        4.25...
    """
    axes, constant = range(1, len(images.shape)), np.log(2 * np.pi * std**2)
    squared = tf.square((images - answers) / std)
    return tf.reduce_sum(squared + tf.cast(constant, squared.dtype), axis=axes) / 2


def autoencoder(latent_dim=64, image_shape=(28, 28, 1), widths=(32, 32), *, seed=0):
    """Encoder, a draw, and decoder, in one network.

    Args:
        latent_dim: length of a latent vector.
        image_shape: (height, width, channels).
        widths: channels of the maps at half, a quarter … of the size, in both networks.
        seed: integer of at least 0 from which the weights are drawn.

    Returns:
        A `keras.Model` from [images, noise [batch, latent_dim]] to [answers, KL [batch]]. Its
        layers "encoder" and "generator" are networks of their own.

    Raises:
        ValueError: if the image cannot be halved so often.

    Example:
        >>> autoencoder(8, seed=0).get_layer("generator").output_shape
        (None, 28, 28, 1)
    """
    images, noise = (
        keras.Input(image_shape, name="images"),
        keras.Input((latent_dim,), name="noise"),
    )
    encoder = models.image_encoder(latent_dim, image_shape, widths, seed=seed)
    decoder = models.digit_generator(latent_dim, image_shape, widths, seed=seed)
    means, log_variances = encoder(images)
    drawn = means + keras.ops.exp(log_variances / 2) * noise
    cost = layers.Lambda(lambda both: kl_to_prior(*both), output_shape=(), name="kl")
    outputs = [decoder(drawn), cost([means, log_variances])]
    return keras.Model([images, noise], outputs, name="autoencoder")


def losses(std):
    """What `fit` is to minimise: minus the bound, over the pixels of an image.

    Args:
        std: standard deviation of a pixel.

    Returns:
        List of two functions of (target, output).

    Example:
        >>> [float(loss(tf.zeros((1, 2)), tf.ones((1, 2)))) for loss in losses(1.0)]
        [2.83..., 1.0]
    """
    return [
        lambda images, answers: tf.reduce_mean(pixel_nats(images, answers, std)),
        lambda nothing, cost: tf.reduce_mean(cost),
    ]


def batches(images, latent_dim, batch_size, seed):
    """Batches as `autoencoder` takes them; number k is the same wherever one starts.

    Args:
        images: float array [n, height, width, channels] in [−1, 1].
        latent_dim: length of a latent vector.
        batch_size: images of a batch.
        seed: the seed of the run, an integer of at least 0.

    Returns:
        `tf.data.Dataset` of ((images, noise), (images, zeros)).

    Raises:
        ValueError: if the images are not fit (see `data.check_images`) or fewer than a batch.

    Example:
        >>> digits = data.load("digits").images
        >>> (images, noise), (targets, zeros) = next(iter(batches(digits, 4, 8, seed=0)))
        >>> noise.shape, zeros.shape
        (TensorShape([8, 4]), TensorShape([8]))
    """

    def asked(number, images):
        noise = seeding.normal([len(images), latent_dim], seeds_of(seed, number)[0])
        return (images, noise), (images, tf.zeros(len(images)))

    numbered = data.batches(images, batch_size, seed).enumerate()
    return numbered.map(asked)


def generate(network, num_images, seed):
    """New images: the decoder's answers to latents from the prior, without noise on the pixels.

    Args:
        network: as `autoencoder` returns it.
        num_images: how many, at least 1.
        seed: integer of at least 0.

    Returns:
        float32 array [num_images, height, width, channels] in [−1, 1].

    Example:
        >>> generate(autoencoder(8, seed=0), 3, seed=0).shape
        (3, 28, 28, 1)
    """
    decoder = network.get_layer("generator")
    latents = seeding.sample_latents(num_images, decoder.inputs[0].shape[1], seed)
    return training.generate_images(decoder, latents)
