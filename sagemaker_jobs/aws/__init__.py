"""What the steps do on AWS: names, sessions, errors, and each resource's module."""
