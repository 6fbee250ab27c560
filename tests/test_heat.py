"""Proofs of vdtext.heat: closed-form modes, the properties of diffusion, and SciPy as the referee."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import fft, special
from scipy.ndimage import gaussian_filter

from vdtext import heat
from vdtext.fast import heat as fast

BOUNDARIES = ["reflect", "fixed", "periodic"]
SOLVERS = [heat.exact, heat.explicit, heat.adi, heat.fed]
few = settings(deadline=None, max_examples=30)


def pictures(dtype=np.float64, least=1):
    """Random pictures with values in [0, 1], of every small shape."""
    width = np.dtype(dtype).itemsize * 8
    shapes = st.tuples(st.integers(least, 9), st.integers(least, 9))
    return shapes.flatmap(lambda shape: arrays(dtype, shape, elements=st.floats(0, 1, width=width)))


def mode(n, k, boundary):
    """The k-th mode of a line of n pixels and its eigenvalue, each from its textbook formula."""
    i = np.arange(n)
    if boundary == "reflect":
        return np.cos(np.pi * (i + 0.5) * k / n), 2 - 2 * np.cos(np.pi * k / n)
    if boundary == "fixed":
        return np.sin(np.pi * (i + 1) * (k + 1) / (n + 1)), 2 - 2 * np.cos(np.pi * (k + 1) / (n + 1))
    return np.cos(2 * np.pi * i * k / n + 0.3), 2 - 2 * np.cos(2 * np.pi * k / n)


def noise(shape, dtype=np.float64, seed=0):
    return np.random.default_rng(seed).random(shape).astype(dtype)


def largest(a, b):
    return float(abs(a - b).max())


# ---- Closed form: cosine, sine and complex modes --------------------------------------------------------------------


def cases(function):
    """Every boundary, a few modes of a 7 × 10 picture."""
    function = pytest.mark.parametrize(("k", "m"), [(0, 0), (0, 3), (1, 0), (2, 9), (6, 5), (6, 9)])(function)
    return pytest.mark.parametrize("boundary", BOUNDARIES)(function)


def product_mode(k, m, boundary):
    (down, a), (across, b) = mode(7, k, boundary), mode(10, m, boundary)
    return np.outer(down, across), a, b


@cases
def test_laplacian_of_a_mode(k, m, boundary):
    u, a, b = product_mode(k, m, boundary)
    assert largest(heat.laplacian(u, boundary=boundary), -(a + b) * u) < 1e-13
    assert largest(heat.laplacian(u, boundary=boundary, axes=(0,)), -a * u) < 1e-13
    assert largest(heat.laplacian(u, boundary=boundary, axes=(1,)), -b * u) < 1e-13


@cases
def test_exact_forgets_each_mode_at_its_own_rate(k, m, boundary):
    u, a, b = product_mode(k, m, boundary)
    for time in (0.3, 2.0, 11.0):
        assert largest(heat.exact(u, time, boundary=boundary), np.exp(-(a + b) * time) * u) < 1e-12
        assert largest(heat.exact(u, time, boundary=boundary, axes=(0,)), np.exp(-a * time) * u) < 1e-12


@cases
def test_explicit_multiplies_a_mode_by_a_power(k, m, boundary):
    u, a, b = product_mode(k, m, boundary)
    step = heat.explicit_step(u, step=0.25, boundary=boundary)
    assert largest(step, (1 - 0.25 * (a + b)) * u) < 1e-13
    assert largest(heat.explicit(u, 1.5, steps=6, boundary=boundary), (1 - 0.25 * (a + b)) ** 6 * u) < 1e-13
    assert largest(heat.explicit(u, 1.5, boundary=boundary), (1 - 1.5 / 8 * (a + b)) ** 8 * u) < 1e-13
    line = heat.explicit(u, 1.5, boundary=boundary, axes=(1,))
    assert largest(line, (1 - 1.5 / 4 * b) ** 4 * u) < 1e-13


@cases
def test_adi_multiplies_a_mode_by_the_cayley_factor(k, m, boundary):
    u, a, b = product_mode(k, m, boundary)

    def factor(step, eigenvalue):
        return (1 - step / 2 * eigenvalue) / (1 + step / 2 * eigenvalue)

    step = heat.adi_step(u, step=5.0, boundary=boundary)
    assert largest(step, factor(5, a) * factor(5, b) * u) < 1e-13
    line = heat.crank_nicolson_step(u, step=5.0, axis=0, boundary=boundary)
    assert largest(line, factor(5, a) * u) < 1e-13
    many = heat.adi(u, 9.0, boundary=boundary)  # ⌈3√9⌉ = 9 steps of 1
    assert largest(many, (factor(1, a) * factor(1, b)) ** 9 * u) < 1e-13
    few_steps = heat.adi(u, 9.0, steps=2, boundary=boundary)
    assert largest(few_steps, (factor(4.5, a) * factor(4.5, b)) ** 2 * u) < 1e-13


@cases
def test_fed_multiplies_a_mode_by_its_polynomial(k, m, boundary):
    u, a, b = product_mode(k, m, boundary)
    sizes = np.array(heat.fed_steps(3.0))
    assert largest(heat.fed(u, 12.0, boundary=boundary), np.prod(1 - sizes * (a + b)) ** 4 * u) < 1e-12
    line = heat.fed(u, 6.0, cycles=2, boundary=boundary, axes=(0,))
    sizes = np.array(heat.fed_steps(3.0, d=1))
    assert largest(line, np.prod(1 - sizes * a) ** 2 * u) < 1e-12


@pytest.mark.parametrize(
    ("solver", "count", "order"), [("explicit", "steps", 1), ("adi", "steps", 2), ("fed", "cycles", 1)]
)
def test_order_of_the_solvers(solver, count, order):
    u = np.outer(mode(12, 2, "reflect")[0], mode(12, 1, "reflect")[0])
    rates = mode(12, 2, "reflect")[1] + mode(12, 1, "reflect")[1]
    error = [largest(heat.diffuse(u, 6.0, method=solver, **{count: n}), np.exp(-6 * rates) * u) for n in (64, 128)]
    assert 2**order * 0.9 < error[0] / error[1] < 2**order * 1.1


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("n", [1, 2, 3, 8])
def test_eigenvalues_are_those_of_the_matrix(n, boundary):
    matrix = heat.laplacian(np.eye(n), boundary=boundary, axes=(0,))
    np.testing.assert_allclose(
        np.sort(heat.eigenvalues(n, boundary=boundary)), -np.linalg.eigvalsh(matrix)[::-1], atol=1e-13
    )
    np.testing.assert_allclose(
        heat.eigenvalues(n, boundary=boundary), [mode(n, k, boundary)[1] for k in range(n)], atol=1e-13
    )


def test_eigenvalues_of_a_picture_are_sums():
    total = heat.mode_eigenvalues((3, 4, 5), boundary="reflect", axes=(0, 2))
    assert total.shape == (3, 1, 5)
    np.testing.assert_allclose(total[:, 0], np.add.outer(heat.eigenvalues(3), heat.eigenvalues(5)))


@pytest.mark.parametrize("n", [1, 2, 3, 8])
@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_implicit_solution_solves(n, boundary):
    u = noise((n, 3))
    v = heat.solve_implicit(u, 2.5, boundary=boundary)
    assert largest(v - 2.5 * heat.laplacian(v, boundary=boundary, axes=(0,)), u) < 1e-13


def test_adi_is_the_scheme_of_peaceman_and_rachford():
    u, half = noise((6, 5)), 1.7
    down, across = (np.eye(n) - half * heat.laplacian(np.eye(n), axes=(0,)) for n in (6, 5))
    v = np.linalg.solve(down, u + half * heat.laplacian(u, axes=(1,)))
    w = np.linalg.solve(across, (v + half * heat.laplacian(v, axes=(0,))).T).T
    assert largest(heat.adi_step(u, step=2 * half), w) < 1e-13


def test_one_huge_adi_step_only_flips_the_finest_mode():
    u, _, _ = product_mode(0, 9, "reflect")
    assert largest(heat.adi_step(u, step=1e9), -u) < 1e-6


# ---- Fast explicit diffusion ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("cycle", [0.01, 0.3, 0.999, 1.001, 2.0, 2.999, 3.001, 50.0, 1000.0])
def test_fed_steps(cycle, d):
    time = cycle / 3 / d  # n steps last up to (n² + n) / 6d
    sizes = np.array(heat.fed_steps(time, d=d))
    n = len(sizes)
    assert sizes.sum() == pytest.approx(time, rel=1e-12)
    assert (n * n + n) / 6 / d >= time * (1 - 1e-12)  # no step is stretched …
    assert n == 1 or (n * n - n) / 6 / d < time  # … and one step fewer would not do
    i = np.arange(n)
    shape = 1 / np.cos(np.pi * (2 * i + 1) / (4 * n + 2)) ** 2
    np.testing.assert_allclose(np.sort(sizes) * shape.sum(), np.sort(shape) * time, rtol=1e-12)
    gain = np.prod(1 - np.outer(sizes, np.linspace(0, 4 * d, 2001)), axis=0)
    assert abs(gain).max() <= 1 + 1e-9


def test_half_of_the_fed_steps_would_explode_alone():
    sizes = np.array(heat.fed_steps(25.0))
    assert 0.3 < np.mean(sizes > 0.25) <= 0.5


def test_fed_of_time_zero_does_nothing():
    assert heat.fed_steps(0.0) == [0.0]


def test_the_order_of_fed_steps_tames_round_off():
    u = noise((32, 33))
    sizes = heat.fed_steps(1000.0)

    def march(u, sizes):
        for size in sizes:
            u = u + size * heat.laplacian(u)
        return u

    reference = march(u, sizes)
    assert largest(march(u.astype(np.float32), sizes), reference) < 1e-5
    with np.errstate(over="ignore", invalid="ignore"):
        assert not largest(march(u.astype(np.float32), sorted(sizes)), reference) < 1e10


def test_leja_order():
    points = np.cos(np.linspace(0, np.pi, 9)) + 1
    order = heat.leja_order(points)
    assert sorted(order) == list(range(9))
    assert order[0] == 0
    for j in range(1, 9):
        distance = [np.prod(abs(points[i] - points[order[:j]])) for i in range(9)]
        assert distance[order[j]] == pytest.approx(max(distance), rel=1e-9)
    assert heat.leja_order(np.array([3.0])) == [0]
    assert len(set(heat.leja_order(np.linspace(0, 1e-3, 600)))) == 600  # the products do not fade to 0


# ---- What diffusion does --------------------------------------------------------------------------------------------


@few
@given(pictures(), st.floats(0, 20), st.floats(0, 20), st.sampled_from(BOUNDARIES))
def test_semigroup(u, s, t, boundary):
    twice = heat.diffuse(heat.diffuse(u, s, boundary=boundary), t, boundary=boundary)
    assert largest(twice, heat.diffuse(u, s + t, boundary=boundary)) < 1e-13


@few
@given(pictures(), st.floats(0.01, 30), st.sampled_from(["exact", "explicit", "adi", "fed"]))
def test_the_mean_is_kept(u, time, method):
    for boundary in ("reflect", "periodic"):
        assert heat.diffuse(u, time, method=method, boundary=boundary).mean() == pytest.approx(u.mean(), abs=1e-11)


@few
@given(pictures(), st.floats(0.01, 30), st.sampled_from(["exact", "explicit"]), st.sampled_from(BOUNDARIES))
def test_max_min_principle(u, time, method, boundary):
    v = heat.diffuse(u, time, method=method, boundary=boundary)
    low = 0 if boundary == "fixed" else u.min()
    assert v.min() >= low - 1e-12
    assert v.max() <= u.max() + 1e-12


@pytest.mark.parametrize("solver", SOLVERS)
def test_fixed_borders_drain_the_picture(solver):
    u = np.ones((5, 6))
    assert solver(u, 400.0, boundary="fixed").max() < 1e-3
    assert largest(solver(u, 400.0), u) < 1e-11


def test_boundaries_differ_as_they_should():
    u = np.zeros((1, 5))
    u[0, 0] = 1.0
    assert heat.laplacian(u, axes=(1,)).tolist() == [[-1, 1, 0, 0, 0]]
    assert heat.laplacian(u, axes=(1,), boundary="fixed").tolist() == [[-2, 1, 0, 0, 0]]
    assert heat.laplacian(u, axes=(1,), boundary="periodic").tolist() == [[-2, 1, 0, 0, 1]]


def test_beyond_a_quarter_the_explicit_scheme_explodes():
    u = noise((16, 16))
    v, w = u, u
    for _ in range(200):
        v = v + 0.25 * heat.laplacian(v)
        w = w + 0.27 * heat.laplacian(w)
    assert abs(v).max() <= 1
    assert abs(w).max() > 1e6


def test_flux_telescopes():
    flow = heat.flux(noise((4, 6)), axis=1)
    assert flow.shape == (4, 7)
    assert not flow[:, [0, -1]].any()


# ---- Types, shapes, axes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_dtype_is_kept_and_float32_is_accurate(solver, boundary, dtype):
    u = noise((14, 9))
    time = np.float64(20.0)  # a NumPy scalar must not promote float32
    v = solver(u.astype(dtype), time, boundary=boundary)
    assert v.dtype == dtype
    assert largest(v, solver(u, 20.0, boundary=boundary)) < (1e-5 if dtype == np.float32 else 1e-14)
    assert heat.explicit_step(u.astype(dtype), step=np.float64(0.2)).dtype == dtype
    assert heat.adi_step(u.astype(dtype), step=np.float64(0.2)).dtype == dtype
    assert heat.backward(u.astype(dtype), np.float64(0.2), noise=np.float64(0.1)).dtype == dtype


@pytest.mark.parametrize("method", ["exact", "explicit", "adi", "fed"])
def test_clips_are_diffused_frame_by_frame(method):
    clip = noise((3, 6, 5, 2), np.float32)
    together = heat.diffuse(clip, 2.0, method=method)
    for t in range(3):
        for c in range(2):
            assert largest(together[t, ..., c], heat.diffuse(clip[t, ..., c], 2.0, method=method)) < 1e-6
    grey = heat.diffuse(clip[..., 0], 2.0, method=method)
    assert largest(grey, together[..., 0]) < 1e-6
    picture = heat.diffuse(clip[0], 2.0, method=method, axes=(0, 1))
    assert largest(picture, together[0]) < 1e-6
    volume = heat.diffuse(clip[..., 0], 2.0, method=method, axes=(0, 1, 2))
    assert largest(volume.mean(), clip[..., 0].mean()) < 1e-6


@pytest.mark.parametrize("method", ["exact", "explicit", "adi", "fed"])
@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_a_clip_in_space_and_time(method, boundary):
    clip = noise((5, 6, 7, 2))
    v = heat.diffuse_clip(clip, space=1.5, time=0.7, method=method, boundary=boundary)
    solver = getattr(heat, method)
    w = solver(solver(clip, 0.7, boundary=boundary, axes=(0,)), 1.5, boundary=boundary, axes=(1, 2))
    assert largest(v, w) < 1e-12
    grey = heat.diffuse_clip(clip[..., 0], space=1.5, time=0.7, method=method, boundary=boundary)
    assert largest(grey, v[..., 0]) < 1e-12


@few
@given(st.floats(0, 5), st.floats(0, 5), st.floats(0, 5), st.floats(0, 5))
def test_semigroup_in_space_and_in_time(s1, t1, s2, t2):
    clip = noise((4, 5, 6))
    twice = heat.diffuse_clip(heat.diffuse_clip(clip, space=s1, time=t1), space=s2, time=t2)
    assert largest(twice, heat.diffuse_clip(clip, space=s1 + s2, time=t1 + t2)) < 1e-13


def test_time_zero_returns_a_copy():
    u = noise((4, 5))
    v = heat.diffuse(u, 0.0)
    assert largest(u, v) == 0
    assert not np.shares_memory(u, v)


def test_diffuse_takes_options_to_the_solver():
    u = noise((8, 9))
    assert largest(heat.diffuse(u, 2.0, method="explicit", steps=np.int64(11)), heat.explicit(u, 2.0, steps=11)) < 1e-13
    assert largest(heat.diffuse(u, 2.0, method="adi", steps=1), heat.adi(u, 2.0, steps=1)) < 1e-13
    assert largest(heat.diffuse(u, 2.0, method="fed", cycles=1), heat.fed(u, 2.0, cycles=1)) < 1e-13


# ---- A mask for the region ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["explicit", "fed"])
def test_a_rectangular_region_is_diffused_like_a_picture_of_its_own(method):
    u = noise((9, 11))
    mask = np.zeros((9, 11), bool)
    mask[2:7, 3:] = True
    v = heat.diffuse(u, 3.0, method=method, mask=mask)
    assert largest(v[2:7, 3:], heat.diffuse(u[2:7, 3:], 3.0, method=method)) < 1e-13
    assert (v[~mask] == u[~mask]).all()
    clip = heat.diffuse(np.stack([u, u[::-1]]), 3.0, method=method, mask=mask)
    assert largest(clip[0], v) < 1e-13
    colours = heat.diffuse(np.stack([u, u[::-1]], axis=-1)[None], 3.0, method=method, mask=mask)
    assert largest(colours[0, ..., 0], v) < 1e-13


@pytest.mark.parametrize("method", ["explicit", "fed"])
@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_a_region_without_edge_changes_nothing(method, boundary):
    u = noise((5, 4))
    v = heat.diffuse(u, 2.0, method=method, boundary=boundary, mask=np.ones((5, 4), bool))
    assert largest(v, heat.diffuse(u, 2.0, method=method, boundary=boundary)) < 1e-13


def test_a_region_may_wrap_around_a_periodic_border():
    mask = np.array([True, False, False, True])
    v = heat.explicit(np.array([1.0, 5.0, 7.0, 3.0]), 50.0, boundary="periodic", axes=(0,), mask=mask)
    np.testing.assert_allclose(v, [2, 5, 7, 2], atol=1e-12)


@few
@given(pictures(), st.data())
def test_any_region_keeps_its_sum_and_its_surroundings(u, data):
    mask = data.draw(arrays(bool, u.shape))
    v = heat.diffuse(u, 2.0, method="explicit", mask=mask)
    assert v[mask].sum() == pytest.approx(u[mask].sum(), abs=1e-11)
    assert (v[~mask] == u[~mask]).all()


def test_a_region_of_a_clip():
    clip = noise((4, 5, 6))
    mask = np.zeros((5, 6), bool)
    mask[1:4, 2:5] = True
    v = heat.diffuse_clip(clip, space=1.0, time=2.0, method="explicit", mask=mask)
    inside = heat.diffuse_clip(clip[:, 1:4, 2:5], space=1.0, time=2.0, method="explicit")
    assert largest(v[:, 1:4, 2:5], inside) < 1e-13
    assert (v[:, ~mask] == clip[:, ~mask]).all()
    moving = np.zeros((4, 5, 6), bool)
    moving[:2, 1:4, 2:5] = True
    w = heat.diffuse_clip(clip[..., None], space=1.0, time=2.0, method="fed", mask=moving)[..., 0]
    inside = heat.diffuse_clip(clip[:2, 1:4, 2:5], space=1.0, time=2.0, method="fed")
    assert largest(w[:2, 1:4, 2:5], inside) < 1e-13
    assert (w[~moving] == clip[~moving]).all()


# ---- Gaussians ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("time", [0.1, 0.5, 3.0, 20.0])
def test_the_kernel_is_what_becomes_of_a_white_pixel(time):
    line = np.zeros(401)
    line[200] = 1.0
    assert largest(heat.exact(line, time, axes=(0,))[100:301], heat.kernel(time, 100)) < 1e-14
    n = np.arange(-100, 101)
    assert heat.kernel(time, 100).sum() == pytest.approx(1, abs=1e-13)
    assert (heat.kernel(time, 100) * n**2).sum() == pytest.approx(2 * time, abs=1e-9)


@pytest.mark.parametrize(("time", "difference"), [(0.5, 6e-2), (2.0, 4e-3), (8.0, 2e-4), (50.0, 5e-6)])
def test_the_sampled_gaussian_is_near_and_comes_nearer(time, difference):
    u = np.zeros((121, 121))
    u[60, 60] = 1.0
    v = heat.diffuse(u, time)
    error = largest(v, gaussian_filter(u, heat.gaussian_sigma(time), mode="reflect", truncate=8))
    assert difference / 2 < error < difference


@pytest.mark.parametrize("time", [20.0, 100.0, 1000.0])
def test_how_far_the_sampled_gaussian_is(time):
    excess = heat.kernel(time, 0)[0] * np.sqrt(4 * np.pi * time) - 1
    assert excess == pytest.approx(1 / (16 * time), rel=0.03)


def test_diffusion_is_scipys_gaussian_filter():
    u = noise((90, 120))
    for boundary, mode in (("reflect", "reflect"), ("periodic", "wrap")):
        v = heat.diffuse(u, 100.0, boundary=boundary)
        assert largest(v, gaussian_filter(u, np.sqrt(200), mode=mode, truncate=8)) < 3e-5


@few
@given(st.floats(0, 1e4))
def test_sigma_and_time(time):
    assert heat.gaussian_sigma(time) == pytest.approx(np.sqrt(2 * time))
    assert heat.gaussian_time(heat.gaussian_sigma(time)) == pytest.approx(time)


# ---- Backward -------------------------------------------------------------------------------------------------------


@few
@given(pictures(), st.sampled_from(BOUNDARIES))
def test_backward_undoes_a_short_diffusion(u, boundary):
    v = heat.diffuse(u, 0.5, boundary=boundary)
    assert largest(heat.backward(v, 0.5, noise=0, boundary=boundary), u) < 1e-11


@cases
def test_backward_multiplies_a_mode_by_the_wiener_factor(k, m, boundary):
    u, a, b = product_mode(k, m, boundary)
    decay = np.exp(-1.5 * (a + b))
    v = heat.backward(u, 1.5, noise=0.01, boundary=boundary)
    assert largest(v, decay / (decay**2 + 0.01) * u) < 1e-12
    line = heat.backward(u, 1.5, noise=0.01, boundary=boundary, axes=(0,))
    decay = np.exp(-1.5 * a)
    assert largest(line, decay / (decay**2 + 0.01) * u) < 1e-12


def test_backward_blows_up_and_noise_tames_it():
    u = heat.diffuse(noise((32, 32)), 4.0)
    blurred = heat.diffuse(u, 2.0)
    spoilt = blurred + 1e-3 * np.random.default_rng(1).standard_normal(u.shape)
    plain = heat.backward(spoilt, 2.0, noise=0)
    tamed = heat.backward(spoilt, 2.0, noise=1e-3)
    assert abs(plain).max() > 1e2
    assert np.square(tamed - u).mean() < 0.5 * np.square(blurred - u).mean()
    assert abs(heat.backward(noise((8, 8)), 1e4, noise=1e-6)).max() < 1e3


@pytest.mark.parametrize(("dtype", "time"), [(np.float32, 88.7 / 16), (np.float64, 709.7 / 16)])
def test_backward_refuses_what_overflows(dtype, time):
    u = np.zeros((4, 4), dtype)
    assert np.isfinite(heat.backward(u, time, noise=0)).all()
    with pytest.raises(ValueError, match=r"overflows float.*noise > 0 \(chapter 3\)"):
        heat.backward(u, time + 0.1, noise=0)
    assert np.isfinite(heat.backward(u, time + 0.1, noise=1e-9)).all()


# ---- Laplacian pyramid ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", range(1, 34))
def test_the_pyramid_is_reversible_for_every_size(n):
    for shape in ((n, 34 - n), (n, n, 3)):
        for dtype, bound in ((np.float64, 1e-14), (np.float32, 1e-6)):
            u = noise(shape, dtype)
            bands = heat.laplacian_pyramid(u, 3)
            assert [len(band) for band in bands] == [n, -(-n // 2), -(-n // 4), -(-n // 8)]
            back = heat.reconstruct(bands)
            assert back.dtype == dtype
            assert back.shape == shape
            assert largest(back, u) < bound


def test_a_constant_has_no_bands():
    *bands, small = heat.laplacian_pyramid(np.full((13, 6), 0.7), 2)
    assert max(abs(band).max() for band in bands) < 1e-14
    assert largest(small, np.full((4, 2), 0.7)) < 1e-14


def test_reduce_and_expand():
    u = noise((7, 8))
    assert largest(heat.reduce(u), heat.exact(u, 0.5)[::2, ::2]) < 1e-14
    assert largest(heat.laplacian_pyramid(u, 1)[1], heat.exact(u, 0.5)[::2, ::2]) < 1e-14
    assert largest(heat.laplacian_pyramid(u, 1, time=2.0)[1], heat.reduce(u, time=2.0)) == 0
    small = noise((4, 4))
    big = heat.expand(small, (7, 8))
    assert (big[::2, ::2] == small).all()
    assert largest(big[1::2, ::2], (small[1:] + small[:-1]) / 2) < 1e-15
    assert largest(big[::2, 1:-1:2], (small[:, 1:] + small[:, :-1]) / 2) < 1e-15
    assert (big[:, -1] == big[:, -2]).all()


def test_a_pyramid_of_no_levels_is_the_picture():
    u = noise((3, 3))
    assert heat.laplacian_pyramid(u, 0)[0] is u
    assert heat.reconstruct([u]) is u


# ---- The fast twins -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 1), (1, 9), (9, 1), (2, 2), (3, 7), (31, 24), (64, 50)])
@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_fast_twins_equal_the_readable_functions(shape, boundary, dtype):
    u = noise(shape, dtype)
    single = dtype == np.float32
    for axes in ((0, 1), (0,), (-1,)):
        for time in (0.1, 3.0, 100.0):
            options = {"boundary": boundary, "axes": axes}
            close = 2e-6 if single else 4e-15
            assert largest(fast.exact(u, time, **options), heat.exact(u, time, **options)) < close
            close = 2e-6 if single else 1e-14
            assert largest(fast.explicit(u, time, **options), heat.explicit(u, time, **options)) < close
            close = 2e-5 if single else 1e-12
            assert largest(fast.fed(u, time, **options), heat.fed(u, time, **options)) < close


@few
@given(pictures(np.float32), st.floats(1e-3, 1e4), st.sampled_from(["reflect", "fixed"]))
def test_fast_exact_forgets_only_what_is_below_round_off(u, time, boundary):
    v = fast.exact(u, time, boundary=boundary)
    assert v.dtype == np.float32
    assert largest(v, heat.exact(u, time, boundary=boundary)) < 2e-6


@pytest.mark.parametrize("function", [fast.exact, fast.explicit, fast.fed])
def test_fast_twins_with_more_axes_and_strides(function):
    readable = getattr(heat, function.__name__)
    clip = noise((4, 5, 6, 3)).swapaxes(0, 2)
    for axes in ((1, 2), (2, 1), (0,), (-2,), (0, 1, 2)):
        assert largest(function(clip, 2.0, axes=axes), readable(clip, 2.0, axes=axes)) < 1e-13


def test_fast_twins_hand_a_mask_to_the_readable_functions():
    u, mask = noise((6, 6)), noise((6, 6), seed=1) > 0.4
    assert largest(fast.explicit(u, 2.0, mask=mask), heat.explicit(u, 2.0, mask=mask)) == 0
    assert largest(fast.fed(u, 2.0, mask=mask), heat.fed(u, 2.0, mask=mask)) == 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (4, 1), (3, 4)])
@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_the_compiled_step_is_its_python_source(shape, boundary, dtype):
    u = noise(shape, dtype)
    arguments = dtype(0.2), dtype(0.1), dtype(boundary != "fixed"), boundary == "periodic"
    compiled, plain = np.empty_like(u), np.empty_like(u)
    fast.step_plane(u, compiled, *arguments)
    fast.step_plane.py_func(u, plain, *arguments)
    assert largest(compiled, plain) < 4 * np.finfo(dtype).eps
    step = sum(s * heat.laplacian(u, boundary=boundary, axes=(a,)) for s, a in ((0.2, 0), (0.1, 1)))
    assert largest(plain, u + step) < 4 * np.finfo(dtype).eps


def test_marching_no_steps_returns_a_copy():
    for shape in ((3, 4), (30, 40)):
        u = noise(shape)
        del_me = [np.full(shape, 7.0) for _ in range(9)]
        del del_me  # memory that is not written to would show 7
        v = fast.march(u, [])
        assert largest(u, v) == 0
        assert not np.shares_memory(u, v)


def test_marching_takes_sizes_that_are_not_stable():
    u = noise((2, 5, 6))
    v = u + 0.4 * heat.laplacian(u)
    assert largest(fast.march(u, [0.4, 0.1]), v + 0.1 * heat.laplacian(v)) < 1e-14


def test_fast_exact_when_everything_is_forgotten():
    assert not fast.exact(noise((4, 5), np.float32), 1e4, boundary="fixed").any()


def test_constants_survive_many_float32_steps():
    u = np.full((20, 30), 0.7, np.float32)
    for method in ("exact", "explicit", "fed"):
        assert largest(heat.diffuse(u, 100.0, method=method), u) < 1e-6


def test_heat_flows_without_numba():
    program = """if True:
        import sys
        import numpy as np
        from vdtext import heat
        assert "numba" not in sys.modules, "importing heat loads Numba"
        u = np.random.default_rng(0).random((12, 13))
        expected = heat.explicit(u, 3.0)
        sys.modules["numba"] = None
        import importlib.util
        find_spec = importlib.util.find_spec
        importlib.util.find_spec = lambda name, *rest: None if name == "numba" else find_spec(name, *rest)
        from vdtext.fast import heat as fast
        assert not fast.COMPILED
        assert abs(heat.diffuse(u, 3.0, method="explicit") - expected).max() == 0
        v = np.empty_like(u)
        fast.step_plane(u, v, 0.25, 0.25, 1.0, False)
        assert abs(v - heat.explicit_step(u, step=0.25)).max() < 1e-15
        print("warm")
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout == "warm\n", done.stderr


