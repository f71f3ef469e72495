"""Measurements: `python -m benchmarks.NAME`."""

from sagemaker_jobs.repository import put_model_package_on_path

put_model_package_on_path()
