"""Bounds of the cycles that instructions take, by their kind.

The emulator counts instructions and knows no cycles. The bounds below are those of the Cortex-M4
(Arm, Cortex-M4 Technical Reference Manual r0p1, 3.3.1 and 7.2.3), for memory without wait states:
the lower one if loads overlap with their neighbours and no branch is taken that need not be, the
upper one if none overlaps and the pipeline is filled anew in three cycles. A result of floating
point takes one cycle more if the next instruction reads it, which the log shows. Arm publishes no
such table for the Cortex-M33; that of the Cortex-M4 is taken for it.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple


class Bounds(NamedTuple):
    """The least and the most cycles."""

    low: float
    high: float


_REFILL = Bounds(1, 3)
"""Cycles in which the pipeline is filled anew after a branch."""
_KINDS = (
    (r"vdiv|vsqrt", Bounds(14, 15)),
    (r"vfn?m[as]|vn?ml[as]", Bounds(3, 4)),
    (r"v(ldr|str)\S* d", Bounds(2, 3)),
    (r"vldr|vstr", Bounds(1, 2)),
    (r"v", Bounds(1, 2)),
    (r"[su]div", Bounds(2, 12)),
    (r"ldrd|strd", Bounds(2, 3)),
    (r"ldr|str", Bounds(1, 2)),
    (r"bl?x|bl(?!t|e|s)|b(\.[nw])? |tb[bh]", Bounds(1 + _REFILL.low, 1 + _REFILL.high)),
    (r"(b(eq|ne|[cmhlvp][csilo]|v[cs]|g[et]|l[et]|al)|cbn?z)", Bounds(1, 1 + _REFILL.high)),
    (r"it[te]* ", Bounds(0, 1)),  # folded into the instruction before it
    (r"", Bounds(1, 1)),
)
"""Regular expressions of how an instruction begins, of which the first that fits decides."""
_SEVERAL = re.compile(r"v?(ldm|stm|push|pop)")
_REGISTERS = re.compile(r"\{([^}]*)\}")
_RANGE = re.compile(r"([rsd])(\d+)\s*-\s*[rsd](\d+)")


_RESULT = re.compile(r"v(?!ldr|str|cmp)\S+ (s\d+),")


def bounds(instruction: str, following: str = "") -> Bounds:
    """Return the bounds of one instruction, as a disassembler writes it: `vadd.f32 s0, s1, s2`.

    following: the instruction after it; empty if that is not known.
    """
    if _SEVERAL.match(instruction):
        moved = _moved(instruction)
        refill = _REFILL if re.search(r"\bpc\b", instruction) else Bounds(0, 0)
        return Bounds(moved + refill.low, 1 + moved + refill.high)
    found = next(found for kind, found in _KINDS if re.match(kind, instruction))
    result = _RESULT.match(instruction)
    if result and following and not re.search(rf"\b{result[1]}\b", following):
        return Bounds(found.low, found.low)
    return found


def _moved(instruction: str) -> int:
    """Return how many words an instruction moves that has a list of registers."""
    listed = _REGISTERS.search(instruction)
    names = [name.strip() for name in (listed[1] if listed else "").split(",")]
    words = 0
    for name in names:
        between = _RANGE.fullmatch(name)
        count = int(between[3]) - int(between[2]) + 1 if between else 1
        words += count * (2 if name.startswith("d") else 1)
    return words


def total(executed: Mapping[tuple[str, str], int]) -> Bounds:
    """Return the bounds of all that was executed. executed: (instruction, next) -> how often."""
    found = [(bounds(*pair), times) for pair, times in executed.items()]
    return Bounds(
        sum(one.low * times for one, times in found), sum(one.high * times for one, times in found)
    )
