"""Tokens with which others push copy. The store keeps a digest of each, never the token itself."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from copytaster.errors import NotFoundError, nearest
from copytaster.store.installation import read_fact, set_fact
from copytaster.store.tables import installation
from copytaster.values import iso

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

_NAME = "push_token:"
_TOKEN = re.compile(r"ct_([a-z2-7]{8})_([A-Za-z0-9_-]{43})")
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


@dataclass(frozen=True, slots=True)
class Token:
    """A token for one source; `digest` is SHA-256 of its secret, which is random and long, so no slower hash is needed."""

    id: str
    source: str
    digest: str
    made_at: str
    made_by: str
    revoked_at: str | None = None


def make_token(connection: Connection, source: str, *, who: str, at: datetime) -> tuple[Token, str]:
    """Make a token for a source; the text is returned this once and kept nowhere."""
    name = "".join(secrets.choice(_LETTERS) for _ in range(8))
    secret = secrets.token_urlsafe(32)
    token = Token(name, source, _digest(secret), iso(at) or "", who)
    set_fact(connection, _NAME + name, json.dumps(asdict(token)))
    return token, f"ct_{name}_{secret}"


def list_tokens(connection: Connection) -> list[Token]:
    """Every token ever made, the oldest first."""
    values = connection.scalars(select(installation.c.value).where(installation.c.name.startswith(_NAME)))
    return sorted(
        (Token(**json.loads(value)) for value in values), key=lambda token: (token.made_at, token.id)
    )


def revoke_token(connection: Connection, token_id: str, *, at: datetime) -> Token:
    """Revoke a token; one that is revoked stays so from its first moment.

    Raises:
        NotFoundError: there is no token of this id.
    """
    value = read_fact(connection, _NAME + token_id)
    if value is None:
        known = [token.id for token in list_tokens(connection)]
        hint = nearest(token_id, known) if known else "`copytaster token make SOURCE` makes one"
        raise NotFoundError("no such token", resource=token_id, hint=hint)
    token = Token(**json.loads(value))
    if token.revoked_at is None:
        token = replace(token, revoked_at=iso(at))
        set_fact(connection, _NAME + token_id, json.dumps(asdict(token)))
    return token


def find_token(connection: Connection, text: str) -> Token | None:
    """The token in force that somebody shows; None for any other text."""
    found = _TOKEN.fullmatch(text)
    value = read_fact(connection, _NAME + found[1]) if found else None
    if found is None or value is None:
        return None
    token = Token(**json.loads(value))
    is_right = hmac.compare_digest(token.digest, _digest(found[2]))
    return token if is_right and token.revoked_at is None else None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
