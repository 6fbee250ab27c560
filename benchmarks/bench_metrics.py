"""SSIM in all variants, MS-SSIM and log-Euclidean distances against their peers (see tools/bench.py).

Pictures are 8-bit.  A peer that computes in float gets its pictures as floats or tensors before the clock starts.
"""

import importlib
import sys
import types
from fractions import Fraction
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from tools.bench import Candidate, Case
from vdtext import metrics
from vdtext.metrics import similarity

OPENCV = "opencv-contrib-python-headless"
C1, C2 = similarity.constants(255)
GAUSSIAN = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
UNIFORM = {"win_size": 7, "use_sample_covariance": False, "data_range": 255}
FFMPEG = {"window": "uniform", "size": 8, "stride": 4, "k": (0.01 / 8, 0.03), "sample": True}


@cache
def pair(shape, frames=1):
    """A smooth texture and the same with noise, uint8, (T, H, W)."""
    import cv2

    rng = np.random.default_rng(0)
    a = [cv2.GaussianBlur(rng.random(shape) * 255, (0, 0), 2) for _ in range(frames)]
    a = np.stack([np.clip(128 + 6 * (u - u.mean()), 0, 255) for u in a])
    b = a + rng.normal(0, 12, a.shape)
    return a.round().astype(np.uint8), b.clip(0, 255).round().astype(np.uint8)


HD, CIF = partial(pair, (1080, 1920)), partial(pair, (288, 352), 60)


def floats(pictures, kind=np.float32):
    return [u.astype(kind) for u in pictures()]


def reference(measure, pictures, **options):
    """What everybody's number must equal: ours in float64."""
    return lambda: np.array(measure(*floats(pictures, np.float64), data_range=255, **options))


def ours(measure, pictures, **options):
    return lambda: partial(lambda a, b: np.array(measure(a, b, data_range=255, **options)), *pictures())


def readable(pictures, **options):
    return lambda: partial(lambda a, b: metrics.ssim_map(a, b, data_range=255, **options).mean(), *pictures())


# The peers; each returns a function that measures one pair of pictures or a clip.


def opencv(pictures):
    import cv2

    cv2.setNumThreads(1)
    a, b = pictures()
    compute = cv2.quality.QualitySSIM_compute
    return lambda: np.array(np.mean([compute(x, y)[0][0] for x, y in zip(a, b, strict=True)]))


def skimage(pictures, options):
    from skimage.metrics import structural_similarity

    a, b = floats(pictures)
    return lambda: np.array(np.mean([structural_similarity(x, y, **options) for x, y in zip(a, b, strict=True)]))


def scipy_filters(pictures, smooth, border):
    """The formula on SciPy's filters, float32, with sum and difference: four filters in place of five."""
    a, b = floats(pictures)

    def one(x, y):
        s, d = x + y, x - y
        mean_s, mean_d, ss, dd = smooth(s), smooth(d), smooth(s * s), smooth(d * d)
        mean_s, mean_d = mean_s**2, mean_d**2
        ss, dd = ss - mean_s, dd - mean_d
        value = (mean_s - mean_d + 2 * C1) * (ss - dd + 2 * C2)
        value /= (mean_s + mean_d + 2 * C1) * (ss + dd + 2 * C2)
        return value[border:-border, border:-border].mean(dtype=np.float64)

    return lambda: np.array(np.mean([one(x, y) for x, y in zip(a, b, strict=True)]))


def scipy_gaussian(u):
    from scipy import ndimage

    weights = similarity.window_weights()
    return ndimage.correlate1d(ndimage.correlate1d(u, weights, 0), weights, 1)


def scipy_uniform(u):
    from scipy import ndimage

    return ndimage.uniform_filter(u, 7)


def tensors(pictures):
    import torch

    torch.set_num_threads(1)
    return [torch.from_numpy(u)[:, None] for u in floats(pictures)]


def torchmetrics(pictures, name):
    from torchmetrics.functional import image

    a, b = tensors(pictures)
    measure = getattr(image, name)
    return lambda: measure(a, b, sigma=1.5, kernel_size=11, data_range=255.0).numpy()


