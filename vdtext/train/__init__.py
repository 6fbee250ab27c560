"""The training loop that all learned chapters share (roof): one screen of code, and what it needs around it.

``python -m vdtext.train denoise --device cpu --seed 0`` trains, shows what to expect, and goes on where it was stopped.
Every random number is a function of the seed and the step, so that stopping changes nothing.  Rooms:

``task``     `Task`: networks, players, a sample, a measure; `minimise`;
``state``    what is saved between steps, the log, and files that are whole or not there;
``machine``  devices, processes, precision;
``loop``     `train`;
``export``   `export`: weights with their card;
``recipes``  the tasks by name.
"""

from vdtext.train.export import export
from vdtext.train.loop import Result, train
from vdtext.train.recipes import RECIPES, recipe
from vdtext.train.state import records
from vdtext.train.task import Task

__all__ = ["RECIPES", "Result", "Task", "export", "recipe", "records", "train"]
