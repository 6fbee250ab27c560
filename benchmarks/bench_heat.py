"""Heat on a 1080p picture, float32, against OpenCV, SciPy, PyTorch, NumPy and SimpleITK (see tools/bench.py)."""

from functools import cache

import numpy as np

from tools.bench import Candidate, Case
from vdtext import heat
from vdtext.fast import heat as fast

SHAPE, STEP, TIME, LEVELS = (1080, 1920), np.float32(0.2), 100.0, 4
SIGMA = heat.gaussian_sigma(TIME)


@cache
def picture():
    """Squares of 240 pixels under noise: large and small structures, values in [0, 1]."""
    rows, columns = np.indices(SHAPE) // 240
    grain = np.random.default_rng(0).random(SHAPE)
    return ((grain + (rows + columns) % 2) / 2).astype(np.float32)


# One explicit step, each into memory of its own that is there already where the interface allows it.


def our_step():
    u, v, one = picture(), np.empty(SHAPE, np.float32), np.float32(1)

    def run():
        fast.step_plane(u, v, STEP, STEP, one, False)
        return v

    return run


def opencv_step():
    import cv2

    cv2.setNumThreads(1)
    u, v = picture(), np.empty(SHAPE, np.float32)
    stencil = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.float32) * STEP  # 1 − 4·0.2 = 0.2 in the middle
    return lambda: cv2.filter2D(u, -1, stencil, dst=v, borderType=cv2.BORDER_REPLICATE)


def torch_step():
    import torch

    torch.set_num_threads(1)
    u = torch.from_numpy(picture())

    @torch.inference_mode()
    def run():
        padded = torch.nn.functional.pad(u[None, None], (1, 1, 1, 1), mode="replicate")[0, 0]
        v = padded[2:, 1:-1] + padded[:-2, 1:-1]
        v += padded[1:-1, 2:]
        v += padded[1:-1, :-2]
        v -= 4 * u
        return torch.add(u, v, alpha=float(STEP)).numpy()

    return run


def numpy_step():
    u = picture()

    def run():
        v, down, across = u.copy(), STEP * (u[1:] - u[:-1]), STEP * (u[:, 1:] - u[:, :-1])
        v[:-1] += down
        v[1:] -= down
        v[:, :-1] += across
        v[:, 1:] -= across
        return v

    return run


def scipy_step():
    from scipy import ndimage

    u, v = picture(), np.empty(SHAPE, np.float32)
    stencil = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.float32) * STEP
    return lambda: ndimage.convolve(u, stencil, output=v, mode="nearest")


# Heat to t = 100, a Gaussian of σ = 14.1 pixels.


def opencv_blur():
    import cv2

    cv2.setNumThreads(1)
    u = picture()
    return lambda: cv2.GaussianBlur(u, (0, 0), SIGMA, borderType=cv2.BORDER_REFLECT)


def scipy_blur():
    from scipy import ndimage

    u = picture()
    return lambda: ndimage.gaussian_filter(u, SIGMA, mode="reflect")


def torch_blur():
    import torch

    torch.set_num_threads(1)
    radius = round(4 * SIGMA)
    weights = np.exp(-(np.arange(-radius, radius + 1) ** 2) / (2 * SIGMA**2))
    weights = torch.tensor(weights / weights.sum(), dtype=torch.float32)[None, None]
    down, across = (torch.from_numpy(np.pad(np.arange(n), radius, "symmetric")) for n in SHAPE)
    u = torch.from_numpy(picture())

    @torch.inference_mode()
    def run():
        padded = u[down][:, across][None, None]
        half = torch.nn.functional.conv2d(padded, weights[..., None])
        return torch.nn.functional.conv2d(half, weights[..., None, :])[0, 0].numpy()

    return run


def simpleitk_blur():
    import SimpleITK

    SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    image = SimpleITK.GetImageFromArray(picture())

    def run():
        return SimpleITK.GetArrayFromImage(SimpleITK.SmoothingRecursiveGaussian(image, SIGMA))

    return run


# A Laplacian pyramid of four bands; what is compared is the picture put together again.


def our_pyramid(make):
    return lambda: lambda: make(picture(), LEVELS)


def opencv_pyramid():
    import cv2

    cv2.setNumThreads(1)

    def run():
        bands, u = [], picture()
        for _ in range(LEVELS):
            small = cv2.pyrDown(u)
            bands.append(cv2.subtract(u, cv2.pyrUp(small, dstsize=u.shape[::-1])))
            u = small
        return [*bands, u]

    return run


