"""Proofs of vdtext.edges: closed forms, the max–min principle, twins, and OpenCV and scikit-image as referees."""

import itertools
import subprocess
import sys

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vdtext import edges, heat
from vdtext.edges import conduction, rof
from vdtext.fast import edges as fast

few = settings(deadline=None, max_examples=25)
LAWS = ["perona-malik", "catte", "eed", "ced"]
SCALAR = ["perona-malik", "catte"]


def pictures(least=1, dtype=np.float64):
    """Random pictures with values in [0, 1], of every small shape."""
    width = np.dtype(dtype).itemsize * 8
    shapes = st.tuples(st.integers(least, 8), st.integers(least, 8))
    return shapes.flatmap(lambda shape: arrays(dtype, shape, elements=st.floats(0, 1, width=width)))


def noise(shape, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).random(shape).astype(dtype)


def largest(a, b):
    return float(abs(a - b).max())


# ---- Diffusivities ---------------------------------------------------------------------------------------------------


@pytest.mark.equation("eq-diffusivity")
def test_the_flux_turns_at_the_contrast():
    slope = np.linspace(1e-3, 4, 4001)
    for g, top in ((edges.rational, 1.0), (edges.exponential, 2**-0.5), (edges.rapid, 1.0)):
        for contrast in (0.5, 1.0):
            flux = slope * g(slope, contrast)
            assert slope[np.argmax(flux)] == pytest.approx(top * contrast, abs=2e-3)
    assert edges.rational(0.3, 0.1) == pytest.approx(1 / (1 + 9))
    assert edges.exponential(0.2, 0.1) == pytest.approx(np.exp(-4))
    assert edges.rapid(0.2, 0.1) == pytest.approx(1 - np.exp(-3.31488 / 2**8))


@pytest.mark.parametrize("g", [edges.rational, edges.exponential, edges.rapid])
def test_a_diffusivity_is_even_falls_from_one_and_survives_extremes(g):
    slope = np.array([0.0, 1e-300, 1e-3, 0.1, 0.2, 0.5, 10.0, 1e30])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        value = g(slope, 0.1)
    assert value[0] == 1
    assert (np.diff(value) <= 0).all()
    assert value[-1] >= 0
    assert np.array_equal(g(-slope, 0.1), value)


# ---- Conduction ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("axes", [(0, 1), (1, 2), (0, 1, 2), (0,)])
@pytest.mark.equation("eq-nonlinear")
def test_open_gates_and_the_unit_tensor_give_the_laplacian(axes):
    u = noise((4, 5, 6))
    gates = [np.ones_like(heat.flux(u, axis=axis)) for axis in axes]
    assert largest(edges.conduct(u, gates, axes), heat.laplacian(u, axes=axes)) < 1e-14
    if len(axes) > 1:
        unit = np.eye(len(axes)).reshape(len(axes), len(axes), 1, 1, 1) * np.ones(u.shape)
        assert largest(edges.conduct_tensor(u, unit, axes), heat.laplacian(u, axes=axes)) < 1e-14


def random_tensor(shape, d, seed=1):
    """Symmetric matrices with eigenvalues in [0, 1], one a pixel."""
    rng = np.random.default_rng(seed)
    q, _ = np.linalg.qr(rng.standard_normal((*shape, d, d)))
    values = rng.random((*shape, d))
    return np.moveaxis((q * values[..., None, :]) @ np.swapaxes(q, -1, -2), (-2, -1), (0, 1))


@pytest.mark.parametrize(("shape", "axes"), [((5, 6), (0, 1)), ((1, 7), (0, 1)), ((3, 4, 5), (0, 1, 2))])
def test_a_tensor_conducts_symmetrically_loses_energy_and_no_grey_value(shape, axes):
    d, n = len(axes), int(np.prod(shape))
    tensor = random_tensor(shape, d)
    basis = np.eye(n).reshape(n, *shape)
    matrix = np.stack([edges.conduct_tensor(b, tensor, axes).ravel() for b in basis], axis=1)
    assert largest(matrix, matrix.T) < 1e-14
    assert abs(matrix.sum(axis=0)).max() < 1e-13
    values = np.linalg.eigvalsh(matrix)
    assert values.max() < 1e-12
    assert values.min() >= -4 * d


