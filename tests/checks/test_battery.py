"""The battery names what it is given: MAML, a relative that may be meant, or a mistake; and raises no false alarm."""

import re
from functools import cache, partial

import answers_battery as answers
import pytest
import torch
from IPython.lib.pretty import pretty
from torch import nn

from mlcourse import checks, losses
from mlcourse.checks import battery
from mlcourse.checks.problem import Problem
from mlcourse.methods import maml
from mlcourse.museum.exhibits import EXHIBITS, meta_gradient
from mlcourse.networks import MLP, ConvNet, from_module
from mlcourse.tasks import Task
from mlcourse.worlds import sinusoids

ALPHA = 0.05
TESTS = [
    "a gradient arrives",
    "theta is left alone",
    "same call, same gradient",
    "the order of tasks",
    "every task counts",
    "the support set counts",
    "queries stay out of phi",
    "finite differences",
]


def problem(seed=0, net=None, n_tasks=3, k_shot=5, n_query=4):
    rng = torch.Generator().manual_seed(seed)
    net = net or MLP(1, 8, 8, 1)
    return dict(net=net, theta=net.init(rng), task=sinusoids.sample_tasks(n_tasks, k_shot, n_query, rng=rng))


def ours(net, **how):
    return partial(maml.meta_gradient, net, **(dict(alpha=ALPHA) | how))


def examine(function, given=None, **how):
    return checks.is_really_maml(function, **(given or problem()), **(dict(alpha=ALPHA) | how))


def prepare(given, **how):
    return Problem(**given, **(dict(alpha=ALPHA, steps=1, loss=losses.mse) | how))


@cache
def prepared(seed, steps=1):
    """The usual problem, prepared once for all that are asked about it."""
    given = problem(seed)
    return given["net"], prepare(given, steps=steps)


@cache
def of_exhibit(name):
    net, given = prepared(0)
    return battery.examine(partial(EXHIBITS[name].build(), net, alpha=ALPHA), given)


@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("activation", [torch.relu, torch.tanh])
def test_there_is_no_false_alarm(steps, activation):
    given = problem(steps, MLP(1, 8, 8, 1, activation=activation))
    stacked, loop = ours(given["net"], steps=steps), partial(meta_gradient, given["net"], alpha=ALPHA, steps=steps)
    judge = prepare(given, steps=steps)
    for function in stacked, loop:
        verdict = battery.examine(function, judge)
        assert (verdict.name, verdict.failed) == ("MAML", [])
        assert verdict.why == "the gradient of the meta-loss, second derivatives included"


def test_it_runs_eight_tests_and_shows_each():
    given = problem()
    verdict = examine(ours(given["net"]), given)
    assert [finding.test for finding in verdict.findings] == TESTS
    lines = repr(verdict).splitlines()
    assert lines[0].startswith("MAML: ")
    assert all(line.startswith("  ok ") and test in line for line, test in zip(lines[1:], TESTS, strict=True))
    assert str(verdict) == pretty(verdict) == repr(verdict)  # by print, or as the last line of a cell


@pytest.mark.parametrize("seed", range(2))
def test_relatives_that_may_be_meant_are_named(seed):
    net, given = prepared(seed)
    for switch, name in ("first_order", "FOMAML"), ("head_only", "ANIL"):
        verdict = battery.examine(ours(net, **{switch: True}), given)
        assert (verdict.name, verdict.failed) == (name, ["finite differences"])
        assert "fine if you mean it" in verdict.why


@pytest.mark.parametrize(
    ("factor", "what"), [(3, "the tasks"), (4, "the queries"), (12, "tasks and queries"), (1 / 3, None), (-1, None)]
)
def test_a_sum_for_a_mean_is_accepted_and_any_other_factor_is_not(factor, what):
    net, given = prepared(0)

    def scaled(theta, task, **switch):
        _, gradient = maml.meta_gradient(net, theta, task, alpha=ALPHA, **switch)
        shape = dict(zip(["the tasks", "the queries"], task.y_query.shape, strict=False))
        times = factor if what is None else shape.get(what, task.y_query.numel())
        return {name: times * g for name, g in gradient.items()}

    for name, switch in ("MAML", {}), ("FOMAML", dict(first_order=True)):
        verdict = battery.examine(partial(scaled, **switch), given)
        assert verdict.name == (name if what else "not MAML")
        assert f"times {factor}: a sum over {what}" in verdict.why if what else f"{factor:.3g} times" in verdict.why


