"""What maintains the book.  Each tool is a module run from the root of the repository: ``python -m tools.build``."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def chapters(root: Path = ROOT) -> list[Path]:
    """The chapters' notebooks, in reading order."""
    return sorted(root.glob("chapters/[0-9][0-9]_*.ipynb"))


def find_chapter(name: str, root: Path = ROOT) -> Path:
    """The notebook called `name`: its number (``3``, ``03``), its word (``heat``) or both (``03_heat``).

    Raises
    ------
    ValueError
        If there is no such chapter; the message lists those that exist.
    """
    known = chapters(root)
    for path in known:
        number, word = path.stem.split("_", 1)
        if name in (number, number.lstrip("0"), word, path.stem):
            return path
    listed = ", ".join(path.stem for path in known) or "none yet"
    given = f"CHAPTER={name} is not a chapter" if name else "a chapter is needed, as in CHAPTER=03"
    raise ValueError(f"{given}; the chapters are: {listed}")
