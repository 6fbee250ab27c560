"""How the subbands of all components lie in the embedded stream, and in the one array that its coder works on."""

from dataclasses import dataclass

import numpy as np

from vdtext.wavelets.pyramid import Band, bands, depth

__all__ = ["Layout", "gather", "layout", "scatter"]

MARGIN = 2
"""Zeros around each band, so that neighbours need no question."""
COLUMNS = ("offset", "stride", "rows", "columns", "kind", "level", "parent", "parent_stride", "first", "first_stride")
COLUMNS += ("second", "second_stride", "luma", "luma_stride", "other", "other_stride", "planes", "component")
"""What the coder is told about each band: place, size, kind, level; where the band of the same kind one level up lies,
bands of the other kinds, of the luma and of the other chroma component; bit planes and component.  A stride of 0 says
that there is no such band."""
KINDS = {"LL": 0, "HL": 1, "LH": 2, "HH": 3}
BESIDE = {"LL": (), "HL": ("LH",), "LH": ("HL",), "HH": ("HL", "LH")}


@dataclass(frozen=True)
class Layout:
    """The bands of all components in coding order.

    Attributes
    ----------
    table : ndarray, shape (bands, 18), int64
        A row of :data:`COLUMNS` for each band.
    owners : tuple of (int, Band)
        Which component and band each row is.
    levels : tuple of int
        Of each component.
    size : int
        Numbers in the array.

    Examples
    --------
    >>> layout([(8, 8)]).size
    260
    """

    table: np.ndarray
    owners: tuple[tuple[int, Band], ...]
    levels: tuple[int, ...]
    size: int


def layout(shapes):
    """Place the bands of some components: from coarse to fine, and of each level luma first.

    Parameters
    ----------
    shapes : sequence of (int, int)
        Height and width of luma, and of both chroma components if there are any.

    Returns
    -------
    Layout

    Examples
    --------
    >>> plan = layout([(16, 16), (8, 8), (8, 8)])
    >>> [(component, band.name, band.level) for component, band in plan.owners][:4]
    [(0, 'LL', 2), (0, 'HL', 2), (0, 'LH', 2), (0, 'HH', 2)]
    """
    levels = tuple(min(depth(shape), 8) for shape in shapes)
    shift = [0] + [
        int(shape != shapes[0]) for shape in shapes[1:]
    ]  # one level of 4:2:0 chroma is as large as luma's next
    found = [(c, band) for c, shape in enumerate(shapes) for band in bands(shape, levels[c])]
    found.sort(key=lambda item: (-item[1].level - shift[item[0]], item[0]))
    place = {(c, band.name, band.level): k for k, (c, band) in enumerate(found)}
    table, size = np.zeros((len(found), len(COLUMNS)), np.int64), MARGIN
    for row, (_, band) in zip(table, found, strict=True):
        rows, columns = (r.stop - r.start for r in band.region)
        stride = columns + 2 * MARGIN
        row[:6] = size + MARGIN * stride + MARGIN, stride, rows, columns, KINDS[band.name], band.level
        size += (rows + 2 * MARGIN) * stride
    for row, (c, band) in zip(table, found, strict=True):
        beside = [(c, name, band.level) for name in BESIDE[band.name]]
        row[17] = c
        for column, key in (
            (6, (c, band.name, band.level + 1)),
            *zip((8, 10), beside, strict=False),
            *([(12, (0, band.name, band.level + shift[c]))] if c else []),
            *([(14, (1, band.name, band.level))] if c == 2 else []),
        ):
            if key in place:
                row[column : column + 2] = table[place[key], :2]
    return Layout(table, tuple(found), levels, size + MARGIN)


def window(flat, row):
    """A band inside the one array, as a view.

    Parameters
    ----------
    flat : ndarray, shape (size,)
        The array.
    row : ndarray
        Of the table.

    Returns
    -------
    ndarray, shape (rows, columns)

    Examples
    --------
    >>> plan = layout([(8, 8)])
    >>> window(np.arange(plan.size), plan.table[0]).tolist()[0][:2]
    [20, 21]
    """
    offset, stride, rows, columns = map(int, row[:4])
    return flat[offset : offset + rows * stride].reshape(-1, stride)[:, :columns]


def gather(plan, components, dtype=np.int32):
    """Put the coefficients of all components into one array.

    Parameters
    ----------
    plan : Layout
        Where they belong.
    components : sequence of ndarray
        Coefficients, as a :class:`~vdtext.wavelets.Pyramid` has them.
    dtype : dtype
        Of the array.

    Returns
    -------
    ndarray, shape (size,), `dtype`
        With zeros around each band.

    Examples
    --------
    >>> int(gather(layout([(8, 8)]), [np.ones((8, 8), int)]).sum())
    64
    """
    flat = np.zeros(plan.size, dtype)
    for row, (c, band) in zip(plan.table, plan.owners, strict=True):
        window(flat, row)[:] = components[c][band.region]
    return flat


def scatter(plan, flat, shapes):
    """Undo :func:`gather`.

    Parameters
    ----------
    plan : Layout
        Where they lie.
    flat : ndarray, shape (size,)
        The array.
    shapes : sequence of (int, int)
        Of the components.

    Returns
    -------
    list of ndarray
        Of the dtype of `flat`.

    Examples
    --------
    >>> plan, x = layout([(3, 9)]), np.arange(27).reshape(3, 9)
    >>> bool((scatter(plan, gather(plan, [x]), [(3, 9)])[0] == x).all())
    True
    """
    components = [np.zeros(shape, flat.dtype) for shape in shapes]
    for row, (c, band) in zip(plan.table, plan.owners, strict=True):
        components[c][band.region] = window(flat, row)
    return components
