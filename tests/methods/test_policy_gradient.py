"""The policy gradient and MAML on it, against closed forms, finite differences and the plainest loop."""

import pytest
import torch

from mlcourse.methods import policy_gradient as pg
from mlcourse.networks import MLP
from mlcourse.networks.policy import GaussianPolicy
from mlcourse.weights import stack, value_and_gradient
from mlcourse.worlds import bandit, navigation

SIGMA, MU, THETA, MANY = 0.5, -0.2, 0.8, 40_000
SURROGATES = (pg.plain, pg.ratio, pg.dice)


@pytest.fixture
def policy():
    return GaussianPolicy(MLP(2, 6, 2, activation=torch.tanh))


def derivatives(surrogate, rng, *, n=10, weigh=pg.advantages):
    """First and second derivative of a surrogate on the bandit, once for each of many batches of n actions."""
    theta = torch.full((MANY, 1, 1), THETA, requires_grad=True)
    action = THETA + SIGMA * torch.randn(MANY, n, 1, generator=rng)
    log_prob = -(((action - theta) / SIGMA) ** 2) / 2
    (first,) = torch.autograd.grad(
        surrogate(log_prob, weigh(bandit.reward(action, MU))).sum(), theta, create_graph=True
    )
    (second,) = torch.autograd.grad(first.sum(), theta)
    return first.detach().flatten(), second.flatten()


def agrees(samples, truth):
    return abs(samples.mean() - truth) < 4 * samples.std() / MANY**0.5


@pytest.mark.parametrize("surrogate", SURROGATES)
@pytest.mark.parametrize("weigh", [pg.advantages, lambda rewards: rewards])
def test_every_surrogate_has_the_gradient_of_the_closed_form_with_a_baseline_or_without(surrogate, weigh, rng):
    first, _ = derivatives(surrogate, rng, weigh=weigh)
    assert agrees(first, bandit.slope(THETA, MU))


def test_a_baseline_makes_it_less_noisy(rng):
    with_it, without = (derivatives(pg.plain, rng, weigh=weigh)[0] for weigh in (pg.advantages, lambda r: r))
    assert with_it.std() < 0.8 * without.std()


@pytest.mark.parametrize("surrogate", [pg.ratio, pg.dice])
@pytest.mark.parametrize("weigh", [pg.advantages, lambda rewards: rewards])
def test_ratio_and_dice_have_the_true_curvature(surrogate, weigh, rng):
    assert agrees(derivatives(surrogate, rng, weigh=weigh)[1], -2)


def test_the_plain_surrogate_has_none_with_a_baseline_and_the_wrong_one_without(rng):
    assert derivatives(pg.plain, rng)[1].abs().max() < 1e-10
    wrong = ((THETA - MU) ** 2 + SIGMA**2) / SIGMA**2
    assert agrees(derivatives(pg.plain, rng, weigh=lambda rewards: rewards)[1], wrong)


def walk_of_three(theta, rng, n):
    """Rewards and log-probabilities of three moves, each from where the last one ended; only the third pays."""
    action = theta.detach() + SIGMA * torch.randn(MANY, n, 3, generator=rng)
    place = action.cumsum(-1)
    rewards = torch.stack([0 * place[..., 0], 0 * place[..., 0], -(place[..., 2] ** 2)], -1)
    return rewards, -(((action - theta) / SIGMA) ** 2) / 2


def test_over_several_moves_only_dice_has_the_true_curvature(rng):
    """The last place is N(3 theta, 3 sigma^2), so J = -9 theta^2 - 3 sigma^2: J'' = -18, a third of it move by move."""
    found = {}
    for surrogate in SURROGATES:
        theta = torch.full((MANY, 1, 1), 0.3, requires_grad=True)
        rewards, log_prob = walk_of_three(theta, rng, 10)
        total = surrogate(log_prob, pg.advantages(rewards)).sum()
        (first,) = torch.autograd.grad(total, theta, create_graph=True)
        found[surrogate] = torch.autograd.grad(first.sum(), theta)[0].flatten()
        assert agrees(first.detach().flatten(), -18 * 0.3)
    assert agrees(found[pg.dice], -18) and agrees(found[pg.ratio], -6)
    assert found[pg.ratio].std() < found[pg.dice].std()


