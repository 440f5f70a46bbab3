"""The queries, pages and names of the standard OData of 1C."""
