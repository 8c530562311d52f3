"""Builds notebooks/18_other_generators.ipynb; the cells that read the recording come with it."""
import copy, json, os
import re
os.chdir("/tmp/wt/l18")
thirteen = json.load(open("notebooks/13_from_image_to_image.ipynb"))
cells = []
def add(kind, source, **metadata): cells.append((kind, source.strip("\n"), metadata))
def md(source): add("markdown", source)
def code(source, *tags): add("code", source, **({"tags": list(tags)} if tags else {}))
def exercise(id, task, stub, name):
    md(task); n = id.replace(".", "-"); base = {"locked": False, "schema_version": 3, "task": False}
    add("code", stub, nbgrader={"grade": False, "grade_id": f"answer-{n}", "locked": False, "schema_version": 3, "solution": True, "task": False}, tags=["exercise"])
    add("code", f'check("{id}", {name})', nbgrader={"grade": True, "grade_id": f"check-{n}", "locked": True, "points": 1, "schema_version": 3, "solution": False, "task": False})
text = open("ganedu/exercises/lesson_18.py").read()
STUBS = dict(zip(re.findall(r'id="(18\.\d)"', text), re.findall(r"stub='''(.*?)'''", text, re.S)))
stub = lambda id: STUBS[id].rstrip("\n")

