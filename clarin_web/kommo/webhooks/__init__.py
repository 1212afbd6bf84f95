"""Kommo tells us what changed: turning that on and off, hearing it, and asking Kommo about it.

A delivery is a hint and nothing more: what is true is read from Kommo by id. Losing one costs a minute, because
polling goes on.
"""
