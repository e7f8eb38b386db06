"""mlgate.yml: its types and its loader."""
