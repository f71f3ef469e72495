"""The limits of the deployed web app: one module each."""
