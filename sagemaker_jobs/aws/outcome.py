"""What a step did to one thing, in a word."""

from typing import Literal

Deed = Literal["created", "confirmed", "would create", "would confirm"]
