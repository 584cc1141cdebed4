"""The course's figures, one call each: every function draws and shows its figure and returns nothing."""

from .contest import cost, differences, over_seeds, together, worlds
from .curves import learning_curve, lines, scatter, side_by_side
from .drawings import characters, episode, mistakes
from .how_many import how_many_tasks
from .museum import caught, line_up, reported_and_real
from .pairs import pairs, plane, roc, springs
from .playground import playground
from .points import regions
from .results import bars, intervals
from .valley import valley
from .waves import overlay, predictions, tasks

__all__ = [
    "bars",
    "caught",
    "characters",
    "cost",
    "differences",
    "episode",
    "how_many_tasks",
    "intervals",
    "learning_curve",
    "line_up",
    "lines",
    "mistakes",
    "over_seeds",
    "overlay",
    "pairs",
    "plane",
    "playground",
    "predictions",
    "regions",
    "reported_and_real",
    "roc",
    "scatter",
    "side_by_side",
    "springs",
    "tasks",
    "together",
    "valley",
    "worlds",
]