def test_a_constant_tensor_diffuses_a_wave_at_the_rate_of_the_continuum():
    angle, n = 0.4, 96
    along = np.array([np.sin(angle), np.cos(angle)])
    matrix = 0.2 * np.eye(2) + 0.8 * np.outer(along, along)
    y, x = np.mgrid[:n, :n]
    k = np.array([0.05, -0.08])
    wave = np.sin(k[0] * y + k[1] * x)
    rate = edges.conduct_tensor(wave, matrix.reshape(2, 2, 1, 1) * np.ones((n, n)))
    inner = np.s_[2:-2, 2:-2]
    assert largest(rate[inner], -(k @ matrix @ k) * wave[inner]) < 1e-5


def test_pixels_and_edges_are_adjoint():
    f, p = noise(6), noise(5, 1)
    f[[0, -1]] = 0
    assert conduction.at_pixels(f, 0) @ p == pytest.approx(f @ conduction.at_edges(p, 0), rel=1e-14)


# ---- Laws ------------------------------------------------------------------------------------------------------------


@pytest.mark.equation("eq-eed")
def test_the_edge_tensor_has_the_diffusivity_across_and_one_along():
    u = noise((9, 8))
    slope = edges.gradient(heat.diffuse(u, 0.5))
    length = np.sqrt((slope**2).sum(axis=0))
    tensor = edges.edge_tensor(u, contrast=0.1)
    values, vectors = np.linalg.eigh(np.moveaxis(tensor, (0, 1), (-2, -1)))
    g = edges.rapid(length, 0.1)
    assert largest(values[..., 0], g) < 1e-12
    assert largest(values[..., 1], np.ones_like(g)) < 1e-12
    n = np.moveaxis(slope / length, 0, -1)
    steep = g < 0.9
    assert steep.any()
    assert largest(abs((vectors[..., 0] * n).sum(-1))[steep], np.ones(steep.sum())) < 1e-9


@pytest.mark.equation("eq-structure")
def test_the_structure_tensor_is_the_smoothed_outer_product():
    u = noise((12, 10))
    slope = edges.gradient(heat.diffuse(u, 0.5))
    tensor = edges.structure_tensor(u, smoothing=0.5, window=3.0)
    for i, k in itertools.product((0, 1), (0, 1)):
        assert largest(tensor[i, k], heat.diffuse(slope[i] * slope[k], 3.0)) < 1e-12
    assert np.linalg.eigvalsh(np.moveaxis(tensor, (0, 1), (-2, -1))).min() > -1e-12


@pytest.mark.equation("eq-ced")
def test_the_coherence_tensor_conducts_along_stripes():
    y, x = np.mgrid[:40, :40]
    stripes = 0.5 + 0.5 * np.sin(0.6 * x + 0.8 * y)  # constant along (0.6, −0.8) in (y, x)
    tensor = edges.coherence_tensor(stripes, contrast=0.1, least=0.01)[:, :, 20, 20]
    values, vectors = np.linalg.eigh(tensor)
    assert abs(vectors[:, 1] @ [0.6, -0.8]) == pytest.approx(1, abs=1e-3)
    structure = edges.structure_tensor(stripes)[:, :, 20, 20]
    low, high = np.linalg.eigvalsh(structure)
    assert values == pytest.approx([0.01, 0.01 + 0.99 * np.exp(-(0.1**4) / (high - low) ** 2)], abs=1e-9)
    flat = edges.coherence_tensor(np.full((5, 5), 0.3), contrast=0.1, least=0.01)
    assert largest(flat, 0.01 * np.eye(2).reshape(2, 2, 1, 1) * np.ones((5, 5))) < 1e-12


def test_in_space_time_the_coherent_direction_is_the_motion():
    rng, speed = np.random.default_rng(3), 1
    texture = heat.diffuse(rng.standard_normal((40, 60)), 2.0)
    clip = np.stack([np.roll(texture, speed * t, axis=1) for t in range(9)])[:, :, 20:44]
    tensor = edges.structure_tensor(clip, smoothing=0.5, window=8.0, axes=(0, 1, 2))[:, :, 4, 20, 12]
    _, vectors = np.linalg.eigh(tensor)
    t, y, x = vectors[:, 0]
    assert x / t == pytest.approx(speed, abs=0.2)
    assert y / t == pytest.approx(0, abs=0.2)


# ---- Evolution: what every law keeps ---------------------------------------------------------------------------------


@few
@given(pictures(), st.sampled_from(LAWS), st.sampled_from(["fed", "explicit"]), st.floats(0.01, 3))
def test_the_mean_stays_and_the_contrast_never_grows(u, law, solver, time):
    v = edges.diffuse(u, time, law=law, solver=solver, contrast=0.1)
    assert v.mean() == pytest.approx(u.mean(), abs=1e-12)
    assert v.std() <= u.std() + 1e-12


