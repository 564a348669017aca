"""Pages of one layout, for what is learned from several of them."""

from datetime import UTC, datetime

from copytaster.values import RawPage

HOST = "https://post.example"
AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
LATEST = "".join(
    f"<li><a href=/n/{at}>Ferry number {at} leaves the harbour late again</a></li>" for at in range(30)
)


def story(number: int, paragraphs: int = 6) -> str:
    return "".join(
        f"<p>On day {number} the board of ward {number} met for session {at} and agreed to widen the basin by "
        f"{number + at} metres, which the town had wanted since the spring floods.</p>"
        for at in range(paragraphs)
    )


def page(
    number: int, body: str = "", *, frame: str = "post", sidebar: str = LATEST, foot: str = ""
) -> RawPage:
    """Page number so-and-so; pages of another `frame` have other class names."""
    title = f"Board widens basin number {number} before winter"
    html = (
        f"<html lang=en><head><title>{title}</title></head><body><div class='{frame}-head'><a href=/>Post</a>"
        f"<p>The Post has printed the news of the coast since 1901, every day but Christmas, for all who live on it.</p>"
        f"</div><div class='{frame}-main'><h1>{title}</h1><div class='{frame}-text'>{body or story(number)}</div></div>"
        f"<div class='{frame}-pad'>{'<p>Board</p>' * 9}</div><div class='{frame}-side'><ul>{sidebar}</ul></div>"
        f"<div class='{frame}-foot'>{foot}<p>The Post is printed by the Coast Press, and belongs to nobody else but its readers. "
        f"© The Post</p></div></body></html>"
    )
    return RawPage(f"{HOST}/{frame}/{number}", html.encode(), AT)
