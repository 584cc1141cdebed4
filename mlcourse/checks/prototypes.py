"""Lesson 08: the scores of a prototypical network, from points and labels."""

from functools import partial

import torch

from ..methods import prototypical
from .compare import compare, compare_gradients
from .exercise import attempt, exercise


@exercise
def prototype_scores(answer, seed, more) -> None:
    """answer(z_support, y_support, z_query): points (n_tasks, n, d), returns (n_tasks, n_query, n_way)."""
    rng, n_way = torch.Generator().manual_seed(seed), 3 + more
    z_support, z_query = (torch.randn(2, n, 3 + more, generator=rng).double() for n in (2 * n_way, 5 + more))
    further = torch.arange(3, n_way).repeat_interleave(2).expand(2, -1)  # two shots of each class that is added
    # First as lessons draw them, so that a mistake in the formula is named first; then in another order; then unequal.
    for tried, labels in {
        f"two tasks of {n_way} classes with two shots each, sorted": [[0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 2, 2]],
        "two tasks whose support labels are not sorted": [[2, 0, 1, 0, 2, 1], [0, 1, 2, 1, 0, 2]],
        "two tasks with 1 to 3 shots": [[0, 1, 1, 2, 2, 2], [2, 0, 1, 0, 0, 1]],
    }.items():
        y_support = torch.cat([torch.tensor(labels), further], dim=1)
        points = {"z_support": z_support.clone().requires_grad_(), "z_query": z_query.clone().requires_grad_()}
        support, query = points.values()
        given = dict(z_support=support.clone(), y_support=y_support.clone(), z_query=query.clone())
        result = attempt(answer, given)
        expected = prototypical.scores(prototypical.prototypes(support, y_support), query)
        compare(result, expected.detach(), partial(_mistakes, z_support, y_support, z_query), tried=tried)
        compare_gradients(result, expected, points, of="the points, and no network would learn", tried=tried)


def _mistakes(z_support, y_support, z_query) -> dict:
    """What each known mistake would give for these points."""
    c = prototypical.prototypes(z_support, y_support)
    shots = torch.nn.functional.one_hot(y_support).sum(1)  # (n_tasks, n_way)
    members = torch.nn.functional.one_hot(y_support).to(z_support.dtype)
    difference = z_query.unsqueeze(2) - c.unsqueeze(1)  # (n_tasks, n_query, n_way, d)
    right = -difference.square().sum(3)
    distance = (-right).sqrt()
    to_each = (z_query.unsqueeze(2) - z_support.unsqueeze(1)).square().sum(3)  # (n_tasks, n_query, n_support)
    reshaped = z_support.unflatten(1, (-1, 2))
    first = torch.stack([(y_support == label).int().argmax(1) for label in range(c.shape[1])], 1)
    nearest = -to_each.unsqueeze(-1).masked_fill(members.unsqueeze(1) == 0, torch.inf).amin(2)
    return {
        "the sign is wrong: the nearest prototype has the highest score, so take *minus* the squared distance": -right,
        "the distance is not squared: leave out the root": -distance,
        "the sign is wrong, and the distance is not squared: take *minus* the *squared* distance": distance,
        "these are sums of absolute differences: take minus the sum of squares": [
            -difference.abs().sum(3), difference.abs().sum(3),
        ],
        "the squares are averaged over the coordinates: take minus their sum": [
            -difference.square().mean(3), difference.square().mean(3),
        ],
        "these are dot products: take minus the squared distance (the dot product leaves |c|^2 out)": [
            z_query @ c.mT, 2 * z_query @ c.mT,
        ],
        "this is half of the squared distance: leave out the factor": right / 2,
        "the scores are turned round 0, as 1 / distance is: take minus the squared distance": [
            1 / -right, 1 / distance,
        ],
        "the same for every class, |z|^2, is missing: the probabilities would be right, the distances are not": (
            2 * z_query @ c.mT - c.square().sum(2).unsqueeze(1)
        ),
        "these are cosines: take minus the squared distance": (
            torch.nn.functional.cosine_similarity(z_query.unsqueeze(2), c.unsqueeze(1), dim=3)
        ),
        "a prototype is the mean of its class, and this is the sum: divide by the number of shots": (
            prototypical.scores(members.mT @ z_support, z_query)
        ),
        "divided by n_support / n_way, the average number of shots: divide each class by its own number": (
            prototypical.scores(members.mT @ z_support / 2, z_query)
        ),
        "divided by n_support: divide each class by its own number of shots": (
            prototypical.scores(members.mT @ z_support / z_support.shape[1], z_query)
        ),
        "the shots are counted in the first task only: each task has its own numbers": (
            prototypical.scores(members.mT @ z_support / shots[:1].unsqueeze(2), z_query)
        ),
        "the labels of the first task are used for all tasks: each task has its own": (
            prototypical.scores(prototypical.prototypes(z_support, y_support[:1].expand_as(y_support)), z_query)
        ),
        "the labels are not used: the support set may come in any order, so do not reshape it": [
            prototypical.scores(reshaped.mean(2), z_query),
            prototypical.scores(z_support.unflatten(1, (2, -1)).mean(1), z_query),
        ],
        "only the first example of each class is used: take the mean of all of them": (
            prototypical.scores(z_support.gather(1, first.unsqueeze(2).expand_as(c)), z_query)
        ),
        "this is the nearest example of each class: average the points first, then take the distance": nearest,
        "this is the mean of the distances: average the points first, then take the distance": [
            sign * (to @ members) / shots.unsqueeze(1) for sign in (-1, 1) for to in (to_each, to_each.sqrt())
        ],
        "the prototypes are averaged over the tasks too: each task has its own": (
            prototypical.scores(c.mean(0, keepdim=True).expand_as(c), z_query)
        ),
        "these are probabilities: leave out the softmax, the loss brings its own": right.softmax(2),
        "these are log-probabilities: leave out the softmax, the loss brings its own": right.log_softmax(2),
        "the last two axes are exchanged: queries first, then classes": right.mT,
    }  # fmt: skip
