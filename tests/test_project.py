"""The shape of the project: floors, sizes, service files."""

from __future__ import annotations

import ast
import asyncio
import json
import pickle
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk_site import opened
from feedhub.config import schema, subscribed
from feedhub.daemon import pings
from feedhub.parse.contents import Reading
from feedhub.store.writing import Store
from feedhub.web import feeds
from process import called

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def modules() -> dict[str, str]:
    """Every module's text, by its path in the package."""
    package = ROOT / "src/feedhub"
    return {str(path.relative_to(package)): path.read_text(encoding="utf-8") for path in package.rglob("*.py")}


@pytest.fixture(scope="module")
def trees(modules: dict[str, str]) -> dict[str, ast.Module]:
    """Every module, parsed."""
    return {path: ast.parse(text) for path, text in modules.items()}


def functions(path: str, node: ast.AST) -> Iterator[tuple[str, str, int]]:
    """Where each stands, its name, and of how many lines it is."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield path, node.name, (node.end_lineno or 0) - node.lineno
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.stmt):
            yield from functions(path, inner)


def test_modules_and_functions_have_one_idea_each(modules: dict[str, str], trees: dict[str, ast.Module]) -> None:
    assert {Path(path).stem for path in modules}.isdisjoint({"utils", "util", "helpers", "manager", "misc"})
    assert [path for path, text in modules.items() if len(text.splitlines()) > 300] == []
    sizes = [one for path, tree in trees.items() for one in functions(path, tree)]
    assert [one for one in sizes if one[2] > 40] == []


def test_a_package_names_each_of_its_modules_where_it_opens(modules: dict[str, str]) -> None:
    for path, text in modules.items():
        if path.endswith("/__init__.py"):
            named = set(re.findall(r"\w+", ast.get_docstring(ast.parse(text)) or ""))
            folder = path.removesuffix("__init__.py")
            inside = {other.removeprefix(folder) for other in modules if other.startswith(folder)}
            assert {Path(other).parts[0].removesuffix(".py") for other in inside} - {"__init__"} - named == set(), path
    floors = (ROOT / "docs/design.md").read_text(encoding="utf-8")
    top = {Path(path).parts[0].removesuffix(".py") for path in modules} - {"__init__", "__main__"}
    assert [name for name in sorted(top) if f"`{name}`" not in floors] == []


def test_clock_and_output_are_where_they_belong(modules: dict[str, str]) -> None:
    assert [path for path, text in modules.items() if re.search(r"(?<![\w.])print\(", text)] == []
    clocks = [path for path, text in modules.items() if re.search(r"\b(datetime\.now|utcnow|date\.today)\(", text)]
    assert [path for path in clocks if not path.startswith(("daemon/", "cli/"))] == []


@pytest.mark.slow
def test_a_process_loads_only_what_it_works_with() -> None:
    """What serves loads nothing of what polls and merges; what hands out documents to parse, no parser."""
    read = pickle.dumps(Reading(title="A", problem=None, truncated=False, items=()))
    code = f"""
import pickle, sys
import feedhub.daemon.front, feedhub.daemon.serving
print(*sys.modules)
import feedhub.parse.workers
pickle.loads({read!r})
print(*sys.modules)
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    serving, parsing = (set(line.split()) for line in told.splitlines())
    assert "feedhub.store.reading" in serving
    others = {"apscheduler", "feedparser", "numpy", "sqlite_utils", "feedhub.dedup.judge", "feedhub.store.writing"}
    assert others.isdisjoint(serving)
    assert "feedparser" not in parsing


def test_what_is_told_twice_as_one_process_does_not_load_the_other_s_modules_is_the_same() -> None:
    assert set(pings.FORMATS) == feeds.FORMATS.keys()
    assert subscribed.LONGEST == schema.LONGEST


def test_every_event_of_the_log_is_explained(trees: dict[str, ast.Module]) -> None:
    documents = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md"))
    calls = [
        ast.unparse(node)
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("event", "about")
    ]
    logged = {name for call in calls if "DEBUG" not in call for name in re.findall(r"'([a-z]+\.[a-z-]+)'", call)}
    assert len(logged) > 25
    told_at_debug_alone = {"hub.asked"}
    assert [name for name in sorted(logged - told_at_debug_alone) if f"`{name}`" not in documents] == []


