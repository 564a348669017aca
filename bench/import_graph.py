"""Which file of the program imports which, read from the source; nothing is imported or run.

Imports inside functions and imports for types only count as well.
"""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    Graph = Mapping[str, frozenset[str]]

ROOT = Path(__file__).parents[1]
# The road from the roof to the ground. Rooms of one level do not import each other.
LEVELS = (
    ("newsdesk",),
    ("scheduler",),
    ("spiders", "dedup", "indexer"),
    ("settings",),
    ("copytaster",),
)
ROOMS = tuple(room for level in LEVELS for room in level)
_DEPTHS = {room: depth for depth, level in enumerate(LEVELS) for room in level}


def read_graph(root: Path = ROOT, rooms: Iterable[str] = ROOMS) -> dict[str, frozenset[str]]:
    """Every module of these rooms with the modules of these rooms that it imports."""
    files = dict(_find_modules(root, rooms))
    return {
        name: frozenset(_find_imports(path, name, files) - {name}) for name, path in sorted(files.items())
    }


def _find_modules(root: Path, rooms: Iterable[str]) -> Iterator[tuple[str, Path]]:
    for room in rooms:
        paths = [root / f"{room}.py", *(root / room).rglob("*.py")]
        for path in paths:
            if path.is_file():
                parts = path.relative_to(root).with_suffix("").parts
                yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def _find_imports(path: Path, name: str, known: Mapping[str, Path]) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = _resolve(node, name, is_package=path.name == "__init__.py")
            below = [f"{base}.{alias.name}" for alias in node.names]
            found |= {module if module in known else base for module in below}
    return found & known.keys()


def _resolve(node: ast.ImportFrom, name: str, *, is_package: bool) -> str:
    """The full name of the module that an import statement in `name` names."""
    if not node.level:
        return node.module or ""
    package = name.split(".")[: None if is_package else -1]
    return ".".join([*package[: len(package) - node.level + 1], *(node.module or "").split(".")]).rstrip(".")


def room_of(module: str) -> str:
    """The room at the top of the repository in which a module lies."""
    return module.partition(".")[0]


def look_inside(graph: Graph, room: str) -> dict[str, frozenset[str]]:
    """The folders and modules at the top of a room, with those of them that each imports."""
    inside: dict[str, set[str]] = {}
    for module, targets in graph.items():
        if room_of(module) == room and "." in module:
            name = module.split(".")[1]
            below = {target.split(".")[1] for target in targets if room_of(target) == room and "." in target}
            inside.setdefault(name, set()).update(below - {name})
    return {name: frozenset(below) for name, below in inside.items()}


def count_imports(graph: Graph) -> Counter[tuple[str, str]]:
    """How many imports lead from one room into another."""
    return Counter(
        (room_of(module), room_of(target))
        for module, targets in graph.items()
        for target in targets
        if room_of(module) != room_of(target)
    )


def find_upward(graph: Graph) -> list[tuple[str, str]]:
    """Imports that lead to a room on the same level or above, as pairs of modules."""
    return [
        (module, target)
        for module, targets in graph.items()
        for target in sorted(targets)
        if room_of(module) != room_of(target) and _DEPTHS[room_of(module)] >= _DEPTHS[room_of(target)]
    ]


def find_circles(graph: Graph) -> list[list[str]]:
    """Groups of modules that import each other, each sorted (Tarjan's strongly connected components)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []
    circles: list[list[str]] = []

    def visit(module: str) -> None:
        order[module] = lowest[module] = len(order)
        path.append(module)
        for target in sorted(graph.get(module, ())):
            if target not in order:
                visit(target)
            if target in path:
                lowest[module] = min(lowest[module], lowest[target])
        if lowest[module] == order[module]:
            start = path.index(module)
            if len(path) - start > 1:
                circles.append(sorted(path[start:]))
            del path[start:]

    for module in sorted(graph):
        if module not in order:
            visit(module)
    return circles
