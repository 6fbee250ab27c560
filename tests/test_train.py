"""The training loop: killed and resumed, shared by processes, averaged, logged, exported."""

import json
import os
import signal
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file
from torch import nn

from tools import ROOT
from vdtext import models, train
from vdtext.codec import correction
from vdtext.train import __main__ as command
from vdtext.train import film, loop, machine, state
from vdtext.train.task import Task

RUN = [sys.executable, "-m", "vdtext.train", "denoise"]
ALONE = {**os.environ, "OMP_NUM_THREADS": "1", "VDTEXT_BOOK": "1", "VDTEXT_FOOTAGE": "nothing here"}


def sample(number, seed):
    """Points on a parabola."""
    x = np.random.default_rng([seed, number]).uniform(-1, 1, 1).astype(np.float32)
    return {"x": x, "y": x * x}


def fit(networks, batch, rng):
    error = (networks["net"](batch["x"]) - batch["y"]).square().mean()
    return {"loss": error, "rmse": error.sqrt()}


def build():
    return {"net": nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1))}


def parabola(steps=30, **changed):
    """A task that a test can afford."""

    def measure(networks):
        x = torch.linspace(-1, 1, 21)[:, None]
        return {"rmse": (networks["net"](x) - x * x).square().mean().sqrt().item()}

    options = {"optimisers": {"net": partial(torch.optim.Adam, lr=0.02)}, "ema": 0.9} | changed
    return Task("parabola", build, {"net": fit}, sample, measure, steps, 8, "0.1 after a second", **options)


def told(folder):
    """The log without its clock."""
    return [{k: v for k, v in record.items() if k != "seconds"} for record in train.records(folder)]


def same(a, b):
    """Whether two checkpoints hold the same bits."""
    a, b = (load_file(folder / "checkpoint.safetensors") for folder in (a, b))
    return a.keys() == b.keys() and all(a[name].tobytes() == b[name].tobytes() for name in a)


# ---- stopped and gone on ----


OPTIONS = ["--steps", "40", "--batch", "4", "--every", "5", "--save", "10"]


