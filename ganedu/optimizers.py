"""Optimizers that Keras lacks: for games in which plain gradients go round, for speed, for float16.

Here live optimistic steps, negative momentum, Adam in one pass and a scaled loss, each a plain
`keras.optimizers.Optimizer` whose slots a checkpoint saves. How fast the settings of a recipe move
stands in `ganedu.recipes`. Taught in lessons 09 and 19.
"""

import keras
import tensorflow as tf

from ganedu import layers


class OptimisticSGD(keras.optimizers.Optimizer):
    """Gradient descent that expects the next gradient to change as the last one did.

    w ← w − η·(2·gₜ − gₜ₋₁), with g₀ = 0, so the first step is twice as long. These are the points
    at which extrapolation from the past takes its gradients (Gidel et al. 2019): from v it looks
    ahead to w = v − η·gₜ₋₁, takes gₜ there, and moves v ← v − η·gₜ.

    Args:
        learning_rate: η, a float or a schedule.
        **options: `name` and other arguments of `keras.optimizers.Optimizer`.

    Example:
        >>> weight, optimizer = keras.Variable([1.0]), OptimisticSGD(0.1)
        >>> optimizer.apply([tf.constant([1.0])], [weight])
        >>> optimizer.apply([tf.constant([1.0])], [weight])
        >>> [round(float(value), 4) for value in weight.numpy()]  # 1 − 0.2 − 0.1
        [0.7]

    Reference:
        Daskalakis, Ilyas, Syrgkanis, Zeng (2018), "Training GANs with Optimism", section 2; Gidel,
        Berard, Vignoud, Vincent, Lacoste-Julien (2019), "A Variational Inequality Perspective on
        Generative Adversarial Networks", "Extrapolation from the past".
    """

    def __init__(self, learning_rate=0.01, **options):
        super().__init__(learning_rate, **options)

    def build(self, variables):
        """Make a slot for the last gradient of each variable."""
        if not self.built:
            super().build(variables)
            self.gradients = _slots(self, variables, "gradient")

    def update_step(self, gradient, variable, learning_rate):
        """Move a variable."""
        before = self.gradients[self._get_variable_index(variable)]
        gradient = tf.cast(tf.convert_to_tensor(gradient), variable.dtype)
        rate = tf.cast(learning_rate, variable.dtype)
        self.assign_sub(variable, rate * (2 * gradient - before))
        self.assign(before, gradient)


class OptimisticAdam(keras.optimizers.Optimizer):
    """Adam with optimistic steps: twice the present direction, less the last one.

    w ← w − η·(2·dₜ − dₜ₋₁), where d = m̂/(√v̂ + ε) is Adam's direction and d₀ = 0. Like Adam's its
    steps do not shrink with the gradient, so it comes to rest only where the rate falls.

    Args:
        learning_rate: η, a float or a schedule.
        beta_1: memory of directions, from 0 to below 1.
        beta_2: memory of sizes, from 0 to below 1.
        epsilon: ε, a number above 0.
        **options: `name` and other arguments of `keras.optimizers.Optimizer`.

    Example:
        >>> weight, optimizer = keras.Variable([1.0]), OptimisticAdam(0.1)
        >>> optimizer.apply([tf.constant([3.0])], [weight])  # d₁ = 1
        >>> optimizer.apply([tf.constant([3.0])], [weight])  # d₂ = 1
        >>> [round(float(value), 4) for value in weight.numpy()]
        [0.7]

    Reference:
        Daskalakis, Ilyas, Syrgkanis, Zeng (2018), "Training GANs with Optimism", algorithm 1.
    """

    def __init__(self, learning_rate=1e-4, beta_1=0.5, beta_2=0.9, epsilon=1e-7, **options):
        super().__init__(learning_rate, **options)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def build(self, variables):
        """Make three slots for each variable."""
        if not self.built:
            super().build(variables)
            self.means = _slots(self, variables, "mean")
            self.squares = _slots(self, variables, "square")
            self.directions = _slots(self, variables, "direction")

    def update_step(self, gradient, variable, learning_rate):
        """Move a variable."""
        place, dtype = self._get_variable_index(variable), variable.dtype
        mean, square, before = self.means[place], self.squares[place], self.directions[place]
        gradient = tf.cast(tf.convert_to_tensor(gradient), dtype)
        step, rate = tf.cast(self.iterations + 1, dtype), tf.cast(learning_rate, dtype)
        self.assign_add(mean, (1 - self.beta_1) * (gradient - mean))
        self.assign_add(square, (1 - self.beta_2) * (gradient**2 - square))
        size = tf.sqrt(square / (1 - self.beta_2**step)) + self.epsilon
        direction = mean / (1 - self.beta_1**step) / size
        self.assign_sub(variable, rate * (2 * direction - before))
        self.assign(before, direction)

    def get_config(self):
        """What Keras saves."""
        betas = {"beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}
        return {**super().get_config(), **betas}


class FusedAdam(keras.optimizers.Adam):
    """Keras' Adam in one pass over the weights, by a kernel that TensorFlow brings.

    The steps are Adam's up to rounding. Keras takes about ten passes, which for small networks on
    a CPU is a good part of a training step. Where that kernel cannot help, after the gradient
    of an embedding and with `amsgrad`, Keras' own steps are taken.

    Args:
        *arguments: those of `keras.optimizers.Adam`.
        **options: those of `keras.optimizers.Adam`.

    Example:
        >>> weight, optimizer = keras.Variable([1.0]), FusedAdam(0.1)
        >>> optimizer.apply([tf.constant([3.0])], [weight])
        >>> [round(float(value), 4) for value in weight.numpy()]
        [0.9]

    Reference:
        Kingma and Ba (2015), "Adam: A Method for Stochastic Optimization", section 2, the order
        of computation that its last lines name.
    """

    def update_step(self, gradient, variable, learning_rate):
        """Move a variable."""
        if self.amsgrad or not isinstance(gradient, tf.Tensor):
            super().update_step(gradient, variable, learning_rate)
            return
        place, dtype = self._get_variable_index(variable), variable.dtype
        step = tf.cast(self.iterations + 1, dtype)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[place].value.handle,
            v=self._velocities[place].value.handle,
            beta1_power=tf.pow(tf.cast(self.beta_1, dtype), step),
            beta2_power=tf.pow(tf.cast(self.beta_2, dtype), step),
            lr=tf.cast(learning_rate, dtype),
            beta1=tf.cast(self.beta_1, dtype),
            beta2=tf.cast(self.beta_2, dtype),
            epsilon=tf.cast(self.epsilon, dtype),
            grad=tf.cast(gradient, dtype),
        )


