"""Builds notebooks/19_scaling_up.ipynb; READ marks stand where a recording has to be read."""
import copy, json
import nbformat
nine = json.load(open("notebooks/09_better_losses.ipynb"))
cells = []
def add(kind, source, **metadata):
    cells.append((kind, source.strip("\n"), metadata))
def md(source): add("markdown", source)
def code(source, *tags): add("code", source, **({"tags": list(tags)} if tags else {}))
def exercise(id, task, stub, name):
    md(task)
    n = id.replace(".", "-")
    add("code", stub, nbgrader={"grade": False, "grade_id": f"answer-{n}", "locked": False, "schema_version": 3, "solution": True, "task": False}, tags=["exercise"])
    add("code", f'check("{id}", {name})', nbgrader={"grade": True, "grade_id": f"check-{n}", "locked": True, "points": 1, "schema_version": 3, "solution": False, "task": False})

md("""
# 19 · Scaling up

You will be able to say where the time of a training step goes, to share a batch among several devices or machines without changing the training, to find the faults that others make there, and to predict what more machines would buy.

**Time:** 3 to 4 minutes to run on 2 CPU cores, MINUTES minutes to work through; no GPU needed. **Comes after** [09 · Better losses](09_better_losses.ipynb); packing is taught in [10 · Keeping it stable](10_keeping_it_stable.ipynb).

*In JupyterLab: Run → Run All Cells. In Colab or Kaggle: upload the file that `uv run ganedu colab --out for-colab` writes of this lesson, and run all.*
""")
cells.append(("code", "".join(nine["cells"][1]["source"]), nine["cells"][1]["metadata"]))
code("""
import time
import keras
import numpy as np
import tensorflow as tf
from ganedu import claims, data, features, metrics, models, optimizers
from ganedu import penalties, plotting, recipes, shipped, training
from ganedu.exercises import check, hint, progress, solution
from ganedu.playground import machines
""", "imports")
code("""
SEED = 0  # any other integer draws other numbers; the findings stay
REPEATS = 3 if ganedu.rehearsing() else 30  # of what is timed: a second or two each
BATCHES = (8, 32) if ganedu.rehearsing() else (8, 32, 128)  # sizes that are timed
SHARED_STEPS = 4 if ganedu.rehearsing() else 20  # of the played training: seconds
STACKED_STEPS = ganedu.budget(2000)  # of the thousand modes: about a minute
NUM_STACKED = 300 if ganedu.rehearsing() else 10_000  # images whose modes are counted
""", "settings")
md("""
## Where the time of a step goes

One step of [lesson 06](06_a_working_gan.ipynb)'s GAN has parts that can be called, and timed, alone: reading a batch, the discriminator's update, its penalty, which is due in every fourth, the generator's update, and moving the average. The first call traces the graph; it is not counted.
""")
code('''
def seconds_of(call, *given):
    """Mean seconds of a call, without the first one."""
    call(*given)
    began = time.perf_counter()
    for _ in range(REPEATS):
        call(*given)
    return (time.perf_counter() - began) / REPEATS


digits = data.load()
gan = recipes.digit_gan(SEED)
batches = iter(data.batches(digits.images, 32, SEED))
real, due, number = next(batches), *tf.constant([0, 1], tf.int64)
discriminator_update = tf.function(gan.discriminator_step)
generator_update = tf.function(gan.generator_step)
average = tf.function(gan.update_ema)
''')
code('''
plain = seconds_of(discriminator_update, real, number)
with_penalty = seconds_of(discriminator_update, real, due)
parts = {
    "reading": seconds_of(next, batches),
    "discriminator": plain,
    "penalty": max(0.0, with_penalty - plain) / recipes.DIGITS["r1_every"],
    "generator": seconds_of(generator_update, real, number),
    "average": seconds_of(average, 32.0, number),
}
plotting.show(
    machines.parts_chart({"one replica": parts}),
    "A step of the digits' GAN on this machine: most of it is the two updates.",
)
for name, seconds in parts.items():
    print(f"{name:14s} {1000 * seconds:6.2f} ms")
updates = parts["discriminator"] + parts["generator"]
claims.claim("The two updates are most of it.", updates > 0.5 * sum(parts.values()))
''', "picture")
md("""
Reading also happens *beside* the rest: `data.batches` fetches the next batch while the present one is computed. Pictures that are decoded one by one are another matter.

**Predict first:** the discriminator's update, with batches of 8, 32 and 128. How many times as long does 128 take as 8?
""")
code('''
judge = models.digit_discriminator(widths=(32, 32), seed=SEED)
generator = models.digit_generator(64, widths=(32, 32), seed=SEED)
toy = training.GAN(generator, judge, 64, SEED)
toy.compile("sgd", "sgd", ema_half_life=None)
took = {}
for size in BATCHES:
    rows = tf.constant(digits.images[:size])
    took[size] = seconds_of(tf.function(toy.discriminator_step), rows, number)
slope, fixed = np.polyfit(list(took), list(took.values()), 1)
for size, seconds in took.items():
    each = 1e6 * seconds / size
    print(f"batch {size:3d}: {1000 * seconds:6.2f} ms, {each:5.0f} µs an image")
print(f"about {1e6 * slope:.0f} µs an image, and {1000 * fixed:.2f} ms whatever it is")
each = [seconds / size for size, seconds in took.items()]
claims.claim("An image costs least in the largest batch.", each[-1] == min(each))
''')
md("""
<details><summary>Answer</summary>

Less than sixteen times. Part of an update does not depend on the batch, such as moving the weights; a small batch pays it for few images.

</details>

But images per second are not learning per second. A batch four times as large makes a quarter of the updates on the same images.

**Predict first:** for classifiers there is a rule: a batch $k$ times as large wants a learning rate $k$ times as high. Does it hold for two players? The recording has batches of 32, 64 and 256 on the same 32,000 images, with the same rate, $\\sqrt k$ times and $k$ times as high, three seeds each: the Fréchet distance of lesson 08.
""")
code('''
recorded = shipped.recording("scaling")["rows"]
rates = [row for row in recorded if row["part"] == "rates"]
for batch in sorted({row["batch"] for row in rates}):
    for rate in ("same", "root", "linear"):
        of = [r for r in rates if (r["batch"], r["rate"]) == (batch, rate)]
        found = sorted(np.inf if r["distance"] is None else r["distance"] for r in of)
        if found:
            print(f"{batch:4d} {rate:7s}", *(f"{value:8.1f}" for value in found))
''', "nbval-check-output")
md("READ THE TABLE HERE: which law of the rate is best for 64 and for 256; whether any of them reaches what 32 reaches; runs that overflowed (inf). One sentence each, three seeds.")
md("""
## A batch that is shared

Several devices train together like this: each of $n$ **replicas** has a copy of both networks, takes $b/n$ rows of the batch, and computes its gradient. The gradients are added up, and all copies move alike. If $\\ell_i$ is the loss of row $i$ and each replica takes the *mean* over its own rows,

$$\\nabla \\frac1b \\sum_{i=1}^{b} \\ell_i = \\sum_{j=1}^{n} \\frac1n\\, \\nabla \\frac nb \\sum_{i \\text{ of replica } j} \\ell_i .$$

So every replica divides its mean by $n$ before the sum. The batch of all replicas together, the **global batch**, is that of one device. We check it with two replicas that take turns.
""")
code('''
critic = models.mlp_discriminator(widths=(8,), seed=SEED)
points = data.ring(12, seed=SEED).points


def gradient(points):
    """Of the mean of softplus(-r) over these points."""
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.softplus(-critic(points)))
    gradients = tape.gradient(loss, [w.value for w in critic.trainable_variables])
    return np.concatenate([np.ravel(part) for part in gradients])


whole = gradient(points)
halves = gradient(points[:6]) / 2 + gradient(points[6:]) / 2
print("two replicas, divided: equal to 1e-6:", np.abs(halves - whole).max() < 1e-6)
unlike = np.linalg.norm(gradient(points[:6]) - whole) / np.linalg.norm(whole)
print("one replica alone has another gradient:", unlike > 0.01)
''', "nbval-check-output")
md("""
A generator needs noise as well. If each replica draws with the same seed, all have the *same* latents, and the batch of fakes repeats itself. In the package every replica draws the noise of the **whole** batch, from the seed of this step, and takes its rows of it.
""")
exercise("19.1", """
### Exercise 19.1: one gradient from several replicas

`gradient(points, latents)` is the gradient of the mean over these rows; a replica has room for its own rows only. Write `shared_gradient(gradient, points, latents, num_replicas)`: replica 0 has the first rows of both, replica 1 the next, and so on; return the gradient of the mean over the whole batch. Stuck? `hint("19.1")`, then `solution("19.1")`.
""", '''
def shared_gradient(gradient, points, latents, num_replicas):
    """The gradient of the mean over the whole batch; a replica holds its rows only."""
    raise NotImplementedError
'''.strip(), "shared_gradient")
md("""
## Four faults, to be found

`machines.played` trains a small GAN of the plane on several replicas, which take turns in this process. Its generator has a **BatchNorm**, one more trap: the mean and variance of *whose* rows? First without a fault.
""")
code('''
one = machines.played(num_replicas=1, num_steps=SHARED_STEPS)
for num_replicas in (2, 3, 8):
    several = machines.played(num_replicas=num_replicas, num_steps=SHARED_STEPS)
    apart = np.abs(several.weights - one.weights).max()
    print(f"{num_replicas} replicas: equal to 1e-5: {apart < 1e-5}")
''', "nbval-check-output")
md("""
Now four trainings on two replicas, each with one fault, in an order that you do not know:

- the gradients are **not divided** by the number of replicas;
- they are **divided twice**, as happens where a loss of Keras divides by itself and somebody divides by hand as well;
- all replicas have the **same noise**;
- BatchNorm takes the **statistics of a part**, the replica's own rows.

**Predict first:** which traces will each leave in the length of the first gradient, in the number of different latents, and in the weights after the last step? With plain SGD, and with Adam, which divides each step by the size of the gradients?
""")
code('''
def adam(rate):
    return keras.optimizers.Adam(rate / 10)


names = "ABCD"
hidden = np.random.default_rng(SEED).permutation(machines.FAULTS)
adams = machines.played(num_replicas=1, num_steps=SHARED_STEPS, optimizer=adam)
found, hides = {}, {}
print("   gradient  latents  apart, SGD  apart, Adam")
for name, fault in zip(names, hidden):
    sgd = machines.played(fault, num_steps=SHARED_STEPS)
    by_adam = machines.played(fault, num_steps=SHARED_STEPS, optimizer=adam)
    found[fault] = np.abs(sgd.weights - one.weights).max()
    hides[fault] = np.abs(by_adam.weights - adams.weights).max()
    told = f"{sgd.slope / one.slope:7.2f} × {sgd.num_latents:7d}"
    print(f"{name} {told} {found[fault]:11.1e} {hides[fault]:12.1e}")
''')
code('''
print(", ".join(f"{name}: {fault}" for name, fault in zip(names, hidden)))
claims.claim("Each fault shows after some steps with SGD.", min(found.values()) > 1e-3)
factors, others = (machines.FAULTS[:2], machines.FAULTS[2:])
least = max(hides[fault] for fault in factors) < min(hides[fault] for fault in others)
claims.claim("With Adam the two faults of dividing are the least.", least)
''')
md("""
<details><summary>Answer</summary>

A gradient twice as long as it should be was not divided; one half as long was divided twice. Half as many latents as rows: the same noise. What is left is BatchNorm; its first gradient is only a little off.

Look at the last column. Adam divides by the size of the gradients, so a factor that stands before all of them all but drops out. Such a fault can live long, until somebody changes the optimizer or clips gradients.

</details>

**Why "only put the model into `strategy.scope()`" is not enough.** With TensorFlow and Keras 3 each of the four is one line away. Gradients are *summed* over replicas. The losses in `keras.losses` divide by the number of replicas by themselves; a mean that you wrote does not. `keras.random.normal` with a seed generator gives all replicas the same numbers. `BatchNormalization` takes the statistics of a part unless you say `synchronized=True`. `GAN.fit` divides once, and refuses such a BatchNorm, and layers that draw for themselves, as Dropout does.
""")
md("""
## Two processes, really

Several machines are several processes. The variable `TF_CONFIG` tells each who takes part and which one it is. Where it names two or more, `ganedu train` waits for all and trains as one; the leader has the run folder. Here, on this machine: one process, one whose CPU is made two devices, and a pair that talks over loopback.
""")
code('''
workers = machines.free_addresses(2)
pair = [
    {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
    for index in range(2)
]
print(f"TF_CONFIG of the first: {pair[0]}")
found = {}
if ganedu.rehearsing():
    print("A rehearsal starts no processes.")
else:
    for strategy, tasks in {"one": [None], "mirrored": [None], "workers": pair}.items():
        began = time.monotonic()
        found[strategy] = machines.trained(strategy, tasks)
        print(f"{strategy:9s} {time.monotonic() - began:3.0f} s")
''')
code('''
for strategy in list(found)[1:]:
    pairs = [(found["one"][name], found[strategy][name]) for name in found["one"]]
    apart = np.concatenate([np.ravel(np.abs(a - b)) for a, b in pairs])
    told = f"largest {apart.max():.0e}, median {np.median(apart):.0e}"
    print(f"{strategy:9s} differences of a weight: {told}")
''')
md("""
READ THE OUTPUT HERE (measured with two devices: 2e-2 with seeds 0 and 1, 3e-6 with seed 2). Rounding, or a fault? One experiment decides: the layers of both networks in **float64**. The same twenty steps on two devices then end within $10^{-14}$ of those on one, with each of three seeds. So it is rounding: the rows of a batch are added up in another order, and the recipe's steps can let that grow. A fault stays: not divided, divided twice or with the same noise, weights are apart by more than .03 in float64 too. That is a test of the package. With SGD in place of Adam the same networks stay within $10^{-6}$ in float32; so do the smaller ones that the other tests train.

What sets `TF_CONFIG` and calls the command is a **launcher**, and good ones exist: in `notebooks/launchers/` are `slurm.sh`, `kubernetes.yaml` for Kubernetes' training operator, and `ray_train.py`. Several GPUs of one machine need none: `ganedu train` takes all that it finds. If a process dies, the others end with a sentence, and `--resume` goes on, with as many processes as you like then.
""")
md("""
## What talking costs

In each update the gradients of all replicas are added up, and everybody needs the sum. If each sends everything to one, who adds, that one is busy $n$ times as long. In a **ring** the gradient is cut into $n$ parts; each machine passes a part to its neighbour, who adds its own and passes on. After $n - 1$ turns each part is complete somewhere, after $n - 1$ more everybody has it. Each machine has sent

$$2\\,\\frac{n-1}{n} \\times \\text{the bytes of the gradient},$$

never more than twice, however many there are. But there are $2(n-1)$ turns, and each has to wait for the network once.
""")
exercise("19.2", """
### Exercise 19.2: eight replicas, from two measurements

A step took `one` seconds on one replica, and `two` on two that share the same batch. Computing is shared, talking grows as the bytes that a machine of the ring sends, and they come one after the other. Write `step_seconds(one, two, num_replicas)`. Stuck? `hint("19.2")`, then `solution("19.2")`.
""", '''
def step_seconds(one, two, num_replicas):
    """Seconds of a step on so many replicas, from those on one and on two."""
    raise NotImplementedError
'''.strip(), "step_seconds")
md("""
The recording has the seconds of a step on one process and on two, of one thread each, for several batches, widths and image sides. Talking was also timed alone: the gradients added up, and nothing else. What is left of a step is computing, and waiting for the slower one.
""")
code('''
steps = [row for row in recorded if row["part"] == "steps"]


def shown(batch, width, side):
    """The bars of one shape, by the number of processes."""
    bars = {}
    for row in steps:
        if (row["batch"], row["width"], row["side"]) == (batch, width, side):
            computing = row["seconds"] - row["talking"]
            told = {"computing": computing, "talking": row["talking"]}
            name = f"{row['replicas']} × one thread, batch {batch}, side {side}"
            bars[name] = told
    return bars


plotting.show(
    machines.parts_chart(shown(16, 16, 28) | shown(64, 16, 28) | shown(64, 48, 56)),
    "READ THE TABLE HERE.",
)
''')
md("""
**Strong** scaling shares the same batch; **weak** scaling lets each have as many rows as before. How many times as many images a second do two processes see as one?
""")
code('''
took = {(r["replicas"], r["batch"]): r["seconds"] for r in steps if r["width"] == 32}
print("rows of one  strong  weak")
for batch in (16, 32, 64):
    strong = took[1, batch] / took[2, batch]
    weak = 2 * took[1, batch] / took[2, 2 * batch]
    print(f"{batch:11d} {strong:5.2f} × {weak:3.2f} ×")
''', "nbval-check-output")
md("""
A model with four costs, for a step as such, a multiplication, a byte and a turn of the ring, is fitted to a half of the rows. **Predict first:** how far off is it on the other half?
""")
code('''
amounts, seconds = machines.measured(steps)
order = np.random.default_rng(0).permutation(len(steps))
costs = machines.fitted(amounts[order[::2]], seconds[order[::2]])
errors = np.abs(amounts[order[1::2]] @ costs / seconds[order[1::2]] - 1)
print(f"off by {np.median(errors):.0%} in the median, {max(errors):.0%} at most")
for name, cost in zip(machines.WAYS, costs):
    print(f"{name:10s} {cost:.2e} s each")
''', "nbval-check-output")
code('''
row = max((r for r in steps if r["replicas"] == 1), key=lambda r: r["seconds"])
amounts = [row[name] for name in ("multiplications", "bytes", "sums")]
replicas = [1, 2, 4, 8, 16, 32, 64]
ways = np.array([machines.ways(*amounts, n) for n in replicas])
gpus = costs / [10, 50, 50, 10]  # assumed, not measured: how many times as fast
same = [r for r in steps if all(r[k] == row[k] for k in ("batch", "width", "side"))]
curves = {"64 machines like this": (replicas, ways @ costs)}
curves["if nobody talked"] = (replicas, ways @ (costs * [1, 1, 0, 0]))
curves["8 GPUs, as assumed"] = (replicas[:4], ways[:4] @ gpus)
points = [r["replicas"] for r in same], [r["seconds"] for r in same]
plotting.show(
    machines.scaling_chart(curves, points),
    "READ THE TABLE HERE. Two points are measured; all lines are predictions.",
)
for name, (_, predicted) in curves.items():
    first, last = 1000 * predicted[0], 1000 * predicted[-1]
    print(f"{name}: one {first:.1f} ms, all {last:.1f} ms")
''')
md("READ THE TABLE HERE: where more machines stop paying, and what takes the time there. Beyond two processes all of this is a prediction: this machine has two cores, loopback is no network, and what the GPUs are assumed to do was not measured. Put your own figures in their place.")
exercise("19.3", """
### Exercise 19.3: read a profile

Three parts of a step, in milliseconds: computing, talking, and reading the next batch, which happens while this step computes and talks. You can make one of them twice as fast. Write `what_to_halve(computing, talking, reading)`: 0, 1 or 2, for the one that shortens the step most. Stuck? `hint("19.3")`, then `solution("19.3")`.
""", '''
def what_to_halve(computing, talking, reading):
    """0 computing, 1 talking, 2 reading: what, halved, shortens the step most."""
    raise NotImplementedError
'''.strip(), "what_to_halve")
md("""
## Half the bits

Many GPUs multiply numbers of 16 bits faster than those of 32. There are two kinds. **float16** has ten bits after the point and few for the exponent: nothing below $6 \\cdot 10^{-8}$, nothing above 65,504. **bfloat16** has the exponent of float32, and seven bits after the point. Under a **mixed** policy the layers compute in 16 bits; weights, losses, penalties' norms and optimizers stay in 32.

**Predict first:** which of these four survive in each kind: $1 + \\frac{1}{512}$, $10^{-6}$, $10^{-8}$, $10^{5}$?
""")
code('''
for number in (1 + 1 / 512, 1e-6, 1e-8, 1e5):
    with ganedu.startup.native_log_hidden():  # TensorFlow says what this machine lacks
        halves = [float(tf.cast(number, kind)) for kind in (tf.float16, tf.bfloat16)]
    print(f"{number:<12.9g} float16 {halves[0]:<12.5g} bfloat16 {halves[1]:.5g}")
''', "nbval-check-output")
md("""
Below $6 \\cdot 10^{-8}$ float16 has nothing but zero, and gradients of a generator can be that small. **Loss scaling** is the mend: multiply the loss by $s$ before the gradient is taken, divide the gradient by $s$ in float32. Here is a generator half of whose gradients are too small.
""")
code('''
tiny, latents = 2.0**-20, tf.ones((64, 2), tf.float16)


def generator_gradient(scale):
    """In float16, divided by the scale in float32."""
    weights, critic = tf.zeros(2, tf.float16), tf.constant([1.0, tiny], tf.float16)
    with tf.GradientTape() as tape:
        tape.watch(weights)
        images = latents * weights
        logits = tf.cast(tf.reduce_sum(images * critic, axis=1), tf.float32)
        loss = scale * tf.reduce_mean(tf.nn.softplus(-logits))
    return tf.cast(tape.gradient(loss, weights), tf.float32) / scale


for scale in (1.0, 2.0**15):
    print(f"scale {scale:>7.0f}:", *generator_gradient(scale).numpy())
''', "nbval-check-output")
md("""
The exact values are $-\\frac12$ and $-\\frac12 \\cdot 2^{-20}$. From now on this is `optimizers.LossScaled`, which `GAN.compile` puts around the optimizer of a network that computes in float16. It looks for the largest scale that does not overflow: where a gradient is infinite the update is left out and the scale halved. With bfloat16 nothing of it is needed.

**Predict first:** is mixed precision faster on *this* machine? Is **XLA**, a compiler that joins operations into one?
""")
code('''
def update_of(policy, **options):
    """The discriminator's update under a policy, compiled in one way or the other."""
    keras.config.set_dtype_policy(policy)
    pair = models.digit_generator(64, seed=SEED), models.digit_discriminator(seed=SEED)
    keras.config.set_dtype_policy("float32")
    half = training.GAN(*pair, 64, SEED)
    half.compile("sgd", "sgd", ema_half_life=None)
    return tf.function(half.discriminator_step, **options)


ways = {"float32": {}, "mixed_bfloat16": {}, "float32, XLA": {"jit_compile": True}}
images, first = tf.constant(digits.images[:32]), tf.constant(0, tf.int64)
for name, options in list(ways.items())[: 1 if ganedu.rehearsing() else 3]:
    with ganedu.startup.native_log_hidden():
        update = update_of(name.partition(",")[0], **options)
        seconds = seconds_of(update, images, first)
    print(f"{name:16s} {1000 * seconds:6.1f} ms")
''')
md("""
READ THE OUTPUT HERE. This is an answer about this machine, not about yours: measure before you switch anything on.

**On a GPU.** In Colab choose *Runtime → Change runtime type → T4 GPU*; nothing in the notebooks changes. The package takes a card's memory as it needs it, so two kernels can share one; data sets stay in the main memory. Two runs may differ by rounding unless `tf.config.experimental.enable_op_determinism()` is called first, which may cost speed. The course has no measured times for GPUs yet.
""")
md("""
## A thousand modes

Three digits on one another, as the red, green and blue of one image: $10^3$ modes, which the digit network can tell. On **Stacked MNIST** a DCGAN meets 79 or 99 of the thousand in published tables (Lin and others 2018, Srivastava and others 2017). First, what real digits get.
""")
code('''
def stacked(images, seed):
    """Images of three digits on one another, drawn at random: [n, 28, 28, 3]."""
    rows = np.random.default_rng(seed).choice(len(images), (3, NUM_STACKED))
    return np.concatenate(images[rows], axis=-1)


def counted(images):
    """How many of the thousand modes are met, and the divergence from equal shares."""
    seen = [features.digit_probabilities(images[..., [i]]).argmax(1) for i in range(3)]
    modes = np.polyval(seen, 10)
    told = metrics.class_histogram(modes, np.arange(1000), num_classes=1000)
    return int((told.shares > 0).sum()), told.kl


triples = stacked(data.load(digits.name, "test").images, SEED)
plotting.show(
    plotting.image_grid(triples[:16], columns=8, inches=6),
    "Sixteen real images of Stacked MNIST: three digits each, in red, green and blue.",
)
print("real digits, modes and divergence: {} {:.3f}".format(*counted(triples)))
''')
md("""
Even real digits do not get a divergence of 0: so few samples scatter over a thousand modes. That is the floor.

**Predict first:** a minute of training, with pairing and both penalties. How many modes?
""")
code('''
three = data.batches(digits.images, 96, SEED, num_steps=STACKED_STEPS)
three = three.map(lambda images: tf.concat(tf.split(images, 3), axis=-1))
pair = [
    models.digit_generator(64, (28, 28, 3), (32, 32), seed=SEED),
    models.digit_discriminator((28, 28, 3), (32, 32), seed=SEED),
]
thousand = training.GAN(*pair, 64, SEED)
adams = [keras.optimizers.Adam(2e-3, beta_1=0.5, beta_2=0.99) for _ in range(2)]
prices = penalties.r1(0.3), penalties.r2(0.3)
thousand.compile(*adams, "relativistic_pairing", prices, ema_half_life=20_000)
fitted = thousand.fit(three, verbose=0)
made = thousand.generate(NUM_STACKED, SEED)
plotting.show(
    plotting.image_grid(made[:16], columns=8, inches=6),
    "Sixteen generated images after a minute, taken as they come.",
)
print("generated, modes and divergence: {} {:.3f}".format(*counted(made)))
''')
md("The recording has four minutes of one core, three seeds and 26,000 samples. The first three programs differ by loss, penalty and packing alone. The fourth is the recipe of the digits as it is, the rival: among lesson 10's hundred modes it was the best.")
code('''
recording = shipped.recording("stacked")
print("real digits: {modes} modes, {kl:.4f}".format(**recording["floor"]))
for program in dict.fromkeys(row["program"] for row in recording["rows"]):
    of = [row for row in recording["rows"] if row["program"] == program]
    told = sorted((row["modes"] or 0, row["kl"] or np.inf) for row in of)
    print(f"{program:17s}", *(f"{modes:5d} {kl:7.3f}" for modes, kl in told))
''', "nbval-check-output")
md("READ THE TABLE HERE: modes and divergence of the four programs, seed by seed, beside real digits; who wins; the published 79 to 99 modes were met by another DCGAN, after longer training, judged by another network.")
md("""
## Summary

- Measure the parts of a step before you buy anything. What runs beside something longer costs nothing.
- Several replicas are one device if the batch is shared, the gradient divided once, the noise drawn for all and cut, and statistics taken over everybody.
- Rounding or fault? Compute in float64: rounding goes, a fault stays. Adam hides a factor.
- A launcher sets `TF_CONFIG` and calls the command.
- In a ring each machine sends at most twice the gradient, in $2(n-1)$ turns; computing falls like $1/n$, talking does not.
- float16 needs a scaled loss, bfloat16 does not. Whether either is faster, the machine decides.
""")
code('progress("19")')
md("""
**Next:** 20, a project of your own.

## References

- P. Goyal and others (2017), [Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour](https://arxiv.org/abs/1706.02677): the rule for the learning rate, for classifiers.
- P. Patarasuk, X. Yuan (2009), [Bandwidth optimal all-reduce algorithms for clusters of workstations](https://doi.org/10.1016/j.jpdc.2008.09.002): the ring.
- P. Micikevicius and others (2018), [Mixed Precision Training](https://arxiv.org/abs/1710.03740): float16 with a scaled loss.
- Z. Lin, A. Khetan, G. Fanti, S. Oh (2018), [PacGAN: The power of two samples in generative adversarial networks](https://arxiv.org/abs/1712.04086): packing; DCGAN's 78.9 modes.
- A. Srivastava and others (2017), [VEEGAN: Reducing Mode Collapse in GANs using Implicit Variational Learning](https://arxiv.org/abs/1705.07761): DCGAN's 99 modes.
- Y. Huang, A. Gokaslan, V. Kuleshov, J. Tompkin (2024), [The GAN is dead; long live the GAN! A Modern Baseline GAN](https://arxiv.org/abs/2501.05441): pairing with both penalties.
""")
cells.append(("code", "print(ganedu.startup.colophon(digits.name))", {"tags": ["colophon"]}))

