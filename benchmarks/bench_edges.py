"""Diffusion that sees edges, float32, against MedPy, OpenCV, SimpleITK and NumPy (see tools/bench.py)."""

from functools import cache

import numpy as np

from tools.bench import Candidate, Case
from vdtext import edges
from vdtext.fast import edges as fast

SHAPE, CLIP = (1080, 1920), (40, 288, 352)
CONTRAST, STEP, COUNT = 0.1, 0.2, 20
STEP_3D, COUNT_3D = 0.14, 5
SPACE_TIME = (0, 1, 2)


@cache
def picture(shape=SHAPE):
    """Squares of 240 pixels under noise, values in [0, 1]."""
    rows, columns = (index // 240 for index in np.indices(shape)[-2:])
    grain = np.random.default_rng(0).random(shape)
    return ((grain + (rows + columns) % 2) / 2).astype(np.float32)


def ours(count, step, axes, shape):
    u, cycles = picture(shape), [[step]] * count
    return lambda: fast.evolve(u, "perona-malik", cycles, axes=axes, contrast=CONTRAST)


def medpy(count, step, shape):
    from medpy.filter.smoothing import anisotropic_diffusion

    u = picture(shape)
    return lambda: anisotropic_diffusion(u, niter=count, kappa=CONTRAST, gamma=step, option=2)


def numpy_loop(count, step, shape):
    u = picture(shape)

    def run():
        v = u.copy()
        for _ in range(count):
            flows = [np.diff(v, axis=axis) for axis in range(v.ndim)]
            for axis, flow in enumerate(flows):
                flow *= np.float32(step) / (1 + (flow * np.float32(1 / CONTRAST)) ** 2)
                v_first = np.moveaxis(v, axis, 0)
                flow = np.moveaxis(flow, axis, 0)
                v_first[:-1] += flow
                v_first[1:] -= flow
        return v

    return run


def opencv():
    import cv2

    cv2.setNumThreads(1)
    colours = cv2.merge([(255 * picture()).astype(np.uint8)] * 3)
    return lambda: cv2.ximgproc.anisotropicDiffusion(colours, STEP / 3, CONTRAST, COUNT)


def opencv_check():
    """What OpenCV makes of vertical stripes less what we make of them, where both definitions are the same."""
    import cv2

    stripes = np.tile(np.random.default_rng(0).integers(60, 190, 200).astype(np.uint8), (100, 1))
    theirs = cv2.ximgproc.anisotropicDiffusion(cv2.merge([stripes] * 3), STEP / 3, CONTRAST, 1)[..., 0] / 255
    options = {"contrast": CONTRAST, "diffusivity": edges.exponential}
    mine = edges.evolve(stripes / 255, "perona-malik", [[STEP]], **options)
    return reference(COUNT, STEP, (0, 1), SHAPE) + abs(mine - theirs).max()


def simpleitk(count, step, shape):
    import SimpleITK

    SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    image = SimpleITK.GetImageFromArray(picture(shape))

    def run():
        filtered = SimpleITK.GradientAnisotropicDiffusion(
            image, timeStep=min(step, 0.5 ** (len(shape) + 1)), conductanceParameter=1.0, numberOfIterations=count
        )
        return SimpleITK.GetArrayFromImage(filtered)

    return run


@cache
def reference(count, step, axes, shape):
    """The readable function, in float64."""
    u = picture(shape).astype(float)
    return edges.evolve(u, "perona-malik", [[step]] * count, axes=axes, contrast=CONTRAST)


def readable(count, step, axes, shape):
    u = picture(shape)
    return lambda: edges.evolve(u, "perona-malik", [[step]] * count, axes=axes, contrast=CONTRAST)


def perona_malik(name, title, count, step, axes, shape, aim, more=None, per=1):
    """One case of Perona and Malik's filter."""
    itk = "GradientAnisotropicDiffusion: exponential, other gradients, K relative to the mean slope; for its time only"
    return Case(
        name=name,
        title=title,
        reference=lambda: reference(count, step, axes, shape),
        ours={
            "vdtext": Candidate(
                lambda: ours(count, step, axes, shape), "vdtext.fast.edges.evolve, Numba", 1e-5, "numba"
            ),
            "vdtext, readable": Candidate(
                lambda: readable(count, step, axes, shape), "vdtext.edges.evolve, NumPy", 1e-5, "numpy"
            ),
        },
        peers={
            "MedPy": Candidate(
                lambda: medpy(count, step, shape), "anisotropic_diffusion, option 2, float32", 1e-5, "medpy"
            ),
            "NumPy": Candidate(
                lambda: numpy_loop(count, step, shape), "differences, added and subtracted in place", 1e-4, "numpy"
            ),
            **(more or {}),
            "SimpleITK": Candidate(lambda: simpleitk(count, step, shape), itk, 1.0, "simpleitk"),
        },
        aim=aim,
        against="MedPy",
        per=per,
    )


def tensor(law):
    """A case without a peer: no package of this kind has the same filter; the readable function is beside it."""
    u, cycles = picture(), edges.schedule(2.0, count=2)
    options = {"contrast": CONTRAST}
    return Case(
        name=f"edges.{law}",
        title=f"{law.upper()} to t = 2, two cycles of FED, 1920×1080, float32",
        reference=lambda: edges.evolve(u.astype(float), law, cycles, **options),
        ours={
            "vdtext": Candidate(
                lambda: lambda: fast.evolve(u, law, cycles, **options), "vdtext.fast.edges.evolve, Numba", 1e-3, "numba"
            ),
            "vdtext, readable": Candidate(
                lambda: lambda: edges.evolve(u, law, cycles, **options), "vdtext.edges.evolve, NumPy", 1e-3, "numpy"
            ),
        },
        peers={},
        aim=1.0,
        against="vdtext, readable",
    )


def cases():
    """The tasks of chapter 4."""
    eight_bits = Candidate(
        opencv,
        "ximgproc.anisotropicDiffusion: exponential, 8 neighbours, 3 channels of 8 bits; compared on stripes, one step",
        4e-3,
        "opencv-contrib-python-headless",
        check=opencv_check,
    )
    yield perona_malik(
        "edges.perona_malik",
        "Perona–Malik, 20 explicit steps, 1920×1080, float32",
        *(COUNT, STEP, (0, 1), SHAPE, 0.08),
        more={"OpenCV": eight_bits},
    )
    yield perona_malik(
        "edges.perona_malik_3d",
        "Perona–Malik in space–time, 5 explicit steps, 40 frames of 352×288, float32",
        *(COUNT_3D, STEP_3D, SPACE_TIME, CLIP, 0.06),
    )
    yield tensor("eed")
    yield tensor("ced")
