"""Reads a text file that a person named, and says what is wrong with it in one sentence."""

from pathlib import Path

from outreach.errors import Rejected


def read_text(path: Path) -> str:
    """The whole file as UTF-8. Raises Rejected when there is none or it is no text."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise Rejected("file_missing", f"There is no file {path}.", "Check the path.") from None
    except IsADirectoryError:
        raise Rejected("file_is_folder", f"{path} is a folder.", "Name a file in it.") from None
    except PermissionError:
        raise Rejected(
            "file_unreadable", f"{path} may not be read.", "Check its permissions."
        ) from None
    except UnicodeDecodeError as error:
        raise Rejected(
            "file_not_utf8",
            f"{path} is not UTF-8 text (byte {error.start}).",
            "Save it as UTF-8.",
            str(path),
        ) from None
    except (OSError, ValueError) as error:
        # A path that is too long, holds a zero byte, leads through a file, or a broken disk.
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise Rejected(
            "file_unreadable", f"{path} cannot be read: {reason}.", "Check the path."
        ) from None
    if "\0" in text:
        raise Rejected(
            "file_not_text", f"{path} is no text; it holds binary data.", "Name a text file."
        )
    return text
