"""Shots of a 720p film against decoding it and against PySceneDetect (see tools/bench.py)."""

import numpy as np

from tools.bench import Candidate, Case
from vdtext import clips, shots, video

FRAMES = 132
PATH = str(clips.path("bigbuckbunny"))


def bare():
    """Every frame by PyAV, with one decoding thread, and nothing else."""
    import av

    with av.open(PATH) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        count = sum(1 for _ in container.decode(stream))
    assert count == FRAMES
    return count


def ours():
    """Decoding included."""
    return len(shots.detect(PATH))


def theirs():
    """PySceneDetect's AdaptiveDetector on the same decoder's pictures."""
    from scenedetect.detectors import AdaptiveDetector

    detector, cuts = AdaptiveDetector(), []
    for number, picture in enumerate(video.frames(PATH)):
        cuts += detector.process_frame(number, picture[..., ::-1])
    return 1 + len(cuts)


def pyscenedetect():
    """As it is used: its own reading of the file by OpenCV, frames shrunk as it shrinks them."""
    from scenedetect import AdaptiveDetector, detect

    return max(1, len(detect(PATH, AdaptiveDetector())))


def one():
    """The film is one shot."""
    return np.ones(1)


def cases():
    """The task of chapter 11; times are for one frame."""

    def candidate(run, what, package):
        return Candidate(lambda: run, what, 0, package, check=lambda: np.array([float(run())]))

    yield Case(
        name="shots.detect",
        title="Shots of a 1280×720 film, a frame, decoding included",
        reference=one,
        ours={"vdtext": candidate(ours, "vdtext.shots.detect of the file", "numba")},
        peers={
            "decoding alone": Candidate(
                lambda: bare, "PyAV, one thread, frames thrown away", 0, "av", check=lambda: np.ones(1)
            ),
            "PySceneDetect": candidate(pyscenedetect, "AdaptiveDetector, decoded by OpenCV", "scenedetect"),
            "PySceneDetect, full size": candidate(theirs, "AdaptiveDetector of RGB frames from PyAV", "scenedetect"),
        },
        aim=1.1,
        against="decoding alone",
        per=FRAMES,
    )
