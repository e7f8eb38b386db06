"""The places that mlgate runs in, one module each."""

from collections.abc import Mapping

PLATFORMS: Mapping[str, str] = {
    "github": "mlgate.platforms.github:GitHub",
    "local": "mlgate.platforms.local:Local",
}
