"""A real SIP server for tests: Debian's Kamailio as registrar, proxy and presence server on ports of its own.

From the command line it prints where it is and runs until interrupted:

    python -m tests.rigs.kamailio FOLDER
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.rigs.guard import Guard
from tests.rigs.ports import free_port

CONFIG = Path(__file__).with_name("kamailio.cfg")
PROGRAM = shutil.which("kamailio") or "/usr/sbin/kamailio"
"""Where people's own paths do not lead on Debian."""
TABLES = Path("/usr/share/kamailio/dbtext/kamailio")
DOMAIN = "pbx.example"
START_S = 30.0
TRIES = 5


class Kamailio:
    """One server: users of `pbx.example` with the password pw-USER. Close it, or use it as a context manager.

    `defines` are names of kamailio.cfg, with a value where it takes one.
    """

    def __init__(
        self, folder: Path, *, port: int = 0, defines: dict[str, str] | None = None, memory_mb: int = 32
    ) -> None:
        self.folder = folder
        self._memory_mb = memory_mb
        self._defines = defines or {}
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: Guard | None = None
        shutil.copytree(TABLES, folder / "tables", dirs_exist_ok=True)
        self.port = port or free_port()
        for tried in range(1, TRIES + 1):
            try:
                self.start()
                break
            except RuntimeError:
                if port or tried == TRIES:
                    raise
                self.port = free_port()

    @property
    def url(self) -> str:
        """Where WebSocket clients connect."""
        return f"ws://127.0.0.1:{self.port}/"

    @property
    def uri(self) -> str:
        """Where everybody else does, by UDP or TCP."""
        return f"sip:127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What it complained about."""
        return (self.folder / "log").read_text(errors="replace")

    def start(self) -> None:
        """Start it, again too; returns when it answers. Raises: RuntimeError."""
        defines = {"SELF": f'"{self.uri}"', "DBTEXT": f'"text://{self.folder}/tables"', **self._defines}
        command = [PROGRAM, "-f", str(CONFIG), "-DD", "-E", "-m", str(self._memory_mb), "-M", "4"]
        command += ["-w", str(self.folder), "-Y", str(self.folder)]
        for kind in ("udp", "tcp"):
            command += ["-l", f"{kind}:127.0.0.1:{self.port}"]
        for name, value in defines.items():
            command += ["-A", f"{name}={value}" if value else name]
        with (self.folder / "log").open("ab") as log:
            # A group of its own: the first process ends the others, but not when it is killed.
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self._guard = Guard(-self._process.pid)
        deadline = time.monotonic() + START_S
        while True:
            try:
                self.ask("core.version")
                return
            except OSError as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self.kill()
                    raise RuntimeError(f"Kamailio does not start: {self.log[-2000:]}") from error
            time.sleep(0.03)

    def ask(self, method: str, *parameters: Any) -> Any:
        """A command of its JSON-RPC (`kamcmd` has the same). Raises: OSError, AssertionError with its complaint."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/rpc", json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=10) as reply:
                answer = json.loads(reply.read())
        except urllib.error.HTTPError as error:
            with error:
                answer = json.loads(error.read())
        assert "result" in answer, f"{method}: {answer.get('error')}"
        return answer["result"]

    def contacts(self, user: str) -> list[dict[str, Any]]:
        """Where a user is registered."""
        try:
            found = self.ask("ul.lookup", "location", user)
        except AssertionError:
            return []
        return [entry["Contact"] for entry in found["Contacts"]]

    def publish(self, user: str, event: str, kind: str, body: str, *, expires: int = 600) -> None:
        """State of a user that its watchers are told, as somebody else's PUBLISH (RFC 3903) would set it."""
        self.ask("pua.publish", f"sip:{user}@{DOMAIN}", str(expires), event, kind, ".", ".", ".", ".", body)

    def freeze(self) -> None:
        """Its connections stay, but nothing answers on them any more."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it was."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it without a goodbye."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait(10)
            self._process = None
        if self._guard is not None:
            self._guard.release()
            self._guard = None

    def close(self) -> None:
        """End it."""
        self.kill()

    def __enter__(self) -> "Kamailio":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, number)


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[Kamailio, Kamailio]]:
    """Two edge servers that share who is registered: who is connected to one can be called through the other."""
    ports = (free_port(), free_port())
    with ExitStack() as stack:
        servers = [
            stack.enter_context(Kamailio(folder / str(port), port=port, defines=beside(other)))
            for port, other in (ports, ports[::-1])
        ]
        yield servers[0], servers[1]


def beside(port: int) -> dict[str, str]:
    """What makes a server one of two, the other of which has this port."""
    return {"WITH_CLUSTER": "", "OTHER": f'"sip:127.0.0.1:{port}"'}


if __name__ == "__main__":
    with Kamailio(Path(sys.argv[1]).absolute()) as server:
        print(json.dumps({"url": server.url, "uri": server.uri, "domain": DOMAIN}), flush=True)
        signal.sigwait([signal.SIGINT, signal.SIGTERM])
