"""Leads: one sales opportunity of a contact. List, board, lead page, and everything a person does to a lead.

Lead: title, value, stage, owner, tags. Closing: reaching a won or lost stage. Override: a field edited here
that Kommo also has; Kommo no longer writes it. This package is the one the other features imitate.
"""
