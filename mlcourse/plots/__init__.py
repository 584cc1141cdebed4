"""The course's figures, one call each: every function draws and shows its figure and returns nothing."""

from .borders import borders
from .calibration import calibration
from .contest import over_seeds, together, worlds
from .curves import learning_curve, lines, over_training, scatter, side_by_side
from .diagrams import two_paths
from .drawings import characters, episode, mistakes
from .films import film_maps, rate_films
from .guessing import guessing
from .how_many import how_many_tasks
from .museum import caught, line_up, reported_and_real
from .navigation import estimates, trajectories, tries
from .own import as_read, bursts, drawing_pad
from .pairs import pairs, plane, roc, springs
from .playground import playground
from .points import regions
from .repeats import repeats
from .results import bars
from .robot import arms, film, over_time
from .surfaces import codes, heads, parts, surfaces
from .tuning import doubt, improvement, learned_rates, reports, searches, sensitivity
from .valley import valley
from .valleys import two_valleys
from .waves import overlay, predictions, spreads, tasks
from .words import gains, passages, worths

__all__ = [
    "arms",
    "as_read",
    "bars",
    "borders",
    "bursts",
    "calibration",
    "caught",
    "characters",
    "codes",
    "doubt",
    "drawing_pad",
    "episode",
    "estimates",
    "film",
    "film_maps",
    "gains",
    "guessing",
    "heads",
    "how_many_tasks",
    "improvement",
    "learned_rates",
    "learning_curve",
    "line_up",
    "lines",
    "mistakes",
    "over_seeds",
    "over_time",
    "over_training",
    "overlay",
    "pairs",
    "parts",
    "passages",
    "plane",
    "playground",
    "predictions",
    "rate_films",
    "regions",
    "repeats",
    "reported_and_real",
    "reports",
    "roc",
    "scatter",
    "searches",
    "sensitivity",
    "side_by_side",
    "spreads",
    "springs",
    "surfaces",
    "tasks",
    "together",
    "trajectories",
    "tries",
    "two_paths",
    "two_valleys",
    "valley",
    "worlds",
    "worths",
]
