"""Answers to the exercise of lesson 14: mean and spread of the best rows of commands."""

import heapq

import numpy as np
import torch


def plainest(commands, costs, n_elites):
    best = costs.argsort(1)[:, :n_elites]
    rows = commands.clamp(-1, 1)[torch.arange(len(commands)).unsqueeze(1), best]
    return rows.mean(1), rows.std(1, correction=0)


def task_by_task(commands, costs, n_elites):
    means, spreads = [], []
    for rows, cost in zip(commands, costs, strict=True):
        elite = rows[cost.topk(n_elites, largest=False).indices].clip(-1, 1)
        mean = elite.sum(0) / n_elites
        means.append(mean)
        spreads.append(((elite - mean) ** 2).mean(0).sqrt())
    return torch.stack(means), torch.stack(spreads)


def by_gather(commands, costs, n_elites):
    best = (-costs).topk(n_elites, dim=1).indices[..., None, None]
    rows = torch.gather(commands, 1, best.expand(-1, -1, *commands.shape[2:]))
    rows = torch.minimum(torch.maximum(rows, -torch.ones_like(rows)), torch.ones_like(rows))
    return [rows.mean(dim=1), rows.var(dim=1, unbiased=False).sqrt()]


def by_rank(commands, costs, n_elites):
    is_elite = (costs.argsort(1).argsort(1) < n_elites)[..., None, None].to(commands.dtype)
    clipped = commands.clamp(min=-1, max=1)
    mean = (is_elite * clipped).sum(1) / n_elites
    return mean, ((is_elite * (clipped - mean.unsqueeze(1)).square()).sum(1) / n_elites).sqrt()


def by_numpy(commands, costs, n_elites):
    rows = np.clip(np.take_along_axis(commands.numpy(), costs.numpy().argsort(1)[:, :n_elites, None, None], 1), -1, 1)
    return np.stack([rows.mean(1), rows.std(1)])


def by_heap(commands, costs, n_elites):
    best = [heapq.nsmallest(n_elites, range(len(cost)), key=cost.tolist().__getitem__) for cost in costs]
    rows = torch.stack([row[which] for row, which in zip(torch.clamp(commands, -1, 1), best, strict=True)])
    return rows.mean(1), rows.std(1, unbiased=False)


def chosen(choose, clip=True, correction=0):
    """An answer that chooses other rows: choose(costs, n_elites) gives positions."""

    def answer(commands, costs, n_elites):
        rows = commands.clamp(-1, 1) if clip else commands
        rows = rows[torch.arange(len(commands)).unsqueeze(1), choose(costs, n_elites)]
        return rows.mean(1), rows.std(1, correction=correction)

    return answer


def best(costs, n_elites):
    return costs.argsort(1)[:, :n_elites]


def with_spread(make):
    """An answer with another spread, made from the elites and all commands, both clipped."""

    def answer(commands, costs, n_elites):
        clipped = commands.clamp(-1, 1)
        rows = clipped[torch.arange(len(commands)).unsqueeze(1), best(costs, n_elites)]
        return rows.mean(1), make(rows, clipped)

    return answer


def rank_by_mistake(commands, costs, n_elites):
    mask = costs.argsort(1) < n_elites
    rows = torch.stack([row[m] for row, m in zip(commands.clamp(-1, 1), mask, strict=True)])
    return rows.mean(1), rows.std(1, correction=0)


def clipped_too_late(commands, costs, n_elites):
    return tuple(part.clamp(-1, 1) for part in chosen(best, clip=False)(commands, costs, n_elites))


def in_place(commands, costs, n_elites):
    return plainest(commands.clamp_(-1, 1), costs.mul_(1.5), n_elites)


def swapped(commands, costs, n_elites):
    mean, spread = plainest(commands, costs, n_elites)
    return spread, mean


def weighed(commands, costs, n_elites):
    w = torch.softmax(-costs, 1)[..., None, None]
    mean = (w * commands.clamp(-1, 1)).sum(1)
    return mean, (w * (commands.clamp(-1, 1) - mean.unsqueeze(1)) ** 2).sum(1).sqrt()


def everything(commands, costs, n_elites):
    return commands.clamp(-1, 1).mean(1), commands.clamp(-1, 1).std(1, correction=0)


def costs_together(commands, costs, n_elites):
    rows = commands.clamp(-1, 1)[:, costs.sum(0).argsort()[:n_elites]]
    return rows.mean(1), rows.std(1, correction=0)


RIGHT = {
    "plainest": plainest,
    "task by task": task_by_task,
    "by gather": by_gather,
    "by rank, with a mask": by_rank,
    "by numpy": by_numpy,
    "by a heap": by_heap,
}
WRONG = [
    ("not attempted", lambda commands, costs, n_elites: None),
    ("these are the worst", chosen(lambda costs, n: costs.argsort(1)[:, -n:])),
    ("these are the worst", chosen(lambda costs, n: costs.topk(n, 1).indices)),
    ("not the rank of each candidate", rank_by_mistake),
    ("of the first task are taken for all", chosen(lambda costs, n: costs[0].argsort()[:n].expand(len(costs), -1))),
    ("each (task )?has its own", costs_together),
    ("clip the commands before", chosen(best, clip=False)),
    ("clip the commands before", clipped_too_late),
    ("that is the single best", chosen(lambda costs, n: costs.argsort(1)[:, :1])),
    ("take the elites alone", everything),
    ("whatever they cost", chosen(lambda costs, n: torch.arange(n).expand(len(costs), -1))),
    ("weighed here", weighed),
    ("the best is left out", chosen(lambda costs, n: costs.argsort(1)[:, 1 : n + 1])),
    ("one elite too few", chosen(lambda costs, n: costs.argsort(1)[:, : n - 1])),
    ("correction=0", chosen(best, correction=1)),
    ("spread is that of all candidates", with_spread(lambda rows, all_: all_.std(1, correction=0))),
    ("that is the variance", with_spread(lambda rows, _: rows.var(1, correction=0))),
    ("have changed places", swapped),
    ("runs over the moments, too", with_spread(
        lambda rows, _: rows.flatten(1).std(1, correction=0)[:, None, None].expand_as(rows[:, 0]))),
    ("one spread for both motors", with_spread(
        lambda rows, _: rows.std((1, 3), correction=0)[..., None].expand_as(rows[:, 0]))),
    ("(commands|costs) has changed: make a new tensor", in_place),
    ("two things are expected", lambda *given: (*plainest(*given), 0)),
    ("differ in shape|has the shape", with_spread(lambda rows, _: rows.std(2, correction=0))),
    ("has the shape", lambda *given: plainest(*given)[0]),
    ("stopped with", lambda commands, costs, n_elites: plainest(commands, costs.argmin(1), n_elites)),
    ("your function gives", with_spread(lambda rows, _: rows.std(1, correction=0) + 0.1)),
]  # fmt: skip
SIZED = [lambda commands, costs, n_elites: plainest(commands[:, :9], costs[:, :9], n_elites)]
