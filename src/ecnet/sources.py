"""Sources: where the files of a dataset are to be had, or what to do where they are not.

A source is `simulated` (files that we make ourselves), `mirror` or `official`; none stands in for
another. A mirror is a folder, or an HTTP server with a SHA256SUMS file at its root (as `sha256sum`
writes it, which then also lists what there is); files lie in it as <dataset>/.../<file>, compressed
or not. A dataset's files all come from one source, and from one form.
"""

import fnmatch
import re
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ecnet import simulator, web
from ecnet.datasets.declaration import Dataset, Form
from ecnet.errors import InputError, UnreachableError
from ecnet.files import plain_name

_SUMS = "SHA256SUMS"


@dataclass(frozen=True)
class Located:
    """Where the files of a dataset are.

    files: file name -> path or URL, empty for a simulated file. companions: those that are read
        beside the others.
    sha256: file name -> the digest that the mirror states, where it does.
    """

    form: str
    source: str
    files: Mapping[str, str]
    companions: tuple[str, ...]
    sha256: Mapping[str, str]


@dataclass(frozen=True)
class Listing:
    """What a mirror holds: dataset -> file name -> path or URL, and the checksums it states."""

    files: Mapping[str, Mapping[str, str]]
    sums: Mapping[str, Mapping[str, str]]


def listing(mirror: str) -> Listing:
    """List a mirror.

    Raises:
        InputError: the folder does not exist, the server does not answer or has no SHA256SUMS,
            or two files of a dataset share a name.
    """
    if web.is_url(mirror):
        if "@" in urllib.parse.urlsplit(mirror).netloc:
            raise InputError(
                "data.mirror: holds a name or password, which logs would show; put "
                "them into ~/.netrc"
            )
        base = mirror.rstrip("/") + "/"
        sums = _sums(_served(base + _SUMS), base + _SUMS)
        return _listing({path: base + urllib.parse.quote(path) for path in sums}, sums)
    folder = Path(mirror)
    if not folder.is_dir():
        raise UnreachableError(
            f"data.mirror: {mirror} is no folder; give one that holds <dataset>/<file>, or an "
            "http:// address"
        )
    paths = sorted(path for path in folder.glob("*/**/*") if path.is_file())
    found = {path.relative_to(folder).as_posix(): str(path) for path in paths}
    stated = folder / _SUMS
    return _listing(found, _sums(_stated(stated), str(stated)))


def mirrored(dataset: Dataset, forms: Sequence[str], mirror: Listing) -> Located | None:
    """Return where the first of `forms` that a mirror holds is; None if it holds none."""
    for form in map(dataset.form, forms):
        matched = _matched(form, mirror.files.get(dataset.name, {}))
        if matched is not None:
            return _located(form, "mirror", matched, mirror.sums.get(dataset.name, {}))
    return None


def official(dataset: Dataset, forms: Sequence[str]) -> Located | None:
    """Return where the first of `forms` that needs no login is; None if all do."""
    for form in map(dataset.form, forms):
        if _is_official(form):
            return _located(form, "official", dict(_addresses(form)), {})
    return None


def simulated(dataset: Dataset, forms: Sequence[str], records: int) -> Located | None:
    """Return the files to simulate; None if `forms` does not have the form that can be."""
    form = simulator.form(dataset.name)
    if form is None or form not in forms:
        return None
    files = dict.fromkeys(simulator.files(dataset.name, records), "")
    return _located(dataset.form(form), "simulated", files, {})


def absent(dataset: Dataset, forms: Sequence[str], source: str, mirror: str | None) -> str:
    """Return what to do about a dataset that its source lacks.

    One line if it is to be simulated, else five: page, file, size, place, command.
    """
    why = f"{dataset.title}: {why_absent(dataset, forms, source)}"
    if source == "simulated":
        return f"{why}; choose another data.source for it in params.yaml"
    place = "MIRROR" if mirror is None or web.is_url(mirror) else mirror
    preferred = dataset.form(forms[0])
    wanted = ", ".join(source.pattern for source in preferred.sources[:5])
    more = len(preferred.sources) - 5
    return "\n".join(
        [
            f"{why}; get it by hand:",
            f"  page: {dataset.page}",
            f"  file: {wanted}{f' and {more} more' if more > 0 else ''} ({dataset.size}; "
            f"{dataset.licence})",
            f"  put:  into {place}/{dataset.name}/ (plain, .gz, .zst or .zip)",
            f"  then: snakemake --cores 8 results/tables --config mirror={place}",
        ]
    )