def test_where_two_sums_have_the_same_size_it_still_knows_which():
    given = problem(n_tasks=4)

    def summed(theta, task, over):
        _, gradient = maml.meta_gradient(given["net"], theta, task, alpha=ALPHA)
        return {name: task[3].shape[over] * g for name, g in gradient.items()}

    for over, what in enumerate(["tasks", "queries"]):
        assert f"times 4: a sum over the {what} where" in examine(partial(summed, over=over), given).why


KNOWN = {
    "adapted weights never reach it": dict(alpha=0.0),
    r"is alpha what you told me\? with alpha = 0.0167 it agrees": dict(alpha=ALPHA / 3),
    "the inner loss is summed over the examples": dict(alpha=5 * ALPHA),
    r"it takes 3 inner step\(s\), not 2": dict(steps=3),
    r"it takes 1 inner step\(s\), not 2": dict(steps=1),
}


@pytest.mark.parametrize(("why", "how"), [pytest.param(*item, id=item[0]) for item in KNOWN.items()])
@pytest.mark.parametrize("first_order", [False, True])
def test_known_mistakes_are_named(why, how, first_order):
    net, given = prepared(0, steps=2)
    verdict = battery.examine(ours(net, **(dict(steps=2, first_order=first_order) | how)), given)
    assert verdict.name == "not MAML"
    assert re.search(why, verdict.why)
    assert ("and the second derivative is dropped" in verdict.why) == (first_order and how.get("alpha") != 0)


def rearranged(net, change):
    return lambda theta, task: maml.meta_gradient(net, theta, change(*task), alpha=ALPHA)


SWAPPED = {
    "it adapts and judges on the support set": lambda xs, ys, xq, yq: Task(xs, ys, xs, ys),
    "it adapts and judges on the query set": lambda xs, ys, xq, yq: Task(xq, yq, xq, yq),
    "support and query are swapped": lambda xs, ys, xq, yq: Task(xq, yq, xs, ys),
    "it adapts on support and query together": lambda xs, ys, xq, yq: Task(
        torch.cat([xs, xq], 1), torch.cat([ys, yq], 1), xq, yq
    ),
    "only task 1 is in it": lambda *task: Task(*task).select([1]),
}


@pytest.mark.parametrize(("why", "change"), [pytest.param(*item, id=item[0]) for item in SWAPPED.items()])
def test_mixed_up_sets_are_named(why, change):
    net, given = prepared(0)
    verdict = battery.examine(rearranged(net, change), given)
    assert verdict.name == "not MAML"
    assert why in verdict.why


def test_sets_that_are_swapped_fail_two_tests():
    net, given = prepared(0)
    verdict = battery.examine(rearranged(net, SWAPPED["support and query are swapped"]), given)
    assert verdict.failed == ["queries stay out of phi", "finite differences"]


# Each test by itself: a function that fails this test, and no other but for those named.


def right(net, theta, task, **how):
    return maml.meta_gradient(net, theta, task, **(dict(alpha=ALPHA) | how))


def none(net, theta, task):
    return dict.fromkeys(theta)


def drifts(net, theta, task):
    result = right(net, theta, task)
    for p in theta.values():
        p.data.mul_(1.01)
    return result


def grows(net, theta, task):
    """Twice the gradient from the second call on, for the same tensors."""
    _, gradient = right(net, theta, task)
    bias = theta["0.bias"]
    bias.calls = getattr(bias, "calls", 0) + 1
    return {name: min(bias.calls, 2) * g for name, g in gradient.items()}


def counts_the_first_twice(net, theta, task):
    return right(net, theta, task.select([0, *range(task.n_tasks)]))


def leaves_one_out(net, theta, task):
    """Whichever has the largest first query, so that the order does not matter."""
    return right(net, theta, task.select(task.x_query[:, 0, 0].argsort()[:2].tolist()))


