"""Integer hashing that is the same everywhere and for ever (the splitmix64 finaliser), and names of it."""

from collections.abc import Iterable
from hashlib import blake2b
from uuid import UUID

_MASK = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15
_FIRST = 0xBF58476D1CE4E5B9
_SECOND = 0x94D049BB133111EB
_SEPARATOR = "\x1f"


def mixed(*parts: int) -> int:
    """Return 64 well-mixed bits of the integers, which depend on their order."""
    key = 0
    for part in parts:
        key = _finalised((key + part * _STEP + _STEP) & _MASK)
    return key


def below(key: int, stream: int, bound: int) -> int:
    """Return a number in [0, bound): the draw that this stream makes for a well-mixed key."""
    return ((_finalised((key + stream * _STEP + _STEP) & _MASK) >> 32) * bound) >> 32


def digest(parts: Iterable[object], size: int) -> bytes:
    """Return that many bytes of BLAKE2b of the texts of the parts."""
    text = _SEPARATOR.join(map(str, parts))
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size).digest()


def guid(*parts: str | int) -> str:
    """Return a GUID that is the same for the same parts."""
    return str(UUID(bytes=digest(parts, 16)))


def number_of(text: str) -> int:
    """Return a 64-bit number of the text, to be mixed with others."""
    return int.from_bytes(digest((text,), 8))


def _finalised(value: int) -> int:
    value = ((value ^ (value >> 30)) * _FIRST) & _MASK
    value = ((value ^ (value >> 27)) * _SECOND) & _MASK
    return value ^ (value >> 31)
