"""Recognises boilerplate by words in class names and by the wording of lines.

The words are common to many sites: sharing bars, related boxes, sign-up forms, reader comments.
"""

from __future__ import annotations

import re
from functools import lru_cache

from copytaster.late_pattern import late_pattern
from spiders.parsing.wordlist import word_list

_NAME_WORD = late_pattern(r"[A-Z]?[a-z]+|[A-Z]+")

_BOILERPLATE_WORDS = frozenset(
    word_list(
        """ad ads adv advert adverts advertisement advertising aside banner bookmark bookmarks breadcrumb breadcrumbs
    comment comments commenting commentary commentlist complementary consent contact contacts contentinfo cookie disclaimer disqus
    facebook feedback flyout follow footer footnote
    form forms hashtag hashtags hide inset latest login masthead menu modal mostpopular mostread navbar nav navigation
    navi newsletter noprint offscreen outbrain overlay pager pagination paging pagetools partners pinterest poll popular
    popup print promo promos promotion rail rating reactions readmore readnext recirc recommend recommended
    recommendation recommendations related relateds relatedlinks relatedstories reply replies respond
    search share sharebar sharing shares sharetools sidebar sidebars signin signup skip skyscraper slideshow social sponsor
    sponsored sponsors sponsorship spotlight stats storytools subscribe subscription tabs taboola tags tagcloud taglist teaser teasers
    toolbar toolbox tools tooltip topics trending trackback tweet twitter userbox utility video videos widget
    widgets zergnet kommentar kommentare verwandt mehr empfehlung werbung anzeige partager commentaires pub
    comentarios compartir relacionadas publicidad"""
    )
)
_CAPTION_WORDS = frozenset(
    word_list(
        """caption captions cutline figcaption figure photo photos photocredit photocaption image images imagecaption img
    gallery lightbox credit credits picture pictures pic thumb thumbnail bildunterschrift bildtext bildzeile bildquelle legende pie fotocredit"""
    )
)
_BYLINE_WORDS = frozenset(word_list("byline bylines author authors autor auteur contributor contributors"))
_DATE_WORDS = frozenset(
    word_list("date datetime timestamp published pubdate updated dateline posted time datum fecha")
)
_KINDS = (
    ("caption", _CAPTION_WORDS),
    ("boilerplate", _BOILERPLATE_WORDS),
    ("byline", _BYLINE_WORDS),
    ("date", _DATE_WORDS),
)


@lru_cache(maxsize=8192)
def name_words(name: str) -> frozenset[str]:
    """The lower-case words of class names and ids: `relatedStories ad-box` -> related, stories, ad, box."""
    return frozenset(word.lower() for word in _NAME_WORD.findall(name))


@lru_cache(maxsize=8192)
def name_kind(name: str) -> str:
    """The kind of element that a name means: `boilerplate`, `caption`, `byline`, `date` or nothing."""
    words = name_words(name) | {part.lower() for part in re.split(r"[\s_-]+", name)}
    return next((kind for kind, tell_tale in _KINDS if words & tell_tale), "")


