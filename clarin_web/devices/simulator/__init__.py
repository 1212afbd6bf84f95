"""A scripted WhatsApp, honest about being one: customers who answer, read, react and go silent."""
