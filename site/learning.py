"""Make the pictures of the front page: digits while a GAN learns them.

    GANEDU_DATA_DIR=/where/mnist/is uv run python site/learning.py

Trains the recipe of the course once (about two minutes on two CPU cores) and draws the same 48
latents at growing distances, because most happens early. Writes learning.webp, which plays three
times and rests on its last picture, and learning.png, that last picture, for readers who ask for
no motion.
"""

from pathlib import Path

import keras
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ganedu import data, plotting, recipes

SITE = Path(__file__).resolve().parent
SEED = 0
STEPS = [2 * k * k for k in range(40)]  # 0, 2, 8, 18, … 3042
NUM_IMAGES, COLUMNS, ENLARGE = 48, 12, 2
MILLISECONDS, REST = 150, 4000
BAR = 28  # pixels for the number of the step


def frame(images, step):
    """Images side by side over the number of the step.

    Args:
        images: float array [n, height, width, 1] in [−1, 1].
        step: of the training.

    Returns:
        A picture in grey.
    """
    digits = Image.fromarray(np.squeeze(plotting.tile(images, COLUMNS)))
    digits = digits.resize([ENLARGE * side for side in digits.size], Image.Resampling.BICUBIC)
    picture = Image.new("L", (digits.width, digits.height + BAR))
    picture.paste(digits)
    font = ImageFont.load_default(size=18)
    place = (picture.width // 2, digits.height + BAR // 2)
    ImageDraw.Draw(picture).text(place, f"step {step:,}", fill=220, font=font, anchor="mm")
    return picture


def train():
    """The frames of one training.

    Returns:
        A list of pictures, one for each of STEPS.
    """
    gan, frames = recipes.digit_gan(SEED), []

    def look(*_, **__):
        if int(gan.step) in STEPS:
            frames.append(frame(gan.generate(NUM_IMAGES, SEED), int(gan.step)))

    watch = keras.callbacks.LambdaCallback(on_train_begin=look, on_train_batch_end=look)
    images, batch_size = data.load("mnist").images, recipes.DIGITS["batch_size"]
    gan.fit(images, batch_size, steps_per_epoch=STEPS[-1], callbacks=[watch], verbose=0)
    return frames


def main():
    """Train, and write both pictures beside this file."""
    frames = train()
    pauses = [MILLISECONDS] * (len(frames) - 1) + [REST]
    options = {"quality": 35, "method": 6, "loop": 3}
    frames[0].save(
        SITE / "learning.webp", append_images=frames[1:], save_all=True, duration=pauses, **options
    )
    frames[-1].quantize(16).save(SITE / "learning.png", optimize=True)


if __name__ == "__main__":
    main()
