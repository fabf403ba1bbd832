"""`python -m worker.reference FOLDER` writes the pages there; those of earlier versions go."""

import sys
from pathlib import Path

from worker.reference.pages import write

if __name__ == "__main__":
    write(Path(sys.argv[1]))
