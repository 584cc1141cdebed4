"""Few-shot learners of requests on CLINC150, for lesson 16: words counted, weighed, learned by heart or by statistics.

    python -m mlcourse text

Each seed draws a split of its own: five domains to learn from, one to choose by, four to be tested on. So training and
test share no domain, and the spread over the seeds holds the choice of the domains, too. The split, the tasks and their
order are the same for all. Outer rates and strengths are chosen on validation tasks, those of trained learners with
another seed, after the shorter training; MAML's is set, since the smaller it was the better: its start has nothing to
learn. The pool that says how rare a word is holds no domain of the task, but for "worth, leaking" and MAML, whose
training tasks stand in their own pool.
"""

import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import torch

from ..evaluation import Evaluation, evaluate, summarise
from ..files import DATA
from ..losses import accuracy, cross_entropy
from ..methods import maml, naive_bayes, prototypical, tf_idf, worth
from ..networks import BagClassifier, WordVectors, WordWeights, bags
from ..worlds import intents, texts
from ..worlds.texts import Texts
from . import ledger

STORED, COMMAND = DATA / "text.json", "python -m mlcourse text"
SHORT, LONG = 300, 1200  # iterations
SEEDS = {SHORT: (1, 2, 3, 4, 5), LONG: (1, 2, 3)}
CHOOSING, RATE = 101, 0.02  # the seed that chooses the outer rates, and the rate to begin with
SET = {"MAML": 0.01}  # outer rates that are not chosen
DOMAINS = (5, 1, 4)  # to learn from, to choose by, to be tested on
SHOTS, TRAINED_SHOT, N_WAY, N_TASKS, N_QUERY = (1, 5), 5, 5, 4, 5
N_TEST, AT_ONCE, N_ASKED = 400, 10, 8  # test tasks, so many together, queries of a class in each
INNER = dict(alpha=20.0, steps=5, loss=cross_entropy)  # MAML's; on points of length 1 the rate hardly matters
STRENGTHS = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)  # of naive Bayes and ridge regression
T = {3: 4.303, 5: 2.776}  # Student's t: 97.5% of it lies below, by the number of seeds
UNTRAINED = ("counts", "TF-IDF", "ridge", "naive Bayes")
TRAINED = ("worth", "worth, leaking", "weights by heart", "word vectors", "MAML")


class Split(NamedTuple):
    """What a seed gives: three sets of requests, the pool of the first, and its domains with what the others say."""

    training: Texts
    validation: Texts
    test: Texts
    pool: bags.Tally
    folds: list[tuple[Texts, torch.Tensor]]


@cache
def split(seed: int) -> Split:
    """The domains of a seed, as texts, and what their words' statistics are."""
    requests, domain = intents.load()
    every = texts.numbered(requests)
    parts = [every.select(p) for p in intents.split(domain, *DOMAINS, rng=torch.Generator().manual_seed(seed))]
    training = parts[0]
    folds = []
    for own in texts.whole_groups({name: domain[name] for name in training.names}, DOMAINS[0]):
        others = training.select(set(training.names) - set(own))
        folds.append((training.select(own), worth.signature(bags.tally(others.rows, len(every.words)))))
    return Split(*parts, bags.tally(training.rows, len(every.words)), folds)


