/** What a monitoring system shows as firing at one moment: the counterpart of a notification, read instead of received. */

/** An alert as Alertmanager or Prometheus shows it. Its texts are as they came: the sorter cleans them. */
export interface FiringAlert {
  /** Alertmanager's hash of the label set. */
  fingerprint: string;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  /** ISO 8601; null when the source does not say since when it fires. */
  startsAt: string | null;
  /** ISO 8601: when the source last found it firing. */
  updatedAt: string;
  generatorURL: string;
}

/** One alert of Prometheus, which knows labels and a beginning and nothing else. */
export interface FiringSeries {
  labels: Readonly<Record<string, string>>;
  /** ISO 8601: when its condition became true; null when that was not recorded. */
  since: string | null;
}

/** Raises `UpstreamError`, or the signal's reason. */
export type ReadFiringSeries = (signal: AbortSignal) => Promise<FiringSeries[]>;
