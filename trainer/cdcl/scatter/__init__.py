"""Points on a plane as a picture: drawn by numpy alone, the same in the window, on the command line and in tests."""

from cdcl.scatter.axes import find_corners, name_axes, name_corners, ticks
from cdcl.scatter.centres import class_centres
from cdcl.scatter.colours import Colouring, colour_by, colour_column, one_colour
from cdcl.scatter.picture import Picture, write_picture
from cdcl.scatter.points import Points
from cdcl.scatter.raster import Frame, MarkerStyle, Raster, Scene
from cdcl.scatter.view import View

__all__ = [
    "Colouring",
    "Frame",
    "MarkerStyle",
    "Picture",
    "Points",
    "Raster",
    "Scene",
    "View",
    "class_centres",
    "colour_by",
    "colour_column",
    "find_corners",
    "name_axes",
    "name_corners",
    "one_colour",
    "ticks",
    "write_picture",
]
