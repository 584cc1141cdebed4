"""The recorded runs: each of them works, its file says everything, and README prints what the files say.

The runs themselves take hours. Here they are made tiny, on invented alphabets.
"""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
import torch

from mlcourse.__main__ import main
from mlcourse.methods import reptile
from mlcourse.runs import departures, distributed, experiments, protocols, recorded, recording, worlds
from mlcourse.runs.chinese import in_chinese
from mlcourse.runs.experiments import EXPERIMENTS
from mlcourse.runs.plan import PLAIN, SUPPORT, TRANSDUCTIVE
from mlcourse.runs.worlds import CHARACTERS, TABLES, WORLDS, Table
from mlcourse.worlds import alphabets, omniglot, sample_episodes

KEYS = {
    "name", "results", "seed", "settings", "iterations", "paper_iterations", "command", "commit", "torch", "processor",
    "processes", "threads", "seconds", "last_losses", "remarks",
}  # fmt: skip
ROW = {"method", "setting", "statistics", "measure", "value", "interval", "episodes", "paper", "source", "per_task"}
RECORDED = sorted(recorded.RESULTS.glob("*.json"))


LOAD = omniglot.load


def invented(part="all"):
    return alphabets.load()


def invented_runs():
    rng = torch.Generator().manual_seed(0)
    return sample_episodes(invented(), 20, n_way=20, k_shot=1, n_query=1, rng=rng, within_alphabet=True)


