"""Execute lessons with other seeds, and say which assertions hold: `make audit`, or `make audit LESSON=03 SEEDS=1,2,3`.

For each k in SEEDS a fresh kernel executes the lesson with n + 1000 k for every seed n of the page: whatever reaches a
`manual_seed` there, from a list or a loop too, and the `seed=` of the course's functions. Seeds inside `mlcourse` stay:
they belong to the data, the trained weights and the checks. An assertion that fails is noted and its cell goes on.
Stored outputs are not compared, and no notebook is written; `--dry` writes nothing at all.
"""

import argparse
import ast
import json
import sys
from collections import Counter
from datetime import date
from multiprocessing.pool import ThreadPool
from pathlib import Path
from subprocess import DEVNULL
from typing import NamedTuple

import nbformat
import torch
from IPython.core.inputtransformer2 import TransformerManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from tqdm import tqdm

from mlcourse.files import DATA, ROOT, replacing
from mlcourse.runs.experiments import CHINESE, README, put_between

sys.path.insert(0, str(ROOT))
import conftest  # noqa: F401 - sets the environment that the kernels inherit

AUDIT = DATA / "audit.json"
BEGIN, END = "<!-- audit: written by `make audit` -->", "<!-- end of audit -->"
KEEP = "audit-keep-seed"
SEEDERS = ["manual_seed", "default_rng"]
BEFORE, AFTER = "import builtins\nbuiltins._held = {}", "import json\nprint(json.dumps(_held))"
NOTED = """\
try:
    _held.setdefault({i}, []).append(True if ({truth}) else "false")
except Exception as _error:
    _held.setdefault({i}, []).append(type(_error).__name__)
"""


class Claim(NamedTuple):
    """An assertion of a page: the index of its cell, and its text."""

    cell: int
    text: str


class Moved(ast.NodeTransformer):
    """A cell's code with its seeds moved by `shift`, in which each assertion is noted in `_held` under its place.

    own:    the functions that the page defines; a `seed=` that they are given is moved where it reaches `manual_seed`
    claims: the page's assertions so far, to which those of this cell are added
    """

    def __init__(self, cell: int, source: str, shift: int, own: set[str], claims: list[Claim]):
        self.cell, self.source, self.shift, self.own, self.claims = cell, source, shift, own, claims

    def visit_Call(self, node):
        self.generic_visit(node)
        name = getattr(node.func, "attr", getattr(node.func, "id", None))
        if name in SEEDERS:
            node.args[:1] = [self._moved(seed) for seed in node.args[:1]]
        for keyword in node.keywords:
            if keyword.arg in ("seed", "random_state") and name not in self.own:
                keyword.value = self._moved(keyword.value)
        return node

    def visit_Assert(self, node):
        return self._noted(node.test, ast.unparse(self.generic_visit(node).test))

    def visit_Expr(self, node):
        """torch.testing.assert_close(...) and the like are assertions, too; they return None."""
        asserts = isinstance(node.value, ast.Call) and ast.unparse(node.value.func).split(".")[-1].startswith("assert_")
        self.generic_visit(node)
        return self._noted(node.value, f"{ast.unparse(node.value)} is None") if asserts else node

    def _moved(self, seed):
        return seed if getattr(seed, "value", 0) is None else ast.BinOp(seed, ast.Add(), ast.Constant(self.shift))

    def _noted(self, claim, truth):
        self.claims.append(Claim(self.cell, " ".join(ast.get_source_segment(self.source, claim).split())))
        return ast.parse(NOTED.format(i=len(self.claims) - 1, truth=truth)).body[0]


def moved(notebook: nbformat.NotebookNode, k: int) -> tuple[nbformat.NotebookNode, list[Claim]]:
    """The notebook with other seeds, which notes in its last cell what held, and its assertions."""
    claims, sources = [], {}
    for i, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            sources[i] = TransformerManager().transform_cell(cell.source)  # what begins with % or ! becomes Python
    trees = {i: ast.parse(source) for i, source in sources.items()}
    own = {node.name for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    cells = [nbformat.v4.new_code_cell(BEFORE)]
    for i, tree in trees.items():
        tags = notebook.cells[i].metadata.get("tags", [])
        shift = 0 if KEEP in tags else 1000 * k
        code = ast.unparse(ast.fix_missing_locations(Moved(i, sources[i], shift, own, claims).visit(tree)))
        cells.append(nbformat.v4.new_code_cell(code, metadata=dict(tags=tags, cell=i)))
    cells.append(nbformat.v4.new_code_cell(AFTER))
    return nbformat.v4.new_notebook(cells=cells, metadata=notebook.metadata), claims


def execute(path: Path, k: int, done=lambda: None) -> tuple[list[tuple[Claim, str]], list[tuple[int | None, str]]]:
    """Execute a lesson with other seeds, and call `done` after each cell.

    Returns each assertion with "held", "false", "not reached" or the name of the error that it raised; and the cells
    that stopped, each with its error. An assertion in a loop has held if it held each time.
    """
    notebook, claims = moved(nbformat.read(path, as_version=4), k)
    folder = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, timeout=600, resources=folder, allow_errors=True)
    client.on_cell_complete = lambda cell, cell_index: done()
    try:
        client.execute(stderr=DEVNULL)
        noted, stopped = json.loads(notebook.cells[-1].outputs[-1].text), []
    except (CellTimeoutError, DeadKernelError) as end:
        noted, stopped = {}, [(None, type(end).__name__)]
    for cell in notebook.cells[1:-1]:
        for output in cell.outputs:
            if output.output_type == "error" and "raises-exception" not in cell.metadata.tags:
                stopped.append((cell.metadata.cell, f"{output.ename}: {output.evalue.split(chr(10))[0]}"))
    return [(claim, outcome(noted.get(str(i), []))) for i, claim in enumerate(claims)], stopped


