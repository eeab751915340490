"""Connections from a session to a widget, which end with the widget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakMethod

from qtpy.compat import isalive

if TYPE_CHECKING:
    from collections.abc import Callable


class Links:
    """Connects psygnal's signals to methods of Qt's objects, which they neither keep alive nor call once they are dead.

    Nothing listens to `destroyed`: a slot that runs while Qt takes its sender apart can bring the process down.
    """

    def __init__(self) -> None:
        self._made: list[tuple[Any, _Link]] = []

    def add(self, signal: Any, method: Callable[[Any], Any]) -> None:
        """Connect a signal with one value to a bound method."""
        link = _Link(signal, method)
        signal.connect(link, check_nargs=False)
        self._made.append((signal, link))

    def cut(self) -> None:
        """Disconnect all; a second time does nothing."""
        made, self._made = self._made, []
        for signal, link in made:
            signal.disconnect(link, missing_ok=True)


class _Link:
    """Calls a method as long as its object lives, in Python and in Qt."""

    def __init__(self, signal: Any, method: Callable[[Any], Any]) -> None:
        self._signal = signal
        self._method: WeakMethod[Any] = WeakMethod(method)

    def __call__(self, value: Any) -> None:
        method = self._method()
        if method is not None and is_alive(method.__self__):
            method(value)
        else:
            self._signal.disconnect(self, missing_ok=True)


def is_alive(thing: Any) -> bool:
    """Tell whether Qt still has the object behind a Python one."""
    return bool(isalive(thing))  # type: ignore[no-untyped-call]
