"""The kernels: loops over numbers, which numba compiles.

They write to arrays that the caller gives them and allocate nothing. Compiled code is kept until a
file of this folder changes.
"""
