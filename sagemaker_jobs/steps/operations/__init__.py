"""The steps that run a stage: what it costs, and how it is watched."""
