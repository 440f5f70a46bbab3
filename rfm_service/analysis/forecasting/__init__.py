"""Who will order again, how much and when: purchase models, the shop's own past, and how well both did."""
