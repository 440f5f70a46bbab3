"""How far a share counted on few customers can be trusted."""

from __future__ import annotations

from math import sqrt

Z_95 = 1.959963984540054
"""The 97.5 % quantile of the normal distribution: 95 % lie within both sides."""


def wilson(successes: float, total: float, z: float = Z_95) -> tuple[float, float]:
    """The interval of a share 0..1 by its score, 95 % unless `z` says otherwise; (0, 1) where total is 0.

    Source: E. B. Wilson, Probable Inference, JASA 22 (1927), 209-212, without continuity correction.
    """
    if not total:
        return 0.0, 1.0
    share, spread = successes / total, z * z / total
    middle = (share + spread / 2) / (1 + spread)
    reach = z * sqrt(share * (1 - share) / total + spread / total / 4) / (1 + spread)
    # At the ends the exact border is 0 or 1, and rounding may miss it.
    return (max(middle - reach, 0.0) if successes else 0.0), (min(middle + reach, 1.0) if successes < total else 1.0)
