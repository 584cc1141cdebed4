"""Pairs: two drawings, and whether they are of the same character.

To learn to compare one needs no episodes, only pairs and an answer to "same or different?" (Bromley et al. 1993,
"Signature Verification using a Siamese Time Delay Neural Network"). As with episodes: split the classes first, then
draw pairs from one part.
"""

import torch

from ..tasks import Pairs
from .characters import Characters


def sample_pairs(
    characters: Characters,
    n_pairs: int,
    *,
    rng: torch.Generator,
    within_alphabet: bool = False,
    rotations: bool = False,
) -> Pairs:
    """Draw pairs, half of them two drawings of one class, the other half drawings of two classes, in random order.

    n_pairs:         an even number
    within_alphabet: the two classes of a pair come from one alphabet, which is harder; else from anywhere
    rotations:       a character turned by 90, 180 or 270 degrees counts as a class of its own
    returns:         Pairs with a and b (n_pairs, 1, h, w), ink 1 and paper 0, and y (n_pairs,), in the default dtype
    Every class is as likely to come first as any other; a drawing is never paired with itself. Raises ValueError for
    an odd number of pairs, and where there are no two drawings of a class or no two classes to choose from.
    """
    turns = 4 if rotations else 1
    alphabet = characters.alphabet.repeat(turns)
    n_classes, n_drawings = characters.images.shape[:2]
    _check(n_pairs, alphabet, n_drawings, within_alphabet)
    y = (torch.arange(n_pairs) % 2)[torch.randperm(n_pairs, generator=rng)]
    first = torch.randint(turns * n_classes, (n_pairs,), generator=rng)
    # The largest of random numbers is a random choice; of those allowed, since they get 1 more.
    allowed = torch.arange(turns * n_classes) != first.unsqueeze(1)
    if within_alphabet:
        allowed &= alphabet == alphabet[first].unsqueeze(1)
    other = (torch.rand(allowed.shape, generator=rng) + allowed).argmax(1)
    classes = torch.stack([first, torch.where(y == 1, first, other)], 1)
    drawings = torch.rand(n_pairs, n_drawings, generator=rng).topk(2).indices
    images = characters.images[classes % n_classes, drawings]  # (n_pairs, 2, h, w)
    for turn in range(1, turns):
        turned = classes // n_classes == turn
        images[turned] = images[turned].rot90(turn, (-2, -1))
    dtype = torch.get_default_dtype()
    a, b = images.unsqueeze(2).to(dtype).unbind(1)
    return Pairs(a, b, y.to(dtype))


def _check(n_pairs, alphabet, n_drawings, within_alphabet) -> None:
    if n_pairs < 2 or n_pairs % 2:
        raise ValueError(f"half of the pairs are same, half different: need an even number of pairs, got {n_pairs}")
    if n_drawings < 2:
        raise ValueError(f"a drawing is never paired with itself: need 2 drawings of each class, got {n_drawings}")
    fewest = int(alphabet.unique(return_counts=True)[1].min()) if within_alphabet else len(alphabet)
    if fewest < 2:
        where = "an alphabet" if within_alphabet else "this set"
        raise ValueError(f"a different pair needs 2 classes: {where} has only {fewest}")
