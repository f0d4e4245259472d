"""A small shop: a web server, a ranker that both environments share, and a worker that may only run once."""