# ---- Errors teach ---------------------------------------------------------------------------------------------------

GREY = np.zeros((4, 5))
UNSTABLE = "is unstable: the explicit scheme needs 0 < step <="
ERRORS = [
    (lambda: heat.explicit_step(GREY, step=0.26), f"step=0.26 {UNSTABLE} 1/4 (chapter 3)"),
    (lambda: heat.explicit_step(GREY, step=0.51, axes=(0,)), f"step=0.51 {UNSTABLE} 1/2 (chapter 3)"),
    (lambda: heat.explicit_step(GREY, step=0), f"step=0 {UNSTABLE} 1/4 (chapter 3)"),
    (lambda: heat.explicit_step(GREY, step=float("nan")), f"step=nan {UNSTABLE} 1/4 (chapter 3)"),
    (lambda: heat.diffuse(GREY, 2.0, method="explicit", steps=7), f"step=0.285714 {UNSTABLE} 1/4 (chapter 3)"),
    (lambda: heat.diffuse(GREY, -1.0), "time=-1: heat flows for a finite time >= 0; heat.backward runs it back"),
    (lambda: heat.diffuse(GREY, float("nan")), "time=nan: heat flows for a finite time >= 0"),
    (lambda: heat.diffuse(GREY, float("inf")), "time=inf: heat flows for a finite time >= 0"),
    (lambda: heat.backward(GREY, -1.0, noise=1), "time=-1: heat flows for a finite time >= 0"),
    (lambda: heat.backward(GREY, 1.0, noise=-1e-9), "noise=-1e-09: the energy of the noise"),
    (lambda: heat.diffuse(GREY.astype(np.uint8), 1.0), "u has dtype uint8: heat flows in float32 or float64"),
    (lambda: heat.laplacian(GREY.astype(int)), "u has dtype int64: heat flows in float32 or float64"),
    (lambda: heat.exact(GREY.astype(np.float16), 1.0), "u has dtype float16: heat flows in float32 or float64"),
    (lambda: heat.diffuse(GREY[:0], 1.0), "u has shape (0, 5): there is nothing to diffuse"),
    (lambda: heat.diffuse(GREY + np.nan, 1.0), "u holds NaN or infinity"),
    (lambda: heat.diffuse(GREY + np.inf, 1.0), "u holds NaN or infinity"),
    (lambda: heat.laplacian(GREY, boundary="mirror"), "boundary='mirror' is unknown: choose 'reflect'"),
    (lambda: heat.diffuse(GREY, 1.0, boundary="mirror"), "boundary='mirror' is unknown: choose 'reflect'"),
    (lambda: heat.diffuse(GREY, 1.0, method="fed", boundary="mirror"), "boundary='mirror' is unknown: choose"),
    (lambda: heat.diffuse(GREY, 1.0, method="magic"), "method='magic' is unknown: choose 'exact', 'explicit'"),
    (lambda: heat.diffuse(GREY, 1.0, mask=GREY > 0), "method='exact' takes no mask"),
    (lambda: heat.diffuse(GREY, 1.0, method="adi", mask=GREY > 0), "method='adi' takes no mask"),
    (lambda: heat.diffuse(GREY, 1.0, method="fed", mask=GREY), "mask is float64 (4, 5): it must be bool"),
    (lambda: heat.diffuse(GREY, 1.0, method="fed", mask=GREY[:3] > 0), "mask is bool (3, 5): it must be bool, of"),
    (lambda: heat.diffuse(GREY, 1.0, method="fed", mask=GREY[0] > 0), "mask is bool (5,): it must be bool, of"),
    (lambda: heat.diffuse(GREY, 1.0, steps=3), "steps=3, method='exact': give steps (explicit, adi) or cycles (fed)"),
    (lambda: heat.diffuse(GREY, 1.0, method="fed", cycles=0), "cycles=0, method='fed': give steps"),
    (lambda: heat.diffuse(GREY, 1.0, method="adi", steps=2.5), "steps=2.5, method='adi': give steps"),
    (lambda: heat.diffuse(np.zeros((4, 5, 3)), 1.0), "axes is required for shape (4, 5, 3): (0, 1) for a picture in"),
    (lambda: heat.diffuse(np.zeros((4, 5, 4)), 1.0), "axes is required for shape (4, 5, 4): (0, 1) for a picture in"),
    (lambda: heat.diffuse(np.zeros(5), 1.0), "axes is required for shape (5,)"),
    (lambda: heat.diffuse(np.zeros((1, 2, 3, 4, 5)), 1.0), "axes is required for shape (1, 2, 3, 4, 5)"),
    (lambda: heat.diffuse(GREY, 1.0, axes=(0, 2)), "axis 2 is out of bounds"),
]


