"""`python -m sagemaker_jobs STEP`."""

import sys

from sagemaker_jobs.cli import main

if __name__ == "__main__":
    sys.exit(main())