@few
@given(pictures(), st.sampled_from(SCALAR), st.floats(0.01, 3), st.floats(0.01, 1))
@pytest.mark.equation("eq-maxmin")
def test_explicit_steps_through_gates_keep_the_maximum_and_the_minimum(u, law, time, contrast):
    v = edges.diffuse(u, time, law=law, solver="explicit", contrast=contrast)
    assert u.min() - 1e-12 <= v.min()
    assert v.max() <= u.max() + 1e-12


def test_a_tensor_may_overshoot_a_little():
    y, x = np.mgrid[:20, :20]
    edge = (2 * y + x > 30).astype(float)
    v = edges.diffuse(edge, 2.0, law="eed", solver="explicit", contrast=0.02)
    assert 0 < v.max() - 1 < 0.15  # the price of central differences; chapter 4 says so


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2)])
def test_tiny_pictures_and_flat_ones(law, shape):
    v = edges.diffuse(np.full(shape, 0.25), 2.0, law=law)
    assert largest(v, np.full(shape, 0.25)) < 1e-12
    assert np.isfinite(edges.diffuse(noise(shape), 2.0, law=law)).all()


@pytest.mark.parametrize("law", LAWS)
def test_without_a_contrast_it_is_fitted(law):
    u = noise((12, 12))
    smoothing = 0 if law == "perona-malik" else 0.5
    fitted = edges.fit_contrast(u, smoothing=smoothing)
    assert np.array_equal(edges.diffuse(u, 1.0, law=law), edges.diffuse(u, 1.0, law=law, contrast=fitted))
    if law != "perona-malik":
        fitted = edges.fit_contrast(u, smoothing=2.0)
        both = (edges.diffuse(u, 1.0, law=law, smoothing=2.0, **more) for more in ({}, {"contrast": fitted}))
        assert np.array_equal(*both)


@pytest.mark.parametrize("law", LAWS)
def test_with_a_huge_contrast_every_law_but_ced_is_heat(law):
    u = noise((10, 12))
    v = edges.diffuse(u, 1.0, law=law, solver="explicit", count=10, contrast=1e6)
    if law == "ced":
        assert largest(v, heat.explicit(u, 0.001, steps=10)) < 1e-5  # no line is strong enough: α Δu
    else:
        assert largest(v, heat.explicit(u, 1.0, steps=10)) < 1e-9


def test_one_perona_malik_step_by_hand():
    u = np.array([[0.0, 0.1, 1.0]])
    v = edges.evolve(u, "perona-malik", [[0.2]], contrast=0.1)
    small, big = 0.1 / 2, 0.9 / 82
    assert v[0] == pytest.approx([0.2 * small, 0.1 + 0.2 * (big - small), 1 - 0.2 * big])


def test_the_schedule_adds_up_and_says_what_it_takes():
    for solver, count, d in (("fed", None, 2), ("fed", 3, 3), ("explicit", None, 2), ("explicit", 40, 3)):
        sizes = edges.schedule(5.0, solver=solver, count=count, d=d)
        assert sum(map(sum, sizes)) == pytest.approx(5.0)
        assert count is None or len(sizes) == count
    assert len(edges.schedule(5.0)) == 5
    assert len(edges.schedule(0.1)) == 4
    for wrong in ({"solver": "adi"}, {"count": 0}, {"solver": "explicit", "count": 3}):
        with pytest.raises(ValueError, match=r"chapter [34]"):
            edges.schedule(5.0, **wrong)


def test_fed_tends_to_the_explicit_scheme():
    u = heat.diffuse(noise((24, 24)), 1.0)
    for law in LAWS:
        fine = edges.diffuse(u, 2.0, law=law, contrast=0.05, solver="explicit", count=400)
        errors = [largest(edges.diffuse(u, 2.0, law=law, contrast=0.05, count=n), fine) for n in (4, 32)]
        assert errors[1] < errors[0] / 3


def test_colours_and_frames_are_diffused_one_by_one():
    clip = noise((3, 7, 8, 2))
    v = edges.diffuse(clip, 1.0, law="eed", contrast=0.1)
    alone = edges.diffuse(np.ascontiguousarray(clip[1, ..., 1]), 1.0, law="eed", contrast=0.1)
    assert largest(v[1, ..., 1], alone) < 1e-13
    picture = edges.diffuse(clip[0], 1.0, law="catte", contrast=0.1, axes=(0, 1))
    assert picture.shape == clip[0].shape
    assert np.array_equal(edges.diffuse(clip, 0.0), clip)


