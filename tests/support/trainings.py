"""What tests of trainings ask for, and the signals that end one."""

import signal

CLASSIC = ("--recipe", "classic", "--hidden-dim", 16, "--validation-size", 40)
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
