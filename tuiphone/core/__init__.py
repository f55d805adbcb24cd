"""The phone without a wire, a sound card or a screen: plain Python on the standard library alone."""
