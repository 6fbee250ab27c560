"""Block matching at 720p against FFmpeg's motion estimation and OpenCV (see tools/bench.py)."""

from fractions import Fraction
from functools import cache

import numpy as np

from tools.bench import Candidate, Case
from vdtext import clips, motion
from vdtext.fast import motion as fast

BLOCK, RADIUS, COUNT = 16, 7, 4
DIRECTIONS = 2 * (COUNT - 1)  # FFmpeg looks back and ahead


@cache
def frames():
    """Successive frames of the rabbit, 1280×720."""
    return np.ascontiguousarray(clips.load("bigbuckbunny", frames=range(40, 40 + COUNT), gray=True).array)


def pairs():
    """Every frame against the one before it, and the other way round."""
    here = frames()
    return [pair for a, b in zip(here[1:], here[:-1], strict=True) for pair in ((a, b), (b, a))]


def distortion(vectors):
    """SAD of each block of frame 1 against frame 0, for whole-pixel vectors in quarter pixels."""
    change = abs(frames()[1].astype(int) - motion.compensate(frames()[0], vectors, block=BLOCK))
    h, w = (n // BLOCK for n in change.shape)
    return change.reshape(h, BLOCK, w, BLOCK).sum(axis=(1, 3)).astype(float)


def ours(**options):
    work = pairs()

    def run():
        return [motion.match(a, b, block=BLOCK, radius=RADIUS, precision=1, **options).vectors for a, b in work]

    return run


def ours_check(**options):
    options = {"block": BLOCK, "radius": RADIUS, "precision": 1, **options}
    return distortion(motion.match(frames()[1], frames()[0], **options).vectors)


def estimate(method):
    """FFmpeg's filter over all frames; the frames that it gives back carry the vectors."""
    import av

    graph = av.filter.Graph()
    height, width = frames().shape[1:]
    source = graph.add_buffer(width=width, height=height, format=av.VideoFormat("gray"), time_base=Fraction(1, 25))
    search = graph.add("mestimate", f"method={method}:mb_size={BLOCK}:search_param={RADIUS}")
    sink = graph.add("buffersink")
    source.link_to(search)
    search.link_to(sink)
    graph.configure()
    out = []

    def pull():
        try:
            while True:
                out.append(graph.pull())
        except (av.BlockingIOError, av.EOFError):
            return

    for i, picture in enumerate(frames()):
        frame = av.VideoFrame.from_ndarray(picture, format="gray")
        frame.pts = i
        graph.push(frame)
        pull()
    graph.push(None)
    pull()
    return out


def ffmpeg(method):
    assert len(estimate(method)) == COUNT - 1
    return lambda: estimate(method)


def ffmpeg_check(method):
    """Its vectors into the past, of the frame whose past is frame 0."""
    frame = next(frame for frame in estimate(method) if frame.pts == 1)
    found = next(iter(frame.side_data)).to_ndarray()
    past = found[found["source"] < 0]
    vectors = np.zeros((720 // BLOCK, 1280 // BLOCK, 2), np.int32)
    i, j = past["dst_y"] // BLOCK, past["dst_x"] // BLOCK
    vectors[i, j, 0], vectors[i, j, 1] = 4 * (past["src_y"] - past["dst_y"]), 4 * (past["src_x"] - past["dst_x"])
    return distortion(vectors)


def opencv(current, reference):
    """One vector at a time for the whole frame: an absolute difference and a mean over blocks."""
    import cv2

    h, w = (n // BLOCK for n in current.shape)
    wide = cv2.copyMakeBorder(reference, *[RADIUS] * 4, cv2.BORDER_REPLICATE)
    best, vectors = np.full((h, w), np.inf, np.float32), np.zeros((h, w, 2), np.int32)
    for v in motion.search_window(RADIUS):
        y, x = RADIUS + v // 4
        change = cv2.absdiff(current, wide[y : y + current.shape[0], x : x + current.shape[1]]).astype(np.float32)
        cost = cv2.resize(change, (w, h), interpolation=cv2.INTER_AREA)
        better = cost < best
        best[better], vectors[better] = cost[better], v
    return vectors


def opencv_run():
    import cv2

    cv2.setNumThreads(1)
    return lambda: [opencv(a, b) for a, b in pairs()]


def mean(values):
    """Mean SAD a block, which is what a search that need not find the best is held against."""
    return np.array([values[1:-1, 1:-1].mean()])


def overlapping():
    """Overlapped prediction beside the readable function, on a smaller frame."""
    frame = np.ascontiguousarray(frames()[0][:272, :640])
    vectors = np.random.default_rng(0).integers(-40, 40, (34, 80, 2)).astype(np.int32)
    planes = fast.phases(frame, 40)
    modes, window, out = np.zeros((34, 80), np.uint8), motion.window(8), np.empty_like(frame)

    def compiled():
        fast.overlapped(planes, planes, vectors, vectors, modes, window, out)
        return out

    def readable():
        return motion.overlap_blocks(planes, vectors, block=8, shape=frame.shape, weights=window)

    return Case(
        name="motion.overlapped",
        title="Overlapped prediction, blocks of 8, quarter pixels, 640×272",
        reference=lambda: readable().astype(float),
        ours={
            "vdtext": Candidate(lambda: compiled, "vdtext.fast.motion.overlapped, Numba", 0, "numba"),
            "vdtext, readable": Candidate(lambda: readable, "vdtext.motion.overlap_blocks, NumPy", 0, "numpy"),
        },
        peers={},
        aim=1.0,
        against="vdtext, readable",
    )


def planes():
    """All sixteen planes of quarter pixels."""
    frame = np.ascontiguousarray(frames()[0][:272, :640])
    return Case(
        name="motion.phases",
        title="The sixteen planes of quarter pixels, 640×272",
        reference=lambda: motion.phases(frame).astype(float),
        ours={
            "vdtext": Candidate(lambda: lambda: fast.phases(frame, 40), "vdtext.fast.motion.phases, Numba", 0, "numba"),
            "vdtext, readable": Candidate(lambda: lambda: motion.phases(frame), "vdtext.motion.phases", 0, "numpy"),
        },
        peers={},
        aim=1.0,
        against="vdtext, readable",
    )


def cases():
    """The tasks of chapter 9; times are for one direction of one frame."""
    full = {"method": "full", "penalty": 0.0}
    yield Case(
        name="motion.full",
        title="Full search, blocks of 16, ±7 pixels, 1280×720, a direction",
        reference=lambda: ours_check(**full),
        ours={
            "vdtext": Candidate(
                lambda: ours(**full), "vdtext.motion.match, Numba", 0, "numba", check=lambda: ours_check(**full)
            )
        },
        peers={
            "FFmpeg": Candidate(
                lambda: ffmpeg("esa"),
                "mestimate=esa through PyAV; it does not look beyond the border; compared by SAD",
                0,
                "av",
                border=1,
                check=lambda: ffmpeg_check("esa"),
            ),
            "OpenCV": Candidate(
                opencv_run,
                "absdiff and resize, a vector at a time; compared by SAD",
                0,
                "opencv-contrib-python-headless",
                check=lambda: distortion(opencv(frames()[1], frames()[0])),
            ),
        },
        aim=1.5,
        against="FFmpeg",
        per=DIRECTIONS,
    )
    walk = {"method": "diamond", "penalty": 0.0}
    yield Case(
        name="motion.diamond",
        title="Diamond search, blocks of 16, ±7 pixels, 1280×720, a direction",
        reference=lambda: mean(ours_check(**walk)),
        ours={
            "vdtext": Candidate(
                lambda: ours(**walk),
                "vdtext.motion.match, Numba: from the neighbours' vectors, steps 8 to 1",
                0,
                "numba",
                check=lambda: mean(ours_check(**walk)),
            )
        },
        peers={
            "FFmpeg": Candidate(
                lambda: ffmpeg("ds"),
                "mestimate=ds through PyAV: from 0, a large diamond, then a small one; compared by mean SAD",
                50,
                "av",
                check=lambda: mean(ffmpeg_check("ds")),
            )
        },
        aim=2.0,
        against="FFmpeg",
        per=DIRECTIONS,
    )
    yield planes()
    yield overlapping()
