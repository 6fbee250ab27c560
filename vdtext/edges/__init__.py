"""Diffusion that sees edges, and time (chapter 4): u_t = div(D ∇u), where D is asked of the picture.

The front doors are :func:`diffuse` (a picture, frames, or space–time) and :func:`denoise` (a clip, along its motion).
Rooms, each using those above it:

``diffusivity``  g(s): how much may flow where the picture is steep;
``conduction``   div(D ∇u) on the grid, for gates on edges and for tensors;
``laws``         gates and tensors from a picture: Perona–Malik, Catté, EED, CED, the structure tensor;
``fitting``      noise, contrast and stopping time from data;
``evolution``    explicit steps and fast explicit diffusion;
``rof``          total variation (Rudin, Osher, Fatemi);
``trajectory``   diffusion along motion;
``doors``        the front doors, with everything fitted from data.
"""

from vdtext.edges.conduction import at_edges, at_pixels, conduct, conduct_tensor, gradient
from vdtext.edges.diffusivity import exponential, rapid, rational
from vdtext.edges.doors import denoise, denoise_frames, diffuse, in_windows
from vdtext.edges.evolution import LAWS, evolve, schedule
from vdtext.edges.fitting import (
    decorrelation,
    decorrelation_time,
    fit_contrast,
    noise_left,
    noise_sigma,
    stein_risk,
    stein_time,
)
from vdtext.edges.laws import catte_gates, coherence_tensor, edge_tensor, perona_malik_gates, structure_tensor
from vdtext.edges.rof import total_variation, variation
from vdtext.edges.trajectory import along_motion, register, trajectories

__all__ = [
    "LAWS",
    "along_motion",
    "at_edges",
    "at_pixels",
    "catte_gates",
    "coherence_tensor",
    "conduct",
    "conduct_tensor",
    "decorrelation",
    "decorrelation_time",
    "denoise",
    "denoise_frames",
    "diffuse",
    "edge_tensor",
    "evolve",
    "exponential",
    "fit_contrast",
    "gradient",
    "in_windows",
    "noise_left",
    "noise_sigma",
    "perona_malik_gates",
    "rapid",
    "rational",
    "register",
    "schedule",
    "stein_risk",
    "stein_time",
    "structure_tensor",
    "total_variation",
    "trajectories",
    "variation",
]
