"""Recipes and config files: TOML in, a checked `RunConfig` out, and back again."""

from __future__ import annotations

import os
import tomllib
from copy import deepcopy
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli_w
from pydantic import ValidationError

from cdcl.atomic import write_text
from cdcl.bounded import read_toml
from cdcl.config.methods import METHOD_CONFIGS
from cdcl.config.run import RunConfig
from cdcl.config.unknown_settings import setting_names, unknown_setting
from cdcl.errors import ConfigError, unknown_name
from cdcl.wording import option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic_core import ErrorDetails

Table = dict[str, Any]


def list_recipes() -> dict[str, str]:
    """Name every shipped recipe, with its one sentence.

    Returns
    -------
    dict
        Names to sentences, in the order of names.
    """
    return {name: str(_read_recipe(name).get("about", "")) for name in sorted(_recipe_names())}


def load_config(recipe_or_file: str, overrides: Sequence[str] = ()) -> RunConfig:
    """Read a shipped recipe by name, or a TOML file by path, and apply overrides.

    Parameters
    ----------
    recipe_or_file
        A name from `list_recipes`; or a path, which ends in .toml or is a file.
    overrides
        Settings as on the command line, `section.setting=value`; of several for one setting the last counts.

    Returns
    -------
    RunConfig
        Checked: every setting known and within its range.

    Raises
    ------
    ConfigError
        If there is no such recipe or file, the file is not valid TOML, or a setting is unknown or out of range.
    """
    table = _read(recipe_or_file)
    for override in overrides:
        _override(table, override)
    return check_config(table, where=recipe_or_file)


def configure(table: Table, overrides: Sequence[str], where: str) -> RunConfig:
    """Turn a plain table into a config after applying `a.b=c` overrides; errors are those of `load_config`."""
    for override in overrides:
        _override(table, override)
    return check_config(table, where=where)


def check_config(table: Table, where: str) -> RunConfig:
    """Turn a plain table into a `RunConfig`.

    Parameters
    ----------
    table
        Nested, as TOML gives it.
    where
        What the table is called in an error, such as its file.

    Raises
    ------
    ConfigError
        If a setting is unknown or out of range; it names the setting, its value and what is allowed.
    """
    try:
        return RunConfig.model_validate(table)
    except ValidationError as error:
        lists = _with_lists(table, error.errors())
        if lists is not None:
            return check_config(lists, where)
        raise ConfigError(f"{where}: {_explain(error)}") from error


_LISTS = ("tuple_type", "list_type", "set_type")


def _with_lists(table: Table, problems: Sequence[ErrorDetails]) -> Table | None:
    """Make lists of words and comma lists where a setting wants one, as in `split.validation=b1`; None where none does.

    Quotes and brackets rarely survive a shell, and `0.4,1.0` is not valid TOML.
    """
    changed = False
    result = deepcopy(table)
    for problem in problems:
        value = problem["input"]
        place = [part for part in problem["loc"] if part not in METHOD_CONFIGS]
        if problem["type"] in _LISTS and isinstance(value, (str, int, float)):
            parts = [part.strip() for part in value.split(",")] if isinstance(value, str) else [value]
            changed |= _put(
                result, place, [_value(part) if isinstance(part, str) else part for part in parts if part != ""]
            )
        elif problem["type"] == "string_type" and len(place) > 1 and isinstance(place[-1], int):
            changed |= isinstance(value, (int, float)) and _put(result, place, str(value))
    return result if changed else None


def _put(table: Table, place: Sequence[str | int], value: object) -> bool:
    """Set what stands at `place` of a nested table; tells whether there was something."""
    inside: Any = table
    try:
        for part in place[:-1]:
            inside = inside[part]
        inside[place[-1]] = value
    except (LookupError, TypeError):
        return False
    return True


def write_config(config: RunConfig, path: Path) -> None:
    """Write `config` as TOML, with every default spelled out, in one move.

    Parameters
    ----------
    path
        Where; a file that stands there is replaced.

    Raises
    ------
    DiskError
        If it cannot be written.
    """
    write_text(path, dump_config(config))


def dump_config(config: RunConfig) -> str:
    """Give `config` as TOML text; settings that are None are left out."""
    return tomli_w.dumps(config.model_dump(mode="json", exclude_none=True))


def _read(recipe_or_file: str) -> Table:
    path = Path(recipe_or_file)
    if path.suffix == ".toml" or path.is_file():
        return _parse(path)
    if recipe_or_file not in _recipe_names():
        raise ConfigError(
            unknown_name("recipe", recipe_or_file, _recipe_names()) + " Or give the path of a .toml file."
        )
    return _read_recipe(recipe_or_file)


def _parse(path: Path) -> Table:
    if not os.path.lexists(path):
        raise ConfigError(f"no config file at {path}.")
    return read_toml(path, ConfigError)


def _recipe_names() -> list[str]:
    folder = files("cdcl").joinpath("recipes")
    return [entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")]


def _read_recipe(name: str) -> Table:
    text = files("cdcl").joinpath("recipes", f"{name}.toml").read_text(encoding="utf-8")
    return {"recipe": name, **tomllib.loads(text)}


def _override(table: Table, override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals or not key.strip():
        raise ConfigError(
            f"{option('set')} {override}: write it as name=value, such as {option('set')} optimizer.lr=1e-3."
        )
    *parents, leaf = key.strip().split(".")
    for parent in parents:
        table = table.setdefault(parent, {})
        if not isinstance(table, dict):
            raise ConfigError(f"{option('set')} {override}: '{parent}' is a single value, it has no settings inside.")
    table[leaf] = _value(text.strip())


def _value(text: str) -> Any:
    """Read `text` as TOML would; what TOML cannot read is taken as a string."""
    try:
        return tomllib.loads(f"x = {text}")["x"]
    except (tomllib.TOMLDecodeError, ValueError, RecursionError):
        return text


_SECTION = "that is a section; set what is in it, such as {name}.NAME=VALUE"
_WORDS = {
    "model_type": _SECTION,
    "model_attributes_type": _SECTION,
    "dict_type": _SECTION,
    "int_parsing": "that is no whole number",
    "int_from_float": "that is no whole number",
    "int_type": "that is no whole number",
    "float_parsing": "that is no number",
    "float_type": "that is no number",
    "bool_parsing": "write true or false",
    "bool_type": "write true or false",
    "string_type": "that is no word; write it in quotes",
}
"""What is said of a value of the wrong kind, by pydantic's name of it."""


def _explain(error: ValidationError) -> str:
    return " ".join(_explain_one(problem) for problem in error.errors())


def _explain_one(problem: ErrorDetails) -> str:
    # Inside a union pydantic names the chosen method too ("method.cdcl.lr"); the user's file does not.
    parts = [str(part) for part in problem["loc"]]
    name = ".".join(
        part for i, part in enumerate(parts) if not (i == 1 and parts[0] == "method" and part in METHOD_CONFIGS)
    )
    if problem["type"] == "extra_forbidden":
        return unknown_setting(name, setting_names(RunConfig))
    if problem["type"] == "union_tag_invalid":
        return unknown_name("method", str(problem["input"].get("name")), METHOD_CONFIGS)
    if problem["type"] in _WORDS:
        return f"{name} = {problem['input']!r}: {_WORDS[problem['type']].format(name=name)}."
    return f"{name} = {problem['input']!r}: {problem['msg'].removeprefix('Value error, ')}."
