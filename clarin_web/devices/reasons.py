"""Why a number is not connected, in plain sentences: what happened, and what to do.

A reason is a code of the gateway's (`neonize_gateway/verdicts.py`, states.py, sending.py), perhaps with WhatsApp's
number behind a colon.
"""

from __future__ import annotations


def _later(message: str) -> str:
    """Declared here, translated when shown."""
    return message


N_ = _later
REASONS = {
    "no_network": N_(
        "The server does not reach WhatsApp. It is tried again by itself; if that goes on, tell whoever "
        "runs the server."
    ),
    "code_expired": N_("The code expired before anybody scanned it. Ask for a new one."),
    "no_answer": N_("WhatsApp does not answer. It is tried again by itself."),
    "connection_lost": N_("The connection was lost. It is tried again by itself."),
    "unlinked_on_phone": N_(
        "The link was removed on the phone. Scan a new code to use it again; chats are kept."
    ),
    "connected_elsewhere": N_(
        "Another program uses this link, perhaps another Clarin. Stop it there, then connect again here."
    ),
    "needs_upgrade": N_("WhatsApp asks for a newer version of Clarin. Tell whoever runs the server."),
    "number_already_linked": N_(
        "This number is already another device of this account. Link it again there."
    ),
    "other_number": N_(
        "That is another number. The chats here belong to this one: link it again, or add a device for "
        "the other."
    ),
    "number_unusable": N_("WhatsApp does not take this number. Check it, or scan a code instead."),
    "too_many_codes": N_("WhatsApp gives no more codes for now. Wait an hour, or scan a code instead."),
    "code_refused": N_("WhatsApp gave no code for this number. Try again, or scan a code instead."),
    "unknown_answer": N_("WhatsApp sent something this version does not understand. It is connecting again."),
    "banned": N_("WhatsApp has blocked this number for a while and does not say why."),
    "session_damaged": N_(
        "This number's link was damaged on the server. Link it again: all chats are kept. The damaged "
        "file is kept too."
    ),
    "session_lost": N_("The server has lost this number's link. Link the number again: all chats are kept."),
    "session_unusable": N_(
        "The server cannot read or write this number's link. Tell whoever runs it; then it connects by "
        "itself."
    ),
    "disk_full": N_(
        "The server's disk is full. Tell whoever runs it; with room again it connects by itself."
    ),
    "proxy_unusable": N_(
        "The proxy of this number cannot be used, so nothing goes out. Write it again on the number's page."
    ),
    "whatsapp_busy": N_(
        "WhatsApp has trouble of its own and takes no connection. It is tried again by itself."
    ),
    "login_refused": N_(
        "WhatsApp refuses the connection. It is tried again by itself, less and less often. Open WhatsApp on "
        "the phone: it may ask for something there. If nothing helps, unlink it here and link the number again."
    ),
    "kicked": N_(
        "WhatsApp ends the connection each time it has begun. It is tried again by itself, less and less "
        "often. Open WhatsApp on the phone and see whether it warns of something; see too that no other "
        "program uses this link."
    ),
    "stream_error": N_("WhatsApp ended the connection. It is tried again by itself."),
    "library_failed": N_(
        "The connection failed inside Clarin. It is tried again by itself; if that goes on, tell whoever "
        "runs the server."
    ),
    "phone_locked": N_(
        "WhatsApp has signed this number out everywhere: it was blocked, or moved to another phone. Open "
        "WhatsApp on the phone: it says which. Then link the number again; chats are kept."
    ),
    "banned_strangers": N_(
        "WhatsApp has blocked this number for a while: it wrote to too many people who do not have it "
        "among their contacts."
    ),
    "banned_blocked": N_("WhatsApp has blocked this number for a while: too many people blocked it."),
    "banned_groups": N_(
        "WhatsApp has blocked this number for a while: it made too many groups with people who do not "
        "have it among their contacts."
    ),
    "banned_same": N_(
        "WhatsApp has blocked this number for a while: it sent the same message to too many people."
    ),
    "banned_lists": N_("WhatsApp has blocked this number for a while: it sent too much to a broadcast list."),
    "banned_for_good": N_(
        "WhatsApp has banned this number and removed its links. Open WhatsApp on the phone: a review can "
        "be asked for there. When it is allowed again, link it anew; chats are kept."
    ),
    "pairing_cut": N_("The connection was lost while the number was being linked. Ask for a new code."),
    "pairing_mismatch": N_(
        "The phone and Clarin did not agree on the link, so it was not made. Ask for a new code and scan "
        "it again."
    ),
    "pairing_failed": N_(
        "Linking did not work. If the phone shows a new linked device, remove it there, then ask for a "
        "new code."
    ),
    "pairing_passkey": N_(
        "The phone wants to confirm the link with a passkey, which Clarin cannot answer. Turn passkeys "
        "off in WhatsApp on the phone while you link, or link with a phone number."
    ),
    "phone_outdated": N_(
        "WhatsApp on the phone is too old to link devices. Update it there, then ask for a new code."
    ),
    "session_unwritable": N_(
        "The link could not be kept on the server's disk. Tell whoever runs it, remove the new device on "
        "the phone, then ask for a new code."
    ),
}
# The same where WhatsApp gave a number, for whoever is asked for help.
CODED = {
    "login_refused": N_(
        "WhatsApp refuses the connection (code %(code)s). It is tried again by itself, less and less often. "
        "Open WhatsApp on the phone: it may ask for something there. If nothing helps, unlink it here and link the "
        "number again."
    ),
    "stream_error": N_("WhatsApp ended the connection (code %(code)s). It is tried again by itself."),
}
UNTOLD = N_("WhatsApp could not be told: remove the new device on the phone, under Linked devices.")
BANNED = N_(
    "See on the phone until when, and connect the number again after that. Then write less, and slower."
)
BANNED_UNTIL = N_(
    "The block lasts until %(when)s. Connect the number again after that, and write less, and slower."
)
BAN_OVER = N_("The block ended %(when)s. Connect the number again, and write less, and slower.")
