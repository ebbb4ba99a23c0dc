"""Acquiring: native files from a mirror or the official address to data/raw, verified.

A mirror is a folder, or an HTTP server with a SHA256SUMS file at its root (as `sha256sum` writes
it, which then also lists what there is); files lie in it as <dataset>/.../<file>, compressed or
not. A dataset's files all come from one source, and from one form.
"""

import fnmatch
import shutil
import sys
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from tqdm import tqdm
from urllib3.util import Retry

from ecnet.datasets.declaration import Dataset, Form
from ecnet.errors import InputError
from ecnet.files import atomic, plain_name, sha256, write_json, write_text

_SUMS = "SHA256SUMS"
_BLOCK = 1 << 20
_TIMEOUT = (10, 60)
"""Seconds to connect, and between two bytes."""
_PROBE = 5
"""Seconds in which an official address must answer to count as one."""


@dataclass(frozen=True)
class Located:
    """Where the files of a dataset are.

    files: file name -> path or URL. companions: those that are read beside the others.
    sha256: file name -> the digest that the mirror states, where it does.
    """

    form: str
    source: str
    files: Mapping[str, str]
    companions: tuple[str, ...]
    sha256: Mapping[str, str]


@dataclass(frozen=True)
class Listing:
    """What a mirror holds: (dataset, file name) -> path or URL, and the checksums it states."""

    files: Mapping[str, Mapping[str, str]]
    sums: Mapping[str, str]


def is_url(mirror: str) -> bool:
    """Tell an HTTP address from a folder."""
    return urllib.parse.urlsplit(mirror).scheme in ("http", "https")


def listing(mirror: str) -> Listing:
    """List a mirror.

    Raises:
        InputError: the folder does not exist, the server does not answer or has no SHA256SUMS,
            or two files of a dataset share a name.
    """
    if is_url(mirror):
        base = mirror.rstrip("/") + "/"
        sums = _sums(_text(base + _SUMS), base + _SUMS)
        return _listing({path: base + urllib.parse.quote(path) for path in sums}, sums)
    folder = Path(mirror)
    if not folder.is_dir():
        raise InputError(
            f"data.mirror: {mirror} is no folder; give one that holds <dataset>/<file>, or an "
            "http:// address"
        )
    paths = sorted(path for path in folder.glob("*/**/*") if path.is_file())
    found = {path.relative_to(folder).as_posix(): str(path) for path in paths}
    stated = folder / _SUMS
    text = stated.read_text(encoding="utf-8") if stated.is_file() else ""
    return _listing(found, _sums(text, str(stated)))


def locate(dataset: Dataset, forms: Sequence[str], mirror: Listing | None) -> Located | None:
    """Return where the first of `forms` that can be had is: in the mirror, else officially."""
    if mirror is not None:
        files = mirror.files.get(dataset.name, {})
        for form in map(dataset.form, forms):
            matched = _matched(form, files)
            if matched is not None:
                sums = {file: mirror.sums[file] for file in matched if file in mirror.sums}
                return _located(form, "mirror", matched, sums)
    for form in map(dataset.form, forms):
        if _is_official(form):
            return _located(form, "official", dict(_official(form)), {})
    return None


def answers(url: str) -> bool:
    """Tell whether a server has a file, by asking once and briefly."""
    try:
        return requests.head(url, timeout=_PROBE, allow_redirects=True).ok
    except requests.RequestException:
        return False


def absent(dataset: Dataset, mirror: str | None) -> str:
    """Return what to do to get a dataset that cannot be had: page, file, size, place, command."""
    place = "MIRROR" if mirror is None or is_url(mirror) else mirror
    preferred = dataset.forms[0]
    wanted = ", ".join(source.pattern for source in preferred.sources[:5])
    more = len(preferred.sources) - 5
    return "\n".join(
        [
            f"{dataset.title}: {why_absent(dataset)}; get it by hand:",
            f"  page: {dataset.page}",
            f"  file: {wanted}{f' and {more} more' if more > 0 else ''} ({dataset.size}; "
            f"{dataset.licence})",
            f"  put:  into {place}/{dataset.name}/ (plain, .gz, .zst or .zip)",
            f"  then: snakemake --cores 8 results/tables --config mirror={place}",
        ]
    )


