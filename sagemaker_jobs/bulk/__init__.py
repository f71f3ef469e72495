"""Work on many objects at once, by SageMaker's batch transform and processing jobs."""