@pytest.fixture(scope="module")
def no_omniglot():
    """The invented alphabets in the place of the real Omniglot."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(omniglot, "load", invented)
        patch.setattr(omniglot, "load_runs", invented_runs)
        yield


def tiny(experiment):
    """The same with a narrow net, a few tasks and a few test episodes."""
    small = {name: min(value, limit) for name, limit in (("n_tasks", 2), ("n_pairs", 8))
             if (value := experiment.draw.get(name))}  # fmt: skip
    return experiment._replace(
        net=experiment.net | (dict(filters=2) if "filters" in experiment.net else {}),
        draw=experiment.draw | small,
        iterations=min(experiment.iterations, 2),
        split=(800, 423),
        tests=tuple(test._replace(episodes=min(test.episodes, 4), at_once=3) for test in experiment.tests),
    )


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_run_works_and_its_file_says_everything(name, tmp_path, no_omniglot):
    experiment = tiny(EXPERIMENTS[name])
    path = recording.record(name, experiment, seed=1, out=tmp_path, command="the command")
    assert [path.name for path in tmp_path.iterdir()] == [f"{name}-seed1.json"]  # no checkpoint is left
    file = json.loads(path.read_text(encoding="utf-8"))
    assert file.keys() - {"of the paper's budget"} == KEYS
    assert ("of the paper's budget" in file) == (experiment.paper_iterations is not None)
    if name == "maml-20way":  # 2 iterations of 2 tasks, beside 60,000 of 16
        assert file["of the paper's budget"] == 4 / 960_000
    assert (file["name"], file["seed"], file["command"]) == (name, 1, "the command")
    assert file["settings"]["how"] == experiment.how and file["settings"]["net"] == json.loads(
        json.dumps(experiment.net)
    )
    assert len(file["last_losses"]) == experiment.iterations
    for row in file["results"]:
        assert (
            row.keys() == ROW
            and row["value"] >= 0
            and row["interval"] >= 0
            and row["episodes"] == len(row["per_task"]) == 4
        )


def test_of_many_test_tasks_the_values_are_not_written_one_by_one(tmp_path, monkeypatch):
    monkeypatch.setattr(recording, "FEW", 3)
    path = recording.record("waves", tiny(EXPERIMENTS["sine-maml-5shot"]), seed=0, out=tmp_path)
    assert all(row.keys() == ROW - {"per_task"} for row in json.loads(path.read_text(encoding="utf-8"))["results"])


def test_the_table_of_runs_has_every_row_that_was_promised():
    rows = {
        (e.method, test.setting, statistics)
        for e in EXPERIMENTS.values()
        for test in e.tests
        for statistics in test.paper
    }
    both = (TRANSDUCTIVE, SUPPORT)
    small, large = ("5-way 1-shot", "5-way 5-shot"), ("20-way 1-shot", "20-way 5-shot")
    nets = ("Siamese", "matching", "prototypical", "MAML", "FOMAML", "ANIL", "Reptile")
    promised = {(method, setting, how) for method in nets for setting in (*small, "20 runs") for how in both}
    promised |= {(method, s, how) for method in ("prototypical", "matching", "MAML") for s in large for how in both}
    promised |= {("pixels", setting, PLAIN) for setting in (*small, "20 runs")}
    promised |= {("MAML", f"{k}-shot, {n}", PLAIN) for k in (5, 10) for n in ("1 step", "5 steps", "10 steps")}
    assert promised <= rows


def test_enough_episodes_are_taken():
    for experiment in EXPERIMENTS.values():
        for test in experiment.tests:
            assert test.episodes >= 600 or test.setting.startswith("20 runs")
    assert EXPERIMENTS["sine-maml-5shot"].iterations == EXPERIMENTS["sine-maml-10shot"].iterations == 70_000


@pytest.mark.parametrize(("name", "papers"), [("maml-20way", (95.8, 98.9)), ("rates-20way", (97.65, 99.33))])
def test_with_20_ways_one_network_that_trains_with_one_shot_is_tested_with_one_and_five(name, papers):
    experiment = EXPERIMENTS[name]
    asked = [(test.draw["k_shot"], test.draw["n_query"], test.paper[TRANSDUCTIVE]) for test in experiment.tests]
    assert experiment.draw["k_shot"] == 1
    assert asked == 2 * [(1, 1, papers[0]), (5, 5, papers[1])]  # and once more in four turns
    assert departures.ONE_SHOT in experiment.remarks
    assert departures.ONE_SHOT not in EXPERIMENTS["maml-5way-1shot"].remarks


def test_all_methods_meet_the_same_test_tasks_and_others_than_in_training(no_omniglot):
    def tasks(name):
        experiment = EXPERIMENTS[name]._replace(split=(800, 423))
        world = WORLDS[experiment.data][0](experiment, torch.Generator().manual_seed(0))
        test = experiment.tests[0]._replace(episodes=20)
        return world.train(), next(world.test(test._replace(draw=test.draw | dict(n_query=2)), 0))

    def characters(*batches):
        """Which of the invented characters stand in pictures (n_tasks, n, 1, 28, 28), whichever way they are turned."""
        turned = {
            image.rot90(turn).to(torch.uint8).numpy().tobytes()
            for x in batches
            for image in x.flatten(0, 2)
            for turn in range(4)
        }
        images = alphabets.load().images
        return {c for c, drawings in enumerate(images) if any(image.numpy().tobytes() in turned for image in drawings)}

    (train, one), (_, other) = tasks("anil-5way-1shot"), tasks("prototypical-1shot")
    assert torch.equal(one.x_support, other.x_support) and torch.equal(one.x_query, other.x_query)
    seen, unseen = characters(train.x_support, train.x_query), characters(one.x_support, one.x_query)
    assert len(seen) > 30 and len(unseen) > 50 and not seen & unseen


def test_the_random_numbers_of_reptiles_mini_batches_are_counted_right(monkeypatch):
    """Other processes pass over as many as are drawn here, see test_distributed."""
    counted = {}
    monkeypatch.setattr(distributed, "spread", lambda recipe, **how: counted.update(how) or recipe)
    for name in ("reptile-5way", "reptile-runs"):
        experiment, rng = tiny(EXPERIMENTS[name]), torch.Generator().manual_seed(0)
        net = recording.network(experiment)
        theta = net.init(rng)
        recipe = recording.recipe(experiment, net, rng)
        task = sample_episodes(invented(), rng=torch.Generator().manual_seed(1), **experiment.draw)
        by_hand = rng.clone_state()
        recipe(theta, task)
        torch.rand(task.n_tasks * counted["draws"], generator=by_hand)
        assert torch.equal(rng.get_state(), by_hand.get_state())


def test_reptiles_adam_goes_on_from_training_into_the_tests(tmp_path, monkeypatch):
    states, adapt = [], reptile.adapt

    def watched(*given, state=None, **how):
        states.append(0 if state is None else state[0])
        return adapt(*given, state=state, **how)

    monkeypatch.setattr(reptile, "adapt", watched)
    experiment = tiny(EXPERIMENTS["reptile-carried-5way"])
    recording.record("reptile", experiment, seed=0, out=tmp_path)
    steps, n = experiment.how["steps"], experiment.iterations
    assert states[:n] == [steps * i for i in range(n)]  # of Adam's steps before each iteration
    assert len(states) > n and set(states[n:]) == {steps * n}  # and before each batch of test tasks


def test_a_memory_cannot_be_spread_over_processes(tmp_path, monkeypatch):
    monkeypatch.setattr(distributed, "n_processes", lambda: 2)
    with pytest.raises(ValueError, match="reptile cannot be spread over 2 processes: an iteration has 1 task that may"):
        recording.record("reptile", tiny(EXPERIMENTS["reptile-carried-5way"]), seed=0, out=tmp_path)


def test_a_stop_during_the_tests_keeps_the_training(tmp_path, monkeypatch):
    experiment, trained = tiny(EXPERIMENTS["sine-maml-5shot"]), []
    whole = recording.record("waves", experiment, seed=0, out=tmp_path / "whole")
    evaluate = worlds.evaluate

    def ctrl_c(*given, **how):
        signal.raise_signal(signal.SIGINT)
        return evaluate(*given, **how)

    monkeypatch.setattr(worlds, "evaluate", ctrl_c)
    with pytest.raises(recording.Stopped, match="begins with them, the training is done"):
        recording.record("waves", experiment, seed=0, out=tmp_path / "cut")
    monkeypatch.undo()
    monkeypatch.setattr("mlcourse.runs.resumable.meta_step", lambda *given: trained.append(given))
    cut = recording.record("waves", experiment, seed=0, out=tmp_path / "cut")
    assert not trained
    assert json.loads(cut.read_text())["results"] == json.loads(whole.read_text())["results"]


# The command


def results(*arguments):
    """`python -m mlcourse results`, in this process."""
    main(["results", *map(str, arguments)])


def test_without_a_name_it_lists_every_run_with_its_time(capsys):
    results()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(EXPERIMENTS)
    assert all(re.search(r"about \d+ min|recorded", line) for line in lines)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["mamal"], "There is no run named mamal"),
        (["pixels", "--iterations", 3], "--iterations is a number from 1 on, for a run that trains"),
        (["anil-runs", "--iterations", 0], "--iterations is a number from 1 on"),
    ],
)
def test_wrong_arguments_get_a_sentence(arguments, sentence):
    with pytest.raises(SystemExit, match=sentence):
        results(*arguments)


def test_without_omniglot_it_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(omniglot, "load", partial(LOAD, path=tmp_path / "none.npz"))
    with pytest.raises(SystemExit, match=r"fetch it with python -m mlcourse omniglot"):
        results("pixels", "--out", tmp_path)


def test_a_shortened_run_goes_to_another_folder_and_its_file_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(experiments, "TRIALS", tmp_path)
    monkeypatch.setitem(EXPERIMENTS, "waves", tiny(EXPERIMENTS["sine-maml-5shot"])._replace(iterations=70_000))
    results("waves", "--iterations", 7)
    file = json.loads((tmp_path / "waves.json").read_text())
    assert file["iterations"] == 7 and file["of the paper's budget"] == 1e-4
    assert file["command"] == "python -m mlcourse results waves --seed 0 --iterations 7"
    assert "Written to" in capsys.readouterr().out
    with pytest.raises(SystemExit, match=r"waves is recorded already, in .*: delete that file"):
        results("waves", "--iterations", 7)


SCRIPT = """
import sys, torch
torch.set_num_threads(1)
sys.path.insert(0, {tests!r})
from test_experiments import EXPERIMENTS, results, tiny
from mlcourse.runs import resumable
resumable.PAUSE = 0.1
EXPERIMENTS["waves"] = tiny(EXPERIMENTS["sine-maml-5shot"])._replace(iterations=800)
results("waves", "--out", {out!r})
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send Ctrl+C to one process alone")
def test_stopped_killed_and_continued_the_command_writes_what_it_would_have_written(tmp_path, monkeypatch):
    script = SCRIPT.format(tests=str(Path(__file__).parent), out=str(tmp_path / "cut"))
    checkpoint = tmp_path / "cut" / "waves.checkpoint"
    for number in (signal.SIGKILL, signal.SIGINT):
        before = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
        process = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True)
        while process.poll() is None and (not checkpoint.exists() or checkpoint.stat().st_mtime_ns == before):
            time.sleep(0.01)
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
        assert process.returncode != 0, "it was done before it could be stopped"
    assert re.fullmatch(r"Stopped after \d+ of 800 iterations: the same command goes on from there\.\n", err)

    torch.set_default_dtype(torch.float32)  # as the command has it
    monkeypatch.setitem(EXPERIMENTS, "waves", tiny(EXPERIMENTS["sine-maml-5shot"])._replace(iterations=800))
    results("waves", "--out", tmp_path / "cut")
    results("waves", "--out", tmp_path / "uncut")
    assert [path.name for path in (tmp_path / "cut").iterdir()] == ["waves.json"]
    cut, uncut = (json.loads((tmp_path / name / "waves.json").read_text()) for name in ("cut", "uncut"))
    for file in (cut, uncut):
        del file["seconds"]
    assert cut == uncut


