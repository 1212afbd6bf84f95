"""Files out: kept once, sent as what they are or were asked to be, refused in words, and on the wire whole."""

import hashlib
import io

import pytest
from PIL import Image
from sqlalchemy import delete, insert, update

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.devices.files import bytes_of, preview_of
from clarin_web.media.kinds import most_sent
from clarin_web.models import DoNotContact, Media, Message
from tests.media.test_voice import webm
from tests.support.claiming import claim_any

from .conftest import out


def picture(form="PNG", size=(200, 100)):
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, form)
    return out.getvalue()


def given(data=b"%PDF-1.4 hola", name="precios 2026.pdf", client_id="click-0001", **more):
    return {"file": (io.BytesIO(data), name), "client_id": client_id, **more}


def claim(phone):
    with tenant(phone.account_id):
        claimed = claim_any(phone.account_id, phone.device_id)
        data = bytes_of(claimed.message.file)
        preview = preview_of(claimed.message.file)
    release()
    return claimed.message, data, preview


def test_a_document_is_sent_once_under_its_own_name(phone, chat, bruno, vera, carla):
    for _click in range(2):
        answer = bruno.htmx_post(f"{chat}/files", given(caption="la lista"))
        assert answer.status == 200
    (row,) = out(phone)
    assert (row.kind, row.body, row.state, row.extra["file_name"]) == (
        "document", "la lista", "queued", "precios 2026.pdf",
    )  # fmt: skip
    (media,) = phone.rows(Media)
    assert (media.message_id, media.state, media.mime) == (row.id, "ready", "application/pdf")
    assert bruno.get(f"/media/{media.id}").status == 200
    message, data, preview = claim(phone)
    assert (message.kind, message.caption, message.file.name) == ("document", "la lista", "precios 2026.pdf")
    assert (data, preview) == (b"%PDF-1.4 hola", b"")
    for person, status in ((vera, 403), (carla, 404)):
        assert person.htmx_post(f"{chat}/files", given()).status == status
        assert person.get(f"{chat}/files").status == status


def test_a_file_may_answer_a_message(phone, chat, bruno):
    asked = phone.messages[0]
    bruno.htmx_post(f"{chat}/files", given(quoted_wa_id=asked.wa_id))
    assert (out(phone)[0].quoted_wa_id, out(phone)[0].quoted_preview) == (asked.wa_id, "Hola")
    assert claim(phone)[0].quoted.text == "Hola"
    assert bruno.htmx_post(f"{chat}/files", given(client_id="click-0002", quoted_wa_id="<b>")).status == 422


def test_a_picture_brings_a_small_one_and_may_be_a_document(phone, chat, bruno):
    bruno.htmx_post(f"{chat}/files", given(picture(), "foto.png"))
    bruno.htmx_post(f"{chat}/files", given(picture(), "foto.png", "click-0002", **{"as": "document"}))
    assert [row.kind for row in out(phone)] == ["image", "document"]
    message, data, preview = claim(phone)
    assert (message.file.width, message.file.height) == (200, 100)
    assert hashlib.sha256(data).hexdigest() == message.file.hash
    assert preview[:3] == b"\xff\xd8\xff"


def test_a_webp_is_the_photo_it_was_meant_to_be_or_a_sticker(phone, chat, bruno):
    moving = io.BytesIO()
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    frames[0].save(moving, "WEBP", save_all=True, append_images=frames[1:])
    for number, (data, asked) in enumerate(
        [
            (picture("WEBP"), "auto"),
            (picture("WEBP"), "sticker"),
            (moving.getvalue(), "auto"),
            (b"RIFF1234WEBP", "auto"),
        ]
    ):
        answer = bruno.htmx_post(
            f"{chat}/files", given(data, "a.webp", f"click-000{number}", **{"as": asked})
        )
        assert answer.status == 200
    assert [row.kind for row in out(phone)] == ["image", "sticker", "document", "document"]
    assert [file.mime for file in phone.rows(Media)][:2] == ["image/jpeg", "image/webp"]
    assert phone.rows(Media)[0].name == "a.jpg"


def test_a_photo_larger_than_phones_take_is_sent_smaller_and_one_nobody_can_shrink_as_a_document(
    phone, chat, bruno
):
    large = io.BytesIO()
    Image.new("RGB", (8160, 6120), "teal").save(large, "JPEG", quality=30, exif=b"")
    painted_over = io.BytesIO()
    Image.new("L", (8160, 6120)).save(painted_over, "JPEG", quality=30, progressive=True)
    for number, (data, asked) in enumerate(
        [(large.getvalue(), "auto"), (large.getvalue(), "document"), (painted_over.getvalue(), "auto")]
    ):
        form = given(data, "IMG 1.JPEG", f"click-000{number}", **{"as": asked})
        assert bruno.htmx_post(f"{chat}/files", form).status == 200
    assert [row.kind for row in out(phone)] == ["image", "document", "document"]
    sent, kept, _ = phone.rows(Media)
    assert (sent.name, sent.mime, (sent.width, sent.height)) == ("IMG 1.jpg", "image/jpeg", (4080, 3060))
    assert (kept.name, kept.thumb_hash != "", (kept.width, kept.height)) == ("IMG 1.JPEG", True, (8160, 6120))


