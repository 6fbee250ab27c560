"""Generative adversarial networks: closed forms, properties, referees, and the shipped weights on the book's clips."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage, optimize
from scipy.spatial import distance
from torch import nn

from vdtext import clips, gan, heat, metrics, models, motion, video

SCORES = hnp.arrays(np.float64, st.integers(1, 9), elements=st.floats(-20, 20)).map(torch.from_numpy)
CHANCES = hnp.arrays(np.float64, 6, elements=st.floats(0.01, 1)).map(lambda a: a / a.sum())

# ---- losses ----


@pytest.mark.equation("eq-critic")
@pytest.mark.equation("eq-players")
@given(SCORES, SCORES)
def test_losses_are_those_of_the_papers(real, fake):
    d_real, d_fake = torch.sigmoid(real), torch.sigmoid(fake)
    cross_entropy = nn.functional.binary_cross_entropy
    expected = cross_entropy(d_real, torch.ones_like(real)) + cross_entropy(d_fake, torch.zeros_like(fake))
    for kind in ("minimax", "non-saturating"):
        assert gan.critic_loss(real, fake, kind=kind).item() == pytest.approx(expected.item(), abs=1e-5)
    hinge = np.maximum(0, 1 - real.numpy()).mean() + np.maximum(0, 1 + fake.numpy()).mean()
    assert gan.critic_loss(real, fake, kind="hinge").item() == pytest.approx(hinge)
    log_fake, log_not = torch.log(d_fake).mean().item(), torch.log1p(-d_fake).mean().item()
    assert gan.generator_loss(fake, kind="minimax").item() == pytest.approx(log_not, abs=1e-5)
    assert gan.generator_loss(fake, kind="non-saturating").item() == pytest.approx(-log_fake, abs=1e-5)
    assert gan.generator_loss(fake, kind="hinge").item() == pytest.approx(-fake.mean().item())


@pytest.mark.parametrize("score", [-6.0, 0.0, 6.0])
def test_the_slope_of_minimax_dies_where_the_critic_is_sure(score):
    slopes = {}
    for kind in gan.KINDS:
        fake = torch.tensor([score], dtype=torch.float64, requires_grad=True)
        slopes[kind] = torch.autograd.grad(gan.generator_loss(fake, kind=kind), fake)[0].item()
    belief = 1 / (1 + np.exp(-score))
    assert slopes["minimax"] == pytest.approx(-belief)
    assert slopes["non-saturating"] == pytest.approx(belief - 1)
    assert slopes["hinge"] == -1


def test_an_unknown_loss_is_one_line():
    for call in (lambda: gan.critic_loss(0, 0, kind="w"), lambda: gan.generator_loss(0, kind="w")):
        with pytest.raises(ValueError, match=r"kind='w': losses are minimax, non-saturating, hinge \(chapter 12\)"):
            call()


@pytest.mark.equation("eq-r1")
def test_the_penalty_is_half_the_mean_squared_slope_and_can_be_differentiated():
    torch.manual_seed(0)
    net, x = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1)).double(), torch.randn(5, 3).double()
    h, slope = 1e-6, []
    for axis in torch.eye(3).double():
        slope.append((net(x + h * axis) - net(x - h * axis)).squeeze(1) / (2 * h))
    expected = 0.5 * torch.stack(slope).square().sum(0).mean()
    penalty = gan.gradient_penalty(net, x)
    assert penalty.item() == pytest.approx(expected.item(), rel=1e-6)
    penalty.backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in list(net.parameters())[:3])


def test_the_penalty_stops_the_circles_of_the_smallest_game():
    """Data at 0, generator at θ, critic ψ·x: minimax conserves θ² + ψ², and finite steps make it grow."""

    def radius(gamma, step=0.02):
        theta, psi = (torch.tensor([[1.0]], dtype=torch.float64) for _ in range(2))
        real = torch.zeros(1, 1, dtype=torch.float64)

        def slopes(theta, psi):
            critic = gan.critic_loss(real * psi, theta.detach() * psi, kind="minimax")
            critic = critic + gamma * gan.gradient_penalty(lambda x: x * psi, real)
            generator = gan.generator_loss(theta * psi.detach(), kind="minimax")
            return torch.autograd.grad(critic, psi)[0], torch.autograd.grad(generator, theta)[0]

        for _ in range(1000):
            d_psi, d_theta = slopes(theta.requires_grad_(), psi.requires_grad_())
            theta, psi = theta.detach() - step * d_theta, psi.detach() - step * d_psi
        return np.hypot(theta.item(), psi.item())

    assert np.sqrt(2) < radius(0.0) < 1.7
    assert radius(0.5) < 0.05


@pytest.mark.equation("eq-spectral")
@settings(max_examples=12)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 99))
def test_spectral_norm_is_the_largest_singular_value(rows, columns, seed):
    matrix = torch.from_numpy(np.random.default_rng(seed).standard_normal((rows, columns)))
    largest = np.linalg.svd(matrix.numpy(), compute_uv=False)[0]
    found = gan.spectral_norm(matrix, steps=2000).item()
    assert largest * 0.98 <= found <= largest * (1 + 1e-9)


def test_a_normalised_network_is_not_steeper_than_one():
    torch.manual_seed(0)
    net = gan.spectrally_normalised(nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1)))
    for _ in range(50):
        net(torch.randn(4, 2))
    x = torch.randn(100, 2, requires_grad=True)
    (slope,) = torch.autograd.grad(net(x).sum(), x)
    assert slope.norm(dim=1).max().item() <= 1.01


# ---- the best critic ----


@pytest.mark.equation("eq-best-critic")
@pytest.mark.equation("eq-value")
@given(CHANCES, CHANCES, hnp.arrays(np.float64, 6, elements=st.floats(0.01, 0.99)))
def test_no_critic_beats_the_optimal_one(p, q, other):
    best = gan.game_value(gan.optimal_critic(p, q), p, q)
    assert gan.game_value(other, p, q) <= best + 1e-12
    assert best == pytest.approx(2 * gan.jensen_shannon(p, q) - np.log(4))
    with np.errstate(invalid="ignore"):  # where p = q, SciPy may take the root of −10⁻¹⁷
        referee = np.nan_to_num(distance.jensenshannon(p, q)) ** 2
    assert gan.jensen_shannon(p, q) == pytest.approx(referee, abs=1e-12)


def test_gradient_descent_on_the_loss_finds_the_optimal_critic():
    x = np.linspace(-4, 4, 81)
    p, q = (np.exp(-0.5 * (x - m) ** 2) for m in (-0.5, 1.0))
    p, q = p / p.sum(), q / q.sum()
    scores = torch.zeros(81, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([scores], max_iter=100, tolerance_grad=1e-12, tolerance_change=1e-15)
    draws = [torch.from_numpy(a) for a in (p, q)]

    def closure():
        optimiser.zero_grad()
        softplus = nn.functional.softplus
        loss = (draws[0] * softplus(-scores) + draws[1] * softplus(scores)).sum()
        loss.backward()
        return loss

    loss = optimiser.step(closure)
    assert loss.item() > -gan.game_value(gan.optimal_critic(p, q), p, q) - 1e-9
    found = torch.sigmoid(scores).detach().numpy()
    likely = p + q > 1e-3
    np.testing.assert_allclose(found[likely], gan.optimal_critic(p, q)[likely], atol=0.01)


# ---- the ring ----


def test_coverage_counts_modes_and_strays():
    points = gan.ring(4000, seed=1)
    assert gan.coverage(points) == gan.Coverage(8, 1.0)
    half = points[points[:, 1] > 0.5]
    assert gan.coverage(half).modes == 3
    assert gan.coverage(np.concatenate([points, np.zeros_like(points)])).quality == 0.5


def test_a_game_is_a_function_of_its_seed_and_learns():
    one, two = (gan.play(kind="non-saturating", penalty=0.1, steps=60, every=30, batch=32, seed=4) for _ in range(2))
    np.testing.assert_array_equal(one.points, two.points)
    assert [len(one.coverage), one.points.shape] == [2, (2, 1000, 2)]
    long = gan.play(kind="non-saturating", penalty=0.1, steps=400, every=400, batch=64, seed=0)
    radius = np.linalg.norm(long.points[0], axis=1)
    assert abs(np.median(radius) - 2) < 0.5
    for arguments in gan.REMEDIES.values():
        assert gan.play(**arguments, steps=2, every=2, batch=8).points.shape == (1, 1000, 2)


# ---- clips ----


def test_the_centre_of_mass_follows_the_truth():
    clip = clips.digits(frames=20, size=(32, 32), count=1, scale=1.5, seed=3)
    found = np.diff(gan.centres(clip.array / 255), axis=0)
    expected = np.diff(clip.truth.positions[:, 0], axis=0)
    assert np.abs(found - expected).max() < 0.15
    whole = gan.motion(clip.array[None] / 255)
    assert whole.speed == pytest.approx(np.linalg.norm(expected, axis=1).mean(), rel=0.03)


def test_shuffled_frames_fool_the_critic_of_frames_alone():
    torch.manual_seed(0)
    clip = torch.from_numpy(np.stack([gan.ball(k, seed=0) for k in range(3)]))
    order = torch.tensor([3, 1, 7, 0, 2, 6, 4, 5])
    frame, whole = gan.FrameCritic(), gan.VideoCritic()
    torch.testing.assert_close(frame(clip[:, :, order]), frame(clip)[:, order])
    assert (whole(clip[:, :, order]) - whole(clip)).abs().min() > 1e-4
    batch = clip[:, 0].numpy()
    straight, shuffled = gan.motion(batch), gan.motion(batch[:, order])
    assert shuffled.acceleration > 3 * straight.acceleration


def test_a_training_clip_is_a_function_of_seed_and_number():
    np.testing.assert_array_equal(gan.ball(5, seed=1), gan.ball(5, seed=1))
    assert np.abs(gan.ball(5, seed=1) - gan.ball(6, seed=1)).max() > 0.5
    made = gan.generate(gan.ClipGenerator(), 2, seed=0)
    assert made.shape == (2, gan.FRAMES, gan.SIDE, gan.SIDE)
    assert 0 <= made.min() <= made.max() <= 1


@pytest.fixture(scope="module")
def sprites():
    """True clips of sprites that no generator was trained on, and those of both shipped generators."""
    found = {"truth": np.stack([gan.ball(number, seed=10**6 + 1, side=gan.SPRITE)[0] for number in range(300)])}
    for critic in ("video", "frame"):
        net = gan.SpriteGenerator()
        arrays = models.load(f"moving-{critic}")
        net.load_state_dict({key: torch.from_numpy(array) for key, array in arrays.items()})
        found[critic] = gan.generate(net, 500, seed=1)
    return found


def test_a_critic_of_clips_teaches_motion_and_a_critic_of_frames_does_not(sprites):
    truth, video_critic, frame_critic = (gan.motion(sprites[name]) for name in ("truth", "video", "frame"))
    assert video_critic.speed == pytest.approx(truth.speed, rel=0.2)
    assert video_critic.acceleration == pytest.approx(truth.acceleration, rel=0.2)
    assert frame_critic.speed > 1.5 * truth.speed
    assert frame_critic.acceleration > 3 * truth.acceleration


def test_the_shipped_clips_are_many_and_not_one(sprites):
    """A crowd of frames spreads as the true one does; with the critic of clips it does so at every moment."""
    crowds = {name: gan.centres(batch).reshape(-1, 2).std(axis=0) for name, batch in sprites.items()}
    pixels = {name: batch.std(axis=(0, 1)).mean() for name, batch in sprites.items()}
    for name in ("video", "frame"):
        np.testing.assert_allclose(crowds[name], crowds["truth"], rtol=0.2)
        assert pixels[name] == pytest.approx(pixels["truth"], rel=0.2)
    moments = {name: gan.centres(batch).std(axis=0) for name, batch in sprites.items()}
    np.testing.assert_allclose(moments["video"], moments["truth"], rtol=0.2)
    assert moments["frame"].mean() < 0.7 * moments["truth"].mean()


def test_a_sprite_stands_where_its_path_says():
    torch.manual_seed(0)
    net, noise = gan.SpriteGenerator(), torch.randn(5, gan.NOISE)
    weights = torch.zeros(gan.GRID, gan.GRID)
    weights[4, 4] = 1
    net.look = nn.Sequential(nn.Linear(gan.NOISE - gan.PATH, gan.GRID**2))
    nn.init.zeros_(net.look[0].weight)
    net.look[0].bias.data = weights.flatten()
    with torch.no_grad():
        clip, places = net(noise)[:, 0].double().numpy(), net.places(noise).numpy()
    np.testing.assert_allclose(gan.centres(clip) - 7.5, places, atol=0.03)


def test_the_critic_of_sprites_sees_order_and_that_of_frames_does_not():
    torch.manual_seed(0)
    clip = torch.from_numpy(np.stack([gan.ball(k, seed=0, side=gan.SPRITE) for k in range(3)]))
    frame, whole = gan.SpriteFrameCritic(), gan.SpriteCritic()
    order = torch.tensor([3, 1, 7, 0, 2, 6, 4, 5])
    torch.testing.assert_close(frame(clip[:, :, order]), frame(clip)[:, order])
    assert (whole(clip[:, :, order]) - whole(clip)).abs().min() > 1e-4
    seen = []
    whole.layers.register_forward_pre_hook(lambda layer, given: seen.append(given[0].view(3, -1, 16, 16)))
    whole(clip)
    torch.testing.assert_close(seen[0][:, 8], 2 * (clip[:, 0, 1] - clip[:, 0, 0]))
    torch.testing.assert_close(seen[0][:, -1], 4 * (clip[:, 0, 7] - 2 * clip[:, 0, 6] + clip[:, 0, 5]))


def test_a_sprite_is_a_ball_at_half_the_size():
    large, small = (gan.motion(np.stack([gan.ball(k, seed=0, side=s)[0] for k in range(40)])) for s in (32, 16))
    assert large.speed == pytest.approx(2 * small.speed, rel=0.05)
    assert large.acceleration < 2 * small.acceleration  # coarse pixels make the centre tremble


# ---- enlarging ----


def test_an_enlarger_that_has_learned_nothing_is_bicubic():
    small = clips.photograph("camera")[100:140, 100:160]
    ours = gan.enlarge(gan.Enlarger(2), small)
    around = torch.from_numpy(np.pad(small, 8, mode="edge"))[None, None] / 255
    theirs = nn.functional.interpolate(around, scale_factor=2, mode="bicubic")[0, 0, 16:-16, 16:-16]
    np.testing.assert_array_equal(ours, np.rint(theirs.numpy().clip(0, 1) * 255))


@given(st.integers(1, 4), st.integers(8, 30), st.integers(8, 30))
def test_shrinking_cuts_to_whole_multiples(factor, height, width):
    large, small = gan.shrink(np.zeros((2, height, width), np.uint8), factor)
    assert large.shape == (2, height // factor * factor, width // factor * factor)
    assert small.shape == (2, height // factor, width // factor)


def test_the_bar_is_better_than_cubic_enlargement():
    large, small = gan.shrink(clips.photograph("camera"), 2)
    bar = metrics.psnr(large, gan.lanczos(small, 2), data_range=255)
    assert bar > metrics.psnr(large, video.resize(small, size=large.shape), data_range=255)


@pytest.mark.parametrize("name", ["carphone", "bikes", "bigbuckbunny"])
def test_the_shipped_enlarger_beats_lanczos_by_half_a_decibel(name):
    net = gan.Enlarger(2)
    net.load_state_dict({key: torch.from_numpy(array) for key, array in models.load("superres-2").items()})
    assert sum(p.numel() for p in net.parameters()) <= 100_000
    large, small = gan.shrink(clips.load(name, frames=slice(5, 60, 50), gray=True).array, 2)
    ours, bar = (metrics.psnr(large, u, data_range=255) for u in (gan.enlarge(net, small), gan.lanczos(small, 2)))
    assert ours > bar + 0.5


def test_the_border_of_a_patch_is_not_judged():
    wanted = torch.zeros(1, 1, 24, 24)
    found = wanted.clone()
    found[..., :8] = 9
    assert gan.pixel_loss(found, wanted).item() == 0


def test_the_critic_judges_patches_in_their_context():
    torch.manual_seed(0)
    critic, large, small = gan.Critic(2), torch.rand(1, 1, 32, 32), torch.rand(1, 1, 16, 16)
    assert critic(large, small).shape == (1, 1, 8, 8)
    assert (critic(large, small) - critic(large, small.flip(3))).abs().max() > 1e-4


# ---- between key frames ----


@pytest.mark.equation("eq-guesses")
def test_between_key_frames_an_untrained_network_trusts_the_pair_that_agrees():
    clip = clips.pan("camera", frames=3, size=(64, 80), shift=(1, 2), zoom=1, turn=0).array
    seen, net = gan.candidates(clip[0], clip[2]), gan.Between()
    apart = np.abs(seen[:6:2] - seen[1:6:2])
    apart = ndimage.convolve(np.pad(apart, ((0, 0), (4, 4), (4, 4))), np.ones((1, 9, 9)), mode="constant")[
        :, 4:-4, 4:-4
    ]
    apart /= ndimage.convolve(np.ones(clip.shape[1:]), np.ones((9, 9)), mode="constant")
    weights = np.repeat(np.exp(-apart / 0.04), 2, axis=0)
    rule = (weights * seen[:6]).sum(0) / weights.sum(0)
    np.testing.assert_allclose(gan.fill(net, clip)[0] / 255, rule, atol=0.51 / 255)
    inner = np.s_[8:-8, 8:-8]
    ours, fade = (
        metrics.psnr(clip[1][inner], u[inner], data_range=255)
        for u in (gan.fill(net, clip)[0], np.rint(255 * seen[:2].mean(0)).astype(np.uint8))
    )
    assert ours > fade + 4


def test_what_is_faster_than_the_training_is_left_to_the_motion(monkeypatch):
    clip = np.random.default_rng(0).integers(0, 256, (3, 32, 32), np.uint8)
    seen = gan.candidates(clip[0], clip[2])
    net, made = gan.Between(), {}
    for pixels in (16, 24, 32):
        seen[6:] = 0
        seen[8] = pixels
        monkeypatch.setattr("vdtext.gan.keyframes.candidates", lambda before, after: seen)
        made[pixels] = gan.fill(net, clip)[0] / 255
    with torch.no_grad():
        seen[8] = 16
        np.testing.assert_allclose(
            made[16], net(torch.from_numpy(seen)[None])[0, 0].numpy().clip(0, 1), atol=0.51 / 255
        )
    np.testing.assert_allclose(made[32], seen[2:6].mean(0), atol=0.51 / 255)
    assert np.abs(made[24] - made[32]).mean() < np.abs(made[16] - made[32]).mean()


def test_the_shipped_interpolator_gains_a_little_over_chapter_nine_on_average():
    net, gains = shipped("keyframes", gan.Between()), []
    for name, starts in (("carphone", range(0, 111, 22)), ("bikes", (5, 40, 90, 150, 195))):
        for start in starts:
            film = clips.load(name, frames=slice(start, start + 3), gray=True).array
            along = motion.between(film[0] / 255, film[2] / 255, flow=motion.flow(film[0], film[2], method="dis"))
            ours, bar = (metrics.psnr(film[1] / 255, u, data_range=1) for u in (gan.fill(net, film)[0] / 255, along))
            gains.append(ours - bar)
    assert np.mean(gains) > 0.05


# ---- digits ----


def test_a_game_for_digits_is_a_function_of_its_seed_and_learns():
    one, two = (gan.play_pictures(penalty=0.5, steps=6, every=3, count=20, seed=3).pictures for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert one.shape == (3, 20, 8, 8)
    assert gan.play_pictures(penalty=0.0, steps=2, every=2, count=4).pictures.shape == (2, 4, 8, 8)
    data, names = gan.written()
    assert (data.shape, data.min(), data.max(), len(set(names.tolist()))) == ((1797, 8, 8), 0, 1, 10)
    made = gan.play_pictures(penalty=0.5, steps=500, every=500).pictures
    far = [gan.crowd_distance(data, crowd) for crowd in made]
    assert far[1] < 0.7 * far[0]


def test_the_distance_of_crowds_is_frechet_on_principal_components():
    rng = np.random.default_rng(0)
    crowd = rng.standard_normal((400, 3, 2)) * np.arange(1, 7).reshape(3, 2)
    shift = np.zeros((3, 2))
    shift[2, 1] = 4
    assert gan.crowd_distance(crowd, crowd + shift, components=6) == pytest.approx(4)
    flat = crowd.reshape(400, -1)
    whole = metrics.frechet_distance(flat.mean(0), np.cov(flat.T), 2 * flat.mean(0), 4 * np.cov(flat.T))
    assert gan.crowd_distance(crowd, 2 * crowd, components=6) == pytest.approx(whole)
    assert gan.crowd_distance(crowd, crowd[::-1]) == pytest.approx(0, abs=1e-5)


# ---- a loss of features ----


@pytest.mark.equation("eq-features")
def test_the_loss_of_features_is_the_mean_of_three_distances():
    torch.manual_seed(0)
    net, found, wanted = gan.Features(width=3), torch.rand(1, 1, 8, 8), torch.rand(1, 1, 8, 8)

    def seen(picture):
        layers, x = [], picture[0].double().numpy()
        for weight in (net.weight0, net.weight1, net.weight2):
            w = weight.double().numpy()
            assert np.allclose(w.mean((2, 3)), 0, atol=1e-7)
            np.testing.assert_allclose((w**2).sum((1, 2, 3)), 1, rtol=1e-5)
            answers = [sum(ndimage.correlate(p, k, mode="constant") for p, k in zip(x, f, strict=True)) for f in w]
            x = np.abs(answers)
            x = (x[:, ::2, ::2] + x[:, 1::2, ::2] + x[:, ::2, 1::2] + x[:, 1::2, 1::2]) / 4
            layers.append(x)
        return layers

    parts = [np.abs(a - b).mean() / b.mean() for a, b in zip(seen(found), seen(wanted), strict=True)]
    assert gan.feature_loss(net, found, wanted).item() == pytest.approx(np.mean(parts), rel=1e-5)


def test_features_miss_a_lost_texture_more_than_a_shifted_one():
    torch.manual_seed(0)
    texture = torch.rand(1, 1, 64, 64)
    net = gan.Features()
    lost, moved = (gan.feature_loss(net, u, texture).item() for u in (0 * texture + 0.5, texture.roll(1, 3)))
    assert moved < 0.6 * lost
    assert (texture.roll(1, 3) - texture).abs().mean() > (0.5 - texture).abs().mean()
    assert not list(net.parameters())


# ---- perception ----


@pytest.mark.equation("eq-estimators")
@pytest.mark.equation("eq-likeness")
@settings(max_examples=20)
@given(st.floats(0.2, 4), st.floats(0.1, 4), st.floats(0, 1))
def test_between_the_two_estimators_lie_the_best_compromises(variance, noise_variance, share):
    rng = np.random.default_rng(0)
    options = {"variance": variance, "noise_variance": noise_variance}
    signal = np.sqrt(variance) * rng.standard_normal(200_000)
    noisy = signal + np.sqrt(noise_variance) * rng.standard_normal(200_000)
    found = gan.gaussian_estimators(noisy, share=share, **options)
    away = np.sqrt(variance) - found.std()  # Wasserstein-2 between Gaussians of mean 0
    error = np.mean((found - signal) ** 2)
    assert error == pytest.approx(gan.perception_distortion(max(0, away), **options), rel=0.03)
    worst, least = (gan.perception_distortion(p, **options) for p in (0, 99))
    assert least * 0.97 <= error <= worst * 1.03 <= 2 * least * 1.03


@given(st.floats(0.05, 0.95), st.floats(0, 1))
def test_likeness_costs_bits(distortion, perception):
    rate = gan.rate_distortion_perception(distortion, perception, variance=1.0)
    assert rate >= 0.5 * np.log2(1 / distortion) - 1e-12
    assert rate <= gan.rate_distortion_perception(distortion, 0.0, variance=1.0) + 1e-12
    perfect = gan.rate_distortion_perception(distortion, 0.0, variance=1.0)
    assert 2 - 2 * np.sqrt(1 - 4**-perfect) == pytest.approx(distortion)
    assert gan.rate_distortion_perception(9 * distortion, 3 * perception, variance=9.0) == pytest.approx(rate)


@pytest.mark.equation("eq-rdp")
@settings(max_examples=15)
@given(st.floats(0.1, 0.9), st.floats(0, 0.6))
def test_the_closed_form_is_the_least_mutual_information(distortion, perception):
    """Over all jointly Gaussian pairs with spread s and correlation r: minimise −½ log₂(1 − r²) under both bounds."""

    def bits(s):
        r = (1 + s * s - distortion) / (2 * s)  # the least correlation that the error allows
        return -0.5 * np.log2(1 - min(max(r, 0), 1 - 1e-12) ** 2)

    low, high = 1 - perception, 1 + perception
    best = min([bits(low), bits(high), optimize.minimize_scalar(bits, bounds=(low, high), method="bounded").fun])
    assert gan.rate_distortion_perception(distortion, perception, variance=1.0) == pytest.approx(best, abs=1e-4)


def test_blur_is_far_from_detail_and_shuffling_is_not():
    real = clips.photograph("camera")
    blurs = [gan.detail_distance(real, ndimage.gaussian_filter(real, sigma)) for sigma in (0.5, 1, 3)]
    assert 0 < blurs[0] < blurs[1] < blurs[2] < 1
    assert gan.detail_distance(real, real[:, ::-1]) < 0.01


@pytest.mark.equation("eq-detail")
def test_the_distance_of_details_is_the_best_pairing_of_laplacians():
    rng = np.random.default_rng(0)
    real, found = (rng.integers(0, 256, (2, 3, 3), np.uint8) for _ in range(2))
    kernel = np.array([[[0, 1, 0], [1, -4, 1], [0, 1, 0]]], float)
    a, b = (ndimage.convolve(u.astype(float), kernel, mode="nearest").ravel() for u in (real, found))
    cost = (a[:, None] - b[None]) ** 2
    best = cost[optimize.linear_sum_assignment(cost)].mean()
    assert gan.detail_distance(real, found) == pytest.approx(np.sqrt(best) / a.std(), rel=1e-5)


@pytest.mark.equation("eq-twice")
def test_a_blind_draw_has_twice_the_least_error():
    law = np.random.default_rng(1).standard_normal((9, 7))
    draw = np.mean((law[:, None] - law[None]) ** 2)
    assert draw == pytest.approx(2 * np.mean((law - law.mean(axis=0)) ** 2))


@pytest.mark.equation("eq-circle")
@given(st.floats(-2, 2), st.floats(-2, 2))
def test_the_smallest_game_keeps_its_distance(theta, psi):
    theta, psi = (torch.tensor([[v]], dtype=torch.float64, requires_grad=True) for v in (theta, psi))
    real = torch.zeros(1, 1, dtype=torch.float64)
    critic = gan.critic_loss(real * psi, theta.detach() * psi, kind="minimax")
    d_psi = torch.autograd.grad(critic, psi)[0]
    d_theta = torch.autograd.grad(gan.generator_loss(theta * psi.detach(), kind="minimax"), theta)[0]
    belief = 1 / (1 + np.exp(-(theta * psi).item()))
    assert [-d_psi.item(), -d_theta.item()] == pytest.approx([-theta.item() * belief, psi.item() * belief])
    assert (theta * d_theta + psi * d_psi).item() == pytest.approx(0, abs=1e-12)


@pytest.mark.equation("eq-motion")
def test_speed_and_acceleration_are_differences_of_the_centre():
    rng = np.random.default_rng(2)
    batch = 0.2 + 0.8 * rng.random((3, 5, 6, 7))
    rows, columns = np.mgrid[:6, :7]
    c = np.array([[[(rows * u).sum() / u.sum(), (columns * u).sum() / u.sum()] for u in clip] for clip in batch])
    found = gan.motion(batch)
    assert found.speed == pytest.approx(np.mean([np.hypot(*(b - a)) for k in c for a, b in itertools.pairwise(k)]))
    second = [np.hypot(*(d - 2 * b + a)) for k in c for a, b, d in zip(k[:-2], k[1:-1], k[2:], strict=True)]
    assert found.acceleration == pytest.approx(np.mean(second))


def test_changes_of_independent_frames():
    batch = np.random.default_rng(0).standard_normal((4, 8, 64, 64))
    found = gan.changes(batch)
    assert found.second / found.first == pytest.approx(np.sqrt(3), rel=0.01)
    assert gan.changes(np.repeat(batch[:, :1], 8, axis=1)).first == 0
    assert found.contrast == pytest.approx(1, rel=0.02)


def shipped(name, net):
    """A network with the weights of that name."""
    net.load_state_dict({key: torch.from_numpy(array) for key, array in models.load(name).items()})
    return net


@pytest.mark.parametrize("name", ["carphone", "bikes", "bigbuckbunny"])
def test_the_shipped_sharpener_beats_heat_run_backwards(name):
    """Its rival's one number is the best for this very frame; on the rendered film that is worth a draw."""
    sharp = clips.load(name, frames=slice(5, 6), gray=True).array
    soft = np.rint(255 * heat.diffuse(sharp / 255, 1.0)).astype(np.uint8)
    ours = gan.enlarge(shipped("deblur", gan.Enlarger(1, width=20, blocks=3)), soft)
    tries = [255 * heat.backward(soft / 255, 1.0, noise=noise).clip(0, 1) for noise in np.geomspace(1e-4, 1e-1, 7)]
    best = max(metrics.psnr(sharp.astype(float), u, data_range=255) for u in tries)
    gain = metrics.psnr(sharp, ours, data_range=255) - best
    assert gain > (-0.1 if name == "bigbuckbunny" else 0.3)


