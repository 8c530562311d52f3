"""The other generators, each as short as it can be and still be right: one file for each kind.

Here live what lesson 18 holds a GAN against: an autoencoder with latents that are drawn, a network
that draws pixel by pixel, the two paths from noise to images, and a student that goes such a path
in one step. Their networks live in `ganedu.models`, their settings in `ganedu.recipes`. None has a
training loop: each makes batches and a loss, and Keras' own `fit` does the rest.
"""
