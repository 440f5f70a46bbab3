"""Which of the stored lines a question is laid to: told on the machine of the night, laid to files on the workers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from rfm_service.domain.stored import LeftOut
from rfm_service.domain.tables import Table
from rfm_service.domain.values import View, day_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

OWN_COLUMNS = ("contractor_no", "since", "until")
"""What lines are chosen by, beside the columns that a question asks for."""


@dataclass(frozen=True)
class Selection:
    """The lines of a view, of customers that count, as frames of the columns of `table`. It can be pickled."""

    table: Table
    view: View
    left_out: LeftOut

    @property
    def columns(self) -> list[str]:
        """The columns that must be read."""
        return [*self.table, *OWN_COLUMNS]

    def chosen(self, stored: pa.Table) -> pd.DataFrame:
        """LINES or TRADE_LINES of a table with (at least) these columns, in its order."""
        cell = {name: _array(stored, name) for name in self.columns}
        keep = self._true(cell["since"], cell["until"]) & (cell["customer_no"] > 0)
        keep &= (cell["day"] >= day_number(self.view.period.first)) & (cell["day"] < day_number(self.view.period.end))
        for name, numbers in (("customer_no", self.left_out.customers), ("contractor_no", self.left_out.contractors)):
            if numbers:
                keep &= ~np.isin(cell[name], np.array(numbers))
        return pd.DataFrame({name: cell[name][keep].astype(kind, copy=False) for name, kind in self.table.items()},
                            copy=False)

    def _true(self, since: NDArray[np.int64], until: NDArray[np.int64]) -> NDArray[np.bool_]:
        known = self.view.known
        true: NDArray[np.bool_] = until == 0
        return true if known is None else (since <= known) & (true | (until > known))


def _array(stored: pa.Table, name: str) -> NDArray[np.int64]:
    array: NDArray[np.int64] = stored.column(name).to_numpy()
    return array
