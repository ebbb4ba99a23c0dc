"""The three kinds of remote that DVC may have, and a small project to keep in them."""

import contextlib
import getpass
import hashlib
import re
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import servers
import yaml
from projects import ROOT
from versioned import Versioned

NAME = "store"
_PARTS = (".dvc/config", ".dvc/.gitignore", ".dvcignore", ".gitignore")
_STAGES = {"data": ("data/raw", "data/sampled"), "models": ("results/models", "results/tables")}
_SIZES = (10, 3_000, 40_000, 200_000)
_FILES = 40
_HEADERS = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request",
    "Content-Type": "application/octet-stream",
}


class Objects(Protocol):
    """What a remote holds, by its name there."""

    def names(self) -> list[str]: ...
    def read(self, name: str) -> bytes: ...
    def write(self, name: str, content: bytes) -> None: ...
    def delete(self, name: str) -> None: ...


@dataclass(frozen=True)
class Folder:
    """Objects in a folder, of this machine or of another."""

    path: Path

    def names(self) -> list[str]:
        return [str(path.relative_to(self.path)) for path in self.path.glob("files/md5/*/*")]

    def read(self, name: str) -> bytes:
        return (self.path / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        self.delete(name)  # DVC makes what it writes read-only
        (self.path / name).write_bytes(content)

    def delete(self, name: str) -> None:
        (self.path / name).unlink()


@dataclass(frozen=True)
class Bucket:
    """Objects in a bucket of a server that takes any key."""

    address: str

    def names(self) -> list[str]:
        return re.findall(r"<Key>(.*?)</Key>", self._ask("GET", "?list-type=2").decode())

    def read(self, name: str) -> bytes:
        return self._ask("GET", f"/{name}")

    def write(self, name: str, content: bytes) -> None:
        self._ask("PUT", f"/{name}", content)

    def delete(self, name: str) -> None:
        self._ask("DELETE", f"/{name}")

    def create(self) -> None:
        self._ask("PUT", "")

    def _ask(self, method: str, rest: str, content: bytes | None = None) -> bytes:
        address = f"{self.address}{rest}"
        request = urllib.request.Request(address, content, _HEADERS, method=method)  # noqa: S310
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return answer.read()


@dataclass(frozen=True)
class Remote:
    """A remote, how a project is told of it, and what it holds."""

    objects: Objects
    url: str
    settings: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    """What is never committed: each clone is told."""
    wire: servers.Wire | None = None

    def add(self, project: Versioned) -> None:
        """Make it the remote of a project, and commit that."""
        project.done("dvc", "remote", "add", "--force", "--default", NAME, self.url)
        for setting in ({"verify": "true"} | self.settings).items():
            project.done("dvc", "remote", "modify", NAME, *setting)
        self.tell(project)
        project.commit("A remote")

    def tell(self, project: Versioned) -> None:
        """Tell a project, or a clone, the secrets."""
        for secret in self.secrets.items():
            project.done("dvc", "remote", "modify", "--local", NAME, *secret)


@contextlib.contextmanager
def remote(kind: str, folder: Path) -> Iterator[Remote]:
    """Yield a remote of one kind, empty."""
    folder.mkdir()
    store = folder / "store"
    if kind == "folder":
        yield Remote(Folder(store), str(store))
    elif kind == "s3":
        with servers.s3(folder) as port, servers.wire(port) as wire:
            bucket = Bucket(f"http://{servers.LOOPBACK}:{port}/bucket")
            bucket.create()
            config = folder / "config"
            config.write_text("[default]\nmax_attempts = 1\n")  # or it tries for over a minute
            secrets = {"access_key_id": "a-key", "secret_access_key": "a-secret"}
            settings = {"endpointurl": f"http://{servers.LOOPBACK}:{wire.port}"}
            secrets |= {"configpath": str(config)}
            yield Remote(bucket, "s3://bucket", settings, secrets, wire)
    else:
        with servers.ssh(folder) as (port, key), servers.wire(port) as wire:
            url = f"ssh://{getpass.getuser()}@{servers.LOOPBACK}:{wire.port}{store}"
            yield Remote(Folder(store), url, {}, {"keyfile": str(key)}, wire)


def wrong(objects: Objects) -> list[str]:
    """Return the objects whose content is not what they are named after."""
    return [
        name
        for name in objects.names()
        if not name.endswith(".tmp")  # what is being sent, or was when the connection broke
        and object_of(objects.read(name)) != name.removesuffix(".dir")
    ]


def object_of(content: bytes) -> str:
    """Return the name of the object that holds a content."""
    return _object(hashlib.md5(content, usedforsecurity=False).hexdigest())


def _object(md5: str) -> str:
    return f"files/md5/{md5[:2]}/{md5[2:]}"


def toy(folder: Path) -> Versioned:
    """Make a project of small files, recorded by DVC, with the settings of the real one."""
    for part in _PARTS:
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / part, folder / part)
    (folder / "src").symlink_to(ROOT / "src")
    random = np.random.default_rng(1)
    places = ("data/raw", "data/sampled", "results/models")
    names = [f"{place}/file-{number}" for place in places for number in range(_FILES // 3)]
    for number, name in enumerate([*names, "results/tables/table_6.csv"]):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(random.bytes(_SIZES[number % len(_SIZES)]))
    stages = {
        name: {"cmd": f"test -d {places[0]}", "outs": [{p: {"persist": True}} for p in places]}
        for name, places in _STAGES.items()
    }
    (folder / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}))
    project = Versioned(folder)
    project.done("git", "init", "--quiet", "--initial-branch", "main")
    project.done("dvc", "repro")
    project.commit("The project")
    return project


def refused(done: subprocess.CompletedProcess[str], message: str) -> None:
    """Check that a command failed, and said so."""
    assert done.returncode != 0, done.stdout
    assert message in done.stderr


def alter(remote: Remote, name: str, byte: int = 0) -> None:
    """Change one byte of an object, and neither its size nor its name."""
    content = bytearray(remote.objects.read(name))
    content[byte] ^= 1
    remote.objects.write(name, bytes(content))
    assert wrong(remote.objects) == [name]


def listing(project: Versioned, stage: str, folder: str) -> str:
    """Return the name of the object that lists a folder's files."""
    outs = yaml.safe_load((project.folder / "dvc.lock").read_text())["stages"][stage]["outs"]
    return _object(next(out["md5"] for out in outs if out["path"] == folder))


def mend(remote: Remote, project: Versioned, *names: str) -> None:
    """Do what docs/versions.md says to bring objects back into the remote."""
    for name in names:
        remote.objects.delete(name)
    project.done("dvc", "push")
    assert wrong(remote.objects) == []
