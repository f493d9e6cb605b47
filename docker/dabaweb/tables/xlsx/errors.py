"""Why a file is not read."""


class Refused(Exception):
    """The file can't be imported; the text tells its owner why and what to do, in the owner's language."""
