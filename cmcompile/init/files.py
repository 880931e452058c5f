"""The files of a new repository of campaigns."""

from __future__ import annotations

from importlib.resources import files

from cmcompile.init.template import filled, tree

#: Where a forge looks for its own files, by forge.
_OF_FORGES = {"github": ".github/"}


def repository_files(
    name: str, forge: str, shipped: dict[str, bytes], source: tuple[str, str]
) -> dict[str, bytes]:
    """Return the files by path: the same for the same choice.

    Parameters
    ----------
    name
        What the page of the repository is headed with.
    forge
        ``github``, or ``none``: no file that only a forge reads.
    shipped
        What comes with cmcompile beside the templates: schemas for editors, the default policy.
    source
        The repository and the commit of cmcompile that workflows take it from.
    """
    others = tuple(folder for of, folder in _OF_FORGES.items() if of != forge)
    made = tree(files(__package__) / "template")
    kept = {path: data for path, data in made.items() if not path.startswith(others)}
    values = {"NAME": name, "SOURCE": source[0], "REF": source[1]}
    return {**{path: filled(data, values) for path, data in kept.items()}, **shipped}
