"""Numba's ``njit`` where Numba is installed, and the plain Python function where it is not (ground floor)."""

try:
    from numba import njit as _njit
    from numba import types as _types
except ImportError:  # a browser's Python, say: slower, and the same numbers
    _njit = None

__all__ = ["njit"]


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