@pytest.mark.parametrize(("call", "line"), ERRORS)
def test_error_lines(call, line):
    with pytest.raises((TypeError, ValueError)) as caught:
        call()
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)
    assert line.startswith("axis") or str(caught.value).endswith((" (chapter 2)", " (chapter 3)"))


def test_shapes_that_need_no_axes():
    u = noise((3, 4, 5, 3))
    for part, axes in ((u[0, :, :, 0], (0, 1)), (u[..., 0], (1, 2)), (u, (1, 2))):
        assert largest(heat.diffuse(part, 1.0), heat.exact(part, 1.0, axes=axes)) < 1e-13
    assert largest(heat.diffuse(u[0], 1.0, axes=(0, 1)), heat.exact(u[0], 1.0, axes=(0, 1))) < 1e-13
    assert largest(heat.diffuse(u[0], 1.0, axes=-1), heat.exact(u[0], 1.0, axes=(2,))) < 1e-13


# ---- The numbered equations of chapter 3: both sides, numerically ----------------------------------------------------


def laplacian_matrix(n):
    """The second difference along a line of n pixels with reflecting ends, as a matrix."""
    matrix = np.diag(np.full(n, -2.0)) + np.eye(n, k=1) + np.eye(n, k=-1)
    matrix[0, 0] = matrix[-1, -1] = -1
    return matrix


