"""How good samples are: NumPy functions on arrays; each names its paper.

Here live the numbers by which samples are judged. They know no model: points or images come in
as arrays, plain numbers come out. What turns images into features lives in `ganedu.features`.
Taught in lessons 03 and 08.
"""

from typing import NamedTuple

import numpy as np


class ModeCoverage(NamedTuple):
    """What became of the modes of a mixture of Gaussians.

    Attributes:
        modes: centres with at least one high-quality point, an int.
        high_quality: share of the points that lie within 3 standard deviations of their nearest
            centre, in [0, 1]. In the plane a perfect generator has 1 − exp(−4.5) = .989.
        reverse_kl: Kullback–Leibler divergence KL(histogram of nearest centres ‖ uniform), in
            nats; 0 if all centres are met equally often.
    """

    modes: int
    high_quality: float
    reverse_kl: float


def mode_coverage(points, centres, std):
    """Which modes of a mixture of equal Gaussians a set of points meets, and how well.

    A point belongs to its nearest centre. The divergence is Σ hᵢ log(hᵢ · number of centres), with
    hᵢ the share of all points, of high quality or not, that belong to centre i. Even a perfect
    generator has (number of centres − 1) / (2 · number of points) on average, because counts
    scatter.

    Args:
        points: array [n, d], n at least 1, finite.
        centres: array [k, d].
        std: standard deviation of each Gaussian along each axis, above 0.

    Returns:
        `ModeCoverage` (modes, high_quality, reverse_kl).

    Raises:
        ValueError: if the shapes do not fit, there is no point, or a number is not finite.

    Example:
        >>> corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
        >>> mode_coverage(np.repeat(corners[:2], 50, axis=0), corners, std=0.1)
        ModeCoverage(modes=2, high_quality=1.0, reverse_kl=0.693...)

    Reference:
        Srivastava et al. (2017), "VEEGAN: Reducing Mode Collapse in GANs using Implicit
        Variational Learning", section 5.1; reverse_kl as in Lin et al. (2018), "PacGAN: The
        power of two samples in generative adversarial networks", section 4.1.
    """
    points, centres = _checked_points(points, centres, std)
    squared = np.stack([((points - centre) ** 2).sum(axis=1) for centre in centres], axis=1)
    nearest, distance = squared.argmin(axis=1), np.sqrt(squared.min(axis=1))
    good = distance <= 3 * std
    share = np.bincount(nearest, minlength=len(centres)) / len(points)
    share_met = share[share > 0]  # 0 · log 0 = 0
    return ModeCoverage(
        modes=len(np.unique(nearest[good])),
        high_quality=float(good.mean()),
        reverse_kl=float(np.sum(share_met * np.log(share_met * len(centres)))),
    )


def _checked_points(points, centres, std):
    points, centres = np.asarray(points, "float64"), np.asarray(centres, "float64")
    if points.ndim != 2 or not len(points):
        raise ValueError(
            f"points must have the shape [n, d] with n at least 1; got {points.shape}."
        )
    if centres.ndim != 2 or not len(centres) or centres.shape[1] != points.shape[1]:
        raise ValueError(
            f"centres must have the shape [k, {points.shape[1]}], as many coordinates as the "
            f"points; got {centres.shape}."
        )
    if not (np.isfinite(points).all() and np.isfinite(centres).all()):
        raise ValueError("points and centres must be finite; there is a NaN or an infinity.")
    if not (np.isscalar(std) and np.isfinite(std) and std > 0):
        raise ValueError(f"std must be a number above 0; got {std!r}.")
    return points, centres
