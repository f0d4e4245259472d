"""The flags of one environment over the OpenFeature Remote Evaluation Protocol: a process of its own, which needs
neither the controller nor anything else of this package but `bluegreen.core`.
"""