# ---- The fast twin ---------------------------------------------------------------------------------------------------


@few
@given(pictures(2), st.sampled_from(LAWS), st.sampled_from(["fed", "explicit"]))
def test_the_twin_equals_the_readable_one(u, law, solver):
    cycles = edges.schedule(1.5, solver=solver)
    twin = fast.evolve(u, law, cycles, contrast=0.2)
    assert largest(twin, edges.evolve(u, law, cycles, contrast=0.2)) < 1e-9


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("law", LAWS)
def test_the_twin_on_a_picture_in_both_precisions(law, dtype):
    u = noise((33, 47), dtype=dtype)
    before, cycles = u.copy(), edges.schedule(3.0)
    twin = fast.evolve(u, law, cycles, contrast=0.2)
    assert twin.dtype == dtype
    assert np.array_equal(u, before)
    assert largest(twin, edges.evolve(u.astype(float), law, cycles, contrast=0.2)) < (
        1e-10 if dtype is np.float64 else 3e-5
    )


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("solver", ["fed", "explicit"])
def test_the_twin_in_space_time(law, solver):
    u = noise((5, 9, 8))
    cycles = edges.schedule(1.0, solver=solver, d=3)
    twin = fast.evolve(u, law, cycles, axes=(0, 1, 2), contrast=0.2)
    assert largest(twin, edges.evolve(u, law, cycles, axes=(0, 1, 2), contrast=0.2)) < 1e-12


def test_the_twin_takes_other_diffusivities_and_axes():
    u = noise((4, 9, 8))
    for law, g in (("perona-malik", edges.exponential), ("catte", edges.rapid), ("eed", edges.rational)):
        options = {"contrast": 0.2, "diffusivity": g, "axes": (0, 2)}
        cycles = edges.schedule(0.5, solver="explicit")
        moved = edges.evolve(u, law, cycles, **options)
        assert largest(fast.evolve(u, law, cycles, **options), moved) < 1e-12


KERNELS = {
    "perona_malik_plane": lambda u: (u, np.empty_like(u), 30.0, 0.2),
    "gates_plane": lambda u: (u, np.empty_like(u), *edges.catte_gates(u, contrast=0.1), 0.2),
    "slopes_plane": lambda u: (u, np.empty((3, *u.shape)), 30.0),
    "tensor_plane": lambda u: (u, np.empty_like(u), np.stack([u, u[::-1] / 2, u]), 0.2),
}


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (4, 1), (3, 4)])
@pytest.mark.parametrize("name", KERNELS)
def test_kernels_run_as_plain_python(name, shape):
    kernel, u = getattr(fast, name), noise(shape)
    plain, compiled = KERNELS[name](u), KERNELS[name](u)
    kernel.py_func(*plain)
    kernel(*compiled)
    assert largest(plain[1], compiled[1]) < 1e-14


def test_kernels_of_tensors_and_volumes_run_as_plain_python():
    closed, slopes = noise((3, 4)), noise((3, 3, 4)) + 0.1
    for kernel in (fast.edge_plane, fast.coherence_plane):
        plain, compiled = slopes.copy(), slopes.copy()
        kernel.py_func(plain, closed, 0.3)
        kernel(compiled, closed, 0.3)
        assert largest(plain, compiled) < 1e-13
    u = noise((3, 2, 4))
    gates = edges.catte_gates(u, contrast=0.1, axes=(0, 1, 2))
    for kernel, rest in ((fast.perona_malik_volume, (30.0, 0.1)), (fast.gates_volume, (*gates, 0.1))):
        plain, compiled = np.empty_like(u), np.empty_like(u)
        kernel.py_func(u, plain, *rest)
        kernel(u, compiled, *rest)
        assert largest(plain, compiled) < 1e-14
    plain, compiled = np.empty(4), np.empty(4)
    fast._slanted.py_func(u[0, 0], u[0, 1], plain)
    fast._slanted(u[0, 0], u[0, 1], compiled)
    assert largest(plain, compiled) < 1e-14


def test_without_numba_the_readable_functions_serve():
    code = "import sys; sys.modules['numba'] = None\nimport numpy as np\nfrom vdtext import edges\n"
    code += "u = np.random.default_rng(0).random((12, 9))\nprint(repr(edges.diffuse(u, 1.0, contrast=0.2)[3, 3]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout.split("(")[1].rstrip(")\n")) == pytest.approx(
        edges.diffuse(noise((12, 9)), 1.0, contrast=0.2)[3, 3], abs=1e-10
    )