md(r"""
# 18 · Other generators

You will be able to write out what a variational autoencoder, a diffusion and a flow are trained by, to check each against a closed form, and to choose a generator for a need, by a table with the same minutes for all.

**Time:** 3 to 4 minutes to run on 2 CPU cores, MINUTES minutes to work through; no GPU needed. **Comes after** [13 · From image to image](13_from_image_to_image.ipynb); it needs the measures of [08 · How good is it?](08_how_good_is_it.ipynb).

*In JupyterLab: Run → Run All Cells. In Colab or Kaggle: upload the file that `uv run ganedu colab --out for-colab` writes of this lesson, and run all.*
""")
cells.append(("code", "".join(thirteen["cells"][1]["source"]), thirteen["cells"][1]["metadata"]))
code(r"""
import keras
import numpy as np
import tensorflow as tf
from ganedu import data, models, plotting, recipes, shipped
from ganedu.claims import claim
from ganedu.exercises import check, hint, progress, solution
from ganedu.playground import generators, pairs, paths as line
from ganedu.rivals import autoencoder, fitting, paths
""", "imports")
code(r"""
SEED = 0  # any other integer draws other weights and other noise
VAE_STEPS = ganedu.budget(1500)  # of the autoencoder: under a minute
BLUR_STEPS = ganedu.budget(800)  # of one with two latents: half a minute
LINE_STEPS = ganedu.budget(2000)  # of a network on the line: seconds
FLOW_STEPS = ganedu.budget(2500)  # of the flow: a minute and a half
NUM_TEST = 50 if ganedu.rehearsing() else 1000  # digits that no network here sees
""", "settings")
md(r"""
## Two questions often taken for one

"GANs differ from RNNs and CNNs", many introductions say. That compares a dish with a pot. Convolution and recurrence are *inside* a network. What makes a generator of it is another question: **what does it answer, and what is it trained by?**

| way to generate | the network says | trained by | calls for one image |
|---|---|---|---|
| GAN | the image of some latents | a discriminator | 1 |
| variational autoencoder (VAE) | the image of some latents | a bound on how probable the data are | 1 |
| autoregressive | how probable each level of the next pixel is | how probable the data are, exactly | one for each pixel |
| diffusion, flow | which image lies behind a noisy one | squared error | one for each step |

Any kind of network can stand in any row. Four of ours:
""")
code(r"""
four = {
    "GAN": models.digit_generator(seed=SEED),
    "VAE": autoencoder.autoencoder(seed=SEED).get_layer("generator"),
    "pixel by pixel": models.row_network(seed=SEED),
    "diffusion, flow": models.denoiser(**recipes.PATH_NETWORK, seed=SEED),
}
KINDS = ("Conv2D", "Conv2DTranspose", "Dense", "GRU")
for name, network in four.items():
    inside = {type(layer).__name__ for layer in network.layers}
    print(f"{name:16s} {network.count_params():,} weights:", *sorted(inside & {*KINDS}))
""", "nbval-check-output")
md(r"""
GAN and VAE draw with *the same* network, to the last weight. The one that draws pixel by pixel is recurrent *and* has a convolution.

First a look at the way that the last row goes:
""")
code(r"""
digits = data.load()
unseen = data.load(digits.name, "test").images
order = np.random.default_rng(SEED).permutation(len(unseen))[:NUM_TEST]
test = unseen[order]
noise = np.random.default_rng(SEED).standard_normal((4, 28, 28, 1))
times = np.linspace(0, 1, 10)
mixed = [[t * x + (1 - t) * e for t in times] for x, e in zip(test[:4], noise)]
rows = {f"digit {i + 1}": np.clip(np.stack(row), -1, 1) for i, row in enumerate(mixed)}
plotting.show(
    pairs.answers_panel(rows),
    "From noise, left, to a digit, right, on a straight line through the pixels: each "
    "picture is a weighted mean of the two at its ends.",
)
""")
md(r"""
## The autoencoder and its bound

A VAE has latents $z$ as a GAN has, drawn from $p(z)$, standard normal. Its **decoder** answers $G(z)$ and means it up to noise on each pixel: $p(x \mid z)$ is a Gaussian around $G(z)$ of standard deviation $s$. So every image has a density, $p(x) = \int p(z)\,p(x \mid z)\,dz$, and one would make the data's large. But that integral is out of reach: nearly all $z$ have nothing to do with $x$.

So a second network, the **encoder**, says which latents may belong to $x$: a Gaussian $q(z \mid x)$, a mean and a variance for each latent. Then

$$\log p(x) \;\ge\; \mathbb{E}_{q}\big[\log p(x \mid z)\big] - \operatorname{KL}\big(q(z \mid x) \,\Vert\, p(z)\big)$$

and what is missing is $\operatorname{KL}(q(z \mid x) \Vert p(z \mid x))$, how far the encoder is from the true posterior. Both networks raise the right side, the **bound**.
""")
md(r"""
Check it where all is known: one latent, one pixel, $G(z) = 2z$ and $s = 0.5$. Then $p(x)$ is a Gaussian of variance $2^2 + 0.5^2$, and the true posterior has a closed form.

**Predict first:** for which $q$ is the bound equal to $\log p(x)$, and can it be larger?
""")
code(r"""
def log_normal(x, mean, std):
    return -0.5 * ((x - mean) / std) ** 2 - np.log(std * np.sqrt(2 * np.pi))


slope, std, x = 2.0, 0.5, 1.5
draws = np.random.default_rng(0).standard_normal(1_000_000)


def bound(mean, variance):
    z = mean + np.sqrt(variance) * draws
    likelihood = log_normal(x, slope * z, std).mean()
    return likelihood - (mean**2 + variance - 1 - np.log(variance)) / 2


total = slope**2 + std**2
encoders = {
    "the true posterior": (slope * x / total, std**2 / total),
    "right mean, too wide": (slope * x / total, 0.2),
    "too narrow": (slope * x / total, 0.005),
    "mean a little off": (0.5, std**2 / total),
    "the prior": (0.0, 1.0),
}
print(f"{'log p(x)':22s} {log_normal(x, 0, np.sqrt(total)):6.2f}")
for name, q in encoders.items():
    print(f"{name:22s} {bound(*q):6.2f}")
""", "nbval-check-output")
md(r"""
<details><summary>Answer</summary>

At the true posterior, and only there; never larger, as a KL is never negative. An encoder that says too little (the prior) pays, and one that is too sure.

</details>
""")
exercise("18.1", r"""
### Exercise 18.1: what the encoder's word costs

The last term has a closed form. Write `kl_to_prior(means, log_variances)`: both `[n, latents]`, what the encoder says of $n$ images; the *logarithm* of a variance may be any number. Return `[n]`: the KL from each Gaussian to the standard normal, in nats. Stuck? `hint("18.1")`, then `solution("18.1")`.
""", stub("18.1"), "kl_to_prior")
md(r"""
### On digits

A draw from $q$ is mean + standard deviation · noise, so a gradient passes. The loss of the first output is $-\log p(x \mid z)$, that of the second the KL; the rest is Keras' own `fit`:
""")
code(r"""
told = recipes.RIVALS["autoencoder"]
latent_dim, size = told["latent_dim"], told["batch_size"]


def trained_autoencoder(latent_dim, losses, num_steps):
    network = autoencoder.autoencoder(latent_dim, seed=SEED)
    given = autoencoder.batches(digits.images, latent_dim, size, SEED)
    fitting.fit(network, given, losses, num_steps, told)
    return network


vae = trained_autoencoder(latent_dim, autoencoder.losses(told["pixel_std"]), VAE_STEPS)
answers, cost = vae.predict([test, np.zeros((len(test), latent_dim))], verbose=0)
plotting.show(
    pairs.answers_panel(
        {
            "unseen": test[:12],
            "answered": answers[:12],
            "drawn": autoencoder.generate(vae, 12, SEED),
        }
    ),
    "Above unseen digits, in the middle what the decoder makes of the encoder's word, "
    "below what it makes of latents from the prior.",
)
print(f"The encoder says {cost.mean():.0f} nats about an image, in the mean.")
""")
md(r"""
### Why they blur

"VAEs blur because of the KL term", one reads. **Predict first:** take the KL term away, and leave two latents to the network. Are its answers as sharp as digits?
""")
code(r"""
def grey(images):  # share of pixels that are neither dark nor light
    return float(np.mean(np.abs(images) < 0.5))


pixels, _ = autoencoder.losses(told["pixel_std"])
free = [pixels, lambda nothing, cost: 0 * cost]  # what the encoder says costs nothing
narrow = trained_autoencoder(2, free, BLUR_STEPS)
encoder, few = narrow.get_layer("encoder"), digits.images[:5000]
z, known = (encoder.predict(images, verbose=0)[0] for images in (test, few))
apart = ((z[:, None] - known[None]) ** 2).sum(axis=-1)
nearest = np.argsort(apart, axis=1)[:, :20]  # who shares the latents
both = {
    "unseen": test,
    "64, with KL": answers,
    "2, without": narrow.predict([test, np.zeros((len(test), 2))], verbose=0)[0],
    "mean of 20": few[nearest].mean(axis=1),
}
plotting.show(
    pairs.answers_panel({name: images[:12] for name, images in both.items()}),
    "Third row: two latents that cost nothing, and blur all the same. Below it the "
    "mean of the 20 training digits whose latents are nearest: much the same picture.",
)
""")
code(r"""
for name, images in both.items():
    print(f"{name:12s} grey pixels {grey(images):.1%}")


def off(name):  # mean squared distance to the answers from two latents
    return float(np.mean((both["2, without"] - both[name]) ** 2))


print(f"off the digit {off('unseen'):.3f}, off the mean of 20 {off('mean of 20'):.3f}")
claim(
    "Without the KL term, too, more pixels are grey than in real digits.",
    grey(both["2, without"]) > 1.2 * grey(both["unseen"]),
)
claim(
    "The answers are nearer to the mean of those that share the latents.",
    off("mean of 20") < 0.5 * off("unseen"),
)
""")
md(r"""
<details><summary>Answer</summary>

No. Two numbers cannot tell all digits apart, so many share one $z$, and the squared error of each pixel makes their mean the best answer: lesson 13's two bands once more. The KL decides how *many* share, by pricing what the encoder says. A discriminator would see a mean at once.

</details>
""")
md(r"""
## Pixel by pixel

The chain rule of probability needs no bound: $p(x) = \prod_i p(x_i \mid x_1 … x_{i-1})$. `models.row_network` reads the rows above with a GRU and the pixels to the left with a convolution, says how probable each level of the next pixel is, and is trained by cross-entropy (lesson 01): the likelihood, exactly. The price is in the drawing: pixel 784 waits for pixel 783. It comes back in the table.
""")
md(r"""
## From noise along a path

Mix an image $x$ and noise $\varepsilon$, where time runs from the noise, $t = 0$, to the image, $t = 1$:

$$x_t = t\,x + (1 - t)\,\varepsilon \qquad\qquad \frac{dx_t}{dt} = x - \varepsilon$$

This is the **straight** path of *rectified flow*. Which density has $x_t$? Take numbers for images, around −1 and 1, of standard deviation 0.2. Then it is two Gaussians around $\pm t$ with variance $0.2^2\,t^2 + (1 - t)^2$:
""")
code(r"""
numbers = line.numbers(200_000, SEED)
noises = np.random.default_rng(SEED).standard_normal(numbers.shape)
on_way = {t: t * numbers + (1 - t) * noises for t in (0.0, 0.4, 0.7, 1.0)}
plotting.show(
    line.densities_panel(paths.STRAIGHT, on_way),
    "From one hump, noise alone, to two: histograms of the mixed numbers in grey, the "
    "closed form as a line.",
)
""")
code(r"""
for t, mixed in on_way.items():
    exact = t**2 * (1 + 0.2**2) + (1 - t) ** 2  # the two humps lie t from the middle
    print(f"t = {t}: variance {mixed.var():.2f}, closed form {exact:.2f}")
""", "nbval-check-output")
md(r"""
### Which way?

In one place $x_t$ many pairs of an image and a noise meet, each with its own velocity $x - \varepsilon$. A network $v(x_t, t)$ that is trained by squared error learns their **mean**, as L2 always does:

$$v(x_t, t) = \mathbb{E}\left[\,x - \varepsilon \mid x_t\,\right]$$

Blur again? No: go along the mean velocity in small steps, from noise on, and the *density* at each time is that of $x_t$ (Lipman and others, 2023). On the line the mean has a closed form, `line.mean_velocity`. Does a network find it?
""")
code(r"""
mover = models.mlp_generator(2, 1, (64, 64), seed=SEED)
mover.compile(keras.optimizers.Adam(3e-3), "mse")
random = np.random.default_rng(SEED)
for _ in range(max(1, LINE_STEPS // 500)):
    x = line.numbers(128_000, int(random.integers(2**31)))
    e, t = random.standard_normal(x.shape), random.random(x.shape)
    met = np.concatenate([t * x + (1 - t) * e, t], axis=1)
    mover.fit(met[: 256 * LINE_STEPS], (x - e)[: 256 * LINE_STEPS], 256, verbose=0)


def learned(path, points, time):
    given = np.stack([points, np.full(len(points), time)], axis=1)
    return mover(tf.constant(given, tf.float32)).numpy()[:, 0]


places = np.linspace(-2, 2, 41)
apart = [
    np.abs(learned(None, places, t) - line.mean_velocity(paths.STRAIGHT, places, t))
    for t in (0.1, 0.5, 0.8)
]
means = [each.mean() for each in apart]
print("mean difference at t = .1, .5, .8:", *(f"{value:.2f}" for value in means))
claim("The network's velocity is the mean of those that meet.", max(means) < 0.3)
""")
code(r"""
starts = np.random.default_rng(1).standard_normal(40)
chords = np.stack([starts, line.numbers(40, 1)[:, 0]])
ways = {
    "pairs of noise and number": chords,
    "mean velocity, 50 steps": line.walked(paths.STRAIGHT, starts, 50),
    "the network's, 50 steps": line.walked(paths.STRAIGHT, starts, 50, learned),
}
plotting.show(
    line.ways_panel(ways),
    "Left what the network is shown: straight lines that cross. Right of it where the "
    "mean leads: ways that never cross, and end at both humps.",
)
""")
exercise("18.2", r"""
### Exercise 18.2: go the way

Write `walk(velocity, noise, num_steps)`: begin at `noise`, an array, at time 0, and go `num_steps` steps of equal length along `velocity(points, time)`; the time is one number. Return where you are at time 1. Stuck? `hint("18.2")`, then `solution("18.2")`.
""", stub("18.2"), "walk")
md(r"""
### On digits

The same with images: a U-shaped network with the time as a second input, `models.denoiser`. What to ask it for? Whoever knows the mean of the images behind a point knows its mean velocity:

$$v(x_t, t) = \frac{\mathbb{E}[x \mid x_t] - x_t}{1 - t}$$

So we ask for the **image**, by squared error. (Li and He, 2025, give a reason: images are few among all that pixels can show; noise and velocities are not.)

**Predict first:** where does *one* step from noise lead?
""")
code(r"""
told = recipes.RIVALS["path"]


def trained_path(path, num_steps):
    network = models.denoiser(**recipes.PATH_NETWORK, seed=SEED)
    given = paths.batches(path, digits.images, told["batch_size"], SEED)
    fitting.fit(network, given, "mse", num_steps, told)
    return network


flow = trained_path(paths.STRAIGHT, FLOW_STEPS)
steps = (1, 2, 4, 10, 50)
drawn = {
    number: paths.generate(paths.STRAIGHT, flow, 12, SEED, number) for number in steps
}
plotting.show(
    pairs.answers_panel({f"{n} steps": images for n, images in drawn.items()}),
    "The same twelve noises in each row: after one step nearly the same grey cloud for "
    "all, with more steps strokes.",
)
unlike = {number: drawn[number].std(axis=0).mean() for number in steps}
print("how unlike the twelve are:", *(f"{n}: {v:.2f}" for n, v in unlike.items()))
claim("One step gives nearly one picture for all noises.", unlike[1] < unlike[50] / 2)
""")
md(r"""
<details><summary>Answer</summary>

To the mean of all digits, $\mathbb{E}[x]$: at $t = 0$ the point is noise alone and tells nothing of the image. Blur again, where one call must answer for all.

</details>
""")
md(r"""
### The other path

A **diffusion** goes the same way on an arc: $x_t = \sin\theta\; x + \cos\theta\;\varepsilon$, with $\theta$ from 0 to a right angle. A step asks for the image behind $x_t$, takes the noise that then follows, and mixes the two as they are one angle later: a turn. That is **DDIM**. **DDPM**, the older of the two, goes back a chain of small random steps: each time it exchanges a part of the noise for fresh noise, `fresh=1` in `paths.walk`.

Usually such a network is asked for the noise. One follows from the other; we ask both paths for the image, so that nothing but the path differs.
""")
code(r"""
x, e = np.random.default_rng(0).normal(size=(2, 3, 5))
times, angle = np.array([0.0, 0.3, 0.8]), np.pi / 2 * 0.1  # a step of a tenth
theta = np.pi / 2 * times[:, None]
points = np.sin(theta) * x + np.cos(theta) * e
found = paths.noise_behind(paths.ARC, *map(tf.constant, (points, x, times)))
print("the noise is found again:", np.allclose(found, e))
across = np.cos(theta) * x - np.sin(theta) * e  # at right angles to the point
turned = np.cos(angle) * points + np.sin(angle) * across
later = paths.between(paths.ARC, *map(tf.constant, (x, e, times + 0.1)))
print("a step is a turn:", np.allclose(turned, later))
""", "nbval-check-output")
md(r"""
## One table

`tests/benchmarks/generators.py` trained each on MNIST for the same time: 150 seconds on two idle cores, five minutes of processor time, with three seeds. The networks that draw have like sizes, WEIGHTS; all are averaged (EMA, lesson 10).

Fréchet distances are of 1,000 images, and below a hundred calls of 10,000 too. *Sure*: share that the digit network is sure of; *cover*: share of real digits with a generated one in their neighbourhood; *copied*: the memorised share, .050 is none. Milliseconds are of an image among a hundred, and *alone*.

**Predict first:** order the rows by their distance; then by the milliseconds of an image.
""")
code(r"""
recording = shipped.recording("generators")
every, floor = generators.medians(recording), recording["floor"]
rows = [row for row in every if "student" not in row["name"]]  # they come later
generators.print_table(rows, floor)
""", "nbval-check-output")
code(r"""
plotting.show(
    generators.quality_panel(rows, floor["frechet_few"]),
    "Left is quicker, down more like real digits, dotted the distance of real ones; "
    "blue is one call of a network, brown several; a bar is the range of the seeds.",
)
""")
code(r"""
shown = shipped.pictures("generators")
plotting.show(
    pairs.answers_panel({row["name"]: shown[row["name"]] for row in rows}),
    "The first ten images of each way of drawing, of the first seed: none is chosen.",
)
""", "picture")
md(r"""
READ THE TABLE HERE: which lead at one call and at many; what DDPM loses from 1000 to 50 and 10 steps and what the flow does; where the GAN wins and where it loses; who copies.

What no column says: VAE and pixels give a *likelihood* (a bound, and exactly), the GAN none. Of a path one chooses the steps after the training. And all this is five minutes on digits: at other budgets the order may be another.
""")
exercise("18.3", r"""
### Exercise 18.3: choose for a need

"Which is the best?" has no answer; "which is the best of those that draw an image in at most so many milliseconds?" has one. Write `choose(distances, milliseconds, most)`: `distances` `[programs, runs]`, a failed run has `np.inf`; `milliseconds` `[programs]`; `most` a number. Return the place, from 0, of the program with the least *median* distance among those that take at most `most`. At least one does. Stuck? `hint("18.3")`, then `solution("18.3")`.
""", stub("18.3"), "choose")
md(r"""
From the table, for four needs:
""")
code(r"""
for most in (0.1, 1, 10, 100):
    quick = [row for row in rows if row["milliseconds"] <= most]
    if quick:
        best = min(quick, key=lambda row: row["frechet_few"])
        print(f"at most {most:5} ms: {best['name']:20s} {best['frechet_few']:7.1f}")
""", "nbval-check-output")
md(r"""
## The two meet: a student that takes one step

A flow takes many steps, a GAN one. Let a **student** go the whole way of *your own* flow at once. It starts with the flow's weights, and sees 20,000 noises with the images that ten steps make of them. Three ways to train it, a further minute each (beside the teacher's time and that of the pairs):

- **regression:** squared distance to the teacher's image, for the same noise;
- **adversarial:** a discriminator that sees real digits and the student's, and nothing of the teacher but the start;
- **both:** $\operatorname{softplus}(-f) + \kappa \cdot \operatorname{mean}(\hat x - x_{\text{teacher}})^2$, as in lesson 13.

`rivals.students` gives the last two to the one step of `training.GAN`: the noise is the condition, the distance a term.

**Predict first:** which of them blurs, and why?
""")
code(r"""
others = ("diffusion", "VAE", "pixel by pixel")
mine = [row for row in every if row["program"] not in others]
generators.print_table(mine, floor)
""", "nbval-check-output")
code(r"""
plotting.show(
    generators.quality_panel(mine, floor["frechet_few"]),
    "The flow, brown with several calls, its students and the GAN, blue with one. "
    "Axes, bars and dots are as above.",
)
""")
code(r"""
names = [row["name"] for row in mine if row["evaluations"] in (1, 10)]
plotting.show(
    pairs.answers_panel({name: shown[name] for name in names}),
    "Ten images each of the flow after ten steps and after one, of its students, whose "
    "noise is the same, and of the GAN, whose latents are its own.",
)
""", "picture")
md(r"""
<details><summary>Answer</summary>

READ THE TABLE HERE. To one noise belongs *one* image of the teacher, so regression is not asked for a mean of many. But ten calls can do more than one, and where one cannot tell two noises apart it answers both with their mean.

</details>
""")
md(r"""
## What the field does with the adversarial loss in 2026

- *From nothing:* transformers in the latents of an autoencoder, trained as a GAN, draw ImageNet's classes at 256×256 pixels in one call with an FID of 2.18 (Hyun, Lee, Heo, ICML 2026). *Adversarial flow models* add a pull to one way among the many from noise to images, the squared distance of image and noise: 2.38, and 1.94 with 112 layers (Lin and others, 2025). Without an adversary a *mean flow*, which learns the mean velocity over a stretch of the way, reaches 3.43 (Geng and others, 2025). Three recipes: no ranking.
- *After a diffusion,* to make its steps few: beside the teacher's word (*adversarial diffusion distillation*, Sauer and others, 2023); after the regression was dropped (*DMD2*, Yin and others, 2024: one step, FID 1.28 on ImageNet at 64×64, better than its teacher); alone (Zheng, Yang, ICML 2025). *Adversarial post-training* draws two seconds of video of 1280×720 pixels in one call (Lin and others, 2025). In June 2026 a model of eight steps learned to need two; its discriminator takes the *teacher's* images for real ones (Liu and others, 2026).
- *And away from it:* ViTok-v2, an autoencoder of 5 billion weights, replaced the adversarial loss by distances in the features of a ready network (May 2026).

In one sentence: where *one* call must answer, somebody has to tell a plausible answer from a mean of answers, and a discriminator is a common way to do it.
""")
md(r"""
## Summary

- What a network answers and what it is trained by make a generator; convolution and recurrence are inside it.
- A VAE raises a bound on $\log p(x)$; the gap is how far its encoder is from the true posterior. Its decoder answers, pixel by pixel, the mean of all images that share a latent.
- A flow and a diffusion learn the mean image behind a noisy one, and so the mean velocity. Many small steps lead to the data, one step to the mean of all.
- READ THE TABLE HERE: one line of the finding.
- First the need (milliseconds, likelihood, steps), then the table.
""")
code('progress("18")')
md(r"""
**Next:** 19, scaling up, comes later.

## References

- D. P. Kingma, M. Welling (2014), [Auto-Encoding Variational Bayes](https://arxiv.org/abs/1312.6114).
- A. van den Oord, N. Kalchbrenner, K. Kavukcuoglu (2016), [Pixel Recurrent Neural Networks](https://arxiv.org/abs/1601.06759).
- J. Ho, A. Jain, P. Abbeel (2020), [Denoising Diffusion Probabilistic Models](https://arxiv.org/abs/2006.11239): DDPM.
- J. Song, C. Meng, S. Ermon (2021), [Denoising Diffusion Implicit Models](https://arxiv.org/abs/2010.02502): DDIM.
- Y. Lipman and others (2023), [Flow Matching for Generative Modeling](https://arxiv.org/abs/2210.02747).
- X. Liu, C. Gong, Q. Liu (2023), [Flow Straight and Fast](https://arxiv.org/abs/2209.03003): rectified flow.
- T. Li, K. He (2025), [Back to Basics: Let Denoising Generative Models Denoise](https://arxiv.org/abs/2511.13720).
- Of the field: A. Sauer and others (2023), [Adversarial Diffusion Distillation](https://arxiv.org/abs/2311.17042); T. Yin and others (2024), [DMD2](https://arxiv.org/abs/2405.14867); S. Lin and others (2025), [Adversarial Post-Training](https://arxiv.org/abs/2501.08316) and [Adversarial Flow Models](https://arxiv.org/abs/2511.22475); B. Zheng, T. Yang (2025), [Revisiting Diffusion Models](https://arxiv.org/abs/2506.09376); Z. Geng and others (2025), [Mean Flows](https://arxiv.org/abs/2505.13447); S. Hyun, M. Lee, J.-P. Heo (2026), [Scalable GANs with Transformers](https://arxiv.org/abs/2509.24935); D. Liu and others (2026), [High-Fidelity Two-Step Image Generation](https://arxiv.org/abs/2606.12575); [ViTok-v2](https://arxiv.org/abs/2605.05331) (2026).
""")
cells.append(("code", "print(ganedu.startup.colophon(digits.name))", {"tags": ["colophon"]}))