def why_absent(dataset: Dataset) -> str:
    """Return in a few words why a dataset cannot be had."""
    if any(_is_official(form) for form in dataset.forms):
        return "not in the mirror, and its official address does not answer"
    site = urllib.parse.urlsplit(dataset.page).netloc
    return f"not in the mirror, and {site} asks for a login"


def acquire(*, output: Path, provenance: Path, settings: Mapping[str, Any]) -> None:
    """Bring one native file to `output`, byte for byte, and write where it came from.

    settings: dataset, file, location (path or URL), source, sha256 (stated, or empty), bytes
    (known size, or null), max_bytes, licence, checksums (folder of recorded digests).

    Raises:
        InputError: the file cannot be had, or its size or SHA-256 is not what it must be.
    """
    location, limit = settings["location"], settings["max_bytes"]
    expected, reason = _expected(settings)
    if is_url(location):
        _download(location, output, limit)
    else:
        _copy(Path(location), output, limit)
    digest, size = sha256(output), output.stat().st_size
    if settings["bytes"] is not None and size != settings["bytes"]:
        _refuse(output, f"{location}: has {size} bytes where {settings['bytes']} are published")
    if expected and digest != expected:
        _refuse(output, f"{location}: its SHA-256 is {digest}, and {reason} {expected}")
    record = _record(settings)
    if not record.exists():
        write_text(record, f"{digest}\n")
    write_json(
        provenance,
        {
            "dataset": settings["dataset"],
            "file": settings["file"],
            "source": settings["source"],
            "location": location,
            "bytes": size,
            "sha256": digest,
            "licence": settings["licence"],
        },
    )


def _listing(paths: Mapping[str, str], sums: Mapping[str, str]) -> Listing:
    """Sort paths relative to a mirror by dataset and file name."""
    files: dict[str, dict[str, str]] = {}
    for path in sorted(paths):
        parts = PurePosixPath(path).parts
        if len(parts) < 2 or ".." in parts or path.startswith("/"):
            continue
        held = files.setdefault(parts[0], {})
        if parts[-1] in held:
            raise InputError(f"data.mirror: {parts[0]} has two files named {parts[-1]}; keep one")
        held[parts[-1]] = paths[path]
    return Listing(files, {PurePosixPath(path).name: digest for path, digest in sums.items()})


def _sums(text: str, place: str) -> dict[str, str]:
    """Parse a SHA256SUMS file: path -> digest."""
    found = {}
    for number, line in enumerate(text.splitlines(), start=1):
        digest, _, path = line.partition("  ")
        if len(digest) != 64 or not path:
            raise InputError(
                f"{place}: line {number} is {line[:80]!r}, not `<SHA-256>  <path>`; "
                "write it anew with: sha256sum */* > SHA256SUMS"
            )
        found[path.removeprefix("./")] = digest.lower()
    return found


def _matched(form: Form, files: Mapping[str, str]) -> dict[str, str] | None:
    """Return the files of a form, or None if files that it needs are missing."""
    matched: dict[str, str] = {}
    for source in form.sources:
        named = {
            file: location
            for file, location in files.items()
            if fnmatch.fnmatchcase(plain_name(file), source.pattern)
        }
        if not named and not form.partial:
            return None
        matched |= named
    return matched or None


def _is_official(form: Form) -> bool:
    """Tell whether a form is to be had without a login."""
    return all(source.url for source in form.sources)


def _official(form: Form) -> Iterator[tuple[str, str]]:
    """Yield file names and addresses of a form that needs no login."""
    for source in form.sources:
        for stem in source.stems or ("",):
            url = source.url.replace("{stem}", stem)
            yield source.pattern.replace("*", stem, 1), url


