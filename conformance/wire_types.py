"""Checks a JSON value against the vendors' SDK types, all the way down.

The SDKs describe request bodies as `TypedDict`s. A type checker reads those; at run time pydantic reads them lazily
(`Iterable[...]` is never entered) and leniently ("5" is an int). This walks the type hints itself: every element of
every list is entered, JSON types are strict, and a member that the type does not name is an error, because the
services answer 400 to one. `BaseModel`s (response types) go to pydantic, whose core is not lazy there.
"""

import collections.abc
import datetime
import functools
import types
import typing

import pydantic
import typing_extensions as te

NOTHING = object()


class Mismatch(Exception):
    """Where a value leaves its type (a JSON Pointer), and why."""

    def __init__(self, path, why):
        super().__init__(f"{path or '(root)'}: {why}")
        self.path, self.why = path, why

    @property
    def depth(self):
        return self.path.count("/")


def check(value, hint):
    """Raises the most telling `Mismatch` if `value` is not a wire form of `hint`."""
    _check(value, hint, "")


def _check(value, hint, path):
    hint, _ = _bare(hint)
    origin = te.get_origin(hint)
    if hint in (typing.Any, te.Any, object):
        return
    if origin in (typing.Union, types.UnionType):
        _check_union(value, te.get_args(hint), path)
    elif origin in (typing.Literal, te.Literal):
        _check_literal(value, te.get_args(hint), path)
    elif te.is_typeddict(hint):
        _check_typed_dict(value, hint, path)
    elif _is_sequence(origin or hint):
        _check_list(value, (te.get_args(hint) or (object,))[0], path)
    elif _is_mapping(origin or hint):
        _check_map(value, (te.get_args(hint) or (str, object))[1], path)
    elif isinstance(hint, type) and issubclass(hint, pydantic.BaseModel):
        _check_model(value, hint, path)
    else:
        _check_scalar(value, hint, path)


def _bare(hint):
    """The hint without `Required`, `NotRequired`, `Annotated` and the like, and what these said of the key."""
    required = None
    while True:
        origin = te.get_origin(hint)
        if origin in (te.Required, typing.Required):
            required = True
        elif origin in (te.NotRequired, typing.NotRequired):
            required = False
        elif origin not in (te.Annotated, te.ReadOnly):
            break
        hint = te.get_args(hint)[0]
    return (hint.__value__ if isinstance(hint, te.TypeAliasType) else hint), required


def _is_sequence(origin):
    return isinstance(origin, type) and (
        issubclass(origin, (list, tuple, set))
        or origin in (collections.abc.Iterable, collections.abc.Sequence, collections.abc.Collection)
        or origin.__name__ == "SequenceNotStr"
    )


def _is_mapping(origin):
    return isinstance(origin, type) and issubclass(origin, collections.abc.Mapping)


def _check_scalar(value, hint, path):
    if hint in (None, type(None)):
        good = value is None
    elif hint is bool:
        good = isinstance(value, bool)
    elif hint is int:
        good = isinstance(value, int) and not isinstance(value, bool)
    elif hint is float:
        good = isinstance(value, (int, float)) and not isinstance(value, bool)
    elif hint in (str, datetime.datetime, datetime.date):
        good = isinstance(value, str)
    else:
        good = False  # a file handle, a path or another thing of the SDK that never stands on the wire
    if not good:
        raise Mismatch(path, f"{_name(hint)} expected, found {_kind(value)}")


def _check_literal(value, allowed, path):
    if not any(value == one and type(value) is type(one) for one in allowed):
        shown = ", ".join(map(str, allowed[:8])) + (", …" if len(allowed) > 8 else "")
        raise Mismatch(path, f"one of [{shown}] expected, found {_kind(value)}")


def _check_list(value, element, path):
    if not isinstance(value, list):
        raise Mismatch(path, f"an array expected, found {_kind(value)}")
    for index, one in enumerate(value):
        _check(one, element, f"{path}/{index}")