made = nbformat.v4.new_notebook()
made.metadata = copy.deepcopy({k: nine["metadata"][k] for k in ("kernelspec", "language_info")})
for number, (kind, source, metadata) in enumerate(cells):
    new = nbformat.v4.new_markdown_cell if kind == "markdown" else nbformat.v4.new_code_cell
    cell = new(source, metadata=copy.deepcopy(metadata))
    cell["id"] = f"19-{number:02d}"
    made.cells.append(cell)
print("words without marks", sum(len(c.source.split()) for c in made.cells if c.cell_type == "markdown" and not c.source.startswith("READ")))
words = sum(len(c.source.split()) for c in made.cells if c.cell_type == "markdown")
read = [c for c in made.cells[2:] if c.cell_type == "code" and "nbgrader" not in c.metadata]
lines = sum(bool(l.strip()) for c in read for l in c.source.splitlines())
minutes = 5 * round((words / 80 + lines / 12 + 3 * 10) / 5)
made.cells[0].source = made.cells[0].source.replace("MINUTES", str(minutes))
nbformat.write(made, "notebooks/19_scaling_up.ipynb")
print(len(cells), "cells; widest code line", max(len(l) for k, s, _ in cells if k == "code" for l in s.splitlines()),
      "longest", max(len(s.splitlines()) for k, s, _ in cells if k == "code"), "minutes", minutes, "words", words)
