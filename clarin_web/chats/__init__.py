"""Conversations. Chat: one contact or group on one device. Message: one bubble; its state only moves forward.

Leads are siblings: the two meet through URLs and facts, never through imports.
"""
