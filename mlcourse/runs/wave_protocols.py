"""The papers' protocols on sine waves: what a recorded run of each method trains on, and how it is tested.

Finn, Abbeel, Levine 2017, arXiv:1703.03400.
"""

from .plan import PLAIN, Experiment, Test

ONE_STEP = dict(alpha=0.01, steps=1)


def waves(k_shot, papers=(None, None, None), *, method="MAML", how=ONE_STEP, steps=(1, 5, 10), remarks=()):
    """The sine table: one inner step in training, 1, 5 and 10 at test."""
    source = "Finn et al. 2017, table of sine regression"
    tests = [
        Test(
            f"{k_shot}-shot, {n} step{'s' if n > 1 else ''}",
            dict(k_shot=k_shot, n_query=100),
            dict(alpha=0.01, steps=n),
            {PLAIN: mse},
            source,
            episodes=600,
            at_once=600,
        )
        for n, mse in zip(steps, papers, strict=True)
    ]
    return Experiment(
        method=method,
        data="waves",
        net=dict(sizes=(1, 40, 40, 1)),
        draw=dict(n_tasks=25, k_shot=k_shot, n_query=k_shot),
        how=how,
        outer=dict(optimizer="Adam", beta=1e-3),
        iterations=70_000,
        paper_iterations=70_000,
        tests=tuple(tests),
        minutes=5,
        remarks=("Tested on 100 query points a task.", *remarks),
    )


def pooled_waves(k_shot, papers=(None, None, None)):
    """All waves pooled, then fine-tuned."""
    remarks = ("Fine-tuned at 0.01; the paper tunes this rate.",)
    return waves(k_shot, papers, method="transfer", how={}, remarks=remarks)


def meta_sgd_waves(k_shot):
    """Meta-SGD on waves, with its rates for one step."""
    experiment = waves(k_shot, (None,), method="Meta-SGD", how={}, steps=(1,))
    tests = tuple(test._replace(how={}) for test in experiment.tests)
    remarks = (*experiment.remarks, "All rates start at 0.01; the paper draws them at random.")
    return experiment._replace(start=dict(alpha=0.01), tests=tests, paper_iterations=None, remarks=remarks)
