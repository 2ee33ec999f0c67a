"""What programs do: the JSON API, version 1, by the deeds and queries of the console."""
