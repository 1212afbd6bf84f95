"""Clarin: a CRM where WhatsApp and Kommo meet, live in the browser."""
