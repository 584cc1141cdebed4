"""Episodes to play: name the class of each query by a click, and see beside yours what the rivals answered.

A rival is told no more than the player: the five drawings with their labels, and the query.
"""

import matplotlib.pyplot as plt
import torch

from ..evaluation import summarise
from ..tasks import Task
from .drawings import _tile
from .moving import Moving, show
from .style import METHODS, QUERY, STYLE, SUPPORT, TRUTH

RIGHT, WRONG = METHODS["FOMAML"], SUPPORT


def guessing(task: Task, rivals: dict) -> None:
    """One-shot tasks of one query each, a column for each: the query on top, the support drawings below it.

    task:   x_support (n_tasks, n_way, 1, h, w) sorted by label, x_query (n_tasks, 1, 1, h, w)
    rivals: from a name to a function from (x_support, y_support, x_query) to scores
    """
    with plt.rc_context(STYLE):
        board = Guessing(task, rivals)
        show(board, dict.fromkeys(board.names), lambda ipywidgets: buttons(ipywidgets, board))


class Guessing(Moving):
    """The figure: on the left the tasks, with a frame round each answer; on the right the shares of right answers."""

    def __init__(self, task: Task, rivals: dict):
        n_tasks, self.n_way = task.x_support.shape[:2]
        self.names = [f"episode {i}" for i in range(1, n_tasks + 1)]
        self.truth = task.y_query[:, 0].tolist()
        with torch.no_grad():
            found = {name: predict(*task[:3])[:, 0].argmax(1) for name, predict in rivals.items()}
        self.rivals = {name: (guess == task.y_query[:, 0]).tolist() for name, guess in found.items()}
        figure, (asked, score) = plt.subplots(1, 2, figsize=(9.2, 4.4), width_ratios=[3, 1], layout="constrained")
        moving = self._draw(asked, task) + self._score(score)
        super().__init__(figure, moving)

    def _draw(self, ax, task: Task) -> list:
        """The drawings, and for each task a frame for the answer and one for the truth, both still hidden."""
        h, w = task.x_query.shape[-2:]
        queries, support = task.x_query[:, 0, 0].unsqueeze(0), task.x_support[:, :, 0].transpose(0, 1)
        _tile(ax, torch.cat([queries, support]))
        ax.axhline(h - 0.5, color=QUERY, linewidth=3)
        ax.set_xticks([w * (i + 0.5) for i in range(len(self.names))], range(1, len(self.names) + 1))
        ax.set_yticks([h * (i + 0.5) for i in range(self.n_way + 1)], ["query", *range(self.n_way)])
        ax.set(xlabel="episode", ylabel="class")
        frame = dict(width=w - 4, height=h - 4, fill=False, visible=False)
        corner = [(w * i + 1.5, h * (c + 1) + 1.5) for i, c in enumerate(self.truth)]
        self.truths = [ax.add_patch(plt.Rectangle(xy, **frame, color=RIGHT, lw=2, ls=":")) for xy in corner]
        self.answers = [ax.add_patch(plt.Rectangle(xy, **frame, lw=2.5)) for xy in corner]
        self.height = h
        return self.truths + self.answers

    def _score(self, ax) -> list:
        """A point with its interval for the player and for each rival, still hidden."""
        players = ["you", *self.rivals]
        for row in range(len(players)):  # no line through the names
            ax.plot([1 / self.n_way] * 2, [row + 0.02, row + 0.28], color=TRUTH, linestyle=":")
        ax.text(1 / self.n_way, 0.42, "chance", color=TRUTH, fontsize=9, ha="center")
        ax.set(xlim=(0, 1.02), ylim=(len(players) - 0.5, -0.5), xlabel="right answers", yticks=[])
        colours = [WRONG, *(METHODS.get(name, TRUTH) for name in self.rivals)]
        self.lines = [ax.plot([], [], color=colour, lw=2)[0] for colour in colours]
        self.points = [ax.plot([], [], "o", color=colour)[0] for colour in colours]
        on_paper = dict(fontsize=9, bbox=dict(facecolor="white", edgecolor="none", pad=1))
        self.texts = [ax.text(0.03, i - 0.12, name, **on_paper) for i, name in enumerate(players)]
        self.title = ax.set_title("", fontsize=10)
        return [*self.lines, *self.points, *self.texts, self.title]

    def move(self, **answers) -> None:
        """Show these answers, one a name: a label, or None where there is none yet. The rivals follow the player."""
        given = [answers[name] for name in self.names]
        done = [i for i, label in enumerate(given) if label is not None]
        for i, (label, truth) in enumerate(zip(given, self.truth, strict=True)):
            self.truths[i].set_visible(i in done and label != truth)
            self.answers[i].set_visible(i in done)
            if i in done:
                self.answers[i].set_y(self.height * (label + 1) + 1.5)
                self.answers[i].set_edgecolor(RIGHT if label == truth else WRONG)
        self.title.set_text(f"{len(done)} of {len(given)} answered")
        mine = [label == truth for label, truth in zip(given, self.truth, strict=True)]
        for row, (name, hits) in enumerate({"you": mine, **self.rivals}.items()):
            self._count(row, name, [hits[i] for i in done])

    def still(self) -> None:
        """Without buttons the rivals alone are counted, in all tasks."""
        self.title.set_text(f"all {len(self.names)} episodes")
        for row, (name, hits) in enumerate(self.rivals.items(), start=1):
            self._count(row, name, hits)

    def _count(self, row: int, name: str, hits: list[bool]) -> None:
        self.texts[row].set_text(f"{name}: {sum(hits)} right" if hits else name)
        self.points[row].set_data([sum(hits) / len(hits)] if hits else [], [row + 0.15] if hits else [])
        self.lines[row].set_data(*_interval(hits, row + 0.15))


def _interval(hits: list[bool], height: float) -> tuple[list, list]:
    """The ends of the 95% interval, from the second answer on."""
    if len(hits) < 2:
        return [], []
    share = summarise(torch.tensor(hits, dtype=torch.float64))
    return [share.mean - share.interval, share.mean + share.interval], [height, height]


def buttons(ipywidgets, board: Guessing) -> dict:
    """A row of buttons for each argument of `Guessing.move`, none of them pressed."""
    row = dict(options=range(board.n_way), value=None, style=dict(button_width="40px"))
    return {name: ipywidgets.ToggleButtons(description=name, **row) for name in board.names}
