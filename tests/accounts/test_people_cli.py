"""What an operator types wrongly is answered with a sentence and the cure, and nothing is made of it."""

from __future__ import annotations

import pytest
import structlog
from click.testing import Result

from clarin_web.accounts.actions import create_account
from clarin_web.accounts.queries import account_ids
from clarin_web.lib.errors import Invalid

NEW = ["create-account", "--name", "Nueva", "--email", "nueva@clarin.test"]


def cli(app, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=arguments)


@pytest.mark.parametrize(
    ("option", "said", "cure"),
    [
        ("--time-zone", "Lima", "did you mean America/Lima?"),
        ("--time-zone", "America", "such as America/Lima"),
        ("--country", "Peru", "did you mean PE?"),
        ("--country", "", "such as PE"),
        ("--currency", "soles", "did you mean PEN?"),
    ],
)
def test_a_place_that_is_none_is_refused_at_the_start(app, option: str, said: str, cure: str) -> None:
    before = account_ids()
    refused = cli(app, *NEW, option, said)
    assert refused.exit_code == 2
    assert f"{said!r} is not a" in refused.output
    assert cure in refused.output
    assert account_ids() == before


def test_a_place_is_kept_in_its_own_spelling(app) -> None:
    made = cli(app, *NEW, "--time-zone", "america/bogota", "--country", "co", "--currency", "cop")
    assert made.exit_code == 0, made.output
    assert "password" in made.output


@pytest.mark.parametrize("said", [{"country": "Peru"}, {"currency": "soles"}, {"time_zone": "Lima"}])
def test_no_other_door_takes_such_a_place(said: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refusal:
        create_account("Nueva", **said)
    assert refusal.value.fields == dict.fromkeys(said, "unknown_choice")


def test_somebody_who_is_in_the_account_already_is_a_sentence_and_nothing_else(app, ana) -> None:
    email = f"twice@account-{ana.account_id}.test"
    again = ["create-user", "--account", str(ana.account_id), "--email", email, "--name", "Twice"]
    assert cli(app, *again).exit_code == 0
    with structlog.testing.capture_logs() as logged:
        refused = cli(app, *again)
    assert refused.exit_code == 1
    assert refused.output.strip() == (
        "Error: this person is in the account already; for a new password: reset-password EMAIL"
    )
    assert logged == [], "no connection was lost"