# A line after which the story has ended: it opens reader comments or a list of other stories.
_AFTER_STORY = late_pattern(
    r"""^[\W\d_]{0,6}(?:
      (?:facebook|website|reader|user|recent|latest|all|view|show|see|add|post|read|leave)?\s?(?:the\s)?(?:\d{1,5}\s)?(?:your\s)?comments?(?:\s?\(\d{1,5}\)|\s?\d{1,5})?(?:\son\sthis\sstory)?
      |(?:post|add|leave|write|submit)\s(?:a|your)\s(?:comment|reply|response).{0,40}
      |(?:join|start)\sthe\s(?:conversation|discussion).{0,40}
      |(?:part\sof\s)?complete\scoverage\b.{0,30}|social\sstreams?|leave\sa\sreply|comment\son\sthis\sstory|have\syour\ssay.{0,40}|what\sdo\syou\sthink\??
      |(?:today['’]s\s)?(?:related|similar|other|more|recommended|popular|top|latest|further)\s(?:stories|articles|news|links|content|coverage|headlines|posts|topics|reading|videos?)
      |(?:you\smay|you\smight)\s(?:also\s)?like.{0,30}|most\s(?:read|popular|viewed|shared|commented|e-?mailed)(?:\s(?:stories|news|articles|videos|posts|today|now|on\s.{1,20}|in\s.{1,20}))?
      |(?:read|see|on)\sthis\stopic|from\saround\sthe\sweb|around\sthe\sweb|sponsored\slinks|recommended\sfor\syou|trending(?:\snow)?|editors?['’]?s?\spicks?
      |kommentare?(?:\s?\(\d{1,5}\))?|mehr\szum\sthema|das\skönnte\ssie\sauch\sinteressieren|weitere\s(?:artikel|meldungen|nachrichten|themen)|lesen\ssie\sauch|ihr\skommentar|(?:leser|nutzer)(?:kommentare|meinungen|beiträge|reaktionen)(?:\s?\(\d{1,5}\))?|(?:beiträge|reaktionen|diskussion)\s?\(\d{1,5}\)|(?:ihre|deine)\smeinung
      |commentaires?(?:\s?\(\d{1,5}\))?|vos\s(?:réactions?|commentaires)(?:\s?\(\d{1,5}\))?|\d{1,5}\sréactions?|réactions?\s?\(\d{1,5}\)|(?:à\s)?lire\saussi|sur\sle\smême\s(?:sujet|thème)|réagir.{0,30}
      |comentarios?(?:\s?\(\d{1,5}\))?|(?:lea|lee|leer)\stambién|te\spuede\sinteresar|noticias\srelacionadas|\d{1,5}\sopiniones|opiniones\s(?:\(\d{1,5}\)|de\slos\slectores)|tu\sopinión|más\snoticias
      |leia\s(?:também|mais)|notícias\srelacionadas|leggi\sanche|articoli\scorrelati|commenti
      |czytaj\s(?:także|również|więcej)|zobacz\s(?:także|również)|komentarze(?:\s?\(\d{1,5}\))?|lees\sook|reacties
      |читайте\s(?:также|ещё|еще).{0,20}|по\sтеме|комментарии.{0,12}|похожие\sновости|другие\sновости
      |διαβάστε\s(?:επίσης|ακόμα|και|περισσότερα).{0,20}|σχετικά\s(?:άρθρα|θέματα|νέα)|σχόλια.{0,12}
      |اقرأ\s(?:أيضا|أيضًا|أيضاً|المزيد).{0,20}|التعليقات|مواضيع\sذات\sصلة|أخبار\sذات\sصلة
      |相关(?:新闻|阅读|报道|链接|专题|文章).{0,12}|相關(?:新聞|閱讀|報導|連結|文章).{0,12}|延伸閱讀.{0,12}|网友评论|網友評論|发表评论|我要评论|更多新闻|関連記事|コメント|관련\s?기사|댓글
    )[\s:.…»>-]{0,6}$""",
    re.IGNORECASE | re.VERBOSE,
)
_COMMENTS = late_pattern(
    r"comment|repl(?:y|ies)|response|conversation|discussion|your\ssay|you\sthink|kommentar|réagir|comentario|commenti|komentarz|reacties"
    r"|réaction|reaktion|meinung|diskussion|opinion|opinión|beitr|комментари|σχόλια|التعليقات|评论|評論|コメント|댓글",
    re.IGNORECASE,
)
# A line between or around a story's paragraphs that is not part of its text.
_BETWEEN = late_pattern(
    r"""^[\W_]{0,4}(?:
      advertisements?|(?:story|article)\s(?:continues|continued)\sbelow.{0,40}|continue\sreading.{0,60}|read\s(?:more|next|also|full\sstory).{0,120}|see\s(?:also|more)\b.{0,120}|more\s(?:on|from|about|here)\b.{0,80}
      |related(?:\s\w{1,20})?:.{0,160}|also\sread.{0,120}|watch:.{0,120}|video:.{0,120}|don['’]t\smiss.{0,120}|must\sread.{0,100}
      |(?:share|tweet|print|e-?mail|save|recommend|like|pin|reprints?|facebook|twitter|linkedin|whatsapp|reddit|pinterest|google\+?|digg|del\.icio\.us|stumbleupon|permalink|rss|copy\slink|text\ssize|font\ssize|a(?:\s?a){1,3}|bookmark)(?:[\s,|/]{1,4}(?:share|tweet|print|e-?mail|save|this|on|via|it|to|with|facebook|twitter|linkedin|whatsapp|reddit|pinterest|story|article|page|friends?|or|and|link|comments?)){0,10}
      |(?:sign\sup|subscribe|register|log\sin|sign\sin)\b.{0,160}|(?:follow|like|find|join)\s(?:us|me)\s(?:on|at)\b.{0,120}|get\s(?:the\slatest|our|news|breaking|daily).{0,160}
      |click\shere.{0,160}|tap\shere.{0,120}|enlarge(?:\s(?:this\s)?(?:image|photo|picture))?|view\s(?:photo|gallery|slideshow|larger).{0,60}|(?:hide|show)\scaption|(?:next|previous|prev|back|top|more|close|continued?|loading|home|full\sstory|play|pause|advertising|image|photo|photos|video|slideshow|gallery)[.…\s»>]{0,4}
      |(?:(?:do\syou\s)?have|got)\sa\s(?:news\s|story\s)?tip\?.{0,180}
      |back\sto\stop|skip\s(?:to|past|advertisement).{0,60}|\d{1,3}\sof\s\d{1,3}|page\s\d{1,3}(?:\sof\s\d{1,3})?|\d{1,5}\s(?:comments?|shares?|likes?|views?|votes?|recommendations?)
      |[\[(（【]?(?:责任编辑|責任編輯|责编|编辑|免责声明|特别声明|版权声明|稿件来源|新闻来源|标签|关键词|關鍵字).{0,200}
      |anzeige|werbung|teilen|drucken|publicité|publicidad|anuncio|реклама|διαφήμιση|إعلان|广告|廣告
      |(?:lesen\ssie|lesen\ssie\sauch|mehr\sdazu|siehe\sauch|à\slire|lire\saussi|lea\stambién|lee\stambién|vea\stambién|leia\stambém|leia\smais|leggi\sanche|leggi\spure|czytaj\stakże|zobacz\stakże|читайте\sтакже|читать\sдалее|διαβάστε\s(?:επίσης|ακόμα)|اقرأ\sأيضا|اقرأ\sأيضاً)\b.{0,160}
      |(?:tags?|topics?|keywords?|filed\sunder|categories|schlagwörter|mots-clés|etiquetas|теги|ключевые\sслова)\s?:.{0,200}
    )$""",
    re.IGNORECASE | re.VERBOSE,
)
_RIGHTS = late_pattern(
    r"©|\(c\)\s?(?:19|20)\d\d|\bcopyright\b|all rights reserved|may not be (?:published|reproduced|broadcast)"
    r"|alle rechte vorbehalten|tous droits réservés|todos los derechos reservados",
    re.IGNORECASE,
)
_PLACEHOLDER = late_pattern(r"\{\{[^{}]{1,120}\}\}|\$\{[\w.]{1,80}\}|<%=")  # of a script that never filled it
_RIGHTS_WORDS = word_list(
    "© (c) copyright reserved vorbehalten réservés reservados published reproduced broadcast"
)
_LINE_CHARS = 220
_OPENER_CHARS = 80
_RIGHTS_CHARS = 600


def follows_story(line: str) -> bool:
    """True if this line opens reader comments or a list of other stories: the story ends before it."""
    return len(line) <= _OPENER_CHARS and _AFTER_STORY.match(line) is not None


def opens_comments(line: str) -> bool:
    """True if a line after which the story has ended opens reader comments, not a list of other stories."""
    return _COMMENTS.search(line) is not None


def is_boilerplate_line(line: str) -> bool:
    """True if this line is an invitation, a button, the label of an advertisement, or text that a script should fill."""
    return len(line) <= _LINE_CHARS and (
        _BETWEEN.match(line) is not None or _PLACEHOLDER.search(line) is not None
    )


def is_rights_line(line: str) -> bool:
    """True if this line claims copyright."""
    if len(line) > _RIGHTS_CHARS:
        return False
    folded = (
        line.casefold()
    )  # one of these words is in every such line, and found in a tenth of the pattern's time
    return any(word in folded for word in _RIGHTS_WORDS) and _RIGHTS.search(line) is not None
