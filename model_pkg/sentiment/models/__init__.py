"""The networks: the LSTM classifier, the n-gram model and word vectors."""
