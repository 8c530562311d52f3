"""What the commands of `ganedu.__main__` do: one file each, with a function of the same name.

What several of them need of a run folder lives in `ganedu.commands.folders`.
"""
