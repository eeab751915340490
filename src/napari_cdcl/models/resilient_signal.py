"""A signal that tells every listener, also those that come after one that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psygnal import Signal, SignalInstance

if TYPE_CHECKING:
    from collections.abc import Callable


class ResilientInstance(SignalInstance):
    """Calls all listeners, then hands on what went wrong.

    psygnal ends its loop at the first exception, and whoever comes later in the list keeps showing the old value.
    Here an exception goes to the listeners of the object's own signal `failed`; where nobody listens to that, the first
    one is raised when all have been told.
    """

    def _run_emit_loop_immediate(self) -> None:
        arguments = self._emit_queue.popleft()
        errors = [error for slot in list(self._slots) if (error := _call(slot, arguments)) is not None]
        failed = getattr(self.instance, "failed", None)
        for error in errors:
            if failed is None or failed is self or not len(failed):
                raise error
            failed.emit(error)


def resilient_signal(*types: type) -> Signal:
    """Declare a signal of that kind in the body of a class."""
    return Signal(*types, signal_instance_class=ResilientInstance)


def _call(slot: Callable[..., object], arguments: tuple[object, ...]) -> Exception | None:
    try:
        if slot._is_alive():  # type: ignore[attr-defined]
            slot.cb(arguments)  # type: ignore[attr-defined]
    except Exception as error:  # whatever it is, the others must be told
        return error
    return None
