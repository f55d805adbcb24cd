"""How much of something is there, as a bar of a few cells."""

from textual.content import Content


def progress(done: int, total: int | None, width: int) -> Content:
    """A bar and a percentage; megabytes where nobody knows how much it will be. Exactly `width` cells."""
    if not total:
        return Content(f"{done / 1e6:.1f} MB"[:width].ljust(width))
    share = min(1.0, done / total)
    # Floor: it is not all there before it is.
    percent = f"{int(share * 100):3} %"
    room = width - len(percent) - 1
    if room < 3:
        return Content(percent[-width:].rjust(width))
    full = int(share * room)
    return Content.assemble(("━" * full, "$success"), ("─" * (room - full), "$text-disabled"), f" {percent}")
