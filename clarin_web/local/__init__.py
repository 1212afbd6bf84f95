"""One command on one machine: embedded servers, the supervisor, checks. Production uses none of it."""
