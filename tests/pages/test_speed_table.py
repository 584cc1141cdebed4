"""The tables of speed say what data/speed.json says, and that file has measured what it should."""

import json
import re

import pytest
from benchmarks import cases, table

from mlcourse.runs import experiments


@pytest.fixture
def file():
    return json.loads(table.SPEED.read_text(encoding="utf-8"))


def rows(text):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]


def test_the_page_prints_what_the_file_says(file):
    text = experiments.TABLES.read_text(encoding="utf-8")
    assert text.split(table.BEGIN)[1].split(table.END)[0].strip() == table.tables(file)


def test_a_sentence_has_the_least_and_the_largest_ratio_of_each_kind_of_net():
    ratios = {True: set(), False: set()}
    for case in made_up()["cases"]:
        if case["method"] in ("MAML", "FOMAML"):
            ratios[case["net"] == "sine"] |= {s["ratio"] for name, s in case["sides"].items() if name != "mlcourse"}
    said = table.tables(made_up()).partition("\n")[0]
    assert f"{min(ratios[True])}.0 to {max(ratios[True])}.0 times as many meta-gradients" in said
    assert f"{min(ratios[False])}.0 to {max(ratios[False])}.0 times as many for networks on pictures" in said


def test_the_file_has_every_case_of_today_and_every_peer(file):
    assert [cases.Case(*(row[name] for name in cases.Case._fields)) for row in file["cases"]] == cases.CASES
    peers = {"MAML": {"torchopt", "higher"}, "FOMAML": {"higher"}}
    for row in file["cases"]:
        assert row["sides"].keys() - {"mlcourse"} == peers.get(row["method"], {"plain"})


def test_it_was_measured_whole_and_the_gradients_were_the_same(file):
    assert file["command"] == "make bench"
    for row in file["cases"]:
        assert row["rounds"] >= 5
        for name, side in row["sides"].items():
            assert side["a second"] > 0 and (name == "mlcourse" or side["difference"] < 1e-8)


def made_up():
    """A file as `make bench` writes it, in which every figure is another one."""
    number = iter(range(1, 1000))

    def sides(method):
        peers = {"MAML": ("torchopt", "higher"), "FOMAML": ("higher",)}.get(method, ("plain",))
        found = {peer: {"MiB": next(number), "ratio": next(number), "difference": 1e-13} for peer in peers}
        return {"mlcourse": {"MiB": None}} | found

    about = dict(date="2026-02-01", processor="An abacus", torch="2.13.0+cpu", torchopt="1", higher="2")
    return about | {"cases": [case._asdict() | {"rounds": 5, "sides": sides(case.method)} for case in cases.CASES]}


def test_every_ratio_of_maml_stands_in_its_row_and_column():
    head, _, *lines = (row for row in rows(table.tables(made_up())) if len(row) == 8)
    assert len(lines) == 3 * 2 * 2
    by_key = {tuple(line[:3]): dict(zip(head, line, strict=True)) for line in lines}
    for case in made_up()["cases"]:
        order = {"MAML": "second", "FOMAML": "first"}.get(case["method"])
        if order:
            line = by_key[case["net"], str(case["steps"]), order]
            for peer in ("torchopt", "higher"):
                found = case["sides"].get(peer)
                assert line[f"{peer}, {case['n_tasks']} tasks"] == (f"{found['ratio']:.1f}" if found else "-")
                if case["n_tasks"] == 16:
                    memory = dict(
                        zip(("mlcourse", "torchopt", "higher"), line["MiB, 16 tasks"].split(" / "), strict=True)
                    )
                    assert memory["mlcourse"] == "-" and memory[peer] == (str(found["MiB"]) if found else "-")


def test_the_other_methods_follow_in_the_order_of_the_file():
    _, _, *lines = (row for row in rows(table.tables(made_up())) if len(row) == 6)
    others = [case for case in made_up()["cases"] if "plain" in case["sides"]]
    for line, case in zip(lines, others, strict=True):
        plain = case["sides"]["plain"]
        assert line[:2] == [case["method"], case["net"]] and f"{case['k_shot']}-shot" in line[2]
        assert line[3:] == [str(case["n_tasks"]), f"{plain['ratio']:.1f}", f"- / {plain['MiB']}"]


def test_it_says_when_and_where_above_the_tables():
    expected = (
        "An abacus, one thread, 1 February 2026; torch 2.13.0, torchopt 1, higher 2. Medians of 5 rounds or more. "
    )
    about = table.tables(made_up()).split("\n\n")[1]
    assert about == expected + "In float64 the gradients differ by 1e-13 at most."


def test_text_goes_between_the_marks_and_nowhere_else(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n", encoding="utf-8")
    for _ in range(2):
        experiments.put_between(page, table.BEGIN, table.END, "new")
    assert re.fullmatch(
        r"before\n<!-- speed.*-->\nnew\n<!-- end of speed -->\nafter\n", page.read_text(encoding="utf-8")
    )
