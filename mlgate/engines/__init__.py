"""Where rows are counted: engines that validate a suite of expectations against a table."""

from mlgate.engines.interface import EngineTypes

ENGINES: EngineTypes = {
    "gx": "mlgate.engines.gx:GreatExpectations",
}
