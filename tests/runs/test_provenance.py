"""Where a number comes from: the commit whose program made it, and whether that was all of it."""

import subprocess

from mlcourse.runs import provenance


def test_a_commit_is_dirty_where_the_program_differs_and_not_where_a_record_does(tmp_path, monkeypatch):
    def git(*arguments):
        who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        return subprocess.run(
            ["git", "-C", tmp_path, *who, *arguments], check=True, capture_output=True, text=True
        ).stdout

    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    assert provenance.commit() == "unknown"
    files = [tmp_path / name for name in ("mlcourse/a.py", "data/a.json", "requirements.txt")]
    git("init", "-q")
    for file in files:
        file.parent.mkdir(exist_ok=True)
        file.write_text("1")
    git("add", ".")
    git("commit", "-qm", "first")
    head = git("rev-parse", "HEAD").strip()
    for file, dirty in zip(files, ("-dirty", "", "-dirty"), strict=True):
        file.write_text("2")
        assert provenance.commit() == head + dirty
        file.write_text("1")
    assert provenance.commit() == head
