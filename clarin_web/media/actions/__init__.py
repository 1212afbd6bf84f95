"""What changes files: announced, downloaded, looked at, uploaded. Each step is a row with a state (see models)."""

from clarin_web.media.actions.announcing import ask_again, expect
from clarin_web.media.actions.examining import examine
from clarin_web.media.actions.fetching import Claimed, arrived, claim, gave_up, let_go, try_later
from clarin_web.media.actions.portraits import expect_portrait, take_down
from clarin_web.media.actions.uploading import attach, copy, forget_unsent, store_upload

__all__ = [
    "Claimed",
    "arrived",
    "ask_again",
    "attach",
    "claim",
    "copy",
    "examine",
    "expect",
    "expect_portrait",
    "forget_unsent",
    "gave_up",
    "let_go",
    "store_upload",
    "take_down",
    "try_later",
]
