"""The steps of the pipeline from the raw archive to a served model, as one command line.

    python -m sagemaker_jobs download    download, check and extract the IMDB archive
    python -m sagemaker_jobs prepare     clean and encode the reviews into a dataset folder
    python -m sagemaker_jobs setup       create the stage's bucket, SageMaker role, feedback table
    python -m sagemaker_jobs upload      upload a dataset folder to the stage's bucket
    python -m sagemaker_jobs train       train a model: job, local, follow, stop
    python -m sagemaker_jobs image       build our own serving image and push it to ECR
    python -m sagemaker_jobs deploy      create or update the stage's endpoint with a trained model
    python -m sagemaker_jobs ship        train, judge, register and deploy a model in one command
    python -m sagemaker_jobs models      list, show, approve and roll back registered models
    python -m sagemaker_jobs web         deploy or delete the web app
    python -m sagemaker_jobs harden      limit requests to the deployed web app
    python -m sagemaker_jobs evaluate    measure the endpoint's accuracy on the test reviews
    python -m sagemaker_jobs report      write a page of figures and plots about a model
    python -m sagemaker_jobs predict     judge one review, or each line, with the endpoint
    python -m sagemaker_jobs score       judge a file of reviews, here or by the endpoint
    python -m sagemaker_jobs export      write a model as an ONNX graph, with an example
    python -m sagemaker_jobs feedback    export corrections from users as extra training data
    python -m sagemaker_jobs status      list the stage's resources and what they cost
    python -m sagemaker_jobs costs       list what the stage costs an hour and a month
    python -m sagemaker_jobs watch       keep a dashboard and alarms in CloudWatch
    python -m sagemaker_jobs teardown    delete everything that the steps created in the stage

You can repeat every step: finished work is not done again. The state is in AWS (names derived from
the stage, and tags), not in a local file. The steps' functions take AWS, the terminal, `sleep` and
`clock` as arguments; `cli` passes in the real ones.

Reading order: step, aws.names, aws.session, aws.translate_errors, then steps/ in the order above.
"""
