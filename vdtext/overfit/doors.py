"""The front doors: a picture or a group of frames in, bytes out, and back."""

from dataclasses import dataclass

import numpy as np

from vdtext.errors import BitstreamError
from vdtext.motion import compensate, decode_vectors
from vdtext.overfit.coder import Message, read_message, write_message
from vdtext.overfit.network import BLOCK, synthesise
from vdtext.overfit.stream import LIMIT, Header, pack, unpack

__all__ = ["Contents", "decode", "encode", "frames_of", "read", "write"]


@dataclass(frozen=True, eq=False)
class Contents:
    """What is in a stream, before the pictures are made.

    Attributes
    ----------
    header : Header
    vectors : list of ndarray
        Of each predicted frame, in quarter pixels.
    message : Message
        Networks and latents.
    header_bytes, vector_bytes : int

    Examples
    --------
    >>> Contents(None, [], None, 11, 0).header_bytes
    11
    """

    header: Header
    vectors: list
    message: Message
    header_bytes: int
    vector_bytes: int


def encode(picture, *, lam, seed, after=None, steps=2500, hidden=8, features=12, levels=7):
    """Code a grey picture, or a group of frames, with networks that are trained on it alone and travel with it.

    .. math:: \\min_{y, θ, ψ} \\; D(x, f_θ(y)) + λ \\, R_ψ(y)

    with latents y, synthesis θ and autoregressive network ψ.  This takes minutes, and torch.

    Parameters
    ----------
    picture : ndarray, shape (H, W) or (T, H, W), uint8
        A picture; or frames, which share the networks; each but the first is predicted from the one before.
    lam : float
        λ: what a bit per pixel is worth, in squared grey values.  Larger is coarser.
    seed : int
        Of first weights and noise.
    after : ndarray, shape (H, W), uint8, optional
        A decoded frame from which the picture, or the first frame, is predicted; the decoder needs it as well.
    steps : int
        Of gradient descent.
    hidden, features, levels : int
        As in :class:`vdtext.overfit.network.Shape`.

    Returns
    -------
    bytes
        In the format of :mod:`vdtext.overfit.stream`.

    Raises
    ------
    TypeError, ValueError
        If an argument cannot be right.

    References
    ----------
    Ladune et al., COOL-CHIC: Coordinate-based Low Complexity Hierarchical Image Codec (2023), arXiv:2212.05458.  Kim et
    al., C3: High-performance and low-complexity neural compression from a single image or video (2024),
    arXiv:2312.02753.

    Examples
    --------
    >>> picture = np.add.outer(np.arange(16), 3 * np.arange(24)).astype(np.uint8)
    >>> decode(encode(picture, lam=50, seed=0, steps=20, levels=3)).shape
    (16, 24)
    """
    from vdtext.overfit.training import fit

    sizes = {"hidden": hidden, "features": features, "levels": levels}
    return write(fit(picture, lam=lam, seed=seed, after=after, steps=steps, **sizes))


def write(fitted):
    """The bytes of what :func:`vdtext.overfit.training.fit` found.

    Parameters
    ----------
    fitted : Fitted

    Returns
    -------
    bytes

    Examples
    --------
    >>> from vdtext.overfit.training import fit
    >>> picture = np.zeros((8, 8), np.uint8)
    >>> bool((decode(write(fit(picture, lam=50, seed=0, steps=5, levels=2))) < 255).all())
    True
    """
    message = write_message(fitted.network, fitted.frames)
    header = Header(*fitted.size, fitted.kind, *_sizes(fitted.network.shape), len(message))
    return pack(header, fitted.vectors) + message


def _sizes(shape):
    return shape.levels, shape.hidden, shape.features


def read(data, *, alter=None, limit=LIMIT):
    """What is in a stream: networks, latents, vectors, and the bits of each part.

    Parameters
    ----------
    data : bytes
    alter : callable, optional
        Network → Network, applied before the latents are read, for experiments: what is read until it fails is kept.
    limit : int
        Pixels of all frames.

    Returns
    -------
    Contents

    Raises
    ------
    BitstreamError
        If no encoder writes such bytes.

    Examples
    --------
    >>> read(b"VO")
    Traceback (most recent call last):
      ...
    vdtext.errors.BitstreamError: no picture of this format: it begins with VO and version 1 (chapter 13)
    """
    header, parts, message = unpack(data, limit)
    size = header.height, header.width
    vectors = []
    for part in parts:
        found = decode_vectors(part)
        if (
            found.block != BLOCK
            or found.sizes is not None
            or found.vectors.shape[:2] != tuple(-(-n // BLOCK) for n in size)
        ):
            raise BitstreamError(
                f"vectors {found.vectors.shape} of blocks of {found.block}: not these frames' (chapter 13)"
            )
        vectors.append(found.vectors)
    message = read_message(message, header.shape, size, header.frames, alter=alter)
    return Contents(header, vectors, message, len(pack(header)), sum(map(len, parts)))


def frames_of(contents, frames=None, *, after=None):
    """The pictures that latents stand for.

    Parameters
    ----------
    contents : Contents
    frames : list of list of ndarray, optional
        Other latents than those that were read, for experiments.
    after : ndarray, shape (H, W), uint8, optional
        The frame before, where the stream is predicted from one.

    Returns
    -------
    ndarray, shape (T, H, W), uint8

    Raises
    ------
    BitstreamError
        If the weights are such that sums could exceed what is exact.
    ValueError
        If the frame before is missing, or there is none.

    Examples
    --------
    >>> contents = read(encode(np.zeros((8, 8), np.uint8), lam=50, seed=0, steps=5, levels=2))
    >>> frames_of(contents).shape
    (1, 8, 8)
    """
    size = contents.header.height, contents.header.width
    if (after is not None) != contents.header.follows or (after is not None and np.shape(after) != size):
        raise ValueError(
            f"kind {contents.header.kind}: 1 and above 255 want the frame before, no other does (chapter 13)"
        )
    shown, before, fields = [], after, list(contents.vectors)
    for grids in contents.message.frames if frames is None else frames:
        known = None if before is None else compensate(before, fields.pop(0), block=BLOCK)
        try:
            before = synthesise(grids, contents.message.network, known)
        except ValueError as error:
            raise BitstreamError(f"no encoder writes such weights: {error}") from None
        shown.append(before)
    return np.stack(shown)


def decode(data, *, after=None, limit=LIMIT):
    """The picture of a stream.

    All arithmetic is of integers: every machine decodes the same.

    Parameters
    ----------
    data : bytes
        What :func:`encode` made; what follows its end is ignored.
    after : ndarray, shape (H, W), uint8, optional
        The frame before, if the stream was made with one.
    limit : int
        Larger pictures, in pixels of all frames, are refused before any memory is taken.

    Returns
    -------
    ndarray, shape (H, W) or (T, H, W), uint8

    Raises
    ------
    BitstreamError
        If no encoder writes such bytes, or the picture is larger than the limit.
    ValueError
        If the frame before is missing, or there is none.

    Examples
    --------
    >>> data = encode(np.full((8, 9), 70, np.uint8), lam=50, seed=0, steps=5, levels=2)
    >>> decode(data + b"garbage").shape
    (8, 9)
    """
    contents = read(data, limit=limit)
    frames = frames_of(contents, after=after)
    return frames if contents.header.kind > 1 else frames[0]
