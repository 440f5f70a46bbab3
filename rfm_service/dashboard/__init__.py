"""The one page of a night that filters, sorts and explains: its contents, its packing, its scripts."""
