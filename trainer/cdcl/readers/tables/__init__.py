"""Layouts that are told by a table's columns."""
