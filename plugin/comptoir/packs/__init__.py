"""The rules: one folder of YAML a marketplace or law. Data only; read by `comptoir.rules`."""
