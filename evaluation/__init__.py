"""What judges a model: a behavioural suite, a deletion test and 10-fold cross-validation.

python -m evaluation.behaviour      the suite's pass rates for a model
python -m evaluation.deletion_test  whether explanations name the words that matter
python -m evaluation.ten_folds      a model on validation reviews that its calibration has not seen
"""
