"""The kernels of the engine of tiles, each a loop over numbers that numba compiles.

They are given all that they write to, and allocate nothing. Compiled code is kept for as long as
no file of this folder changes.
"""
