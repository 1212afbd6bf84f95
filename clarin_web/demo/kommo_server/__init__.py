"""A Kommo that runs here: a real HTTP server over an in-memory World, with Kommo's limits, faults and webhooks.

    with KommoServer(generated(leads=200_000, contacts=200_000, seed=1), faults=Faults(rate=7), trap=True) as kommo:
        Client(kommo.url, kommo.token, …)
        Checker(kommo, rate=6).verify()          # no foreign host, no write, never over 6 in any second

World        verbs: add_lead/contact/company/user/pipeline/field/task/note/call/unsorted, change, move_stage, assign,
             tag, link, unlink, set_field, delete, restore, purge, merge, accept, decline, rename_*, remove_*,
             archive_pipeline; `move_clock(s)`, `bumps` (what stamps a row beside itself: tags links notes tasks),
             `merge_tells_absorbed`, `events_kept`, `equal_ids`, `to_json`/`from_json`, `listeners`
step(world)  one random act of `mutations.ACTS` (of `RARE` by name); `add_oddities(world)` rows nobody documents; `generated(...)` makes
             a world of any size lazily, `believable(...)` a small one
truth(world) {kind: {id: facts}} to compare a mirror with; `facts(world, kind)` streams it, `differences` words it
Faults       knobs: rate window rate_key retry_after retry_header rate_body block_after block_seconds public_base
             default_limit limit_over events_over_limit default_order events_order filters_enabled range_inclusive
             pipeline_filter_hides archived_listed loss_reason_shape empty_values string_ids clock_skew
             stale_seconds mutations_per_request is_unpaid webhook_status
             faults: add(kind, path, times, after=, status=, seconds=, count=, speed=, probability=), burst(n),
             storm(probability, kinds, seed=), block(s), clear(), log; kinds are `faults.KINDS`. SURVIVABLE ones (a
             storm's default) cost only time; SILENT ones hide rows that only a later pass over them brings back
KommoServer  .url .host .token .world .faults .seen (request log) .watchers .tokens (issue, revoke, code, exchange) .hooks
             (knobs: time_scale timeout disable_after coalesce delay drop duplicate reorder style malformed wrong_account
             tags_are_silent status_is_silent; log, wait(n), send(...)); `trap=True` makes links name a watched host.
             Several accounts: one server each, `Faults(limiter=shared)` to count them as one address, and
             `Checker(*servers)`
/_sim/*      the same over HTTP with header X-Sim: 1: truth state requests faults storm knobs hook-knobs hooks
             change do step clock tokens code check (`control.DOORS`)
"""

from clarin_web.demo.kommo_server.believable import believable
from clarin_web.demo.kommo_server.checker import Broken, Checker
from clarin_web.demo.kommo_server.clock import Clock
from clarin_web.demo.kommo_server.faults import Faults
from clarin_web.demo.kommo_server.generated import generated
from clarin_web.demo.kommo_server.mutations import step
from clarin_web.demo.kommo_server.odd import add_oddities
from clarin_web.demo.kommo_server.rate import RateLimit
from clarin_web.demo.kommo_server.server import KommoServer
from clarin_web.demo.kommo_server.truth import differences, facts, truth
from clarin_web.demo.kommo_server.world import World

__all__ = [
    "Broken",
    "Checker",
    "Clock",
    "Faults",
    "KommoServer",
    "RateLimit",
    "World",
    "add_oddities",
    "believable",
    "differences",
    "facts",
    "generated",
    "step",
    "truth",
]