def test_the_project_speaks_of_itself_alone() -> None:
    foreign = r"/(work|root|home/\w+)/|\b(TODO|FIXME)\b|pypi\.org/simple|index-url"
    command = ["git", "grep", "-IE", foreign, "--", ".", ":!tests/test_project.py", ":!*.svg"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.splitlines()
    assert [line for line in found if "--no-emit-index-url" not in line] == []


@pytest.mark.skipif(not (BIN / "hadolint").exists(), reason="needs hadolint")
def test_the_dockerfile_is_clean() -> None:
    checked = subprocess.run(
        [BIN / "hadolint", "--failure-threshold", "warning", ROOT / "Dockerfile"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stdout) == (0, "")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_the_unit_is_accepted_without_a_word(tmp_path: Path) -> None:
    unit = tmp_path / "feedhub.service"
    text = (ROOT / "deploy/feedhub.service").read_text(encoding="utf-8")
    unit.write_text(text.replace("/opt/feedhub/bin/feedhub", sys.executable))
    checked = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert checked.stdout + checked.stderr == ""


@pytest.mark.slow
def test_the_unit_starts_again_after_a_failure_but_not_with_a_configuration_that_has_mistakes(tmp_path: Path) -> None:
    unit = (ROOT / "deploy/feedhub.service").read_text(encoding="utf-8")
    assert "\nRestart=on-failure\n" in unit
    final = [int(status) for status in re.findall(r"^RestartPreventExitStatus=(\d+)$", unit, re.M)]
    file = tmp_path / "feedhub.toml"
    file.write_text('[daemon]\nlisten = "127.0.0.1:0"\nretention = "soon"\n')
    broken = called("run", "--config", file)
    assert broken.returncode in final, broken.stderr
    file.write_text(f'[daemon]\nlisten = "127.0.0.1:0"\ndatabase = "{tmp_path / "feedhub.db"}"\n')
    store = Store(tmp_path / "feedhub.db", "feedhub poll")
    busy = called("run", "--config", file)
    store.close()
    assert "is in use by feedhub poll" in busy.stderr
    assert {1, busy.returncode}.isdisjoint(final)


def test_links_in_the_documents_lead_somewhere() -> None:
    for document in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for link in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
            if "://" not in link:
                assert (document.parent / link).exists(), f"{document.name}: {link}"


def test_modules_that_the_documents_name_are_there() -> None:
    places = [ROOT / place for place in (".", "src/feedhub", "bench", "tests", "tests/hostile")]
    for document in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for name in re.findall(r"`([\w/]+\.py)`", document.read_text(encoding="utf-8")):
            assert any((place / name).exists() for place in places), f"{document.name}: {name}"


def test_the_image_installs_exact_versions_with_hashes_and_names_no_registry() -> None:
    written = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", written, re.M))
    hashed = re.findall(r"^([a-z0-9-]+)==[^#]*?--hash=sha256:[0-9a-f]{64}", written, re.M)
    assert set(pinned) == set(hashed)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.split(r"[<>=;\[ ]", wanted)[0].lower().replace(".", "-") for wanted in project["dependencies"]}
    assert needed <= set(pinned)
    assert all(re.search(r">=\d", wanted) for wanted in project["dependencies"])
    assert "setuptools" in pinned  # builds are not isolated in the image: what builds is pinned as well
    assert not re.search(r"://|--index|--find", written)


@pytest.mark.slow
async def test_the_image_is_healthy_while_feedhub_is_ready_whatever_proxy_its_environment_names(tmp_path: Path) -> None:
    (command,) = re.findall(r"HEALTHCHECK.*?CMD (\[.*?\])", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.S)
    async with opened(tmp_path) as site:
        place = f"'127.0.0.1', {site.address.rpartition(':')[2]}"
        _, *arguments = json.loads(command.replace("'127.0.0.1', 8080", place))
        told = []
        for site.trouble in (None, "stopping"):
            asking = await asyncio.create_subprocess_exec(
                sys.executable, *arguments, env={"http_proxy": "http://127.0.0.1:9"}
            )
            told.append(await asking.wait())
    assert told == [0, 1]


def test_nothing_is_installed_in_the_image_but_by_its_hash_not_even_what_builds() -> None:
    written = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    (chosen,) = re.findall(r"(sed -n .*) >build\.txt", written)
    first = subprocess.run(chosen, shell=True, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.findall(r"^\S+(?===)|--hash=sha256:", first, re.M)[:2] == ["setuptools", "--hash=sha256:"]
    assert re.findall(r"pip install (.*?)(?: \\)?\n", written) == [
        "--no-cache-dir --require-hashes -r build.txt",
        "--no-cache-dir --require-hashes --no-build-isolation -r constraints.txt",
        "--no-cache-dir --no-deps --no-build-isolation .",
    ]


@pytest.mark.slow
def test_distributions_are_built_without_a_warning_and_lack_nothing(tmp_path: Path) -> None:
    """The one for sources holds the repository; the one to install the package, with all that is no Python in it."""
    pytest.importorskip("setuptools", minversion="77")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    for name in listed:
        (tmp_path / "copy" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / "copy" / name)
    code = "from setuptools import build_meta as build; build.build_sdist('..'); build.build_wheel('..')"
    command = [sys.executable, "-Walways", "-c", code]
    built = subprocess.run(command, cwd=tmp_path / "copy", capture_output=True, text=True, check=True)
    assert "Deprecat" not in built.stderr, built.stderr
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as sources:
        held = {name.partition("/")[2] for name in sources.getnames()}
    tools = (".ci/", ".git", ".dockerignore", ".editorconfig")
    assert [name for name in listed if name not in held and not name.startswith(tools)] == []
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as package:
        installed = {name for name in package.namelist() if ".dist-info/" not in name}
    assert installed == {name.removeprefix("src/") for name in listed if name.startswith("src/")}
