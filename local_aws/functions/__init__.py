"""Lambda functions that really run, and the API Gateway in front of them."""
