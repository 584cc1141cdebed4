"""Comparing by one embedding, against springs drawn by hand, finite differences and the plainest loops."""

from functools import partial

import pytest
import torch
from test_maml import finite_differences

from mlcourse.evaluation import evaluate
from mlcourse.losses import fair_accuracy
from mlcourse.methods import siamese
from mlcourse.networks import MLP, ConvNet
from mlcourse.tasks import Pairs
from mlcourse.training import meta_train
from mlcourse.worlds import omniglot


def draw_pairs(rng, n=12, d=4):
    """Vectors around n/2 centres: same pairs share a centre."""
    centres = torch.randn(n, d, generator=rng)
    y = torch.arange(n).remainder(2).double()
    other = torch.where(y.unsqueeze(1) == 1, centres, torch.randn(n, d, generator=rng))
    return Pairs(*(c + 0.3 * torch.randn(n, d, generator=rng) for c in (centres, other)), y)


NETS = {False: MLP(4, 6, 2, activation=torch.tanh), True: MLP(4, 6, 1, activation=torch.tanh)}


@pytest.fixture(params=[False, True], ids=["contrastive", "weighted"])
def weighted(request):
    return request.param


# --- the contrastive loss --------------------------------------------------------------------------------------------


def test_the_contrastive_loss_equals_a_loop_over_pairs(rng):
    a, b = torch.randn(8, 3, generator=rng), torch.randn(8, 3, generator=rng)
    y, margin = torch.tensor([1, 0, 0, 1, 1, 0, 0, 1]).double(), 2.0
    total = 0.0
    for p, q, label in zip(a.tolist(), b.tolist(), y.tolist(), strict=True):
        d = sum((s - t) ** 2 for s, t in zip(p, q, strict=True)) ** 0.5
        total += d**2 / 2 if label == 1 else max(0.0, margin - d) ** 2 / 2
    assert siamese.contrastive_loss(a, b, y, margin=margin).item() == pytest.approx(total / 8)


def test_same_pairs_feel_a_spring_and_different_ones_a_push_until_the_margin():
    """Minus the gradient at a: towards b by the distance; away from b by what the margin lacks; nothing beyond."""
    b = torch.zeros(1, 2)
    for length, y, force in (0.5, 1, -0.5), (2.0, 1, -2.0), (0.4, 0, 0.6), (0.99, 0, 0.01), (1.5, 0, 0.0):
        a = torch.tensor([[0.6 * length, 0.8 * length]]).requires_grad_()
        siamese.contrastive_loss(a, b, torch.tensor([float(y)]), margin=1.0).backward()
        torch.testing.assert_close(-a.grad, force * torch.tensor([[0.6, 0.8]]))


def test_at_distance_zero_the_gradient_is_zero_and_not_nan():
    a = torch.ones(2, 3).requires_grad_()
    siamese.contrastive_loss(a, torch.ones(2, 3), torch.tensor([0.0, 1.0])).backward()
    assert torch.equal(a.grad, torch.zeros(2, 3))


def test_exchanging_the_sides_changes_nothing(rng, weighted):
    net, pairs = NETS[weighted], draw_pairs(rng)
    theta, swapped = net.init(rng), pairs._replace(a=pairs.b, b=pairs.a)
    for function in siamese.compare, siamese.meta_gradient:
        torch.testing.assert_close(*(function(net, theta, p, weighted=weighted) for p in (pairs, swapped)))


def test_the_gradient_equals_finite_differences(rng, weighted):
    net, pairs = NETS[weighted], draw_pairs(rng)
    theta, how = net.init(rng), dict(weighted=weighted, margin=1.5)
    _, gradient = siamese.meta_gradient(net, theta, pairs, **how)
    expected = finite_differences(lambda theta: siamese.meta_gradient(net, theta, pairs, **how)[0], theta)
    torch.testing.assert_close(gradient, expected, rtol=1e-6, atol=1e-7)
    assert all(g.abs().max() > 0 for name, g in gradient.items() if weighted or name != "1.bias")


