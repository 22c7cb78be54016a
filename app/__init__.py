"""Little Bandung: the catalogue, outlets, matching and halal status of Bandung's small makers."""
