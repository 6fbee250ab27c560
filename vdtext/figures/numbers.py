"""Numbers in prose: rounded once, and never typed."""

import operator

__all__ = ["glue", "rounded"]

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def rounded(value, digits=3):
    """A number as text with so many significant digits; a whole number (an ``int``) stays as it is.

    Parameters
    ----------
    value : float or int
        Any number; infinities and NaN are spelled out.
    digits : int
        Significant digits, at least 1.

    Returns
    -------
    str
        Positional between 10⁻⁴ and 10⁶, else as ``1.2×10⁻¹³``; the minus is a true minus sign.

    Examples
    --------
    >>> rounded(3.14159), rounded(-0.5, 2), rounded(1280), rounded(1.234e-13, 2)
    ('3.14', '−0.50', '1280', '1.2×10⁻¹³')
    """
    try:
        return str(operator.index(value)).replace("-", "−")
    except TypeError:
        pass
    mantissa, _, exponent = f"{float(value):.{digits - 1}e}".partition("e")
    if not exponent:  # inf or nan
        return mantissa.replace("-", "−")
    power = int(exponent)
    if -5 < power < 6:
        text = f"{float(f'{mantissa}e{power}'):.{max(0, digits - 1 - power)}f}"
    else:
        text = f"{mantissa}×10{str(power).translate(_RAISED)}"
    return text.replace("-", "−")


class _Text:
    """A text whose ``repr`` has no quotation marks, so that it can stand in a sentence."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return self.text


def glue(name, value, digits=3):
    """Let the page quote a computed number: ``{glue}`NAME``` in the prose is replaced by it.  Displays nothing.

    Parameters
    ----------
    name : str
        Key of the number, unique in the book.
    value : float, int or str
        A number is written by :func:`rounded`; a text is taken as it is.
    digits : int
        Significant digits of a float.

    Notes
    -----
    Where MyST-NB is not installed (Colab, say) nothing happens: no page is being built there.

    Examples
    --------
    >>> glue("psnr-copy", 26.0312)
    """
    try:
        import myst_nb
    except ImportError:
        return
    from IPython import get_ipython

    if get_ipython() is not None:
        myst_nb.glue(name, _Text(value if isinstance(value, str) else rounded(value, digits)), display=False)
