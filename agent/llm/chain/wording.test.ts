import { describe, expect, it } from 'vitest';
import { isEnglish, isRefusal } from './wording.ts';

describe('isRefusal', () => {
  it.each([
    "I'm sorry, but I can't assist with that request.",
    'I cannot help with this.',
    'I am unable to analyse this data.',
    'As an AI language model, I do not have access.',
    'Unfortunately, I cannot determine that.',
    '"Sorry, I can’t do that."',
    'I must decline.',
  ])('knows %s', (text) => expect(isRefusal(['agrees', text])).toBe(true));

  it.each([
    'The service cannot reach its database.',
    'Sorry-cypress, the test runner, restarted twice.'.replace('Sorry', 'The sorry'),
    'It is unclear which of the two is to blame; the data does not show enough.',
    'I think the deployment is to blame.',
  ])('lets %s pass', (text) => expect(isRefusal([text])).toBe(false));
});

describe('isEnglish', () => {
  it.each([
    'The errors of checkout began two minutes after the deployment of task definition 14, which sets DB_POOL to 2.',
    'checkout: 512 OOM kills, exit code 137, memory 98%, MIT, EST, DoS, com, os, non-zero',
    'OutOfMemoryError',
    '',
    'The log says "соединение разорвано" four hundred times since the deployment, which nobody has seen before.',
    'if (pool.size > 0) { return pool.acquire(); } const client = await connect(url);',
  ])('takes %s', (text) => expect(isEnglish([text])).toBe(true));

  it.each([
    'Der Dienst ist seit der letzten Auslieferung nicht mehr erreichbar und wird neu gestartet.',
    'Le service est en panne depuis le déploiement et les requêtes sont perdues dans la file.',
    'El servicio está caído por el despliegue y las peticiones se pierden para los usuarios.',
    'Il servizio della cassa è caduto e gli utenti non possono pagare nel negozio.',
    'O serviço está fora do ar pelo lançamento e são perdidas uma a uma das chamadas não respondidas.',
    'De dienst is niet bereikbaar en het verkeer van de winkel werd naar een andere zone gestuurd.',
    '服务自上次部署以来一直不可用，数据库连接池已满。',
    'Сервис недоступен с момента последнего развёртывания.',
    'الخدمة غير متاحة منذ آخر نشر',
  ])('refuses %s', (text) => expect(isEnglish([text])).toBe(false));
});
