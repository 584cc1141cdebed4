"""The neighbour: the plainest search by hand, and a user who is remembered is found."""

import torch

from mlcourse.methods import neighbour

NAN = float("nan")


def test_the_answer_is_that_of_the_user_who_agreed_most():
    remembered = torch.tensor([[5.0, 4.0, 1.0, NAN], [1.0, 2.0, 5.0, 4.0], [5.0, 5.0, NAN, 2.0]])
    film, stars = torch.tensor([[0, 1]]), torch.tensor([[[5.0], [4.0]]])
    found = neighbour.predict(remembered, film, stars, torch.tensor([[2, 3]]), overall=3.5)
    assert found.flatten().tolist() == [1.0, 2.0]  # the best has not rated the last film, the next best has


def test_who_is_remembered_is_found(rng):
    remembered = torch.randn(30, 20, generator=rng)
    film = torch.rand(30, 20, generator=rng).argsort(1)
    stars = remembered.gather(1, film).unsqueeze(-1)
    found = neighbour.predict(remembered, film[:, :5], stars[:, :5], film[:, 5:], overall=0.0)
    assert torch.equal(found, stars[:, 5:])


def test_where_nobody_can_be_asked_the_answer_is_the_overall_mean():
    remembered = torch.tensor([[5.0, NAN, NAN, NAN], [NAN, NAN, NAN, 2.0]])
    film, stars = torch.tensor([[0, 1, 2]]), torch.ones(1, 3, 1)
    assert neighbour.predict(remembered, film, stars, torch.tensor([[3]]), overall=3.5).item() == 3.5


def test_tasks_do_not_see_each_other(rng):
    remembered, film = torch.randn(9, 8, generator=rng), torch.rand(4, 8, generator=rng).argsort(1)
    stars = torch.randn(4, 3, 1, generator=rng)
    together = neighbour.predict(remembered, film[:, :3], stars, film[:, 3:], overall=0.0)
    alone = [
        neighbour.predict(remembered, film[i : i + 1, :3], stars[i : i + 1], film[i : i + 1, 3:], overall=0.0)
        for i in range(4)
    ]
    assert torch.equal(together, torch.cat(alone))