def field(*shape):
    return np.random.default_rng(3).random(shape)


@pytest.mark.equation("eq-laplacian")
def test_equation_laplacian():
    u = field(6, 7)
    p = np.pad(u, 1, mode="edge")
    five_points = p[:-2, 1:-1] + p[2:, 1:-1] + p[1:-1, :-2] + p[1:-1, 2:] - 4 * u
    np.testing.assert_allclose(heat.laplacian(u), five_points, atol=1e-13)


@pytest.mark.equation("eq-heat")
def test_equation_heat():
    u, time, h = field(6, 7), 1.5, 1e-4
    rate = (heat.exact(u, time + h) - heat.exact(u, time - h)) / (2 * h)
    np.testing.assert_allclose(rate, heat.laplacian(heat.exact(u, time)), atol=1e-7)


@pytest.mark.equation("eq-explicit")
def test_equation_explicit():
    u = field(6, 7)
    right = u + 0.2 * (laplacian_matrix(6) @ u + u @ laplacian_matrix(7))
    np.testing.assert_allclose(heat.explicit_step(u, step=0.2), right, atol=1e-13)


@pytest.mark.equation("eq-cfl")
@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("factor", [0.1, 0.5, 1.0, 1.001, 2.0])
def test_equation_cfl(d, factor):
    step = factor / (2 * d)
    largest = abs(1 - np.linspace(0, 4 * d, 4001) * step).max()
    assert (largest <= 1 + 1e-12) == (factor <= 1)


