"""How an alert reaches an officer who does not look at the desk: one interface, one small module a channel.

In the desk itself the ledger's event stream tells every open page within a second; that is the first channel and needs no
sending. A channel is ready when its address stands in the environment. Messages name a place and a kind of event, never a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from nanxi.foundation.models import User


class Unreachable(Exception):
    """The channel did not take the message; it is tried again. `word`: a fixed word for the list."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


@dataclass(frozen=True)
class Message:
    """What is sent. `key` is the same at every try, so that a receiver can drop a repeat."""

    key: str
    to: str
    title: str
    text: str
    url: str
    severity: str


class Channel(Protocol):
    """One way out of the house."""

    name: str

    def ready(self) -> bool:
        """Whether it is set up."""
        ...

    def address_of(self, user: User) -> str:
        """Where it reaches an officer; "" when it does not."""
        ...

    def send(self, message: Message) -> None:
        """Hand the message over. Raises Unreachable."""
        ...


def all_channels() -> dict[str, Channel]:
    """Name → channel, of those that leave the house."""
    from nanxi.desk.channels.gateway import Gateway
    from nanxi.desk.channels.mail import Mail

    found: list[Channel] = [Mail(), Gateway()]
    return {channel.name: channel for channel in found}


def ready_channels() -> dict[str, Channel]:
    return {name: channel for name, channel in all_channels().items() if channel.ready()}
