"""The papers' protocols on characters: what a run of each method trains on, with which settings, and how it is tested.

Every setting stands here or in the table of runs (`experiments`), and a run's file repeats it. Papers: MAML and FOMAML,
Finn, Abbeel, Levine 2017, arXiv:1703.03400; Reptile, Nichol, Achiam, Schulman 2018, arXiv:1803.02999; matching
networks, Vinyals et al. 2016, arXiv:1606.04080; prototypical networks, Snell, Swersky, Zemel 2017, arXiv:1703.05175;
Siamese networks, Koch, Zemel, Salakhutdinov 2015; the 20 runs, Lake, Salakhutdinov, Tenenbaum 2015.
"""

from . import departures
from .plan import PLAIN, SIZES, SUPPORT, TRANSDUCTIVE, Experiment, Test, shape

ADAM = dict(optimizer="Adam", beta=1e-3)
FALLING = dict(ADAM, falls="to zero in a straight line")
FINN = "Finn et al. 2017, table 1"
ANTONIOU = "Antoniou et al. 2019, table of Omniglot results"
NICHOL = "Nichol et al. 2018, table of Omniglot results"
VINYALS = "Vinyals et al. 2016, table 1"
VINYALS_SIAMESE = "Vinyals et al. 2016, table 1, not fine-tuned"
SNELL = "Snell et al. 2017, table 1"
HARDER_SPLIT = (VINYALS, VINYALS_SIAMESE, SNELL)


def episodes(n_way, k_shot, n_query, how, source, transductive=None, support=None, **options) -> Test:
    """A test on episodes of unseen characters, with the paper's figure for either way."""
    draw = dict(n_way=n_way, k_shot=k_shot, n_query=n_query, rotations=True)
    return Test(shape(n_way, k_shot), draw, how, {TRANSDUCTIVE: transductive, SUPPORT: support}, source, **options)


def official(how: dict, paper: float | None = None, source="") -> tuple[Test]:
    """The test on the official 20 runs; papers report it without transduction."""
    return (Test("20 runs", {}, how, {TRANSDUCTIVE: None, SUPPORT: paper}, source, episodes=20, at_once=5),)


def maml(
    n_way, k_shot, n_tasks, iterations, minutes, papers=None, *,
    source=FINN, method="MAML", beta=1e-3, inner=None, asked=None, runs=False, **variant,
):  # fmt: skip
    """MAML and its relatives: a strided net, as many queries a class as shots, Adam outside.

    The paper's meta-batch has 32 tasks of 5 ways or 16 of 20, at a steady outer rate. Ours is smaller, for more steps
    in the few percent of its budget that we have, and the rate falls to zero.
    inner: alpha and steps in training, where they are not the paper's
    asked: the number of steps in the test, likewise; the paper's are 3 of 5 ways and 5 of 20
    papers: the paper's figure, or {k: figure} for tests with k shots, of one network that trains with k_shot
    """
    alpha, steps, paper_n_tasks = (0.4, 1, 32) if n_way == 5 else (0.1, 5, 16)
    rate = departures.AUTHORS_RATE
    if inner:
        rate = f"Trained with {inner['steps']} steps of {inner['alpha']}, chosen on characters held back; in the paper "
        rate += f"{steps} of {alpha}, but {departures.AUTHORS_LOSS}"
        alpha, steps = inner["alpha"], inner["steps"]
    departs = [f"A meta-batch of {n_tasks} and an outer rate that falls to zero; in the paper {paper_n_tasks}, steady."]
    if beta != FALLING["beta"]:
        departs.append(f"The outer rate begins at {beta}, chosen on characters held back.")
    if asked:
        departs.append(f"Tested after {asked} steps, chosen on characters held back.")
    figures = papers if isinstance(papers, dict) else {k_shot: papers}
    if len(figures) > 1:
        departs.append(departures.ONE_SHOT)
    at_test = dict(alpha=alpha, steps=asked or (3 if n_way == 5 else 5), loss="cross entropy", **variant)
    n_episodes = 1000 if n_way == 5 else 600
    tests = [episodes(n_way, k, k, at_test, source, figures[k], episodes=n_episodes) for k in figures]
    return Experiment(
        method=method,
        data="background" if runs else "omniglot",
        net=dict(n_out=n_way, filters=64, pool=False),
        draw=dict(n_tasks=n_tasks, n_way=n_way, k_shot=k_shot, n_query=k_shot, rotations=True, within_alphabet=runs),
        how=dict(alpha=alpha, steps=steps, loss="cross entropy", **variant),
        outer=FALLING | dict(beta=beta),
        iterations=iterations,
        paper_iterations=60_000,
        paper_n_tasks=paper_n_tasks,
        tests=official(at_test) if runs else tuple(tests),
        minutes=minutes,
        remarks=(*(departures.WITHIN if runs else departures.DRAWN), *departs, rate),
    )


