"""What a person may ask of the whole service: what is kept where, and that it be forgotten everywhere."""
