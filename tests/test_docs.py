"""Commands, options, settings, figures, exit codes and reasons named in the documentation exist."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import click
import pytest

from copytaster import errors
from newsdesk.cli import cli
from newsdesk.web.metrics import page as metrics
from settings import Settings

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEXTS = {str(page.relative_to(ROOT)): page.read_text(encoding="utf-8") for page in PAGES}
OPERATOR = TEXTS["docs/operator.md"]
UNIT = ROOT / "deploy" / "copytaster.service"
TEMPLATE = ROOT / "deploy" / "copytaster@.service"
_CODE = re.compile(r"```[a-z]*\n(?P<block>.*?)```|`(?P<inline>[^`\n]+)`", re.DOTALL)


def list_settings(model=Settings, prefix=""):
    for name, field in model.model_fields.items():
        below = field.annotation
        if isinstance(below, type) and hasattr(below, "model_fields"):
            yield from list_settings(below, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


SETTINGS = set(list_settings())
SECTIONS = {name.partition(".")[0] for name in SETTINGS if "." in name}


def list_calls():
    """(page, words) of every call of the program in code."""
    for name, text in TEXTS.items():
        for found in _CODE.finditer(text):
            for line in (found["block"] or found["inline"]).splitlines():
                call = re.search(r"(?:^|[ /])copytaster +([a-z-].*)", line.partition(" #")[0])
                if call:
                    yield name, tuple(call[1].split())


CALLS = sorted(set(list_calls()))


def find_command(words):
    """The command that words lead to, and the words left over."""
    context = click.Context(cli)
    command: click.Command = cli
    rest = list(words)
    while isinstance(command, click.Group):
        assert rest, f"{command.name} needs a command"
        found = command.get_command(context, rest.pop(0))
        assert found is not None, f"no such command: copytaster {' '.join(words)}"
        command = found
    return command, rest


def names_of(command):
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)} | {
        "--help",
        "--version",
    }


@pytest.mark.parametrize(
    ("page", "words"), CALLS, ids=[f"{page}: {' '.join(words)}" for page, words in CALLS]
)
def test_a_command_named_in_a_page_exists_with_its_options(page, words):
    if words[0].startswith("--"):
        assert words[0] in names_of(cli)
        return
    command, rest = find_command(words)
    assert {word.partition("=")[0] for word in rest if word.startswith("--")} <= names_of(command)


def test_the_pages_were_read():
    assert len([page for page, _ in CALLS if page == "docs/operator.md"]) >= 20


@pytest.mark.parametrize("page", TEXTS)
def test_environment_variables_named_in_a_page_exist(page):
    known = {"COPYTASTER_" + name.replace(".", "__").upper() for name in SETTINGS} | {"COPYTASTER_CONFIG"}
    assert set(re.findall(r"COPYTASTER_[A-Z_]+[A-Z]", TEXTS[page])) <= known


@pytest.mark.parametrize("page", TEXTS)
def test_settings_named_in_a_page_exist(page):
    named = {
        f"{section}.{name}"
        for section, name in re.findall(r"`([a-z]+)\.([a-z_]+)`", TEXTS[page])
        if section in SECTIONS and name != "py"
    }
    assert named <= SETTINGS


def test_defaults_documented_for_operators_are_those_of_the_program():
    rows = re.findall(
        r"^\| ((?:`[a-z_.]+`(?:, )?)+) \| ([^|]+) \|",
        OPERATOR.split("## Settings")[1],
        re.MULTILINE,
    )
    checked = 0
    for names, shown in rows:
        for name, value in zip(re.findall(r"`([a-z_.]+)`", names), shown.split(", "), strict=False):
            if name not in SETTINGS:
                continue
            found = Settings()
            for part in name.split("."):
                found = getattr(found, part)
            documented = value.strip().strip("`")
            if documented not in {"none", "names no one"}:
                assert documented == (f"{found:g}" if isinstance(found, float) else str(found))
                checked += 1
    assert checked >= 8


def test_every_exit_code_is_documented():
    documented = {int(code) for code in re.findall(r"^\| (\d+)", OPERATOR, re.MULTILINE)}
    kinds: list[type[errors.CopytasterError]] = [
        errors.CopytasterError,
        *errors.CopytasterError.__subclasses__(),
    ]
    assert {kind.exit_code for kind in kinds} <= documented


def test_figures_named_for_operators_are_printed():
    modules = sorted(Path(metrics.__file__).parent.glob("*.py"))
    text = "".join(module.read_text(encoding="utf-8") for module in modules)
    printed = set(re.findall(r'"(copytaster_[a-z_]+)"', text))
    named = set(re.findall(r"`(copytaster_[a-z_]+)`", OPERATOR))
    assert len(named) >= 6
    assert named <= printed


def test_reasons_documented_for_operators_are_given():
    rows = OPERATOR.split("## Reasons")[1].split("## ")[0]
    named = {
        reason
        for row in re.findall(r"^\| (`[^|]+) \|", rows, re.MULTILINE)
        for reason in re.findall(r"`([a-z0-9-]+)`", row)
        if not reason.startswith("http-")
    }
    rooms = (ROOT / "spiders", ROOT / "copytaster")
    given = "".join(path.read_text(encoding="utf-8") for room in rooms for path in room.rglob("*.py"))
    assert len(named) >= 15
    # the kinds of wire files are written without the prefix that makes them reasons
    assert {reason for reason in named if f'"{reason.removeprefix("kind-")}"' not in given} == set()


@pytest.mark.parametrize("page", TEXTS)
def test_a_link_between_pages_leads_to_a_file(page):
    folder = (ROOT / page).parent
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", TEXTS[page]):
        assert (folder / target).exists(), target


@pytest.mark.parametrize("path", [UNIT, TEMPLATE], ids=lambda path: path.name)
def test_the_unit_starts_a_command_that_exists(path):
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(path.read_text(encoding="utf-8"))
    program, *words = unit["Service"]["ExecStart"].split()
    assert program.endswith("/bin/copytaster")
    command, rest = find_command(words)
    assert {word for word in rest if word.startswith("--")} <= names_of(command)
    assert int(unit["Service"]["TimeoutStopSec"]) > 30
    for name in re.findall(r"COPYTASTER_([A-Z_]+)", path.read_text(encoding="utf-8")):
        assert name.lower().replace("__", ".") in SETTINGS


def test_the_template_runs_one_role_under_the_restrictions_of_the_unit():
    unit, template = (
        [line for line in path.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
        for path in (UNIT, TEMPLATE)
    )
    start = next(line for line in unit if line.startswith("ExecStart="))
    assert f"{start} --role %i" in template
    described = next(line for line in unit if line.startswith("Description="))
    assert [line for line in unit if line not in template] == [described, start]
