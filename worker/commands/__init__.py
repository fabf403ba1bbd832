"""One file a command of the command line: what it reads, decides and writes."""
