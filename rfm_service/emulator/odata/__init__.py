"""The standard OData of a local 1C, with its quirks."""
