"""The settings file of the SageMaker Python SDKs, which both versions read.

Without a default bucket, `Session().default_bucket()` asks AWS's own STS address for the account,
whatever AWS_ENDPOINT_URL says. Without the opt-out, the SDKs send telemetry.
"""

from __future__ import annotations

from pathlib import Path


def write_sdk_settings(path: Path, region: str, account: str) -> None:
    """Write the file that SAGEMAKER_USER_CONFIG_OVERRIDE names."""
    path.write_text(f"""\
SchemaVersion: "1.0"
SageMaker:
  PythonSDK:
    Modules:
      TelemetryOptOut: true
      Session:
        DefaultS3Bucket: sagemaker-{region}-{account}
""")
