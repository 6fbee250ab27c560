"""The benchmark harness: equality comes before the clock, a missing peer is named, other modules' entries are kept."""

import json
import sys
import types

import numpy as np
import pytest

from tools import bench


def toy(tolerance=0.0, peer_result=1.0):
    def absent():
        raise ImportError("No module named 'absent'")

    def candidate(prepare, tolerance=0.0, **more):
        return bench.Candidate(prepare, "a test", tolerance, "numpy", **more)

    return bench.Case(
        name="toy.ones",
        title="Ones",
        reference=lambda: np.ones((4, 4)),
        ours={"ours": candidate(lambda: lambda: np.ones((4, 4)))},
        peers={
            "peer": candidate(lambda: lambda: np.full((4, 4), peer_result), tolerance),
            "absent": candidate(absent),
        },
        aim=1e9,
        against="peer",
    )


@pytest.fixture
def module(monkeypatch):
    monkeypatch.setitem(sys.modules, "benchmarks.bench_toy", types.SimpleNamespace(cases=lambda: [toy()]))


def test_one_run(module, tmp_path, capsys):
    path = tmp_path / "bench.json"
    path.write_text('{"other": 1}')
    bench.main(["--only", "toy", "--rounds", "3", "--output", str(path)])
    printed = capsys.readouterr().out
    assert "toy.ones: absent is missing (No module named 'absent')" in printed
    assert "Aim: at most 1e+09 of peer: met" in printed
    book = json.loads(path.read_text())
    assert book["other"] == 1
    (entry,) = book["toy"]["cases"]
    assert [row["measured"] for row in entry["rows"]] == [True, True, False]
    assert entry["rows"][0]["ratio"]["median"] == 1
    assert entry["rows"][1]["ms"]["low"] <= entry["rows"][1]["ms"]["median"] <= entry["rows"][1]["ms"]["high"]
    assert set(book["toy"]["versions"]) == {"numpy"}
    assert "/" not in json.dumps(book["toy"]["machine"]).replace("0/", "")


def test_a_difference_stops_the_run():
    with pytest.raises(SystemExit, match=r"toy.ones: peer differs by 0.5, above 0.1"):
        bench.measured(toy(tolerance=0.1, peer_result=1.5), 3)
    assert bench.measured(toy(tolerance=0.5, peer_result=1.5), 3)["rows"][1]["difference"] == 0.5


def test_not_a_number_is_a_difference():
    with pytest.raises(SystemExit, match="peer differs by nan"):
        bench.measured(toy(peer_result=np.nan), 3)


def test_the_border_may_be_left_out():
    case = toy()
    frame = np.ones((4, 4))
    frame[0] = 9
    case.peers["peer"] = bench.Candidate(lambda: lambda: frame, "a frame", 0.0, "numpy", border=1)
    assert bench.prepared(case)[1]["peer"] == 0


def test_every_round_runs_everybody_once():
    calls = []
    runs = {name: lambda name=name: calls.append(name) for name in "abc"}
    bench.SAMPLE, sample = 0.0, bench.SAMPLE
    try:
        seconds = bench.timed(runs, 4)
    finally:
        bench.SAMPLE = sample
    assert "".join(calls) == "abc" + "abc" + "bca" + "cab" + "abc"
    assert [len(values) for values in seconds.values()] == [4, 4, 4]


def test_spread():
    assert bench.spread([1.0, 2.0, 3.0, 4.0, 5.00001]) == {"median": 3.0, "low": 2.0, "high": 4.0}
