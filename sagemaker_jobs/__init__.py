"""The steps of the road from the raw archive to a served model, as one command line.

    python -m sagemaker_jobs download    the IMDB archive, checked and safely extracted
    python -m sagemaker_jobs prepare     archive folder -> a recipe's dataset folder
    python -m sagemaker_jobs setup       the stage's private bucket, SageMaker role, feedback table
    python -m sagemaker_jobs upload      dataset folder -> the bucket, each content once
    python -m sagemaker_jobs train       train job|local|follow|stop: a model, on AWS or here
    python -m sagemaker_jobs deploy      a trained model -> the stage's endpoint
    python -m sagemaker_jobs evaluate    the test split through the endpoint
    python -m sagemaker_jobs report      a page of figures and plots about a model's scores
    python -m sagemaker_jobs predict     one review's verdict
    python -m sagemaker_jobs feedback    what people said of verdicts -> extra training rows
    python -m sagemaker_jobs status      what the stage holds and what it costs
    python -m sagemaker_jobs teardown    remove everything the stage created

Every step can be repeated: what is done already is not done twice. What exists is known to AWS
(names derived from the stage, tags), not to a file here. The functions behind the steps take AWS,
the terminal, `sleep` and `clock` as arguments; `cli` hands in the real ones.

Reading order: stage, aws, aws_errors, then one module per step, in the order above.
"""
