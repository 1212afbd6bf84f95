"""Readers of what people arrange and pass on: events, invitations, calls to come, polls, songs, answers of AI."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from clarin_web.devices.gateway import MessageKind
from clarin_web.devices.message_parts import Part
from clarin_web.devices.neonize_gateway.commerce import named
from clarin_web.devices.neonize_gateway.content_parts import (
    Reading,
    clean,
    joined,
    moment,
    music_parts,
    place_parts,
    said,
    with_value,
)

MAX_OPTIONS = 32
MILLISECONDS = 1000
_PARENT = 1  # groupType of a community


def poll(part: Any) -> Reading:
    """Votes name an option by its hash, so its text is kept to the letter, but for line ends."""
    options = "\n".join(clean(o.optionName).replace("\n", " ") for o in part.options[:MAX_OPTIONS])
    parts = joined(moment("ends", part.endTime), said("answer", part.correctAnswer.optionName))
    details = {"options": options, "choices": part.selectableOptionsCount}
    return Reading(MessageKind.POLL, clean(part.name), details, parts)


def poll_results(part: Any) -> Reading:
    votes = (
        Part("votes", clean(vote.optionName), str(vote.optionVoteCount))
        for vote in part.pollVotes[:MAX_OPTIONS]
    )
    return named("poll_results", part.name, tuple(votes))


def event(part: Any) -> Reading:
    place = part.location
    parts = joined(
        moment("starts", part.startTime),
        moment("ends", part.endTime),
        said("row", place.name, place.address),
        place_parts(place),
        said("text", part.description),
        with_value("link", "", part.joinLink),
    )
    code = "event_cancelled" if part.isCanceled else "event_call" if part.isScheduleCall else "event"
    return named(code, part.name, parts)


def event_invite(part: Any) -> Reading:
    parts = joined(
        said("title", part.eventTitle),
        moment("starts", part.startTime),
        moment("ends", part.endTime),
        with_value("link", "", part.callLink),
    )
    return named("event_cancelled" if part.isCanceled else "event_invite", part.caption, parts)


def group_invite(part: Any) -> Reading:
    code = "community_invite" if part.groupType == _PARENT else "group_invite"
    return named(
        code, part.caption, joined(said("title", part.groupName), moment("expires", part.inviteExpiration))
    )


def channel_invite(code: str) -> Callable[[Any], Reading]:
    def read(part: Any) -> Reading:
        until = part.inviteExpiration if "inviteExpiration" in part.DESCRIPTOR.fields_by_name else 0
        return named(code, part.caption, joined(said("title", part.newsletterName), moment("expires", until)))

    return read


def scheduled_call(part: Any) -> Reading:
    code = "scheduled_video_call" if part.callType == 2 else "scheduled_call"
    return named(code, part.title, tuple(moment("starts", part.scheduledTimestampMS // MILLISECONDS)))


def call(part: Any) -> Reading:
    """How a call ended, told by the phone that had it."""
    stage = "answered" if part.callOutcome in (0, 4, 5) else "declined" if part.callOutcome == 3 else "ended"
    details = {"call": stage, "video": part.isVideo, "seconds": part.durationSecs}
    return Reading(MessageKind.CALL, "", details)


def sticker_pack(part: Any) -> Reading:
    parts = joined(
        said("title", part.name), said("small", part.publisher), said("text", part.packDescription)
    )
    return named("sticker_pack", part.caption, parts)


def music(part: Any) -> Reading:
    return named("music", "", tuple(music_parts(part.embeddedMusic)))


def ai_answer(part: Any) -> Reading:
    """Texts, tables, code and the captions of pictures, in the order in which they stand."""
    return Reading(MessageKind.TEXT, "", {"named": "ai_answer"}, joined(*map(_ai_parts, part.submessages)))


def _ai_parts(piece: Any) -> Iterator[Part]:
    yield from said("text", piece.messageText)
    yield from with_value("link", piece.imageMetadata.imageText, piece.imageMetadata.tapLinkURL)
    yield from said("code", "".join(clean(block.codeContent) for block in piece.codeMetadata.codeBlocks))
    yield from said("section", piece.tableMetadata.title)
    for row in piece.tableMetadata.rows:
        yield from said("text", " · ".join(map(clean, row.items)))
    yield from said("text", piece.latexMetadata.text)
    for formula in piece.latexMetadata.expressions:
        yield from said("text", formula.latexExpression)
    for place in piece.mapMetadata.annotations:
        yield from with_value("row", place.title, place.body)
    for item in piece.contentItemsMetadata.itemsMetadata:
        yield from with_value("link", item.reelItem.title, item.reelItem.videoURL)
