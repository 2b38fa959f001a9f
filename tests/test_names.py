"""A public name stands for one thing: no class twice in app/, no function twice in a room."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

APP = Path(__file__).resolve().parents[1] / "app"
SAME_VERB = {
    # what each file of a room is asked: its name says of what
    "cost", "describe", "paint", "main", "serve", "read", "names",
    # the contract's verbs, which each path, and the library's questions and their answers, are called by
    "check", "check_network_gradients", "compare", "convert", "convert_file", "evaluate", "gradients",
    "identity", "network_gradients", "plot", "plot_gradients", "plot_link", "reduce", "side_by_side",
    "values",
}  # fmt: skip


def public(kinds: tuple[type[ast.stmt], ...]) -> Iterator[tuple[str, str, str]]:
    """Yield (name, room, file) of what is defined at the top of a module under a public name."""
    for path in sorted(APP.rglob("*.py")):
        place = path.relative_to(APP)
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, kinds):
                name = node.name  # type: ignore[attr-defined]  # both kinds have one
                if not name.startswith("_"):
                    yield name, place.parts[0], place.as_posix()


def test_class_names_are_unique() -> None:
    found = defaultdict(set)
    for name, _, file in public((ast.ClassDef,)):
        found[name].add(file)
    assert {name: files for name, files in found.items() if len(files) > 1} == {}


def test_function_names_are_unique_in_their_room() -> None:
    found = defaultdict(set)
    for name, room, file in public((ast.FunctionDef, ast.AsyncFunctionDef)):
        if name not in SAME_VERB and room != "library":  # its reprs and questions are named by what they show
            found[name, room].add(file)
    assert {name: files for name, files in found.items() if len(files) > 1} == {}


def test_names_of_tests_are_short() -> None:
    """A test's name begins with what it tests; the sentence is its docstring."""
    tests = Path(__file__).resolve().parent
    found = [
        (path.relative_to(tests).as_posix(), node.name)
        for path in sorted(tests.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    ]
    assert len(found) > 1000
    assert [(file, name) for file, name in found if len(name) > 60] == []


CHECKS = re.compile(r"(^|\.)(raises|warns|fail|expect|validate|assert_\w+)$")


def test_tests_assert_something() -> None:
    """Every test holds an assertion, or calls what holds one."""
    tests = Path(__file__).resolve().parent
    calls: dict[str, set[str]] = defaultdict(set)
    holds: set[str] = set()
    found = []
    for path in sorted(tests.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            names = {ast.unparse(one.func) for one in ast.walk(node) if isinstance(one, ast.Call)}
            calls[node.name] |= {name.rpartition(".")[2] for name in names}
            if any(isinstance(one, ast.Assert) for one in ast.walk(node)) or any(map(CHECKS.search, names)):
                holds.add(node.name)
            elif node.name.startswith("test_"):
                found.append((path.relative_to(tests).as_posix(), node.name))
    while more := {name for name, called in calls.items() if called & holds} - holds:
        holds |= more
    assert [(file, name) for file, name in found if name not in holds] == []
