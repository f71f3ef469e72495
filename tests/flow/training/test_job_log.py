"""A job's log in CloudWatch, however many hosts write to it."""

import os
import time

from sagemaker_jobs.aws.names import TRAINING_LOG_GROUP
from sagemaker_jobs.aws.session import connect
from sagemaker_jobs.training.job_log import JobLog

N_HOSTS = 60  # CloudWatch names 50 streams in one answer


def test_every_hosts_lines_are_read(aws_environment: dict[str, str]) -> None:
    """Each once; a job that has logged nothing has no lines."""
    aws = connect("dev", "il-central-1", {**os.environ, **aws_environment})
    logs = aws.logs
    assert list(JobLog(aws, "silent").new_lines()) == []
    group, now_ms = TRAINING_LOG_GROUP, int(1000 * time.time())
    logs.create_log_group(logGroupName=group)
    for host in range(N_HOSTS):
        stream = f"many/algo-{host}"
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        logs.put_log_events(
            logGroupName=group,
            logStreamName=stream,
            logEvents=[{"timestamp": now_ms, "message": f"host {host}"}],
        )
    log = JobLog(aws, "many")
    assert sorted(log.new_lines()) == sorted(f"host {host}" for host in range(N_HOSTS))
    assert list(log.new_lines()) == []
    logs.delete_log_group(logGroupName=group)