# The tables, the summary in README, and the lines in lessons


def test_the_pages_print_what_the_files_say():
    summary = recorded.summary()
    pages = {
        experiments.README: summary,
        experiments.CHINESE: in_chinese(summary),
        experiments.TABLES: recorded.tables(),
    }
    for page, what in pages.items():
        text = page.read_text(encoding="utf-8")
        assert text.split(experiments.BEGIN)[1].split(experiments.END)[0].strip() == what


@pytest.fixture(scope="module")
def few(tmp_path_factory, no_omniglot):
    """A folder with a few tiny runs, one of them with another seed."""
    folder = tmp_path_factory.mktemp("results")
    for name, seed in (("sine-maml-5shot", 0), ("pixels", 0), ("prototypical-1shot", 0), ("prototypical-1shot", 1)):
        recording.record(name, tiny(EXPERIMENTS[name]), seed=seed, out=folder)
    return folder


@pytest.fixture
def readme(tmp_path, monkeypatch):
    """A README whose summary is out of date, and beside it the Chinese one and the page of the tables, likewise."""
    for name, page in dict(README="README.md", CHINESE="README.zh-CN.md", TABLES="tables.md").items():
        page = tmp_path / page
        page.write_text(f"before\n{experiments.BEGIN}\nold\n{experiments.END}\nafter\n", encoding="utf-8")
        monkeypatch.setattr(experiments, name, page)
    return tmp_path / "README.md"


