"""A check for each coding exercise: it takes the learner's own function and says what is wrong with it, if anything."""

from .adaptation import fine_tune
from .agreement import agreement
from .battery import is_really_maml as is_really_maml  # for any code, not for an exercise
from .dependence import dependence
from .differences import finite_difference
from .episodes import episode
from .errors import mean_squared_error
from .meta_gradients import fomaml_gradient
from .meta_losses import meta_loss
from .paired import paired_difference
from .pairs import contrastive_loss
from .prototypes import prototype_scores

__all__ = [
    "agreement",
    "contrastive_loss",
    "dependence",
    "episode",
    "fine_tune",
    "finite_difference",
    "fomaml_gradient",
    "mean_squared_error",
    "meta_loss",
    "paired_difference",
    "prototype_scores",
]
