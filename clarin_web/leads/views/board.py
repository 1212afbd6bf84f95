"""The board of a pipeline: columns of cards, more of one column on scroll."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from sqlalchemy import Row

from clarin_web.accounts.access import current_user, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.leads.filters import LeadFilter
from clarin_web.leads.queries import board_columns, stage_cards
from clarin_web.leads.queries.board import CARDS, Column, together
from clarin_web.leads.queries.lists import Place
from clarin_web.leads.views import blueprint
from clarin_web.leads.views.list import chips, known_filter, refused_filter
from clarin_web.leads.views.shared import directory_of, sums_of
from clarin_web.lib.errors import Invalid, NotFound
from clarin_web.pipelines.starters import start_pipeline
from clarin_web.web.fragments import replace
from clarin_web.web.htmx import follows_link, go, render
from clarin_web.web.i18n import reader
from clarin_web.web.paging import decode_cursor, encode_cursor
from clarin_web.web.shown import shown_rows


@blueprint.get("/leads/board")
@requires(Permission.READ)
def main_board() -> str | Response:
    """With the list's filter: the board of the pipeline it names, else of the main one, with the same leads."""
    directory = directory_of(current_user().account_id)
    try:
        chosen = known_filter(directory)
    except Invalid as refusal:
        return refused_filter(refusal, url_for("leads.main_board"))
    stage = directory.stages.get(chosen.stage or 0)
    pipeline = directory.pipeline(chosen.pipeline or (stage.pipeline_id if stage else None))
    if pipeline := pipeline or next(iter(directory.pipelines), None):
        path = url_for("leads.board", pipeline_id=pipeline.id)
        return redirect(chosen.url(path, pipeline=None, limit=None), 303)  # type: ignore[return-value]
    return render_template("leads/no_pipeline.html")


@blueprint.post("/leads/board")
@requires(Permission.MANAGE_PIPELINES)
def begin() -> Response:
    """The first pipeline of an account that has none, in the words of who asks for it."""
    pipeline = start_pipeline(current_user().account_id, reader().locale)
    return go(url_for("leads.board", pipeline_id=pipeline.id))


@blueprint.get("/leads/board/<int:pipeline_id>")
@requires(Permission.READ)
def board(pipeline_id: int) -> str | Response:
    who = current_user()
    directory = directory_of(who.account_id)
    pipeline = directory.pipeline(pipeline_id)
    if pipeline is None:
        raise NotFound("pipeline")
    path = url_for("leads.board", pipeline_id=pipeline_id)
    try:
        chosen = known_filter(directory)
    except Invalid as refusal:
        return refused_filter(refusal, path)
    sums = sums_of(chosen, who, pipeline_id)
    columns = board_columns(chosen, who.member, who.time_zone, pipeline_id, sums)
    for column in columns:
        _show_as_before(chosen, column)
    context: dict[str, Any] = {
        "pipeline": pipeline,
        "columns": columns,
        "directory": directory,
        "chosen": chosen,
        "here": chosen.url(path),
        "path": path,
        "table": chosen.url(url_for("leads.lead_list"), pipeline=pipeline_id),
        "chips": chips(chosen, directory, path),
        "more": {
            column.stage.id: more_url(chosen, pipeline_id, column.stage.id, column.cards)
            for column in columns
        },
        "whole": together(column.sum for column in columns),
        "may_work": who.member.may(Permission.WORK),
    }
    html = render("leads/board.html", "leads/board/_board.html", **context)
    if not follows_link():
        return html
    return html + str(replace("board-filter", "leads/board/_filter.html", **context))


@blueprint.get("/leads/board/<int:pipeline_id>/stages/<int:stage_id>")
@requires(Permission.READ)
def board_stage(pipeline_id: int, stage_id: int) -> str | Response:
    """The next cards of one column; a page of their own without htmx."""
    who = current_user()
    directory = directory_of(who.account_id)
    pipeline, stage = directory.pipeline(pipeline_id), directory.stages.get(stage_id)
    if pipeline is None or stage is None or stage.pipeline_id != pipeline_id:
        raise NotFound("stage")
    try:
        chosen = known_filter(directory)
        updated_at, lead_id = decode_cursor(request.args.get("after", ""), ("time", "int"))
    except Invalid as refusal:
        return refused_filter(refusal, url_for("leads.board", pipeline_id=pipeline_id))
    cards, has_more = stage_cards(chosen, who.member, who.time_zone, stage_id, Place(updated_at, lead_id))
    return render(
        "leads/stage.html",
        "leads/board/_cards.html",
        pipeline=pipeline,
        stage=stage,
        cards=cards,
        directory=directory,
        more=more_url(chosen, pipeline_id, stage_id, cards) if has_more else "",
        may_work=who.member.may(Permission.WORK),
    )


def _show_as_before(chosen: LeadFilter, column: Column) -> None:
    """A column whose reader had loaded more keeps as many cards when the board asks again."""
    who, missing = current_user(), shown_rows(str(column.stage.id), CARDS) - len(column.cards)
    if missing <= 0 or not column.has_more:
        return
    last = column.cards[-1]
    place = Place(last.updated_at, last.id)
    cards, _more = stage_cards(chosen, who.member, who.time_zone, column.stage.id, place, missing)
    column.cards.extend(cards)


def more_url(chosen: LeadFilter, pipeline_id: int, stage_id: int, cards: Sequence[Row[Any]]) -> str:
    """The address of the cards after the last one shown."""
    if not cards:
        return ""
    path = url_for("leads.board_stage", pipeline_id=pipeline_id, stage_id=stage_id)
    return chosen.url(path, after=encode_cursor(cards[-1].updated_at, cards[-1].id))