@pytest.mark.equation("eq-mode")
def test_equation_mode():
    u, time = field(6, 7), 0.8
    rows, columns = (4 * np.sin(np.pi * np.arange(n) / (2 * n)) ** 2 for n in u.shape)
    right = np.exp(-time * (rows[:, None] + columns)) * fft.dctn(u)
    np.testing.assert_allclose(fft.dctn(heat.exact(u, time)), right, atol=1e-12)


@pytest.mark.equation("eq-sigma")
@pytest.mark.parametrize("time", [0.5, 2.0, 8.0])
def test_equation_sigma(time):
    weights = heat.kernel(time, radius=80)
    assert heat.gaussian_sigma(time) == pytest.approx(np.sqrt(weights @ np.arange(-80, 81) ** 2))
    assert heat.gaussian_time(heat.gaussian_sigma(time)) == pytest.approx(time)


@pytest.mark.equation("eq-adi")
def test_equation_adi():
    u, step = field(6, 7), 3.0
    right = u
    for side in ("y", "x"):
        matrix = laplacian_matrix(6 if side == "y" else 7) * step / 2
        one = np.linalg.solve(np.eye(len(matrix)) - matrix, np.eye(len(matrix)) + matrix)
        right = one @ right if side == "y" else right @ one.T
    np.testing.assert_allclose(heat.adi_step(u, step=step), right, atol=1e-12)


