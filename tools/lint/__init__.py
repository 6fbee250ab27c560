"""What the lint asks of the book, a room a subject; `tools.check` runs it.

A rule takes a notebook and its path and yields (cell id, what was found and what is accepted).
"""
