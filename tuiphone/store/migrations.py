"""The shape of the database, as the numbered steps that lead to it; steps that were released never change."""

HISTORY: tuple[str, ...] = (
    "ALTER TABLE calls ADD COLUMN note TEXT",
    "ALTER TABLE calls ADD COLUMN recording_url TEXT",
    "CREATE INDEX calls_recorded ON calls (started_at) WHERE recording IS NOT NULL OR recording_url IS NOT NULL",
)
"""Notes, and where vendors keep recordings."""
CONTACTS: tuple[str, ...] = (
    # A row with an account is of its roster at the vendor, mirrored so that it is there before the vendor is.
    # `folded` is what a search looks at, `sort` what the list goes by. `shadowed`: the address book has all of it too.
    """
    CREATE TABLE contacts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        account TEXT,
        name TEXT NOT NULL,
        favourite INTEGER NOT NULL DEFAULT 0,
        note TEXT,
        folded TEXT NOT NULL,
        sort TEXT NOT NULL,
        shadowed INTEGER NOT NULL DEFAULT 0
    )
    """,
    # `key` is the address in the one form in which addresses are compared, made for a number without + by `country`.
    """
    CREATE TABLE contact_addresses (
        contact INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        kind TEXT NOT NULL,
        text TEXT NOT NULL,
        label TEXT,
        account TEXT,
        key TEXT NOT NULL,
        country TEXT,
        PRIMARY KEY (contact, position)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX contact_addresses_by_key ON contact_addresses (key)",
)
"""The local address book and the rosters."""
TEXTS: tuple[str, ...] = (
    # `person` is what all addresses of one conversation have in common. Ids are never used twice, because screens
    # page and count by them.
    """
    CREATE TABLE texts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        person TEXT NOT NULL,
        account TEXT NOT NULL,
        kind TEXT NOT NULL,
        peer TEXT NOT NULL,
        name TEXT,
        text TEXT NOT NULL,
        folded TEXT NOT NULL,
        incoming INTEGER NOT NULL,
        at REAL NOT NULL,
        status TEXT NOT NULL,
        detail TEXT,
        ref TEXT,
        call TEXT,
        seen INTEGER NOT NULL
    )
    """,
    "CREATE INDEX texts_by_person ON texts (person, id)",
    "CREATE INDEX texts_by_ref ON texts (account, ref) WHERE ref IS NOT NULL",
    "CREATE INDEX texts_unseen ON texts (person, id) WHERE seen = 0",
    "CREATE INDEX texts_sending ON texts (id) WHERE status = 'sending'",
    # The newest text of each person, so that the list of conversations looks at no others.
    "CREATE TABLE conversations (person TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE UNIQUE INDEX conversations_by_last ON conversations (last)",
    "CREATE VIRTUAL TABLE texts_words USING fts5 (folded, content='texts', content_rowid='id', tokenize='trigram')",
    """
    CREATE TRIGGER text_added AFTER INSERT ON texts BEGIN
        INSERT INTO conversations VALUES (new.person, new.id)
            ON CONFLICT (person) DO UPDATE SET last = excluded.last;
        INSERT INTO texts_words (rowid, folded) VALUES (new.id, new.folded);
    END
    """,
    """
    CREATE TRIGGER text_removed AFTER DELETE ON texts BEGIN
        INSERT INTO texts_words (texts_words, rowid, folded) VALUES ('delete', old.id, old.folded);
        DELETE FROM conversations WHERE last = old.id;
        INSERT OR IGNORE INTO conversations
            SELECT person, max(id) FROM texts WHERE person = old.person GROUP BY person;
    END
    """,
)
"""Messages, what they belong to and the index of their words."""
SEARCH: tuple[str, ...] = (
    # What vendors call a call that we have too.
    "ALTER TABLE calls ADD COLUMN vendor_ref TEXT",
    "ALTER TABLE calls ADD COLUMN peer_words INTEGER",
    "ALTER TABLE calls ADD COLUMN note_words INTEGER",
    # Ids are never used twice: what is kept in memory of an entry must not be taken for another one's.
    "CREATE TABLE words (id INTEGER PRIMARY KEY AUTOINCREMENT, folded TEXT NOT NULL UNIQUE)",
    """
    CREATE VIRTUAL TABLE words_index
    USING fts5 (folded, content = 'words', content_rowid = 'id', tokenize = 'trigram')
    """,
    """
    CREATE TRIGGER words_added AFTER INSERT ON words BEGIN
        INSERT INTO words_index (rowid, folded) VALUES (new.id, new.folded);
    END
    """,
    """
    CREATE TRIGGER words_removed AFTER DELETE ON words BEGIN
        INSERT INTO words_index (words_index, rowid, folded) VALUES ('delete', old.id, old.folded);
    END
    """,
    "INSERT INTO words (folded) SELECT DISTINCT folded FROM calls",
    "UPDATE calls SET peer_words = (SELECT id FROM words WHERE words.folded = calls.folded)",
    "CREATE INDEX calls_by_words ON calls (peer_words, started_at)",
    "CREATE INDEX calls_noted ON calls (note_words) WHERE note_words IS NOT NULL",
)
"""Full-text search over the different names, numbers and notes: there are far fewer of them than calls."""
LINKED: tuple[str, ...] = (
    # The vendor's call that a call of a linked account is one with.
    "ALTER TABLE calls ADD COLUMN control_account TEXT",
    "ALTER TABLE calls ADD COLUMN control_ref TEXT",
    "CREATE INDEX calls_controlled ON calls (control_account, started_at) WHERE control_account IS NOT NULL",
)
"""Calls whose sound comes over another account than the one that commands them."""
DESK: tuple[str, ...] = (
    # With `done_at` somebody talked with the number since, or it is done with; the vendor may tell of it again.
    """
    CREATE TABLE desk_calls (
        account TEXT NOT NULL,
        ref TEXT NOT NULL,
        kind TEXT NOT NULL,
        peer TEXT NOT NULL,
        name TEXT,
        since REAL NOT NULL,
        at_kind TEXT,
        at_peer TEXT,
        at_name TEXT,
        line TEXT,
        done_at REAL,
        PRIMARY KEY (account, ref)
    ) WITHOUT ROWID
    """,
)
"""Missed calls of extension groups."""
PLACED: tuple[str, ...] = (
    # A call of a linked account that was dialled with the one that commands it.
    "ALTER TABLE calls ADD COLUMN placed_by TEXT",
)
"""Which of two accounts a call was dialled with."""

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
    SEARCH,
    LINKED,
    DESK,
    PLACED,
)
"""Statements of step 1, 2, ...; `PRAGMA user_version` holds the number of the last one taken."""
