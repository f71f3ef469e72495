"""SageMaker: its API, its resources, and the programs that run for them."""