def started(folder, *before):
    """A process that trains."""
    return subprocess.run([*(before or RUN), *OPTIONS, "--folder", folder], env=ALONE, cwd=ROOT, capture_output=True)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A training that nothing has stopped."""
    folder = tmp_path_factory.mktemp("whole")
    done = started(folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_a_killed_run_goes_on_to_the_same_bits(whole, tmp_path):
    victim = subprocess.Popen([*RUN, *OPTIONS, "--folder", tmp_path], env=ALONE, cwd=ROOT)
    while not any(record["step"] >= 15 for record in train.records(tmp_path)):
        with pytest.raises(subprocess.TimeoutExpired):  # it is still at work
            victim.wait(0.05)
    victim.send_signal(signal.SIGKILL)
    assert victim.wait() == -signal.SIGKILL
    assert 10 <= state.load(tmp_path / "checkpoint.safetensors", {}, {}, {})[0] < 40
    with (tmp_path / "log.jsonl").open("a") as log:
        log.write('{"step": 30, "ne')  # as if killed while writing
    again = started(tmp_path)
    assert again.returncode == 0, again.stderr
    assert same(whole, tmp_path)
    assert told(whole) == told(tmp_path)
    assert [record["step"] for record in told(tmp_path)] == list(range(5, 45, 5))


@settings(max_examples=6)
@given(st.lists(st.integers(1, 24), max_size=3))
def test_stopping_anywhere_changes_nothing(tmp_path_factory, stops):
    whole, parts = tmp_path_factory.mktemp("whole"), tmp_path_factory.mktemp("parts")
    train.train(parabola(25), folder=whole, every=4, save=7)
    for steps in [*sorted(stops), 25]:
        result = train.train(parabola(25), folder=parts, steps=steps, every=4, save=7)
    assert same(whole, parts)
    kept = [record for record in told(parts) if record["step"] % 4 == 0 or record["step"] == 25]
    assert kept == told(whole)
    assert result.metrics == train.train(parabola(25), folder=parts).metrics  # nothing is left to do


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "a"
    path.write_text("old")

    def half(beside):
        beside.write_text("ne")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        state.replace(path, half)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a", "old")]


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-9], lambda data: b"{}", lambda data: data.replace(b"net/0", b"net/7")]
)
def test_a_checkpoint_of_something_else_is_one_line(tmp_path, damage):
    train.train(parabola(3), folder=tmp_path)
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=r"no checkpoint of these networks.*\(chapter 12\)") as caught:
        train.train(parabola(4), folder=tmp_path)
    assert "\n" not in str(caught.value)


def test_a_checkpoint_is_no_pickle(tmp_path):
    train.train(parabola(3), folder=tmp_path)
    found = load_file(tmp_path / "checkpoint.safetensors")
    assert {name.split("/")[0] for name in found} == {"network", "average", "optimiser"}


# ---- several processes ----


def test_two_processes_learn_as_one_with_the_whole_batch(whole, tmp_path):
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", *RUN[1:]]
    two = started(tmp_path, *torchrun)
    assert two.returncode == 0, two.stderr
    one_log, two_log = told(whole), told(tmp_path)
    assert [record["step"] for record in one_log] == [record["step"] for record in two_log]
    np.testing.assert_allclose([r["net"] for r in one_log], [r["net"] for r in two_log], rtol=1e-3)
    a, b = (load_file(folder / "checkpoint.safetensors") for folder in (whole, tmp_path))
    for name in a:
        if name.startswith("average"):
            np.testing.assert_allclose(a[name], b[name], atol=1e-5)


def test_gradients_of_parts_average_to_that_of_the_whole(monkeypatch):
    parameters = [nn.Parameter(torch.ones(2, 2)), nn.Parameter(torch.ones(3))]
    for k, p in enumerate(parameters):
        p.grad = torch.full_like(p, 1.0 + k)
    monkeypatch.setattr(machine.distributed, "all_reduce", lambda flat: flat.mul_(3))  # others have twice as much
    machine.average_gradients(parameters, 2)
    assert [p.grad.flatten().tolist() for p in parameters] == [[1.5] * 4, [3.0] * 3]


# ---- what is learned ----


def test_the_loop_is_that_of_plain_pytorch(tmp_path):
    train.train(parabola(40, warmup=5), folder=tmp_path, seed=2)
    torch.manual_seed(2)
    net, shadow = build()["net"], None
    shadow = [p.detach().clone() for p in net.parameters()]
    adam = torch.optim.Adam(net.parameters(), lr=0.02)
    for step in range(40):
        points = [sample(8 * step + k, 2) for k in range(8)]
        x, y = (torch.tensor(np.stack([point[key] for point in points])) for key in "xy")
        adam.zero_grad()
        (net(x) - y).square().mean().backward()
        cosine = 0.1 + 0.9 * (1 + np.cos(np.pi * (step - 5) / 35)) / 2
        adam.param_groups[0]["lr"] = 0.02 * ((step + 1) / 5 if step < 5 else cosine)
        adam.step()
        decay = min(0.9, (1 + step) / (10 + step))
        shadow = [decay * old + (1 - decay) * new.detach() for old, new in zip(shadow, net.parameters(), strict=True)]
    found = load_file(tmp_path / "checkpoint.safetensors")
    for (name, weights), average in zip(net.named_parameters(), shadow, strict=True):
        np.testing.assert_allclose(found[f"network/net/{name}"], weights.detach().numpy(), atol=2e-6)
        np.testing.assert_allclose(found[f"average/net/{name}"], average.numpy(), atol=2e-6)


def test_it_learns_and_the_average_follows(tmp_path):
    sharp = {"net": partial(torch.optim.Adam, lr=0.1)}
    result = train.train(parabola(300, optimisers=sharp), folder=tmp_path, every=50)
    log = train.records(tmp_path)
    assert [record["step"] for record in log] == [50, 100, 150, 200, 250, 300]
    assert result.metrics["rmse"] < 0.08
    assert log[0]["rmse"] == pytest.approx(np.sqrt(log[0]["net"]), rel=1e-4)
    assert result.seconds > 0
    assert "CPU" in result.hardware


@given(st.floats(0, 1), st.floats(-2, 2), st.floats(-2, 2))
def test_averaged_weights(decay, old, new):
    a, b = nn.Linear(1, 1), nn.Linear(1, 1)
    a.weight.data.fill_(old)
    b.weight.data.fill_(new)
    loop.follow({"net": a}, {"net": b}, decay)
    assert a.weight.item() == pytest.approx(decay * old + (1 - decay) * new, abs=1e-5)


def test_each_player_moves_its_own_network_alone(tmp_path):
    """A game with a closed form: min over x, max over y of x·y by alternating gradient steps of size h."""

    class Number(nn.Module):
        def __init__(self):
            super().__init__()
            self.value = nn.Parameter(torch.ones(()))

    def up(networks, batch, rng):
        return {"loss": -networks["x"].value * networks["y"].value}

    def down(networks, batch, rng):
        return {"loss": networks["x"].value * networks["y"].value, "square": networks["x"].value ** 2}

    sgd = partial(torch.optim.SGD, lr=0.1)
    task = Task(
        "game",
        lambda: {"x": Number(), "y": Number()},
        {"y": up, "x": down},
        lambda number, seed: np.zeros(1, np.float32),
        lambda networks: {},
        steps=20,
        batch=1,
        expect="a circle",
        optimisers={"x": sgd, "y": sgd},
        last=1.0,
    )
    train.train(task, folder=tmp_path, every=1)
    step = np.array([[1 - 0.01, -0.1], [0.1, 1.0]])  # y ← y + h x, then x ← x − h y
    path = [np.linalg.matrix_power(step, n) @ [1.0, 1.0] for n in range(1, 21)]
    found = load_file(tmp_path / "checkpoint.safetensors")
    assert found["network/x/value"] == pytest.approx(path[-1][0], abs=1e-5)
    assert found["network/y/value"] == pytest.approx(path[-1][1], abs=1e-5)
    assert set(train.records(tmp_path)[0]) == {"step", "y", "x", "square", "seconds"}


def test_noise_is_a_function_of_seed_and_step(tmp_path):
    drawn = []

    def noisy(networks, batch, rng):
        drawn.append(torch.randn((), generator=rng).item())
        return fit(networks, batch, rng)

    task = Task("noise", build, {"net": noisy}, sample, lambda n: {}, 4, 8, "")
    train.train(task, folder=tmp_path / "a")
    train.train(task, folder=tmp_path / "b", steps=2)
    train.train(task, folder=tmp_path / "b")
    assert drawn[:4] == drawn[4:]
    assert len(set(drawn)) == 4


def test_the_process_is_left_as_it_was(tmp_path):
    train.train(parabola(2), folder=tmp_path)
    assert not torch.are_deterministic_algorithms_enabled()
    assert (torch.tensor([1e-30]) * 1e-10).item() > 0
    with pytest.raises(ValueError, match="device"):
        train.train(parabola(2), folder=tmp_path, device="tpu")
    assert np.float32(1e-30) * np.float32(1e-10) > 0


def test_the_rate_rises_and_falls():
    task = parabola(100, warmup=10, last=0.2)
    rates = np.array([task.rate(step) for step in range(101)])
    assert rates[0] == pytest.approx(0.1)
    assert rates[9] == rates[10] == pytest.approx(1)
    assert rates[100] == pytest.approx(0.2)
    assert np.all(np.diff(rates[10:]) < 0)


def test_a_gradient_is_clipped(tmp_path):
    before = build_weights(0)
    sgd = {"net": partial(torch.optim.SGD, lr=1.0)}
    train.train(parabola(1, clip=1e-3, optimisers=sgd), folder=tmp_path)
    after = load_file(tmp_path / "checkpoint.safetensors")
    moved = sum(np.square(after[f"network/net/{k}"] - v).sum() for k, v in before.items())
    assert np.sqrt(moved) == pytest.approx(1e-3, rel=1e-2)


def build_weights(seed):
    torch.manual_seed(seed)
    return {name: value.numpy().copy() for name, value in build()["net"].state_dict().items()}


def test_a_loss_that_is_no_number_stops_in_one_line(tmp_path):
    def lost(networks, batch, rng):
        return {"loss": fit(networks, batch, rng)["loss"] * float("nan")}

    task = Task("lost", build, {"net": lost}, sample, lambda n: {}, 5, 8, "")
    with pytest.raises(FloatingPointError, match=r"step 2: net is no longer finite.*\(chapter 12\)"):
        train.train(task, folder=tmp_path, every=2)


def test_a_device_that_is_not_here_is_one_line():
    with pytest.raises(ValueError, match=r"device='tpu': this machine has 'cpu'.*\(chapter 12\)"):
        machine.machine("tpu")
    assert machine.machine("auto").device.type == ("cuda" if torch.cuda.is_available() else "cpu")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no graphics card here")
def test_on_a_graphics_card_it_learns_as_well(tmp_path):
    assert train.train(parabola(300), folder=tmp_path, device="cuda").metrics["rmse"] < 0.1


# ---- exported ----


def test_weights_come_with_their_card(tmp_path):
    task = parabola(5, data=lambda: {"walk": 0.75, "brick": 0.25}, arguments={"width": 8})
    result = train.train(task, folder=tmp_path, seed=3)
    entry = train.export(task, result, seed=3, command="make parabola", directory=tmp_path / "weights")
    found = models.load("parabola", directory=tmp_path / "weights")
    for name, value in result.networks["net"].state_dict().items():
        np.testing.assert_array_equal(found[name], value.numpy())
    card = entry.card
    assert card["data"] == {"walk": 0.75, "brick": 0.25}
    assert (card["seed"], card["steps"], card["batch"], card["parameters"]) == (3, 5, 8, 25)
    assert card["metrics"]["rmse"] == pytest.approx(result.metrics["rmse"], rel=1e-3)
    assert {"hardware", "seconds", "commit", "arguments"} <= set(card)
    assert "BSD-3-Clause" in entry.licence
    assert models.index(tmp_path / "weights")["parabola"] == entry


def test_a_task_may_store_several_files(tmp_path):
    def files(networks):
        return {name: {"x": np.full(k, 1.0, np.float32)} for k, name in ((2, "parabola"), (3, "parabola-side"))}

    task = parabola(5, files=files)
    entry = train.export(task, train.train(task, folder=tmp_path), seed=0, command="make", directory=tmp_path / "w")
    assert entry == models.index(tmp_path / "w")["parabola"]
    assert entry.card["parameters"] == 5
    assert models.load("parabola-side", directory=tmp_path / "w")["x"].tolist() == [1, 1, 1]


def test_large_weights_are_not_shipped(tmp_path):
    large = {"net": nn.Linear(1000, 1000)}
    with pytest.raises(ValueError, match=r"4004000 bytes.*4 MB and 20 MB at most \(chapter 12\)"):
        train.export(parabola(1), train.Result(large, {}, 0, "", 0), seed=0, command="", directory=tmp_path)
    assert not list(tmp_path.iterdir())


def test_shipped_weights_are_small_and_say_how_they_are_made():
    entries = models.index()
    assert all(entry.bytes <= 4_000_000 for entry in entries.values())
    assert sum(entry.bytes for entry in entries.values()) <= 20_000_000
    for name, entry in entries.items():
        task = entry.made_by.split()[3]  # of a task's several files the others begin with its name
        assert entry.made_by == f"python -m vdtext.train {task} --device cpu --seed 0"
        assert name.startswith(task)
        assert {"data", "seed", "steps", "hardware", "seconds", "metrics", "commit"} <= set(entry.card)
        assert train.recipe(task).name == task


# ---- the command ----


def test_the_command_trains_and_stores(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(train.RECIPES, "parabola", lambda: parabola(6))
    arguments = ["parabola", "--folder", str(tmp_path / "a"), "--weights", str(tmp_path / "w")]
    assert command.main(arguments) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["weights"] == "parabola.safetensors"
    assert models.index(tmp_path / "w")["parabola"].made_by == "python -m vdtext.train parabola --device cpu --seed 0"
    assert command.main([*arguments[:3], "--steps", "7"]) == 0  # not the task's own: stays in its folder
    assert models.index(tmp_path / "a")["parabola"].card["steps"] == 7


def test_the_command_fails_in_one_line(capsys):
    assert command.main(["no-such-task"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("vdtext.train: no task 'no-such-task'; known: clips-frame")
    assert said.count("\n") == 1


def test_the_smallest_recipe_denoises(tmp_path):
    result = train.train(train.recipe("denoise", batch=4, size=24), folder=tmp_path, steps=50)
    assert result.metrics["gain_db"] > 2


# ---- trained parts of the codec (chapter 13) ----


def test_planes_of_a_trained_network_are_its_integers():
    torch.manual_seed(0)
    net = film.Planes(8, 2, 3)
    with torch.no_grad():
        net.tail.weight.mul_(10)
    luma, moved, _, _, step = film.coded(0, 0).frames[0]
    inputs = np.stack([luma.astype(np.float32) - 128, luma.astype(np.float32) - moved, np.full(luma.shape, 0.0)])
    inputs[2] = correction.grade(step)
    floats = net(torch.tensor(inputs, dtype=torch.float32)[None])[0].detach().numpy() * 16
    found = correction.filtered(film.integers(net), luma, moved, step)
    assert np.std(floats) > 1
    assert np.mean(abs(floats - found) > 1) < 0.01
    differences = film.differences(torch.tensor(inputs[None, :1], dtype=torch.float32))[0].numpy() * 16
    assert (differences == correction.planes((), luma, moved, step)).all()


def test_what_planes_explain_is_least_squares():
    rng = np.random.default_rng(0)
    planes, error = rng.normal(size=(4, 20, 30)), rng.normal(size=(20, 30))
    mask = rng.uniform(size=(20, 30)) < 0.5
    before, after = film.explained(
        *(torch.tensor(a[None], dtype=torch.float32) for a in (planes, error[None], mask[None].astype(float)))
    )
    left = np.linalg.lstsq(planes[:, mask].T, error[mask], rcond=None)[1][0] / mask.sum()
    assert float(before[0]) == pytest.approx((error[mask] ** 2).mean(), rel=1e-4)
    assert float(after[0]) == pytest.approx(left, rel=1e-3)


def test_first_probabilities_are_what_clips_have_in_common():
    used, odd = np.arange(40, 60), np.arange(10)
    clips_ = [
        film.Coded(
            84,
            (),
            (
                np.concatenate([odd, used]),
                np.concatenate([np.full(10, 0.02 + 0.96 * (k % 2)), np.full(20, 0.9)]).astype(np.float32),
                np.full(30, 60, np.uint8),
            ),
            np.full((640, 7), 13000, np.int32),
        )
        for k in range(20)
    ]
    found = film.first_probabilities(clips_)
    assert np.flatnonzero(np.unpackbits(found["used"])).tolist() == [*odd, *used]
    probability = 1 / (1 + np.exp(-found["logits"] / 16))
    np.testing.assert_allclose(probability[10:], 0.9, atol=0.01)
    np.testing.assert_allclose(probability[:10], 0.5, atol=0.02)
    assert found["counts"][:10].max() <= 1
    assert found["counts"][10:].min() >= 20


def test_a_clip_is_coded_once_and_its_crops_are_squares():
    one = film.coded(0, 0)
    assert film.coded(0, 0) is one
    assert len(one.frames) > 1
    crop = film.film(clips=1).sample(3, 0)
    assert {name: array.shape for name, array in crop.items()} == {
        "seen": (3, 96, 96),
        "error": (1, 96, 96),
        "mask": (1, 96, 96),
    }
    assert set(np.unique(crop["mask"])) <= {0, 1}
