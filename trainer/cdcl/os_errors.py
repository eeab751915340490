"""What the operating system, or a file's bytes, refused: said as what, where, and how to mend."""

from __future__ import annotations

import errno

MENDS = {
    errno.ENOSPC: ("the disk is full", "free some space or choose another place"),
    errno.EDQUOT: ("your disk quota is used up", "free some space or choose another place"),
    errno.EFBIG: ("the file would be larger than your limit", "raise it (`ulimit -f`)"),
    errno.EROFS: ("the disk is read-only", "choose another place"),
    errno.EACCES: ("your account may not open it", "change its permissions or choose another place"),
    errno.EPERM: ("your account may not do that there", "change the permissions or choose another place"),
    errno.ENOENT: ("it is not there, or was deleted or renamed meanwhile", "look at the path"),
    errno.EISDIR: ("a folder stands where a file is needed", "move it away"),
    errno.EEXIST: ("something else stands there", "move it away"),
    errno.ENOTDIR: ("a file stands where a folder is needed", "choose another place"),
    errno.ENOTEMPTY: ("a folder that is not empty stands there", "move it away"),
    errno.ELOOP: ("its links lead in a circle, or to a file that must not be a link", "look at the links"),
    errno.ENAMETOOLONG: ("the name is too long for this disk", "choose a shorter one"),
    errno.EMFILE: ("too many files are open", "raise the limit (`ulimit -n`)"),
    errno.ENOMEM: ("the memory is used up", "close other programs or ask for less"),
    errno.EIO: ("the disk fails", "copy your files to another disk while that is possible"),
    errno.ESTALE: ("the network drive has lost it", "mount the drive again"),
    errno.ETXTBSY: ("another program uses it", "close that program"),
    errno.EBUSY: ("another program uses it", "close that program"),
    errno.ENXIO: ("it is a pipe or a device, no file", "give a file"),
    errno.ENODEV: ("it is a device, no file", "give a file"),
    errno.EINVAL: ("the system does not take this name or place", "choose another"),
}
"""What is wrong, and the mend, by the system's number."""


def describe(error: BaseException) -> str:
    """Say in one line what was refused, where, and how to mend it."""
    if isinstance(error, OSError):
        return _describe_os_error(error)
    if isinstance(error, MemoryError):
        return "the memory is used up; close other programs, or ask for less (a smaller batch_size, fewer images)."
    if isinstance(error, RecursionError):
        return "a file nests its brackets deeper than anybody writes by hand; give one that is whole."
    if isinstance(error, UnicodeError):
        return (
            f"a name or a text is not UTF-8 ({error.reason if hasattr(error, 'reason') else error}); rename or save it."
        )
    return str(error)


def is_short_of_memory(error: BaseException) -> bool:
    """Tell whether an error means that the memory is used up; PyTorch says so in a `RuntimeError` of its own."""
    words = ("can't allocate memory", "not enough memory", "could not allocate", "out of memory")
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and any(word in str(error).lower() for word in words)
    )


def _describe_os_error(error: OSError) -> str:
    said = error.strerror or str(error) or type(error).__name__
    what, mend = MENDS.get(error.errno or 0, (said, "look at that place, and try again"))
    where = " and ".join(str(name) for name in (error.filename, error.filename2) if name is not None)
    return f"{where or 'a file'}: {what}; {mend}."