def test_the_weighted_loss_is_the_cross_entropy_of_the_sigmoid_of_the_weighted_distance(rng):
    net, pairs = NETS[True], draw_pairs(rng)
    theta = net.init(rng)
    total = 0.0
    for a, b, y in zip(*pairs, strict=True):
        f_a, f_b = (torch.tanh(x @ theta["0.weight"] + theta["0.bias"]) for x in (a, b))
        p = 1 / (1 + torch.exp(-((f_a - f_b).abs() @ theta["1.weight"][:, 0] + theta["1.bias"][0])))
        total -= torch.log(p if y == 1 else 1 - p)
    torch.testing.assert_close(siamese.meta_gradient(net, theta, pairs, weighted=True)[0], total / len(pairs.y))


def test_both_sides_share_the_statistics_of_batch_norm(rng):
    """Else a drawing compared with itself would not be at distance zero."""
    net, drawings = ConvNet(None, filters=3), torch.rand(6, 1, 28, 28, generator=rng)
    pairs = Pairs(drawings, drawings.flip(0), torch.ones(6))
    embedding = net(theta := net.init(rng), torch.cat([pairs.a, pairs.b])[None])[0]
    torch.testing.assert_close(siamese.compare(net, theta, pairs), -(embedding[:6] - embedding[6:]).norm(dim=1))


def test_meta_train_teaches_it_to_compare(rng, weighted):
    net = MLP(4, 16, 8) if not weighted else MLP(4, 16, 1)
    recipe = partial(siamese.meta_gradient, net, weighted=weighted)
    trained = meta_train(recipe, net.init(rng), lambda: draw_pairs(rng, 64), n_iterations=300, beta=0.01)
    assert sum(trained.losses[-20:]) < 0.8 * sum(trained.losses[:20])
    assert "as it should" in siamese.diagnose(net, trained.theta, draw_pairs(rng, 400), weighted=weighted)


# --- N-way classification --------------------------------------------------------------------------------------------


def draw_task(rng, k_shot=1, n_query=7):
    y_support = torch.stack([torch.randperm(3 * k_shot, generator=rng) % 3 for _ in range(2)])
    return torch.randn(2, 3 * k_shot, 4, generator=rng), y_support, torch.randn(2, n_query, 4, generator=rng)


@pytest.mark.parametrize("k_shot", [1, 2])
def test_scores_are_mean_similarities_by_the_plainest_loop(rng, weighted, k_shot):
    net, (x_support, y_support, x_query) = NETS[weighted], draw_task(rng, k_shot)
    theta = net.init(rng)
    scores = siamese.predict(net, theta, x_support, y_support, x_query, weighted=weighted)
    for t in range(2):
        for q in range(7):
            for c in range(3):
                mates = x_support[t, y_support[t] == c]
                pairs = Pairs(x_query[t, q].expand(k_shot, -1), mates, torch.ones(k_shot))
                expected = siamese.compare(net, theta, pairs, weighted=weighted).mean()
                torch.testing.assert_close(scores[t, q, c], expected)


def test_the_order_of_the_support_set_does_not_matter(rng, weighted):
    net, (x_support, y_support, x_query) = NETS[weighted], draw_task(rng, 2)
    theta, order = net.init(rng), torch.randperm(6, generator=rng)
    predict = partial(siamese.predict, net, theta, weighted=weighted)
    shuffled = predict(x_support[:, order], y_support[:, order], x_query)
    torch.testing.assert_close(shuffled, predict(x_support, y_support, x_query))


def test_renumbering_the_classes_renumbers_the_scores(rng, weighted):
    """So the place of the right answer is worth nothing."""
    net, (x_support, y_support, x_query) = NETS[weighted], draw_task(rng, 2)
    theta, new = net.init(rng), torch.tensor([2, 0, 1])
    predict = partial(siamese.predict, net, theta, weighted=weighted)
    scores, renumbered = predict(x_support, y_support, x_query), predict(x_support, new[y_support], x_query)
    torch.testing.assert_close(renumbered[..., new], scores)


