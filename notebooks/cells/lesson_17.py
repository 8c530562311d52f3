import copy, json, nbformat, sys
sys.path.insert(0, "/tmp/wt/l17")
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from ganedu.exercises import lesson_17
ROOT = "/tmp/wt/l17/notebooks/"
old = nbformat.read(ROOT + "12_on_request.ipynb", as_version=4)
EX = {e.id: e for e in lesson_17.EXERCISES}
cells = []
def md(text): cells.append(new_markdown_cell(text.strip("\n")))
def code(text, *tags):
    cells.append(new_code_cell(text.strip("\n"), metadata={"tags": list(tags)} if tags else {}))
def exercise(id, task):
    e, dashed = EX[id], id.replace(".", "-")
    md(task)
    common = {"schema_version": 3, "task": False}
    c = new_code_cell(e.stub.rstrip("\n")); c.metadata = {"nbgrader": {"grade": False, "grade_id": f"answer-{dashed}", "locked": False, "solution": True, **common}, "tags": ["exercise"]}
    cells.append(c)
    c = new_code_cell(f'check("{id}", {e.name})'); c.metadata = {"nbgrader": {"grade": True, "grade_id": f"check-{dashed}", "locked": True, "points": 1, "solution": False, **common}}
    cells.append(c)

md("""
# 17 · Sound and text

You will be able to train a GAN on sounds, as waves or as spectrograms; to say why no gradient comes through a choice, and two ways around it; and to place whoever writes words in the plane of quality and variety.

**Time:** 3 to 4 minutes to run on 2 CPU cores, MINUTES minutes to work through; no GPU needed. **Comes after** [12 · On request](12_on_request.ipynb); it needs the measures of [08 · How good is it?](08_how_good_is_it.ipynb).

*In JupyterLab: Run → Run All Cells. In Colab or Kaggle: upload the file that `uv run ganedu colab --out for-colab` writes of this lesson, and run all.*
""")
b = copy.deepcopy(old.cells[1]); b.outputs = []; b.execution_count = None; cells.append(b)
code("""
import keras
import numpy as np
import tensorflow as tf
from ganedu import data, plotting, recipes, shipped, sounds, walks
from ganedu.claims import claim
from ganedu.exercises import check, hint, progress, solution
from ganedu.playground import sound, words
from scipy import special, stats
""", "imports")
code("""
SEED = 0  # any other integer draws other sounds and other words
STEPS = ganedu.budget(1200)  # of each GAN of sounds: about a minute on 2 CPU cores
LIKELIHOOD_STEPS = ganedu.budget(3000)  # of the writer: 10 seconds
GAN_STEPS = ganedu.budget(1500)  # of the GAN of words: half a minute
NUM_SOUNDS = 96 if ganedu.rehearsing() else 4000  # to train on
NUM_MADE = 12 if ganedu.rehearsing() else 600  # to measure
NUM_WORDS = 200 if ganedu.rehearsing() else 20_000  # to train on
NUM_READ = 50 if ganedu.rehearsing() else 4000  # words to measure
HEATS = [1.0] if ganedu.rehearsing() else [0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1]  # τ
""", "settings")
md("""
## A string, a reed and a bell

A GAN does not know that it makes images: any array of numbers in [−1, 1] can be made by the same step. We begin with sounds that the course draws itself. Of each we know the kind, the **pitch** (how often it swings in a second, in hertz) and the **decay** (how long until 1/e of its loudness is left, in seconds).
""")
code("""
drawn = sounds.draw(NUM_SOUNDS, seed=SEED)
three = [np.argmax(drawn.labels == kind) for kind in range(3)]
plotting.show(
    sound.sounds_panel(drawn.waves[three], sounds.KINDS),
    "A string, a reed and a bell: above what the loudspeaker does, below which "
    "frequencies are loud when.",
    64,
)
sound.play(drawn.waves[three], "A string, a reed and a bell, one after the other.")
""")
md("""
A string swings at all whole multiples of its pitch, a reed at the odd ones, a bell at 2.757 and 5.404 times it: the bright lines of the lower pictures.

**Try:** how high may the pitch be until a string sounds like a reed? (What would swing at more than 3,600 hertz is left out; above 4,000 the samples cannot tell it from something lower.)
""")
code('sound.tone_explorer()')
md("""
And these are made up, by a generator in the box that was never told what a pitch is:
""")
code("""
boxed = shipped.network("sounds")
latent_dim = boxed.input_shape[0][1]
shape = NUM_MADE, latent_dim
latents = np.random.default_rng(SEED).standard_normal(shape, "float32")
asked = np.arange(NUM_MADE) % 3  # a string, a reed, a bell, and again
from_box = sounds.waves_of(boxed([latents, asked]).numpy(), seed=SEED)
sound.play(from_box[:6], "Made up: a string, a reed, a bell, and again.")
""")
md("""
## An image one pixel high

A wave has the shape [samples, 1]: an image with one long side. The same step trains on it. Four things change.

**How far a layer sees.** After $l$ layers with a kernel of $k$ and a stride of $s$ (lesson 04) one number depends on $1 + (k - 1)(1 + s + \\dots + s^{l-1})$ inputs.
""")
code("""
def seen(kernel, stride, num_layers):
    return 1 + (kernel - 1) * sum(stride**i for i in range(num_layers))


for kernel, stride in ((4, 2), (16, 4)):
    told = [seen(kernel, stride, num_layers) for num_layers in (1, 2, 3, 4)]
    print(f"kernel {kernel:2}, stride {stride}: sees", *told, "samples")
print("one swing of 200 hertz:", sounds.RATE // 200, "samples")
x = tf.Variable(np.zeros((1, 256, 1), np.float32))
with tf.GradientTape() as tape:
    h = x
    for _ in range(3):
        h = tf.nn.conv1d(h, tf.ones((4, 1, 1)), 2, "VALID")
    middle = h[:, 10]
print("by the gradient, 3 layers:", int(np.sum(tape.gradient(middle, x) != 0)))
""", "nbval-check-output")
md("""
Four layers as for images see 46 samples: one swing of a low tone, and not whether the next one fits. So kernels for waves are long: 16 samples here, as many weights as 4×4 pixels, with strides of 4 (`models.wave_generator`).

**Phase. Predict first:** turn a wave upside down. Does it sound different? And what is the mean of the two?
""")
code("""
wave = drawn.waves[three[:1]]
gap = np.abs(wave - -wave).mean() / np.abs(wave).mean()
pictures = sounds.spectrograms(np.concatenate([wave, -wave]))
print(f"the waves differ by {gap:.1f} times the wave's own mean size")
print(f"their spectrograms differ by {np.abs(pictures[0] - pictures[1]).max():.6f}")
print(f"the mean of both: {np.abs((wave + -wave) / 2).max():.1f}")
""", "nbval-check-output")
md("""
<details><summary>Answer</summary>

It sounds the same: the ear hardly hears the phase, where in its swing a tone begins. As numbers the two are far apart, and their mean is silence. A network that is paid by squared error answers with the mean of all that fits (lesson 13): here nothing at all.

</details>

**Copies.** A transposed convolution with stride 4 puts three zeros between two samples, and then a kernel over it. What do the zeros do to a pure tone?
""")
code("""
slow = np.sin(2 * np.pi * 312.5 * np.arange(512) / 2000)  # 2,000 samples a second
fast = np.zeros(2048)
fast[::4] = slow  # 8,000 samples a second
loud = np.abs(np.fft.rfft(fast * np.hanning(2048)))
print("loud:", *np.flatnonzero(loud > 0.9 * loud.max()) * 8000 / 2048, "hertz")
""", "nbval-check-output")
md("""
Three tones more, mirrored about 1,000, 2,000 and 3,000 hertz: the checkerboard of lesson 04, made audible. The kernel has to take them away.

**Silence.** A short sound is soon over; much of a wave is nearly nothing, and has to be made too:
""")
code("""
loud = np.abs(drawn.waves) > 0.02 * sounds.PEAK
print(f"samples above 2 % of the peak: {loud.mean():.0%}")
print(f"the same of the last quarter: {loud[:, -512:].mean():.0%}")
""")
md("""
## A picture of a sound

The other way: make the sound a picture, a **spectrogram**, for the images' networks. Cut the wave into overlapping **frames**, fade each in and out, ask how loud each frequency is, take the logarithm. Written out once, then `sounds.spectrograms`:
""")
code("""
padded = np.pad(wave[0, :, 0], 64)  # the first frame's middle is the first sample
frames = np.lib.stride_tricks.sliding_window_view(padded, 128)[::64][:32]
window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(128) / 128)
loudness = np.abs(np.fft.rfft(frames * window)).T[:64] / 32  # ±1 swinging is 1
decibels = 20 * np.log10(np.maximum(loudness, 1e-3))  # from −60 to 0
picture = 1 + decibels / 30  # from −1 to 1
gap = np.abs(picture - sounds.spectrograms(wave)[0, :, :, 0]).max()
print("shape", picture.shape, "- equal to 0.001:", gap < 1e-3)
""", "nbval-check-output")
exercise("17.1", """
### Exercise 17.1: what a row stands for

Write `loudest_frequency(spectrogram, rate, frame)`: the spectrogram has a row for each frequency, the lowest first, and a column for each time; `rate` is samples a second, `frame` the samples of a frame. Row $k$ is how much swings $k$ times in a frame. Return the frequency, in hertz, of the row in which the single loudest place lies. Stuck? `hint("17.1")`, then `solution("17.1")`.
""")
md("""
### And back

The picture has no phases. **Griffin-Lim** invents some: draw them, make the wave that fits best, take *its* phases with the picture's loudness, and again. `sounds.waves_of` does 30 such rounds. Each generated picture must go that way; real sounds that went it are the **floor**.
""")
code("""
real = sounds.draw(NUM_MADE, seed=SEED + 1)  # sounds that no network sees
again = sounds.waves_of(sounds.spectrograms(real.waves), seed=SEED)
off = np.abs(sounds.pitch_of(again) / real.pitch - 1)
print(f"pitch after Griffin-Lim: off by {np.median(off):.1%} in the median")
print(f"off by half a tone or more (6 %): {np.mean(off > 0.06):.1%} of the sounds")
some = [np.argmax(real.labels == kind) for kind in range(3)]
pairs = np.concatenate([[real.waves[i], again[i]] for i in some])
sound.play(pairs, "Each sound, and the same after Griffin-Lim: nearly as before.")
""")
md("""
## Two GANs of sounds

The recipe of lesson 12, with the kind as the label. One GAN makes spectrograms, with the images' networks, one makes waves. Same steps, same batches.

**Predict first:** which of the two will have the right pitches? And which the right decays?
""")
code("""
size = recipes.SOUNDS["batch_size"]
pictures = sounds.spectrograms(drawn.waves)


def trained(form, examples):
    gan = recipes.sound_gan(SEED, settings={**recipes.SOUNDS, "form": form})
    told = {"conditions": drawn.labels, "verbose": 0}
    gan.fit(examples, size, steps_per_epoch=STEPS, **told)
    return gan


of_pictures = trained("spectrograms", pictures)
of_waves = trained("waves", drawn.waves)
""")
code("""
fakes = of_pictures.generate(NUM_MADE, SEED, conditions=asked)
made = {
    "as spectrograms": sounds.waves_of(fakes, seed=SEED),
    "as waves": of_waves.generate(NUM_MADE, SEED, conditions=asked),
}
for form, waves in made.items():
    plotting.show(
        sound.sounds_panel(waves[:3], sounds.KINDS),
        f"Made {form}: asked for a string, a reed and a bell.",
        64,
    )
    sound.play(waves[:6], f"Made {form}: a string, a reed, a bell, and again.")
""")
md("""
To listen is not to measure. The law of our sounds is known, so for once we can ask more than "like real ones?": are pitches and decays spread as they should be? `sounds.pitch_of` takes the strongest frequency, `sounds.decay_of` twice the mean time of the energy. The number is the area between two cumulated histograms: so many octaves the sounds would have to be moved, on average.
""")
code("""
sets = {"real": real.waves, **made, "from the box": from_box}
sets["real, after Griffin-Lim"] = again
law = {s: (sounds.pitch_of(w), sounds.decay_of(w)) for s, w in sets.items()}
other = sounds.draw(NUM_MADE, seed=SEED + 2).waves
held = sounds.pitch_of(other), sounds.decay_of(other)


def octaves(values, others):
    logs = (np.log2(np.maximum(v, 1e-4)) for v in (values, others))
    return stats.wasserstein_distance(*logs)


gaps = {s: [octaves(*pair) for pair in zip(law[s], held)] for s in law}
for name, (pitch, decay) in gaps.items():
    print(f"{name:24s} pitch {pitch:.3f} octaves, decay {decay:.3f} octaves")
plotting.show(
    sound.laws_panel({name: law[name] for name in [*sets][:4]}),
    "What pitches and decays the sounds have; dotted the real ones, whose pitches are "
    "spread evenly over two octaves.",
)
""")
code("""
claim(
    "Made as spectrograms, the decays are nearer to the law than made as waves.",
    gaps["as spectrograms"][1] < gaps["as waves"][1],
)
claim(
    "Neither has the pitches as right as other real sounds.",
    min(gaps["as spectrograms"][0], gaps["as waves"][0]) > gaps["real"][0],
)
""")
md("""
<details><summary>Answer</summary>

Neither has either, yet. Look for pitches that are hardly ever made: lost modes (lesson 03), on a line instead of a grid. No single sound tells of them. The waves' decays are farther off than the spectrograms'; in which direction, the right picture shows.

</details>

### The table

`tests/benchmarks/sounds.py` gave each form the same time, with three seeds. **Agreement** is the share of sounds in which a classifier, trained on real spectrograms, finds the kind that was asked for; its features give the Fréchet distance. The first two rows are the floors.
""")
code("""
recorded = shipped.recording("sounds")
NUMBERS = {"agreement": "agreement", "frechet_distance": "Fréchet"}
NUMBERS |= {"pitch_distance": "pitch", "decay_distance": "decay"}


def table(name):
    head = f"{name}, {recorded['seconds'][name]} seconds each"
    print(f"{head:32s}", *(f"{title:>9s}" for title in NUMBERS.values()))
    runs = sorted(recorded["rows"], key=lambda row: (row["program"], row["seed"]))
    for row in recorded["floors"] + runs:
        if row["table"] == name:
            seed = f", seed {row['seed']}" if "seed" in row else ""
            told = (np.float64(row[number]) for number in NUMBERS if number in row)
            print(f"{row['program'] + seed:32s}", *(f"{x:9.3f}" for x in told))


table("drawn")
""", "nbval-check-output")
md("""
READ THE TABLE HERE: which form has the kind right, which the pitches, which the decays; how far from the floors; whether three seeds agree; what the longer training of the box brought (the row printed above).
""")
md("""
### On the way from one to another

Between two latents lie others, and each has a sound. Eight steps of the generator in the box, all strings:
""")
code("""
way = walks.great_circle(*latents[:2], np.linspace(0, 1, 8))
steps = boxed([way, np.zeros(8, np.int64)]).numpy()
figure = plotting.image_grid(steps[:, ::-1], columns=8, inches=8)
plotting.show(figure, "Eight spectrograms on the way from one string to another.", 16)
sound.play(
    sounds.waves_of(steps, seed=SEED),
    "Eight sounds on the way from one string to another.",
)
""")
md("""
## Spoken digits

3,000 recordings by six people, at 8,000 samples a second (`data.load_speech`); no law is known. Your own run fetches them; stored here is only their picture. `sound.play(spoken.waves[:5], "Five digits.")` plays them.
""")
code("""
try:
    spoken = data.load_speech("test")
    five = [np.argmax(spoken.labels == digit) for digit in range(5)]
    plotting.show(
        sound.sounds_panel(sounds.levelled(spoken.waves[five]), "01234"),
        "Five spoken digits: voices are stacks of lines, hisses are clouds.",
        64,
    )
except OSError as error:
    print(error)
""")
md("""
The same GAN learns them: `recipes.sound_gan(0, 10, 4096)`, trained on `sounds.spectrograms(sounds.levelled(spoken.waves))` with `conditions=spoken.labels`. `levelled` makes all of them equally loud.
""")
code('table("spoken")', "nbval-check-output")
md("""
READ THE TABLE HERE: agreement and distance beside real digits, as they are and after Griffin-Lim.
""")
md("""
## Text: a choice has no slope

A word is a row of choices. The generator says how much it favours each letter, one is chosen, and the discriminator sees that one. Ask for the gradient:
""")
code("""
logits = tf.Variable([1.0, 0.5, -1.0])
with tf.GradientTape() as tape:
    letter = tf.one_hot(tf.argmax(logits), 3)
    value = tf.reduce_sum(letter * [1.0, 2.0, 3.0])
print("gradient:", tape.gradient(value, logits))
""", "nbval-check-output")
md("""
None. Move a logit a little and the same letter is chosen; move it farther and the choice jumps.

**Predict first:** why not give the discriminator the probabilities themselves, "70 % a, 20 % e, 10 % o"? They have a slope.
""")
code("""
chain = words.oracle()
examples = words.draw(chain, NUM_WORDS, seed=SEED)
unread = words.draw(chain, NUM_READ, seed=SEED + 1)
fresh = words.writer(SEED)
soft, _ = words.written(fresh, 200, lambda place, logits: tf.nn.softmax(logits))
sharp = tf.reduce_max(soft, axis=2).numpy().mean(axis=1)  # of each word
print(f"largest entries of a letter, on average: soft at most {sharp.max():.2f}")
print("largest entry of a letter of a real word: 1.00, always")
claim("One number tells all soft words from real ones.", sharp.max() < 0.99)
""")
md("""
<details><summary>Answer</summary>

Because a letter of a real word is a one and 26 zeros. The discriminator looks at the largest entry and has won, whatever the word says.

</details>

### An oracle

Our words are drawn from a **Markov chain**: each letter by the two before it, with probabilities counted in 5,163 American first names and smoothed, so that nothing is impossible. The probability of every word is known exactly:
""")
code("""
print(*words.decode(examples[:10]))
letter, start = words.LETTERS.index, words.BEGIN
a, n, end = letter("a"), letter("n"), words.END
p = chain[start, start, a] * chain[start, a, n] * chain[a, n, end]
cost = words.costs(chain, words.encode(["an"]))[0]
print(f"'an' has the probability {p:.6f}; {-np.log(p):.2f} and {cost:.2f} nats")
""")
md("""
### Two ways around the choice

**Gumbel.** Let $U$ be uniform, and $g = -\\log(-\\log U)$ for each class. Then the class with the largest $u + g$ is a draw from $\\operatorname{softmax}(u)$. All chance is in $g$. Now soften the choice: $\\operatorname{softmax}((u + g)/\\tau)$ with a temperature $\\tau$. Forward the discriminator is given the hard letter, backward the slope of the soft one is used. That is a stand-in for the right slope: near to it for a small $\\tau$, calm for a large one.
""")
exercise("17.2", """
### Exercise 17.2: to draw by adding

Write `draw(logits, uniform)`: `logits` has the shape [classes], `uniform` [n, classes], numbers between 0 and 1. Return for each row of `uniform` the number of a class, drawn from softmax(logits) with Gumbel noise made of that row. Stuck? `hint("17.2")`, then `solution("17.2")`.
""")
code("""
u = np.array([1.0, 0.5, 0.0, -0.5, -1.0])
p = special.softmax(u)
chosen = tf.argmax(u + words.gumbel((40_000, 5), [SEED, 0]).numpy(), axis=1)
shares = np.bincount(chosen, minlength=5) / 40_000
print("softmax:", *p.round(3))
print("counted:", *shares.round(3))
claim("Counted and computed agree within .01.", np.abs(shares - p).max() < 0.01)
""")
md("""
**REINFORCE.** Or do without the discriminator's slope. Let $R_y$ be the reward of class $y$. The slope of the expected reward is

$$\\nabla\\, \\mathbb{E}\\, R = \\sum_y R_y \\nabla p_y = \\sum_y p_y\\, R_y \\nabla \\log p_y = \\mathbb{E}\\,(R - b)\\, \\nabla \\log p .$$

So draw, look at the reward, and move $\\log p$ of what was drawn by as much. A **baseline** $b$ may be taken off, for $\\mathbb{E}\\, \\nabla \\log p = \\nabla \\sum_y p_y = 0$. By the logits, $\\nabla \\log p_y$ is a one at $y$, less $p$.
""")
exercise("17.3", """
### Exercise 17.3: REINFORCE

Write `reinforce(rewards, drawn, p, baseline)`: `drawn` holds the numbers of $n$ classes that were drawn from `p`, shape [classes]; `rewards` what each got. Return the estimate of the slope with respect to the logits, shape [classes]: the mean over the draws. Stuck? `hint("17.3")`, then `solution("17.3")`.
""")
md("""
Now all of them on one toy: five classes, a reward for each. The exact slope is $p_y (R_y - \\mathbb{E}\\,R)$.

**Predict first:** which estimates will scatter most? Which will be wrong in the mean?
""")
code("""
R = np.array([1.0, 3.0, 2.0, 0.0, 5.0])
exact = p * (R - p @ R)
moved = [special.softmax(u + 1e-5 * row) @ R for row in (*np.eye(5), *-np.eye(5))]
slopes = (np.array(moved[:5]) - moved[5:]) / 2e-5
print("exact slope:", *exact.round(4))
print("by moving each logit:", *slopes.round(4))
""", "nbval-check-output")
code("""
rng, shape = np.random.default_rng(SEED), (400, 16, 5)  # 400 estimates of 16 draws


def by_gumbel(heat):
    soft = special.softmax((u + rng.gumbel(size=shape)) / heat, axis=2)
    return (soft * (R - (soft * R).sum(axis=2, keepdims=True)) / heat).mean(axis=1)


def by_reinforce(baseline):
    hard = np.eye(5)[rng.choice(5, shape[:2], p=p)]
    lead = (hard @ R - baseline)[..., np.newaxis]
    return (lead * (hard - p)).mean(axis=1)


ways = {f"Gumbel, τ = {heat}": by_gumbel(heat) for heat in (0.1, 1.0, 5.0)}
ways |= {"REINFORCE, b = 0": by_reinforce(0.0), "b = mean": by_reinforce(p @ R)}
for name, each in ways.items():
    off = np.abs(each.mean(axis=0) - exact).max()
    print(f"{name:18s} mean off by {off:.3f}, spread {each.std(axis=0).mean():.3f}")
""")
code("""
plotting.show(
    words.estimates_panel({name: each[:, 1] for name, each in ways.items()}, exact[1]),
    "Estimates of one slope: calm and wrong with a high temperature, wild with a low "
    "one; REINFORCE is right in the mean, and calmer with a baseline.",
)
spread = {name: each.std(axis=0).mean() for name, each in ways.items()}
bias = {name: np.abs(each.mean(axis=0) - exact).max() for name, each in ways.items()}
claim(
    "The higher the temperature, the calmer.",
    spread["Gumbel, τ = 0.1"] > spread["Gumbel, τ = 1.0"] > spread["Gumbel, τ = 5.0"],
)
claim(
    "The highest temperature is farther off than REINFORCE with its baseline.",
    bias["Gumbel, τ = 5.0"] > 3 * bias["b = mean"],
)
claim("A baseline calms.", spread["b = mean"] < 0.8 * spread["REINFORCE, b = 0"])
""")
md("""
## Who writes better?

All use one network, `words.writer`: a recurrent one, which gets its last letter and a memory and says how much it favours each letter. (The discriminator, `words.reader`, is convolutional. So much for "GANs in contrast to RNNs and CNNs": those are kinds of networks, a GAN is a way to train some.)

The honest rival needs no discriminator: raise the probability of the words that are there, letter by letter. That is **likelihood**; cross-entropy is its loss.
""")
code("""
rng = np.random.default_rng(SEED)


def batch():
    return tf.constant(examples[rng.integers(NUM_WORDS, size=64)])


writer = words.writer(SEED)
falling = keras.optimizers.schedules.PolynomialDecay(3e-3, LIKELIHOOD_STEPS, 1e-4)
step = words.likelihood_step(writer, keras.optimizers.Adam(falling))
for _ in range(LIKELIHOOD_STEPS):
    step(batch())
print("likelihood:", *words.decode(words.write(writer, 8, SEED)))
""")
code("""
player, judge = words.writer(SEED), words.reader(SEED)
adams = [keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99) for _ in range(2)]
step = words.adversarial_step(player, judge, adams, "gumbel")
for number in range(GAN_STEPS):
    step(batch(), tf.constant([SEED, number], tf.int64))
print("GAN:", *words.decode(words.write(player, 8, SEED)))
""")
md("""
The GAN had more time than its rival. Now two numbers, in nats a word. **Quality**: what the writer's words cost the oracle. **Variety**: what new words of the oracle cost the writer; who never writes a *z* pays for each one. Each alone can be cheated: write the likeliest name for ever, or anything at all.

And logits can be divided by a **temperature**: below 1 the likely letters are favoured even more. So a writer is not a point but a curve.

**Predict first:** the oracle itself is a point of the plane. Can anybody be below it? To the left of it?
""")
code("""
def costs(network, heat):
    own = words.write(network, NUM_READ, SEED, heat)
    test = words.writing_costs(network, unread, heat).numpy().mean()
    return test, words.costs(chain, own).mean()


curves = {
    "likelihood": [costs(writer, heat) for heat in HEATS],
    "Gumbel-softmax": [costs(player, heat) for heat in HEATS],
}
entropy = words.costs(chain, unread).mean()
plotting.show(
    words.plane(curves, {}, entropy),
    "Quality against variety, each curve a writer at temperatures from 0.5 to 1.1; the "
    "star is the oracle.",
)
for name, curve in curves.items():
    test, quality = curve[HEATS.index(1.0)]
    print(f"{name:15s} test words {test:.2f}, its own words {quality:.2f}")
print(f"{'the oracle':15s} test words {entropy:.2f}, its own words {entropy:.2f}")
""")
code("""
def beaten(point, curve):  # somewhere on the curve both are lower
    return any(x < point[0] and y < point[1] for x, y in curve)


claim(
    "At its own temperature the GAN is beaten by likelihood with a temperature.",
    beaten(curves["Gumbel-softmax"][HEATS.index(1.0)], curves["likelihood"]),
)
least = min(test for curve in curves.values() for test, _ in curve)
claim("Nobody is left of the oracle.", least > entropy)
""")
md("""
<details><summary>Answer</summary>

Below it, yes: a cold writer writes likelier words than the oracle does. To the left, no: what a test word costs is smallest, on average, for whoever has the right law (the cross-entropy of lesson 01).

</details>

### The recorded plane

`tests/benchmarks/words.py` gave five programs the same time, with five seeds and the best of three rates, chosen with another seed. Two GANs spend the first third on likelihood. To compare curves by one number: turn each writer's temperature until its words are as good as the oracle's own. What does a test word cost it there?
""")
code("""
recorded = shipped.recording("words")
rows = [row for row in recorded["rows"] if row["part"] == "words"]
oracle = next(point for heat, *point in recorded["oracle"] if heat == 1.0)


def as_good(curve):  # a test word's cost where own words are as good as the oracle's
    _, test, quality = np.transpose(curve or [[1.0, np.inf, np.inf]])
    return np.interp(oracle[1], quality, test, left=np.inf, right=np.inf)


def runs(program):  # a failed one costs infinitely much
    of = [row for row in rows if row["program"] == program]
    told = [[row["test"], row["oracle"], as_good(row["curve"])] for row in of]
    return np.nan_to_num(np.float64(told), nan=np.inf, posinf=np.inf)
""")
code("""
told = {name: runs(name) for name in dict.fromkeys(row["program"] for row in rows)}
head = f"{recorded['seconds']} seconds each, medians"
print(f"{head:32s} test words  own words  as good (range)")
for name, each in told.items():
    test, own, good = np.median(each, axis=0)
    spread = f"({each[:, 2].min():.2f} to {each[:, 2].max():.2f})"
    print(f"{name:32s} {test:10.2f} {own:10.2f} {good:8.2f} {spread}")
print(f"{'the oracle':32s} {oracle[0]:10.2f} {oracle[1]:10.2f} {oracle[0]:8.2f}")
claim(
    "Where all are as good as the oracle, likelihood has the most variety.",
    min(told, key=lambda name: np.median(told[name][:, 2])) == "likelihood",
)
""", "nbval-check-output")
code("""
first = next(row["curve"] for row in rows if row["program"] == "likelihood")
lines = {"likelihood, seed 0": first, "the oracle": recorded["oracle"]}
points = {name: each[np.isfinite(each[:, 0]), :2] for name, each in told.items()}
plotting.show(
    words.plane({k: np.array(c)[:, 1:] for k, c in lines.items()}, points, oracle[1]),
    "Each mark one run at its own temperature, the lines likelihood and the oracle at "
    "temperatures from 0.5 to 1.2.",
)
""")
md("""
READ THE TABLE HERE: who wins; what the start by likelihood brings; whether more adversarial steps improve on it; how far the five seeds scatter.
""")
md("""
## Summary

- A wave is an image one pixel high. Kernels must be long, a mean of phases is silence, strides make copies of tones.
- A spectrogram is a picture, for the images' networks. The phase is lost; real sounds through Griffin-Lim are the floor.
- Sounds that we made ourselves have a known law: lost pitches can be counted, not only "like real".
- A choice has no slope. Soft letters are seen through; Gumbel-softmax trades error for scatter by its temperature; REINFORCE is right in the mean, and calmer with a baseline.
- Judge text by quality and variety, at several temperatures. Likelihood is the rival to name.
""")
code('progress("17")')
md("""
**Next:** lesson 18 places GANs beside the other generators: same data, same minutes, same measures.

## References

- C. Donahue, J. McAuley, M. Puckette (2019), [Adversarial Audio Synthesis](https://arxiv.org/abs/1802.04208): waves and spectrograms, WaveGAN and SpecGAN.
- D. Griffin, J. Lim (1984), Signal Estimation from Modified Short-Time Fourier Transform; the farther step: N. Perraudin, P. Balazs, P. Søndergaard (2013), A Fast Griffin-Lim Algorithm.
- The contributors of the [Free Spoken Digit Dataset](https://github.com/Jakobovski/free-spoken-digit-dataset), CC BY-SA 4.0.
- E. Jang, S. Gu, B. Poole (2017), [Categorical Reparameterization with Gumbel-Softmax](https://arxiv.org/abs/1611.01144); M. Kusner, J. M. Hernández-Lobato (2016), [GANs for Sequences of Discrete Elements with the Gumbel-softmax Distribution](https://arxiv.org/abs/1611.04051).
- R. Williams (1992), Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement Learning: REINFORCE. For words: L. Yu, W. Zhang, J. Wang, Y. Yu (2017), [SeqGAN](https://arxiv.org/abs/1609.05473).
- M. Caccia and others (2020), [Language GANs Falling Short](https://arxiv.org/abs/1811.02549): likelihood with a temperature beside them.
- Names: lists of the United States census of 1990, as the package `names` by T. Hunner carries them.
""")
code('print(ganedu.startup.colophon("made here, and spoken digits; no MNIST"))', "colophon")
for number, cell in enumerate(cells): cell.id = f"17-{number:02d}"
nb = new_notebook(cells=cells, metadata={"kernelspec": old.metadata.kernelspec, "language_info": {"name": "python"}})
WORDS, LINES, EXERCISE = 80, 12, 10
def minutes():
    cs=[c for c in nb.cells if "bootstrap" not in c.metadata.get("tags",[])]
    w=sum(len(c.source.split()) for c in cs if c.cell_type=="markdown")
    l=sum(bool(x.strip()) for c in cs if c.cell_type=="code" and "nbgrader" not in c.metadata for x in c.source.splitlines())
    return 5*round((w/WORDS+l/LINES+EXERCISE*3)/5)
m=minutes(); nb.cells[0].source=nb.cells[0].source.replace("MINUTES",str(m)); print(m, len(cells))
nbformat.write(nb, ROOT+"17_sound_and_text.ipynb")
for c in nb.cells:
    for line in c.source.splitlines():
        if c.cell_type=="code" and len(line)>88: print(c.id,len(line),line)
    if c.cell_type=="code" and len(c.source.splitlines())>22: print(c.id,"lines",len(c.source.splitlines()))
