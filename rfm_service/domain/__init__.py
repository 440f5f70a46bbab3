"""The words of the house: values, tables, errors."""