def never_adapts(net, theta, task):
    return right(net, theta, task, steps=0)


def adapts_on_both(net, theta, task):
    return rearranged(net, SWAPPED["it adapts on support and query together"])(theta, task)


def first_order(net, theta, task):
    return right(net, theta, task, first_order=True)


ALONE = {
    "a gradient arrives": (none, ["every task counts", "the support set counts", "finite differences"]),
    "theta is left alone": (drifts, []),
    "same call, same gradient": (grows, []),
    "the order of tasks": (counts_the_first_twice, ["finite differences"]),
    "every task counts": (leaves_one_out, ["finite differences"]),
    "the support set counts": (never_adapts, ["finite differences"]),
    "queries stay out of phi": (adapts_on_both, ["finite differences"]),
    "finite differences": (first_order, []),
}


@pytest.mark.parametrize("test", TESTS)
def test_each_test_can_fail_and_says_so(test):
    net, given = prepared(0)
    function, others = ALONE[test]
    verdict = battery.examine(partial(function, net), given)
    assert verdict.failed == [name for name in TESTS if name in (test, *others)]


@pytest.mark.parametrize("name", EXHIBITS)
def test_every_exhibit_fails_the_test_that_it_is_there_for(name):
    verdict = of_exhibit(name)
    assert EXHIBITS[name].test in verdict.failed
    assert verdict.name == ("FOMAML" if name == "first order by accident" else "not MAML")


def test_finite_differences_alone_do_not_see_everything():
    blind = {name for name in EXHIBITS if "finite differences" not in of_exhibit(name).failed}
    assert blind == {"gradients never cleared"}


def test_it_works_on_modules_and_on_cross_entropy():
    torch.manual_seed(0)
    net = from_module(nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 4)))
    rng = torch.Generator().manual_seed(0)
    x, y = torch.randn(3, 16, 3, generator=rng), torch.arange(4).repeat(3, 4)
    given = dict(net=net, theta=net.init(), task=Task(x[:, :8], y[:, :8], x[:, 8:], y[:, 8:]))
    how = dict(loss=losses.cross_entropy)
    assert examine(ours(net, **how), given, **how).name == "MAML"
    assert examine(ours(net, first_order=True, **how), given, **how).name == "FOMAML"


# --- the table: many functions on one tiny problem, since another seed says the same of each --------------------------


def tiny(theta, x):
    """A network of two tensors."""
    return torch.tanh(x @ theta["0.weight"]) @ theta["1.weight"]


@cache
def table(seed, steps=answers.STEPS):
    """A tiny problem, prepared once for all functions: from a maker to the verdict on what it makes."""
    rng = torch.Generator().manual_seed(seed)
    theta = {"0.weight": torch.randn(1, 5, generator=rng), "1.weight": torch.randn(5, 1, generator=rng) / 2}
    task = sinusoids.sample_tasks(3, 3, 4, rng=rng)
    theta, task = ({name: tensor.double() for name, tensor in part.items()} for part in (theta, task._asdict()))
    given = Problem(tiny, theta, Task(**task), alpha=answers.ALPHA, steps=steps, loss=losses.mse)
    return lambda maker: battery.examine(maker(tiny), given)


def test_the_table_is_large():
    assert len(answers.RIGHT) >= 25
    assert len(answers.WRONG) >= 64


@pytest.mark.parametrize("name", answers.RIGHT)
def test_nothing_right_is_ever_called_wrong(name):
    verdict = table(0)(answers.RIGHT[name])
    assert (verdict.name, verdict.failed) == ("MAML", []), verdict
    assert ("to single precision only" in verdict.why) == (name == "in float32")


@pytest.mark.parametrize("name", answers.WRONG)
def test_what_is_wrong_is_found_and_named(name):
    maker, why = answers.WRONG[name]
    verdict = table(0)(maker)
    assert verdict.name == "not MAML"
    assert re.search(why, verdict.why), verdict


