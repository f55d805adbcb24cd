"""`python -m tuiphone.engine`: runs the engine of one profile until it is told to stop."""

import argparse
import asyncio
import contextlib
import gc
import logging
import os
import sys
from collections.abc import Sequence

from tuiphone.core.errors import PhoneError
from tuiphone.engine.claim import claim
from tuiphone.store import log
from tuiphone.store.paths import find

logger = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Run an engine with these arguments; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tuiphone.engine")
    parser.add_argument("--profile")
    parser.add_argument("--owned", action="store_true", help="end with the last screen that quits")
    parser.add_argument("--linger", type=float, help="seconds after which it ends when no screen and no call is there")
    parser.add_argument("--ready-fd", type=int, help="where to write `ready`, or a sentence")
    parser.add_argument("--camera", help="what our picture is of, before the cameras of the settings")
    options = parser.parse_args(argv)

    def say(text: str) -> None:
        if options.ready_fd is not None:
            with contextlib.suppress(OSError):
                os.write(options.ready_fd, f"{text}\n".encode())
                os.close(options.ready_fd)
            options.ready_fd = None
        else:
            print(text if text != "ready" else "The phone is running; end it with: tuiphone stop", flush=True)  # noqa: T201

    # Whatever this process writes is for its user alone.
    os.umask(0o077)
    try:
        paths = find(options.profile)
        paths.make()
        # Before there is a claim: an engine that comes second says so, and then the first one is to be listening soon.
        # What is loaded stays: looking for garbage among it costs a tenth of the start, and later a moment of sound.
        gc.disable()
        from tuiphone.engine.engine import Engine

        gc.freeze()
        gc.enable()
        if (lock := claim(paths)) is None:
            say("running" if options.ready_fd is not None else "An engine is running for this profile already.")
            return 1
        log.start_log(paths)
        console = sys.stdout if options.ready_fd is None else None
        engine = Engine(paths, owned=options.owned, linger_s=options.linger, camera=options.camera)

        def ready() -> None:
            say("ready")
            if console is not None:
                console.flush()
            log.capture_streams(paths.log_file)

        asyncio.run(engine.run(ready))
        lock.close()
    except (PhoneError, OSError) as error:
        logger.exception("the engine could not run")
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
