import pytest

from copytaster.errors import ConfigurationError
from settings import load_settings


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "sources.toml"
    path.write_text("[settings.crawl]\ndelay_s = 9\ntimeout_s = 30\n")
    return path


def test_environment_wins_over_the_file_and_the_file_over_defaults(config, monkeypatch):
    monkeypatch.setenv("COPYTASTER_CRAWL__DELAY_S", "3")
    crawl = load_settings(config).crawl
    assert (crawl.delay_s, crawl.timeout_s, crawl.max_redirects) == (3, 30, 5)


def test_flags_win_over_the_environment(config, monkeypatch, tmp_path):
    monkeypatch.setenv("COPYTASTER_DATA_DIR", "elsewhere")
    assert load_settings(config, data_dir=tmp_path).data_dir == tmp_path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[settings.crawl]\ntimeout_z = 3", "unknown setting 'crawl.timeout_z', did you mean 'timeout_s'?"),
        ("[settings]\nlog_levle = 'INFO'", "unknown setting 'log_levle', did you mean 'log_level'?"),
        ("[settings.grouping]\nbatch = 65", "grouping.batch: Input should be less than or equal to 64"),
        ("[settings", "not valid TOML"),
        ('[settings.web]\nhosts = ["https://desk.example.org"]', "web.hosts.0: String should match"),
        ('[settings.web]\nhosts = ["desk.example.org:8600"]', "web.hosts.0: String should match"),
    ],
)
def test_a_wrong_file_is_named_with_a_fix(config, text, said):
    config.write_text(text)
    with pytest.raises(ConfigurationError, match="sources.toml") as caught:
        load_settings(config)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("COPYTASTER_WEB__PORT", "eighty", "web.port: Input should be a valid integer"),
        ("COPYTASTER_WEB__LISTEN", "x", "unknown setting 'web.listen'"),
        ("COPYTASTER_WEB__HOSTS", '["https://desk.example.org"]', "web.hosts.0: String should match"),
        ("copytaster_web__prot", "1", "unknown setting 'web.prot', did you mean 'port'?"),
        ("COPYTASTER_CRAWL", '{"delay": 3}', "unknown setting 'crawl.delay'"),
    ],
)
def test_a_wrong_variable_is_named_and_not_the_file(config, monkeypatch, variable, value, said):
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError) as caught:
        load_settings(config)
    assert caught.value.resource == variable
    assert said in str(caught.value)


def test_a_wrong_flag_is_no_fault_of_a_variable(monkeypatch):
    monkeypatch.setenv("COPYTASTER_DATA_DIR", "elsewhere")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(data_dir=7)
    assert caught.value.resource == "settings"


def test_a_list_in_the_environment_is_json_and_hosts_are_lower_case(monkeypatch):
    monkeypatch.setenv("COPYTASTER_WEB__HOSTS", '["Desk.example.org", "*.news.example", "fd00::7"]')
    assert load_settings().web.hosts == ("desk.example.org", "*.news.example", "fd00::7")


def test_settings_cannot_be_changed(config):
    with pytest.raises(ValueError, match="frozen"):
        load_settings(config).crawl.delay_s = 1


def test_the_store_url_follows_the_data_folder(tmp_path):
    assert load_settings(data_dir=tmp_path).store_url == f"sqlite:///{tmp_path}/store.sqlite"
    assert load_settings(database_url="postgresql://db/x").store_url == "postgresql://db/x"
