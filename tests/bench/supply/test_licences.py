"""Which licences are allowed, and that what is installed here has one of them."""

from email.message import Message

import pytest

from bench.supply.licences import find_faults, is_allowed, main, read_licence


def describe(**fields):
    metadata = Message()
    for name, values in fields.items():
        for value in [values] if isinstance(values, str) else values:
            metadata[name.replace("_", "-")] = value
    return metadata


@pytest.mark.parametrize(
    "expression",
    [
        "MIT",
        "(MIT)",
        "MIT OR GPL-2.0-only",
        "BSD-2-Clause AND Apache-2.0 WITH LLVM-exception",
        "GPL-3.0-only OR (MIT AND 0BSD)",
    ],
)
def test_an_expression_that_allowed_licences_fulfil_is_allowed(expression):
    assert is_allowed(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "GPL-3.0-only",
        "AGPL-3.0-or-later",
        "MIT AND GPL-2.0-only",
        "(MIT OR Apache-2.0) AND SSPL-1.0",
        "Apache-2.0 WITH Commons-Clause",
        "Proprietary",
        "see the file",
        "MIT AND",
        "",
    ],
)
def test_any_other_is_not(expression):
    assert not is_allowed(expression)


@pytest.mark.parametrize(
    ("metadata", "licence"),
    [
        (describe(License_Expression="MIT", License="GPL"), "MIT"),
        (describe(Classifier=["License :: OSI Approved :: BSD License", "Topic :: Text"]), "(BSD-3-Clause)"),
        (describe(License="Apache 2.0"), "(Apache-2.0)"),
        (describe(License="Permission is hereby granted\nto everybody"), None),
        (describe(Classifier="License :: OSI Approved", License="MIT"), None),
        (describe(), None),
    ],
)
def test_a_licence_is_read_from_whatever_names_it(metadata, licence):
    assert read_licence(metadata) == licence


def test_a_fault_names_the_distribution_and_its_licence():
    installed = [
        ("good", describe(License_Expression="MIT")),
        ("copyleft", describe(License_Expression="GPL-3.0-only")),
        ("silent", describe()),
        ("axe-playwright-python", describe()),
    ]
    assert list(find_faults(installed)) == [
        "copyleft: the licence 'GPL-3.0-only' is not in the list of bench/supply/licences.py",
        "silent: its metadata names no licence",
    ]


def test_what_is_read_in_the_files_gives_way_to_metadata():
    (fault,) = find_faults([("axe-playwright-python", describe(License_Expression="GPL-3.0-only"))])
    assert "GPL-3.0-only" in fault


def test_every_distribution_here_may_be_used(capsys):
    assert main() == 0, capsys.readouterr().out
