"""Points on a plane as a picture: drawn by numpy alone, the same in the window, on the command line and in tests."""

from cdcl.scatter.arrows import Arrow, arrows_along_doses, arrows_from_controls
from cdcl.scatter.axes import find_corners, name_axes, name_corners, ticks
from cdcl.scatter.centres import class_centres
from cdcl.scatter.colours import Colouring, colour_by, colour_column, one_colour
from cdcl.scatter.contours import Contour, class_contours
from cdcl.scatter.overlay import Overlay
from cdcl.scatter.picture import Picture, write_picture
from cdcl.scatter.points import Points
from cdcl.scatter.raster import Frame, MarkerStyle, Raster, Scene
from cdcl.scatter.view import View

__all__ = [
    "Arrow",
    "Colouring",
    "Contour",
    "Frame",
    "MarkerStyle",
    "Overlay",
    "Picture",
    "Points",
    "Raster",
    "Scene",
    "View",
    "arrows_along_doses",
    "arrows_from_controls",
    "class_centres",
    "class_contours",
    "colour_by",
    "colour_column",
    "find_corners",
    "name_axes",
    "name_corners",
    "one_colour",
    "ticks",
    "write_picture",
]
