"""What moto lacks or does differently from AWS, and how requests reach it."""
