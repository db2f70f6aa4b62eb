"""One made file for the scanner, and what it has to say of it."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """`expected` is the severity that must be found at least (critical, high, medium, low), or `benign`:
    nothing at high or above."""
    name: str  # of the file, with its extension
    technique: str  # a few words: the row it counts for in the published table
    expected: str
    content: bytes
