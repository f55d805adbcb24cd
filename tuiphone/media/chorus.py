"""All the far sides of one call as one sound: that of a group call has several."""

from tuiphone.media.line import Meter, Source, mixed
from tuiphone.media.resample import Samples


class Chorus:
    """Mixes voices that come and go; whose meter stands highest is the one to watch."""

    def __init__(self, *voices: Source) -> None:
        self._meters = {voice: Meter() for voice in voices}

    def add(self, voice: Source) -> None:
        """One more is heard."""
        self._meters[voice] = Meter()

    def remove(self, voice: Source) -> None:
        """One less is."""
        self._meters.pop(voice, None)

    def read(self, samples: int) -> Samples:
        """The next so many samples of everybody."""
        blocks: list[Samples] = []
        for voice, meter in self._meters.items():
            blocks.append(voice.read(samples))
            meter.see(blocks[-1])
        return blocks[0] if len(blocks) == 1 else mixed(blocks)

    def level(self, voice: Source) -> float:
        """How loud one of them is, 0 to 1."""
        meter = self._meters.get(voice)
        return 0.0 if meter is None else meter.level
