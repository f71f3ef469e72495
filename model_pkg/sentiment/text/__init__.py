"""From a raw review to word ids: markup, words, spelling, sentences, vocabulary, padding."""
