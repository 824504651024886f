"""Settings: `comptoir.toml`, and the environment for secrets. The only reader of both.

A value written `"env:NAME"` is taken from the environment variable NAME; that is the one way a secret comes in.
Unknown keys are refused. Every fault is one line that names the file, the setting and an example, and all faults
come at once. docs/reference/settings.md lists every setting.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from comptoir import helpdesk
from comptoir.clock import Team
from comptoir.errors import BadInput, BadSettings
from comptoir.helpdesk import Desk
from comptoir.tables import (
    CounterTable,
    DeskTable,
    Learning,
    Preview,
    Server,
    Store,
    TeamTable,
    ThresholdsTable,
    Top,
    Work,
)
from comptoir.thresholds import Thresholds

FILE = "comptoir.toml"

_NESTED: Mapping[str, type[BaseModel]] = {
    "store": Store, "server": Server, "preview": Preview, "work": Work, "team": TeamTable,
    "thresholds": ThresholdsTable, "learning": Learning,
}

_M = TypeVar("_M", bound=BaseModel)
_Path = tuple[str, ...]


@dataclass(frozen=True)
class Settings:
    """All settings, checked. Its `repr` shows no secret and no store password."""

    file: Path | None = None
    locale: str = "en"
    agent_locale: str = "en"
    store: Store = field(default_factory=Store)
    server: Server = field(default_factory=Server)
    preview: Preview = field(default_factory=Preview)
    work: Work = field(default_factory=Work)
    learning: Learning = field(default_factory=Learning)
    desks: Mapping[str, Desk] = field(default_factory=dict)

    @property
    def store_url(self) -> str:
        """The store's address; a relative SQLite path is relative to the settings file."""
        _, sqlite, path = self.store.url.partition("sqlite:///")
        if not sqlite:
            return self.store.url
        folder = self.file.parent if self.file else Path()
        return f"sqlite:///{(folder / path).resolve()}"

    def state_file(self, name: str) -> Path:
        """Where a small file of ours is kept: `var/`, beside the settings file."""
        return (self.file.parent if self.file else Path()) / "var" / name

    def need_desks(self) -> Mapping[str, Desk]:
        """The desks; BadSettings where there is none: a server without a desk has nothing to do."""
        if not self.desks:
            raise BadSettings(f"{self.file or FILE}: desks is missing; `comptoir init` writes a file with an example")
        return self.desks


def read(file: Path | None = None) -> Settings:
    """The settings in `file`; without it those in `./comptoir.toml`, or the defaults where there is none.

    Raises BadSettings with one line a fault.
    """
    if file is None and not Path(FILE).exists():
        return Settings()
    path = file or Path(FILE)
    faults: list[str] = []
    data = _from_environment(_toml(path), (), faults)
    top = _check(Top, data, (), faults)
    desks = {name: _desk(name, table, top, faults) for name, table in top.desks.items()} if top else {}
    _raise(path, faults)
    assert top is not None  # a top that cannot be read has left a fault
    known = {name: desk for name, desk in desks.items() if desk is not None}
    return Settings(path, top.locale, top.agent_locale, top.store, top.server, top.preview, top.work, top.learning,
                    known)


def desk_for_try(file: Path | None, name: str) -> Desk:
    """The desk called `name`, else the only one, else a plain one: how it replies, without its secrets.

    What `comptoir try` needs, on machines too that know no credentials. Raises BadSettings.
    """
    if file is None and not Path(FILE).exists():
        return Desk(name=name, kind="", options=None)
    path = file or Path(FILE)
    faults: list[str] = []
    top = _check(Top, _toml(path), (), faults)
    _raise(path, faults)
    assert top is not None  # as above
    chosen = name if name in top.desks or len(top.desks) != 1 else next(iter(top.desks))
    table = {key: value for key, value in top.desks.get(chosen, {}).items() if key in CounterTable.model_fields}
    counter = _check(CounterTable, table, ("desks", chosen), faults)
    _raise(path, faults)
    assert counter is not None  # as above
    return _make_desk(chosen, "", counter, top, None)


def demo_once() -> bool:
    """DEMO_ONCE=1 in the environment: the demo ends by itself."""
    return os.environ.get("DEMO_ONCE", "0") not in ("", "0")


def example() -> str:
    """The commented settings that `comptoir init` writes; valid but for the environment variables it names."""
    return files("comptoir").joinpath("example.toml").read_text("utf-8")


