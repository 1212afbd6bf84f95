"""The mentions of a message, as its context tells them, marked in its words."""

from __future__ import annotations

from typing import Any

from clarin_web.devices.mentions import MOST_MENTIONS, mark_mentions
from clarin_web.devices.neonize_gateway.addresses import address_from
from clarin_web.devices.neonize_gateway.content_parts import clean

ASSISTANT = "Meta AI"


def marked(text: str | bytes, context: Any) -> str:
    """As it is, without a context."""
    words = clean(text)
    if context is None or "@" not in words:
        return words
    mentions = [clean(jid) for jid in context.mentionedJID[:MOST_MENTIONS]]
    for bot in (jid.removesuffix("@bot") for jid in mentions if jid.endswith("@bot")):
        words = words.replace(f"@{bot}", f"@{ASSISTANT}") if bot.isdecimal() else words
    people = [address_from(jid) for jid in mentions]
    groups = {
        clean(group.groupJID).split("@")[0]: clean(group.groupSubject)
        for group in context.groupMentions[:MOST_MENTIONS]
    }
    return mark_mentions(words, filter(None, people), groups)
