"""A WhatsApp of our own on the loopback, for the real neonize client: just enough of the protocol to tell stories.

`server.WhatsappServer` is the door. It proves our gateway and neonize, not what WhatsApp does today.
"""
