"""The person: contacts, the identities they are recognised by, merges and the do-not-contact list.

Identity: one way to recognise a contact. Provisional: known by a WhatsApp private id (LID) only.
"""
