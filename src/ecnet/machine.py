"""Messages for errors of the machine (a disk, a path, a limit), not of the input."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ecnet.errors import InputError

FULL = {
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room within your quota",
    errno.EFBIG: "allow larger files (ulimit -f)",
    errno.EROFS: "make the folder writable",
}
"""Errors that only a write can cause, each with its remedy."""

_OTHER = {
    errno.EACCES: "check its permissions",
    errno.EPERM: "check its permissions",
    errno.EEXIST: "move the existing file away",
    errno.EISDIR: "a folder is in the place of a file: move it away",
    errno.ENOTEMPTY: "move the existing file away",
    errno.ENOENT: "check that its folder exists and can be written to, or name another place",
    errno.ENAMETOOLONG: "give a shorter name, or a folder with a shorter one",
    errno.ELOOP: "its links form a loop: fix them",
    errno.EMFILE: "allow more open files (ulimit -n)",
    errno.ENFILE: "allow more open files",
    errno.EAGAIN: "run fewer jobs at once (--cores)",
    errno.ENOMEM: "run fewer jobs at once (--cores)",
    errno.EIO: "the disk may be damaged: check it",
    errno.ESTALE: "mount the disk again",
}


def words(error: Exception) -> str:
    """Return one line with the cause and the remedy; empty for an error that is not the machine's.

    Libraries written in Rust or C++ give the number of the error only as text.
    """
    if "CUDA out of memory" in str(error):
        return "out of memory of the GPU; let no other process use it, or choose a smaller batch"
    number = getattr(error, "errno", None) or _number_in(error)
    if number is None and not isinstance(error, OSError):
        return ""
    why = getattr(error, "strerror", None) or (os.strerror(number) if number else str(error))
    verb = "written" if number in FULL else "used"
    file = _file(error)
    if number in (errno.ENOTDIR, errno.EEXIST) and (above := _no_folder(file)):
        remedy = f"{above} is not a folder: move it away, or name another place"
    else:
        remedy = (FULL | _OTHER).get(number or 0, "fix that")
    text = f"{file}{': ' if file else ''}cannot be {verb} ({why}); {remedy}, and run again"
    return str(InputError(text.replace("\n", "\\n")))


@contextmanager
def in_words() -> Iterator[None]:
    """End the process with one line for each error that a user can fix; for the Snakefile.

    Snakemake would show an exception with lines of the Snakefile, which do not say the cause.
    """
    try:
        yield
    except InputError as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(words(error))


def _number_in(error: Exception) -> int | None:
    """Return the error number in the text of a library's error, of those that a write can cause."""
    text = str(error).lower()
    for number in (*FULL, errno.EACCES):
        spellings = (f"os error {number})", f"[errno {number}]", os.strerror(number).lower())
        if any(spelling in text for spelling in spellings):
            return number
    return None


def _file(error: Exception) -> str:
    """Return the file that an error is about; of two, the one to be written."""
    names = (getattr(error, key, None) for key in ("filename2", "filename"))
    return next((os.fsdecode(name) for name in names if isinstance(name, str | bytes)), "")


def _no_folder(file: str) -> str:
    """Return the file that is in the place of a folder of a path; empty if there is none."""
    places = [Path(file), *Path(file).parents] if file else []
    found = (place for place in places if os.path.lexists(place))
    return next((str(place) for place in found if not place.is_dir()), "")
