"""EcNet, reproduced: from public captures of IoT traffic to the paper's tables and figures.

The stages run in this order, each in the module of its name:
fetch, simulate, sample, split, encode, train, predict, evaluate, render.
"""
