"""Far ends without WebRTC: baresip, a telephone with plain RTP, and rtpengine, which carries media between both."""

import json
import socket
import subprocess
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from tests.rigs.guard import Guard
from tests.rigs.kamailio import DOMAIN, START_S, Kamailio
from tests.rigs.ports import free_port
from tests.rigs.pulse import Sound

PORTS = 40
TONE_HZ = 440.0
"""What baresip says all the time."""

_CONFIG = """
sip_listen 127.0.0.1:{port}
net_interface 127.0.0.1
call_max_calls 2
snd_path {heard}
audio_source ausine,{tone:.0f}
audio_alert aufile,/dev/null
ausrc_srate 48000
auplay_srate 48000
ausrc_channels 2
auplay_channels 2
rtp_ports {first}-{last}
jitter_buffer_delay 2-10
module_path /usr/lib/baresip/modules
module ausine.so
module aufile.so
module sndfile.so
module opus.so
module g711.so
module account.so
module_app menu.so
module ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
"""


class _Program:
    """A server with a log, ended by its id."""

    def __init__(self, folder: Path, name: str, command: list[str]) -> None:
        self._log = folder / f"{name}.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._guard = Guard(self._process.pid)

    @property
    def log(self) -> str:
        """What it said."""
        return self._log.read_text(errors="replace")

    @property
    def is_running(self) -> bool:
        """It has not ended by itself."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait(10)
        self._guard.release()

    def __enter__(self) -> "Any":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Rtpengine(_Program):
    """Carries media in user space; `defines` are what Kamailio needs to use it."""

    def __init__(self, folder: Path) -> None:
        port = free_port(1 + PORTS)
        super().__init__(
            folder,
            "rtpengine",
            [
                "rtpengine", "--config-file=none",
                "--foreground", "--log-stderr", "--log-level=5", "--table=-1", "--interface=127.0.0.1",
                f"--listen-ng=127.0.0.1:{port}", f"--port-min={port + 1}", f"--port-max={port + PORTS}",
                "--num-threads=1",
            ],
        )  # fmt: skip
        self.defines = {"WITH_RTPENGINE": "", "RTPENGINE": f'"udp:127.0.0.1:{port}"'}
        self._until_it_answers(port)

    def _until_it_answers(self, port: int) -> None:
        deadline = time.monotonic() + START_S
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.connect(("127.0.0.1", port))
            asking.settimeout(0.1)
            while True:
                try:
                    asking.send(b"1 d7:command4:pinge")
                    if asking.recv(2000):
                        return
                except OSError as error:
                    if time.monotonic() > deadline or not self.is_running:
                        raise RuntimeError(f"rtpengine does not start: {self.log[-2000:]}") from error
                time.sleep(0.02)


class Baresip(_Program):
    """A telephone of this user at a Kamailio, by UDP; it picks up at once, says a tone and keeps what it hears."""

    def __init__(self, folder: Path, server: Kamailio, user: str = "desk") -> None:
        settings = folder / user
        settings.mkdir(parents=True)
        self._heard = settings / "heard"
        self._heard.mkdir()
        port = free_port(2)  # the second one is for TLS
        first = free_port(PORTS)
        values = {"port": port, "control": free_port(), "first": first, "last": first + PORTS - 1}
        (settings / "config").write_text(_CONFIG.format(heard=self._heard, tone=TONE_HZ, **values))
        (settings / "accounts").write_text(
            f"<sip:{user}@{DOMAIN};transport=udp>;auth_user={user};auth_pass=pw-{user};answermode=auto;regint=60"
            f';outbound="{server.uri}";audio_codecs=PCMU/8000/1,PCMA/8000/1\n'
        )
        (settings / "contacts").touch()
        super().__init__(folder, user, ["baresip", "-f", str(settings)])
        deadline = time.monotonic() + START_S
        while not server.contacts(user):
            if time.monotonic() > deadline or not self.is_running:
                raise RuntimeError(f"baresip does not register: {self.log[-2000:]}")
            time.sleep(0.05)
        self._control = socket.create_connection(("127.0.0.1", values["control"]), timeout=10)
        self._rest = b""
        self.told: list[dict[str, Any]] = []
        """What it said about its calls."""

    def tell(self, command: str, parameters: str = "") -> None:
        """A command of its menu: dial, hangup, hold, resume, ..."""
        text = json.dumps({"command": command, "params": parameters, "token": "1"}).encode()
        self._control.sendall(b"%d:%s," % (len(text), text))

    def hear(self, kind: str, seconds: float = 20.0) -> dict[str, Any]:
        """The next event of this type, as CALL_ESTABLISHED. Blocks: beside a loop, call it in a thread."""
        deadline = time.monotonic() + seconds
        for told in self._lines(deadline):
            self.told.append(told)
            if told.get("type") == kind:
                return told
        raise AssertionError(f"baresip did not say {kind} but {self.told}")

    def heard(self) -> Sound:
        """What it heard in its last call, once that is over; mono, of a telephone's 8 kHz."""
        newest = max(self._heard.glob("*-dec.wav"))
        with wave.open(str(newest)) as file:
            return np.frombuffer(file.readframes(file.getnframes()), np.int16)

    def close(self) -> None:
        """End it."""
        self._control.close()
        super().close()

    def _lines(self, deadline: float) -> Iterator[dict[str, Any]]:
        while (left := deadline - time.monotonic()) > 0:
            size, colon, rest = self._rest.partition(b":")
            if colon and len(rest) > int(size):
                self._rest = rest[int(size) + 1 :]
                yield json.loads(rest[: int(size)])
                continue
            self._control.settimeout(left)
            try:
                more = self._control.recv(65536)
            except TimeoutError:
                return
            if not more:
                return
            self._rest += more