@pytest.fixture
def page(readme):
    return experiments.TABLES


def test_a_run_may_end_with_the_tables_and_a_trial_stays_out_of_them(tmp_path, monkeypatch, page):
    monkeypatch.setattr(recorded, "RESULTS", tmp_path)
    monkeypatch.setattr(experiments, "TRIALS", tmp_path / "trials")
    monkeypatch.setitem(EXPERIMENTS, "waves", tiny(EXPERIMENTS["sine-maml-5shot"]))
    results("waves", "--iterations", 1, "--table")
    assert recorded.NONE in page.read_text(encoding="utf-8")
    results("waves", "--table")
    assert f"{experiments.BEGIN}\n{recorded.tables(tmp_path)}\n{experiments.END}" in page.read_text(encoding="utf-8")
    assert "| MAML | 5-shot |" in page.read_text(encoding="utf-8")


def test_another_folder_s_tables_are_only_printed(tmp_path, readme, few, capsys):
    before = readme.read_text(encoding="utf-8")
    results("--table", "--out", few)
    assert capsys.readouterr().out == f"{recorded.tables(few)}\n" and readme.read_text(encoding="utf-8") == before


def test_the_tables_are_written_between_their_marks_and_nowhere_else(tmp_path, readme, page, few, capsys, monkeypatch):
    monkeypatch.setattr(recorded, "RESULTS", tmp_path)
    results("--table")
    assert all(recorded.NONE in each.read_text(encoding="utf-8") for each in (readme, page))
    assert capsys.readouterr().out == f"{recorded.NONE}\n"
    monkeypatch.setattr(recorded, "RESULTS", few)
    experiments.write_table()
    experiments.write_table()
    assert f"before\n{experiments.BEGIN}\n{recorded.summary(few)}\n" in readme.read_text(encoding="utf-8")
    lines = page.read_text(encoding="utf-8").splitlines()
    assert (lines[0], lines[-1]) == ("before", "after") and "old" not in lines
    value = r"[\d.]+%? ± [\d.]+( \([\d.]+%?\))?"
    rows = [line for line in lines if line.startswith("| ") and not line.startswith(("| method", "| ---"))]
    assert [row.split(" | ")[0] for row in rows] == (
        4 * ["| pixels"] + ["| prototypical", "| prototypical (seed 1)"] * 2 + ["| MAML"]
    )
    assert all(re.fullmatch(rf"\| [^|]+ \| [^|]+ \|( {value} \|){{2,3}} [^|]+ \|", row) for row in rows)
    assert rows[0].endswith("| no training |") and rows[4].endswith("| 2 iterations |")
    assert rows[-1].endswith("(0.35) | 2 iterations, 0.0029% of the paper's tasks |")


