"""Live updates: topics, publishing, the hub of this process's sockets, and the socket itself."""
