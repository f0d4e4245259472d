"""Blue-green deployment: two environments behind one address, one atomic switch, instant rollback."""

__version__ = "0.1.0"
