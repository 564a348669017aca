from __future__ import annotations

import pytest

from newsdesk.cli import run_command


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no such file"),
        ("[[source]]\nname = 'a'", "publisher"),
        ("[settings.schedule]\ntimezone = 'UTC'\ndrian_s = 3", "did you mean 'drain_s'?"),
    ],
)
def test_a_configuration_that_cannot_be_used_is_said_before_anything_starts(capsys, tmp_path, content, said):
    config = tmp_path / "sources.toml"
    if content is not None:
        config.write_text(content)
    assert run_command(["run", "--config", str(config), "--data-dir", str(tmp_path / "data")]) == 78
    assert said in capsys.readouterr().err


def test_a_store_that_cannot_be_opened_is_said(capsys, tmp_path):
    (tmp_path / "sources.toml").write_text("")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "store.sqlite").mkdir()
    code = run_command(
        [
            "run",
            "--config",
            str(tmp_path / "sources.toml"),
            "--data-dir",
            str(tmp_path / "data"),
            "--port",
            "0",
        ]
    )
    assert code == 69
    assert "cannot be opened" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_a_port_that_is_none_is_a_usage_error(tmp_path, port):
    assert run_command(["run", "--config", str(tmp_path / "sources.toml"), "--port", port]) == 2
