"""Who may steer over the network: tokens, sessions, OIDC, and the trail of what was tried."""
