"""The episodes to play count right answers, the player's and the rivals' alike, and show them as they are given."""

from functools import partial

import matplotlib.pyplot as plt
import pytest
import torch

from mlcourse.evaluation import summarise
from mlcourse.methods import nearest
from mlcourse.plots import guessing as shown_in_lessons
from mlcourse.plots.guessing import RIGHT, WRONG, Guessing, buttons
from mlcourse.tasks import Task

RIVALS = {"pixels": nearest.predict, "aligned pixels": partial(nearest.predict, embed=nearest.aligned)}
N_TASKS, N_WAY = 6, 5


@pytest.fixture
def task(rng):
    x = (torch.rand(N_TASKS, N_WAY, 1, 28, 28, generator=rng) < 0.2).to(torch.get_default_dtype())
    y = torch.arange(N_WAY).repeat(N_TASKS, 1)
    asked = torch.randint(N_WAY, (N_TASKS, 1), generator=rng)
    noisy = (x - 0.3 * (torch.rand(x.shape, generator=rng) < 0.9)).clamp(min=0)
    return Task(x, y, noisy[torch.arange(N_TASKS).unsqueeze(1), asked], asked)


def answers(board, labels):
    return dict(zip(board.names, labels, strict=True))


def test_before_the_first_answer_nothing_is_given_away(task):
    board = Guessing(task, RIVALS)
    board.move(**dict.fromkeys(board.names))
    assert not any(frame.get_visible() for frame in board.truths + board.answers)
    assert [text.get_text() for text in board.texts] == ["you", "pixels", "aligned pixels"]
    assert not any(len(artist.get_xdata()) for artist in board.points + board.lines)


def test_an_answer_is_framed_and_a_wrong_one_shows_the_truth_beside_it(task):
    board = Guessing(task, RIVALS)
    right = task.y_query[:, 0].tolist()
    labels = [right[0], (right[1] + 1) % N_WAY, *[None] * (N_TASKS - 2)]
    board.move(**answers(board, labels))
    assert [frame.get_visible() for frame in board.answers] == [True, True] + [False] * (N_TASKS - 2)
    assert [frame.get_visible() for frame in board.truths] == [False, True] + [False] * (N_TASKS - 2)
    colours = [frame.get_edgecolor() for frame in board.answers[:2]]
    assert colours == [plt.matplotlib.colors.to_rgba(colour) for colour in (RIGHT, WRONG)]
    row = [int(frame.get_y() // 28) - 1 for frame in board.answers[:2]]  # the first row holds the queries
    assert row == labels[:2]
    assert int(board.truths[1].get_y() // 28) - 1 == right[1]


def test_the_rivals_are_counted_on_the_answered_episodes_alone(task):
    board = Guessing(task, {"always 0": lambda x, y, q: torch.eye(N_WAY)[:1].expand(len(x), 1, N_WAY)})
    board.move(**answers(board, [0, 0, 0, *[None] * (N_TASKS - 3)]))
    hits = (task.y_query[:3, 0] == 0).double()
    assert board.texts[0].get_text() == f"you: {int(hits.sum())} right"
    assert board.texts[1].get_text() == f"always 0: {int(hits.sum())} right"
    mean, half, _ = summarise(hits)
    for point, line in zip(board.points, board.lines, strict=True):
        assert point.get_xdata() == pytest.approx([mean])
        assert line.get_xdata() == pytest.approx([mean - half, mean + half])
    assert board.title.get_text() == f"3 of {N_TASKS} answered"


def test_without_buttons_the_rivals_are_counted_in_all_tasks_and_nobody_else(task):
    board = Guessing(task, {"always 0": lambda x, y, q: torch.eye(N_WAY)[:1].expand(len(x), 1, N_WAY)})
    board.move(**dict.fromkeys(board.names))
    board.still()
    hits = int((task.y_query[:, 0] == 0).sum())
    assert [text.get_text() for text in board.texts] == ["you", f"always 0: {hits} right"]
    assert [len(point.get_xdata()) for point in board.points] == [0, 1]
    assert not any(frame.get_visible() for frame in board.truths + board.answers)


def test_a_single_answer_has_no_interval(task):
    board = Guessing(task, RIVALS)
    board.move(**answers(board, [0, *[None] * (N_TASKS - 1)]))
    assert [len(line.get_xdata()) for line in board.lines] == [0, 0, 0]


def test_every_row_of_buttons_starts_unpressed_and_redraws(play, task):
    board = Guessing(task, RIVALS)
    unpressed, all_pressed = dict.fromkeys(board.names), dict.fromkeys(board.names, 2)
    play(lambda: Guessing(task, RIVALS), lambda widgets: buttons(widgets, board), unpressed, **all_pressed)


IN_A_KERNEL = """
import torch
from mlcourse import plots
from mlcourse.methods import nearest
from mlcourse.tasks import Task
x, y = torch.eye(28).expand(2, 5, 1, 28, 28), torch.arange(5).expand(2, 5)
plots.guessing(Task(x, y, x[:, :1], y[:, :1]), {"pixels": nearest.predict})
"""


def test_a_person_gets_buttons_and_a_program_the_still(cell):
    assert cell(IN_A_KERNEL, somebody=False)[0] == ["picture"]
    assert cell(IN_A_KERNEL, somebody=True)[0] == ["picture", "controls"]


def test_outside_a_notebook_the_figure_is_shown(task, shown):
    shown_in_lessons(task, RIVALS)
    assert len(shown) == 1
