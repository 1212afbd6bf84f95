"""Stop and restart the import, and answer what the mirror asks before it marks many rows gone."""

from __future__ import annotations

from flask import Response, request, url_for

from clarin_web.accounts.access import current_member, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.kommo import asking, importing, jobs
from clarin_web.kommo.views.page import blueprint
from clarin_web.lib.errors import Invalid
from clarin_web.web.htmx import go


@blueprint.post("/import/end")
@requires(Permission.MANAGE_KOMMO)
def stop_import() -> Response:
    importing.stop_import(current_member())
    return go(url_for("kommo.progress"))


@blueprint.post("/import")
@requires(Permission.MANAGE_KOMMO)
def import_again() -> Response:
    connection = importing.import_again(current_member())
    jobs.enqueue_visit(connection.account_id, connection.id)
    return go(url_for("kommo.progress"))


@blueprint.post("/questions/<int:question_id>")
@requires(Permission.MANAGE_KOMMO)
def answer_question(question_id: int) -> Response:
    answer = request.form.get("answer")
    if answer not in ("mark", "keep"):
        raise Invalid("invalid", {"answer": "required"})
    asking.answer(current_member(), question_id, mark=answer == "mark")
    return go(url_for("kommo.index"))
