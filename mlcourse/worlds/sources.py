"""Tasks from pictures that have sources: a burst, a page, a writer, a day. What shares a source stays on one side.

Two pictures of one source are alike for reasons that have nothing to do with their class. If one is in the support set
and the other among the queries, a learner may recognise the source, and is measured as better than it will be.

    sources go to the support set, in random order, until it has k_shot pictures; the queries come from the others

Where every picture is a source of its own, this is an ordinary episode.
"""

import torch
from torch import Tensor

from ..tasks import Task


def sides(sources: Tensor, k_shot: int, *, rng: torch.Generator) -> Tensor:
    """Which pictures of a class may be in the support set, (n,), bool; the others may be queries.

    sources: (n,), whole numbers: pictures with the same one were taken together
    """
    names, counts = sources.unique(return_counts=True)
    order = torch.randperm(len(names), generator=rng)
    before = counts[order].cumsum(0) - counts[order]  # pictures that the support set has when a source's turn comes
    return torch.isin(sources, names[order[before < k_shot]])


def sample_apart(
    images: Tensor,
    labels: Tensor,
    sources: Tensor | None,
    n_tasks: int,
    *,
    n_way: int,
    k_shot: int,
    n_query: int,
    rng: torch.Generator,
) -> Task:
    """Draw N-way K-shot tasks, support and query pictures of different sources; classes may differ in size.

    images:  (n, ...)    labels: (n,), any whole numbers
    sources: (n,), see `sides`; None where every picture is its own, as in an ordinary episode
    returns: a Task with x_support (n_tasks, n_way * k_shot, ...) in the default dtype, y_support (n_tasks, n_way *
             k_shot) with labels 0 to n_way - 1, and likewise x_query and y_query with n_query of each class
    Raises ValueError for too few classes, and for a class that might run out of pictures.
    """
    sources = torch.arange(len(labels)) if sources is None else sources
    members = [(labels == label).nonzero()[:, 0] for label in labels.unique()]
    _check(members, labels, sources, n_way, k_shot, n_query)
    support, query = [], []
    for _ in range(n_tasks):
        for c in torch.randperm(len(members), generator=rng)[:n_way].tolist():
            mine = sides(sources[members[c]], k_shot, rng=rng)
            for chosen, allowed, n in ((support, mine, k_shot), (query, ~mine, n_query)):
                chosen.append(_some(members[c][allowed], n, rng))
    y = torch.arange(n_way).expand(n_tasks, -1)
    x_support, x_query = (
        images[torch.cat(chosen)].unflatten(0, (n_tasks, -1)).to(torch.get_default_dtype())
        for chosen in (support, query)
    )
    return Task(x_support, y.repeat_interleave(k_shot, 1), x_query, y.repeat_interleave(n_query, 1))


def _some(of: Tensor, n: int, rng: torch.Generator) -> Tensor:
    return of[torch.randperm(len(of), generator=rng)[:n]]


def _check(members: list[Tensor], labels: Tensor, sources: Tensor, n_way: int, k_shot: int, n_query: int) -> None:
    if n_way > len(members):
        raise ValueError(f"{n_way}-way tasks need {n_way} classes: there are {len(members)}")
    for own in members:
        largest = int(sources[own].unique(return_counts=True)[1].max())
        needed = k_shot - 1 + largest + n_query  # the last source that goes to the support set may be the largest
        if len(own) < needed:
            raise ValueError(
                f"class {labels[own[0]].item()} has {len(own)} pictures, up to {largest} of one source: {k_shot} shots "
                f"and {n_query} queries of other sources need {needed}"
            )
