"""The reference pages, made from the code they describe: `python -m worker.reference docs/reference`.

A module a page, each page a function without arguments that returns a text; `pages` names them all. The same code
gives the same bytes, and a test compares them with the committed ones.
"""
