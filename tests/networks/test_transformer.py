"""The transformer is torch's own, told by a mask that every token may look at the support tokens only."""

import pytest
import torch
from torch import nn

from mlcourse.networks import Transformer
from mlcourse.worlds import sinusoids


def torch_layer(theta, number, width, heads):
    """One nn.TransformerEncoderLayer with our weights; ours has no scale and shift of its own in the norms."""
    layer = nn.TransformerEncoderLayer(
        width, heads, 2 * width, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
    )
    own = {name.removeprefix(f"{number}."): p for name, p in theta.items() if name.startswith(f"{number}.")}
    with torch.no_grad():
        layer.self_attn.in_proj_weight.copy_(torch.cat([own[f"{name}.0.weight"].T for name in "qkv"]))
        layer.self_attn.in_proj_bias.copy_(torch.cat([own[f"{name}.0.bias"] for name in "qkv"]))
        for module, name in (layer.self_attn.out_proj, "o.0"), (layer.linear1, "mlp.0"), (layer.linear2, "mlp.1"):
            module.weight.copy_(own[f"{name}.weight"].T)
            module.bias.copy_(own[f"{name}.bias"])
    return layer


@pytest.mark.parametrize("k_shot", [1, 6])
def test_it_is_torch_s_encoder_under_a_mask(rng, k_shot):
    net, task = Transformer(1, 8, 1, layers=2, heads=2), sinusoids.sample_tasks(3, k_shot, 4, rng=rng)
    theta = net.init(rng)
    support = torch.cat([task.x_support, task.y_support, torch.ones_like(task.x_support)], -1)
    nothing = torch.zeros_like(task.x_query)
    tokens = torch.cat([support, torch.cat([task.x_query, nothing, nothing], -1)], 1)
    z = tokens @ theta["read.0.weight"] + theta["read.0.bias"]
    hidden = (torch.arange(k_shot + 4) >= k_shot).expand(k_shot + 4, -1)  # nobody looks at a query
    for number in range(2):
        z = torch_layer(theta, number, 8, 2)(z, src_mask=hidden)
    z = nn.functional.layer_norm(z[:, k_shot:], (8,))
    torch.testing.assert_close(net(theta, *task[:3]), z @ theta["answer.0.weight"] + theta["answer.0.bias"])


def test_the_heads_share_the_width():
    with pytest.raises(ValueError, match="it must be a multiple: got width = 8, 3 heads"):
        Transformer(1, 8, 1, heads=3)
