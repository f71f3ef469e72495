"""Judge a model by rules, and register it before it is deployed."""
