"""The shape of the database, as the numbered steps that lead to it; steps that were released never change."""

HISTORY: tuple[str, ...] = (
    "ALTER TABLE calls ADD COLUMN note TEXT",
    "ALTER TABLE calls ADD COLUMN recording_url TEXT",
)
"""Notes, and where vendors keep recordings."""
CONTACTS: tuple[str, ...] = ()
"""The local address book and the rosters."""
TEXTS: tuple[str, ...] = ()
"""Messages."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        # `folded` is what a search looks at: SQLite folds the case of ASCII letters only.
        # `alive_at` is the last time the engine was known to be in the call.
        """
        CREATE TABLE calls (
            id INTEGER PRIMARY KEY,
            account TEXT NOT NULL,
            ref TEXT NOT NULL,
            kind TEXT NOT NULL,
            peer TEXT NOT NULL,
            name TEXT,
            folded TEXT NOT NULL,
            incoming INTEGER NOT NULL,
            video INTEGER NOT NULL,
            started_at REAL NOT NULL,
            answered_at REAL,
            ended_at REAL,
            alive_at REAL,
            result TEXT NOT NULL,
            detail TEXT,
            recording TEXT,
            seen INTEGER NOT NULL,
            lost_at_crash INTEGER NOT NULL DEFAULT 0,
            UNIQUE (account, ref, started_at)
        )
        """,
        "CREATE INDEX calls_by_time ON calls (started_at, id)",
        "CREATE INDEX calls_by_peer ON calls (kind, peer, started_at)",
        "CREATE INDEX calls_open ON calls (id) WHERE ended_at IS NULL",
        "CREATE INDEX calls_unseen ON calls (id) WHERE seen = 0",
    ),
    (
        """
        CREATE TABLE memory (
            account TEXT NOT NULL,
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (account, key)
        ) WITHOUT ROWID
        """,
    ),
    HISTORY,
    CONTACTS,
    TEXTS,
)
"""Statements of step 1, 2, ...; `PRAGMA user_version` holds the number of the last one taken."""
