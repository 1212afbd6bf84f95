"""The risk of a number as one would tell it to its owner: one word, then why, line by line."""

from __future__ import annotations

from collections.abc import Iterator

from clarin_web.devices.governor import UNANSWERED_DAYS, WARM_UP
from clarin_web.devices.queries import DeviceRow
from clarin_web.devices.risk import Risk
from clarin_web.devices.words import restriction_sentence
from clarin_web.web.formats import dt
from clarin_web.web.i18n import gettext as _
from clarin_web.web.i18n import ngettext

COLORS = {"low": "ok", "medium": "warn", "high": "bad"}


def shown(risk: Risk, device: DeviceRow) -> dict[str, object]:
    """What `devices/_risk.html` needs."""
    return {
        "risk_name": {"low": _("Low"), "medium": _("Medium"), "high": _("High")}[risk.level],
        "risk_color": COLORS[risk.level],
        "risk_advice": _advice(risk),
        "risk_lines": _lines(risk),
        "restriction": restriction_sentence(device),
    }


def _advice(risk: Risk) -> str:
    return {
        "low": _("Go on like this: let customers write first, and answer them."),
        "medium": _("Write first to fewer people, or wait until some of them answer."),
        "high": _("WhatsApp has objected. Write first to nobody for some days; go on answering."),
    }[risk.level]


def _lines(risk: Risk) -> list[tuple[str, str]]:
    """(icon, sentence): of age, today, silence, quiet hours, refusals."""
    return [("info", _age(risk)), *_today(risk), ("message-circle", _silence(risk)), ("clock", _quiet(risk)),
            *_refused(risk)]  # fmt: skip


def _age(risk: Risk) -> str:
    weeks = WARM_UP[-1][0].days // 7
    if risk.step is None:
        return _("This number has been here for more than %(weeks)s weeks: its own limits hold.", weeks=weeks)
    return _(
        "This number is new here (day %(day)s): for now it writes first to %(people)s people a day who never "
        "wrote to it. That grows over %(weeks)s weeks.",
        people=risk.step,
        day=risk.days + 1,
        weeks=weeks,
    )


def _today(risk: Risk) -> Iterator[tuple[str, str]]:
    most, before = risk.strangers_most, risk.today.get("answered", 0)
    if most is None:
        yield "send", _("Written to first today, without a limit: %(n)s.", n=risk.strangers_today)
    else:
        yield (
            "send",
            _(
                "Written to first today: %(n)s of %(most)s who never wrote to this number.",
                n=risk.strangers_today,
                most=most,
            ),
        )
    if before:
        yield "send", _("And %(n)s who had written before, more than a week ago.", n=before)


def _silence(risk: Risk) -> str:
    if risk.limits.unanswered is None:
        return _(
            "Of the people written to first in %(days)s days, %(n)s have not answered. There is no limit.",
            n=risk.unanswered,
            days=UNANSWERED_DAYS,
        )
    return _(
        "Of the people written to first in %(days)s days, %(n)s have not answered. At %(most)s it stops "
        "writing to new ones.",
        n=risk.unanswered,
        days=UNANSWERED_DAYS,
        most=risk.limits.unanswered,
    )


def _quiet(risk: Risk) -> str:
    begin, end = risk.limits.quiet_from, risk.limits.quiet_to
    if begin is None or end is None or begin == end:
        return _("No quiet hours: it may write first at night too.")
    if risk.quiet_until:
        return _(
            "Quiet hours now: it writes first to nobody until %(when)s.", when=dt(risk.quiet_until, "until")
        )
    return _(
        "Quiet hours from %(begin)s to %(end)s: then it writes first to nobody.",
        begin=begin.isoformat("minutes"),
        end=end.isoformat("minutes"),
    )


def _refused(risk: Risk) -> Iterator[tuple[str, str]]:
    if risk.refused:
        yield (
            "circle-alert",
            ngettext(
                "WhatsApp refused %(num)s message since yesterday: see why below.",
                "WhatsApp refused %(num)s messages since yesterday: see why below.",
                risk.refused,
            ),
        )
