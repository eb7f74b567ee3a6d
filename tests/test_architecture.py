"""The house: which room may import which, and rooms that stay small."""

import ast
from pathlib import Path

import octavo

ROOT = Path(octavo.__file__).parent
BASE = {"errors", "files", "heap", "progress", "hub", "web"}
MAY_IMPORT = {
    "documents": set(),
    "datasets": {"documents"},
    "synthetic": {"documents", "datasets"},
    "processing": set(),
    "models": {"processing.config"},
    "training": {"documents", "datasets", "synthetic", "processing", "models"},
    "inference": {"documents", "processing", "models"},
    "export": {"processing", "models", "training", "inference"},
    "evaluation": {"documents", "datasets", "processing", "models", "training", "inference"},
    "serving": {"documents", "synthetic", "processing", "inference"},
    "planning": {"datasets", "processing", "models", "training"},
    "fit": {"documents", "datasets", "training", "inference", "evaluation"},
    "__main__": {"cli"},
    "cli": {
        "documents",
        "datasets",
        "synthetic",
        "training",
        "inference",
        "serving",
        "evaluation",
        "export",
        "fit",
        "planning",
    },
}


def imported(path: Path) -> set[str]:
    """The octavo modules that a file imports, anywhere in it, without the package's name."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the arrows"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name.removeprefix("octavo.") for name in names if name.startswith("octavo.")}


def files() -> list[tuple[str, Path]]:
    return [
        (path.relative_to(ROOT).parts[0].removesuffix(".py"), path)
        for path in sorted(ROOT.rglob("*.py"))
        if path != ROOT / "__init__.py"
    ]


def test_arrows_go_one_way():
    seen = 0
    for room, path in files():
        if room in BASE:
            allowed = BASE
        else:
            allowed = MAY_IMPORT[room] | BASE | {room, "__version__"}
        for name in imported(path):
            seen += 1
            assert any(name == target or name.startswith(f"{target}.") for target in allowed), (
                f"{path.relative_to(ROOT)} imports octavo.{name}; {room} may import {sorted(allowed)}"
            )
    assert seen > 50  # the walk found the imports at all


def test_base_modules_import_no_room():
    for room, path in files():
        if room in BASE:
            assert {name.split(".")[0] for name in imported(path)} <= BASE


def test_files_stay_small():
    for _, path in files():
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 350, f"{path.relative_to(ROOT)} holds two things"


def test_nothing_is_pickled_or_evaluated():
    forbidden = {"pickle", "shelve", "marshal", "dill", "cloudpickle"}
    for _, path in files():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                assert not forbidden & {alias.name.split(".")[0] for alias in node.names}, path
            elif isinstance(node, ast.ImportFrom):
                assert (node.module or "").split(".")[0] not in forbidden, path
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"eval", "exec"}, path
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load":
                raise AssertionError(f"{path}: torch.load unpickles")