@pytest.mark.parametrize("name", ["carphone", "bikes", "bigbuckbunny"])
def test_the_shipped_critic_trades_error_for_likeness(name):
    large, small = gan.shrink(clips.load(name, frames=slice(5, 6), gray=True).array, 4)
    pixels, critic = (gan.enlarge(shipped(id, gan.Enlarger(4)), small) for id in ("superres-4", "superres-4-critic"))
    error = [metrics.psnr(large, u, data_range=255) for u in (gan.lanczos(small, 4), critic, pixels)]
    assert error == sorted(error)
    assert error[2] > error[0] + 0.5
    assert gan.detail_distance(large, critic) < gan.detail_distance(large, pixels)


@pytest.mark.parametrize("name", ["carphone", "bikes", "bigbuckbunny"])
def test_features_lie_between_pixels_and_critic(name):
    large, small = gan.shrink(clips.load(name, frames=slice(5, 6), gray=True).array, 4)
    made = [
        gan.enlarge(shipped(id, gan.Enlarger(4)), small)
        for id in ("superres-4-critic", "superres-4-features", "superres-4")
    ]
    likeness = [gan.detail_distance(large, u) for u in made]
    assert likeness == sorted(likeness)
    assert metrics.psnr(large, made[1], data_range=255) > metrics.psnr(large, gan.lanczos(small, 4), data_range=255)
