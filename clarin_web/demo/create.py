"""Write Andina Norte into the database: once, in one transaction."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select, text, update

from clarin_web.accounts.actions import create_account, create_user
from clarin_web.accounts.queries import account_ids
from clarin_web.db import execute, tenant, transaction
from clarin_web.demo import catalogue, kommo_world, office, past
from clarin_web.models import Account, Membership


@dataclass(frozen=True, slots=True)
class Made:
    """The owner's way in; `password` is shown once and kept nowhere."""

    email: str
    password: str


def create_demo(state_dir: Path, kommo_url: str) -> Made | None:
    """The demo account with everything in it; None when it is already there."""
    now = datetime.now(UTC)
    kommo = kommo_world.build(now)
    password = secrets.token_urlsafe(12)
    with transaction():
        execute(text("SELECT pg_advisory_xact_lock(hashtext('clarin demo'))"))
        if any(map(_is_demo, account_ids())):
            return None
        account_id = create_account(catalogue.ACCOUNT, is_demo=True)
        with tenant(account_id):
            sellers = _sellers(account_id, kommo, password)
            made = office.furnish(account_id, sellers, kommo)
            past.write(made, kommo, now)
            office.connect_kommo(made, kommo, kommo_url)
            office.script_devices(made, state_dir)
    kommo_world.save(kommo, state_dir / kommo_world.FILE)
    return Made(catalogue.SELLERS[0].email, password)


def _is_demo(account_id: int) -> bool:
    with tenant(account_id):
        return bool(execute(select(Account.is_demo)).scalar_one())


def _sellers(account_id: int, kommo: kommo_world.Kommo, password: str) -> list[int]:
    """Only the owner has a known password: the others sign in after `reset-password`."""
    ids = []
    for seller, kommo_id in zip(catalogue.SELLERS, kommo.users, strict=True):
        chosen = password if seller.role == "owner" else secrets.token_urlsafe(24)
        ids.append(
            create_user(account_id, email=seller.email, name=seller.name, password=chosen, role=seller.role)
        )
        execute(update(Membership).where(Membership.user_id == ids[-1]).values(kommo_user_id=kommo_id))
    return ids
