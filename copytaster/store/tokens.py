"""Tokens with which others push copy or call the API. The store keeps a digest of each, never the token itself."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

from sqlalchemy import select

from copytaster.errors import NotFoundError, nearest
from copytaster.store.audit import note_write
from copytaster.store.installation import read_fact, set_fact
from copytaster.store.tables import installation
from copytaster.values import iso

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

Scope = Literal["push", "read", "desk", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
_NAME = "push_token:"
_TOKEN = re.compile(r"ct_([a-z2-7]{8})_([A-Za-z0-9_-]{43})")
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


@dataclass(frozen=True, slots=True)
class Token:
    """A token of one scope.

    Attributes:
        source: of the scope `push`, the source; of others, the name under which its writes are kept.
        digest: SHA-256 of its secret, which is random and long, so no slower hash is needed.
        scope: `push` hands copy in and nothing else; the others are roles of people.
    """

    id: str
    source: str
    digest: str
    made_at: str
    made_by: str
    revoked_at: str | None = None
    scope: Scope = "push"


def make_token(
    connection: Connection, source: str, *, who: str, at: datetime, scope: Scope = "push"
) -> tuple[Token, str]:
    """Make a token for a source, or for whoever bears this name; the text is returned this once and kept nowhere."""
    name = "".join(secrets.choice(_LETTERS) for _ in range(8))
    secret = secrets.token_urlsafe(32)
    token = Token(name, source, _digest(secret), iso(at) or "", who, scope=scope)
    set_fact(connection, _NAME + name, json.dumps(asdict(token)))
    note_write(connection, "token.make", name, who=who, detail=f"{scope} for {source}")
    return token, f"ct_{name}_{secret}"


def list_tokens(connection: Connection) -> list[Token]:
    """Every token ever made, the oldest first."""
    values = connection.scalars(select(installation.c.value).where(installation.c.name.startswith(_NAME)))
    return sorted(
        (Token(**json.loads(value)) for value in values), key=lambda token: (token.made_at, token.id)
    )


def revoke_token(connection: Connection, token_id: str, *, who: str, at: datetime) -> Token:
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
        note_write(connection, "token.revoke", token_id, who=who)
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
