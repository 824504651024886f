"""What ships: one top-level name, with packs, templates, catalogues and helpdesks inside, found from any folder."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.checkout

LOOK_AROUND = """
from importlib.resources import files
from comptoir import helpdesk, rules, reply
packs, macros = rules.load(), reply.load()
assert {"rakuten_fr", "aliexpress", "taobao", "tmall"} <= set(packs.marketplaces), packs.marketplaces
assert {"en", "fr", "zh_Hans", "zh_Hant"} <= set(macros.locales), macros.locales
assert "zendesk" in helpdesk.names() and helpdesk.load("zendesk").Options
print(files("comptoir"))
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel, built from a copy so that the checkout stays clean."""
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--quiet", "--outdir", out, copy_of_checkout(tmp_path_factory.mktemp("src")))
    return out


def run(*command: object, cwd: Path | None = None) -> str:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def copy_of_checkout(into: Path) -> Path:
    names = run("git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=ROOT).splitlines()
    for name in names:
        if (ROOT / name).is_file():
            target = into / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
    return into


def test_the_wheel_has_one_top_level_name_and_carries_its_data(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = wheel.namelist()

    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"comptoir"}
    for needed in ("comptoir/packs/rakuten_fr/policies.yaml", "comptoir/hooks/zendesk/client.py", "comptoir/py.typed",
                   "comptoir/locales/fr/LC_MESSAGES/comptoir.po", "comptoir/templates/internal/note.html.j2",
                   "comptoir/preview/macro.html.j2", "comptoir/preview/style.css"):
        assert needed in names
    assert not [name for name in names if "fixtures" in name or "__pycache__" in name]


def test_the_sdist_carries_tests_fixtures_and_docs(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}

    assert {"tests/test_packaging.py", "README.md", "LICENSE", "CHANGELOG.md", "hooks/zendesk/README.md"} <= names
    assert any(name.startswith("hooks/zendesk/fixtures/") for name in names)


@pytest.mark.parametrize("how", ["wheel", "editable"])
def test_an_installation_finds_everything_from_any_folder(
    built: Path, how: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    venv.create(tmp_path / "venv", system_site_packages=False, with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    what = [next(built.glob("*.whl"))] if how == "wheel" else ["--editable", copy_of_checkout(tmp_path / "src")]
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *what)

    where = run(python, "-W", "error", "-c", LOOK_AROUND, cwd=tmp_path)

    assert ("site-packages" in where) == (how == "wheel")
    assert run(tmp_path / "venv" / "bin" / "comptoir", "--version", cwd=tmp_path).strip()
