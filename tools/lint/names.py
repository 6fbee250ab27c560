"""Which names a piece of code binds, and which it needs from code before it."""

import ast
import builtins
import symtable

SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr)
LATER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _table(statement):
    """What one top-level statement binds, and what it reads, in its functions too."""
    top = symtable.symtable(ast.unparse(statement), "cell", "exec")
    symbols = top.get_symbols()
    bound = {s.get_name() for s in symbols if s.is_assigned() or s.is_imported() or s.is_namespace()}
    read = {s.get_name() for s in symbols if s.is_referenced()}
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        read.add(statement.target.id)
    inner = top.get_children()
    while inner:
        table = inner.pop()
        read |= {s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced()}
        inner += table.get_children()
    return bound, read - set(dir(builtins))


def bound(tree):
    """The names that a module's top level binds."""
    return set().union(*(_table(statement)[0] for statement in tree.body))


def needed(tree):
    """The names that a module reads before, or without, binding them.

    A function may read what the module binds after it; a loop or a `with` may read what it binds itself.
    """
    whole, before, free = bound(tree), set(), set()
    for statement in tree.body:
        own, read = _table(statement)
        known = before | whole if isinstance(statement, LATER) else before
        free |= read - known - (set() if isinstance(statement, SIMPLE) else own)
        before |= own
    return free
