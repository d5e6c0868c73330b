/** The secrets that sign the audit trail. One signs what is added; the earlier ones only check what was signed before a rotation. */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/** Stands at rows that are older than the key: plain SHA-256. */
export const plainKeyId = '';

export interface AuditKeys {
  /** Of the key that signs. */
  readonly currentId: string;
  /** All known ids in the order they were used, the plain one first: along the trail their ranks only grow. */
  readonly order: readonly string[];
  /** HMAC-SHA-256, hex; undefined for an id that is not known. */
  sign(keyId: string, text: string): string | undefined;
}

/** `earlier`: newest first, as they were pushed aside. */
export function createAuditKeys(current: string, earlier: readonly string[] = []): AuditKeys {
  const secrets = [current, ...earlier].map((secret) => createSecretKey(secret, 'utf8'));
  const byId = new Map(secrets.map((secret) => [idOf(secret), secret]));
  const [currentId = ''] = byId.keys();
  return {
    currentId,
    order: [plainKeyId, ...[...byId.keys()].reverse()],
    sign(keyId, text) {
      const secret = byId.get(keyId);
      return secret && hmac(secret, text);
    },
  };
}

/** Tells keys apart and says nothing about them. */
function idOf(secret: KeyObject): string {
  return hmac(secret, 'kintsugi audit key id').slice(0, 12);
}

function hmac(secret: KeyObject, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex');
}
