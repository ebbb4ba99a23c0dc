"""Whether the raw files can be fetched: their sizes, the free disk space, permissions.

`fetch` checks each file again, when its size is certain. Here all of them are looked at together
before the first is fetched, as far as their sizes are known.
"""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ecnet import datasets, paths
from ecnet.errors import InputError
from ecnet.fetch import download, sources
from ecnet.plan.availability import Available
from ecnet.readers import archived

_RAW = Path(paths.RAW).parents[1]


class _File(NamedTuple):
    """A raw file. location: path or URL. size: 0 if it is not known. wanted: it is yet to come."""

    dataset: str
    location: str
    size: int
    wanted: bool


def check(found: Available, data: Mapping[str, Any]) -> None:
    """Stop if a raw file cannot be fetched, or all of them together cannot.

    data: the section of params.yaml.

    Raises:
        InputError: a file is larger than `max_bytes` or cannot be read, all together are larger
            than `max_total_bytes`, or those that are yet to come are larger than the free space.
    """
    files = list(_files(found))
    wanted = [file for file in files if file.wanted]
    lines = [line for file in wanted for line in _single(file, data["max_bytes"])]
    lines += _together(_at_once(files, data["max_raw_files"]), data["max_total_bytes"])
    lines += _on_disk(_at_once(wanted, data["max_raw_files"]))
    if lines:
        raise InputError("\n".join(lines))


def _files(found: Available) -> Iterator[_File]:
    for name, at in found.located.items():
        format = datasets.load(name).format(at.format)
        sampled = Path(paths.COUNTS.format(dataset=name)).exists()
        for file, location in at.files.items():
            if location:  # a simulated file has none
                size = sources.known_size(format, file, location)
                raw = Path(paths.RAW.format(dataset=name, file=file))
                yield _File(name, location, size, wanted=not (sampled or raw.exists()))


def _at_once(files: Sequence[_File], most: int | None) -> int:
    """Return the size of the `most` largest files of each dataset: no more are there at once.

    Those of a .tar.gz are unpacked together.
    """
    sizes: dict[tuple[str, Path | None], list[int]] = {}
    for file in files:
        archive = None if download.is_url(file.location) else archived.tar(Path(file.location))
        sizes.setdefault((file.dataset, archive), []).append(file.size)
    return sum(
        sum(sorted(of, reverse=True)[: None if archive else most])
        for (_, archive), of in sizes.items()
    )


def _single(file: _File, limit: int) -> Iterator[str]:
    if file.size > limit:
        yield (
            f"{file.location}: has {file.size} bytes, more than data.max_bytes = {limit}; raise it "
            "in params.yaml"
        )
    on_disk = archived.container(Path(file.location))
    if not download.is_url(file.location) and not os.access(on_disk, os.R_OK):
        yield f"{file.location}: cannot be read; change its permissions (chmod a+r), and run again"


def _together(size: int, limit: int) -> Iterator[str]:
    if size > limit:
        yield (
            f"params.yaml: data.max_total_bytes is {limit}, and the raw files have {size} bytes; "
            "raise it, or leave a dataset out of data.include"
        )


def _on_disk(size: int) -> Iterator[str]:
    there = next(folder for folder in (_RAW, *_RAW.absolute().parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if size > free:
        yield (
            f"{_RAW}: the raw files need {size} more bytes, and the disk has only {free} free; "
            "make room on the disk, or leave a dataset out of data.include"
        )
