"""How anything outside the engine talks to it: the messages, the engine's side and the other side."""
