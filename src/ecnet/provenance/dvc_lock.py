"""The digests in dvc.lock, compared with the files on disk, and the settings of DVC's cache."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from configobj import ConfigObj, ConfigObjError

from ecnet.errors import InputError
from ecnet.files import digest, files

LOCK = Path("dvc.lock")
_CONFIGS = (Path(".dvc/config"), Path(".dvc/config.local"))
_COPIES = {"copy", "reflink"}
"""How DVC may put files in place: through a link, a step would write to the cache."""


def check_cache() -> None:
    """Check that DVC puts files in place as copies, not as links to its cache.

    Raises:
        InputError: cache.type is another.
    """
    kinds = _config().get("cache", {}).get("type", "copy")
    listed = kinds if isinstance(kinds, list) else [kind.strip() for kind in kinds.split(",")]
    if not set(listed) <= _COPIES:
        raise InputError(
            f".dvc/config: cache.type is {', '.join(listed)}, and a step would write through a "
            "link into DVC's cache; set it back: dvc config cache.type copy (with --local where "
            "it is from .dvc/config.local), then: dvc checkout --relink"
        )


def check_remotes() -> None:
    """Check that DVC verifies what its remotes send.

    Raises:
        InputError: a remote is not verified.
    """
    for section, values in _config().items():
        if section.startswith('remote "') and values.get("verify", "").lower() != "true":
            name = section.split('"')[1]
            raise InputError(
                f".dvc/config: what the remote {name} sends is not verified; "
                f"set it: dvc remote modify {name} verify true"
            )


class Altered(NamedTuple):
    """A file or folder that differs from dvc.lock.

    recorded: the MD5 in dvc.lock. found: the MD5 of each file in the folder, or of the file.
    """

    path: str
    recorded: str
    found: dict[str, str]


def is_elsewhere() -> bool:
    """Tell whether DVC has neither fetched nor made the version in dvc.lock here.

    So it is in a clone before `make pull`, or if Snakemake alone is used.

    Raises:
        InputError: dvc.lock cannot be read.
    """
    recorded = [md5 for _, md5 in _outs()]
    cache = _cache() if recorded else Path()
    return bool(recorded) and not any((cache / _object(md5)).is_file() for md5 in recorded)


def altered() -> list[Altered]:
    """Compare everything in dvc.lock with the disk; return what differs.

    Raises:
        InputError: dvc.lock cannot be read.
    """
    compared = [(path, recorded, _found(path, recorded)) for path, recorded in _outs()]
    return [Altered(path, md5, found) for path, md5, found in compared if found is not None]


def differences(outs: list[Altered]) -> Iterator[tuple[str, str]]:
    """Yield each file of `outs` that differs from dvc.lock, with a message."""
    cache = _cache() if outs else Path()
    for out in outs:
        for name in list(_named(cache, out)) or [out.path]:
            yield name, "is not what dvc.lock recorded"


def unfetched(outs: list[Altered]) -> Iterator[tuple[str, str]]:
    """Yield each file of `outs` that is neither here nor in DVC's cache, with a message.

    After a fetch, the remote lacks these files, or has altered ones: DVC names their folder at
    most. It does not verify the list of a folder, which could name any path.

    Raises:
        InputError: a list in the cache does not have the digest in its name.
    """
    cache = _cache() if outs else Path()
    for path, recorded, _ in outs:
        listed = _listed(cache, recorded)
        if _is_folder(recorded) and listed is None:
            yield path, f"DVC's cache has no list of its files, {_object(recorded)}"
            continue
        wanted = {path: recorded}
        if listed is not None:
            wanted = {f"{path}/{name}": md5 for name, md5 in listed.items()}
        for name, md5 in wanted.items():
            if not (cache / _object(md5)).is_file() and not Path(name).is_file():
                yield name, f"is missing, and DVC's cache has no {_object(md5)}"


def _found(path: str, recorded: str) -> dict[str, str] | None:
    """Return the MD5 of each file at a path; None if they are as recorded."""
    if _is_folder(recorded):
        found = _tree(path)
        return None if _summary(found) == recorded else found
    md5 = _md5(Path(path))
    return None if md5 == recorded else {"": md5}


def _is_folder(recorded: str) -> bool:
    return recorded.endswith(".dir")


def _outs() -> Iterator[tuple[str, str]]:
    """Yield path and MD5 of each entry in dvc.lock."""
    if not LOCK.exists():
        return
    try:
        stages = yaml.safe_load(LOCK.read_text(encoding="utf-8"))["stages"]
        for stage in stages.values():
            yield from [(str(out["path"]), str(out["md5"])) for out in stage["outs"]]
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
        raise InputError(
            f"{LOCK}: is not a lock file of DVC ({error!r}); git checkout {LOCK}"
        ) from error


def _named(cache: Path, out: Altered) -> Iterator[str]:
    """Yield the files of a folder that differ, if the cache still has their list."""
    wanted = _listed(cache, out.recorded)
    if wanted is None:
        return
    for name in sorted(wanted.keys() | out.found.keys()):
        if wanted.get(name) != out.found.get(name):
            yield f"{out.path}/{name}"


def _listed(cache: Path, recorded: str) -> dict[str, str] | None:
    """Return the MD5 of each file of a recorded folder, if the cache has their list."""
    listing = cache / _object(recorded)
    if not (_is_folder(recorded) and listing.is_file()):
        return None
    if digest(listing, "md5") != recorded.removesuffix(".dir"):
        raise InputError(f"{listing}: was altered; delete it, then: dvc fetch")
    return {entry["relpath"]: entry["md5"] for entry in json.loads(listing.read_bytes())}


def _object(md5: str) -> str:
    """Return the path of an object in a cache or a remote."""
    return f"files/md5/{md5[:2]}/{md5[2:]}"


def _cache() -> Path:
    """Return DVC's cache, which may be outside the project."""
    command = [sys.executable, "-m", "dvc", "cache", "dir"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(f"dvc cache dir: {done.stderr.strip()}")
    return Path(done.stdout.strip())


def _tree(folder: str) -> dict[str, str]:
    """Return the MD5 of each file in a folder, by its path there."""
    return {name[len(folder) + 1 :]: _md5(Path(name)) for name in files(folder)}


def _summary(found: dict[str, str]) -> str:
    """Return DVC's digest of a folder: the MD5 of the list of its files."""
    listed = [{"md5": found[name], "relpath": name} for name in sorted(found)]
    text = json.dumps(listed, sort_keys=True)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() + ".dir"


def _md5(path: Path) -> str:
    return digest(path, "md5") if path.is_file() else "missing"


def _config() -> dict[str, Any]:
    """Return DVC's settings by section; those of this clone replace the project's."""
    settings: dict[str, Any] = {}
    for path in filter(Path.is_file, _CONFIGS):
        try:
            found = ConfigObj(str(path), encoding="utf-8")
        except (ConfigObjError, UnicodeDecodeError) as error:
            raise InputError(f"{path}: cannot be read ({error})") from error
        for section, values in found.dict().items():
            settings.setdefault(section, {}).update(values)
    return settings
