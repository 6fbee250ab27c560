"""The Gaussian laboratory against dense linear algebra, against itself, and against Monte Carlo."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, linalg, stats

from vdtext import gauss

SHAPES = [(4, 5), (3, 4, 2), (1, 6), (5, 3)]
shapes = st.lists(st.integers(1, 6), min_size=2, max_size=3).map(tuple).filter(lambda s: np.prod(s) > 1)
times = st.floats(0, 5)
quick = settings(deadline=None, max_examples=40)


def dense_covariance(spectrum):
    """The N×N covariance matrix of the flattened field, filled entry by entry from the lags."""
    r = gauss.covariance(spectrum)
    points = np.stack(np.unravel_index(np.arange(r.size), r.shape), axis=1)
    lags = (points[:, None, :] - points[None, :, :]) % np.array(r.shape)
    return r[tuple(np.moveaxis(lags, -1, 0))]


def dense_laplacian(shape):
    """The N×N matrix of the periodic second difference, from its stencil."""
    n = int(np.prod(shape))
    identity = np.eye(n).reshape(n, *shape)
    shifted = sum(np.roll(identity, s, axis) - identity for axis in range(1, len(shape) + 1) for s in (1, -1))
    return shifted.reshape(n, n)


# closed form: dense matrices


@pytest.mark.parametrize("shape", SHAPES)
def test_spectrum_is_the_eigenvalues_of_the_covariance(shape):
    spectrum = gauss.power_spectrum(shape, slope=1.5)
    eigenvalues = np.linalg.eigvalsh(dense_covariance(spectrum))
    np.testing.assert_allclose(np.sort(spectrum.ravel()), eigenvalues, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_laplacian_eigenvalues_are_those_of_the_stencil(shape):
    eigenvalues = np.linalg.eigvalsh(-dense_laplacian(shape))
    np.testing.assert_allclose(np.sort(gauss.laplacian_eigenvalues(shape).ravel()), eigenvalues, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_heat_is_the_exponential_of_the_laplacian(shape):
    field = np.random.default_rng(0).standard_normal(shape)
    expected = linalg.expm(0.7 * dense_laplacian(shape)) @ field.ravel()
    np.testing.assert_allclose(gauss.heat(field, 0.7).ravel(), expected, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_heat_decay_is_the_spectrum_of_the_diffused_field(shape):
    spectrum = gauss.power_spectrum(shape)
    operator = linalg.expm(0.3 * dense_laplacian(shape))
    expected = operator @ dense_covariance(spectrum) @ operator.T
    np.testing.assert_allclose(dense_covariance(gauss.heat_decay(spectrum, 0.3)), expected, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_wiener_and_its_error_are_the_posterior_of_a_gaussian_vector(shape):
    spectrum, variance = gauss.power_spectrum(shape), 0.4
    prior = dense_covariance(spectrum)
    gain = prior @ np.linalg.inv(prior + variance * np.eye(len(prior)))
    noisy = np.random.default_rng(1).standard_normal(shape)
    found = gauss.wiener(noisy, spectrum, noise_variance=variance)
    np.testing.assert_allclose(found.ravel(), gain @ noisy.ravel(), atol=1e-12)
    assert gauss.mmse(spectrum, variance) == pytest.approx(np.trace(prior - gain @ prior) / len(prior), rel=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("signal", "noise"), [(1.0, 0.0), (0.6, 0.8), (0.0, 1.5)])
def test_log_density_and_score_are_those_of_scipy(shape, signal, noise):
    spectrum = gauss.power_spectrum(shape)
    matrix = signal**2 * dense_covariance(spectrum) + noise**2 * np.eye(spectrum.size)
    x_t = np.random.default_rng(2).standard_normal((3, *shape))
    expected = stats.multivariate_normal(cov=matrix).logpdf(x_t.reshape(3, -1))
    np.testing.assert_allclose(gauss.log_density(x_t, spectrum, signal=signal, noise=noise), expected, rtol=1e-11)
    expected = -np.linalg.solve(matrix, x_t.reshape(3, -1).T).T.reshape(x_t.shape)
    np.testing.assert_allclose(gauss.score(x_t, spectrum, signal=signal, noise=noise), expected, atol=1e-11)


def test_score_is_the_gradient_of_the_log_density():
    spectrum = gauss.power_spectrum((3, 4))
    x_t, h = np.random.default_rng(3).standard_normal((3, 4)), 1e-5
    steps = h * np.eye(12).reshape(12, 3, 4)

    def rise(sign):
        return gauss.log_density(x_t + sign * steps, spectrum, signal=0.7, noise=0.5)

    gradient = ((rise(1) - rise(-1)) / (2 * h)).reshape(3, 4)
    np.testing.assert_allclose(gauss.score(x_t, spectrum, signal=0.7, noise=0.5), gradient, atol=1e-7)


# closed form: identities 1, 4, 5


@quick
@given(shapes, st.floats(0.05, 1), st.floats(0.05, 1), st.integers(0, 99))
def test_tweedie_with_the_exact_score_is_wiener(shape, signal, noise, seed):
    spectrum = gauss.power_spectrum(shape)
    x_t = gauss.sample(signal**2 * spectrum + noise**2, seed=seed)
    score = gauss.score(x_t, spectrum, signal=signal, noise=noise)
    predicted = gauss.tweedie(x_t, score, signal=signal, noise=noise)
    expected = gauss.wiener(x_t / signal, spectrum, noise_variance=(noise / signal) ** 2)
    np.testing.assert_allclose(predicted, expected, rtol=0, atol=1e-11 / signal)


@pytest.mark.parametrize("shape", [(16, 16), (4, 8, 6)])
def test_information_is_the_integral_of_half_the_mmse(shape):
    spectrum = gauss.power_spectrum(shape)
    integral, _ = integrate.quad(lambda snr: 0.5 * gauss.mmse(spectrum, 1 / snr), 1e-12, 40, epsabs=1e-9, limit=200)
    assert gauss.mutual_information(spectrum, 1 / 40) == pytest.approx(integral / np.log(2), abs=1e-8)


@quick
@given(shapes, times, times, st.integers(0, 99))
def test_heat_is_a_semigroup_that_keeps_the_mean_and_moves_spectra_along(shape, s, t, seed):
    field = np.random.default_rng(seed).standard_normal(shape)
    np.testing.assert_allclose(gauss.heat(gauss.heat(field, s), t), gauss.heat(field, s + t), atol=1e-12)
    assert gauss.heat(field, t).mean() == pytest.approx(field.mean(), abs=1e-12)
    spectrum = gauss.power_spectrum(shape)
    twice = gauss.heat_decay(gauss.heat_decay(spectrum, s), t)
    np.testing.assert_allclose(twice, gauss.heat_decay(spectrum, s + t), rtol=1e-10)


def test_a_cosine_decays_at_its_eigenvalue():
    x = np.arange(8)
    field = np.cos(2 * np.pi * 3 * x / 8) * np.ones((4, 1))
    rate = 4 * np.sin(np.pi * 3 / 8) ** 2
    np.testing.assert_allclose(gauss.heat(field, 0.9), np.exp(-rate * 0.9) * field, atol=1e-14)


def test_each_axis_has_its_own_time():
    clip = np.random.default_rng(4).standard_normal((3, 4, 5))
    by_frame = np.stack([gauss.heat(frame, 0.8) for frame in clip])
    np.testing.assert_allclose(gauss.heat(clip, (0, 0.8, 0.8)), by_frame, atol=1e-13)
    spectrum = gauss.power_spectrum((3, 4, 5))
    np.testing.assert_allclose(
        gauss.heat_decay(gauss.heat_decay(spectrum, (0.3, 0, 0)), (0, 0.8, 0.8)),
        gauss.heat_decay(spectrum, (0.3, 0.8, 0.8)),
    )


# properties


@quick
@given(shapes, st.floats(-1, 4))
def test_power_spectrum_is_a_power_law_of_unit_variance(shape, slope):
    spectrum = gauss.power_spectrum(shape, slope=slope)
    assert spectrum.mean() == pytest.approx(1, rel=1e-12)
    assert gauss.covariance(spectrum).flat[0] == pytest.approx(1, rel=1e-12)
    frequency = np.sqrt(sum(f**2 for f in np.meshgrid(*map(np.fft.fftfreq, shape), indexing="ij")))
    constant = spectrum.flat[1:] * frequency.flat[1:] ** slope
    np.testing.assert_allclose(constant, constant[0], rtol=1e-9)
    lowest = frequency.flat[1:].argmin()
    assert spectrum.flat[0] == spectrum.flat[1:][lowest]


def test_close_frames_resemble_each_other_more():
    far = gauss.covariance(gauss.power_spectrum((8, 8, 8)))
    near = gauss.covariance(gauss.power_spectrum((8, 8, 8), spacing=(0.25, 1, 1)))
    assert near[1, 0, 0] > far[1, 0, 0]
    assert far[1, 0, 0] == pytest.approx(far[0, 1, 0])


def test_more_noise_leaves_less():
    spectrum = gauss.power_spectrum((8, 8))
    errors = [gauss.mmse(spectrum, v) for v in (0.01, 0.1, 1, 10, 1000)]
    rates = [gauss.mutual_information(spectrum, v) for v in (0.01, 0.1, 1, 10, 1000)]
    assert errors == sorted(errors)
    assert rates == sorted(rates, reverse=True)
    assert errors[0] < 0.01
    assert errors[-1] == pytest.approx(1, rel=0.05)


# Monte Carlo, with seeds: the tolerance is five standard errors or more


@pytest.mark.parametrize("shape", [(8, 9), (4, 6, 5)])
def test_samples_have_the_spectrum_and_the_covariance(shape):
    spectrum, count = gauss.power_spectrum(shape), 20_000
    x = gauss.sample(spectrum, seed=5, count=count)
    axes = tuple(range(1, x.ndim))
    power = np.mean(np.abs(np.fft.fftn(x, axes=axes, norm="ortho")) ** 2, axis=0)
    np.testing.assert_allclose(power / spectrum, 1, atol=6 * np.sqrt(2 / count))
    lag = np.mean(x * np.roll(x, -1, axis=-1))
    assert lag == pytest.approx(gauss.covariance(spectrum)[(0,) * (x.ndim - 2) + (1,)], abs=0.02)
    assert x.mean() == pytest.approx(0, abs=5 * np.sqrt(spectrum.flat[0] / spectrum.size / count))


def test_no_denoiser_gets_below_the_mmse_and_wiener_reaches_it():
    spectrum, variance = gauss.power_spectrum((16, 16)), 0.3
    x = gauss.sample(spectrum, seed=6, count=2000)
    noisy = x + np.sqrt(variance) * np.random.default_rng(7).standard_normal(x.shape)
    reached = np.mean((gauss.wiener(noisy, spectrum, noise_variance=variance) - x) ** 2)
    assert reached == pytest.approx(gauss.mmse(spectrum, variance), rel=0.01)
    for wrong in (0.15, 0.6):
        assert np.mean((gauss.wiener(noisy, spectrum, noise_variance=wrong) - x) ** 2) > 1.02 * reached


def test_a_seed_draws_one_field_and_the_next_seed_another():
    spectrum = gauss.power_spectrum((6, 7))
    first = gauss.sample(spectrum, seed=8)
    assert first.dtype == np.float64
    np.testing.assert_array_equal(first, gauss.sample(spectrum, seed=8))
    np.testing.assert_array_equal(first, gauss.sample(spectrum, seed=np.random.default_rng(8)))
    assert not np.allclose(first, gauss.sample(spectrum, seed=9))


def test_integers_are_fields_too():
    spectrum = gauss.power_spectrum((4, 4))
    whole = np.arange(16, dtype=np.uint8).reshape(4, 4)
    np.testing.assert_array_equal(
        gauss.wiener(whole, spectrum, noise_variance=1.0), gauss.wiener(whole * 1.0, spectrum, noise_variance=1.0)
    )


# errors teach


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: gauss.power_spectrum((1, 1)), "at least two pixels"),
        (lambda s: gauss.power_spectrum((0, 4)), "at least two pixels"),
        (lambda s: gauss.power_spectrum((4, 4), spacing=0), "spacing=.*positive"),
        (lambda s: gauss.heat(np.zeros((4, 4)), -1), "time=.*runs forward"),
        (lambda s: gauss.heat_decay(s, -1), "time=.*runs forward"),
        (lambda s: gauss.covariance(-s), "finite, not negative"),
        (lambda s: gauss.covariance(np.full((4, 4), np.nan)), "finite, not negative"),
        (lambda s: gauss.sample(np.arange(16.0).reshape(4, 4), seed=0), r"S\[k\] = S\[-k\]"),
        (lambda s: gauss.wiener(np.zeros((4, 5)), s, noise_variance=1.0), r"shape \(4, 5\) has no spectrum"),
        (lambda s: gauss.wiener(np.zeros((4, 4)), s, noise_variance=0), "noise_variance=0"),
        (lambda s: gauss.mmse(s, float("nan")), "noise_variance=nan"),
        (lambda s: gauss.score(np.zeros((4, 4)), s, signal=0, noise=0), "without power"),
        (lambda s: gauss.log_density(np.zeros((4, 4)), 0 * s, signal=1, noise=0), "without power"),
        (lambda s: gauss.tweedie(1.0, 1.0, signal=0, noise=1), "signal=0"),
    ],
)
def test_errors_are_one_line_that_names_a_chapter(call, message):
    with pytest.raises(ValueError, match=message) as caught:
        call(gauss.power_spectrum((4, 4)))
    assert "\n" not in str(caught.value)
    assert "(chapter " in str(caught.value)
