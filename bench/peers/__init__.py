"""What bluegreen is measured against: each peer puts one address before two upstreams, and moves it."""
