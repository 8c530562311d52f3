"""Time one training step of the DCGAN tutorial's architecture, batch 256, side by side.

    uv run python -m tests.benchmarks.step

Compared in turn, several times each, in one process: the step written by hand in one
`tf.function` and `GAN.fit`, each in float32 and under the mixed_bfloat16 policy. Only ratios mean
something on a shared machine. Whether bfloat16 is faster is decided by the processor: where it
has arithmetic for it (on x86 AVX512_BF16 or AMX) convolutions are faster than in float32, elsewhere
slower, before any of our code runs. So the first lines name what the processor has, and time one
bare convolution in both.
"""

import pathlib
import platform
import statistics
import time

from ganedu import startup

startup.start_tensorflow()

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

from ganedu import data, models, seeding, training  # noqa: E402
from tests.benchmarks import arguments  # noqa: E402

BATCH_SIZE, LATENT_DIM = 256, 100


def networks(policy):
    """The tutorial's pair under a precision policy, and an optimizer for each."""
    keras.config.set_dtype_policy(policy)
    pair = models.dcgan_generator(LATENT_DIM, seed=0), models.dcgan_discriminator(seed=0)
    keras.config.set_dtype_policy("float32")
    return *pair, keras.optimizers.Adam(1e-4), keras.optimizers.Adam(1e-4)


def by_hand(batches, policy):
    """The step as one `tf.function` without anything around it: alternating, fresh noise."""
    generator, discriminator, g_optimizer, d_optimizer = networks(policy)
    g_optimizer.build(generator.trainable_variables)
    d_optimizer.build(discriminator.trainable_variables)

    def fakes(step, stream):
        pair = seeding.stream_seed(0, step, stream)
        latents = tf.random.stateless_normal([BATCH_SIZE, LATENT_DIM], pair, alg="philox")
        return generator(latents, training=True)

    @tf.function
    def step_by_hand(real_images, step):
        fake_images = fakes(step, "discriminator_latents")
        with tf.GradientTape() as tape:
            real_logits = discriminator(real_images, training=True)
            fake_logits = discriminator(fake_images, training=True)
            loss = tf.reduce_mean(tf.nn.softplus(-real_logits) + tf.nn.softplus(fake_logits))
        weights = discriminator.trainable_variables
        d_optimizer.apply(tape.gradient(loss, weights), weights)
        with tf.GradientTape() as tape:
            fake_logits = discriminator(fakes(step, "generator_latents"), training=True)
            loss = tf.reduce_mean(tf.nn.softplus(-fake_logits))
        weights = generator.trainable_variables
        g_optimizer.apply(tape.gradient(loss, weights), weights)

    iterator = iter(batches.enumerate())

    def run(num_steps):
        for _ in range(num_steps):
            step, real_images = next(iterator)
            step_by_hand(real_images, step)

    return run


def by_package(batches, policy):
    """The same step through `GAN.fit`."""
    generator, discriminator, g_optimizer, d_optimizer = networks(policy)
    gan = training.GAN(generator, discriminator, LATENT_DIM, seed=0)
    gan.compile(g_optimizer, d_optimizer)
    return lambda num_steps: gan.fit(batches, steps_per_epoch=num_steps, verbose=0)


def convolution_seconds(dtype, repeats=20):
    """Median seconds of the discriminator's second convolution alone, forwards."""
    images = tf.cast(tf.random.stateless_normal([BATCH_SIZE, 14, 14, 64], [0, 0]), dtype)
    kernel = tf.cast(tf.random.stateless_normal([5, 5, 64, 128], [0, 1]), dtype)
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        tf.nn.conv2d(images, kernel, 2, "SAME").numpy()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def bfloat16_arithmetic():
    """What this processor has for arithmetic in bfloat16, by Linux's names; None elsewhere."""
    path = pathlib.Path("/proc/cpuinfo")
    if not path.is_file():
        return None
    flags = {"avx512_bf16", "amx_bf16", "bf16", "svebf16"} & set(path.read_text().split())
    return ", ".join(sorted(flags)) or "nothing"


def main():
    parser = arguments.parser(__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=8, help="steps of a round")
    options = parser.parse_args()
    arguments.answer(options, rows(options), printed)


def rows(options):
    """A row for each way to take a step: median seconds, and the median ratio to the first."""
    batches = data.batches(data.load("digits").images, BATCH_SIZE, seed=0)
    runs = {
        f"{name}, {policy}": make(batches, policy)
        for policy in ("float32", "mixed_bfloat16")
        for name, make in {"by hand": by_hand, "GAN.fit": by_package}.items()
    }
    seconds = {name: [] for name in runs}
    for run in runs.values():
        run(3)  # trace, and wake the memory
    for _ in range(options.rounds):
        for name, run in runs.items():
            began = time.perf_counter()
            run(options.steps)
            seconds[name].append((time.perf_counter() - began) / options.steps)
    for name, values in seconds.items():
        ratio = statistics.median(b / a for a, b in zip(seconds["by hand, float32"], values))
        yield {"step": name, "seconds": statistics.median(values), "ratio": ratio}


def printed(rows):
    print(f"{startup.device()}, {platform.processor() or platform.machine()}, ", end="")
    print(f"TensorFlow {tf.__version__}, Keras {keras.__version__}, {time.strftime('%Y-%m-%d')}")
    bare = [convolution_seconds(dtype) for dtype in (tf.float32, tf.bfloat16)]
    print(f"for bfloat16 the processor has: {bfloat16_arithmetic()}")
    print(f"one bare convolution: float32 {1000 * bare[0]:.0f} ms, ", end="")
    print(f"bfloat16 {1000 * bare[1]:.0f} ms")
    print("| step, batch 256 | median seconds | ratio to by hand, float32 (median of pairs) |")
    print("|---|--:|--:|")
    for row in rows:
        print(f"| {row['step']} | {row['seconds']:.3f} | {row['ratio']:.2f} |")


if __name__ == "__main__":
    main()
