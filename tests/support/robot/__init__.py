"""A robot that uses every page at random and, after each step, holds it to what a fresh load of its address shows."""
