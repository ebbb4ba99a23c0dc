"""The recipes, one file for each dataset that can be simulated, found by its name."""
