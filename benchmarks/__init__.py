"""Measurements of speed.

python -m benchmarks                 every stage against a plain implementation
python -m benchmarks.one_review      the served model's cost against the classic one's
python -m benchmarks.peers           the model beside others that run on a CPU
python -m benchmarks.proof           proves that the fast preprocessing changes no word
python -m benchmarks.machine         the limits of this machine
python -m benchmarks.serving_growth  how the cost of serving grows with clients, words, instances
python -m benchmarks.capacity        how many instances a load needs
"""
