"""A believable company to look at: Andina Norte, its people, its past, and a simulated Kommo that keeps moving."""
