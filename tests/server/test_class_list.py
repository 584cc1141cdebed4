"""The class list is read name by name, and closing a folder leaves open what it should, whoever runs it."""

import os
import sys

import accounts
import pytest


def test_a_name_a_line_and_some_are_admins(tmp_path):
    (tmp_path / "list").write_text("# spring\nada\n\n  li-2 \nprof admin\n")
    assert accounts.class_list(tmp_path / "list") == ({"ada", "li-2", "prof"}, {"prof"})


@pytest.mark.parametrize("line", ["Ada", "ada lovelace", "../etc", "-x", "a;b", "2pac"])
def test_a_name_that_no_account_can_have_is_refused_in_a_sentence(tmp_path, line):
    (tmp_path / "list").write_text(f"ada\n{line}\n")
    with pytest.raises(ValueError, match="has the line"):
        accounts.class_list(tmp_path / "list")


def test_where_there_is_no_list_a_sentence_says_so(tmp_path):
    with pytest.raises(FileNotFoundError, match="write one, with a name on each line"):
        accounts.class_list(tmp_path / "list")


def test_closing_leaves_open_what_it_should_and_owners_their_rights(tmp_path):
    for name in "open/file", "half/open/file", "half/closed/file", "run":
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "run").chmod(0o755)
    accounts.close(tmp_path, [tmp_path / "open", tmp_path / "half" / "open"])
    modes = {name: (tmp_path / name).stat().st_mode & 0o777 for name in ("open", "half", "half/open", "half/closed")}
    assert modes == {"open": 0o755, "half": 0o711, "half/open": 0o755, "half/closed": 0o700}
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can try what others can do")
def test_a_python_that_others_cannot_reach_is_found_out(tmp_path):
    assert accounts.can_start("/bin/true")
    tmp_path.chmod(0o700)
    (tmp_path / "python").symlink_to(sys.executable)
    assert not accounts.can_start(str(tmp_path / "python"))