def outcome(times: list[bool | str]) -> str:
    return next((what for what in times if what is not True), "held") if times else "not reached"


def summary(trials: list[tuple[list, list]]) -> dict[str, list[dict]]:
    """How often each assertion of a lesson held, and why not where it did not; and which cells stopped, how often."""
    assertions = []
    for outcomes in zip(*(told for told, _ in trials), strict=True):
        claim, told = outcomes[0][0], [what for _, what in outcomes]
        entry = dict(cell=claim.cell, assertion=claim.text, held=told.count("held"), of=len(told))
        assertions.append(entry | ({"otherwise": sorted({*told} - {"held"})} if entry["held"] < entry["of"] else {}))
    stops = Counter(stop for _, stopped in trials for stop in stopped)
    return dict(
        assertions=assertions,
        stopped=[dict(cell=cell, error=error, times=times) for (cell, error), times in stops.items()],
    )


def failures(lesson: str, entry: dict) -> list[str]:
    """A line for each assertion that did not hold each time, and for each cell that stopped."""
    return [
        f"{lesson} [{each['cell']}] held in {each['held']} of {each['of']} ({', '.join(each['otherwise'])}): "
        f"{each['assertion']}"
        for each in entry["assertions"]
        if each["held"] < each["of"]
    ] + [f"{lesson} [{each['cell']}] stopped, {each['times']} times: {each['error']}" for each in entry["stopped"]]


def sentence(lessons: dict[str, dict], *, chinese: bool = False) -> str:
    """What the audit found, for README, in English or Chinese."""
    claims = [each for entry in lessons.values() for each in entry["assertions"]]
    held = sum(each["held"] == each["of"] for each in claims)
    numbers = sorted({len(entry["seeds"]) for entry in lessons.values()})
    sets = " to ".join(str(n) for n in (numbers[0], numbers[-1])[: len(numbers)])
    stopped = sum(len(entry["stopped"]) for entry in lessons.values())
    if chinese:
        which = f"全部 {held} 处断言" if held == len(claims) else f" {len(claims)} 处断言中有 {held} 处"
        none = f"有 {stopped} 个" if stopped else "没有"
        return (
            f"**审核。** 换用另外 {sets.replace(' to ', '～')} 组随机种子，{len(lessons)} 课的{which}每次都成立，"
            f"{none}单元格中断；全部结果见 [data/audit.json](data/audit.json)。"
        )
    which = f"all {held}" if held == len(claims) else f"{held} of the {len(claims)}"
    return (
        f"**The audit.** With {sets} other set{'s' * (numbers[-1] > 1)} of seeds, {which} assertions of "
        f"{len(lessons)} lesson{'s' * (len(lessons) > 1)} held each time, and {stopped or 'no'} "
        f"cell{'s' * (stopped > 1)} stopped; [data/audit.json](data/audit.json) has them all."
    )


def write(found: dict[str, dict]) -> None:
    """Put the lessons that were asked into data/audit.json in place of their old entries, and both READMEs' line."""
    lessons = json.loads(AUDIT.read_text(encoding="utf-8"))["lessons"] if AUDIT.exists() else {}
    lessons = dict(sorted((lessons | found).items()))
    with replacing(AUDIT) as file:
        file.write((json.dumps(dict(lessons=lessons), indent=1, ensure_ascii=False) + "\n").encode())
    put_between(README, BEGIN, END, sentence(lessons))
    put_between(CHINESE, BEGIN, END, sentence(lessons, chinese=True))


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", default=[""], help="numbers such as 03; by default all")
    parser.add_argument("--seeds", default="1,2,3,4,5", help="the values of k in n + 1000 k, such as 1,2,3")
    parser.add_argument("--processes", type=int, default=2, help="how many kernels run at the same time")
    parser.add_argument("--dry", action="store_true", help="write no file")
    given = parser.parse_args(arguments)
    ks = [int(k) for k in given.seeds.split(",")]
    paths = [path for number in given.lessons for path in sorted((ROOT / "notebooks").glob(f"{number}*.ipynb"))]
    if not paths:
        sys.exit(f"There is no lesson {' '.join(given.lessons)}.")
    cells = sum(len(moved(nbformat.read(path, as_version=4), 0)[0].cells) for path in paths)
    jobs = [(path, k) for path in paths for k in ks]
    with (
        ThreadPool(given.processes) as pool,
        tqdm(total=cells * len(ks), unit=" cells", disable=False) as bar,  # the kernels' bars are off, this one is not
    ):
        trials = pool.starmap(lambda path, k: execute(path, k, bar.update), jobs, chunksize=1)
    found = {}
    for i, path in enumerate(paths):
        entry = summary(trials[i * len(ks) : (i + 1) * len(ks)])
        command = f"make audit LESSON={path.stem[:2]} SEEDS={given.seeds}"
        about = dict(command=command, date=date.today().isoformat(), torch=torch.__version__, seeds=ks)
        found[path.stem] = about | entry
        print(*failures(path.stem, entry) or [f"{path.stem} holds each time"], sep="\n")
    if not given.dry:
        write(found)


if __name__ == "__main__":
    main(sys.argv[1:])
