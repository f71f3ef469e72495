"""The steps of the pipeline from the raw archive to a served model, as one command line.

`python -m sagemaker_jobs --help` lists them in their order.

You can repeat every step: finished work is not done again. The state is in AWS (names derived from
the stage, and tags), not in a local file. The steps' functions take AWS, the terminal, `sleep` and
`clock` as arguments; `cli` passes in the real ones.

Reading order: step, aws.names, aws.session, aws.translate_errors, then steps/ as `cli` lists them.
"""
