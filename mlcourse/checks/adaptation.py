"""Lesson 01: fine-tuning, a few steps of gradient descent on one task's support set."""

from functools import partial

from ..inner_loop import adapt
from ..weights import stack
from .compare import compare
from .descents import gone_wrong, slopes
from .exercise import attempt, exercise
from .waves import NET, waves

ALPHA = 0.05
AFTER_A_STEP = {
    "does not require grad": (
        "One step went well, but the *new* dict requires no gradient: tell it to `requires_grad_()`, too"
    ),
}


@exercise
def fine_tune(answer, seed, more) -> None:
    """answer(net, theta, x, y, alpha, steps): x and y (1, n, 1) of one task; returns phi, shaped like theta."""
    theta, (x, y, *_) = waves(seed, n_tasks=1, k_shot=5 + more, n_query=1)
    alpha = ALPHA * (1 + more / 2)
    for steps in (1, 3 + more):
        how = dict(alpha=alpha, steps=steps)
        lent = {name: p.clone() for name, p in theta.items()}
        hints = AFTER_A_STEP if steps > 1 else {}  # one step was right, so it is a later one that stops
        result = attempt(answer, dict(net=NET, theta=lent, x=x, y=y, **how), hints=hints)
        phi = adapt(NET, theta, x, y, **how)
        compare(
            result, _only(phi), partial(_mistakes, theta, phi, x, y, how), tried=f"{steps} step(s) at alpha = {alpha:g}"
        )


def _mistakes(theta, phi, x, y, how) -> dict:
    """What each known mistake would return."""
    descents = gone_wrong(NET, theta, x, y, **how)
    return {
        f"this is theta itself, with steps = {how['steps']}: no step was taken (`p = p - ...` in a loop changes no "
        "dict), or theta is returned where it should be phi": theta,
        "the task axis is still there: there is one task, so return its weights without that axis": phi,
        "this is a gradient: return the weights after the last step": [
            _only(slopes(NET, start, x, y)) for start in (stack(theta, 1), phi)
        ],
        "this is the way from theta to phi: return phi itself": {n: p - theta[n] for n, p in _only(phi).items()},
    } | {sentence: _only(end) for sentence, end in descents.items()}


def _only(phi) -> dict:
    """The weights of the only task."""
    return {name: p[0] for name, p in phi.items()}