def _check_map(value, member, path):
    if not isinstance(value, dict):
        raise Mismatch(path, f"an object expected, found {_kind(value)}")
    for key, one in value.items():
        _check(one, member, f"{path}/{_escape(key)}")


def _check_typed_dict(value, hint, path):
    if not isinstance(value, dict):
        raise Mismatch(path, f"an object expected, found {_kind(value)}")
    members, extra = _members(hint)
    for key, (_, required) in members.items():
        if required and key not in value:
            raise Mismatch(path, f"{hint.__name__} requires `{key}`")
    for key, one in value.items():
        here = f"{path}/{_escape(key)}"
        if key in members:
            _check(one, members[key][0], here)
        elif extra is NOTHING:
            raise Mismatch(here, f"{hint.__name__} has no member `{key}`")
        else:
            _check(one, extra, here)


@functools.cache
def _members(hint):
    """Wire name -> (type, required), and the type of members that the type does not name."""
    members = {}
    for name, annotation in te.get_type_hints(hint, include_extras=True).items():
        inner, said = _bare(annotation)
        required = name in hint.__required_keys__ if said is None else said
        members[_alias(annotation) or name] = (inner, required)
    return members, _extra(hint)


def _extra(hint):
    """The type of members that `hint` does not name, as `extra_items=` or pydantic's configuration allow them."""
    if getattr(hint, "__pydantic_config__", {}).get("extra") == "allow":
        return object
    extra = getattr(hint, "__extra_items__", None)
    return NOTHING if extra is None or extra is te.NoExtraItems else extra


def _alias(annotation):
    """The name on the wire, where the SDK's own differs (`PropertyInfo(alias=…)`)."""
    while (origin := te.get_origin(annotation)) is not None:
        if origin is te.Annotated:
            for note in te.get_args(annotation)[1:]:
                if getattr(note, "alias", None):
                    return note.alias
        elif origin not in (te.Required, typing.Required, te.NotRequired, typing.NotRequired):
            return None
        annotation = te.get_args(annotation)[0]
    return None


def _check_union(value, options, path):
    errors = []
    for option in _candidates(value, options):
        try:
            return _check(value, option, path)
        except Mismatch as error:
            errors.append(error)
    # The alternative that the value follows the furthest is the one that it was meant to be.
    raise max(errors, key=lambda error: error.depth)


def _candidates(value, options):
    """The alternatives whose tags (members of literal type, `type` and `role` mostly) the value carries, if any do."""
    flat = _flatten(options)
    if isinstance(value, dict):
        tagged = [one for one in flat if te.is_typeddict(one) and _tags_match(value, one)]
        return tagged or flat
    return flat


def _flatten(options):
    out = []
    for option in options:
        option, _ = _bare(option)
        if te.get_origin(option) in (typing.Union, types.UnionType):
            out += _flatten(te.get_args(option))
        else:
            out.append(option)
    return out


def _tags_match(value, hint):
    tags = [
        (key, te.get_args(inner))
        for key, (inner, required) in _members(hint)[0].items()
        if key in ("type", "role") and te.get_origin(inner) in (typing.Literal, te.Literal)
        and (required or key in value)
    ]
    return bool(tags) and all(value.get(key) in allowed for key, allowed in tags)


@functools.cache
def _adapter(model):
    return pydantic.TypeAdapter(model)


def _check_model(value, model, path):
    try:
        _adapter(model).validate_python(value)
    except pydantic.ValidationError as error:
        first = max(error.errors(), key=lambda one: len(one["loc"]))
        where = "".join(f"/{_escape(str(part))}" for part in first["loc"])
        raise Mismatch(path + where, first["msg"]) from None


def _escape(key):
    return key.replace("~", "~0").replace("/", "~1")


def _name(hint):
    return getattr(hint, "__name__", str(hint))


def _kind(value):
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    kind = names.get(type(value), "a number")
    short = isinstance(value, (str, int, float)) and len(str(value)) <= 24
    return f"{kind} `{value}`" if short else kind
