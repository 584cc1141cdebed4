"""The neighbour: ask whoever has agreed with this user most, and repeat what he gave. No training, and a good memory.

    answer(film) = the stars that the neighbour gave,    neighbour = argmin_v mean over shared films of (y_u - y_v)^2

The oldest way to recommend by other people's ratings is a mean over such neighbours (Resnick, Iacovou, Suchak,
Bergstrom, Riedl 1994, "GroupLens: An Open Architecture for Collaborative Filtering of Netnews"). Here it stands for all
learners that remember people: where a tested user is among those who are remembered, it finds him.

Example
    import torch
    from mlcourse.methods import neighbour

    remembered = torch.tensor([[5.0, 4.0, 1.0], [1.0, 2.0, 5.0]])  # two users, three films; nan: has not rated it
    film, stars, asked = torch.tensor([[0, 1]]), torch.tensor([[[4.0], [4.0]]]), torch.tensor([[2]])
    neighbour.predict(remembered, film, stars, asked, overall=3.5)
"""

import torch
from torch import Tensor

from ..tasks import check_examples


def predict(
    remembered: Tensor, x_support: Tensor, y_support: Tensor, x_query: Tensor, *, overall: float, least: int = 3
) -> Tensor:
    """The stars that each task's neighbour gave to the films it is asked about, (n_tasks, n_query, 1).

    remembered: (n_users, n_films), stars, nan where a user has not rated a film
    x_support, x_query: film numbers, (n_tasks, n)    y_support: stars, (n_tasks, n, 1)
    overall:    what to answer where nobody can be asked
    least:      how many films two users must share, or as many as are given if these are fewer
    """
    check_examples(x_support, y_support)
    answers = []
    for seen, stars, asked in zip(x_support, y_support.squeeze(-1), x_query, strict=True):
        apart = (remembered[:, seen] - stars).square()  # (n_users, n_support), nan where not shared
        shared = apart.isfinite().sum(1)
        distance = torch.where(shared >= min(least, len(seen)), apart.nanmean(1), torch.inf)
        gave = remembered[:, asked]  # (n_users, n_query)
        of_film = torch.where(gave.isnan(), torch.inf, distance.nan_to_num(torch.inf, posinf=torch.inf).unsqueeze(1))
        nearest, who = of_film.min(0)
        found = gave.gather(0, who.unsqueeze(0)).squeeze(0)
        answers.append(torch.where(nearest.isfinite(), found, overall))
    return torch.stack(answers).unsqueeze(-1)
