"""Which instructions a program executed, and how often, from the log of the emulator.

`qemu-system-arm -d in_asm,exec,nochain` writes the instructions of a block when it translates it
(`IN:`, then a line for each), and a line whenever it executes a block (`Trace`), with the address
of its translation and its own: `Trace 0: 0x7f10 [00000000/000001a4/00000110/ff000000]`.
"""

import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from ecnet.errors import InputError

_INSTRUCTION = re.compile(rb"0x([0-9a-f]{8}):\s+(?:[0-9a-f]{4} ?){1,2}\s+(.*)")
_EXECUTED = re.compile(rb"Trace \d+: (0x[0-9a-f]+) \[[0-9a-f]+/0*([0-9a-f]{1,16})/")


def executed(log: Iterable[bytes]) -> Counter[tuple[str, str]]:
    """Return (instruction, next) -> how often the first was executed. log: the lines of the log.

    The next one is that in the same block; empty for the last, whose next is not looked for.

    Raises:
        InputError: the log is none.
    """
    translated: dict[int, list[bytes]] = {}
    blocks: dict[bytes, list[bytes]] = {}
    times: Counter[bytes] = Counter()
    block: list[bytes] = []
    for line in log:
        if line.startswith(b"Trace "):
            at, address = _trace(line)
            if at not in blocks:
                blocks[at] = translated.get(address, [])
            times[at] += 1
        elif line.startswith(b"IN:"):
            block = []
        elif found := _INSTRUCTION.match(line):
            if not block:
                translated[int(found[1], 16)] = block
            block.append(found[2])
    return _counted(blocks, times)


def _trace(line: bytes) -> tuple[bytes, int]:
    found = _EXECUTED.match(line)
    if not found:
        raise InputError(f"qemu-system-arm: wrote {line!r:.80} to its log, which cannot be read")
    return found[1], int(found[2], 16)


def _counted(blocks: dict[bytes, list[bytes]], times: Counter[bytes]) -> Counter[tuple[str, str]]:
    counted: Counter[tuple[str, str]] = Counter()
    for at, block in blocks.items():
        plain = [" ".join(one.decode("ascii", "replace").split()) for one in block]
        for pair in pairwise([*plain, ""]):
            counted[pair] += times[at]
    return counted
