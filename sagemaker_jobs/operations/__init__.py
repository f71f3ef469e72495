"""What it takes to run a stage: leftovers, prices, expiry, log groups, alarms."""
