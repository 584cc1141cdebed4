"""Lesson 18: pictures that are in two sets, or almost."""

import torch
from torch import Tensor

from .exercise import NotYet, attempt, exercise

HINTS = {
    "must match the size": "compare every picture of a with every one of b: a[:, None] and b[None] have room for both",
    "not implemented for 'Byte'": "the pictures are whole numbers from 0 to 255: make them floats first",
    "Got: Byte": "the pictures are whole numbers from 0 to 255: make them floats first",
    "same shape": "pairs are found with `nonzero()`, as rows of two numbers",
}


@exercise
def twins(answer, seed, more) -> None:
    """answer(a, b, most) returns the pairs (i, j), (n_pairs, 2)."""
    rng = torch.Generator().manual_seed(seed)
    n, m, side, most = 6 + more, 10 + more, 6 + 2 * more, 8
    a, b = (torch.randint(50, 206, (k, 3, side, side), generator=rng) for k in (n, m))
    some = torch.rand(a[:2].shape, generator=rng).flatten(1).argsort(1).view_as(a[:2]) < 3 * side * side * 3 // 8
    b[4], b[1], b[5] = a[1], a[1] + 16 * some[0], a[3] - 16 * some[1]  # 0, 6 and 6 apart
    b[3], b[7], b[2] = a[2] + most, a[2] + 2, a[3] + 22 * some[0]  # as far as is allowed, near, and just too far
    b[8], b[9] = a[4], a[0]
    b[8, 0, 0, 0], b[9, 0, 0, 0] = a[4, 0, 0, 0] + 20, a[0, 0, 0, 0] + 5  # alike but for one number
    b[6], b[0] = a[0], a[4]  # alike in half of the places, and in one colour
    b[6, :, side // 2 :] = (a[0, :, side // 2 :] + 128) % 256
    b[0, 1], b[0, 2] = a[4, 1] + 48, a[4, 2] - 48
    places = [torch.randperm(k, generator=rng) for k in (n, m)]
    a, b = (x[order].to(torch.uint8) for x, order in zip((a, b), places, strict=True))
    i, j = (int((order == 1).nonzero()) for order in places)
    b[[i, j]] = b[[j, i]]  # twins with the same number, for whoever compares i with i only
    result = attempt(answer, dict(a=a, b=b, most=most), hints=HINTS)
    expected, mine = _pairs(solved(a, b, most)), _read(result)
    if mine == expected:
        return
    for sentence, wrong in _mistakes(a, b, most).items():
        if mine == _pairs(wrong) != expected:
            raise NotYet(sentence)
    if {(j, i) for i, j in mine} == expected:
        raise NotYet("the numbers are the wrong way round: (i, j) is picture i of a and picture j of b")
    if {(i - 1, j - 1) for i, j in mine} == expected:
        raise NotYet("the numbers begin at 1: count pictures from 0")
    tried = f"tried {n} pictures and {m}, at most {most} apart"
    lost, more_than = sorted(expected - mine), sorted(mine - expected)
    if lost:
        i, j = lost[0]
        raise NotYet(f"{tried}: {lost[0]} is missing, which are {_mean(a[i], b[j]):.1f} apart on average")
    i, j = more_than[0]
    if not (0 <= i < n and 0 <= j < m):
        raise NotYet(f"{tried}: there is no pair {more_than[0]}")
    raise NotYet(f"{tried}: {more_than[0]} is no pair of twins, they are {_mean(a[i], b[j]):.1f} apart on average")


def solved(a: Tensor, b: Tensor, most: float) -> Tensor:
    """What is asked for."""
    apart = (a[:, None].float() - b[None].float()).abs().flatten(2).mean(2)
    return (apart <= most).nonzero()


def _mean(a: Tensor, b: Tensor) -> float:
    return (a.float() - b.float()).abs().mean().item()


def _pairs(found: Tensor) -> set[tuple[int, int]]:
    return {tuple(pair) for pair in found.tolist()}


def _read(result) -> set[tuple[int, int]]:
    """The pairs in what was returned: a tensor or an array (n_pairs, 2), or a list or set of pairs of numbers."""
    if isinstance(result, (tuple, list)) and len(result) == 2 and all(getattr(part, "ndim", 0) == 1 for part in result):
        raise NotYet(
            "this is a tensor of all i and one of all j: put them side by side, as `nonzero()` without as_tuple"
        )
    try:
        rows = [tuple(map(int, pair)) for pair in (result.tolist() if hasattr(result, "tolist") else result)]
        assert all(len(row) == 2 for row in rows)
    except (TypeError, ValueError, AssertionError, RuntimeError):
        shape = f" of shape {tuple(result.shape)}" if hasattr(result, "shape") else ""
        raise NotYet(f"pairs (i, j) are expected, your function returns a {type(result).__name__}{shape}") from None
    return set(rows)


def _mistakes(a: Tensor, b: Tensor, most: float) -> dict[str, Tensor]:
    """What each known mistake would find."""
    difference = (a[:, None].float() - b[None].float()).flatten(2)
    wrapped = (a[:, None] - b[None]).float().flatten(2)  # of bytes: 3 - 5 is 254
    size = difference.abs()
    near = (size.mean(2) <= most).nonzero()
    own = torch.eye(len(a), len(b), dtype=torch.bool)
    nearest = torch.zeros_like(own).scatter_(1, size.mean(2).argmin(1, keepdim=True), True)

    def close(apart):
        return (apart <= most).nonzero()

    return {
        "no pair is found at all, but there are some": torch.zeros(0, 2),
        "3 - 5 is 254 for whole numbers from 0 to 255 (uint8): make floats of them first": close(wrapped.mean(2)),
        "pairs that are exactly `most` apart count, too: at most means `<=`": (size.mean(2) < most).nonzero(),
        "only equal pictures are found: those at most `most` apart count, too": (size.amax(2) == 0).nonzero(),
        "the differences keep their signs, and cancel: take their absolute values": close(difference.mean(2)),
        "signs have cancelled before the absolute value: first absolute values, then the mean": close(
            difference.mean(2).abs()
        ),
        "the largest difference of any pixel is asked to be small: take the mean": close(size.amax(2)),
        "the middle of the differences is taken (median): take the mean": close(size.median(2).values),
        "the sum over the pixels is taken: take the mean": close(size.sum(2)),
        "squares are taken: the mean of the absolute differences is asked for": close(size.square().mean(2)),
        "the root of the mean square is taken: the mean of the absolute differences is asked for": close(
            size.square().mean(2).sqrt()
        ),
        "picture i is compared with picture i only: compare each of a with each of b": near[near[:, 0] == near[:, 1]],
        "each picture of a keeps only the nearest of b: it may have several twins": (
            nearest & (size.mean(2) <= most)
        ).nonzero(),
        "each picture of a gets its nearest of b, however far it is": nearest.nonzero(),
        "these are the pairs that are not twins: turn the comparison round": (size.mean(2) > most).nonzero(),
        "only red, or the mean of the colours, is compared: all three colours count, each for itself": close(
            size.unflatten(2, a.shape[1:])[:, :, 0].mean((2, 3))
        ),
    }
