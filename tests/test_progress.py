"""The progress bar: the items pass through it, and in the book there is no bar."""

import io
import threading

import pytest
import tqdm

from vdtext._progress import compiling, progress


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


class Kernel:
    """What Numba's dispatcher says of itself."""

    def __init__(self, *signatures):
        self.signatures = list(signatures)


@pytest.mark.parametrize(("kernel", "book", "said"), [(Kernel(), False, True), (Kernel(), True, False)])
def test_a_first_call_that_takes_long_is_explained_except_in_the_book(monkeypatch, capsys, kernel, book, said):
    (monkeypatch.setenv if book else lambda name, _: monkeypatch.delenv(name, raising=False))("VDTEXT_BOOK", "1")
    with compiling(kernel, "the encoder", patience=0.01):
        for timer in [t for t in threading.enumerate() if isinstance(t, threading.Timer)]:
            timer.join()
    assert ("compiling the encoder: once on this machine" in capsys.readouterr().err) == said


def test_what_is_compiled_and_what_is_quick_say_nothing(monkeypatch, capsys):
    monkeypatch.delenv("VDTEXT_BOOK", raising=False)
    for kernel, patience in ((Kernel("int64(int64)"), 0), (len, 0), (Kernel(), 60)):
        with compiling(kernel, "the encoder", patience=patience):
            pass
    assert capsys.readouterr().err == ""
    assert not [t for t in threading.enumerate() if isinstance(t, threading.Timer) and t.interval == 60 and not
                t.finished.is_set()]  # fmt: skip
