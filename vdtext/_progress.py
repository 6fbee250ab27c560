"""A progress bar for long work, absent while a chapter is executed for the book (ground floor)."""

import os

from tqdm.auto import tqdm

__all__ = ["progress"]


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
