"""Rows of the scoreboard, their file and their table."""

import csv
import os
from dataclasses import asdict, dataclass, fields
from fractions import Fraction
from pathlib import Path

__all__ = ["CSV", "Row", "as_words", "check", "from_words", "read_csv", "table", "write_csv"]

CSV = Path(__file__).resolve().parents[2] / "data" / "scoreboard.csv"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One codec, at one setting, on one clip.

    Parameters
    ----------
    clip : str
        Name of the clip.
    frames : int
        How many of its first frames were coded.
    size : tuple (H, W)
        In pixels, as coded.
    fps : Fraction
        Frames a second.
    format : str
        ``"yuv420p"``, or ``"gray"`` where only luma was coded.
    codec : str
        Name, one line of the chart.
    options : str
        All that the encoder was told: ``key=value`` words, enough to make the same bytes again.
    intra_period : int
        Frames from one picture that needs no other to the next: 1 means every one, 250 at most one in 250.
    bytes : int
        Of the coded clip.
    weight_bytes : int
        Of trained weights that the decoder needs besides; 0 without any.
    psnr_y : float
        PSNR of luma in dB, of the mean squared error over the whole clip.  Luma is taken as the codec got it (video
        uses 16 to 235) and the peak is 255, as in the literature; the same errors in full-range luma weigh 1.3 dB more.
    psnr_y_frames : float
        Mean of the PSNRs of the frames, in dB.
    ssim : float
        SSIM of luma, mean over frames.
    encode_seconds, decode_seconds : float
        CPU time for the whole clip on the machine that measured the row.

    Examples
    --------
    >>> row = Row(clip="carphone", frames=30, size=(144, 176), fps=Fraction(30), format="gray", codec="ours",
    ...           options="step=8", intra_period=1, bytes=7500, weight_bytes=0, psnr_y=33.2, psnr_y_frames=33.3,
    ...           ssim=0.91, encode_seconds=0.2, decode_seconds=0.1)
    >>> row.kilobits_per_second, round(row.bits_per_pixel, 4)
    (60.0, 0.0789)
    """

    clip: str
    frames: int
    size: tuple[int, int]
    fps: Fraction
    format: str
    codec: str
    options: str
    intra_period: int
    bytes: int
    weight_bytes: int
    psnr_y: float
    psnr_y_frames: float
    ssim: float
    encode_seconds: float
    decode_seconds: float

    @property
    def bits_per_pixel(self):
        """Bits for each luma pixel, weights included."""
        return 8 * (self.bytes + self.weight_bytes) / (self.frames * self.size[0] * self.size[1])

    @property
    def kilobits_per_second(self):
        """1000 bits a second, weights included: their bytes are spread over the clip's duration."""
        return float(8 * (self.bytes + self.weight_bytes) * self.fps / self.frames / 1000)

    @property
    def key(self):
        """What was coded, by whom, and how; two rows of one key are two measurements of the same thing."""
        return (self.clip, self.frames, self.size, self.format, self.codec, self.options)


_PARSE = {"size": lambda text: tuple(int(n) for n in text.split("x")), "fps": Fraction}
_WRITE = {"size": lambda size: f"{size[0]}x{size[1]}"}


def as_words(row):
    """A row as it stands in a file: {field: text}.

    Examples
    --------
    >>> from_words(as_words(read_csv()[0])) == read_csv()[0]
    True
    """
    return {name: _WRITE.get(name, str)(value) for name, value in asdict(row).items()}


def from_words(words):
    """The row again."""
    parse = {field.name: _PARSE.get(field.name, field.type) for field in fields(Row)}
    return Row(**{name: parse[name](text) for name, text in words.items()})