def test_the_summary_has_a_cell_for_every_setting_the_papers_way_first(tmp_path):
    def write(name, method, *rows, seed=0, seconds=600):
        results = [
            dict(
                method=method,
                setting=setting,
                statistics=how,
                value=v,
                paper=paper,
                interval=1.0,
                measure="accuracy in %",
            )
            for setting, how, v, paper in rows
        ]
        file = dict(seed=seed, iterations=1, settings=dict(data="omniglot"), results=results)
        file |= dict(seconds=dict(training=seconds), remarks=[departures.UPRIGHT] * (name == "f"))
        (tmp_path / f"{name}.json").write_text(json.dumps(file), encoding="utf-8")

    one = "5-way 1-shot"
    write("a", "MAML", (one, TRANSDUCTIVE, 97.0, 98.7), (one, SUPPORT, 95.0, None), ("20 runs", SUPPORT, 65.0, None))
    write("b", "MAML", (one, TRANSDUCTIVE, 96.0, 98.7), (one, SUPPORT, 94.0, None), seed=1, seconds=1200)
    write("c", "prototypical", ("20-way 5-shot", TRANSDUCTIVE, 98.0, None), ("20-way 5-shot", SUPPORT, 98.1, 98.9))
    write("d", "pixels", (one, PLAIN, 44.0, None), seconds=0)
    write(
        "e",
        "Reptile",
        (one, SUPPORT, 80.0, 95.39),
        (one, TRANSDUCTIVE, 84.0, 97.68),
    )
    five = "5-way 5-shot"
    carried = ((five, TRANSDUCTIVE, 99.0, 99.48), (f"{five}, upright", TRANSDUCTIVE, 98.0, 99.48))
    write("f", "Reptile, Adam carried", *carried)
    assert recorded.summary(tmp_path).splitlines() == [
        "| method | 5-way 1-shot | 5-way 5-shot | 20-way 1-shot | 20-way 5-shot | 20 runs | training |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| pixels | 44.0 |  |  |  |  | none |",
        "| prototypical |  |  |  | 98.1 (98.9) |  | 10 min |",
        "| MAML | 96.0 to 97.0 t (98.7) |  |  |  | 65.0 | 10 to 20 min |",
        "| Reptile | 84.0 t (97.68) |  |  |  |  | 10 min |",
        "| Reptile, Adam carried |  | 98.0 t (99.48) |  |  |  | 10 min |",
    ]