# ---- Total variation -------------------------------------------------------------------------------------------------


@pytest.mark.equation("eq-tv")
def test_a_step_wears_off_by_time_over_width():
    step = np.repeat([[0.0, 1.0]], [4, 6], axis=1).repeat(3, axis=0)
    v = edges.total_variation(step, 0.6, iterations=4000, tolerance=1e-9)
    assert v[0] == pytest.approx([0.15] * 4 + [0.9] * 6, abs=1e-5)

    def energy(w):
        return 0.5 * ((w - step) ** 2).sum() + 0.6 * edges.variation(w)

    for seed in range(5):
        assert energy(v) <= energy(v + 0.01 * np.random.default_rng(seed).standard_normal(v.shape)) + 1e-9


def test_slopes_and_inflow_are_adjoint():
    u, p = noise((4, 5)), noise((2, 4, 5), 1)
    p[0, -1] = p[1, :, -1] = 0
    assert (rof.slopes(u, (0, 1)) * p).sum() == pytest.approx(-(u * rof.inflow(p, (0, 1))).sum())


@few
@given(pictures(), st.floats(0, 0.5))
def test_total_variation_keeps_mean_range_and_falls(u, time):
    v = edges.total_variation(u, time)
    assert v.mean() == pytest.approx(u.mean(), abs=1e-12)
    assert u.min() - 1e-3 <= v.min()
    assert v.max() <= u.max() + 1e-3
    assert edges.variation(v) <= edges.variation(u) + 1e-9


@pytest.mark.parametrize("shape", [(40, 50), (6, 20, 24)])
def test_total_variation_equals_scikit_image(shape):
    restoration = pytest.importorskip("skimage.restoration")
    axes = tuple(range(len(shape)))
    u = np.clip(np.indices(shape)[-1] / shape[-1] + 0.1 * (noise(shape) - 0.5), 0, 1)
    reference = restoration.denoise_tv_chambolle(u, weight=0.1, eps=1e-9, max_num_iter=3000)
    ours = edges.total_variation(u, 0.1, iterations=2000, tolerance=1e-8, axes=axes)
    assert largest(ours, reference) < 2e-3


# ---- Fits ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sigma", [0.01, 0.05, 0.2])
def test_noise_is_measured_on_a_ramp(sigma):
    ramp = np.add.outer(np.arange(150) * 0.003, np.arange(201) * 0.002)
    noisy = ramp + sigma * np.random.default_rng(0).standard_normal(ramp.shape)
    assert edges.noise_sigma(noisy) == pytest.approx(sigma, rel=0.03)
    assert edges.noise_sigma(ramp) < 1e-12
    with pytest.raises(ValueError, match=r"2×2 pixels \(chapter 4\)"):
        edges.noise_sigma(np.zeros((1, 9)))


def test_noise_estimate_equals_scikit_images_idea():
    restoration = pytest.importorskip("skimage.restoration")
    pytest.importorskip("pywt")
    noisy = 0.1 * np.random.default_rng(0).standard_normal((256, 256))
    assert edges.noise_sigma(noisy) == pytest.approx(restoration.estimate_sigma(noisy), rel=0.03)


@pytest.mark.equation("eq-noise-left")
def test_noise_after_diffusion_is_known_exactly():
    field = np.random.default_rng(0).standard_normal((400, 400))
    for time in (0.25, 1.0, 4.0):
        left = edges.noise_left(1.0, time)
        assert heat.diffuse(field, time, boundary="periodic").std() == pytest.approx(left, rel=0.02)
        weights = heat.kernel(time, 60)
        assert left == pytest.approx((weights**2).sum(), rel=1e-12)
        assert edges.noise_left(1.0, time, d=1) == pytest.approx(np.sqrt((weights**2).sum()), rel=1e-12)


def test_the_contrast_is_a_quantile_of_slopes():
    u = noise((50, 60))
    slope = edges.gradient(heat.diffuse(u, 0.5))
    length = np.sqrt((slope**2).sum(axis=0))
    for quantile in (0.5, 0.9):
        assert edges.fit_contrast(u, quantile=quantile) == pytest.approx(np.quantile(length, quantile))
    assert edges.fit_contrast(np.ones((4, 4))) > 0
    for wrong in (0, 1, -0.2):
        with pytest.raises(ValueError, match=r"between 0 and 1 \(chapter 4\)"):
            edges.fit_contrast(u, quantile=wrong)


