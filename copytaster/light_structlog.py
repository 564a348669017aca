"""structlog, loaded without the bridge to twisted and the tracebacks in colour that our logs do not use."""

from __future__ import annotations

from copytaster.hidden_modules import hidden_modules

with hidden_modules("twisted", "rich.traceback"):
    import structlog

__all__ = ["structlog"]
