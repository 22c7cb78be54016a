"""What every area stands on: configuration, database, errors, money, languages, outbox, storage, mail."""
