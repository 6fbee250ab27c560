"""A camera that pans, zooms and turns over a photograph: the flow is an exact affine function in every frame."""

import importlib.util
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from vdtext.clips.clip import Clip, Truth, as_bytes
from vdtext.video import Color, default_matrix, luma

__all__ = ["pan", "photograph", "photographs"]

SOFTNESS = 1.0  # standard deviation in pixels of the blur that makes a photograph smooth enough to be sampled anywhere
PHOTOGRAPHS = {  # those that lie inside the wheel of scikit-image, and their terms
    "astronaut": "NASA, public domain",
    "brick": "CC0 1.0",
    "camera": "CC0 1.0, Lav Varshney",
    "chelsea": "CC0 1.0, Stefan van der Walt",
    "coffee": "CC0 1.0, Rachel Michetti",
    "grass": "CC0 1.0",
    "gravel": "CC0 1.0",
    "rocket": "SpaceX, public domain",
}


def photographs():
    """The photographs that `photograph` knows.

    Returns
    -------
    list of str

    Examples
    --------
    >>> from vdtext import clips
    >>> clips.photographs()
    ['astronaut', 'brick', 'camera', 'chelsea', 'coffee', 'grass', 'gravel', 'rocket']
    """
    return sorted(PHOTOGRAPHS)


def photograph(name):
    """A photograph out of scikit-image's wheel, which is located and not imported, so that nothing can be downloaded.

    Parameters
    ----------
    name : str
        One of `photographs`.

    Returns
    -------
    ndarray, shape (H, W, 3) or (H, W), uint8
        RGB or grey.

    Raises
    ------
    ValueError
        If the name is unknown; the known ones are listed.
    FileNotFoundError
        If scikit-image is not installed, or without its pictures (chapter 2).

    Examples
    --------
    >>> from vdtext import clips
    >>> clips.photograph("astronaut").shape, clips.photograph("camera").shape
    ((512, 512, 3), (512, 512))
    """
    if name not in PHOTOGRAPHS:
        raise ValueError(f"photograph {name!r} is not known; there are {', '.join(photographs())} (chapter 2)")
    package = importlib.util.find_spec("skimage")
    folder = Path(package.origin).parent / "data" if package else Path()
    for file in (folder / f"{name}.png", folder / f"{name}.jpg"):
        if file.is_file():
            with Image.open(file) as image:
                return np.asarray(image.convert("L" if image.mode == "L" else "RGB"))
    raise FileNotFoundError(f"photograph {name!r} comes with scikit-image: pip install scikit-image (chapter 2)")


