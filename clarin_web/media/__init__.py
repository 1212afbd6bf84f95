"""Files of messages: where their bytes are, what they really are, and who may have them.

Knows messages and chats by their rows only. Who downloads from WhatsApp is `devices.downloads`.
"""