@pytest.mark.equation("eq-decorrelation")
def test_decorrelation_is_the_correlation_of_removed_and_left():
    u, v = noise((9, 9)), noise((9, 9), 1)
    assert edges.decorrelation(u, v) == pytest.approx(np.corrcoef((u - v).ravel(), v.ravel())[0, 1])
    assert edges.decorrelation(u, u) == 0
    times = [0.1, 0.3, 0.9, 2.7]
    curve = [abs(edges.decorrelation(u, heat.diffuse(u, t))) for t in times]
    assert edges.decorrelation_time(u, times, heat.diffuse) == times[int(np.argmin(curve))]


@pytest.mark.equation("eq-stein")
def test_steins_estimate_meets_the_true_error():
    rng, sigma, time = np.random.default_rng(0), 0.1, 0.6
    truth = heat.diffuse(rng.standard_normal((300, 300)), 4.0)
    noisy = truth + sigma * rng.standard_normal(truth.shape)
    probe = rng.standard_normal(truth.shape)
    v, shifted = heat.diffuse(noisy, time), heat.diffuse(noisy + 0.01 * probe, time)
    risk = edges.stein_risk(noisy, v, shifted, probe, sigma=sigma, nudge=0.01)
    assert risk == pytest.approx(((v - truth) ** 2).mean(), rel=0.05)


def test_steins_time_is_near_the_best_and_stops_looking():
    rng = np.random.default_rng(0)
    truth = heat.diffuse(rng.standard_normal((120, 120)), 4.0)
    noisy = truth + 0.2 * rng.standard_normal(truth.shape)
    times, tried = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0], []

    def step(v, duration):
        tried.append(duration)
        return heat.diffuse(v, duration)

    best = min(times, key=lambda t: ((heat.diffuse(noisy, t) - truth) ** 2).mean())
    assert edges.stein_time(noisy, times, step, sigma=0.2) == best
    assert len(tried) < 2 * len(times)


def test_times_must_increase():
    for fit in (edges.decorrelation_time, lambda *a: edges.stein_time(*a, sigma=0.1)):
        for times in ([], [0.0, 1.0], [1.0, 1.0], [2.0, 1.0]):
            with pytest.raises(ValueError, match=r"increase from above 0 pixel² \(chapter 4\)"):
                fit(noise((4, 4)), times, heat.diffuse)
    with pytest.raises(ValueError, match=r"above 0 \(chapter 4\)"):
        edges.stein_time(noise((4, 4)), [1.0], heat.diffuse, sigma=0)


# ---- Along the motion ------------------------------------------------------------------------------------------------


def moving(frames=11, speed=(1, 2), sigma=0.1):
    """A texture that moves by whole pixels, seen through a window, noisy; and its exact flow."""
    rng = np.random.default_rng(5)
    texture = heat.diffuse(rng.random((90, 100)), 2.0)
    clean = np.stack([texture[40 - speed[0] * t :, 50 - speed[1] * t :][:40, :48] for t in range(frames)])
    noisy = clean + sigma * rng.standard_normal(clean.shape)
    index = {frame.tobytes(): t for t, frame in enumerate(noisy)}

    def flow(a, b):
        steps = index[b.tobytes()] - index[a.tobytes()]
        return np.broadcast_to(np.multiply(speed, steps).astype(float), (*a.shape, 2))

    return clean, noisy, flow


def test_registered_frames_meet_exactly():
    clean, _, _ = moving()
    there = edges.register(clean[4], np.broadcast_to([3.0, 6.0], (40, 48, 2)))
    assert largest(there[:-4, :-7], clean[1][:-4, :-7]) < 1e-6
    assert edges.register(clean[4].astype(np.float32), np.zeros((40, 48, 2))).dtype == np.float32
    with pytest.raises(ValueError, match=r"accepted is \(H, W, 2\) \(chapter 4\)"):
        edges.register(clean[0], np.zeros((40, 48)))


@pytest.mark.parametrize(("count", "radius"), [(1, 1), (3, 4), (9, 2), (12, 3)])
def test_trajectories_hold_no_more_than_their_window(count, radius):
    still = np.zeros((4, 4, 2))
    frames = [np.full((4, 4), float(t)) for t in range(count)]
    seen = [(p[:, 0, 0], now) for p, now in edges.trajectories(frames, flow=lambda a, b: still, radius=radius)]
    for t, (path, now) in enumerate(seen):
        assert path[now] == t
        assert path.tolist() == list(range(max(0, t - radius), min(count, t + radius + 1)))
    assert len(seen) == count


