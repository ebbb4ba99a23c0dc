"""The error that is written for users, and the exit statuses of a command.

0 and 1 are answers: a command whose help says so returns 1 if it has found something.
"""

REFUSED = 2
"""The status for what a user can fix: a file, an argument, a full disk. One line says what."""

BUG = 70
"""The status for a bug of ours, shown with a traceback (EX_SOFTWARE of sysexits.h)."""

INTERRUPTED = 130
"""The status after Ctrl-C, as of a program that SIGINT has ended."""

CLOSED = 141
"""The status after nobody reads the output any more, as of a program that SIGPIPE has ended."""


class InputError(Exception):
    """An input (a file, a parameter, a download) is invalid.

    Its text is a single line that names the file, row or key, the value, and the remedy.
    The command line prints that line and exits with status 2, without a traceback. Characters
    that a terminal does not print, and might interpret, are shown as Python escapes.
    """

    def __init__(self, message: str) -> None:
        """Store the message; it has one line for each error."""
        super().__init__("".join(map(_shown, message)))


class UnreachableError(InputError):
    """A source cannot be reached now; files fetched earlier may still be here."""


def _shown(character: str) -> str:
    if character.isprintable() or character == "\n":
        return character
    return character.encode("unicode_escape").decode()
