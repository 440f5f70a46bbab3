"""Integer hashing that is the same everywhere and for ever (the splitmix64 finaliser)."""

_MASK = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15
_FIRST = 0xBF58476D1CE4E5B9
_SECOND = 0x94D049BB133111EB


def mixed(*parts: int) -> int:
    """Return 64 well-mixed bits of the integers, which depend on their order."""
    key = 0
    for part in parts:
        key = _finalised((key + part * _STEP + _STEP) & _MASK)
    return key


def below(key: int, stream: int, bound: int) -> int:
    """Return a number in [0, bound): the draw that this stream makes for a well-mixed key."""
    return ((_finalised((key + stream * _STEP + _STEP) & _MASK) >> 32) * bound) >> 32


def _finalised(value: int) -> int:
    value = ((value ^ (value >> 30)) * _FIRST) & _MASK
    value = ((value ^ (value >> 27)) * _SECOND) & _MASK
    return value ^ (value >> 31)
