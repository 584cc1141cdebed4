"""The plan of a recorded run: what is trained on which tasks, for how long, and what it is then measured on."""

from typing import NamedTuple

TRANSDUCTIVE = "transductive"  # a task's queries share batch norm's statistics, and so help each other
SUPPORT = "support"  # batch norm takes the statistics of the support set alone
PLAIN = "no batch norm"
FOUR_TURNS = "four turns"  # the variant of a setting where scores are averaged, see `turns`
SIZES = ((5, 1), (5, 5), (20, 1), (20, 5))


class Test(NamedTuple):
    """What a trained network is measured on."""

    setting: str
    draw: dict  # goes to `sample_episodes` or `sample_tasks`; nothing for the official 20 runs
    how: dict  # goes to the method's `predict`
    paper: dict  # the ways to take batch norm's statistics, each with the paper's figure, or None where there is none
    source: str = ""
    episodes: int = 1000
    at_once: int = 20
    four_turns: bool = False  # whether scores are averaged over four turns of each task


class Experiment(NamedTuple):
    """One training, and all rows of the table that it serves."""

    method: str
    data: str  # a name in `worlds.WORLDS`
    net: dict  # sizes=... for an MLP, else what goes to ConvNet; nothing where nothing is trained
    draw: dict  # goes to `sample_episodes`, `sample_pairs` or `sample_tasks`, at every iteration; distorted: or not
    how: dict  # goes to the method's recipe
    outer: dict  # the optimizer, its rate beta, and how the rate falls
    iterations: int
    paper_iterations: int | None  # None where the paper does not say
    tests: tuple[Test, ...]
    minutes: int  # on one core of a laptop or server, training and tests
    remarks: tuple[str, ...] = ()
    split: tuple[int, int] = (1200, 423)  # characters to train and to test on, drawn at random
    paper_n_tasks: int | None = None  # tasks an iteration in the paper, where ours has others
    start: dict = {}  # goes to the method's `init`


def shape(n_way: int, k_shot: int) -> str:
    """A setting's name."""
    return f"{n_way}-way {k_shot}-shot"
