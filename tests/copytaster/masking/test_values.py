"""Secrets in JSON-like values are masked by the key they lie under and inside texts; the rest stays."""

from copytaster.masking.values import mask_value


def test_secrets_are_masked_under_keys_and_in_texts():
    value = {
        "password": "hunter2",
        "list": [{"apiKey": "canary-5f1c"}, "https://u:p@a.example/", ("authorization", "Bearer x")],
        "headers": {"Cookie": ["a=b"]},
        "body": b"?token=canary-5f1c",
    }
    assert mask_value(value) == {
        "password": "***",
        "list": [{"apiKey": "***"}, "https://***@a.example/", ["authorization", "***"]],
        "headers": {"Cookie": ["***"]},
        "body": "?token=***",
    }


def test_everything_else_stays():
    value = {
        "token": 7,
        "key": "agency",
        "code": "US",
        "none": None,
        "flag": True,
        "names": ["token", "coin"],
        "n": 1.5,
    }
    assert mask_value(value) == value
    assert list(mask_value(value)) == list(value)
