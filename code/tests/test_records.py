"""Recorded data: every file says where it comes from, and a change of what it depends on is noticed."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from kvlab.measure.records import find_records, provenance, read_record

ROOT = Path(__file__).resolve().parents[2]


def project(folder: Path) -> Path:
    (folder / "code").mkdir()
    (folder / "code" / "script.py").write_text("answer = 42\n", encoding="utf-8")
    (folder / "code" / "model.py").write_text("weights = 1\n", encoding="utf-8")
    return folder


def recorded(root: Path) -> Path:
    path = root / "code" / "data.json"
    head = provenance("code/script.py", root, depends=["code/model.py"], packages=["numpy"])
    path.write_text(json.dumps({**head, "numbers": [1, 2]}), encoding="utf-8")
    return path


def test_what_is_written_is_read(tmp_path):
    record = read_record(recorded(project(tmp_path)))
    assert record.script == "code/script.py"
    assert record.date == datetime.date.today().isoformat()
    assert set(record.versions) == {"python", "numpy"}
    assert set(record.depends) == {"code/script.py", "code/model.py"}
    assert "cores" in record.machine
    assert record.changed(tmp_path) == []


@pytest.mark.parametrize("name", ["code/script.py", "code/model.py"])
def test_a_change_is_noticed(tmp_path, name):
    record = read_record(recorded(project(tmp_path)))
    (tmp_path / name).write_text("weights = 2\n", encoding="utf-8")
    assert record.changed(tmp_path) == [name]
    (tmp_path / name).unlink()
    assert record.changed(tmp_path) == [name]


def test_line_ends_of_another_system_are_no_change(tmp_path):
    record = read_record(recorded(project(tmp_path)))
    (tmp_path / "code" / "model.py").write_bytes(b"weights = 1\r\n")
    assert record.changed(tmp_path) == []


def test_a_dependency_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"cannot depend on code/no\.py"):
        provenance("code/script.py", project(tmp_path), depends=["code/no.py"])


@pytest.mark.parametrize("content", [[1], {"date": "2026-01-01"}, {"made_by": "x.py"}])
def test_other_json_is_no_record(tmp_path, content):
    path = tmp_path / "other.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert read_record(path) is None


def test_every_record_names_a_script_that_exists_and_is_not_stale():
    records = find_records(ROOT)
    names = {record.path.name for record in records}
    assert {"smollm2.json", "gguf_quants.json", "made_by.json"} <= names
    for record in records:
        assert (ROOT / record.script).is_file(), record
        assert datetime.date.fromisoformat(record.date)
        assert record.versions or record.source, record
        assert record.changed(ROOT) == [], f"run {record.script} again"
