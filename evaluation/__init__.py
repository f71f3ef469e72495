"""Programs that judge a model: behavioural suite, deletion test, 10-fold cross-validation.

python -m evaluation.behaviour         the suite's pass rates
python -m evaluation.deletion          whether explanations name the words that matter
python -m evaluation.cross_validation  loss and accuracy on reviews that the calibration did not see
"""
