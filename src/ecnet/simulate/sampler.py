"""Draw the records of one native file. Any slice of the file can be drawn by itself."""

from collections.abc import Iterator, Mapping

import numpy as np

from ecnet.simulate.allocation import Allocation
from ecnet.simulate.distributions import ABSENT, Distribution, FloatArray, IntArray
from ecnet.simulate.generator import SPARE, Drawn

_LANES = 4
"""64-bit numbers that Philox makes per counter step."""

Mixture = tuple[tuple[float, Distribution], ...]
"""The distributions that the records of a class are drawn from, with their weights."""


class Sampler:
    """Draws the records of one native file.

    Args:
        allocation: what the file holds.
        mixtures: distribution name -> the mixture that records are drawn from.
        key: of the random number generator.
    """

    def __init__(self, allocation: Allocation, mixtures: Mapping[str, Mixture], key: int) -> None:
        self.allocation = allocation
        self._key = key
        self._classes = list(allocation.counts)
        self._mixtures = [mixtures[allocation.distribution[name]] for name in self._classes]
        every = [distribution for name in sorted(mixtures) for _, distribution in mixtures[name]]
        self._levels = _levels(every)
        self._names = list(dict.fromkeys(v.name for one in every for v in one.variables))
        widest = max(len(one.variables) for one in every)
        self._steps = -(-(1 + SPARE + widest) // _LANES)

    def draw(self, first: int, last: int) -> Drawn:
        """Return the records `first` to `last` - 1 of the file."""
        record = np.arange(first, last, dtype=np.int64)
        uniforms = self._uniforms(first, last)
        label = self.allocation.class_of(record)
        columns = {name: np.full(len(record), ABSENT) for name in self._names}
        for place, mixture in enumerate(self._mixtures):
            members = np.flatnonzero(label == place)
            for distribution, rows in _by_component(mixture, uniforms[members, 0], members):
                self._fill(columns, distribution, rows, uniforms[rows, 1 + SPARE :])
        held = self.allocation
        span = held.end - held.begin
        return Drawn(
            file=held.file,
            before=held.before,
            record=record,
            time=held.begin + (record + uniforms[:, 1]) * span / held.records,
            label=label,
            classes=self._classes,
            columns=columns,
            levels=self._levels,
            spare=uniforms[:, 1 : 1 + SPARE],
        )

    def _uniforms(self, first: int, last: int) -> FloatArray:
        """Return a row of numbers in [0, 1) per record, from the record's own counter steps."""
        stream = np.random.Philox(key=self._key)
        stream.advance(first * self._steps)
        wanted = (last - first, self._steps * _LANES)
        return np.random.Generator(stream).random(wanted)

    def _fill(
        self,
        columns: dict[str, FloatArray],
        distribution: Distribution,
        rows: IntArray,
        uniforms: FloatArray,
    ) -> None:
        """Draw `rows` from a distribution; categories are indices into the dataset's levels."""
        drawn = distribution.draw(uniforms)
        for variable in distribution.variables:
            values, levels = drawn[variable.name], self._levels.get(variable.name, [])
            if variable.levels:
                places = np.array([levels.index(level) for level in variable.levels], dtype=float)
                values = places[values.astype(np.int64)]
            columns[variable.name][rows] = values


def _by_component(
    mixture: Mixture, uniform: FloatArray, members: IntArray
) -> Iterator[tuple[Distribution, IntArray]]:
    """Yield each distribution of a mixture and the records that are drawn from it."""
    weights = np.cumsum([weight for weight, _ in mixture])
    component = np.searchsorted(weights[:-1] / weights[-1], uniform, side="right")
    for place, (_, distribution) in enumerate(mixture):
        rows = members[component == place]
        if len(rows):
            yield distribution, rows


def _levels(distributions: list[Distribution]) -> dict[str, list[str | None]]:
    """Return the levels of each category over all distributions."""
    found: dict[str, list[str | None]] = {}
    for distribution in distributions:
        for variable in distribution.variables:
            if variable.levels:
                held = found.setdefault(variable.name, [])
                held += [level for level in variable.levels if level not in held]
    return found
