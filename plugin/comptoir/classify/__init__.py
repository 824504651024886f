"""classify(ticket, packs) -> Case: language, sender, marketplace, issue and stage, each with its evidence."""
