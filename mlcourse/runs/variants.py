"""A recorded run made otherwise: on another split, on distorted drawings, in four turns, with another rate."""

from . import departures
from .plan import FOUR_TURNS, Experiment, shape


def on_vinyals_list(experiment: Experiment) -> Experiment:
    """The same on the split of Vinyals et al., by alphabets but for one."""
    others = tuple(each for each in experiment.remarks if each not in (departures.SPLIT, departures.EASIER))
    return experiment._replace(data="omniglot in order", remarks=(*others, departures.IN_ORDER))


def also_in_four_turns(experiment: Experiment) -> Experiment:
    """The same, with each of its tests repeated on scores that are averaged over four turns of a task."""
    repeated = [test._replace(setting=f"{test.setting}, {FOUR_TURNS}", four_turns=True) for test in experiment.tests]
    remarks = (*experiment.remarks, departures.FOUR_TURNS)
    return experiment._replace(tests=(*experiment.tests, *repeated), remarks=remarks)


def also_with_five_shots(experiment: Experiment) -> Experiment:
    """The same network, trained with one shot, asked with five in tests of their own, beside no paper's figure."""
    tests = list(experiment.tests)
    for test in experiment.tests:
        setting, draw = shape(test.draw["n_way"], 5), test.draw | dict(k_shot=5, n_query=5)
        paper = dict.fromkeys(test.paper)
        tests.append(test._replace(setting=f"{setting}, trained with one", draw=draw, paper=paper, source=""))
    return experiment._replace(tests=tuple(tests), remarks=(*experiment.remarks, departures.MORE_SHOTS))


def on_distorted_drawings(experiment: Experiment, *, iterations: int, minutes: int) -> Experiment:
    """The same, trained for another time on drawings that are no two alike, so that they can be seen more often."""
    distorted = _variant(experiment, "distorted", {}, departures.DISTORTED)
    return distorted._replace(draw=experiment.draw | dict(distorted=True), iterations=iterations, minutes=minutes)


def at_the_authors_rate(experiment: Experiment) -> Experiment:
    """MAML's with the inner rate of the authors' code, which divides its loss otherwise than ours."""
    how = dict(alpha=2.0)
    remarks = (departures.IN_OUR_TERMS if each == departures.AUTHORS_RATE else each for each in experiment.remarks)
    return _variant(experiment, "alpha 2.0", how)._replace(remarks=tuple(remarks))


def with_epsilon_hat(experiment: Experiment) -> Experiment:
    """Reptile's with the Adam of the authors' library."""
    return _variant(experiment, "epsilon hat", dict(epsilon_hat=True), departures.EPSILON_HAT)


def _variant(experiment: Experiment, name: str, how: dict, *remarks: str) -> Experiment:
    """The same with other settings of its method, in training and tests, as rows that say so."""
    tests = (t._replace(setting=f"{t.setting}, {name}", how=t.how | how) for t in experiment.tests)
    more = (*experiment.remarks, *remarks)
    return experiment._replace(how=experiment.how | how, tests=tuple(tests), remarks=more)
