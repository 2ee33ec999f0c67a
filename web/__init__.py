"""What people see: the console, the JSON API, the live stream."""
