"""Answers to the coding exercise of lesson 13: a number for each task, whose gradient is the policy gradient."""

import torch


def plainest(log_p, rewards, discount):
    n_tasks, n, horizon = rewards.shape
    total = torch.zeros(n_tasks, n).to(rewards)
    gone = torch.zeros_like(rewards)
    for t in reversed(range(horizon)):
        total = rewards[:, :, t] + discount * total
        gone[:, :, t] = total
    others = (gone.sum(1, keepdim=True) - gone) / (n - 1)
    return (log_p.sum(-1) * (gone - others)).sum(-1).mean(-1)


def trajectory_by_trajectory(log_p, rewards, discount):
    def to_go(r, t):
        return sum(discount ** (u - t) * r[u] for u in range(t, len(r)))

    answers = []
    for lp, of_task in zip(log_p, rewards, strict=True):
        value = 0
        for i, r in enumerate(of_task):
            for t in range(len(r)):
                others = [to_go(other, t) for j, other in enumerate(of_task) if j != i]
                value = value + lp[i, t].sum() * (to_go(r, t) - sum(others) / len(others))
        answers.append(value / len(of_task))
    return torch.stack(answers)


def by_a_magic_box(log_p, rewards, discount):
    log_p = log_p.sum(-1)
    box = (log_p - log_p.detach()).exp()
    return (box * advantage(rewards, discount)).sum((1, 2)) / rewards.shape[1]


def by_einsum(log_p, rewards, discount):
    return torch.einsum("tihd,tih->t", log_p, advantage(rewards, discount)) / len(rewards[0])


def with_n_over_n_minus_one(log_p, rewards, discount):
    gone, n = to_go(rewards, discount), rewards.size(1)
    better = n / (n - 1) * (gone - gone.mean(1, keepdim=True))
    return torch.stack([(lp.sum(2) * b).sum() / n for lp, b in zip(log_p, better, strict=True)])


def to_go(rewards, discount):
    sums, total = [], 0
    for t in reversed(range(rewards.shape[-1])):
        total = rewards[..., t] + discount * total
        sums.insert(0, total)
    return torch.stack(sums, -1)


def less_others(gone):
    return gone - (gone.sum(1, keepdim=True) - gone) / (gone.shape[1] - 1)


def advantage(rewards, discount):
    return less_others(to_go(rewards, discount))


def weighed(make):
    """An answer with other weights in place of the advantages."""

    def answer(log_p, rewards, discount):
        return (log_p.sum(-1) * make(rewards, discount)).sum(-1).mean(-1)

    return answer


def powers(rewards, discount):
    return discount ** torch.arange(rewards.shape[-1]).to(rewards)


def in_place(log_p, rewards, discount):
    for t in reversed(range(rewards.shape[-1] - 1)):
        rewards[..., t] += discount * rewards[..., t + 1]
    rewards += 0.0
    rewards -= rewards.mean(1, keepdim=True)
    return (log_p.sum(-1) * rewards).sum(-1).mean(-1)


RIGHT = {
    "plainest": plainest,
    "trajectory by trajectory": trajectory_by_trajectory,
    "by a magic box": by_a_magic_box,
    "by einsum": by_einsum,
    "with n over n minus one": with_n_over_n_minus_one,
}
WRONG = [
    ("not attempted", lambda *given: None),
    ("downhill", lambda *given: -plainest(*given)),
    ("are averaged: add them, as densities", lambda log_p, r, g: (log_p.mean(-1) * advantage(r, g)).sum(-1).mean(-1)),
    ("the moves of a trajectory are averaged", lambda log_p, r, g: (log_p.sum(-1) * advantage(r, g)).mean((1, 2))),
    ("the trajectories are added", lambda log_p, r, g: (log_p.sum(-1) * advantage(r, g)).sum((1, 2))),
    ("counts in its own baseline", weighed(lambda r, g: to_go(r, g) - to_go(r, g).mean(1, keepdim=True))),
    ("they are n - 1", weighed(
        lambda r, g: to_go(r, g) - (to_go(r, g).sum(1, keepdim=True) - to_go(r, g)) / r.shape[1])),
    ("not divided by how many", weighed(lambda r, g: to_go(r, g) - (to_go(r, g).sum(1, keepdim=True) - to_go(r, g)))),
    ("there is no baseline", weighed(to_go)),
    ("given the whole return", weighed(
        lambda r, g: less_others((powers(r, g) * r).sum(-1, keepdim=True).expand_as(r)))),
    ("given the whole return", weighed(lambda r, g: less_others(r.sum(-1, keepdim=True).expand_as(r)))),
    ("the rewards before it", weighed(lambda r, g: less_others(to_go(r.flip(-1), g).flip(-1)))),
    ("its own reward only", weighed(lambda r, g: less_others(r))),
    ("own reward is left out", weighed(lambda r, g: less_others(to_go(r, g) - r))),
    ("from the start of the trajectory", weighed(lambda r, g: less_others(to_go(powers(r, g) * r, 1.0)))),
    ("the discount is not used", weighed(lambda r, g: advantage(r, 1.0))),
    ("taken over the tasks", weighed(lambda r, g: to_go(r, g) - to_go(r, g).mean(0, keepdim=True))),
    ("taken over the tasks", weighed(lambda r, g: to_go(r, g) - to_go(r, g).mean((0, 1), keepdim=True))),
    ("the mean over moves", weighed(lambda r, g: to_go(r, g) - to_go(r, g).mean(-1, keepdim=True))),
    ("scaled to a spread of 1", weighed(
        lambda r, g: (to_go(r, g) - to_go(r, g).mean(1, keepdim=True)) / to_go(r, g).std(1, keepdim=True))),
    ("no gradient reaches log_p", lambda log_p, r, g: plainest(log_p.detach(), r, g)),
    ("one number for each task is expected", lambda *given: plainest(*given).mean()),
    ("one number for each task is expected", lambda log_p, r, g: (log_p.sum(-1) * advantage(r, g)).sum(-1)),
    ("over the last axis first", lambda log_p, r, g: (log_p * advantage(r, g)).sum(-1).mean(-1)),
    ("rewards has changed: make a new tensor", in_place),
    ("numbers differ", lambda *given: 1.7 * plainest(*given)),
]  # fmt: skip
