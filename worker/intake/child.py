"""A file from a stranger is read in a process that may fail: small, limited, and soon gone.

Three processes take part. The parent asks (`parse`); a warm server, started once, that has imported what
reading needs and nothing else, forks; the forked child limits itself, reads one file and says what it found
in msgpack frames. The server is ours and not `multiprocessing`'s, which would import the parent's `__main__`
into every child. Whatever way the child ends, the parent gets a last frame; when the parent ends, the server
sees its socket close, kills what it forked and goes.
"""

import atexit
import os
import resource
import selectors
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import msgspec

from jobs.errors import BaiqauError
from worker.intake.frames import (
    MIB,
    End,
    Frame,
    Job,
    Limits,
    PackedRows,
    Refusal,
    RefusedFile,
    Vocabulary,
    Wire,
)
