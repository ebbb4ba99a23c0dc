"""The one error that a user is meant to read."""


class InputError(Exception):
    """Something from outside (a file, a parameter, a download) is not as it must be.

    Its text is a single line that names the file, row or key, the value, and the remedy.
    The command line prints that line and exits with status 2, without a traceback.
    """


class UnreachableError(InputError):
    """A source cannot be reached now; what was taken from it may be there still."""
