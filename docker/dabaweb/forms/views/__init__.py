"""The pages, by subject. urls.py says which is where."""
