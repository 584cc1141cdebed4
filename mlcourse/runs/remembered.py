"""Reptile's Adam goes on to the test tasks: what it remembers is stored beside the weights, in one dict of tensors.

An AdamState (mlcourse/methods/reptile.py) becomes "adam", the number of its steps, and for each weight "adam.NAME", the
root of its second moment: the square of a small gradient would be zero in the 16 bits of the zoo. There is no first
moment to keep, since the paper turns it off: beta1 = 0.
"""

import torch
from torch import Tensor

from ..methods import reptile
from ..weights import Theta

STEPS, ROOT = "adam", "adam."


def join(theta: Theta, state: reptile.AdamState | None) -> Theta:
    """The weights, and beside them what Adam remembers; without a state, the weights alone."""
    if state is None:
        return theta
    roots = {ROOT + name: p.sqrt() for name, p in state.second.items()}
    return theta | {STEPS: torch.tensor(float(state.steps))} | roots


def split(stored: Theta) -> tuple[Theta, reptile.AdamState | None]:
    """What `join` put together; the first moments are zero."""
    theta = {name: p for name, p in stored.items() if name != STEPS and not name.startswith(ROOT)}
    if STEPS not in stored:
        return theta, None
    first = {name: torch.zeros_like(p) for name, p in theta.items()}
    second = {name: stored[ROOT + name] ** 2 for name in theta}
    return theta, reptile.AdamState(int(stored[STEPS]), first, second)


def predict(net, stored: Theta, x_support: Tensor, y_support: Tensor, x_query: Tensor, **how) -> Tensor:
    """As `reptile.predict`, by an Adam that goes on from what it remembers; a fresh one where there is nothing yet."""
    theta, state = split(stored)
    return reptile.predict(net, theta, x_support, y_support, x_query, adam=True, state=state, **how)
