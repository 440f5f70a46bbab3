"""What lies in a folder of published nights: which they are, which of them stay, and the page that lists them."""
