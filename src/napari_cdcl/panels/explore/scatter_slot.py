"""One scatter of the explore panel with its two choosers: which projection, and what colours it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from cdcl.scatter import name_axes
from napari_cdcl import actions
from napari_cdcl.models.map_arrows import TITLES, arrow_makers
from napari_cdcl.preferences import preference_changes, read_preferences
from napari_cdcl.ui.choosers import Chooser, colour_columns
from napari_cdcl.ui.links import Links
from napari_cdcl.ui.scatter import ScatterView

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from napari_cdcl.models.session import Session
    from napari_cdcl.ui.thumbnails import Thumbnails

NO_POINTS = "No projection of these profiles yet: make one with “Project”."
NO_PROFILES = (
    "These are fields without profiles. Open a run that has some, embed the screen in the Runs panel, or profile the "
    "fields by their intensities or by a public network: no training is needed for that."
)
NO_SCREEN = "Open a run, or a screen, in the Screen panel first."


class ScatterSlot(QWidget):
    """A scatter whose selection is the session's.

    The first slot of a panel follows the session's colour and projection, which the plate map shows too; a second one
    (`follows=False`) has its own.
    """

    changed = Signal()
    """Another projection or colour was chosen here."""

    def __init__(
        self, session: Session, thumbnails: Thumbnails, *, follows: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._thumbnails, self._follows = session, thumbnails, follows
        self._links = Links()
        self._colour, self._points, self._hovered = "", "", -1
        self.view = ScatterView()
        self.view.legend.setMinimumHeight(100)
        self.colour_chooser = Chooser("What colours the points.")
        self.points_chooser = Chooser("Which projection of the profiles is drawn.")
        self.hint = QLabel()
        self.hint.setWordWrap(True)
        self._lay_out()
        self._connect()
        self._dress()
        self.show_items()

    @property
    def colour(self) -> str:
        """The column that colours this scatter."""
        return self._session.colour if self._follows else self._colour

    @property
    def points(self) -> str:
        """The projection that is drawn here."""
        return self._session.points if self._follows else self._points

    def choose(self, points: str, colour: str) -> None:
        """Choose projection and colour, as the user does; what there is not is passed over."""
        items = self._session.items
        if items is not None and points in items.points:
            self._choose_points(points)
        if items is not None and colour in items.table:
            self._choose_colour(colour)

    def _lay_out(self) -> None:
        for chooser in (self.points_chooser, self.colour_chooser):
            chooser.setMinimumContentsLength(4)  # a dock on a laptop has 300 pixels
        top = QHBoxLayout()
        top.addWidget(self.points_chooser, 1)
        top.addWidget(QLabel("coloured by"))
        top.addWidget(self.colour_chooser, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self.hint)
        layout.addWidget(self.view, 1)

    def _connect(self) -> None:
        session = self._session
        for signal, method in (
            (session.items_changed, self.show_items),
            (session.items_extended, self._on_extended),
            (session.selection_changed, self._mark),
        ):
            self._links.add(signal, method)
        if self._follows:
            self._links.add(session.colour_changed, self._recolour)
            self._links.add(session.points_changed, self._replace)
        self._links.add(preference_changes().changed, self._on_preference)
        self.colour_chooser.chosen.connect(self._choose_colour)
        self.points_chooser.chosen.connect(self._choose_points)
        self.view.selected.connect(lambda mask: setattr(session, "selection", mask))
        self.view.activated.connect(lambda item: actions.show_item(session, item))
        self.view.hovered.connect(self._hover)
        self._thumbnails.arrived.connect(self._on_thumbnail)

    def _on_preference(self, name: str) -> None:
        if name in ("point_size", "point_opacity"):
            self._dress()

    def _dress(self) -> None:
        """Draw points as the preferences say; the scatter's own sliders change it from there."""
        preferences = read_preferences()
        self.view.set_usual_style(preferences.point_size, preferences.point_opacity / 100)

    def _choose_colour(self, column: str) -> None:
        if self._follows:
            self._session.colour = column
        else:
            self._colour = column
            self._recolour()
        self.changed.emit()

    def _choose_points(self, name: str) -> None:
        if self._follows:
            self._session.points = name
        else:
            self._points = name
            self._replace()
        self.changed.emit()

    def show_items(self, _items: Any = None) -> None:
        """Draw other items."""
        items = self._session.items
        if items is not None and not self._follows:
            self._points = self._points if self._points in items.points else next(iter(items.points), "")
            others = [name for name in ("batch", "plate", *colour_columns(items.table)) if name in items.table]
            if self._colour not in items.table:
                self._colour = next((name for name in others if name != self._session.colour), "")
        self._offer()
        self._replace()

    def _on_extended(self, _items: Any = None) -> None:
        items = self._session.items
        if not self._follows and items is not None and self._points not in items.points:
            self._points = next(iter(items.points), "")
        self._offer()
        if len(self.view.model) == 0:
            self._replace()

    def _offer(self) -> None:
        items = self._session.items
        self.colour_chooser.offer([] if items is None else colour_columns(items.table), self.colour)
        titles = {} if items is None else {name: _title(name) for name in items.points}
        self.points_chooser.offer(titles, self.points)
        makers = {} if items is None else arrow_makers(items.table)
        self.view.offer_arrows(makers, {key: TITLES[key] for key in makers})
        has_profiles = items is not None and items.values is not None
        self.hint.setText(NO_POINTS if has_profiles else NO_SCREEN if items is None else NO_PROFILES)
        self.hint.setVisible(not titles)

    def _replace(self, _name: str = "") -> None:
        items, name = self._session.items, self.points
        self.points_chooser.show_key(name)
        if items is None or name not in items.points:
            self.view.set_points(None, ("", ""))
            return
        axes = items.axes.get(name) or name_axes(name.partition(" ")[0], {})
        self.view.set_points(items.points[name], axes, items.corners.get(name))
        self._recolour()
        self._mark(self._session.selection)

    def _recolour(self, _column: str = "") -> None:
        items, column = self._session.items, self.colour
        self.colour_chooser.show_key(column)
        if items is None or self.points not in items.points or len(self.view.model) != len(items):
            return
        if column in items.table:
            self.view.set_colours_of(items.table, column)
        else:
            self.view.set_colours(None, "")

    def _mark(self, mask: NDArray[np.bool_]) -> None:
        if len(mask) == len(self.view.model):
            self.view.set_selected(mask)

    def _hover(self, item: int) -> None:
        self._hovered = item
        if item >= 0:
            self.view.set_hover_card(self._thumbnails.picture(item), actions.name_item(self._session, item))

    def _on_thumbnail(self, item: int) -> None:
        if item == self._hovered:
            self._hover(item)


def _title(name: str) -> str:
    """Write "umap (dino)" as "UMAP (dino)"."""
    method, space, rest = name.partition(" ")
    return f"{method.upper() if len(method) <= 4 else method.capitalize()}{space}{rest}"
