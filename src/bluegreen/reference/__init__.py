"""What the reference pages take from the code: commands, keys of the file, operations of the API.

``python -m bluegreen.reference`` writes it into the pages of docs/, between marks; `tests/reference` says when a page
is stale. What stands outside of the marks is written by hand and stays.
"""