def test_alpha_is_suspected_first_and_all_that_fits_is_named():
    given = problem()
    verdict = examine(ours(given["net"], alpha=ALPHA / 5), given)
    assert verdict.why == "is alpha what you told me? with alpha = 0.01 it agrees"
    verdict = examine(ours(given["net"], alpha=ALPHA * 5), given)
    summed = "the inner loss is summed over the examples, so each step is longer"
    assert verdict.why == f"is alpha what you told me? with alpha = 0.25 it agrees; or {summed}"


def test_small_errors_are_seen_to_ten_digits():
    given = problem(net=MLP(1, 8, 8, 1, activation=torch.tanh))
    assert "with alpha = 0.050000001 it agrees" in examine(ours(given["net"], alpha=ALPHA * (1 + 1e-8)), given).why
    assert examine(ours(given["net"], alpha=ALPHA * (1 + 1e-13)), given).name == "MAML"


def test_an_error_of_the_function_names_the_size_that_it_was_asked_for():
    given = problem()

    def three_tasks_only(theta, task):
        return ours(given["net"])(theta, Task(*(t.unflatten(0, (3, 1)).flatten(0, 1) for t in task)))

    with pytest.raises(RuntimeError) as raised:
        examine(three_tasks_only, given)
    assert raised.value.__notes__ == ["The battery had asked the function for 2 tasks with 2 queries each."]


@pytest.mark.parametrize("name", answers.WRONG_OF_TWO_STEPS)
def test_what_shows_in_the_second_step_is_found(name):
    maker, why = answers.WRONG_OF_TWO_STEPS[name]
    verdict = table(0, steps=2)(maker)
    assert verdict.name == "not MAML"
    assert re.search(why, verdict.why), verdict


# --- the networks of the course ---------------------------------------------------------------------------------------


def episodes(rng, size=8):
    """Two tasks of noisy pictures: 3 ways, 1 shot, 2 queries a class."""
    pictures = torch.randn(2, 3, 1, 1, size, size, generator=rng)
    x = (pictures + 0.7 * torch.randn(2, 3, 3, 1, size, size, generator=rng)).transpose(1, 2).flatten(1, 2)
    y = torch.arange(3).repeat(2, 3)
    return Task(x[:, :3], y[:, :3], x[:, 3:], y[:, 3:])


def by_loop(net, theta, task, **how):
    """Task by task, with backward."""
    leaves = {name: p.detach().clone().requires_grad_() for name, p in theta.items()}
    for t in range(task.n_tasks):
        (maml.meta_loss(net, leaves, task.select([t]), **how) / task.n_tasks).backward()
    return {name: p.grad for name, p in leaves.items()}


def module():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(1, 6), nn.Tanh(), nn.LayerNorm(6), nn.Linear(6, 1))


def course(kind, seed):
    """A network of the course with a problem for it."""
    rng = torch.Generator().manual_seed(seed)
    if kind == "conv" or kind == "pooled":
        net, task = ConvNet(3, filters=2, size=8, blocks=2, pool=kind == "pooled"), episodes(rng)
        how = dict(loss=losses.cross_entropy)
    else:
        net = from_module(module()) if kind == "module" else MLP(1, 6, 6, 1)
        task, how = sinusoids.sample_tasks(3, 5, 4, rng=rng), {}
    return dict(net=net, theta=net.init(rng), task=task), how


def last_layer(theta):
    """Inner rates with which the last layer alone adapts."""
    last = list(theta)[-1].split(".")[0]
    return {name: ALPHA if name.startswith(f"{last}.") else 0.0 for name in theta}


@pytest.mark.parametrize(("kind", "steps"), [("mlp", 5), ("module", 2), ("conv", 2), ("pooled, statistics", 2)])
def test_it_is_right_on_every_network_of_the_course(kind, steps):
    kind, *own = kind.split(", ")
    given, how = course(kind, steps)
    how |= dict(alpha=ALPHA, steps=steps) | (dict(support_statistics=True) if own else {})
    judge = prepare(given, **how)
    anil = dict(alpha=last_layer(given["theta"])) if kind == "module" else dict(head_only=True)
    for name, function, switch in (
        ("MAML", maml.meta_gradient, {}),
        ("MAML", by_loop, {}),
        ("FOMAML", maml.meta_gradient, dict(first_order=True)),
        ("ANIL", by_loop, anil),
    ):
        verdict = battery.examine(partial(function, given["net"], **(how | switch)), judge)
        assert (verdict.name, verdict.failed) == (name, [] if name == "MAML" else ["finite differences"]), verdict


