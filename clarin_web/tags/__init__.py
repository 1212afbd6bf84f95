"""Tags: one set per account, put on contacts, leads and chats. `name_key` makes "Lima" and "lima" one tag."""
