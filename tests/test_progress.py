"""The progress bar: the items pass through it, and in the book there is no bar."""

import io

import pytest
import tqdm

from vdtext._progress import progress


def written(monkeypatch, book, **changed):
    """What counting to three writes to the terminal."""
    screen = io.StringIO()

    def bar(items, **options):
        return tqdm.tqdm(items, file=screen, **{**options, **changed})

    monkeypatch.setattr("vdtext._progress.tqdm", bar)
    if book:
        monkeypatch.setenv("VDTEXT_BOOK", "1")
    else:
        monkeypatch.delenv("VDTEXT_BOOK", raising=False)
    assert list(progress(range(3), "counting")) == [0, 1, 2]
    return screen.getvalue()


@pytest.mark.parametrize("book", [False, True])
def test_the_bar_is_shown_except_in_the_book(monkeypatch, book):
    assert ("counting" in written(monkeypatch, book, delay=0)) != book


def test_short_work_shows_no_bar(monkeypatch):
    assert "counting" not in written(monkeypatch, False)