def _located(form: Form, source: str, files: Mapping[str, str], sums: Mapping[str, str]) -> Located:
    patterns = [source.pattern for source in form.sources if source.companion]
    companions = tuple(
        file
        for file in files
        if any(fnmatch.fnmatchcase(plain_name(file), pattern) for pattern in patterns)
    )
    return Located(form.name, source, dict(files), companions, sums)


def _record(settings: Mapping[str, Any]) -> Path:
    """Return the file that holds the digest recorded when the file was first used."""
    folder: str = settings["checksums"]
    return Path(folder, settings["dataset"], f"{settings['file']}.sha256")


def _expected(settings: Mapping[str, Any]) -> tuple[str, str]:
    """Return the SHA-256 that a file must have, and who says so."""
    record = _record(settings)
    if settings["sha256"]:
        return settings["sha256"], "the stated one is"
    if record.exists():
        digest = record.read_text(encoding="utf-8").strip()
        return digest, f"at first use it was (delete {record} to accept the new file)"
    return "", ""


def _copy(source: Path, output: Path, limit: int) -> None:
    """Copy a file of a mirror."""
    try:
        if source.stat().st_size > limit:
            raise InputError(f"{source}: is larger than data.max_bytes = {limit}")
        with atomic(output) as temporary:
            shutil.copyfile(source, temporary)
    except OSError as error:
        raise InputError(f"{source}: cannot be copied to {output} ({error.strerror})") from error


def _download(url: str, output: Path, limit: int) -> None:
    """Download to `output`, going on from what an earlier try left in `<output>.part`."""
    output.parent.mkdir(parents=True, exist_ok=True)
    part = output.with_name(f".{output.name}.download")
    have = part.stat().st_size if part.exists() else 0
    try:
        with _session().get(
            url, stream=True, timeout=_TIMEOUT, headers={"Range": f"bytes={have}-"} if have else {}
        ) as response:
            if have and response.status_code == requests.codes.partial_content:
                mode = "ab"
            elif have and response.status_code == requests.codes.requested_range_not_satisfiable:
                part.unlink()
                return _download(url, output, limit)
            else:
                mode, have = "wb", 0
            response.raise_for_status()
            total = have + int(response.headers.get("Content-Length", 0))
            _receive(response, part, mode=mode, have=have, total=total, limit=limit)
    except requests.RequestException as error:
        raise InputError(f"{url}: cannot be fetched ({error}); try again, it goes on") from error
    if total and part.stat().st_size != total:
        raise InputError(f"{url}: ended after {part.stat().st_size} of {total} bytes; try again")
    part.replace(output)
    return None


def _receive(
    response: requests.Response, part: Path, *, mode: str, have: int, total: int, limit: int
) -> None:
    """Write a response to `part` with progress, up to `limit` bytes."""
    with (
        part.open(mode) as file,
        tqdm(
            total=total or None,
            initial=have,
            unit="B",
            unit_scale=True,
            desc=part.name[1:],
            disable=not sys.stderr.isatty(),
        ) as progress,
    ):
        for block in response.raw.stream(_BLOCK, decode_content=False):
            have += len(block)
            if have > limit:
                raise InputError(f"{response.url}: is larger than data.max_bytes = {limit}")
            file.write(block)
            progress.update(len(block))


def _session() -> requests.Session:
    """Return a session that tries again, with back-off, what may pass."""
    retry = Retry(total=4, backoff_factor=1, status_forcelist=(429, 500, 502, 503, 504))
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=retry))
    return session


def _text(url: str) -> str:
    """Return a small text file of a server."""
    try:
        response = _session().get(url, timeout=_TIMEOUT)
        response.raise_for_status()
    except requests.RequestException as error:
        raise InputError(
            f"data.mirror: {url} cannot be read ({error}); an HTTP mirror needs it: "
            "sha256sum */* > SHA256SUMS"
        ) from error
    return response.text


def _refuse(output: Path, reason: str) -> None:
    """Delete a file that is not what it must be, and stop."""
    output.unlink()
    raise InputError(f"{reason}; it was deleted")
