"""What records have in common: each can be stopped, and goes on."""

import json

import pytest


def stop(*given, **how):
    raise KeyboardInterrupt


@pytest.fixture
def gone_on(tmp_path, monkeypatch, capsys):
    """Record, stop after the first training, and go on: the file's path and content, with what was asserted of all."""

    def run(record, *, stopped_in="train"):
        path, real = tmp_path / "a.json", getattr(record, stopped_in)
        with monkeypatch.context() as patch:
            patch.setattr(record, stopped_in, lambda *given, **how: (stop if path.is_file() else real)(*given, **how))
            with pytest.raises(KeyboardInterrupt):
                record.record(path)
        before = json.loads(path.read_text())["runs"]
        record.record(path)
        file = record.load(path)
        assert before and file["runs"][: len(before)] == before
        assert capsys.readouterr().out.count("\n") == len(file["runs"])
        return path, file

    return run