def test_a_page_without_the_marks_is_named_and_left_as_it_is(readme, few):
    for text, mark in ("before", experiments.BEGIN), (experiments.BEGIN, experiments.END):
        readme.write_text(text)
        with pytest.raises(ValueError, match=f"README.md lacks the line {re.escape(mark)}: put both"):
            experiments.write_table()
        assert readme.read_text() == text


def test_who_is_within_a_point_of_the_paper_and_who_is_not(tmp_path):
    def write(name, method, setting, *values, seed=0, remarks=()):
        how = dict(setting=setting, measure="accuracy in %", method=method, interval=1.0)
        source = protocols.SNELL if method == "prototypical" else protocols.FINN
        results = [how | dict(statistics=s, value=v, paper=p, source=source) for s, v, p in values]
        (tmp_path / f"{name}.json").write_text(
            json.dumps(dict(seed=seed, iterations=1, settings=dict(data="omniglot"), results=results, remarks=remarks)),
            encoding="utf-8",
        )

    write("a", "Reptile", "5-way 1-shot", (TRANSDUCTIVE, 90.0, 97.68), (SUPPORT, 94.4, 95.39))
    write("b", "MAML", "5-way 1-shot", (TRANSDUCTIVE, 97.6, 98.7), (SUPPORT, 90.0, None), seed=1)
    write("c", "prototypical", "20-way 1-shot", (TRANSDUCTIVE, 90.0, None), (SUPPORT, 97.0, 96.0))
    for name, setting, remark in (
        ("d", "5-way 5-shot", departures.UPRIGHT),
        ("e", "5-way 5-shot, upright", departures.UPRIGHT),
        ("f", "20-way 5-shot", departures.TURNED),
        ("g", "20-way 5-shot, four turns", departures.ROTATED),
    ):
        write(name, "Reptile, Adam carried", setting, (TRANSDUCTIVE, 99.0, 99.48), remarks=[remark])
    assert recorded.beside_the_papers(tmp_path) == (
        "- **Within one point of the paper under a like protocol, or above it.** "
        "5-way 1-shot: Reptile (support); 5-way 5-shot: Reptile, Adam carried (upright, transductive).\n"
        "- **Near its figure or above it, but not comparable: an easier split, turned characters, or four turns.** "
        "5-way 5-shot: Reptile, Adam carried (transductive); 20-way 1-shot: prototypical; "
        "20-way 5-shot: Reptile, Adam carried (transductive), Reptile, Adam carried (four turns, transductive).\n"
        "- **Further below it, by so many points.** 5-way 1-shot: MAML (seed 1) 1.1, Reptile (transductive) 7.7."
    )


def test_a_lesson_prints_the_recorded_figures_of_its_methods(few):
    file = json.loads((few / "prototypical-1shot.json").read_text(encoding="utf-8"))
    row = next(row for row in file["results"] if (row["setting"], row["statistics"]) == ("20-way 1-shot", SUPPORT))
    text = recorded.lines("prototypical", settings=("20-way 1-shot",), folder=few).splitlines()
    assert len(text) == 2 and text[1].count(", other seeds ") == 2
    assert f"support {row['value']:.1f}% ± {row['interval']:.1f} (96.0%), other seeds " in text[1]
    assert text[1].endswith("; 2 iterations")
    assert recorded.lines("Reptile", folder=few).endswith(recorded.NONE)


def test_a_method_or_setting_that_there_is_not_is_refused_by_name(few):
    for unknown, names in ("Reptil", ["Reptil"]), ("waves", ["MAML", "waves"]):
        with pytest.raises(ValueError, match=f"there is no method {unknown} in the records: choose from .*MAML"):
            recorded.lines(*names, folder=few)
    with pytest.raises(ValueError, match="there is no setting 5-way in the records: choose from 5-way 1-shot, "):
        recorded.lines("MAML", settings=("5-way",), folder=few)


