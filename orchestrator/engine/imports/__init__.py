"""How does a list of people become leads? One file per part; `import_leads` puts them together."""
