"""What people, agents, the API and the CLI may do: one function per deed."""