def pan(
    picture="chelsea",
    *,
    frames=32,
    size=(144, 176),
    shift=(0.6, 1.1),
    zoom=1.004,
    turn=0.25,
    shake=0.0,
    fps=25,
    seed=0,
    gray=False,
):
    """A camera moving steadily over a photograph, shaking if wanted, with the exact flow from each frame to the next.

    Pixel x of frame t shows the photograph, blurred by σ = 1 and interpolated by a cubic spline, at
    M_t x = c + t·shift + shake·n_t + zoom⁻ᵗ R(t·turn) (x − m), where c and m are the middles of photograph and frame;
    the flow is M_{t+1}⁻¹ M_t x − x.  The first n frames do not depend on how many follow.

    Parameters
    ----------
    picture : str or ndarray, shape (H, W) or (H, W, 3), uint8
        One of `photographs`, or a picture of your own.
    frames : int
        Length, ≥ 1.
    size : (int, int)
        Height and width of a frame in pixels.
    shift : (float, float)
        Motion of the camera in pixels of the photograph a frame, down and right.
    zoom : float
        Magnification a frame; above 1 the camera comes closer.
    turn : float
        Degrees a frame by which the camera turns counterclockwise.
    shake : float
        Standard deviation in pixels of an independent displacement of every frame.
    fps : Fraction or int
        Frames a second.
    seed : int
        Of the shaking.
    gray : bool
        Luma only.

    Returns
    -------
    Clip
        uint8, (T, H, W, 3), or (T, H, W) of a grey picture or with `gray`.  Its truth holds clean, matrices, flow and
        occlusion (points that leave the frame).

    Raises
    ------
    ValueError
        If the camera would look beyond the photograph (chapter 9).

    Examples
    --------
    >>> from vdtext import clips
    >>> clip = clips.pan("camera", frames=3, shift=(0, 2), zoom=1, turn=0)
    >>> clip.array.shape, clip.truth.flow[0, 5, 5].tolist()
    ((3, 144, 176), [0.0, -2.0])
    """
    own = not isinstance(picture, str)
    name = "a picture of your own" if own else picture
    photo = np.asarray(picture) if own else photograph(picture)
    if photo.ndim == 3 and gray:
        photo = luma(photo, matrix=default_matrix(size[0]))
    matrices = _camera(photo.shape[:2], frames, size, shift, zoom, turn, shake, seed)
    corners = np.array([[y, x, 1] for y in (0, size[0] - 1) for x in (0, size[1] - 1)])
    seen = matrices @ corners.T
    if seen.min() < 0 or np.any(seen.max(axis=(0, 2)) > np.subtract(photo.shape[:2], 1)):
        late = int(np.argmax([np.any(m < 0) or np.any(m.max(1) > np.subtract(photo.shape[:2], 1)) for m in seen]))
        raise ValueError(
            f"frame {late} looks beyond the {photo.shape[0]}×{photo.shape[1]} photograph: fewer or slower (chapter 9)"
        )
    clean = _film(photo / 255, matrices, size)
    pixels = np.stack([*np.indices(size, float), np.ones(size)])
    square = np.concatenate([matrices, np.broadcast_to([[[0.0, 0, 1]]], (frames, 1, 3))], 1)
    steps = np.linalg.solve(square[1:], square[:-1])[:, :2]  # M_{t+1}⁻¹ M_t
    there = np.moveaxis(np.tensordot(steps, pixels, 1), 1, -1)
    truth = Truth(
        cuts=(),
        clean=clean,
        matrices=matrices,
        flow=there - np.moveaxis(pixels[:2], 0, -1),
        occlusion=np.any((there < 0) | (there > np.subtract(size, 1)), -1),
    )
    source, licence = f"{name} of scikit-image, camera computed, seed {seed}", PHOTOGRAPHS.get(name, "yours")
    return Clip(
        "pan", as_bytes(clean), Fraction(fps), Color(default_matrix(size[0]), limited=False), source, licence, truth
    )


def _camera(photo, frames, size, shift, zoom, turn, shake, seed):
    """M_t for every frame, shape (frames, 2, 3)."""
    t = np.arange(frames)
    angle = np.deg2rad(turn * t)
    linear = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]).transpose(2, 0, 1)
    linear = linear * np.power(float(zoom), -t)[:, None, None]
    jolt = shake * np.random.default_rng(seed).standard_normal((frames, 2))
    middle = np.subtract(photo, 1) / 2 + t[:, None] * np.asarray(shift, float) + jolt
    offset = middle - linear @ (np.subtract(size, 1) / 2)
    return np.concatenate([linear, offset[..., None]], -1)


def _film(photo, matrices, size):
    """The photograph through each matrix, float64 in [0, 1]."""
    channels = photo[..., None] if photo.ndim == 2 else photo
    clean = np.empty((len(matrices), *size, channels.shape[-1]))
    for channel in range(channels.shape[-1]):
        smooth = ndimage.gaussian_filter(channels[..., channel], SOFTNESS, mode="mirror")
        spline = ndimage.spline_filter(smooth, order=3, mode="mirror")
        for t, matrix in enumerate(matrices):
            clean[t, ..., channel] = ndimage.affine_transform(
                spline, matrix[:, :2], matrix[:, 2], output_shape=tuple(size), order=3, mode="mirror", prefilter=False
            )
    return np.clip(clean[..., 0] if photo.ndim == 2 else clean, 0, 1)
