"""What is measured, one file each; `make bench` prints it all as one table. Figures, no verdicts."""
