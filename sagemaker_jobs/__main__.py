"""`python -m sagemaker_jobs STEP`. A signal ends its child processes too."""

import signal
import sys

from sagemaker_jobs.cli import main


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    for name in ("SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
        # nohup's SIG_IGN stays in force
        if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) != signal.SIG_IGN:
            signal.signal(getattr(signal, name), _interrupt)
    sys.exit(main())
