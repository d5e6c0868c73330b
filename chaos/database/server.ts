/** What a PostgreSQL for tests and the laboratory offers, however it was come by. */

export interface PostgresServer {
  /** Of its maintenance database; whoever needs one makes a database of their own beside it. */
  url: string;
  /** Kills the server in the middle of whatever it does and starts it again at the same address. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface Missing {
  /** Why there is none, and what would help. */
  missing: string;
}

export interface PostgresSettings {
  /** False for tests that make and drop many databases: then it does not wait for the disk, and loses something only when the machine itself dies. */
  fsync?: boolean;
}

export interface FoundPostgres {
  start(settings?: PostgresSettings): Promise<PostgresServer>;
}

/** As arguments of the server. */
export function serverArguments({ fsync = true }: PostgresSettings): string[] {
  const options = { max_connections: 300, fsync: fsync ? 'on' : 'off' };
  return Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
