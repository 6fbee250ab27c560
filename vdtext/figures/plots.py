"""Static figures: every one ends in :func:`show`, which refuses a figure without caption and alt text."""

import io
import textwrap

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Rectangle

from vdtext.figures.page import described
from vdtext.figures.sprites import as_uint8
from vdtext.figures.style import COLOURS, SIGNED, style, text_colour

__all__ = ["compare", "label_lines", "raster", "show", "show_frames"]

WIDTH = 7.0  # inches of a plate


def show(fig, *, name, caption, alt):
    """Display a Matplotlib figure, numbered, captioned and described, and close it.

    The output holds ``text/plain`` ("[figure NAME: ALT]") and ``image/png``; name, caption and alt travel in its
    metadata under ``vdtext``, from where the build of the book takes them.  Without a kernel the text is printed.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        The figure; its width should be 7 inches, so that its text keeps one size through the book.
    name, caption, alt : str
        Label for cross-references, caption (MyST inline markup allowed), and what is seen.

    Raises
    ------
    ValueError
        If name, caption or alt is missing (README, "Figures").

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> fig, axes = plt.subplots()
    >>> show(fig, name="fig-empty", caption="Nothing yet.", alt="Two empty axes.")
    [figure fig-empty: Two empty axes.]
    """
    metadata = described(name, caption, alt)
    text = f"[figure {name}: {metadata['vdtext']['alt']}]"
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", metadata={"Software": None})
    plt.close(fig)
    _display({"text/plain": text, "image/png": buffer.getvalue()}, metadata)


def _display(bundle, metadata):
    """Publish an output where there is a kernel, print its text where there is none."""
    try:
        from IPython import get_ipython
    except ImportError:
        kernel = None
    else:
        kernel = get_ipython()
    if kernel is None:
        print(bundle["text/plain"])
    else:
        kernel.display_pub.publish(bundle, metadata)


def raster(fig, *, dpi=100):
    """Draw a Matplotlib figure into an array, a frame for :class:`FrameSlider`, and close it.

    Fix the limits of the axes first: a frame whose axes differ from its neighbours' jumps when the slider moves.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
    dpi : float
        Dots per inch; a plate of 7 inches is 700 pixels wide at 100.

    Returns
    -------
    ndarray, shape (H, W, 3), uint8

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> raster(plt.figure(figsize=(2, 1)), dpi=50).shape
    (50, 100, 3)
    """
    fig.set_dpi(dpi)
    canvas = FigureCanvasAgg(fig)
    canvas.draw()
    pixels = np.array(canvas.buffer_rgba())[..., :3]
    plt.close(fig)
    return pixels


def label_lines(axes, *, gap=1.25):
    """Write each line's label beside its last point, in the line's colour, instead of a legend.

    Call it last, when limits and scales are set.  Labels that would overlap are moved apart.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Its lines that have a label are labelled.
    gap : float
        Least distance of two labels, in line heights.

    Returns
    -------
    list of matplotlib.text.Annotation

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> fig, axes = plt.subplots()
    >>> _ = axes.plot([0, 1], [0, 1], label="ours")
    >>> [label.get_text() for label in label_lines(axes)]
    ['ours']
    >>> plt.close(fig)
    """
    axes.figure.draw_without_rendering()
    points = 72 / axes.figure.dpi
    size = plt.rcParams["font.size"]
    lines = [line for line in axes.get_lines() if not line.get_label().startswith("_") and len(line.get_xdata())]
    ends = [(line.get_xdata()[-1], line.get_ydata()[-1]) for line in lines]
    heights = np.array([axes.transData.transform(end)[1] * points for end in ends])
    moved = _spread(heights, gap * size)
    return [
        axes.annotate(
            line.get_label(),
            end,
            xytext=(7, shift),
            textcoords="offset points",
            va="center",
            color=text_colour(line.get_color()),
            annotation_clip=False,
        )
        for line, end, shift in zip(lines, ends, moved - heights, strict=True)
    ]


