"""[[managers]]: to which sales managers the list of the day is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from rfm_service.domain.errors import SettingFault
from rfm_service.owners import owner
from rfm_service.setting_types import Model


def _seen(name: str) -> str:
    if not owner(name):
        raise ValueError("must be the name of a sales manager as 1C has it")
    return name


class AddresseeTable(Model):
    """A sales manager: the name in 1C, the addresses (secret), and whether the list itself goes there."""

    name: Annotated[str, AfterValidator(_seen)]
    urls: Annotated[tuple[str, ...], BeforeValidator(lambda given: (given,) if isinstance(given, str) else given),
                    Field(min_length=1)]
    attach: bool = True


def repeated(tables: Sequence[AddresseeTable]) -> list[SettingFault]:
    """A fault for each table whose name stands in an earlier one, whatever its case."""
    names = [owner(table.name).casefold() for table in tables]
    return [SettingFault(f"managers.{at}.name", "", f"the same sales manager stands in managers.{names.index(name)}; "
                         "write all addresses into one block") for at, name in enumerate(names) if name in names[:at]]