def test_a_stream_is_taken_one_by_one():
    taken = []

    def source():
        for t in range(20):
            taken.append(t)
            yield np.full((4, 4), 0.1 * t)

    stream = edges.along_motion(source(), 2.0, flow=lambda a, b: np.zeros((4, 4, 2)), radius=2)
    next(stream)
    assert taken == [0, 1, 2]
    next(stream)
    assert taken == [0, 1, 2, 3]


@pytest.mark.equation("eq-paths")
def test_diffusion_along_the_motion_averages_noise_and_keeps_the_texture():
    clean, noisy, flow = moving()
    aligned = np.stack(list(edges.along_motion(noisy, 8.0, flow=flow)))
    across = heat.diffuse(noisy, 8.0, axes=(0,))
    inner = np.s_[4:-4, 10:-10]
    error = {name: (v[5][inner] - clean[5][inner]).std() for name, v in (("aligned", aligned), ("across", across))}
    assert error["aligned"] < 0.1 * 0.45  # a third would be perfect averaging of nine frames
    assert error["aligned"] < error["across"]
    fully = np.stack(list(edges.along_motion(noisy, 8.0, flow=flow, contrast=1e6)))[5][inner]
    paths, now = list(edges.trajectories(noisy, flow=flow, radius=4))[5]
    assert largest(fully, heat.fed(paths, 8.0, cycles=2, axes=(0,))[now][inner]) < 1e-9


def test_closed_gates_leave_what_does_not_agree():
    frames = np.zeros((7, 20, 20))
    frames[3] = 1.0  # a flash
    still = np.zeros((20, 20, 2))
    kept = list(edges.along_motion(frames, 8.0, flow=lambda a, b: still, contrast=0.05))
    assert kept[3].min() > 0.95
    assert kept[2].max() < 0.03


def test_the_default_gate_of_a_path_is_tied_to_the_noise():
    _, noisy, flow = moving(frames=5, sigma=0.2)
    given = list(edges.along_motion(noisy, 2.0, flow=flow))
    for t, frame in enumerate(noisy):
        contrast = 1.5 * np.sqrt(2) * edges.noise_left(edges.noise_sigma(frame), 1.0)
        told = list(edges.along_motion(noisy, 2.0, flow=flow, contrast=contrast, smoothing=1.0, radius=4))[t]
        assert largest(told, given[t]) < 1e-12
    still = list(edges.along_motion(noisy, 0.0, flow=flow, radius=1))
    assert np.array_equal(np.stack(still), noisy)


def test_a_frame_in_colour_is_registered_channel_by_channel():
    colours, motion = noise((9, 12, 3)), np.full((9, 12, 2), (0.5, -1.25))
    moved = edges.register(colours, motion)
    assert largest(moved[..., 1], edges.register(np.ascontiguousarray(colours[..., 1]), motion)) < 1e-6
    assert moved.shape == colours.shape


def test_the_smallest_picture_has_a_noise_and_the_last_axes_are_the_default():
    assert edges.noise_sigma(np.array([[1.0, 0.0], [0.0, 1.0]])) == pytest.approx(1 / 0.6744897501960817)
    u = noise((2, 6, 7))
    gates = edges.perona_malik_gates(u, contrast=0.1)
    assert [gate.shape for gate in gates] == [(2, 7, 7), (2, 6, 8)]
    assert np.array_equal(edges.conduct(u, gates), edges.conduct(u, gates, axes=(1, 2)))
    assert edges.variation(u) == pytest.approx(sum(edges.variation(frame) for frame in u))


def test_along_motion_says_what_it_takes():
    with pytest.raises(TypeError, match=r"flow\(a, b\) of two frames \(chapter 4\)"):
        edges.along_motion([], 1.0, flow=np.zeros((2, 4, 4, 2)))
    for wrong in ({"time": -1.0}, {"time": 1.0, "radius": 0}, {"time": 1.0, "contrast": 0.0}):
        with pytest.raises(ValueError, match=r"accepted are .*\(chapter 4\)"):
            edges.along_motion([], flow=lambda a, b: None, **wrong)


# ---- The front doors -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "window", "halo"), [(20, 3, 6), (5, 16, 8), (1, 1, 0), (13, 4, 5)])
def test_windows_give_the_whole_clip(count, window, halo):
    frames = noise((count, 5, 6))

    def smooth(clip):
        return edges.diffuse(clip, 0.5, law="perona-malik", solver="explicit", count=4, contrast=0.3, axes=(0, 1, 2))

    def shift(clip):
        return clip + 1

    parts = np.stack(list(edges.in_windows(frames, shift if halo == 0 else smooth, window=window, halo=halo)))
    assert largest(parts, shift(frames) if halo == 0 else smooth(frames)) < 1e-12
    for wrong in ({"window": 0}, {"halo": -1}):
        with pytest.raises(ValueError, match=r"\(chapter 4\)"):
            edges.in_windows(frames, smooth, **wrong)