def constant(net, rng, dtype=torch.float64):
    """Weights that send every drawing to the same point: the last batch norm has scale 0."""
    theta = net.init(rng)
    theta["3.scale"], theta["3.shift"] = torch.zeros_like(theta["3.scale"]), torch.ones_like(theta["3.shift"])
    return {name: p.to(dtype) for name, p in theta.items()}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_constant_embedding_scores_chance_wherever_the_right_answer_stands(rng, weighted, dtype):
    net = ConvNet(1 if weighted else None, filters=3)
    theta = constant(net, rng, dtype)
    x_support, x_query = (torch.rand(2, n, 1, 28, 28, generator=rng, dtype=dtype) for n in (5, 10))
    y_support = torch.arange(5).expand(2, 5)
    scores = siamese.predict(net, theta, x_support, y_support, x_query, weighted=weighted)
    for place in range(5):
        torch.testing.assert_close(
            fair_accuracy(scores, torch.full((2, 10), place)), torch.full((2,), 0.2, dtype=dtype)
        )


def test_with_support_statistics_a_query_does_not_depend_on_the_others(rng, weighted):
    net = ConvNet(1 if weighted else None, filters=3)
    theta, y_support = net.init(rng), torch.arange(5).expand(2, 5)
    x_support, x_query = (torch.rand(2, n, 1, 28, 28, generator=rng) for n in (5, 10))
    first = {}
    for support_statistics in (True, False):
        predict = partial(siamese.predict, net, theta, weighted=weighted, support_statistics=support_statistics)
        with_others, alone = (predict(x_support, y_support, x)[:, :1] for x in (x_query, x_query[:, :1]))
        first[support_statistics] = (with_others - alone).abs().max()
    assert first[True] < 1e-10 < 1e-4 < first[False]


def test_a_class_without_an_example_gets_a_sentence(rng):
    net, (x_support, y_support, x_query) = NETS[False], draw_task(rng)
    with pytest.raises(ValueError, match="no support example of class 0: every class from 0 to 3 needs one"):
        siamese.predict(net, net.init(rng), x_support, y_support + 1, x_query)


@pytest.mark.skipif(not omniglot.PATH.is_file(), reason="Omniglot has not been fetched")
def test_the_official_runs_fit_the_seam_of_evaluation(rng):
    """An untrained network that compares is far from right, and not better than chance by much."""
    runs, net = omniglot.load_runs(), ConvNet(None, filters=8)
    result = evaluate(partial(siamese.predict, net, net.init(rng)), runs, metric=fair_accuracy)
    assert result.per_task.shape == (20,)
    assert 0.05 < result.mean < 0.4


# --- what can go wrong ------------------------------------------------------------------------------------------------


def test_labels_of_the_other_conventions_get_a_sentence(rng):
    net, pairs = NETS[False], draw_pairs(rng)
    with pytest.raises(ValueError, match=r"1 for same or 0 for different: got \[-1.0, 1.0\]"):
        siamese.contrastive_loss(pairs.a, pairs.b, 2 * pairs.y - 1)
    for y, got in (2 * pairs.y - 1, "-1.0, 1.0"), (torch.ones(12), "1.0"), (torch.zeros(12), "0.0"):
        with pytest.raises(ValueError, match=rf"labelled 0: got the labels \[{got}\]"):
            siamese.meta_gradient(net, net.init(rng), pairs._replace(y=y))


def test_shapes_that_would_compare_all_with_all_get_a_sentence(rng):
    pairs = draw_pairs(rng)
    with pytest.raises(ValueError, match=r"got \(12, 4\), \(12, 4\) and \(12, 1\)"):
        siamese.contrastive_loss(pairs.a, pairs.b, pairs.y.unsqueeze(1))
    with pytest.raises(ValueError, match=r"got \(12, 4\), \(1, 4\)"):
        siamese.contrastive_loss(pairs.a, pairs.b[:1], pairs.y)
    with pytest.raises(ValueError, match="the margin is a distance, and must be positive: got 0"):
        siamese.contrastive_loss(pairs.a, pairs.b, pairs.y, margin=0)


def identity(theta, x):
    return theta["scale"] * x


