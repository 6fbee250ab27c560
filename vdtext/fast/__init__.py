"""Fast twins of the readable functions; tests hold each pair equal."""
