"""Pure functions that know nothing of Clarin's tables, requests or queues."""
