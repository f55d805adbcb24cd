"""What the subcommands of `tuiphone` do; each takes the parsed arguments and returns the exit code."""