def test_dice_has_the_third_derivative_too(rng):
    """Of E[a^3] for a ~ N(theta, sigma^2), theta^3 + 3 theta sigma^2: 6 everywhere."""
    theta = torch.full((MANY, 1, 1), THETA, requires_grad=True)
    action = THETA + SIGMA * torch.randn(MANY, 10, 1, generator=rng)
    value = pg.dice(-(((action - theta) / SIGMA) ** 2) / 2, pg.advantages(action**3)).sum()
    for _ in range(3):
        (value,) = torch.autograd.grad(value.sum(), theta, create_graph=True)
    assert agrees(value.detach().flatten(), 6)


def test_the_meta_gradient_is_that_of_the_expected_return_after_adapting(rng):
    """Held against differences with the same noise on both sides: with few actions a step, noise moves it, too.

    The plain surrogate's is too long by 1 / (1 - 2 alpha); the ratio's comes within a few parts in a hundred.
    """
    alpha, noise = 0.1, torch.randn(MANY, 20, 1, generator=rng)

    def after(theta):
        action = theta + SIGMA * noise
        score = (action - theta) / SIGMA**2
        step = (score * pg.advantages(bandit.reward(action, MU))).sum(-1).mean(-1)
        return bandit.expected(theta + alpha * step, MU, SIGMA).mean()

    truth = ((after(THETA + 1e-4) - after(THETA - 1e-4)) / 2e-4).item()
    assert truth == pytest.approx(bandit.meta_slope(THETA, MU, alpha), rel=0.03)
    for surrogate, factor in ((pg.ratio, 1), (pg.dice, 1), (pg.plain, 1 / 0.8)):
        first, second = derivatives(surrogate, rng, n=20)
        estimate = (bandit.slope(THETA + alpha * first, MU) * (1 + alpha * second)).mean().item()
        assert estimate == pytest.approx(factor * truth, rel=0.05)


def test_rewards_to_go_by_hand():
    rewards = torch.tensor([1.0, 2.0, 4.0])
    assert pg.to_go(rewards, 0.5).tolist() == [3.0, 4.0, 4.0]
    assert pg.to_go(rewards).tolist() == [7.0, 6.0, 4.0]


def test_a_trajectory_is_compared_with_the_others_only(rng):
    rewards = torch.randn(2, 3, 4, generator=rng)
    mine = pg.advantages(rewards, 0.9)
    changed = rewards.clone()
    changed[0, 0] += 1.0  # a better first trajectory is better by all of that, not by a part
    gain = pg.to_go(torch.ones(4), 0.9)
    assert torch.allclose(pg.advantages(changed, 0.9)[0, 0] - mine[0, 0], gain)
    assert torch.allclose(pg.advantages(changed, 0.9)[1], mine[1])


def test_a_constant_in_one_tasks_rewards_changes_no_update(policy, rng):
    theta, world = policy.init(rng, std=0.5), navigation.sample_goals(3, rng=rng)
    drawn = pg.rollout(policy, theta, world, n=4, horizon=5, rng=rng)
    rewards = drawn.rewards.clone()
    rewards[1] += 100
    one, other = (
        pg.objective(policy, theta, drawn._replace(rewards=r), discount=0.9) for r in (drawn.rewards, rewards)
    )
    assert torch.allclose(one, other, atol=1e-10)


def test_rolling_out_all_at_once_is_rolling_out_one_after_the_other(policy, rng):
    theta, world = policy.init(rng, std=0.5), navigation.sample_goals(3, rng=rng)
    own = {name: p + 0.1 * torch.randn(3, *p.shape, generator=rng) for name, p in theta.items()}
    drawn = pg.rollout(policy, own, world, n=4, horizon=6, rng=rng)
    for t in range(3):
        phi = {name: p[t] for name, p in own.items()}
        for i in range(4):
            place = torch.zeros(2)
            for s in range(6):
                assert torch.allclose(drawn.states[t, i, s], place)
                place = place + 0.1 * drawn.actions[t, i, s].clamp(-1, 1)
                assert torch.allclose(drawn.rewards[t, i, s], -(place - world.goals[t]).norm())
            noise = drawn.actions[t, i] - policy.mean(phi, drawn.states[t, i].unsqueeze(0))[0]
            assert (noise.abs() < 6 * phi["log_std"].exp()).all()


