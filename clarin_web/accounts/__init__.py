"""Accounts, users, sessions, roles, and the one function that decides who may see what."""
