"""One look for every figure: a light plate, dark ink, six colours that most eyes can tell apart."""

import matplotlib as mpl
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb

__all__ = ["COLOURS", "GRID", "INK", "PLATE", "QUIET", "SIGNED", "contrast", "style", "text_colour", "use_style"]

PLATE = "#faf8f3"  #: the warm paper under every figure, in both themes of the page
INK = "#22262e"  #: text, and the line that is the reference
QUIET = "#5b6069"  #: tick labels and remarks
GRID = "#e2dccf"  #: grid lines and the separators of a plate

#: The colours of lines in their order of use.  The hues are Okabe and Ito's; lightness and chroma were moved until each
#: has a contrast of at least 3:1 on the plate and every pair stays apart under protanopia, deuteranopia and tritanopia.
COLOURS = {
    "blue": "#004a8d",
    "brick": "#9e2b01",
    "sky": "#0496dd",
    "rose": "#dc6390",
    "green": "#007a61",
    "ochre": "#a37d0b",
}

#: Colour map of signed quantities: blue below zero, plate at zero, brick above.
SIGNED = LinearSegmentedColormap.from_list(
    "vdtext.signed", ["#00305d", COLOURS["blue"], "#6aa9d6", PLATE, "#e08a5c", COLOURS["brick"], "#5f1900"]
)

_SETTINGS = {
    "figure.figsize": (7.0, 3.8),
    "figure.dpi": 100,
    "figure.facecolor": PLATE,
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.w_pad": 0.1,
    "figure.constrained_layout.h_pad": 0.1,
    "savefig.dpi": 130,
    "savefig.facecolor": "auto",
    "font.family": "DejaVu Sans",
    "font.size": 11.5,
    "mathtext.fontset": "dejavusans",
    "text.color": INK,
    "axes.facecolor": PLATE,
    "axes.edgecolor": QUIET,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.labelcolor": INK,
    "axes.labelsize": 11.5,
    "axes.labelpad": 5.0,
    "axes.titlesize": 12.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 8.0,
    "axes.axisbelow": True,
    "axes.formatter.use_mathtext": True,
    "axes.prop_cycle": mpl.cycler(color=list(COLOURS.values())),
    "xtick.labelsize": 10.5,
    "ytick.labelsize": 10.5,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.major.width": 0.8,
    "ytick.major.width": 0.8,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "lines.linewidth": 2.2,
    "lines.markersize": 6.0,
    "lines.solid_capstyle": "round",
    "patch.edgecolor": PLATE,
    "legend.frameon": False,
    "legend.fontsize": 10.5,
    "image.cmap": "gray",
}


def use_style():
    """Give every later figure of this kernel the book's look (one line in a chapter's set-up cell).

    Examples
    --------
    >>> import matplotlib as mpl
    >>> with mpl.rc_context():
    ...     use_style()
    ...     mpl.rcParams["figure.facecolor"] == PLATE
    True
    """
    mpl.rcParams.update(_SETTINGS)


def style():
    """The book's look for the figures made inside a ``with`` block; afterwards all settings are what they were.

    Returns
    -------
    context manager

    Examples
    --------
    >>> import matplotlib as mpl
    >>> before = mpl.rcParams["font.size"]
    >>> with style():
    ...     inside = mpl.rcParams["font.size"]
    >>> inside, mpl.rcParams["font.size"] == before
    (11.5, True)
    """
    return mpl.rc_context(_SETTINGS)


def _linear(colour):
    """Linear-light RGB of a colour, as WCAG 2 defines it (its knee is at 0.04045 in the corrected text)."""
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]


def _luminance(colour):
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a, b=PLATE):
    """Contrast ratio of two colours, (Y₁ + 0.05) / (Y₂ + 0.05) with Y₁ ≥ Y₂ their relative luminances.

    Parameters
    ----------
    a, b : colour
        Anything Matplotlib takes for a colour; `b` is the plate unless told otherwise.

    Returns
    -------
    float
        Between 1 (the same) and 21 (black on white).  Lines need 3, text 4.5.

    References
    ----------
    Web Content Accessibility Guidelines (WCAG) 2.2, W3C Recommendation (2023), "contrast ratio".

    Examples
    --------
    >>> contrast("black", "white")
    21.0
    """
    dark, light = sorted((_luminance(a), _luminance(b)))
    return (light + 0.05) / (dark + 0.05)


def text_colour(colour, *, on=PLATE, ratio=4.6):
    """The colour itself if text in it is readable, else the same hue darkened in linear light until it is.

    Parameters
    ----------
    colour, on : colour
        The colour of a line, and what lies under the text (a light colour).
    ratio : float
        The contrast wanted; 4.5 is WCAG's bound for text.

    Returns
    -------
    str
        ``#rrggbb`` whose :func:`contrast` to `on` is about `ratio` or more (rounding to 8 bits costs a little).

    Examples
    --------
    >>> contrast(COLOURS["sky"]) < 4.5 <= contrast(text_colour(COLOURS["sky"]))
    True
    """
    wanted = (_luminance(on) + 0.05) / ratio - 0.05
    scale = min(1.0, wanted / max(_luminance(colour), 1e-9))
    darker = [scale * c for c in _linear(colour)]
    return to_hex([12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055 for c in darker])
