"""Processing jobs, which run a program between input from S3 and output to S3."""
