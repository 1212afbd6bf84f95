"""WhatsApp through neonize. Only `client` imports the Go library, and only inside a device's own process."""
