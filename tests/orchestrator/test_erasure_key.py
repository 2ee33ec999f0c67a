"""Where the key comes from by which erased persons are known."""

import stat
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from orchestrator.config import Config, Database
from orchestrator.erasure_key import marks_of
from orchestrator.sections.compliance import Compliance
from outreach.marks import Marks
from storage import embedded


def test_a_configured_key_is_used(tmp_path: Path) -> None:
    key = "0123456789" * 4
    config = Config(
        database=Database(data_dir=tmp_path / "postgres"),
        compliance=Compliance(erasure_key=SecretStr(key)),
    )

    assert marks_of(config) == Marks(key.encode())
    assert key not in repr(config)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="32 characters"):
        Compliance(erasure_key=SecretStr("short"))


def test_none_is_made_up_for_a_server_that_others_use_too() -> None:
    config = Config(database=Database(url=SecretStr("postgresql://db.example.com/outreach")))

    assert marks_of(config) == Marks()


def test_our_own_server_has_a_key_beside_its_data_for_us_alone(tmp_path: Path) -> None:
    state, data = tmp_path / "state", tmp_path / "postgres"

    made = embedded.secret(data, "erasure.key", state_folder=state)

    assert embedded.secret(data, "erasure.key", state_folder=state) == made
    assert len(made) >= 32
    file = embedded.resting_place(data, state_folder=state) / "erasure.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert made != embedded.secret(tmp_path / "other", "erasure.key", state_folder=state)
