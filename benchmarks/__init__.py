"""Measurements: `python -m benchmarks`, and others beside it.

python -m benchmarks               every stage against a plain implementation
python -m benchmarks.one_review    the served model's cost beside the classic one's
python -m benchmarks.proof         that preparing's shortcuts change no word of the archive
python -m benchmarks.machine       what this machine can do at most
python -m benchmarks.serving_growth  how the cost of serving grows with clients, words, instances
"""