@pytest.mark.equation("eq-fed")
@pytest.mark.parametrize("n", [1, 2, 5, 30])
@pytest.mark.parametrize("d", [1, 2, 3])
def test_equation_fed(n, d):
    right = 1 / (4 * d * np.cos(np.pi * (2 * np.arange(n) + 1) / (4 * n + 2)) ** 2)
    assert right.sum() == pytest.approx((n**2 + n) / (6 * d))
    left = heat.fed_steps((n**2 + n) / (6 * d) * (1 - 1e-12), d=d)
    np.testing.assert_allclose(sorted(left), sorted(right), rtol=1e-9)


@pytest.mark.equation("eq-bessel")
def test_equation_bessel():
    line, time, reach = field(9), 1.3, 45
    mirrored = np.pad(line, reach, mode="symmetric")
    weights = np.exp(-2 * time) * special.iv(np.arange(-reach, reach + 1), 2 * time)
    right = np.convolve(mirrored, weights, mode="valid")
    np.testing.assert_allclose(heat.exact(line, time, axes=(0,)), right, atol=1e-12)


@pytest.mark.equation("eq-spacetime")
def test_equation_spacetime():
    clip, time, s = field(5, 6, 7), 0.8, 0.3
    frames, rows, columns = (4 * np.sin(np.pi * np.arange(n) / (2 * n)) ** 2 for n in clip.shape)
    decay = np.exp(-time * (rows[:, None] + columns)) * np.exp(-s * frames)[:, None, None]
    left = fft.dctn(heat.diffuse_clip(clip, space=time, time=s))
    np.testing.assert_allclose(left, decay * fft.dctn(clip), atol=1e-12)


