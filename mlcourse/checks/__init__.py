"""A check for each coding exercise: it takes the learner's own function and says what is wrong with it, if anything."""

from .adaptation import fine_tune
from .apart import law_of_tasks
from .battery import is_really_maml as is_really_maml  # for any code, not for an exercise
from .dependence import dependence
from .direction import reptile_direction
from .elites import elites
from .episodes import episode
from .errors import mean_squared_error
from .latent import latent_steps
from .moves import policy_objective
from .paired import paired_difference
from .pairs import all_pairs_loss
from .prototypes import prototype_scores
from .rarity import rarity
from .sets import set_encoder
from .solved import solved as solved  # for lesson 00's map
from .twins import twins
from .updates import one_more_rating
from .valleys import meta_gradient
from .way_back import way_back
from .winner import winners_error

__all__ = [
    "all_pairs_loss",
    "dependence",
    "elites",
    "episode",
    "fine_tune",
    "latent_steps",
    "law_of_tasks",
    "mean_squared_error",
    "meta_gradient",
    "one_more_rating",
    "paired_difference",
    "policy_objective",
    "prototype_scores",
    "rarity",
    "reptile_direction",
    "set_encoder",
    "twins",
    "way_back",
    "winners_error",
]