def write_example(path: Path) -> None:
    """Write `example()` to `path`; BadInput where something is already there."""
    try:
        with path.open("x", encoding="utf-8") as out:
            out.write(example())
    except FileExistsError as error:
        raise BadInput(f"{path}: is already there; nothing was written") from error
    except OSError as error:
        raise BadInput(f"{path}: cannot be written: {error.strerror}") from error


def names() -> list[str]:
    """Every setting there is, as `store.url` or `desks.<name>.shop`; with those of every helpdesk."""
    options = [helpdesk.load(kind).Options for kind in helpdesk.names()]
    tables: list[type[BaseModel]] = [DeskTable, *options]
    of_desks = [name for table in tables for name in _names(table, "desks.<name>.")]
    return sorted({*_names(Top, ""), *of_desks})


def _names(table: type[BaseModel], prefix: str) -> Iterator[str]:
    for name in table.model_fields:
        if name in _NESTED and issubclass(table, Top | DeskTable):
            yield from _names(_NESTED[name], f"{prefix}{name}.")
        elif name != "desks":
            yield f"{prefix}{name}"


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise BadSettings(f"{path}: no such file; `comptoir init` writes one") from error
    except OSError as error:
        raise BadSettings(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path}: not TOML: {error}") from error


def _from_environment(value: Any, path: _Path, faults: list[str]) -> Any:
    """`value` with every "env:NAME" in it replaced; a variable that is not set is a fault."""
    if isinstance(value, dict):
        return {key: _from_environment(inner, (*path, key), faults) for key, inner in value.items()}
    if not (isinstance(value, str) and value.startswith("env:")):
        return value
    name = value.removeprefix("env:")
    if not os.environ.get(name):
        faults.append(f"{'.'.join(path)}: the environment variable {name} is not set; for example: export {name}=…")
    return os.environ.get(name) or value


def _desk(name: str, table: dict[str, Any], top: Top, faults: list[str]) -> Desk | None:
    common = {key: value for key, value in table.items() if key in DeskTable.model_fields}
    path = ("desks", name)
    desk = _check(DeskTable, common, path, faults)
    if desk is None:
        return None
    options = _check(
        helpdesk.load(desk.kind).Options,
        {key: value for key, value in table.items() if key not in common}, path, faults, tuple(DeskTable.model_fields),
    )
    return _make_desk(name, desk.kind, desk, top, options, desk.per_minute)


def _make_desk(
    name: str, kind: str, table: CounterTable, top: Top, options: BaseModel | None, per_minute: int = 90
) -> Desk:
    team = table.team or top.team
    return Desk(
        name=name, kind=kind, options=options, fields=table.fields, marketplaces=table.marketplaces, shop=table.shop,
        locale=table.locale or top.locale, agent_locale=table.agent_locale or top.agent_locale,
        team=Team(team.zone, team.hours, team.holidays), thresholds=Thresholds(**dict(top.thresholds)),
        per_minute=per_minute,
    )


def _check(model: type[_M], data: Any, path: _Path, faults: list[str], also: tuple[str, ...] = ()) -> _M | None:
    """`data` as `model`; every fault becomes a line, never with the value in it: it may be a secret."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False):
            where = tuple(str(part) for part in fault["loc"])
            faults.append(_explain(model, (*path, *where), where, fault["type"], fault["msg"], also))
    return None


def _explain(
    model: type[BaseModel], path: _Path, where: _Path, kind: str, message: str, also: tuple[str, ...]
) -> str:
    table = _table_of(model, where)
    if kind == "extra_forbidden":
        there = sorted({*table.model_fields, *also})
        near = get_close_matches(where[-1], there, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(there)}"
        return f"{'.'.join(path)}: no such setting; {hint}"
    info = table.model_fields.get(where[-1]) if where else None
    example = f"; for example {where[-1]} = {_example(path, info)}" if info else ""
    if kind == "missing":
        return f"{'.'.join(path)} is missing{example}"
    return f"{'.'.join(path)}: {message.removeprefix('Value error, ')}{example}"


def _table_of(model: type[BaseModel], where: _Path) -> type[BaseModel]:
    """The table that the last part of `where` stands in, as far as the models nest."""
    for part in where[:-1]:
        model = _NESTED.get(part, model)
    return model


def _example(path: _Path, info: FieldInfo) -> str:
    if info.annotation is SecretStr:
        return f'"env:{"_".join(path[1:]).upper().replace("-", "_")}"'
    return _as_toml(info.examples[0] if info.examples else "…")


def _as_toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {_as_toml(inner)}' for key, inner in value.items()) + "}"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def _raise(path: Path, faults: list[str]) -> None:
    if faults:
        raise BadSettings("\n".join(f"{path}: {fault}" for fault in faults))
