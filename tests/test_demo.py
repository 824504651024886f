"""`comptoir demo` as a newcomer sees it: it ends by itself, and every ticket went the whole way."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from comptoir.demo import demo_tickets, seeds


def test_the_demo_runs_the_whole_way_and_draws_its_picture(tmp_path: Path) -> None:
    picture = tmp_path / "demo.svg"
    done = subprocess.run(
        [sys.executable, "-m", "comptoir", "demo", "--picture", str(picture)], capture_output=True, text=True,
        env={**os.environ, "DEMO_ONCE": "1", "COLUMNS": "200"}, cwd=tmp_path, timeout=120, check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "one with a bad signature: 401" in done.stdout
    assert f"{len(seeds())} notes on {len(seeds())} tickets, at most 1 on each" in done.stdout
    for word in ("rakuten_fr", "aliexpress", "taobao", "tmall", "zh_Hans", "zh_Hant", "evidence_requested"):
        assert word in done.stdout
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d", done.stdout)
    assert "<svg" in picture.read_text(encoding="utf-8")
    assert not (tmp_path / "comptoir.toml").exists()


def test_the_demos_tickets_are_of_every_marketplace_language_and_kind() -> None:
    tickets = demo_tickets(datetime(2026, 11, 22, 9, tzinfo=UTC))

    assert len(tickets) >= 20
    assert sum(bool(seed.get("twice")) for seed in seeds()) >= 2