def fomaml(*sizes, **options):
    """MAML without the second derivative."""
    experiment = maml(*sizes, method="FOMAML", source=NICHOL, first_order=True, **options)
    remark = "The budget that we compare with is MAML's; the figure's authors have Reptile's."
    return experiment._replace(remarks=(*experiment.remarks, remark))


def anil(*sizes, **options):
    """MAML that adapts the head alone."""
    remark = "The settings are MAML's, and so is the budget that we compare with."
    experiment = maml(*sizes, method="ANIL", head_only=True, **options)
    return experiment._replace(remarks=(*experiment.remarks, remark))


def learned_rates(n_way, k_shot, n_tasks, iterations, minutes, papers):
    """MAML with a rate for each tensor of weights and each of two steps, learned along with them, as in MAML++.

    papers: {k: figure} for tests with k shots, as for `maml`; None where there is no figure, for a test with k_shot
    """
    how = dict(loss="cross entropy")
    experiment = maml(n_way, k_shot, n_tasks, iterations, minutes, papers, source=ANTONIOU if papers else "")
    return experiment._replace(
        method="MAML, learned rates",
        how=how,
        start=dict(alpha=0.1, each="tensor", steps=2, logarithm=True),
        outer=dict(FALLING, beta=2e-3),
        paper_iterations=None,
        paper_n_tasks=None,
        tests=tuple(test._replace(how=how) for test in experiment.tests),
        remarks=(
            *departures.OMNIGLOT,
            "The learned rates of MAML++, at two inner steps, and none of its other changes"
            + ("; the paper's figure is with all." if papers else "."),
            "The logarithm of each rate is trained, five times as fast as the weights.",
            *([departures.ONE_SHOT] if len(papers or ()) > 1 else []),
        ),
    )


def reptile(n_way, iterations, minutes, papers=((None, None), (None, None)), *, runs=False, carried=False):
    """One network for 1 and for 5 shots, as in the paper's settings, where only the test differs.

    carried: as in the authors' code, Adam's second moment goes on from task to task, and into the tests; and upright
    characters are tested beside turned ones. Otherwise Adam starts afresh on each task.
    """
    alpha, batch, steps, its = (1e-3, 10, 5, 100_000) if n_way == 5 else (5e-4, 20, 10, 200_000)
    inner = dict(alpha=alpha, beta1=0.0, loss="cross entropy") | ({} if carried else dict(adam=True))
    at_test = dict(inner, steps=50, batch_size=5 if n_way == 5 else 10)
    remarks = (departures.SHARED_ADAM if carried else departures.FRESH_ADAM, departures.ONE_QUERY)
    if not runs:
        remarks += (departures.ONE_NETWORK, departures.UPRIGHT if carried else departures.TURNED)
    tests = []
    for k, pair in zip((1, 5), papers, strict=True):
        turned = episodes(n_way, k, 1, at_test, NICHOL, *pair, episodes=600)
        upright = dict(setting=f"{turned.setting}, upright", draw=turned.draw | dict(rotations=False))
        tests += [turned, turned._replace(**upright)] if carried else [turned]
    return Experiment(
        method="Reptile, Adam carried" if carried else "Reptile",
        data="background" if runs else "omniglot",
        net=dict(n_out=n_way, filters=64, pool=False),
        draw=dict(n_tasks=5, n_way=n_way, k_shot=10, n_query=1, rotations=True, within_alphabet=runs),
        how=dict(inner, steps=steps, batch_size=batch) | (dict(carried=True) if carried else {}),
        outer=dict(FALLING, optimizer="SGD", beta=1.0),
        iterations=iterations,
        paper_iterations=its,
        tests=official(at_test) if runs else tuple(tests),
        minutes=minutes,
        remarks=(departures.WITHIN if runs else departures.DRAWN) + remarks,
    )


