"""Who takes part in the comparison of lesson 09: how each method is trained, and how it is asked.

All have the body of one convolutional network, 32 filters, halving by stride. When they are asked, batch norm takes
the statistics of the support set, so that no query's scores depend on the other queries.
"""

from functools import partial
from typing import NamedTuple

import torch

from .. import losses
from ..methods import maml, matching, prototypical, reptile, siamese, transfer
from ..networks import ConvNet
from ..weights import Theta
from ..worlds.characters import Characters
from ..worlds.episodes import sample_episodes
from ..worlds.pairs import sample_pairs
from ..worlds.pooled import sample_pooled

EMBEDDING, CLASSIFIER = ConvNet(None, filters=32), ConvNet(5, filters=32)
SMALL = 0.2  # matching and prototypical networks learn faster when their points start close together, see lesson 08
ALONE = dict(support_statistics=True)  # no query's scores depend on the other queries


class Method(NamedTuple):
    """How a method is trained."""

    net: ConvNet
    gradient: object  # from (theta, task) to (loss, gradient)
    sample: object  # makes a new batch of tasks, or pairs, or drawings
    beta: float  # its usual outer rate
    optimizer: object = torch.optim.Adam


def methods(characters: Characters, rng: torch.Generator) -> dict[str, Method]:
    """How each method is trained on these characters, by name."""

    def episodes(n_tasks, n_way, k_shot=1, n_query=5):
        shape = dict(n_way=n_way, k_shot=k_shot, n_query=n_query)
        return partial(sample_episodes, characters, n_tasks, rng=rng, **shape)

    how = dict(alpha=0.4, loss=losses.cross_entropy)
    everybody = ConvNet(characters.n_classes, filters=32)
    inner = dict(alpha=0.1, steps=5, batch_size=10, rng=rng, loss=losses.cross_entropy)
    classify = partial(transfer.pooled_gradient, everybody, loss=losses.cross_entropy)
    compare = partial(siamese.meta_gradient, EMBEDDING, margin=5.0)
    towards = partial(reptile.meta_gradient, CLASSIFIER, **inner)
    return {
        "pooled": Method(everybody, classify, partial(sample_pooled, characters, 128, rng=rng), 0.005),
        "MAML": Method(CLASSIFIER, partial(maml.meta_gradient, CLASSIFIER, **how), episodes(4, 5), 0.004),
        "FOMAML": Method(
            CLASSIFIER, partial(maml.meta_gradient, CLASSIFIER, first_order=True, **how), episodes(4, 5), 0.004
        ),
        "ANIL": Method(
            CLASSIFIER, partial(maml.meta_gradient, CLASSIFIER, head_only=True, **how), episodes(4, 5), 0.004
        ),
        "Reptile": Method(CLASSIFIER, towards, episodes(5, 5, k_shot=10, n_query=1), 1 / 3, torch.optim.SGD),
        "Siamese": Method(EMBEDDING, compare, partial(sample_pairs, characters, 64, rng=rng), 0.005),
        "matching": Method(EMBEDDING, partial(matching.meta_gradient, EMBEDDING), episodes(1, 20), 0.005),
        "prototypical": Method(EMBEDDING, partial(prototypical.meta_gradient, EMBEDDING), episodes(1, 20), 0.005),
    }


NAMES = ("pooled", "MAML", "FOMAML", "ANIL", "Reptile", "Siamese", "matching", "prototypical")

# For each learner: the method it comes from, how it is asked, and the rates and numbers of steps to choose from,
# the rate of training last.
LEARNERS = {
    "transfer, class mean": ("pooled", partial(transfer.class_mean, EMBEDDING, **ALONE), None),
    "transfer, new head": ("pooled", partial(transfer.new_head, EMBEDDING, **ALONE), ((1.0, 10.0), (5, 20, 100))),
    "transfer, all weights": ("pooled", partial(transfer.fine_tune, EMBEDDING, **ALONE), ((0.03, 0.1), (3, 10, 30))),
    "MAML": ("MAML", partial(maml.predict, CLASSIFIER, **ALONE), ((0.2, 0.4), (1, 3, 10))),
    "FOMAML": ("FOMAML", partial(maml.predict, CLASSIFIER, **ALONE), ((0.2, 0.4), (1, 3, 10))),
    "ANIL": ("ANIL", partial(maml.predict, CLASSIFIER, head_only=True, **ALONE), ((0.2, 0.4), (1, 3, 10))),
    "Reptile": ("Reptile", partial(reptile.predict, CLASSIFIER, **ALONE), ((0.2, 0.1), (5, 20, 50))),
    "Siamese": ("Siamese", partial(siamese.predict, EMBEDDING, **ALONE), None),
    "matching": ("matching", partial(matching.predict, EMBEDDING, **ALONE), None),
    "prototypical": ("prototypical", partial(prototypical.predict, EMBEDDING, **ALONE), None),
}
WITH_LOSS = ("MAML", "FOMAML", "ANIL", "Reptile")  # these must be told the loss of their inner loop


def ready(name: str, theta: Theta, **adapt):
    """One learner, from its name and its weights; adapt: alpha and steps, for those that take gradient steps."""
    if name in WITH_LOSS:
        adapt["loss"] = losses.cross_entropy
    return lambda x_support, y_support, x_query: LEARNERS[name][1](theta, x_support, y_support, x_query, **adapt)


def initial(name: str, net: ConvNet, rng: torch.Generator) -> Theta:
    """The weights from which a method's training starts."""
    theta = net.init(rng)
    if name in ("matching", "prototypical"):
        theta["3.scale"] = SMALL * theta["3.scale"]
    return theta
