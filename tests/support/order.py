"""Which tests share an xdist worker, and which begin first.

A file is done by one worker, so that what its tests share is made once; so are all files that share the Chromium.
Long ones begin first, for one that began last would end alone; `--costs` says how long each takes.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

OTHER_FILES_IN_BROWSER = {"test_devices_look", "test_rights", "test_browser"}
EACH_TEST_ALONE = {"test_kommo_equality"}
LONGEST = """
browser test_real_kills test_exactly_once test_production test_real_neonize test_real_neonize_weight test_kommo_killed
test_run test_hostile test_kommo_drift_page test_kommo_gone test_kommo_equality test_kommo_odd_rows test_supervisor
test_database_away test_real_neonize_verdicts test_kommo_cost test_kommo_rate test_real_neonize_profiles test_device_process
test_kommo_oauth test_kommo_custom_fields test_kommo_moves test_kommo_server_size test_kommo_stamps test_page_weight
test_kommo_progress_page test_any_order test_kommo_regions test_notes_apart test_kommo_replay_page test_kommo_healing
test_files_sent test_inbox_page test_kommo_webhook_deliveries test_kommo_replay test_kinds_shown test_kommo_ahead
test_services test_kommo_renames test_kommo_recorded test_kommo_shared_reach test_kommo_merges test_outgoing test_linking
test_kommo_webhooks test_kommo_between test_real_neonize_chats test_real_neonize_codes test_real_neonize_receipts
test_odd_values test_kommo_sync test_kommo_entities test_questions test_health test_worker_start test_upload_process
test_lead_list test_inbox_list
""".split()
PLACES = {name: number for number, name in enumerate(LONGEST)}


def group_of(nodeid: str) -> str:
    file = PurePath(nodeid.partition("::")[0])
    in_browser = file.stem.endswith("_browser") or file.stem in OTHER_FILES_IN_BROWSER
    return "browser" if in_browser or file.parent.name == "browser" else file.stem


def place_of(item: pytest.Item) -> int:
    return PLACES.get(group_of(item.nodeid), len(PLACES))


class Scheduler(LoadScopeScheduling):
    """xdist's own, which hands a worker a group whenever it has little left to do."""

    def __init__(self, config: pytest.Config, log: Any) -> None:
        config.option.loadscopereorder = False  # else by their number of tests
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        group = group_of(nodeid)
        return nodeid if group in EACH_TEST_ALONE else group
