"""What is compared: every case is one meta-gradient, of one method, through one network, on some tasks."""

from typing import NamedTuple

import torch

from mlcourse.networks import MLP, ConvNet
from mlcourse.tasks import Task
from mlcourse.worlds import sinusoids

NETS = {
    "sine": lambda n_out: MLP(1, 40, 40, 1),  # MAML's for sine waves
    "strided": lambda n_out: ConvNet(n_out, filters=64),  # MAML's and Reptile's for Omniglot
    "pooled": lambda n_out: ConvNet(n_out, filters=64, pool=True),  # that of matching and prototypical networks
}


class Case(NamedTuple):
    """One meta-gradient. Shots and queries are for each class, or for each wave."""

    method: str  # "MAML", "FOMAML", "Reptile", "Reptile with Adam" or "prototypical"
    net: str
    n_tasks: int
    steps: int = 0
    n_way: int = 5
    k_shot: int = 1
    n_query: int = 1

    def __str__(self) -> str:
        way = "" if self.net == "sine" else f"{self.n_way}-way "
        steps = f", steps: {self.steps}" if self.steps else ""
        return f"{self.method}, {self.net} net, {way}{self.k_shot}-shot{steps}, tasks: {self.n_tasks}"


CASES = [
    *(
        Case(method, net, n_tasks, steps, k_shot=10 if net == "sine" else 1, n_query=10 if net == "sine" else 1)
        for net in NETS
        for steps in (1, 5)
        for method in ("MAML", "FOMAML")
        for n_tasks in (4, 16)
    ),
    *(
        Case(method, net, n_tasks=5, steps=5, k_shot=10 if net == "sine" else 2)  # a mini-batch of ten, as in the paper
        for net in ("sine", "strided")
        for method in ("Reptile", "Reptile with Adam")
    ),
    *(
        Case("prototypical", "pooled", n_tasks, n_way=n_way, k_shot=k_shot, n_query=5)
        for n_way, k_shot, n_tasks in ((60, 5, 1), (60, 1, 1), (20, 1, 1), (5, 5, 16), (5, 1, 16))
    ),
]


def problem(case: Case):
    """The network, its weights and the tasks, the same at every call. For speed, pictures may be random dots."""
    net = NETS[case.net](None if case.method == "prototypical" else case.n_way)
    theta = net.init(torch.Generator().manual_seed(0))
    rng = torch.Generator().manual_seed(1)
    if case.net == "sine":
        return net, theta, sinusoids.sample_tasks(case.n_tasks, case.k_shot, case.n_query, rng=rng)

    def pictures(n_each):
        x = torch.rand(case.n_tasks, case.n_way * n_each, 1, 28, 28, generator=rng) < 0.1
        return x.to(torch.get_default_dtype()), torch.arange(case.n_way).repeat(n_each).expand(case.n_tasks, -1)

    return net, theta, Task(*pictures(case.k_shot), *pictures(case.n_query))
