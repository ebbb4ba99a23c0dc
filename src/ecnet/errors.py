"""The one error that a user is meant to read, and how a command ends that cannot do its work.

0 and 1 are answers: 1 says, of the commands whose help has it, that something was found.
"""

REFUSED = 2
"""The status for what its user can mend: a file, an argument, a full disk. One line says what."""

BUG = 70
"""The status for an error of ours, which a traceback shows (EX_SOFTWARE of sysexits.h)."""

INTERRUPTED = 130
"""The status after Ctrl-C, as of a program that SIGINT ends."""

CLOSED = 141
"""The status where nobody reads the output any more, as of a program that SIGPIPE ends."""


class InputError(Exception):
    """Something from outside (a file, a parameter, a download) is not as it must be.

    Its text is a single line that names the file, row or key, the value, and the remedy.
    The command line prints that line and exits with status 2, without a traceback. What a
    terminal would not print (and might obey) is shown as it is written in Python.
    """

    def __init__(self, message: str) -> None:
        """Hold the message; one about several errors has a line for each."""
        super().__init__("".join(map(_shown, message)))


class UnreachableError(InputError):
    """A source cannot be reached now; what was taken from it may be there still."""


def _shown(character: str) -> str:
    if character.isprintable() or character == "\n":
        return character
    return character.encode("unicode_escape").decode()
