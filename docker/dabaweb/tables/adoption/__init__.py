"""Makes a form of a table that came with a dump: a question of each column, an entry of each row."""
