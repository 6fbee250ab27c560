"""A progress bar for long work, absent while a chapter is executed for the book (ground floor)."""

import os
import sys
import threading
from contextlib import contextmanager

from tqdm.auto import tqdm

__all__ = ["compiling", "progress"]


def progress(iterable, description, *, total=None):
    """Iterate and, after half a second, show how far it is; the bar goes when the work is done.

    Parameters
    ----------
    iterable : iterable
        What is worked through; with a length, the time left is shown as well.
    description : str
        What is being done.
    total : int, optional
        How many there will be, where `iterable` does not know.

    Returns
    -------
    iterable
        The same items.

    Examples
    --------
    >>> import os
    >>> os.environ["VDTEXT_BOOK"] = "1"  # what the build of the book sets
    >>> list(progress(range(3), "counting"))
    [0, 1, 2]
    """
    return tqdm(iterable, desc=description, total=total, leave=False, delay=0.5, disable="VDTEXT_BOOK" in os.environ)


@contextmanager
def compiling(kernel, what, *, patience=3.0):
    """Say that a kernel is being compiled, if its first call in this process takes long; its machine code is kept.

    Parameters
    ----------
    kernel : callable
        As :func:`vdtext._jit.njit` returns it.
    what : str
        What it is a part of, such as ``"the encoder"``.
    patience : float
        Seconds before anything is said.  With the machine code at hand, loading it takes less.

    Yields
    ------
    None

    Examples
    --------
    >>> with compiling(len, "the counter"):  # a plain function is never compiled
    ...     len("abc")
    3
    """
    new = getattr(kernel, "signatures", None) == [] and "VDTEXT_BOOK" not in os.environ
    text = f"compiling {what}: once on this machine, a minute or two"
    timer = threading.Timer(patience, tqdm.write, (text,), {"file": sys.stderr})
    timer.daemon = True
    if new:
        timer.start()
    try:
        yield
    finally:
        timer.cancel()
