"""Layouts that microscopes write."""
