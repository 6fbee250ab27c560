"""README.md: the table of the chapters is that of the book, the pictures are there and small."""

import re

import numpy as np
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook
from PIL import Image

from tools import ROOT, chapters, notebooks, readme

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_table_is_up_to_date():
    assert readme.with_status(README, readme.status()) == README, "make readme writes the table of the chapters"
    assert [name for name in re.findall(r"\]\(chapters/(.+?)\)", README)] == [path.name for path in chapters()]


def test_the_table_follows_toc_and_passports(tmp_path):
    toc = "{root: index, parts: [{caption: One, chapters: [{file: chapters/02_b}, {file: chapters/01_a}]},"
    (tmp_path / "_toc.yml").write_text(toc + " {caption: Rest, chapters: [{file: appendix/x}]}]}")
    (tmp_path / "chapters").mkdir()
    for name, minutes in (("01_a", 10), ("02_b", 20)):
        passport = {"module": name[3:], "read_minutes": minutes, "lesson_minutes": 2 * minutes}
        notebook = new_notebook(cells=[new_markdown_cell(f"# About {name}", id="a")], metadata={"vdtext": passport})
        notebooks.write(notebook, tmp_path / f"chapters/{name}.ipynb")
    (tmp_path / "README.md").write_text("Before.\n<!-- chapters: here -->\nold\n<!-- /chapters -->\nAfter.\n")
    readme.main([], tmp_path)
    lines = (tmp_path / "README.md").read_text().splitlines()
    assert lines[0] == "Before."
    assert lines[4:6] == [
        "| One | [About 02_b](chapters/02_b.ipynb) | `vdtext.b` | 20 min | 40 min |",
        "|  | [About 01_a](chapters/01_a.ipynb) | `vdtext.a` | 10 min | 20 min |",
    ]
    assert lines[6:] == ["<!-- /chapters -->", "After."]


def test_a_readme_without_marks_is_refused():
    with pytest.raises(ValueError, match="lacks the lines"):
        readme.with_status("No marks.", "table")


def test_the_pictures_are_there_small_and_described():
    shown = re.findall(r"!\[([^\]]+)\]\(([^)]+)\)", README)
    assert {path for _, path in shown} == {"assets/readme/page.webp", readme.FILM.as_posix()}
    for alt, path in shown:
        assert len(alt) > 80
        assert (ROOT / path).stat().st_size < 400_000
    with Image.open(ROOT / readme.FILM) as film:
        assert film.n_frames == len(readme.TIMES)


def test_the_film_forgets():
    first, last = (np.asarray(picture, float) for picture in readme.film([0, 64]))
    left = (slice(60, 280), slice(60, 380))  # inside the picture
    assert np.diff(last[left], axis=1).std() < 0.3 * np.diff(first[left], axis=1).std()
    assert abs(last[left].mean() - first[left].mean()) < 5
