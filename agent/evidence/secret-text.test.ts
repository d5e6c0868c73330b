import { describe, expect, it } from 'vitest';
import { isSecretName, looksSecret, withoutSecrets } from './secret-text.ts';

const slack = ['https://hooks.slack.com', 'services', 'T01', 'B01', 'abcdef'].join('/');
const stripe = ['sk', 'live', 'abcdef123456'].join('_');
const personal = ['ghp', 'abcdefghij0123456789'].join('_');

describe('a value', () => {
  it.each([
    ['a URL with a password', 'postgres://shop:hunter2@db/shop'],
    ['a URL with a token', 'https://tok3n@git.example/x'],
    ['a hook', slack],
    ['a key of a payment service', stripe],
    ['a personal token', personal],
    ['a key of AWS', `AKIA${'ABCDEFGHIJKLMNOP'}`],
    ['a signed URL', 'https://x.example/y?sig=abcd1234'],
    ['a private key', '-----BEGIN RSA PRIVATE KEY-----\nabc'],
    ['a web token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.abc'],
    ['a connection string', 'Server=db;User Id=shop;Password=hunter2;'],
    ['a command line', '["serve","--db-password","hunter2"]'],
    ['another command line', '["sh","-c","serve --token=hunter2"]'],
    ['what nobody would choose as a name', 'q8Zr1LkP0vXw5TbN3mYc7HdJ9sGf2AeU'],
  ])('looks secret when it is %s', (_, value) => {
    expect(looksSecret(value)).toBe(true);
  });

  it.each([
    'registry.example/shop/checkout:2026-01-01',
    'registry.example/shop@sha256:3f2a1c9d3f2a1c9d3f2a1c9d3f2a1c9d3f2a1c9d3f2a1c9d3f2a1c9d3f2a1c9d',
    'http://cart:8080/items?limit=50',
    '["node","main.js","--max-old-space-size=256"]',
    '{"command":["CMD-SHELL","curl -f http://localhost:8080/health"],"interval":30}',
    'arn:aws:iam::111122223333:role/CheckoutTaskRole',
    '3f2a1c9d3f2a1c9d3f2a1c9d3f2a1c9d3f2a1c9d',
    '',
  ])('does not look secret: %j', (value) => {
    expect(looksSecret(value)).toBe(false);
  });

  it('is judged quickly however long it is', () => {
    for (const part of ['a', '-', '://', 'password', 'eyJ', '?sig=', ' ', '"']) looksSecret(part.repeat(20_000));
    expect(looksSecret('a'.repeat(100_000))).toBe(false);
  });
});

it.each(['DB_PASSWORD', 'API_KEY', 'SLACK_WEBHOOK', 'GITHUB_PAT', 'DB_PWD', 'COOKIE_SALT', 'SESSION_SEED'])('%s names a secret', (name) => {
  expect(isSecretName(name)).toBe(true);
});
it.each(['LOG_LEVEL', 'PORT', 'PATH', 'TIMEOUT_MS', 'POOL_SIZE'])('%s names none', (name) => {
  expect(isSecretName(name)).toBe(false);
});

describe('a line of a diff', () => {
  it.each([
    ["+  apiKey: 'abc12345',", "+  apiKey: '***',"],
    ['-DB_PASSWORD="hunter2"', '-DB_PASSWORD="***"'],
    ['+  url: "postgres://shop:hunter2@db/shop"', '+  url: "postgres***db/shop"'],
    [`+const key = "${stripe}";`, '+const key = "***";'],
  ])('loses its secret: %s', (line, masked) => {
    expect(withoutSecrets(line)).toBe(masked);
  });

  it.each([
    '-  if (token === undefined) throw new Unauthorized();',
    '+  const token = readToken(request);',
    '-  await withTimeout(2000, () => call());',
    "+  key: 'id',",
  ])('stays as it is without one: %s', (line) => {
    expect(withoutSecrets(line)).toBe(line);
  });
});
