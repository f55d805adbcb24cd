"""The app: Textual and nothing else; it shows an engine's state and sends it commands."""