def tasks(source: Texts, k_shot: int, *, seed: int) -> list:
    """Tasks to choose or to test by, some at once."""
    rng = torch.Generator().manual_seed(20_000 + seed)
    how = dict(n_way=N_WAY, k_shot=k_shot, n_query=N_ASKED, rng=rng)
    return [texts.sample_texts(source, AT_ONCE, **how) for _ in range(N_TEST // AT_ONCE)]


def untrained(name: str, seed: int, strength: float) -> Callable:
    """A learner that trains nothing, from (x_support, y_support, x_query) to scores."""
    pool = split(seed).pool
    return {
        "counts": partial(tf_idf.predict, torch.ones(len(pool.texts))),
        "TF-IDF": partial(tf_idf.predict, bags.idf(pool)),
        "ridge": partial(tf_idf.ridge, bags.idf(pool), strength=strength / 100),
        "naive Bayes": partial(naive_bayes.predict, naive_bayes.prior(pool), strength=strength),
    }[name]


def train(name: str, *, n_iterations: int, beta: float, seed: int) -> Callable:
    """Train a learner; returns how it is asked, from (x_support, y_support, x_query) to scores."""
    of, own, drawn = split(seed), *(torch.Generator().manual_seed(seed + shift) for shift in (0, 10_000))
    n_words, signature = len(of.pool.texts), worth.signature(of.pool)
    draw = partial(texts.sample_texts, n_tasks=N_TASKS, n_way=N_WAY, k_shot=TRAINED_SHOT, n_query=N_QUERY, rng=drawn)

    def apart():
        fold, elsewhere = of.folds[int(torch.randint(len(of.folds), (1,), generator=drawn))]
        return (*draw(fold), elsewhere)

    def leaking():
        return (*draw(of.training), signature)

    net = worth.network(signature)
    if name.startswith("worth"):
        sample, theta = apart if name == "worth" else leaking, worth.init(net, own)
        recipe, ask = partial(worth.meta_gradient, net), partial(worth.predict, net)
    else:
        nets = {"weights by heart": WordWeights(n_words), "word vectors": WordVectors(n_words)}
        body = nets[name] if name in nets else BagClassifier(bags.idf(of.pool), N_WAY)
        sample, theta = partial(draw, of.training), body.init(own)
        method, how = (prototypical, {}) if name in nets else (maml, INNER)
        recipe, ask = partial(method.meta_gradient, body, **how), partial(method.predict, body, **how)
    theta = ledger.train(recipe, theta, sample, n_iterations=n_iterations, beta=beta, decay=True)
    return partial(ask, theta, signature) if name.startswith("worth") else partial(ask, theta)


def measured(ask: Callable, seed: int) -> dict:
    """Accuracy on validation and on test tasks, by number of shots."""
    of = split(seed)

    def shares(source):
        found = (evaluate(ask, tasks(source, k, seed=seed), metric=accuracy) for k in SHOTS)
        return [round(result.mean, 4) for result in found]

    return dict(validation=shares(of.validation), accuracy=shares(of.test))


def record(path: Path = STORED) -> None:
    """Do all runs that the file does not hold yet; it is written anew after each."""
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float32)
    file = load(path) if path.is_file() else _new()

    def do(name, n_iterations, rate, seed):
        key = dict(name=name, iterations=n_iterations, rate=rate, seed=seed)
        if ledger.find(file, key):
            return
        began = time.process_time()
        if n_iterations:
            ask = train(name, n_iterations=n_iterations, beta=rate, seed=seed)
        else:
            ask = untrained(name, seed, rate)
        run = key | dict(seconds=round(time.process_time() - began, 1)) | measured(ask, seed)
        ledger.add(path, file, run)
        print(*key.values(), run["validation"], run["accuracy"], flush=True)

    for name in UNTRAINED:
        for seed in SEEDS[SHORT]:
            for strength in STRENGTHS if name in ("ridge", "naive Bayes") else (1.0,):
                do(name, 0, strength, seed)
    best = dict(SET)
    for name in TRAINED:
        if name in SET:
            continue
        attempt = partial(do, name, SHORT, seed=CHOOSING)
        best[name] = ledger.widened(RATE, attempt, lambda name=name: chosen(file["runs"], name, CHOOSING))
    for n_iterations, seeds in SEEDS.items():
        for seed in seeds:
            for name in TRAINED:
                do(name, n_iterations, best[name], seed)


def chosen(runs: list[dict], name: str, seed: int) -> tuple[float, list[float]]:
    """The rate or strength with which validation tasks of this seed go best, with one shot and five; and all tried."""
    tried = {run["rate"]: sum(run["validation"]) for run in runs if (run["name"], run["seed"]) == (name, seed)}
    return max(tried, key=tried.get), sorted(tried)


def numbers(file: dict, name: str, n_iterations: int, k_shot: int) -> torch.Tensor:
    """The recorded accuracies with so many shots, one for each seed that has so many iterations."""
    runs = file["runs"]
    found = []
    for seed in SEEDS[n_iterations]:
        key = dict(name=name, seed=seed, iterations=n_iterations if name in TRAINED else 0)
        if name in UNTRAINED:
            key["rate"] = chosen(runs, name, seed)[0]
        found.append(ledger.find(file, key)["accuracy"][SHOTS.index(k_shot)])
    return torch.tensor(found)


def difference(file: dict, name: str, n_iterations: int, k_shot: int, over: str = "TF-IDF") -> Evaluation:
    """How much more one learner gets right than another, paired by seed, with Student's interval over the seeds."""
    gain = numbers(file, name, n_iterations, k_shot) - numbers(file, over, n_iterations, k_shot)
    return summarise(gain, quantile=T[len(gain)])


def _new() -> dict:
    return ledger.new(
        f"accuracy on {N_TEST} {N_WAY}-way tasks of CLINC150's intents, four domains that training has not seen, "
        f"with {SHOTS} shots; rate: the outer rate, or without iterations the strength of a prior",
        command=COMMAND,
        settings=dict(n_tasks=N_TASKS, n_query=N_QUERY, k_shot=TRAINED_SHOT, domains=DOMAINS, alpha=20.0, steps=5),
    )


def load(path: Path = STORED) -> dict:
    """What is recorded, a dict for each run; raises as `ledger.load` does."""
    return ledger.load(path, command=COMMAND, fields={"name", "iterations", "rate", "seed", "validation", "accuracy"})