class NegativeMomentum(keras.optimizers.SGD):
    """Keras' SGD with the momentum below zero, which Keras refuses: each step takes back some.

    v ← β·v − η·g, w ← w + v. With alternating steps it brings the bilinear game to rest.

    Args:
        learning_rate: η, a float or a schedule.
        momentum: β, above −1, at most 0; for others take `keras.optimizers.SGD`.
        **options: other arguments of `keras.optimizers.SGD`.

    Raises:
        ValueError: if `momentum` is out of its range.

    Example:
        >>> weight, optimizer = keras.Variable([1.0]), NegativeMomentum(0.1, momentum=-0.5)
        >>> optimizer.apply([tf.constant([1.0])], [weight])  # − 0.1
        >>> optimizer.apply([tf.constant([1.0])], [weight])  # + 0.05 − 0.1
        >>> [round(float(value), 4) for value in weight.numpy()]
        [0.85]

    Reference:
        Gidel, Askari Hemmat, Pezeshki, Le Priol, Huang, Lacoste-Julien, Mitliagkas (2019),
        "Negative Momentum for Improved Game Dynamics".
    """

    def __init__(self, learning_rate=0.01, momentum=-0.5, **options):
        if not -1 < momentum <= 0:
            raise ValueError(
                f"momentum must be above -1 and at most 0, for example -0.5; got {momentum!r}. For "
                "a positive one take keras.optimizers.SGD."
            )
        super().__init__(learning_rate, **options)
        self.momentum = momentum


class LossScaled(keras.optimizers.LossScaleOptimizer):
    """An optimizer of weights whose gradients would vanish in float16: it scales them meanwhile.

    The loss is multiplied by s before its gradient is taken, and the gradient divided by s in
    float32. Where a gradient is not finite the weights stay and s is halved; after 2,000 good
    updates in a row it is doubled. Unlike Keras' own it counts an update in which nothing moved,
    because batches and noise belong to the number of the step.

    Args:
        inner_optimizer: `keras.optimizers.Optimizer` that moves the weights.
        **options: `initial_scale` (2¹⁵) and `dynamic_growth_steps` (2,000) of Keras' own.

    Example:
        >>> weight, optimizer = keras.Variable([1.0]), LossScaled(keras.optimizers.SGD(0.5))
        >>> optimizer.build([weight])
        >>> scaled = optimizer.scale_loss(1.0)  # here the gradient of a loss that is the weight
        >>> optimizer.apply([tf.reshape(scaled, [1])], [weight])
        >>> float(weight[0]), int(optimizer.iterations)
        (0.5, 1)
        >>> optimizer.apply([tf.constant([float("inf")])], [weight])
        >>> float(weight[0]), int(optimizer.iterations), float(optimizer.dynamic_scale)
        (0.5, 2, 16384.0)

    Reference:
        Micikevicius and others (2018), "Mixed Precision Training".
    """

    def check_finite(self, grads):
        """Whether all numbers are finite, on all replicas: where one skips an update, all do."""
        finite, here = super().check_finite(grads), tf.distribute.get_replica_context()
        if here is None or here.num_replicas_in_sync == 1:
            return finite
        broken = tf.cast(tf.logical_not(finite), tf.float32)
        return here.all_reduce(tf.distribute.ReduceOp.SUM, broken) < 0.5

    def _stateful_handle_non_finite_grads(self):
        super()._stateful_handle_non_finite_grads()
        self.iterations.assign_add(1)


def scaled_for(network, optimizer):
    """The optimizer as this network needs it: with a scaled loss where it computes in float16.

    Args:
        network: `keras.Model`.
        optimizer: `keras.optimizers.Optimizer`.

    Returns:
        The same, or `LossScaled` around it.

    Example:
        >>> from ganedu import models
        >>> type(scaled_for(models.mlp_generator(), keras.optimizers.SGD())).__name__
        'SGD'
    """
    half = any(layer.compute_dtype == "float16" for layer in layers.every_layer(network))
    scales = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
    return LossScaled(optimizer) if half and not scales else optimizer


def _slots(optimizer, variables, name):
    return [optimizer.add_variable_from_reference(variable, name) for variable in variables]