def test_windows_hold_no_more_than_they_say():
    sizes = []
    frames = (np.zeros((2, 2)) for _ in range(50))
    assert len(list(edges.in_windows(frames, lambda clip: sizes.append(len(clip)) or clip, window=4, halo=3))) == 50
    assert max(sizes) == 4 + 2 * 3


def test_denoising_takes_noise_and_keeps_edges():
    clean, noisy, flow = moving(sigma=0.1)
    alone, along = edges.denoise(noisy), edges.denoise(noisy, flow=flow)
    inner = np.s_[5, 4:-4, 10:-10]
    before, still, moved = (((v - clean)[inner] ** 2).mean() for v in (noisy, alone, along))
    assert still < before / 4
    assert moved < still
    assert along.dtype == noisy.dtype
    assert largest(edges.denoise(noisy[5]), alone[5]) == 0
    assert np.array_equal(edges.denoise(np.full((6, 6), 0.5)), np.full((6, 6), 0.5))


def test_denoise_streams_and_is_deterministic():
    noisy = noise((6, 24, 24), dtype=np.float32)
    still = np.zeros((24, 24, 2))
    whole = edges.denoise(noisy, flow=lambda a, b: still, seed=3)
    stream = list(edges.denoise_frames(iter(noisy), flow=lambda a, b: still, seed=3))
    assert np.array_equal(whole, np.stack(stream))
    assert whole.dtype == np.float32


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda u: edges.diffuse(u, 1.0, law="tv"), ValueError, "unknown: choose 'perona-malik'"),
        (lambda u: edges.diffuse(u, 1.0, contrast=0.0), ValueError, "above 0"),
        (lambda u: edges.diffuse(u, 1.0, contrast=np.inf), ValueError, "above 0"),
        (lambda u: edges.diffuse(u, 1.0, law="ced", contrast=0.1, diffusivity=edges.rapid), ValueError, "it takes"),
        (lambda u: edges.diffuse((255 * u).astype(np.uint8), 1.0), TypeError, "divide 8-bit values"),
        (lambda u: edges.diffuse(u, -1.0), ValueError, "time=-1"),
        (lambda u: edges.diffuse(u * np.nan, 1.0), ValueError, "NaN"),
        (lambda u: edges.total_variation(u, -0.1), ValueError, "time=-0.1"),
        (lambda u: edges.total_variation(u, 0.1, iterations=0), ValueError, "at least one"),
        (lambda u: edges.denoise(u[0]), ValueError, r"accepted are \(H, W\)"),
        (lambda u: edges.denoise(u, flow=lambda a, b: 0), ValueError, r"accepted are \(H, W\)"),
        (lambda u: edges.denoise(u, sigma=-1.0), ValueError, "above 0"),
        (lambda u: edges.denoise((255 * u).astype(np.uint8)), TypeError, "divide 8-bit values"),
    ],
)
def test_errors_teach(call, error, words):
    with pytest.raises(error, match=rf"{words}.*\(chapter \d"):
        call(noise((8, 8)))


# ---- OpenCV ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 5])
def test_perona_malik_equals_opencv_where_both_mean_the_same(count):
    """On stripes, OpenCV's eight neighbours are three times two; it rounds to 8 bits after every step.

    From its second step on it reads beyond its border, so that the outermost pixels are not compared.
    """
    ximgproc = pytest.importorskip("cv2.ximgproc")
    stripes = np.tile(np.random.default_rng(0).integers(60, 190, 40).astype(np.uint8), (20, 1))
    theirs = ximgproc.anisotropicDiffusion(cv2.merge([stripes] * 3), alpha=0.07, K=0.1, niters=count)[..., 0]
    ours = stripes.astype(float)
    for _ in range(count):
        options = {"contrast": 0.1 * 255, "diffusivity": edges.exponential}
        ours = np.rint(edges.evolve(ours, "perona-malik", [[3 * 0.07]], **options))
    inner = np.s_[count - 1 : 21 - count, count - 1 : 41 - count]
    assert np.array_equal(ours[inner], theirs[inner])
    assert abs(ours - stripes).mean() > 1
