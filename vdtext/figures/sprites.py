"""Frames as data URIs: one image that holds them all, in the fewest bytes that keep what matters."""

import base64
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

__all__ = ["Sheet", "as_uint8", "data_uri", "encode_image", "sheet", "stack"]

SIDE = 8192  # pixels: what a phone's graphics takes for a texture (WebP itself ends at 16383)
GUTTER = 2  # pixels around each frame, copies of its border: a scaled sheet then shows nothing of the neighbours
LINE_ART = 0.8  # a picture with more pixels than this equal to their left neighbour is a drawing
PALETTE = 48  # colours of a drawing: more would only refine the grey of its smoothed edges
SMALL = 65536  # bytes: an exact sheet up to this size is kept


def as_uint8(frame):
    """A frame in 8 bits: floats in [0, 1] are clipped and rounded, booleans become black and white.

    Parameters
    ----------
    frame : ndarray, shape (H, W) or (H, W, 3), float in [0, 1], uint8 or bool

    Returns
    -------
    ndarray, same shape, uint8

    Raises
    ------
    ValueError
        If shape or type is another, or a value is NaN (chapter 2).

    Examples
    --------
    >>> as_uint8(np.array([[0.0, 0.5, 2.0]]))
    array([[  0, 128, 255]], dtype=uint8)
    """
    frame = np.asarray(frame)
    if frame.ndim not in (2, 3) or (frame.ndim == 3 and frame.shape[2] != 3) or 0 in frame.shape:
        raise ValueError(f"shape {frame.shape}: a frame is (H, W) or (H, W, 3), with at least one pixel (chapter 2)")
    if frame.dtype == np.uint8:
        return frame
    if frame.dtype.kind not in "fb" or np.isnan(frame).any():
        raise ValueError(f"{frame.dtype} frame: floats in [0, 1] without NaN, uint8 and bool are accepted (chapter 2)")
    return np.rint(np.clip(frame, 0, 1) * 255.0).astype(np.uint8)


def stack(frames):
    """Frames of one shape as one uint8 array; where one has colour, all get three channels.

    Returns
    -------
    ndarray, shape (T, H, W) or (T, H, W, 3), uint8

    Raises
    ------
    ValueError
        If there is no frame, or heights and widths differ (chapter 2).

    Examples
    --------
    >>> stack([np.zeros((2, 4)), np.ones((2, 4, 3))]).shape
    (2, 2, 4, 3)
    """
    frames = [as_uint8(frame) for frame in frames]
    sizes = sorted({frame.shape[:2] for frame in frames})
    if len(sizes) != 1:
        raise ValueError(f"frames of sizes {sizes}: at least one frame, and all of one height and width (chapter 2)")
    if any(frame.ndim == 3 for frame in frames):
        frames = [frame if frame.ndim == 3 else np.repeat(frame[..., None], 3, axis=2) for frame in frames]
    return np.stack(frames)


def data_uri(kind, data):
    """Bytes as a data URI.

    Examples
    --------
    >>> data_uri("image/png", b"abc")
    'data:image/png;base64,YWJj'
    """
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


def _save(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _exact(image):
    """The smaller of a lossless WebP and a PNG."""
    webp = "image/webp", _save(image, "WEBP", lossless=True, method=4, quality=90)
    png = "image/png", _save(image, "PNG", optimize=True)
    return min(webp, png, key=lambda coded: len(coded[1]))


def encode_image(pixels, *, lossless=None):
    """Compress a picture by what it is.

    Drawings (mostly flat) are kept exact but for their palette, 48 colours; small pictures are kept exact; other
    pictures become WebP of quality 85, whose colour has half the resolution.

    Parameters
    ----------
    pixels : ndarray, shape (H, W) or (H, W, 3), uint8
    lossless : bool, optional
        True: every pixel exact.  False: quality 85.  None: by content, as above.

    Returns
    -------
    tuple (str, bytes)
        The MIME type and the file.

    Examples
    --------
    >>> encode_image(np.zeros((8, 8), np.uint8))[0] in ("image/webp", "image/png")
    True
    """
    image = Image.fromarray(pixels)
    if lossless:
        return _exact(image)
    if lossless is None:
        channels = pixels.reshape(*pixels.shape[:2], -1)
        if (channels[:, 1:] == channels[:, :-1]).all(axis=2).mean() > LINE_ART:
            return _exact(
                image.quantize(PALETTE, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
                if pixels.ndim == 3
                else image
            )
        if pixels.size < 40 * SMALL and len((exact := _exact(image))[1]) <= SMALL:
            return exact
    return "image/webp", _save(image, "WEBP", quality=85, method=6)


@dataclass(frozen=True)
class Sheet:
    """Frames in one image: its data URI and where each frame lies in it, in percent of the window that shows one."""

    uri: str
    height: int
    width: int
    columns: int
    rows: int
    gutter: int

    @property
    def size(self):
        """Width and height of the whole sheet, in percent of the window's."""
        across, down = self.steps
        return self.columns * across, self.rows * down

    @property
    def steps(self):
        """From one frame to the next, right and down, in percent of the window."""
        return 100 * (1 + 2 * self.gutter / self.width), 100 * (1 + 2 * self.gutter / self.height)

    @property
    def margins(self):
        """From the sheet's corner to its first frame, right and down, in percent of the window."""
        return 100 * self.gutter / self.width, 100 * self.gutter / self.height

    def offset(self, i):
        """Left and top, in percent of the window, of the sheet when frame `i` is in view."""
        row, column = divmod(i, self.columns)
        return tuple(
            -(place * step + margin)
            for place, step, margin in zip((column, row), self.steps, self.margins, strict=True)
        )


def sheet(frames, *, lossless=None):
    """Put frames into one image, row by row.

    Parameters
    ----------
    frames : ndarray, shape (T, H, W) or (T, H, W, 3), uint8
        As :func:`stack` returns them.
    lossless : bool, optional
        See :func:`encode_image`.

    Returns
    -------
    Sheet

    Raises
    ------
    ValueError
        If the sheet would be larger than 8192 pixels in a direction (chapter 2).

    Examples
    --------
    >>> sheet(np.zeros((3, 4, 6), np.uint8)).columns
    3
    """
    count, height, width = frames.shape[:3]
    gutter = GUTTER if count > 1 else 0
    columns = min(count, max(1, SIDE // (width + 2 * gutter)))
    rows = -(-count // columns)
    columns = -(-count // rows)
    if width + 2 * gutter > SIDE or rows * (height + 2 * gutter) > SIDE:
        raise ValueError(
            f"{count} frames of {height}×{width} pixels do not fit in a sheet of {SIDE}×{SIDE}: "
            "use fewer or smaller ones (chapter 2)"
        )
    trailing = frames.shape[3:]
    cells = np.pad(frames, [(0, 0), (gutter, gutter), (gutter, gutter), *[(0, 0)] * len(trailing)], mode="edge")
    cells = np.concatenate([cells, np.zeros_like(cells[: rows * columns - count])])
    grid = cells.reshape(rows, columns, *cells.shape[1:]).swapaxes(1, 2)
    grid = grid.reshape(rows * cells.shape[1], columns * cells.shape[2], *trailing)
    return Sheet(data_uri(*encode_image(grid, lossless=lossless)), height, width, columns, rows, gutter)
