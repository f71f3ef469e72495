"""SageMaker: its API and the state of its resources."""
