/** Errors that name a host outside the system: a fully qualified name that is none of the nodes and no internal domain. */
import type { Case } from '../case/case.ts';
import { mentions } from '../symptom/first-failing.ts';
import type { Symptoms, SymptomText } from '../symptom/symptoms.ts';

const hostName = /\b(?:https?:\/\/)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?=[:/\s"',;)\]]|$)/gi;
const internal =
  /\.(?:internal|local|localdomain|svc|cluster|lan|corp|intra|home|arpa|consul|db|prod|staging|private|mesh|k8s|vpc)$|\.svc\.|^localhost|amazonaws|\.(?:go|py|java|ts|tsx|js|jsx|rb|rs|kt|cs|php|cpp|cc|c|h|yaml|yml|json|sql|xml|md|txt|log|conf|sh|css|html|exe|so|jar|pem|crt|toml)$/i;
const failure = /\b5\d\d\b|time[ds]?[ -]?out|unavailable|refused|reset|deadline|unreachable|outage|bad gateway|no response|\beof\b/i;

export function externalHosts(given: Case, { texts, graph }: Symptoms): SymptomText[] {
  const nodes = new Set([
    ...graph.callees.keys(),
    ...graph.callers.keys(),
    ...given.logs.map(({ node }) => node),
    ...given.metrics.map(({ node }) => node),
  ]);
  return texts.filter(({ text, source }) => {
    if (source === 'metric' || !failure.test(text)) return false;
    return [...text.matchAll(hostName)].some(([, host = '']) => {
      const isTyped =
        /^[a-z0-9.-]+$/.test(host) &&
        !/^(?:java|javax|org|com|sun|net|io|kotlin|scala|django|flask|sqlalchemy|psycopg2?|redis|grpc|runtime|context|requests|urllib3|botocore|sqlite3|pymysql|asyncpg|kafka|celery)\./.test(
          host,
        );
      return isTyped && !internal.test(host) && ![...nodes].some((node) => mentions(host, node));
    });
  });
}
