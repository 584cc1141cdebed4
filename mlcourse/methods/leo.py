"""LEO, latent embedding optimization: gradient steps among codes, from which a decoder makes a classifier's weights.

    z_0 = encode(support set),    z_{s+1} = z_s - alpha * grad_z L_support(decode(z_s)),    w = decode(z_S)

Andrei A. Rusu, Dushyant Rao, Jakub Sygnowski, Oriol Vinyals, Razvan Pascanu, Simon Osindero, Raia Hadsell,
"Meta-Learning with Latent Embedding Optimization", 2019, arXiv:1807.05960, algorithm 1; their code:
github.com/deepmind/leo. After the steps among codes a few small ones among the weights may follow. Inputs are features
of a network that stays as it is, and no gradient flows into them. The rates are learned, one for each of a code's
numbers. In training codes and weights are drawn at random around their means; on new tasks they are the means.

The meta-loss is that of the queries plus three penalties:
    kl          of codes from N(0, 1), so that they stay near each other
    encoder     squared distance from z_0 to z_S, where z_S counts as a constant: start where the steps will end
    orthogonal  squared cosines between the rows of the decoder
We leave out the paper's dropout and its decay of the weights.

Example
    import torch
    from mlcourse.methods import leo
    from mlcourse.networks import Coder
    from mlcourse.tasks import Task

    net, rng = Coder(10, size=4), torch.Generator().manual_seed(0)
    x, y = torch.randn(2, 6, 10, generator=rng), torch.tensor([[0, 0, 1, 1, 2, 2]] * 2)
    leo.meta_gradient(net, leo.init(net, rng), Task(x, y, x, y), rng=rng)[0]  # the loss before any training
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from ..losses import cross_entropy
from ..tasks import Task
from ..weights import Theta, mean_and_gradient

RATE, FINE = 1.0, 0.001  # the rates before training, as in the authors' code


def init(net, rng: torch.Generator, *, steps: int = 5, fine: int = 0) -> Theta:
    """The coder's weights and the logarithms of the rates, for codes and for weights, where steps are to be taken."""
    theta = net.init(rng)
    if steps:
        theta["log_alpha"] = torch.full((net.size,), RATE).log()
    if fine:
        theta["log_fine"] = torch.full((net.d,), FINE).log()
    return theta


def scores(w: Tensor, x: Tensor) -> Tensor:
    """Scores (n_tasks, n, n_way) of examples x (n_tasks, n, d) by a linear classifier w (n_tasks, n_way, d)."""
    return x @ w.mT


def descend(decode, z: Tensor, x: Tensor, y: Tensor, *, alpha, steps: int) -> Tensor:
    """Codes after gradient descent on the support loss of the weights that they stand for, (n_tasks, n_way, size).

    decode: from codes (n_tasks, n_way, size) to weights (n_tasks, n_way, d); `lambda w: w` to descend among weights
    z:      the codes to start from    x, y: support sets (n_tasks, n, d), (n_tasks, n)
    alpha:  the rate, or one for each of a code's numbers (size,)
    Differentiable if z requires a gradient.
    """
    differentiable = z.requires_grad
    with torch.enable_grad():
        for _ in range(steps):
            z = z if differentiable else z.detach().requires_grad_()
            loss = cross_entropy(scores(decode(z), x), y).sum()
            (slope,) = torch.autograd.grad(loss, z, create_graph=differentiable)
            z = z - alpha * slope
    return z if differentiable else z.detach()


def adapt(
    net, theta: Theta, x: Tensor, y: Tensor, *, steps: int = 5, fine: int = 0, rng: torch.Generator | None = None
) -> tuple[Tensor, Tensor, Tensor, tuple[Tensor, Tensor]]:
    """The codes before and after the steps, the weights, and the mean and spread that the first codes were drawn with.

    steps, fine: steps among codes, and among weights    rng: draws codes and weights; without, they are the means
    """

    def one_of(mean: Tensor, spread: Tensor) -> Tensor:
        return mean if rng is None else mean + spread * torch.randn(mean.shape, generator=rng).to(mean)

    def decode(z: Tensor) -> Tensor:
        return one_of(*net.decode(theta, z))

    x = x.detach()
    code = net.encode(theta, x, y)
    start = one_of(*code)
    z = descend(decode, start, x, y, alpha=theta["log_alpha"].exp(), steps=steps) if steps else start
    w = decode(z)
    if fine:
        w = descend(lambda w: w, w, x, y, alpha=theta["log_fine"].exp(), steps=fine)
    return start, z, w, code


def predict(
    net, theta: Theta, x_support: Tensor, y_support: Tensor, x_query: Tensor, *, steps: int = 5, fine: int = 0
) -> Tensor:
    """Adapt the codes of each task to its support set, then score its queries, (n_tasks, n_query, n_way).

    x_support, y_support: features (n_tasks, n, d), labels (n_tasks, n)    x_query: (n_tasks, n_query, d)
    """
    return scores(adapt(net, theta, x_support, y_support, steps=steps, fine=fine)[2], x_query)


def meta_loss(
    net, theta: Theta, task: Task, *, steps: int = 5, fine: int = 0, rng: torch.Generator | None = None,
    kl: float = 1e-3, encoder: float = 1e-5, orthogonal: float = 0.1,
) -> Tensor:  # fmt: skip
    """The query loss after adapting, averaged over tasks, and the penalties at these weights: a scalar.

    rng: draws codes and weights; without, nothing is drawn, and `kl`, which is about what is drawn, is left out
    """
    start, z, w, code = adapt(net, theta, task.x_support, task.y_support, steps=steps, fine=fine, rng=rng)
    loss = cross_entropy(scores(w, task.x_query.detach()), task.y_query).mean()
    loss = loss + encoder * (start - z.detach()).square().mean()
    if rng is not None:
        loss = loss + kl * divergence(*code).mean()
    if net.decoder:
        loss = loss + orthogonal * overlap(theta["D"])
    return loss


def meta_gradient(net, theta: Theta, task: Task, **how) -> tuple[Tensor, Theta]:
    """The meta-loss and its gradient with respect to theta and the rates, as a dict with theta's names."""
    return mean_and_gradient(lambda theta, task: meta_loss(net, theta, task, **how), net, theta, task)


def divergence(mu: Tensor, sigma: Tensor) -> Tensor:
    """The Kullback-Leibler divergence of N(mu, sigma^2) from N(0, 1), number by number."""
    return (mu.square() + sigma.square() - 1) / 2 - sigma.log()


def overlap(D: Tensor) -> Tensor:
    """How far the rows of D are from being orthogonal: the mean square of their cosines' matrix minus the identity."""
    rows = F.normalize(D, dim=1)
    return (rows @ rows.mT - torch.eye(len(D)).to(D)).square().mean()
