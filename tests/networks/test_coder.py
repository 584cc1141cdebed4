"""The coder is the plain loop over classes and pairs; the order of examples does not matter, their labels do."""

from itertools import product

import pytest
import torch

from mlcourse.networks import Coder, coder

KINDS = {
    "whole": {},
    "no encoder": dict(encoder=False),
    "no relations": dict(related=False),
    "no decoder": dict(decoder=False),
    "a head alone": dict(encoder=False, decoder=False),
}
each_kind = pytest.mark.parametrize("how", KINDS.values(), ids=KINDS)


def support(rng, n_tasks=3, d=6):
    """Three classes with 1, 2 and 3 examples, in an order of its own for each task."""
    y = torch.tensor([0, 1, 1, 2, 2, 2])
    y = torch.stack([y[torch.randperm(6, generator=rng)] for _ in range(n_tasks)])
    return torch.randn(n_tasks, 6, d, generator=rng), y


def test_it_is_the_plain_loop_over_tasks_classes_and_pairs(rng):
    net = Coder(6, size=4)
    theta, (x, y) = net.init(rng), support(rng)
    mu, sigma = net.encode(theta, x, y)
    for t, c in product(range(3), range(3)):
        of_class = []
        for i in (y[t] == c).nonzero().flatten():
            for j in range(6):
                pair = torch.cat([x[t, i] @ theta["h"], x[t, j] @ theta["h"]])
                of_class.append(torch.relu(torch.relu(pair @ theta["g.0"]) @ theta["g.1"]) @ theta["g.2"])
        mean, raw = torch.stack(of_class).mean(0).split(4)
        torch.testing.assert_close(mu[t, c], mean)
        torch.testing.assert_close(sigma[t, c], 0.1 * raw.exp())


def test_without_relations_a_code_is_the_mean_of_what_each_example_gives_alone(rng):
    net = Coder(6, size=4, related=False)
    theta, (x, y) = net.init(rng), support(rng)
    mu, _ = net.encode(theta, x, y)
    other = x.clone()
    other[y != 0] += 1.0  # other rivals
    torch.testing.assert_close(net.encode(theta, other, y)[0][:, 0], mu[:, 0])
    whole = Coder(6, size=4)
    theta = whole.init(rng)
    assert not torch.allclose(whole.encode(theta, other, y)[0][:, 0], whole.encode(theta, x, y)[0][:, 0])


@each_kind
def test_the_order_of_the_examples_does_not_matter_and_the_classes_numbers_only_name_them(rng, how):
    net = Coder(6, size=4, **how)
    theta, (x, y) = net.init(rng), support(rng)
    mu, sigma = net.encode(theta, x, y)
    order = torch.randperm(6, generator=rng)
    torch.testing.assert_close(net.encode(theta, x[:, order], y[:, order]), (mu, sigma))
    turned = (y + 1) % 3
    torch.testing.assert_close(net.encode(theta, x, turned)[0], mu.roll(1, 1))


@each_kind
def test_two_tasks_give_two_sets_of_codes_unless_there_is_no_encoder(rng, how):
    net = Coder(6, size=4, **how)
    theta, (x, y) = net.init(rng), support(rng)
    mu, _ = net.encode(theta, x, y)
    assert mu.shape == (3, 3, net.size)
    assert torch.allclose(mu[0], mu[1]) == (how.get("encoder") is False)


def test_without_a_decoder_a_code_is_the_weights(rng):
    net = Coder(6, size=4, decoder=False)
    z = torch.randn(2, 3, 6, generator=rng)
    mean, spread = net.decode(net.init(rng), z)
    assert torch.equal(mean, z) and not spread.any()


def test_a_linear_decoder_and_a_spread_that_stays_within_bounds(rng):
    net = Coder(6, size=4)
    theta, z = net.init(rng), torch.randn(2, 3, 4, generator=rng)
    mean, _ = net.decode(theta, z)
    torch.testing.assert_close(mean, z @ theta["D"][:, :6])
    for factor, bound in ((1e6, 3.0), (-1e6, -3.0)):
        raw = theta["D"].clone()
        raw[:, 6:] = 1.0
        _, spread = net.decode(theta | dict(D=raw), factor * z.abs())
        torch.testing.assert_close(spread, torch.full_like(spread, 0.1 * torch.tensor(bound).exp().item()))
    assert coder.WIDEST == 3.0


def test_a_class_without_an_example_is_named(rng):
    net = Coder(6, size=4)
    x, _ = support(rng)
    with pytest.raises(ValueError, match="task 0 has no support example of class 1"):
        net.encode(net.init(rng), x, torch.tensor([[0, 0, 0, 2, 2, 2]] * 3))
