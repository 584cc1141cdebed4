"""The planner against the regulator in closed form (Riccati), and the laws that released code has broken."""

from itertools import pairwise

import pytest
import torch

from mlcourse.methods import planning

A = torch.tensor([[1.0, 0.05], [0.0, 0.9]]).double()  # angle and speed of one joint
B = torch.tensor([[0.0], [0.3]]).double()  # its motor
Q, R = torch.diag(torch.tensor([1.0, 0.1])).double(), torch.tensor([[0.05]]).double()
START, HORIZON = torch.tensor([[0.5, 0.0], [-0.3, 0.4]]).double(), 6


def least_cost(start):
    """x^T P x, with P from Riccati's recursion: the cost of x_1 to x_H and u_0 to u_{H-1}, and the first command."""
    P = torch.zeros(2, 2)
    for _ in range(HORIZON):
        later = Q + P
        gain = torch.linalg.solve(R + B.T @ later @ B, B.T @ later @ A)
        P = A.T @ later @ (A - B @ gain)
    return torch.einsum("ni,ij,nj->n", start, P, start), -start @ gain.T


def cost(commands):
    x, total = START[:, None].expand(-1, commands.shape[1], -1), 0
    for u in commands.unbind(2):
        x = x @ A.T + u @ B.T
        total = total + (x @ Q * x).sum(-1) + (u @ R * u).sum(-1)
    return total


def planned(seed=0, **how):
    rng = torch.Generator().manual_seed(seed)
    return planning.plan(cost, torch.zeros(2, HORIZON, 1), rng=rng, **how)


def test_no_plan_costs_less_than_the_regulator_and_the_gap_shrinks_with_candidates():
    least, _ = least_cost(START)
    gaps = []
    for n in (20, 200, 2000):
        found = torch.stack(
            [cost(planned(seed, n_candidates=n, n_elites=n // 10, rounds=1)[:, None]) for seed in range(20)]
        )
        assert (found[..., 0] >= least - 1e-12).all()
        gaps.append((found[..., 0] - least).mean())
    assert gaps[0] > 2 * gaps[1] > 4 * gaps[2]


def test_more_rounds_come_to_the_regulator_s_first_command():
    least, command = least_cost(START)
    plan = planned(n_candidates=1000, n_elites=50, rounds=30)
    torch.testing.assert_close(cost(plan[:, None])[:, 0], least, rtol=1e-4, atol=0)
    torch.testing.assert_close(plan[:, 0], command, rtol=0, atol=0.02)


def test_elites_are_the_best_and_their_spread_is_over_elites(rng):
    candidates, costs = torch.rand(3, 50, 4, 2, generator=rng), torch.rand(3, 50, generator=rng)
    mean, spread = planning.refit(candidates, costs, 5)
    for n in range(3):
        best = candidates[n, sorted(range(50), key=lambda i, n=n: costs[n, i].item())[:5]]
        torch.testing.assert_close(mean[n], best.mean(0))
        torch.testing.assert_close(spread[n], (best - best.mean(0)).square().mean(0).sqrt())


def test_what_is_scored_is_clipped_and_what_comes_back_was_scored():
    scored = []

    def watching(commands):
        scored.append(commands)
        return -commands.sum((2, 3))  # as far up as can be

    plan = planning.plan(watching, torch.full((2, 3, 1), 5.0), rng=torch.Generator().manual_seed(0), spread=3.0)
    tried = torch.cat(scored, 1)
    assert tried.abs().max() == 1
    assert (plan == 1).all()
    assert all((tried[n] == plan[n]).all((1, 2)).any() for n in range(2))


def test_no_round_makes_a_plan_worse_and_a_warm_start_is_never_lost():
    good = planned(n_candidates=2000, n_elites=100, rounds=10)
    again = planning.plan(cost, good, rng=torch.Generator().manual_seed(1), n_candidates=5, n_elites=2, rounds=1)
    assert (cost(again[:, None]) <= cost(good[:, None])).all()
    costs = [cost(planned(rounds=rounds)[:, None]) for rounds in (1, 2, 3, 4)]
    assert all((later <= before).all() for before, later in pairwise(costs))


def test_tasks_do_not_see_each_other_s_costs():
    """Each has a goal of its own; planned with an indifferent neighbour, the first comes to the same."""
    goal = torch.tensor([0.3, -0.7])

    def reach(commands):
        return (commands.sum((2, 3)) - goal[:, None]).abs()

    def first_only(commands):
        return reach(commands) * torch.tensor([[1.0], [0.0]])

    both, one = (
        planning.plan(of, torch.zeros(2, 3, 1), rng=torch.Generator().manual_seed(0)) for of in (reach, first_only)
    )
    assert torch.equal(both[0], one[0])
    torch.testing.assert_close(both.sum((1, 2)), goal, rtol=0, atol=0.01)


def test_a_model_that_diverges_is_named():
    with pytest.raises(FloatingPointError, match="the model diverges: 200 of 200 plans"):
        planning.plan(lambda u: u.sum((2, 3)) * float("nan"), torch.zeros(1, 3, 2), rng=torch.Generator())


def test_settings_that_make_no_plan_are_refused():
    for bad in (dict(n_elites=0), dict(n_elites=201), dict(rounds=0)):
        with pytest.raises(ValueError, match="elites that are among the candidates"):
            planned(**bad)


def test_the_plan_moves_up_by_one_moment():
    plan = torch.arange(8.0).view(1, 4, 2)
    assert planning.moved_up(plan).tolist() == [[[2, 3], [4, 5], [6, 7], [6, 7]]]
