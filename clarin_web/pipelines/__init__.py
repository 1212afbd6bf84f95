"""Pipelines and stages. Each pipeline has open stages and exactly one won and one lost (domain rule 6)."""