@pytest.mark.parametrize("told", [False, True])
def test_statistics_of_the_support_set_are_told_from_those_of_the_queries(told):
    given, how = course("conv", 0)
    function = ours(given["net"], support_statistics=not told, **how)
    verdict = examine(function, given, support_statistics=told, **how)
    assert verdict.name == "not MAML"
    assert verdict.why == f"its batch norm is another: with support_statistics={not told} it agrees"


def test_labels_that_reach_phi_are_seen_under_batch_norm_too():
    given, how = course("conv", 0)
    judge = prepare(given, **how)
    clean = battery.examine(ours(given["net"], **how), judge)
    assert "the labels of two halves add up" in clean.findings[6].seen
    verdict = battery.examine(lambda theta, task: ours(given["net"], **how)(theta, Task(*task[2:], *task[2:])), judge)
    assert verdict.why == "it adapts and judges on the query set"
    assert "queries stay out of phi" in verdict.failed


# --- what it can decide -----------------------------------------------------------------------------------------------


def in_float32(given):
    small = {name: p.float() for name, p in given["theta"].items()}
    task = Task(*(t.float() if t.is_floating_point() else t for t in given["task"]))
    return given | dict(theta=small, task=task)


@pytest.mark.parametrize("kind", ["mlp", "conv", "module"])
def test_in_float32_it_says_how_much_it_sees(kind):
    given, how = course(kind, 1)
    given = in_float32(given)
    if kind == "module":
        given["net"] = from_module(module().float())
    judge = prepare(given, **how)
    for switch, name in ({}, "MAML"), (dict(first_order=True), "FOMAML"), (dict(alpha=1.01 * ALPHA), "not MAML"):
        verdict = battery.examine(ours(given["net"], **(how | switch)), judge)
        assert verdict.name == name
        assert ("as far as float32 shows: to " in verdict.why) == (name != "not MAML")
    assert "is alpha what you told me? with alpha = 0.0505" in verdict.why


def test_where_float32_decides_nothing_it_says_so():
    given = in_float32(problem(3, MLP(1, 40, 40, 1)))
    with pytest.raises(ValueError, match=r"decides nothing in float32.*call \.double\(\)"):
        examine(ours(given["net"], alpha=2.0, steps=3), given, alpha=2.0, steps=3)


def dead(given):
    """Hidden units that no input wakes."""
    theta = given["theta"]
    return given | dict(theta=theta | {"0.bias": theta["0.bias"] - 100, "1.bias": theta["1.bias"] - 100})


UNFIT = {
    "other query labels in task 0, 1, 2 would not change MAML's gradient, as where units died": dead,
    "need float64": lambda given: given | dict(theta={n: p.float() for n, p in given["theta"].items()}),
    "two tasks at least": lambda given: given | dict(task=given["task"].select([0])),
    "an even number of queries": lambda given: problem(n_query=3),
    "support labels are all the same": lambda given: problem(k_shot=1),
    "could not tell them apart": lambda given: given | dict(alpha=1e-7),
}


@pytest.mark.parametrize(("sentence", "change"), [pytest.param(*item, id=item[0]) for item in UNFIT.items()])
def test_a_problem_that_cannot_tell_gets_a_sentence(sentence, change):
    given = problem()
    with pytest.raises(ValueError, match=sentence):
        checks.is_really_maml(ours(given["net"]), **(dict(alpha=ALPHA) | change(given)))


def test_a_gradient_that_does_not_fit_theta_gets_a_sentence():
    given = problem()
    with pytest.raises(ValueError, match="got a list"):
        examine(lambda theta, task: list(theta.values()), given)
    with pytest.raises(ValueError, match=r"the gradient of 0\.weight is \(1, 8\), torch\.float32"):
        examine(lambda theta, task: {name: p.float() for name, p in theta.items()}, given)
