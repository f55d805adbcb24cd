"""The vendors, a package each, and the links they share; the registry finds them by entry point."""
