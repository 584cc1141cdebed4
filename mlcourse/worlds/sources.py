"""Tasks from pictures that have sources: a burst, a page, a writer, a day. What shares a source stays on one side.

Two pictures of one source are alike for reasons that have nothing to do with their class. If one is in the support set
and the other among the queries, a learner may recognise the source, and is measured as better than it will be.

    sources go to the support set, in random order, until it has k_shot pictures; the queries come from the others

Where every picture is a source of its own, this is an ordinary episode.
"""

import torch
from torch import Tensor

from ..tasks import Task


def sides(sources: Tensor, k_shot: int, *, labels: Tensor | None = None, rng: torch.Generator) -> Tensor:
    """Which pictures may be in the support set, (n,), bool; the others may be queries.

    sources: (n,), whole numbers: pictures with the same one were taken together
    labels:  (n,), the pictures' classes; None where all are of one. A source goes to the support set, with all that it
             holds, if a class in it lacks pictures there.
    """
    names, source = sources.unique(return_inverse=True)
    classes, label = (torch.zeros_like(source) if labels is None else labels).unique(return_inverse=True)
    holds = torch.zeros(len(names), len(classes), dtype=torch.int64)
    holds.index_put_((source, label), torch.ones_like(source), accumulate=True)
    taken, there = torch.zeros(len(names), dtype=torch.bool), torch.zeros(len(classes), dtype=torch.int64)
    for s in torch.randperm(len(names), generator=rng).tolist():
        if (there >= k_shot).all():
            break
        if ((holds[s] > 0) & (there < k_shot)).any():
            taken[s] = True
            there += holds[s]
    return taken[source]


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
    if not len(images) == len(labels) == len(sources):
        given = f"{len(images)}, {len(labels)}, {len(sources)}"
        raise ValueError(f"need a label and a source for each picture: got {given}")
    members = [(labels == label).nonzero()[:, 0] for label in labels.unique()]
    _check(members, labels, sources, n_way, k_shot, n_query)
    support, query = [], []
    for _ in range(n_tasks):
        classes = [members[c] for c in torch.randperm(len(members), generator=rng)[:n_way].tolist()]
        together = torch.cat(classes)
        mine = sides(sources[together], k_shot, labels=labels[together], rng=rng)
        for own, ours in zip(classes, mine.split([len(own) for own in classes]), strict=True):
            for chosen, allowed, n in ((support, ours, k_shot), (query, ~ours, n_query)):
                chosen.append(_some(own[allowed], n, rng))
                if len(chosen[-1]) < n:  # other classes have taken its sources
                    raise ValueError(
                        f"class {labels[own[0]].item()} has {len(chosen[-1])} pictures left for {n}, as its sources "
                        "are those of other classes, too: take fewer shots, queries or ways"
                    )
    y = torch.arange(n_way).expand(n_tasks, -1)
    x_support, x_query = (
        images[torch.cat(chosen)].unflatten(0, (n_tasks, -1)).to(torch.get_default_dtype())
        for chosen in (support, query)
    )
    return Task(x_support, y.repeat_interleave(k_shot, 1), x_query, y.repeat_interleave(n_query, 1))


def _some(of: Tensor, n: int, rng: torch.Generator) -> Tensor:
    return of[torch.randperm(len(of), generator=rng)[:n]]


def _check(members: list[Tensor], labels: Tensor, sources: Tensor, n_way: int, k_shot: int, n_query: int) -> None:
    if min(n_way, k_shot, n_query) < 1:
        raise ValueError(f"need at least 1 of everything: got n_way = {n_way}, k_shot = {k_shot}, n_query = {n_query}")
    if n_way > len(members):
        raise ValueError(f"{n_way}-way tasks need {n_way} classes: there are {len(members)}")
    for own in members:
        largest = int(sources[own].unique(return_counts=True)[1].max())
        needed = k_shot - 1 + largest + n_query  # the last source that goes to the support set may be the largest
        if len(own) < needed:
            raise ValueError(
                f"class {labels[own[0]].item()} has {len(own)} pictures, up to {largest} of one source: {k_shot} shots "
                f"and {n_query} queries of other sources may need {needed}"
            )
