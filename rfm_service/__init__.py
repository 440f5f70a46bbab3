"""Nightly RFM beside 1C: exact sales ledger, customer segments, a morning report."""

__version__ = "0.1.0"
