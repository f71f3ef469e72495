"""The commands that release models. They run the other steps."""
