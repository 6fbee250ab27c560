"""Inpainting of 512×512 pixels against SciPy, scikit-image and OpenCV, and a whole decoder (see tools/bench.py)."""

from functools import cache

import cv2
import numpy as np

from tools.bench import Candidate, Case
from vdtext import inpaint

DENSITY, TOLERANCE = 0.05, 1e-6


@cache
def photograph():
    """scikit-image's camera man, 512×512, values in [0, 1]."""
    from skimage import data

    return data.camera() / 255


@cache
def mask():
    return inpaint.dithered_mask(photograph(), DENSITY)


@cache
def reference(operator):
    return inpaint.inpaint(photograph(), mask(), operator=operator, tolerance=1e-11)


def ours(operator):
    f, known = photograph(), mask()
    return lambda: inpaint.inpaint(f, known, operator=operator, tolerance=TOLERANCE)


def readable():
    f, known = photograph(), mask()
    return lambda: inpaint.steady_state(f, known, solver="multigrid")


def spsolve(operator):
    """The same equation, assembled before the clock starts."""
    from scipy.sparse.linalg import spsolve as solve

    system = inpaint.assemble(inpaint.operator_matrix(operator, mask().shape), photograph(), mask())
    matrix = system.matrix.tocsc()
    return lambda: system.picture(solve(matrix, system.right))


def scipy_cg():
    from scipy.sparse.linalg import cg

    system = inpaint.assemble(inpaint.operator_matrix("homogeneous", mask().shape), photograph(), mask())
    return lambda: system.picture(cg(system.matrix, system.right, rtol=TOLERANCE)[0])


def hole():
    """A tenth of the middle is missing: what scikit-image's function is made for."""
    missing = np.zeros((512, 512), bool)
    missing[128:384, 128:384] = np.random.default_rng(0).random((256, 256)) < 0.4
    return missing


def skimage_biharmonic():
    from skimage.restoration import inpaint_biharmonic

    f, missing = photograph(), hole()
    return lambda: inpaint_biharmonic(f, missing)


def ours_hole():
    f, known = photograph(), ~hole()
    low, high = f[known].min(), f[known].max()
    return lambda: np.clip(inpaint.inpaint(f, known, operator="biharmonic", tolerance=1e-8), low, high)


def opencv_telea():
    cv2.setNumThreads(1)
    image, missing = np.rint(255 * photograph()).astype(np.uint8), (~mask()).astype(np.uint8)
    return lambda: cv2.inpaint(image, missing, 3, cv2.INPAINT_NS)


@cache
def stream(operator):
    return inpaint.encode(np.rint(255 * photograph()).astype(np.uint8), quality=50, operator=operator)


def decoding(operator):
    data = stream(operator)
    return lambda: inpaint.decode(data)


def decoding_by_scipy():
    """The peer gets mask and values for nothing, and solves."""
    from vdtext.fast.inpaint import coder
    from vdtext.inpaint.doors import BASE
    from vdtext.inpaint.stream import unpack
    from vdtext.inpaint.tree import LEVELS, kept, steps_of

    header, message = unpack(stream("homogeneous"))
    hint = np.zeros((header.height, header.width), np.uint8)
    tree, values = coder.Reader(message, 1).get(0, hint, BASE, LEVELS, steps_of(header.step), kept(0))

    def run():
        u = inpaint.steady_state(values / 16, tree > 0, solver="direct")
        return np.clip(np.rint(u), 0, 255)

    return run


def cases():
    """The tasks of chapter 8."""
    yield Case(
        name="inpaint.homogeneous",
        title="homogeneous inpainting from 5 % of the pixels, 512×512, residual 1e-6",
        reference=lambda: reference("homogeneous"),
        ours={
            "vdtext": Candidate(lambda: ours("homogeneous"), "vdtext.inpaint.inpaint, multigrid, Numba", 1e-4, "numba"),
            "vdtext, readable": Candidate(readable, "steady_state, multigrid, NumPy and SciPy", 1e-4, "numpy"),
        },
        peers={
            "SciPy spsolve": Candidate(lambda: spsolve("homogeneous"), "SuperLU, matrix given", 1e-6, "scipy"),
            "SciPy cg": Candidate(scipy_cg, "conjugate gradients, matrix given, 1e-6", 1e-3, "scipy"),
            "OpenCV inpaint": Candidate(
                opencv_telea,
                "INPAINT_NS, radius 3, uint8: another equation",
                1.0,
                "opencv-contrib-python-headless",
                check=lambda: reference("homogeneous"),
            ),
        },
        aim=0.1,
        against="SciPy spsolve",
    )
    yield Case(
        name="inpaint.biharmonic",
        title="biharmonic inpainting of 26 000 missing pixels, 512×512",
        reference=lambda: ours_hole()(),
        ours={"vdtext": Candidate(ours_hole, "vdtext.inpaint.inpaint, multigrid, Numba", 1e-6, "numba")},
        peers={"scikit-image": Candidate(skimage_biharmonic, "inpaint_biharmonic", 1e-5, "scikit-image")},
        aim=0.2,
        against="scikit-image",
    )
    yield Case(
        name="inpaint.decode",
        title="decoding a 512×512 photograph, entropy coding included (aim of the chapter: below 500 ms)",
        reference=lambda: decoding("homogeneous")(),
        ours={
            "vdtext, homogeneous": Candidate(
                lambda: decoding("homogeneous"), "vdtext.inpaint.decode, quality 50", 0.0, "numba"
            ),
            "vdtext, edge-enhancing": Candidate(
                lambda: decoding("eed"),
                "the same, operator eed",
                0.0,
                "numba",
                check=lambda: decoding("homogeneous")(),
            ),
        },
        peers={
            "SciPy direct": Candidate(decoding_by_scipy, "mask and values given; assembling, SuperLU", 1.0, "scipy"),
        },
        aim=0.5,
        against="SciPy direct",
    )
