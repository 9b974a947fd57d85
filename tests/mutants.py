"""Small mistakes, put into a syntax tree one at a time."""

import ast
import copy
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

_COMPARISONS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_OPERATORS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr, ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.MatMult: ast.Mult,
}  # fmt: skip
_PAIRS = [
    ('min', 'max'), ('amin', 'amax'), ('minimum', 'maximum'), ('floor', 'ceil'), ('any', 'all'),
    ('argmin', 'argmax'), ('zeros', 'ones'), ('zeros_like', 'ones_like'), ('mean', 'sum'),
]  # fmt: skip
_NAMES = dict(_PAIRS) | {second: first for first, second in _PAIRS}
#: Functions of one value that may be forgotten.
_DROPPED = {'sqrt', 'abs', 'square', 'exp', 'log', 'detach', 'copy', 'clone', 'flip', 'sorted'}
#: Calls that only tell a user something, and where a message stands.
_TELLING = {'print_log', 'warn', 'warning', 'info', 'debug', 'print'}


class Mutant(NamedTuple):
    """A mistake.

    Attributes:
        name (str): Function, what stood there and what stands there now; unique in its file.
        line (int): Line of the file.
        value (tuple[str, str | int, object] | None): For what is computed on import, which
            function's default (its name, the position and the new value) or which constant of the
            module (empty, its name and the new value); otherwise None.
    """

    name: str
    line: int
    value: tuple[str, str | int, object] | None = None


def _called(node: ast.AST) -> str:
    """Name of the called function or method; empty for anything else."""
    function = node.func if isinstance(node, ast.Call) else None
    return getattr(function, 'attr', getattr(function, 'id', ''))


def _constants(node: ast.AST) -> Iterator[ast.expr]:
    """Other values of a number or a truth value."""
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield ast.Constant(node.value + 1)


def _expressions(node: ast.AST) -> Iterator[ast.expr]:
    """What a slip could make of an expression."""
    yield from _constants(node)
    match node:
        case ast.Compare():
            for index, operator in enumerate(node.ops):
                changed = copy.deepcopy(node)
                changed.ops[index] = _COMPARISONS[type(operator)]()
                yield changed
        case ast.BinOp():
            yield ast.BinOp(node.left, _OPERATORS[type(node.op)](), node.right)
        case ast.BoolOp():
            yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
            if len(node.values) == 2:
                yield from node.values
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            yield node.operand
        case ast.IfExp():
            yield ast.IfExp(node.test, node.orelse, node.body)
        case ast.Call():
            yield from _calls(node)


def _calls(node: ast.Call) -> Iterator[ast.expr]:
    """What a slip could make of a call."""
    name = _called(node)
    if name in _NAMES:
        function = copy.deepcopy(node.func)
        setattr(function, 'attr' if isinstance(function, ast.Attribute) else 'id', _NAMES[name])
        yield ast.Call(function, node.args, node.keywords)
    if name in _DROPPED and len(node.args) == 1:
        yield node.args[0]
    elif name in _DROPPED and not node.args and isinstance(node.func, ast.Attribute):
        yield node.func.value
    for index, keyword in enumerate(node.keywords):
        if isinstance(keyword.value, ast.Constant) and name != 'dict':
            rest = node.keywords[:index] + node.keywords[index + 1 :]
            yield ast.Call(node.func, node.args, rest)


def _statements(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """What a slip could make of a statement."""
    match node:
        case ast.If() | ast.While():
            changed = copy.copy(node)
            changed.test = ast.UnaryOp(ast.Not(), node.test)
            yield [changed]
        case ast.With():
            yield node.body
        case ast.Break():
            yield [ast.Continue()]
        case ast.Continue():
            yield [ast.Break()]
        case ast.Raise() | ast.AugAssign() | ast.Delete() | ast.Expr(value=ast.Call()):
            yield [ast.Pass()]
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield [ast.Pass()]


def _first_line(nodes: ast.AST | list[ast.stmt]) -> str:
    """The source of a node, of a statement its first line."""
    text = ast.unparse(nodes[0] if isinstance(nodes, list) else nodes)
    return text.splitlines()[0]


def _sites(parent: ast.AST) -> Iterator[tuple[object, str | int, ast.AST]]:
    """The places below a node where something may go wrong, with what stands there."""
    for field, value in ast.iter_fields(parent):
        if field in ('annotation', 'returns', 'decorator_list', 'args') and not isinstance(
            parent, ast.Call
        ):
            continue
        places = enumerate(value) if isinstance(value, list) else [(field, value)]
        for place, child in places:
            if not isinstance(child, ast.AST) or isinstance(child, ast.JoinedStr):
                continue
            if isinstance(child, ast.Expr) and _called(child.value) in _TELLING:
                continue
            yield (value if isinstance(value, list) else parent), place, child
            if not isinstance(child, ast.Raise):
                yield from _sites(child)


def _put(holder: object, place: str | int, node: ast.AST) -> None:
    """Let a node stand at a place of the tree."""
    if isinstance(holder, list):
        holder[place] = node
    else:
        setattr(holder, place, node)


def _block(statements: list[ast.stmt], like: ast.AST) -> ast.AST:
    """Several statements as one."""
    if len(statements) == 1:
        return statements[0]
    block = ast.If(ast.Constant(True), statements, [])
    return ast.copy_location(block, like)


def mutate(tree: ast.Module) -> Iterator[Mutant]:
    """Put one mistake after the other into a module's tree.

    Args:
        tree (ast.Module): While a mutant is out, it stands in the tree; then it is taken back.

    Yields:
        Mutant: What it is.
    """
    seen: Counter[str] = Counter()

    def named(owner: str, before: str, after: str) -> str:
        name = f'{owner}: {before} -> {after}'
        seen[name] += 1
        return name if seen[name] == 1 else f'{name} #{seen[name]}'

    def visit(node: ast.AST, owner: str) -> Iterator[Mutant]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                yield from visit(child, f'{owner}{child.name}.')
            elif isinstance(child, ast.FunctionDef):
                yield from in_function(child, f'{owner}{child.name}')
            elif isinstance(child, ast.Assign | ast.AnnAssign) and isinstance(node, ast.Module):
                target = child.targets[0] if isinstance(child, ast.Assign) else child.target
                for changed in _constants(child.value or child):
                    yield Mutant(
                        named('', ast.unparse(child), ast.unparse(changed)), child.lineno,
                        ('', ast.unparse(target), changed.value),
                    )  # fmt: skip

    def in_function(function: ast.FunctionDef, owner: str) -> Iterator[Mutant]:
        for index, default in enumerate(function.args.defaults):
            argument = function.args.args[index - len(function.args.defaults)].arg
            for changed in _constants(default):
                yield Mutant(
                    named(owner, f'{argument}={ast.unparse(default)}', ast.unparse(changed)),
                    function.lineno, (function.name, index, changed.value),
                )  # fmt: skip
        for holder, place, node in list(_sites(function)):
            for changed in [*_expressions(node), *_statements(node)]:
                after = _block(changed, node) if isinstance(changed, list) else changed
                ast.copy_location(after, node)
                _put(holder, place, after)
                text = named(owner, _first_line(node), _first_line(changed))
                yield Mutant(text, getattr(node, 'lineno', function.lineno))
                _put(holder, place, node)

    yield from visit(tree, '')
