"""Programs that judge a model.

python -m evaluation.behaviour         pass rates of the behavioural suite
python -m evaluation.robustness        accuracy on short opinions and on reviews that were edited
python -m evaluation.deletion          whether explanations name the words that matter
python -m evaluation.cross_validation  loss and accuracy on reviews that the calibration did not see
"""
