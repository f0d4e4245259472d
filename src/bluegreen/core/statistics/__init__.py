"""The statistics that guards judge by: pure, standard library only, each with its guarantee and where it comes from."""
