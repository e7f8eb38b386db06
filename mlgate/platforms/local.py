"""A laptop, or a CI system that mlgate does not know: nothing is shown but what is printed."""

from collections.abc import Mapping
from typing import Self

from mlgate.platforms.interface import Change, Platform, Publication, Published


class Local(Platform):
    """No platform at all."""

    @classmethod
    def detect(cls, environment: Mapping[str, str]) -> bool:
        """True: this is what remains where no other platform is found."""
        del environment
        return True

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """The same for every environment."""
        del environment
        return cls()

    def change(self) -> Change:
        """Whatever git has checked out."""
        return Change(event="local")

    def publish(self, publication: Publication) -> Published:
        """Nothing to do: reports are files, and the command prints them."""
        del publication
        return Published()
