BEGIN TRANSACTION;
CREATE TABLE party_players (
    user_id INTEGER NOT NULL,
    record_id TEXT NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, record_id)
) WITHOUT ROWID;
INSERT INTO "party_players" VALUES(1,'p1');
INSERT INTO "party_players" VALUES(2,'p1');
INSERT INTO "party_players" VALUES(3,'p1');
CREATE TABLE records (
    id TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    guild_id INTEGER NOT NULL,
    user_id INTEGER,
    username TEXT,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    confirmed_at INTEGER,
    last_seen INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    seconds REAL NOT NULL,
    uncertain_seconds REAL,
    unbounded INTEGER NOT NULL,
    channel_id INTEGER,
    channel_name TEXT,
    game_name TEXT,
    app_id INTEGER,
    activity_type TEXT,
    max_players INTEGER,
    stretches TEXT NOT NULL,
    stays TEXT NOT NULL,
    players TEXT NOT NULL
);
INSERT INTO "records" VALUES('v1','voice',812345678901234567,123456789,'Pino','ended','left',1767047400000000,1767047410000000,1767047410000000,1767051000000000,3600.0,0.0,0,987654321,'General',NULL,NULL,NULL,NULL,'[]','[[987654321,"General",1767047400000000,1767047400000000]]','[]');
INSERT INTO "records" VALUES('v2','voice',812345678901234567,2,'Pino','ended','left',1767054600000000,1767054610000000,1767054610000000,1767065400000000,10800.0,60.0,0,987654321,'General',NULL,NULL,NULL,NULL,'[[1767054660000000,1767054720000000,"unknown"]]','[[987654321,"General",1767054600000000,1767054600000000]]','[]');
INSERT INTO "records" VALUES('p1','party',812345678901234567,NULL,NULL,'ended','left',1767047400000000,NULL,1767047400000000,1767054600000000,7200.0,0.0,0,NULL,NULL,'VALORANT',NULL,NULL,3,'[]','[]','[{"session_id":"g1","user_id":1,"username":"Pino","started_at":1767047400000000,"ended_at":null,"stretches":[],"unbounded":false},{"session_id":"g2","user_id":2,"username":"agu","started_at":1767047400000000,"ended_at":null,"stretches":[],"unbounded":false},{"session_id":"g3","user_id":3,"username":"Zeta","started_at":1767047400000000,"ended_at":1767051000000000,"stretches":[],"unbounded":false}]');
CREATE INDEX party_players_by_record ON party_players (record_id);
CREATE INDEX records_by_person ON records (user_id, guild_id, kind, ended_at);
CREATE INDEX records_by_person_and_end ON records (user_id, ended_at);
CREATE INDEX records_by_guild ON records (guild_id, ended_at);
CREATE INDEX records_by_end ON records (ended_at);
COMMIT;
PRAGMA application_id = 1279349833;
PRAGMA user_version = 1;
