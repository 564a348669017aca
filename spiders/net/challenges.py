"""Recognises pages that ask a browser to prove itself, by what bot guards write of themselves."""

from __future__ import annotations

import re

# In a refusal, where a guard may name itself anywhere.
_IN_REFUSAL = re.compile(
    rb"cf-chl|cf_chl|just a moment\.\.\.|captcha-delivery|datadome|_incapsula_|px-captcha|g-recaptcha|hcaptcha|aws-waf|akam",
    re.IGNORECASE,
)
# In a page that came with status 200: not the scripts that ordinary pages load too.
_IN_PAGE = re.compile(
    rb"cf-chl|cf_chl|just a moment\.\.\.|captcha-delivery|_incapsula_resource|px-captcha|awswafcookiedomainlist|gokuprops",
    re.IGNORECASE,
)
_REFUSALS = frozenset({401, 403, 429, 503})
_HEAD = 65_536  # bytes of a refusal in which a guard names itself


def is_challenge(status: int, body: bytes, *, mitigated: bool = False) -> bool:
    """True if a response asks a browser to prove itself. `mitigated`: it has the header cf-mitigated."""
    if mitigated:
        return True
    return bool(_IN_REFUSAL.search(body[:_HEAD]) if status in _REFUSALS else _IN_PAGE.search(body))
