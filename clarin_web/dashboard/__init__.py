"""Home: who waits, what is due, where the pipeline stands, and whether the numbers and Kommo are well."""
