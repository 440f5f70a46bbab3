"""What a person is told when a shelf fails: what happened, where, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from rfm_service.domain.errors import PublishError
from rfm_service.publishing.shelf import Trouble, reason, trouble

SENTENCES: Mapping[Trouble, Callable[[str, str], PublishError]] = {
    Trouble.GONE: lambda path, _: PublishError(
        "The report folder {path} is gone; the share may not be connected. Nothing was created in its place.",
        path=path),
    Trouble.UNREACHABLE: lambda path, said: PublishError(
        "The server of the report folder {path} cannot be reached: {reason}. Check its name and the network.",
        path=path, reason=said),
    Trouble.NO_SUCH_SHARE: lambda path, _: PublishError(
        "The server of the report folder {path} has no share of that name. Check publish.path, or whether the share "
        "was taken away.", path=path),
    Trouble.LOGIN: lambda path, _: PublishError(
        "The server of the report folder {path} refuses the user or the password. Check publish.user and "
        "publish.password.", path=path),
    Trouble.RIGHTS: lambda path, said: PublishError(
        "The service may not write to the report folder {path}: {reason}. Let its account change files there; where "
        "somebody has a file of it open, close it.", path=path, reason=said),
    Trouble.IN_USE: lambda path, said: PublishError(
        "Somebody has a file of the report folder {path} open: {reason}. The report follows once it is closed.",
        path=path, reason=said),
    Trouble.READ_ONLY: lambda path, _: PublishError(
        "The report folder {path} is read-only. Let the service write there.", path=path),
    Trouble.FULL: lambda path, _: PublishError(
        "There is no room left in the report folder {path}. Free some space, or let fewer nights stay "
        "(publish.keep_nights).", path=path),
}


def publish_error(error: OSError, place: str, night: date | None = None) -> PublishError:
    """The sentence of a failure of a shelf, of a night's report or of a trial."""
    if sentence := SENTENCES.get(trouble(error)):
        return sentence(place, reason(error))
    if night is None:
        return PublishError("Nothing can be written to the report folder {path}: {reason}. Check the share and the "
                            "rights of the service.", path=place, reason=reason(error))
    return PublishError("The report of {night} cannot be written to {path}: {reason}. Check the share, its free "
                        "space and the rights of the service.", night=night.isoformat(), path=place,
                        reason=reason(error))


def out_of_time(place: str, minutes: float) -> PublishError:
    """The sentence of a shelf that hangs."""
    return PublishError("The report folder {path} did not answer within {minutes} min. Check the share and the "
                        "network.", path=place, minutes=f"{minutes:g}")
