"""`ganedu colab`: the lessons as notebooks that carry the package."""


def colab(out, repository):
    """`ganedu colab`: the lessons as notebooks that carry the package.

    Args:
        out: folder for the notebooks.
        repository: "owner/name" to take the package from instead, or None.

    Returns:
        The exit code.

    Raises:
        ValueError: if the repository is not of the form owner/name.
        FileNotFoundError: if this is not a clone of the course.
        FileExistsError: if a notebook is there and holds something else.
    """
    from ganedu import colab

    paths = colab.write(out, repository)
    largest = max(path.stat().st_size for path in paths) / 1e6
    print(f"{len(paths)} notebooks in {out}, the largest {largest:.1f} MB. Upload one, run all.")
    return 0
