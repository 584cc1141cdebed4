"""Comparing: pairs of drawings, the forces between points, points on a plane, ROC curves."""

from itertools import cycle

import matplotlib.pyplot as plt
import torch
from matplotlib.offsetbox import AnnotationBbox, OffsetImage

from ..methods.siamese import contrastive_loss
from .drawings import _tile
from .style import CLASSES, INK, METHODS, STYLE, SUPPORT, TRUTH

SAME, DIFFERENT = METHODS["MAML"], SUPPORT
HUES = METHODS["pixels"], METHODS["aligned pixels"], METHODS["MAML"], SUPPORT


def pairs(drawn, *, n: int = 7) -> None:
    """The first n same pairs of a batch, one drawing below the other, and the first n different ones beside them."""
    with plt.rc_context(STYLE):
        _, axes = plt.subplots(1, 2, figsize=(9, 1.8), layout="constrained")
        for ax, label, name, colour in zip(axes, (1, 0), ("same", "different"), (SAME, DIFFERENT), strict=True):
            _tile(ax, torch.stack([side[drawn.y == label][:n, 0] for side in (drawn.a, drawn.b)]))
            ax.set_title(f"{name}, y = {label}", color=colour)
            for spine in ax.spines.values():
                spine.set(visible=True, color=colour, linewidth=2)
        plt.show()


def springs(*, margin: float) -> None:
    """The contrastive loss of one pair, and the force between its points, over their distance."""
    zero = torch.zeros(201, 1)
    distance = torch.linspace(0, 2 * margin, 201)[:, None]
    with plt.rc_context(STYLE):
        fig, axes = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
        for label, name, colour in (1, "same", SAME), (0, "different", DIFFERENT):
            d = distance.clone().requires_grad_()
            y = torch.full((1,), float(label))
            losses = torch.stack(
                [contrastive_loss(*pair, y, margin=margin) for pair in zip(d[:, None], zero[:, None], strict=True)]
            )
            force = -torch.autograd.grad(losses.sum(), d)[0]
            axes[0].plot(distance, losses.detach(), color=colour, label=name)
            axes[1].plot(distance[1:], force[1:], color=colour)
        axes[1].axhline(0, color=TRUTH, linewidth=0.8, zorder=0)
        for ax, ylabel in zip(axes, ("loss of the pair", "force (push > 0)"), strict=True):
            ax.axvline(margin, color=TRUTH, linestyle=":", label="margin" if ax is axes[0] else None)
            ax.set(xlabel="distance of the two points", ylabel=ylabel)
        fig.legend(loc="outside lower center", ncols=3)
        plt.show()


def plane(rows: dict, images, *, margin: float) -> None:
    """Points of a 2-D embedding as training goes on, all panels at one scale, a colour for each class.

    rows:   from a name to snapshots, which go from an iteration to points (n_classes, n_drawings, 2)
    images: (n_classes, h, w), a drawing of each of up to five classes, shown at the end of the first row
    In the second panel two pairs, a same and a different one, show the force on one of their points.
    """
    shades = CLASSES[: len(images)]
    panels = [points.flatten(0, 1) for snapshots in rows.values() for points in snapshots.values()]
    reach = 1.3 * max((points - points.mean(0)).abs().max() for points in panels)
    shape = len(rows), max(map(len, rows.values()))
    with plt.rc_context(STYLE):
        size = (2.5 * shape[1], 2.7 * shape[0])
        fig, axes = plt.subplots(*shape, figsize=size, squeeze=False, layout="constrained")
        for row, (name, snapshots) in zip(axes, rows.items(), strict=True):
            for ax, (iteration, points) in zip(row, snapshots.items(), strict=True):
                for own, shade in zip(points, shades, strict=True):
                    ax.plot(*own.T, ".", color=shade, ms=6, alpha=0.8)
                x, y = points.mean((0, 1)).tolist()
                ax.set(xlim=(x - reach, x + reach), ylim=(y - reach, y + reach), xticks=[], yticks=[], aspect="equal")
                ax.set_title(f"after {iteration}" if iteration else "at the start")
                left, low = x - 0.9 * reach, y - 0.9 * reach
                ax.plot([left, left + margin], [low, low], color=TRUTH, linewidth=2)
            row[0].set_ylabel(name)
        axes[0, 0].annotate("margin", (0.05, 0.07), xycoords="axes fraction", fontsize=8, color=TRUTH)
        first = list(next(iter(rows.values())).values())
        _forces(axes[0, 1], first[1], margin)
        for own, shade, image in zip(first[-1], shades, images, strict=True):
            picture = OffsetImage(image, zoom=0.7, cmap=INK)
            centre = own.mean(0)
            height = -20 if centre[1] > first[-1].mean((0, 1))[1] + reach / 2 else 20  # inside the panel
            place = dict(xybox=(0, height), boxcoords="offset points", pad=0.1, bboxprops=dict(edgecolor=shade))
            axes[0, -1].add_artist(AnnotationBbox(picture, centre, **place))
        fig.legend(loc="outside lower center", ncols=2)
        plt.show()


