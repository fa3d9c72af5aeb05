"""
The operations of each generation of the API, and the shapes that differ between them, as
data.
"""
