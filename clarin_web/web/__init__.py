"""HTTP manners shared by every feature: templates, htmx answers, forms, errors, paging, security headers."""
