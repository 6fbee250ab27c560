"""Fast twins of the entropy coders (chapter 6): the same bytes as the readable ones, compiled.

``binary`` has the adaptive binary coder, whole arrays at once and bit by bit; the latter is made for other compiled
functions, whose next context depends on the bit just read.
"""