def test_a_recording_is_a_voice_message_with_its_length(phone, chat, bruno):
    bruno.htmx_post(f"{chat}/files", given(webm(), "voice", caption="oye", **{"as": "voice"}))
    voice, words = out(phone)
    assert (voice.kind, voice.body, voice.extra["seconds"], words.body) == ("voice", "", 3, "oye")
    message, data, _ = claim(phone)
    assert (message.file.seconds, data[:4], message.file.mime) == (3, b"OggS", "audio/ogg")


@pytest.mark.parametrize(
    ("data", "asked", "why"),
    [
        (b"", "auto", "The file is empty."),
        (picture(), "sticker", "WebP picture"),
        (b"%PDF-1.4", "voice", "cannot be sent as a voice"),
    ],
)
def test_what_cannot_be_sent_is_refused_in_words(phone, chat, bruno, data, asked, why):
    answer = bruno.htmx_post(f"{chat}/files", given(data, "a.bin", **{"as": asked}))
    assert (answer.status, why in answer.text) == (422, True)
    page = bruno.post(f"{chat}/files", given(data, "a.bin", caption="hola", **{"as": asked}))
    assert (page.status, why in page.texts("#file-error")[0]) == (422, True)
    assert page.one("#caption").text.strip() == "hola"
    assert out(phone) == []


def test_too_large_is_refused_before_it_fills_anything(phone, chat, bruno):
    answer = bruno.htmx_post(f"{chat}/files", given(bytes(most_sent() + 1), "film.bin"))
    assert (answer.status, "32 MB at most" in answer.text) == (422, True)
    assert (out(phone), phone.rows(Media)) == ([], [])


def test_several_files_of_a_plain_form_leave_in_order_with_the_words_under_the_first(phone, chat, bruno):
    several = [(io.BytesIO(b"%PDF-1"), "a.pdf"), (io.BytesIO(b"%PDF-2"), "b.pdf")]
    assert (
        bruno.post(f"{chat}/files", {"file": several, "client_id": "click-0001", "caption": "van"}).status
        == 303
    )
    assert [(row.extra["file_name"], row.body) for row in out(phone)] == [("a.pdf", "van"), ("b.pdf", "")]


def test_the_words_under_a_file_can_be_changed_and_a_file_without_words_cannot(phone, chat, bruno):
    bruno.htmx_post(f"{chat}/files", given(picture(), "foto.png", caption="sien soles"))
    bruno.htmx_post(f"{chat}/files", {**given(picture(), "otra.png"), "client_id": "click-0002"})
    with tenant(phone.account_id), transaction():
        execute(update(Message).where(Message.direction == "out").values(state="sent"))
    release()
    worded, bare = (row.id for row in out(phone))
    assert bruno.get(f"/messages/{bare}/edit").status == 409
    assert bruno.get(f"/messages/{worded}/edit").one("textarea").text.strip() == "sien soles"
    bruno.post(f"/messages/{worded}/edit", {"body": "cien soles"})
    with tenant(phone.account_id):
        edit = claim_any(phone.account_id, phone.device_id).message
    release()
    assert (edit.text, edit.of.value) == ("cien soles", "image")


def test_a_file_is_forwarded_without_being_kept_again(phone, chat, bruno):
    bruno.htmx_post(f"{chat}/files", given(picture(), "foto.png"))
    bruno.post(f"/messages/{out(phone)[0].id}/forward", {"chat_id": phone.chat.id, "client_id": "click-0009"})
    first, again = phone.rows(Media)
    assert (first.hash, out(phone)[1].kind) == (again.hash, "image")
    assert again.message_id == out(phone)[1].id


def test_a_file_lost_from_the_disk_fails_and_says_so(phone, chat, bruno):
    bruno.htmx_post(f"{chat}/files", given())
    with tenant(phone.account_id), transaction():
        execute(delete(Media))
    release()
    with tenant(phone.account_id):
        assert claim_any(phone.account_id, phone.device_id) is None
    release()
    assert (out(phone)[0].state, out(phone)[0].failure) == ("failed", "file_lost")


def test_no_file_reaches_who_must_not_be_contacted(phone, chat, bruno):
    blocked = {"account_id": phone.account_id, "kind": "phone", "value": "+51987654321"}
    with tenant(phone.account_id), transaction():
        execute(insert(DoNotContact).values(**blocked))
    release()
    answer = bruno.htmx_post(f"{chat}/files", given())
    assert (answer.status, "asked not to be contacted" in answer.text) == (422, True)
    assert out(phone) == []
