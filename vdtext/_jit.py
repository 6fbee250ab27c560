"""Numba's ``njit`` where Numba is installed, and the plain Python function where it is not (ground floor)."""

try:
    from numba import njit as _njit
    from numba import types as _types
except ImportError:  # a browser's Python, say: slower, and the same numbers
    _njit = None

__all__ = ["lean", "njit"]


def njit(function=None, **options):
    """Compile `function` on its first call and cache the machine code; ``.py_func`` is always the plain function.

    Parameters
    ----------
    function : callable, optional
        The function to compile; ``None`` when the decorator is called with options.
    **options
        Passed on to :func:`numba.njit`; ``cache=True`` and ``error_model="numpy"`` unless told otherwise.

    Returns
    -------
    callable
        The compiled function, or `function` itself where Numba is absent.

    Examples
    --------
    >>> @njit(cache=False)  # what is typed at a prompt has no file to keep machine code beside
    ... def double(x):
    ...     return 2 * x
    >>> double(3), double.py_func(3)
    (6, 6)
    """
    if function is None:
        return lambda f: njit(f, **options)
    if _njit is None:
        function.py_func = function
        return function
    return _one_kind(_njit(**{"cache": True, "error_model": "numpy", **options})(function))


def lean(function=None, **options):
    """:func:`njit` for kernels that make no arrays: what they are given, and slices of it, is not counted.

    Numba counts who holds an array, to free it in time.  A kernel that works row by row spends as long on counting its
    rows as on their pixels; but whoever calls it holds the arrays until it returns.

    Parameters
    ----------
    function, **options
        As for :func:`njit`.

    Returns
    -------
    callable
        As of :func:`njit`.  Numba refuses to compile it if it makes an array.

    Examples
    --------
    >>> import numpy as np
    >>> @lean(cache=False)
    ... def clear(rows):
    ...     for i in range(len(rows)):
    ...         row = rows[i, 1:]
    ...         for j in range(row.size):
    ...             row[j] = 0
    >>> a = np.ones((2, 3)); clear(a); a.sum()
    np.float64(2.0)
    """
    return njit(function, _nrt=False, **options)


def _plain(kind):
    """The type of an argument, where a constant is like any number, and every integer is one of 64 bits."""
    kind = _types.unliteral(kind)
    return _types.int64 if isinstance(kind, _types.Integer) and kind.bitwidth < 64 else kind


def _one_kind(compiled):
    """Let kernels that call this one share one machine code: Numba would compile it anew for every constant."""
    resolve = compiled.get_call_template

    def get_call_template(args, kws):
        return resolve(tuple(map(_plain, args)), {name: _plain(kind) for name, kind in kws.items()})

    compiled.get_call_template = get_call_template
    return compiled
