"""Bags of words: how often each word occurs, as one spelling of JSON."""

import json
import re

EMPTY = "{}"
MAX_WORDS = 1 << 16
"""In one bag; as many as there are ports."""
MAX_LENGTH = 4096
"""Of a word, in characters. The list of cipher suites that a client offers is one word."""
MAX_TOTAL = 2**31 - 1
"""Of the counts of a bag."""
EXPECTED = (
    f"an object of at most {MAX_WORDS} words, each of 1 to {MAX_LENGTH} characters, and their "
    f"counts, whole numbers from 1 and {MAX_TOTAL} in all"
)

_DIGITS = re.compile(r"[0-9]{1,10}")


def canonical(text: str) -> str:
    """Return a JSON object of words and counts in its one spelling: sorted, without blanks.

    Counts may be texts of digits.

    Raises:
        ValueError: it is not what EXPECTED says.
    """
    try:
        given = json.loads(text, object_pairs_hook=_once)
    except RecursionError as error:
        raise ValueError(EXPECTED) from error
    if not isinstance(given, dict) or len(given) > MAX_WORDS:
        raise ValueError(EXPECTED)
    bag = {_word(word): _count(given[word]) for word in sorted(given)}
    if sum(bag.values()) > MAX_TOTAL:
        raise ValueError(EXPECTED)
    return json.dumps(bag, separators=(",", ":"), ensure_ascii=False)


def words(text: str) -> dict[str, int]:
    """Return the counts of the words of a bag that `canonical` wrote."""
    bag: dict[str, int] = json.loads(text)
    return bag


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    bag = dict(pairs)
    if len(bag) < len(pairs):
        raise ValueError("has a word twice")
    return bag


def _word(word: str) -> str:
    word.encode()  # fails for a lone surrogate, which JSON can contain
    if not 0 < len(word) <= MAX_LENGTH:
        raise ValueError(EXPECTED)
    return word


def _count(given: object) -> int:
    """Return a count, given as a number or as text."""
    if not _DIGITS.fullmatch(str(given)) or not int(str(given)):
        raise ValueError(EXPECTED)
    return int(str(given))
