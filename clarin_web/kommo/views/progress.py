"""The import as people watch it: how far, how fast, how long still. All of it is in rows: a reload shows the same."""

from __future__ import annotations

from flask import Response, url_for

from clarin_web.accounts.access import current_member, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.kommo import actions, jobs, standing, stream_words
from clarin_web.kommo.views.page import blueprint, connection_context
from clarin_web.web.htmx import go, render


@blueprint.context_processor
def _stands() -> dict[str, object]:
    """What the pages say of streams, pace and time; asked for only where it is shown."""
    return {
        "stream_name": stream_words.stream_name,
        "list_sentence": stream_words.list_sentence,
        "stream_state": stream_words.stream_state,
        "census_sentence": stream_words.census_sentence,
        "state_sentences": stream_words.state_sentences,
        "when_next": stream_words.when_next,
        "for_long": stream_words.for_long,
        "standings_of": standing.standings,
        "pulse_of": standing.pulse,
        "next_read": standing.next_read,
        "pace_now": standing.pace,
    }


@blueprint.get("/progress")
@requires(Permission.MANAGE_KOMMO)
def progress() -> str:
    return render("kommo/progress.html", "kommo/_progress.html", **connection_context())


@blueprint.post("/progress/pause")
@requires(Permission.MANAGE_KOMMO)
def pause_import() -> Response:
    actions.pause(current_member())
    return go(url_for("kommo.progress"))


@blueprint.post("/progress/resumption")
@requires(Permission.MANAGE_KOMMO)
def resume_import() -> Response:
    connection = actions.resume(current_member())
    jobs.enqueue_visit(connection.account_id, connection.id)
    return go(url_for("kommo.progress"))
