"""Colours of cells on which black text can be read, by the contrast of WCAG 2.2.

A figure is seen on a light ground, as it is drawn, and on the dark one of the report, turned around
(page.css). White text or black on a full range of colours would not do: turned around, text is
neither quite white nor quite black, and on a colour between neither would have enough contrast. So
cells are no darker than black text needs in both.
"""

from matplotlib.colors import LinearSegmentedColormap, to_rgb

Colour = tuple[float, float, float]
"""Red, green and blue between 0 and 1."""

ENOUGH = 4.5
"""The least contrast of text that is not large."""
TURNED = 0.92
"""How far the report's page turns a figure around on a dark ground, and that ground."""
DARK = "#14171a"

_SHARES = (0.2126, 0.7152, 0.0722)  # of red, green and blue in luminance
_GREYS = (0.213, 0.715, 0.072)  # the same, as `hue-rotate` has them
_WHITE, _BLACK = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)
_STEPS = 100


def shades(colour: str) -> LinearSegmentedColormap:
    """Return colours from white to the colour, or to the darkest before it that can be read on."""
    between = (_between(_WHITE, to_rgb(colour), step / _STEPS) for step in range(_STEPS, 0, -1))
    deepest = next((shade for shade in between if readable(shade)), _WHITE)
    return LinearSegmentedColormap.from_list("share", [_WHITE, deepest])


def readable(ground: Colour) -> bool:
    """Tell whether black text can be read on a ground, in both schemes."""
    return min(contrast(_BLACK, ground), contrast(turned(_BLACK), turned(ground))) >= ENOUGH


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def turned(colour: Colour) -> Colour:
    """Return what the report makes of a colour on a dark ground.

    It inverts it and turns its hue halfway, both as CSS does, and takes the ground's where that is
    lighter.
    """
    inverted = [TURNED - (2 * TURNED - 1) * part for part in colour]
    grey = sum(share * part for share, part in zip(_GREYS, inverted, strict=True))
    ground = to_rgb(DARK)
    red, green, blue = (
        max(min(2 * grey - part, 1.0), dark) for part, dark in zip(inverted, ground, strict=True)
    )
    return red, green, blue


def _between(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (a + share * (b - a) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _luminance(colour: Colour) -> float:
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in colour]
    return sum(share * of for share, of in zip(_SHARES, linear, strict=True))
