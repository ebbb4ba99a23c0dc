"""What to say where the machine refuses: a disk, a path, a limit, and not the input."""

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
"""What only a write meets, with the remedy."""

_OTHER = {
    errno.EACCES: "see to its permissions",
    errno.EPERM: "see to its permissions",
    errno.EEXIST: "move away what stands there",
    errno.EISDIR: "a folder stands where a file must be: move it away",
    errno.ENOTEMPTY: "move away what stands there",
    errno.ENOENT: "see that its folder is there and can be written to, or name another place",
    errno.ENAMETOOLONG: "give a shorter name, or a folder with a shorter one",
    errno.ELOOP: "its links lead in a circle: mend them",
    errno.EMFILE: "allow more open files (ulimit -n)",
    errno.ENFILE: "allow more open files",
    errno.EAGAIN: "have fewer jobs at once (--cores)",
    errno.ENOMEM: "have fewer jobs at once (--cores)",
    errno.EIO: "the disk may be damaged: look at it",
    errno.ESTALE: "mount the disk again",
}


def words(error: Exception) -> str:
    """Return in one line what the machine refused, and what to do; empty for any other error.

    Libraries written in Rust or C++ tell the number of the error in words alone.
    """
    number = getattr(error, "errno", None) or _told(error)
    if number is None and not isinstance(error, OSError):
        return ""
    why = getattr(error, "strerror", None) or (os.strerror(number) if number else str(error))
    verb = "written" if number in FULL else "used"
    file = _file(error)
    if number in (errno.ENOTDIR, errno.EEXIST) and (above := _no_folder(file)):
        remedy = f"{above} is no folder: move it away, or name another place"
    else:
        remedy = (FULL | _OTHER).get(number or 0, "see to that")
    text = f"{file}{': ' if file else ''}cannot be {verb} ({why}); {remedy}, and run again"
    return str(InputError(text.replace("\n", "\\n")))


@contextmanager
def in_words() -> Iterator[None]:
    """End the process with one line for each error that a person can mend; for the Snakefile.

    An exception would show lines of that, which says nothing of the cause.
    """
    try:
        yield
    except InputError as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(words(error))


def _told(error: Exception) -> int | None:
    """Return the number that an error of a library tells in words, of those that a write meets."""
    said = str(error).lower()
    for number in (*FULL, errno.EACCES):
        told = (f"os error {number})", f"[errno {number}]", os.strerror(number).lower())
        if any(words in said for words in told):
            return number
    return None


def _file(error: Exception) -> str:
    """Return the file that an error is about: of two, the one that was to be made."""
    names = (getattr(error, key, None) for key in ("filename2", "filename"))
    return next((os.fsdecode(name) for name in names if isinstance(name, str | bytes)), "")


def _no_folder(file: str) -> str:
    """Return what stands where a path needs a folder; empty if nothing does."""
    places = [Path(file), *Path(file).parents] if file else []
    found = (place for place in places if os.path.lexists(place))
    return next((str(place) for place in found if not place.is_dir()), "")