def why_absent(dataset: Dataset, forms: Sequence[str], source: str) -> str:
    """Return in a few words why a source lacks a dataset."""
    if source == "mirror":
        return "not in the mirror"
    if source == "official":
        if any(_is_official(form) for form in map(dataset.form, forms)):
            return "its official address does not answer"
        return f"{urllib.parse.urlsplit(dataset.page).netloc} asks for a login"
    form = simulator.form(dataset.name)
    if form is None:
        return "cannot be simulated"
    return f"simulated as {form} alone, which datasets.{dataset.name}.form leaves out"


def _stated(path: Path) -> str:
    """Return the checksums of a folder; empty if it has none."""
    if not path.is_file():
        return ""
    if path.stat().st_size > web.LONGEST_TEXT:
        raise InputError(f"{path}: is too large for a list of checksums; write it anew")
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: byte {error.start} is no UTF-8; write it anew") from error


def _served(url: str) -> str:
    """Return the checksums of an HTTP mirror."""
    try:
        return web.text(url)
    except InputError as error:
        raise type(error)(
            f"data.mirror: {error}; an HTTP mirror needs it: sha256sum */* > SHA256SUMS"
        ) from error


def _listing(paths: Mapping[str, str], sums: Mapping[str, str]) -> Listing:
    """Sort paths relative to a mirror by dataset and file name."""
    files: dict[str, dict[str, str]] = {}
    stated: dict[str, dict[str, str]] = {}
    for path in sorted(paths):
        parts = PurePosixPath(path).parts
        if len(parts) < 2:
            continue
        held = files.setdefault(parts[0], {})
        if parts[-1] in held:
            raise InputError(f"data.mirror: {parts[0]} has two files named {parts[-1]}; keep one")
        held[parts[-1]] = paths[path]
        if path in sums:
            stated.setdefault(parts[0], {})[parts[-1]] = sums[path]
    return Listing(files, stated)


def _sums(text: str, place: str) -> dict[str, str]:
    """Parse a SHA256SUMS file: path -> digest."""
    found = {}
    for number, line in enumerate(text.split("\n"), start=1):
        stated = re.fullmatch("([0-9a-fA-F]{64})  (.+)", line.removesuffix("\r"))
        if stated is None and not line.strip():
            continue
        if stated is None:
            raise InputError(
                f"{place}: line {number} is {line[:80]!r}, not `<SHA-256>  <path>`; "
                "write it anew with: sha256sum */* > SHA256SUMS"
            )
        path = stated[2].removeprefix("./")
        if path.startswith("/") or ".." in path.split("/") or not path.isprintable():
            raise InputError(
                f"{place}: line {number} names {path[:80]!r}, which is no path inside the mirror"
            )
        found[path] = stated[1].lower()
    return found


def known_bytes(dataset: Dataset, at: Located) -> int:
    """Return the size of those files of a dataset whose size is known before they are fetched."""
    form = dataset.form(at.form)
    return sum(_known_size(form, file, place) for file, place in at.files.items() if place)


def _known_size(form: Form, file: str, location: str) -> int:
    if not web.is_url(location):  # of a mirror out of reach nothing more is taken
        return Path(location).stat().st_size if Path(location).is_file() else 0
    return (file == plain_name(file) and form.source(file).bytes) or 0


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


def _addresses(form: Form) -> Iterator[tuple[str, str]]:
    """Yield file names and addresses of a form that needs no login."""
    for source in form.sources:
        for stem in source.stems or ("",):
            url = source.url.replace("{stem}", stem)
            yield source.pattern.replace("*", stem, 1), url


def _located(form: Form, source: str, files: Mapping[str, str], sums: Mapping[str, str]) -> Located:
    companions = tuple(file for file in files if form.source(file).companion)
    return Located(form.name, source, dict(files), companions, sums)
