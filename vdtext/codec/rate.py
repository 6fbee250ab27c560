"""Rate control: which step each run gets, so that the file has the bits it should have.

A run's bits fall with the index k of its step as 2^(−s·k/24), with s about 1.2.  From each run that was coded follows
what intra frames and others cost at any index; the next index is the one at which what lies within the horizon would
take up the bits that are left for it.  The last frame of a run is predicted from further away than the others and costs
as much as five more of them; and a run costs the more, the more its frames differ from each other.
"""

import math

__all__ = ["Control"]

FAR, BLIND = 10, 3
"""Seconds of the horizon, where the number of frames is known and where it is not."""
MOST = 16
"""By how much the index may change from one run to the next of a group."""
ANCHOR = 5
"""So many frames more does the last one of a run count."""


class Control:
    """What is known of a film's costs, and the bits that were spent.

    Parameters
    ----------
    bitrate : float
        Bits a second.
    fps : Fraction
        Frames a second.
    key : int
        Frames from one intra frame to the next, if nothing else happens.
    gop : int
        Frames of a run.
    total : int or None
        Frames of the film, if it is known.
    """

    def __init__(self, bitrate, fps, key, gop, total):
        self.allowed, self.key, self.gop, self.total = bitrate / float(fps), key, gop, total
        self.horizon = float(fps) * (BLIND if total is None else FAR)
        self.slope, self.index = 1.2, 100
        self.intra = self.inter = None  # bits at index 0: of an intra frame, of another
        self.frames = self.since = 0
        self.activity = self.usual = 1.0

    def learn(self, count, index, bits, weight=0.5):
        """A run of so many frames at an index took so many bits; the first one of a group is an intra frame."""
        cost = math.log2(max(bits, 8)) + self.slope * index / 24
        if self.since == 0:
            self.intra = cost
        else:
            cost -= math.log2((count + ANCHOR) * self.activity)
            self.inter = cost if self.inter is None else weight * cost + (1 - weight) * self.inter

    def solve(self, spent, begins):
        """The index at which the horizon takes up what is left for it."""
        ahead = self.horizon if self.total is None else min(self.total - self.frames, self.horizon)
        left = max(self.allowed * (self.frames + ahead) - spent, 0.1 * self.allowed * ahead)
        keys = 1 + int(ahead - 1) // self.key if begins else int(self.since + ahead - 1) // self.key
        inter = self.intra - 4 if self.inter is None else self.inter
        others = max(ahead - keys, 0)
        now = 0 if begins else min(self.gop, others)
        weight = (now + ANCHOR * (now > 0)) * self.activity
        weight += (others - now + ANCHOR * math.ceil((others - now) / self.gop)) * self.usual
        cost = keys * 2**self.intra + weight * 2**inter
        return 24 * math.log2(cost / left) / self.slope

    def choose(self, spent, begins, attempt, activity=1.0):
        """The index of the next run.

        Parameters
        ----------
        spent : int
            Bits of the file so far.
        begins : bool
            Whether a group begins.
        attempt : callable
            Codes the next runs at an index for nothing: [(frames, bits)]; called where a shot begins.
        activity : float
            Mean difference of a frame to the one before it, in grey values, of the run, or of the one behind it.
        """
        self.activity = activity
        self.usual = activity if begins and attempt else 0.8 * self.usual + 0.2 * activity
        bound = MOST
        if begins:
            self.since = 0
            if self.intra is None or attempt is not None:
                bound = 256
                self._try(spent, attempt)
        index = self.solve(spent, begins)
        if self.frames:
            index = min(max(index, self.index - bound), self.index + bound)
        self.index = min(max(round(index), 0), 256)
        return self.index

    def _try(self, spent, attempt):
        """Learn a shot's costs from attempts: two, far apart, at the beginning of the film, one elsewhere."""
        found, first = {}, self.intra is None
        for _ in range(2 if first else 1):
            index = self.index
            runs = attempt(index)
            found[index] = sum(bits for _, bits in runs)
            if len(found) == 2:
                (i, a), (j, b) = found.items()
                if abs(i - j) >= 12:
                    self.slope = min(max(24 * math.log2(a / b) / (j - i), 0.7), 1.6)
            self.since = 0
            for count, bits in runs:
                self.learn(count, index, bits, weight=1)
                self.since += count
            self.since = 0
            if first:
                self.index = min(max(round(self.solve(spent, True)), 0), 240)

    def spend(self, count, bits):
        """Note that a run has been coded, at the index that was chosen."""
        self.learn(count, self.index, bits)
        self.frames += count
        self.since += count