words = sum(len(s.split()) for k, s, _ in cells if k == "markdown")
lines = sum(bool(l.strip()) for k, s, m in cells if k == "code" and "nbgrader" not in m and "bootstrap" not in m.get("tags", []) for l in s.splitlines())
minutes = 5 * round((words / 80 + lines / 12 + 30) / 5)
made = {"cells": [], "metadata": {k: thirteen["metadata"][k] for k in ("kernelspec", "language_info")}, "nbformat": 4, "nbformat_minor": 5}
for number, (kind, source, metadata) in enumerate(cells):
    cell = {"cell_type": kind, "id": f"18-{number:02d}", "metadata": metadata, "source": source.replace("MINUTES", str(minutes)).replace("WEIGHTS", "between 219,000 and 261,000 weights").splitlines(True)}
    if kind == "code": cell |= {"execution_count": None, "outputs": []}
    made["cells"].append(cell)
json.dump(made, open("notebooks/18_other_generators.ipynb", "w"), indent=1, sort_keys=True, ensure_ascii=False)
open("notebooks/18_other_generators.ipynb", "a").write("\n")
print(len(cells), "cells; minutes", minutes, "words", words, "lines", lines, "widest code line", max(len(l) for k, s, _ in cells if k == "code" for l in s.splitlines()),
      "longest", max(len(s.splitlines()) for k, s, _ in cells if k == "code"))
src = []
for k, s, _ in cells:
    if k == "code": src.append(f"print('--- cell', {json.dumps(s[:50])}, flush=True); _t=__import__('time').process_time()\n{s}\nprint('   cpu', round(__import__('time').process_time()-_t,1), flush=True)")
open("/tmp/l18x/cells.py", "w").write("\n\n".join(src))
