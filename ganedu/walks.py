"""Ways through latent space: from one latent to another, and round through several.

Here lives which latents lie on the way. What a generator makes of them lives in `ganedu.training`,
and the film of it in `ganedu.plotting`.
"""

import numpy as np


def great_circle(first, last, shares):
    """Latents on the great circle from one latent to another.

    In many dimensions normal latents lie near a sphere; the straight line would cut through
    its inside, where the generator was never trained. The lengths change evenly.

    Args:
        first: array [latent_dim], not zero, latent_dim at least 2.
        last: array [latent_dim], not zero.
        shares: array [n] in [0, 1], how far along.

    Returns:
        float32 array [n, latent_dim].

    Example:
        >>> great_circle([1.0, 0.0], [0.0, 1.0], np.array([0.0, 0.5])).round(3).tolist()
        [[1.0, 0.0], [0.7070000171661377, 0.7070000171661377]]

    Reference:
        White (2016), "Sampling Generative Networks", section 2.1.
    """
    from scipy.spatial import geometric_slerp

    first, last = (np.asarray(latent, np.float64) for latent in (first, last))
    lengths = np.linalg.norm(first), np.linalg.norm(last)
    directions = geometric_slerp(first / lengths[0], last / lengths[1], shares)
    radii = (1 - shares) * lengths[0] + shares * lengths[1]
    return np.float32(directions * radii[:, np.newaxis])


def closed_walk(corners, num_steps):
    """Latents on a walk from each corner to the next one, and from the last to the first.

    A walker sets out slowly and arrives slowly: of the way from corner to corner the share
    (1 − cos πt)/2 lies behind them when the share t of the time is over. So there is no jerk at a
    corner, and none where the walk begins again.

    Args:
        corners: array [n, latent_dim], n at least 2.
        num_steps: latents from one corner to the next, the first of the two included.

    Returns:
        float32 array [n · num_steps, latent_dim]; row i · num_steps is corner i.

    Raises:
        ValueError: if there are fewer than two corners.

    Example:
        >>> closed_walk(np.eye(3), num_steps=4).shape
        (12, 3)
    """
    if len(corners) < 2:
        raise ValueError(f"A walk leads through at least 2 latents; got {len(corners)}.")
    shares = (1 - np.cos(np.pi * np.arange(num_steps) / num_steps)) / 2
    ways = zip(corners, np.roll(corners, -1, axis=0), strict=True)
    return np.concatenate([great_circle(first, last, shares) for first, last in ways])
