"""What brought somebody to write: an ad or post they pressed, a link or code that leads to the chat, a catalog.

WhatsApp says it in the context of the first message, by codes of its own; those we have words for become `came`.
"""

from __future__ import annotations

import re
from typing import Any

from clarin_web.devices.neonize_gateway.content_parts import Details, clean

# Words of WhatsApp's codes, the first that occurs counts: "address_bar" is no ad.
_ENTRIES = tuple(
    (re.compile(rf"(^|[^a-z])({words})([^a-z]|$)"), came)
    for words, came in (
        ("ctwa|ads?", "ad"), ("click_to_chat|[a-z]*links?", "link"), ("qr|qr_?code", "code"),
        ("catalog|products?|shops?", "catalog"), ("status", "status"), ("pages?|profiles?", "page"),
        ("search", "search"),
    )
)  # fmt: skip


def provenance_of(context: Any) -> Details:
    """Nothing for almost every message. Without `came` it is a card that only shows a link."""
    if context is None:
        return {}
    found: Details = {**_card(context), **_campaign(context)}
    came = _came(context)
    return {**found, "came": came} if came else found


def _card(context: Any) -> Details:
    if context.HasField("quotedAd"):
        return {
            "ad_title": clean(context.quotedAd.advertiserName),
            "ad_body": clean(context.quotedAd.caption),
        }
    ad = context.externalAdReply
    return {
        "ad_title": clean(ad.title),
        "ad_body": clean(ad.body),
        "ad_url": clean(ad.sourceURL or ad.wtwaWebsiteURL or ad.mediaURL),
        "ad_app": clean(ad.sourceApp or context.entryPointConversionApp),
        "ad_id": clean(ad.sourceID or context.smbServerCampaignID or context.smbClientCampaignID),
        "ad_click": clean(ad.ctwaClid),
        "ad_ref": clean(ad.ref),
    }


def _campaign(context: Any) -> Details:
    return {
        "entry": clean(context.entryPointConversionSource or context.conversionSource),
        "utm_source": clean(context.utm.utmSource or context.entryPointConversionExternalSource),
        "utm_campaign": clean(context.utm.utmCampaign or context.entryPointConversionExternalMedium),
        "ad_signals": clean(context.ctwaSignals),
    }


def _came(context: Any) -> str:
    ad = context.externalAdReply
    if clean(ad.sourceType).lower() == "post":
        return "post"
    told = (
        ad.ctwaClid
        or ad.sourceID
        or ad.showAdAttribution
        or context.HasField("quotedAd")
        or context.ctwaPayload
    )
    if told or clean(ad.sourceType).lower() == "ad":
        return "ad"
    entries = [clean(code).lower() for code in (context.entryPointConversionSource, context.conversionSource)]
    if any(entries):
        named = (came for entry in entries for code, came in _ENTRIES if code.search(entry))
        return next(named, "")
    return "link" if context.utm.utmSource or context.utm.utmCampaign else ""
