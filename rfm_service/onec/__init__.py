"""Talking to 1C over HTTP: the wire and its faults, JSON in every disguise, the queries of OData."""
