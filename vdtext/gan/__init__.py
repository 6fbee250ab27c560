"""Generative adversarial networks (chapter 12): two networks that play, and what that is good for.

Rooms:

``losses``      what critic and generator minimise, R₁ and spectral norm;
``optimal``     the best critic on known densities, and the value of the game;
``mixture``     eight Gaussians on a ring: collapse, and remedies;
``moving``      clips of a bouncing digit, judged frame by frame or as a whole; statistics of motion;
``written``     handwritten digits: the smallest GAN of pictures;
``superres``    enlarging pictures, with the loss of pixels or with a critic;
``likeness``    a loss of features;
``keyframes``   frames between key frames;
``perception``  what likeness costs, in closed form; distances of details and of crowds.
"""

from vdtext.gan.keyframes import Between, agreement, candidates, fill
from vdtext.gan.likeness import Features, feature_loss
from vdtext.gan.losses import (
    KINDS,
    critic_loss,
    generator_loss,
    gradient_penalty,
    spectral_norm,
    spectrally_normalised,
)
from vdtext.gan.mixture import MODES, REMEDIES, SPREAD, Coverage, Played, coverage, play, ring
from vdtext.gan.moving import (
    FRAMES,
    GRID,
    NOISE,
    PATH,
    SIDE,
    SPRITE,
    Changes,
    ClipGenerator,
    FrameCritic,
    Motion,
    SpriteCritic,
    SpriteFrameCritic,
    SpriteGenerator,
    VideoCritic,
    ball,
    centres,
    changes,
    generate,
    motion,
)
from vdtext.gan.optimal import game_value, jensen_shannon, optimal_critic
from vdtext.gan.perception import (
    crowd_distance,
    detail_distance,
    gaussian_estimators,
    perception_distortion,
    rate_distortion_perception,
)
from vdtext.gan.superres import Critic, Enlarger, enlarge, lanczos, pixel_loss, shrink
from vdtext.gan.written import WRITING, PlayedPictures, play_pictures, written

__all__ = [
    "FRAMES",
    "GRID",
    "KINDS",
    "MODES",
    "NOISE",
    "PATH",
    "REMEDIES",
    "SIDE",
    "SPREAD",
    "SPRITE",
    "WRITING",
    "Between",
    "Changes",
    "ClipGenerator",
    "Coverage",
    "Critic",
    "Enlarger",
    "Features",
    "FrameCritic",
    "Motion",
    "Played",
    "PlayedPictures",
    "SpriteCritic",
    "SpriteFrameCritic",
    "SpriteGenerator",
    "VideoCritic",
    "agreement",
    "ball",
    "candidates",
    "centres",
    "changes",
    "coverage",
    "critic_loss",
    "crowd_distance",
    "detail_distance",
    "enlarge",
    "feature_loss",
    "fill",
    "game_value",
    "gaussian_estimators",
    "generate",
    "generator_loss",
    "gradient_penalty",
    "jensen_shannon",
    "lanczos",
    "motion",
    "optimal_critic",
    "perception_distortion",
    "pixel_loss",
    "play",
    "play_pictures",
    "rate_distortion_perception",
    "ring",
    "shrink",
    "spectral_norm",
    "spectrally_normalised",
    "written",
]