def pytorch_msssim(pictures, name):
    import pytorch_msssim as peer

    a, b = tensors(pictures)
    return lambda: getattr(peer, name)(a, b, data_range=255).numpy()


def piq(pictures, room, name, options):
    """Two rooms of piq; the package itself wants torchvision, which they do not."""
    found = next((p for p in map(Path, sys.path) if (p / "piq").is_dir()), None)
    if found is None:
        raise ImportError("No module named 'piq'")
    if find_spec("torchvision") is None:
        package = types.ModuleType("piq")
        package.__path__ = [str(found / "piq")]
        sys.modules.setdefault("piq", package)
    measure = getattr(importlib.import_module(f"piq.{room}"), name)
    a, b = tensors(pictures)
    return lambda: measure(a, b, data_range=255, **options).numpy()


def ffmpeg(pictures):
    """The filter `ssim`, fed with frames that are there already; its result is read from their metadata."""
    import av

    a, b = pictures()
    frames = [[av.VideoFrame.from_ndarray(x, format="gray") for x in u] for u in (a, b)]
    graph = av.filter.Graph()
    size = f"video_size={a.shape[2]}x{a.shape[1]}:pix_fmt=gray:time_base=1/25:pixel_aspect=1/1"
    buffers = [graph.add("buffer", args=size) for _ in range(2)]
    compare, sink = graph.add("ssim"), graph.add("buffersink")
    for i, buffer in enumerate(buffers):
        buffer.link_to(compare, 0, i)
    compare.link_to(sink)
    graph.configure()
    clock = iter(range(10**9))

    def run(held=graph):  # whoever holds the filters must hold the graph: they die with it
        values = []
        for both in zip(*frames, strict=True):
            now = next(clock)
            for buffer, frame in zip(buffers, both, strict=True):
                frame.pts, frame.time_base = now, Fraction(1, 25)
                buffer.push(frame)
            values.append(float(sink.pull().metadata["lavfi.ssim.Y"]))
        return np.array(np.mean(values))

    return run


@cache
def matrices():
    """300 symmetric positive definite matrices 7×7, and one more."""
    m = np.random.default_rng(0).standard_normal((301, 7, 7))
    m = m @ m.swapaxes(1, 2) + 0.1 * np.eye(7)
    return m[:300], m[300]


def logm_loop():
    from scipy.linalg import logm

    many, one = matrices()
    return lambda: np.array([np.linalg.norm(logm(m) - logm(one)) for m in many])


def gaussian_case(name, title, pictures, aim, per):
    return Case(
        name=name,
        title=title,
        reference=reference(metrics.ssim, pictures),
        ours={
            "vdtext": Candidate(ours(metrics.ssim, pictures), "vdtext.metrics.ssim, uint8, Numba", 1e-6, "numba"),
            "vdtext, float64": Candidate(
                lambda: partial(lambda a, b: np.array(metrics.ssim(a, b, data_range=255)), *floats(pictures, float)),
                "vdtext.metrics.ssim, float64, Numba",
                1e-11,
                "numba",
            ),
            "vdtext, readable": Candidate(readable(pictures), "the mean of ssim_map, SciPy, float64", 1e-9, "scipy"),
        },
        peers={
            "OpenCV": Candidate(partial(opencv, pictures), "cv2.quality.QualitySSIM_compute; border too", 1e-2, OPENCV),
            "scikit-image": Candidate(
                partial(skimage, pictures, GAUSSIAN), "structural_similarity, Gaussian, float32", 1e-5, "scikit-image"
            ),
            "SciPy": Candidate(
                partial(scipy_filters, pictures, scipy_gaussian, 5), "the formula on correlate1d", 1e-5, "scipy"
            ),
            "torchmetrics": Candidate(
                partial(torchmetrics, pictures, "structural_similarity_index_measure"),
                "structural_similarity_index_measure; border too",
                1e-2,
                "torchmetrics",
            ),
            "pytorch-msssim": Candidate(partial(pytorch_msssim, pictures, "ssim"), "ssim", 1e-4, "pytorch-msssim"),
            "piq": Candidate(
                partial(piq, pictures, "ssim", "ssim", {"downsample": False}), "ssim, no downsampling", 1e-4, "piq"
            ),
        },
        aim=aim,
        against="OpenCV",
        per=per,
    )


