"""The pipeline an account starts with, in its language, and the door by which accounts are opened."""

from __future__ import annotations

from dataclasses import dataclass

from clarin_web.accounts.actions import create_account
from clarin_web.db import take_turns, tenant, transaction
from clarin_web.pipelines.actions import create_pipeline
from clarin_web.pipelines.queries import PipelineView, pipelines_of


@dataclass(frozen=True, slots=True)
class Starter:
    """Words for what nearly everybody who sells by chat does; each company changes them later."""

    name: str
    open_stages: tuple[str, ...]
    won: str
    lost: str


STARTERS = {
    "es": Starter(
        "Ventas", ("Nuevo", "Contactado", "Cotización enviada", "Negociación"), "Ganado", "Perdido"
    ),
    "en": Starter("Sales", ("New", "Contacted", "Quote sent", "Negotiation"), "Won", "Lost"),
    "pt": Starter("Vendas", ("Novo", "Em contato", "Orçamento enviado", "Negociação"), "Ganho", "Perdido"),
}


def open_account(name: str, *, country: str, currency: str, time_zone: str, locale: str) -> int:
    """A new account that can hold its first lead. Returns its id."""
    with transaction():
        account_id = create_account(name, country=country, currency=currency, time_zone=time_zone)
        with tenant(account_id):
            start_pipeline(account_id, locale)
        return account_id


def start_pipeline(account_id: int, locale: str) -> PipelineView:
    """The account's main pipeline; one is made where there is none, by two clicks at once too."""
    with transaction():
        take_turns(f"pipeline:{account_id}")
        if not pipelines_of(account_id):
            words = STARTERS.get(locale, STARTERS["es"])
            create_pipeline(
                account_id, words.name, words.open_stages, won=words.won, lost=words.lost, is_main=True
            )
        return pipelines_of(account_id)[0]
