"""Pages that belong to no single area: home, feeds, health, the component gallery."""