def _spread(heights, gap):
    """The least move (in squares) that keeps the order of `heights` and puts `gap` between neighbours.

    In y = h − gap·rank the task is isotonic regression, solved by pooling neighbours that are out of order.
    """
    order = np.argsort(heights, kind="stable")
    pools = []
    for value in heights[order] - gap * np.arange(len(order)):
        pools.append([value, 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, m), (b, n) = pools[-2:]
            pools[-2:] = [[(a * m + b * n) / (m + n), m + n]]
    moved = np.empty(len(order))
    moved[order] = np.repeat([p[0] for p in pools], [p[1] for p in pools]) + gap * np.arange(len(order))
    return moved


def _unit(frame):
    """An image for ``imshow``: integers and booleans brought to [0, 1], colour clipped to it."""
    frame = np.asarray(frame)
    if frame.dtype.kind in "ub" or frame.ndim == 3:
        return as_uint8(frame) / 255.0
    return frame


def _columns(count):
    """At most four panels in a row, and rows as equal as can be."""
    return -(-count // -(-count // 4))


def _panel(axes, image, title, width, **options):
    """One picture without axes, its title wrapped to its width in inches; returns what ``imshow`` returns."""
    axes.set_axis_off()
    if title:
        axes.set_title(textwrap.fill(str(title), max(8, int(width * 10.5))), fontsize=10.5)
    return axes.imshow(image, **options)


def show_frames(frames, *, titles=None, name, caption, alt, columns=None, cmap="gray", vmin=0.0, vmax=1.0, zoom=None):
    """Show images side by side, all on one scale of grey; if wanted, with a detail of each below it.

    Parameters
    ----------
    frames : sequence of ndarray, shape (H, W) or (H, W, 3), float in [0, 1], uint8 or bool
    titles : sequence of str, optional
        One a frame.
    name, caption, alt : str
        See :func:`show`.
    columns : int, optional
        Frames in a row; at most four unless told otherwise.
    cmap, vmin, vmax
        Colour map of 2-D frames, and the values of its two ends.
    zoom : tuple (top, left, height, width), optional
        The detail in pixels: outlined in each frame, magnified below it.

    Raises
    ------
    ValueError
        If there is no frame, if there are more or fewer titles than frames, or as :func:`show` does.

    Examples
    --------
    >>> show_frames([np.eye(4), np.ones((4, 4))], titles=["eye", "ones"], name="fig-two",
    ...             caption="Two.", alt="A diagonal and a white square.")
    [figure fig-two: A diagonal and a white square.]
    """
    images = [_unit(frame) for frame in frames]
    titles = [None] * len(images) if titles is None else list(titles)
    if not images or len(titles) != len(images):
        raise ValueError(f"{len(titles)} titles for {len(images)} frames: give every frame one, or none")
    columns = columns or _columns(len(images))
    details = 1 if zoom is None else 2
    rows = -(-len(images) // columns) * details
    width = WIDTH / columns
    tall = max(image.shape[0] / image.shape[1] for image in images)
    heights = [width * (tall if row % details == 0 else zoom[2] / zoom[3]) for row in range(rows)]
    lines = max(len(textwrap.wrap(str(title), max(8, int(width * 10.5)))) if title else 0 for title in titles)
    options = {"cmap": cmap, "vmin": vmin, "vmax": vmax}
    with style():
        size = (WIDTH, sum(heights) + (0.19 * lines + 0.1) * rows / details)
        fig, axes = plt.subplots(rows, columns, figsize=size, squeeze=False, height_ratios=heights)
        fig.get_layout_engine().set(w_pad=0.06, h_pad=0.06, wspace=0.01, hspace=0.01)
        for ax in axes.flat:
            ax.set_axis_off()
        for i, (image, title) in enumerate(zip(images, titles, strict=True)):
            row, column = i // columns * details, i % columns
            _panel(axes[row, column], image, title, width, **options)
            if zoom is not None:
                top, left, height, across = zoom
                box = Rectangle(
                    (left - 0.5, top - 0.5), across, height, fill=False, edgecolor=COLOURS["rose"], linewidth=1.8
                )
                axes[row, column].add_patch(box)
                detail = image[top : top + height, left : left + across]
                _panel(axes[row + 1, column], detail, None, width, interpolation="nearest", **options)
        show(fig, name=name, caption=caption, alt=alt)


def compare(a, b, *, titles=("before", "after"), name, caption, alt, cmap="gray", vmin=0.0, vmax=1.0, span=None):
    """Show two images and their signed difference b − a with its colour bar.

    Parameters
    ----------
    a, b : ndarray, shape (H, W) or (H, W, 3), float in [0, 1], uint8 or bool
        Two images of one shape.  The difference of colour images is the mean over their channels.
    titles : pair of str
        What `a` and `b` are.
    name, caption, alt : str
        See :func:`show`.
    cmap, vmin, vmax
        Colour map of 2-D images, and the values of its two ends.
    span : float, optional
        The difference runs from −span to +span; its largest absolute value unless told otherwise.

    Raises
    ------
    ValueError
        If the shapes differ (chapter 2), or as :func:`show` does.

    Examples
    --------
    >>> a = np.zeros((4, 6)); b = a.copy(); b[1, 2] = 0.5
    >>> compare(a, b, name="fig-change", caption="One pixel.", alt="One pixel is lighter.")
    [figure fig-change: One pixel is lighter.]
    """
    a, b = _unit(a), _unit(b)
    if a.shape != b.shape:
        raise ValueError(f"shapes {a.shape} and {b.shape}: images are compared pixel by pixel (chapter 2)")
    difference = b - a if a.ndim == 2 else (b - a).mean(axis=2)
    span = span or float(np.abs(difference).max()) or 1.0
    tall = a.shape[0] / a.shape[1]
    wide = tall < 0.8  # then the difference gets a row of its own
    layout, heights = ("ab;dd", [1, 2]) if wide else ("abd", [1])
    width = WIDTH / (2 if wide else 3)
    with style():
        size = (WIDTH, width * tall * sum(heights) + (1.1 if wide else 0.8))
        fig, axes = plt.subplot_mosaic(layout, figsize=size, height_ratios=heights)
        fig.get_layout_engine().set(w_pad=0.06, h_pad=0.06, wspace=0.01, hspace=0.01)
        for key, image, title in zip("ab", (a, b), titles, strict=True):
            _panel(axes[key], image, title, width, cmap=cmap, vmin=vmin, vmax=vmax)
        shown = _panel(axes["d"], difference, f"{titles[1]} − {titles[0]}", width, cmap=SIGNED, vmin=-span, vmax=span)
        height = 0.1 / (width * tall * heights[-1])  # of the colour bar: a tenth of an inch
        bar = axes["d"].inset_axes((0.25, -2 * height, 0.5, height))
        fig.colorbar(shown, cax=bar, orientation="horizontal", ticks=(-span, 0, span)).outline.set_visible(False)
        bar.set_xticklabels([f"−{span:.2g}", "0", f"+{span:.2g}"])
        show(fig, name=name, caption=caption, alt=alt)