def test_a_diagnosis_tells_reversed_labels_and_collapse_and_blindness_from_health(rng):
    pairs, theta = draw_pairs(rng, 400), {"scale": torch.tensor(1.0)}
    assert siamese.diagnose(identity, theta, pairs).startswith("as it should")
    assert siamese.diagnose(identity, theta, pairs._replace(y=1 - pairs.y)).startswith("reversed")
    for scale in 0.0, 1e-8:  # points that differ by rounding only have collapsed, too
        collapsed = siamese.diagnose(lambda theta, x, scale=scale: 1 + scale * x, theta, pairs)
        assert collapsed.startswith("collapsed")
    noise = pairs._replace(a=torch.randn(400, 4, generator=rng), b=torch.randn(400, 4, generator=rng))
    assert siamese.diagnose(identity, theta, noise).startswith("blind")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_diagnosis_of_points_that_are_no_numbers_is_refused(rng, value):
    """Not "too little training", and not "collapsed"."""
    for some in slice(0, 1), slice(None):
        pairs = draw_pairs(rng, 20)
        pairs.a[some] = pairs.b[some] = value
        with pytest.raises(ValueError, match="need finite scores"):
            siamese.diagnose(identity, {"scale": torch.tensor(1.0)}, pairs)


def test_a_diagnosis_sees_a_collapse_of_a_network_in_float32(rng, weighted):
    net = ConvNet(1 if weighted else None, filters=3)
    drawings = [torch.rand(20, 1, 28, 28, generator=rng, dtype=torch.float32) for _ in range(2)]
    pairs = Pairs(*drawings, torch.arange(20) % 2)
    theta = {name: p.float() for name, p in net.init(rng).items()}
    assert not siamese.diagnose(net, theta, pairs, weighted=weighted).startswith("collapsed")
    collapsed = constant(net, rng, torch.float32)
    assert siamese.diagnose(net, collapsed, pairs, weighted=weighted).startswith("collapsed")
    if weighted:  # the points differ, but nothing is made of it
        indifferent = theta | {"head.weight": torch.zeros_like(theta["head.weight"])}
        assert siamese.diagnose(net, indifferent, pairs, weighted=True).startswith("collapsed")


def test_reversed_labels_reverse_the_weighted_answer(rng):
    net = MLP(4, 16, 1)

    def sample():
        pairs = draw_pairs(rng, 64)
        return pairs._replace(y=1 - pairs.y)

    recipe = partial(siamese.meta_gradient, net, weighted=True)
    trained = meta_train(recipe, net.init(rng), sample, n_iterations=300, beta=0.01)
    assert sum(trained.losses[-20:]) < 0.6 * sum(trained.losses[:20])  # and looks as well as ever
    assert siamese.diagnose(net, trained.theta, draw_pairs(rng, 400), weighted=True).startswith("reversed")


@pytest.mark.parametrize("n_classes", [2, 4])
def test_with_reversed_labels_no_points_cost_less_than_knowing_nothing(rng, n_classes):
    """Points moved freely, all pairs of them, half the weight on either kind: about margin^2 / 8 is the least."""
    n, margin = 6, 2.0
    points = torch.randn(n_classes * n, 30, generator=rng).requires_grad_()
    i, j = torch.combinations(torch.arange(n_classes * n)).T
    same = i // n == j // n

    def loss(reverse):
        halves = (
            siamese.contrastive_loss(points[i[kind]], points[j[kind]], torch.full((int(kind.sum()),), y), margin=margin)
            for kind, y in ((same, float(not reverse)), (~same, float(reverse)))
        )
        return sum(halves) / 2

    for reverse in (True, False):
        optimizer = torch.optim.Adam([points], lr=0.02)
        for _ in range(600):
            optimizer.zero_grad()
            loss(reverse).backward()
            optimizer.step()
        share = 1 - 1 / n  # two drawings of a class are never the same one, which helps a little
        least = margin**2 / 4 * share / (1 + share)
        if reverse:
            assert least < loss(reverse) < 1.01 * least
            assert least < margin**2 / 8 < 1.11 * least
        else:
            assert loss(reverse) < 0.01 * least
