"""Messages where people already are: channels that carry them, and the outbox that keeps them until they arrive."""