# ---- Short kernels and the pyramid's twin ----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("time", [0.01, 0.3, 1.0, 2.0, 9.0])
@pytest.mark.parametrize(
    ("shape", "axes"), [((1, 1), (0, 1)), ((3, 40), (0, 1)), ((4, 9, 8), (1, 2)), ((9, 8, 3), (0, 1))]
)
def test_short_times_are_convolved_and_equal_the_modes(shape, axes, time, dtype):
    u = noise(shape, dtype)
    tolerance = 2e-6 if dtype == np.float32 else 4e-15
    assert largest(fast.exact(u, time, axes=axes), heat.exact(u.astype(float), time, axes=axes)) < tolerance
    assert (fast.short_kernel(time, np.dtype(dtype)) is None) == (time > (8 if dtype == np.float32 else 2.5))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (2, 2), (5, 9), (16, 16), (37, 50)])
@pytest.mark.parametrize("time", [0.25, 0.5, 30.0])
def test_the_pyramids_twin_equals_the_readable_one(shape, time, dtype):
    u = noise(shape, dtype)
    pairs = zip(fast.laplacian_pyramid(u, 3, time=time), heat.laplacian_pyramid(u, 3, time=time), strict=True)
    for a, b in pairs:
        assert a.dtype == b.dtype
        assert a.shape == b.shape
        assert largest(a, b) < (2e-6 if dtype == np.float32 else 4e-15)
    back = heat.reconstruct(fast.laplacian_pyramid(u, 3, time=time))
    assert largest(back, u) < (1e-6 if dtype == np.float32 else 1e-14)
    colour = noise((*shape, 3), dtype)
    assert largest(fast.laplacian_pyramid(colour, 1)[0], heat.laplacian_pyramid(colour, 1)[0]) == 0


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (3, 1), (3, 4)])
def test_the_pyramids_kernels_run_as_plain_python(shape):
    u, weights = noise(shape), heat.kernel(0.3, 3)
    small = [np.empty([-(-n // 2) for n in shape]) for _ in range(2)]
    bands = [np.empty_like(u) for _ in range(2)]
    fast.reduce_plane.py_func(u, weights, small[0])
    fast.reduce_plane(u, weights, small[1])
    fast.band_plane.py_func(u, small[0], bands[0])
    fast.band_plane(u, small[1], bands[1])
    assert largest(*small) < 1e-15
    assert largest(*bands) < 1e-15
    assert [fast.mirrored.py_func(i, 4) for i in range(-9, 9)] == [fast.mirrored(i, 4) for i in range(-9, 9)]
