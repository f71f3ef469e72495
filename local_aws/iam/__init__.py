"""What a role may do: its policies, and the permissions that each request needs."""
