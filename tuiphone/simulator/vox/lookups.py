"""What a device may ask beside calls and people: its history, STUN servers, and what only needs a reply."""

from typing import Any

from tuiphone.simulator.vox.codes import UDP, Ret
from tuiphone.simulator.vox.device import Device
from tuiphone.simulator.vox.history import History
from tuiphone.simulator.vox.replies import Handler, Reply

_LARGEST_PAGE = 100
_STUN_PORT = 3478


class Lookups:
    """Carries out these requests as the switches say."""

    def __init__(self, history: History, settings: dict[str, Any]) -> None:
        self._history = history
        self._has_history = bool(int(settings["history"]))
        self._base = int(settings["history_base"])
        self._servers = _servers(settings)
        self.handlers: dict[str, Handler] = {
            "getCallHistoryListReq": self._page,
            "getStunTurnReq": lambda device, asked, reply: reply(Ret.OK, stStunTurnInfo=self._servers),
            "isAppInFocusReq": lambda device, asked, reply: reply(Ret.OK),
            "signUpReq": lambda device, asked, reply: reply(Ret.FORBIDDEN),
        }

    def _page(self, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        size = asked["sPageSize"]
        if not self._has_history:
            reply(Ret.HISTORY_OFF, sPageSize=size)
        elif not 1 <= size <= _LARGEST_PAGE:
            reply(Ret.INVALID_FIELD, sPageSize=size)
        else:
            skipped = max(0, asked["sOffset"] - self._base)
            items, total = self._history.page(device.user, asked.get("sDstMobNu", ""), size, skipped)
            reply(Ret.OK, sPageSize=size, sTotalNumberOfEntries=total, stCallHistoryList=items)


def _servers(settings: dict[str, Any]) -> list[dict[str, Any]]:
    """The one STUN and TURN server of the switches; none when neither is given.

    Raises:
        ValueError: a port is no number.
    """
    if not settings["stun"] and not settings["turn"]:
        return []
    stun, stun_port = _place(settings["stun"])
    turn, turn_port = _place(settings["turn"])
    server = {"sStunURL": stun, "sStunPort": stun_port, "sTurnURL": turn, "sTurnPort": turn_port, "eTxType": UDP}
    return [server | {"sTurnUserName": settings["turn_user"], "sTurnPassword": settings["turn_password"]}]


def _place(place: str) -> tuple[str, int]:
    host, _, port = place.partition(":")
    return host, (int(port) if port else _STUN_PORT) if host else 0
