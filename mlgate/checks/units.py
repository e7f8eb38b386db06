"""Units of measurement that the values of a column can be converted between."""

from typing import Annotated, Final

from pydantic import AfterValidator

from mlgate.config.load import nearest

_FOOT: Final = 0.3048
_POUND: Final = 0.45359237
_GALLON: Final = 231 * (_FOOT / 12) ** 3
_PSI: Final = _POUND * 9.80665 / (_FOOT / 12) ** 2
_SCALES: Final[dict[str, dict[str, float]]] = {
    "length": {
        "mm": 1e-3,
        "cm": 1e-2,
        "m": 1.0,
        "km": 1e3,
        "in": _FOOT / 12,
        "ft": _FOOT,
        "yd": 3 * _FOOT,
        "mi": 5280 * _FOOT,
    },
    "area": {
        "m2": 1.0,
        "ha": 1e4,
        "km2": 1e6,
        "ft2": _FOOT**2,
        "acre": 43_560 * _FOOT**2,
        "mi2": (5280 * _FOOT) ** 2,
    },
    "volume": {"ml": 1e-6, "l": 1e-3, "m3": 1.0, "ft3": _FOOT**3, "gal": _GALLON},
    "mass": {"mg": 1e-6, "g": 1e-3, "kg": 1.0, "t": 1e3, "oz": _POUND / 16, "lb": _POUND},
    "time": {
        "ms": 1e-3,
        "s": 1.0,
        "min": 60.0,
        "h": 3600.0,
        "d": 86_400.0,
        "week": 604_800.0,
    },
    "speed": {"m/s": 1.0, "km/h": 1 / 3.6, "mph": 5280 * _FOOT / 3600, "kn": 1852 / 3600},
    "temperature": {"K": 1.0, "C": 1.0, "F": 5 / 9},
    "energy": {"J": 1.0, "kJ": 1e3, "kcal": 4184.0, "kWh": 3.6e6},
    "pressure": {
        "Pa": 1.0,
        "hPa": 100.0,
        "kPa": 1e3,
        "bar": 1e5,
        "mmHg": 133.322387415,
        "psi": _PSI,
    },
    "ratio": {"share": 1.0, "percent": 0.01},
}
"""How many of the quantity's base unit one of a unit is. Exact by definition but for mmHg, whose
value is that of NIST Special Publication 811, appendix B; pounds are avoirdupois, gallons US, and
calories thermochemical."""
_ZERO: Final = {"C": 273.15, "F": 459.67 * 5 / 9}
"""Where a unit's zero lies, in the base unit; at zero for all others."""
_QUANTITY: Final = {unit: quantity for quantity, units in _SCALES.items() for unit in units}


def _known(unit: str) -> str:
    if unit not in _QUANTITY:
        raise ValueError(
            f"no unit {unit!r} is known{nearest(unit, _QUANTITY)} Known are {unit_names()}"
        )
    return unit


Unit = Annotated[str, AfterValidator(_known)]
"""Name of a unit."""


def unit_names() -> str:
    """Every unit, by quantity."""
    return "; ".join(f"{quantity} {', '.join(units)}" for quantity, units in _SCALES.items())


def conversion(one: str, other: str) -> tuple[float, float]:
    """What a value in one unit is multiplied with, and what is then added, to have it in another.

    Raises:
        ValueError: The units measure different quantities.
    """
    quantity = _QUANTITY[one]
    if quantity != _QUANTITY[other]:
        raise ValueError(f"{one} measures {quantity}, and {other} {_QUANTITY[other]}")
    scale, into = _SCALES[quantity][one], _SCALES[quantity][other]
    return scale / into, (_ZERO.get(one, 0.0) - _ZERO.get(other, 0.0)) / into