def matching(n_way, k_shot, n_tasks, iterations, minutes, papers=None, *, runs=False):
    """Trained as it is tested, for each number of ways and shots, as in the paper.

    Unlike the paper's, the cosine is multiplied by ten: bare, it never lets the attention be sure (lesson 08).
    """
    how = dict(scale=10.0)
    return Experiment(
        method="matching",
        data="background" if runs else "omniglot",
        net=dict(n_out=None, filters=64, pool=True),
        draw=dict(n_tasks=n_tasks, n_way=n_way, k_shot=k_shot, n_query=5, rotations=True, within_alphabet=runs),
        how=how,
        outer=FALLING,
        iterations=iterations,
        paper_iterations=None,
        tests=official(how) if runs else (episodes(n_way, k_shot, 5, how, VINYALS, support=papers),),
        minutes=minutes,
        remarks=(
            *(departures.WITHIN if runs else departures.LISTED),
            departures.BUDGET,
            "The cosine times ten, and no full context embeddings.",
        ),
    )


def prototypical(k_shot, iterations, minutes, papers=(None, None), *, runs=False):
    """60-way training episodes; one network serves 5-way and 20-way tests, as in the paper."""
    tests = [episodes(n, k_shot, 5, {}, SNELL, support=figure) for n, figure in zip((5, 20), papers, strict=True)]
    return Experiment(
        method="prototypical",
        data="background" if runs else "omniglot",
        net=dict(n_out=None, filters=64, pool=True),
        draw=dict(n_tasks=1, n_way=60, k_shot=k_shot, n_query=5, rotations=True, within_alphabet=runs),
        how={},
        outer=dict(ADAM, halved_every=2000),
        iterations=iterations,
        paper_iterations=None,
        tests=official({}) if runs else tuple(tests),
        minutes=minutes,
        remarks=(
            *(departures.WITHIN if runs else departures.LISTED),
            departures.BUDGET,
            departures.RUNNING,
        ),
    )


def siamese(iterations, minutes, papers=(None,) * 4, *, runs=False):
    """Distorted pairs, the different ones of one alphabet; one network serves all tests, since it learns from pairs."""
    tests = [
        episodes(*size, 5, {}, VINYALS_SIAMESE, support=figure) for size, figure in zip(SIZES, papers, strict=True)
    ]
    remarks = (
        "Affine distortions as in Koch et al.; but the contrastive loss, not their weighted distance, and the net of "
        "matching and prototypical networks, not theirs.",
        "A different pair shows two characters of one alphabet; a training that took them from anywhere fell behind.",
        f"{iterations:,} mini-batches of 32 pairs, at a rate that falls to zero; Koch et al. take 128 for at most "
        "200 epochs, and stop after 20 without improvement.",
        "The net, the margin, the outer rate and the size of a mini-batch were chosen on characters held back.",
    )
    if not runs:
        remarks += ("One network serves all tests: it learns from pairs, and knows no ways and shots.",)
    return Experiment(
        method="Siamese",
        data="background" if runs else "omniglot",
        net=dict(n_out=None, filters=64, pool=True),
        draw=dict(n_pairs=32, rotations=True, within_alphabet=True, distorted=True),
        how=dict(margin=12.0),
        outer=dict(FALLING, beta=5e-3),
        iterations=iterations,
        paper_iterations=None,
        tests=official({}, 92.0, "Koch et al. 2015, 8.0% errors") if runs else tuple(tests),
        minutes=minutes,
        remarks=(departures.WITHIN if runs else departures.LISTED) + remarks,
    )


def pixels(*, runs=False, method="pixels", remarks=()):
    """Nearest neighbour on pixels, with nothing to train."""
    plain = [
        Test(shape(*n), dict(n_way=n[0], k_shot=n[1], n_query=5, rotations=True), {}, {PLAIN: None}) for n in SIZES
    ]
    return Experiment(
        method=method,
        data="background" if runs else "omniglot",
        net={},
        draw={},
        how={},
        outer={},
        iterations=0,
        paper_iterations=None,
        tests=(Test("20 runs", {}, {}, {PLAIN: None}, episodes=20),) if runs else tuple(plain),
        minutes=1,
        remarks=((departures.TRIALS,) if runs else departures.OMNIGLOT) + remarks,
    )


def aligned_pixels(*, runs=False):
    """Drawings aligned before they are compared: the strongest baseline that learns nothing from Omniglot."""
    chosen = "How far to align and how much to blur were chosen on the invented validation alphabets."
    return pixels(runs=runs, method="aligned pixels", remarks=(chosen,))
