"""WhatsApp numbers: the gateway interface, its two implementations, the processes that run them and their pages."""
