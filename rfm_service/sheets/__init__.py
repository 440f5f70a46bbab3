"""Worksheets: what the workbook of the night and the lists of the sales managers share."""
