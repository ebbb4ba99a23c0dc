"""Compiled code is cached where only its user can write; without a cache, nothing stops."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecnet import compiled
from ecnet.errors import InputError


def test_compiled_code_is_cached_where_only_its_user_can_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = tmp_path / "cache"
    monkeypatch.setattr(compiled._CONFIG, "CACHE_DIR", str(parent))
    locator = compiled.ByContent(compiled.kernel, compiled.__file__)
    place = Path(locator.get_cache_path())
    locator.ensure_cache_path()
    assert place.stat().st_mode & 0o777 == 0o700
    for folder, mode, kept in (
        (place, 0o720, False),
        (place, 0o702, False),
        (place, 0o755, True),
        (parent, 0o777, False),
        (parent, 0o1777, True),
    ):
        folder.chmod(mode)
        if kept:
            locator.ensure_cache_path()
            continue
        with pytest.raises(InputError, match="others can write to it"):
            locator.ensure_cache_path()
        folder.chmod(0o700)


def test_compiled_code_of_another_user_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled._CONFIG, "CACHE_DIR", str(tmp_path / "cache"))
    locator = compiled.ByContent(compiled.kernel, compiled.__file__)
    locator.ensure_cache_path()
    with monkeypatch.context() as other:
        other.setattr(os, "geteuid", lambda: os.getuid() + 1)
        with pytest.raises(InputError, match="others can write to it"):
            locator.ensure_cache_path()
    place = Path(locator.get_cache_path())
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="others can write to it"):
        locator.ensure_cache_path()


def total(values: np.ndarray) -> float:
    found = 0.0
    for place in range(values.size):
        found += values[place]
    return found


def compute() -> bool:
    """Compute with a new kernel; return whether its cached code was used."""
    kernel: Any = compiled.kernel(total)
    assert kernel(np.arange(5.0)) == 10.0
    return bool(kernel.stats.cache_hits)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where compiled code is cached."""
    monkeypatch.setattr(compiled._CONFIG, "CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(compiled, "_warned", set())
    return tmp_path / "cache"


def only_file(folder: Path) -> Path:
    (found,) = (path for path in folder.rglob("*") if path.is_file())
    return found


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "a byte": lambda _: b"x",
    "garbage": lambda content: os.urandom(len(content)),
    "zeros": lambda content: bytes(len(content)),
    "cut by a byte": lambda content: content[:-1],
    "cut in the middle": lambda content: content[: len(content) // 2],
    "a digest alone": lambda content: content[-32:],
    "a changed bit": lambda content: bytes([*content[:99], content[99] ^ 1, *content[100:]]),
    "longer": lambda content: content + b"x",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damaged_compiled_code_is_compiled_again(
    cache: Path, damage: Callable[[bytes], bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    assert not compute()
    entry = only_file(cache)
    entry.write_bytes(damage(entry.read_bytes()))
    assert not compute()
    assert compute()
    assert only_file(cache) == entry
    assert capsys.readouterr().err == ""


def test_deleted_compiled_code_is_compiled_again(cache: Path) -> None:
    assert not compute()
    only_file(cache).unlink()
    assert not compute()
    assert compute()


UNWRITABLE = {
    "in /proc": "/proc/nope",
    "below a file": f"{__file__}/kept",
    "a file": __file__,
    "a long name": f"/{'x' * 300}",
    "no home": "~",
}


@pytest.mark.parametrize("place", UNWRITABLE.values(), ids=UNWRITABLE)
def test_without_a_cache_code_is_compiled_and_one_line_is_printed(
    cache: Path, place: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(compiled._CONFIG, "CACHE_DIR", place)
    for _ in range(3):
        assert not compute()
    said = capsys.readouterr().err
    assert said.startswith(
        f"ecnet: compiled code is not cached, so each process takes longer: {place}"
    )
    assert said.endswith("; set NUMBA_CACHE_DIR to a folder that you can write to\n")
    assert said.count("\n") == 1
    assert not cache.exists()


def test_code_that_can_no_longer_be_cached_is_used(
    cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(compiled._Entries, "_save_data", full)
    assert not compute()
    said = capsys.readouterr().err
    assert str(cache) in said
    assert "No space left on device" in said
    assert said.count("\n") == 1
