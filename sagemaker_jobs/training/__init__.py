"""Training jobs, on SageMaker and on this machine, and their logs."""