def copied(few, folder):
    shutil.copytree(few, folder)
    return folder / "prototypical-1shot.json"


@pytest.mark.parametrize(
    "content", ["", "{", "<html>Please log in.</html>", "[]", "{}", '{"results": [{}], "seed": 0}']
)
def test_one_file_that_is_not_whole_is_named_among_the_others(tmp_path, few, content):
    path = copied(few, tmp_path / "results")
    path.write_text(content)
    for read in partial(recorded.load, CHARACTERS), recorded.tables, partial(recorded.lines, "MAML"):
        with pytest.raises(ValueError, match=r"prototypical-1shot.json is damaged, or another file: delete it"):
            read(folder=path.parent)


@pytest.mark.parametrize("field", ["seed", "iterations", "results", "method", "setting", "value", "interval", "paper"])
def test_a_file_that_lacks_a_field_is_named(tmp_path, few, field):
    path = copied(few, tmp_path / "results")
    file = json.loads(path.read_text(encoding="utf-8"))
    (file if field in file else file["results"][0]).pop(field)
    path.write_text(json.dumps(file))
    with pytest.raises(ValueError, match=r"prototypical-1shot.json is damaged, or another file: delete it, and record"):
        recorded.load(CHARACTERS, path.parent)


def test_two_files_of_one_run_are_both_named_and_neither_wins(tmp_path, few):
    path = copied(few, tmp_path / "results")
    shutil.copy(path, path.with_name("prototypical-1shot (1).json"))
    with pytest.raises(
        ValueError, match=r"-1shot.json and .*-1shot \(1\).json have results of the same run: delete one"
    ):
        recorded.load(CHARACTERS, path.parent)


def test_a_world_of_its_own_leaves_the_rows_of_others_alone(tmp_path, few, monkeypatch):
    """A newcomer's lines have 5 shots, as waves do, and must not take their row."""
    before = recorded.tables(few)
    lines = Table("on lines", ("5-shot",), {"1 step": "1 step"})
    monkeypatch.setitem(WORLDS, "lines", (WORLDS["waves"][0], lines))
    monkeypatch.setitem(TABLES, lines.title, lines)
    shutil.copytree(few, tmp_path / "results")
    run = tiny(EXPERIMENTS["sine-maml-5shot"])
    recording.record("lines", run._replace(data="lines", tests=run.tests[:1]), seed=0, out=tmp_path / "results")
    after = recorded.tables(tmp_path / "results")
    assert after.startswith(before) and "| method | on lines | 1 step | budget |" in after.removeprefix(before)


@pytest.mark.parametrize("change", [dict(data="line"), dict(method="Manhatan"), dict(how=dict(loss="mse"))])
def test_a_name_that_nobody_knows_is_refused_before_anything_is_trained(tmp_path, change):
    run = tiny(EXPERIMENTS["sine-maml-5shot"])
    with pytest.raises(ValueError, match=r"x has the (world 'line'|method 'Manhatan'|loss 'mse'), which is unknown"):
        recording.record("x", run._replace(**change), seed=0, out=tmp_path)
    seven = run.tests[0]._replace(setting="7-shot, 1 step")
    with pytest.raises(ValueError, match="x has the setting '7-shot', which is unknown: choose from 5-shot, 10-shot"):
        recording.record("x", run._replace(tests=(seven,)), seed=0, out=tmp_path)


@pytest.mark.skipif(not RECORDED, reason="nothing is recorded yet")
@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_recorded_file_is_complete_and_made_with_the_settings_of_today(path):
    file = json.loads(path.read_text(encoding="utf-8"))
    assert file.keys() - {"of the paper's budget"} == KEYS
    assert path == recording.path_of(file["name"], file["seed"], recorded.RESULTS)
    assert file["settings"] == recording.plain(EXPERIMENTS[file["name"]])
    tests = {test.setting: test for test in EXPERIMENTS[file["name"]].tests}
    for row in file["results"]:
        test = tests[row["setting"]]
        paper = test.paper[row["statistics"]]
        assert (row["paper"], row["source"]) == (paper, None if paper is None else test.source)
