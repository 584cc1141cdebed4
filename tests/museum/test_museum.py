"""Every bug of the museum is really there, and its test of one line fails on it and passes on what is right."""

from functools import partial

import pytest
import torch

from mlcourse import checks
from mlcourse.evaluation import evaluate
from mlcourse.losses import accuracy, fair_accuracy
from mlcourse.methods import maml, siamese
from mlcourse.museum import exhibits, libraries, measuring, mysteries
from mlcourse.networks import MLP
from mlcourse.tasks import Task
from mlcourse.worlds import alphabets, sample_episodes, sample_pairs, sinusoids, split_by_alphabet

NET = MLP(1, 8, 8, 1, activation=torch.tanh)


def problem(seed=0):
    rng = torch.Generator().manual_seed(seed)
    return NET.init(rng), sinusoids.sample_tasks(3, 5, 4, rng=rng)


@pytest.mark.parametrize("steps", [0, 1, 3])
def test_the_right_one_is_maml(steps):
    theta, task = problem()
    loss, gradient = exhibits.meta_gradient(NET, theta, task, alpha=0.1, steps=steps)
    expected_loss, expected = maml.meta_gradient(NET, theta, task, alpha=0.1, steps=steps)
    torch.testing.assert_close((loss, gradient), (expected_loss, expected))


@pytest.mark.parametrize("name", exhibits.EXHIBITS)
def test_every_exhibit_gives_another_gradient_in_the_end(name):
    theta, task = problem()
    wrong = exhibits.EXHIBITS[name].build()
    gradients = [wrong(NET, theta, task, alpha=0.1)[1] for _ in range(2)]
    _, right = maml.meta_gradient(NET, problem()[0], task, alpha=0.1)
    assert not all(torch.allclose(g, right[part]) for part, g in gradients[1].items())


def test_a_label_shows_whole_lines_of_the_source():
    assert str(exhibits.EXHIBITS["first order by accident"]).splitlines() == [
        "right  grads = torch.autograd.grad(inner, list(phi.values()), create_graph=True)",
        "wrong  grads = torch.autograd.grad(inner, list(phi.values()))",
    ]
    assert str(exhibits.EXHIBITS["phi carried to the next task"]).splitlines() == [
        "right  total = 0.0",
        "wrong  total, phi = 0.0, leaves",
        "right  phi = leaves",
        "wrong  (nothing)",
    ]


def test_an_exhibit_must_change_one_place_of_the_source():
    with pytest.raises(ValueError, match="changes one place"):
        exhibits.Exhibit((("no such line", ""),), "").build()
    with pytest.raises(ValueError, match="changes one place"):
        exhibits.Exhibit((("theta", ""),), "").build()


def examine(mystery, steps):
    theta, task = problem()
    function = partial(mysteries.MYSTERIES[mystery].build(), NET, alpha=0.1, steps=steps)
    return checks.is_really_maml(function, NET, theta, task, alpha=0.1, steps=steps)


@pytest.mark.parametrize("mystery", mysteries.MYSTERIES)
def test_the_battery_complains_about_each_mystery_but_does_not_know_it(mystery):
    verdict = examine(mystery, steps=2)
    assert verdict.name == "not MAML"
    assert "finite differences" in verdict.failed
    assert ("not the gradient" if mystery in "AB" else "the length is not") in verdict.why


def test_the_mysteries_can_be_solved_from_outside():
    """As the answers say: the last support label; one step; a length of 1 at most, and MAML where it is below."""
    theta, task = problem()
    last = task._replace(y_support=task.y_support + torch.tensor([0, 0, 0, 0, 1.0]).view(1, 5, 1))
    a, b, c = (partial(mysteries.MYSTERIES[name].build(), NET, theta, alpha=0.1) for name in "ABC")
    torch.testing.assert_close(a(task), a(last))
    torch.testing.assert_close(b(task), maml.meta_gradient(NET, theta, task, alpha=0.1))
    assert examine("B", steps=1).name == "MAML"
    for batch in task, task._replace(y_query=3 * task.y_query):
        norm = torch.cat([g.flatten() for g in c(batch)[1].values()]).norm()
        torch.testing.assert_close(norm, torch.tensor(1.0))
    small = task._replace(y_support=0.1 * task.y_support, y_query=0.1 * task.y_query)
    torch.testing.assert_close(c(small), maml.meta_gradient(NET, theta, small, alpha=0.1))


