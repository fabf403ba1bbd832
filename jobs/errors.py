"""The root of every error a person can mend."""


class BaiqauError(Exception):
    """Its text is one sentence that names the file, line or key and says what to do."""


class ParameterFault(BaiqauError):
    """A step's key does not fit its job."""