def opencv_back():
    import cv2

    *bands, u = opencv_pyramid()()
    for band in reversed(bands):
        u = band + cv2.pyrUp(u, dstsize=band.shape[::-1])
    return u


def skimage_pyramid():
    from skimage.transform import pyramid_laplacian

    return lambda: list(pyramid_laplacian(picture(), max_layer=LEVELS, downscale=2))


def skimage_back():
    """Its levels, enlarged and added: another definition, from which the picture does not come back."""
    from skimage.transform import resize

    return sum(resize(level, SHAPE, order=1) for level in skimage_pyramid()())


def cases():
    """The tasks of chapter 3."""
    u, opencv = picture(), "opencv-contrib-python-headless"
    yield Case(
        name="heat.explicit_step",
        title="One explicit heat step, 1920×1080, float32",
        reference=lambda: heat.explicit_step(u.astype(float), step=STEP),
        ours={
            "vdtext": Candidate(our_step, "vdtext.fast.heat.step_plane, Numba, target given", 1e-6, "numba"),
            "vdtext, readable": Candidate(
                lambda: lambda: heat.explicit_step(u, step=STEP), "vdtext.heat.explicit_step, NumPy", 1e-6, "numpy"
            ),
        },
        peers={
            "OpenCV": Candidate(opencv_step, "cv2.filter2D, 3×3, target given", 1e-6, opencv),
            "PyTorch": Candidate(
                torch_step, "sums of slices of the padded picture (faster than conv2d)", 1e-6, "torch"
            ),
            "NumPy": Candidate(numpy_step, "differences, added and subtracted in place", 1e-6, "numpy"),
            "SciPy": Candidate(scipy_step, "scipy.ndimage.convolve, 3×3, target given", 1e-6, "scipy"),
        },
        aim=0.8,
        against="OpenCV",
    )
    yield Case(
        name="heat.t100",
        title="Heat to t = 100 (σ = 14.1 pixels), 1920×1080, float32",
        reference=lambda: heat.exact(u.astype(float), TIME),
        ours={
            "vdtext": Candidate(
                lambda: lambda: fast.exact(u, TIME), "vdtext.fast.heat.exact, DCT of what heat leaves", 2e-6, "scipy"
            ),
            "vdtext, diffuse": Candidate(
                lambda: lambda: heat.diffuse(u, TIME), "vdtext.heat.diffuse: the same, with checks", 2e-6, "scipy"
            ),
            "vdtext, readable": Candidate(
                lambda: lambda: heat.exact(u, TIME), "vdtext.heat.exact, DCT of everything", 2e-6, "scipy"
            ),
            "vdtext, FED": Candidate(
                lambda: lambda: fast.fed(u, TIME), "vdtext.fast.heat.fed, 4 cycles of 17 steps", 1e-2, "numba"
            ),
        },
        peers={
            "OpenCV": Candidate(opencv_blur, "cv2.GaussianBlur, kernel size from σ", 1e-4, opencv),
            "SciPy": Candidate(scipy_blur, "scipy.ndimage.gaussian_filter, kernel to 4σ", 1e-4, "scipy"),
            "PyTorch": Candidate(torch_blur, "conv2d down and across, kernel to 4σ", 1e-4, "torch"),
            "SimpleITK": Candidate(
                simpleitk_blur, "SmoothingRecursiveGaussian; extends the picture by its border", 2e-3, "simpleitk", 30
            ),
        },
        aim=0.8,
        against="OpenCV",
    )
    yield Case(
        name="heat.pyramid",
        title="Laplacian pyramid of four bands, 1920×1080, float32",
        reference=lambda: u.astype(float),
        ours={
            "vdtext": Candidate(
                our_pyramid(fast.laplacian_pyramid),
                "vdtext.fast.heat.laplacian_pyramid, Numba",
                1e-6,
                "numba",
                check=lambda: heat.reconstruct(fast.laplacian_pyramid(u, LEVELS)),
            ),
            "vdtext, readable": Candidate(
                our_pyramid(heat.laplacian_pyramid),
                "vdtext.heat.laplacian_pyramid",
                1e-6,
                opencv,
                check=lambda: heat.reconstruct(heat.laplacian_pyramid(u, LEVELS)),
            ),
        },
        peers={
            "scikit-image": Candidate(
                skimage_pyramid,
                "transform.pyramid_laplacian: levels that do not add up to the picture; for its time only",
                1.0,
                "scikit-image",
                check=skimage_back,
            ),
            "OpenCV": Candidate(
                opencv_pyramid, "pyrDown, pyrUp, subtract: a kernel of five taps", 1e-6, opencv, check=opencv_back
            ),
        },
        aim=0.1,
        against="scikit-image",
    )