# --- what no meta-gradient shows --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def drawings():
    rng = torch.Generator().manual_seed(0)
    return split_by_alphabet(alphabets.load(), 30, 20, rng=rng)


def test_same_pairs_come_much_closer_than_different_ones_unless_labels_are_reversed(drawings):
    rng = torch.Generator().manual_seed(0)
    known, new = drawings
    trusted, theta = sample_pairs(new, 1000, rng=rng), measuring.PLAIN.init(rng)
    shares = {}
    for label in 1, 0:
        run = measuring.train_siamese(theta, known, same=label, rng=rng)
        distance = -siamese.compare(measuring.embed, run.theta, trusted)
        shares[label] = distance[trusted.y == 1].mean() / distance[trusted.y == 0].mean()
        assert (sum(run.losses[-50:]) > 0.9 * sum(run.losses[:50])) == (label == 0)
    assert shares[1] < 0.75
    assert shares[0] > 0.9


def test_a_constant_learner_scores_chance_unless_the_right_answer_comes_first(drawings, rng):
    episodes = sample_episodes(drawings[1], 1000, n_way=5, k_shot=1, n_query=1, rng=rng)
    first = measuring.right_answer_first(episodes)
    assert evaluate(measuring.no_idea, first, metric=accuracy).mean == 1
    for task in first, episodes:
        assert evaluate(measuring.no_idea, task, metric=fair_accuracy).mean == pytest.approx(0.2)
    assert first.x_query.shape == (1000, 1, 1, 28, 28)
    assert (first.y_query == 0).all()
    same = (episodes.x_query == first.x_query).flatten(2).all(2)
    assert (episodes.y_query[same] == 0).all()  # the query is still one of its class


def normed_problem(seed):
    rng = torch.Generator().manual_seed(seed)
    shapes = {"in": (3, 6), "scale": (6,), "shift": (6,), "out": (6, 1)}
    theta = {name: torch.rand(shape, generator=rng) for name, shape in shapes.items()}
    return theta, Task(*(torch.randn(4, 10, d, generator=rng) for d in (3, 1, 3, 1)))


def slope_of(meta_loss, theta, task):
    leaves = {name: p.clone().requires_grad_() for name, p in theta.items()}
    return torch.cat([g.flatten() for g in torch.autograd.grad(meta_loss(leaves, task, alpha=0.2), leaves.values())])


@pytest.mark.parametrize("seed", range(5))
def test_batch_norm_under_vmap_has_the_right_value_and_a_wrong_gradient(seed):
    """When this fails, torch has been mended: then lesson 10 and libraries.py can say so."""
    theta, task = normed_problem(seed)
    leaves = {name: p.requires_grad_() for name, p in theta.items()}
    loop, vmapped = (f(leaves, task, alpha=0.2) for f in (libraries.meta_loss_by_loop, libraries.meta_loss_by_vmap))
    torch.testing.assert_close(loop, vmapped)
    right, wrong = (slope_of(f, theta, task) for f in (libraries.meta_loss_by_loop, libraries.meta_loss_by_vmap))
    assert (wrong - right).norm() > 0.01 * right.norm()


def test_the_loop_with_batch_norm_agrees_with_finite_differences():
    theta, task = normed_problem(0)
    slopes = []
    for name, p in theta.items():
        for i in range(p.numel()):
            step = torch.zeros_like(p).flatten()
            step[i] = 1e-6
            step = step.view_as(p)
            moved = (
                {k: (w + s * step if k == name else w).requires_grad_() for k, w in theta.items()} for s in (1, -1)
            )
            up, down = (libraries.meta_loss_by_loop(weights, task, alpha=0.2).item() for weights in moved)
            slopes.append((up - down) / 2e-6)
    expected = torch.tensor(slopes)
    torch.testing.assert_close(slope_of(libraries.meta_loss_by_loop, theta, task), expected, rtol=1e-6, atol=1e-8)


def test_fused_adam_steps_wrongly_along_a_gradient_that_is_stored_by_columns():
    """When this fails, torch has been mended: then lesson 10 can say so."""
    gradient = torch.tensor([[1.0, -1.0, 1.0], [1.0, 1.0, -1.0]])
    right = []
    for stored in gradient, gradient.T.contiguous().T:
        for fused in False, True:
            p = torch.zeros(2, 3, requires_grad=True)
            p.grad = stored
            torch.optim.Adam([p], lr=1.0, fused=fused).step()
            right.append(torch.allclose(p.detach(), -gradient))
    assert right == [True, True, True, False]
