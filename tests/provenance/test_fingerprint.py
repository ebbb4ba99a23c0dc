"""Digests of code cover what a step uses, and nothing else."""

import ast
from pathlib import Path

import pytest

from ecnet import datasets
from ecnet.provenance import fingerprint
from ecnet.render import catalogue


def test_an_adapter_counts_only_for_its_dataset() -> None:
    found = fingerprint.closure("ecnet.prepare.sample", datasets.module("iot-23"))
    assert "ecnet.datasets.iot_23" in found
    assert "ecnet.datasets.nsl_kdd" not in found


def test_a_render_step_imports_no_torch() -> None:
    for job in catalogue.JOBS:
        assert "ecnet.models.ecnet" not in fingerprint.closure(*catalogue.modules(job))


def write(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> str:
    """Make `text` the module that ecnet.errors is, and return the digest of the package's step."""
    (folder / "errors.py").write_text(text)
    monkeypatch.setattr(fingerprint, "_PACKAGE", folder)
    forget()
    return fingerprint.digest("ecnet.errors")


def forget() -> None:
    """Clear the caches in memory, but not the one on disk."""
    for cached in (fingerprint.digest, fingerprint.imports, fingerprint._read, fingerprint._kept):
        cached.cache_clear()


@pytest.fixture(autouse=True)
def _clear(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fingerprint, "_KEPT", tmp_path / "no such folder/kept.json")
    forget()


def test_comments_docstrings_and_layout_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write(tmp_path, monkeypatch, 'def f(x):\n    """Text."""\n    return x + 1\n')
    same = write(tmp_path, monkeypatch, "# why\ndef f(\n    x,\n):\n    return x + 1  # how\n")
    other = write(tmp_path, monkeypatch, "def f(x):\n    return x + 2\n")
    assert first == same != other


def test_an_imported_module_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "files.py").write_text("A = 1\n")
    first = write(tmp_path, monkeypatch, "from ecnet.files import A\n")
    (tmp_path / "files.py").write_text("A = 2\n")
    assert write(tmp_path, monkeypatch, "from ecnet.files import A\n") != first


def test_the_digest_is_the_same_in_every_version_of_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer version gives each function a further field, which is empty in this code."""
    text = "def f(x):\n    return x + 1\n"
    tree = ast.parse(text)
    tree.body[0]._fields += ("newer",)
    tree.body[0].newer = []
    first = write(tmp_path, monkeypatch, text)
    monkeypatch.setattr(fingerprint.ast, "parse", lambda _: tree)
    forget()
    assert fingerprint.digest("ecnet.errors") == first


def test_a_file_that_was_parsed_before_is_not_parsed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprint, "_KEPT", tmp_path / "kept.json")
    first = fingerprint.digest("ecnet.train.train")
    forget()
    monkeypatch.delattr(fingerprint.ast, "parse")
    assert fingerprint.digest("ecnet.train.train") == first


@pytest.mark.parametrize("kept", ["", "[]", "{}", '{"read by": "another"}'])
def test_a_cache_of_another_version_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: str
) -> None:
    first = fingerprint.digest("ecnet.train.train")
    monkeypatch.setattr(fingerprint, "_KEPT", tmp_path / "kept.json")
    (tmp_path / "kept.json").write_text(kept)
    forget()
    assert fingerprint.digest("ecnet.train.train") == first


def test_a_constant_none_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = write(tmp_path, monkeypatch, "A = None\n")
    assert write(tmp_path, monkeypatch, "A = ()\n") != first
