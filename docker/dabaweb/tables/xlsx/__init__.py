"""Spreadsheet files (.xlsx): a reader that no file can make slow or large, and a writer that streams.

Knows nothing of forms: rows of values in, rows of values out.
"""