def write_csv(path, rows):
    """Write rows to a file, in one step: whoever reads meanwhile sees the old one.

    Parameters
    ----------
    path : path
        A comma-separated table with one line of headings, the fields of :class:`Row`; sizes are written ``HxW``.
    rows : iterable of Row

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_csv(f"{folder}/rows.csv", read_csv()[:3])
    ...     read_csv(f"{folder}/rows.csv") == read_csv()[:3]
    True
    """
    path = Path(path)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, [field.name for field in fields(Row)], lineterminator="\n")
            writer.writeheader()
            for row in rows:
                writer.writerow(as_words(row))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def read_csv(path=CSV):
    """Read the rows of a file that :func:`write_csv` wrote.

    Parameters
    ----------
    path : path
        The book's own ``data/scoreboard.csv`` unless told otherwise.

    Returns
    -------
    list of Row

    Raises
    ------
    ValueError
        If the file is missing or no such table.

    Examples
    --------
    >>> sorted({row.clip for row in read_csv()})
    ['bikes', 'carphone', 'carphone, frame 20']
    """
    try:
        with Path(path).open(newline="", encoding="utf-8") as file:
            return [from_words(line) for line in csv.DictReader(file, strict=True)]
    except (OSError, KeyError, TypeError, ValueError, csv.Error) as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise ValueError(
            f"{Path(path).name} is no table of scoreboard rows ({reason}); see `make scoreboard` (chapter 1)"
        ) from None


def check(row, path=CSV):
    """Make sure that a row measured here is the one in the table: the same bytes, PSNR and SSIM.

    Parameters
    ----------
    row : Row
        As :func:`~vdtext.scoreboard.measure` or :func:`~vdtext.scoreboard.anchor` returned it.
    path : path
        The table; the book's own unless told otherwise.

    Returns
    -------
    Row
        The row of the table, with the seconds that were measured there.

    Raises
    ------
    ValueError
        If there is no such row, or it says something else.

    Examples
    --------
    >>> stored = read_csv()[0]
    >>> check(stored) == stored
    True
    """
    what = f"{row.codec} ({row.options}) on {row.clip}, {row.frames} frames"
    stored = next((candidate for candidate in read_csv(path) if candidate.key == row.key), None)
    if stored is None:
        raise ValueError(f"{what}: not in the table; `make scoreboard` writes it (chapter 1)")
    for name, tolerance in (("bytes", 0), ("weight_bytes", 0), ("psnr_y", 2e-4), ("ssim", 2e-6)):
        here, there = getattr(row, name), getattr(stored, name)
        if here != there and not abs(here - there) <= tolerance:
            raise ValueError(f"{what}: {name} is {here} here and {there} in the table of `make scoreboard` (chapter 1)")
    return stored


_COLUMNS = {
    "clip": lambda row: row.clip,
    "size": lambda row: f"{row.size[0]}×{row.size[1]}",
    "frames": lambda row: str(row.frames),
    "format": lambda row: row.format,
    "codec": lambda row: row.codec,
    "options": lambda row: row.options,
    "intra": lambda row: str(row.intra_period),
    "bytes": lambda row: str(row.bytes),
    "weights": lambda row: str(row.weight_bytes),
    "kbit/s": lambda row: f"{row.kilobits_per_second:.4g}",
    "bit/px": lambda row: f"{row.bits_per_pixel:.4f}",
    "PSNR-Y": lambda row: f"{row.psnr_y:.2f}",
    "by frame": lambda row: f"{row.psnr_y_frames:.2f}",
    "SSIM": lambda row: f"{row.ssim:.4f}",
    "encode s": lambda row: f"{row.encode_seconds:.2f}",
    "decode s": lambda row: f"{row.decode_seconds:.2f}",
}


def table(rows, columns=("clip", "codec", "frames", "intra", "bytes", "weights", "kbit/s", "bit/px", "PSNR-Y", "SSIM")):
    """Rows as plain text, for ``print``.

    Parameters
    ----------
    rows : iterable of Row
    columns : sequence of str
        Any of clip, size (H×W), frames, format, codec, options, intra, bytes, weights, kbit/s and bit/px (weights
        included), PSNR-Y (whole clip), by frame (mean of the frames' PSNR-Y), SSIM, encode s, decode s.

    Returns
    -------
    str
        One line of headings and one a row.

    Raises
    ------
    ValueError
        If a column is unknown.

    Examples
    --------
    >>> print(table([], columns=("codec", "bytes")))
    codec  bytes
    """
    columns = list(columns)
    if unknown := [name for name in columns if name not in _COLUMNS]:
        raise ValueError(f"no column {unknown[0]!r}; known: {', '.join(_COLUMNS)} (chapter 1)")
    lines = [columns, *([_COLUMNS[name](row) for name in columns] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    left = {"clip", "format", "codec", "options"}
    aligned = (
        "  ".join(
            cell.ljust(w) if name in left else cell.rjust(w)
            for name, cell, w in zip(columns, line, widths, strict=True)
        )
        for line in lines
    )
    return "\n".join(line.rstrip() for line in aligned)