def _forces(ax, points, margin) -> None:
    """An arrow for what one same and one different pair feel at the points (n_classes, n_drawings, 2).

    Of class 0 the two points that are furthest apart; of the others, two that are about half a margin apart.
    """
    flat, label = points.flatten(0, 1), torch.arange(len(points)).repeat_interleave(points.shape[1])
    d = torch.cdist(flat, flat)
    same, own = label.unsqueeze(1) == label, label == 0
    choices = {
        ("pull of a same pair", "black", 1.0): d.masked_fill(~(same & own), -1),
        ("push of a different pair", "white", 0.0): -(d - margin / 2).abs().masked_fill(same | own | own[:, None], 9),
    }
    for (name, fill, y), liked in choices.items():
        i, j = divmod(int(liked.argmax()), len(flat))
        a, b = flat[i : i + 1].clone().requires_grad_(), flat[j : j + 1]
        force = -torch.autograd.grad(contrastive_loss(a, b, torch.tensor([y]), margin=margin), a)[0]
        a = a.detach()
        ax.plot(*torch.cat([a, b]).T, "o-", color=TRUTH, linewidth=0.8, mfc="none", ms=6, zorder=2.5)
        how = dict(angles="xy", scale_units="xy", scale=1, width=0.014, label=name)
        ax.quiver(*a.T, *force.T, facecolor=fill, edgecolor="black", linewidth=0.8, zorder=3, **how)


def roc(results: dict, weights) -> None:
    """ROC curves, from label to `Verification`, with the points of equal error; beside them learned weights, sorted.

    The last curve is dashed, its dot a ring, so that another one can be seen in it. weights: (d,)
    """
    with plt.rc_context(STYLE):
        how = dict(figsize=(9.6, 5.2), layout="constrained", width_ratios=(5, 4))
        fig, (ax, right) = plt.subplots(1, 2, **how)
        for (label, result), colour in zip(results.items(), cycle(HUES)):
            line, dot = ("--", dict(mfc="none", ms=10)) if label == list(results)[-1] else ("-", {})
            ax.plot(result.false_accepts, result.true_accepts, line, color=colour, label=f"{label}: {result}")
            ax.plot(result.equal_error_rate, 1 - result.equal_error_rate, "o", color=colour, **dot)
        ax.plot([0, 1], [0, 1], ":", color=TRUTH, label="a blind guess")
        ax.plot([0, 1], [1, 0], color=TRUTH, linewidth=0.6)
        ax.set(
            xlabel="false accepts: different pairs taken for same",
            ylabel="true accepts: same pairs found",
            aspect="equal",
        )
        ordered = weights.sort().values
        right.bar(range(len(ordered)), ordered, color=[SAME if w > 0 else DIFFERENT for w in ordered])
        right.axhline(0, color=TRUTH, linewidth=0.8)
        right.set(xlabel="coordinate j, in order of its weight", ylabel="weight $w_j$ of the difference")
        fig.legend(loc="outside lower center", ncols=2)
        plt.show()
