"""From a file in the inbox to columns of strings: watch, claim, decode, recognise, read."""
