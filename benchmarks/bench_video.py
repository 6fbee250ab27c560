"""Decoding a 720p clip to grey pictures, against bare PyAV and OpenCV (see tools/bench.py)."""

import numpy as np

from tools.bench import Candidate, Case
from vdtext import clips, video

FRAMES = 132
PATH = str(clips.path("bigbuckbunny"))


def stretched(y):
    """Limited range to full range, unrounded."""
    return np.clip((y.astype(np.float32) - 16) * np.float32(255 / 219), 0, 255)


def digest(pictures, convert=np.asarray):
    """Every fourth pixel of every frame, to compare without keeping 120 MB of each candidate."""
    return np.stack([convert(picture[::4, ::4]) for picture in pictures])


def consume(pictures):
    """Ask for every frame, keep none, and count."""
    count = sum(picture.ndim == 2 for picture in pictures)
    assert count == FRAMES
    return count


def pyav(convert):
    """Grey pictures by PyAV with one decoding thread; `convert` makes them of its frames."""
    import av

    with av.open(PATH) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        for frame in container.decode(stream):
            yield convert(frame)


def plane(frame):
    """The decoder's own luma, without a copy."""
    y = frame.planes[0]
    return np.frombuffer(y, np.uint8).reshape(-1, y.line_size)[: y.height, : y.width]


def table_lookup(frame):
    """Luma stretched to full range through a table of 256 bytes."""
    import cv2

    return cv2.LUT(plane(frame), np.rint(stretched(np.arange(256))).astype(np.uint8))


def converted(frame):
    """Luma through FFmpeg's scaler."""
    return frame.to_ndarray(format="gray")


def opencv():
    """Grey pictures by OpenCV with one decoding thread."""
    import cv2

    capture = cv2.VideoCapture(PATH, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    while True:
        there, picture = capture.read()
        if not there:
            return
        yield cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)


def candidate(pictures, what, tolerance, package, convert=np.asarray):
    """A candidate that decodes the whole clip; `convert` makes its pictures comparable."""
    return Candidate(
        lambda: lambda: consume(pictures()), what, tolerance, package, check=lambda: digest(pictures(), convert)
    )


def cases():
    """The tasks of chapter 2: the luma plane as it is stored, and a grey picture in full range made of it."""
    clip = "bigbuckbunny (1280×720, 132 frames), time per frame"
    yield Case(
        name="video.luma",
        title=f"Decoding to the luma plane, {clip}",
        reference=lambda: digest(pyav(plane)).astype(float),
        ours={"vdtext": candidate(lambda: (y for y, _, _ in video.planes(PATH)), "vdtext.video.planes", 0, "av")},
        peers={"PyAV": candidate(lambda: pyav(plane), "container.decode and a view of the first plane", 0, "av")},
        aim=1 / 0.95,
        against="PyAV",
        per=FRAMES,
    )
    yield Case(
        name="video.grey",
        title=f"Decoding to grey pictures in full range, {clip}",
        reference=lambda: digest(pyav(plane), stretched).astype(float),
        ours={"vdtext": candidate(lambda: video.frames(PATH, gray=True), "vdtext.video.frames(gray=True)", 1, "av")},
        peers={
            "PyAV": candidate(lambda: pyav(table_lookup), "view of the luma plane through cv2.LUT", 1, "av"),
            "PyAV, to_ndarray": candidate(lambda: pyav(converted), 'frame.to_ndarray(format="gray")', 1, "av"),
            "OpenCV": candidate(
                opencv, "VideoCapture.read and cvtColor, which clips", 16, "opencv-contrib-python-headless"
            ),
        },
        aim=1 / 0.95,
        against="PyAV",
        per=FRAMES,
    )
