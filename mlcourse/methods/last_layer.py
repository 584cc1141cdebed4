"""Adapt the last layer alone, in closed form: ridge regression of what the network gets wrong, on its own features.

    W = theta_head + (F^T F + strength I)^-1 F^T (y - prediction)

F holds the features of the support set, a row for each example, and a column of ones for the bias. It is the posterior
mean of Bayesian linear regression whose prior is centred at the trained last layer: strength is the variance of the
noise over that of the prior (Bishop 2006, "Pattern Recognition and Machine Learning", section 3.3). No gradient step.

Example
    import torch
    from mlcourse.methods import last_layer
    from mlcourse.networks import MLP
    from mlcourse.worlds.sinusoids import sample_tasks

    net, rng = MLP(1, 40, 40, 1), torch.Generator().manual_seed(0)
    task = sample_tasks(3, k_shot=20, n_query=5, rng=rng)
    last_layer.predict(net, net.init(rng), *task[:3], strength=0.1).shape  # on features that nobody has trained
"""

import torch
from torch import Tensor

from ..tasks import check_examples
from ..weights import Theta, stack


def adapt(net, theta: Theta, x: Tensor, y: Tensor, *, strength: float) -> Theta:
    """The weights of each task, (n_tasks, ...): theta with a last layer that fits the support set.

    net:      needs `features`, `head` and `split`; its head is one linear layer
    x, y:     support sets, (n_tasks, n_support, ...)
    strength: how strongly the last layer is held where it was, above 0
    """
    check_examples(x, y)
    if not strength > 0:
        raise ValueError(f"the last layer needs something that holds it: got strength = {strength}, need more than 0")
    body, head = net.split(theta)
    ones = torch.ones_like(net.features(theta, x)[..., :1])
    features = torch.cat([net.features(theta, x), ones], -1)
    held = features.mT @ features + strength * torch.eye(features.shape[-1], dtype=features.dtype)
    shift = torch.linalg.solve(held, features.mT @ (y - net(theta, x)))  # (n_tasks, n_features + 1, n_out)
    weight, bias = head  # their names
    moved = {weight: head[weight] + shift[:, :-1], bias: head[bias] + shift[:, -1]}
    return stack(body, len(x)) | moved


def predict(net, theta: Theta, x_support: Tensor, y_support: Tensor, x_query: Tensor, *, strength: float) -> Tensor:
    """Adapt the last layer to each support set, then predict its query set, (n_tasks, n_query, ...)."""
    return net(adapt(net, theta, x_support, y_support, strength=strength), x_query)
