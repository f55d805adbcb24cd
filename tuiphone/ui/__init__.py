"""The app: a Textual screen for an engine in another process. It knows the control protocol and core, nothing else."""
