"""One generator for each dataset that can be simulated, found by the name of its module."""
