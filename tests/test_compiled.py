"""Compiled code is kept where nobody else can put any."""

import os
from pathlib import Path

import pytest

from ecnet import compiled
from ecnet.errors import InputError


def test_compiled_code_is_kept_where_its_user_alone_can_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = tmp_path / "kept"
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
        with pytest.raises(InputError, match="others may write to it"):
            locator.ensure_cache_path()
        folder.chmod(0o700)


def test_compiled_code_of_another_user_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled._CONFIG, "CACHE_DIR", str(tmp_path / "kept"))
    locator = compiled.ByContent(compiled.kernel, compiled.__file__)
    locator.ensure_cache_path()
    with monkeypatch.context() as other:
        other.setattr(os, "geteuid", lambda: os.getuid() + 1)
        with pytest.raises(InputError, match="others may write to it"):
            locator.ensure_cache_path()
    place = Path(locator.get_cache_path())
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="others may write to it"):
        locator.ensure_cache_path()
