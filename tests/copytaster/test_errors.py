import pytest

from copytaster import errors


def all_errors(kind=errors.CopytasterError):
    """Those of the tree; a package may have its own beneath them."""
    if kind.__module__ == errors.__name__:
        yield kind
    for child in kind.__subclasses__():
        yield from all_errors(child)


@pytest.mark.parametrize("kind", list(all_errors()), ids=lambda kind: kind.__name__)
def test_every_error_stands_in_the_tree_at_the_top(kind):
    assert kind.__name__ in errors.__doc__


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.CopytasterError, 1),
        (errors.UsageError, 2),
        (errors.NotFoundError, 4),
        (errors.UnreachableError, 69),
        (errors.BusyError, 75),
        (errors.ConfigurationError, 78),
    ],
)
def test_exit_codes(kind, code):
    assert kind.exit_code == code


def test_an_error_names_the_thing_and_the_way_out():
    error = errors.ConfigurationError("no url", resource="sources.toml", hint="add url = ...")
    assert str(error) == "sources.toml: no url (add url = ...)"


def test_nearest_name():
    assert errors.nearest("serch", ["search", "status"]) == "did you mean 'search'?"
    assert errors.nearest("zzz", ["b", "a"]) == "known: a, b"
    assert errors.nearest("zzz", []) == "none is known"


def test_every_error_ends_with_a_named_exit_code():
    assert all(isinstance(kind.exit_code, errors.ExitCode) for kind in all_errors())
