"""`copytaster config show`, and what every operations command does with settings and secrets."""

from __future__ import annotations

import json

import pytest

from newsdesk.cli import run_command
from tests.newsdesk.cli.conftest import CANARY, run_json, run_plain


@pytest.mark.parametrize("command", ["status", "runs", "doctor", "quarantine list", "config show"])
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_no_secret_is_printed(capsys, config, filled, command, form):
    capsys.readouterr()
    run_command([*command.split(), "--config", str(config), *form])
    captured = capsys.readouterr()
    assert captured.out
    assert CANARY not in captured.out + captured.err


def test_config_show_names_the_origin_and_masks_secrets(capsys, config, monkeypatch, tmp_path):
    monkeypatch.setenv("COPYTASTER_WEB__PORT", "9000")
    monkeypatch.setenv("COPYTASTER_ELASTICSEARCH__API_KEY", CANARY)
    monkeypatch.setenv("COPYTASTER_DATABASE_URL", f"postgresql://desk:{CANARY}@db.example/wire")
    code, settings, _ = run_json(capsys, config, "config", "show", "--data-dir", str(tmp_path / "elsewhere"))
    assert code == 0
    found = {one["name"]: (one["value"], one["origin"]) for one in settings}
    assert found["web.port"] == (9000, "environment")
    assert found["schedule.jitter_share"] == (0, "file")
    assert found["data_dir"] == (str(tmp_path / "elsewhere"), "flag")
    assert found["web.host"] == ("127.0.0.1", "default")
    assert found["elasticsearch.api_key"] == ("***", "environment")
    assert CANARY not in json.dumps(settings)
    code, printed = run_plain(capsys, config, "config", "show")
    assert code == 0
    assert CANARY not in printed


@pytest.mark.parametrize("command", ["status", "runs", "doctor", "config show", "quarantine list"])
def test_a_wrong_setting_is_named(capsys, config, command):
    config.write_text("[settings.web]\nprot = 1")
    code, _, error = run_json(capsys, config, *command.split())
    assert code == 78
    assert "did you mean 'port'?" in error
