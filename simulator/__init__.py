"""A world to try: a carrier, callees, a language model and speech on localhost."""
