"""The engine `tiles`: a tile of 16 records at a time goes forward and back, within the CPU's cache.

- `engine`: the class that implements `Engine`;
- `packing`: the weights as the kernels read them, and gradients back;
- `memory`: the arrays that one tile needs;
- `kernels`: the loops that numba compiles. What is compiled is kept until a file there changes.

docs/engine.md says how it works, what it brings and where it ends.
"""
