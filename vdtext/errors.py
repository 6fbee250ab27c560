"""The library's own exceptions (ground floor)."""


class BitstreamError(ValueError):
    """Bytes that no encoder of this library wrote: truncated, damaged, or of another format.

    A decoder raises it, in bounded time and memory, for every input that it cannot decode.

    Examples
    --------
    >>> issubclass(BitstreamError, ValueError)
    True
    """
