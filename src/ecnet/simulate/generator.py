"""Drawing records of one native file: any slice of it equals the slice of the whole."""

from collections.abc import Iterator, Mapping

import numpy as np

from ecnet.simulate.composition import Share
from ecnet.simulate.law import ABSENT, FloatArray, IntArray, Law
from ecnet.simulate.recipe import SPARE, Drawn

_LANES = 4
"""64-bit numbers that Philox makes for each step of its counter."""

Mixture = tuple[tuple[float, Law], ...]
"""Laws that the records of a class come from, with their weights."""


class Generator:
    """Draws the records of one native file.

    laws: name -> what a class of that law is drawn from. key: of the random numbers.
    """

    def __init__(self, share: Share, laws: Mapping[str, Mixture], key: int) -> None:
        self.share = share
        self._key = key
        self._classes = list(share.counts)
        self._mixtures = [laws[share.law[name]] for name in self._classes]
        every = [law for name in sorted(laws) for _, law in laws[name]]
        self._levels = _levels(every)
        self._names = list(dict.fromkeys(v.name for law in every for v in law.variables))
        widest = max(len(law.variables) for law in every)
        self._steps = -(-(1 + SPARE + widest) // _LANES)

    def draw(self, first: int, last: int) -> Drawn:
        """Return the records `first` to `last` - 1 of the file."""
        record = np.arange(first, last, dtype=np.int64)
        uniforms = self._uniforms(first, last)
        label = self.share.class_of(record)
        columns = {name: np.full(len(record), ABSENT) for name in self._names}
        for place, mixture in enumerate(self._mixtures):
            members = np.flatnonzero(label == place)
            for law, chosen in _chosen(mixture, uniforms[members, 0], members):
                self._scatter(columns, law, chosen, uniforms[chosen, 1 + SPARE :])
        span = self.share.end - self.share.begin
        return Drawn(
            file=self.share.file,
            before=self.share.before,
            record=record,
            time=self.share.begin + (record + uniforms[:, 1]) * span / self.share.records,
            label=label,
            classes=self._classes,
            columns=columns,
            levels=self._levels,
            spare=uniforms[:, 1 : 1 + SPARE],
        )

    def _uniforms(self, first: int, last: int) -> FloatArray:
        """Return a row of numbers in [0, 1) for each record: a fixed block of the counter each."""
        stream = np.random.Philox(key=self._key)
        stream.advance(first * self._steps)
        wanted = (last - first, self._steps * _LANES)
        return np.random.Generator(stream).random(wanted)

    def _scatter(
        self, columns: dict[str, FloatArray], law: Law, members: IntArray, uniforms: FloatArray
    ) -> None:
        """Draw from a law, and speak of its categories as all laws of the dataset do."""
        drawn = law.draw(uniforms)
        for variable in law.variables:
            values, levels = drawn[variable.name], self._levels.get(variable.name, [])
            if variable.levels:
                places = np.array([levels.index(level) for level in variable.levels], dtype=float)
                values = places[values.astype(np.int64)]
            columns[variable.name][members] = values


def _chosen(
    mixture: Mixture, uniform: FloatArray, members: IntArray
) -> Iterator[tuple[Law, IntArray]]:
    """Yield each law of a mixture and the records that are drawn from it."""
    weights = np.cumsum([weight for weight, _ in mixture])
    component = np.searchsorted(weights[:-1] / weights[-1], uniform, side="right")
    for place, (_, law) in enumerate(mixture):
        chosen = members[component == place]
        if len(chosen):
            yield law, chosen


def _levels(laws: list[Law]) -> dict[str, list[str | None]]:
    """Return the levels of each category over all laws."""
    found: dict[str, list[str | None]] = {}
    for law in laws:
        for variable in law.variables:
            if variable.levels:
                held = found.setdefault(variable.name, [])
                held += [level for level in variable.levels if level not in held]
    return found