def cases():
    """The tasks of chapter 5."""
    yield gaussian_case("metrics.ssim", "SSIM, Gaussian 11×11, 1920×1080, 8 bits", HD, 0.2, 1)
    yield gaussian_case("metrics.ssim_clip", "SSIM, Gaussian 11×11, clip of 60 frames 352×288, 8 bits", CIF, 0.25, 60)
    yield Case(
        name="metrics.ssim_8x8",
        title="SSIM, uniform 8×8 every 4 pixels, 1920×1080, 8 bits",
        reference=reference(metrics.ssim, HD, **FFMPEG),
        ours={
            "vdtext": Candidate(
                ours(metrics.ssim, HD, **FFMPEG), "vdtext.metrics.ssim with FFmpeg's constants", 1e-6, "numba"
            ),
            "vdtext, readable": Candidate(readable(HD, **FFMPEG), "the mean of ssim_map", 1e-9, "scipy"),
        },
        peers={"FFmpeg": Candidate(partial(ffmpeg, HD), "the filter ssim in a graph of PyAV", 2e-6, "av")},
        aim=0.6,
        against="FFmpeg",
    )
    yield Case(
        name="metrics.ssim_7x7",
        title="SSIM, uniform 7×7, 1920×1080, 8 bits",
        reference=reference(metrics.ssim, HD, window="uniform"),
        ours={
            "vdtext": Candidate(ours(metrics.ssim, HD, window="uniform"), "vdtext.metrics.ssim", 1e-6, "numba"),
            "vdtext, readable": Candidate(readable(HD, window="uniform"), "the mean of ssim_map", 1e-9, "scipy"),
        },
        peers={
            "scikit-image": Candidate(
                partial(skimage, HD, UNIFORM), "structural_similarity, its default window", 1e-4, "scikit-image"
            ),
            "SciPy": Candidate(
                partial(scipy_filters, HD, scipy_uniform, 3), "the formula on uniform_filter", 1e-4, "scipy"
            ),
        },
        aim=0.2,
        against="scikit-image",
    )
    yield Case(
        name="metrics.ms_ssim",
        title="MS-SSIM, five scales, 1920×1080, 8 bits",
        reference=reference(metrics.ms_ssim, HD),
        ours={"vdtext": Candidate(ours(metrics.ms_ssim, HD), "vdtext.metrics.ms_ssim", 1e-5, "numba")},
        peers={
            "pytorch-msssim": Candidate(partial(pytorch_msssim, HD, "ms_ssim"), "ms_ssim", 1e-2, "pytorch-msssim"),
            "piq": Candidate(
                partial(piq, HD, "ms_ssim", "multi_scale_ssim", {}), "multi_scale_ssim; pads odd sizes", 1e-2, "piq"
            ),
            "torchmetrics": Candidate(
                partial(torchmetrics, HD, "multiscale_structural_similarity_index_measure"),
                "multiscale_structural_similarity_index_measure; border too",
                1e-2,
                "torchmetrics",
            ),
        },
        aim=0.2,
        against="pytorch-msssim",
    )
    many, one = matrices()
    yield Case(
        name="metrics.log_euclidean",
        title="Log-Euclidean distance of 300 matrices 7×7 to one",
        reference=lambda: logm_loop()(),
        ours={
            "vdtext": Candidate(
                lambda: lambda: metrics.log_euclidean_distance(many, one),
                "vdtext.metrics.log_euclidean_distance, batched",
                1e-10,
                "numpy",
            )
        },
        peers={"SciPy": Candidate(logm_loop, "a loop over scipy.linalg.logm", 1e-10, "scipy")},
        aim=0.01,
        against="SciPy",
    )
