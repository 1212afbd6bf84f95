"""One chat's trouble is that chat's, over the wire of the real client: a lost answer, a file that will not go up."""

from __future__ import annotations

import pytest

from tests.support.whatsapp_line import Line

from .test_real_neonize import line, linked, whatsapp  # noqa: F401 -- fixtures

pytestmark = [pytest.mark.linux]
LARGE = 16 * 2**20


def test_a_file_that_does_not_go_up_and_an_answer_that_is_lost_hold_up_nobody_else(linked: Line) -> None:  # noqa: F811
    """whatsmeow itself would wait for the answer for 75 seconds, with its hands full, and call the message in doubt.

    No second is measured: the file is on its way from the first line to the last but four.
    """
    server, maria = linked.server, linked.server.people[-1]
    rosa, luis = (server.welcome(phone) for phone in ("51900000041", "51900000042"))
    server.media.answering.clear()
    file = linked.queue_file("document", b"%PDF" + bytes(LARGE), mime="application/pdf", name="a.pdf")
    behind = linked.queue("detrás del archivo")
    (path,) = linked.until(lambda: server.media.uploads)
    assert len(server.media.files[path]) > LARGE, "all of it went up, and is not answered"
    server.acknowledging = False
    lost = linked.queue("se pierde la respuesta", chat_id=linked.chat_with(rosa.phone))
    linked.until(lambda: rosa.received)
    server.acknowledging = True
    other = linked.queue("a Luis le llega", chat_id=linked.chat_with(luis.phone))
    linked.until(lambda: luis.received)
    linked.until(lambda: linked.message(lost).state == linked.message(other).state == "sent")
    assert [said.text for said in rosa.received] == ["se pierde la respuesta"], (
        "sent again, it is the same one"
    )
    assert [linked.message(one).state for one in (file, behind)] == ["sending", "queued"]
    server.media.answering.set()
    linked.until(lambda: linked.message(behind).state == "sent")
    assert maria.received[0].message.documentMessage.fileName == "a.pdf"
    assert [said.text for said in maria.received[1:]] == ["detrás del archivo"]