def test_an_inner_step_is_the_plainest_loop_over_tasks_trajectories_and_moves(policy, rng):
    theta, world = policy.init(rng, std=0.5), navigation.sample_goals(3, rng=rng)
    (_, phi), (drawn, _) = pg.adapt(policy, theta, world, alpha=[0.01], n=4, horizon=5, discount=0.9, rng=rng)
    for t in range(3):
        own = {name: p.clone().requires_grad_() for name, p in theta.items()}
        total = 0
        for i in range(4):
            for s in range(5):
                gone = [sum(0.9 ** (u - s) * drawn.rewards[t, j, u] for u in range(s, 5)) for j in range(4)]
                better = gone[i] - sum(gone[j] for j in range(4) if j != i) / 3
                state, action = drawn.states[t, i, s].view(1, 1, 2), drawn.actions[t, i, s].view(1, 1, 2)
                total = total + policy.log_prob(own, state, action).squeeze() * better / 4
        grads = torch.autograd.grad(total, list(own.values()))
        for (name, p), g in zip(own.items(), grads, strict=True):
            assert torch.allclose(phi[name][t], p + 0.01 * g)


@pytest.mark.parametrize("surrogate", SURROGATES)
def test_all_surrogates_take_the_same_step_and_have_meta_gradients_of_their_own(surrogate, policy):
    def asked(surrogate):
        rng = torch.Generator().manual_seed(3)
        theta, world = policy.init(rng, std=0.5), navigation.sample_goals(3, rng=rng)
        how = dict(alpha=[0.01, 0.005], n=4, horizon=5, surrogate=surrogate)
        phis, _ = pg.adapt(policy, theta, world, rng=torch.Generator().manual_seed(4), **how)
        loss, gradient = pg.meta_gradient(policy, theta, world, rng=torch.Generator().manual_seed(4), **how)
        return phis[-1], loss, torch.cat([g.flatten() for g in gradient.values()])

    phi, loss, gradient = asked(surrogate)
    expected, expected_loss, other = asked(pg.ratio)
    assert all(torch.allclose(phi[name], expected[name]) for name in phi) and torch.allclose(loss, expected_loss)
    assert torch.allclose(gradient, other) == (surrogate is pg.ratio)


def test_without_an_inner_step_it_is_the_policy_gradient_over_all_tasks(policy, rng):
    theta, world = policy.init(rng, std=0.5), navigation.sample_goals(3, rng=rng)
    how = dict(n=4, horizon=5)
    loss, gradient = pg.meta_gradient(policy, theta, world, alpha=[], rng=torch.Generator().manual_seed(4), **how)
    drawn = pg.rollout(policy, stack(theta, 3), world, rng=torch.Generator().manual_seed(4), **how)
    _, expected = value_and_gradient(lambda theta: -pg.objective(policy, theta, drawn).mean(), theta)
    assert torch.allclose(loss, -drawn.rewards.sum(-1).mean())
    assert all(torch.allclose(gradient[name], g) for name, g in expected.items())


def test_a_single_trajectory_has_no_baseline_and_is_refused(policy, rng):
    theta, world = policy.init(rng, std=0.5), navigation.sample_goals(2, rng=rng)
    with pytest.raises(ValueError, match="one as the other's baseline"):
        pg.rollout(policy, theta, world, n=1, horizon=5, rng=rng)


def test_theta_is_left_as_it_was_and_the_phis_start_with_it(policy, rng):
    theta, world = policy.init(rng, std=0.5), navigation.sample_goals(2, rng=rng)
    before = {name: p.clone() for name, p in theta.items()}
    phis, drawn = pg.adapt(policy, theta, world, alpha=[0.1], n=3, horizon=4, rng=rng)
    assert len(phis) == len(drawn) == 2
    for name, p in theta.items():
        assert torch.equal(p, before[name]) and not p.requires_grad
        assert torch.equal(phis[0][name], p.expand_as(phis[0][name]))
