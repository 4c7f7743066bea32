"""How the shipped reader was made: data to groups, groups to weights. See `qa/training/README.md`."""
